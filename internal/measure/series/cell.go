// Package series turns verdicts into cells, cells into changes, and changes into incidents. It is pure
// and replayable: the same cells and thresholds give the same incidents, whether they are looked at
// live or a year later, and late data change only the hours they belong to.
package series

import (
	"cmp"
	"math"
	"strings"

	"veedor/internal/measure/verdict"
)

// Key names a series: one target on one network, seen at one layer. At the layer of names it is also
// one resolver's network, since a resolver that lies is not the network that carries its answer.
type Key struct {
	CC       string
	ASN      uint32
	Target   string
	Layer    verdict.Layer
	Resolver uint32 // AS number; 0 at other layers
}

// Compare orders series by country, network, target, layer and resolver.
func (k Key) Compare(o Key) int {
	return cmp.Or(strings.Compare(k.CC, o.CC), cmp.Compare(k.ASN, o.ASN), strings.Compare(k.Target, o.Target),
		strings.Compare(string(k.Layer), string(o.Layer)), cmp.Compare(k.Resolver, o.Resolver))
}

// Cell is one hour of a series.
type Cell struct {
	Hour int64 // since 1970, UTC

	N       int32 // measurements
	Voters  int32 // distinct probes or sessions whose verdict was scored
	Blocked int32 // of them: those who met a restriction
	Down    int32 // measurements that found it down for the control too

	// sums over voters of the logarithm of how much likelier what they saw is where nearly everybody
	// meets a restriction, and where some do, than where nobody does
	Full, Partial float64

	Met     []uint64    // who met a restriction: hashes of voters, at most MostMet
	Rules   []RuleCount // by rule, most frequent first
	RuleSet string      // of the verdicts counted; the greatest where there are several
	Witness string      // UID of a blocked measurement, else of any
}

// MostMet is how many of those who met a restriction a cell names.
const MostMet = 16

// RuleCount is how often a rule won.
type RuleCount struct {
	Rule string
	N    int32
}

// Vote returns what one voter's likelihood ratio adds to a cell's Full and Partial.
func (t *Thresholds) Vote(ratio float64) (full, partial float64) {
	ratio = min(max(ratio, 1/t.MostOfOne), t.MostOfOne)
	return math.Log(t.Full*ratio + 1 - t.Full), math.Log(t.Partial*ratio + 1 - t.Partial)
}

// Share returns the share of voters that met a restriction, shrunken: one of one is no certainty.
func (t *Thresholds) Share(blocked, voters int32) float64 {
	return (float64(blocked) + t.PriorBlocked) / (float64(voters) + t.PriorBlocked + t.PriorFree)
}
