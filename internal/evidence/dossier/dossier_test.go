package dossier

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"veedor/internal/evidence/wacz"
)

var frozen = time.Unix(testStart+3600, 0).UTC()

func hexSum(b []byte) string { return fmt.Sprintf("%x", sha256.Sum256(b)) }

func opener(b []byte) func() (io.ReadCloser, error) {
	return func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(b)), nil }
}

const storedText = "La página dijo: «el servicio fue interrumpido 🛰 por orden» y nada más.\nFin."

// testCapture makes a capture as this observatory makes them, of about pad bytes.
func testCapture(t testing.TB, n, pad int) []byte {
	t.Helper()
	url := fmt.Sprintf("https://press.example/%d", n)
	at := time.Unix(testStart-int64(n)-100, 0).UTC()
	var out bytes.Buffer
	w := wacz.NewWriter(&out, wacz.WriterOptions{})
	noise := make([]byte, pad)
	if _, err := rand.Read(noise); err != nil {
		t.Fatal(err)
	}
	put := func(r *wacz.Record, content []byte) {
		r.ID, r.Date, r.Block = recordID(r.Type+r.URI, content), at, wacz.Bytes(content)
		if _, err := w.Write(r); err != nil {
			t.Fatal(err)
		}
	}
	body := append([]byte("<html>"), noise...)
	put(&wacz.Record{Type: wacz.TypeWarcinfo, ContentType: wacz.WARCFields}, []byte("software: test\r\nformat: WARC File Format 1.1\r\n"))
	put(&wacz.Record{Type: wacz.TypeResponse, URI: url, ContentType: wacz.HTTPResponse}, append(fmt.Appendf(nil, "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: %d\r\n\r\n", len(body)), body...))
	put(&wacz.Record{Type: wacz.TypeResource, URI: "urn:text:" + url, ContentType: "text/plain"}, []byte(storedText))
	put(&wacz.Record{Type: wacz.TypeResource, URI: "urn:view:" + url, ContentType: "image/png"}, screenshot(n))
	var pack bytes.Buffer
	_, err := wacz.Pack(t.Context(), &pack, wacz.Content{Title: "capture", Software: "test", Created: at, MainURL: url, MainAt: at,
		Pages: []wacz.Page{{ID: "p1", URL: url, At: at, Title: "page"}}, WARCs: []wacz.Member{{Path: "archive/data.warc.gz", Open: opener(out.Bytes())}}})
	if err != nil {
		t.Fatal(err)
	}
	return pack.Bytes()
}

func screenshot(n int) []byte { return fmt.Appendf(nil, "\x89PNG\r\n\x1a\n%d", n) }

// testContent is a dossier with one of everything, and so many captures.
type testContent struct {
	Content
	log *testLog
	key *ecdsa.PrivateKey
}

func newTestContent(t testing.TB, captures, pad int) *testContent {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c := &testContent{key: key, log: &testLog{key: newTestKey(testOrigin, algEd25519), witness: newTestKey("witness.example/w", algCosignature)}}
	measurement := []byte(`{"test_name":"web_connectivity"}`)
	hidden := hexSum([]byte("hidden"))
	start := strings.Index(storedText, "el servicio")
	exact := "el servicio fue interrumpido 🛰"
	at := len([]rune(storedText[:start]))
	c.Content = Content{
		ID: "borduna", URL: "https://observatory.example/dossiers/borduna/", Title: "The <filtering> & co", Question: "Who interrupts?", Summary: "Invented.", Languages: []string{"es"},
		Publisher: Publisher{Name: "Observatory", URL: "https://observatory.example/", Contact: "desk@observatory.example"}, Software: "veedor test", Created: frozen, Version: 1,
		Claims: []Claim{
			{ID: "c1", Text: "It was interrupted <script>alert(1)</script>", Lang: "en", Status: Supported, Derived: "two sources", Utterances: []Utterance{{Speaker: "A minister", Role: "official", Date: "2026-05", Quote: "q1"}}, Relations: []Relation{{"contradicts", "c2"}}},
			{ID: "c2", Text: "It was not", Status: Unverified, Derived: "nothing"},
		},
		Evidence: []Evidence{
			{ID: "e1", Claim: "c1", Kind: KindQuote, Ref: "q1", Stance: Supports, Strength: "strong", Reason: "he says so", Who: "desk", When: frozen},
			{ID: "e2", Claim: "c1", Kind: KindFinding, Ref: "f1", Stance: Supports, Reason: "measured", Who: "desk", When: frozen},
			{ID: "e3", Claim: "c1", Kind: KindStatement, Ref: "s1", Stance: Context, Reason: "x", Who: "desk", When: frozen},
			{ID: "e4", Claim: "c2", Kind: KindAbsence, Ref: "a1", Stance: Insufficient, Reason: "x", Who: "desk", When: frozen},
			{ID: "e5", Claim: "c2", Kind: KindDocument, Ref: "d1", Stance: Context, Reason: "x", Who: "desk", When: frozen},
		},
		Statements: []Statement{{ID: "s1", Subject: "ACME", Property: "sanctioned", Value: "yes", Date: "2020/2021-03", Source: "a register"}},
		Findings:   []Finding{{ID: "f1", Text: "300 of 310 failed", Query: json.RawMessage(`{"target": "a.example", "n": 1.50, "at": 1e21}`), Counts: []Count{{"blocked", 300}}, RuleSet: "r1", Snapshot: "seed", Measurements: []string{hexSum(measurement), hidden}}},
		Absences:   []Absence{{ID: "a1", What: "the contract", Where: []string{"the gazette"}, When: frozen, Who: "desk"}},
		Objects:    []Object{{SHA256: hexSum(measurement), Bytes: int64(len(measurement)), Type: "application/json", Role: "measurement", Open: opener(measurement)}, {SHA256: hidden, Bytes: 6, Type: "application/json", Role: "measurement", Withheld: true}},
		Incidents:  []Incident{{ID: "i1", Text: "began", Line: []byte(`{"what":"published"}`)}},
		RuleSets:   []RuleSet{{ID: "r1", Name: "rules", Version: "1", Text: []byte("# Rules\n")}},
		Redactions: []Redaction{{What: "objects/" + hidden, Why: "it would expose a <person>", Who: "desk", When: frozen, SHA256: hidden}, {What: "/claims/0/utterances/0/speaker", Why: "safety", Who: "desk", When: frozen, Commit: Commit([SaltBytes]byte{1}, []byte("name"))}},
	}
	for n := range captures {
		b := testCapture(t, n, pad)
		k := Capture{SHA256: hexSum(b), Bytes: int64(len(b)), URL: fmt.Sprintf("https://press.example/%d", n), Title: "page", Taken: time.Unix(testStart-int64(n)-100, 0).UTC(), Kind: "page", Open: opener(b)}
		if n == 0 {
			k.Screenshot, k.OpenScreenshot = hexSum(screenshot(0)), opener(screenshot(0))
		}
		c.Captures = append(c.Captures, k)
		c.Quotes = append(c.Quotes, Quote{ID: fmt.Sprintf("q%d", n+1), Capture: k.SHA256, Text: "urn:text:" + k.URL, TextSHA256: hexSum([]byte(storedText)), Exact: exact, Prefix: "dijo: «", Suffix: " por", Start: at, End: at + len([]rune(exact))})
	}
	c.Documents = []Document{{ID: "d1", Title: "The page", Capture: c.Captures[0].SHA256, URL: "javascript:alert(1)"}}
	withheld := Capture{SHA256: hexSum([]byte("withheld")), Bytes: 8, URL: "https://private.example/", Taken: frozen.Add(-time.Hour), Withheld: true}
	c.Captures = append(c.Captures, withheld)
	c.Redactions = append(c.Redactions, Redaction{What: "captures/" + withheld.SHA256, Why: "private", Who: "desk", When: frozen, SHA256: withheld.SHA256})
	c.logAll(t)
	return c
}

