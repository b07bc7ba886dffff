// Package edition freezes a case: it asks the measurements, the captures, the journal of incidents and the log what
// they hold on each piece of evidence, derives how each claim stands, and hands the result over as the content of
// a dossier.
package edition

import (
	"context"
	"encoding/json"
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

// ErrNotFound says that something a case names is not there.
var ErrNotFound = errors.New("not found")

// Measured is what an edition needs to know of one measurement.
type Measured struct {
	UID, Hash string // hash: of its archived bytes, hex
	At        time.Time
	State     string // blocked, ok, down or insufficient
	Says      string // one sentence that may be quoted
	RuleSet   string // version of the rules it was judged by
	Snapshot  string // of the reference data
}

// Measurements answers what was measured.
type Measurements interface {
	// Match calls f with every measurement that a finding asks for, oldest first.
	Match(ctx context.Context, q cases.Finding, f func(Measured) error) error
	// One returns a measurement by its UID; ErrNotFound where there is none.
	One(ctx context.Context, uid string) (Measured, error)
	// Raw returns the archived bytes.
	Raw(hash string) ([]byte, error)
	// Rules returns the rules in force, as a document, and their version.
	Rules() (version string, text []byte)
}

// Line is one line of the journal of incidents, without its end.
type Line struct {
	Hash string
	Text []byte
	Says string // in plain words
}

// Incidents returns what was said of an incident, oldest first; ErrNotFound where nothing was.
type Incidents interface {
	Lines(id string) ([]Line, error)
}

// Captures is the part of capture.Captures that an edition asks.
type Captures interface {
	Get(hash string) (*capture.Capture, error)
	Quotation(id string) (*capture.Quotation, error)
	Screenshot(hash string, full bool) ([]byte, error)
	Package(hash string) (io.ReadSeekCloser, error)
	Shown(hash string) (capture.Shown, error)
}

// Item is a thing of which the log is to show that it learnt it.
type Item struct{ Kind, Hash string }

// Log proves that items are in the log, at one checkpoint. Items it never learnt are returned as missing.
type Log interface {
	Freeze(ctx context.Context, items []Item) (l dossier.Log, missing []Item, err error)
}

// Sources are those an edition asks. Log may be nil: then nothing is proved about order and time.
type Sources struct {
	Measurements Measurements
	Incidents    Incidents
	Captures     Captures
	Log          Log
}

// Options say how a case is frozen.
type Options struct {
	Lang       string // of the words; the case's own when ""
	URL        string // under which the pages stand in the web archive
	Version    int    // from 1
	Supersedes string // hash of the file of the version before
	MaxRaw     int64  // raw bytes of measurements taken in; of what is more only the hashes are
	Now        func() time.Time
	Policy     *dossier.Policy // suggested to readers
}

// DefaultMaxRaw is how many raw bytes of measurements an edition takes in, unless told otherwise.
const DefaultMaxRaw = 64 << 20

// Freeze makes an edition of a case. missing lists what the log has not learnt, so that nothing is proved of it.
func Freeze(ctx context.Context, k *cases.Case, s Sources, o Options) (c *dossier.Content, missing []Item, err error) {
	if o.Lang == "" {
		o.Lang = k.Language
	}
	if o.MaxRaw == 0 {
		o.MaxRaw = DefaultMaxRaw
	}
	f := &freezer{Sources: s, o: o, k: k, seen: map[string]bool{}, withheld: map[string]*cases.Withheld{}}
	for i := range k.Withheld {
		f.withheld[k.Withheld[i].What] = &k.Withheld[i]
	}
	f.c = &dossier.Content{
		ID: k.ID, URL: o.URL, Title: f.in(k.Title), Question: f.in(k.Question), Languages: []string{o.Lang},
		Publisher: dossier.Publisher{Name: k.Publisher}, Created: o.Now().UTC().Truncate(time.Second),
		Version: max(1, o.Version), Supersedes: o.Supersedes, Policy: o.Policy,
	}
	f.c.Summary = f.summary()
	f.around()
	for i := range k.Claims {
		if err := f.claim(ctx, &k.Claims[i]); err != nil {
			return nil, nil, fmt.Errorf("claim %s: %w", k.Claims[i].ID, err)
		}
	}
	f.redact()
	if s.Log != nil {
		f.c.Log, missing, err = s.Log.Freeze(ctx, f.items)
		if err != nil {
			return nil, nil, fmt.Errorf("prove by the log: %w", err)
		}
	}
	return f.c, missing, nil
}

// freezer is the work on one edition.
type freezer struct {
	Sources
	o        Options
	k        *cases.Case
	c        *dossier.Content
	items    []Item
	seen     map[string]bool // captures, objects, quotes, incidents and rule sets taken in
	withheld map[string]*cases.Withheld
	raw      int64 // bytes of measurements taken in
	overflow []string
}

func (f *freezer) in(t cases.Text) string { return t.In(f.o.Lang, f.k.Language, "en", "es") }

// first says whether a thing was not taken in yet, and notes that it is.
func (f *freezer) first(kind, id string) bool {
	key := kind + " " + id
	was := f.seen[key]
	f.seen[key] = true
	return !was
}

func (f *freezer) summary() string {
	var out string
	if f.k.Invented {
		out = f.word("invented")
	}
	if said := f.in(f.k.Summary); said != "" {
		if out != "" {
			out += "\n\n"
		}
		out += said
	}
	return out
}

// around takes in what is not known, and the time line with its sources.
func (f *freezer) around() {
	for _, u := range f.k.Unknown {
		f.c.Unknown = append(f.c.Unknown, dossier.Unknown{Text: f.in(u.Text), Settles: f.in(u.Settles)})
	}
	for i := range f.k.Facts {
		x := &f.k.Facts[i]
		date := dossier.Date(x.Date)
		if x.Date != "" && x.Until != "" {
			date += dossier.Date("/" + x.Until)
		}
		f.c.Facts = append(f.c.Facts, dossier.Fact{ID: plain(x.ID), Kind: x.Type, Date: date, Text: f.in(x.Text), Amount: x.Amount, Of: x.Conflicts, Sources: append([]string{}, x.Sources...)})
	}
}

// plain is the name of something in a dossier. What was written at the desk may be called by an id that is not below its
// case's; the text of the case marks that by a stroke.
func plain(id string) string { return strings.TrimPrefix(id, "/") }

// claim takes in one claim and all that bears on it.
func (f *freezer) claim(ctx context.Context, k *cases.Claim) error {
	claim := dossier.Claim{ID: plain(k.ID), Text: f.in(k.Text), Lang: f.o.Lang}
	for i := range k.Utterances {
		u := &k.Utterances[i]
		if u.Quote != "" {
			if err := f.quote(u.Quote); err != nil {
				return fmt.Errorf("utterance %d: %w", i+1, err)
			}
		}
		out := dossier.Utterance{Speaker: u.Speaker, Role: u.Role, Date: dossier.Date(u.Date), Quote: u.Quote, Note: u.Source}
		if u.Root != "" {
			out.Note = join(out.Note, f.word("after")+u.Root)
		}
		claim.Utterances = append(claim.Utterances, out)
	}
	var weighed []cases.Weighed
	for i := range k.Evidence {
		id := fmt.Sprintf("%s-e%d", claim.ID, i+1)
		e, err := f.evidence(ctx, id, &k.Evidence[i])
		if err != nil {
			return fmt.Errorf("evidence %d: %w", i+1, err)
		}
		e.Claim = claim.ID
		f.c.Evidence = append(f.c.Evidence, e)
		weighed = append(weighed, k.Evidence[i].Weighed(id, string(e.Stance)))
	}
	for _, r := range f.k.Relations {
		if r.From == k.ID && slices.ContainsFunc(f.k.Claims, func(o cases.Claim) bool { return o.ID == r.To }) {
			claim.Relations = append(claim.Relations, dossier.Relation{Kind: r.Type, Claim: plain(r.To)})
		}
	}
	claim.Status = dossier.Status(cases.Status(weighed))
	claim.Derived = f.derived(weighed, k.Roots())
	f.c.Claims = append(f.c.Claims, claim)
	return nil
}

func join(a, b string) string {
	if a == "" {
		return b
	}
	return a + "; " + b
}

// redact writes down what was left out.
func (f *freezer) redact() {
	now := f.c.Created
	for _, w := range f.k.Withheld {
		r := dossier.Redaction{What: w.What, Why: f.in(w.Why), Who: w.By, When: now}
		for i := range f.c.Captures {
			if c := &f.c.Captures[i]; c.SHA256 == w.What {
				r.What, r.SHA256 = "captures/"+c.SHA256, c.SHA256
			}
		}
		for i := range f.c.Objects {
			if o := &f.c.Objects[i]; o.SHA256 == w.What {
				r.What, r.SHA256 = "objects/"+o.SHA256, o.SHA256
			}
		}
		f.c.Redactions = append(f.c.Redactions, r)
	}
	for i := range f.c.Captures {
		if c := &f.c.Captures[i]; c.Withheld && f.withheld[c.SHA256] == nil {
			f.c.Redactions = append(f.c.Redactions, dossier.Redaction{What: "captures/" + c.SHA256, Why: f.word("private"), Who: f.k.Publisher, When: now, SHA256: c.SHA256})
		}
	}
	for _, h := range f.overflow {
		f.c.Redactions = append(f.c.Redactions, dossier.Redaction{What: "objects/" + h, Why: f.word("size"), Who: f.k.Publisher, When: now, SHA256: h})
	}
}

// query writes a finding's question as it is kept in the dossier.
func query(q *cases.Finding) (json.RawMessage, error) {
	return json.Marshal(struct {
		Country string     `json:"country,omitempty"`
		Network uint32     `json:"network,omitempty"`
		Target  string     `json:"target"`
		Layer   string     `json:"layer,omitempty"`
		From    cases.Date `json:"from,omitempty"`
		To      cases.Date `json:"to,omitempty"`
		Expects string     `json:"expects"`
		AtLeast int        `json:"at_least,omitempty"`
	}{q.Country, q.Network, q.Target, q.Layer, q.From, q.To, q.Expects, q.AtLeast})
}
