package wacz

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"time"

	"github.com/digitorus/pkcs7"
	"github.com/digitorus/timestamp"
)

// authVersion is the version of wacz-auth that is written.
const authVersion = "0.1.0"

// stampWithin is how near the time-stamp must be to the time the signer claims.
const stampWithin = 10 * time.Minute

// Signed is the signedData of datapackage-digest.json (wacz-auth 0.1.0): either PublicKey is set (an anonymous
// key), or Domain with DomainCert, TimeSignature and TimestampCert (the identity of a domain name).
type Signed struct {
	Hash            string `json:"hash"`                      // sha256:<hex> of datapackage.json
	Signature       string `json:"signature"`                 // base64 of an ECDSA signature over the text of Hash, ASN.1
	PublicKey       string `json:"publicKey,omitempty"`       // base64 of a SubjectPublicKeyInfo
	Domain          string `json:"domain,omitempty"`          //
	DomainCert      string `json:"domainCert,omitempty"`      // PEM, the domain's certificate first
	TimeSignature   string `json:"timeSignature,omitempty"`   // base64 of an RFC 3161 response over the text of Signature
	TimestampCert   string `json:"timestampCert,omitempty"`   // PEM, the authority's certificate first
	CrossSignedCert string `json:"crossSignedCert,omitempty"` // PEM, another chain for the same key
	Created         string `json:"created"`                   // RFC 3339, the same as in datapackage.json
	Software        string `json:"software"`
	Version         string `json:"version,omitempty"` // "0.1.0"
}

// Signer is who made a signature that holds.
type Signer struct {
	Key     string    `json:"key"`              // hex SHA-256 of the public key (SubjectPublicKeyInfo)
	Domain  string    `json:"domain,omitempty"` // "" for an anonymous key
	Created time.Time `json:"created"`          // as the signer claims
	Stamped time.Time `json:"stamped,omitzero"` // as the time-stamp authority says
	// Rooted says that the certificates of domain and authority lead to roots that the caller gave, at the
	// time of the stamp.
	Rooted bool `json:"rooted"`
}

// SignKey signs the hash of datapackage.json by an anonymous ECDSA key on P-256 or P-384. created must be the time
// in datapackage.json, Content.Created.
func SignKey(hash string, key *ecdsa.PrivateKey, created time.Time, software string) (*Signed, error) {
	sig, err := signText(hash, key)
	if err != nil {
		return nil, err
	}
	pub, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	if err != nil {
		return nil, fmt.Errorf("sign package: %w", err)
	}
	return &Signed{Hash: hash, Signature: sig, PublicKey: base64.StdEncoding.EncodeToString(pub), Created: created.UTC().Format(createdStyle), Software: software, Version: authVersion}, nil
}

// SignDomain signs the hash of datapackage.json by the key of a domain's certificate. chain is that certificate and
// those above it. stamp asks a time-stamp authority for an RFC 3161 response over the SHA-256 of a text, and gives
// the response (DER) and the authority's certificates (PEM).
func SignDomain(hash string, key *ecdsa.PrivateKey, chain []*x509.Certificate, created time.Time, software string, stamp func(text []byte) (response []byte, certs string, err error)) (*Signed, error) {
	if len(chain) == 0 {
		return nil, errors.New("sign package: no certificate")
	}
	if pub, ok := chain[0].PublicKey.(*ecdsa.PublicKey); !ok || !pub.Equal(&key.PublicKey) {
		return nil, errors.New("sign package: the certificate is not that of the key")
	}
	sig, err := signText(hash, key)
	if err != nil {
		return nil, err
	}
	token, certs, err := stamp([]byte(sig))
	if err != nil {
		return nil, fmt.Errorf("stamp signature: %w", err)
	}
	var pemChain bytes.Buffer
	for _, c := range chain {
		if err := pem.Encode(&pemChain, &pem.Block{Type: "CERTIFICATE", Bytes: c.Raw}); err != nil {
			return nil, err
		}
	}
	return &Signed{Hash: hash, Signature: sig, Domain: domainOf(chain[0]), DomainCert: pemChain.String(), TimeSignature: base64.StdEncoding.EncodeToString(token),
		TimestampCert: certs, Created: created.UTC().Format(createdStyle), Software: software, Version: authVersion}, nil
}

func signText(hash string, key *ecdsa.PrivateKey) (string, error) {
	sum := sha256.Sum256([]byte(hash))
	sig, err := ecdsa.SignASN1(rand.Reader, key, sum[:])
	if err != nil {
		return "", fmt.Errorf("sign package: %w", err)
	}
	return base64.StdEncoding.EncodeToString(sig), nil
}

