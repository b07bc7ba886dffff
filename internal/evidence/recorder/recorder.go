// Package recorder records what a browser or a plain fetch exchanged with the network, as raw bytes, through a
// local proxy that ends TLS. It refuses addresses that are nobody's business to capture, at the moment of
// connecting, and keeps what it refused with the reason.
package recorder

import (
	"crypto/x509"
	"errors"
	"io"
	"time"

	"veedor/internal/evidence/wacz"
)

// ErrRefused says that the address asked for may not be captured, or asks for too much. The reason follows.
var ErrRefused = errors.New("refused")

// ErrUnreachable says that the address asked for gave no answer. What the network did follows.
var ErrUnreachable = errors.New("no answer")

// ErrNoBrowser says that there is no browser to capture pages with.
var ErrNoBrowser = errors.New("no Chromium found: install chromium, or name the program in VEEDOR_CHROMIUM")

// Sink takes the records in order, one call at a time. A *wacz.Writer is one. The block of a record is valid
// until Write returns, and can seek.
type Sink interface {
	Write(*wacz.Record) (wacz.Written, error)
}

// Options say how to record; the zero value works.
type Options struct {
	AllowPrivate   bool   // loopback, private networks and carrier-grade NAT too: for tests and intranets
	RefuseBadTLS   bool   // refuse servers whose certificate does not verify, instead of recording why
	NoScripts      bool   // the page's scripts do not run
	Proxy          string // upstream proxy, socks5://[user:password@]host:port or http://…; it resolves the names
	UserAgent      string // a plain common one when empty
	AcceptLanguage string // "es-419,es;q=0.9,en;q=0.8" when empty
	Browser        string // program; $VEEDOR_CHROMIUM or what is on PATH when empty
	Limits         Limits
	Temp           string           // folder for temporary files; the system's when empty
	Now            func() time.Time // for the times that are recorded; time.Now when nil
	Random         io.Reader        // for the ids of records; the system's when nil
	Resolver       Resolver         // the system's name servers when nil
	Roots          *x509.CertPool   // the system's when nil
	Progress       func(Progress)   // told of every exchange that ended; may be nil
}

// Limits bound one recording. Zero fields take the value of DefaultLimits.
type Limits struct {
	Total     int64         `json:"total"`     // bytes of answers and of bodies sent, in all
	Object    int64         `json:"object"`    // bytes of one answer or request, header included
	Header    int64         `json:"header"`    // bytes of one header
	Exchanges int           `json:"exchanges"` // requests made, answered or not
	Redirects int           `json:"redirects"` // in one chain, and navigations of a page by itself
	Time      time.Duration `json:"time"`      // from beginning to end
	Height    int64         `json:"height"`    // of the screenshot of the full page, in CSS pixels
	Derived   int64         `json:"derived"`   // bytes of the DOM, of the PDF and of each screenshot
}

// DefaultLimits are what a page of a newspaper stays far below.
func DefaultLimits() Limits {
	return Limits{Total: 64 << 20, Object: 32 << 20, Header: 256 << 10, Exchanges: 2000, Redirects: 20,
		Time: 90 * time.Second, Height: 16000, Derived: 32 << 20}
}

// Progress is how far a recording is.
type Progress struct {
	URL       string // of the exchange that ended
	Exchanges int
	Bytes     int64
}

// Result is what was recorded beside the records.
type Result struct {
	Requested   string    // the address asked for
	FinalURL    string    // after redirects and, of a page, its own navigations
	Status      int       // of the answer at FinalURL
	ContentType string    // of that answer, as sent
	Started     time.Time // UTC
	Ended       time.Time
	Exchanges   int   // requests that were answered, or answered in part
	Bytes       int64 // of answers, and of bodies sent
	Document    bool  // the answer is no page: what follows to PDF is empty

	Title    string
	DOM      []byte // HTML after scripts: a reconstruction by the browser
	View     []byte // PNG, what the window shows
	FullPage []byte // PNG, the whole page down to Limits.Height
	PDF      []byte // as printed
	Browser  string // name and version, "" for a fetch

	Refusals     []Refusal     // what was not asked for, and why
	MoreRefusals int           // further ones that were counted only
	Failures     []Refusal     // what was asked for and got no answer
	Truncated    []Refusal     // what is recorded in part; URL and why
	Certificates []Certificate // of TLS servers, in the order met
	GuardNote    string        // what the guards could not see, "" when they saw all
}

// Refusal is something that was not done, or not to its end.
type Refusal struct {
	URL string `json:"url"`
	Why string `json:"why"`
}

// Certificate is what a TLS server showed.
type Certificate struct {
	Host    string   `json:"host"`    // host:port
	Chain   [][]byte `json:"-"`       // DER, the server's own first
	Valid   bool     `json:"valid"`   // verified against Options.Roots for Host, at the time
	Why     string   `json:"why"`     // why not
	Version string   `json:"version"` // "TLS 1.3"
	Cipher  string   `json:"cipher"`
}
