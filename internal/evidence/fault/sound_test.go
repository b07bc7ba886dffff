package fault

import (
	"context"
	"testing"
)

func TestSound(t *testing.T) {
	w, err := NewWorkshop(2)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 60 {
		p, err := w.Sound(context.Background(), i, nil)
		if err != nil {
			t.Error(err)
			continue
		}
		if says := p.Alarm(context.Background(), w); says != "" {
			t.Errorf("%s: %.500s", p.Name, says)
		}
	}
}
