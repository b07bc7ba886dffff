package cases

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"
)

const good = `id: a-case
language: es
title: Un caso
question: {en: "What?", es: "¿Qué?"}
`

const claim = `text: {en: It is so.}
utterances:
  - {speaker: A, role: official, date: 2020-11-30}
  - {speaker: B, date: 2020-12, root: A}
evidence:
  - statement: {text: so, source: gazette}
    stance: supports
    reason: it says so
`

func folder(files ...string) fstest.MapFS {
	out := fstest.MapFS{}
	for i := 0; i < len(files); i += 2 {
		out[files[i]] = &fstest.MapFile{Data: []byte(files[i+1])}
	}
	return out
}

func TestRead(t *testing.T) {
	c, err := Read(folder("case.yaml", good, "claims/2-b.yaml", claim, "claims/1-a.yaml", claim, "notes.txt", "not read"))
	if err != nil {
		t.Fatal(err)
	}
	if c.Title.In("en", c.Language) != "Un caso" || c.Question.In("en") != "What?" {
		t.Errorf("words: %v %v", c.Title, c.Question)
	}
	if len(c.Claims) != 2 || c.Claims[0].ID != "1-a" {
		t.Fatalf("claims: %v", c.Claims)
	}
	if got := c.Claims[0].Evidence[0].Statement.Text["es"]; got != "so" {
		t.Errorf("a plain string is in the case's language: %q", got)
	}
	if n := c.Claims[0].Roots(); n != 1 {
		t.Errorf("two utterances of one root are %d sources", n)
	}
}

func TestRejected(t *testing.T) {
	for name, x := range map[string]struct{ claim, want string }{
		"unknown key":     {"text: x\nverdict: true\n", "claims/a.yaml: line 2: field verdict not found"},
		"status typed in": {claim + "status: supported\n", "field status not found"},
		"not a date":      {strings.Replace(claim, "2020-11-30", "2013-02-30", 1), `utterance 1: "2013-02-30" is no date`},
		"stance":          {strings.Replace(claim, "stance: supports", "stance: proves", 1), `evidence 1: stance "proves"`},
		"no reason":       {strings.Replace(claim, "    reason: it says so\n", "", 1), "evidence 1: reason"},
		"two kinds":       {claim + "    capture: 00\n", "evidence 1: 2 kinds"},
		"no kind":         {"text: x\nevidence:\n  - {stance: supports, reason: r}\n", "evidence 1: 0 kinds"},
		"finding typed":   {"text: x\nevidence:\n  - {stance: supports, reason: r, finding: {country: XB, target: a.example, expects: blocked}}\n", "stance of a finding"},
		"finding":         {"text: x\nevidence:\n  - {finding: {target: a.example, expects: slow}}\n", `expects "slow"`},
		"no speaker":      {"text: x\nutterances:\n  - {role: official}\n", "utterance 1: no speaker"},
		"empty":           {"{}\n", "text: a claim says something"},
		"two documents":   {claim + "---\n" + claim, "a second document"},
		"no YAML":         {"text: [\n", "claims/a.yaml:"},
		"huge":            {"text: " + strings.Repeat("x", maxFile), "more than"},
		"aliases":         {"text: &a {en: x}\nutterances: [*a, *a]\n", "field en not found"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Read(folder("case.yaml", good, "claims/a.yaml", x.claim))
			if err == nil || !strings.Contains(err.Error(), x.want) {
				t.Errorf("got %v, want %q", err, x.want)
			}
		})
	}
	for name, x := range map[string]struct{ file, want string }{
		"no case":  {"", "read case"},
		"id":       {strings.Replace(good, "a-case", "../a", 1), `id "../a"`},
		"no title": {"id: a\n", "title: none"},
	} {
		t.Run(name, func(t *testing.T) {
			files := folder("case.yaml", x.file, "claims/a.yaml", claim)
			if x.file == "" {
				delete(files, "case.yaml")
			}
			if _, err := Read(files); err == nil || !strings.Contains(err.Error(), x.want) {
				t.Errorf("got %v, want %q", err, x.want)
			}
		})
	}
}

// TestShipped reads the cases that come with the program.
func TestShipped(t *testing.T) {
	c, err := Read(os.DirFS("../../../cases/borduna"))
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range c.Claims {
		for _, lang := range []string{"en", "es"} {
			if k.Text[lang] == "" {
				t.Errorf("%s: no text in %s", k.ID, lang)
			}
		}
	}
}

