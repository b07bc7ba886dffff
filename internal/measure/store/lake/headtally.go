package lake

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"veedor/internal/measure/store"
)

// tallyKey and talliedAs keep counts of many records.
type tallyKey struct {
	f  store.Filter
	by store.Group
}
type talliedAs struct{ counts []store.Count }

const (
	worthKeeping = 512     // records from which on counting them again takes longer than is fit
	mostKept     = 1 << 18 // groups kept in all, some 200 bytes each
)

// headGroup is a Count in the making.
type headGroup struct {
	total, artefact   int64
	states            [4]int64 // in the order of headStates
	first, last       int64
	networks, targets bitset
	latest, blocked   headRef // with the greatest UIDs
	named             headRef // of those with an organisation
	invented          bool
}

// tallying is one pass over records, with the groups that it makes.
type tallying struct {
	x                 *headIndex
	by                store.Group
	key               func(*headFile, int) uint32
	networks, targets bool // more than one of them can be in a group
	groups            map[uint32]*headGroup
	dense             []*headGroup // instead of groups, by number of a word
	last              *headGroup
	lastKey           uint32
	from, to          int64 // the day that lastKey stands for
}

// group returns the group that a record belongs to.
func (t *tallying) group(h *headFile, i int, start int64) *headGroup {
	if t.by == store.ByDay {
		if t.last != nil && start >= t.from && start < t.to {
			return t.last
		}
		day := floorDay(floorSecond(start))
		t.lastKey, t.from, t.to = uint32(day+1<<31), day*86400*second, (day+1)*86400*second
	} else {
		k := t.key(h, i)
		if t.last != nil && k == t.lastKey {
			return t.last
		}
		t.lastKey = k
	}
	if t.dense != nil {
		if t.last = t.dense[t.lastKey]; t.last == nil {
			t.last = &headGroup{}
			t.dense[t.lastKey] = t.last
		}
		return t.last
	}
	if t.last = t.groups[t.lastKey]; t.last == nil {
		t.last = &headGroup{}
		t.groups[t.lastKey] = t.last
	}
	return t.last
}

func (t *tallying) count(h *headFile, i int) {
	flags, start, at := h.flags(i), h.start(i), headRef{h, i}
	g := t.group(h, i, start)
	if g.total == 0 {
		g.first, g.last, g.invented, g.latest = start, start, true, at
	} else if t.x.later(at, g.latest) {
		g.latest = at
	}
	g.total++
	state := flags & flagState
	g.states[state]++
	if state == 2 { // blocked
		if flags&flagArtefact != 0 {
			g.artefact++
		}
		if g.blocked.file == nil || t.x.later(at, g.blocked) {
			g.blocked = at
		}
	}
	if t.by == store.ByNetwork && t.x.names[h.org(i)] != "" && (g.named.file == nil || t.x.later(at, g.named)) {
		g.named = at
	}
	g.first, g.last = min(g.first, start), max(g.last, start)
	if t.networks {
		g.networks.add(h.network(i))
	}
	if t.targets {
		g.targets.add(h.target(i))
	}
	g.invented = g.invented && flags&flagInvented != 0
}

// tally counts what a filter selects; ok unless the engine must.
func (x *headIndex) tally(f store.Filter, by store.Group) (counts []store.Count, ok bool) {
	q, ok := x.query(f)
	if !ok || groupKey(by) == nil && by != store.ByDay {
		return nil, false
	}
	if kept := x.keptTally(tallyKey{f, by}); kept != nil {
		return slices.Clone(kept.counts), true
	}
	list, among := x.among(&q)
	many := !q.none && (!among || len(list) >= worthKeeping)
	groups := []store.Group{by}
	if many && !q.timed { // whoever asks for one nearly always asks for the others, and most of the time goes by in getting at records
		groups = groupsBeside(f, by)
	}
	all := make([]*tallying, len(groups))
	for i, g := range groups {
		all[i] = &tallying{x: x, by: g, key: groupKey(g), networks: g != store.ByNetwork && f.ASN == 0, targets: g != store.ByTarget && f.Target == "", groups: map[uint32]*headGroup{}}
		if g != store.ByDay && (!among || len(list) > len(x.names)) {
			all[i].dense = make([]*headGroup, len(x.names))
		}
	}
	x.records(&q, func(h *headFile, i int) {
		for _, t := range all {
			t.count(h, i)
		}
	})
	for _, t := range all {
		counted := t.counts()
		if many {
			x.keepTally(tallyKey{f, t.by}, counted)
		}
		if t.by == by {
			counts = counted
		}
	}
	return counts, true
}

// groupsBeside returns a group, and those that a page counts beside it: what the filter leaves open.
func groupsBeside(f store.Filter, by store.Group) []store.Group {
	out := []store.Group{by}
	for _, g := range []struct {
		by    store.Group
		fixed bool
	}{{store.ByDay, false}, {store.ByCountry, f.CC != ""}, {store.ByNetwork, f.ASN != 0}, {store.ByTarget, f.Target != ""}} {
		if g.by != by && !g.fixed {
			out = append(out, g.by)
		}
	}
	return out
}

// groupKey returns what records are grouped by; nil where it is no word of theirs.
func groupKey(by store.Group) func(*headFile, int) uint32 {
	return map[store.Group]func(*headFile, int) uint32{
		store.ByCountry: (*headFile).country, store.ByNetwork: (*headFile).network, store.ByTarget: (*headFile).target,
		store.ByCategory: (*headFile).category, store.ByTest: (*headFile).test,
	}[by]
}

// counts returns what was counted.
func (t *tallying) counts() (counts []store.Count) {
	for k, g := range t.dense {
		if g != nil {
			t.groups[uint32(k)] = g
		}
	}
	for k, g := range t.groups {
		c := store.Count{Total: g.total, OK: g.states[0], Down: g.states[1], Blocked: g.states[2], Insufficient: g.states[3], Artefact: g.artefact,
			Networks: max(1, g.networks.count()), Targets: max(1, g.targets.count()), First: time.UnixMicro(g.first).UTC(), Last: time.UnixMicro(g.last).UTC(), Invented: g.invented}
		if t.by == store.ByDay {
			c.Key = time.Unix((int64(k)-1<<31)*86400, 0).UTC().Format(time.DateOnly)
		} else {
			c.Key = t.x.names[k]
		}
		if g.named.file != nil {
			c.Name = t.x.names[g.named.file.org(g.named.i)]
		}
		if c.Witness = t.x.uid(g.latest); g.blocked.file != nil {
			c.Witness = t.x.uid(g.blocked)
		}
		counts = append(counts, c)
	}
	slices.SortFunc(counts, func(a, b store.Count) int {
		return cmp.Or(cmp.Compare(b.Blocked, a.Blocked), cmp.Compare(b.Total, a.Total), strings.Compare(a.Key, b.Key))
	})
	return counts
}

func (x *headIndex) keptTally(at tallyKey) *talliedAs {
	x.keeping.Lock()
	defer x.keeping.Unlock()
	return x.tallies[at]
}

func (x *headIndex) keepTally(at tallyKey, counts []store.Count) {
	x.keeping.Lock()
	defer x.keeping.Unlock()
	if x.tallies[at] != nil { // somebody else counted them meanwhile
		return
	}
	x.kept += 1 + len(counts)
	for other, t := range x.tallies { // whichever comes
		if x.kept <= mostKept {
			break
		}
		delete(x.tallies, other)
		x.kept -= 1 + len(t.counts)
	}
	x.tallies[at] = &talliedAs{slices.Clone(counts)}
}
