package edition

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"

	"veedor/internal/evidence/capture"
	"veedor/internal/evidence/dossier"
	"veedor/internal/weigh/cases"
)

// measured is a store of n measurements of which every third is fine.
type measured struct {
	n     int
	rules string
}

func (m measured) one(i int) Measured {
	state := "blocked"
	if i%3 == 2 {
		state = "ok"
	}
	return Measured{UID: fmt.Sprint("m", i), Hash: sum([]byte(fmt.Sprint("raw ", i))), At: time.Unix(int64(i), 0), State: state, Says: "it says", RuleSet: m.rules, Snapshot: "seed"}
}

func (m measured) Match(_ context.Context, q cases.Finding, f func(Measured) error) error {
	if q.Target != "a.example" {
		return nil
	}
	for i := range m.n {
		if err := f(m.one(i)); err != nil {
			return err
		}
	}
	return nil
}

func (m measured) One(_ context.Context, uid string) (Measured, error) {
	for i := range m.n {
		if x := m.one(i); x.UID == uid {
			return x, nil
		}
	}
	return Measured{}, ErrNotFound
}

func (m measured) Raw(hash string) ([]byte, error) {
	for i := range m.n {
		if raw := []byte(fmt.Sprint("raw ", i)); sum(raw) == hash {
			return raw, nil
		}
	}
	return nil, ErrNotFound
}

func (m measured) Rules() (string, []byte) { return "r1", []byte("# Rules\n") }

type said struct{}

func (said) Lines(id string) ([]Line, error) {
	if id != "i1" {
		return nil, ErrNotFound
	}
	return []Line{{sum([]byte("{1}")), []byte("{1}"), "began"}, {sum([]byte("{2}")), []byte("{2}"), "ended"}}, nil
}

// captured holds two captures, of which the one that begins with p was published.
type captured struct{}

func (captured) Get(hash string) (*capture.Capture, error) {
	return &capture.Capture{Hash: hash, Size: 4, URL: "http://a.example/", Title: "A", TextHash: "t", At: time.Unix(1700000000, 5)}, nil
}

func (captured) Quotation(id string) (*capture.Quotation, error) {
	return &capture.Quotation{ID: id, Capture: "private", Selector: capture.Selector{Exact: "words", Start: 3, End: 8}}, nil
}
func (captured) Screenshot(string, bool) ([]byte, error) { return []byte("png"), nil }
func (captured) Package(string) (io.ReadSeekCloser, error) {
	return struct {
		io.ReadSeeker
		io.Closer
	}{bytes.NewReader([]byte("wacz")), io.NopCloser(nil)}, nil
}

func (captured) Shown(hash string) (capture.Shown, error) {
	return capture.Shown{Screenshot: true, Package: hash == "published"}, nil
}

type logged struct{ got []Item }

func (l *logged) Freeze(_ context.Context, items []Item) (dossier.Log, []Item, error) {
	l.got = items
	return dossier.Log{Checkpoint: []byte("note")}, items[:1], nil
}

func read(t *testing.T, claim string) *cases.Case {
	t.Helper()
	k, err := cases.Read(fstest.MapFS{
		"case.yaml":     {Data: []byte("id: a\nlanguage: es\ntitle: {es: Un caso}\npublisher: P\nunknown: [{en: who, es: quién}]\n")},
		"claims/c.yaml": {Data: []byte(claim)},
	})
	if err != nil {
		t.Fatal(err)
	}
	return k
}

const everything = `text: {en: So it is, es: Así es}
utterances:
  - {speaker: A, date: 2020, quote: q1}
  - {speaker: B, root: A}
evidence:
  - {finding: {country: XB, target: a.example, expects: blocked, at_least: 3}, by: P, at: 2021-01-02}
  - {measurement: m1, stance: supports, reason: r}
  - {incident: i1, stance: supports, reason: r}
  - {quote: q1, stance: context}
  - {capture: published, stance: context}
  - {statement: {text: s, source: gazette}, stance: contradicts, reason: r}
  - {absence: {what: w, where: here, at: 2020-05-01}, stance: insufficient, reason: r}
`

func freeze(t *testing.T, k *cases.Case, m measured, o Options) (*dossier.Content, []Item, *logged, error) {
	t.Helper()
	l := &logged{}
	o.Now = func() time.Time { return time.Date(2026, 11, 25, 1, 2, 3, 4, time.UTC) }
	c, missing, err := Freeze(t.Context(), k, Sources{m, said{}, captured{}, l}, o)
	return c, missing, l, err
}

