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
	Stance   string
	Root     string // the source it derives from, or one of its own
	Measured bool   // anybody can measure it again
}

// Weighed returns the evidence with the stance it has, under a name of its own. All that was measured is one
// source: findings and incidents rest on the same measurements.
func (e *Evidence) Weighed(id, stance string) Weighed {
	measured := e.Finding != nil || e.Measurement != "" || e.Incident != ""
	if measured {
		id = "measurements"
	}
	return Weighed{Stance: stance, Root: cmp.Or(e.Root, id), Measured: measured}
}

// Status derives how a claim stands. Evidence of one root counts once; one root that nobody can check again
// leaves a claim single-source, however often it is repeated.
func Status(all []Weighed) string {
	against, measured := false, false
	roots := map[string]bool{}
	for _, e := range all {
		switch e.Stance {
		case Supports:
			roots[e.Root] = true
			measured = measured || e.Measured
		case Contradicts:
			against = true
		}
	}
	switch {
	case against && len(roots) > 0:
		return Contested
	case against:
		return Contradicted
	case len(roots) > 1, measured:
		return Supported
	case len(roots) == 1:
		return SingleSource
	}
	return Unverified
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
