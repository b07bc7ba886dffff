// Package alerts tells others what is new, whatever wing it comes from: by signed webhooks and by mail. Each note goes to each receiver once;
// what cannot be delivered is tried again, and at last listed as dead. docs/operate/alerts.md is for those who set it up.
package alerts

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// Note is one piece of news.
type Note struct {
	ID    string    `json:"id"`   // the same whenever it is told; no two notes share it
	At    time.Time `json:"at"`   // when it became known
	Kind  string    `json:"kind"` // incident, capture or registry
	Title string    `json:"title"`
	Text  string    `json:"text,omitempty"`
	Link  string    `json:"link,omitempty"` // path of its page on the site; an address, once it is sent
	About Subject   `json:"about,omitzero"`
	Data  any       `json:"data,omitempty"` // the thing itself, as its room writes it
}

// Kinds of notes.
const (
	Incident = "incident"
	Capture  = "capture"
	Registry = "registry"
)

// Subject is what a note is about, for receivers to choose by.
type Subject struct {
	Countries []string `json:"countries,omitempty"` // two capital letters each
	Networks  []uint32 `json:"networks,omitempty"`
	Targets   []string `json:"targets,omitempty"`
}

// Config is DATA/alerts.json.
type Config struct {
	Site     string    `json:"site"` // where the pages are served, as https://example.org; links stay paths without it
	Webhooks []Webhook `json:"webhooks"`
	Mail     []Mail    `json:"mail"`
}

// Choice narrows what a receiver is told; zero fields ask for everything. Whoever names a country, network or target is
// told nothing of notes that are about none.
type Choice struct {
	Kinds   []string `json:"kinds"`
	Country string   `json:"country"`
	Network uint32   `json:"network"`
	Target  string   `json:"target"`
}

// wants says whether a receiver chose to hear of a note.
func (c *Choice) wants(n *Note) bool {
	a := &n.About
	return (len(c.Kinds) == 0 || slices.Contains(c.Kinds, n.Kind)) && (c.Country == "" || slices.Contains(a.Countries, c.Country)) &&
		(c.Network == 0 || slices.Contains(a.Networks, c.Network)) && (c.Target == "" || slices.Contains(a.Targets, c.Target))
}

// check says what is wrong with a choice.
func (c *Choice) check() error {
	for _, k := range c.Kinds {
		if k != Incident && k != Capture && k != Registry {
			return fmt.Errorf("alerts.json: there is no kind %q; there are %s, %s and %s", k, Incident, Capture, Registry)
		}
	}
	return nil
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
	Mail func(ctx context.Context, addr, from string, to []string, msg []byte) error
	Wait func(ctx context.Context, d time.Duration) error
	Now  func() time.Time
}

// NewSender returns one for a data folder.
func NewSender(data string) *Sender {
	// A redirect is not followed: what is signed for one address goes to no other.
	stay := func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &Sender{Data: data, HTTP: &http.Client{Timeout: patience, CheckRedirect: stay}, Mail: sendMail, Now: time.Now,
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
	if c.Site = strings.TrimSuffix(c.Site, "/"); c.Site != "" && !isAddress(c.Site) {
		return c, fmt.Errorf("alerts.json: site %q is no address, as https://example.org", c.Site)
	}
	for i := range c.Webhooks {
		w := &c.Webhooks[i]
		if !isAddress(w.URL) || w.Secret == "" {
			return c, fmt.Errorf("alerts.json: webhook %q needs an address and a secret", w.URL)
		}
		if err := w.check(); err != nil {
			return c, err
		}
	}
	for i := range c.Mail {
		m := &c.Mail[i]
		if m.SMTP == "" || m.From == "" || len(m.To) == 0 || strings.ContainsAny(m.From+strings.Join(m.To, ""), "\r\n") {
			return c, fmt.Errorf("alerts.json: a mail receiver needs smtp, from and to")
		}
		if err := m.check(); err != nil {
			return c, err
		}
	}
	return c, nil
}

func isAddress(s string) bool {
	return strings.HasPrefix(s, "https://") || strings.HasPrefix(s, "http://")
}

// pair is a note on its way to a receiver.
type pair struct{ receiver, note string }

// round is one run of Send.
type round struct {
	s       *Sender
	settled map[pair]bool
	failed  map[pair]int // rounds
	done    []Delivery
}

// Send delivers every note that was not delivered yet, and returns what it did. A receiver that fails does not keep the
// others waiting for long. One process sends at a time.
func (s *Sender) Send(ctx context.Context, c Config, notes []Note) ([]Delivery, error) {
	unlock, err := s.lock()
	if err != nil {
		return nil, err
	}
	defer unlock()
	past, err := s.Deliveries()
	if err != nil {
		return nil, err
	}
	r := &round{s: s, settled: map[pair]bool{}, failed: map[pair]int{}}
	for _, d := range past {
		p := pair{d.Receiver, d.Note}
		if d.OK || d.Dead {
			r.settled[p] = true
		} else {
			r.failed[p]++
		}
	}
	for i := range c.Webhooks {
		w := &c.Webhooks[i]
		for _, n := range r.fresh(w.URL, &w.Choice, notes) {
			sent := s.post(ctx, w, n, c.Site)
			if ctx.Err() != nil {
				return r.done, ctx.Err()
			}
			if err := r.finish(w.URL, n, sent); err != nil {
				return r.done, err
			}
		}
	}
	for i := range c.Mail {
		m := &c.Mail[i]
		receiver := "mailto:" + strings.Join(m.To, ",")
		fresh := r.fresh(receiver, &m.Choice, notes)
		for len(fresh) > 0 {
			part := fresh[:min(len(fresh), mostInMail)]
			fresh = fresh[len(part):]
			sent := s.Mail(ctx, m.SMTP, m.From, m.To, digest(m, part, c.Site, s.Now()))
			if ctx.Err() != nil {
				return r.done, ctx.Err()
			}
			for _, n := range part {
				if err := r.finish(receiver, n, sent); err != nil {
					return r.done, err
				}
			}
		}
	}
	return r.done, nil
}

// fresh returns the notes a receiver wants and has not got.
func (r *round) fresh(receiver string, c *Choice, notes []Note) []*Note {
	var out []*Note
	seen := map[string]bool{}
	for i := range notes {
		if n := &notes[i]; c.wants(n) && !r.settled[pair{receiver, n.ID}] && !seen[n.ID] {
			seen[n.ID] = true
			out = append(out, n)
		}
	}
	return out
}

// finish writes down what became of a note.
func (r *round) finish(receiver string, n *Note, err error) error {
	p := pair{receiver, n.ID}
	d := Delivery{At: r.s.Now().UTC(), Receiver: receiver, Note: n.ID, Kind: n.Kind, Title: shorten(n.Title, 200), OK: err == nil}
	if err != nil {
		d.Error = err.Error()
		d.Dead = r.failed[p]+1 >= triesInAll
	}
	r.done = append(r.done, d)
	return r.s.note(d)
}

func shorten(s string, most int) string {
	if r := []rune(s); len(r) > most {
		return string(r[:most-1]) + "…"
	}
	return s
}
