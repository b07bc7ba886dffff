package cli

import (
	"context"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"veedor/internal/measure/scenario"
)

// press sends keys to whatever has the focus.
func press(keys string) chromedp.Action { return chromedp.KeyEvent(keys) }

// goes runs actions that lead to another page, waits for it, and returns what its main part says.
func goes(t *testing.T, tab context.Context, actions ...chromedp.Action) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(tab, patience)
	defer cancel()
	if _, err := chromedp.RunResponse(ctx, actions...); err != nil {
		t.Fatal(err)
	}
	return reads(t, tab, `document.querySelector("main").innerText`)
}

// reads returns a text from the page.
func reads(t *testing.T, tab context.Context, expression string) string {
	t.Helper()
	var out string
	if err := browse(tab, evaluated(expression, &out)); err != nil {
		t.Fatalf("%s: %v", expression, err)
	}
	return out
}

// to presses Tab until the focus is on what a selector names, and fails when it is not reached. It returns how often.
func to(t *testing.T, tab context.Context, selector string) int {
	t.Helper()
	for n := range 150 {
		var there bool
		if err := browse(tab, evaluated(`document.activeElement && document.activeElement.matches(`+quoted(selector)+`)`, &there)); err != nil {
			t.Fatal(err)
		}
		if there {
			return n
		}
		if err := browse(tab, press(kb.Tab)); err != nil {
			t.Fatal(err)
		}
	}
	t.Fatalf("%s is not reached by Tab on %s", selector, reads(t, tab, "location.pathname"))
	return 0
}

func quoted(s string) string { return "`" + s + "`" }

// download fetches what a link of the page leads to, as a browser with the same cookies would.
func download(t *testing.T, tab context.Context, m *member, selector string) string {
	t.Helper()
	return m.get(t, reads(t, tab, `document.querySelector(`+quoted(selector)+`).getAttribute("href")`))
}

// reporter asks in words whether a site is blocked on a network, gets a sentence that can be quoted, and cites it.
func reporter(t *testing.T, tab context.Context, s *showcase) {
	nobody := &member{s: s, client: http.DefaultClient}
	for _, x := range []struct{ question, target, network string }{ // the invented month ends with both reachable again
		{"is signal.org blocked on CANTV?", "signal.org", "AS8048"},
		{"is diario.example blocked on Borduna Telecom?", "diario.example", "AS64500"},
	} {
		goes(t, tab, chromedp.Navigate(s.url+"/"))
		to(t, tab, `input[name=q]`)
		said := goes(t, tab, press(x.question+kb.Enter))
		if !strings.Contains(said, x.target) || !strings.Contains(said, x.network) || !regexp.MustCompile(`(?i)blocked|consistent with blocking|reachable`).MatchString(said) {
			t.Fatalf("%q is not answered: %.600s", x.question, said)
		}
		sentence := reads(t, tab, `document.querySelector("#answer ~ .card q").innerText`)
		if !strings.Contains(sentence, x.target) {
			t.Errorf("the sentence to quote does not name %s: %q", x.target, sentence)
		}
		path := reads(t, tab, `document.querySelector("#answer ~ .card a[href*='/target/'][href*='/in/']").getAttribute("href")`)
		page := goes(t, tab, chromedp.Navigate(s.url+path))
		for _, want := range []string{x.target, "Cite this", "What would change this"} {
			if !strings.Contains(page, want) {
				t.Errorf("%s does not say %q", path, want)
			}
		}
		if bib := download(t, tab, nobody, `#cite ~ ul a[href$='.bib'], #cite ~ ul a[href*='bib']`); !strings.HasPrefix(bib, "@") || !strings.Contains(bib, x.target) || !strings.Contains(bib, "url") {
			t.Errorf("BibTeX: %.300s", bib)
		}
		if csl := download(t, tab, nobody, `#cite ~ ul a[href*='csl'], #cite ~ ul a[href$='.json']`); !strings.Contains(csl, `"title"`) {
			t.Errorf("CSL: %.300s", csl)
		}
	}
}

// analyst finds, from the first page and by its links alone, where two filters are compared, and compares them.
func analyst(t *testing.T, tab context.Context, s *showcase) {
	goes(t, tab, chromedp.Navigate(s.url+"/"))
	to(t, tab, `.wings a`)
	goes(t, tab, press(kb.Enter))
	to(t, tab, `.parts a[href='/signature']`)
	goes(t, tab, press(kb.Enter))
	to(t, tab, `#asn`)
	said := goes(t, tab, press("AS64500 AS64501"+kb.Enter))
	for _, want := range []string{"AS64500", "AS64501", "look alike"} {
		if !strings.Contains(said, want) {
			t.Errorf("two networks compared: no %q in %.800s", want, said)
		}
	}
	if got := reads(t, tab, `document.querySelector("main table tbody tr th").innerText`); got == "" {
		t.Error("no trait is compared")
	}
	if len(scenario.MonthRestricted.Networks) < 2 {
		t.Error("two networks restrict in the month")
	}
}

// sceptic downloads a dossier from the site and checks it without a network, by the policy that the site's people published
// elsewhere; a byte that was changed is found.
func sceptic(t *testing.T, tab context.Context, s *showcase) {
	nobody := &member{s: s, client: http.DefaultClient}
	goes(t, tab, chromedp.Navigate(s.url+"/dossiers"))
	to(t, tab, `main a[href^='/dossier/']`)
	if said := goes(t, tab, press(kb.Enter)); !strings.Contains(said, "veedor verify") {
		t.Errorf("the dossier's page does not say how it is checked: %.300s", said)
	}
	packed := download(t, tab, nobody, `main a[href$='.wacz']`)
	dir := t.TempDir()
	file, policy := filepath.Join(dir, "dossier.wacz"), filepath.Join(dir, "policy.json")
	write := func(name, text string) {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(file, packed)
	write(policy, s.run(t, "dossier", "policy"))
	var out, errs strings.Builder
	elsewhere := []string{"--data", t.TempDir(), "verify", "--policy", policy, file}
	if code := Main(elsewhere, strings.NewReader(""), &out, &errs); code != exitOK || !strings.Contains(out.String(), "sound, and by somebody the policy trusts") {
		t.Errorf("verify: exit code %d: %s%s", code, out.String(), errs.String())
	}
	flipped := []byte(packed)
	flipped[len(flipped)/2] ^= 1
	write(file, string(flipped))
	if code := Main(elsewhere, strings.NewReader(""), &out, &errs); code == exitOK {
		t.Error("a flipped byte is not found")
	}
}
