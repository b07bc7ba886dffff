package tlog_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"io"
	"math/big"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/digitorus/timestamp"

	"veedor/internal/evidence/tlog"
)

// authority is a time-stamp authority with a root of its own.
type authority struct {
	url    string
	root   string // PEM
	cert   *x509.Certificate
	key    crypto.Signer
	now    func() time.Time
	asked  int
	change func(*timestamp.Timestamp)
	answer func(http.ResponseWriter) bool // in its stead
}

var testPolicy = asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 99999, 1}

func newAuthority(t testing.TB, c *clock, change func(*x509.Certificate)) *authority {
	t.Helper()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	key := func() *ecdsa.PrivateKey {
		k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		must(err)
		return k
	}
	rootKey, leafKey := key(), key()
	root := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test root"}, NotBefore: c.now().AddDate(-1, 0, 0), NotAfter: c.now().AddDate(10, 0, 0),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign}
	rootDER, err := x509.CreateCertificate(rand.Reader, root, root, rootKey.Public(), rootKey)
	must(err)
	root, err = x509.ParseCertificate(rootDER)
	must(err)
	usage, err := asn1.Marshal([]asn1.ObjectIdentifier{{1, 3, 6, 1, 5, 5, 7, 3, 8}})
	must(err)
	leaf := &x509.Certificate{SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "test time-stamping"}, NotBefore: c.now().AddDate(0, -1, 0), NotAfter: c.now().AddDate(1, 0, 0),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtraExtensions: []pkix.Extension{{Id: asn1.ObjectIdentifier{2, 5, 29, 37}, Critical: true, Value: usage}}}
	if change != nil {
		change(leaf)
	}
	leafDER, err := x509.CreateCertificate(rand.Reader, leaf, root, leafKey.Public(), rootKey)
	must(err)
	a := &authority{key: leafKey, now: c.now, root: string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: rootDER}))}
	a.cert, err = x509.ParseCertificate(leafDER)
	must(err)
	s := httptest.NewServer(a)
	t.Cleanup(s.Close)
	a.url = s.URL
	return a
}

func (a *authority) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	a.asked++
	body, _ := io.ReadAll(r.Body)
	q, err := timestamp.ParseRequest(body)
	if err != nil || r.Header.Get("Content-Type") != "application/timestamp-query" {
		http.Error(w, "bad request", http.StatusBadRequest)
		return
	}
	if a.answer != nil && a.answer(w) {
		return
	}
	stamp := &timestamp.Timestamp{HashAlgorithm: q.HashAlgorithm, HashedMessage: q.HashedMessage, Time: a.now().UTC(), Nonce: q.Nonce, Policy: testPolicy, AddTSACertificate: q.Certificates}
	if a.change != nil {
		a.change(stamp)
	}
	b, err := stamp.CreateResponseWithOpts(a.cert, a.key, crypto.SHA256)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/timestamp-reply")
	_, _ = w.Write(b)
}

// stampable returns a log of ten leaves that asks the authority, whose root it knows.
func stampable(t testing.TB, a *authority, now *clock) (*tlog.Log, string) {
	t.Helper()
	dir := t.TempDir()
	l := openAt(t, dir, now)
	add(t, l, items(tlog.Object, 1, 10))
	if err := os.WriteFile(filepath.Join(dir, "keys", "roots.pem"), []byte(a.root), 0o644); err != nil {
		t.Fatal(err)
	}
	configure(t, dir, func(c *tlog.Config) {
		c.Authorities = []tlog.Authority{{Name: "test", URL: a.url, Roots: "keys/roots.pem", Policy: testPolicy.String()}}
	})
	return l, dir
}

func stampOnce(t testing.TB, l *tlog.Log) tlog.Outcome {
	t.Helper()
	out, err := l.Stamp(t.Context(), false)
	if err != nil || len(out) != 1 {
		t.Fatalf("%v, %v", out, err)
	}
	return out[0]
}

