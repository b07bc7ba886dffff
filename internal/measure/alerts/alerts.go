// Package alerts tells others what the journal of incidents says: by signed webhooks and by mail. Each
// entry goes to each receiver once; what cannot be delivered is tried again, and at last listed as dead.
package alerts

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/smtp"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"veedor/internal/measure/incidents"
)

// Config is DATA/alerts.json.
type Config struct {
	Webhooks []Webhook `json:"webhooks"`
	Mail     []Mail    `json:"mail"`
}

// Choice narrows what a receiver is told; zero fields ask for everything.
type Choice struct {
	Country string `json:"country"`
	Network uint32 `json:"network"`
	Target  string `json:"target"`
}

// Webhook is an address that is posted each entry as JSON. The header Veedor-Signature holds the time and
// the HMAC-SHA256, in hex, of time, a dot and the body: "t=1700000000,v1=…".
type Webhook struct {
	URL    string `json:"url"`
	Secret string `json:"secret"`
	Choice
}

// Mail is a receiver of a digest: one message with all that is new.
type Mail struct {
	SMTP string   `json:"smtp"` // host:port
	From string   `json:"from"`
	To   []string `json:"to"`
	Choice
}

// Delivery is one line of DATA/alerts/sent.jsonl: what became of an entry on its way to a receiver.
type Delivery struct {
	At       time.Time `json:"at"`
	Receiver string    `json:"receiver"`
	Entry    string    `json:"entry"` // hash of the journal's line
	Incident string    `json:"incident"`
	OK       bool      `json:"ok"`
	Error    string    `json:"error,omitempty"`
	Dead     bool      `json:"dead,omitempty"` // given up
}

// Limits on trying.
const (
	triesAtOnce = 3
	triesInAll  = 4 // rounds of them
	patience    = 20 * time.Second
)

// Sender delivers. Wait and Now are replaced in tests.
type Sender struct {
	Data string
	HTTP *http.Client
	Mail func(addr, from string, to []string, msg []byte) error
	Wait func(ctx context.Context, d time.Duration) error
	Now  func() time.Time
}

// NewSender returns one for a data folder.
func NewSender(data string) *Sender {
	return &Sender{Data: data, HTTP: &http.Client{Timeout: patience}, Now: time.Now,
		Mail: func(addr, from string, to []string, msg []byte) error { return smtp.SendMail(addr, nil, from, to, msg) },
		Wait: func(ctx context.Context, d time.Duration) error {
			select {
			case <-time.After(d):
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		}}
}

// Load reads the configuration; a folder without one has no receivers.
func (s *Sender) Load() (Config, error) {
	var c Config
	b, err := os.ReadFile(filepath.Join(s.Data, "alerts.json"))
	if errors.Is(err, fs.ErrNotExist) {
		return c, nil
	}
	if err == nil {
		d := json.NewDecoder(bytes.NewReader(b))
		d.DisallowUnknownFields()
		err = d.Decode(&c)
	}
	if err != nil {
		return c, fmt.Errorf("read alerts.json: %w", err)
	}
	for _, w := range c.Webhooks {
		if !strings.HasPrefix(w.URL, "https://") && !strings.HasPrefix(w.URL, "http://") || w.Secret == "" {
			return c, fmt.Errorf("alerts.json: webhook %q needs an address and a secret", w.URL)
		}
	}
	for _, m := range c.Mail {
		if m.SMTP == "" || m.From == "" || len(m.To) == 0 || strings.ContainsAny(m.From+strings.Join(m.To, ""), "\r\n") {
			return c, fmt.Errorf("alerts.json: a mail receiver needs smtp, from and to")
		}
	}
	return c, nil
}

// Deliveries returns what was delivered and what was not, oldest first.
func (s *Sender) Deliveries() ([]Delivery, error) {
	f, err := os.Open(s.path())
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var out []Delivery
	for d := json.NewDecoder(f); ; {
		var x Delivery
		err := d.Decode(&x)
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) { // the last line of a process that was killed
			return out, nil
		}
		if err != nil {
			return out, fmt.Errorf("read deliveries: %w", err)
		}
		out = append(out, x)
	}
}

func (s *Sender) path() string { return filepath.Join(s.Data, "alerts", "sent.jsonl") }

