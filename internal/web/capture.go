package web

import (
	"cmp"
	"errors"
	"html/template"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"veedor/internal/evidence/capture"
	"veedor/internal/evidence/tlog"
)

// capturePage is what is known of one capture: what it shows, how it came about, what was said of it since, and
// how far it can be checked.
type capturePage struct {
	base
	C            captureRow
	Text         excerpt
	TextLang     string
	Shown        capture.Shown
	Picture      *picture // nil where there is no screenshot, or it may not be shown
	Quotes       []quoted
	MoreQuotes   int64
	Others       []otherCapture // of the same page
	MoreOthers   int64
	Exchange     []exchange // of the page itself, redirects first
	OtherAsked   int64      // requests beside them
	Chains       []chain
	Faults       []faultRow
	MoreFaults   int64
	Partial      translated
	Refusals     []refusalRow
	MoreRefusals int64
	Leaf         *leafRow // nil where the log does not have it
}

// excerpt is the beginning of a text, line by line.
type excerpt struct {
	Lines []string
	Cut   bool // there is more
}

// otherCapture is another capture of the same page.
type otherCapture struct {
	captureRow
	Agrees      string // same, differs or unknown: is its main text the same?
	Independent bool   // by somebody else or over another network, at about the same time
	Diff        string // address of the page with the difference; "" where there is none to show
}

// What a capture's page holds at most.
// faultRow is something that is wrong with a package: in which part, what, and where.
type faultRow struct {
	Class string
	What  translated
	Where string
}

// refusalRow is an address that was not asked for, and why.
type refusalRow struct {
	Why translated
	URL string
}

const (
	maxText    = 3600 // bytes of the main text
	maxSnippet = 400  // code points, where the whole text is not public
	maxLines   = 24
	maxOthers  = 8
	maxListed  = 2000 // bytes of faults, and of refusals
)

// weight returns how many bytes texts take on a page.
func weight(texts ...string) (n int) {
	for _, t := range texts {
		n += len(template.HTMLEscapeString(t))
	}
	return n
}

func (s *site) capture(r *request) error {
	c, err := s.captureOf(r, "hash")
	if err != nil {
		return err
	}
	w := r.words()
	p := capturePage{C: r.captureRow(*c), TextLang: languageTag(c.Lang)}
	p.base = r.base(w.get("m.title", isolate(shorten(p.C.Name, 60)), day(w, c.At)))
	if p.Shown, err = s.Captures.Shown(c.Hash); err != nil {
		return err
	}
	for _, fill := range []func(*request, *capture.Capture) error{p.text, p.quotes, p.others, p.exchanged} {
		if err := fill(r, c); err != nil && !errors.Is(err, capture.ErrNotFound) {
			return err
		}
	}
	faults, more := listed(c.Faults, func(f capture.Fault) int { return weight(shorten(f.What, 200), shorten(f.Where, 120)) })
	for _, f := range faults {
		p.Faults = append(p.Faults, faultRow{cmp.Or(w["said.class."+f.Class], f.Class), r.tell(faultSentences, f.What, 200), f.Where})
	}
	p.MoreFaults = more
	p.Partial = r.tell(partSentences, c.Partial, 200)
	refused, more := listed(c.Refusals, func(f capture.Refusal) int { return weight(shorten(f.Why, 160), shorten(f.URL, 160)) })
	for _, f := range refused {
		p.Refusals = append(p.Refusals, refusalRow{r.refusal(f.Why), f.URL})
	}
	p.MoreRefusals = more
	p.Leaf = r.leafOf(tlog.Capture, c.Hash)
	p.Cite = r.citing(quotable{Name: "capture-" + shorten(c.Hash, 17)[:16], Sentence: w.get("capture.citation", isolate(p.C.Name), isolate(shorten(c.URL, 300)), moment(w, c.At)), Page: captureHref(r.lang, c.Hash), At: c.At, Note: w.get("cite.package", c.Hash), Stays: "cite.stays.capture"}, "")
	return r.render(http.StatusOK, "capture", p)
}

