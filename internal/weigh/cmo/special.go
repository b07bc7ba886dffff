package cmo

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"strings"

	"veedor/internal/weigh/cases"
	"veedor/internal/weigh/desk"
)

// special makes a score or stances of a cell.
func (w *importing) special(ctx context.Context, a *Account, r *row, c column, text string) ([]desk.Change, string, error) {
	switch c.special {
	case impact, why:
		if a.scores[r.id] {
			return nil, "", nil
		}
		a.scores[r.id] = true
		out, problem := w.score(a, r)
		return out, problem, nil
	case asserted:
		return w.stances(ctx, r, text)
	}
	return nil, "", nil
}

func (w *importing) score(a *Account, r *row) ([]desk.Change, string) {
	var value, reason string
	for i, title := range a.head {
		switch c, _ := a.table.column(title); c.special {
		case impact:
			value = r.cells[i]
		case why:
			reason = strings.TrimSpace(r.cells[i])
		}
	}
	if strings.TrimSpace(value) == "" {
		return nil, ""
	}
	n, ok := score(value)
	if !ok {
		return nil, "no number from -3 to 3"
	}
	rubric := desk.Change{Kind: desk.Rubric, ID: rubricID, On: desk.Latest, Set: map[string]any{"title": "Civic impact, as imported", "version": "imported", "levels": levels()}}
	return []desk.Change{rubric, {Kind: desk.Score, ID: scoreID(r.id, w.who.Name), On: desk.Latest, Set: map[string]any{"item": r.id, "rubric": rubricID, "value": n,
		"reason": cmp.Or(reason, "(the table gives no reason)")}}}, ""
}

// scoreID names the score that an importer brought: nobody writes another's.
func scoreID(item, coder string) string {
	sum := sha256.Sum256([]byte(coder))
	return item[:min(len(item), 140)] + ".impact-" + hex.EncodeToString(sum[:4])
}

const rubricID = "cmo-civic-impact"

func levels() cases.Text {
	out := cases.Text{}
	for n, s := range map[int]string{-3: "does much harm to civic life", -2: "does harm", -1: "does some harm", 0: "neither", 1: "does some good", 2: "does good", 3: "does much good to civic life"} {
		out[strconv.Itoa(n)] = s
	}
	return out
}

// stances makes the item assert the frames that the cell names, and takes back those it names no longer.
func (w *importing) stances(ctx context.Context, r *row, text string) ([]desk.Change, string, error) {
	var out []desk.Change
	var lost []string
	want := map[string]bool{}
	for _, name := range list(strings.TrimSpace(text)) {
		frame := w.known[desk.Frame][name]
		if frame == "" {
			lost = append(lost, name)
			continue
		}
		id := stanceID(r.id, frame)
		want[id] = true
		out = append(out, desk.Change{Kind: desk.Stance, ID: id, On: desk.Latest, Set: map[string]any{"item": r.id, "frame": frame, "stance": "asserts"}})
	}
	before, err := w.desk.List(ctx, w.who, desk.Query{Kind: desk.Stance, Where: map[string]string{"item": r.id, "stance": "asserts"}, Removed: true})
	if err != nil {
		return nil, "", err
	}
	for i := range before {
		id, removed := before[i].ID, before[i].Removed
		if want[id] && removed {
			out = append([]desk.Change{{Kind: desk.Stance, ID: id, On: desk.Latest, Restore: true}}, out...)
		}
		if !want[id] && !removed && strings.HasPrefix(id, r.id+".") {
			out = append(out, desk.Change{Kind: desk.Stance, ID: id, On: desk.Latest, Remove: true})
		}
	}
	if len(lost) > 0 {
		return out, "no frame of this name", nil
	}
	return out, "", nil
}

func stanceID(item, frame string) string {
	id := item + "." + strings.TrimPrefix(frame, "cmo-frame-")
	return strings.TrimRight(id[:min(len(id), 160)], "-.")
}
