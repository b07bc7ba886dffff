package dossier

import (
	"bytes"
	"crypto/sha256"
	"crypto/x509"
	"encoding/asn1"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/digitorus/timestamp"

	"veedor/internal/evidence/tlog"
)

// TestOurLog has the log of this project checked by the verifier, which shares no code with it.
func TestOurLog(t *testing.T) {
	ctx, data := t.Context(), t.TempDir()
	now := time.Now().UTC().Truncate(time.Second)
	tsa := newAuthority(t, func(c *x509.Certificate) { c.NotBefore, c.NotAfter = now.AddDate(-1, 0, 0), now.AddDate(1, 0, 0) })
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		q, err := timestamp.ParseRequest(body)
		if err != nil {
			t.Error(err)
			return
		}
		s := &timestamp.Timestamp{HashAlgorithm: q.HashAlgorithm, HashedMessage: q.HashedMessage, Time: now, SerialNumber: q.Nonce, Nonce: q.Nonce, Policy: asn1.ObjectIdentifier{1, 2, 3}, AddTSACertificate: true}
		der, err := s.CreateResponseWithOpts(tsa.cert, tsa.key, q.HashAlgorithm)
		if err != nil {
			t.Error(err)
		}
		w.Header().Set("Content-Type", "application/timestamp-reply")
		_, _ = w.Write(der)
	}))
	defer server.Close()
	if err := os.WriteFile(filepath.Join(data, "tsa.pem"), []byte(tsa.pem()), 0o600); err != nil {
		t.Fatal(err)
	}
	config, err := json.Marshal(tlog.Config{Origin: "log.example/ours", Authorities: []tlog.Authority{{Name: "tsa", URL: server.URL, Roots: "tsa.pem"}}})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(data, "log.json"), config, 0o600); err != nil {
		t.Fatal(err)
	}
	l, err := tlog.Open(ctx, data, tlog.Options{Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	var earlier [][]byte
	var items []tlog.Item
	for i := range 600 {
		items = append(items, tlog.Item{Kind: tlog.Object, Hash: sha256.Sum256(fmt.Append(nil, i))})
		if i == 99 || i == 299 || i == 599 {
			if _, err := l.Append(ctx, items); err != nil {
				t.Fatal(err)
			}
			k, err := l.Checkpoint()
			if err != nil {
				t.Fatal(err)
			}
			earlier = append(earlier, k.Raw)
			out, err := l.Stamp(ctx, false)
			if err != nil {
				t.Fatal(err)
			}
			for _, o := range out {
				if o.Why != "" {
					t.Fatal(o.Why)
				}
			}
		}
	}
	keys, err := l.Keys()
	if err != nil {
		t.Fatal(err)
	}
	p := &Policy{Format: PolicyFormat, Log: []string{"log " + keys[0], "quorum none"}, TSARoots: []string{tsa.pem()}}
	dir := t.TempDir()
	if _, err := l.Export(ctx, dir); err != nil {
		t.Fatal(err)
	}
	for name, folder := range map[string]string{"export": dir, "own folder": l.Folder()} {
		r := CheckLog(ctx, os.DirFS(folder), p, Options{Earlier: earlier})
		if r.Exit != ExitOK {
			t.Errorf("%s: exit %d\n%s", name, r.Exit, faultsOf(r))
		}
		if !strings.Contains(strings.Join(r.Proved, "\n"), "existed no later than") {
			t.Errorf("%s: %q", name, r.Proved)
		}
	}
	raw, err := l.Proof(ctx, 123)
	if err != nil {
		t.Fatal(err)
	}
	proof, err := parseProof(raw)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := parseLeaf(proof.extra); err != nil {
		t.Error(err)
	}
	if err := verifyInclusion(proof.index, proof.at.size, leafHash(proof.extra), proof.hashes, proof.at.root); err != nil {
		t.Error(err)
	}
	flips(t, dir, p)
}

// flips flips bits of an exported log: all are found.
func flips(t *testing.T, dir string, p *Policy) {
	var names []string
	err := filepath.WalkDir(dir, func(name string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			names = append(names, name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	random := rand.New(rand.NewPCG(5, 6))
	for range 300 {
		name := names[random.IntN(len(names))]
		good, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		bad := bytes.Clone(good)
		bad[random.IntN(len(bad))] ^= 1 << random.IntN(8)
		if err := os.WriteFile(name, bad, 0o600); err != nil {
			t.Fatal(err)
		}
		if r := CheckLog(t.Context(), os.DirFS(dir), p, Options{}); r.Exit == ExitOK {
			t.Errorf("a bit of %s was flipped and not found", strings.TrimPrefix(name, dir))
		}
		if err := os.WriteFile(name, good, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}
