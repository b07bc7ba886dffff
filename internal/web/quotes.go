package web

import (
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"veedor/internal/evidence/capture"
)

// quoted is words quoted from a capture, and what became of them.
type quoted struct {
	capture.Quotation
	Before, Words, After string // with a little of what stands around them
	Translation          string
	Lang, Into           string
	History              []requoted
	MoreHistory          int64
}

// requoted is what became of a quote in another capture of the page.
type requoted struct {
	Outcome string
	At      time.Time // of the other capture
	Href    string    // "" where that capture is not here
	Diff    string
	Edits   []piece
}

const (
	maxQuotes  = 6000 // bytes of a page
	maxQuoted  = 400  // code points of a quote
	maxAround  = 60   // before and after it
	maxHistory = 5    // of a quote
	maxChanged = 400  // code points of a difference within a quote
)

// quotes takes in the quotes of a capture, in the order of its text.
func (p *capturePage) quotes(r *request, c *capture.Capture) error {
	list, err := r.s.Captures.Quotes(c.Hash)
	if err != nil {
		return err
	}
	left := maxQuotes
	for _, q := range list {
		if left < 0 {
			p.MoreQuotes++
			continue
		}
		row := quoted{Quotation: q, Words: shorten(q.Selector.Exact, maxQuoted), Translation: shorten(q.Translation, maxQuoted), After: shorten(q.Selector.Suffix, maxAround), Lang: languageTag(q.Lang), Into: languageTag(q.Into)}
		before := q.Selector.Prefix
		if n := utf8.RuneCountInString(before); n > maxAround {
			before = "…" + string([]rune(before)[n-maxAround+1:])
		}
		row.Before = shorten(before, maxAround)
		// Latest first: the present state of the page is what readers want.
		for i := len(q.History) - 1; i >= 0; i-- {
			if len(row.History) == maxHistory {
				row.MoreHistory++
				continue
			}
			h := r.requoted(c, q.History[i])
			row.History = append(row.History, h)
			left -= 300
			for _, e := range h.Edits {
				left -= weight(e.Text) + 40
			}
		}
		left -= 600 + weight(row.Before, row.Words, row.After, row.Translation, row.By, row.Note, row.Translator)
		p.Quotes = append(p.Quotes, row)
	}
	return nil
}

func (r *request) requoted(c *capture.Capture, h capture.Requote) requoted {
	out := requoted{Outcome: h.Outcome, At: h.At}
	if o, err := r.s.Captures.Get(h.Capture); err == nil {
		out.At, out.Href = o.At, captureHref(r.lang, o.Hash)
		if agreement(c, o) == "differs" {
			out.Diff = differenceHref(r.lang, c.Hash, o.Hash)
		}
	}
	if h.Outcome == capture.Changed {
		out.Edits = pieces(h.Edits, maxChanged)
	}
	return out
}

// piece is a part of a difference as it is shown: text that is in both, was added or taken out, or how much of one
// of these is left out.
type piece struct {
	Op   string // same, added, removed; or left, more
	Text string
	N    int64 // code points left out
}

const (
	nearby      = 120 // code points of unchanged text beside a change
	maxOneEdit  = 900 // code points of one change
	maxSubEdits = 200 // changes on a page
)

// pieces makes a difference fit for a page: what did not change is shown near changes only, long changes are cut,
// and after budget code points it stops and says how much more there is.
func pieces(edits []capture.Edit, budget int) []piece {
	var out []piece
	var more int64 // code points of changes not shown
	show := func(op, text string, most int) {
		n := utf8.RuneCountInString(text)
		out = append(out, piece{Op: op, Text: lines(text, most)})
		budget -= min(n, most)
		if n > most {
			out = append(out, piece{Op: "left", N: int64(n - most)})
		}
	}
	for i, e := range edits {
		runes := []rune(e.Text)
		switch {
		case len(runes) == 0:
		case budget <= 0 || len(out) >= maxSubEdits:
			if e.Op != "=" {
				more += int64(len(runes))
			}
		case e.Op == "-":
			show("removed", e.Text, min(maxOneEdit, budget))
		case e.Op == "+":
			show("added", e.Text, min(maxOneEdit, budget))
		default:
			head, tail := nearby, nearby
			if i == 0 {
				head = 0
			}
			if i == len(edits)-1 {
				tail = 0
			}
			if len(runes) <= head+tail+20 {
				show("same", e.Text, len(runes))
				continue
			}
			before, after := wholeWords(runes, head, tail)
			if before != "" {
				show("same", before, head)
			}
			out = append(out, piece{Op: "left", N: int64(len(runes) - utf8.RuneCountInString(before+after))})
			if after != "" {
				show("same", after, tail)
			}
		}
	}
	if more > 0 {
		out = append(out, piece{Op: "more", N: more})
	}
	return out
}

// wholeWords returns the beginning and the end of a text, at most head and tail code points, cut between words where
// there are any.
func wholeWords(runes []rune, head, tail int) (before, after string) {
	before, after = string(runes[:head]), string(runes[len(runes)-tail:])
	if i := strings.LastIndexFunc(before, unicode.IsSpace); i > 0 && !unicode.IsSpace(runes[head]) {
		before = before[:i]
	}
	if i := strings.IndexFunc(after, unicode.IsSpace); i >= 0 && i < len(after)-1 && !unicode.IsSpace(runes[len(runes)-tail-1]) {
		after = after[i:]
	}
	return before, after
}

// lines is shorten for a text of several lines: it leaves their ends in.
func lines(s string, n int) string {
	var b strings.Builder
	for line := range strings.Lines(s) {
		if n <= 0 {
			break
		}
		body, end := strings.CutSuffix(line, "\n")
		cut := shorten(body, n)
		n -= utf8.RuneCountInString(cut)
		b.WriteString(cut)
		if end {
			b.WriteByte('\n')
			n--
		}
	}
	return b.String()
}
