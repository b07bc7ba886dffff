package capture

import (
	"bytes"
	"cmp"
	"crypto/x509"
	"encoding/pem"
	"io"
	"strings"
	"time"

	"veedor/internal/evidence/wacz"
)

// Field is one header field, as it was sent.
type Field = wacz.Field

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
	Size     int64  // of the record's block: header and body as sent
	Main     bool   // of the page itself, redirects included
}

// maxExchanges is how many are handed out at once.
const maxExchanges = 10_000

// Exchanges returns the requests and answers of a capture in their order, at most max, or 10,000 when it is 0. Of an
// import they are what others say was exchanged.
func (c *Captures) Exchanges(hash string, most int) ([]Exchange, error) {
	var out []Exchange
	err := c.read(hash, func(p *opened) error {
		var err error
		out, err = p.exchanges(min(cmp.Or(most, maxExchanges), maxExchanges))
		return err
	})
	return out, err
}

func (p *opened) exchanges(max int) ([]Exchange, error) {
	var out []Exchange
	asked := map[string]*wacz.HTTP{} // requests whose answer is not there yet, and answers' addresses
	at := map[string]int{}           // answers whose request is not there yet
	final := p.Final
	if final == "" {
		final = p.URL
	}
	main := true // until the page itself was answered
	r := wacz.NewReader(p.data, wacz.ReaderOptions{})
	for len(out) < max || len(at) > 0 {
		rec, err := r.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return out, err
		}
		if !rec.IsHTTP() {
			continue
		}
		h, err := wacz.ParseHTTP(rec.Block)
		if err != nil {
			continue
		}
		if rec.Type == wacz.TypeRequest {
			if i, ok := at[rec.URI]; ok {
				out[i].ask(h)
				delete(at, rec.URI)
			} else {
				asked[rec.URI] = h
			}
			continue
		}
		if len(out) >= max {
			break // its request cannot be far any more
		}
		e := Exchange{At: rec.Date, URL: rec.URI, IP: rec.Fields.Get("WARC-IP-Address"), Status: h.Start, Answered: h.Header, Type: h.MIME(), Size: rec.Length, Main: main}
		if rec.URI == final && h.Status/100 != 3 {
			main = false
		}
		if q := asked[rec.URI]; q != nil {
			e.ask(q)
			delete(asked, rec.URI)
		} else {
			at[rec.URI] = len(out)
		}
		out = append(out, e)
	}
	return out, nil
}

func (e *Exchange) ask(h *wacz.HTTP) { e.Request, e.Asked = h.Start, h.Header }

// below reads each record whose address begins with a prefix, in the order met, and gives what follows it and the content.
func (p *opened) below(prefix string, each func(rest string, body []byte)) error {
	for _, place := range p.Records {
		rest, ok := strings.CutPrefix(place.URI, prefix)
		if !ok {
			continue
		}
		rec, err := p.at(place)
		if err != nil {
			return err
		}
		a, err := content(rec, 1<<20)
		if err != nil {
			return err
		}
		each(rest, a.body)
	}
	return nil
}

// Chain is what a TLS server showed.
type Chain struct {
	Host  string
	Port  string
	Certs []*x509.Certificate // the server's own first
	Err   string              // why they could not be read
	Valid bool                // it verified when the page was captured
	Why   string              // why not
}

const tlsPrefix = "urn:veedor:tls:"

// Certificates returns the certificate chains of the TLS servers spoken to, in the order met, which is the page's
// own first.
func (c *Captures) Certificates(hash string) ([]Chain, error) {
	var out []Chain
	err := c.read(hash, func(p *opened) error {
		return p.below(tlsPrefix, func(server string, body []byte) {
			chain := readChain(body)
			if at := strings.LastIndexByte(server, ':'); at >= 0 {
				chain.Host, chain.Port = server[:at], server[at+1:]
			}
			for _, said := range p.Certificates {
				if said.Host == server {
					chain.Valid, chain.Why = said.Valid, said.Why
				}
			}
			out = append(out, chain)
		})
	})
	return out, err
}

func readChain(pemText []byte) Chain {
	var out Chain
	for block, rest := pem.Decode(pemText); block != nil && len(out.Certs) < maxChain; block, rest = pem.Decode(rest) {
		cert, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			out.Err = plain(err.Error())
			break
		}
		out.Certs = append(out.Certs, cert)
	}
	return out
}

// Answer is what the DNS said of a name.
type Answer struct {
	Name    string
	Records []string // in presentation format
}

// DNS returns the answers the DNS gave while capturing.
func (c *Captures) DNS(hash string) ([]Answer, error) {
	var out []Answer
	err := c.read(hash, func(p *opened) error {
		return p.below("dns:", func(name string, body []byte) {
			answer := Answer{Name: name}
			for line := range bytes.Lines(body) {
				if line = bytes.TrimSpace(line); len(line) > 0 {
					answer.Records = append(answer.Records, string(line))
				}
			}
			out = append(out, answer)
		})
	})
	return out, err
}