// logAll puts everything into the log and proves it.
func (c *testContent) logAll(t testing.TB) {
	var kinds []leaf
	add := func(kind, sum string) {
		h, err := parseHash(sum)
		if err != nil {
			t.Fatal(err)
		}
		kinds = append(kinds, leaf{kind, testStart + int64(len(kinds)), h})
	}
	for _, k := range c.Captures {
		add("capture", k.SHA256)
	}
	for _, o := range c.Objects {
		add("object", o.SHA256)
	}
	for _, i := range c.Incidents {
		add("incident", hexSum(i.Line))
	}
	for _, l := range kinds {
		c.log.leaves = append(c.log.leaves, string(l.data()))
	}
	n := len(kinds)
	head := c.log.cosigned(n, frozen.Unix()-60)
	var hashes []hash
	for _, x := range c.log.leaves {
		hashes = append(hashes, leafHash([]byte(x)))
	}
	c.Log = Log{Checkpoint: head}
	for i, l := range kinds {
		c.Log.Proofs = append(c.Log.Proofs, Proof{Kind: l.kind, SHA256: l.sum.String(), At: time.Unix(l.at, 0).UTC(), Index: int64(i), Data: proofText(c.log.leaves[i], i, auditPath(i, hashes), head)})
	}
	c.Policy = c.log.policy("w")
}

func (c *testContent) sign(hash string) (*wacz.Signed, error) {
	return wacz.SignKey(hash, c.key, c.Created, "test")
}

// policy trusts the key, the log and its witness.
func (c *testContent) policy(t testing.TB) *Policy {
	t.Helper()
	der, err := x509.MarshalPKIXPublicKey(&c.key.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	p := c.log.policy("w")
	p.Keys = []string{base64.StdEncoding.EncodeToString(der)}
	return p
}

func (c *testContent) build(t testing.TB) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := Build(t.Context(), &out, &c.Content, c.sign); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func verify(t testing.TB, b []byte, p *Policy) Report {
	t.Helper()
	return Verify(t.Context(), bytes.NewReader(b), int64(len(b)), p, Options{Name: "test", Now: func() time.Time { return frozen.Add(24 * time.Hour) }})
}

func TestBuildAndVerify(t *testing.T) {
	c := newTestContent(t, 2, 1000)
	b := c.build(t)
	r := verify(t, b, c.policy(t))
	if r.Exit != ExitOK || r.Kind != "dossier" {
		t.Fatalf("exit %d, kind %s\n%s", r.Exit, r.Kind, faultsOf(r))
	}
	if r := verify(t, b, nil); r.Exit != ExitUnvouched {
		t.Errorf("without a policy: exit %d\n%s", r.Exit, faultsOf(r))
	}
	for _, s := range append(r.Proved, r.NotProved...) {
		t.Log(s)
	}
	for _, k := range r.Checks {
		t.Log(k.Says)
	}
}

func TestBuildIsDeterministic(t *testing.T) {
	c := newTestContent(t, 1, 10)
	var a, b bytes.Buffer
	for _, out := range []*bytes.Buffer{&a, &b} {
		if err := Build(t.Context(), out, &c.Content, nil); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(a.Bytes(), b.Bytes()) {
		t.Error("the same content gives other bytes")
	}
}
