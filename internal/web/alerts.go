package web

import (
	"strings"
	"time"

	"veedor/internal/evidence/capture"
)

// alertRow is what a watched page gave reason to say, in words.
type alertRow struct {
	capture.Alert
	Text string
	Href string // "" where there is no page to open
}

func (r *request) alertRow(a capture.Alert) alertRow {
	w, row := r.words(), alertRow{Alert: a}
	host := hostOf(&capture.Capture{URL: a.URL})
	if host == "" {
		host = a.URL
	}
	key := "alert." + a.Kind
	if a.Kind == capture.Edited {
		key += ".silent"
		if a.Correction != "" {
			key = "alert." + a.Kind + ".noted"
		}
	}
	row.Text = w.get(key, isolate(shorten(host, 80)))
	switch {
	case isHash(a.Before) && isHash(a.After) && a.Before != a.After:
		row.Href = differenceHref(r.lang, a.Before, a.After)
	case isHash(a.After):
		row.Href = captureHref(r.lang, a.After)
	case isHash(a.Before):
		row.Href = captureHref(r.lang, a.Before)
	}
	return row
}

// size words how much an edit put in and took out.
func (r *request) size(a *capture.Alert) string {
	if a.Added == 0 && a.Removed == 0 {
		return ""
	}
	return r.words().get("diff.size", number(r.lang, int64(a.Added)), number(r.lang, int64(a.Removed)))
}

// alerts returns what a feed holds: the latest alerts, or those of one kind.
func (s *site) alerts(r *request) ([]alertRow, error) {
	if s.Captures == nil {
		return nil, nil
	}
	list, err := s.Captures.Alerts()
	if err != nil {
		return nil, err
	}
	kind := r.URL.Query().Get("kind")
	var out []alertRow
	for _, a := range list {
		if kind == "" || a.Kind == kind {
			row := r.alertRow(a)
			if row.Href == "" { // a feed's entries need somewhere to lead
				row.Href = prefix(r.lang) + "/captures#edits"
			}
			out = append(out, row)
		}
		if len(out) == maxIncidents {
			break
		}
	}
	return out, nil
}

// summary words an alert for a feed: which page, and what was put in and taken out.
func (r *request) summary(a *alertRow) string {
	parts := []string{r.words().get("alert.page", shorten(a.URL, 300))}
	if n := r.size(&a.Alert); n != "" {
		parts = append(parts, n)
	}
	if a.Correction != "" {
		parts = append(parts, r.words().get("alert.notice", shorten(a.Correction, 300)))
	}
	return strings.Join(parts, r.words()["join.sentence"])
}

// alertsAtom is the feed of silent edits, lost quotes and vanished pages.
func (s *site) alertsAtom(r *request) error {
	list, err := s.alerts(r)
	if err != nil {
		return err
	}
	var entries []atomEntry
	for _, a := range list {
		at := a.At.UTC().Format(time.RFC3339)
		entries = append(entries, atomEntry{Title: a.Text, ID: "tag:veedor,2026:alert/" + shorten(a.ID, 80), Link: atomLink{Href: a.Href}, Published: at, Updated: at, Summary: r.summary(&a)})
	}
	return r.sendAtom("alerts.title", "/captures", entries)
}

// alertsJSON is the same as JSON Feed 1.1.
func (s *site) alertsJSON(r *request) error {
	list, err := s.alerts(r)
	if err != nil {
		return err
	}
	items := []jsonItem{}
	for _, a := range list {
		items = append(items, jsonItem{ID: a.ID, URL: a.Href, Title: a.Text, Text: r.summary(&a), Published: a.At.UTC().Format(time.RFC3339), Data: a.Alert})
	}
	return r.sendJSONFeed("alerts.title", items)
}
