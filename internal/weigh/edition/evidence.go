package edition

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"veedor/internal/evidence/capture"
	"veedor/internal/evidence/dossier"
	"veedor/internal/weigh/cases"
)

// evidence takes in one piece of evidence and what it rests on.
func (f *freezer) evidence(ctx context.Context, id string, e *cases.Evidence) (dossier.Evidence, error) {
	out := dossier.Evidence{ID: id, Stance: dossier.Stance(e.Stance), Strength: e.Strength, Reason: f.in(e.Reason), Who: e.By, Ref: id}
	if e.At != "" {
		out.When, _, _ = e.At.Time() // checked when the case was read
	}
	var err error
	switch {
	case e.Finding != nil:
		out.Kind = dossier.KindFinding
		var stance string
		stance, err = f.finding(ctx, id, e.Finding)
		out.Stance = dossier.Stance(stance)
	case e.Incident != "":
		out.Kind = dossier.KindStatement
		err = f.incident(id, e.Incident)
	case e.Measurement != "":
		out.Kind = dossier.KindDocument
		err = f.single(ctx, id, e.Measurement)
	case e.Quote != "":
		out.Kind, out.Ref = dossier.KindQuote, e.Quote
		err = f.quote(e.Quote)
	case e.Capture != "":
		out.Kind = dossier.KindDocument
		err = f.document(id, e.Capture)
	case e.Statement != nil:
		out.Kind = dossier.KindStatement
		f.c.Statements = append(f.c.Statements, dossier.Statement{ID: id, Subject: f.k.ID, Property: "says", Value: f.in(e.Statement.Text),
			Date: dossier.Date(e.Statement.Date), Source: e.Statement.Source})
	case e.Document != nil:
		out.Kind = dossier.KindDocument
		d := dossier.Document{ID: id, Title: e.Document.Source, Date: dossier.Date(e.Document.Date), Note: f.in(e.Document.Text)}
		if strings.HasPrefix(d.Title, "https://") || strings.HasPrefix(d.Title, "http://") {
			d.URL = d.Title
		}
		f.c.Documents = append(f.c.Documents, d)
	case e.Registry != nil:
		out.Kind = dossier.KindStatement
		f.c.Statements = append(f.c.Statements, dossier.Statement{ID: id, Subject: e.Registry.Entity, Property: cmp.Or(e.Registry.Property, "exists"), Value: cmp.Or(e.Registry.Value, "*"),
			Source: f.word("registry")})
	case e.Absence != nil:
		out.Kind = dossier.KindAbsence
		at, _, _ := e.Absence.At.Time()
		f.c.Absences = append(f.c.Absences, dossier.Absence{ID: id, What: f.in(e.Absence.What), Where: []string{e.Absence.Where}, When: at, Who: e.Absence.By})
	}
	return out, err
}

// finding asks the measurements, takes in those behind the answer, and derives the stance.
func (f *freezer) finding(ctx context.Context, id string, q *cases.Finding) (string, error) {
	var a cases.Answer
	var hashes, sets, snapshots []string
	err := f.Measurements.Match(ctx, *q, func(m Measured) error {
		a.Total++
		switch m.State {
		case "blocked":
			a.Blocked++
		case "ok":
			a.OK++
		case "down":
			a.Down++
		default:
			a.Insufficient++
		}
		hashes = append(hashes, m.Hash)
		sets, snapshots = add(sets, m.RuleSet), add(snapshots, m.Snapshot)
		return f.measurement(m)
	})
	if err != nil {
		return "", err
	}
	if now, _ := f.Measurements.Rules(); len(sets) > 0 && (len(sets) > 1 || sets[0] != now) {
		return "", fmt.Errorf("its measurements were judged by rules %s, those in force are %s; run: veedor rebuild", strings.Join(sets, ", "), now)
	}
	question, err := query(q)
	if err != nil {
		return "", err
	}
	slices.Sort(hashes)
	f.c.Findings = append(f.c.Findings, dossier.Finding{
		ID: id, Text: f.found(q, a), Query: question, RuleSet: f.rules(), Snapshot: strings.Join(snapshots, ", "), Measurements: slices.Compact(hashes),
		Counts: []dossier.Count{{Label: "measurements", N: int64(a.Total)}, {Label: "blocked", N: int64(a.Blocked)}, {Label: "ok", N: int64(a.OK)},
			{Label: "down", N: int64(a.Down)}, {Label: "insufficient", N: int64(a.Insufficient)}},
	})
	return q.Stance(a), nil
}

func add(list []string, s string) []string {
	if slices.Contains(list, s) {
		return list
	}
	return append(list, s)
}

// rules takes in the rules in force and returns their id in the dossier.
func (f *freezer) rules() string {
	version, text := f.Measurements.Rules()
	id := "verdicts-" + version
	if f.first("rules", id) {
		f.c.RuleSets = append(f.c.RuleSets, dossier.RuleSet{ID: id, Name: f.word("rules"), Version: version, SHA256: sum(text), Text: text})
	}
	return id
}

func sum(b []byte) string {
	h := sha256.Sum256(b)
	return hex.EncodeToString(h[:])
}

