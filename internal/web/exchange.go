package web

import (
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"time"

	"veedor/internal/evidence/capture"
)

// exchange is one request with its answer, without bodies.
type exchange struct {
	capture.Exchange
	Asked, Answered []capture.Field // as many as a page holds
	Left            int64
}

// chain is what a TLS server showed, and whether it is one for its name.
type chain struct {
	Host, Port, Err string
	Certs           []certificate
	Left            int64
	Doubt           string // why the chain does not hold: a key of the words; "" when it does
}

// certificate is one of a chain.
type certificate struct {
	Subject, Issuer string
	From, To        time.Time
	Fingerprint     string // hex SHA-256
}

const (
	maxRead     = 400  // exchanges looked through for those of the page itself
	maxMain     = 4    // exchanges of the page itself: redirects and where they lead
	maxFields   = 6000 // bytes of header fields on a page
	maxChains   = 3
	maxOfAChain = 4
)

// exchanged takes in the header fields of the page itself and the certificates of its servers.
func (p *capturePage) exchanged(r *request, c *capture.Capture) error {
	list, err := r.s.Captures.Exchanges(c.Hash, maxRead)
	if err != nil && !errors.Is(err, capture.ErrNotFound) {
		return err
	}
	left := maxFields
	for _, e := range list {
		if e.Main && len(p.Exchange) < maxMain {
			x := exchange{Exchange: e, Asked: fields(e.Asked, &left), Answered: fields(e.Answered, &left)}
			x.Left = int64(len(e.Asked) - len(x.Asked) + len(e.Answered) - len(x.Answered))
			p.Exchange = append(p.Exchange, x)
		}
	}
	p.OtherAsked = int64(max(c.Exchanges, len(list)) - len(p.Exchange))
	chains, err := r.s.Captures.Certificates(c.Hash)
	if err != nil {
		return err
	}
	for _, ch := range chains[:min(len(chains), maxChains)] {
		p.Chains = append(p.Chains, chainOf(ch, c.At))
	}
	return nil
}

// fields returns as many header fields as there is room left for, shortened.
func fields(list []capture.Field, left *int) []capture.Field {
	var out []capture.Field
	for _, f := range list {
		if *left < 0 {
			break
		}
		f = capture.Field{Name: shorten(f.Name, 40), Value: shorten(f.Value, 240)}
		*left -= 90 + weight(f.Name, f.Value)
		out = append(out, f)
	}
	return out
}

func chainOf(ch capture.Chain, at time.Time) chain {
	out := chain{Host: ch.Host, Port: ch.Port, Err: ch.Err}
	for _, cert := range ch.Certs[:min(len(ch.Certs), maxOfAChain)] {
		sum := sha256.Sum256(cert.Raw)
		out.Certs = append(out.Certs, certificate{cert.Subject.String(), cert.Issuer.String(), cert.NotBefore, cert.NotAfter, hex.EncodeToString(sum[:])})
	}
	out.Left = int64(len(ch.Certs) - len(out.Certs))
	if len(ch.Certs) > 0 {
		out.Doubt = doubt(ch, at)
	}
	return out
}

// doubt says why a browser would not have trusted a chain at a time, by the roots that this machine trusts: a key
// of the words, "" when it would have.
func doubt(ch capture.Chain, at time.Time) string {
	between := x509.NewCertPool()
	for _, c := range ch.Certs[1:] {
		between.AddCert(c)
	}
	_, err := ch.Certs[0].Verify(x509.VerifyOptions{DNSName: ch.Host, Intermediates: between, CurrentTime: at})
	var name x509.HostnameError
	var invalid x509.CertificateInvalidError
	var authority x509.UnknownAuthorityError
	var roots x509.SystemRootsError
	switch {
	case err == nil:
		return ""
	case errors.As(err, &roots):
		return "cert.noroots"
	case errors.As(err, &name):
		return "cert.name"
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return "cert.time"
	case errors.As(err, &authority):
		return "cert.authority"
	}
	return "cert.invalid"
}
