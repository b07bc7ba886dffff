package incidents

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"veedor/internal/measure/outage"
	"veedor/internal/measure/series"
)

// TestJournal: an append that was cut off is dropped, a line that was changed is noticed, and what is found again in
// other shape keeps its name.
func TestJournal(t *testing.T) {
	dir, th := t.TempDir(), series.Provisional()
	day := time.Date(2026, 4, 1, 0, 0, 0, 0, time.UTC)
	hour := day.Unix()/3600 + 200
	inc := series.Incident{ID: "a", Kind: series.Restriction, CC: "XB", Networks: []uint32{64500}, Targets: []string{"chat.example"}, From: hour, Blocked: 5, Voters: 6}
	found := func(list ...series.Incident) Found {
		return Found{Incidents: list, From: day, To: day.AddDate(0, 1, 0)}
	}
	update := func(f Found) []Entry {
		t.Helper()
		j, err := OpenJournal(dir)
		if err != nil {
			t.Fatal(err)
		}
		list, err := j.Update(day, f, th, "1")
		if err != nil {
			t.Fatal(err)
		}
		return list
	}
	if l := update(found(inc)); len(l) != 1 || l[0].What != Published {
		t.Fatalf("first: %v", l)
	}
	path := filepath.Join(dir, "incidents", "journal.jsonl")
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, append(whole, `{"at":"2026`...), 0o644); err != nil {
		t.Fatal(err)
	}
	moved := inc
	moved.ID, moved.From, moved.To, moved.Blocked = "b", hour+1, hour+90, 9
	if l := update(found(moved)); len(l) != 1 || l[0].What != Ended || l[0].Incident.ID != "a" {
		t.Fatalf("after an append that was cut off: %v", l)
	}
	if l := update(found()); len(l) != 1 || l[0].What != Withdrawn || l[0].Incident.Withdrawn != CauseGone {
		t.Fatalf("no longer found: %v", l)
	}
	if l := update(found(moved)); len(l) != 1 || l[0].What != Restored {
		t.Fatalf("found again: %v", l)
	}
	whole, _ = os.ReadFile(path)
	whole[40] ^= 1
	if err := os.WriteFile(path, whole, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenJournal(dir); !errors.Is(err, ErrBroken) {
		t.Errorf("a changed line: %v", err)
	}
}

func TestOutages(t *testing.T) {
	kept := OpenOutages(t.TempDir())
	at := time.Date(2019, 11, 16, 0, 0, 0, 0, time.UTC)
	a := outage.Outage{CC: "IR", From: at, To: at.Add(time.Hour), Lowest: 20, Places: 1}
	b := a
	b.To = at.Add(100 * time.Hour)
	for range 2 {
		if list, err := kept.Add([]outage.Outage{a, b}); err != nil || len(list) != 1 || !list[0].To.Equal(b.To) {
			t.Fatalf("%v, %v", list, err)
		}
	}
}
