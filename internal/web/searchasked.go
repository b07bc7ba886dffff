package web

import (
	"cmp"
	"slices"
	"strings"

	"veedor/internal/follow/registry"
	"veedor/internal/measure/store"
	"veedor/internal/measure/verdict"
	"veedor/internal/weigh/search"
)

// askedFor is what the words of a search were understood as, and what is known of that in each wing.
type askedFor struct {
	Readings  []readingRow
	Unknown   []string // words that name nothing here
	Findings  []*finding
	Bring     string // the command that brings what was not measured; "" where nothing is missing
	Subjects  []subjectRow
	Incidents []incidentRow
	Entities  []hitRow
	AllNames  string // where more entities of the name are
	Invented  share
}

// any says whether anything is known of what was asked.
func (a *askedFor) any() bool {
	return len(a.Findings)+len(a.Subjects)+len(a.Incidents)+len(a.Entities) > 0
}

// readingRow is what some words were taken for, in words.
type readingRow struct {
	Words, Text string
	Perhaps     bool
}

// subjectRow is a site, a network or a country whose page bears on a search.
type subjectRow struct {
	Kind, Name, Href string
	N                int64 // measurements
}

const (
	maxFindings     = 3
	maxPairs        = 9 // asked for those
	maxSubjects     = 8
	maxNames        = 5
	leastNamed      = 0.3 // score of a name that is shown beside others
	maxNameSearched = 120
)

// understand reads the words of a search.
func (r *request) understand(text string) (understood, error) {
	v, err := r.s.vocabulary(r.Context())
	if err != nil {
		return understood{}, err
	}
	u := v.understand(text, func(words []string) []uint32 {
		if w := r.s.worldNetworks(); w != nil {
			return w.find(words, 4)
		}
		return nil
	})
	u.from = v
	return u, nil
}

// seek asks the index for all of the words, and where nothing has them all, for the names among them.
func (s *site) seek(r *request, u understood, q search.Request) (a *search.Answer, sought string, err error) {
	all := q.Text
	tries := []string{all}
	if u.Any() || u.asking {
		kept := strings.Join(u.kept, " ")
		tries = append(tries, strings.TrimSpace(strings.Join(u.words, " ")+" "+kept))
		for _, reading := range u.Readings {
			if reading.Kind != "question" {
				tries = append(tries, strings.TrimSpace(reading.Words+" "+kept))
			}
		}
	}
	const mostTries = 5
	seen := map[string]bool{"": true}
	for _, text := range firstOf(tries, min(mostTries, len(tries))) {
		if seen[text] {
			continue
		}
		seen[text] = true
		q.Text = text
		if a, err = s.Search.Find(r.Context(), q); err != nil || a.Total > 0 {
			return a, text, err
		}
	}
	return a, all, nil
}

