package alerts_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime/quotedprintable"
	"net/http"
	"net/http/httptest"
	"net/mail"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"veedor/internal/alerts"
)

var clock = time.Unix(1800000000, 0)

func note(id, cc string, asn uint32) alerts.Note {
	return alerts.Note{ID: id, At: clock, Kind: alerts.Incident, Title: "published " + id, Text: "news.example", Link: "/incident/" + id,
		About: alerts.Subject{Countries: []string{cc}, Networks: []uint32{asn}, Targets: []string{"news.example"}}, Data: map[string]string{"what": "published"}}
}

func sender(t *testing.T, conf string) (*alerts.Sender, alerts.Config) {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "alerts.json"), []byte(conf), 0o600); err != nil {
		t.Fatal(err)
	}
	s := alerts.NewSender(dir)
	s.Now = func() time.Time { return clock }
	s.Wait = func(context.Context, time.Duration) error { return nil }
	c, err := s.Load()
	if err != nil {
		t.Fatal(err)
	}
	return s, c
}

// TestWebhook: each note once, signed so that the receiver can tell; what fails is tried again with growing
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
		if want := alerts.Sign("secret", clock, body); r.Header.Get("Veedor-Signature") != want || at != "1800000000" {
			t.Errorf("signature %q, want %q", r.Header.Get("Veedor-Signature"), want)
		}
		if failing > 0 {
			failing--
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		var n alerts.Note
		if err := json.Unmarshal(body, &n); err != nil {
			t.Error(err)
		}
		if n.Link != "https://veedor.example/incident/"+n.ID || n.Data.(map[string]any)["what"] != "published" || r.Header.Get("Veedor-Event") != n.ID || r.Header.Get("Veedor-Kind") != "incident" {
			t.Errorf("%+v, headers %v", n, r.Header)
		}
		got = append(got, n.ID)
	}))
	defer srv.Close()
	s, c := sender(t, `{"site": "https://veedor.example/", "webhooks":[{"url":"`+srv.URL+`","secret":"secret","country":"VE"}]}`)
	var pauses []time.Duration
	s.Wait = func(_ context.Context, d time.Duration) error { pauses = append(pauses, d); return nil }
	all := []alerts.Note{note("a", "VE", 8048), note("b", "CO", 1), note("c", "VE", 1), note("c", "VE", 1)}
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
		if _, err := s.Send(t.Context(), c, []alerts.Note{note("d", "VE", 1)}); err != nil {
			t.Fatal(err)
		}
	}
	list, err := s.Deliveries()
	if err != nil {
		t.Fatal(err)
	}
	dead, tries := 0, 0
	for _, d := range list {
		if d.Note == "d" {
			tries++
			if d.Dead {
				dead++
			}
			if d.Subject() != "published d" {
				t.Errorf("it is called %q", d.Subject())
			}
		}
	}
	if dead != 1 || tries != 4 {
		t.Errorf("%d rounds, %d dead letters", tries, dead)
	}
}

// TestNoRedirect: what is signed for one address goes to no other.
func TestNoRedirect(t *testing.T) {
	reached := false
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached = true }))
	defer other.Close()
	srv := httptest.NewServer(http.RedirectHandler(other.URL, http.StatusTemporaryRedirect))
	defer srv.Close()
	s, c := sender(t, `{"webhooks":[{"url":"`+srv.URL+`","secret":"secret"}]}`)
	done, err := s.Send(t.Context(), c, []alerts.Note{note("a", "VE", 1)})
	if err != nil || reached || len(done) != 1 || done[0].OK {
		t.Errorf("%+v, %v, reached %v", done, err, reached)
	}
}

// TestChoice: receivers hear of the kinds, places and targets they chose.
func TestChoice(t *testing.T) {
	notes := []alerts.Note{note("i", "VE", 8048), {ID: "capture/c", Kind: alerts.Capture, Title: "edited"}, {ID: "r", Kind: alerts.Registry, Title: "added", About: alerts.Subject{Countries: []string{"VE"}}}}
	for choice, want := range map[string]string{`"kinds":["capture"]`: "capture/c", `"kinds":["incident","registry"]`: "i r", `"country":"VE"`: "i r", `"network":8048`: "i", `"target":"news.example"`: "i", `"kinds":[]`: "i capture/c r", `"target":"x"`: ""} {
		var got []string
		srv := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got = append(got, r.Header.Get("Veedor-Event")) }))
		s, c := sender(t, `{"webhooks":[{"url":"`+srv.URL+`","secret":"secret",`+choice+`}]}`)
		if _, err := s.Send(t.Context(), c, notes); err != nil {
			t.Error(err)
		}
		srv.Close()
		if strings.Join(got, " ") != want {
			t.Errorf("%s: told of %v", choice, got)
		}
	}
}

