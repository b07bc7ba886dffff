package web

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/textproto"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	xhtml "golang.org/x/net/html"

	"veedor/internal/weigh/accounts"
	"veedor/internal/weigh/cases"
	"veedor/internal/weigh/desk"
	"veedor/internal/weigh/intake"
)

// recipientKey is an age public key that nobody has the secret of.
const recipientKey = "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p"

// newWork is a desk in a folder, without captures and registry.
func newWork(t *testing.T, dir string) *Work {
	t.Helper()
	d, err := desk.Open(t.Context(), dir, desk.Options{})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	t.Cleanup(func() {
		stop()
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	})
	return &Work{Desk: d, Context: ctx,
		Take: func(ctx context.Context, who desk.Viewer, f intake.Found, _ bool) (intake.Taken, error) {
			return (&intake.Taker{Desk: d, Who: who}).Take(ctx, f)
		},
		Import: func(_ context.Context, name string, r io.Reader) (intake.Captured, error) {
			b, err := io.ReadAll(r)
			return intake.Captured{Hash: strings.Repeat("ab", 32), Title: "", Text: string(b)}, err
		},
		Recipients: func() ([]accounts.Recipient, error) {
			return accounts.ParseRecipients(strings.NewReader(recipientKey + " Ana"))
		},
	}
}

