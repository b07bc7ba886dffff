package web_test

import (
	"context"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"veedor/internal/evidence/journal"
	"veedor/internal/follow/ftm"
	"veedor/internal/follow/registry"
	"veedor/internal/web"
)

const evilWatch = `<script>alert(1)</script>"'&`

// watching is watches of every kind, with alerts of every kind, a hostile one and very many.
type watching struct{}

func (watching) Watches() ([]registry.WatchState, error) {
	at := time.Date(2026, 5, 3, 12, 0, 0, 0, time.UTC)
	alert := func(id int, change, entity, caption string, more int) registry.WatchEntry {
		e := registry.WatchEntry{At: at.Add(time.Duration(more) * time.Hour), What: registry.Alerted, ID: id, State: 2, Entity: entity, Dataset: "sdn", Caption: caption, Change: change,
			Statements: []registry.StatementChange{{What: registry.Added, Prop: "alias", Value: evilWatch}, {What: registry.Removed, Prop: "country", Value: "cn"}}, Link: journal.Link{Hash: fmt.Sprint(change, id, more)}}
		for range more {
			e.Statements = append(e.Statements, registry.StatementChange{What: registry.Added, Prop: "name", Value: strings.Repeat("long", 100)})
		}
		return e
	}
	many := registry.WatchState{ID: 3, Watch: registry.Watch{Country: "ve", Topic: "sanction"}, Since: at, By: "ana"}
	for i := range 90 {
		many.Alerts = append(many.Alerts, alert(3, registry.Changed, fmt.Sprint("e", i), fmt.Sprint("Entity ", i), 0))
	}
	return []registry.WatchState{
		{ID: 1, Watch: registry.Watch{Entity: "sdn-1", Why: evilWatch}, Since: at, By: "ana", Looked: 2, Alerts: []registry.WatchEntry{alert(1, registry.Changed, "sdn-1", "CEIEC", 20)}},
		{ID: 2, Watch: registry.Watch{Name: evilWatch + strings.Repeat("long", 200), Threshold: 0.85}, Since: at, By: "ana", Alerts: []registry.WatchEntry{alert(2, registry.Added, "gone", evilWatch, 1), alert(2, registry.Removed, "sdn-1", "CEIEC", 2)}},
		many, {ID: 4, Watch: registry.Watch{Topic: "sanction"}, Since: at, By: "ana"},
	}, nil
}

func (watching) States(context.Context, string) ([]registry.State, error) {
	return []registry.State{{ID: 2, Dataset: "sdn", Dated: "2023-01-21", Learnt: time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC), Status: registry.Whole}}, nil
}

func (watching) Fetch(_ context.Context, ids ...string) ([]registry.Fetched, error) {
	if ids[0] != "sdn-1" {
		return nil, nil
	}
	return []registry.Fetched{{Entity: &ftm.Entity{ID: "sdn-1", Schema: "Company", Caption: "CEIEC"}}}, nil
}

func TestWatches(t *testing.T) {
	h := web.New(web.Config{Watches: watching{}, Facts: func() web.Facts { return someFacts{} }, Log: slog.New(slog.NewTextHandler(t.Output(), nil))})
	ask := func(path string) *httptest.ResponseRecorder {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
		return w
	}
	for path, want := range map[string][]string{
		"/watches":          {"CEIEC", "a name, in any script", "Sanctioned", "Changed:", "Taken off:", "state of 21 January 2023", "/watch/3", "/watches.atom", "and 16 more"},
		"/es/watches":       {"Vigilancias", "Cambió:", "su estado del 21 de enero de 2023", "/es/watch/3"},
		"/watch/1":          {"/entity/sdn-1", "1 alert", "not said any more:", "China", "until 1 May 2026"},
		"/watch/2":          {"85%", "New:", "2 alerts"},
		"/watch/3":          {"90 alerts", "?from=20"},
		"/watch/3?from=80":  {"Entity 80", "?from=60"},
		"/watch/3?from=999": {"90 alerts"},
		"/watch/4":          {"Nothing new so far"},
	} {
		w := ask(path)
		body := w.Body.String()
		for _, text := range want {
			if !strings.Contains(body, text) {
				t.Errorf("%s lacks %q", path, text)
			}
		}
		if w.Code != http.StatusOK || strings.Contains(body, "<script") || len(body) > 36_000 || strings.Contains(body, "ana<") || strings.Contains(body, "by ana") {
			t.Errorf("%s: %d, %d bytes", path, w.Code, len(body))
		}
	}
	for _, path := range []string{"/watch/9", "/watch/x", "/watch/1x/alerts.atom"} {
		if w := ask(path); w.Code != http.StatusNotFound {
			t.Errorf("%s: %d", path, w.Code)
		}
	}
	for path, n := range map[string]int{"/watches.atom": 60, "/es/watch/2/alerts.atom": 2} {
		var feed struct {
			Entries []struct {
				ID      string `xml:"id"`
				Title   string `xml:"title"`
				Summary string `xml:"summary"`
			} `xml:"entry"`
		}
		if err := xml.Unmarshal(ask(path).Body.Bytes(), &feed); err != nil || len(feed.Entries) != n || feed.Entries[0].Title == "" || feed.Entries[0].Summary == "" {
			t.Errorf("%s: %v, %d entries", path, err, len(feed.Entries))
		}
	}
	for path, n := range map[string]int{"/watches.json": 60, "/watch/1/alerts.json": 1} {
		var feed struct{ Items []struct{ ID, Title string } }
		if err := json.Unmarshal(ask(path).Body.Bytes(), &feed); err != nil || len(feed.Items) != n {
			t.Errorf("%s: %v, %d items", path, err, len(feed.Items))
		}
	}
	bare := web.New(web.Config{Facts: func() web.Facts { return someFacts{} }, Log: slog.New(slog.NewTextHandler(t.Output(), nil))})
	w := httptest.NewRecorder()
	bare.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/watches", nil))
	if w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "Nothing is watched yet") {
		t.Errorf("without a registry: %d", w.Code)
	}
}

// someFacts knows no country by name.
type someFacts struct{}

func (someFacts) CountryName(cc, _ string) string    { return cc }
func (someFacts) Category(string, string) string     { return "" }
func (someFacts) CategoryName(code, _ string) string { return code }
