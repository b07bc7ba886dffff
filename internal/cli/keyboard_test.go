package cli

import (
	"context"
	"strings"
	"testing"
	"time"

	cdpnet "github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// focused names what has the focus, and says whether one can see that it has: "" at the end of the page.
const focused = `(() => {
	const e = document.activeElement;
	if (!e || e == document.body || e == document.documentElement) return "";
	const s = getComputedStyle(e), r = e.getBoundingClientRect();
	const seen = s.outlineStyle != "none" && parseFloat(s.outlineWidth) > 0 && r.width > 0 && r.height > 0 && r.right > 0 && r.bottom > 0;
	window.all = window.all || [...document.querySelectorAll("*")];
	return (seen ? "seen " : "unseen ") + window.all.indexOf(e) + " " + e.outerHTML.slice(0, 120);
})()`

// keyboard goes through pages by Tab alone: first a way past the head, then everything once in the order of the page, each
// with a focus that can be seen, and out again at the end.
func keyboard(t *testing.T, tab context.Context, s *showcase) {
	for _, path := range []string{"/", "/search?q=filtro", "/claims", "/entities?q=Kestrel", "/case/borduna", "/signature", "/design"} {
		goes(t, tab, chromedp.Navigate(s.url+path), width(1280))
		if err := browse(tab, press(kb.Tab)); err != nil {
			t.Fatal(err)
		}
		first := reads(t, tab, focused)
		if !strings.HasPrefix(first, "seen ") || !strings.Contains(first, `class="skip"`) {
			t.Errorf("%s: the first thing that Tab reaches is %q, not a way past the head", path, first)
		}
		if err := browse(tab, press(kb.Enter), press(kb.Tab)); err != nil {
			t.Fatal(err)
		}
		if in := reads(t, tab, `String(!!document.activeElement.closest("main") || document.activeElement == document.body || !!document.activeElement.closest("footer"))`); in != "true" {
			t.Errorf("%s: after the way past the head the focus is on %s", path, reads(t, tab, focused))
		}
		goes(t, tab, chromedp.Navigate(s.url+path))
		seen := map[string]bool{}
		for range 400 {
			if err := browse(tab, press(kb.Tab)); err != nil {
				t.Fatal(err)
			}
			at := reads(t, tab, focused)
			if at == "" {
				break
			}
			if seen[at] {
				t.Errorf("%s: Tab comes back to %s and does not leave the page", path, at)
				break
			}
			seen[at] = true
			if strings.HasPrefix(at, "unseen ") {
				t.Errorf("%s: nobody sees that the focus is on %s", path, at)
			}
		}
		for _, part := range []string{`type="search"`, `href="/incidents"`} {
			if path == "/" && !strings.Contains(strings.Join(keysOf(seen), "\n"), part) {
				t.Errorf("%s: Tab does not reach %s", path, part)
			}
		}
	}
}

func keysOf(m map[string]bool) []string {
	var out []string
	for k := range m {
		out = append(out, k)
	}
	return out
}

// forgetful fills in a long form, loses the session meanwhile, and signs in again by the keyboard: what was typed is there.
// What is wrong stands beside its field, and is said with it.
func forgetful(t *testing.T, tab context.Context, m *member) {
	joined := time.Now()
	m.open(t, tab, "/desk/edit/claim/borduna.4-equipment")
	fill(t, tab, `#f-notes`, "typed before the session ended")
	fill(t, tab, `#why`, "a note")
	if err := browse(tab, cdpnet.ClearBrowserCookies()); err != nil {
		t.Fatal(err)
	}
	if said := submit(t, tab, `form.ask button[value="save"]`); !strings.Contains(said, "Nothing is lost") {
		t.Fatalf("the session ended: %.400s", said)
	}
	for time.Now().Unix()/30 == joined.Unix()/30 { // a code is good once
		time.Sleep(time.Second)
	}
	fill(t, tab, `#password-name`, m.name)
	fill(t, tab, `#password-password`, memberPassword)
	fill(t, tab, `#password-code`, "000000")
	submit(t, tab, `form.ask button`)
	if said := reads(t, tab, besides); said == "" {
		t.Error("a wrong code is not said beside a field or above the form")
	}
	fill(t, tab, `#password-password`, memberPassword)
	fill(t, tab, `#password-code`, m.code(t))
	submit(t, tab, `form.ask button`)
	if got := reads(t, tab, `[...document.querySelectorAll("input,textarea")].map(e => e.value).join("\n") + document.querySelector("main").innerText`); !strings.Contains(got, "typed before the session ended") {
		t.Errorf("what was typed is lost: %.600s", got)
	}
	signedIn(t, tab, m)
	goes(t, tab, chromedp.Navigate(m.s.url+"/desk/publish/case/borduna"))
	submit(t, tab, `form.ask button[value="withdraw"]`)
	if said := reads(t, tab, besides); !strings.Contains(said, "why") {
		t.Errorf("a field that must be filled says so beside it: %q", said)
	}
}

// besides returns the fields that are marked as wrong, each with what describes it; else what is wrong with the whole.
const besides = `[...document.querySelectorAll("[aria-invalid]")].map(e => e.name + ": " + (document.getElementById(e.getAttribute("aria-describedby").split(" ").pop()) || {}).innerText).join("; ") || (document.querySelector("[role=alert]:not([hidden])") || {innerText: ""}).innerText`
