package fault

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"time"

	"veedor/internal/evidence/dossier"
)

// outline is what a generated dossier is like.
type outline struct {
	captures, claims int
	withheld         bool // the last capture and one object are left out, and one text is redacted
	log              bool
	policy           bool
	language         string
	version          int
}

// made is a generated content and what it was made of.
type made struct {
	*dossier.Content
	ledger   *ledger
	size     int              // of the checkpoint
	secret   []byte           // bytes of the object that is withheld
	packs    map[string]*pack // of captures, by hash
	captured map[string][]byte
}

func opener(b []byte) func() (io.ReadCloser, error) {
	return func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(b)), nil }
}

// content makes what a dossier says and rests on.
func (w *workshop) content(o outline) (*made, error) {
	m := &made{packs: map[string]*pack{}, captured: map[string][]byte{}, Content: &dossier.Content{
		ID: "generated-" + w.c.of("a", "b", "c"), URL: "https://dossiers.example/generated/", Title: "Generated: " + w.c.words(1), Question: w.c.words(1), Summary: w.c.words(3),
		Languages: []string{o.language}, Publisher: dossier.Publisher{Name: "Observatorio inventado", URL: "https://editora.example/", Contact: "desk@editora.example"},
		Software: "generator of valid packages", Created: w.now, Version: max(o.version, 1),
		Claims: []dossier.Claim{}, Evidence: []dossier.Evidence{}, Quotes: []dossier.Quote{}, Documents: []dossier.Document{}, Statements: []dossier.Statement{}, Findings: []dossier.Finding{},
		Absences: []dossier.Absence{}, Captures: []dossier.Capture{}, Objects: []dossier.Object{}, Incidents: []dossier.Incident{}, RuleSets: []dossier.RuleSet{}, Redactions: []dossier.Redaction{},
		Log: dossier.Log{Proofs: []dossier.Proof{}, Tokens: []dossier.Token{}},
	}}
	if m.Version > 1 {
		m.Supersedes = hexSum([]byte("the version before"))
	}
	for i := range o.captures {
		if err := w.capture(m, i, o.withheld && i == o.captures-1); err != nil {
			return nil, err
		}
	}
	w.measured(m, o.withheld)
	w.claims(m, o.claims)
	if o.policy {
		m.Policy = w.policy()
	}
	if o.log {
		return m, w.logged(m)
	}
	return m, nil
}

// capture adds a capture with quotes of it, and a document.
func (w *workshop) capture(m *made, i int, withheld bool) error {
	site := w.c.site(shape{pages: 1 + w.c.IntN(3), derived: true})
	p, err := site.pack(w.key)
	if err != nil {
		return err
	}
	b := p.zip.bytes()
	screen := site.views[site.pages[0].url]
	c := dossier.Capture{
		SHA256: hexSum(b), Bytes: int64(len(b)), URL: site.pages[0].url, Title: site.pages[0].title, Taken: site.pages[0].at.Truncate(time.Second), Kind: "page", Origin: "captured",
		Operator: "desk", Network: "AS8048 CANTV", Screenshot: hexSum(screen), Open: opener(b), OpenScreenshot: opener(screen),
	}
	m.packs[c.SHA256], m.captured[c.SHA256] = p, b
	for j, page := range site.pages {
		m.Quotes = append(m.Quotes, w.quote(c.SHA256, fmt.Sprintf("q%d-%d", i, j), page))
	}
	m.Documents = append(m.Documents, dossier.Document{ID: fmt.Sprintf("doc%d", i), Title: c.Title, Publisher: site.host, Date: "2024-05", URL: c.URL, Capture: c.SHA256})
	if withheld {
		c.Withheld, c.Open = true, nil
		m.Redactions = append(m.Redactions, dossier.Redaction{What: "captures/" + c.SHA256, Why: "it names a source", Who: "editor", When: w.now.Add(-time.Hour), SHA256: c.SHA256})
	}
	m.Captures = append(m.Captures, c)
	return nil
}

