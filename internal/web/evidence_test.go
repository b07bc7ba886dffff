package web_test

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"html"
	"image"
	"image/color"
	"image/png"
	"io"
	"log/slog"
	"math/big"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"veedor/internal/evidence/capture"
	"veedor/internal/evidence/tlog"
	"veedor/internal/measure/incidents"
	"veedor/internal/measure/refdata"
	"veedor/internal/measure/scenario"
	"veedor/internal/measure/series"
	"veedor/internal/measure/verdict"
	"veedor/internal/web"
	"veedor/internal/weigh/edition"
)

const evil = `<script>alert(1)</script>"'&` + "\u202e\u0000\r\n\u2066\xff javascript:alert(1)"

var noon = time.Date(2026, 5, 3, 12, 0, 0, 0, time.UTC)

// hashOf makes a hash out of a name.
func hashOf(name string) string {
	sum := sha256.Sum256([]byte(name))
	return hex.EncodeToString(sum[:])
}

// shelf is captures in memory.
type shelf struct {
	list   []capture.Capture
	shown  map[string]capture.Shown
	text   map[string]string
	shots  map[string][]byte
	quotes map[string][]capture.Quotation
	alerts []capture.Alert
	chains []capture.Chain
}

func (s *shelf) List(capture.Filter) ([]capture.Capture, error) { return s.list, nil }

func (s *shelf) Get(hash string) (*capture.Capture, error) {
	for i := range s.list {
		if s.list[i].Hash == hash {
			return &s.list[i], nil
		}
	}
	return nil, capture.ErrNotFound
}

func (s *shelf) Same(hash string) ([]capture.Capture, error) {
	c, err := s.Get(hash)
	if err != nil {
		return nil, err
	}
	var out []capture.Capture
	for _, o := range s.list {
		if o.Key == c.Key {
			out = append(out, o)
		}
	}
	return out, nil
}

func (s *shelf) Agreement(hash string) ([]capture.Agreement, error) {
	list, err := s.Same(hash)
	var out []capture.Agreement
	for _, o := range list {
		out = append(out, capture.Agreement{Other: o, Agrees: true})
	}
	return out, err
}

func (s *shelf) Difference(before, after string) (*capture.Difference, error) {
	b, err := s.Get(before)
	if err != nil {
		return nil, err
	}
	a, err := s.Get(after)
	if err != nil {
		return nil, err
	}
	if a.MainHash == b.MainHash {
		return &capture.Difference{Before: b, After: a, Equal: true}, nil
	}
	long := strings.Repeat("the same words on and on\n", 400)
	edits := []capture.Edit{{Op: "=", Text: long}, {Op: "-", Text: "old " + evil}, {Op: "+", Text: "new " + strings.Repeat(evil, 1000)}}
	for range 30 {
		edits = append(edits, capture.Edit{Op: "=", Text: long}, capture.Edit{Op: "+", Text: strings.Repeat("x", 2000)}, capture.Edit{Op: "-", Text: "last"})
	}
	return &capture.Difference{Before: b, After: a, Added: 12000, Removed: 7, Edits: edits}, nil
}

func (s *shelf) Quotes(hash string) ([]capture.Quotation, error) { return s.quotes[hash], nil }
func (s *shelf) Quotation(id string) (*capture.Quotation, error) {
	for _, list := range s.quotes {
		for i := range list {
			if list[i].ID == id {
				return &list[i], nil
			}
		}
	}
	return nil, capture.ErrNotFound
}

func (s *shelf) Alerts() ([]capture.Alert, error)         { return s.alerts, nil }
func (s *shelf) Shown(hash string) (capture.Shown, error) { return s.shown[hash], nil }

func (s *shelf) Text(hash string) (string, error) {
	if t, ok := s.text[hash]; ok {
		return t, nil
	}
	return "", capture.ErrNotFound
}

func (s *shelf) Main(hash string) (string, error) { return "", capture.ErrNotFound }

func (s *shelf) Snippet(hash string, n int) (string, error) {
	t, err := s.Text(hash)
	runes := []rune(t)
	return string(runes[:min(n, len(runes))]), err
}

func (s *shelf) Screenshot(hash string, full bool) ([]byte, error) {
	if b, ok := s.shots[hash]; ok {
		return b, nil
	}
	return nil, capture.ErrNotFound
}

type nopCloser struct{ io.ReadSeeker }

func (nopCloser) Close() error { return nil }

