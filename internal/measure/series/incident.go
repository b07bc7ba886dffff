package series

import (
	"cmp"
	"crypto/sha256"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"veedor/internal/measure/verdict"
)

// What an incident is.
const (
	Restriction = "restriction" // names, services or sites were restricted
	Lifting     = "lifting"     // many restrictions of different times ended together
	Shutdown    = "shutdown"    // the usual measurements stayed away: a candidate, until other data say so
)

// Why an incident is not one after all. It stays, marked as withdrawn.
const (
	CauseNetwork    = "network"    // nearly everything measured on the network changed at once: the network itself
	CauseWorld      = "world"      // it changed in many countries at once: the site, or all of us
	CauseInstrument = "instrument" // it changed with the rules
)

// Episode is one restriction of one series, from onset to end.
type Episode struct {
	Onset Change
	End   *Change // nil while it lasts
}

// Incident is what a person would call one event.
type Incident struct {
	ID        string // stays when later data move its times a little; see Journal
	Kind      string
	CC        string
	Networks  []uint32
	Targets   []string
	Layers    []string
	Mechanics []Mechanism // by network and rule, most frequent first

	// hours; each with the last hour of evidence to the contrary before it
	From, FromBefore int64
	FromOpen         bool  // nobody measured before
	To, ToBefore     int64 // 0 while it lasts; when the last episode ended
	Flagged          int64 // first hour at which anybody could have known

	Series          int // how many series carry it
	Ended           int // of them
	Partial         bool
	LogOdds         float64 // of the strongest
	Voters, Blocked int32
	Share           float64 // shrunken
	Expected        float64 // of a shutdown: measurements that would have been usual
	Witnesses       []string
	Withdrawn       string // cause, where it proved to be none
	Episodes        []Episode
}

// Mechanism is how one network did it.
type Mechanism struct {
	ASN  uint32
	Rule string
	N    int32
}

// Extent tells how much was measured around a time, so that a part is told from the whole.
type Extent interface {
	// Targets returns how many targets were measured on a network in the hours from to to.
	Targets(cc string, asn uint32, from, to int64) int
	// Countries returns in how many countries a target was measured then.
	Countries(target string, from, to int64) int
}

// episodes pairs onsets with their ends. changes are in the order of series, then time.
func episodes(changes []Change) []Episode {
	var out []Episode
	open := map[Key]int{}
	for i := range changes {
		c := changes[i]
		switch c.Kind {
		case Onset:
			open[c.Key] = len(out)
			out = append(out, Episode{Onset: c})
		case End:
			if at, ok := open[c.Key]; ok {
				out[at].End = &changes[i]
				delete(open, c.Key)
			}
		}
	}
	slices.SortFunc(out, func(a, b Episode) int {
		return cmp.Or(strings.Compare(a.Onset.CC, b.Onset.CC), cmp.Compare(a.Onset.At, b.Onset.At), a.Onset.Key.Compare(b.Onset.Key))
	})
	return out
}

// Incidents groups changes and silences into events, by country and in the order of time. A national
// restriction of thirty names on nine networks is one.
func (t *Thresholds) Incidents(changes []Change, silences []Silence, extent Extent) []Incident {
	all := episodes(changes)
	var out []Incident
	for len(all) > 0 {
		n := 1
		for n < len(all) && all[n].Onset.CC == all[0].Onset.CC {
			n++
		}
		out = append(out, t.country(all[:n], extent)...)
		all = all[n:]
	}
	for _, s := range silences {
		out = append(out, shutdown(s))
	}
	slices.SortFunc(out, func(a, b Incident) int {
		return cmp.Or(strings.Compare(a.CC, b.CC), cmp.Compare(a.From, b.From), strings.Compare(a.Kind, b.Kind), strings.Compare(a.ID, b.ID))
	})
	return out
}

// cluster is an event while it is put together.
type cluster struct {
	first, latest int64 // onsets
	until         int64 // when its last episode ended, far ahead while one lasts
	families      map[string]bool
	networks      map[uint32]bool
}

// takes says whether an onset belongs to the event: it came together with the others; or the same
// family of targets followed on another network; or the event goes on, and this is more of it.
func (c *cluster) takes(t *Thresholds, o *Change) bool {
	family := c.families[verdict.Family(o.Target)]
	switch {
	case o.At-c.latest <= t.Together && o.At-c.first <= 3*t.Together:
		return true
	case family && o.At-c.latest <= t.Rolling:
		return true
	}
	return family && o.At <= c.until+t.Together && o.At-c.latest <= t.Going
}