// domainOf returns the name a certificate is for, as wacz-auth reads it.
func domainOf(c *x509.Certificate) string {
	if c.Subject.CommonName != "" {
		return c.Subject.CommonName
	}
	if len(c.DNSNames) > 0 {
		return c.DNSNames[0]
	}
	return ""
}

// Roots are the certificates that a verifier trusts; nil pools trust nobody.
type Roots struct {
	Domain    *x509.CertPool
	Timestamp *x509.CertPool
}

// ErrSignature says that a signature does not hold.
var ErrSignature = errors.New("the signature does not hold")

// Verify checks that s is a signature over hash, and returns who made it. An error, which is ErrSignature, says that
// it does not hold. Certificates that lead to none of the roots are no error: then Signer.Rooted is false. The time
// at which certificates must be valid is that of the time-stamp.
func (s *Signed) Verify(hash string, roots Roots) (*Signer, error) {
	out, err := s.verify(hash, roots)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrSignature, err)
	}
	return out, nil
}

func (s *Signed) verify(hash string, roots Roots) (*Signer, error) {
	if s.Hash != hash {
		return nil, fmt.Errorf("it is for another datapackage.json, %.80q", s.Hash)
	}
	created, err := parseCreated(s.Created)
	if err != nil {
		return nil, fmt.Errorf("created: %w", err)
	}
	out := &Signer{Created: created}
	hasDomain := s.Domain != "" || s.DomainCert != "" || s.TimeSignature != "" || s.TimestampCert != ""
	switch {
	case s.PublicKey != "" && hasDomain:
		return nil, errors.New("it names both a public key and a domain")
	case s.PublicKey != "":
		key, err := publicKey(s.PublicKey)
		if err != nil {
			return nil, err
		}
		out.Key, err = checkText(s.Hash, s.Signature, key)
		return out, err
	case hasDomain:
		return out, s.verifyDomain(out, roots)
	}
	return nil, errors.New("it names neither a public key nor a domain")
}

// verifyDomain follows the steps of wacz-auth for the identity of a domain name.
func (s *Signed) verifyDomain(out *Signer, roots Roots) error {
	chain, err := parseChain(s.DomainCert)
	if err != nil {
		return fmt.Errorf("domainCert: %w", err)
	}
	key, ok := chain[0].PublicKey.(*ecdsa.PublicKey)
	if !ok {
		return errors.New("the key of the domain's certificate is no ECDSA key")
	}
	if out.Key, err = checkText(s.Hash, s.Signature, key); err != nil {
		return err
	}
	if !strings.EqualFold(domainOf(chain[0]), s.Domain) && chain[0].VerifyHostname(s.Domain) != nil {
		return fmt.Errorf("the certificate is for %q, not for %q", domainOf(chain[0]), s.Domain)
	}
	out.Domain = s.Domain
	if s.CrossSignedCert != "" {
		cross, err := parseChain(s.CrossSignedCert)
		if err != nil {
			return fmt.Errorf("crossSignedCert: %w", err)
		}
		if !key.Equal(cross[0].PublicKey) {
			return errors.New("the cross-signed certificate is for another key")
		}
	}
	authority, err := parseChain(s.TimestampCert)
	if err != nil {
		return fmt.Errorf("timestampCert: %w", err)
	}
	if out.Stamped, err = checkToken(s.TimeSignature, s.Signature, authority[0]); err != nil {
		return fmt.Errorf("timeSignature: %w", err)
	}
	if d := out.Stamped.Sub(out.Created).Abs(); d > stampWithin {
		return fmt.Errorf("it says it was made %s from the time of its time-stamp; %s are allowed", d, stampWithin)
	}
	if out.Stamped.Before(chain[0].NotBefore) || out.Stamped.After(chain[0].NotAfter) {
		return errors.New("the domain's certificate was not valid at the time of the time-stamp")
	}
	out.Rooted = leads(authority, roots.Timestamp, out.Stamped, x509.ExtKeyUsageTimeStamping) && leads(chain, roots.Domain, out.Stamped, x509.ExtKeyUsageAny)
	return nil
}

// leads says whether a chain leads to one of the roots.
func leads(chain []*x509.Certificate, roots *x509.CertPool, at time.Time, usage x509.ExtKeyUsage) bool {
	if roots == nil {
		return false
	}
	between := x509.NewCertPool()
	for _, c := range chain[1:] {
		between.AddCert(c)
	}
	_, err := chain[0].Verify(x509.VerifyOptions{Roots: roots, Intermediates: between, CurrentTime: at, KeyUsages: []x509.ExtKeyUsage{usage}})
	return err == nil
}

