package capture

import (
	"crypto/x509"
	"io"
	"time"
)

// Text returns the full text of a capture: NFC, white space collapsed, one block a line. Positions of quotes
// are in code points of it.
func (c *Captures) Text(hash string) (string, error) { return "", ErrNotFound }

// Main returns the main text: the article without what surrounds it.
func (c *Captures) Main(hash string) (string, error) { return "", ErrNotFound }

// Snippet returns the beginning of the main text, at most n code points, cut between words.
func (c *Captures) Snippet(hash string, n int) (string, error) { return "", ErrNotFound }

// Screenshot returns what the page looked like, as PNG: the window, or the whole page when full is set.
// ErrNotFound when there is none.
func (c *Captures) Screenshot(hash string, full bool) ([]byte, error) { return nil, ErrNotFound }

// Part returns something derived by its name (Capture.Parts) and its media type. ErrNotFound when it is not there.
func (c *Captures) Part(hash, name string) (body []byte, mediaType string, err error) {
	return nil, "", ErrNotFound
}

// Package opens the WACZ. The caller closes it.
func (c *Captures) Package(hash string) (io.ReadSeekCloser, error) { return nil, ErrNotFound }

// Field is one header field, as it was sent.
type Field struct{ Name, Value string }

// Exchange is one request with its answer, without the bodies.
type Exchange struct {
	At       time.Time
	URL      string
	IP       string  // of the server
	Request  string  // request line
	Asked    []Field // header fields of the request
	Status   string  // status line of the answer
	Answered []Field
	Type     string // media type of the answer
	Size     int64  // of its body, in bytes as sent
	Main     bool   // of the page itself, redirects included
}

// Exchanges returns the requests and answers of a capture in their order, at most max (0: all).
func (c *Captures) Exchanges(hash string, max int) ([]Exchange, error) { return nil, ErrNotFound }

// Chain is what a TLS server showed.
type Chain struct {
	Host  string
	Port  string
	Certs []*x509.Certificate // the server's own first
	Err   string              // why they could not be read
}

// Certificates returns the certificate chains of the TLS servers spoken to, the page's own first.
func (c *Captures) Certificates(hash string) ([]Chain, error) { return nil, ErrNotFound }

// Answer is what the DNS said of a name.
type Answer struct {
	Name    string
	Records []string // in presentation format
}

// DNS returns the answers the DNS gave while capturing.
func (c *Captures) DNS(hash string) ([]Answer, error) { return nil, ErrNotFound }
