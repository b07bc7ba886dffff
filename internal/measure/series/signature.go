package series

import (
	"math"
	"slices"

	"veedor/internal/measure/verdict"
)

// Signature is how one network restricts, in a time: what it looks like from outside. Two networks whose
// filters came from one hand may look alike; two that look alike need not.
type Signature struct {
	ASN             uint32
	CC              string
	Tested, Blocked int // targets
	targets         map[string]map[verdict.TraitKind]map[string]float64
	category        map[string]string
	tested          map[string]bool // of those tested: blocked
}

// Signatures makes one of each network's traits.
func Signatures(traits []verdict.Trait) map[uint32]*Signature {
	out := map[uint32]*Signature{}
	for _, t := range traits {
		s := out[t.ASN]
		if s == nil {
			s = &Signature{ASN: t.ASN, CC: t.CC, targets: map[string]map[verdict.TraitKind]map[string]float64{}, category: map[string]string{}, tested: map[string]bool{}}
			out[t.ASN] = s
		}
		s.category[t.Target] = t.Category
		if t.Kind == verdict.TraitTested {
			s.tested[t.Target] = t.Value == "blocked"
			continue
		}
		if s.targets[t.Target] == nil {
			s.targets[t.Target] = map[verdict.TraitKind]map[string]float64{}
		}
		if s.targets[t.Target][t.Kind] == nil {
			s.targets[t.Target][t.Kind] = map[string]float64{}
		}
		s.targets[t.Target][t.Kind][t.Value] += float64(t.N)
	}
	for _, s := range out {
		s.Tested = len(s.tested)
		for target, blocked := range s.tested {
			if blocked {
				s.Blocked++
			} else {
				delete(s.targets, target) // a mishap is no way of restricting
			}
		}
	}
	return out
}

// Dimension is one way in which two signatures were compared.
type Dimension struct {
	Name       string // mechanism, failure, answer, fingerprint, category, list
	Comparable bool
	Why        string // why not: "few" targets with it, "none" on either side, "shared" too few targets in common
	Similarity float64
	Low, High  float64 // holds nine in ten of resampled targets
	Shared     []string
	A, B       int // targets behind it
}

// Comparison is how alike two networks restrict.
type Comparison struct {
	A, B       *Signature
	Dimensions []Dimension
	Comparable bool
	Similarity float64 // mean of the dimensions that could be compared
	Low, High  float64
}

// Bounds for comparing.
const (
	leastTargets = 8  // with a trait, on either side
	leastShared  = 20 // targets that both tested, for their lists
	resamples    = 400
)

// dimensions are compared in this order.
var dimensions = []string{string(verdict.TraitMechanism), string(verdict.TraitFailure), string(verdict.TraitAnswer), string(verdict.TraitFingerprint), "category", "list"}

// Compare compares two signatures, dimension by dimension. Distributions are compared by one minus the
// Jensen–Shannon distance (Endres and Schindelin, IEEE Trans. Inf. Theory 49, 2003), each target counting
// once; lists of what is restricted by the share of agreement beyond chance (Cohen's kappa) among targets
// that both tested. Intervals come from resampling targets (Efron's bootstrap); the seed is fixed, so that
// the same traits give the same numbers.
func Compare(a, b *Signature) Comparison {
	c := Comparison{A: a, B: b}
	draws := make([][]float64, 0, len(dimensions))
	for _, name := range dimensions {
		d, drawn := compareOne(a, b, name)
		c.Dimensions = append(c.Dimensions, d)
		if d.Comparable {
			draws = append(draws, drawn)
			c.Similarity += d.Similarity
		}
	}
	if len(draws) < 2 { // one dimension alone says too little
		return Comparison{A: a, B: b, Dimensions: c.Dimensions}
	}
	c.Comparable = true
	c.Similarity /= float64(len(draws))
	mean := make([]float64, resamples)
	for i := range mean {
		for _, d := range draws {
			mean[i] += d[i] / float64(len(draws))
		}
	}
	c.Low, c.High = interval(mean)
	return c
}

