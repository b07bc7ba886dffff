package search

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func open(t *testing.T, docs ...Document) *Index {
	t.Helper()
	x, err := Open(filepath.Join(t.TempDir(), "search"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { x.Close() })
	for i := range docs {
		if docs[i].Audience == "" {
			docs[i].Audience = Readers
		}
	}
	if err := x.Apply(context.Background(), docs, nil, "test", int64(len(docs))); err != nil {
		t.Fatal(err)
	}
	return x
}

func find(t *testing.T, x *Index, r Request) []string {
	t.Helper()
	if r.Audience == "" {
		r.Audience = Readers
	}
	a, err := x.Find(context.Background(), r)
	if err != nil {
		t.Fatalf("%q: %v", r.Text, err)
	}
	ids := []string{}
	for _, h := range a.Hits {
		ids = append(ids, h.ID)
	}
	return ids
}

func library() []Document {
	at := func(day int) time.Time { return time.Date(2026, 5, day, 0, 0, 0, 0, time.UTC) }
	return []Document{
		{ID: "en", Lang: "en", Title: "Filters blocked the site", Text: "The operator blocks signal.org for 4,300 people.", Date: "2019-03-31", Since: at(1), Facets: map[string][]string{"kind": {"item"}, "theme": {"blocking", "law"}}},
		{ID: "es", Lang: "es", Title: "El operador bloqueó la página", Text: "Las páginas bloqueadas, según la organización, son 4.300.", Date: "2019", Since: at(2), Facets: map[string][]string{"kind": {"claim"}, "theme": {"blocking"}}},
		{ID: "pt", Lang: "pt", Title: "A operadora bloqueou o sítio", Text: "Não há informações públicas sobre as eleições.", Date: "2020-06-01", Since: at(3), Facets: map[string][]string{"kind": {"item"}}},
		{ID: "zh", Lang: "zh", Title: "委内瑞拉的过滤系统", Text: "中国电子进出口有限公司向委内瑞拉提供了互联网过滤设备。", Date: "2021-01-02", Since: at(4), Facets: map[string][]string{"kind": {"item"}}},
	}
}

func TestFind(t *testing.T) {
	x := open(t, library()...)
	for _, c := range []struct {
		name, text string
		want       []string
	}{
		{"accents are optional", "pagina", []string{"es"}},
		{"and may be written", "página", []string{"es"}},
		{"another form of a word", "blocking site", []string{"en"}},
		{"a form in Spanish", "organizaciones", []string{"es"}},
		{"a form in Portuguese", "eleição", []string{"pt"}},
		{"in quotes there are no other forms", `"blocking"`, []string{}},
		{"a phrase", `"operator blocks"`, []string{"en"}},
		{"no such phrase", `"blocks operator"`, []string{}},
		{"all words", "operador según", []string{"es"}},
		{"two Chinese characters", "过滤", []string{"zh"}},
		{"one Chinese character", "滤", []string{"zh"}},
		{"Chinese across a word's border is a text, too", "进出口", []string{"zh"}},
		{"characters that do not follow each other", "中口", []string{}},
		{"two Chinese words", "委内瑞拉 设备", []string{"zh"}},
		{"a domain", "signal.org", []string{"en"}},
		{"part of a domain", "signal", []string{"en"}},
		{"a number however it is grouped", "4300", []string{"es", "en"}},
		{"a beginning", "bloque*", []string{"pt", "es"}},
		{"not", "4300 -signal", []string{"es"}},
		{"a facet", "kind:item theme:law", []string{"en"}},
		{"either value of a facet", "kind:item kind:claim theme:blocking", []string{"es", "en"}},
		{"not a facet", "-kind:item", []string{"es"}},
		{"by date", "from:2019 until:2019", []string{"es", "en"}},
		{"since a day", "from:2020-06-01", []string{"zh", "pt"}},
		{"a field nobody knows is words", "foo:bar", []string{}},
		{"everything, latest first", "", []string{"zh", "pt", "es", "en"}},
		{"a quote that is not closed", `"operator blocks`, []string{"en"}},
		{"only signs", `- " ) ( AND OR * ? ~ ^ \ /`, []string{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := find(t, x, Request{Text: c.text, Latest: strings.Contains(c.text, ":") || len(c.want) > 1})
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("%q (-want +got)\n%s", c.text, diff)
			}
		})
	}
}

func TestAudience(t *testing.T) {
	open1 := Document{ID: "claim/1", Audience: Readers, Title: "A claim", Text: "what may be read"}
	inside := Document{ID: "claim/1", Audience: Desk, Title: "A claim", Text: "what may be read, and the informant's name"}
	x := open(t, open1, inside)
	if got := find(t, x, Request{Text: "informant"}); len(got) != 0 {
		t.Errorf("readers found what is private: %v", got)
	}
	if got := find(t, x, Request{Text: "informant", Audience: Desk}); len(got) != 1 {
		t.Errorf("the desk found %v", got)
	}
	if got := find(t, x, Request{Text: "audience:desk informant"}); len(got) != 0 {
		t.Errorf("the audience was asked for: %v", got)
	}
}

