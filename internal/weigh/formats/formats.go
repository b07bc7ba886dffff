package formats

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"veedor/internal/weigh/cases"
	"veedor/internal/weigh/desk"
)

// Site is who publishes, and where.
type Site struct {
	Name string // of the observatory
	Base string // the site's address without a slash at its end; "" gives addresses that begin with a slash
	Lang string // of words that are in several languages
}

// Claim is one claim with what an export needs beside its view.
type Claim struct {
	View   *desk.ClaimView
	Items  map[string]desk.Record // items that its utterances and evidence name, by id
	Quotes map[string]Quote       // quotes in captures, by the name evidence has for them
	Status string                 // how it stands, in words

	Publisher string // who answers for the case that it is of
}

// Quote is a passage of a captured page.
type Quote struct {
	ID                     string
	URL                    string // of the page that was captured
	Capture                string // hex SHA-256 of the capture
	Exact, Prefix, Suffix  string
	Start, End             int // code points of the captured text
	Language, At           string
	Translation, Translate string // the translation, and its language
}

func (s Site) page(path string) string { return s.Base + path }

// claimPage is the address of a claim's page.
func (s Site) claimPage(id string) string { return s.page("/claim/" + id) }

func (s Site) words(t cases.Text) string { return t.In(cmp.Or(s.Lang, "en"), "en", "es") }

// write encodes JSON as a person can read it, without escaping what is no HTML.
func write(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(true) // it may be put into a page
	e.SetIndent("", "  ")
	if err := e.Encode(v); err != nil {
		return nil, fmt.Errorf("write export: %w", err)
	}
	return b.Bytes(), nil
}

// moment returns the first moment of a date, and how many of year, month and day it gives.
func moment(d cases.Date) (time.Time, int) {
	if d == "" {
		return time.Time{}, 0
	}
	t, precise, err := d.Time()
	if err != nil {
		return time.Time{}, 0
	}
	return t, map[string]int{"year": 1, "month": 2, "day": 3, "second": 3}[precise]
}

// webURL returns an address that may be linked to; "" for any other.
func webURL(s string) string {
	if strings.HasPrefix(s, "https://") || strings.HasPrefix(s, "http://") {
		return s
	}
	return ""
}
