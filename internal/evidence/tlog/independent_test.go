package tlog_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"veedor/internal/evidence/dossier"
	"veedor/internal/evidence/tlog"
)

// TestIndependent: what is exported satisfies the verifier that was written from the specifications alone, and
// does no longer once something was changed.
func TestIndependent(t *testing.T) {
	now := day()
	a := newAuthority(t, now, nil)
	l, dir := stampable(t, a, now)
	w := newWitness(t, "w.example/w", now)
	w.knows(t, l)
	configure(t, dir, func(c *tlog.Config) { c.Policy = []string{"witness w " + w.vkey() + " " + w.url, "quorum w"} })
	keys, err := l.Keys()
	if err != nil {
		t.Fatal(err)
	}
	policy := &dossier.Policy{Format: "veedor-policy/1", TSARoots: []string{a.root}, Log: []string{"log " + keys[0], "witness w " + w.vkey(), "quorum w"}}
	public := t.TempDir()
	for seed := range 4 {
		add(t, l, items(tlog.Event, 10+seed, 130))
		if seed != 2 {
			if out := stampOnce(t, l); out.Why != "" {
				t.Fatal(out)
			}
		}
		if out := witnessOnce(t, l); out[0].Why != "" {
			t.Fatal(out)
		}
		if _, err := l.Export(t.Context(), public); err != nil {
			t.Fatal(err)
		}
		if r := dossier.CheckLog(t.Context(), os.DirFS(public), policy, dossier.Options{Now: now.now}); !r.OK() || r.Exit != 0 {
			t.Fatalf("after %d: exit %d, %+v", seed, r.Exit, r.Faults)
		}
	}
	for _, name := range []string{"checkpoint", "tile/entries/001", "tile/0/000", "tile/1/000.p/2", "cosigned/400", "stamps/270-test.tsr"} {
		t.Run(strings.ReplaceAll(name, "/", " "), func(t *testing.T) {
			path := filepath.Join(public, name)
			b, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			changed := append([]byte{}, b...)
			changed[len(b)/2] ^= 4
			if err := os.WriteFile(path, changed, 0o644); err != nil {
				t.Fatal(err)
			}
			if r := dossier.CheckLog(t.Context(), os.DirFS(public), policy, dossier.Options{Now: now.now}); r.OK() {
				t.Error("a changed byte was not seen")
			}
			if err := os.WriteFile(path, b, 0o644); err != nil {
				t.Fatal(err)
			}
		})
	}
}