func (s *shelf) Package(hash string) (io.ReadSeekCloser, error) {
	return nopCloser{strings.NewReader("PK of " + hash)}, nil
}

func (s *shelf) Exchanges(hash string, max int) ([]capture.Exchange, error) {
	c, err := s.Get(hash)
	if err != nil || c.Exchanges == 0 {
		return nil, err
	}
	fields := []capture.Field{{Name: "Host", Value: "news.example"}, {Name: evil, Value: strings.Repeat(evil, 50)}}
	for range 100 {
		fields = append(fields, capture.Field{Name: "X-Padding", Value: strings.Repeat("v", 300)})
	}
	return []capture.Exchange{{At: c.At, URL: c.URL, IP: "203.0.113.7", Request: "GET /" + evil + " HTTP/1.1", Asked: fields[:2], Status: "HTTP/1.1 200 OK", Answered: fields, Type: "text/html", Size: 8123, Main: true},
		{At: c.At, URL: "https://cdn.example/x.js"}}, nil
}

func (s *shelf) Certificates(string) ([]capture.Chain, error) { return s.chains, nil }

// selfSigned returns the chain of a server that vouches for itself, with a hostile name.
func selfSigned(t *testing.T) capture.Chain {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "<script>alert(1)</script>"}, NotBefore: noon.AddDate(-1, 0, 0), NotAfter: noon.AddDate(1, 0, 0), DNSNames: []string{"news.example"}}
	der, err := x509.CreateCertificate(rand.Reader, c, c, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return capture.Chain{Host: "news.example", Port: "443", Certs: []*x509.Certificate{cert}}
}

