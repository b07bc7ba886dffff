package accounts

import (
	"sync"
	"testing"
)

func TestTwoPersons(t *testing.T) {
	d := newDesk(t)
	ctx := t.Context()
	ana, bea, cleo := d.viewer(d.join("ana", Editor).token), d.viewer(d.join("bea", Editor).token), d.viewer(d.join("cleo", Researcher).token)
	if err := d.SetTwoPersons(ctx, Terminal, true); err != nil {
		t.Fatal(err)
	}
	const subject = "publish dossier sha256:0011"
	_, err := d.Propose(ctx, cleo, subject, "ready")
	want(t, err, ErrRole)
	_, err = d.Propose(ctx, ana, subject, "")
	want(t, err, ErrReason)
	p, err := d.Propose(ctx, ana, subject, "ready")
	if err != nil {
		t.Fatal(err)
	}
	if again, err := d.Propose(ctx, bea, subject, "I too"); err != nil || again.ID != p.ID {
		t.Errorf("proposed twice: %+v %v", again, err)
	}
	want(t, d.Settle(ctx, ana, p.ID, true), ErrOwn)
	want(t, d.Settle(ctx, cleo, p.ID, true), ErrRole)
	want(t, d.Settle(ctx, bea, "a-none", true), ErrNotFound)
	if ok, err := d.Approved(ctx, subject); ok != nil || err != nil {
		t.Errorf("approved by nobody: %+v %v", ok, err)
	}
	// Of many who approve at once, one does.
	var all sync.WaitGroup
	var mu sync.Mutex
	settled := 0
	for range 10 {
		all.Go(func() {
			err := d.Settle(ctx, bea, p.ID, true)
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				settled++
			}
		})
	}
	all.Wait()
	if settled != 1 {
		t.Errorf("decided %d times", settled)
	}
	ok, err := d.Approved(ctx, subject)
	if err != nil || ok == nil || ok.ProposedBy != ana.ID || ok.DecidedBy != bea.ID {
		t.Fatalf("%+v %v", ok, err)
	}
	if ok, _ := d.Approved(ctx, subject+"x"); ok != nil {
		t.Error("another content is approved with it")
	}
	// A later decision counts.
	if p, err = d.Propose(ctx, bea, subject, "again"); err != nil {
		t.Fatal(err)
	}
	if list, err := d.Waiting(ctx); err != nil || len(list) != 1 {
		t.Error(list, err)
	}
	if err := d.Settle(ctx, bea, p.ID, false); err != nil { // one's own may be turned down
		t.Fatal(err)
	}
	if ok, _ := d.Approved(ctx, subject); ok != nil {
		t.Error("what was turned down is still approved")
	}
	want(t, d.Settle(ctx, ana, p.ID, true), ErrDecided)
	if err := d.SetTwoPersons(ctx, Terminal, false); err != nil {
		t.Fatal(err)
	}
	if p, err = d.Propose(ctx, ana, subject, "alone"); err != nil {
		t.Fatal(err)
	}
	if err := d.Settle(ctx, ana, p.ID, true); err != nil {
		t.Error(err)
	}
}
