package wacz

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/digitorus/timestamp"
)

// authority is a certificate with its key, signed by a root.
type authority struct {
	key   *ecdsa.PrivateKey
	cert  *x509.Certificate
	root  *x509.Certificate
	chain []*x509.Certificate
}

func certificate(t testing.TB, subject string, parent *authority, change func(*x509.Certificate)) *authority {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	tmpl := &x509.Certificate{SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: subject}, NotBefore: at(-3600), NotAfter: at(2_000_000_000), KeyUsage: x509.KeyUsageDigitalSignature, BasicConstraintsValid: true}
	if change != nil {
		change(tmpl)
	}
	signer, signerKey := tmpl, key
	if parent != nil {
		signer, signerKey = parent.cert, parent.key
	} else {
		tmpl.IsCA, tmpl.KeyUsage = true, x509.KeyUsageCertSign
	}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, signer, &key.PublicKey, signerKey)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	a := &authority{key: key, cert: cert, root: cert, chain: []*x509.Certificate{cert}}
	if parent != nil {
		a.root = parent.cert
		a.chain = append(a.chain, parent.cert)
	}
	return a
}

// newAuthority makes a time-stamp authority.
func newAuthority(t testing.TB) *authority {
	return certificate(t, "Test TSA", certificate(t, "TSA Root", nil, nil), func(c *x509.Certificate) {
		c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageTimeStamping}
	})
}

func (a *authority) pem() string {
	var b bytes.Buffer
	for _, c := range a.chain {
		pem.Encode(&b, &pem.Block{Type: "CERTIFICATE", Bytes: c.Raw})
	}
	return b.String()
}

func (a *authority) stamp(when time.Time) func([]byte) ([]byte, string, error) {
	return func(text []byte) ([]byte, string, error) {
		sum := sha256.Sum256(text)
		ts := timestamp.Timestamp{HashAlgorithm: crypto.SHA256, HashedMessage: sum[:], Time: when, SerialNumber: big.NewInt(1), Policy: []int{1, 2, 3}, AddTSACertificate: true}
		der, err := ts.CreateResponseWithOpts(a.cert, a.key, crypto.SHA256)
		return der, a.pem(), err
	}
}

func pool(c *x509.Certificate) *x509.CertPool {
	p := x509.NewCertPool()
	p.AddCert(c)
	return p
}

func TestSignatures(t *testing.T) {
	tsa := newAuthority(t)
	domain := certificate(t, "observer.example", certificate(t, "Web Root", nil, nil), func(c *x509.Certificate) { c.DNSNames = []string{"observer.example"} })
	const hash = "sha256:0000000000000000000000000000000000000000000000000000000000000001"
	p384, _ := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	anonymous := func() *Signed {
		s, err := SignKey(hash, p384, at(0), "test")
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	named := func(when time.Time) *Signed {
		s, err := SignDomain(hash, domain.key, domain.chain, at(0), "test", tsa.stamp(when))
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	raw := anonymous() // as browsers sign: two numbers of fixed length
	sum := sha256.Sum256([]byte(hash))
	r, s, _ := ecdsa.Sign(rand.Reader, p384, sum[:])
	raw.Signature = base64.StdEncoding.EncodeToString(append(r.FillBytes(make([]byte, 48)), s.FillBytes(make([]byte, 48))...))
	both := named(at(5))
	both.PublicKey = anonymous().PublicKey
	other := named(at(5))
	other.TimeSignature = named(at(5)).TimeSignature
	elsewhere := named(at(5))
	elsewhere.Domain = "elsewhere.example"
	stranger := named(at(5))
	stranger.TimestampCert = newAuthority(t).pem()
	purpose := named(at(5))
	purpose.TimestampCert = domain.pem()
	roots := Roots{Domain: pool(domain.root), Timestamp: pool(tsa.root)}
	for name, tt := range map[string]struct {
		signed *Signed
		hash   string
		roots  Roots
		want   string // of the error, "" when it holds
		rooted bool
	}{
		"key":                  {anonymous(), hash, Roots{}, "", false},
		"key as browsers sign": {raw, hash, Roots{}, "", false},
		"another hash":         {anonymous(), hash[:70] + "2", Roots{}, "another datapackage.json", false},
		"domain":               {named(at(5)), hash, roots, "", true},
		"domain, no roots":     {named(at(5)), hash, Roots{}, "", false},
		"domain, other roots":  {named(at(5)), hash, Roots{Domain: pool(tsa.root), Timestamp: pool(domain.root)}, "", false},
		"stamped late":         {named(at(601)), hash, roots, "10m0s are allowed", false},
		"stamped early":        {named(at(-601)), hash, roots, "10m0s are allowed", false},
		"stamp of another":     {other, hash, roots, "something else", false},
		"another domain":       {elsewhere, hash, roots, "not for", false},
		"another authority":    {stranger, hash, roots, "did not make it", false},
		"no authority at all":  {purpose, hash, roots, "timeSignature", false},
		"key and domain":       {both, hash, roots, "both", false},
		"nobody":               {&Signed{Hash: hash, Created: "2026-03-14T15:09:26Z"}, hash, roots, "neither", false},
	} {
		got, err := tt.signed.Verify(tt.hash, tt.roots)
		switch {
		case tt.want == "" && err != nil:
			t.Errorf("%s: %v", name, err)
		case tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want) || !errors.Is(err, ErrSignature)):
			t.Errorf("%s: %v, not %q", name, err, tt.want)
		case err == nil && got.Rooted != tt.rooted:
			t.Errorf("%s: rooted is %v", name, got.Rooted)
		}
	}
}

func TestSignedPackage(t *testing.T) {
	key, _ := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	c := sampleContent(t)
	c.Sign = func(hash string) (*Signed, error) { return SignKey(hash, key, c.Created, c.Software) }
	b := pack(t, c)
	r := check(b)
	mustBeSound(t, r)
	if r.Signer == nil || r.Signer.Key == "" || r.Signer.Rooted {
		t.Errorf("signer %+v", r.Signer)
	}
	tsa := newAuthority(t)
	domain := certificate(t, "observer.example", certificate(t, "Web Root", nil, nil), nil)
	c.Sign = func(hash string) (*Signed, error) {
		return SignDomain(hash, domain.key, domain.chain, c.Created, c.Software, tsa.stamp(c.Created.Add(time.Second)))
	}
	b = pack(t, c)
	r = Check(context.Background(), bytes.NewReader(b), int64(len(b)), Options{Roots: Roots{pool(domain.root), pool(tsa.root)}})
	mustBeSound(t, r)
	if r.Signer == nil || r.Signer.Domain != "observer.example" || !r.Signer.Rooted {
		t.Errorf("signer %+v", r.Signer)
	}
}
