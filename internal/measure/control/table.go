package control

import (
	"cmp"
	"slices"
	"sort"

	"veedor/internal/measure/verdict"
)

// DefaultEnough is how many distinct probes or sessions must agree.
const DefaultEnough = 3

// Bounds on the votes kept of one thing: beyond them more agreement says nothing new.
const (
	maxOfThing   = 4096
	maxOfNetwork = 16 // a day
)

// Table answers verdict's questions from votes. Fill it with Add, then Seal it; after that it never
// changes and may be used from many goroutines. The same votes, in any order, give the same answers.
type Table struct {
	enough int
	things map[uint64][]Vote
}

var _ verdict.Controls = (*Table)(nil)

// NewTable returns an empty table in which k must agree; DefaultEnough when 0.
func NewTable(k int) *Table {
	return &Table{enough: cmp.Or(k, DefaultEnough), things: map[uint64][]Vote{}}
}

// Add adds votes.
func (t *Table) Add(votes ...Vote) {
	for _, v := range votes {
		t.things[v.Key] = append(t.things[v.Key], v)
	}
}

// Seal puts the votes in order, once a voter an hour and outcome, and thins what is too much.
func (t *Table) Seal() {
	for k, list := range t.things {
		t.things[k] = settle(list)
	}
}

func settle(list []Vote) []Vote {
	slices.SortFunc(list, func(a, b Vote) int {
		return cmp.Or(cmp.Compare(a.Time, b.Time), cmp.Compare(a.Voter, b.Voter), cmp.Compare(a.UID, b.UID))
	})
	type word struct {
		voter uint64
		hour  int64
		ok    bool
	}
	said := map[word]bool{}
	list = slices.DeleteFunc(list, func(v Vote) bool {
		w := word{v.Voter, v.Time / 3600, v.OK}
		again := said[w]
		said[w] = true
		return again
	})
	if len(list) <= maxOfThing {
		return list
	}
	type place struct {
		asn uint32
		day int64
		ok  bool
	}
	count := map[place]int{}
	list = slices.DeleteFunc(list, func(v Vote) bool {
		p := place{v.ASN, v.Time / 86400, v.OK}
		count[p]++
		return count[p] > maxOfNetwork
	})
	return list[max(0, len(list)-maxOfThing):]
}

// Enough implements verdict.Controls.
func (t *Table) Enough() int { return t.enough }

// Look implements verdict.Controls.
func (t *Table) Look(q verdict.Question) verdict.Account {
	list := t.things[key(q.About, q.Host, q.IP, q.Port)]
	if len(list) == 0 {
		return verdict.Account{}
	}
	at, me := q.At.Unix(), hashed(q.Voter)
	from, recent := at-int64(Window.Seconds()), at-int64(recently.Seconds())
	list = list[sort.Search(len(list), func(i int) bool { return list[i].Time >= from }):]
	list = list[:sort.Search(len(list), func(i int) bool { return list[i].Time >= at })]
	since := recent
	if q.About == verdict.AboutAddress || q.About == verdict.AboutNetwork || q.About == verdict.AboutSpeed {
		since = from // where a site is does not change within hours
	}
	var a verdict.Account
	var ok, failed, here, lately, broken, anywhere counter
	var last []bool // how it went lately elsewhere, newest first, each voter once
	heard := map[uint64]bool{}
	var elsewhere, home []float64
	for i := len(list) - 1; i >= 0; i-- {
		v := &list[i]
		if v.Voter == me {
			continue
		}
		if v.OK && v.Time >= since {
			anywhere.add(v)
		}
		if v.ASN == q.ASN {
			if v.OK {
				here.add(v)
				if v.Time >= recent {
					lately.add(v)
				}
			} else if v.Time >= recent {
				broken.add(v)
			}
			if v.Kbps > 0 {
				home = append(home, float64(v.Kbps))
			}
			continue
		}
		if v.Time < since {
			continue
		}
		if v.Kbps > 0 {
			elsewhere = append(elsewhere, float64(v.Kbps))
		}
		if v.OK {
			ok.add(v)
			if a.Witness == "" {
				a.Witness = v.UID
			}
		} else if v.CC != q.CC {
			failed.add(v)
		} else {
			continue // a neighbour's failure says nothing: it may have the same filter
		}
		if len(last) < 2*t.enough-1 && !heard[v.Voter] {
			heard[v.Voter] = true
			last = append(last, v.OK)
		}
	}
	a.OK, a.Failed, a.Here, a.Broken = ok.tally(), failed.tally(), here.tally(), broken.tally()
	a.HereLately, a.Anywhere = len(lately.voters), len(anywhere.voters)
	worked := 0
	for _, w := range last {
		if w {
			worked++
		}
	}
	a.Recent = 2*worked > len(last)
	a.SpeedElsewhere, a.SpeedHere = t.median(elsewhere), t.median(home)
	a.Defect = q.About == verdict.AboutHandshake && t.defect(list, q, recent, me)
	return a
}

// defect says that something fails for one software in many networks, and works for every other
// software there.
func (t *Table) defect(list []Vote, q verdict.Question, recent int64, me uint64) bool {
	var mine, mineOK, others, othersFailed counter
	for i := range list {
		v := &list[i]
		switch {
		case v.Voter == me || v.Time < recent:
		case v.Software == q.Software && v.OK:
			mineOK.add(v)
		case v.Software == q.Software:
			mine.add(v)
		case v.OK:
			others.add(v)
		default:
			othersFailed.add(v)
		}
	}
	m, o := mine.tally(), others.tally()
	heard := func(n int) int { // fewer than enough contradict nobody
		if n < t.enough {
			return 0
		}
		return n
	}
	return m.Voters >= t.enough && m.Networks >= t.enough && m.Countries >= 2 && 9*heard(len(mineOK.voters)) <= m.Voters &&
		o.Voters >= t.enough && 9*heard(len(othersFailed.voters)) <= o.Voters
}

// median of what at least enough measured; 0 otherwise.
func (t *Table) median(list []float64) float64 {
	if len(list) < t.enough {
		return 0
	}
	slices.Sort(list)
	return list[len(list)/2]
}

// counter counts distinct voters and where they were.
type counter struct {
	voters    map[uint64]bool
	networks  map[uint32]bool
	countries map[string]bool
}

func (c *counter) add(v *Vote) {
	if c.voters == nil {
		c.voters, c.networks, c.countries = map[uint64]bool{}, map[uint32]bool{}, map[string]bool{}
	}
	if c.voters[v.Voter] {
		return
	}
	c.voters[v.Voter], c.networks[v.ASN], c.countries[v.CC] = true, true, true
}

func (c *counter) tally() verdict.Tally {
	return verdict.Tally{Voters: len(c.voters), Networks: len(c.networks), Countries: len(c.countries)}
}
