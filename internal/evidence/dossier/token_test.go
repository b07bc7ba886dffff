package dossier

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/digitorus/timestamp"
)

// authority is a time-stamp authority of a test's own.
type authority struct {
	root, cert *x509.Certificate
	rootKey    *ecdsa.PrivateKey
	key        *ecdsa.PrivateKey
}

func newAuthority(t testing.TB, change func(c *x509.Certificate)) *authority {
	t.Helper()
	make1 := func(c, parent *x509.Certificate, signer *ecdsa.PrivateKey) (*x509.Certificate, *ecdsa.PrivateKey) {
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		if parent == nil {
			parent, signer = c, key
		}
		der, err := x509.CreateCertificate(rand.Reader, c, parent, &key.PublicKey, signer)
		if err != nil {
			t.Fatal(err)
		}
		out, err := x509.ParseCertificate(der)
		if err != nil {
			t.Fatal(err)
		}
		return out, key
	}
	a := &authority{}
	a.root, a.rootKey = make1(&x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Test root"}, NotBefore: frozen.AddDate(-5, 0, 0), NotAfter: frozen.AddDate(5, 0, 0),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign}, nil, nil)
	usage, err := asn1.Marshal([]asn1.ObjectIdentifier{oidTimeStamping()})
	if err != nil {
		t.Fatal(err)
	}
	leaf := &x509.Certificate{SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "Test authority"}, NotBefore: frozen.AddDate(-1, 0, 0), NotAfter: frozen.AddDate(1, 0, 0),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtraExtensions: []pkix.Extension{{Id: oidExtKeyUsage(), Critical: true, Value: usage}}}
	if change != nil {
		change(leaf)
	}
	a.cert, a.key = make1(leaf, a.root, a.rootKey)
	return a
}

func (a *authority) pem() string {
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.root.Raw}))
}

func (a *authority) stamp(t testing.TB, data []byte, at time.Time, change func(s *timestamp.Timestamp)) []byte {
	t.Helper()
	sum := sha256.Sum256(data)
	s := &timestamp.Timestamp{HashAlgorithm: crypto.SHA256, HashedMessage: sum[:], Time: at, SerialNumber: big.NewInt(7), Policy: asn1.ObjectIdentifier{1, 2, 3}, AddTSACertificate: true, Accuracy: time.Second, Nonce: big.NewInt(9)}
	if change != nil {
		change(s)
	}
	der, err := s.CreateResponseWithOpts(a.cert, a.key, crypto.SHA256)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

func usages(critical bool, ids ...asn1.ObjectIdentifier) func(c *x509.Certificate) {
	return func(c *x509.Certificate) {
		der, err := asn1.Marshal(ids)
		if err != nil {
			panic(err) // identifiers can always be written
		}
		c.ExtraExtensions = []pkix.Extension{{Id: oidExtKeyUsage(), Critical: critical, Value: der}}
	}
}

func TestToken(t *testing.T) {
	data := []byte("stamp me\n")
	good := newAuthority(t, nil)
	pool := x509.NewCertPool()
	pool.AddCert(good.root)
	check := func(der []byte, roots *x509.CertPool) (*stamp, error) {
		s, err := parseToken(der)
		if err == nil {
			err = s.over(data)
		}
		if err == nil {
			err = s.chains(roots)
		}
		return s, err
	}
	s, err := check(good.stamp(t, data, frozen, nil), pool)
	if err != nil {
		t.Fatal(err)
	}
	if !s.at.Equal(frozen) || s.within != time.Second {
		t.Errorf("at %s within %s", s.at, s.within)
	}
	with := func(change func(c *x509.Certificate)) func() ([]byte, *x509.CertPool) {
		return func() ([]byte, *x509.CertPool) {
			a := newAuthority(t, change)
			roots := x509.NewCertPool()
			roots.AddCert(a.root)
			return a.stamp(t, data, frozen, nil), roots
		}
	}
	changed := func(f func(der []byte) []byte) func() ([]byte, *x509.CertPool) {
		return func() ([]byte, *x509.CertPool) { return f(good.stamp(t, data, frozen, nil)), pool }
	}
	for _, tc := range []struct {
		name string
		make func() ([]byte, *x509.CertPool)
		says string
	}{
		{"usage not critical", with(usages(false, oidTimeStamping())), "marked critical"},
		{"usage for something else too", with(usages(true, oidTimeStamping(), oid(1, 3, 6, 1, 5, 5, 7, 3, 1))), "nothing else"},
		{"usage for web servers", with(usages(true, oid(1, 3, 6, 1, 5, 5, 7, 3, 1))), "nothing else"},
		{"no usage", with(func(c *x509.Certificate) { c.ExtraExtensions = nil }), "no extended key usage"},
		{"certificate not yet valid", with(func(c *x509.Certificate) { c.NotBefore = frozen.Add(time.Hour) }), "not yet valid"},
		{"certificate no longer valid", with(func(c *x509.Certificate) { c.NotAfter = frozen.Add(-time.Hour) }), "expired"},
		{"another root", func() ([]byte, *x509.CertPool) { return newAuthority(t, nil).stamp(t, data, frozen, nil), pool }, "unknown authority"},
		{"no roots", func() ([]byte, *x509.CertPool) { return good.stamp(t, data, frozen, nil), nil }, "no roots"},
		{"another imprint", func() ([]byte, *x509.CertPool) { return good.stamp(t, []byte("else"), frozen, nil), pool }, "imprint differs"},
		{"no certificate enclosed", func() ([]byte, *x509.CertPool) {
			return good.stamp(t, data, frozen, func(s *timestamp.Timestamp) { s.AddTSACertificate = false }), pool
		}, "not enclosed"},
		{"time changed", changed(func(der []byte) []byte {
			return bytes.Replace(der, []byte(frozen.Format("20060102150405Z")), []byte(frozen.AddDate(0, 0, -1).Format("20060102150405Z")), 1)
		}), "digest differs"},
		{"signature changed", changed(func(der []byte) []byte { der[len(der)-3] ^= 1; return der }), "does not hold"},
		{"cut", changed(func(der []byte) []byte { return der[:len(der)-5] }), "read token"},
		{"something follows", changed(func(der []byte) []byte { return append(der, 0) }), "read token"},
		{"refused", func() ([]byte, *x509.CertPool) { return []byte{0x30, 5, 0x30, 3, 2, 1, 2}, pool }, "did not grant"},
		{"granted and empty", func() ([]byte, *x509.CertPool) { return []byte{0x30, 5, 0x30, 3, 2, 1, 0}, pool }, "without a token"},
		{"empty", func() ([]byte, *x509.CertPool) { return nil, pool }, "read token"},
		{"too long", func() ([]byte, *x509.CertPool) { return make([]byte, maxToken+1), pool }, "limit"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if _, err := check(tc.make()); err == nil || !strings.Contains(err.Error(), tc.says) {
				t.Errorf("%v, want %q", err, tc.says)
			}
		})
	}
}

