package series

import "slices"

// Activity notes on which days each target was measured on each network. It implements Extent.
type Activity struct {
	networks map[place]map[string][]int64          // days, in order, by target
	targets  map[string]map[string]map[uint32]bool // countries of a target, and their networks
}

type place struct {
	cc  string
	asn uint32
}

var _ Extent = (*Activity)(nil)

// NewActivity returns one in which nothing was measured.
func NewActivity() *Activity {
	return &Activity{map[place]map[string][]int64{}, map[string]map[string]map[uint32]bool{}}
}

// Add notes the cells of a series, which are in the order of time.
func (a *Activity) Add(k Key, cells []Cell) {
	p := place{k.CC, k.ASN}
	if a.networks[p] == nil {
		a.networks[p] = map[string][]int64{}
	}
	days := a.networks[p][k.Target]
	merge := len(days) > 0
	for i := range cells {
		if d := cells[i].Hour / 24; len(days) == 0 || days[len(days)-1] != d {
			days = append(days, d)
		}
	}
	if merge { // another layer of the same target
		slices.Sort(days)
		days = slices.Compact(days)
	}
	a.networks[p][k.Target] = days
	if a.targets[k.Target] == nil {
		a.targets[k.Target] = map[string]map[uint32]bool{}
	}
	if a.targets[k.Target][k.CC] == nil {
		a.targets[k.Target][k.CC] = map[uint32]bool{}
	}
	a.targets[k.Target][k.CC][k.ASN] = true
}

func (a *Activity) active(days []int64, from, to int64) bool {
	i, _ := slices.BinarySearch(days, from/24)
	return i < len(days) && days[i] <= to/24
}

// Targets implements Extent.
func (a *Activity) Targets(cc string, asn uint32, from, to int64) int {
	n := 0
	for _, days := range a.networks[place{cc, asn}] {
		if a.active(days, from, to) {
			n++
		}
	}
	return n
}

// Countries implements Extent.
func (a *Activity) Countries(target string, from, to int64) int {
	n := 0
	for cc, asns := range a.targets[target] {
		for asn := range asns {
			if a.active(a.networks[place{cc, asn}][target], from, to) {
				n++
				break
			}
		}
	}
	return n
}
