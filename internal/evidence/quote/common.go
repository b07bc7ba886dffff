package quote

import (
	"cmp"
	"slices"
	"sort"
)

// run is a stretch that two sequences have in common: n elements from a and from b.
type run struct{ a, b, n int }

// mostSteps bounds the search for one middle: half of the edits between two sequences that are looked through before they are
// split at what stands in both only once, or taken as having nothing in common.
const mostSteps = 700

// common returns what two sequences have in common, in order: E. W. Myers, An O(ND) difference algorithm and its
// variations (1986), in linear space.
//
// coarse says that they are so different that something in common may have been passed over.
func common(a, b []int) (runs []run, coarse bool) {
	d := differ{}
	d.compare(a, b, 0, 0)
	return d.runs, d.coarse
}

type differ struct {
	runs          []run
	forward, back []int
	coarse        bool
}

func (d *differ) add(a, b, n int) {
	if n == 0 {
		return
	}
	if k := len(d.runs); k > 0 && d.runs[k-1].a+d.runs[k-1].n == a && d.runs[k-1].b+d.runs[k-1].n == b {
		d.runs[k-1].n += n
		return
	}
	d.runs = append(d.runs, run{a, b, n})
}

// compare adds what a and b have in common, which begin at offsets ao and bo of the whole.
func (d *differ) compare(a, b []int, ao, bo int) {
	n := 0
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	d.add(ao, bo, n)
	a, b, ao, bo = a[n:], b[n:], ao+n, bo+n
	n = 0
	for n < len(a) && n < len(b) && a[len(a)-1-n] == b[len(b)-1-n] {
		n++
	}
	a, b = a[:len(a)-n], b[:len(b)-n]
	if len(a) > 0 && len(b) > 0 {
		d.split(a, b, ao, bo)
	}
	d.add(ao+len(a), bo+len(b), n)
}

func (d *differ) split(a, b []int, ao, bo int) {
	if x, y, ok := d.middle(a, b); ok {
		if (x > 0 || y > 0) && (x < len(a) || y < len(b)) {
			d.compare(a[:x], b[:y], ao, bo)
			d.compare(a[x:], b[y:], ao+x, bo+y)
		}
		return
	}
	d.coarse = true
	i, j := 0, 0
	for _, m := range unique(a, b) {
		d.compare(a[i:m.a], b[j:m.b], ao+i, bo+j)
		d.add(ao+m.a, bo+m.b, 1)
		i, j = m.a+1, m.b+1
	}
	if i > 0 {
		d.compare(a[i:], b[j:], ao+i, bo+j)
	}
}

// middle returns a point on a shortest path from one end of both sequences to the other, near its middle. ok is false when it is
// too far.
func (d *differ) middle(a, b []int) (x, y int, ok bool) {
	n, m := len(a), len(b)
	most := min((n+m+1)/2, mostSteps)
	size := 2*most + 3
	if len(d.forward) < size {
		d.forward, d.back = make([]int, size), make([]int, size)
	}
	f, r, off := d.forward, d.back, most+1
	f[off+1], r[off+1] = 0, 0
	delta := n - m
	odd := delta&1 != 0
	for step := 0; step <= most; step++ {
		for k := -step; k <= step; k += 2 {
			if k < -m || k > n {
				continue
			}
			x := furthest(f, off, k, step, n, m)
			if x < 0 {
				f[off+k] = -1
				continue
			}
			for x < n && x-k < m && a[x] == b[x-k] {
				x++
			}
			f[off+k] = x
			if c := delta - k; odd && c >= -(step-1) && c <= step-1 && c >= -m && c <= n && r[off+c] >= 0 && x+r[off+c] >= n {
				return x, x - k, true
			}
		}
		for k := -step; k <= step; k += 2 {
			if k < -m || k > n {
				continue
			}
			x := furthest(r, off, k, step, n, m)
			if x < 0 {
				r[off+k] = -1
				continue
			}
			for x < n && x-k < m && a[n-1-x] == b[m-1-(x-k)] {
				x++
			}
			r[off+k] = x
			if c := delta - k; !odd && c >= -step && c <= step && c >= -m && c <= n && f[off+c] >= 0 && x+f[off+c] >= n {
				return n - x, m - (x - k), true
			}
		}
	}
	return 0, 0, false
}

// furthest returns how far one more step reaches on a diagonal; -1 for beyond the ends.
func furthest(v []int, off, k, step, n, m int) int {
	if step == 0 {
		return 0
	}
	x := -1
	if k > -step && k-1 >= -m && v[off+k-1] >= 0 {
		x = v[off+k-1] + 1
	}
	if k < step && k+1 <= n && v[off+k+1] >= 0 {
		x = max(x, v[off+k+1])
	}
	if x > n || x-k > m {
		return -1
	}
	return x
}

// unique returns the longest list of elements that stand once in either sequence, in the same order in both (the patience
// difference of B. Cohen).
func unique(a, b []int) []run {
	type count struct{ a, b, atA, atB int }
	seen := map[int]*count{}
	at := func(v int) *count {
		c := seen[v]
		if c == nil {
			c = &count{}
			seen[v] = c
		}
		return c
	}
	for i, v := range a {
		c := at(v)
		c.a, c.atA = c.a+1, i
	}
	for i, v := range b {
		c := at(v)
		c.b, c.atB = c.b+1, i
	}
	var both []run
	for _, c := range seen {
		if c.a == 1 && c.b == 1 {
			both = append(both, run{c.atA, c.atB, 1})
		}
	}
	slices.SortFunc(both, func(x, y run) int { return cmp.Compare(x.a, y.a) })
	// Longest increasing subsequence of the places in b.
	var tops []int
	previous := make([]int, len(both))
	for i := range both {
		p := sort.Search(len(tops), func(t int) bool { return both[tops[t]].b >= both[i].b })
		previous[i] = -1
		if p > 0 {
			previous[i] = tops[p-1]
		}
		if p == len(tops) {
			tops = append(tops, i)
		} else {
			tops[p] = i
		}
	}
	if len(tops) == 0 {
		return nil
	}
	out := make([]run, len(tops))
	for i, j := len(tops)-1, tops[len(tops)-1]; i >= 0; i, j = i-1, previous[j] {
		out[i] = both[j]
	}
	return out
}
