package search

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Limits of a query.
const (
	maxQuery = 1000 // bytes
	maxTerms = 32
)

// ErrQuery says that a query cannot be asked; why follows.
var ErrQuery = errors.New("this cannot be searched for")

// Facets returns the fields that documents may be narrowed by, in the order they are shown.
func Facets() []string {
	return []string{"kind", "lang", "case", "status", "theme", "frame", "source", "place", "type"}
}

// term is one thing that must, or must not, be there.
type term struct {
	words  []string // one after the other
	prefix bool     // the last may go on
	exact  bool     // in quotes: no other forms of the word
	not    bool
}

// parsed is a query that was read.
type parsed struct {
	terms       []term
	is          map[string][]string // facet to values, any of which will do
	not         map[string][]string
	from, until string
}

// parse reads a query as a person wrote it. Nothing in it is an error but its length: what is no known
// field is searched for as words.
func parse(text string) (parsed, error) {
	p := parsed{is: map[string][]string{}, not: map[string][]string{}}
	if len(text) > maxQuery {
		return p, fmt.Errorf("%w: it is longer than %d bytes", ErrQuery, maxQuery)
	}
	rest := strings.ToValidUTF8(text, " ")
	for rest != "" {
		r, size := utf8.DecodeRuneInString(rest)
		if unicode.IsSpace(r) {
			rest = rest[size:]
			continue
		}
		var not bool
		if r == '-' && len(rest) > 1 && rest[1] != ' ' && rest[1] != '-' {
			not, rest = true, rest[1:]
		}
		var field string
		if name, after, ok := strings.Cut(rest, ":"); ok && isField(name) {
			field, rest = name, after
		}
		value, quoted, after := next(rest)
		rest = after
		if field != "" {
			p.narrow(field, value, not)
			continue
		}
		if t, ok := termOf(value, quoted, not); ok {
			p.terms = append(p.terms, t)
		}
		if len(p.terms) > maxTerms {
			return p, fmt.Errorf("%w: it has more than %d words", ErrQuery, maxTerms)
		}
	}
	return p, nil
}

func isField(name string) bool {
	return name == "from" || name == "until" || slices.Contains(Facets(), name)
}

func (p *parsed) narrow(field, value string, not bool) {
	switch {
	case value == "":
	case field == "from":
		p.from = value
	case field == "until":
		p.until = value
	case not:
		p.not[field] = append(p.not[field], value)
	default:
		p.is[field] = append(p.is[field], value)
	}
}

// next cuts off one word, or what stands in quotes; a quote that is not closed goes to the end.
func next(s string) (value string, quoted bool, rest string) {
	for _, q := range [][2]string{{`"`, `"`}, {"“", "”"}, {"«", "»"}, {"「", "」"}} {
		if after, ok := strings.CutPrefix(s, q[0]); ok {
			value, rest, _ = strings.Cut(after, q[1])
			return strings.TrimSpace(value), true, rest
		}
	}
	if i := strings.IndexFunc(s, unicode.IsSpace); i >= 0 {
		return s[:i], false, s[i:]
	}
	return s, false, ""
}

func termOf(value string, quoted, not bool) (term, bool) {
	t := term{exact: quoted, not: not, prefix: !quoted && strings.HasSuffix(value, "*")}
	for _, w := range words(value) {
		t.words = append(t.words, w.text)
	}
	return t, len(t.words) > 0
}
