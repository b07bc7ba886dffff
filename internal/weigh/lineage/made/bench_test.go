package made

import (
	"context"
	"testing"

	"veedor/internal/weigh/lineage"
)

func BenchmarkAll(b *testing.B) {
	texts := New(1, false).Items(5000)
	items := make([]lineage.Item, len(texts))
	for i := range texts {
		items[i] = texts[i].Item
	}
	for b.Loop() {
		if _, err := lineage.Propose(context.Background(), items, 1, nil); err != nil {
			b.Fatal(err)
		}
	}
}
