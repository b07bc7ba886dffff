package web

import (
	"encoding/json"
	"encoding/xml"
	"net/http"
)

// atom is a feed (RFC 4287).
type atom struct {
	XMLName xml.Name    `xml:"http://www.w3.org/2005/Atom feed"`
	Lang    string      `xml:"xml:lang,attr"`
	Title   string      `xml:"title"`
	ID      string      `xml:"id"`
	Updated string      `xml:"updated"`
	Author  string      `xml:"author>name"`
	Links   []atomLink  `xml:"link"`
	Entries []atomEntry `xml:"entry"`
}

type atomLink struct {
	Rel  string `xml:"rel,attr,omitempty"`
	Href string `xml:"href,attr"`
}

type atomEntry struct {
	Title     string   `xml:"title"`
	ID        string   `xml:"id"`
	Link      atomLink `xml:"link"`
	Published string   `xml:"published"`
	Updated   string   `xml:"updated"`
	Summary   string   `xml:"summary"`
}

// sendAtom sends entries, newest first, as the feed of a page; title is the key of its words.
func (r *request) sendAtom(title, page string, entries []atomEntry) error {
	f := atom{Lang: tongues[r.lang].html, Title: "Veedor: " + r.words().get(title), ID: "tag:veedor,2026:" + r.URL.RequestURI(), Updated: "1970-01-01T00:00:00Z", Author: "Veedor",
		Links: []atomLink{{Rel: "self", Href: r.URL.RequestURI()}, {Href: prefix(r.lang) + page}}, Entries: entries}
	if len(entries) > 0 {
		f.Updated = entries[0].Updated
	}
	b, err := xml.MarshalIndent(f, "", " ")
	if err != nil {
		return err
	}
	return r.send(http.StatusOK, "application/atom+xml; charset=utf-8", "public, max-age=60", append([]byte(xml.Header), append(b, '\n')...))
}

// jsonItem is an entry of a JSON Feed, with what it is about as data.
type jsonItem struct {
	ID        string `json:"id"`
	URL       string `json:"url"`
	Title     string `json:"title"`
	Text      string `json:"content_text"`
	Published string `json:"date_published"`
	Modified  string `json:"date_modified,omitempty"`
	Data      any    `json:"_veedor"`
}

// sendJSONFeed sends items as JSON Feed 1.1.
func (r *request) sendJSONFeed(title string, items []jsonItem) error {
	b, err := json.Marshal(map[string]any{"version": "https://jsonfeed.org/version/1.1", "title": "Veedor: " + r.words().get(title), "language": tongues[r.lang].html, "items": items})
	if err != nil {
		return err
	}
	return r.send(http.StatusOK, "application/feed+json", "public, max-age=60", append(b, '\n'))
}
