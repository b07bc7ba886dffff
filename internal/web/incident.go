package web

import (
	"cmp"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"veedor/internal/evidence/tlog"
	"veedor/internal/measure/incidents"
	"veedor/internal/measure/series"
	"veedor/internal/measure/store"
	"veedor/internal/measure/verdict"
)

// incidentPage is what is known of one incident, and how that came to be known.
type incidentPage struct {
	base
	incidents.State
	Headline, When   string
	FromNo, FromHour time.Time // last evidence to the contrary, likeliest onset
	ToNo, ToHour     time.Time
	Lasting          bool
	SharePercent     int64
	How              []mechanism
	Targets          []string // at most maxShown
	MoreTargets      int64
	Categories       []groupOf // of all targets, most frequent first
	Entries          []said
	Then             *then // it is shown as it was; nil as it is

	incidentCounts
	Answers, ByNetwork, ByTarget *figure
}

// incidentCounts are what is counted of the measurements around an incident.
type incidentCounts struct {
	Days            []time.Time
	Networks, Names []heatRow         // by network, by target
	hours           []heat            // all answers, by hour
	latest          time.Time         // of all measurements
	Called          map[uint32]string // whose its networks are, by number
}

// Network names a network of the incident, with whose it is where that is known.
func (p incidentPage) Network(asn uint32) string { return networkName(asn, p.Called[asn]) }

// called says whose the networks of a country are, as those say who measured there.
func (r *request) called(cc string, networks []uint32) (map[uint32]string, error) {
	out := map[uint32]string{}
	list, err := r.s.Store.Tally(r.Context(), store.Filter{CC: cc}, store.ByNetwork)
	for _, c := range list {
		if asn, ok := parseASN(c.Key); ok && slices.Contains(networks, asn) {
			out[asn] = c.Name
		}
	}
	return out, err
}

// Alone is the one network of the incident; 0 where there are several or it is of the whole country.
func (p incidentPage) Alone() uint32 {
	if len(p.Incident.Networks) == 1 {
		return p.Incident.Networks[0]
	}
	return 0
}

// then is a state of an incident that is shown as it was.
type then struct {
	N, Of int64
	At    time.Time
	Hash  string // of the journal's line
	Now   string // address of how it stands
	Leaf  *leafRow
}

// groupOf is how many targets are of a category.
type groupOf struct {
	Code, Name string
	N          int64
}

// mechanism is how one network did it, in words.
type mechanism struct {
	ASN   uint32
	Rules []series.Mechanism
}

// said is one entry of the journal.
type said struct {
	At    time.Time
	What  string
	Moved []string // what became another than in the entry before, in words
	Href  string   // the incident as it was then
	Leaf  *leafRow // of the journal's line; nil where the log does not have it
}

// heatRow is one network's or target's days.
type heatRow struct {
	ASN   uint32
	Name  string
	Cells []heat
}

// heatTable is rows under the same days.
type heatTable struct {
	Key  string
	Days []time.Time
	Rows []heatRow
}

// heat is one day: how many voters met it, of how many. Level is from 0 (nobody) to 4; -1 where too few
// were asked to say anything.
type heat struct {
	Blocked, Voters int64
	Level           int
}

const (
	maxShown = 30
	maxRows  = 10
	maxHeat  = 16 // days
)

// incidentAsked returns the incident whose page was asked for.
func (s *site) incidentAsked(r *request) (incidents.State, error) {
	list, err := s.published("")
	if err != nil {
		return incidents.State{}, err
	}
	at := slices.IndexFunc(list, func(i incidents.State) bool { return i.ID == r.PathValue("id") })
	if at < 0 {
		return incidents.State{}, &problem{http.StatusNotFound, "error.incident", r.PathValue("id")}
	}
	return list[at], nil
}

func (s *site) incident(r *request) error {
	i, err := s.incidentAsked(r)
	if err != nil {
		return err
	}
	p := r.incidentPage(i, false)
	if err := p.count(r); err != nil {
		return err
	}
	p.figures(r)
	p.Categories = s.categories(r.lang, &i.Incident)
	p.Would = r.incidentWould(&i.Incident)
	return r.render(http.StatusOK, "incident", p)
}

// incidentState shows an incident as the journal had it after one of its entries. Nothing that was counted or learnt
// later is on that page.
func (s *site) incidentState(r *request) error {
	i, err := s.incidentAsked(r)
	if err != nil {
		return err
	}
	n, err := strconv.Atoi(r.PathValue("n"))
	if err != nil || n < 1 || n > len(i.History) || strconv.Itoa(n) != r.PathValue("n") {
		return &problem{http.StatusNotFound, "error.incidentstate", r.PathValue("n")}
	}
	was, all := i.History[n-1], int64(len(i.History))
	i.Incident, i.History = was.Incident, i.History[:n]
	p := r.incidentPage(i, true)
	p.Then = &then{N: int64(n), Of: all, At: was.At, Hash: was.Hash, Now: incidentHref(r.lang, i.ID), Leaf: r.leafOf(tlog.Incident, was.Hash)}
	p.Title = r.words().get("incident.asof", p.Title, day(r.words(), was.At))
	return r.render(http.StatusOK, "incident", p)
}

