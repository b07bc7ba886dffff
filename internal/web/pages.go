package web

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"veedor/internal/measure/obs"
	"veedor/internal/measure/store"
	"veedor/internal/measure/verdict"
)

// latestOn is how many measurements a page lists before it links to the rest.
const latestOn = 12

type homePage struct {
	base
	Stats     store.Stats
	Latest    []verdict.Row
	Countries tally
	Labels    []verdict.Label
}

func (s *site) home(r *request) error {
	ctx := r.Context()
	st, err := s.Store.Stats(ctx)
	if err != nil {
		return err
	}
	p := homePage{base: r.base(s.words[r.lang].get("home.title")), Stats: st, Labels: labels}
	p.Invented = st.Invented
	if p.Latest, err = s.Store.Latest(ctx, store.Filter{State: verdict.Blocked}, latestOn, 0); err != nil {
		return err
	}
	list, err := s.Store.Tally(ctx, store.Filter{}, store.ByCountry)
	if err != nil {
		return err
	}
	p.Countries = r.table("countries", "/country/", list, r.countryLabel)
	return r.render(http.StatusOK, "home", p)
}

func (r *request) countryLabel(c store.Count) string {
	return r.s.Facts().CountryName(c.Key, r.lang)
}

func (r *request) targetLabel(c store.Count) string {
	return shorten(targetName(r.s.words[r.lang], c.Key), 60)
}

func networkLabel(c store.Count) string {
	n, err := strconv.ParseUint(strings.TrimPrefix(c.Key, "AS"), 10, 32)
	if err != nil {
		return c.Key
	}
	return networkName(uint32(n), c.Name)
}

// subjectPage is the page of a country, a network or a target.
type subjectPage struct {
	base
	Kind   string // "country", "network" or "target"
	Name   string
	Whole  store.Count // all its measurements
	Days   []dayRow
	Tables []tally
	Latest []verdict.Row
	More   string // where all its measurements are listed
	Extra  string // a fact about it: the category of a target
}

// subject fills a subjectPage; groups are the tables it shows.
func (r *request) subject(p subjectPage, f store.Filter, groups ...store.Group) error {
	ctx := r.Context()
	tests, err := r.s.Store.Tally(ctx, f, store.ByTest)
	if err != nil {
		return err
	}
	if len(tests) == 0 {
		return &problem{http.StatusNotFound, "error." + p.Kind, p.Name}
	}
	p.Whole = sum(tests)
	p.Invented = inventedIn(tests)
	byDay, err := r.s.Store.Tally(ctx, f, store.ByDay)
	if err != nil {
		return err
	}
	p.Days = days(byDay)
	for _, g := range groups {
		t, err := r.group(ctx, f, g)
		if err != nil {
			return err
		}
		p.Tables = append(p.Tables, t)
	}
	if p.Latest, err = r.s.Store.Latest(ctx, f, latestOn, 0); err != nil {
		return err
	}
	return r.render(http.StatusOK, "subject", p)
}

func (r *request) group(ctx context.Context, f store.Filter, g store.Group) (tally, error) {
	list, err := r.s.Store.Tally(ctx, f, g)
	if err != nil {
		return tally{}, err
	}
	switch g {
	case store.ByCountry:
		return r.table("countries", "/country/", list, r.countryLabel), nil
	case store.ByNetwork:
		return r.table("networks", "/network/", list, networkLabel), nil
	}
	return r.table("targets", "/target/", list, r.targetLabel), nil
}

// sum adds up counts of disjoint groups.
func sum(list []store.Count) store.Count {
	var t store.Count
	for _, c := range list {
		t.Total += c.Total
		t.OK += c.OK
		t.Down += c.Down
		t.Blocked += c.Blocked
		t.Insufficient += c.Insufficient
		t.Artefact += c.Artefact
		if t.First.IsZero() || c.First.Before(t.First) {
			t.First = c.First
		}
		if c.Last.After(t.Last) {
			t.Last = c.Last
		}
	}
	return t
}

func (s *site) country(r *request) error {
	cc := strings.ToUpper(r.PathValue("cc"))
	if len(cc) != 2 {
		return &problem{http.StatusNotFound, "error.country", r.PathValue("cc")}
	}
	name := s.Facts().CountryName(cc, r.lang)
	return r.subject(subjectPage{base: r.base(name), Kind: "country", Name: name, More: "/measurements?cc=" + cc},
		store.Filter{CC: cc}, store.ByNetwork, store.ByTarget)
}