// newDeskCase is a desk side with the invented case on its desk.
func newDeskCase(t *testing.T) *deskSide {
	t.Helper()
	d := newDeskSide(t)
	k, err := cases.Read(os.DirFS("../../cases/borduna"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.work.Desk.LoadCase(t.Context(), desk.Viewer{Name: "loader", Role: desk.Administrator}, "loaded", k); err != nil {
		t.Fatal(err)
	}
	return d
}

// typedOn returns what a page's form holds, as a browser would send it; changes are pairs of name and value.
func (b *browser) typedOn(path string, changes ...string) url.Values {
	b.d.t.Helper()
	w := b.get(path)
	if w.Code != http.StatusOK {
		b.d.t.Fatalf("%s: %d %s", path, w.Code, w.Body)
	}
	doc, err := xhtml.Parse(w.Body)
	if err != nil {
		b.d.t.Fatal(err)
	}
	form := url.Values{}
	var in bool
	var walk func(n *xhtml.Node)
	walk = func(n *xhtml.Node) {
		if n.Data == "form" && attr(n, "class") == "ask" {
			in = true
			defer func() { in = false }()
		}
		name := attr(n, "name")
		switch {
		case !in || name == "" || n.Type != xhtml.ElementNode:
		case n.Data == "input" && (attr(n, "type") == "checkbox" || attr(n, "type") == "radio"):
			if has(n, "checked") && !has(n, "disabled") {
				form.Add(name, attr(n, "value"))
			}
		case n.Data == "input" && attr(n, "type") != "file":
			form.Add(name, attr(n, "value"))
		case n.Data == "textarea" && n.FirstChild != nil:
			form.Add(name, strings.ReplaceAll(n.FirstChild.Data, "\n", "\r\n"))
		case n.Data == "select":
			for o := n.FirstChild; o != nil; o = o.NextSibling {
				if has(o, "selected") {
					form.Set(name, attr(o, "value"))
				}
			}
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			walk(c)
		}
	}
	walk(doc)
	for i := 0; i+1 < len(changes); i += 2 {
		form.Set(changes[i], changes[i+1])
	}
	return form
}

func attr(n *xhtml.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func has(n *xhtml.Node, name string) bool {
	return slices.ContainsFunc(n.Attr, func(a xhtml.Attribute) bool { return a.Key == name })
}

// save sends a form and returns what came of it.
func (b *browser) save(path string, form url.Values) *httptest.ResponseRecorder {
	b.d.t.Helper()
	form.Set("do", "save")
	return b.send(http.MethodPost, path, form)
}

// must fails unless a form led on.
func (b *browser) must(w *httptest.ResponseRecorder) string {
	b.d.t.Helper()
	if w.Code != http.StatusSeeOther {
		b.d.t.Fatalf("%d %s", w.Code, w.Body)
	}
	return w.Header().Get("Location")
}

// record reads a record as the desk holds it.
func (d *deskSide) record(k desk.Kind, id string) *desk.Record {
	d.t.Helper()
	rec, err := d.work.Desk.Get(d.t.Context(), desk.Viewer{Name: "x", Role: desk.Administrator}, k, id)
	if err != nil {
		d.t.Fatal(err)
	}
	return rec
}

// TestEditUntouched: a form that is sent as it came changes nothing, for every record of the case.
func TestEditUntouched(t *testing.T) {
	d := newDeskCase(t)
	b := d.someone("ana", accounts.Editor)
	admin := desk.Viewer{Name: "x", Role: desk.Administrator}
	before, err := d.work.Desk.Events(t.Context(), admin, 0, 100_000)
	if err != nil {
		t.Fatal(err)
	}
	style := len(mustRead("static/style.css"))
	for _, k := range desk.Kinds() {
		list, err := d.work.Desk.List(t.Context(), admin, desk.Query{Kind: k, Limit: 3})
		if err != nil {
			t.Fatal(err)
		}
		for _, rec := range list {
			path := editHref("en", k, rec.ID)
			if n := b.get("/es"+path).Body.Len() + style; n > 48<<10 {
				t.Errorf("%s weighs %d bytes with the style sheet", path, n)
			}
			if w := b.save(path, b.typedOn(path, "why", "looked at it")); w.Code != http.StatusSeeOther {
				t.Errorf("%s: %d %s", path, w.Code, w.Body)
			}
		}
	}
	after, err := d.work.Desk.Events(t.Context(), admin, 0, 100_000)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range after[len(before):] {
		t.Errorf("%s %s: %v %v was written, and nothing was changed", e.Kind, e.ID, e.Fields, e.Private)
	}
}

// TestEditTogether: what two people change at once is merged, or kept as a conflict that is shown and settled.
func TestEditTogether(t *testing.T) {
	d := newDeskCase(t)
	ana, bea := d.someone("ana", accounts.Researcher), d.someone("bea", accounts.Researcher)
	id := "borduna.1-chat-restricted"
	path := editHref("en", desk.Claim, id)
	a := ana.typedOn(path, "w.text.es", "Texto de Ana\r\nlínea 2", "why", "clearer")
	b := bea.typedOn(path, "w.text.es", "Texto de Bea", "f.notes", "a note", "why", "shorter")
	if w := ana.save(path, ana.typedOn(path)); w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), "Say in a few words why") || !strings.Contains(w.Body.String(), `Nothing was saved yet. Look at: <a href="#why">Why</a>`) {
		t.Errorf("without a reason: %d", w.Code)
	}
	ana.must(ana.save(path, a))
	to := bea.must(bea.save(path, b))
	if !strings.HasPrefix(to, "/desk/conflicts?") {
		t.Fatalf("a conflict leads to %s", to)
	}
	page := bea.get(to).Body.String()
	for _, want := range []string{"Texto de Ana", "Texto de Bea", "ana", "bea", "shorter"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page of conflicts lacks %q", want)
		}
	}
	rec := d.record(desk.Claim, id)
	if rec.Str("notes") != "a note" || !strings.HasPrefix(rec.Words("text")["es"], "Texto de Ana") {
		t.Errorf("%v", rec.Fields)
	}
	open, err := d.work.Desk.Conflicts(t.Context(), desk.Viewer{Name: "x", Role: desk.Editor}, "", "", false)
	if err != nil || len(open) != 1 {
		t.Fatal(open, err)
	}
	if w := ana.post(to, "conflict", open[0].ID, "take", "third", "w.text.es", "Un tercero", "w.text.en", "A third"); w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), "Un tercero") {
		t.Errorf("without a reason: %d", w.Code)
	}
	ana.must(ana.post(to, "conflict", open[0].ID, "take", "third", "w.text.es", "Un tercero", "w.text.en", "A third", "why", "both were wrong"))
	if got := d.record(desk.Claim, id).Words("text")["es"]; got != "Un tercero" {
		t.Errorf("settled as %q", got)
	}
	history := ana.get("/desk/history/claim/" + id).Body.String()
	for _, want := range []string{"both were wrong", "shorter", "did not take effect", "Un tercero"} {
		if !strings.Contains(history, want) {
			t.Errorf("the history lacks %q", want)
		}
	}
	// Taken off and put back.
	off := "/desk/remove/claim/" + id
	rev := func() string { return strconv.Itoa(d.record(desk.Claim, id).Rev) }
	ana.must(ana.post(off, "rev", rev(), "do", "remove", "why", "twice here"))
	if !d.record(desk.Claim, id).Removed {
		t.Error("it is still on the desk")
	}
	ana.must(ana.post(off, "rev", rev(), "do", "restore", "why", "not twice"))
	if problems, err := d.work.Desk.Fsck(t.Context()); err != nil || len(problems) > 0 {
		t.Error(problems, err)
	}
}