func TestStamp(t *testing.T) {
	now := day()
	a := newAuthority(t, now, nil)
	l, dir := stampable(t, a, now)
	// Offline: nothing is lost, the next stamp covers it.
	a.answer = func(w http.ResponseWriter) bool { http.Error(w, "", http.StatusBadGateway); return true }
	if out := stampOnce(t, l); !strings.Contains(out.Why, "502") {
		t.Errorf("%+v", out)
	}
	if out, err := l.Stamp(t.Context(), true); err != nil || !strings.Contains(out[0].Why, "left alone") || a.asked != 1 {
		t.Errorf("%+v, %v", out, err)
	}
	a.answer = nil
	add(t, l, items(tlog.Object, 2, 7))
	if out := stampOnce(t, l); out.Why != "" || out.Size != 17 || !out.At.Equal(now.now().Truncate(time.Second)) {
		t.Errorf("%+v", out)
	}
	if out := stampOnce(t, l); !out.Kept || a.asked != 2 {
		t.Errorf("a second time: %+v, asked %d times", out, a.asked)
	}
	now.add(time.Hour)
	add(t, l, items(tlog.Object, 3, 1))
	if out := stampOnce(t, l); out.Why != "" || out.Size != 18 {
		t.Errorf("%+v", out)
	}
	all, err := l.Stamps()
	if err != nil || len(all) != 2 || all[0].Size != 17 || all[1].Size != 18 {
		t.Errorf("%v, %v", all, err)
	}
	if s, err := l.FirstStamp(3); err != nil || s.Size != 17 {
		t.Errorf("the first stamp of leaf 3: %v, %v", s, err)
	}
	p, err := l.ProofAt(t.Context(), 3, 17)
	if err != nil {
		t.Fatal(err)
	}
	checkProof(t, l, p)
	sound(t, l)
	verifyWithOpenSSL(t, filepath.Join(dir, "log", "stamps"), a.root)
	// A stamp that was exchanged is noticed.
	stamps := filepath.Join(dir, "log", "stamps")
	b, err := os.ReadFile(filepath.Join(stamps, "18-test.tsr"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(stamps, "17-test.tsr"), b, 0o644); err != nil {
		t.Fatal(err)
	}
	if problems, err := l.Fsck(t.Context(), nil); err != nil || len(problems) != 1 {
		t.Errorf("fsck: %v, %v", problems, err)
	}
}

// verifyWithOpenSSL checks one stamp with another program.
func verifyWithOpenSSL(t *testing.T, stamps, root string) {
	t.Helper()
	openssl, err := exec.LookPath("openssl")
	if err != nil {
		t.Log("openssl is not installed: stamps were not verified with it")
		return
	}
	dir := t.TempDir()
	c, err := os.ReadFile(filepath.Join(stamps, "..", "cosigned", "17"))
	if err != nil {
		t.Fatal(err)
	}
	text, _, _ := strings.Cut(string(c), "\n\n")
	body, ca := filepath.Join(dir, "body"), filepath.Join(dir, "ca.pem")
	if err := os.WriteFile(body, []byte(text+"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(ca, []byte(root), 0o644); err != nil {
		t.Fatal(err)
	}
	// The test's clock is not the present.
	at := day().now().Unix()
	out, err := exec.CommandContext(t.Context(), openssl, "ts", "-verify", "-data", body, "-in", filepath.Join(stamps, "17-test.tsr"), "-CAfile", ca, "-attime", big.NewInt(at).String()).CombinedOutput()
	if err != nil || !strings.Contains(string(out), "Verification: OK") {
		t.Errorf("openssl: %v\n%s", err, out)
	}
}

// TestStampRefuses: what is no stamp of the checkpoint asked for is not kept.
func TestStampRefuses(t *testing.T) {
	now := day()
	plain := func(usage ...x509.ExtKeyUsage) func(*x509.Certificate) {
		return func(c *x509.Certificate) { c.ExtraExtensions, c.ExtKeyUsage = nil, usage }
	}
	for name, c := range map[string]struct {
		cert   func(*x509.Certificate)
		change func(*timestamp.Timestamp)
		answer func(http.ResponseWriter) bool
		root   bool // another one is configured
		want   string
	}{
		"other imprint":            {change: func(s *timestamp.Timestamp) { s.HashedMessage = make([]byte, 32) }, want: "something else"},
		"other nonce":              {change: func(s *timestamp.Timestamp) { s.Nonce = big.NewInt(1) }, want: "nonce"},
		"no nonce":                 {change: func(s *timestamp.Timestamp) { s.Nonce = nil }, want: "nonce"},
		"other policy":             {change: func(s *timestamp.Timestamp) { s.Policy = asn1.ObjectIdentifier{1, 2, 3} }, want: "policy"},
		"no certificate":           {change: func(s *timestamp.Timestamp) { s.AddTSACertificate = false }, want: "certificate"},
		"for servers":              {cert: plain(x509.ExtKeyUsageServerAuth), want: "time-stamping alone"},
		"not critical":             {cert: plain(x509.ExtKeyUsageTimeStamping), want: "time-stamping alone"},
		"expired":                  {cert: func(c *x509.Certificate) { c.NotAfter = now.now().AddDate(0, 0, -1) }, want: "validity"},
		"dated before it could be": {change: func(s *timestamp.Timestamp) { s.Time = now.now().AddDate(-2, 0, 0) }, want: "not valid"},
		"other root":               {root: true, want: "roots"},
		"rubbish":                  {answer: func(w http.ResponseWriter) bool { _, _ = w.Write([]byte("0\x80\x00")); return true }, want: "no stamp"},
		"endless":                  {answer: func(w http.ResponseWriter) bool { _, _ = w.Write(make([]byte, 1<<20)); return true }, want: "more than"},
		"refused by the authority": {answer: func(w http.ResponseWriter) bool {
			b, _ := timestamp.CreateErrorResponse(timestamp.Rejection, timestamp.TimeNotAvailable)
			_, _ = w.Write(b)
			return true
		}, want: "rejected"},
	} {
		t.Run(name, func(t *testing.T) {
			a := newAuthority(t, now, c.cert)
			a.change, a.answer = c.change, c.answer
			l, dir := stampable(t, a, now)
			if c.root {
				other := newAuthority(t, now, nil)
				if err := os.WriteFile(filepath.Join(dir, "keys", "roots.pem"), []byte(other.root), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			if out := stampOnce(t, l); !strings.Contains(out.Why, c.want) {
				t.Errorf("%+v, want %q", out, c.want)
			}
			if all, err := l.Stamps(); err != nil || len(all) > 0 {
				t.Errorf("kept %v, %v", all, err)
			}
			if attempts, err := l.Attempts(); err != nil || len(attempts) != 1 || attempts[0].Why == "" {
				t.Errorf("remembered %v, %v", attempts, err)
			}
		})
	}
}

func FuzzStamp(f *testing.F) {
	now := day()
	a := newAuthority(f, now, nil)
	l, dir := stampable(f, a, now)
	if out := stampOnce(f, l); out.Why != "" {
		f.Fatal(out)
	}
	path := filepath.Join(dir, "log", "stamps", "10-test.tsr")
	b, err := os.ReadFile(path)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Add([]byte("0\x80\x00"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if err := os.WriteFile(path, b, 0o644); err != nil {
			t.Fatal(err)
		}
		_, _ = l.Stamps() // must not panic
	})
}
