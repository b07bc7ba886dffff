package desk

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"veedor/internal/weigh/cases"
)

// full is a case with something of every kind, in the form in which cases are written.
func full() map[string]string {
	return map[string]string{
		"case.yaml":       "id: k\nlanguage: en\ntitle: A case\nquestion: What?\nquestions:\n  - text: Why?\nunknown:\n  - Who paid.\n  - text: The contract.\n    settles: Its text.\nwithheld:\n  - what: aa\n    why: it hurts\n    by: Nil\n",
		"claims/1-a.yaml": "text:\n  en: It is so.\n  es: Es así.\nframes:\n  - f1\nitems:\n  - one\nutterances:\n  - speaker: A\n    role: official\n    entity: ministry\n    date: 2020-11-30\n    quote_lack: no capture\n    item: one\n  - speaker: B\n    date_lack: not stated\n    root: A\nevidence:\n  - finding:\n      country: XB\n      network: 64500\n      target: a.example\n      from: 2026-04-12\n      expects: blocked\n      at_least: 5\n    reason: measured\n  - statement:\n      text: so\n      source: gazette\n      date: 2020-12\n    stance: supports\n    strength: strong\n    reason: it says so\n    by: Nil\n    at: 2026\n  - registry:\n      entity: ofac-1\n      property: program\n    stance: context\n  - absence:\n      what: a decree\n      where: gazette\n      at: 2026-05\n      by: Nil\n    stance: insufficient\n    reason: nothing\n",
		"claims/2-b.yaml": "id: b\ntext: Not so.\nutterances:\n  - speaker: C\n",
		"items/one.yaml":  "title: One\nurl: https://a.example/1\nsource: daily\nlanguage: es\npublished_on: 2020-11-30T08:00:00Z\nthemes:\n  - t\ncaptures:\n  - aa\noriginal: true\nframes:\n  - frame: f1\n    stance: asserts\n    by: Nil\n",
		"items/two.yaml":  "title: Two\nframes:\n  - frame: f1\n    stance: counters\n  - frame: f2\n    stance: mentions\n",
		"frames.yaml":     "- id: f1\n  text: Somebody copies.\n  held_by: critics\n  terms:\n    - copy\n- id: f2\n  text: It is trade.\n  parent: f1\n",
		"themes.yaml":     "- id: t\n  title: Censorship\n",
		"sources.yaml":    "- id: daily\n  name: Daily\n  homepage: https://a.example/\n  locations:\n    - borduna\n- id: unused\n  name: Named by nobody\n",
		"entities.yaml":   "- id: ministry\n  name: The Ministry\n  type: government\n",
		"locations.yaml":  "- id: borduna\n  name: Borduna\n  country: XB\n",
		"actors.yaml":     "- id: maker\n  name: Maker\n  registry: ofac-1\n  role: made it\n  sources:\n    - gazette\n",
		"facts.yaml":      "- id: deal\n  type: agreement\n  date: 2013\n  text: A contract.\n  amount: USD 1,080 million\n  actors:\n    - maker\n- id: deal-2\n  type: figure\n  text: Another figure.\n  conflicts: deal\n",
		"relations.yaml":  "- from: 1-a\n  type: contradicts\n  to: b\n",
		"lineage.yaml":    "- from: two\n  type: copy\n  to: one\n  decision: confirmed\n  by: Nil\n  at: 2026-05-01\n- from: one\n  type: cites\n  outside: An agency\n  decision: proposed\n",
	}
}