// TestEditErrors: what is wrong is said beside its field, and all that was typed is there again.
func TestEditErrors(t *testing.T) {
	d := newDeskCase(t)
	b := d.someone("ana", accounts.Researcher)
	form := b.typedOn("/es/desk/new/item", "f.title", "Un título <b>", "f.published_on", "ayer", "f.text", "uno\r\ndos", "find.themes", "nothing called so", "f.summary", strings.Repeat("x", 501))
	w := b.save("/es/desk/new/item", form)
	text := w.Body.String()
	for _, want := range []string{"Un título &lt;b&gt;", "ayer", "uno\ndos", "nothing called so", "Una fecha tan precisa", "Es demasiado largo", "Elija uno de los encontrados", `aria-invalid="true"`} {
		if !strings.Contains(text, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	if w.Code != http.StatusUnprocessableEntity {
		t.Error(w.Code)
	}
	// Found without a script, chosen, saved.
	form.Set("f.published_on", "2021-06")
	form.Set("f.summary", "short")
	form.Set("find.themes", "")
	form.Set("find.case", "border")
	form.Set("do", "find.case")
	w = b.send(http.MethodPost, "/es/desk/new/item", form)
	if w.Code != http.StatusOK || !strings.Contains(w.Body.String(), `name="find.case"`) {
		t.Errorf("looking up: %d", w.Code)
	}
	form.Set("find.case", "borduna")
	to := b.must(b.save("/es/desk/new/item", form))
	rec := d.record(desk.Item, strings.TrimPrefix(to, "/es/desk/edit/item/"))
	if rec.Str("case") != "borduna" || rec.Str("text") != "uno\ndos" || !slices.Contains(rec.Private, "text") || slices.Contains(rec.Private, "title") {
		t.Errorf("%v private %v", rec.Fields, rec.Private)
	}
}

// TestPrivateStaysPrivate: no page shows somebody who may not see it what is private or not published.
func TestPrivateStaysPrivate(t *testing.T) {
	const secret = "zzsecretzz"
	d := newDeskCase(t)
	ed := desk.Viewer{Name: "ed", Role: desk.Editor}
	var changes []desk.Change
	var paths []string
	for _, k := range desk.Kinds() {
		list, err := d.work.Desk.List(t.Context(), ed, desk.Query{Kind: k, Limit: 2})
		if err != nil {
			t.Fatal(err)
		}
		for _, rec := range list {
			changes = append(changes, desk.Change{Kind: k, ID: rec.ID, On: desk.Latest, Set: map[string]any{"notes": secret}})
			for _, p := range []string{"/desk/edit/%s/%s", "/desk/history/%s/%s", "/desk/publish/%s/%s", "/%s/%s"} {
				paths = append(paths, fmt.Sprintf(p, k, rec.ID))
			}
		}
	}
	if _, err := d.work.Desk.Write(t.Context(), ed, secret, changes...); err != nil {
		t.Fatal(err)
	}
	for _, route := range (&site{}).workRoutes() {
		if route.method == http.MethodGet && !strings.Contains(route.pattern, "{") {
			paths = append(paths, route.pattern)
		}
	}
	reader, researcher := d.someone("rea", accounts.Reader), d.someone("res", accounts.Researcher)
	shown := 0
	for _, path := range paths {
		for name, b := range map[string]*browser{"a reader": reader, "anybody": d.browser()} {
			if w := b.get(path); strings.Contains(w.Body.String(), secret) {
				t.Errorf("%s shows %s what is private", path, name)
			}
		}
		if strings.Contains(researcher.get(path).Body.String(), secret) {
			shown++
		}
	}
	if shown == 0 {
		t.Error("it is shown to nobody at all: the test proves nothing")
	}
}

// TestSecondCoder: nobody sees another's score before their own is kept; then both, and how far they agree.
func TestSecondCoder(t *testing.T) {
	d := newDeskCase(t)
	ed := desk.Viewer{Name: "ed", Role: desk.Editor}
	if _, err := d.work.Desk.Write(t.Context(), ed, "", desk.Change{Kind: desk.Rubric, ID: "impact", Set: map[string]any{"title": "Impact", "version": "1", "levels": cases.Text{"-3": "harm", "3": "good"}}},
		desk.Change{Kind: desk.Item, ID: "one", Set: map[string]any{"title": "One"}}); err != nil {
		t.Fatal(err)
	}
	ana, bea := d.someone("ana", accounts.Researcher), d.someone("bea", accounts.Editor)
	if w := ana.post("/desk/score/one", "rubric", "impact", "value", "2"); w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), "This must be filled in") {
		t.Errorf("without a reason: %d", w.Code)
	}
	ana.must(ana.post("/desk/score/one", "rubric", "impact", "value", "2", "reason", "anasreason"))
	scores, err := d.work.Desk.List(t.Context(), ed, desk.Query{Kind: desk.Score})
	if err != nil || len(scores) != 1 {
		t.Fatal(scores, err)
	}
	id := scores[0].ID
	for _, path := range []string{"/desk", "/desk/score/one", "/desk/rubrics", "/desk/records/score", "/desk/edit/score/" + id, "/desk/history/score/" + id, "/desk/records/score?q=anasreaso", "/desk/edit/item/one", "/desk/history/item/one"} {
		if strings.Contains(bea.get(path).Body.String(), "anasreason") {
			t.Errorf("%s shows the first coder's score", path)
		}
	}
	if w := bea.get("/desk/edit/score/" + id); w.Code != http.StatusForbidden {
		t.Errorf("the first coder's score: %d", w.Code)
	}
	if !strings.Contains(bea.get("/desk").Body.String(), "/desk/score/one") {
		t.Error("the item does not wait for a second coder")
	}
	bea.must(bea.post("/desk/score/one", "rubric", "impact", "value", "-1", "reason", "other"))
	if page := bea.get("/desk/score/one?rubric=impact").Body.String(); !strings.Contains(page, "anasreason") {
		t.Error("the first score is not shown after the second was kept")
	}
}