func (s *site) network(r *request) error {
	n, err := strconv.ParseUint(strings.TrimPrefix(strings.ToUpper(r.PathValue("asn")), "AS"), 10, 32)
	if err != nil || n == 0 {
		return &problem{http.StatusNotFound, "error.network", r.PathValue("asn")}
	}
	f := store.Filter{ASN: uint32(n)}
	list, err := s.Store.Tally(r.Context(), f, store.ByNetwork)
	if err != nil {
		return err
	}
	name := networkName(uint32(n), "")
	if len(list) > 0 {
		name = networkLabel(list[0])
	}
	return r.subject(subjectPage{base: r.base(name), Kind: "network", Name: name, More: "/measurements?asn=" + strconv.FormatUint(n, 10)}, f, store.ByCountry, store.ByTarget)
}

func (s *site) target(r *request) error {
	host := r.PathValue("name")
	f := store.Filter{Target: host}
	name := shorten(targetName(s.words[r.lang], host), 80)
	p := subjectPage{base: r.base(name), Kind: "target", Name: name, More: "/measurements?target=" + url.QueryEscape(host)}
	list, err := s.Store.Tally(r.Context(), f, store.ByCategory)
	if err != nil {
		return err
	}
	for _, c := range list {
		if c.Key != "" {
			p.Extra = s.Facts().CategoryName(c.Key, r.lang)
		}
	}
	return r.subject(p, f, store.ByCountry, store.ByNetwork)
}

type listPage struct {
	base
	Form       map[string]string
	Rows       []verdict.Row
	Prev, Next string
	States     []verdict.State
	Layers     []verdict.Layer
}

func (s *site) measurements(r *request) error {
	q := r.URL.Query()
	form := map[string]string{}
	for _, k := range []string{"cc", "asn", "target", "state", "layer", "test"} {
		form[k] = strings.TrimSpace(q.Get(k))
		if len(form[k]) > 300 {
			return &problem{http.StatusBadRequest, "error.filter", k}
		}
	}
	f := store.Filter{CC: strings.ToUpper(form["cc"]), Target: form["target"], Test: form["test"], State: verdict.State(form["state"]), Layer: verdict.Layer(form["layer"])}
	if form["asn"] != "" {
		n, err := strconv.ParseUint(strings.TrimPrefix(strings.ToUpper(form["asn"]), "AS"), 10, 32)
		if err != nil {
			return &problem{http.StatusBadRequest, "error.network", form["asn"]}
		}
		f.ASN = uint32(n)
	}
	page := pageNumber(q.Get("page"))
	rows, err := s.Store.Latest(r.Context(), f, perPage+1, (page-1)*perPage)
	if err != nil {
		return err
	}
	p := listPage{base: r.base(s.words[r.lang].get("list.title")), Form: form, Rows: rows,
		States: []verdict.State{verdict.Blocked, verdict.Down, verdict.OK, verdict.Insufficient},
		Layers: []verdict.Layer{verdict.DNS, verdict.TCP, verdict.TLS, verdict.HTTP, verdict.QUIC}}
	if len(rows) > perPage {
		p.Rows = rows[:perPage]
		p.Next = r.with(map[string]string{"page": strconv.Itoa(page + 1)}, "")
	}
	if page > 1 {
		p.Prev = r.with(map[string]string{"page": strconv.Itoa(page - 1)}, "")
	}
	p.Invented = len(p.Rows) > 0
	for i := range p.Rows {
		p.Invented = p.Invented && p.Rows[i].Invented
	}
	return r.render(http.StatusOK, "list", p)
}

type rulesPage struct {
	base
	Layers []ruleLayer
}

type ruleLayer struct {
	Layer verdict.Layer
	Rules []verdict.Rule
}

func (s *site) rulesPage(r *request) error {
	p := rulesPage{base: r.base(s.words[r.lang].get("rules.title"))}
	for _, rule := range s.AllRules {
		if n := len(p.Layers); n == 0 || p.Layers[n-1].Layer != rule.Layer {
			p.Layers = append(p.Layers, ruleLayer{Layer: rule.Layer})
		}
		l := &p.Layers[len(p.Layers)-1]
		l.Rules = append(l.Rules, rule)
	}
	return r.render(http.StatusOK, "rules", p)
}

