package wacz

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"hash"
	"io"
	"slices"
	"strings"
	"time"
)

// pageWithin is how far the time of a page may be from that of the nearest capture of its address.
const pageWithin = 24 * time.Hour

// pageLine is a page as a list gives it.
type pageLine struct {
	where string
	url   string
	at    time.Time
	fault bool // what is wrong with it is a fault, not a note
	text  *[sha256.Size]byte
}

// textOf returns the URL of a page whose text a record holds.
func textOf(uri string) (string, bool) {
	for _, prefix := range []string{"urn:text:", "urn:textFinal:"} {
		if page, ok := strings.CutPrefix(uri, prefix); ok {
			return page, true
		}
	}
	return "", false
}

// textHash hashes a text in which every run of white space counts as one space, and none at its ends.
type textHash struct {
	sum   hash.Hash
	out   []byte
	space bool
	begun bool
}

func newTextHash() *textHash { return &textHash{sum: sha256.New()} }

func (t *textHash) Write(p []byte) (int, error) {
	t.out = t.out[:0]
	for _, c := range p {
		if c == ' ' || c >= '\t' && c <= '\r' {
			t.space = t.begun
			continue
		}
		if t.space {
			t.out = append(t.out, ' ')
		}
		t.space, t.begun = false, true
		t.out = append(t.out, c)
	}
	t.sum.Write(t.out) // never fails
	return len(p), nil
}

func (t *textHash) total() *[sha256.Size]byte { return (*[sha256.Size]byte)(t.sum.Sum(nil)) }

// pagesEntry reads a list of pages.
func (c *checker) pagesEntry(e *zipEntry) {
	if !isPages(e.name) {
		return
	}
	in, done, ok := c.content(e)
	if !ok {
		return
	}
	defer done()
	n := 0
	err := eachLine(&limited{r: in, left: maxPages}, maxPage, func(k int, b []byte) error {
		if err := c.ctx.Err(); err != nil {
			return err
		}
		if len(b) == 0 {
			return nil
		}
		n++
		c.pageLine(e.name, k, n == 1, b)
		return nil
	})
	if broken(err) {
		c.fault(ClassPages, e.name, "%s", err)
	}
	if n == 0 {
		c.fault(ClassPages, e.name, "it is empty")
	}
}

func (c *checker) pageLine(file string, n int, first bool, b []byte) {
	where := fmt.Sprintf("%s, line %d", file, n)
	say := func(format string, args ...any) { c.fault(ClassPages, where, format, args...) }
	if err := strictJSON(b); err != nil {
		say("%s", err)
		return
	}
	var p struct {
		Format *string `json:"format"`
		URL    *string `json:"url"`
		At     *string `json:"ts"`
		ID     any     `json:"id"`
		Title  any     `json:"title"`
		Text   any     `json:"text"`
		Load   *int    `json:"loadState"`
	}
	if err := json.Unmarshal(b, &p); err != nil {
		say("it is no page: %s", err)
		return
	}
	if first {
		switch {
		case p.Format != nil && *p.Format != pagesFormat:
			say("its format is %.60q, not %q", *p.Format, pagesFormat)
		case p.Format == nil && p.URL != nil:
			c.note(ClassPages, where, "the list has no header; players take the first page for one")
		}
		if p.URL == nil {
			return
		}
	}
	c.report.Pages++
	if file == pagesFile {
		c.mainPages++
	}
	if p.URL == nil || *p.URL == "" {
		say("it has no url")
		return
	}
	if id, ok := p.ID.(string); ok && id != "" {
		if other, twice := c.pageIDs[id]; twice {
			say("its id %q is also that of %s", id, other)
		}
		c.pageIDs[id] = where
	}
	if p.At == nil {
		say("it has no time (ts)")
		return
	}
	at, err := time.Parse(time.RFC3339, *p.At)
	if err != nil {
		say("its time %.60q is not of RFC 3339", *p.At)
		return
	}
	if len(c.pages) < maxLines {
		// Crawlers list pages that they could not load.
		l := pageLine{where: where, url: *p.URL, at: at, fault: p.Load == nil || *p.Load > 0}
		if text, _ := p.Text.(string); text != "" {
			h := newTextHash()
			io.WriteString(h, text)
			l.text = h.total()
		}
		c.pages = append(c.pages, l)
	}
}

// comparePages sees that every page was captured, near the time it gives, and that its text is the one captured.
func (c *checker) comparePages() {
	captured := func(uri string) []int64 { return c.index.urls[looseKey(SURT(fragmentless(uri)))] }
	for _, p := range c.pages {
		tell := c.note
		if p.fault {
			tell = c.fault
		}
		times := captured(p.url)
		if len(times) == 0 {
			tell(ClassPages, p.where, "the index has no capture of %.200q", p.url)
			continue
		}
		nearest := time.Duration(1<<63 - 1)
		for _, t := range times {
			nearest = min(nearest, p.at.Sub(time.Unix(t, 0)).Abs())
		}
		if nearest > pageWithin {
			tell(ClassPages, p.where, "it says %s, and no capture of %.200q is nearer than %s", p.at.UTC().Format(time.RFC3339), p.url, nearest.Truncate(time.Minute))
		}
		texts := c.warc.texts[p.url]
		if p.text != nil && len(texts) > 0 && !slices.Contains(texts, *p.text) {
			if strings.HasPrefix(c.software, "py-wacz") { // which takes a text of its own from the HTML
				tell = c.note
			}
			tell(ClassPages, p.where, "its text is not that of the record urn:text:%.200s", p.url)
		}
	}
	listed := slices.ContainsFunc(c.pages, func(p pageLine) bool { return looseKey(SURT(p.url)) == looseKey(SURT(c.mainURL)) })
	if c.mainURL != "" && !listed && len(captured(c.mainURL)) == 0 {
		c.fault(ClassPackage, packageFile, "its main page %.200q is neither listed nor captured", c.mainURL)
	}
	switch {
	case c.zip.find(pagesFile) == nil || c.mainPages > 0:
	case c.mainURL != "":
		c.fault(ClassPages, pagesFile, "it lists no page, though the manifest names a main page")
	case c.report.Pages == 0:
		c.fault(ClassPages, pagesFile, "it lists no page")
	default:
		c.note(ClassPages, pagesFile, "it lists no page; other lists do")
	}
}
