package recorder

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"fmt"
	"strings"
	"time"
)

// secure speaks TLS on a connection, checks the certificate, and records it. A certificate that does not verify
// may be the very thing to show: it is kept with the reason, and the options say whether to go on.
func (s *session) secure(u *upstream) error {
	name := strings.TrimSuffix(u.to.Host, ".")
	c := tls.Client(u.Conn, &tls.Config{
		ServerName:         name,
		InsecureSkipVerify: true, // verified below, where the reason can be kept
		// HTTP/1.1 alone: its bytes are what was sent; those of HTTP/2 would have to be reconstructed.
		NextProtos:   []string{"http/1.1"},
		MinVersion:   tls.VersionTLS10, // old servers are evidence too; the version is recorded
		CipherSuites: allSuites(),
	})
	ctx, cancel := context.WithTimeout(s.ctx, dialTime)
	defer cancel()
	at := s.opt.Now()
	if err := c.HandshakeContext(ctx); err != nil {
		if s.ctx.Err() != nil {
			return errTime
		}
		return fmt.Errorf("TLS with %s: %w", u.to.hostPort(), unaddressed(err))
	}
	state := c.ConnectionState()
	cert := &Certificate{Host: u.to.hostPort(), Version: tls.VersionName(state.Version), Cipher: tls.CipherSuiteName(state.CipherSuite)}
	for _, x := range state.PeerCertificates {
		cert.Chain = append(cert.Chain, x.Raw)
	}
	if err := verify(state.PeerCertificates, name, s.opt.Roots, at); err != nil {
		cert.Why = quoted(err.Error())
	} else {
		cert.Valid = true
	}
	u.Conn, u.cert = c, cert
	s.keepChain(u, at)
	if !cert.Valid && s.opt.RefuseBadTLS {
		return refuse(whyCertificate, u.to.hostPort(), cert.Why)
	}
	return nil
}

func allSuites() []uint16 {
	var ids []uint16
	for _, c := range append(tls.CipherSuites(), tls.InsecureCipherSuites()...) {
		ids = append(ids, c.ID)
	}
	return ids
}

// verify checks a chain against roots, for a name, at a time.
func verify(chain []*x509.Certificate, name string, roots *x509.CertPool, at time.Time) error {
	if len(chain) == 0 {
		return fmt.Errorf("the server showed no certificate")
	}
	o := x509.VerifyOptions{Roots: roots, Intermediates: x509.NewCertPool(), DNSName: name, CurrentTime: at}
	for _, c := range chain[1:] {
		o.Intermediates.AddCert(c)
	}
	_, err := chain[0].Verify(o)
	return err
}

// keepChain records a server's chain once in a recording, and again when the server shows another.
func (s *session) keepChain(u *upstream, at time.Time) {
	var text bytes.Buffer
	for _, der := range u.cert.Chain {
		pem.Encode(&text, &pem.Block{Type: "CERTIFICATE", Bytes: der})
	}
	sum := sha256.Sum256(text.Bytes())
	key := u.cert.Host + " " + hex.EncodeToString(sum[:])
	s.mu.Lock()
	known := s.chains[key]
	if !known {
		s.chains[key] = true
		s.res.Certificates = append(s.res.Certificates, *u.cert)
	}
	s.mu.Unlock()
	if !known {
		s.keep(chainRecord(u, text.Bytes(), at))
	}
}

// protocol names what a connection spoke, as WARC-Protocol has it.
func (u *upstream) protocol() string {
	if u.cert == nil {
		return ""
	}
	return strings.ToLower(strings.Replace(u.cert.Version, " ", "/", 1)) // tls/1.3
}