// refusal says why an address was not asked for. The recorder quotes as Go does what is too long or does not print.
func (r *request) refusal(why string) translated {
	if plain, err := strconv.Unquote(why); err == nil && refusalSentences.Read(plain) != nil {
		why = plain
	}
	return r.tell(refusalSentences, why, 160)
}

// listed returns as much of a list as a page holds, and how many more there are.
func listed[T any](list []T, weigh func(T) int) ([]T, int64) {
	left := maxListed
	for i, x := range list {
		if left < 0 {
			return list[:i], int64(len(list) - i)
		}
		left -= 100 + weigh(x)
	}
	return list, 0
}

// text takes in as much of the text and the screenshot as may be shown.
func (p *capturePage) text(r *request, c *capture.Capture) error {
	s := r.s
	if p.Shown.Screenshot {
		if pic, err := s.picture(c.Hash); err == nil && pic.Width > 0 {
			p.Picture = pic
		} else if err != nil && !errors.Is(err, capture.ErrNotFound) {
			return err
		}
	}
	switch {
	case p.Shown.Text:
		text, err := s.Captures.Main(c.Hash)
		if errors.Is(err, capture.ErrNotFound) || err == nil && text == "" {
			text, err = s.Captures.Text(c.Hash)
		}
		p.Text = excerptOf(text)
		return err
	case p.Shown.Snippet:
		text, err := s.Captures.Snippet(c.Hash, maxSnippet)
		p.Text = excerptOf(text)
		p.Text.Cut = text != ""
		return err
	}
	return nil
}

// excerptOf cuts a text to what a page holds.
func excerptOf(text string) excerpt {
	var e excerpt
	left := maxText
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(shorten(line, maxText/4)); line == "" {
			continue
		}
		if len(e.Lines) == maxLines || left <= 0 {
			e.Cut = true
			break
		}
		if weight(line) > left {
			line, e.Cut = shorten(line, max(left/4, 20)), true
		}
		left -= weight(line) + 8
		e.Lines = append(e.Lines, line)
	}
	return e
}

// languageTag lets a language that a page claims into a lang attribute only where it looks like one.
func languageTag(s string) string {
	ok := len(s) >= 2 && len(s) <= 35 && strings.Trim(strings.ToLower(s), "abcdefghijklmnopqrstuvwxyz0123456789-") == "" && unicode.IsLetter(rune(s[0]))
	if !ok {
		return ""
	}
	return s
}

// others lists captures of the same page, latest first, with whether they agree.
func (p *capturePage) others(r *request, c *capture.Capture) error {
	same, err := r.s.Captures.Same(c.Hash)
	if err != nil {
		return err
	}
	near, err := r.s.Captures.Agreement(c.Hash)
	if err != nil && !errors.Is(err, capture.ErrNotFound) {
		return err
	}
	independent := map[string]bool{}
	for _, a := range near {
		independent[a.Other.Hash] = true
	}
	for i := len(same) - 1; i >= 0; i-- {
		o := same[i]
		if o.Hash == c.Hash {
			continue
		}
		if len(p.Others) == maxOthers {
			p.MoreOthers++
			continue
		}
		row := otherCapture{captureRow: r.captureRow(o), Independent: independent[o.Hash], Agrees: agreement(c, &o)}
		if row.Agrees == "differs" {
			row.Diff = differenceHref(r.lang, c.Hash, o.Hash)
			if o.At.Before(c.At) {
				row.Diff = differenceHref(r.lang, o.Hash, c.Hash)
			}
		}
		p.Others = append(p.Others, row)
	}
	return nil
}

// agreement says whether the main texts of two captures are the same.
func agreement(a, b *capture.Capture) string {
	switch {
	case a.MainHash == "" || b.MainHash == "":
		return "unknown"
	case a.MainHash == b.MainHash:
		return "same"
	}
	return "differs"
}

// IsImport says whether others recorded it.
func (c captureRow) IsImport() bool { return c.Kind == capture.Import }

// HasFull says whether there is a screenshot of the whole page.
func (c captureRow) HasFull() bool { return slices.Contains(c.Parts, "fullPage") }
