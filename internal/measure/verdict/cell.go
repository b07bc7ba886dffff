package verdict

import (
	"cmp"
	"hash/fnv"
	"math"
	"slices"
	"strings"
	"time"
)

// Series names a series: one target on one network, seen at one layer. At the layer of names it is also
// one resolver's network, since a resolver that lies is not the network that carries its answer.
type Series struct {
	CC       string
	ASN      uint32
	Target   string
	Layer    Layer
	Resolver uint32 // AS number; 0 at other layers
}

// Compare orders series by country, network, target, layer and resolver.
func (k Series) Compare(o Series) int {
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
	Witness string      // UID of a measurement that was blocked; "" where none was
}

// MostMet is how many of those who met a restriction a cell names.
const MostMet = 16

// RuleCount is how often a rule won.
type RuleCount struct {
	Rule string
	N    int32
}

// Scale says how a verdict counts in a cell: each voter's likelihood ratio is kept within
// 1/MostOfOne and MostOfOne, and weighed for a restriction that meets the share Full of voters, and for
// one that meets the share Partial.
type Scale struct{ MostOfOne, Full, Partial float64 }

// Vote returns what one voter's likelihood ratio adds to a cell's Full and Partial.
func (t Scale) Vote(ratio float64) (full, partial float64) {
	ratio = min(max(ratio, 1/t.MostOfOne), t.MostOfOne)
	return math.Log(t.Full*ratio + 1 - t.Full), math.Log(t.Partial*ratio + 1 - t.Partial)
}

// Volume is how much was measured on a network (or in a country: ASN 0) in one hour after another.
type Volume struct {
	CC    string
	ASN   uint32
	First int64   // hour of Counts[0]
	Count []int32 // measurements
}

// network is where something was counted.
type network struct {
	cc  string
	asn uint32
}

// VolumeBuilder gathers counts into volumes: of every network, and of every country as a whole.
type VolumeBuilder struct{ counts map[network]map[int64]int32 }

// Add notes that n measurements were made on a network in an hour.
func (b *VolumeBuilder) Add(cc string, asn uint32, hour int64, n int32) {
	if b.counts == nil {
		b.counts = map[network]map[int64]int32{}
	}
	for _, p := range []network{{cc, asn}, {cc, 0}} {
		if b.counts[p] == nil {
			b.counts[p] = map[int64]int32{}
		}
		b.counts[p][hour] += n
	}
}

// longest bounds a volume's length: a clock wrong by centuries must not make it longer.
const longest = 20 * 366 * 24

// Volumes returns them by country and network, each from its first hour to its last.
func (b *VolumeBuilder) Volumes() []Volume {
	var out []Volume
	last := map[string]int64{} // by country: a silent network is silent until the others' last hour
	for p, hours := range b.counts {
		for h := range hours {
			last[p.cc] = max(last[p.cc], h)
		}
	}
	for p, hours := range b.counts {
		first := last[p.cc]
		for h := range hours {
			first = min(first, h)
		}
		first = max(first, last[p.cc]-longest)
		v := Volume{CC: p.cc, ASN: p.asn, First: first, Count: make([]int32, last[p.cc]-first+1)}
		for h, n := range hours {
			if h >= first {
				v.Count[h-first] = n
			}
		}
		out = append(out, v)
	}
	slices.SortFunc(out, func(a, b Volume) int { return cmp.Or(strings.Compare(a.CC, b.CC), cmp.Compare(a.ASN, b.ASN)) })
	return out
}

// Hour returns the time at which an hour begins.
func Hour(h int64) time.Time { return time.Unix(h*3600, 0).UTC() }

// HourOf returns the hour that a time is in.
func HourOf(t time.Time) int64 {
	s := t.Unix()
	if s < 0 {
		s -= 3599
	}
	return s / 3600
}

// Hash is how cells name a voter.
func Hash(voter string) uint64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte(voter))
	return h.Sum64()
}
