package made

import (
	"strings"

	"veedor/internal/weigh/lineage"
)

// rng is SplitMix64: the same seed gives the same texts on every machine.
type rng struct{ s uint64 }

func (r *rng) next() uint64 {
	r.s += 0x9E3779B97F4A7C15
	z := r.s
	z = (z ^ z>>30) * 0xBF58476D1CE4E5B9
	z = (z ^ z>>27) * 0x94D049BB133111EB
	return z ^ z>>31
}

func (r *rng) n(most int) int           { return int(r.next() % uint64(most)) }
func (r *rng) between(a, b int) int     { return a + r.n(b-a+1) }
func (r *rng) chance(p float64) bool    { return float64(r.next()>>11)/(1<<53) < p }
func pick[T any](r *rng, list []T) T    { return list[r.n(len(list))] }
func hashOf(a, b uint64) uint64         { r := rng{s: a ^ b*0xD6E8FEB86659FD93}; return r.next() }
func seeded(parts ...uint64) (out *rng) { out = &rng{}; out.absorb(parts...); return out }
func (r *rng) absorb(parts ...uint64) {
	for _, p := range parts {
		r.s = hashOf(r.s, p)
	}
}

// tongue is one of the four languages, as lineage.Glossary orders them.
type tongue int

const (
	en tongue = iota
	es
	pt
	zh
	tongues
)

func (t tongue) code() string { return [...]string{"en", "es", "pt", "zh"}[t] }

// words are what texts are made of.
type words struct {
	terms  [][4][]string
	places [][4][]string
}

func newWords() *words { return &words{terms: lineage.Glossary(), places: lineage.Places()} }

// vocabulary is how many invented words there are beside the glossary's: those that no glossary helps with.
const vocabulary = 6000

// invented is a word that nobody's glossary has, in one language. One in three is alike in English, Spanish and Portuguese, as in life.
func invented(id uint64, l tongue) string {
	if l == zh {
		r := seeded(id, 99)
		n := r.between(1, 3)
		var b strings.Builder
		for range n {
			b.WriteRune(pick(r, hanzi))
		}
		return b.String()
	}
	r := seeded(id, 7)
	alike := r.chance(0.33)
	if !alike {
		r = seeded(id, uint64(l)+11)
	}
	var b strings.Builder
	for range r.between(2, 4) {
		b.WriteString(pick(r, onsets))
		b.WriteString(pick(r, nuclei))
	}
	b.WriteString(pick(r, endings[l]))
	return b.String()
}

var (
	onsets  = strings.Fields("b c d f g l m n p r s t v br cr tr pl gr fl st")
	nuclei  = strings.Fields("a e i o u a e o ia")
	endings = [3][]string{strings.Fields("n nd ted ring t ls nce ly r st"), strings.Fields("cion do ra mente nte les s dad r ron"), strings.Fields("cao do ra mente nte is s dade r ram")}
	hanzi   = []rune("的一是在不了有和人这中大为上个国我以要他时来用们生到作地于出就分对成会可主发年动同工也能下过子说产种面而方后多定行学法所民得经十三之进着等部度家电力里如水化高自二理起小物现实加量都两体制机当使点从业本去把性好应开它合还因由其些然前外天政四日那社义事平形相全表间样与关各重新线内数正心反你明看原又么利比或但质气第向道命此变条只没结解问意建月公无系军很情者最立代想已通并提直题党程展五果料象员革位入常文总次品式活设及管特件长求老头基资边流路级少图山统接知较将组见计别她手角期根论运农指几九区强放决西被干做必战先回则任取完举色")
)

// syllables of invented names, with the characters that write them in Chinese.
var syllables = []struct{ latin, han string }{
	{"ma", "马"}, {"du", "杜"}, {"ro", "罗"}, {"lo", "洛"}, {"pe", "佩"}, {"ra", "拉"}, {"mi", "米"}, {"ka", "卡"}, {"sa", "萨"}, {"ni", "尼"}, {"te", "特"}, {"li", "利"},
	{"bo", "博"}, {"da", "达"}, {"fe", "费"}, {"go", "戈"}, {"na", "纳"}, {"ti", "蒂"}, {"ve", "韦"}, {"si", "西"}, {"mo", "莫"}, {"be", "贝"}, {"al", "阿尔"}, {"men", "门"}, {"ton", "顿"}, {"las", "拉斯"},
}

// person is an invented name of two words.
type person struct{ latin, han string }

func newPerson(r *rng) person {
	var p person
	for w := range 2 {
		l, h := "", ""
		for range r.between(2, 3) {
			s := pick(r, syllables)
			l += s.latin
			h += s.han
		}
		if w > 0 {
			p.latin += " "
			p.han += "·"
		}
		p.latin += strings.ToUpper(l[:1]) + l[1:]
		p.han += h
	}
	return p
}

// surface is a form of a concept; a stem gets an ending.
func surface(r *rng, form string, l tongue) string {
	stem, ok := strings.CutSuffix(form, "*")
	if !ok || l == zh {
		return stem
	}
	tail := [3][]string{{"s", "", "ed", "ing"}, {"os", "a", "o", "ado"}, {"os", "a", "o", "ado"}}[l]
	return stem + pick(r, tail)
}

// small words, sown between the others.
var small = [4][]string{strings.Fields("the of to in a that for on with as by from its has which"), strings.Fields("de la el en que los las un una por con su del se al"),
	strings.Fields("de a o em que os as um uma por com seu do da ao"), strings.Fields("的 了 在 和 对 将 与 并 以 为")}