// parseChain reads certificates, each signed by the next.
func parseChain(text string) ([]*x509.Certificate, error) {
	var out []*x509.Certificate
	rest := []byte(text)
	for {
		var b *pem.Block
		if b, rest = pem.Decode(rest); b == nil {
			break
		}
		c, err := x509.ParseCertificate(b.Bytes)
		if err != nil {
			return nil, err
		}
		if len(out) > 0 {
			if err := out[len(out)-1].CheckSignatureFrom(c); err != nil && c.CheckSignature(out[len(out)-1].SignatureAlgorithm, out[len(out)-1].RawTBSCertificate, out[len(out)-1].Signature) != nil {
				return nil, fmt.Errorf("%s is not signed by the certificate after it", out[len(out)-1].Subject)
			}
		}
		if out = append(out, c); len(out) > 16 {
			return nil, errors.New("more than 16 certificates")
		}
	}
	if len(out) == 0 {
		return nil, errors.New("no certificate")
	}
	return out, nil
}

// publicKey reads an anonymous key: a SubjectPublicKeyInfo.
func publicKey(text string) (*ecdsa.PublicKey, error) {
	der, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return nil, fmt.Errorf("publicKey: %w", err)
	}
	key, err := x509.ParsePKIXPublicKey(der)
	if err != nil {
		return nil, fmt.Errorf("publicKey: %w", err)
	}
	ec, ok := key.(*ecdsa.PublicKey)
	if !ok {
		return nil, errors.New("publicKey is no ECDSA key")
	}
	return ec, nil
}

// checkText checks an ECDSA signature with SHA-256 over a text, in ASN.1 as authsign writes it or as two numbers
// of fixed length as browsers do, and returns the fingerprint of the key.
func checkText(text, signature string, key *ecdsa.PublicKey) (string, error) {
	sig, err := base64.StdEncoding.DecodeString(signature)
	if err != nil {
		return "", fmt.Errorf("signature: %w", err)
	}
	sum := sha256.Sum256([]byte(text))
	if !ecdsa.VerifyASN1(key, sum[:], sig) {
		n := (key.Curve.Params().BitSize + 7) / 8
		if len(sig) != 2*n || !ecdsa.Verify(key, sum[:], new(big.Int).SetBytes(sig[:n]), new(big.Int).SetBytes(sig[n:])) {
			return "", errors.New("it was not made by that key over that hash")
		}
	}
	der, err := x509.MarshalPKIXPublicKey(key)
	if err != nil {
		return "", err
	}
	print := sha256.Sum256(der)
	return hex.EncodeToString(print[:]), nil
}

// checkToken checks an RFC 3161 response over a text, made by that authority, and returns its time.
func checkToken(response, text string, authority *x509.Certificate) (at time.Time, err error) {
	// The parser of BER in pkcs7 was not written for hostile bytes.
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("malformed token: %v", p)
		}
	}()
	der, err := base64.StdEncoding.DecodeString(response)
	if err != nil {
		return at, err
	}
	ts, err := timestamp.ParseResponse(der)
	if err != nil {
		bare, bareErr := timestamp.Parse(der) // a token without the response around it
		if bareErr != nil {
			return at, fmt.Errorf("read token: %w", err)
		}
		ts = bare
	}
	if ts.HashAlgorithm != crypto.SHA256 && ts.HashAlgorithm != crypto.SHA384 && ts.HashAlgorithm != crypto.SHA512 {
		return at, fmt.Errorf("it is over a hash by %s", ts.HashAlgorithm)
	}
	h := ts.HashAlgorithm.New()
	h.Write([]byte(text))
	if !bytes.Equal(h.Sum(nil), ts.HashedMessage) {
		return at, errors.New("it is over something else than the signature")
	}
	p7, err := pkcs7.Parse(ts.RawToken)
	if err != nil {
		return at, fmt.Errorf("read token: %w", err)
	}
	// Only the certificate that the package names may have made it, whatever the token brings along.
	p7.Certificates = []*x509.Certificate{authority}
	if err := p7.VerifyWithOpts(x509.VerifyOptions{CurrentTime: ts.Time}); err != nil {
		return at, fmt.Errorf("the authority's certificate did not make it: %w", err)
	}
	if !slices.Contains(authority.ExtKeyUsage, x509.ExtKeyUsageTimeStamping) {
		return at, errors.New("the certificate is not one for time-stamping")
	}
	if ts.Time.Before(authority.NotBefore) || ts.Time.After(authority.NotAfter) {
		return at, errors.New("the authority's certificate was not valid at that time")
	}
	return ts.Time.UTC(), nil
}

// parseCreated reads the time a signer claims, as ISO 8601 with or without a zone, which then is UTC.
func parseCreated(s string) (time.Time, error) {
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05"} {
		if t, err := time.Parse(layout, s); err == nil {
			return t.UTC(), nil
		}
	}
	return time.Time{}, fmt.Errorf("%.60q is no time", s)
}