// quote quotes some words of a page.
func (w *workshop) quote(capture, id string, page pageLine) dossier.Quote {
	r := []rune(page.text)
	start := w.c.IntN(len(r) - 30)
	end := start + 10 + w.c.IntN(min(120, len(r)-start-10))
	return dossier.Quote{
		ID: id, Capture: capture, Text: "urn:text:" + page.url, TextSHA256: hexSum([]byte(page.text)), Exact: string(r[start:end]),
		Prefix: string(r[max(0, start-32):start]), Suffix: string(r[end:min(len(r), end+32)]), Start: start, End: end, Lang: "es", Translation: "translated words", Translator: "desk",
	}
}

// measured adds a finding with its measurements and rules, a statement, an absence and an incident.
func (w *workshop) measured(m *made, withheld bool) {
	var behind []string
	for i := range 3 {
		b, _ := json.Marshal(map[string]any{"test_name": "web_connectivity", "input": fmt.Sprintf("https://site%d.example/", i), "n": w.c.Uint32()})
		o := dossier.Object{SHA256: hexSum(b), Bytes: int64(len(b)), Type: "application/json", Role: "measurement", Title: fmt.Sprintf("measurement %d", i), Open: opener(b)}
		if withheld && i == 2 {
			m.secret = b
			o.Withheld, o.Open = true, nil
			m.Redactions = append(m.Redactions, dossier.Redaction{What: "objects/" + o.SHA256, Why: "it shows where somebody was", Who: "editor", When: w.now.Add(-time.Hour), SHA256: o.SHA256})
		}
		behind = append(behind, o.SHA256)
		m.Objects = append(m.Objects, o)
	}
	page := []byte("%PDF-1.4\ninvented register page " + w.c.words(2) + "\n%%EOF\n")
	m.Objects = append(m.Objects, dossier.Object{SHA256: hexSum(page), Bytes: int64(len(page)), Type: "application/pdf", Role: "register", Title: "register page", Open: opener(page)})
	rules := []byte("rule 1: injected reset\nrule 2: forged answer\n")
	m.RuleSets = append(m.RuleSets, dossier.RuleSet{ID: "rules-1", Name: "verdict rules", Version: "12", SHA256: hexSum(rules), Text: rules})
	m.Findings = append(m.Findings, dossier.Finding{
		ID: "f1", Text: "The site was reset in 412 of 500 measurements.", Query: json.RawMessage(`{"asn":8048,"domain":"site0.example"}`), RuleSet: "rules-1", Snapshot: "2025-05-01",
		Counts: []dossier.Count{{Label: "measurements", N: 500}, {Label: "reset", N: 412}}, Measurements: behind,
	})
	m.Statements = append(m.Statements, dossier.Statement{ID: "s1", Subject: "Proveedora C.A.", Property: "contract", Value: "filtering equipment", Date: "2020-11-30", Source: "Gazette", SourceURL: "https://gazette.example/", Object: hexSum(page)})
	m.Absences = append(m.Absences, dossier.Absence{ID: "abs1", What: "the court's order", Where: []string{"Gazette 2020–2024", "the court's site"}, When: w.now.AddDate(0, -1, 0), Who: "desk", Note: "not public"})
	line := []byte(`{"at":"2025-05-01T00:00:00Z","what":"published","incident":{"id":"inc-1"}}`)
	m.Incidents = append(m.Incidents, dossier.Incident{SHA256: hexSum(line), ID: "inc-1", Text: "Blocked on AS8048 since May 2025.", Line: line})
}

