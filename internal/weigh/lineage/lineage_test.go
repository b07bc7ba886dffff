package lineage

import (
	"bufio"
	"context"
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// invented are texts written for this test: four events that never were, in four languages.
func invented(t testing.TB) []Item {
	t.Helper()
	f, err := os.Open("testdata/invented.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var out []Item
	for s := bufio.NewScanner(f); s.Scan(); {
		var it Item
		if err := json.Unmarshal(s.Bytes(), &it); err != nil {
			t.Fatal(err)
		}
		out = append(out, it)
	}
	return out
}

func firsts(ps []Proposal) map[string]*Proposal {
	out := map[string]*Proposal{}
	for i := range ps {
		if p := &ps[i]; out[p.Item] == nil && p.Source != "" && p.Kind.Derives() {
			out[p.Item] = p
		}
	}
	return out
}

func TestInvented(t *testing.T) {
	ps, err := Propose(context.Background(), invented(t), 2, nil)
	if err != nil {
		t.Fatal(err)
	}
	got := firsts(ps)
	for _, c := range []struct {
		name, item string
		sources    []string // any of them; none for a text that derives from nothing here
		kind       Kind     // or empty for whichever
	}{
		{"copy with a cut", "i002", []string{"i001"}, Copy},
		{"Spanish translation", "i003", []string{"i001"}, Translation},
		{"Portuguese rewrite", "i004", []string{"i001", "i003"}, ""},
		{"Chinese rewrite with 亿", "i005", []string{"i001", "i003", "i004"}, ""},
		{"translation of the cut copy", "i006", []string{"i001", "i002", "i003"}, ""},
		{"another's report", "i007", nil, ""},
		{"another's report in another language", "i008", nil, ""},
		{"denial", "i009", nil, ""},
		{"same people, another matter", "i010", nil, ""},
		{"old text as new", "i011", []string{"i001", "i002"}, Redated},
		{"Spanish rewrite", "i013", []string{"i012"}, Rewrite},
		{"English translation of Spanish", "i014", []string{"i012"}, Translation},
		{"counter-claim", "i018", nil, ""},
		{"another's measurement", "i019", nil, ""},
		{"reports of one earthquake", "i022", nil, ""},
		{"blog copy", "i026", []string{"i025"}, Copy},
		{"spun by a machine", "i029", []string{"i025", "i026", "i028"}, ""},
		{"answer in parliament", "i030", nil, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := got[c.item]
			switch {
			case len(c.sources) == 0 && p != nil:
				t.Errorf("%s: proposed as %s of %s, %.2f", c.item, p.Kind, p.Source, p.Confidence)
			case len(c.sources) > 0 && p == nil:
				t.Errorf("%s: nothing proposed", c.item)
			case len(c.sources) > 0 && (!slices.Contains(c.sources, p.Source) || c.kind != "" && p.Kind != c.kind):
				t.Errorf("%s: proposed as %s of %s", c.item, p.Kind, p.Source)
			}
		})
	}
}

// TestOffsets: evidence cites what stands there.
func TestOffsets(t *testing.T) {
	items := invented(t)
	by := map[string][]rune{}
	for _, it := range items {
		by[it.ID] = []rune(it.Text)
	}
	ps, err := Propose(context.Background(), items, 1, nil)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, p := range ps {
		for _, e := range p.Evidence {
			if e.Kind == EvOrder || e.Kind == EvDates || e.Kind == EvOutlet {
				continue
			}
			n++
			if s := string(by[p.Item][e.Item.Start:e.Item.End]); !strings.HasPrefix(s, strings.TrimSuffix(e.Text, "…")) {
				t.Errorf("%s: %q stands at %v, not %q", p.Item, s, e.Item, e.Text)
			}
			if e.Kind != EvCitation {
				if s := string(by[p.Source][e.Source.Start:e.Source.End]); !strings.HasPrefix(s, strings.TrimSuffix(e.Other, "…")) {
					t.Errorf("%s: %q stands at %v, not %q", p.Source, s, e.Source, e.Other)
				}
			}
		}
	}
	if n < 50 {
		t.Errorf("%d pieces of evidence", n)
	}
}

func TestOrderOfArrivalAndWorkers(t *testing.T) {
	items := invented(t)
	want, err := Propose(context.Background(), items, 1, nil)
	if err != nil {
		t.Fatal(err)
	}
	slices.Reverse(items)
	got, err := Propose(context.Background(), items, 3, nil)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

func TestIncremental(t *testing.T) {
	items := invented(t)
	x := NewIndex()
	for _, it := range items {
		if it.ID != "i003" && !x.Add(it) {
			t.Fatalf("%s was not added", it.ID)
		}
	}
	it := items[2]
	ps := x.Propose(it)
	if len(ps) == 0 || ps[0].Item != "i003" || ps[0].Source != "i001" || ps[0].Kind != Translation {
		t.Fatalf("before it is added: %+v", ps)
	}
	if !x.Add(it) || x.Add(it) {
		t.Error("an item is added once")
	}
	if again := x.Propose(it); len(again) == 0 || again[0].Source != "i001" {
		t.Errorf("after it is added: %+v", again)
	}
	down := x.Propose(items[0])
	if !slices.ContainsFunc(down, func(p Proposal) bool { return p.Item == "i003" && p.Source == "i001" }) {
		t.Error("asked about the source, what derives from it is not said")
	}
}

func TestNumbersAndDates(t *testing.T) {
	for _, c := range []struct{ name, a, la, b, lb string }{
		{"billions", "cost 1.3 billion dollars", "en", "costó 1,3 mil millones de dólares", "es"},
		{"billions in Portuguese", "cost 1.3 billion dollars", "en", "custou 1,3 bilhão de dólares", "pt"},
		{"亿", "cost 1.08 billion dollars", "en", "耗资10.8亿美元", "zh"},
		{"万", "some 35,000 people", "en", "约3.5万人", "zh"},
		{"points of thousands", "1,180 kilometres", "en", "1.180 kilómetros", "es"},
		{"percent", "57 percent of it", "en", "el 57 por ciento", "es"},
		{"百分之", "57% of it", "en", "百分之57", "zh"},
		{"Han digits", "300 thousand people", "en", "三十万人", "zh"},
		{"date", "on November 30, 2020", "en", "el 30 de noviembre de 2020", "es"},
		{"date in Portuguese", "on 30 November", "en", "em 30 de novembro", "pt"},
		{"date in Chinese", "on Nov. 30", "en", "11月30日", "zh"},
		{"ISO date", "on 2020-11-30", "en", "2020年11月30日", "zh"},
		{"weekday", "on Monday", "en", "周一", "zh"},
		{"acronym", "the UN said", "en", "la ONU dijo", "es"},
		{"country", "in the United States", "en", "在美國", "zh"},
		{"cognate", "a corporation", "en", "uma corporação", "pt"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := newReader()
			r.read(c.a, c.la)
			a := slices.Clone(r.facts)
			r.read(c.b, c.lb)
			if !slices.ContainsFunc(a, func(f fact) bool {
				return slices.ContainsFunc(r.facts, func(g fact) bool { return g.key == f.key && f.kind == g.kind })
			}) {
				t.Errorf("nothing in common: %v %v", a, r.facts)
			}
		})
	}
}

func TestSounds(t *testing.T) {
	for _, c := range []struct {
		han, latin string
		want       bool
	}{{"委内瑞拉总统马杜罗说", "maduro", true}, {"华为公司", "huawei", true}, {"查韦斯去世", "chavez", true}, {"瓜伊多宣布", "maduro", false}, {"普通的一天", "varona", false}} {
		var p parsed
		p.reset(c.han, "zh")
		at, _ := soundsOf(&p, nil, known()).find(c.latin)
		if (at >= 0) != c.want {
			t.Errorf("%s in %s: at %d", c.latin, c.han, at)
		}
	}
}

func TestPeriods(t *testing.T) {
	for _, c := range []struct {
		a, b          string
		before, known bool
	}{{"2020-11-30", "2020-12", true, true}, {"2020-12", "2020-12-05", false, true}, {"2019", "2020-01-01", true, true}, {"", "2020", false, false}, {"2020-13", "2021", false, false}, {"2020-02-28T10:00:00Z", "2020-03-01", true, true}} {
		a, b := readDate(c.a), readDate(c.b)
		if known := a.known && b.known; known != c.known || known && (a.hi < b.lo) != c.before {
			t.Errorf("%s, %s: %v %v", c.a, c.b, a, b)
		}
	}
}

func TestTraditional(t *testing.T) {
	a := Item{ID: "a", Lang: "zh-Hans", Date: "2019-03-08", Text: "外部的干涉和制裁只会加剧局势的紧张，历史上这样的教训已经够多了，不应再重蹈覆辙。"}
	b := Item{ID: "b", Lang: "zh-Hant", Date: "2019-03-09", Text: "外部的干涉和制裁只會加劇局勢的緊張，歷史上這樣的教訓已經夠多了，不應再重蹈覆轍。"}
	ps, _ := Propose(context.Background(), []Item{b, a}, 1, nil)
	if len(ps) != 1 || ps[0].Kind != Copy || ps[0].Source != "a" || ps[0].Confidence < 0.9 {
		t.Errorf("%+v", ps)
	}
}

func TestOutlets(t *testing.T) {
	r := newReader()
	for _, c := range []struct {
		outlet, name, credit string
		explicit             bool
	}{
		{"La FM (EFE text)", "la fm", "EFE", true},
		{"UPI via Gephardt Daily", "gephardt daily", "UPI", true},
		{"La Prensa (AFP)", "la prensa", "AFP", false},
		{"vivrele.net (Global Voices, re-translated)", "vivrele net", "Global Voices", true},
		{"Foreign Policy", "foreign policy", "", false},
		{"", "", "", false},
	} {
		p := r.readOutlet(c.outlet)
		name, raw, explicit := "", "", false
		if len(p.names) > 0 {
			name = p.names[0]
		}
		if len(p.credits) > 0 {
			raw, explicit = p.credits[0].raw, p.credits[0].explicit
		}
		if name != c.name || raw != c.credit || explicit != c.explicit {
			t.Errorf("%q: %q, %q, %v", c.outlet, name, raw, explicit)
		}
	}
}

func TestCitations(t *testing.T) {
	for _, c := range []struct{ text, lang, want string }{
		{"The bridge fell, according to the Northern Post, on Monday.", "en", "northern post"},
		{"El puente cayó, según el diario El Faro, el lunes.", "es", "el faro"},
		{"A ponte caiu, de acordo com a Folha do Sul.", "pt", "folha do sul"},
		{"据新华社报道，大桥倒塌。", "zh", "新华社报道"},
		{"CARACAS (Reuters) - The bridge fell.", "en", "reuters"},
	} {
		r := newReader()
		r.read(c.text, c.lang)
		got := r.citations()
		if len(got) == 0 || !strings.HasPrefix(c.want, got[0].name) && !strings.HasPrefix(got[0].name, c.want) {
			t.Errorf("%s: %+v", c.text, got)
		}
	}
}

func TestRoots(t *testing.T) {
	edges := []Edge{{"b", "a"}, {"c", "b"}, {"d", Outside("EFE")}, {"e", Outside("Efe")}, {"x", "y"}, {"y", "x"}}
	got := Roots([]string{"a", "c", "d", "x"}, edges)
	want := map[string][]string{"a": {"a"}, "c": {"a"}, "d": {"outside:efe"}, "x": {"x"}}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}