func compareOne(a, b *Signature, name string) (Dimension, []float64) {
	d := Dimension{Name: name}
	r := new(mix)
	if name == "list" {
		var both []string
		for t := range a.tested {
			if _, ok := b.tested[t]; ok {
				both = append(both, t)
			}
		}
		slices.Sort(both)
		d.A, d.B = len(both), len(both)
		if len(both) < leastShared || a.Blocked == 0 || b.Blocked == 0 {
			d.Why = "shared"
			return d, nil
		}
		for _, t := range both {
			if a.tested[t] && b.tested[t] && len(d.Shared) < 12 {
				d.Shared = append(d.Shared, t)
			}
		}
		d.Comparable, d.Similarity = true, kappa(a, b, both)
		draws := make([]float64, resamples)
		for i := range draws {
			draws[i] = kappa(a, b, resample(r, both))
		}
		d.Low, d.High = interval(draws)
		return d, draws
	}
	x, y := a.having(name), b.having(name)
	d.A, d.B = len(x), len(y)
	switch {
	case len(x) == 0 || len(y) == 0:
		d.Why = "none"
		return d, nil
	case len(x) < leastTargets || len(y) < leastTargets:
		d.Why = "few"
		return d, nil
	}
	p, q := a.spread(name, x), b.spread(name, y)
	d.Comparable, d.Similarity = true, alike(p, q)
	for v := range p {
		if q[v] > 0 {
			d.Shared = append(d.Shared, v)
		}
	}
	slices.SortFunc(d.Shared, func(v, w string) int {
		if s, t := min(p[v], q[v]), min(p[w], q[w]); s != t {
			return int(math.Copysign(1, t-s))
		}
		if v < w {
			return -1
		}
		return 1
	})
	d.Shared = d.Shared[:min(len(d.Shared), 12)]
	draws := make([]float64, resamples)
	for i := range draws {
		draws[i] = alike(a.spread(name, resample(r, x)), b.spread(name, resample(r, y)))
	}
	d.Low, d.High = interval(draws)
	return d, draws
}

// having lists the targets that show a dimension, in order.
func (s *Signature) having(name string) []string {
	var out []string
	if name == "category" {
		for t, blocked := range s.tested {
			if blocked && s.category[t] != "" {
				out = append(out, t)
			}
		}
	} else {
		for t, kinds := range s.targets {
			if len(kinds[verdict.TraitKind(name)]) > 0 {
				out = append(out, t)
			}
		}
	}
	slices.Sort(out)
	return out
}

// spread returns the shares of a dimension's values over targets, each target counting once.
func (s *Signature) spread(name string, targets []string) map[string]float64 {
	out := map[string]float64{}
	for _, t := range targets {
		if name == "category" {
			out[s.category[t]] += 1 / float64(len(targets))
			continue
		}
		values := s.targets[t][verdict.TraitKind(name)]
		var sum float64
		for _, n := range values {
			sum += n
		}
		for v, n := range values {
			out[v] += n / sum / float64(len(targets))
		}
	}
	return out
}

// alike is one minus the Jensen–Shannon distance, with logarithms of base two.
func alike(p, q map[string]float64) float64 {
	var js float64
	add := func(x, y float64) {
		if x > 0 {
			js += x * math.Log2(2*x/(x+y)) / 2
		}
	}
	keys := map[string]bool{}
	for v := range p {
		keys[v] = true
	}
	for v := range q {
		keys[v] = true
	}
	list := make([]string, 0, len(keys))
	for v := range keys {
		list = append(list, v)
	}
	slices.Sort(list) // sums of the same numbers in the same order are the same
	for _, v := range list {
		add(p[v], q[v])
		add(q[v], p[v])
	}
	return 1 - math.Sqrt(min(max(js, 0), 1))
}

// kappa is the agreement of two lists beyond chance, 0 where there is none.
func kappa(a, b *Signature, both []string) float64 {
	var same, x, y float64
	n := float64(len(both))
	for _, t := range both {
		if a.tested[t] == b.tested[t] {
			same++
		}
		if a.tested[t] {
			x++
		}
		if b.tested[t] {
			y++
		}
	}
	chance := (x*y + (n-x)*(n-y)) / (n * n)
	if chance >= 1 {
		return 0
	}
	return max(0, (same/n-chance)/(1-chance))
}

func resample(r *mix, list []string) []string {
	out := make([]string, len(list))
	for i := range out {
		out[i] = list[r.next()%uint64(len(list))]
	}
	return out
}

// mix draws numbers that are always the same (SplitMix64, Steele et al., OOPSLA 2014): resampling must
// not make two readers see two intervals.
type mix uint64

func (m *mix) next() uint64 {
	*m += 0x9e3779b97f4a7c15
	z := uint64(*m)
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// interval holds nine in ten of the draws.
func interval(draws []float64) (low, high float64) {
	sorted := slices.Clone(draws)
	slices.Sort(sorted)
	return sorted[len(sorted)/20], sorted[len(sorted)-1-len(sorted)/20]
}
