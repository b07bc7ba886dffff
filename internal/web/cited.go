package web

import (
	"regexp"
	"strings"

	"veedor/internal/weigh/cases"
	"veedor/internal/weigh/desk"
)

// cited are the words of a source as readers see them: what it is called and when it is from, and apart from that its
// addresses, which are long.
type cited struct {
	Text string
	Href string // the latest capture of the first of its addresses that was captured; "" where none was
	At   []string
}

// maxAddresses is how many addresses of one source are shown.
const maxAddresses = 3

var (
	writtenDay = regexp.MustCompile(`\b\d{4}-\d{2}(?:-\d{2})?\b`)
	cutAddress = regexp.MustCompile(`[,:]?\s*\x00`) // with what leads to it
)

// cited reads the words of a source, such as "Name, https://example.org/a (2021-09-28)".
func (r *request) cited(words string) cited {
	words = shorten(words, 600)
	out := cited{Href: r.sourceHref(words)}
	for _, a := range cases.Addresses(words) {
		words = strings.Replace(words, a, "\x00", 1)
		if len(out.At) < maxAddresses {
			out.At = append(out.At, a)
		}
	}
	words = strings.TrimLeft(cutAddress.ReplaceAllString(words, ""), " ,;.")
	out.Text = writtenDay.ReplaceAllStringFunc(words, r.dated)
	if out.Text == "" && len(out.At) > 0 { // nothing but an address
		out.Text, out.At = out.At[0], out.At[1:]
	}
	return out
}

// sources names sources, and opens those that give an address of which there is a capture.
func (r *request) sources(list []string, most int) (out []cited) {
	for _, s := range firstOf(list, most) {
		out = append(out, r.cited(s))
	}
	return out
}

// sourceOf is the source that a record names.
func (r *request) sourceOf(rec *desk.Record) cited { return r.cited(rec.Str("source")) }

// weighs is how much of a page it takes.
func (c cited) weighs() int { return weight(c.Text, c.Href) + weight(c.At...) }
