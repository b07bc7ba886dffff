package cli

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"veedor/internal/alerts"
	"veedor/internal/evidence/capture"
	"veedor/internal/follow/registry"
	"veedor/internal/measure/incidents"
)

// alertNotes returns everything there is to tell, oldest first within each wing.
func alertNotes(ctx context.Context, data string) ([]alerts.Note, error) {
	j, err := incidents.OpenJournal(data)
	if err != nil {
		return nil, err
	}
	entries, err := j.Entries()
	if err != nil {
		return nil, err
	}
	var out []alerts.Note
	for i := range entries {
		out = append(out, incidentNote(&entries[i]))
	}
	pages, err := capture.Open(data, capture.Options{})
	if err != nil {
		return nil, err
	}
	edits, err := pages.Alerts()
	if err != nil {
		return nil, err
	}
	for _, a := range slices.Backward(edits) {
		out = append(out, captureNote(&a))
	}
	r, err := registry.Open(ctx, data)
	if err != nil {
		return nil, err
	}
	watches, err := r.Watches()
	for i := range watches {
		for k := range watches[i].Alerts {
			out = append(out, registryNote(&watches[i], &watches[i].Alerts[k]))
		}
	}
	return out, errors.Join(err, r.Close())
}

func incidentNote(e *incidents.Entry) alerts.Note {
	i := &e.Incident
	return alerts.Note{ID: e.Hash, At: e.At, Kind: alerts.Incident, Title: e.What + ": " + incidents.Line(i), Link: "/incident/" + url.PathEscape(i.ID),
		About: alerts.Subject{Countries: []string{i.CC}, Networks: i.Networks, Targets: i.Targets}, Data: e}
}

func captureNote(a *capture.Alert) alerts.Note {
	n := alerts.Note{ID: "capture/" + a.ID, At: a.At, Kind: alerts.Capture, Title: a.Summary, Text: a.URL, Link: "/captures#edits", Data: a}
	if a.Correction != "" {
		n.Text += "\nThe page says: " + a.Correction
	}
	switch {
	case a.Before != "" && a.After != "" && a.Before != a.After:
		n.Link = "/capture/" + a.Before + "/diff/" + a.After
	case a.After != "":
		n.Link = "/capture/" + a.After
	case a.Before != "":
		n.Link = "/capture/" + a.Before
	}
	return n
}

// mostNoted is how many statements of one change are written out.
const mostNoted = 20

func registryNote(w *registry.WatchState, e *registry.WatchEntry) alerts.Note {
	n := alerts.Note{ID: e.Hash, At: e.At, Kind: alerts.Registry, Title: fmt.Sprintf("%s in %s: %s", e.Change, e.Dataset, e.Caption), Link: fmt.Sprintf("/watch/%d", w.ID), Data: e}
	var lines []string
	for i, s := range e.Statements {
		if i == mostNoted {
			lines = append(lines, fmt.Sprintf("and %d more", len(e.Statements)-i))
			break
		}
		lines = append(lines, fmt.Sprintf("%s %s: %s", s.What, s.Prop, s.Value))
		if s.Prop == "country" && !slices.Contains(n.About.Countries, strings.ToUpper(s.Value)) {
			n.About.Countries = append(n.About.Countries, strings.ToUpper(s.Value))
		}
	}
	n.Text = strings.Join(lines, "\n")
	return n
}
