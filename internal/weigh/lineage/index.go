package lineage

import "context"

// Index holds items and says what an item may derive from. What it answers depends on which items it holds, not on the order in which
// they came. It is not safe for use by several goroutines at once while items are added.
type Index struct {
	items []Item
	at    map[string]int32
}

// NewIndex returns an empty index.
func NewIndex() *Index { return &Index{at: map[string]int32{}} }

// Len is how many items it holds.
func (x *Index) Len() int { return len(x.items) }

// Add takes in an item; one of an id that it holds already replaces it.
func (x *Index) Add(it Item) {
	x.at[it.ID] = int32(len(x.items))
	x.items = append(x.items, it)
}

// Propose says what an item may derive from among those that the index holds, and which of them may derive from it, likest first.
// The item itself need not be among them.
func (x *Index) Propose(it Item) []Proposal { return nil }

// All proposes for every item that the index holds, in the order of their ids.
func (x *Index) All(ctx context.Context, progress func(done, all int)) ([]Proposal, error) {
	return nil, ctx.Err()
}
