package web_test

import (
	"io"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"veedor/internal/measure/incidents"
	"veedor/internal/measure/outage"
	"veedor/internal/measure/refdata"
	"veedor/internal/measure/series"
	"veedor/internal/measure/store/storetest"
	"veedor/internal/measure/verdict"
	"veedor/internal/web"
)

// told is a journal and a list of outages in memory.
type told []incidents.State

func (l told) All() ([]incidents.State, error) { return slices.Clone(l), nil }

type cuts []outage.Outage

func (l cuts) All() ([]outage.Outage, error) { return l, nil }

// TestIncidentPages: an incident's page says what it was, what became of it entry by entry, and which categories it
// touched; a country's shows what others saw beside our own.
func TestIncidentPages(t *testing.T) {
	db, err := refdata.Open("")
	if err != nil {
		t.Fatal(err)
	}
	begin := time.Date(2026, 4, 10, 0, 0, 0, 0, time.UTC)
	s := storetest.NewMemory()
	b := storetest.Random(1, 50)
	if err := s.Append(t.Context(), b); err != nil {
		t.Fatal(err)
	}
	at := verdict.HourOf(begin)
	first := series.Incident{ID: "20260410-xa-1", Kind: series.Restriction, CC: "XA", Networks: []uint32{64497}, Targets: []string{"telegram.org"}, Layers: []string{"tls"},
		From: at, FromBefore: at - 5, Voters: 9, Blocked: 8, Share: 0.7, Series: 1, Mechanics: []series.Mechanism{{ASN: 64497, Rule: "tls.reset", N: 8}}}
	second := first
	second.Networks, second.Targets, second.From, second.To, second.ToBefore, second.Voters, second.Blocked = []uint32{64497, 64498}, []string{"news.example", "telegram.org"}, at-2, at+240, at+230, 30, 25
	third := second
	third.Withdrawn = series.CauseNetwork
	list := told{{Incident: third, History: []incidents.Entry{
		{At: begin.Add(9 * time.Hour), What: incidents.Published, Incident: first},
		{At: begin.Add(300 * time.Hour), What: incidents.Ended, Incident: second},
		{At: begin.Add(400 * time.Hour), What: incidents.Withdrawn, Incident: third},
	}}}
	h := web.New(web.Config{Store: s, Evidence: bytesOf{}, Incidents: list, Outages: cuts{{CC: "XA", From: begin, To: begin.Add(50 * time.Hour), Lowest: 7.5, Places: 3}, {CC: "XB", From: begin}},
		Facts: func() web.Facts { return db.AsOf(time.Now()) }, AllRules: verdict.Rules(), RuleSet: verdict.RuleSet, Version: "test", Log: slog.New(slog.NewTextHandler(io.Discard, nil))})
	for path, want := range map[string][]string{
		"/incident/20260410-xa-1": {"its beginning moved from", "its end moved from not yet to", "networks added: AS64498", "sites and services added", "met by 25 of 30, where it was 8 of 9",
			"it was the network’s own trouble", `href="/category/`, "Withdrawn.", `href="/target/news.example/in/XA">day by day in `},
		"/incident/20260410-xa-1/state/1": {`href="/target/telegram.org/in/AS64497">day by day on AS64497`},
		"/es/incident/20260410-xa-1":      {"su comienzo: antes", "redes añadidas: AS64498", "Categorías:"},
		"/country/XA":                     {"Connectivity, as others measured it", "7.5 %", "not enough data"},
		"/es/country/XA":                  {"Conectividad, según la midieron otros"},
	} {
		w := get(h, path)
		if w.Code != http.StatusOK {
			t.Errorf("%s: %d", path, w.Code)
		}
		for _, text := range want {
			if !strings.Contains(w.Body.String(), text) {
				t.Errorf("%s does not say %q", path, text)
			}
		}
	}
	if body := get(h, "/country/XB").Body.String(); strings.Contains(body, "7.5 %") {
		t.Error("a country's page shows another's outage")
	}
}
