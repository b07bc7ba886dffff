package alerts_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"veedor/internal/evidence/journal"
	"veedor/internal/measure/alerts"
	"veedor/internal/measure/incidents"
	"veedor/internal/measure/series"
)

func entry(id, cc string, asn uint32) incidents.Entry {
	return incidents.Entry{What: incidents.Published, Incident: series.Incident{ID: id, CC: cc, Kind: series.Restriction, Networks: []uint32{asn}, Targets: []string{"news.example"}, From: 490896}, Link: journal.Link{Hash: "hash of " + id}}
}

// TestWebhook: each entry once, signed so that the receiver can tell; what fails is tried again with growing
// pauses, and given up at last, listed.
func TestWebhook(t *testing.T) {
	var got []string
	failing := 0
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		at, _, _ := strings.Cut(strings.TrimPrefix(r.Header.Get("Veedor-Signature"), "t="), ",")
		if want := alerts.Sign("secret", time.Unix(1800000000, 0), body); r.Header.Get("Veedor-Signature") != want || at != "1800000000" {
			t.Errorf("signature %q, want %q", r.Header.Get("Veedor-Signature"), want)
		}
		if failing > 0 {
			failing--
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		var e incidents.Entry
		if err := json.Unmarshal(body, &e); err != nil {
			t.Error(err)
		}
		got = append(got, e.Incident.ID)
	}))
	defer srv.Close()
	dir := t.TempDir()
	var pauses []time.Duration
	s := alerts.NewSender(dir)
	s.Now = func() time.Time { return time.Unix(1800000000, 0) }
	s.Wait = func(_ context.Context, d time.Duration) error { pauses = append(pauses, d); return nil }
	conf := `{"webhooks":[{"url":"` + srv.URL + `","secret":"secret","country":"VE"}]}`
	if err := os.WriteFile(filepath.Join(dir, "alerts.json"), []byte(conf), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := s.Load()
	if err != nil {
		t.Fatal(err)
	}
	all := []incidents.Entry{entry("a", "VE", 8048), entry("b", "CO", 1), entry("c", "VE", 1)}
	failing = 2 // the first is delivered at the third try
	for range 2 {
		if _, err := s.Send(t.Context(), c, all); err != nil {
			t.Fatal(err)
		}
	}
	if strings.Join(got, " ") != "a c" || len(pauses) != 2 || pauses[1] <= pauses[0] {
		t.Errorf("delivered %v after pauses %v", got, pauses)
	}
	failing = 1000
	for range 6 {
		if _, err := s.Send(t.Context(), c, []incidents.Entry{entry("d", "VE", 1)}); err != nil {
			t.Fatal(err)
		}
	}
	list, err := s.Deliveries()
	if err != nil {
		t.Fatal(err)
	}
	dead, tries := 0, 0
	for _, d := range list {
		if d.Incident == "d" {
			tries++
			if d.Dead {
				dead++
			}
		}
	}
	if dead != 1 || tries != 4 {
		t.Errorf("%d rounds, %d dead letters", tries, dead)
	}
}

func TestMail(t *testing.T) {
	dir := t.TempDir()
	s := alerts.NewSender(dir)
	var sent []string
	down := true
	s.Mail = func(addr, from string, to []string, msg []byte) error {
		if down {
			return errors.New("no route")
		}
		sent = append(sent, addr+" "+from+" "+strings.Join(to, ",")+"\n"+string(msg))
		return nil
	}
	c := alerts.Config{Mail: []alerts.Mail{{SMTP: "127.0.0.1:25", From: "veedor@example.org", To: []string{"desk@example.org"}, Choice: alerts.Choice{Network: 8048}}}}
	all := []incidents.Entry{entry("a", "VE", 8048), entry("b", "VE", 8048), entry("c", "VE", 1)}
	for range 3 {
		if _, err := s.Send(t.Context(), c, all); err != nil {
			t.Fatal(err)
		}
		down = false
	}
	if len(sent) != 1 || !strings.Contains(sent[0], "Subject: Veedor: 2 changes") || strings.Count(sent[0], "news.example") != 2 {
		t.Errorf("%d messages: %q", len(sent), sent)
	}
}

func TestLoad(t *testing.T) {
	for _, bad := range []string{"{", `{"webhooks":[{"url":"ftp://x","secret":"s"}]}`, `{"webhooks":[{"url":"https://x"}]}`, `{"mail":[{"smtp":"a","from":"a\r\nBcc: b","to":["c"]}]}`, `{"hooks":[]}`} {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "alerts.json"), []byte(bad), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := alerts.NewSender(dir).Load(); err == nil {
			t.Errorf("%s was accepted", bad)
		}
	}
	if c, err := alerts.NewSender(t.TempDir()).Load(); err != nil || len(c.Webhooks) > 0 {
		t.Error(c, err)
	}
}
