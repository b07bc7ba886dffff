// Package cases reads and writes a case as text: a folder of YAML files that people write, review and merge. A case
// asks a question and sets out claims, who made them, the evidence for and against each, and what was published,
// by whom, in which frames. It is pure: it reads from an fs.FS it is handed, returns files as bytes, and asks nobody
// else. docs/format/case.md describes the files.
package cases

import "time"

// Text is words by language ("en", "es"); a plain string in a file is in the case's own language.
type Text map[string]string

// In returns the words in a language, else in the first of the others that has some.
func (t Text) In(lang string, others ...string) string {
	for _, l := range append([]string{lang}, others...) {
		if s := t[l]; s != "" {
			return s
		}
	}
	return ""
}

// Case is a question and what is claimed, shown and not known about it. The keys of the files stand in the order of
// the fields here.
type Case struct {
	ID        string     `yaml:"id,omitempty"` // lower case, digits, hyphens
	Language  string     `yaml:"language,omitempty"`
	Invented  bool       `yaml:"invented,omitempty"` // nothing in it is of this world, and every page says so
	Title     Text       `yaml:"title,omitempty"`
	Question  Text       `yaml:"question,omitempty"`
	Publisher string     `yaml:"publisher,omitempty"`
	Summary   Text       `yaml:"summary,omitempty"`
	Questions []Question `yaml:"questions,omitempty"` // others it asks
	Unknown   []Unknown  `yaml:"unknown,omitempty"`
	// Withheld is what the publisher left out, and why: never the thing itself.
	Withheld []Withheld `yaml:"withheld,omitempty"`

	Claims    []Claim    `yaml:"-"` // claims/*.yaml, in the order of the files' names
	Items     []Item     `yaml:"-"` // items/*.yaml, likewise
	Actors    []Actor    `yaml:"-"` // actors.yaml, and so on
	Facts     []Fact     `yaml:"-"`
	Frames    []Frame    `yaml:"-"`
	Themes    []Theme    `yaml:"-"`
	Sources   []Source   `yaml:"-"`
	Entities  []Entity   `yaml:"-"`
	Locations []Location `yaml:"-"`
	Relations []Relation `yaml:"-"`
	Lineage   []Lineage  `yaml:"-"`
}

// Question is another question of a case. One that has a kind of proof says what would count as proof that something was
// exported, and where that stands.
type Question struct {
	ID       string   `yaml:"id,omitempty"`
	Text     Text     `yaml:"text,omitempty"`
	Proof    string   `yaml:"proof,omitempty"`    // one of Proofs
	Evidence []string `yaml:"evidence,omitempty"` // "claim.evidence", of the case's claims
	Networks []string `yaml:"networks,omitempty"` // "AS8048": whose way of restricting is compared …
	Origin   []string `yaml:"origin,omitempty"`   // … with that of these, where it is supposed to come from
}

// Proofs are the kinds of proof that a filter was exported, strongest first: papers of a contract, traces that a maker's
// equipment leaves in a network, payments and people at work, a likeness of ways of restricting.
func Proofs() []string { return []string{"documents", "equipment", "people-money", "signature"} }

// Unknown is what is not known. In a file it is words alone, unless it says more.
type Unknown struct {
	ID      string `yaml:"id,omitempty"`
	Text    Text   `yaml:"text,omitempty"`
	Settles Text   `yaml:"settles,omitempty"` // what would settle it
}

// Withheld is something left out of what is published.
type Withheld struct {
	ID   string `yaml:"id,omitempty"`
	What string `yaml:"what,omitempty"` // a capture's or measurement's hash, or a field's path
	Why  Text   `yaml:"why,omitempty"`
	By   string `yaml:"by,omitempty"`
}

// Claim is one proposition.
type Claim struct {
	ID         string      `yaml:"id,omitempty"`
	File       string      `yaml:"-"` // the name of its file without its end, where that is not the id
	Text       Text        `yaml:"text,omitempty"`
	Language   string      `yaml:"language,omitempty"`
	Frames     []string    `yaml:"frames,omitempty"`
	Themes     []string    `yaml:"themes,omitempty"`
	Items      []string    `yaml:"items,omitempty"`
	Utterances []Utterance `yaml:"utterances,omitempty"`
	Evidence   []Evidence  `yaml:"evidence,omitempty"`
}

