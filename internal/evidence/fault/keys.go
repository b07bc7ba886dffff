package fault

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"math/big"
	"math/rand/v2"
	"time"

	"veedor/internal/evidence/wacz"
)

// chance is what every generator draws from: the same seed makes the same packages.
type chance struct{ *rand.Rand }

func newChance(seed uint64) chance { return chance{rand.New(rand.NewPCG(seed, 0x5eed))} }

// key draws a P-256 key.
func (c chance) key() *ecdsa.PrivateKey {
	b := make([]byte, 32)
	for {
		for i := range b {
			b[i] = byte(c.Uint32())
		}
		k, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), b)
		if err == nil { // all but one in 2^32
			return k
		}
	}
}

// anchor is a certificate with its key, and those that lead from it to its root.
type anchor struct {
	key     *ecdsa.PrivateKey
	cert    *x509.Certificate
	chain   []*x509.Certificate // from cert up, without the root
	root    *x509.Certificate
	rootKey *ecdsa.PrivateKey
}

// chainPEM returns the chain as it is put beside a signature.
func (a *anchor) chainPEM() string {
	var out []byte
	for _, c := range a.chain {
		out = append(out, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw})...)
	}
	return string(out)
}

func (a *anchor) rootPEM() string {
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.root.Raw}))
}

// usage says what a certificate is for.
type usage struct {
	name     string // common name, and DNS name of a server's
	server   bool
	stamping bool
	from, to time.Time
}

// issue makes a root and a certificate below it.
func (c chance) issue(u usage) (*anchor, error) {
	rootKey, key := c.key(), c.key()
	rootTemplate := &x509.Certificate{
		SerialNumber: big.NewInt(c.Int64N(1 << 40)), Subject: pkix.Name{CommonName: "Root for " + u.name}, NotBefore: u.from.AddDate(-5, 0, 0), NotAfter: u.to.AddDate(15, 0, 0),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
	}
	root, err := c.sign(rootTemplate, rootTemplate, &rootKey.PublicKey, rootKey)
	if err != nil {
		return nil, err
	}
	t, err := template(c, u)
	if err != nil {
		return nil, err
	}
	cert, err := c.sign(t, root, &key.PublicKey, rootKey)
	if err != nil {
		return nil, err
	}
	return &anchor{key: key, cert: cert, chain: []*x509.Certificate{cert}, root: root, rootKey: rootKey}, nil
}

func (c chance) sign(t, parent *x509.Certificate, public *ecdsa.PublicKey, key *ecdsa.PrivateKey) (*x509.Certificate, error) {
	der, err := x509.CreateCertificate(nil, t, parent, public, key)
	if err != nil {
		return nil, fmt.Errorf("make certificate: %w", err)
	}
	return x509.ParseCertificate(der)
}

// signer signs packages: with a key alone, or in the name of a domain.
type signer struct {
	key      *ecdsa.PrivateKey
	domain   *anchor // nil for a key alone
	tsa      *anchor
	at       time.Time // when it signs
	stampAt  time.Time // when the authority says it did; zero for at
	software string
	raw      bool                          // the signature as browsers write it
	message  func(signature string) []byte // what the authority stamps; nil for the signature's text
}

// sign makes the signedData of datapackage-digest.json.
func (s *signer) sign(hash string) (*wacz.Signed, error) {
	key := s.key
	if s.domain != nil {
		key = s.domain.key
	}
	sum := sha256.Sum256([]byte(hash))
	der, err := key.Sign(nil, sum[:], crypto.SHA256)
	if err != nil {
		return nil, err
	}
	out := &wacz.Signed{Hash: hash, Signature: base64.StdEncoding.EncodeToString(der), Created: s.at.UTC().Format(time.RFC3339), Software: s.software, Version: "0.1.0"}
	if s.raw {
		if out.Signature, err = p1363(der); err != nil {
			return nil, err
		}
	}
	if s.domain == nil {
		spki, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
		if err != nil {
			return nil, err
		}
		out.PublicKey = base64.StdEncoding.EncodeToString(spki)
		return out, nil
	}
	stampAt, message := s.stampAt, []byte(out.Signature)
	if stampAt.IsZero() {
		stampAt = s.at
	}
	if s.message != nil {
		message = s.message(out.Signature)
	}
	token, err := s.tsa.stamp(message, stampAt)
	if err != nil {
		return nil, err
	}
	out.Domain, out.DomainCert = s.domain.cert.DNSNames[0], s.domain.chainPEM()
	out.TimeSignature, out.TimestampCert = base64.StdEncoding.EncodeToString(token), s.tsa.chainPEM()
	return out, nil
}

// template is a certificate before it is signed.
func template(c chance, u usage) (*x509.Certificate, error) {
	t := &x509.Certificate{
		SerialNumber: big.NewInt(c.Int64N(1 << 40)), Subject: pkix.Name{CommonName: u.name}, NotBefore: u.from, NotAfter: u.to,
		BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature,
	}
	if u.server {
		t.DNSNames, t.ExtKeyUsage = []string{u.name}, []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
	}
	if u.stamping { // RFC 3161 2.3: the only purpose, and critical
		der, err := asn1.Marshal([]asn1.ObjectIdentifier{{1, 3, 6, 1, 5, 5, 7, 3, 8}})
		if err != nil {
			return nil, err
		}
		t.ExtraExtensions = []pkix.Extension{{Id: asn1.ObjectIdentifier{2, 5, 29, 37}, Critical: true, Value: der}}
	}
	return t, nil
}

// p1363 turns a signature from ASN.1 into the form that browsers give: two numbers side by side.
func p1363(der []byte) (string, error) {
	var s struct{ R, S *big.Int }
	if _, err := asn1.Unmarshal(der, &s); err != nil {
		return "", err
	}
	return b64(append(s.R.FillBytes(make([]byte, 32)), s.S.FillBytes(make([]byte, 32))...)), nil
}