// TestTwoPersons: who proposes does not approve; what was changed since is proposed anew.
func TestTwoPersons(t *testing.T) {
	d := newDeskCase(t)
	if err := d.SetTwoPersons(t.Context(), accounts.Terminal, true); err != nil {
		t.Fatal(err)
	}
	ana, bea, cleo := d.someone("ana", accounts.Editor), d.someone("bea", accounts.Editor), d.someone("cleo", accounts.Researcher)
	const path = "/desk/publish/source/faro"
	ed := desk.Viewer{Name: "ed", Role: desk.Editor}
	if _, err := d.work.Desk.Write(t.Context(), ed, "", desk.Change{Kind: desk.Source, ID: "faro", Set: map[string]any{"name": "El Faro"}}); err != nil {
		t.Fatal(err)
	}
	published := func() bool { return d.record(desk.Source, "faro").Bool("published") }
	waiting := func() string {
		list, err := d.Waiting(t.Context())
		if err != nil || len(list) != 1 {
			t.Fatal(list, err)
		}
		return list[0].ID
	}
	if w := cleo.post(path, "do", "publish", "why", "x"); w.Code != http.StatusForbidden {
		t.Errorf("a researcher publishes: %d", w.Code)
	}
	ana.must(ana.post(path, "do", "publish", "why", "ready"))
	if published() {
		t.Fatal("published by one person")
	}
	if w := ana.post(path, "do", "approve", "approval", waiting(), "why", "ok"); w.Code != http.StatusUnprocessableEntity || published() {
		t.Errorf("approved by who proposed it: %d", w.Code)
	}
	if _, err := d.work.Desk.Write(t.Context(), ed, "", desk.Change{Kind: desk.Source, ID: "faro", On: desk.Latest, Set: map[string]any{"name": "El Faro, changed"}}); err != nil {
		t.Fatal(err)
	}
	if w := bea.post(path, "do", "approve", "approval", waiting(), "why", "ok"); w.Code != http.StatusConflict || published() {
		t.Errorf("approved what was changed since: %d", w.Code)
	}
	bea.must(bea.post(path, "do", "turndown", "approval", waiting(), "why", "changed"))
	ana.must(ana.post(path, "do", "publish", "why", "again"))
	if !strings.Contains(bea.get("/desk").Body.String(), path) {
		t.Error("it does not wait in the queue")
	}
	bea.must(bea.post(path, "do", "approve", "approval", waiting(), "why", "ok"))
	if !published() {
		t.Error("approved, and not published")
	}
	bea.must(bea.post(path, "do", "withdraw", "why", "an error"))
	if published() {
		t.Error("withdrawn, and still published")
	}
}