func incidentHref(lang, id string) string { return prefix(lang) + "/incident/" + url.PathEscape(id) }

// incidentPage makes the page of an incident from what the journal says of it; frozen, where that is a state which later
// ones have followed or may.
func (r *request) incidentPage(i incidents.State, frozen bool) incidentPage {
	s := r.s
	head := s.headline(r.lang, &i.Incident)
	p := incidentPage{base: r.base(head), State: i, Headline: head, When: r.when(&i.Incident), Lasting: i.To == 0,
		FromNo: verdict.Hour(i.FromBefore), FromHour: verdict.Hour(i.From), ToNo: verdict.Hour(i.ToBefore), ToHour: verdict.Hour(i.To), SharePercent: int64(i.Share*100 + 0.5)}
	p.Targets = i.Incident.Targets[:min(len(i.Incident.Targets), maxShown)]
	p.MoreTargets = int64(len(i.Incident.Targets) - len(p.Targets))
	for _, m := range i.Mechanics {
		if n := len(p.How); n == 0 || p.How[n-1].ASN != m.ASN {
			p.How = append(p.How, mechanism{ASN: m.ASN})
		}
		if h := &p.How[len(p.How)-1]; len(h.Rules) < 3 {
			h.Rules = append(h.Rules, m)
		}
	}
	p.How = p.How[:min(len(p.How), maxRows)]
	for n, e := range i.History {
		entry := said{At: e.At, What: e.What, Href: incidentHref(r.lang, i.ID) + "/state/" + strconv.Itoa(n+1), Leaf: r.findLeaf(tlog.Incident, e.Hash)}
		if n > 0 {
			entry.Moved = r.moved(&i.History[n-1].Incident, &e.Incident)
		}
		p.Entries = append(p.Entries, entry)
	}
	if documentation(i.Incident.Networks) {
		p.Invented = all
	}
	now := i.History[len(i.History)-1]
	w := r.words()
	q := quotable{Name: "incident-" + i.ID, Sentence: head + w["join.stop"] + p.When, Page: incidentHref(r.lang, i.ID), Frozen: p.Entries[len(p.Entries)-1].Href, At: now.At,
		Version: w.get("cite.state", number(r.lang, int64(len(i.History)))) + w["join.pause"] + w.get("cite.rules", now.RuleSet), Note: w.get("cite.line", now.Hash), Stays: "cite.stays.incident"}
	if i.Withdrawn != "" {
		q.Sentence += " " + w.get("incident.withdrawn") + " " + w.get("incident.cause."+i.Withdrawn)
	}
	if frozen {
		q.Page, q.Stays = q.Frozen, "cite.stays.frozen"
	}
	p.Cite = r.citing(q, "")
	return p
}

// categories counts an incident's targets by their categories in the test lists of today.
func (s *site) categories(lang string, i *series.Incident) []groupOf {
	facts, counts := s.Facts(), map[string]int64{}
	for _, t := range i.Targets {
		if code := facts.Category(i.CC, t); code != "" {
			counts[code]++
		}
	}
	var out []groupOf
	for code, n := range counts {
		out = append(out, groupOf{code, shorten(facts.CategoryName(code, lang), 60), n})
	}
	slices.SortFunc(out, func(a, b groupOf) int { return cmp.Or(cmp.Compare(b.N, a.N), cmp.Compare(a.Code, b.Code)) })
	return out
}

// moved words what differs between two states of an incident.
func (r *request) moved(old, now *series.Incident) []string {
	w := r.words()
	var out []string
	hour := func(h int64) string {
		if h == 0 {
			return w.get("incident.notended")
		}
		return moment(w, verdict.Hour(h))
	}
	if old.From != now.From {
		out = append(out, w.get("incident.moved.begin", hour(old.From), hour(now.From)))
	}
	if old.To != now.To {
		out = append(out, w.get("incident.moved.end", hour(old.To), hour(now.To)))
	}
	network := func(n uint32) string { return networkName(n, "") }
	target := func(t string) string { return isolate(shorten(targetName(w, t), 60)) }
	itself := func(t string) string { return t }
	for _, c := range []struct {
		key         string
		more, fewer []string
	}{
		{"networks", missing(now.Networks, old.Networks, network), missing(old.Networks, now.Networks, network)},
		{"targets", missing(now.Targets, old.Targets, target), missing(old.Targets, now.Targets, target)},
		{"layers", missing(now.Layers, old.Layers, itself), missing(old.Layers, now.Layers, itself)},
	} {
		if len(c.more) > 0 {
			out = append(out, w.get("incident.moved."+c.key+".more", w.some3(c.more)))
		}
		if len(c.fewer) > 0 {
			out = append(out, w.get("incident.moved."+c.key+".fewer", w.some3(c.fewer)))
		}
	}
	if old.Blocked != now.Blocked || old.Voters != now.Voters {
		out = append(out, w.get("incident.moved.voters", number(r.lang, int64(old.Blocked)), number(r.lang, int64(old.Voters)), number(r.lang, int64(now.Blocked)), number(r.lang, int64(now.Voters))))
	}
	if now.Withdrawn != "" && old.Withdrawn != now.Withdrawn {
		out = append(out, w.get("incident.cause."+now.Withdrawn))
	}
	return out
}

