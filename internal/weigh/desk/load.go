package desk

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"veedor/internal/weigh/cases"
)

// base is what a case's text said when it was last read or written: kind and id, field, what it said, and the revision
// of the record at which the desk said so too, or was to.
type base map[string]map[string]known

type known struct {
	Sum string `json:"sum"` // "" for nothing
	Rev int    `json:"rev"`
}

func key(k Kind, id string) string { return string(k) + "/" + id }

func (b base) has(k Kind, id string) bool { return b[key(k, id)] != nil }

// same returns ids below a prefix by their contents.
func (b base) same(k Kind, prefix string) map[string][]string {
	out := map[string][]string{}
	for _, name := range slices.Sorted(maps.Keys(b)) {
		id, ok := strings.CutPrefix(name, string(k)+"/")
		if !ok || !strings.HasPrefix(id, prefix+".") {
			continue
		}
		var parts []string
		for f, v := range b[name] {
			if f != "order" && v.Sum != "" {
				parts = append(parts, f+"="+v.Sum)
			}
		}
		slices.Sort(parts)
		sum := strings.Join(parts, " ")
		out[sum] = append(out[sum], id)
	}
	return out
}

// contents is what a record says, wherever it stands.
func contents(fields map[string]any) string {
	var parts []string
	for f, v := range fields {
		if s := digestOf(v); f != "order" && s != "" {
			parts = append(parts, f+"="+s)
		}
	}
	slices.Sort(parts)
	return strings.Join(parts, " ")
}

func digestOf(value any) string {
	if value == nil {
		return ""
	}
	sum := sha256.Sum256(write(value))
	return hex.EncodeToString(sum[:8])
}

func readBase(ctx context.Context, q querier, caseID string) (base, int, error) {
	r, err := load(ctx, q, textKind, caseID)
	if err != nil || r == nil {
		return base{}, 0, err
	}
	b := base{}
	if err := json.Unmarshal(r.Fields["base"], &b); err != nil {
		return nil, 0, fmt.Errorf("%w: what case %s said last: %w", ErrBroken, caseID, err)
	}
	return b, r.Rev, nil
}

// note writes down what a case's text says now.
func (w *writing) note(ctx context.Context, caseID string, b base) error {
	before, rev, err := readBase(ctx, w.tx, caseID)
	if err != nil || rev > 0 && jsonOf(before) == jsonOf(b) {
		return err
	}
	return w.add(ctx, Event{What: Set, Kind: textKind, ID: caseID, On: rev, Rev: rev + 1, Fields: map[string]json.RawMessage{"base": write(b)}})
}

// LoadCase takes over what a case's text says and did not say when it was last loaded or saved. What was changed on
// the desk meanwhile is merged, or kept beside it as a conflict. The same text again changes nothing.
func (d *Desk) LoadCase(ctx context.Context, who Viewer, why string, k *cases.Case) ([]Written, error) {
	if !who.may(Researcher) || who.Name == "" {
		return nil, fmt.Errorf("load case %s: %w", k.ID, ErrForbidden)
	}
	if err := k.Check(); err != nil {
		return nil, fmt.Errorf("load case %s: %w: %w", k.ID, ErrInvalid, err)
	}
	var out []Written
	err := d.extend(ctx, func(tx *sql.Tx) ([]entry, error) {
		w := d.begin(tx, who, why)
		var err error
		if w.mark, err = readMark(ctx, tx); err != nil {
			return nil, err
		}
		out, err = w.load(ctx, k)
		if err != nil {
			return nil, err
		}
		if err := w.move(ctx); err != nil {
			return nil, err
		}
		return w.events, nil
	})
	if err != nil {
		return nil, fmt.Errorf("load case %s: %w", k.ID, err)
	}
	return out, nil
}

func (w *writing) load(ctx context.Context, k *cases.Case) ([]Written, error) {
	before, _, err := readBase(ctx, w.tx, k.ID)
	if err != nil {
		return nil, err
	}
	list, err := apart(k, before)
	if err != nil {
		return nil, err
	}
	var out []Written
	after := base{}
	var changes []Change
	for i := range list {
		done, all, err := w.loadPiece(ctx, &list[i], before, after)
		if err != nil {
			return nil, fmt.Errorf("%s %s: %w", list[i].kind, list[i].id, err)
		}
		out, changes = append(out, done...), append(changes, all...)
	}
	for i := range changes {
		if err := w.refer(ctx, &changes[i]); err != nil {
			return nil, fmt.Errorf("%s %s: %w", changes[i].Kind, changes[i].ID, err)
		}
	}
	done, err := w.unsaid(ctx, k.ID, before, after)
	if err != nil {
		return nil, err
	}
	return append(out, done...), w.note(ctx, k.ID, after)
}

// loadPiece writes what the text says of one record and did not say before.
func (w *writing) loadPiece(ctx context.Context, p *piece, before, after base) ([]Written, []Change, error) {
	was := before[key(p.kind, p.id)]
	cur, err := load(ctx, w.tx, p.kind, p.id)
	if err != nil {
		return nil, nil, err
	}
	by := map[int]map[string]any{} // revision the text knew: what it says now
	now := map[string]known{}
	for name, value := range p.fields {
		sum := digestOf(value)
		now[name] = known{sum, was[name].Rev}
		if was != nil && was[name].Sum == sum || was == nil && value == nil {
			continue
		}
		on := was[name].Rev
		if by[on] == nil {
			by[on] = map[string]any{}
		}
		by[on][name] = value
	}
	var out []Written
	var changes []Change
	for _, on := range slices.Sorted(maps.Keys(by)) {
		c := Change{Kind: p.kind, ID: p.id, On: on, Set: by[on]}
		if was == nil && cur != nil && cur.Removed { // said again
			c.On, c.Restore = Latest, true
		}
		done, err := w.change(ctx, &c)
		if err != nil {
			return nil, nil, err
		}
		for name := range by[on] {
			now[name] = known{now[name].Sum, done.Rev}
		}
		out, changes = append(out, done), append(changes, c)
		cur = nil // restored once
	}
	after[key(p.kind, p.id)] = now
	return out, changes, nil
}

// unsaid takes off the desk what the text said and says no longer, unless somebody changed it there.
func (w *writing) unsaid(ctx context.Context, caseID string, before, after base) ([]Written, error) {
	var out []Written
	for _, name := range slices.Sorted(maps.Keys(before)) {
		kind, id, _ := strings.Cut(name, "/")
		if after[name] != nil || sharedID(Kind(kind)) {
			continue
		}
		cur, err := load(ctx, w.tx, Kind(kind), id)
		if err != nil {
			return nil, err
		}
		if cur == nil || cur.Removed {
			continue
		}
		c := Change{Kind: Kind(kind), ID: id, On: Latest, Remove: true}
		for field, t := range cur.Touched {
			if f, ok := fieldOf(cur.Kind, field); ok && !f.Derived && t.Rev > before[name][field].Rev {
				c.On = 0 // somebody else wrote in it: a conflict
			}
		}
		done, err := w.change(ctx, &c)
		if err != nil {
			return nil, fmt.Errorf("%s %s: %w", kind, id, err)
		}
		out = append(out, done)
	}
	return out, nil
}