func TestDate(t *testing.T) {
	for d, want := range map[Date]string{"2013": "year", "2021-06": "month", "2020-11-30": "day", "2020-11-30T08:00:00Z": "second", "2013-02-30": "", "yesterday": ""} {
		_, got, err := d.Time()
		if got != want || (err == nil) != (want != "") {
			t.Errorf("%s: %q %v", d, got, err)
		}
	}
	at, _, _ := Date("2020-11-30T08:00:00-04:00").Time()
	if !at.Equal(time.Date(2020, 11, 30, 12, 0, 0, 0, time.UTC)) {
		t.Error(at)
	}
}

func TestStance(t *testing.T) {
	for _, x := range []struct {
		name    string
		expects string
		a       Answer
		want    string
	}{
		{"mostly", "blocked", Answer{Total: 20, Blocked: 12, OK: 8}, Supports},
		{"all reachable", "blocked", Answer{Total: 20, OK: 20}, Contradicts},
		{"some", "blocked", Answer{Total: 20, Blocked: 5, OK: 15}, Insufficient},
		{"too few say anything", "blocked", Answer{Total: 90, Blocked: 9, Down: 41, Insufficient: 40}, Insufficient},
		{"nothing", "blocked", Answer{}, Insufficient},
		{"expected reachable, is blocked", "reachable", Answer{Total: 20, Blocked: 20}, Contradicts},
	} {
		f := Finding{Expects: x.expects}
		if got := f.Stance(x.a); got != x.want {
			t.Errorf("%s: %s, want %s", x.name, got, x.want)
		}
	}
}

func TestWeigh(t *testing.T) {
	e := func(id, stance, root, strength string, measured bool) Weighed {
		return Weighed{ID: id, Stance: stance, Root: root, Measured: measured, Strength: strength}
	}
	one, same, other := e("1", Supports, "a", "", false), e("2", Supports, "a", "", false), e("3", Supports, "b", "medium", false)
	for _, x := range []struct {
		name string
		all  []Weighed
		want string
		why  string
	}{
		{"nothing", nil, Unverified, "no-evidence 0"},
		{"context only", []Weighed{e("1", Context, "a", "", false)}, Unverified, "no-evidence 0"},
		{"insufficient only", []Weighed{e("1", Insufficient, "a", "", true)}, Unverified, "insufficient 1"},
		{"one source, however often", []Weighed{one, same, same}, SingleSource, "sources-for 1, one-source 1"},
		{"two sources", []Weighed{one, other}, Supported, "sources-for 2"},
		{"measured", []Weighed{e("1", Supports, "m", "", true)}, Supported, "measured-for 1, sources-for 1"},
		{"against", []Weighed{e("1", Contradicts, "c", "", false)}, Contradicted, "sources-against 1"},
		{"both", []Weighed{one, e("2", Contradicts, "c", "", false)}, Contested, "sources-for 1, sources-against 1"},
		{"weak only, of two sources", []Weighed{e("1", Supports, "a", "weak", false), e("2", Supports, "b", "weak", false)}, Unverified, "weak-for 2"},
		{"weak against, nothing for", []Weighed{e("1", Contradicts, "a", "weak", false)}, Unverified, "weak-against 1"},
		{"weak both", []Weighed{e("1", Supports, "a", "weak", false), e("2", Contradicts, "b", "weak", false)}, Contested, "sources-for 1, sources-against 1"},
		{"weak against medium", []Weighed{one, e("2", Contradicts, "b", "weak", false)}, Contested, "sources-for 1, sources-against 1"},
		{"weak against strong", []Weighed{e("1", Supports, "m", "strong", true), e("2", Contradicts, "b", "weak", false)}, Supported, "outweighed 1, measured-for 1, sources-for 1"},
		{"strong against weak", []Weighed{e("1", Supports, "m", "weak", true), e("2", Contradicts, "b", "strong", false), e("3", Insufficient, "d", "", false)}, Contradicted, "outweighed 1, sources-against 1, insufficient 1"},
	} {
		got := Weigh(x.all)
		var why []string
		for _, r := range got.Reasons {
			why = append(why, fmt.Sprint(r.Code, " ", r.N))
		}
		if diff := cmp.Diff([]string{x.want, x.why}, []string{got.Status, strings.Join(why, ", ")}); diff != "" {
			t.Errorf("%s: %s", x.name, diff)
		}
	}
}
