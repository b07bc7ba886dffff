package phrase_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"veedor/internal/phrase"
)

func grammar() *phrase.Grammar {
	return &phrase.Grammar{
		Heads: []*phrase.Form{phrase.New("look", "look at {host}: {failure}"), phrase.New("bare", "{code}"), phrase.New("changed", "sent {quoted}, got {quoted}")},
		Other: phrase.New("other", "{text}"),
		Groups: []phrase.Group{
			{Before: []string{", "}, Forms: []*phrase.Form{phrase.New("title", "title “{text}”")}},
			{Before: []string{"; "}, Forms: []*phrase.Form{phrase.New("ok", "control succeeded"), phrase.New("control", "control {list}")}},
			{Before: []string{"; "}, Forms: []*phrase.Form{phrase.New("place", "{address}")}},
			{Before: []string{"; ", " "}, Forms: []*phrase.Form{phrase.New("worked", "worked for {number} in {number}")}},
		},
	}
}

// ids names what was read: form and values.
func ids(parts []phrase.Part) []string {
	var out []string
	for _, p := range parts {
		out = append(out, strings.Join(append([]string{p.Form.ID}, p.Values...), "|"))
	}
	return out
}

func TestRead(t *testing.T) {
	for _, c := range []struct {
		name, text string
		want       []string
	}{
		{"a head alone", "look at a.example: reset", []string{"look|a.example|reset"}},
		{"nothing", "", []string{"bare|"}},
		{"head and groups", "look at a: b; control succeeded; worked for 3 in 2", []string{"look|a|b", "ok", "worked|3|2"}},
		{"a place", "reset; control a, b; AS64500 worked for 3 in 2", []string{"bare|reset", "control|a, b", "place|AS64500", "worked|3|2"}},
		{"no list", "reset; control a b; control succeeded", []string{"other|reset; control a b", "ok"}},
		{"an empty list", "reset; control ", []string{"bare|reset", "control|"}},
		{"quoted", `sent "a, got \"b", got "c"`, []string{`changed|"a, got \"b"|"c"`}},
		{"strangers' words and then ours", "it went wrong; control succeeded", []string{"other|it went wrong", "ok"}},
		{"strangers' words alone", "it went wrong", nil},
		{"a group twice", "look at a: b; control succeeded; control succeeded", []string{"look|a|b; control succeeded", "ok"}},
		{"groups in another order", "reset; worked for 3 in 2; control succeeded", []string{"other|reset; worked for 3 in 2", "ok"}},
		{"a title that ends like one", "look at a: b, title “x”, title “y””; control succeeded", []string{"look|a|b", "title|x”, title “y”", "ok"}},
		{"a title that plays a control", "look at a: b, title “x”; control succeeded”; control succeeded", []string{"look|a|b", "title|x”; control succeeded", "ok"}},
		{"no number", "reset; worked for three in 2", nil},
		{"a number with points", "reset; worked for 1.5 in 1.", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			parts := grammar().Read(c.text)
			if diff := cmp.Diff(c.want, ids(parts)); diff != "" {
				t.Error(diff)
			}
			if parts != nil && phrase.Join(parts) != c.text {
				t.Errorf("written again: %q", phrase.Join(parts))
			}
		})
	}
}

// TestLong: what strangers wrote costs no more than its length.
func TestLong(t *testing.T) {
	for _, piece := range []string{"; worked for ", ", title “", "look at a: ", "; control ", " worked for 3 in 2;", `sent "`} {
		text := strings.Repeat(piece, 1<<20/len(piece))
		begin := time.Now()
		grammar().Read(text)
		if took := time.Since(begin); took > 3*time.Second {
			t.Errorf("a megabyte of %q took %s", piece, took)
		}
	}
}

func TestNew(t *testing.T) {
	for _, bad := range []string{"{a}{b}", "{", "}", "a {b", "a b}", "{}"} {
		t.Run(bad, func(t *testing.T) {
			defer func() {
				if recover() == nil {
					t.Error("taken")
				}
			}()
			phrase.New("x", bad)
		})
	}
}

func FuzzRead(f *testing.F) {
	g := grammar()
	f.Add("look at a: b, title “x”; control succeeded; 192.0.2.1 worked for 3 in 2")
	f.Add(`sent "a", got "b"; control `)
	f.Fuzz(func(t *testing.T, text string) {
		if parts := g.Read(text); parts != nil && phrase.Join(parts) != text {
			t.Errorf("%q is read as %q", text, phrase.Join(parts))
		}
	})
}
