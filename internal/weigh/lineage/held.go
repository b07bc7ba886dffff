package lineage

import (
	"cmp"
	"slices"
)

// sentence is a line or sentence of a text, to find those that an outlet repeats.
type sentence struct {
	hash       uint64
	start, end int32 // tokens
}

// doc is an item with what comparing it needs.
type doc struct {
	item    Item
	when    period
	lang    language
	toks    []uint32
	facts   []fact // each once, where it stands first; by key
	sents   []sentence
	cites   []citation
	from    publisher
	outlet  uint32 // hash of the outlet as written
	link    uint32 // key of its own address
	english bool   // it says that a name or an acronym is in English: "OFAC, por sus siglas en inglés"
}

func (d *doc) han() bool { return d.lang == chinese }
func (d *doc) k() int    { return shingleOf(d.han()) }

// mostSentences are looked at for boilerplate.
const mostSentences = 2000

// take reads an item.
func (r *reader) take(it Item) *doc {
	d := &doc{item: it, when: readDate(it.Date), outlet: hashString(it.Outlet)}
	d.from = r.readOutlet(it.Outlet)
	if l := linkKey(it.URL); l != "" {
		d.link = hashString("L:" + l)
	}
	r.read(it.Text, it.Lang)
	d.lang = r.lang
	d.toks = make([]uint32, len(r.tokens))
	begin := 0
	for i, t := range r.tokens {
		d.toks[i] = t.hash
		if t.flags&startsLine != 0 && i > begin {
			d.sentence(begin, i)
			begin = i
		}
	}
	d.sentence(begin, len(r.tokens))
	d.cites = r.citations()
	for i := range d.cites {
		c := &d.cites[i]
		for _, f := range r.facts {
			if f.pos >= c.first && f.pos < c.first+c.n {
				c.keys = append(c.keys, f.key)
			}
		}
	}
	d.facts = firstOnes(r.facts)
	d.english = r.saysEnglish()
	return d
}

// firstOnes keeps each fact once, by key.
func firstOnes(facts []fact) []fact {
	out := slices.Clone(facts)
	slices.SortFunc(out, func(a, b fact) int { return cmp.Or(cmp.Compare(a.key, b.key), cmp.Compare(a.pos, b.pos)) })
	return slices.Clip(slices.CompactFunc(out, func(a, b fact) bool { return a.key == b.key }))
}

func (d *doc) sentence(begin, end int) {
	if end <= begin || len(d.sents) >= mostSentences {
		return
	}
	h := uint64(end - begin)
	for _, t := range d.toks[begin:end] {
		h = mix(h*31 + uint64(t))
	}
	d.sents = append(d.sents, sentence{h, int32(begin), int32(end)})
}

// saysEnglish says whether a text that is not English explains a name as English, as translations do.
func (r *reader) saysEnglish() bool {
	if r.lang == english {
		return false
	}
	for i := range r.tokens {
		switch r.wordAt(i) {
		case "ingles":
			if w := r.wordAt(i - 1); w == "en" || w == "em" {
				return true
			}
		case "英":
			if r.wordAt(i+1) == "文" {
				return true
			}
		}
	}
	return false
}
