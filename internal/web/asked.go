package web

import (
	"cmp"
	"net/http"
	"slices"
	"strings"
	"time"

	"veedor/internal/measure/store"
	"veedor/internal/measure/verdict"
)

// finding is what measurements say of a site or service on a network or in a country, in sentences that can be quoted.
type finding struct {
	Label    verdict.Label
	Text     string
	Sure     string // how sure that is, and on what it rests: sentences
	Href     string // where all of it is shown; "" where there is nothing
	Invented bool
	None     bool          // it was not measured
	Else     []elsewhere   // what is known instead
	Open     []incidentRow // incidents that last, and have a part in it
}

// elsewhere is what is known where what was asked for is not.
type elsewhere struct{ Text, Href string }

// locus is where something is asked about; a zero field means anywhere.
type locus struct {
	ASN uint32
	CC  string
}

// Bounds on what a finding rests on.
const (
	findingDays = 7   // the latest days that it speaks of
	findingBack = 30  // days that it goes back where too little was judged in those
	findingFor  = 10  // judged measurements for which it goes back
	findingOf   = 3   // measurements that must have been judged to say anything
	findingMost = 0.7 // share that makes it one thing or the other
	findingFew  = 0.1 // share that is no sign of a restriction
)

// pairHref is the address of the page of a site or service at a place; "" where it can have none.
func pairHref(lang, target string, at locus) string {
	base := targetHref(lang, target)
	switch {
	case base == "" || strings.Contains(base, "?"):
		return ""
	case at.ASN != 0:
		return base + "/in/" + networkName(at.ASN, "")
	case len(at.CC) != 2 || strings.ToUpper(at.CC) != at.CC:
		return ""
	}
	return base + "/in/" + at.CC
}

// within makes the rows of a page of a site, a network or a country lead to the page of what they count: the site or
// service at the place. What is the same for all rows stays the page of its own.
func (r *request) within(f store.Filter, g store.Group, name naming) naming {
	return func(c store.Count) (label, href string) {
		label, href = name(c)
		target, at := f.Target, locus{ASN: f.ASN, CC: f.CC}
		switch {
		case g == store.ByTarget:
			target = c.Key
		case g == store.ByNetwork:
			if at.ASN, _ = parseASN(c.Key); at.ASN == 0 { // not known which
				return label, href
			}
		case g == store.ByCountry && f.CC == "":
			at = locus{CC: c.Key}
		default:
			return label, href
		}
		if target == "" || at == (locus{}) {
			return label, href
		}
		return label, cmp.Or(pairHref(r.lang, target, at), href)
	}
}

// placeName names a place within a sentence.
func (r *request) placeName(at locus, org string) string {
	switch {
	case at.ASN != 0 && at.CC != "":
		return r.words().get("ask.both", isolate(networkName(at.ASN, org)), r.s.Facts().CountryName(at.CC, r.lang))
	case at.ASN != 0:
		return r.words().get("ask.on", isolate(networkName(at.ASN, org)))
	}
	return r.words().get("ask.in", r.s.Facts().CountryName(at.CC, r.lang))
}

// findingOf asks the store about a site or service at a place.
func (r *request) findingOf(target string, at locus, org string) (*finding, error) {
	f := store.Filter{Target: target, ASN: at.ASN, CC: at.CC}
	byDay, err := r.s.Store.Tally(r.Context(), f, store.ByDay)
	if err != nil {
		return nil, err
	}
	out := r.findingIn(byDay, target, at, org)
	if out.None {
		return out, nil
	}
	list, err := r.incidentsOf(f)
	for _, i := range list {
		if i.Lasting && i.Withdrawn == "" {
			out.Open = append(out.Open, i)
		}
	}
	return out, err
}

// findingIn makes a finding of counts by day.
func (r *request) findingIn(byDay []store.Count, target string, at locus, org string) *finding {
	w := r.words()
	name, where := isolate(shorten(targetName(w, target), 80)), r.placeName(at, org)
	if len(byDay) == 0 {
		return &finding{Label: verdict.LabelInsufficient, None: true, Text: w.get("ask.none", name, where), Sure: w.get("ask.nonemeans")}
	}
	whole := sum(byDay)
	last := whole.Last.UTC().Truncate(24 * time.Hour)
	slices.SortFunc(byDay, func(a, b store.Count) int { return strings.Compare(b.Key, a.Key) })
	var lately []store.Count
	judged := int64(0)
	for _, c := range byDay {
		d, err := time.Parse(time.DateOnly, c.Key)
		if back := last.Sub(d); err != nil || back >= findingBack*24*time.Hour || back >= findingDays*24*time.Hour && judged >= findingFor {
			continue
		}
		judged += c.Total - c.Insufficient
		lately = append(lately, c)
	}
	now := sum(lately)
	out := r.worded(name, where, now, whole)
	out.Href, out.Invented = pairHref(r.lang, target, at), shareOfCounts(byDay) == all
	return out
}

