package lineage

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

// TestSameBoilerplate: everybody has the same lines under a text of their own.
func TestSameBoilerplate(t *testing.T) {
	foot := strings.Repeat("Subscribe to our newsletter to receive the news of the day before anybody else does. ", 20)
	var items []Item
	for n := range 1500 {
		items = append(items, Item{ID: fmt.Sprintf("i%05d", n), Outlet: "One", Lang: "en", Date: "2020-01-01",
			Text: fmt.Sprintf("%s %s wrote about %s and %s near %s. ", word(n*7), word(n*7+1), word(n*7+2), word(n*7+3), word(n*7+4)) + foot})
	}
	ctx, stop := context.WithTimeout(context.Background(), time.Minute)
	defer stop()
	ps, err := Propose(ctx, items, 2, nil)
	if err != nil {
		t.Fatal(err)
	}
	if len(ps) > 30 {
		t.Errorf("%d proposals, first %+v", len(ps), ps[0])
	}
}

// word is a name that no other number has, from its first letters on.
func word(n int) string {
	s := "Q"
	for h := mix(uint64(n) + 1); h > 0; h /= 75 {
		s += string("bdfghjlmnprstvc"[h%15]) + string("aeiou"[h/15%5])
	}
	return s
}

// TestSameText: everybody has the same text; each gets a source, and comparing stays cheap.
func TestSameText(t *testing.T) {
	var items []Item
	for n := range 1500 {
		items = append(items, Item{ID: fmt.Sprintf("i%05d", n), Outlet: fmt.Sprint("o", n), Lang: "en", Date: fmt.Sprintf("2020-01-%02d", 1+n%28),
			Text: "The minister said on Monday that the new bridge over the river will be opened in March after repairs that cost 12 million."})
	}
	ps, err := Propose(context.Background(), items, 2, nil)
	if err != nil {
		t.Fatal(err)
	}
	got := firsts(ps)
	if len(got) != 1499 {
		t.Errorf("%d of 1499 have a source", len(got))
	}
	for _, id := range []string{"i00001", "i01499"} {
		if p := got[id]; p == nil || p.Source != "i00000" {
			t.Errorf("%s: %+v", id, p)
		}
	}
}

func TestLongTexts(t *testing.T) {
	var b strings.Builder
	for n := range 1 << 17 {
		b.WriteString(word(n))
		b.WriteString(" 12 ")
	}
	long := b.String()
	items := []Item{{ID: "a", Lang: "en", Date: "2020", Text: long}, {ID: "b", Lang: "en", Date: "2021", Text: long[:MaxText/2]},
		{ID: "c", Lang: "zh", Date: "2021", Text: strings.Repeat("制裁马杜罗", 70000)}, {ID: "d", Lang: "es", Text: strings.Repeat("a ", 500000)}}
	begin := time.Now()
	ps, err := Propose(context.Background(), items, 2, nil)
	if err != nil {
		t.Fatal(err)
	}
	if p := firsts(ps)["b"]; p == nil || p.Source != "a" {
		t.Errorf("%+v", p)
	}
	if took := time.Since(begin); took > time.Minute {
		t.Errorf("took %s", took)
	}
}

func FuzzRead(f *testing.F) {
	for _, s := range []string{"On Nov. 30, U.S. Treasury (OFAC) said 1,3 mil millones", "据新华社11月30日报道，10.8亿", "(Reuters) - \xff\xfe 99,9,9 …", "https://a.b/c?d EE.UU. 2020-99-99", "İstanbul ẞ ǅ ﷺ"} {
		f.Add(s, "es", "A (B text) via C/D", "2020-1")
	}
	f.Fuzz(func(t *testing.T, text, lang, outlet, date string) {
		x := NewIndex()
		items := []Item{{ID: "a", Text: text, Lang: lang, Outlet: outlet, Date: date}, {ID: "b", Text: text + " x", Lang: lang, Date: "2020"}, {ID: "c", Text: outlet + text, Lang: "zh"}}
		for _, it := range items {
			x.Add(it)
		}
		ps, err := x.All(context.Background(), 1, nil)
		if err != nil {
			t.Fatal(err)
		}
		long := map[string]int{}
		for _, it := range items {
			long[it.ID] = utf8.RuneCountInString(it.Text) + strings.Count(it.Text, "\xff")*4 + len(it.Text)
		}
		for _, p := range ps {
			if p.Confidence < 0 || p.Confidence > 1 || p.Item == p.Source {
				t.Errorf("%+v", p)
			}
			for _, e := range p.Evidence {
				if e.Item.Start < 0 || e.Item.End < e.Item.Start || e.Item.End > long[p.Item] || p.Source != "" && e.Source.End > long[p.Source] {
					t.Errorf("%+v", e)
				}
			}
		}
	})
}
