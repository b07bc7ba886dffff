package intake

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"veedor/internal/weigh/desk"
	"veedor/internal/weigh/lineage"
)

// Captured is what a capture gives an item.
type Captured struct {
	Hash, Title, Text string
}

// Capturer captures pages.
type Capturer interface {
	Capture(ctx context.Context, address string) (Captured, error)
}

// Taker takes things onto the desk, in the name of somebody. Not for several goroutines at once.
type Taker struct {
	Desk    *desk.Desk
	Who     desk.Viewer
	Capture Capturer // nil: nothing is captured

	index *lineage.Index
	names map[string]string // media by id
}

// Taken is what became of one thing.
type Taken struct {
	Item      string
	New       bool
	NoCapture error // why there is no capture; nil where there is one, or none was asked for
	Proposals int   // of what it derives from, or what derives from it
}

// Take makes an item of what was found, once: an address that is on the desk already gives that item and
// changes nothing but fields that are empty. The error wraps ErrRefused or the desk's.
func (t *Taker) Take(ctx context.Context, f Found) (Taken, error) {
	var out Taken
	if f.URL != "" {
		address, err := Address(f.URL)
		if err != nil {
			return out, err
		}
		f.URL = address
	} else if f.Title == "" && f.Text == "" {
		return out, refused("it has neither an address nor a text")
	}
	cur, err := t.known(ctx, &f)
	if err != nil {
		return out, err
	}
	if cur != nil {
		out.Item = cur.ID
	} else {
		out.Item, out.New = t.Desk.NewID(), true
	}
	if t.Capture != nil && f.URL != "" && len(f.Captures) == 0 && (cur == nil || len(cur.Strings("captures")) == 0) {
		got, err := t.Capture.Capture(ctx, f.URL)
		if ctx.Err() != nil {
			return out, ctx.Err()
		}
		if out.NoCapture = err; err == nil {
			f.Captures, f.Title, f.Text = []string{got.Hash}, cmp.Or(f.Title, plain(got.Title, 1000, false)), cmp.Or(f.Text, plain(got.Text, 1_000_000, true))
		}
	}
	f.Language = cmp.Or(f.Language, Language(cmp.Or(f.Text, f.Title+" "+f.Summary)))
	change := desk.Change{Kind: desk.Item, ID: out.Item, Set: fields(f, cur)}
	if cur != nil {
		change.On = cur.Rev
	}
	if len(change.Set) > 0 {
		if _, err := t.Desk.Write(ctx, t.Who, cmp.Or(f.How, "taken in"), change); err != nil {
			return out, err
		}
	}
	if change.Set["text"] != nil { // the first that it has
		out.Proposals, err = t.propose(ctx, out.Item)
	}
	return out, err
}

// known finds the item that a thing is already: by its address, or by a capture of the same bytes.
func (t *Taker) known(ctx context.Context, f *Found) (*desk.Record, error) {
	asks := []map[string]string{}
	if f.URL != "" {
		asks = append(asks, map[string]string{"url": f.URL})
	}
	for _, h := range f.Captures {
		asks = append(asks, map[string]string{"captures": h})
	}
	for _, where := range asks {
		list, err := t.Desk.List(ctx, t.Who, desk.Query{Kind: desk.Item, Where: where, Limit: 1})
		if err != nil {
			return nil, err
		}
		if len(list) > 0 {
			return &list[0], nil
		}
	}
	return nil, nil
}

// fields are those that an item has not yet.
func fields(f Found, cur *desk.Record) map[string]any {
	set := map[string]any{}
	put := func(name, value string) {
		if value != "" && (cur == nil || cur.Fields[name] == nil) {
			set[name] = value
		}
	}
	put("url", f.URL)
	put("title", f.Title)
	put("text", f.Text)
	put("summary", plain(f.Summary, 500, true))
	put("language", f.Language)
	put("author", f.Author)
	put("type", f.Type)
	put("published_on", string(f.Published))
	put("source", f.Source)
	put("how_found", f.How)
	put("case", f.Case)
	if cur == nil {
		set["stage"] = "new"
	}
	if len(f.Captures) > 0 {
		all := f.Captures
		if cur != nil {
			all = append(slices.Clone(cur.Strings("captures")), f.Captures...)
		}
		set["captures"] = all
	}
	return set
}