func (s *Sender) note(d Delivery) error {
	if err := os.MkdirAll(filepath.Dir(s.path()), 0o755); err != nil {
		return err
	}
	f, err := os.OpenFile(s.path(), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	b, err := json.Marshal(d)
	if err == nil {
		_, err = f.Write(append(b, '\n'))
	}
	return errors.Join(err, f.Sync(), f.Close())
}

// wants says whether a receiver chose to hear of an incident.
func (c Choice) wants(e *incidents.Entry) bool {
	i := &e.Incident
	return (c.Country == "" || c.Country == i.CC) && (c.Network == 0 || slices.Contains(i.Networks, c.Network)) && (c.Target == "" || slices.Contains(i.Targets, c.Target))
}

// Send delivers every entry that was not delivered yet, and returns what it did. A receiver that fails
// does not keep the others waiting for long.
func (s *Sender) Send(ctx context.Context, c Config, entries []incidents.Entry) ([]Delivery, error) {
	past, err := s.Deliveries()
	if err != nil {
		return nil, err
	}
	type pair struct{ receiver, entry string }
	settled, failed := map[pair]bool{}, map[pair]int{}
	for _, d := range past {
		p := pair{d.Receiver, d.Entry}
		if d.OK || d.Dead {
			settled[p] = true
		} else {
			failed[p]++
		}
	}
	var done []Delivery
	finish := func(receiver string, e *incidents.Entry, err error) error {
		d := Delivery{At: s.Now().UTC(), Receiver: receiver, Entry: e.Hash, Incident: e.Incident.ID, OK: err == nil}
		if err != nil {
			d.Error = err.Error()
			d.Dead = failed[pair{receiver, e.Hash}]+1 >= triesInAll
		}
		done = append(done, d)
		return s.note(d)
	}
	for _, w := range c.Webhooks {
		for i := range entries {
			e := &entries[i]
			if !w.wants(e) || settled[pair{w.URL, e.Hash}] {
				continue
			}
			sent := s.post(ctx, w, e)
			if ctx.Err() != nil {
				return done, ctx.Err()
			}
			if err := finish(w.URL, e, sent); err != nil {
				return done, err
			}
		}
	}
	for _, m := range c.Mail {
		receiver := "mailto:" + strings.Join(m.To, ",")
		var fresh []*incidents.Entry
		for i := range entries {
			if e := &entries[i]; m.wants(e) && !settled[pair{receiver, e.Hash}] {
				fresh = append(fresh, e)
			}
		}
		if len(fresh) == 0 {
			continue
		}
		sent := s.Mail(m.SMTP, m.From, m.To, digest(m, fresh, s.Now()))
		for _, e := range fresh {
			if err := finish(receiver, e, sent); err != nil {
				return done, err
			}
		}
	}
	return done, nil
}

// post delivers one entry, trying again with growing pauses.
func (s *Sender) post(ctx context.Context, w Webhook, e *incidents.Entry) error {
	body, err := json.Marshal(e)
	if err != nil {
		return err
	}
	for try := range triesAtOnce {
		if try > 0 {
			if err := s.Wait(ctx, time.Second<<(2*(try-1))); err != nil {
				return err
			}
		}
		if err = s.once(ctx, w, e, body); err == nil {
			return nil
		}
	}
	return err
}

func (s *Sender) once(ctx context.Context, w Webhook, e *incidents.Entry, body []byte) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, w.URL, bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Veedor-Event", e.Hash) // the same when it is tried again
	req.Header.Set("Veedor-Signature", Sign(w.Secret, s.Now(), body))
	resp, err := s.HTTP.Do(req)
	if err != nil {
		return err
	}
	_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, 64<<10))
	if err := resp.Body.Close(); err != nil {
		return err
	}
	if resp.StatusCode/100 != 2 {
		return fmt.Errorf("answered %s", resp.Status)
	}
	return nil
}

// Sign returns the value of Veedor-Signature.
func Sign(secret string, at time.Time, body []byte) string {
	t := strconv.FormatInt(at.Unix(), 10)
	m := hmac.New(sha256.New, []byte(secret))
	m.Write([]byte(t + "."))
	m.Write(body)
	return "t=" + t + ",v1=" + hex.EncodeToString(m.Sum(nil))
}

// digest writes one message with all that is new.
func digest(m Mail, entries []*incidents.Entry, now time.Time) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "From: %s\r\nTo: %s\r\nSubject: Veedor: %d changes to incidents\r\nDate: %s\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n",
		m.From, strings.Join(m.To, ", "), len(entries), now.UTC().Format(time.RFC1123Z))
	for _, e := range entries {
		fmt.Fprintf(&b, "%s: %s\r\n", e.What, strings.ReplaceAll(incidents.Line(&e.Incident), "\n", " "))
	}
	return b.Bytes()
}
