package lineage

import (
	"cmp"
	"math"
	"slices"
)

// class of a pair of texts: what can be compared differs, and so does what it is worth.
type class int

const (
	sameLanguage class = iota
	latinLetters       // two of English, Spanish, Portuguese
	withChinese        // Chinese and one of the others
	classes
)

func classOf(a, b *doc) class {
	switch {
	case a.lang == b.lang:
		return sameLanguage
	case a.han() || b.han():
		return withChinese
	}
	return latinLetters
}

// pairing is what comparing two texts gave: a may derive from b.
type pairing struct {
	a, b      *doc
	class     class
	cover     float64 // of a, by passages of b
	coverBack float64 // of b, by passages of a
	longest   int     // tokens of the longest passage in common
	facts     shared
	factsA    []fact // those that facts.pairs speaks of
	factsB    []fact
	residue   bool // between languages: a has a run of words of b's language
	backward  bool // b has one of a's
	names     bool // a names b's outlet
	namedBack bool
	cites     bool // a names b's outlet as authority
	citedBack bool
	speaks    bool // b's outlet is the one who acts in a
	spoken    bool
}

// Features of a pairing, for the model. The first is constant.
const (
	ftOne = iota
	ftCover
	ftLongest
	ftInSource
	ftInItem
	ftOrder
	ftNovel
	ftMissing
	ftStrong
	ftDenial
	ftCited
	ftGap
	ftSize
	ftBoth // what both agree on: facts in the source and in order
	ftNear
	ftAligned
	features
)

func (p *pairing) features() [features]float64 {
	var x [features]float64
	x[ftOne] = 1
	x[ftCover] = p.cover
	x[ftLongest] = min(1, math.Log1p(float64(p.longest))/4)
	x[ftInSource] = p.facts.inSource
	x[ftInItem] = p.facts.inItem
	x[ftOrder] = p.facts.order
	x[ftNovel] = p.facts.novel
	x[ftMissing] = p.facts.missing
	x[ftStrong] = min(1, math.Log1p(float64(p.facts.strong))/3)
	x[ftDenial] = truth(p.facts.denial)
	x[ftCited] = truth(p.cites)
	x[ftGap] = min(1, math.Log1p(float64(p.gap()))/8) * (1 - p.cover) // old news is copied; it is hardly reworded
	x[ftSize] = min(1, math.Log1p(float64(min(len(p.a.facts), len(p.b.facts))))/6)
	x[ftBoth] = p.facts.inSource * p.facts.order
	x[ftNear] = p.facts.near
	x[ftAligned] = p.facts.aligned
	return x
}