// upload sends a file as the form does.
func (b *browser) upload(path, field, name string, data []byte) *httptest.ResponseRecorder {
	b.d.t.Helper()
	var body bytes.Buffer
	m := multipart.NewWriter(&body)
	part, err := m.CreatePart(textproto.MIMEHeader{"Content-Disposition": {`form-data; name="` + field + `"; filename="` + name + `"`}, "Content-Type": {"application/octet-stream"}})
	if err == nil {
		_, err = part.Write(data)
	}
	if err := errors.Join(err, m.WriteField("form", b.token()), m.Close()); err != nil {
		b.d.t.Fatal(err)
	}
	r := httptest.NewRequest(http.MethodPost, deskSite+path, &body)
	r.Header.Set("Content-Type", m.FormDataContentType())
	for name, value := range b.cookies {
		r.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	w := httptest.NewRecorder()
	b.d.h.ServeHTTP(w, r)
	return w
}

// TestUploads: names lead nowhere, nothing gets into a header, what is too large is refused.
func TestUploads(t *testing.T) {
	d := newDeskSide(t)
	b := d.someone("ana", accounts.Researcher)
	var names []string
	d.work.Import = func(_ context.Context, name string, r io.Reader) (intake.Captured, error) {
		names = append(names, name)
		b, err := io.ReadAll(r)
		sum := sha256.Sum256(append([]byte(name), b...))
		return intake.Captured{Hash: hex.EncodeToString(sum[:])}, err
	}
	for _, name := range []string{"../../etc/passwd", `..\..\x.warc`, "/abs/y.pdf", "....//z.html", "a%2f..%2fb.png", "nul\x00.pdf", "new%0d%0aX-Evil: 1.pdf", "..", "\u202egpj.exe", strings.Repeat("ñ", 400) + ".pdf"} {
		w := b.upload("/desk/intake/file", "file", name, []byte("<html>"+name))
		if w.Header().Get("X-Evil") != "" || w.Code >= 500 {
			t.Errorf("%q: %d %v", name, w.Code, w.Header())
		}
	}
	if len(names) == 0 {
		t.Fatal("nothing was taken in")
	}
	for _, name := range names {
		if strings.ContainsAny(name, "/\\\x00\r\n\u202e") || name == ".." || name == "" || len(name) > 500 {
			t.Errorf("a file is called %q", name)
		}
	}
	if w := b.upload("/desk/intake/file", "file", "large.warc", make([]byte, maxUpload+2<<20)); w.Code != http.StatusRequestEntityTooLarge {
		t.Errorf("too large: %d", w.Code)
	}
	if w := b.upload("/desk/intake/file", "file", "empty.warc", nil); w.Code != http.StatusUnprocessableEntity {
		t.Errorf("empty: %d", w.Code)
	}
}

// TestIntake: what is typed is kept at once; that the capture fails is shown, and slow ones do not hold the page up.
func TestIntake(t *testing.T) {
	d := newDeskSide(t)
	b := d.someone("ana", accounts.Researcher)
	take := d.work.Take
	slow := make(chan struct{})
	d.work.Take = func(ctx context.Context, who desk.Viewer, f intake.Found, capture bool) (intake.Taken, error) {
		got, err := take(ctx, who, f, false)
		if capture {
			<-slow
			got.NoCapture = errors.New("the server never answered")
		}
		return got, err
	}
	began := time.Now()
	b.must(b.post("/desk/intake", "url", "https://slow.example/a?utm_source=x", "title", "A slow page"))
	if took := time.Since(began); took > 2*time.Second {
		t.Errorf("the page took %s", took)
	}
	page := b.get("/desk/intake").Body.String()
	if !strings.Contains(page, "being captured") || !strings.Contains(b.get("/desk").Body.String(), "A slow page") {
		t.Error("the item is not kept while its page is captured")
	}
	close(slow)
	for range 100 {
		if page = b.get("/desk/intake").Body.String(); strings.Contains(page, "the server never answered") {
			break
		}
		time.Sleep(20 * time.Millisecond)
	}
	if !strings.Contains(page, "the server never answered") || !strings.Contains(page, "Capture it now") {
		t.Error("that the capture failed is not shown")
	}
	if w := b.post("/desk/intake", "url", "javascript:alert(1)"); w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), "javascript:alert(1)") {
		t.Errorf("no address: %d", w.Code)
	}
	if page := b.get("/desk/intake?" + url.Values{"url": {`https://x.example/"><script>`}, "title": {hostile}}.Encode()).Body.String(); strings.Contains(page, "<script>") || !strings.Contains(page, "https://x.example/") {
		t.Error("what a bookmark fills in is live, or not there")
	}
}

