package cli

import (
	"context"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// fill types into the field that a selector names, which Tab must reach.
func fill(t *testing.T, tab context.Context, selector, text string) {
	t.Helper()
	to(t, tab, selector)
	if err := browse(tab, press(text)); err != nil {
		t.Fatal(err)
	}
}

// submit presses Enter on a button that Tab must reach.
func submit(t *testing.T, tab context.Context, button string) string {
	t.Helper()
	to(t, tab, button)
	return goes(t, tab, press(kb.Enter))
}

// open goes to an address of the desk.
func (m *member) open(t *testing.T, tab context.Context, path string) string {
	t.Helper()
	signedIn(t, tab, m)
	return goes(t, tab, chromedp.Navigate(m.s.url+path))
}

func here(t *testing.T, tab context.Context) string {
	t.Helper()
	return reads(t, tab, "location.pathname")
}

// editor takes a claim from intake to a published dossier, by the keyboard alone: a document is taken in, a case and a
// claim are written, what was said and what bears on it, and a second person approves what is published.
func editor(t *testing.T, tab context.Context, s *showcase, ana, bea *member) {
	s.run(t, "accounts", "two-persons", "on")
	ana.open(t, tab, "/desk")

	ana.open(t, tab, "/desk/new/case")
	fill(t, tab, `[name="w.title.en"]`, "Was the harbour cut off (invented)?")
	fill(t, tab, `[name="f.publisher"]`, "The observatory of nowhere (invented)")
	fill(t, tab, `[name="f.invented"]`, " ")
	said := submit(t, tab, `form.ask button[value="save"]`)
	id := here(t, tab)
	id = id[strings.LastIndexByte(id, '/')+1:]
	if id == "" || id == "case" {
		t.Fatalf("the case has no address: %.400s", said)
	}

	ana.open(t, tab, "/desk/intake")
	fill(t, tab, `#url`, "https://diario.example/puerto")
	fill(t, tab, `#title`, "The harbour was cut off (invented)")
	fill(t, tab, `#text`, "On 14 April the newspaper could not be reached from the harbour.")
	if said := submit(t, tab, `form[action="/desk/intake"] button`); !strings.Contains(said, "The harbour was cut off") {
		t.Fatalf("intake: %.400s", said)
	}
	if list := ana.get(t, "/desk/records/item"); !regexp.MustCompile(`/desk/edit/item/[^"]+"[^>]*>(?:<bdi>)?The harbour`).MatchString(list) {
		t.Error("what was taken in is not among the items")
	}

	ana.open(t, tab, "/desk/new/claim?case="+id)
	fill(t, tab, `[name="w.text.en"]`, "The harbour could not reach the newspaper in April 2026.")
	submit(t, tab, `form.ask button[value="save"]`)
	claim := here(t, tab)
	claim = claim[strings.LastIndexByte(claim, '/')+1:]

	ana.open(t, tab, "/desk/new/utterance?claim="+claim)
	fill(t, tab, `[name="f.date"]`, "2026-04-15")
	fill(t, tab, `[name="f.speaker"]`, "The newspaper (invented)")
	fill(t, tab, `[name="w.quote_lack.en"]`, "Taken down by hand; nothing was captured.")
	submit(t, tab, `form.ask button[value="save"]`)

	ana.open(t, tab, "/desk/new/evidence?type=finding&claim="+claim)
	fill(t, tab, `[name="f.network"]`, "64500")
	fill(t, tab, `[name="f.target"]`, "diario.example")
	fill(t, tab, `[name="f.from"]`, "2026-04-12")
	fill(t, tab, `[name="f.to"]`, "2026-04-20")
	submit(t, tab, `form.ask button[value="save"]`)

	path := "/desk/publish/case/" + url.PathEscape(id)
	if said := ana.open(t, tab, path); strings.Contains(said, "lacks") {
		t.Logf("what is lacking: %.600s", said)
	}
	propose := func(who *member, button, why string) string {
		who.open(t, tab, path)
		fill(t, tab, `#why`, why)
		return submit(t, tab, `form.ask button[value="`+button+`"]`)
	}
	propose(ana, "publish", "checked against the measurements")
	if said := ana.open(t, tab, path); strings.Contains(reads(t, tab, `[...document.querySelectorAll("button")].map(b => b.value).join()`), "approve") {
		t.Errorf("ana could approve her own proposal: %.300s", said)
	}
	approve := func() string {
		bea.open(t, tab, path)
		fill(t, tab, `.card input[name=why]`, "read it too")
		return submit(t, tab, `button[value="approve"]`)
	}
	approve()
	propose(ana, "dossier", "to be frozen")
	approve()
	for range 60 {
		if said := bea.open(t, tab, "/dossiers"); strings.Contains(said, "harbour") {
			return
		}
		time.Sleep(500 * time.Millisecond)
	}
	t.Errorf("the dossier is not listed: %.500s", bea.open(t, tab, path))
}
