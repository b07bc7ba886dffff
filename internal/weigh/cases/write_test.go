package cases

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
)

// everything is a case with every kind of file, as Files writes it.
func everything() map[string]string {
	return map[string]string{
		"case.yaml": `id: a-case
language: es
invented: true
title: Un caso
question:
  en: What?
  es: ¿Qué?
publisher: Nadie
questions:
  - text: ¿Por qué?
unknown:
  - Quién lo ordenó.
  - en: Who paid.
    es: Quién pagó.
  - id: contract
    text: El contrato.
    settles: Su texto.
withheld:
  - what: "0011223344"
    why: Daña a alguien.
    by: Nadie
`,
		"claims/1-a.yaml": `text: Es así.
frames:
  - f1
items:
  - one
utterances:
  - speaker: A
    role: official
    date: 2020-11-30
    quote_lack: sin captura
    item: one
  - id: second
    speaker: B
    date_lack:
      en: not stated
    root: A
evidence:
  - statement:
      text: sí
      source: gaceta
      date: 2020-12
    stance: supports
    strength: weak
    reason: lo dice
    by: Nadie
    at: 2026
  - registry:
      entity: ofac-1
      property: program
      value: VENEZUELA
    stance: context
  - document:
      source: https://a.example/
    stance: contradicts
    reason: |
      dos líneas
      y más
`,
		"claims/2-b.yaml": `id: b
text:
  en: Only in English.
evidence:
  - finding:
      country: XB
      target: a.example
      expects: blocked
`,
		"items/one.yaml": `title: 'Un título: con dos puntos'
url: https://a.example/1
source: daily
language: es
published_on: 2020-11-30T08:00:00Z
captures:
  - aa
original: true
frames:
  - frame: f1
    stance: asserts
    by: Nadie
`,
		"frames.yaml":    "- id: f1\n  text: Alguien copia.\n  held_by: críticos\n  terms:\n    - copia\n",
		"sources.yaml":   "- id: daily\n  name: Daily\n  homepage: https://a.example/\n",
		"actors.yaml":    "- id: maker\n  name: Maker\n  registry: ofac-1\n  role: lo hizo\n  sources:\n    - gaceta\n",
		"facts.yaml":     "- id: deal\n  type: agreement\n  date: 2013\n  text: Un contrato.\n  amount: USD 1,080 million\n  actors:\n    - maker\n- id: deal-2\n  type: figure\n  text: Otra cifra.\n  conflicts: deal\n",
		"relations.yaml": "- from: 1-a\n  type: contradicts\n  to: b\n",
		"lineage.yaml":   "- from: one\n  type: copy\n  outside: An agency\n  decision: confirmed\n  by: Nadie\n  at: 2026-05-01\n",
	}
}

func TestFiles(t *testing.T) {
	want := everything()
	in := fstest.MapFS{}
	for name, text := range want {
		in[name] = &fstest.MapFile{Data: []byte(text)}
	}
	c, err := Read(in)
	if err != nil {
		t.Fatal(err)
	}
	files, err := c.Files()
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for name, b := range files {
		got[name] = string(b)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if c.Unknown[0].Text["es"] != "Quién lo ordenó." || c.Unknown[2].Settles["es"] != "Su texto." || c.Claims[1].ID != "b" || c.Claims[1].File != "2-b" {
		t.Errorf("%+v", c)
	}
}

// TestShippedFiles: the case that comes with the program is written as it is read, but for its comment.
func TestShippedFiles(t *testing.T) {
	dir := "../../../cases/borduna"
	c, err := Read(os.DirFS(dir))
	if err != nil {
		t.Fatal(err)
	}
	files, err := c.Files()
	if err != nil {
		t.Fatal(err)
	}
	for name, got := range files {
		want, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		var lines []string
		for line := range strings.Lines(string(want)) {
			if !strings.HasPrefix(line, "#") {
				lines = append(lines, line)
			}
		}
		if diff := cmp.Diff(strings.Join(lines, ""), string(got)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func TestRejectedLists(t *testing.T) {
	for name, x := range map[string]struct{ file, text, want string }{
		"no id":           {"frames.yaml", "- text: x\n", `frames.yaml: id ""`},
		"twice":           {"themes.yaml", "- {id: a, title: A}\n- {id: a, title: B}\n", `"a" stands twice`},
		"unknown key":     {"sources.yaml", "- {id: a, nome: A}\n", "sources.yaml: line 1: field nome not found"},
		"key of unknown":  {"case.yaml", good + "unknown:\n  - {text: x, settle: y}\n", "field settle not found"},
		"relation":        {"relations.yaml", "- {from: a, type: denies, to: b}\n", `type "denies"`},
		"to itself":       {"relations.yaml", "- {from: a, type: repeats, to: a}\n", "from one claim to another"},
		"lineage":         {"lineage.yaml", "- {from: a, type: copy, decision: confirmed}\n", "to another or outside"},
		"long summary":    {"items/i.yaml", "summary: " + strings.Repeat("x", 501) + "\n", "at most 500"},
		"stance to frame": {"items/i.yaml", "frames:\n  - {frame: f, stance: likes}\n", `stance "likes"`},
		"fact":            {"facts.yaml", "- {id: a, type: rumour, text: x}\n", `type "rumour"`},
	} {
		t.Run(name, func(t *testing.T) {
			files := folder("case.yaml", good, "claims/a.yaml", claim, x.file, x.text)
			if _, err := Read(files); err == nil || !strings.Contains(err.Error(), x.want) {
				t.Errorf("got %v, want %q", err, x.want)
			}
		})
	}
}

// FuzzRead: whatever is read is written, and read again the same.
func FuzzRead(f *testing.F) {
	e := everything()
	f.Add(e["case.yaml"], e["claims/1-a.yaml"], e["items/one.yaml"])
	f.Add(good, claim, "")
	f.Fuzz(func(t *testing.T, c, k, i string) {
		in := folder("case.yaml", c, "claims/k.yaml", k)
		if i != "" {
			in["items/i.yaml"] = &fstest.MapFile{Data: []byte(i)}
		}
		one, err := Read(in)
		if err != nil {
			return
		}
		files, err := one.Files()
		if err != nil {
			return
		}
		again := fstest.MapFS{}
		for name, b := range files {
			again[name] = &fstest.MapFile{Data: b}
		}
		two, err := Read(again)
		if err != nil {
			t.Fatalf("%v\n%s", err, files)
		}
		twice, err := two.Files()
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(files, twice); diff != "" {
			t.Error(diff)
		}
	})
}
