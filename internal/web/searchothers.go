package web

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"veedor/internal/evidence/capture"
	"veedor/internal/measure/incidents"
	"veedor/internal/weigh/search"
)

// followCaptures takes in pages and documents: what of their text may be shown, and quotes, for readers; the whole text
// for the desk. What was taken in is known by what may be shown of it and by its quotes.
func (f *Follower) followCaptures(ctx context.Context, apply apply) error {
	if f.c.Captures == nil {
		return nil
	}
	list, err := f.c.Captures.List(capture.Filter{})
	if err != nil {
		return err
	}
	var put []search.Document
	now := map[string]string{}
	flush := func() error {
		if len(put) == 0 {
			return nil
		}
		err := apply(put, nil, "captures", int64(len(list)))
		if err == nil {
			for hash, state := range now {
				f.shown[hash] = state
			}
		}
		put, now = nil, map[string]string{}
		return err
	}
	for i := range list {
		c := &list[i]
		shown, err := f.c.Captures.Shown(c.Hash)
		if err != nil {
			return err
		}
		quotes, err := f.c.Captures.Quotes(c.Hash)
		if err != nil && !errors.Is(err, capture.ErrNotFound) {
			return err
		}
		state := fmt.Sprint(shown.Snippet, shown.Text, len(quotes))
		for _, q := range quotes {
			state += " " + q.ID + q.Into
		}
		if f.shown[c.Hash] == state {
			continue
		}
		docs, err := f.captured(c, shown, quotes)
		if err != nil {
			return err
		}
		put, now[c.Hash] = append(put, docs...), state
		if len(put) >= 100 {
			if err := flush(); err != nil {
				return err
			}
		}
	}
	return flush()
}

func (f *Follower) captured(c *capture.Capture, shown capture.Shown, quotes []capture.Quotation) ([]search.Document, error) {
	var said []string
	for _, q := range quotes {
		said = append(said, q.Selector.Exact, q.Translation)
	}
	text, err := f.c.Captures.Main(c.Hash)
	if errors.Is(err, capture.ErrNotFound) || err == nil && text == "" {
		text, err = f.c.Captures.Text(c.Hash)
	}
	if err != nil && !errors.Is(err, capture.ErrNotFound) {
		return nil, err
	}
	public := ""
	switch {
	case shown.Text:
		public = text
	case shown.Snippet:
		if public, err = f.c.Captures.Snippet(c.Hash, maxSnippet); err != nil && !errors.Is(err, capture.ErrNotFound) {
			return nil, err
		}
	}
	doc := search.Document{ID: "capture/" + c.Hash, Lang: primary(languageTag(c.Lang)), Title: captureName(c), Link: captureHref(languages[0], c.Hash), Date: c.At.UTC().Format("2006-01-02"), Since: c.At,
		Facets: map[string][]string{"kind": {"capture"}}}
	var out []search.Document
	for audience, body := range map[search.Audience]string{search.Readers: public, search.Desk: text} {
		d := doc
		d.Audience, d.Text = audience, cut(strings.Join(append([]string{body, c.URL}, said...), "\n"), maxIndexed)
		out = append(out, d)
	}
	return out, nil
}

// both is a document that readers and the desk find alike.
func both(d search.Document) []search.Document {
	r := d
	d.Audience, r.Audience = search.Desk, search.Readers
	return []search.Document{d, r}
}

// followDossiers takes in dossiers, which are public.
func (f *Follower) followDossiers(_ context.Context, apply apply) error {
	if f.c.Dossiers == nil {
		return nil
	}
	list, err := f.c.Dossiers.List()
	if err != nil {
		return err
	}
	at, err := f.index.At("dossiers")
	if err != nil || at == int64(len(list)) {
		return err
	}
	var put []search.Document
	for _, d := range list {
		put = append(put, both(search.Document{ID: "dossier/" + d.SHA256, Lang: primary(languageTag(d.Lang)), Title: d.Title, Text: d.Question + "\n" + d.Publisher, Link: dossierHref(languages[0], d.SHA256),
			Date: d.At.UTC().Format("2006-01-02"), Since: d.At, Facets: map[string][]string{"kind": {"dossier"}, "case": {d.Case}}})...)
	}
	return apply(put, nil, "dossiers", int64(len(list)))
}

// followIncidents takes in incidents, by their sentences in every language of the pages.
func (f *Follower) followIncidents(_ context.Context, apply apply) error {
	if f.c.Incidents == nil || f.c.Facts == nil {
		return nil
	}
	list, err := f.c.Incidents.All()
	if err != nil {
		return err
	}
	s := &site{Config: f.c, words: map[string]words{}}
	for _, lang := range languages {
		s.words[lang] = mustWords(lang)
	}
	n := int64(0)
	var put []search.Document
	var drop []search.Key
	now := map[string]string{}
	for i := range list {
		inc := &list[i]
		n += int64(len(inc.History))
		state := fmt.Sprint(len(inc.History))
		if f.said[inc.ID] == state {
			continue
		}
		now[inc.ID] = state
		id := "incident/" + inc.ID
		if inc.Withdrawn != "" {
			drop = append(drop, search.Key{Audience: search.Readers, ID: id}, search.Key{Audience: search.Desk, ID: id})
			continue
		}
		put = append(put, both(s.incidentDocument(id, inc))...)
	}
	if len(now) == 0 {
		return nil
	}
	if err := apply(put, drop, "incidents", n); err != nil {
		return err
	}
	for id, state := range now {
		f.said[id] = state
	}
	return nil
}

func (s *site) incidentDocument(id string, inc *incidents.State) search.Document {
	var parts []string
	for _, lang := range languages {
		parts = append(parts, s.headline(lang, &inc.Incident), (&request{s: s, lang: lang}).when(&inc.Incident))
	}
	parts = append(parts, firstOf(inc.Incident.Targets, 200)...)
	for _, n := range firstOf(inc.Networks, 200) {
		parts = append(parts, networkName(n, ""))
	}
	return search.Document{ID: id, Lang: languages[0], Title: parts[0], Text: strings.Join(parts, "\n"), Link: "/incident/" + inc.ID, Date: inc.First().UTC().Format("2006-01-02"), Since: inc.Last(),
		Facets: map[string][]string{"kind": {"incident"}, "place": {inc.CC}}}
}
