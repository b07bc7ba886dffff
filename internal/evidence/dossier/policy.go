package dossier

import (
	"bytes"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// PolicyFormat is what a policy file in JSON calls itself.
const PolicyFormat = "veedor-policy/1"

// maxPolicy bounds a policy file.
const maxPolicy = 1 << 20

// What a policy can require to be there and trusted.
const (
	RequireSignature = "signature"
	RequireLog       = "log"
	RequireTimestamp = "timestamp"
)

// Policy is whom a reader trusts: keys that sign, roots of certificates, logs and witnesses. docs/format/dossier.md
// describes its file.
type Policy struct {
	Format   string   `json:"format"` // veedor-policy/1
	Title    string   `json:"title,omitempty"`
	Keys     []string `json:"keys,omitempty"`      // that sign packages: base64 of the SubjectPublicKeyInfo, or the hex SHA-256 of it
	Domains  []string `json:"domains,omitempty"`   // whose certificates may sign packages
	Roots    []string `json:"roots,omitempty"`     // PEM; for the domains' certificates
	TSARoots []string `json:"tsa_roots,omitempty"` // PEM; for time-stamp authorities
	Log      []string `json:"log,omitempty"`       // lines of a C2SP tlog-policy
	Require  []string `json:"require,omitempty"`   // of signature, log, timestamp; empty for each that the policy names somebody for
}

// ParsePolicy reads a policy file: JSON, or the text of a C2SP tlog-policy.
func ParsePolicy(b []byte) (*Policy, error) {
	if len(b) > maxPolicy {
		return nil, fmt.Errorf("read policy: %d bytes, the limit is %d", len(b), maxPolicy)
	}
	p := &Policy{}
	if trimmed := bytes.TrimSpace(b); len(trimmed) > 0 && trimmed[0] == '{' {
		d := json.NewDecoder(bytes.NewReader(b))
		d.DisallowUnknownFields()
		if err := d.Decode(p); err != nil {
			return nil, fmt.Errorf("read policy: %w", err)
		}
		if _, err := d.Token(); !errors.Is(err, io.EOF) {
			return nil, errors.New("read policy: something follows the JSON object")
		}
		if p.Format != PolicyFormat {
			return nil, fmt.Errorf("read policy: its format is %.40q, want %q", p.Format, PolicyFormat)
		}
	} else {
		p.Format = PolicyFormat
		p.Log = strings.Split(strings.TrimSuffix(string(b), "\n"), "\n")
	}
	if _, err := p.compile(); err != nil {
		return nil, fmt.Errorf("read policy: %w", err)
	}
	return p, nil
}

// Check says what is wrong with a policy that was put together by hand.
func (p *Policy) Check() error {
	_, err := p.compile()
	return err
}

// trust is a policy made ready for use.
type trust struct {
	keys     map[string]bool // hex SHA-256 of SubjectPublicKeyInfo
	domains  []string
	roots    *x509.CertPool // nil for none
	tsaRoots *x509.CertPool // nil for none
	log      *logPolicy     // nil for none
	require  map[string]bool
}

// compile reads the policy's keys and certificates.
func (p *Policy) compile() (*trust, error) {
	t := &trust{keys: map[string]bool{}, require: map[string]bool{}}
	for _, k := range p.Keys {
		sum, err := keyFingerprint(k)
		if err != nil {
			return nil, err
		}
		t.keys[sum] = true
	}
	for _, d := range p.Domains {
		t.domains = append(t.domains, strings.ToLower(d))
	}
	var err error
	if t.roots, err = certPool(p.Roots); err != nil {
		return nil, fmt.Errorf("roots: %w", err)
	}
	if t.tsaRoots, err = certPool(p.TSARoots); err != nil {
		return nil, fmt.Errorf("tsa_roots: %w", err)
	}
	if len(p.Log) > 0 {
		if t.log, err = parseLogPolicy(p.Log); err != nil {
			return nil, fmt.Errorf("log: %w", err)
		}
	}
	for _, r := range p.Require {
		if !slices.Contains([]string{RequireSignature, RequireLog, RequireTimestamp}, r) {
			return nil, fmt.Errorf("require: %.40q is none of signature, log, timestamp", r)
		}
		t.require[r] = true
	}
	if len(p.Require) == 0 {
		t.require[RequireSignature] = len(t.keys)+len(t.domains) > 0
		t.require[RequireLog] = t.log != nil && len(t.log.logs) > 0
		t.require[RequireTimestamp] = t.tsaRoots != nil
	}
	return t, nil
}

// keyFingerprint returns the hex SHA-256 of a SubjectPublicKeyInfo, given as that, as base64 or as PEM.
func keyFingerprint(s string) (string, error) {
	if _, err := parseHash(s); err == nil {
		return s, nil
	}
	der, err := decodeBase64(s)
	if block, _ := pem.Decode([]byte(s)); block != nil {
		der, err = block.Bytes, nil
	}
	if err != nil {
		return "", fmt.Errorf("keys: %.40q is neither base64 nor a fingerprint of 64 hex digits", s)
	}
	if _, err := x509.ParsePKIXPublicKey(der); err != nil {
		return "", fmt.Errorf("keys: %.40q is no SubjectPublicKeyInfo: %w", s, err)
	}
	sum := sha256.Sum256(der)
	return hex.EncodeToString(sum[:]), nil
}

func certPool(pems []string) (*x509.CertPool, error) {
	if len(pems) == 0 {
		return nil, nil
	}
	pool := x509.NewCertPool()
	for _, s := range pems {
		certs, err := parsePEM([]byte(s))
		if err != nil {
			return nil, err
		}
		for _, c := range certs {
			pool.AddCert(c)
		}
	}
	return pool, nil
}

// parsePEM reads one or more certificates.
func parsePEM(b []byte) ([]*x509.Certificate, error) {
	var out []*x509.Certificate
	for {
		var block *pem.Block
		if block, b = pem.Decode(b); block == nil {
			break
		}
		if block.Type != "CERTIFICATE" {
			return nil, fmt.Errorf("a PEM block of type %.40q, want CERTIFICATE", block.Type)
		}
		c, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, err
		}
		out = append(out, c)
	}
	if len(out) == 0 || len(bytes.TrimSpace(b)) > 0 {
		return nil, errors.New("want certificates in PEM and nothing else")
	}
	return out, nil
}