// labelOfCounts says what measurements counted together show, and "mixed" where they say one thing and the other.
func labelOfCounts(c store.Count) (label verdict.Label, mixed bool) {
	judged := c.Total - c.Insufficient
	share := func(n int64) float64 { return float64(n) / float64(max(judged, 1)) }
	switch {
	case judged < findingOf:
		return verdict.LabelInsufficient, false
	case share(c.Blocked) >= findingMost && 2*c.Artefact >= c.Blocked:
		return verdict.LabelBlocked, false
	case share(c.Blocked) >= findingMost:
		return verdict.LabelConsistent, false
	case share(c.Blocked) > findingFew:
		return verdict.LabelUnclear, true
	case share(c.OK) >= findingMost:
		return verdict.LabelReachable, false
	case share(c.Down) >= findingMost:
		return verdict.LabelNoSign, false
	}
	return verdict.LabelUnclear, true
}

// worded makes the sentences of counts: of the latest days, and of all.
func (r *request) worded(name, where string, now, whole store.Count) *finding {
	w := r.words()
	n := func(v int64) string { return number(r.lang, v) }
	label, mixed := labelOfCounts(now)
	judged := now.Total - now.Insufficient
	days := span(w, now.First, now.Last)
	key := "ask.is." + string(label)
	if mixed {
		key = "ask.is.mixed"
	}
	out := &finding{Label: label}
	switch {
	case label == verdict.LabelInsufficient:
		out.Text = w.get(key, name, where, w.count(r.lang, "ask.measurements", now.Total), days)
	case label == verdict.LabelReachable:
		out.Text = w.get(key, name, where, n(now.OK), w.count(r.lang, "ask.judged", judged), days)
	case label == verdict.LabelNoSign:
		out.Text = w.get(key, name, where, n(now.Down), w.count(r.lang, "ask.judged", judged), days)
	default:
		out.Text = w.get(key, name, where, n(now.Blocked), w.count(r.lang, "ask.judged", judged), days)
	}
	var sure []string
	switch {
	case label == verdict.LabelInsufficient:
		sure = append(sure, w.get("ask.few", n(judged), n(findingOf)))
	case now.Blocked > 0 && now.Artefact > 0:
		sure = append(sure, w.count(r.lang, "ask.traces", now.Artefact))
	case now.Blocked > 0:
		sure = append(sure, w.get("ask.notraces"))
	}
	if now.Insufficient > 0 && label != verdict.LabelInsufficient {
		sure = append(sure, w.count(r.lang, "ask.undecided", now.Insufficient))
	}
	if whole.Total > now.Total {
		sure = append(sure, w.get("ask.before", n(whole.Total), day(w, whole.First), n(whole.Blocked)))
	}
	out.Sure = strings.Join(sure, w["join.sentence"])
	return out
}

// pair shows what was measured of a site or service on a network ("AS64496") or in a country ("XA").
func (s *site) pair(r *request) error {
	p, f, err := s.pairAsked(r)
	if err != nil {
		return err
	}
	groups := []store.Group{store.ByCountry}
	if f.ASN == 0 {
		groups = []store.Group{store.ByCountry, store.ByNetwork}
	}
	return r.subject(p, f, groups...)
}

// pairAsked finds out which site or service, and where.
func (s *site) pairAsked(r *request) (subjectPage, store.Filter, error) {
	target, where := r.PathValue("name"), r.PathValue("where")
	var at locus
	if asn, ok := parseASN(where); ok && asNumber.MatchString(where) {
		at.ASN = asn
	} else if len(where) == 2 && where == strings.ToUpper(where) {
		at.CC = where
	} else {
		return subjectPage{}, store.Filter{}, r.missing()
	}
	f := store.Filter{Target: target, ASN: at.ASN, CC: at.CC}
	counts, err := s.Store.Tally(r.Context(), f, store.ByNetwork)
	if err != nil {
		return subjectPage{}, f, err
	}
	org := ""
	if at.ASN != 0 && len(counts) > 0 {
		org = counts[0].Name
	}
	called := shorten(targetName(r.words(), target), 80)
	name := r.words().get("ask.subject", isolate(called), r.placeName(at, org))
	if len(counts) == 0 {
		return subjectPage{}, f, &problem{http.StatusNotFound, "error.pair", name}
	}
	p := subjectPage{base: r.base(name), Kind: "pair", Name: name, More: "/measurements?" + asQuery("target", target)}
	p.Beside = []elsewhere{{called, targetHref(r.lang, target)}}
	if at.ASN != 0 {
		p.More += "&" + asQuery("asn", networkName(at.ASN, ""))
		p.Beside = append(p.Beside, elsewhere{networkName(at.ASN, org), networkHref(r.lang, at.ASN)})
	} else {
		p.More += "&" + asQuery("cc", at.CC)
		p.Beside = append(p.Beside, elsewhere{s.Facts().CountryName(at.CC, r.lang), countryHref(r.lang, at.CC)})
	}
	p.comes = func(byDay []store.Count) *finding {
		found := r.findingIn(byDay, target, at, org)
		found.Href = "" // this page
		return found
	}
	return p, f, nil
}