// load makes the index of all items, when it is first needed.
func (t *Taker) load(ctx context.Context) error {
	if t.index != nil {
		return nil
	}
	t.names = map[string]string{}
	sources, err := t.Desk.List(ctx, t.Who, desk.Query{Kind: desk.Source})
	if err != nil {
		return err
	}
	for i := range sources {
		t.names[sources[i].ID] = sources[i].Str("name")
	}
	items, err := t.Desk.List(ctx, t.Who, desk.Query{Kind: desk.Item})
	if err != nil {
		return err
	}
	var all []lineage.Item
	for i := range items {
		all = append(all, t.item(&items[i]))
	}
	x := lineage.NewIndex()
	if err := x.AddAll(ctx, all, 2); err != nil {
		return err
	}
	t.index = x
	return nil
}

func (t *Taker) item(r *desk.Record) lineage.Item {
	date := r.Str("published_on")
	return lineage.Item{ID: r.ID, Outlet: cmp.Or(t.names[r.Str("source")], r.Str("author")), Lang: r.Str("language"), Date: date[:min(len(date), 10)], URL: r.Str("url"), Title: r.Str("title"), Text: cmp.Or(r.Str("text"), r.Str("summary"))}
}

// propose keeps what an item may derive from, and what may derive from it, for a person to decide.
func (t *Taker) propose(ctx context.Context, id string) (int, error) {
	if err := t.load(ctx); err != nil {
		return 0, err
	}
	r, err := t.Desk.Get(ctx, t.Who, desk.Item, id)
	if err != nil {
		return 0, err
	}
	it := t.item(r)
	proposals := t.index.Propose(it)
	t.index.Add(it)
	return t.keep(ctx, proposals)
}

// ProposeAll compares all items with each other and keeps what is new. Progress may be nil.
func (t *Taker) ProposeAll(ctx context.Context, progress func(done, all int)) (int, error) {
	if err := t.load(ctx); err != nil {
		return 0, err
	}
	proposals, err := t.index.All(ctx, 2, progress)
	if err != nil {
		return 0, err
	}
	return t.keep(ctx, proposals)
}

// keep writes proposals that nobody made or decided before.
func (t *Taker) keep(ctx context.Context, proposals []lineage.Proposal) (int, error) {
	known := map[[2]string]bool{} // whatever their id: people decide on pairs, too
	asked := map[string]bool{}
	for i := range proposals {
		item := proposals[i].Item
		if asked[item] {
			continue
		}
		asked[item] = true
		before, err := t.Desk.List(ctx, t.Who, desk.Query{Kind: desk.Lineage, Where: map[string]string{"from": item}, Removed: true})
		if err != nil {
			return 0, fmt.Errorf("keep proposals: %w", err)
		}
		for j := range before {
			known[[2]string{item, cmp.Or(before[j].Str("to"), before[j].Str("outside"))}] = true
		}
	}
	var changes []desk.Change
	for i := range proposals {
		p := &proposals[i]
		id := lineageID(p)
		pair := [2]string{p.Item, cmp.Or(p.Source, plain(p.Outside, 300, false))}
		if known[pair] {
			continue
		}
		known[pair] = true
		set := map[string]any{"from": p.Item, "type": string(p.Kind), "decision": "proposed", "reason": Reason(p), "score": strconv.FormatFloat(p.Confidence, 'f', 2, 64)}
		if p.Source != "" {
			set["to"] = p.Source
		} else {
			set["outside"] = plain(p.Outside, 300, false)
		}
		changes = append(changes, desk.Change{Kind: desk.Lineage, ID: id, Set: set})
	}
	for part := range slices.Chunk(changes, 200) {
		if _, err := t.Desk.Write(ctx, t.Who, "proposed by comparing texts", part...); err != nil {
			return 0, fmt.Errorf("keep proposals: %w", err)
		}
	}
	return len(changes), nil
}

func lineageID(p *lineage.Proposal) string {
	sum := sha256.Sum256([]byte(p.ID()))
	return "lineage-" + hex.EncodeToString(sum[:8])
}

// Reason says in a few lines what a proposal rests on.
func Reason(p *lineage.Proposal) string {
	var lines []string
	for _, e := range p.Evidence {
		switch {
		case e.Kind == lineage.EvOrder:
		case e.Other == "" || e.Other == e.Text:
			lines = append(lines, fmt.Sprintf("%s: %s", e.Kind, plain(e.Text, 200, false)))
		default:
			lines = append(lines, fmt.Sprintf("%s: %s ← %s", e.Kind, plain(e.Text, 200, false), plain(e.Other, 200, false)))
		}
		if len(lines) == 12 {
			break
		}
	}
	if len(p.Direction) > 0 {
		lines = append(lines, "which came first: "+strings.Join(p.Direction, ", "))
	}
	return strings.Join(lines, "\n")
}