// TestTokenFlips flips every bit of a token.
func TestTokenFlips(t *testing.T) {
	data := []byte("stamp me\n")
	a := newAuthority(t, nil)
	pool := x509.NewCertPool()
	pool.AddCert(a.root)
	der := a.stamp(t, data, frozen, nil)
	accepted := 0
	for i := range der {
		for bit := range 8 {
			der[i] ^= 1 << bit
			if s, err := parseToken(der); err == nil && s.over(data) == nil && s.chains(pool) == nil {
				accepted++
				if !s.at.Equal(frozen) {
					t.Errorf("byte %d, bit %d: the time became %s", i, bit, s.at)
				}
			}
			der[i] ^= 1 << bit
		}
	}
	if accepted > 1 { // a status of granted may become one of granted with modifications
		t.Errorf("%d of %d flips are accepted", accepted, 8*len(der))
	}
}

// TestOpenSSL reads what another program stamps.
func TestOpenSSL(t *testing.T) {
	openssl, err := exec.LookPath("openssl")
	if err != nil {
		t.Skip("openssl is not installed")
	}
	dir := t.TempDir()
	run := func(args ...string) {
		t.Helper()
		c := exec.Command(openssl, args...)
		c.Dir = dir
		if out, err := c.CombinedOutput(); err != nil {
			t.Fatalf("openssl %s: %v\n%s", strings.Join(args, " "), err, out)
		}
	}
	write := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	data := "log.example/veedor\n1\nx\n"
	write("data", data)
	write("serial", "01\n")
	write("ts.cnf", "[tsa]\ndefault_tsa=t\n[t]\nserial=serial\ncrypto_device=builtin\nsigner_cert=tsa.pem\ncerts=ca.pem\nsigner_key=tsa.key\nsigner_digest=sha512\n"+
		"default_policy=1.2.3.4\ndigests=sha256,sha512\naccuracy=secs:1,millisecs:500\nordering=yes\ntsa_name=yes\ness_cert_id_chain=no\ness_cert_id_alg=sha256\n")
	write("ext.cnf", "extendedKeyUsage=critical,timeStamping\n")
	for _, alg := range [][]string{{"-newkey", "rsa:2048"}, {"-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-384"}} {
		run(append([]string{"req", "-x509", "-nodes", "-days", "30", "-subj", "/CN=ca", "-keyout", "ca.key", "-out", "ca.pem"}, alg...)...)
		run(append([]string{"req", "-nodes", "-subj", "/CN=tsa", "-keyout", "tsa.key", "-out", "tsa.csr"}, alg...)...)
		run("x509", "-req", "-in", "tsa.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "20", "-extfile", "ext.cnf", "-out", "tsa.pem")
		run("ts", "-query", "-data", "data", "-sha256", "-cert", "-out", "q.tsq")
		run("ts", "-reply", "-config", "ts.cnf", "-queryfile", "q.tsq", "-out", "r.tsr")
		run("ts", "-verify", "-in", "r.tsr", "-data", "data", "-CAfile", "ca.pem")
		der, err := os.ReadFile(filepath.Join(dir, "r.tsr"))
		if err != nil {
			t.Fatal(err)
		}
		root, err := os.ReadFile(filepath.Join(dir, "ca.pem"))
		if err != nil {
			t.Fatal(err)
		}
		pool, err := certPool([]string{string(root)})
		if err != nil {
			t.Fatal(err)
		}
		s, err := parseToken(der)
		if err != nil {
			t.Fatalf("%v: %v", alg, err)
		}
		if err := s.over([]byte(data)); err != nil {
			t.Error(err)
		}
		if err := s.chains(pool); err != nil {
			t.Error(err)
		}
		if s.within != 1500*time.Millisecond {
			t.Errorf("within %s", s.within)
		}
	}
}

// TestStampedDossier has a dossier whose checkpoint is stamped.
func TestStampedDossier(t *testing.T) {
	a := newAuthority(t, nil)
	stamped := func(at time.Time, over func(c *testContent) []byte) (*testContent, []byte) {
		c := newTestContent(t, 1, 10)
		c.Log.Tokens = []Token{{Name: "tsa", Data: a.stamp(t, over(c), at, nil)}}
		return c, c.build(t)
	}
	text := func(c *testContent) []byte { return []byte(c.log.text(len(c.log.leaves))) }
	c, b := stamped(frozen.Add(-time.Minute), text)
	p := c.policy(t)
	p.TSARoots, p.Require = []string{a.pem()}, []string{RequireSignature, RequireLog, RequireTimestamp}
	r := verify(t, b, p)
	if r.Exit != ExitOK || !strings.Contains(strings.Join(r.Proved, "\n"), "existed no later than") {
		t.Errorf("exit %d\n%s", r.Exit, faultsOf(r))
	}
	p.TSARoots = []string{newAuthority(t, nil).pem()}
	if r := verify(t, b, p); r.Exit != ClassTrust.ExitCode() {
		t.Errorf("an authority nobody trusts: exit %d\n%s", r.Exit, faultsOf(r))
	}
	for name, tc := range map[string]struct {
		at   time.Time
		over func(c *testContent) []byte
		says string
	}{
		"the whole note, not its text":   {frozen, func(c *testContent) []byte { return c.Log.Checkpoint }, "imprint differs"},
		"a token of an earlier time":     {time.Unix(testStart, 0).Add(-time.Hour), text, "had seen it"},
		"a token later than the dossier": {frozen.Add(time.Hour), text, "back-dated"},
		"a token of the future":          {frozen.AddDate(0, 1, 0), text, "future"},
	} {
		c, b := stamped(tc.at, tc.over)
		p := c.policy(t)
		p.TSARoots = []string{a.pem()}
		if r := verify(t, b, p); r.Exit != ClassTimestamp.ExitCode() || !strings.Contains(faultsOf(r), tc.says) {
			t.Errorf("%s: exit %d\n%s", name, r.Exit, faultsOf(r))
		}
	}
}

func FuzzToken(f *testing.F) {
	a := newAuthority(f, nil)
	f.Add(a.stamp(f, []byte("x"), frozen, nil))
	f.Add([]byte{0x30, 5, 0x30, 3, 2, 1, 0})
	f.Fuzz(func(t *testing.T, b []byte) {
		if s, err := parseToken(b); err == nil && s.signer == nil {
			t.Error("no signer")
		}
	})
}