func TestMail(t *testing.T) {
	s, _ := sender(t, `{}`)
	var sent []string
	down := true
	s.Mail = func(_ context.Context, addr, from string, to []string, msg []byte) error {
		if down {
			return errors.New("no route")
		}
		sent = append(sent, string(msg))
		return nil
	}
	c := alerts.Config{Mail: []alerts.Mail{{SMTP: "127.0.0.1:25", From: "veedor@example.org", To: []string{"desk@example.org"}, Choice: alerts.Choice{Network: 8048}}}}
	all := []alerts.Note{note("a", "VE", 8048), note("b", "VE", 8048), note("c", "VE", 1)}
	for range 3 {
		if _, err := s.Send(t.Context(), c, all); err != nil {
			t.Fatal(err)
		}
		down = false
	}
	if len(sent) != 1 || !strings.Contains(sent[0], "Subject: Veedor: 2 changes") || strings.Count(sent[0], "news.example") != 2 {
		t.Errorf("%d messages: %q", len(sent), sent)
	}
	var many []alerts.Note
	for i := range 450 {
		many = append(many, note(fmt.Sprint("n", i), "VE", 8048))
	}
	sent = nil
	if _, err := s.Send(t.Context(), c, many); err != nil || len(sent) != 3 {
		t.Errorf("%d messages, %v", len(sent), err)
	}
}

// TestMailServer hands a hostile note to a mail server: it stays one message with its own headers, in lines a server takes.
func TestMailServer(t *testing.T) {
	addr, got := mailServer(t)
	s, c := sender(t, `{"site":"https://veedor.example","mail":[{"smtp":"`+addr+`","from":"veedor@example.org","to":["desk@example.org","other@example.org"]}]}`)
	n := note("a", "VE", 1)
	n.Title, n.Text = "Ñandú\r\nBcc: all@example.org\r\n.\r\nQUIT", strings.Repeat("long ", 2000)+"\n.\nlast"
	done, err := s.Send(t.Context(), c, []alerts.Note{n})
	if err != nil || len(done) != 1 || !done[0].OK {
		t.Fatalf("%+v, %v", done, err)
	}
	m := <-got
	for l := range strings.SplitSeq(m.data, "\r\n") {
		if len(l) > 998 {
			t.Errorf("a line of %d bytes", len(l))
		}
	}
	msg, err := mail.ReadMessage(strings.NewReader(m.data))
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(quotedprintable.NewReader(msg.Body))
	if err != nil {
		t.Fatal(err)
	}
	if msg.Header.Get("Bcc") != "" || msg.Header.Get("Subject") != "Veedor: 1 change" || m.from != "veedor@example.org" || strings.Join(m.to, " ") != "desk@example.org other@example.org" {
		t.Errorf("from %s to %v, headers %v", m.from, m.to, msg.Header)
	}
	if text := string(body); !strings.HasPrefix(text, "incident: Ñandú") || !strings.Contains(text, "\r\n  last\r\n  https://veedor.example/incident/a\r\n") {
		t.Errorf("%q", text)
	}
}

// TestOldFile: lines from before there were notes are read, and what they say was delivered is not delivered again;
// half a line that a killed process left does no harm.
func TestOldFile(t *testing.T) {
	calls := 0
	srv := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { calls++ }))
	defer srv.Close()
	s, c := sender(t, `{"webhooks":[{"url":"`+srv.URL+`","secret":"secret"}]}`)
	if err := os.MkdirAll(filepath.Join(s.Data, "alerts"), 0o755); err != nil {
		t.Fatal(err)
	}
	old := `{"at":"2026-05-01T00:00:00Z","receiver":"` + srv.URL + `","entry":"hash of a","incident":"VE-1","ok":true}` + "\n" + `{"at":"2026-05-01T00:0`
	if err := os.WriteFile(filepath.Join(s.Data, "alerts", "sent.jsonl"), []byte(old), 0o644); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if _, err := s.Send(t.Context(), c, []alerts.Note{note("hash of a", "VE", 1), note("hash of b", "VE", 1)}); err != nil {
			t.Fatal(err)
		}
	}
	list, err := s.Deliveries()
	if err != nil || calls != 1 || len(list) != 2 || list[0].Subject() != "VE-1" || list[1].Note != "hash of b" {
		t.Errorf("%d calls, %+v, %v", calls, list, err)
	}
}

func TestLoad(t *testing.T) {
	for _, bad := range []string{"{", `{"webhooks":[{"url":"ftp://x","secret":"s"}]}`, `{"webhooks":[{"url":"https://x"}]}`, `{"mail":[{"smtp":"a","from":"a\r\nBcc: b","to":["c"]}]}`, `{"hooks":[]}`,
		`{"site":"veedor.example"}`, `{"webhooks":[{"url":"https://x","secret":"s","kinds":["everything"]}]}`} {
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
