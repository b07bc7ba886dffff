package web

import (
	"context"
	"fmt"
	"net"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	"veedor/internal/weigh/accounts"
	"veedor/internal/weigh/desk"
)

// signedIn is a browser that holds somebody's cookie.
func signedIn(t *testing.T, home string, b *browser) context.Context {
	t.Helper()
	tab := inBrowser(t)
	if err := chromedp.Run(tab, network.Enable(), network.SetCookie("veedor", b.cookies["__Host-veedor"]).WithURL(home).WithHTTPOnly(true)); err != nil {
		t.Fatal(err)
	}
	return tab
}

// TestFourAtOnce: four people work on one case at once, in a browser without a script of ours: nothing is lost, the
// conflict is shown, the journal verifies, and the keyboard goes through the form in the order of the page.
func TestFourAtOnce(t *testing.T) {
	if testing.Short() {
		t.Skip("starts a browser")
	}
	d := newDeskCase(t)
	d.at = time.Now()
	server := httptest.NewUnstartedServer(d.h)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server.Listener = l
	server.Start()
	t.Cleanup(server.Close)
	_, port, _ := net.SplitHostPort(l.Addr().String())
	home := "http://localhost:" + port
	names := []string{"ana", "bea", "cleo", "dora"}
	var tabs []context.Context
	for i, name := range names {
		tabs = append(tabs, signedIn(t, home, d.someone(name, []accounts.Role{accounts.Editor, accounts.Researcher}[min(i, 1)])))
	}
	const claim = "/desk/edit/claim/borduna.1-chat-restricted"
	steps := [][]chromedp.Action{
		{chromedp.SetValue(`[name="w.text.es"]`, "Lo que escribe Ana"), chromedp.SetValue(`#why`, "ana was here")},
		{chromedp.SetValue(`[name="w.text.es"]`, "Lo que escribe Bea"), chromedp.SetValue(`#why`, "bea was here")},
		{chromedp.SetValue(`#f-notes`, "A note of Cleo's"), chromedp.SetValue(`#why`, "cleo was here")},
		{chromedp.SetValue(`#f-language`, "es"), chromedp.SetValue(`#why`, "dora was here")},
	}
	for i := range tabs { // all open the form before anybody saves
		if err := chromedp.Run(tabs[i], append([]chromedp.Action{chromedp.Navigate(home + claim), chromedp.WaitVisible(`#why`)}, steps[i]...)...); err != nil {
			t.Fatal(names[i], err)
		}
	}
	ends := make([]string, len(tabs))
	var all sync.WaitGroup
	for i := range tabs {
		all.Go(func() {
			if err := chromedp.Run(tabs[i], chromedp.Click(`form.ask button[value="save"]:not([hidden])`), chromedp.WaitVisible(`.done`), chromedp.Location(&ends[i])); err != nil {
				t.Error(names[i], err)
			}
		})
	}
	all.Wait()
	rec := d.record(desk.Claim, "borduna.1-chat-restricted")
	if rec.Str("notes") != "A note of Cleo's" || rec.Str("language") != "es" {
		t.Errorf("lost: %v", rec.Fields)
	}
	open, err := d.work.Desk.Conflicts(t.Context(), desk.Viewer{Name: "x", Role: desk.Editor}, "", "", false)
	if err != nil || len(open) != 1 || !strings.Contains(ends[0]+ends[1], "/desk/conflicts") {
		t.Fatalf("conflicts %v, %v; led to %q", open, err, ends)
	}
	var page string
	if err := chromedp.Run(tabs[3], chromedp.Navigate(home+"/es/desk/conflicts"), chromedp.Text(`main`, &page), look("conflicts-es")); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"Lo que escribe Ana", "Lo que escribe Bea", "ana", "bea"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page of conflicts lacks %q", want)
		}
	}
	if problems, err := d.work.Desk.Fsck(t.Context()); err != nil || len(problems) > 0 {
		t.Error("the journal: ", problems, err)
	}
	var focus string
	const forward = `(() => { const f = [...document.querySelectorAll('a[href],button,input,select,textarea,summary')].filter(e => e.type != 'hidden' && e.tabIndex >= 0 && !e.hidden);
 const named = f.every(e => e.tagName == 'A' || e.tagName == 'BUTTON' || e.tagName == 'SUMMARY' || e.labels.length || e.getAttribute('aria-label')); const plain = f.every(e => e.tabIndex == 0); return [named, plain, document.querySelectorAll('h1').length, document.querySelectorAll('[id]').length == new Set([...document.querySelectorAll('[id]')].map(e => e.id)).size].join() })()`
	for i, path := range d.workPages() {
		for _, lang := range []string{"", "/es"} {
			if err := chromedp.Run(tabs[0], chromedp.Navigate(home+lang+path), chromedp.Evaluate(forward, &focus), look(fmt.Sprintf("desk-%02d%s", i, strings.ReplaceAll(lang, "/", "-")))); err != nil {
				t.Fatal(path, err)
			}
			if focus != "true,true,1,true" {
				t.Errorf("%s%s: every field has a name, the order is the page's, one heading, ids once: %s", lang, path, focus)
			}
		}
	}
}

// workPages are pages of the desk with something on them.
func (d *deskSide) workPages() []string {
	d.t.Helper()
	ed := desk.Viewer{Name: "ed", Role: desk.Editor}
	if _, err := d.work.Desk.Write(d.t.Context(), ed, "", desk.Change{Kind: desk.Rubric, ID: "impact", On: desk.Latest, Set: map[string]any{"title": "Impact", "version": "1", "levels": map[string]string{"-3": "does grave harm", "0": "no matter", "3": "does much good"}}}); err != nil {
		d.t.Fatal(err)
	}
	out := []string{"/desk", "/desk/intake", "/desk/records", "/desk/records/claim", "/desk/new/item", "/desk/new/evidence?type=finding&claim=borduna.1-chat-restricted", "/desk/claim/borduna.1-chat-restricted", "/desk/edit/claim/borduna.1-chat-restricted",
		"/desk/history/claim/borduna.1-chat-restricted", "/desk/publish/case/borduna", "/desk/conflicts", "/desk/rubrics", "/desk/lineage", "/desk/merges", "/desk/statements", "/desk/tables", "/desk/new/rubric"}
	items, err := d.work.Desk.List(d.t.Context(), ed, desk.Query{Kind: desk.Item, Limit: 1})
	if err == nil && len(items) > 0 {
		out = append(out, "/desk/edit/item/"+items[0].ID, "/desk/score/"+items[0].ID, "/desk/sealed/"+items[0].ID)
	}
	lineage, err := d.work.Desk.List(d.t.Context(), ed, desk.Query{Kind: desk.Lineage, Limit: 1})
	if err == nil && len(lineage) > 0 {
		out = append(out, "/desk/lineage/"+lineage[0].ID)
	}
	return out
}
