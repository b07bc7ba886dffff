package web

import (
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"veedor/internal/measure/store/storetest"
)

// flood is somebody who sends all that they can, with forms that they got properly.
type flood struct {
	g    *gate
	now  time.Time
	pile int // nobody reads
}

func (f *flood) send(t *testing.T, about, kind string) (string, time.Duration) {
	t.Helper()
	why, wait, err := f.g.ask(f.now, f.g.form(f.now.Add(-time.Minute)), about, kind, func() (int, error) { return f.pile, nil })
	if err != nil {
		t.Fatal(err)
	}
	if why == "" {
		f.pile++
	}
	return why, wait
}

func newFlood() *flood {
	return &flood{g: newGate(rand.Text), now: time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC)}
}

// TestFlood: who floods a page or a kind of page shuts that one, and no other.
func TestFlood(t *testing.T) {
	for name, attack := range map[string]struct {
		about func(i int) string
		kind  func(i int) string
		why   string // what another page of the same kind is told
	}{
		"one page":         {func(int) string { return "/claim/x" }, func(int) string { return "/claim" }, ""},
		"pages of a kind":  {func(i int) string { return fmt.Sprint("/claim/", i) }, func(int) string { return "/claim" }, "report.refused.kind"},
		"pages of 6 kinds": {func(i int) string { return fmt.Sprint(i) }, func(i int) string { return []string{"/claim", "/item", "/country", "/network", "/target", "/"}[i%6] }, "report.refused.all"},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFlood()
			for i := range 3 * 60 * 60 { // each second, for three hours
				f.send(t, attack.about(i), attack.kind(i))
				f.now = f.now.Add(time.Second)
			}
			for i := range 12 { // what recovered in this second
				f.send(t, attack.about(i), attack.kind(i))
			}
			if why, wait := f.send(t, attack.about(0), attack.kind(0)); why == "" || wait <= 0 || wait > time.Hour {
				t.Errorf("what is flooded: %q, %s", why, wait)
			}
			if why, _ := f.send(t, "/claim/other", "/claim"); why != attack.why {
				t.Errorf("another page of the kind: %q, want %q", why, attack.why)
			}
			if why, _ := f.send(t, "/entity/y", "/entity"); why != "" {
				t.Errorf("a page of a kind that nobody floods: %q", why)
			}
			f.now = f.now.Add(time.Hour)
			if why, _ := f.send(t, attack.about(0), attack.kind(0)); why != "" {
				t.Errorf("an hour after the flood: %q", why)
			}
		})
	}
}

// TestFloodForMonths: what is let through grows more slowly the more of it waits, never stops for good, and nothing in
// memory grows with what is sent.
func TestFloodForMonths(t *testing.T) {
	f := newFlood()
	var at [91]int
	for day := range at {
		at[day] = f.pile
		for i := range 24 * 60 {
			f.send(t, fmt.Sprint(day, i), fmt.Sprint(i%50))
			f.now = f.now.Add(time.Minute)
		}
	}
	t.Logf("a flood that nobody reads: %d after a day, %d after 30, %d after 90", at[1], at[30], at[90])
	if at[1] > 600 || at[90] > 2000 || at[90] == at[89] {
		t.Errorf("too many are let through, or none: %v", at)
	}
	if n := len(f.g.sent) + len(f.g.pages) + len(f.g.kinds); n > 2000 {
		t.Errorf("%d things are remembered", n)
	}
	f.pile, f.now = 0, f.now.Add(time.Hour) // the desk took them up
	if why, _ := f.send(t, "/entity/y", "/entity"); why != "" {
		t.Errorf("after the desk took all up: %q", why)
	}
}

func TestGateForms(t *testing.T) {
	g, now := newGate(rand.Text), time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC)
	good := g.form(now)
	for form, want := range map[string]bool{
		good: true, newGate(rand.Text).form(now): false, "": false, ".": false, "..": false, good + ".": false, good[1:]: false,
		"0" + good: false, strings.ToUpper(good): false, strings.Repeat("x.", 1000): false, strings.Replace(good, ".", "..", 1): false,
	} {
		if age, ok := g.formAge(form, now.Add(time.Minute)); ok != want || ok && age != time.Minute {
			t.Errorf("%.60q: %v %s", form, ok, age)
		}
	}
	if _, ok := g.formAge(good, now.Add(oldestForm+time.Second)); ok {
		t.Error("an old form is taken")
	}
	trouble := errors.New("trouble")
	if _, _, err := g.ask(now.Add(time.Minute), good, "", "", func() (int, error) { return 0, trouble }); !errors.Is(err, trouble) {
		t.Errorf("the pile cannot be counted: %v", err)
	}
}

// TestReportSubject: addresses that somebody makes up are one subject, and a page is one in every language.
func TestReportSubject(t *testing.T) {
	h := &site{Config: Config{Store: storetest.NewMemory()}, sheet: "/static/style.css"}
	h.routed = h.routes()
	for page, want := range map[string][2]string{
		"/claim/a?b=c":        {"/claim/a", "/claim"},
		"/es/claim/a":         {"/claim/a", "/claim"},
		"/claim/a/status/9":   {"/claim/a", "/claim"},
		"/zh/claim/a/history": {"/claim/a", "/claim"},
		"/about":              {"/about", "/about"},
		"/":                   {"/", "/{$}"},
		"/made/up":            {"", ""},
		"/es/made-up":         {"", ""},
		"/claim":              {"", ""},
		"":                    {"", ""},
		"//evil.example/x":    {"", ""},
		"/%zz":                {"", ""},
	} {
		if about, kind := h.reportSubject(page); about != want[0] || kind != want[1] {
			t.Errorf("%s: %q %q, want %q", page, about, kind, want)
		}
	}
}