type aboutPage struct {
	base
	Labels []verdict.Label
}

func (s *site) about(r *request) error {
	return r.render(http.StatusOK, "about", aboutPage{r.base(s.words[r.lang].get("about.title")), labels})
}

// export streams a whole table.
func (s *site) export(r *request) error {
	table, format, _ := strings.Cut(r.PathValue("file"), ".")
	kinds := map[string]string{"csv": "text/csv; charset=utf-8", "parquet": "application/vnd.apache.parquet"}
	if kinds[format] == "" || table != string(store.Observations) && table != string(store.Verdicts) {
		return r.missing()
	}
	r.w.Header().Set("Content-Type", kinds[format])
	r.w.Header().Set("Content-Disposition", `attachment; filename="`+table+"."+format+`"`)
	if r.Method == http.MethodHead {
		return nil
	}
	out := &counting{ResponseWriter: r.w}
	err := s.Store.Export(r.Context(), store.Table(table), store.Format(format), out)
	if err != nil && out.n > 0 {
		panic(http.ErrAbortHandler) // half a table must not look like a whole one
	}
	return err
}

type counting struct {
	http.ResponseWriter
	n int64
}

func (c *counting) Write(p []byte) (int, error) {
	n, err := c.ResponseWriter.Write(p)
	c.n += int64(n)
	return n, err
}

// raw sends a measurement's archived bytes.
func (s *site) raw(r *request) error {
	m, err := s.load(r)
	if err != nil {
		return err
	}
	b, err := s.Evidence.Raw(m.Verdicts[0].EvidenceHash)
	if err != nil {
		return err
	}
	r.w.Header().Set("Content-Disposition", `attachment; filename="`+m.Verdicts[0].MeasurementUID+`.json"`)
	return r.send(http.StatusOK, "application/json", b)
}

func (s *site) load(r *request) (store.Measurement, error) {
	uid := r.PathValue("uid")
	m, err := s.Store.Measurement(r.Context(), uid)
	if errors.Is(err, store.ErrNotFound) {
		return m, &problem{http.StatusNotFound, "error.measurement", uid}
	}
	return m, err
}

// maxSteps bounds the observations a page shows; the export has them all.
const maxSteps = 30

type measurementPage struct {
	base
	All     verdict.Row
	Layers  []verdict.Row
	Fired   map[string][]firing // by layer
	Steps   []obs.Observation
	Left    int64
	Size    int64
	Certs   []obs.Certificate
	RawHref string
}

type firing struct {
	verdict.Rule
	Subject, Fact string
	Winner        bool
}

func (s *site) measurement(r *request) error {
	m, err := s.load(r)
	if err != nil {
		return err
	}
	all := m.Verdicts[0]
	p := measurementPage{base: r.base(shorten(targetName(s.words[r.lang], all.Target), 60)), All: all, Layers: m.Verdicts[1:], Fired: map[string][]firing{},
		Steps: m.Observations, Certs: m.Certificates, RawHref: "/measurement/" + all.MeasurementUID + "/raw"}
	p.Invented = all.Invented
	if n := len(p.Steps); n > maxSteps {
		p.Steps, p.Left = p.Steps[:maxSteps], int64(n-maxSteps)
	}
	raw, err := s.Evidence.Raw(all.EvidenceHash)
	if err != nil {
		return err
	}
	p.Size = int64(len(raw))
	for _, v := range m.Verdicts {
		for i, id := range v.Rules {
			if len(p.Fired[string(v.Layer)]) == maxSteps {
				break
			}
			rule, ok := s.rules[id]
			if !ok {
				rule = verdict.Rule{ID: id}
			}
			f := firing{Rule: rule, Winner: id == v.Rule}
			if i < len(v.Subjects) && i < len(v.Facts) {
				f.Subject, f.Fact = v.Subjects[i], v.Facts[i]
			}
			p.Fired[string(v.Layer)] = append(p.Fired[string(v.Layer)], f)
		}
	}
	return r.render(http.StatusOK, "measurement", p)
}
