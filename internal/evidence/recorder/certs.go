package recorder

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"fmt"
	"math/big"
	"net"
	"sync"
	"time"
)

// issuer makes the certificates that the browser of one recording is shown. Its key is made for that recording,
// never leaves memory, and is believed by no other program: the browser is told the key's hash when it starts.
type issuer struct {
	key  *ecdsa.PrivateKey // of the authority and of every server: all of them are us
	cert *x509.Certificate

	mu     sync.Mutex
	leaves map[string]*tls.Certificate
}

func newIssuer() (*issuer, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("make key of recording: %w", err)
	}
	now := time.Now()
	t := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "recording"}, NotBefore: now.Add(-24 * time.Hour),
		NotAfter: now.Add(48 * time.Hour), IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign}
	der, err := x509.CreateCertificate(rand.Reader, t, t, key.Public(), key)
	if err != nil {
		return nil, fmt.Errorf("make certificate of recording: %w", err)
	}
	cert, err := x509.ParseCertificate(der)
	return &issuer{key: key, cert: cert, leaves: map[string]*tls.Certificate{}}, err
}

// spki is what the browser knows the authority by: base64 SHA-256 of its public key.
func (i *issuer) spki() string {
	sum := sha256.Sum256(i.cert.RawSubjectPublicKeyInfo)
	return base64.StdEncoding.EncodeToString(sum[:])
}

// leaf returns a certificate for a host.
func (i *issuer) leaf(host string) (*tls.Certificate, error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if c := i.leaves[host]; c != nil {
		return c, nil
	}
	t := &x509.Certificate{SerialNumber: big.NewInt(int64(len(i.leaves)) + 2), NotBefore: i.cert.NotBefore, NotAfter: i.cert.NotAfter,
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}}
	if ip := net.ParseIP(host); ip != nil {
		t.IPAddresses = []net.IP{ip}
	} else {
		t.DNSNames = []string{host}
	}
	der, err := x509.CreateCertificate(rand.Reader, t, i.cert, i.key.Public(), i.key)
	if err != nil {
		return nil, fmt.Errorf("make certificate for %s: %w", host, err)
	}
	c := &tls.Certificate{Certificate: [][]byte{der, i.cert.Raw}, PrivateKey: i.key}
	i.leaves[host] = c
	return c, nil
}
