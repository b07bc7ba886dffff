package cases

import "cmp"

// What evidence does to a claim.
const (
	Supports     = "supports"
	Contradicts  = "contradicts"
	Context      = "context"
	Insufficient = "insufficient"
)

// What follows for a claim. Nobody types these in.
const (
	Supported    = "supported"
	Contradicted = "contradicted"
	Contested    = "contested"
	SingleSource = "single-source"
	Unverified   = "unverified"
)

// DefaultAtLeast is how many measurements that say anything a finding needs.
const DefaultAtLeast = 10

// Shares of the measurements that say anything: from mostly on it is so, up to hardly it is not.
const (
	mostly = 0.5
	hardly = 0.1
)

// Answer is what measurements said to a finding's question.
type Answer struct {
	Total        int // measurements that match
	Blocked      int
	OK           int
	Down         int // for the control too: says nothing of a restriction
	Insufficient int
}

// Stance derives what the answer does to the claim. Only measurements that say something count; between hardly
// and mostly, or with fewer than asked for, they do not settle it.
func (f *Finding) Stance(a Answer) string {
	said := a.Blocked + a.OK
	least := f.AtLeast
	if least == 0 {
		least = DefaultAtLeast
	}
	if said < least {
		return Insufficient
	}
	as := a.Blocked
	if f.Expects == "reachable" {
		as = a.OK
	}
	switch share := float64(as) / float64(said); {
	case share >= mostly:
		return Supports
	case share <= hardly:
		return Contradicts
	}
	return Insufficient
}

// Weighed is evidence with its stance as it stands.
type Weighed struct {
	ID       string
	Stance   string
	Root     string // the source it derives from, or one of its own
	Measured bool   // anybody can measure it again
	Strength string // weak, medium (also when "") or strong
}

// Weighed returns the evidence with the stance it has, under a name of its own. All that was measured is one
// source: findings and incidents rest on the same measurements.
func (e *Evidence) Weighed(id, stance string) Weighed {
	root := id
	measured := e.Finding != nil || e.Measurement != "" || e.Incident != ""
	if measured {
		root = "measurements"
	}
	return Weighed{ID: id, Stance: stance, Root: cmp.Or(e.Root, root), Measured: measured, Strength: e.Strength}
}

// Why a claim stands as it does.
const (
	ByMeasurement  = "measured-for"     // measurements support it, which anybody can check
	AgainstIt      = "measured-against" // measurements contradict it
	SourcesFor     = "sources-for"      // N independent sources support it
	SourcesAgainst = "sources-against"  // N independent sources contradict it
	OneSource      = "one-source"       // only one does, and nobody else can check it
	WeakFor        = "weak-for"         // N pieces of evidence support it, all of them weak
	WeakAgainst    = "weak-against"     // N contradict it, all of them weak
	Outweighed     = "outweighed"       // N weak ones stand against strong ones, and do not count
	Unsettled      = "insufficient"     // N do not settle it
	NoEvidence     = "no-evidence"      // there is none for it or against it
)

// Reason is one of the reasons why a claim stands as it does, for pages to put in words.
type Reason struct {
	Code     string   `json:"code"`
	N        int      `json:"n,omitempty"`
	Evidence []string `json:"evidence,omitempty"` // ids, as they come
}

// Standing is how a claim stands, and why.
type Standing struct {
	Status  string   `json:"status"`
	For     int      `json:"for"`     // pieces of evidence
	Against int      `json:"against"` // pieces of evidence
	Roots   int      `json:"roots"`   // independent sources that support it
	Reasons []Reason `json:"reasons"`
}

// Status derives how a claim stands.
func Status(all []Weighed) string { return Weigh(all).Status }

// Weigh derives how a claim stands, and says why. Evidence of one root counts once; one root that nobody can check
// again leaves a claim single-source, however often it is repeated. Weak evidence alone settles nothing, and where
// one side has only weak evidence and the other strong, the weak does not count.
func Weigh(all []Weighed) Standing {
	pro, con, open := newSide(Supports), newSide(Contradicts), newSide(Insufficient)
	for _, e := range all {
		for _, s := range []*side{pro, con, open} {
			if e.Stance == s.stance {
				s.add(e)
			}
		}
	}
	out := Standing{For: len(pro.ids), Against: len(con.ids), Roots: len(pro.roots)}
	say := func(code string, n int, s *side) { out.Reasons = append(out.Reasons, Reason{code, n, s.ids}) }
	forIt, against := pro.best > weak, con.best > weak
	switch {
	case pro.best == weak && con.best == strong:
		say(Outweighed, len(pro.ids), pro)
	case con.best == weak && pro.best == strong:
		say(Outweighed, len(con.ids), con)
	case len(pro.ids) > 0 && len(con.ids) > 0: // weak against medium, or weak against weak: both count
		forIt, against = true, true
	case pro.best == weak:
		say(WeakFor, len(pro.ids), pro)
	case con.best == weak:
		say(WeakAgainst, len(con.ids), con)
	}
	if forIt {
		pro.reasons(say, ByMeasurement, SourcesFor)
	}
	if against {
		con.reasons(say, AgainstIt, SourcesAgainst)
	}
	switch {
	case forIt && against:
		out.Status = Contested
	case against:
		out.Status = Contradicted
	case forIt && (len(pro.roots) > 1 || pro.measured):
		out.Status = Supported
	case forIt:
		out.Status = SingleSource
		say(OneSource, 1, pro)
	default:
		out.Status = Unverified
	}
	if len(open.ids) > 0 {
		say(Unsettled, len(open.ids), open)
	}
	if len(pro.ids)+len(con.ids)+len(open.ids) == 0 {
		out.Reasons = append(out.Reasons, Reason{Code: NoEvidence})
	}
	return out
}

// Strengths of evidence, in order.
const (
	weak = iota + 1
	medium
	strong
)

// side is the evidence with one stance.
type side struct {
	stance   string
	ids      []string
	roots    map[string]bool
	measured bool
	best     int // strength of the strongest; 0 without any
}

func newSide(stance string) *side { return &side{stance: stance, roots: map[string]bool{}} }

func (s *side) add(e Weighed) {
	s.ids = append(s.ids, e.ID)
	s.roots[e.Root] = true
	s.measured = s.measured || e.Measured
	n := medium
	switch e.Strength {
	case "weak":
		n = weak
	case "strong":
		n = strong
	}
	s.best = max(s.best, n)
}

func (s *side) reasons(say func(string, int, *side), measured, sources string) {
	if s.measured {
		say(measured, len(s.ids), s)
	}
	say(sources, len(s.roots), s)
}

// Roots counts the independent sources that assert a claim: its utterances, those that derive from
// another counting as that other.
func (k *Claim) Roots() int {
	roots := map[string]bool{}
	for i := range k.Utterances {
		roots[cmp.Or(k.Utterances[i].Root, k.Utterances[i].Speaker)] = true
	}
	return len(roots)
}