// drawing returns a PNG of some size.
func drawing(t testing.TB, w, h int) []byte {
	t.Helper()
	m := image.NewRGBA(image.Rect(0, 0, w, h))
	for i := range m.Pix {
		m.Pix[i] = uint8(i/7) | 0x80*uint8(i%4/3)
	}
	m.Set(0, 0, color.White)
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// fullShelf has a capture whose whole is public, one with a snippet, an import with faults that shows nothing, and a
// hostile one.
func fullShelf(t *testing.T) *shelf {
	page := func(name string, hours int) capture.Capture {
		return capture.Capture{Hash: hashOf(name), Size: 123456, URL: "https://news.example/a?b=1", Final: "https://www.news.example/a", Key: "example,news)/a", At: noon.Add(time.Duration(hours) * time.Hour), Kind: capture.Page, Status: 200,
			Type: "text/html", Title: "Elections postponed", Lang: "es", Operator: "Observatory A", Network: "AS64496 Example", Software: "veedor 1", MainHash: hashOf("m1"), TextHash: hashOf("t1"), Exchanges: 12, Payload: 900000, Parts: []string{"text", "main", "view", "fullPage"}}
	}
	public, part, edited, imported, hostile := page("public", 0), page("part", 2), page("edited", 30), page("imported", -100), page("hostile", 40)
	part.Operator, part.Network = "Observatory B", "Tor"
	edited.MainHash = hashOf("m2")
	imported.Kind, imported.Origin, imported.MainHash, imported.Exchanges = capture.Import, &capture.Origin{How: "received by mail", Who: "a reader", Note: "as is", Name: "page.wacz", Format: "wacz", Hash: hashOf("file"), Size: 99}, "", 0
	imported.Faults = []capture.Fault{{Class: "hash", Where: "archive/data.warc.gz", What: "its hash is another than datapackage.json states"}}
	hostile.URL, hostile.Final, hostile.Title, hostile.Operator, hostile.Network, hostile.Software, hostile.Type, hostile.Lang, hostile.Partial = "javascript:alert(1)//"+strings.Repeat(evil, 99), evil, strings.Repeat(evil, 99), evil, evil, evil, evil, `es" onload="x`, evil
	hostile.Origin = &capture.Origin{How: evil, Who: evil, Note: evil, Name: evil, Format: "warc", Hash: hashOf("f2")}
	hostile.Kind = capture.Import
	for range 30 {
		hostile.Faults = append(hostile.Faults, capture.Fault{Class: evil, Where: evil, What: strings.Repeat(evil, 20)})
		hostile.Refusals = append(hostile.Refusals, capture.Refusal{URL: "file:///etc/passwd" + evil, Why: evil})
	}
	s := &shelf{list: []capture.Capture{hostile, edited, part, public, imported}, text: map[string]string{}, shots: map[string][]byte{}, quotes: map[string][]capture.Quotation{}}
	s.shown = map[string]capture.Shown{
		public.Hash:  {Snippet: true, Screenshot: true, Text: true, Package: true, Decision: &capture.Decision{Public: true, By: "editor", Why: "it is an official notice", At: noon}},
		part.Hash:    {Snippet: true, Screenshot: true},
		edited.Hash:  {Snippet: true, Screenshot: true, Text: true},
		hostile.Hash: {Snippet: true, Screenshot: true, Text: true, Package: true, Decision: &capture.Decision{By: evil, Why: evil}},
	}
	for _, c := range s.list {
		s.text[c.Hash] = "Elections postponed\n" + strings.Repeat("The council said on Monday that the vote is put off.\n", 300)
	}
	s.text[hostile.Hash] = strings.Repeat(evil+"\n", 3000)
	s.shots[public.Hash], s.shots[part.Hash], s.shots[hostile.Hash] = drawing(t, 1280, 900), drawing(t, 30, 9000), []byte("<svg onload=alert(1)>")
	q := capture.Quotation{ID: "q1", Capture: public.Hash, Selector: capture.Selector{Exact: "The council said on Monday", Prefix: "Elections postponed", Suffix: "that the vote", Start: 20, End: 46}, Lang: "es", By: "editor", Translation: "La junta dijo el lunes",
		Into: "es", Translator: "a person", At: noon, History: []capture.Requote{{Quote: "q1", Capture: part.Hash, Outcome: capture.Found, At: noon}, {Quote: "q1", Capture: edited.Hash, Outcome: capture.Changed, At: noon,
			Edits: []capture.Edit{{Op: "=", Text: "The council said on "}, {Op: "-", Text: "Monday"}, {Op: "+", Text: "Sunday"}}}, {Quote: "q1", Capture: hashOf("nowhere"), Outcome: capture.Lost, At: noon}}}
	bad := q
	bad.ID, bad.Selector.Exact, bad.Selector.Prefix, bad.Selector.Suffix, bad.By, bad.Note, bad.Translation, bad.Translator, bad.Lang = "q2", strings.Repeat(evil, 60), strings.Repeat(evil, 60), strings.Repeat(evil, 60), evil, evil, strings.Repeat(evil, 60), evil, evil
	s.quotes[public.Hash], s.quotes[hostile.Hash] = []capture.Quotation{q}, []capture.Quotation{bad, bad, bad, bad, bad, bad}
	s.alerts = []capture.Alert{{ID: "1", Kind: capture.Edited, URL: public.URL, Before: public.Hash, After: edited.Hash, Added: 3, Removed: 4, At: noon}, {ID: "2", Kind: capture.QuoteLost, URL: evil, Before: public.Hash, After: edited.Hash, Quote: "q1", At: noon},
		{ID: "3", Kind: capture.Gone, URL: public.URL, At: noon}, {ID: "4", Kind: capture.Edited, URL: public.URL, Before: public.Hash, After: edited.Hash, Correction: "Corrected " + evil, At: noon},
		{ID: "5", Kind: capture.QuoteChanged, URL: public.URL, Before: public.Hash, After: edited.Hash, At: noon}, {ID: "6", Kind: capture.Back, URL: public.URL, After: edited.Hash, At: noon}}
	s.chains = []capture.Chain{selfSigned(t), {Host: evil, Err: evil}}
	return s
}

// leaves is a log in a folder, with a witness and a time-stamp that were never asked for.
type leaves struct {
	*tlog.Log
	broken bool
}

func (l leaves) Config() (tlog.Config, error) {
	return tlog.Config{Policy: []string{"# " + evil, "witness saw witness.example+00112233+BA==", "witness slept sleeper.example+00112233+BA== https://sleeper.example/", "quorum saw"}}, nil
}

func (l leaves) CheckpointAt(size uint64) (*tlog.Checkpoint, error) {
	if size == 3 || size == 4 || size == 5 { // of which the log itself kept none
		return &tlog.Checkpoint{Size: size, Text: "text"}, nil
	}
	return l.Log.CheckpointAt(size)
}

func (l leaves) Cosigned() ([]uint64, error) { return []uint64{5}, nil }

func (l leaves) Cosignatures(*tlog.Checkpoint) ([]tlog.Cosignature, error) {
	return []tlog.Cosignature{{Witness: "saw", Size: 5, At: noon}}, nil
}

func (l leaves) Stamps() ([]tlog.Stamp, error) {
	if l.broken {
		return nil, tlog.ErrBroken
	}
	return []tlog.Stamp{{Size: 3, Authority: "tsa", At: noon.Add(time.Hour), Response: []byte{0x30, 0}}, {Size: 4, Authority: "tsa", At: noon.Add(2 * time.Hour), Response: []byte{0x30, 1}}}, nil
}

// fullLog returns a log with an object, a capture, a line of the journal of incidents, a dossier and an event, and
// then many more.
func fullLog(t *testing.T, hashes ...string) leaves {
	t.Helper()
	l, err := tlog.Open(t.Context(), t.TempDir(), tlog.Options{Now: func() time.Time { return noon }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	var items []tlog.Item
	for i, name := range hashes {
		h, err := tlog.ParseHash(name)
		if err != nil {
			t.Fatal(err)
		}
		items = append(items, tlog.Item{Kind: []tlog.Kind{tlog.Object, tlog.Capture, tlog.Incident, tlog.Dossier, tlog.Event}[i], Hash: h})
	}
	for i := range 400 {
		items = append(items, tlog.Item{Kind: tlog.Object, Hash: sha256.Sum256([]byte{byte(i), byte(i >> 8)})})
	}
	if _, err := l.Append(t.Context(), items); err != nil {
		t.Fatal(err)
	}
	return leaves{Log: l}
}

// editions are dossiers in a folder.
type editions struct {
	dir  string
	list []edition.Edition
}

func (e *editions) List() ([]edition.Edition, error) { return e.list, nil }

func (e *editions) Open(hash string) (*os.File, error) {
	f, err := os.Open(filepath.Join(e.dir, hash))
	if os.IsNotExist(err) {
		return nil, edition.ErrNotFound
	}
	return f, err
}

func fullEditions(t *testing.T) *editions {
	t.Helper()
	e := &editions{dir: t.TempDir()}
	put := func(name, manifest, digest string) edition.Edition {
		var b bytes.Buffer
		z := zip.NewWriter(&b)
		for file, body := range map[string]string{"dossier/manifest.json": `{"dossier":` + manifest + `}`, "datapackage-digest.json": digest} {
			w, err := z.Create(file)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := io.WriteString(w, body); err != nil {
				t.Fatal(err)
			}
		}
		if err := z.Close(); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(e.dir, hashOf(name)), b.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
		return edition.Edition{At: noon, Case: "borduna", Title: "Chat in Borduna", Question: "Was it restricted?", Publisher: "Observatory A", Lang: "en", Version: 1, SHA256: hashOf(name), Size: int64(b.Len()), Claims: 3, Evidence: 4, Captures: 1, Objects: 20, Withheld: 1}
	}
	first := put("d1", `{"summary":"What was measured.","publisher":{"name":"Observatory A","contact":"desk@observatory.example"},"claims":[{"text":"Chat was restricted.","lang":"en","status":"supported"},{"text":"It was a fault.","status":"contradicted"},{"text":"x","status":"new"}],
		"redactions":[{"what":"captures/`+hashOf("c")+`","why":"it shows a name","who":"editor"}],"log":{"proofs":[{},{}],"tokens":[]}}`, `{"path":"datapackage.json","signedData":{"publicKey":"MFkw","created":"2026-05-03T12:00:00Z"}}`)
	second := put("d2", `{}`, `{}`)
	second.Version, second.Supersedes = 2, first.SHA256
	text, err := json.Marshal(strings.Repeat(evil, 40))
	if err != nil {
		t.Fatal(err)
	}
	claims := strings.Repeat(`{"text":`+string(text)+`,"lang":"x\" y","status":`+string(text)+`},`, 60)
	hostile := put("d3", `{"summary":`+string(text)+`,"publisher":{"contact":`+string(text)+`},"claims":[`+strings.TrimSuffix(claims, ",")+`],"redactions":[{"what":`+string(text)+`,"why":`+string(text)+`,"who":`+string(text)+`}]}`,
		`{"signedData":{"domain":`+string(text)+`,"timeSignature":"x","created":"2026-05-03T12:00:00Z"}}`)
	hostile.Title, hostile.Question, hostile.Publisher, hostile.Lang = strings.Repeat(evil, 40), evil, evil, `en" x="`
	gone := edition.Edition{At: noon, Title: "Gone", Lang: "en", Version: 1, SHA256: hashOf("gone"), Size: 1}
	e.list = []edition.Edition{first, second, hostile, gone}
	return e
}

// evidenceSite is the whole site with all evidence rooms filled.
func evidenceSite(t *testing.T) (http.Handler, *shelf) {
	t.Helper()
	db, err := refdata.Open("")
	if err != nil {
		t.Fatal(err)
	}
	s, d := fullShelf(t), fullEditions(t)
	inner := memory(t, scenario.Sample())
	incident := series.Incident{ID: "i-1", Kind: series.Restriction, CC: "XA", Networks: []uint32{64497}, Targets: []string{"news.example"}, Layers: []string{"tls"}, From: verdict.HourOf(noon)}
	entry := incidents.Entry{At: noon, What: incidents.Published, Incident: incident}
	entry.Hash = hashOf("entry")
	return web.New(web.Config{Store: inner.store, Evidence: inner.evidence, Captures: s, Dossiers: d, Incidents: told{{Incident: incident, History: []incidents.Entry{entry}}},
		Transparency: fullLog(t, inner.hash, hashOf("public"), hashOf("entry"), hashOf("d1"), hashOf("event")),
		Facts:        func() web.Facts { return db.AsOf(time.Now()) }, AllRules: verdict.Rules(), RuleSet: verdict.RuleSet, Version: "test", Log: slog.New(slog.NewTextHandler(io.Discard, nil))}), s
}

// TestEvidenceWalk: no script, both languages, no dead link, small pages, hostile text inert.
func TestEvidenceWalk(t *testing.T) {
	h, _ := evidenceSite(t)
	ours := regexp.MustCompile(`^(/es)?/(captures?|alerts\.|log|dossiers?|about|static|incident/)`)
	pages := walkAmong(t, h, ours.MatchString, "/captures", "/es/captures", "/log", "/es/log", "/log?hash="+hashOf("public"), "/dossiers", "/es/dossiers", "/alerts.atom", "/incident/i-1")
	style := regexp.MustCompile(`/static/[^"]+`)
	bareKeys := regexp.MustCompile(`>[^<]*\b(captures?|quote|diff|log|leaf|dossiers?|claim|alerts?|cert)\.[a-z]+[a-z.]*[^<]*<`)
	ids := regexp.MustCompile(` id="([^"]+)"`)
	var html, hostile int
	for path, body := range pages {
		if !strings.HasPrefix(body, "<!doctype html>") {
			continue
		}
		html++
		limit := 48 << 10
		if strings.Contains(path, hashOf("hostile")) || strings.Contains(path, hashOf("d3")) {
			hostile++
			limit = 60 << 10
		}
		if n := len(body) + len(pages[style.FindString(body)]); n > limit {
			t.Errorf("%s weighs %d bytes with its style sheet", path, n)
		}
		for _, bad := range []string{"<script", "style=", "onload=\"", "%!", `href="http`, `href="javascript`, `src="http`, "<no value>", "ZgotmplZ", "\u202e", "\u0000", "<svg onload"} {
			if strings.Contains(body, bad) {
				t.Errorf("%s contains %q", path, bad)
			}
		}
		if m := bareKeys.FindString(body); m != "" {
			t.Errorf("%s shows the key %s", path, m)
		}
		if strings.Count(body, "<h1") != 1 {
			t.Errorf("%s has %d headings of the first level", path, strings.Count(body, "<h1"))
		}
		seen := map[string]bool{}
		for _, m := range ids.FindAllStringSubmatch(body, -1) {
			if seen[m[1]] && !strings.HasPrefix(m[1], "q-") {
				t.Errorf("%s has two elements called %s", path, m[1])
			}
			seen[m[1]] = true
		}
	}
	if html < 40 || hostile < 4 {
		t.Errorf("%d pages, %d of them hostile", html, hostile)
	}
	for _, path := range []string{"/capture/" + hashOf("public"), "/es/capture/" + hashOf("imported"), "/capture/" + hashOf("public") + "/diff/" + hashOf("edited"), "/log/leaf/1", "/es/dossier/" + hashOf("d1"), "/capture/" + hashOf("public") + "/text", "/dossier/" + hashOf("d1") + "/" + hashOf("d1") + ".wacz"} {
		if pages[path] == "" {
			t.Errorf("%s cannot be reached by links", path)
		}
	}
}

func TestEvidencePages(t *testing.T) {
	h, _ := evidenceSite(t)
	for path, want := range map[string][]string{
		"/captures":                         {"Elections postponed", "Observatory B", "edited, with no note of a correction", "quoted words are gone", "/alerts.atom"},
		"/captures?q=nothing+like+it":       {"No capture matches."},
		"/capture/" + hashOf("public"):      {"https://news.example/a?b=1", "Leaf 1", "3 May 2026, 13:00 UTC", "tsa", "Found again, word for word", "<del><small>removed:</small> Monday</del>", "<ins><small>added:</small> Sunday</ins>", "Lost", "Observatory B", "independent", "the same", "another one", "Not trusted", "203.0.113.7", "/picture", "ReplayWeb.page", "X-Padding", " more"},
		"/capture/" + hashOf("part"):        {"It is private", "first words", "not entered (yet)"},
		"/capture/" + hashOf("imported"):    {"1 fault was found", "received by mail", "Its text is not public", "its hash is another", "Others recorded this"},
		"/es/capture/" + hashOf("imported"): {"Se encontró 1 defecto", "Importada"},

		"/log?hash=" + hashOf("public"):        {"/log/leaf/1", "capture"},
		"/log?hash=" + strings.Repeat("0", 64): {"does not hold this hash"},
		"/log/leaf/0":                          {"veedor/1 object 2026-05-03T12:00:00Z", "c2sp.org/tlog-proof@v1", "No later than"},
		"/log/leaf/4":                          {"no authority has stamped it yet"},
		"/dossiers":                            {"Chat in Borduna", "There is a later version"},
		"/dossier/" + hashOf("d1"):             {"Supported", "Contradicted", "Standing unknown", "MFkw", "Leaf 3", "it shows a name", "log proofs", "veedor verify"},
		"/dossier/" + hashOf("d2"):             {"It is not signed", "it replaces", "/dossier/" + hashOf("d1")},
		"/dossier/" + hashOf("gone"):           {"missing or damaged"},
		"/incident/i-1":                        {"/log/leaf/2"},
		"/about":                               {"Under every statement lie bytes", "/log"},
		"/es/log/leaf/0":                       {"A más tardar"},
		"/capture/" + hashOf("public") + "/diff/" + hashOf("edited"):   {"12,000 characters added, 7 removed", "<del>", "<ins>", "characters left out", "more changed characters are not shown"},
		"/capture/" + hashOf("part") + "/diff/" + hashOf("edited"):     {"only as much is shown as one may quote"},
		"/capture/" + hashOf("imported") + "/diff/" + hashOf("edited"): {"the difference is not shown"},
		"/capture/" + hashOf("public") + "/diff/" + hashOf("part"):     {"The main texts are the same."},
	} {
		w := get(h, path)
		if w.Code != http.StatusOK {
			t.Errorf("%s: %d", path, w.Code)
		}
		for _, text := range want {
			if !strings.Contains(html.UnescapeString(w.Body.String()), text) {
				t.Errorf("%s does not say %q", path, text)
			}
		}
	}
	// The measurement whose bytes are leaf 0 leads to it.
	var leads bool
	for _, m := range regexp.MustCompile(`href="(/measurement/[^"/]+)"`).FindAllStringSubmatch(get(h, "/measurements").Body.String()+get(h, "/measurements?page=2").Body.String(), -1) {
		leads = leads || strings.Contains(get(h, m[1]).Body.String(), `href="/log/leaf/0"`)
	}
	if !leads {
		t.Error("no measurement leads to its leaf of the log")
	}
}

func TestEvidenceErrors(t *testing.T) {
	full, _ := evidenceSite(t)
	public, part, hostile := hashOf("public"), hashOf("part"), hashOf("hostile")
	bare := site(t, nil)
	for _, c := range []struct {
		h    http.Handler
		path string
		want int
	}{
		{full, "/capture/none", 404}, {full, "/capture/" + hashOf("none"), 404}, {full, "/capture/" + strings.ToUpper(public), 404}, {full, "/capture/" + public + "/diff/" + hashOf("none"), 404},
		{full, "/capture/" + public[:12], 404}, {full, "/capture/" + public + "/none", 404}, {full, "/capture/" + part + "/text", 403}, {full, "/capture/" + part + "/" + part + ".wacz", 403}, {full, "/capture/" + hashOf("imported") + "/screenshot", 403},
		{full, "/capture/" + hostile + "/picture", 404}, {full, "/capture/" + hostile + "/screenshot", 404}, {full, "/capture/" + hashOf("edited") + "/full", 404}, {full, "/log?hash=xyz", 400},
		{full, "/log/leaf/405", 404}, {full, "/log/leaf/-1", 404}, {full, "/log/leaf/01", 404}, {full, "/log/leaf/99999999999999999999", 404}, {full, "/log/proof/405.tlog-proof", 404}, {full, "/log/stamped/6", 404}, {full, "/log/stamped/x", 404}, {full, "/log/checkpoint/4", 404}, {full, "/log/stamp/3/other", 404},
		{full, "/log/stamp/3/..%2f..%2fkey", 404}, {full, "/log/tile/0/002", 404}, {full, "/log/tile/0/001.p/148", 404}, {full, "/log/tile/entries/001.p", 404}, {full, "/log/tile/0/001.p/256", 404}, {full, "/log/tile/0/1", 404}, {full, "/log/tile/64/000", 404}, {full, "/log/tile/..%2f..%2flog.key", 404}, {full, "/log/tile/%2e%2e/log.key", 404},
		{full, "/es/log/checkpoint", 404}, {full, "/dossier/" + hashOf("none"), 404}, {full, "/dossier/x/x.wacz", 404}, {full, "/dossier/" + hashOf("gone") + "/" + hashOf("gone") + ".wacz", 404},
		{bare, "/captures", 200}, {bare, "/log", 200}, {bare, "/dossiers", 200}, {bare, "/alerts.atom", 200}, {bare, "/alerts.json", 200}, {bare, "/capture/" + public, 404}, {bare, "/log/leaf/0", 404}, {bare, "/log/checkpoint", 404}, {bare, "/log/tile/0/000", 404}, {bare, "/log/stamped/3", 404}, {bare, "/log/stamp/3/tsa", 404},
		{bare, "/log/proof/0.tlog-proof", 404}, {bare, "/dossier/" + public, 404}, {bare, "/es/log", 200},
	} {
		w := get(c.h, c.path)
		if w.Code != c.want || strings.Contains(w.Body.String(), "<script") || c.want >= 400 && (w.Header().Get("Cache-Control") != "no-store" || w.Header().Get("Content-Disposition") != "") {
			t.Errorf("%.100s: %d, want %d; %v", c.path, w.Code, c.want, w.Header())
		}
	}
}

// TestDownloads: what is sent, as which type, for how long.
func TestDownloads(t *testing.T) {
	h, s := evidenceSite(t)
	public := hashOf("public")
	for path, want := range map[string][3]string{ // type, cache, name
		"/capture/" + public + "/text":                            {"text/plain; charset=utf-8", "public, max-age=300", public + ".txt"},
		"/capture/" + public + "/" + public + ".wacz":             {"application/wacz", "public, max-age=300", public + ".wacz"},
		"/capture/" + public + "/screenshot":                      {"image/png", "public, max-age=300", ""},
		"/capture/" + public + "/picture":                         {"image/jpeg", "public, max-age=300", ""},
		"/log/checkpoint":                                         {"text/plain; charset=utf-8", "public, max-age=5", ""},
		"/log/stamped/405":                                        {"text/plain; charset=utf-8", "public, max-age=300", "405.txt"},
		"/log/stamp/3/tsa":                                        {"application/timestamp-reply", "public, max-age=86400", "3.tsr"},
		"/log/proof/1.tlog-proof":                                 {"text/plain; charset=utf-8", "public, max-age=30", "1.tlog-proof"},
		"/log/tile/0/000":                                         {"application/octet-stream", "public, max-age=31536000, immutable", ""},
		"/log/tile/0/001.p/149":                                   {"application/octet-stream", "public, max-age=31536000, immutable", ""},
		"/log/tile/entries/000":                                   {"application/octet-stream", "public, max-age=31536000, immutable", ""},
		"/dossier/" + hashOf("d1") + "/" + hashOf("d1") + ".wacz": {"application/wacz", "public, max-age=31536000, immutable", hashOf("d1") + ".wacz"},
		"/alerts.atom":                                            {"application/atom+xml; charset=utf-8", "public, max-age=60", ""},
		"/alerts.json":                                            {"application/feed+json", "public, max-age=60", ""},
	} {
		w := get(h, path)
		disposition := ""
		if want[2] != "" {
			disposition = `attachment; filename="` + want[2] + `"`
		}
		got := w.Header()
		if w.Code != http.StatusOK || w.Body.Len() == 0 || got.Get("Content-Type") != want[0] || got.Get("Cache-Control") != want[1] || got.Get("Content-Disposition") != disposition || got.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s: %d %v", path, w.Code, got)
		}
		// The same again, compressed where that makes sense, and once only.
		z := get(h, path, "Accept-Encoding", "gzip")
		if compressed := z.Header().Get("Content-Encoding") == "gzip"; compressed {
			r, err := gzip.NewReader(z.Body)
			if err != nil {
				t.Fatal(err)
			}
			b, err := io.ReadAll(r)
			if err != nil || !bytes.Equal(b, w.Body.Bytes()) {
				t.Errorf("%s: compressed it is something else: %v", path, err)
			}
		} else if strings.Contains(path, "entries") {
			t.Errorf("%s is not compressed", path)
		} else if !bytes.Equal(z.Body.Bytes(), w.Body.Bytes()) {
			t.Errorf("%s is something else the second time", path)
		}
		if strings.Contains(path, "/tile/0/") && z.Header().Get("Content-Encoding") != "" {
			t.Errorf("%s: hashes are compressed", path)
		}
		if open := got.Get("Access-Control-Allow-Origin") == "*"; open != (strings.HasPrefix(path, "/log/tile") || path == "/log/checkpoint") {
			t.Errorf("%s: open to other sites: %v", path, open)
		}
		if tag := got.Get("ETag"); tag == "" || get(h, path, "If-None-Match", tag).Code != http.StatusNotModified {
			t.Errorf("%s cannot be asked for again by its ETag %q", path, tag)
		}
	}
	if w := get(h, "/capture/"+public+"/"+public+".wacz", "Range", "bytes=3-4"); w.Code != http.StatusPartialContent || w.Body.String() != "of" {
		t.Errorf("a range: %d %q", w.Code, w.Body)
	}
	if w := get(h, "/capture/"+public+"/text"); w.Body.String() != s.text[public] {
		t.Error("the text downloaded is not the capture's")
	}
	for name, most := range map[string]int{"public": 120 << 10, "part": 20 << 10} {
		w := get(h, "/capture/"+hashOf(name)+"/picture")
		m, format, err := image.Decode(w.Body)
		if err != nil || format != "jpeg" || m.Bounds().Dx() > 640 || m.Bounds().Dy() > 800 || w.Body.Len() > most {
			t.Errorf("small picture of %s: %v, %s", name, err, format)
			continue
		}
		page := get(h, "/capture/"+hashOf(name)).Body.String()
		if size := fmt.Sprintf(`width="%d" height="%d"`, m.Bounds().Dx(), m.Bounds().Dy()); !strings.Contains(page, size) {
			t.Errorf("%s: the page does not give the picture's %s", name, size)
		}
	}
}

func TestAlertFeeds(t *testing.T) {
	h, _ := evidenceSite(t)
	for _, lang := range []string{"", "/es"} {
		var feed struct {
			Updated string `xml:"updated"`
			Entries []struct {
				Title string `xml:"title"`
				Link  struct {
					Href string `xml:"href,attr"`
				} `xml:"link"`
				Summary string `xml:"summary"`
			} `xml:"entry"`
		}
		if err := xml.Unmarshal(get(h, lang+"/alerts.atom").Body.Bytes(), &feed); err != nil || len(feed.Entries) != 6 || feed.Updated != "2026-05-03T12:00:00Z" {
			t.Fatalf("atom: %v %+v", err, feed)
		}
		for _, e := range feed.Entries {
			if page, _, _ := strings.Cut(e.Link.Href, "#"); get(h, page).Code != http.StatusOK || !strings.HasPrefix(e.Link.Href, lang) || e.Title == "" || e.Summary == "" || strings.Contains(e.Summary, "\u202e") {
				t.Errorf("atom: %+v", e)
			}
		}
		var list struct {
			Version string
			Items   []struct{ ID, URL, Title string }
		}
		if err := json.Unmarshal(get(h, lang+"/alerts.json?kind=quote-lost").Body.Bytes(), &list); err != nil || list.Version != "https://jsonfeed.org/version/1.1" || len(list.Items) != 1 || list.Items[0].ID != "2" {
			t.Errorf("json: %v %+v", err, list)
		}
	}
}

// TestLogBroken: pages stay when the log cannot be read, and say so.
func TestLogBroken(t *testing.T) {
	l := fullLog(t, hashOf("public"), hashOf("part"))
	l.broken = true
	h := web.New(web.Config{Captures: fullShelf(t), Transparency: l, Log: slog.New(slog.NewTextHandler(io.Discard, nil))})
	if w := get(h, "/capture/"+hashOf("part")); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "The log cannot be read at the moment") {
		t.Errorf("a capture: %d", w.Code)
	}
}