// country groups one country's episodes, in the order of their onsets.
func (t *Thresholds) country(list []Episode, extent Extent) []Incident {
	group := make([]int, len(list))
	var clusters []*cluster
	for i := range list {
		o := &list[i].Onset
		g := -1
		for j := len(clusters) - 1; j >= 0 && g < 0; j-- { // the latest that takes it
			if clusters[j].takes(t, o) {
				g = j
			}
		}
		if g < 0 {
			g = len(clusters)
			clusters = append(clusters, &cluster{first: o.At, families: map[string]bool{}, networks: map[uint32]bool{}})
		}
		c := clusters[g]
		c.latest = max(c.latest, o.At)
		c.families[verdict.Family(o.Target)], c.networks[o.ASN] = true, true
		if e := list[i].End; e == nil {
			c.until = math.MaxInt64 / 2
		} else {
			c.until = max(c.until, e.At)
		}
		group[i] = g
	}
	groups := make([][]Episode, len(clusters))
	for i, g := range group {
		groups[g] = append(groups[g], list[i])
	}
	var out []Incident
	for _, g := range groups {
		inc := t.restriction(g)
		inc.Withdrawn = t.cause(&inc, extent)
		out = append(out, inc)
	}
	return append(out, t.liftings(list, group)...)
}

func (t *Thresholds) restriction(list []Episode) Incident {
	first := &list[0].Onset
	inc := Incident{Kind: Restriction, CC: first.CC, From: first.At, FromBefore: first.Before, FromOpen: first.Open, Flagged: first.Flagged, Partial: true, Series: len(list), Episodes: list}
	networks, targets, layers := map[uint32]bool{}, map[string]bool{}, map[string]bool{}
	how := map[Mechanism]int32{}
	for i := range list {
		e := &list[i]
		o := &e.Onset
		networks[o.ASN], targets[o.Target], layers[string(o.Layer)] = true, true, true
		for _, r := range o.Rules {
			if rule, ok := verdict.Lookup(r.Rule); !ok || rule.Outcome == verdict.Blocked {
				how[Mechanism{ASN: o.ASN, Rule: r.Rule}] += r.N
			}
		}
		inc.Flagged = min(inc.Flagged, o.Flagged)
		inc.Partial = inc.Partial && o.Partial
		inc.LogOdds = max(inc.LogOdds, o.LogOdds)
		inc.Voters += o.Voters
		inc.Blocked += o.Blocked
		if o.Witness != "" && len(inc.Witnesses) < 8 {
			inc.Witnesses = append(inc.Witnesses, o.Witness)
		}
		if e.End != nil {
			inc.Ended++
			if e.End.At > inc.To {
				inc.To, inc.ToBefore = e.End.At, e.End.Before
			}
		}
	}
	if inc.Ended < len(list) {
		inc.To, inc.ToBefore = 0, 0
	}
	inc.Share = t.Share(inc.Blocked, inc.Voters)
	inc.Networks, inc.Targets, inc.Layers = slices.Sorted(maps.Keys(networks)), slices.Sorted(maps.Keys(targets)), slices.Sorted(maps.Keys(layers))
	for m, n := range how {
		m.N = n
		inc.Mechanics = append(inc.Mechanics, m)
	}
	slices.SortFunc(inc.Mechanics, func(a, b Mechanism) int {
		return cmp.Or(cmp.Compare(a.ASN, b.ASN), cmp.Compare(b.N, a.N), strings.Compare(a.Rule, b.Rule))
	})
	inc.ID = name(inc.Kind, inc.CC, inc.From, fmt.Sprint(first.Key))
	return inc
}

// cause says why an incident is none, "" where it may be one.
func (t *Thresholds) cause(inc *Incident, extent Extent) string {
	artefact, changed, unseen := 0, 0, 0
	perNetwork := map[uint32]map[string]bool{}
	perTarget := map[string]bool{}
	for i := range inc.Episodes {
		o := &inc.Episodes[i].Onset
		if o.RuleSetBefore != "" && o.RuleSet != o.RuleSetBefore {
			changed++
		}
		if o.Open {
			unseen++
		}
		for _, r := range o.Rules {
			if rule, ok := verdict.Lookup(r.Rule); ok && rule.Artefact {
				artefact++
				break
			}
		}
		if perNetwork[o.ASN] == nil {
			perNetwork[o.ASN] = map[string]bool{}
		}
		perNetwork[o.ASN][o.Target] = true
		perTarget[o.Target] = true
	}
	if 2*changed > len(inc.Episodes) || 2*unseen > len(inc.Episodes) && t.listGrew(inc, perNetwork, extent) {
		return CauseInstrument
	}
	if 2*artefact > len(inc.Episodes) {
		return "" // a filter's own trace is neither the network's nor the world's trouble
	}
	whole := 0
	for asn, targets := range perNetwork {
		if n := extent.Targets(inc.CC, asn, inc.From-t.Together, inc.From+t.Together); n >= t.LeastTargets && float64(len(targets)) >= t.WholeNetwork*float64(n) {
			whole++
		}
	}
	if whole == len(perNetwork) {
		return CauseNetwork
	}
	return ""
}

// listGrew says whether, on the networks of an incident, far more targets began to be measured just then:
// what nobody had looked at before did not begin when somebody first looked.
func (t *Thresholds) listGrew(inc *Incident, perNetwork map[uint32]map[string]bool, extent Extent) bool {
	for asn := range perNetwork {
		before := extent.Targets(inc.CC, asn, inc.From-t.Rolling, inc.From-t.Together)
		now := extent.Targets(inc.CC, asn, inc.From-t.Together, inc.From+t.Together)
		if before < t.LeastTargets || now < 2*before {
			return false
		}
	}
	return true
}