// askedFor gathers what is known of what words were understood as.
func (r *request) askedFor(u understood) (*askedFor, error) {
	out := &askedFor{Unknown: u.Rest}
	w := r.words()
	for _, reading := range u.Readings {
		row := readingRow{Words: shorten(reading.Words, 60), Perhaps: reading.Perhaps}
		if reading.Kind == "question" {
			row.Text = w.get("ask.question")
		} else {
			names := make([]string, len(reading.Values))
			for i, v := range reading.Values {
				names[i] = r.nameMeant(&u, reading.Kind, v)
			}
			row.Text = w.get("ask.read."+reading.Kind, strings.Join(names, w["join.or"]))
		}
		out.Readings = append(out.Readings, row)
	}
	if len(u.Readings) == 0 {
		out.Unknown = nil // all of it is words, and that is plain
	}
	for _, fill := range []func(*request, *understood) error{out.findings, out.subjects, out.incidents, out.entities} {
		if err := fill(r, &u); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// nameMeant names what words may mean.
func (r *request) nameMeant(u *understood, kind, value string) string {
	switch kind {
	case "country":
		return r.s.Facts().CountryName(value, r.lang)
	case "network":
		asn, _ := parseASN(value)
		return isolate(networkName(asn, r.orgOf(u, asn)))
	}
	return isolate(shorten(targetName(r.words(), value), 60))
}

// orgOf returns what a network is called; "" where nothing here says.
func (r *request) orgOf(u *understood, asn uint32) string {
	if name := u.from.orgs.name[asn]; name != "" {
		return name
	}
	if world := r.s.worldNetworks(); world != nil {
		return world.name[asn]
	}
	return ""
}

// places are where a search asks about: networks, in the countries that are named, or else the countries.
func (u *understood) places() []locus {
	var out []locus
	for _, n := range u.Networks {
		at := locus{ASN: n}
		if len(u.Countries) == 1 {
			at.CC = u.Countries[0]
		}
		out = append(out, at)
	}
	if len(u.Networks) == 0 {
		for _, cc := range u.Countries {
			out = append(out, locus{CC: cc})
		}
	}
	return out
}

// findings answers for what was asked about where it was, and says so where that was not measured.
func (a *askedFor) findings(r *request, u *understood) error {
	places := u.places()
	var none *finding
	n := 0
	for _, t := range u.Targets {
		for _, at := range places {
			if n == maxPairs || len(a.Findings) == maxFindings {
				break
			}
			n++
			f, err := r.findingOf(t, at, r.orgOf(u, at.ASN))
			switch {
			case err != nil:
				return err
			case !f.None:
				a.Findings = append(a.Findings, f)
			case none == nil:
				none = f
				if err := r.instead(f, u, t, at); err != nil {
					return err
				}
				a.Bring = bring(at)
			}
		}
	}
	switch {
	case len(a.Findings) == 0 && none != nil:
		a.Findings = []*finding{none}
	case none != nil:
		a.Bring = ""
	}
	if len(u.Targets) == 0 || len(places) == 0 {
		if err := a.alone(r, u, places); err != nil {
			return err
		}
	}
	a.Invented = shareOf(len(a.Findings), func(i int) bool { return a.Findings[i].Invented })
	return nil
}

// bring is the command that brings measurements of a place.
func bring(at locus) string {
	cc := at.CC
	if cc == "" {
		cc = "CC"
	}
	return "veedor sync ooni --country " + cc + " --since YYYY-MM-DD --until YYYY-MM-DD"
}

// instead says what is known where a pair was not measured: the one elsewhere, the other of others.
func (r *request) instead(f *finding, u *understood, target string, at locus) error {
	w := r.words()
	for _, o := range []struct {
		filter store.Filter
		name   string
		href   string
	}{
		{store.Filter{Target: target}, targetName(w, target), targetHref(r.lang, target)},
		{store.Filter{ASN: at.ASN}, networkName(at.ASN, r.orgOf(u, at.ASN)), networkHref(r.lang, at.ASN)},
		{store.Filter{CC: at.CC}, r.s.Facts().CountryName(at.CC, r.lang), countryHref(r.lang, at.CC)},
	} {
		if o.filter == (store.Filter{}) {
			continue
		}
		counts, err := r.s.Store.Tally(r.Context(), o.filter, store.ByCountry)
		if err != nil {
			return err
		}
		if n := sum(counts).Total; n > 0 {
			f.Else = append(f.Else, elsewhere{w.count(r.lang, "ask.else", n, isolate(shorten(o.name, 80))), o.href})
		}
	}
	return nil
}

// alone says what is known of a site, a network or a country that was asked about by itself.
func (a *askedFor) alone(r *request, u *understood, places []locus) error {
	type one struct {
		kind, name, href string
		filter           store.Filter
	}
	var list []one
	for _, t := range u.Targets {
		list = append(list, one{"target", targetName(r.words(), t), targetHref(r.lang, t), store.Filter{Target: t}})
	}
	for _, at := range places {
		if at.ASN != 0 {
			list = append(list, one{"network", networkName(at.ASN, r.orgOf(u, at.ASN)), networkHref(r.lang, at.ASN), store.Filter{ASN: at.ASN}})
		} else {
			list = append(list, one{"country", r.s.Facts().CountryName(at.CC, r.lang), countryHref(r.lang, at.CC), store.Filter{CC: at.CC}})
		}
	}
	var none *finding
	for _, o := range firstOf(list, min(maxPairs, len(list))) {
		if len(a.Findings) == maxFindings {
			break
		}
		counts, err := r.s.Store.Tally(r.Context(), o.filter, store.ByCountry)
		if err != nil {
			return err
		}
		name := isolate(shorten(o.name, 80))
		if len(counts) == 0 {
			if none == nil {
				none = &finding{Label: verdict.LabelInsufficient, None: true, Text: r.words().get("ask.nonealone", name), Sure: r.words().get("ask.nonemeans")}
				a.Bring = bring(locus{CC: o.filter.CC})
			}
			continue
		}
		whole := sum(counts)
		f := &finding{Href: o.href, Invented: shareOfCounts(counts) == all, Label: verdict.LabelInsufficient,
			Text: r.words().get("ask.alone", name, r.words().count(r.lang, o.kind+".lead", whole.Total, number(r.lang, whole.Blocked), span(r.words(), whole.First, whole.Last)))}
		if whole.Blocked > 0 {
			f.Label = verdict.LabelConsistent
		}
		if o.kind == "target" {
			for _, c := range firstOf(counts, min(4, len(counts))) {
				if href := pairHref(r.lang, o.filter.Target, locus{CC: c.Key}); href != "" && len(c.Key) == 2 {
					f.Else = append(f.Else, elsewhere{r.s.Facts().CountryName(c.Key, r.lang), href})
				}
			}
		}
		a.Findings = append(a.Findings, f)
	}
	if len(a.Findings) == 0 && none != nil {
		a.Findings = []*finding{none}
	} else if none != nil {
		a.Bring = ""
	}
	return nil
}

// subjects lists sites, networks and countries whose pages bear on the words, by their names.
func (a *askedFor) subjects(r *request, u *understood) error {
	v := u.from
	for _, t := range u.Targets {
		if v.targets[t] > 0 {
			a.subject("target", targetName(r.words(), t), targetHref(r.lang, t), v.targets[t])
		}
	}
	for _, n := range u.Networks {
		if v.measured[n] > 0 {
			a.subject("network", networkName(n, r.orgOf(u, n)), networkHref(r.lang, n), v.measured[n])
		}
	}
	for _, cc := range u.Countries {
		counts, err := r.s.Store.Tally(r.Context(), store.Filter{CC: cc}, store.ByCountry)
		if err != nil {
			return err
		}
		if n := sum(counts).Total; n > 0 {
			a.subject("country", r.s.Facts().CountryName(cc, r.lang), countryHref(r.lang, cc), n)
		}
	}
	// And hosts that have a word in their name.
	var more []string
	for _, word := range u.words {
		if key := folded(word); len(key) >= 4 && len(more) < 200 {
			for t := range v.targets {
				if strings.Contains(t, key) && !slices.Contains(u.Targets, t) {
					more = append(more, t)
				}
			}
		}
	}
	slices.SortFunc(more, func(x, y string) int { return cmp.Or(cmp.Compare(v.targets[y], v.targets[x]), strings.Compare(x, y)) })
	for _, t := range slices.Compact(more) {
		a.subject("target", targetName(r.words(), t), targetHref(r.lang, t), v.targets[t])
	}
	return nil
}

func (a *askedFor) subject(kind, name, href string, n int64) {
	if len(a.Subjects) < maxSubjects && href != "" {
		a.Subjects = append(a.Subjects, subjectRow{kind, shorten(name, 80), href, n})
	}
}

// incidents lists those that what was asked about has a part in.
func (a *askedFor) incidents(r *request, u *understood) error {
	if !u.Any() {
		return nil
	}
	targets, places := u.Targets, u.places()
	if len(targets) == 0 {
		targets = []string{""}
	}
	if len(places) == 0 {
		places = []locus{{}}
	}
	seen := map[string]bool{}
	for _, t := range firstOf(targets, min(maxFindings, len(targets))) {
		for _, at := range firstOf(places, min(maxFindings, len(places))) {
			list, err := r.incidentsOf(store.Filter{Target: t, ASN: at.ASN, CC: at.CC})
			if err != nil {
				return err
			}
			for _, i := range list {
				if !seen[i.ID] && len(a.Incidents) < maxNames {
					seen[i.ID] = true
					a.Incidents = append(a.Incidents, i)
				}
			}
		}
	}
	return nil
}

// entities lists those that bear a name among the words.
func (a *askedFor) entities(r *request, u *understood) error {
	if r.s.Registry == nil {
		return nil
	}
	var words []string
	for _, reading := range u.Readings {
		if reading.Kind == "network" && !asToken.MatchString(folded(reading.Words)) {
			words = append(words, reading.Words)
		}
	}
	name := strings.Join(append(words, u.Rest...), " ")
	if name = shorten(strings.TrimSpace(name), maxNameSearched); name == "" {
		return nil
	}
	hits, err := r.s.Registry.Search(r.Context(), nameAsked(name), registry.Filter{Threshold: leastNamed}, maxNames)
	if err != nil {
		return err
	}
	for _, h := range hits {
		a.Entities = append(a.Entities, r.hitRow(h, true))
	}
	a.AllNames = prefix(r.lang) + "/entities?" + asQuery("q", name)
	return nil
}