func truth(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

// gap is how many days lie at least between the two dates, 0 when they may be the same or are not known.
func (p *pairing) gap() int32 {
	if !p.a.when.known || !p.b.when.known {
		return 0
	}
	return max(0, p.a.when.lo-p.b.when.hi, p.b.when.lo-p.a.when.hi)
}

// related is the probability that one of the two derives from the other, or both from the same text.
func (p *pairing) related() float64 {
	w := known().model[p.class]
	z := 0.0
	for i, v := range p.features() {
		z += w[i] * v
	}
	return sigmoid(z)
}

func sigmoid(z float64) float64 { return 1 / (1 + math.Exp(-z)) }

// fuller is by how much one must have more of the other for it to tell: a copy with a note of correction has a little more than its source.
const fuller = 0.15

// direction weighs whether b came first: log odds, and what they rest on, strongest first. The same asked the other way round gives
// the opposite.
func (p *pairing) direction() (float64, []string) {
	type part struct {
		by string
		w  float64
	}
	var parts []part
	add := func(by string, w float64) {
		if w != 0 {
			parts = append(parts, part{by, w})
		}
	}
	if a, b := p.a.when, p.b.when; a.known && b.known {
		exact := a.lo == a.hi && b.lo == b.hi
		w := 3.0
		if exact {
			w = 4
		}
		switch {
		case b.hi < a.lo:
			add(ByDate, w)
		case a.hi < b.lo:
			add(ByDate, -w)
		}
	}
	add(ByCitation, 3*(truth(p.cites)-truth(p.citedBack)))
	add(BySpeaker, 2*(truth(p.speaks)-truth(p.spoken))+(truth(p.names)-truth(p.namedBack))*truth(!p.cites && !p.citedBack))
	add(ByResidue, 1.5*(truth(p.residue || p.a.english && !p.b.english && p.b.lang == english)-truth(p.backward || p.b.english && !p.a.english && p.a.lang == english)))
	full := p.facts.inSource - p.facts.inItem
	if p.class == sameLanguage && p.cover+p.coverBack > 1 {
		full = p.cover - p.coverBack
	}
	if math.Abs(full) > fuller {
		add(ByFullness, 4*full)
	}
	sum := 0.0
	for _, q := range parts {
		sum += q.w
	}
	slices.SortStableFunc(parts, func(x, y part) int {
		switch d := math.Abs(y.w) - math.Abs(x.w); {
		case d > 0:
			return 1
		case d < 0:
			return -1
		}
		return 0
	})
	var by []string
	for _, q := range parts {
		if q.w*sum > 0 {
			by = append(by, q.by)
		}
	}
	return sum, by
}

// kind says how a derives from b, once that is settled.
func (p *pairing) kind() Kind {
	switch {
	case p.class != sameLanguage && p.facts.order >= 0.5 && p.facts.inSource >= 0.4:
		return Translation
	case p.class != sameLanguage || p.cover < 0.5:
		return Rewrite
	case p.gap() >= redatedAfter && p.cover >= 0.8 && !p.cites && !p.names:
		return Redated
	}
	return Copy
}

// nearlyAll is how much of two texts is the same from which on they are the same, boilerplate or not.
const nearlyAll = 0.92

// redatedAfter is how many days after its source a copy that does not name it is one of old news.
const redatedAfter = 60

// matcher compares texts of an index. Each goroutine has its own.
type matcher struct {
	x       *Index
	g       *aligner
	loaded  *doc // what g has loaded
	latin   parsed
	han     parsed
	heardOf *doc // whose sounds these are
	sounds  *sounds
	counts  []float32                 // of each item of the index, while candidates are sought
	counted []int32                   // those whose count is not zero
	share   [mostWithFact + 1]float32 // what a list of so many texts adds to the count of each
	rare    [4096]float32             // by how many texts have a fact; 0 is not yet known
}

// compare compares a with b; skipA says which tokens of a are its outlet's boilerplate.
func (m *matcher) compare(a, b *doc, skipA, skipB []bool) *pairing {
	p := &pairing{a: a, b: b, class: classOf(a, b)}
	k := a.k()
	if p.class == withChinese {
		k = shingle
	}
	var runs []run
	if p.class != withChinese {
		if m.loaded != b {
			m.g.load(b.toks, k)
			m.loaded = b
		}
		runs = m.g.align(a.toks, b.toks, k)
	}
	if a.outlet == b.outlet && p.class == sameLanguage {
		skipA, skipB = frame(a, b, skipA, skipB)
	}
	if p.class == sameLanguage {
		p.cover = covered(runs, len(a.toks), skipA, a.han())
		p.coverBack = covered(flip(runs), len(b.toks), skipB, a.han())
		p.longest = longestRun(runs, skipA)
		if whole := covered(runs, len(a.toks), nil, a.han()); skipA != nil && whole > nearlyAll && !m.x.everywhere(a) && covered(flip(runs), len(b.toks), nil, a.han()) > nearlyAll {
			p.cover, p.coverBack = max(p.cover, whole), max(p.coverBack, whole) // what an outlet has in many items may be a story that it ran again
		}
		if a.han() {
			p.longest /= 2 // a word has about two characters
		}
	} else if len(runs) > 0 {
		p.residue = b.lang == english && a.lang != english
		p.backward = a.lang == english && b.lang != english
	}
	fa, fb := without(a.facts, skipA), without(b.facts, skipB)
	if p.class == withChinese && m.meet(fa, fb, true).inSource > 0.2 {
		fa, fb = m.bySound(p, fa, fb)
	}
	p.factsA, p.factsB = fa, fb
	p.facts = m.meet(fa, fb, p.class == withChinese)
	p.facts.near = near(p.facts.pairs, fa, fb, a.reach(), b.reach())
	p.facts.aligned = m.aligned(p)
	outlets(p)
	return p
}

// reach is how many tokens lie at most between neighbours.
func (d *doc) reach() int32 {
	if d.han() {
		return 20
	}
	return 12
}

func flip(runs []run) []run {
	out := make([]run, len(runs))
	for i, r := range runs {
		out[i] = run{r.b, r.a, r.n}
	}
	return out
}

// without leaves out facts that stand in boilerplate.
func without(facts []fact, skip []bool) []fact {
	if skip == nil {
		return facts
	}
	out := make([]fact, 0, len(facts))
	for _, f := range facts {
		if !skip[f.pos] {
			out = append(out, f)
		}
	}
	return out
}

// outlets asks whether one names the other's outlet.
func outlets(p *pairing) {
	p.cites = citesOutlet(p.a, p.b)
	p.citedBack = citesOutlet(p.b, p.a)
	if p.a.outlet == p.b.outlet {
		p.cites, p.citedBack = false, false
		return
	}
	p.speaks = actsIn(p.b, p.a)
	p.spoken = actsIn(p.a, p.b)
	p.names = linksTo(p.a, p.b)
	p.namedBack = linksTo(p.b, p.a)
}

// citesOutlet says whether a names b's outlet as authority, in its text or in its own outlet's name.
func citesOutlet(a, b *doc) bool {
	for i := range a.cites {
		if named(a.cites[i].name, b.from.names) || len(b.from.keys) > 0 && means(a.cites[i].keys, b.from.keys) {
			return true
		}
	}
	for _, c := range a.from.credits {
		if c.name != "" && named(c.name, b.from.names) {
			return true
		}
	}
	return false
}

// means says whether a cited name means the same as an outlet's: "the Treasury Department", "el Departamento del Tesoro".
func means(cited, keys []uint32) bool {
	return len(keys) > 0 && !slices.ContainsFunc(keys, func(k uint32) bool { return !slices.Contains(cited, k) })
}

// has says whether a text has all of some facts.
func (d *doc) has(keys []uint32) bool {
	for _, k := range keys {
		if d.fact(k) < 0 {
			return false
		}
	}
	return len(keys) > 0
}

// fact is where a fact stands in the list, or -1.
func (d *doc) fact(key uint32) int {
	n, ok := slices.BinarySearchFunc(d.facts, key, func(f fact, k uint32) int { return cmp.Compare(f.key, k) })
	if !ok {
		return -1
	}
	return n
}

// actsIn says whether b's outlet is an institution whose doings a tells of, as b's own text does: a press release and reports of it.
func actsIn(b, a *doc) bool {
	return a.has(b.from.keys) && b.has(b.from.keys) && !a.has(a.from.keys)
}

// linksTo says whether a has the address of b.
func linksTo(a, b *doc) bool {
	return b.link != 0 && a.fact(b.link) >= 0
}

const mostNames = 64 // names of a text that are looked for by sound

// bySound finds names in Latin letters in the other's Han characters: the Chinese text gets them as facts of its own.
func (m *matcher) bySound(p *pairing, fa, fb []fact) ([]fact, []fact) {
	if p.a.han() {
		return m.heard(p.a, fa, p.b, fb), fb
	}
	return fa, m.heard(p.b, fb, p.a, fa)
}

// heard are the facts of a Chinese text with those names of a Latin one added that it has by their sound.
func (m *matcher) heard(han *doc, hanFacts []fact, latin *doc, latinFacts []fact) []fact {
	m.latin.reset(latin.item.Text, latin.item.Lang)
	if m.heardOf != han {
		m.han.reset(han.item.Text, han.item.Lang)
		m.sounds, m.heardOf = soundsOf(&m.han, han.facts, known()), han
	}
	out := slices.Clone(hanFacts)
	done := map[uint32]bool{}
	for _, f := range latinFacts {
		if f.kind != factName || done[f.key] || len(done) >= mostNames || int(f.pos) >= len(m.latin.tokens) {
			continue
		}
		done[f.key] = true
		if at, n := m.sounds.find(string(m.latin.word(int(f.pos)))); n > 0 {
			out = append(out, fact{key: f.key, pos: int32(at), kind: factName, n: uint8(n)})
		}
	}
	return firstOnes(out)
}
