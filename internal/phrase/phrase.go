// Package phrase writes sentences with blanks, and reads them again: what a rule or an import says of its work is
// stored in English, and a page that is read in another language finds out which sentence it is and what stands in
// its blanks.
//
// Reading takes time linear in the text, whatever stands in it: there is no backtracking. The blanks may hold what
// strangers wrote, even text that looks like a sentence of ours; then it may be taken for one, but nothing of it is
// lost or added: what was read, written again, is the text.
package phrase

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"
)

// Form is one sentence, or a part of one, with blanks in braces: "connect: {failure}". The name of a blank says what
// may stand in it; see fits. Names without a meaning here stand for any text, and mean something to the reader.
type Form struct {
	ID     string
	text   string
	pieces []string // literal, blank, literal …, literal; always an odd number
	open   bool     // has a blank for any text
}

// New compiles a form. It panics where the text has a brace without its pair, or two blanks without a word between
// them: texts are constants.
func New(id, text string) *Form {
	f := &Form{ID: id, text: text}
	rest := text
	for {
		before, after, found := strings.Cut(rest, "{")
		name, next, closed := strings.Cut(after, "}")
		if strings.Contains(before, "}") || found && (!closed || name == "") || before == "" && len(f.pieces) > 0 && found {
			panic(fmt.Sprintf("phrase %s: %q", id, text)) // a constant; every form is made when the program starts
		}
		f.pieces = append(f.pieces, before)
		if !found {
			return f
		}
		f.pieces = append(f.pieces, name)
		f.open = f.open || !narrow(name)
		rest = next
	}
}

// Text returns the form as it was given to New.
func (f *Form) Text() string { return f.text }

// Blanks returns the names of the blanks, in order.
func (f *Form) Blanks() []string {
	var out []string
	for i := 1; i < len(f.pieces); i += 2 {
		out = append(out, f.pieces[i])
	}
	return out
}

// Say fills the blanks, in order.
func (f *Form) Say(values ...string) string {
	if len(values) != len(f.pieces)/2 {
		panic(fmt.Sprintf("phrase %s: %d values", f.ID, len(values))) // a mistake of the caller's, which the first call shows
	}
	if len(values) == 0 {
		return f.text
	}
	n := 0
	for i := 0; i < len(f.pieces); i += 2 {
		n += len(f.pieces[i])
	}
	for _, v := range values {
		n += len(v)
	}
	var b strings.Builder
	b.Grow(n)
	b.WriteString(f.pieces[0])
	for i, v := range values {
		b.WriteString(v)
		b.WriteString(f.pieces[2*i+2])
	}
	return b.String()
}

// Read returns what stands in the blanks of a text that is this form from its first byte to its last.
func (f *Form) Read(text string) ([]string, bool) {
	rest, ok := strings.CutPrefix(text, f.pieces[0])
	if !ok {
		return nil, false
	}
	if len(f.pieces) == 1 {
		return nil, rest == ""
	}
	values := make([]string, 0, len(f.pieces)/2)
	for i := 1; i < len(f.pieces); i += 2 {
		kind, literal := f.pieces[i], f.pieces[i+1]
		end := len(rest) - len(literal)
		switch {
		case i+2 == len(f.pieces): // the last one takes all that is left
			if end < 0 || rest[end:] != literal {
				return nil, false
			}
		case kind == "quoted":
			q, err := strconv.QuotedPrefix(rest)
			if err != nil {
				return nil, false
			}
			end = len(q)
		default:
			end = strings.Index(rest, literal)
		}
		if end < 0 || !strings.HasPrefix(rest[end:], literal) || !fits(kind, rest[:end]) {
			return nil, false
		}
		values = append(values, rest[:end])
		rest = rest[end+len(literal):]
	}
	return values, true
}

// narrow says whether what may stand in a blank of that name never looks like the words around it.
func narrow(kind string) bool {
	switch kind {
	case "number", "word", "code", "list", "address", "addresses":
		return true
	}
	return false
}

// fits says whether a value may stand in a blank of that name.
func fits(kind, value string) bool {
	switch kind {
	case "number": // digits, and a point among them
		whole, part, found := strings.Cut(value, ".")
		return digits(whole) && (!found || digits(part))
	case "word": // nothing that separates words
		return value != "" && !strings.ContainsAny(value, " \t\r\n")
	case "code": // a name of the kind programs give
		return strings.Trim(value, "abcdefghijklmnopqrstuvwxyz0123456789_") == ""
	case "list": // of words, with commas between; maybe of none
		for item := range strings.SplitSeq(value, ", ") {
			if strings.ContainsAny(item, " \t\r\n;") || item == "" && value != "" {
				return false
			}
		}
		return true
	case "address": // of a machine, or the number of a network
		return address(value)
	case "addresses": // with commas between; maybe none
		for item := range strings.SplitSeq(value, ", ") {
			if value != "" && !address(item) {
				return false
			}
		}
		return true
	case "quoted": // as Go quotes
		q, err := strconv.QuotedPrefix(value)
		return err == nil && q == value
	case "object": // of JSON
		return strings.HasPrefix(value, "{") && strings.HasSuffix(value, "}")
	}
	return true
}

func address(s string) bool {
	if as, ok := strings.CutPrefix(s, "AS"); ok && digits(as) {
		return true
	}
	_, err := netip.ParseAddr(s)
	return err == nil
}

func digits(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }
