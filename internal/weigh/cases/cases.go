// Package cases reads a case as text: a folder of YAML files that people write, review and merge. A case asks a
// question and sets out claims, who made them, and the evidence for and against each. It is pure: it reads from an
// fs.FS it is handed, and asks nobody else. docs/format/case.md describes the files.
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

// Case is a question and what is claimed, shown and not known about it.
type Case struct {
	ID        string `yaml:"id"` // lower case, digits, hyphens
	Language  string `yaml:"language"`
	Title     Text   `yaml:"title"`
	Question  Text   `yaml:"question"`
	Publisher string `yaml:"publisher"`
	Invented  bool   `yaml:"invented"` // nothing in it is of this world, and every page says so
	Unknown   []Text `yaml:"unknown"`  // what is not known, and what would settle it
	// Withheld is what the publisher left out, and why: never the thing itself.
	Withheld []Withheld `yaml:"withheld"`
	Claims   []Claim    `yaml:"-"` // from claims/*.yaml, in the order of the files' names
}

// Claim is one proposition.
type Claim struct {
	ID         string      `yaml:"id"`
	Text       Text        `yaml:"text"`
	Utterances []Utterance `yaml:"utterances"`
	Evidence   []Evidence  `yaml:"evidence"`
}

// Utterance is one time somebody said it.
type Utterance struct {
	Speaker string `yaml:"speaker"` // in a public role
	Role    string `yaml:"role"`    // official, journalist, expert, company, group, anonymous
	Date    Date   `yaml:"date"`    // as precise as it is known; empty: not known
	Quote   string `yaml:"quote"`   // id of a quote anchored in a capture
	Source  string `yaml:"source"`  // address or title of where it was said, where there is no capture
	Root    string `yaml:"root"`    // what it derives from, where it is no source of its own
}

// Evidence is one thing that bears on a claim. Just one of Finding, Incident, Measurement, Quote, Capture,
// Statement and Absence is set.
type Evidence struct {
	Stance   string `yaml:"stance"`   // supports, contradicts, context, insufficient; of a finding: derived
	Strength string `yaml:"strength"` // weak, medium, strong
	Reason   Text   `yaml:"reason"`
	By       string `yaml:"by"` // who weighed it
	At       Date   `yaml:"at"`
	Root     string `yaml:"root"` // what it derives from, where it is no source of its own

	Finding     *Finding   `yaml:"finding"`
	Incident    string     `yaml:"incident"`
	Measurement string     `yaml:"measurement"`
	Quote       string     `yaml:"quote"`
	Capture     string     `yaml:"capture"` // hex SHA-256
	Statement   *Statement `yaml:"statement"`
	Absence     *Absence   `yaml:"absence"`
}

// Finding is a question to the measurements, and what answer the claim leads one to expect.
type Finding struct {
	Country string `yaml:"country"`
	Network uint32 `yaml:"network"` // AS number
	Target  string `yaml:"target"`
	Layer   string `yaml:"layer"`
	From    Date   `yaml:"from"`    // inclusive
	To      Date   `yaml:"to"`      // exclusive
	Expects string `yaml:"expects"` // blocked or reachable
	AtLeast int    `yaml:"at_least"`
}

// Statement is what a source that is not captured says.
type Statement struct {
	Text   Text   `yaml:"text"`
	Source string `yaml:"source"`
	Date   Date   `yaml:"date"`
}

// Absence is what was looked for and not found.
type Absence struct {
	What  Text   `yaml:"what"`
	Where string `yaml:"where"`
	At    Date   `yaml:"at"`
	By    string `yaml:"by"`
}

// Withheld is something left out of what is published.
type Withheld struct {
	What string `yaml:"what"` // a capture's or measurement's hash, or a field's path
	Why  Text   `yaml:"why"`
	By   string `yaml:"by"`
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
