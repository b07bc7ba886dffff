package cli

import (
	"context"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"veedor/internal/weigh/search"
)

func searchBenchCommand() *cobra.Command {
	var items, queries int
	var seed uint64
	c := &cobra.Command{
		Use:   "search-bench",
		Short: "Measure search over generated items in four languages",
		Long: `Write items in invented English, Spanish, Portuguese and Chinese, plant passages in some of them, index all, and ask for each
passage as people ask: without accents, in another order, in another form of the word, by its beginning, by two Chinese characters
out of a sentence, together with frequent words. Exit code 1 when a planted item is not found.`,
		Example: "  veedor search-bench\n  veedor search-bench --items 1000000",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return searchBench(c.Context(), c.OutOrStdout(), items, queries, seed)
		},
	}
	c.Flags().IntVar(&items, "items", 100_000, "how many items")
	c.Flags().IntVar(&queries, "queries", 500, "how many queries")
	c.Flags().Uint64Var(&seed, "seed", 1, "another seed writes other items")
	return c
}

// planted is a query and the items that it must find.
type planted struct {
	text, how string
	ids       []string
}

func searchBench(ctx context.Context, w io.Writer, items, queries int, seed uint64) error {
	dir, err := os.MkdirTemp("", "veedor-search-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	x, err := search.Open(filepath.Join(dir, "search"))
	if err != nil {
		return err
	}
	defer x.Close()
	l := newLibrary(seed, items, queries)
	began := time.Now()
	batch := make([]search.Document, 0, 2000)
	bytes := 0
	for i := range items {
		d := l.item(i)
		bytes += len(d.Text)
		if batch = append(batch, d); len(batch) == cap(batch) || i == items-1 {
			if err := x.Apply(ctx, batch, nil, "bench", int64(i+1)); err != nil {
				return err
			}
			batch = batch[:0]
		}
	}
	took := time.Since(began)
	fmt.Fprintf(w, "indexed %d items, %d MB of text, %.0f items a second\n", items, bytes>>20, float64(items)/took.Seconds())
	return askPlanted(ctx, w, x, l.queries)
}

func askPlanted(ctx context.Context, w io.Writer, x *search.Index, queries []planted) error {
	var times []time.Duration
	planted, found := 0, 0
	slowest := map[string]time.Duration{}
	for _, q := range queries {
		began := time.Now()
		a, err := x.Find(ctx, search.Request{Text: q.text, Audience: search.Readers, Limit: 50, Counts: 10})
		if err != nil {
			return err
		}
		took := time.Since(began)
		times = append(times, took)
		slowest[q.how] = max(slowest[q.how], took)
		got := map[string]bool{}
		for _, h := range a.Hits {
			got[h.ID] = true
		}
		for _, id := range q.ids {
			planted++
			if got[id] {
				found++
			} else if planted-found <= 5 {
				fmt.Fprintf(w, "not found: %s for %q (%s), %d hits\n", id, q.text, q.how, a.Total)
			}
		}
	}
	slices.Sort(times)
	for _, how := range hows {
		fmt.Fprintf(w, "slowest %-28s %6.1f ms\n", how, ms(slowest[how]))
	}
	fmt.Fprintf(w, "found %d of %d planted, p50 %.1f ms, p95 %.1f ms, %d queries\n", found, planted,
		ms(times[len(times)/2]), ms(times[len(times)*95/100]), len(times))
	if found < planted {
		return fmt.Errorf("%w: %d planted items were not found", errFewer, planted-found)
	}
	return nil
}

// hows are the ways of asking, in turn.
var hows = []string{"without accents", "in another order", "in another form", "by its beginning", "in quotes", "with a frequent word", "two Chinese characters"}

// library writes items. Each language has a lexicon whose words are as frequent as those of real ones (Zipf).
type library struct {
	rng     *rand.Rand
	words   map[string][]string
	plants  map[int][]string // text put into an item
	langOf  func(i int) string
	queries []planted
}

func newLibrary(seed uint64, items, queries int) *library {
	l := &library{rng: rand.New(rand.NewPCG(seed, 7)), words: map[string][]string{}, plants: map[int][]string{}}
	langs := []string{"en", "es", "pt", "zh"}
	l.langOf = func(i int) string { return langs[i%4] }
	parts := map[string][2]string{"en": {"b c d f g l m n p r s t v w st tr sh", "a e i o u ea ou"}, "es": {"b c d f g l m n p r s t ñ rr ll", "a e i o u á é í ó"},
		"pt": {"b c d f g l m n p r s t nh lh ç", "a e i o u ã é ê õ"}}
	for _, lang := range langs[:3] {
		on, vowel := strings.Fields(parts[lang][0]), strings.Fields(parts[lang][1])
		for range 30_000 {
			var b strings.Builder
			for range 2 + l.rng.IntN(3) {
				b.WriteString(on[l.rng.IntN(len(on))] + vowel[l.rng.IntN(len(vowel))])
			}
			l.words[lang] = append(l.words[lang], b.String())
		}
	}
	for range 8_000 { // words of one to three of the 3,000 commonest places in the block
		n := 1 + l.rng.IntN(3)
		var b strings.Builder
		for range n {
			b.WriteRune(rune(0x4e00 + int(3000*math.Pow(l.rng.Float64(), 2))))
		}
		l.words["zh"] = append(l.words["zh"], b.String())
	}
	for q := range queries {
		l.plant(q, items)
	}
	return l
}

// plant makes the query number q and chooses the items it must find.
func (l *library) plant(q, items int) {
	how := hows[q%len(hows)]
	lang := []string{"en", "es", "pt"}[q%3]
	if how == "two Chinese characters" {
		lang = "zh"
	}
	// Words nobody else has: a query finds what was planted, among frequent words.
	a, b := l.rare(lang, q, 0), l.rare(lang, q, 1)
	text, ask := a+" "+l.common(lang)+" "+b, a+" "+b
	switch how {
	case "without accents":
		ask = bare(a + " " + b)
	case "in another order":
		ask = b + " " + a
	case "in another form":
		text, ask = a+"s "+b, a
	case "by its beginning":
		ask = a[:len(a)-1] + "*"
	case "in quotes":
		text, ask = a+" "+b, `"`+a+" "+b+`"`
	case "with a frequent word":
		ask = l.words[lang][0] + " " + b
		text = l.words[lang][0] + " " + b
	case "two Chinese characters":
		text = l.common(lang) + a + l.common(lang)
		ask = a
	}
	p := planted{text: ask, how: how}
	for range 1 + l.rng.IntN(8) {
		i := l.rng.IntN(items/4)*4 + slices.Index([]string{"en", "es", "pt", "zh"}, lang)
		if id := fmt.Sprintf("item/%d", i); !slices.Contains(p.ids, id) {
			p.ids = append(p.ids, id)
			l.plants[i] = append(l.plants[i], text)
		}
	}
	l.queries = append(l.queries, p)
}

// rare returns a word that no lexicon has.
func (l *library) rare(lang string, q, k int) string {
	if lang == "zh" { // from a part of the block that no word draws from
		return string(rune(0x8000+q%500)) + string(rune(0x8000+500+q/500))
	}
	v := map[string]string{"en": "u", "es": "ú", "pt": "â"}[lang]
	n := q*2 + k
	return fmt.Sprintf("zv%sk%c%c%c%sta", v, 'a'+n/676%26, 'a'+n/26%26, 'a'+n%26, v)
}

func (l *library) common(lang string) string {
	all := l.words[lang]
	return all[int(float64(len(all))*math.Pow(l.rng.Float64(), 5))]
}

func (l *library) item(i int) search.Document {
	lang := l.langOf(i)
	sep := " "
	if lang == "zh" {
		sep = ""
	}
	n := 60 + l.rng.IntN(200)
	text := make([]string, 0, n+4)
	for range n {
		text = append(text, l.common(lang))
	}
	for _, p := range l.plants[i] {
		text = slices.Insert(text, l.rng.IntN(len(text)), p)
	}
	return search.Document{ID: fmt.Sprintf("item/%d", i), Audience: search.Readers, Lang: lang, Title: l.common(lang) + sep + l.common(lang),
		Text: strings.Join(text, sep), Date: fmt.Sprintf("%d-%02d", 2000+i%25, 1+i%12), Since: time.Unix(int64(i), 0),
		Facets: map[string][]string{"kind": {"item"}, "source": {fmt.Sprintf("outlet %d", i%300)}, "theme": {fmt.Sprintf("theme %d", i%20)}}}
}

// bare takes the accents from what the lexicons are made of.
func bare(s string) string {
	return strings.NewReplacer("á", "a", "é", "e", "í", "i", "ó", "o", "ú", "u", "ñ", "n", "ã", "a", "â", "a", "ê", "e", "õ", "o", "ç", "c").Replace(s)
}