func TestApply(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "search")
	x, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	ctx := context.Background()
	put := func(text string, at int64) {
		t.Helper()
		if err := x.Apply(ctx, []Document{{ID: "a", Audience: Readers, Text: text}}, nil, "desk", at); err != nil {
			t.Fatal(err)
		}
	}
	put("first words", 1)
	put("second words", 2)
	if got := find(t, x, Request{Text: "first"}); len(got) != 0 {
		t.Errorf("what was replaced is found: %v", got)
	}
	if _, err := Open(dir); !errors.Is(err, ErrInUse) {
		t.Errorf("opened twice: %v", err)
	}
	if err := x.Close(); err != nil {
		t.Fatal(err)
	}
	if x, err = Open(dir); err != nil {
		t.Fatal(err)
	}
	if at, err := x.At("desk"); at != 2 || err != nil {
		t.Errorf("followed to %d, %v", at, err)
	}
	if err := x.Apply(ctx, nil, []Key{{Readers, "a"}}, "desk", 3); err != nil {
		t.Fatal(err)
	}
	if n, err := x.Count(); n != 0 || err != nil {
		t.Errorf("%d documents are left, %v", n, err)
	}
	if err := x.bleve.SetInternal([]byte("version"), []byte("0")); err != nil {
		t.Fatal(err)
	}
	x.Close()
	if x, err = Open(dir); err != nil {
		t.Fatal(err)
	}
	defer x.Close()
	if at, _ := x.At("desk"); at != 0 {
		t.Errorf("an index of another version was kept, at %d", at)
	}
}

func TestMark(t *testing.T) {
	x := open(t, Document{ID: "a", Lang: "es", Title: "Páginas", Text: strings.Repeat("nada que ver aquí ", 200) + "las <b>páginas</b> bloqueadas\nson muchas " + strings.Repeat("y más ", 200)})
	a, err := x.Find(context.Background(), Request{Text: "bloquear pagina", Audience: Readers})
	if err != nil || len(a.Hits) != 1 {
		t.Fatal(a, err)
	}
	var marked []string
	var all strings.Builder
	for _, p := range a.Hits[0].Text {
		all.WriteString(p.Text)
		if p.Found {
			marked = append(marked, p.Text)
		}
	}
	if diff := cmp.Diff([]string{"páginas", "bloqueadas"}, marked); diff != "" {
		t.Errorf("marked (-want +got)\n%s", diff)
	}
	if n := all.Len(); n > 320 || !strings.HasPrefix(all.String(), "… ") || strings.Contains(all.String(), "\n") {
		t.Errorf("%d bytes: %q", n, all.String())
	}
}

func TestCounts(t *testing.T) {
	x := open(t, library()...)
	a, err := x.Find(context.Background(), Request{Audience: Readers, Counts: 10})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]Count{{"item", 3}, {"claim", 1}}, a.Counts["kind"]); diff != "" {
		t.Errorf("kinds (-want +got)\n%s", diff)
	}
	if diff := cmp.Diff([]Count{{"blocking", 2}, {"law", 1}}, a.Counts["theme"]); diff != "" {
		t.Errorf("themes (-want +got)\n%s", diff)
	}
}

func TestRefused(t *testing.T) {
	x := open(t)
	for _, text := range []string{strings.Repeat("a", maxQuery+1), strings.Repeat("a ", maxTerms+1)} {
		if _, err := x.Find(context.Background(), Request{Text: text, Audience: Readers}); !errors.Is(err, ErrQuery) {
			t.Errorf("%.20q: %v", text, err)
		}
	}
}

func FuzzWords(f *testing.F) {
	for _, s := range []string{"El operador bloqueó 4.300", "中国电子", "a\u0301\u202e", "1,234,567.89", "\xff\xfe", strings.Repeat("x", 300)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		end := 0
		for _, w := range words(s) {
			if w.start < end || w.end <= w.start || w.end > len(s) || w.text == "" {
				t.Fatalf("%q: %+v after %d", s, w, end)
			}
			end = w.end
		}
		p, err := parse(s)
		if err != nil {
			return
		}
		var b strings.Builder
		for _, piece := range p.mark(s, "es", 0) {
			b.WriteString(piece.Text)
		}
		if len(s) < markable && b.String() != strings.Map(oneLine, s) {
			t.Fatalf("marking changed %q to %q", s, b.String())
		}
	})
}
