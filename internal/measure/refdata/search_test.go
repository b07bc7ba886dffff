package refdata

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// naive says which patterns match by trying each on its own.
func naive(patterns []testPattern, text []byte) []int {
	var ids []int
	for id, p := range patterns {
		var ok bool
		switch p.kind {
		case typeFull:
			ok = string(text) == p.text
		case typePrefix:
			ok = bytes.HasPrefix(text, []byte(p.text))
		case typeContains:
			ok = bytes.Contains(text, []byte(p.text))
		case typeRegexp:
			ok = regexp.MustCompile(p.text).Match(text)
		}
		if ok {
			ids = append(ids, id)
		}
	}
	return ids
}

type testPattern struct{ kind, text string }

func matcherOf(t testing.TB, patterns []testPattern) *matcher {
	t.Helper()
	m := new(matcher)
	for id, p := range patterns {
		if err := m.add(id, p.text, p.kind); err != nil {
			t.Fatalf("add %q: %v", p.text, err)
		}
	}
	m.seal()
	return m
}

func matched(m *matcher, text []byte) []int {
	var ids []int
	m.match(text, func(id int) { ids = append(ids, id) })
	slices.Sort(ids)
	return slices.Compact(ids)
}

// TestMatcherAgreesWithNaiveLoop tries random patterns on random texts over a small alphabet, so
// that near misses, overlaps, shared windows and differences in case are common.
func TestMatcherAgreesWithNaiveLoop(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	const alphabet = "aAbB<t é"
	random := func(n int) string {
		var b strings.Builder
		for range n {
			b.WriteByte(alphabet[rnd.IntN(len(alphabet))])
		}
		return b.String()
	}
	kinds := []string{typeContains, typeContains, typeContains, typePrefix, typeFull, typeRegexp}
	hits := 0
	for round := range 300 {
		var patterns []testPattern
		for range 1 + rnd.IntN(40) {
			p := testPattern{kinds[rnd.IntN(len(kinds))], random(1 + rnd.IntN(9))}
			if p.kind == typeRegexp {
				p.text = regexp.QuoteMeta(strings.ToValidUTF8(random(3), "x")+"abba") + "[ab]*" + []string{"", "t", "$"}[rnd.IntN(3)]
				if rnd.IntN(2) == 0 {
					p.text = "(?i)" + p.text
				}
			}
			patterns = append(patterns, p)
		}
		m := matcherOf(t, patterns)
		for range 20 {
			text := []byte(random(rnd.IntN(200)))
			if rnd.IntN(3) == 0 { // make sure that something is there, at the very end too
				text = append(text, patterns[rnd.IntN(len(patterns))].text...)
			}
			got, want := matched(m, text), naive(patterns, text)
			hits += len(want)
			if !slices.Equal(got, want) {
				t.Fatalf("round %d: text %q, patterns %q: got %v, want %v", round, text, patterns, got, want)
			}
		}
	}
	if hits < 1000 {
		t.Errorf("only %d matches in all: the test proves little", hits)
	}
}

func FuzzMatcher(f *testing.F) {
	f.Add([]byte("<title>Blocked</title>"), []byte("Blocked\n<title>\ntitl\nBLOCK"))
	f.Add([]byte("aaaaaaaaab"), []byte("aaaa\naaab\naaaaaaaaaaaa\n\x00\x01\x02\x03"))
	f.Fuzz(func(t *testing.T, text, list []byte) {
		var patterns []testPattern
		for i, p := range bytes.Split(list, []byte("\n")) {
			if len(p) > 0 {
				patterns = append(patterns, testPattern{[]string{typeContains, typePrefix, typeFull}[i%3], string(p)})
			}
		}
		m := matcherOf(t, patterns)
		if got, want := matched(m, text), naive(patterns, text); !slices.Equal(got, want) {
			t.Fatalf("text %q, patterns %q: got %v, want %v", text, patterns, got, want)
		}
	})
}

func TestRegexpLiteral(t *testing.T) {
	tests := []struct {
		re, text string
		want     bool
		err      error
	}{
		{`blocked by order \d+`, "this is blocked by order 42.", true, nil},
		{`blocked by order \d+`, "this is blocked by order none", false, nil},
		{`(?i)BLOCKED by`, "<b>Blocked BY</b>", true, nil},
		{`(?i)zensur\.de`, "ZENſUR.DE", true, nil}, // the long s folds to s
		{`(?i)bloc\x{212A}ed page`, "blocked page", true, nil},
		{`(abcd|efgh)+ stop`, "efgh stop", true, nil},
		{`abcd|efgh`, "abcd", false, errNoLiteral},
		{`.*`, "x", false, errNoLiteral},
		{`a{3}`, "aaa", false, errNoLiteral},
	}
	for _, tt := range tests {
		m := new(matcher)
		err := m.add(0, tt.re, typeRegexp)
		if err != tt.err {
			t.Errorf("%s: error %v, want %v", tt.re, err, tt.err)
			continue
		}
		m.seal()
		if got := len(matched(m, []byte(tt.text))) > 0; got != tt.want {
			t.Errorf("%s on %q: %v, want %v", tt.re, tt.text, got, tt.want)
		}
	}
	if err := new(matcher).add(0, `a(`, typeRegexp); err == nil {
		t.Error("a broken regular expression was taken")
	}
	if err := new(matcher).add(0, `abcd`, "glob"); err != errPatternType {
		t.Errorf("pattern type glob: %v", err)
	}
}

// page makes a text like that of a web page, of n bytes.
func page(n int) []byte {
	rnd := rand.New(rand.NewPCG(3, 4))
	words := strings.Fields(`the of and to in is that for it as with on by this are from at an be which href="https://www.site.example/news/
		<div class="item"> </div> <p> </p> <a <span <li> </li> </a> <script src="/static/app.js"></script> title content blocked page access http://`)
	b := []byte("<!DOCTYPE html><html><head><title>News of the day</title></head><body>")
	for len(b) < n {
		b = append(b, words[rnd.IntN(len(words))]...)
		b = append(b, " \n"[rnd.IntN(8)/7])
	}
	return b[:n]
}

func madeUpPatterns(n int) []testPattern {
	var list []testPattern
	for i := range n {
		text := []string{
			"<title>Access to site %d is restricted</title>", "http://block%d.operator.example/", "blockpage%d.isp.example/denied.html?u=",
			"This page is blocked under order %d of the court", "/filter%d/deny.cgi?", `<meta http-equiv="refresh" content="0; url=http://10.0.0.%d/`,
		}[i%6]
		list = append(list, testPattern{typeContains, fmt.Sprintf(text, i)})
	}
	return list
}

func BenchmarkMatcher(b *testing.B) {
	text := page(256 << 10)
	for _, n := range []int{2, 350, 1750} {
		m := matcherOf(b, madeUpPatterns(n))
		b.Run(fmt.Sprintf("page/patterns=%d", n), func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				matched(m, text)
			}
		})
	}
	// The worst a page can do: nothing but the windows that needles are known by.
	m := matcherOf(b, madeUpPatterns(350))
	var hostile []byte
	for i := 0; len(hostile) < 256<<10; i++ {
		n := m.search.needles[i%len(m.search.needles)]
		hostile = append(hostile, n.text[n.at:n.at+windowSize]...)
	}
	b.Run("hostile/patterns=350", func(b *testing.B) {
		b.SetBytes(int64(len(hostile)))
		for b.Loop() {
			matched(m, hostile)
		}
	})
}
