package wacz

import (
	"encoding/json"
	"fmt"
	"time"
)

// pageWithin is how far the time of a page may be from that of the nearest capture of its address.
const pageWithin = 24 * time.Hour

// pageLine is a page as a list gives it.
type pageLine struct {
	where string
	url   string
	at    time.Time
	main  bool // of pages/pages.jsonl
}

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
		c.pages = append(c.pages, pageLine{where, *p.URL, at, file == pagesFile})
	}
}

// comparePages sees that every page was captured, near the time it gives.
func (c *checker) comparePages() {
	for _, p := range c.pages {
		tell := c.note
		if p.main {
			tell = c.fault
		}
		times := c.index.urls[looseKey(SURT(fragmentless(p.url)))]
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
	}
}