// claims adds claims with evidence of every kind; their status follows.
func (w *workshop) claims(m *made, n int) {
	for i := range max(n, 1) {
		id := fmt.Sprintf("c%d", i)
		c := dossier.Claim{ID: id, Text: w.c.words(1), Lang: "es", Status: dossier.Supported, Derived: "two pieces of evidence support it and none contradicts it", Utterances: []dossier.Utterance{}}
		ev := func(kind dossier.Kind, ref string, stance dossier.Stance) {
			m.Evidence = append(m.Evidence, dossier.Evidence{ID: fmt.Sprintf("e%d", len(m.Evidence)), Claim: id, Kind: kind, Ref: ref, Stance: stance, Strength: "strong", Reason: w.c.words(1), Who: "desk", When: w.now.Add(-time.Hour)})
		}
		ev(dossier.KindFinding, "f1", dossier.Supports)
		ev(dossier.KindStatement, "s1", dossier.Supports)
		if len(m.Quotes) > 0 {
			q := m.Quotes[w.c.IntN(len(m.Quotes))]
			c.Utterances = append(c.Utterances, dossier.Utterance{Speaker: "A minister", Role: "official", Date: "2024-05-03", Quote: q.ID})
			if i%2 == 1 {
				c.Status, c.Derived = dossier.Contested, "two pieces support it and one contradicts it"
				ev(dossier.KindQuote, q.ID, dossier.Contradicts)
			} else {
				ev(dossier.KindQuote, q.ID, dossier.Context)
			}
			ev(dossier.KindDocument, m.Documents[0].ID, dossier.Context)
		}
		ev(dossier.KindAbsence, "abs1", dossier.Insufficient)
		if i > 0 {
			c.Relations = []dossier.Relation{{Kind: w.c.of("contradicts", "repeats", "corrects"), Claim: "c0"}}
		}
		m.Claims = append(m.Claims, c)
	}
}

// logged puts everything into a log, with proofs under one stamped and cosigned checkpoint.
func (w *workshop) logged(m *made) error {
	l, err := w.newLedger(40+w.c.IntN(500), w.now.Add(-3*time.Hour))
	if err != nil {
		return err
	}
	at := w.now.Add(-time.Hour)
	add := func(kind, hash string) error {
		at = at.Add(time.Second)
		m.Log.Proofs = append(m.Log.Proofs, dossier.Proof{Kind: kind, SHA256: hash, At: at, Index: int64(len(l.entries))})
		return l.add(entryOf{kind, at, hash}.data())
	}
	for _, c := range m.Captures {
		err = firstError(err, add("capture", c.SHA256))
	}
	for _, o := range m.Objects {
		err = firstError(err, add("object", o.SHA256))
	}
	for _, i := range m.Incidents {
		err = firstError(err, add("incident", i.SHA256))
	}
	if err != nil {
		return err
	}
	for i := range w.c.IntN(300) {
		if err := l.add(entryOf{"event", at.Add(time.Minute), hexSum(fmt.Appendf(nil, "later %d", i))}.data()); err != nil {
			return err
		}
	}
	m.ledger, m.size = l, len(l.entries)
	return w.prove(m)
}

// prove makes checkpoint, proofs and token anew.
func (w *workshop) prove(m *made) error {
	text, err := m.ledger.text(m.size)
	if err != nil {
		return err
	}
	at := w.now.Add(-30 * time.Minute)
	if m.Log.Checkpoint, err = m.ledger.checkpoint(m.size, at); err != nil {
		return err
	}
	for i := range m.Log.Proofs {
		p := &m.Log.Proofs[i]
		if p.Data, err = m.ledger.proof(int(p.Index), m.size, m.Log.Checkpoint); err != nil {
			return err
		}
	}
	token, err := m.ledger.tsa.stamp([]byte(text), at.Add(time.Minute))
	m.Log.Tokens = []dossier.Token{{Name: "authority", Data: token}}
	return err
}

func firstError(a, b error) error {
	if a != nil {
		return a
	}
	return b
}

// press builds the dossier.
func (m *made) press(ctx context.Context, s *signer) ([]byte, error) {
	var b bytes.Buffer
	if s == nil {
		err := dossier.Build(ctx, &b, m.Content, nil)
		return b.Bytes(), err
	}
	err := dossier.Build(ctx, &b, m.Content, s.sign)
	return b.Bytes(), err
}

// reader is the policy of one who trusts publisher, log and authorities, and wants all of them.
func (w *workshop) reader(m *made) *dossier.Policy {
	p := w.policy()
	p.Require = []string{"signature"}
	if m.ledger != nil {
		p.Log, p.Require = m.ledger.policy(), []string{"signature", "log", "timestamp"}
	}
	return p
}
