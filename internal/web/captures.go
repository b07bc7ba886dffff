package web

import (
	"errors"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"veedor/internal/evidence/capture"
)

// Captures are pages and documents as they were at a moment. Hashes are whole ones, in hex.
type Captures interface {
	List(capture.Filter) ([]capture.Capture, error)
	Get(hash string) (*capture.Capture, error)
	Same(hash string) ([]capture.Capture, error)
	Agreement(hash string) ([]capture.Agreement, error)
	Difference(before, after string) (*capture.Difference, error)
	Quotes(hash string) ([]capture.Quotation, error)
	Quotation(id string) (*capture.Quotation, error)
	Alerts() ([]capture.Alert, error)
	Shown(hash string) (capture.Shown, error)
	Text(hash string) (string, error)
	Main(hash string) (string, error)
	Snippet(hash string, n int) (string, error)
	Screenshot(hash string, full bool) ([]byte, error)
	Package(hash string) (io.ReadSeekCloser, error)
	Exchanges(hash string, max int) ([]capture.Exchange, error)
	Certificates(hash string) ([]capture.Chain, error)
}

// capturesPage lists captures, newest first.
type capturesPage struct {
	base
	Asked        string // words of the address or title, as filled in
	Rows         []captureRow
	Alerts       []alertRow // the latest, on the first page of the whole list
	Newer, Older string
}

// captureRow is one capture in a list.
type captureRow struct {
	capture.Capture
	Name string // its title, or else its address
	Host string
	Href string
}

const maxAlerts = 8 // beside the list of captures

func (s *site) captures(r *request) error {
	p := capturesPage{base: r.base(r.words().get("captures.title")), Asked: shorten(strings.TrimSpace(r.URL.Query().Get("q")), 100)}
	if s.Captures == nil {
		return r.render(http.StatusOK, "captures", p)
	}
	list, err := s.Captures.List(capture.Filter{})
	if err != nil {
		return err
	}
	page, asked := pageNumber(r.URL.Query().Get("page")), folded(p.Asked)
	skip := (page - 1) * perPage
	for _, c := range list {
		switch {
		case asked != "" && !strings.Contains(folded(c.Title+" "+c.URL+" "+c.Final), asked):
		case skip > 0:
			skip--
		case len(p.Rows) == perPage:
			p.Older = r.with(map[string]string{"page": strconv.Itoa(page + 1)}, "")
		default:
			p.Rows = append(p.Rows, r.captureRow(c))
		}
		if p.Older != "" {
			break
		}
	}
	switch page {
	case 1:
	case 2:
		p.Newer = r.with(map[string]string{"page": ""}, "")
	default:
		p.Newer = r.with(map[string]string{"page": strconv.Itoa(page - 1)}, "")
	}
	if page == 1 && asked == "" {
		alerts, err := s.Captures.Alerts()
		if err != nil {
			return err
		}
		for _, a := range alerts[:min(len(alerts), maxAlerts)] {
			p.Alerts = append(p.Alerts, r.alertRow(a))
		}
	}
	return r.render(http.StatusOK, "captures", p)
}

func (r *request) captureRow(c capture.Capture) captureRow {
	return captureRow{Capture: c, Name: captureName(&c), Host: hostOf(&c), Href: captureHref(r.lang, c.Hash)}
}

func captureHref(lang, hash string) string { return prefix(lang) + "/capture/" + url.PathEscape(hash) }

func differenceHref(lang, before, after string) string {
	return captureHref(lang, before) + "/diff/" + url.PathEscape(after)
}

// captureName is what a capture is called: its title, else its address, else its file.
func captureName(c *capture.Capture) string {
	for _, name := range []string{c.Title, c.Final, c.URL} {
		if name = strings.TrimSpace(shorten(name, 200)); name != "" {
			return name
		}
	}
	if c.Origin != nil && c.Origin.Name != "" {
		return c.Origin.Name
	}
	return shorten(c.Hash, 16)
}

// hostOf returns the host a capture is of; "" where there is none.
func hostOf(c *capture.Capture) string {
	address := c.Final
	if address == "" {
		address = c.URL
	}
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return u.Hostname()
}

// captureOf fetches the capture whose page, or a part of it, was asked for.
func (s *site) captureOf(r *request, name string) (*capture.Capture, error) {
	hash := r.PathValue(name)
	missing := &problem{http.StatusNotFound, "error.capture", hash}
	if s.Captures == nil || !isHash(hash) {
		return nil, missing
	}
	c, err := s.Captures.Get(hash)
	if errors.Is(err, capture.ErrNotFound) {
		return nil, missing
	}
	return c, err
}

// isHash says whether a text is a SHA-256 in hex, as we write it.
func isHash(s string) bool {
	return len(s) == 64 && strings.Trim(s, "0123456789abcdef") == ""
}
