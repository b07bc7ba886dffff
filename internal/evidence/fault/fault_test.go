package fault

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"
)

func TestFaults(t *testing.T) {
	w, err := NewWorkshop(1)
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]bool{}
	for _, f := range Faults() {
		if names[f.Name] {
			t.Errorf("%s twice", f.Name)
		}
		names[f.Name] = true
		if only := os.Getenv("ONLY"); only != "" && !strings.HasPrefix(f.Name, only) {
			continue
		}
		v, err := Judge(context.Background(), w, &f)
		if err != nil {
			t.Errorf("%s: %v", f.Name, err)
		} else if v.Outcome != OK {
			t.Errorf("%s\n      %s", v.Line(), v.Says)
		} else {
			t.Logf("%s\n      %s", v.Line(), v.Says)
		}
	}
	t.Log(len(names))
}

func TestSoundLog(t *testing.T) {
	w, err := NewWorkshop(1)
	if err != nil {
		t.Fatal(err)
	}
	b, err := (*workshop)(w).book()
	if err != nil {
		t.Fatal(err)
	}
	files, err := b.files.fs()
	if err != nil {
		t.Fatal(err)
	}
	p := Package{Kind: KindLog, Log: files, Policy: b.policy, Earlier: b.earlier}
	if r := p.verify(context.Background(), w.now); r.Exit != 0 || !r.OK() {
		t.Fatalf("%d %.3000s", r.Exit, fmt.Sprintf("%v", r.Faults))
	}
}

func TestSoundPacks(t *testing.T) {
	w, err := NewWorkshop(1)
	if err != nil {
		t.Fatal(err)
	}
	for _, kind := range []string{"plain", "gzip", "blocks", "domain", "bare"} {
		p, err := (*workshop)(w).pack(kind)
		if err != nil {
			t.Fatal(err)
		}
		pk := (*workshop)(w).done(p)
		if c, says := pk.check(context.Background()); c != "" {
			t.Errorf("%s: %s: %s", kind, c, says)
		}
		pk.Kind = KindWACZ
		if r := pk.verify(context.Background(), w.now); !r.OK() {
			t.Errorf("%s: %d %.3000s", kind, r.Exit, fmt.Sprintf("%v", r.Faults))
		}
	}
}