// missing names what is in a and not in b.
func missing[T comparable](a, b []T, name func(T) string) []string {
	var out []string
	for _, x := range a {
		if !slices.Contains(b, x) {
			out = append(out, name(x))
		}
	}
	return out
}

// some3 lists the first three of a list, and says how many more there are.
func (w words) some3(list []string) string {
	if len(list) <= 3 {
		return w.and(list)
	}
	return fmt.Sprintf("%s … (+%d)", strings.Join(list[:3], w["join.comma"]), len(list)-3)
}

// count counts the hours around the incident, and its first days by network and by target.
func (p *incidentPage) count(r *request) (err error) {
	p.incidentCounts, err = r.s.around.get(r.s, p.ID, func() (incidentCounts, error) {
		err := p.countNow(r)
		return p.incidentCounts, err
	})
	return err
}

func (p *incidentPage) countNow(r *request) error {
	st, err := r.s.Store.Stats(r.Context())
	if err != nil {
		return err
	}
	p.latest = st.Last.UTC()
	if p.Called, err = r.called(p.CC, p.Incident.Networks); err != nil {
		return err
	}
	if p.Kind == series.Shutdown {
		return p.countAll(r)
	}
	from := p.FromHour.AddDate(0, 0, -3).Truncate(24 * time.Hour)
	to := from.AddDate(0, 0, maxHeat)
	for d := from; d.Before(to); d = d.AddDate(0, 0, 1) {
		p.Days = append(p.Days, d)
	}
	networks, names := map[uint32][]heat{}, map[string][]heat{}
	begin, end := p.window()
	p.hours = make([]heat, int(end.Sub(begin)/time.Hour))
	err = r.s.Store.Cells(r.Context(), series.Provisional().Scale, p.CC, earlier(begin, from), later(end, to), func(k verdict.Series, cells []verdict.Cell) error {
		if k.CC != p.CC || !slices.Contains(p.Incident.Networks, k.ASN) || !slices.Contains(p.Incident.Targets, k.Target) || !slices.Contains(p.Layers, string(k.Layer)) {
			return nil
		}
		if networks[k.ASN] == nil {
			networks[k.ASN] = make([]heat, maxHeat)
		}
		if names[k.Target] == nil {
			names[k.Target] = make([]heat, maxHeat)
		}
		for _, c := range cells {
			at := verdict.Hour(c.Hour)
			if h := int(at.Sub(begin) / time.Hour); !at.Before(begin) && h < len(p.hours) {
				p.hours[h].Blocked += int64(c.Blocked)
				p.hours[h].Voters += int64(c.Voters)
			}
			d := int(at.Sub(from) / (24 * time.Hour))
			if at.Before(from) || d >= maxHeat {
				continue
			}
			for _, h := range []*heat{&networks[k.ASN][d], &names[k.Target][d]} {
				h.Blocked += int64(c.Blocked)
				h.Voters += int64(c.Voters)
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, asn := range slices.Sorted(maps.Keys(networks)) {
		p.Networks = append(p.Networks, heatRow{ASN: asn, Name: networkName(asn, ""), Cells: levels(networks[asn])})
	}
	for _, name := range slices.SortedFunc(maps.Keys(names), func(a, b string) int {
		return cmp.Or(cmp.Compare(total(names[b]), total(names[a])), cmp.Compare(a, b))
	}) {
		p.Names = append(p.Names, heatRow{Name: name, Cells: levels(names[name])})
	}
	p.Networks, p.Names = p.Networks[:min(len(p.Networks), maxRows)], p.Names[:min(len(p.Names), maxRows)]
	return nil
}

func total(list []heat) (n int64) {
	for _, h := range list {
		n += h.Blocked
	}
	return n
}

// levels sorts days into levels; fewer than three voters say nothing.
func levels(list []heat) []heat {
	for i := range list {
		h := &list[i]
		switch {
		case h.Voters < 3:
			h.Level = -1
		case h.Blocked == 0:
			h.Level = 0
		default:
			h.Level = 1 + int(min(h.Blocked*3/h.Voters, 3))
		}
	}
	return list
}

// measuredAt is what a measurement is called in a list: when it was made, as its id says.
func measuredAt(w words, uid string) string {
	if at, err := time.Parse("20060102150405", uid[:min(len(uid), 14)]); err == nil {
		return moment(w, at)
	}
	return shorten(uid, 60)
}

// Class is the cell's class in the style sheet.
func (h heat) Class() string {
	if h.Level < 0 {
		return "h0 few"
	}
	return fmt.Sprintf("h%d", h.Level)
}
