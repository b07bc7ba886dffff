package fault

import (
	"context"
	"fmt"
	"testing"
)

func TestSoundDossiers(t *testing.T) {
	w, err := NewWorkshop(1)
	if err != nil {
		t.Fatal(err)
	}
	ws := (*workshop)(w)
	for _, o := range []outline{{language: "en"}, {captures: 1, claims: 2, language: "es"}, {captures: 3, claims: 4, language: "es", withheld: true, log: true, policy: true, version: 2}} {
		m, err := ws.content(o)
		if err != nil {
			t.Fatal(err)
		}
		b, err := m.press(context.Background(), ws.key)
		if err != nil {
			t.Errorf("%+v: %v", o, err)
			continue
		}
		p := Package{Kind: KindDossier, Data: b, Policy: ws.reader(m)}
		if c, says := p.check(context.Background()); c != "" {
			t.Errorf("%+v: check %s: %s", o, c, says)
		}
		if r := p.verify(context.Background(), w.now); r.Exit != 0 || !r.OK() {
			t.Errorf("%+v: %d %.2000s", o, r.Exit, fmt.Sprintf("%v", r.Faults))
		}
		pk, err := readPack(b, ws.key)
		if err != nil {
			t.Fatal(err)
		}
		if err := pk.seal(); err != nil {
			t.Fatal(err)
		}
		p.Data = pk.zip.bytes()
		if r := p.verify(context.Background(), w.now); r.Exit != 0 || !r.OK() {
			t.Errorf("repacked %+v: %d %.2000s", o, r.Exit, fmt.Sprintf("%v", r.Faults))
		}
	}
}
