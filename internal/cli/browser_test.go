package cli

import (
	"context"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	cdpnet "github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

func hasChromium() bool {
	_, err := exec.LookPath("chromium")
	return err == nil
}

// newTab returns a tab of a headless Chromium that runs no script of any page, and skips where there is no Chromium. What
// a test evaluates goes in by the debugger.
func newTab(t *testing.T) context.Context {
	t.Helper()
	if !hasChromium() {
		t.Skip("no Chromium here: pages are not looked at in a browser")
	}
	profile, err := os.MkdirTemp("", "veedor-profile-") // not t.TempDir: the browser may write yet while it ends
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(profile) })
	opts := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.NoSandbox, chromedp.DisableGPU, chromedp.Flag("disable-quic", true),
		chromedp.Flag("disable-component-update", true), chromedp.UserDataDir(profile))
	ctx, cancel := chromedp.NewExecAllocator(t.Context(), opts...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	if err := chromedp.Run(ctx, cdpnet.Enable(), emulation.SetScriptExecutionDisabled(true)); err != nil {
		t.Fatal(err)
	}
	return ctx
}

// signedIn gives a tab the cookie of somebody who works at the desk.
func signedIn(t *testing.T, tab context.Context, m *member) {
	t.Helper()
	c := m.cookie(t)
	if err := chromedp.Run(tab, cdpnet.SetCookie(c.Name, c.Value).WithURL(m.s.url).WithHTTPOnly(true)); err != nil {
		t.Fatal(err)
	}
}

// patience is how long one page may take on a busy machine.
const patience = 40 * time.Second

// browse runs actions, and gives them up after a time that is long for one page.
func browse(tab context.Context, actions ...chromedp.Action) error {
	ctx, cancel := context.WithTimeout(tab, patience)
	defer cancel()
	return chromedp.Run(ctx, actions...)
}

// theme makes pages dark or light.
func theme(name string) chromedp.Action {
	return emulation.SetEmulatedMedia().WithFeatures([]*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: name}})
}

// width makes the window as wide as that.
func width(w int64) chromedp.Action { return chromedp.EmulateViewport(w, 800) }

// evaluated evaluates an expression in the page by the debugger, and waits for it if it is a promise.
func evaluated(expression string, into any) chromedp.Action {
	return chromedp.Evaluate(expression, into, func(p *runtime.EvaluateParams) *runtime.EvaluateParams { return p.WithAwaitPromise(true) })
}

// overflow says by what a page is wider than its window; "" if it is not.
const overflow = `(() => {
	const root = document.documentElement, most = root.clientWidth;
	if (root.scrollWidth <= most) return "";
	const wide = [...document.querySelectorAll("body *")].filter(e => { const r = e.getBoundingClientRect(); return r.width && r.right > most + 1; });
	const inner = wide.filter(e => !wide.some(o => o != e && e.contains(o)) && !e.closest(".scroll"));
	return root.scrollWidth + " wide: " + inner.slice(0, 3).map(e => e.outerHTML.slice(0, 160)).join(" | ");
})()`

// TestSite goes through a whole site in a browser that runs no scripts, on the ways that people take.
func TestSite(t *testing.T) {
	if testing.Short() {
		t.Skip("makes a whole site, and starts a browser")
	}
	tab := newTab(t)
	s := newShowcase(t)
	t.Run("reporter", func(t *testing.T) { reporter(t, tab, s) })
	t.Run("analyst", func(t *testing.T) { analyst(t, tab, s) })
	t.Run("sceptic", func(t *testing.T) { sceptic(t, tab, s) })
	t.Run("keyboard", func(t *testing.T) { keyboard(t, tab, s) })
	ana, bea := s.join(t, "ana", "administrator"), s.join(t, "bea", "editor")
	t.Run("time-out", func(t *testing.T) { forgetful(t, tab, bea) })
	t.Run("editor", func(t *testing.T) { editor(t, tab, s, ana, bea) })
}

// everyPage: nothing sticks out of the narrowest window or the widest, headings say something and go down by one level, ids
// are there once, tables have captions.
func everyPage(t *testing.T, tab context.Context, s *showcase, ana *member, all []pageType) {
	for _, p := range all {
		if p.Desk {
			signedIn(t, tab, ana)
		}
		var wide, odd string
		if err := browse(tab, width(320), chromedp.Navigate(s.url+p.Path), evaluated(sound, &odd)); err != nil {
			t.Fatal(p.Path, err)
		}
		if odd != "" {
			t.Errorf("%s: %s", p.Path, odd)
		}
		for _, w := range []int64{320, 360, 1280} {
			if err := browse(tab, width(w), evaluated(overflow, &wide)); err != nil {
				t.Fatal(p.Path, err)
			}
			if wide != "" {
				t.Errorf("%s at %d: %s", p.Path, w, wide)
			}
		}
	}
}

// sound says what is odd in the structure of a page; "" if nothing is.
var sound = strings.ReplaceAll(`(() => {
	const odd = [], ids = [...document.querySelectorAll("[id]")].map(e => e.id);
	const heads = [...document.querySelectorAll("h1,h2,h3,h4,h5,h6")];
	if (document.querySelectorAll("h1").length != 1) odd.push("not one h1");
	for (const h of heads) if (!h.textContent.trim()) odd.push("an empty heading: " + h.outerHTML);
	heads.reduce((last, h) => { const n = +h.tagName[1]; if (n > last + 1) odd.push("a level is left out: " + h.outerHTML); return n; }, 0);
	for (const i of ids) if (ids.filter(x => x == i).length > 1) { odd.push("an id twice: " + i); break; }
	for (const t of document.querySelectorAll("table")) if (!t.caption) odd.push("a table without a caption");
	for (const a of document.querySelectorAll("main a")) if (!a.textContent.trim() && !a.querySelector("img[alt]:not([alt='']),svg") && !a.ariaLabel) odd.push("a link without words: " + a.outerHTML.slice(0, 120));
	if (/(^|[^.])\.\.([^.]|$)|,,|;;|%!|<no value>|\[object|undefined/.test(document.querySelector("main").innerText)) odd.push("signs: " + document.querySelector("main").innerText.match(/.{0,40}((^|[^.])\.\.([^.]|$)|,,|;;|%!|<no value>|\[object|undefined).{0,30}/)[0]);
	return odd.join("; ");
})()`, "\t", " ")