// TestSealed: of a sealed note nothing but the armor is kept.
func TestSealed(t *testing.T) {
	const secret = "the source is called Xyzzy"
	d := newDeskSide(t)
	b := d.someone("ana", accounts.Researcher)
	ed := desk.Viewer{Name: "ed", Role: desk.Editor}
	if _, err := d.work.Desk.Write(t.Context(), ed, "", desk.Change{Kind: desk.Item, ID: "one", Set: map[string]any{"title": "One"}}); err != nil {
		t.Fatal(err)
	}
	b.must(b.post("/desk/sealed/one", "note", secret))
	b.must(b.post("/desk/sealed/one", "note", secret+" too"))
	rec := d.record(desk.Item, "one")
	if all := armors(rec.Str("sealed")); len(all) != 2 || !slices.Contains(rec.Private, "sealed") {
		t.Errorf("%q, private %v", rec.Str("sealed"), rec.Private)
	}
	err := filepath.WalkDir(d.dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		if bytes.Contains(text, []byte("Xyzzy")) {
			t.Errorf("%s holds the note in the clear", path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	d.work.Recipients = nil
	if w := b.post("/desk/sealed/one", "note", secret); w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), secret) {
		t.Errorf("nobody could read it: %d", w.Code)
	}
}

// TestHostileRecords: whatever people, pages and others' tables wrote into records is inert on every page of the desk.
func TestHostileRecords(t *testing.T) {
	d := newDeskCase(t)
	ed := desk.Viewer{Name: "ed", Role: desk.Editor}
	const bad = `"'><img src=x onerror=alert(1)><script>alert(2)</script>{{.}}` + "\u202e"
	var paths []string
	for _, k := range desk.Kinds() {
		c := desk.Change{Kind: k, ID: "bad-" + string(k), Set: map[string]any{desk.Extra + bad: bad}}
		for _, f := range desk.Fields(k) {
			switch f.Type {
			case desk.Line, desk.Prose:
				c.Set[f.Name] = bad
			case desk.URL:
				c.Set[f.Name] = "https://x.example/" + bad
			case desk.List:
				c.Set[f.Name] = []string{bad}
			case desk.Words:
				c.Set[f.Name] = cases.Text{"en": bad, "es": bad, "zh": bad}
			case desk.Ref:
				if f.Must {
					c.Set[f.Name] = "bad-" + string(f.To)
				}
			case desk.Choice:
				c.Set[f.Name] = f.Choices[0]
			case desk.Number:
				c.Set[f.Name] = 1
			}
			if f.Derived || f.Name == "coder" {
				delete(c.Set, f.Name)
			}
		}
		delete(c.Set, "published")
		if _, err := d.work.Desk.Write(t.Context(), ed, bad, c); err != nil {
			t.Fatal(k, err)
		}
		for _, p := range []string{"/desk/edit/%s/%s", "/desk/history/%s/%s", "/desk/publish/%s/%s"} {
			paths = append(paths, fmt.Sprintf(p, k, c.ID))
		}
		paths = append(paths, "/desk/records/"+string(k), "/desk/new/"+string(k)+"?"+url.Values{"title": {bad}, "name": {bad}, "claim": {bad}, "type": {bad}}.Encode())
	}
	for _, text := range []string{bad + "1", bad + "2"} { // a conflict
		if _, err := d.work.Desk.Write(t.Context(), ed, bad, desk.Change{Kind: desk.Source, ID: "bad-source", On: 1, Set: map[string]any{"name": text}}); err != nil {
			t.Fatal(err)
		}
	}
	for _, route := range (&site{}).workRoutes() {
		if route.method == http.MethodGet && !strings.Contains(route.pattern, "{") {
			paths = append(paths, route.pattern+"?"+url.Values{"q": {bad}, "claim": {bad}, "url": {bad}, "title": {bad}, "case": {bad}}.Encode())
		}
	}
	paths = append(paths, "/desk/claim/bad-claim", "/desk/score/bad-item", "/desk/sealed/bad-item", "/desk/lineage/bad-lineage")
	b := d.someone("ana", accounts.Editor)
	for _, path := range paths {
		w := b.get(path)
		text := w.Body.String()
		if strings.Contains(text, "<img src=x") || strings.Contains(text, "<script>") || strings.Contains(text, `"'>`) || w.Code >= 500 {
			t.Errorf("%s: hostile text is live, or %d", path, w.Code)
		}
		if strings.HasPrefix(path, "/desk/history/") || strings.HasPrefix(path, "/desk/claim/") {
			if strings.Contains(text, "\u202e") {
				t.Errorf("%s: the direction of the page can be turned", path)
			}
		}
	}
}