func TestFreeze(t *testing.T) {
	c, missing, l, err := freeze(t, read(t, everything), measured{6, "r1"}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	claim := c.Claims[0]
	if claim.Text != "Así es" || claim.Status != dossier.Contested || !strings.Contains(claim.Derived, "lo dicen 1 fuentes independientes") {
		t.Errorf("claim: %+v", claim)
	}
	f := c.Findings[0]
	want := []dossier.Count{{Label: "measurements", N: 6}, {Label: "blocked", N: 4}, {Label: "ok", N: 2}, {Label: "down"}, {Label: "insufficient"}}
	if diff := cmp.Diff(want, f.Counts); diff != "" {
		t.Error(diff)
	}
	if c.Evidence[0].Stance != dossier.Supports || len(f.Measurements) != 6 || f.Snapshot != "seed" || f.RuleSet != c.RuleSets[0].ID {
		t.Errorf("finding: %+v", f)
	}
	if len(c.Objects) != 6 {
		t.Errorf("a measurement that two pieces of evidence name is taken in once: %d", len(c.Objects))
	}
	if len(c.Incidents) != 2 || len(c.Quotes) != 1 || len(c.Documents) != 2 || len(c.Absences) != 1 {
		t.Errorf("%d incidents, %d quotes, %d documents, %d absences", len(c.Incidents), len(c.Quotes), len(c.Documents), len(c.Absences))
	}
	if len(c.Captures) != 2 || !c.Captures[0].Withheld || c.Captures[0].Open != nil || c.Captures[1].Withheld {
		t.Errorf("a capture is whole only when it was published: %+v", c.Captures)
	}
	if len(c.Redactions) != 1 || c.Redactions[0].What != "captures/private" {
		t.Errorf("redactions: %+v", c.Redactions)
	}
	if len(l.got) != 6+2+2 || len(missing) != 1 || string(c.Log.Checkpoint) != "note" {
		t.Errorf("log: %d items", len(l.got))
	}
	again, _, _, err := freeze(t, read(t, everything), measured{6, "r1"}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(fmt.Sprintf("%+v", again.Claims), fmt.Sprintf("%+v", c.Claims)); diff != "" {
		t.Error(diff)
	}
}

func TestTooMuchRaw(t *testing.T) {
	c, _, _, err := freeze(t, read(t, everything), measured{6, "r1"}, Options{MaxRaw: 11, Lang: "en"}) // "raw 0" is five bytes
	if err != nil {
		t.Fatal(err)
	}
	var whole int
	for _, o := range c.Objects {
		if !o.Withheld {
			whole++
		}
	}
	if whole != 2 || len(c.Redactions) != 1+4 || len(c.Findings[0].Measurements) != 6 {
		t.Errorf("%d whole, %d redactions", whole, len(c.Redactions))
	}
}

func TestFreezeFails(t *testing.T) {
	for name, x := range map[string]struct{ claim, want string }{
		"measurement": {"text: x\nevidence:\n  - {measurement: no, stance: supports, reason: r}\n", "claim c: evidence 1: measurement no: not found"},
		"incident":    {"text: x\nevidence:\n  - {incident: no, stance: supports, reason: r}\n", "claim c: evidence 1: incident no: not found"},
	} {
		if _, _, _, err := freeze(t, read(t, x.claim), measured{1, "r1"}, Options{}); err == nil || err.Error() != x.want {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, _, _, err := freeze(t, read(t, everything), measured{3, "old"}, Options{}); err == nil || !strings.Contains(err.Error(), "run: veedor rebuild") {
		t.Errorf("measurements judged by other rules than those frozen: %v", err)
	}
}

func TestNothingMeasured(t *testing.T) {
	c, _, _, err := freeze(t, read(t, strings.Replace(everything, "a.example", "b.example", 1)), measured{6, "r1"}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if c.Evidence[0].Stance != dossier.Insufficient {
		t.Error("nothing measured settles nothing")
	}
}

func TestWords(t *testing.T) {
	blank := regexp.MustCompile(`%[a-z]`)
	for lang, all := range words {
		for k, text := range words["en"] {
			if all[k] == "" || !slices.Equal(blank.FindAllString(all[k], -1), blank.FindAllString(text, -1)) {
				t.Errorf("%s has %q for %q: %q", lang, all[k], k, text)
			}
		}
		if len(all) != len(words["en"]) {
			t.Errorf("%s has words that en has not", lang)
		}
	}
}