// World marks as withdrawn the incidents about a target that changed in many countries at once. It
// looks across countries, so it is called with all of them.
func (t *Thresholds) World(list []Incident, extent Extent) {
	type onset struct {
		at int64
		cc string
	}
	by := map[string][]onset{}
	for i := range list {
		if list[i].Kind != Restriction {
			continue
		}
		for _, target := range list[i].Targets {
			by[target] = append(by[target], onset{list[i].From, list[i].CC})
		}
	}
	for i := range list {
		inc := &list[i]
		if inc.Kind != Restriction || inc.Withdrawn != "" {
			continue
		}
		everywhere := len(inc.Targets) > 0
		for _, target := range inc.Targets {
			countries := map[string]bool{}
			for _, o := range by[target] {
				if o.at >= inc.From-t.Together && o.at <= inc.From+t.Together {
					countries[o.cc] = true
				}
			}
			n := extent.Countries(target, inc.From-t.Together, inc.From+t.Together)
			if len(countries) < t.LeastCountries || float64(len(countries)) < t.EveryCountry*float64(n) {
				everywhere = false
				break
			}
		}
		if everywhere {
			inc.Withdrawn = CauseWorld
		}
	}
}

// leastLifted is how many series must end together for that to be an event of its own.
const leastLifted = 10

// liftings finds the times when many restrictions, begun at different times, ended together.
func (t *Thresholds) liftings(list []Episode, group []int) []Incident {
	var ended []int
	for i := range list {
		if list[i].End != nil {
			ended = append(ended, i)
		}
	}
	slices.SortFunc(ended, func(a, b int) int {
		return cmp.Or(cmp.Compare(list[a].End.At, list[b].End.At), list[a].Onset.Key.Compare(list[b].Onset.Key))
	})
	var out []Incident
	for len(ended) > 0 {
		n := 1
		for n < len(ended) && list[ended[n]].End.At-list[ended[n-1]].End.At <= t.Together && list[ended[n]].End.At-list[ended[0]].End.At <= 3*t.Together {
			n++
		}
		part := ended[:n]
		ended = ended[n:]
		groups := map[int]bool{}
		for _, i := range part {
			groups[group[i]] = true
		}
		if len(part) < leastLifted || len(groups) < 2 {
			continue
		}
		first := list[part[0]].End
		inc := Incident{Kind: Lifting, CC: first.CC, From: first.At, FromBefore: first.Before, To: first.At, ToBefore: first.Before, Flagged: first.Flagged, Series: len(part), Ended: len(part)}
		networks, targets, layers := map[uint32]bool{}, map[string]bool{}, map[string]bool{}
		for _, i := range part {
			e := list[i]
			networks[e.End.ASN], targets[e.End.Target], layers[string(e.End.Layer)] = true, true, true
			inc.LogOdds = max(inc.LogOdds, e.End.LogOdds)
			inc.Voters += e.End.Voters
			inc.Blocked += e.End.Blocked
			inc.Flagged = min(inc.Flagged, e.End.Flagged)
			if len(inc.Witnesses) < 8 && e.End.Witness != "" {
				inc.Witnesses = append(inc.Witnesses, e.End.Witness)
			}
			inc.Episodes = append(inc.Episodes, e)
		}
		inc.Share = t.Share(inc.Blocked, inc.Voters)
		inc.Networks, inc.Targets, inc.Layers = slices.Sorted(maps.Keys(networks)), slices.Sorted(maps.Keys(targets)), slices.Sorted(maps.Keys(layers))
		inc.ID = name(inc.Kind, inc.CC, inc.From, fmt.Sprint(first.Key))
		out = append(out, inc)
	}
	return out
}

func shutdown(s Silence) Incident {
	inc := Incident{Kind: Shutdown, CC: s.CC, From: s.From, FromBefore: s.From - 1, To: s.To, ToBefore: max(0, s.To-1), Flagged: s.From, LogOdds: s.LogOdds, Expected: s.Expected}
	if s.ASN != 0 {
		inc.Networks = []uint32{s.ASN}
	}
	inc.ID = name(inc.Kind, inc.CC, inc.From, fmt.Sprint(s.ASN))
	return inc
}

// name makes an incident's first id: its day, country and a few digits of what it began with.
func name(kind, cc string, hour int64, what string) string {
	sum := sha256.Sum256([]byte(kind + "\x00" + cc + "\x00" + fmt.Sprint(hour) + "\x00" + what))
	return fmt.Sprintf("%s-%s-%x", verdict.Hour(hour).Format("20060102"), strings.ToLower(cc), sum[:4])
}

// sorted returns counts as a list, most frequent first.
func sorted(m map[string]int32) []RuleCount {
	out := make([]RuleCount, 0, len(m))
	for r, n := range m {
		out = append(out, RuleCount{Rule: r, N: n})
	}
	slices.SortFunc(out, func(a, b RuleCount) int {
		return cmp.Or(cmp.Compare(b.N, a.N), strings.Compare(a.Rule, b.Rule))
	})
	return out
}