// Utterance is one time somebody said it.
type Utterance struct {
	ID        string `yaml:"id,omitempty"`
	Speaker   string `yaml:"speaker,omitempty"`   // in a public role
	Role      string `yaml:"role,omitempty"`      // official, journalist, expert, company, group, anonymous
	Entity    string `yaml:"entity,omitempty"`    // the speaker, among the entities
	Date      Date   `yaml:"date,omitempty"`      // as precise as it is known
	DateLack  Text   `yaml:"date_lack,omitempty"` // why no date is known
	Quote     string `yaml:"quote,omitempty"`     // id of a quote anchored in a capture
	QuoteLack Text   `yaml:"quote_lack,omitempty"`
	Source    string `yaml:"source,omitempty"` // address or title of where it was said, where there is no capture
	Item      string `yaml:"item,omitempty"`   // where it was said, among the items
	Root      string `yaml:"root,omitempty"`   // what it derives from, where it is no source of its own
}

// Evidence is one thing that bears on a claim. Just one of Finding, Incident, Measurement, Quote, Capture, Document,
// Registry, Statement and Absence is set.
type Evidence struct {
	ID          string     `yaml:"id,omitempty"`
	Finding     *Finding   `yaml:"finding,omitempty"`
	Incident    string     `yaml:"incident,omitempty"`
	Measurement string     `yaml:"measurement,omitempty"`
	Quote       string     `yaml:"quote,omitempty"`
	Capture     string     `yaml:"capture,omitempty"` // hex SHA-256
	Document    *Statement `yaml:"document,omitempty"`
	Registry    *Registry  `yaml:"registry,omitempty"`
	Statement   *Statement `yaml:"statement,omitempty"`
	Absence     *Absence   `yaml:"absence,omitempty"`

	Stance   string `yaml:"stance,omitempty"`   // supports, contradicts, context, insufficient; of a finding: derived
	Strength string `yaml:"strength,omitempty"` // weak, medium, strong
	Reason   Text   `yaml:"reason,omitempty"`
	By       string `yaml:"by,omitempty"` // who weighed it
	At       Date   `yaml:"at,omitempty"`
	Item     string `yaml:"item,omitempty"` // where it stands, among the items
	Root     string `yaml:"root,omitempty"` // what it derives from, where it is no source of its own
}

// Finding is a question to the measurements, and what answer the claim leads one to expect.
type Finding struct {
	Country string `yaml:"country,omitempty"`
	Network uint32 `yaml:"network,omitempty"` // AS number
	Target  string `yaml:"target,omitempty"`
	Layer   string `yaml:"layer,omitempty"`
	From    Date   `yaml:"from,omitempty"`    // inclusive
	To      Date   `yaml:"to,omitempty"`      // exclusive
	Expects string `yaml:"expects,omitempty"` // blocked or reachable
	AtLeast int    `yaml:"at_least,omitempty"`
}

// Statement is what a source that is not captured says, or a document.
type Statement struct {
	Text   Text   `yaml:"text,omitempty"`
	Source string `yaml:"source,omitempty"`
	Date   Date   `yaml:"date,omitempty"`
}

// Registry is a statement of the registry: that a source gives an entity's property a value. Without a value any will do,
// without a property that the entity is there.
type Registry struct {
	Entity   string `yaml:"entity,omitempty"`
	Property string `yaml:"property,omitempty"`
	Value    string `yaml:"value,omitempty"`
}

// Absence is what was looked for and not found.
type Absence struct {
	What  Text   `yaml:"what,omitempty"`
	Where string `yaml:"where,omitempty"`
	At    Date   `yaml:"at,omitempty"`
	By    string `yaml:"by,omitempty"`
}

// Relation is between two claims.
type Relation struct {
	ID     string `yaml:"id,omitempty"`
	From   string `yaml:"from,omitempty"`
	Type   string `yaml:"type,omitempty"` // contradicts, repeats, corrects, retracts
	To     string `yaml:"to,omitempty"`
	Reason Text   `yaml:"reason,omitempty"`
	By     string `yaml:"by,omitempty"`
	At     Date   `yaml:"at,omitempty"`
}

// Date is a day, month or year: "2020-11-30", "2021-06", "2013", or a moment in RFC 3339.
type Date string

// Time returns the first moment of the date, in UTC, and how precise it is: second, day, month or year.
func (d Date) Time() (time.Time, string, error) {
	for _, f := range []struct{ layout, precision string }{
		{time.DateOnly, "day"}, {"2006-01", "month"}, {"2006", "year"}, {time.RFC3339, "second"},
	} {
		if t, err := time.Parse(f.layout, string(d)); err == nil {
			return t.UTC(), f.precision, nil
		}
	}
	return time.Time{}, "", errDate(d)
}