// measurement takes in the bytes of one measurement; only its hash where they are withheld, or too many.
func (f *freezer) measurement(m Measured) error {
	if !f.first("object", m.Hash) {
		return nil
	}
	raw, err := f.Measurements.Raw(m.Hash)
	if err != nil {
		return fmt.Errorf("measurement %s: %w", m.UID, err)
	}
	o := dossier.Object{SHA256: m.Hash, Bytes: int64(len(raw)), Type: "application/json", Role: "measurement", Title: m.Says}
	switch {
	case f.withheld[m.Hash] != nil:
		o.Withheld = true
	case f.raw+o.Bytes > f.o.MaxRaw:
		o.Withheld = true
		f.overflow = append(f.overflow, m.Hash)
	default:
		f.raw += o.Bytes
		o.Open = func() (io.ReadCloser, error) { // read again when it is written: they may be many
			raw, err := f.Measurements.Raw(m.Hash)
			return io.NopCloser(bytes.NewReader(raw)), err
		}
	}
	f.c.Objects = append(f.c.Objects, o)
	f.items = append(f.items, Item{"object", m.Hash})
	return nil
}

// single takes in one measurement as evidence of its own.
func (f *freezer) single(ctx context.Context, id, uid string) error {
	m, err := f.Measurements.One(ctx, uid)
	if err != nil {
		return fmt.Errorf("measurement %s: %w", uid, err)
	}
	if err := f.measurement(m); err != nil {
		return err
	}
	f.c.Documents = append(f.c.Documents, dossier.Document{ID: id, Title: m.Says, Date: dossier.Date(m.At.UTC().Format(time.RFC3339)), Object: m.Hash, Note: m.UID})
	return nil
}

// incident takes in all that was said of an incident.
func (f *freezer) incident(id, incident string) error {
	lines, err := f.Incidents.Lines(incident)
	if err != nil {
		return fmt.Errorf("incident %s: %w", incident, err)
	}
	for _, l := range lines {
		if f.first("incident", l.Hash) {
			f.c.Incidents = append(f.c.Incidents, dossier.Incident{SHA256: l.Hash, ID: incident, Text: l.Says, Line: l.Text})
			f.items = append(f.items, Item{"incident", l.Hash})
		}
	}
	f.c.Statements = append(f.c.Statements, dossier.Statement{ID: id, Subject: incident, Property: "incident", Value: lines[len(lines)-1].Says, Source: f.word("journal")})
	return nil
}

// quote takes in a quote and the capture it is anchored in.
func (f *freezer) quote(id string) error {
	q, err := f.Captures.Quotation(id)
	if err != nil {
		return fmt.Errorf("quote %s: %w", id, err)
	}
	k, err := f.capture(q.Capture)
	if err != nil || !f.first("quote", id) {
		return err
	}
	s := q.Selector
	f.c.Quotes = append(f.c.Quotes, dossier.Quote{ID: id, Capture: k.Hash, Text: "urn:text:" + k.URL, TextSHA256: k.TextHash, Exact: s.Exact, Prefix: s.Prefix, Suffix: s.Suffix,
		Start: s.Start, End: s.End, Lang: q.Lang, Translation: q.Translation, Translator: q.Translator})
	return nil
}

// document takes in a capture as evidence as a whole.
func (f *freezer) document(id, hash string) error {
	k, err := f.capture(hash)
	if err != nil {
		return err
	}
	f.c.Documents = append(f.c.Documents, dossier.Document{ID: id, Title: k.Title, URL: k.URL, Date: dossier.Date(k.At.UTC().Format(time.RFC3339)), Capture: k.Hash})
	return nil
}

// capture takes in a capture: whole where somebody decided that it may be shown, else its hash and screenshot.
func (f *freezer) capture(hash string) (*capture.Capture, error) {
	k, err := f.Captures.Get(hash)
	if err != nil {
		return nil, fmt.Errorf("capture %.12s: %w", hash, err)
	}
	if !f.first("capture", k.Hash) {
		return k, nil
	}
	shown, err := f.Captures.Shown(k.Hash)
	if err != nil {
		return nil, fmt.Errorf("capture %.12s: %w", hash, err)
	}
	out := dossier.Capture{SHA256: k.Hash, Bytes: k.Size, URL: k.URL, Title: k.Title, Taken: k.At.UTC().Truncate(time.Second), Kind: k.Kind, Operator: k.Operator, Network: k.Network,
		Withheld: !shown.Package || f.withheld[k.Hash] != nil}
	if k.Origin != nil {
		out.Origin = k.Origin.How
	}
	if !out.Withheld {
		out.Open = func() (io.ReadCloser, error) { return f.Captures.Package(k.Hash) }
	}
	if shown.Screenshot && f.withheld[k.Hash] == nil {
		png, err := f.Captures.Screenshot(k.Hash, false)
		switch {
		case err == nil:
			out.Screenshot = sum(png)
			out.OpenScreenshot = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(png)), nil }
		case !errors.Is(err, capture.ErrNotFound):
			return nil, fmt.Errorf("screenshot of capture %.12s: %w", hash, err)
		}
	}
	f.c.Captures = append(f.c.Captures, out)
	f.items = append(f.items, Item{"capture", k.Hash})
	return k, nil
}
