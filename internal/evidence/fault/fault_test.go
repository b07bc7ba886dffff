package fault

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"veedor/internal/evidence/dossier"
)

func shop(t *testing.T, seed uint64) *Workshop {
	t.Helper()
	w, err := NewWorkshop(seed)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// TestFaults makes every fault and sees that the verifiers reject it for a right reason.
func TestFaults(t *testing.T) {
	w, names := shop(t, 1), map[string]bool{}
	for _, f := range Faults() {
		if names[f.Name] {
			t.Errorf("%s stands there twice", f.Name)
		}
		names[f.Name] = true
		if f.Kind == KindWACZ && len(f.WACZ) == 0 && !slices.Contains(f.Want, dossier.ClassTrust) && !slices.Contains(f.Want, dossier.ClassSignature) {
			t.Errorf("%s: nothing is asked of wacz.Check, and it is not about trust", f.Name)
		}
		v, err := Judge(context.Background(), w, &f)
		if err != nil {
			t.Errorf("%s: %v", f.Name, err)
		} else if v.Outcome != OK {
			t.Errorf("%s\n    %s\n    they say: %.300s", v.Line(), f.Does, v.Says)
		}
	}
	if len(names) < 390 {
		t.Errorf("%d faults", len(names))
	}
}

// TestSound makes sound packages of every kind and sees that none is rejected.
func TestSound(t *testing.T) {
	w := shop(t, 2)
	for i := range 40 {
		p, err := w.Sound(context.Background(), i, nil)
		if err != nil {
			t.Error(err)
		} else if says := p.Alarm(context.Background(), w); says != "" {
			t.Errorf("%s: %.300s", p.Name, says)
		}
	}
}

// TestBase sees that what faults are applied to is sound, also when it was taken apart and packed again.
func TestBase(t *testing.T) {
	w := (*workshop)(shop(t, 3))
	var all []*Package
	for _, kind := range []string{"plain", "gzip", "blocks", "domain"} {
		p, err := w.pack(kind)
		if err != nil {
			t.Fatal(err)
		}
		again, err := readPack(p.zip.bytes(), p.signer)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range again.warcs() { // edited without a change
			if err := again.editWARC(name, func(*warcFile) error { return nil }); err != nil {
				t.Fatal(err)
			}
		}
		if err := again.seal(); err != nil {
			t.Fatal(err)
		}
		for _, p := range []*pack{p, again} {
			all = append(all, &Package{Name: kind, Kind: KindWACZ, Data: p.zip.bytes(), Policy: w.policy()})
		}
	}
	d, err := w.draft()
	if err != nil {
		t.Fatal(err)
	}
	all = append(all, &Package{Name: "dossier", Kind: KindDossier, Data: d.zip.bytes(), Policy: d.policy})
	if err := d.editWARC("archive/site.warc.gz", func(*warcFile) error { return nil }); err != nil {
		t.Fatal(err)
	}
	d.zip.find("archive/site.warc.gz").data = w.pressed.zip.find("archive/site.warc.gz").data // its compression is the builder's
	d.zip.find("indexes/index.cdx.gz").data = w.pressed.zip.find("indexes/index.cdx.gz").data
	d.zip.find("indexes/index.idx").data = w.pressed.zip.find("indexes/index.idx").data
	if err := d.refresh(true); err != nil {
		t.Fatal(err)
	}
	if err := d.list(); err != nil {
		t.Fatal(err)
	}
	if err := d.seal(); err != nil {
		t.Fatal(err)
	}
	all = append(all, &Package{Name: "dossier packed again", Kind: KindDossier, Data: d.zip.bytes(), Policy: d.policy})
	b, err := w.book()
	if err != nil {
		t.Fatal(err)
	}
	files, err := b.files.fs()
	if err != nil {
		t.Fatal(err)
	}
	all = append(all, &Package{Name: "log", Kind: KindLog, Log: files, Policy: b.policy, Earlier: b.earlier})
	for _, p := range all {
		if says := p.Alarm(context.Background(), (*Workshop)(w)); says != "" {
			t.Errorf("%s: %.300s", p.Name, says)
		}
	}
}

// TestSeed sees that a seed makes the same packages again.
func TestSeed(t *testing.T) {
	ctx := context.Background()
	make := func() [][]byte {
		w := shop(t, 9)
		var out [][]byte
		for _, i := range []int{0, 5, 7} {
			p, err := w.Sound(ctx, i, nil)
			if err != nil {
				t.Fatal(err)
			}
			out = append(out, p.Data)
		}
		return out
	}
	if diff := cmp.Diff(make(), make()); diff != "" {
		t.Errorf("the same seed makes other packages: %.300s", diff)
	}
}

// TestFlip sees that flips are counted for what they are, and that files are as before.
func TestFlip(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a")
	content := []byte("0123456789")
	if err := os.WriteFile(path, content, 0o444); err != nil {
		t.Fatal(err)
	}
	// A check that looks at the first five bytes alone.
	found := func(context.Context) (string, error) {
		b, err := os.ReadFile(path)
		if err == nil && string(b[:5]) != "01234" {
			return "damaged", nil
		}
		return "", err
	}
	f, err := Flip(context.Background(), 1, 200, Place{Name: "a", Root: dir, Found: found})
	if err != nil {
		t.Fatal(err)
	}
	if f.Flips != 200 || f.Found+len(f.Missed) != 200 || f.Found < 50 || len(f.Missed) < 50 {
		t.Errorf("%d flips, %d found, %d missed", f.Flips, f.Found, len(f.Missed))
	}
	if b, err := os.ReadFile(path); err != nil || string(b) != string(content) {
		t.Errorf("the file is %q afterwards, %v", b, err)
	}
	if st, err := os.Stat(path); err != nil || st.Mode().Perm() != 0o444 {
		t.Errorf("its mode is %v afterwards, %v", st.Mode(), err)
	}
}