func parse(t *testing.T, files map[string]string) *cases.Case {
	t.Helper()
	in := fstest.MapFS{}
	for name, text := range files {
		in[name] = &fstest.MapFile{Data: []byte(text)}
	}
	k, err := cases.Read(in)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func loadText(t *testing.T, d *Desk, files map[string]string) []Conflict {
	t.Helper()
	done, err := d.LoadCase(t.Context(), ana, "loaded", parse(t, files))
	if err != nil {
		t.Fatal(err)
	}
	var out []Conflict
	for _, w := range done {
		out = append(out, w.Conflicts...)
	}
	return out
}

func saveText(t *testing.T, d *Desk, id string) map[string]string {
	t.Helper()
	out := map[string]string{}
	err := d.SaveCase(t.Context(), ana, id, func(k *cases.Case) error {
		files, err := k.Files()
		for name, b := range files {
			out[name] = string(b)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func events(t *testing.T, d *Desk) int64 {
	t.Helper()
	m, err := readMark(t.Context(), d.db)
	if err != nil {
		t.Fatal(err)
	}
	return m.Lines
}

// with returns files with one of them changed.
func with(files map[string]string, name, old, text string) map[string]string {
	out := maps.Clone(files)
	if old == "" {
		out[name] = text
	} else if !strings.Contains(out[name], old) {
		panic(fmt.Sprintf("%s has no %q", name, old))
	} else {
		out[name] = strings.Replace(out[name], old, text, 1)
	}
	return out
}

func TestLoadSave(t *testing.T) {
	d := openAt(t, t.TempDir())
	loadText(t, d, full())
	n := events(t, d)
	loadText(t, d, full())
	if events(t, d) != n {
		t.Error("loaded twice, written twice")
	}
	if diff := cmp.Diff(full(), saveText(t, d, "k")); diff != "" {
		t.Errorf("save(load(x)) is not x: %s", diff)
	}
	n = events(t, d)
	loadText(t, d, full())
	if diff := cmp.Diff(full(), saveText(t, d, "k")); diff != "" || events(t, d) != n {
		t.Errorf("a second time: %d events more, %s", events(t, d)-n, diff)
	}
	v, err := d.ClaimView(t.Context(), ana, "k.1-a")
	if err != nil || len(v.Evidence) != 4 || v.Standing.Status != cases.SingleSource || v.Evidence[0].ID != "k.1-a.e1" || len(v.Relations) != 1 {
		t.Errorf("%+v %v", v, err)
	}
	if list, err := d.List(t.Context(), ana, Query{Kind: Stance, Where: map[string]string{"frame": "k.f1"}}); err != nil || len(list) != 2 {
		t.Errorf("%v %v", list, err)
	}
	if problems, err := d.Fsck(t.Context()); err != nil || len(problems) > 0 {
		t.Errorf("%v %v", problems, err)
	}
}

func TestShippedCase(t *testing.T) {
	k, err := cases.Read(os.DirFS("../../../cases/borduna"))
	if err != nil {
		t.Fatal(err)
	}
	want, err := k.Files()
	if err != nil {
		t.Fatal(err)
	}
	d := openAt(t, t.TempDir())
	if _, err := d.LoadCase(t.Context(), ana, "", k); err != nil {
		t.Fatal(err)
	}
	got := saveText(t, d, "borduna")
	for name, b := range want {
		if diff := cmp.Diff(string(b), got[name]); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

// TestThreeWay: what was changed on the desk since the text was read is merged with the text, or kept beside it.
func TestThreeWay(t *testing.T) {
	d := openAt(t, t.TempDir())
	loadText(t, d, full())
	put(t, d, ben, set(Item, "k.one", Latest, "title", "Ben's", "context", "Ben's context"), set(Evidence, "extra", 0, "claim", "k.1-a", "type", "statement", "source", "s", "stance", "context"))
	// The text changes another field of the item: both stay.
	one := with(full(), "items/one.yaml", "language: es", "language: pt")
	if c := loadText(t, d, one); len(c) != 0 {
		t.Errorf("%+v", c)
	}
	r := get(t, d, ana, Item, "k.one")
	if r.Str("title") != "Ben's" || r.Str("language") != "pt" {
		t.Errorf("%v", r.Fields)
	}
	// Then the one that Ben changed: a conflict, which the same text does not make again, nor win.
	two := with(one, "items/one.yaml", "title: One", "title: The text's")
	c := loadText(t, d, two)
	if len(c) != 1 || c[0].Standing != "Ben's" || c[0].Rival != "The text's" {
		t.Fatalf("%+v", c)
	}
	n := events(t, d)
	loadText(t, d, two)
	if get(t, d, ana, Item, "k.one").Str("title") != "Ben's" || events(t, d) != n {
		t.Error("the same text won when it was loaded again")
	}
	// The text's own changes, one after the other, are no conflicts.
	three := with(two, "items/one.yaml", "language: pt", "language: zh")
	if c := loadText(t, d, three); len(c) != 0 || get(t, d, ana, Item, "k.one").Str("language") != "zh" {
		t.Errorf("%+v", c)
	}
	// What is saved has both people's work, with the desk's own evidence under its own name, and is loaded as no change.
	saved := saveText(t, d, "k")
	if !strings.Contains(saved["items/one.yaml"], "title: Ben's\n") || !strings.Contains(saved["claims/1-a.yaml"], "  - id: /extra\n    statement:\n") {
		t.Errorf("%s\n%s", saved["items/one.yaml"], saved["claims/1-a.yaml"])
	}
	n = events(t, d)
	if c := loadText(t, d, saved); len(c) != 0 || events(t, d) != n {
		t.Errorf("%d events, %+v", events(t, d)-n, c)
	}
	// After that the text has seen what Ben wrote, and may change it.
	if c := loadText(t, d, with(saved, "items/one.yaml", "title: Ben's", "title: Agreed")); len(c) != 0 || get(t, d, ana, Item, "k.one").Str("title") != "Agreed" {
		t.Errorf("%+v", c)
	}
}

// TestTextRemoves: what the text says no longer is taken off, unless somebody wrote in it on the desk.
func TestTextRemoves(t *testing.T) {
	d := openAt(t, t.TempDir())
	loadText(t, d, full())
	put(t, d, ben, set(Fact, "k.deal-2", Latest, "notes", "Ben is at it"))
	less := with(full(), "facts.yaml", "", "- id: deal\n  type: agreement\n  date: 2013\n  text: A contract.\n  amount: USD 1,080 million\n  actors:\n    - maker\n")
	less["frames.yaml"] = "- id: f1\n  text: Somebody copies.\n  held_by: critics\n  terms:\n    - copy\n"
	less["items/two.yaml"] = "title: Two\nframes:\n  - frame: f1\n    stance: counters\n"
	delete(less, "sources.yaml")
	less = with(less, "items/one.yaml", "source: daily\n", "")
	c := loadText(t, d, less)
	if len(c) != 1 || c[0].Record != "k.deal-2" || get(t, d, ana, Fact, "k.deal-2").Removed {
		t.Errorf("%+v", c)
	}
	if !get(t, d, ana, Frame, "k.f2").Removed || !get(t, d, ana, Stance, "k.two.f2").Removed || get(t, d, ana, Source, "daily").Removed {
		t.Error("a frame and a stance are to be taken off, a source is not: other cases may refer to it")
	}
	if c := loadText(t, d, full()); len(c) != 0 || get(t, d, ana, Frame, "k.f2").Removed {
		t.Errorf("said again, it is not put back: %+v", c)
	}
}

// TestInsert: evidence without an id keeps the one it had when others are written before it.
func TestInsert(t *testing.T) {
	d := openAt(t, t.TempDir())
	loadText(t, d, full())
	fresh := "evidence:\n  - document:\n      source: new one\n    stance: context\n"
	loadText(t, d, with(full(), "claims/1-a.yaml", "evidence:\n", fresh))
	var got []string
	v, err := d.ClaimView(t.Context(), ana, "k.1-a")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range v.Evidence {
		got = append(got, strings.TrimPrefix(e.ID, "k.1-a.")+" "+e.Str("type"))
	}
	if diff := cmp.Diff([]string{"e5 document", "e1 finding", "e2 statement", "e3 registry", "e4 absence"}, got); diff != "" {
		t.Error(diff)
	}
	saved := saveText(t, d, "k")
	n := events(t, d)
	loadText(t, d, saved)
	if events(t, d) != n || !strings.Contains(saved["claims/1-a.yaml"], "- id: e5\n") {
		t.Errorf("%d events more\n%s", events(t, d)-n, saved["claims/1-a.yaml"])
	}
	// Edited in its place it stays the same piece of evidence; taken out, the others do.
	loadText(t, d, with(with(saved, "claims/1-a.yaml", "reason: it says so", "reason: it says so twice"), "claims/1-a.yaml", "  - id: e3\n    registry:\n      entity: ofac-1\n      property: program\n    stance: context\n", ""))
	if get(t, d, ana, Evidence, "k.1-a.e2").Words("reason")["en"] != "it says so twice" || !get(t, d, ana, Evidence, "k.1-a.e3").Removed || get(t, d, ana, Evidence, "k.1-a.e4").Removed {
		t.Error("not the same evidence")
	}
}

// TestReaderText: a reader's text has what is published and shared.
func TestReaderText(t *testing.T) {
	d := openAt(t, t.TempDir())
	loadText(t, d, full())
	put(t, d, ana, set(Claim, "k.1-a", Latest, "published", true), set(Case, "k", Latest, "published", true), Change{Kind: Case, ID: "k", On: Latest, Private: map[string]bool{"question": true}})
	k, err := d.CaseText(t.Context(), Public(), "k")
	if err != nil {
		t.Fatal(err)
	}
	if len(k.Claims) != 1 || len(k.Items) != 0 || len(k.Question) != 0 || len(k.Relations) != 0 || len(k.Sources)+len(k.Entities) != 0 || k.Claims[0].Utterances[0].Item != "" {
		t.Errorf("%+v", k)
	}
	if _, err := d.CaseText(t.Context(), ana, "k"); err != nil {
		t.Error(err)
	}
	names := slices.Sorted(maps.Keys(full()))
	if len(names) != 14 {
		t.Error(names)
	}
}
