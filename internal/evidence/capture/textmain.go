package capture

import (
	"context"
	"fmt"
	"net/url"
	"time"

	"codeberg.org/readeck/go-readability/v2"
	"golang.org/x/net/html"
)

const (
	maxElements = 60_000           // of a page whose main text is looked for
	mainTime    = 10 * time.Second // for looking
)

// main tells the main text from the rest, by the algorithm that browsers' reading modes use, and reads what the page says of itself. It
// takes the tree apart.
func (t *Text) main(ctx context.Context, doc *html.Node, page string) {
	n := 0
	for range doc.Descendants() {
		n++
	}
	if n > 2*maxElements {
		t.note("The page has more than %d elements; its main text was not told from the rest.", maxElements)
		return
	}
	address, err := url.Parse(page)
	if err != nil || !address.IsAbs() {
		address = &url.URL{Scheme: "about", Opaque: "blank"}
	}
	made := make(chan Text, 1)
	go func() {
		made <- mainText(doc, address)
	}()
	timer := time.NewTimer(mainTime)
	defer timer.Stop()
	select {
	case m := <-made:
		t.take(&m)
	case <-timer.C:
		t.note("Looking for the main text took too long.")
	case <-ctx.Done():
	}
}

// take adds what was found with the main text.
func (t *Text) take(m *Text) {
	t.Main, t.Byline, t.Published, t.Modified = m.Main, m.Byline, m.Published, m.Modified
	if m.Title != "" {
		t.Title = m.Title
	}
	if t.Language == "" {
		t.Language = m.Language
	}
	t.Notes = append(t.Notes, m.Notes...)
}

func mainText(doc *html.Node, address *url.URL) (t Text) {
	defer func() {
		if r := recover(); r != nil {
			t = Text{}
			t.note("The main text could not be told from the rest: %.200s.", fmt.Sprint(r))
		}
	}()
	p := readability.NewParser()
	p.MaxElemsToParse = maxElements
	a, err := p.ParseAndMutate(doc, address)
	if err != nil {
		t.note("The main text could not be told from the rest: %.200s.", err)
		return t
	}
	if a.Node != nil {
		v := visible{most: maxTextMade}
		v.node(a.Node)
		t.Main = v.text.finish()
	}
	t.Title, t.Byline, t.Language = oneLine(a.Title(), 500), oneLine(a.Byline(), 200), languageTag(a.Language())
	if at, err := a.PublishedTime(); err == nil && plausible(at) {
		t.Published = at.UTC()
	}
	if at, err := a.ModifiedTime(); err == nil && plausible(at) {
		t.Modified = at.UTC()
	}
	return t
}

// plausible says that a date can be one of a page.
func plausible(at time.Time) bool { return at.Year() >= 1990 && at.Year() < 2200 }
