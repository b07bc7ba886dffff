package desk

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"veedor/internal/weigh/cases"
	"veedor/internal/weigh/lineage"
)

// Causes of a change of status.
const (
	CauseWritten      = "written"
	CauseLineage      = "lineage"
	CauseMeasurements = "measurements"
	CauseRules        = "rules"
	CauseRegistry     = "registry"
	CauseCaptures     = "captures"
)

// bearing is what of a write bears on one claim.
type bearing struct{ causes, why []string }

// on notes that something bears on a claim.
func (w *writing) on(claim, cause, why string) {
	b := w.claims[claim]
	if b == nil {
		b = &bearing{}
		w.claims[claim] = b
	}
	if cause != "" && !slices.Contains(b.causes, cause) {
		b.causes = append(b.causes, cause)
	}
	if why != "" {
		b.why = append(b.why, why)
	}
}

// bears notes which claims a change bears on. before is the record as it was.
func (w *writing) bears(ctx context.Context, k Kind, id string, before *row) error {
	switch k {
	case Claim:
		w.on(id, CauseWritten, "")
	case Utterance, Evidence:
		now, err := load(ctx, w.tx, k, id)
		if err != nil {
			return err
		}
		for _, r := range []*row{before, now} {
			var claim string
			if json.Unmarshal(r.Fields["claim"], &claim) == nil && claim != "" {
				w.on(claim, CauseWritten, "")
			}
		}
	case Lineage:
		if w.edges {
			return nil
		}
		w.edges = true
		rows, err := w.tx.QueryContext(ctx, `SELECT DISTINCT c.value FROM terms c JOIN terms i ON i.kind = c.kind AND i.id = c.id AND i.field = 'item' WHERE c.kind IN ('utterance', 'evidence') AND c.field = 'claim'`)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var claim string
			if err := rows.Scan(&claim); err != nil {
				return err
			}
			w.on(claim, CauseLineage, "")
		}
		return rows.Err()
	}
	return nil
}

// move derives how the claims stand that the write bears on, and writes down those that stand otherwise.
func (w *writing) move(ctx context.Context) error {
	var back roots
	for _, id := range slices.Sorted(maps.Keys(w.claims)) {
		claim, err := load(ctx, w.tx, Claim, id)
		if err != nil {
			return err
		}
		if claim == nil || claim.Removed {
			continue
		}
		if back == nil {
			if back, err = confirmed(ctx, w.tx); err != nil {
				return err
			}
		}
		now, err := standing(ctx, w.tx, id, back)
		if err != nil {
			return err
		}
		var before string
		_ = json.Unmarshal(claim.Fields["status"], &before)
		if before == now.Status {
			continue
		}
		b := w.claims[id]
		slices.Sort(b.causes)
		now.Since, now.Before, now.Cause = w.at, before, strings.Join(b.causes, ", ")
		if len(b.causes) == 0 {
			now.Cause = CauseWritten
		}
		if len(b.why) > 5 {
			b.why = append(b.why[:5], fmt.Sprintf("and %d more", len(b.why)-5))
		}
		err = w.add(ctx, Event{What: Moved, Kind: Claim, ID: id, On: claim.Rev, Rev: claim.Rev + 1, Why: strings.Join(b.why, "; "),
			Fields: map[string]json.RawMessage{"status": write(now.Status), "since": write(stamp(now.Since)), "standing": write(now)}})
		if err != nil {
			return err
		}
	}
	return nil
}

// confirmed reads the lineage that people confirmed.
func confirmed(ctx context.Context, q querier) (roots, error) {
	rows, err := all(ctx, q, Lineage, "decision", "confirmed")
	if err != nil {
		return nil, err
	}
	var edges []lineage.Edge
	for i := range rows {
		if r := &rows[i]; lineage.Kind(r.Str("type")).Derives() {
			source := r.Str("to")
			if source == "" {
				source = lineage.Outside(r.Str("outside"))
			}
			edges = append(edges, lineage.Edge{Item: r.Str("from"), Source: source})
		}
	}
	return rootsOf(edges), nil
}

// standing derives how a claim stands now.
func standing(ctx context.Context, q querier, claim string, back roots) (Standing, error) {
	said, err := all(ctx, q, Utterance, "claim", claim)
	if err != nil {
		return Standing{}, err
	}
	evidence, err := all(ctx, q, Evidence, "claim", claim)
	if err != nil {
		return Standing{}, err
	}
	byOrder(evidence)
	return stand(said, evidence, back), nil
}

// all returns the records on the desk whose field has a value, whole.
func all(ctx context.Context, q querier, k Kind, field, value string) ([]Record, error) {
	rows, err := q.QueryContext(ctx, `SELECT `+columns+` FROM records WHERE kind = ?1 AND NOT removed AND id IN (SELECT id FROM terms WHERE kind = ?1 AND field = ?2 AND value = ?3) ORDER BY id`, k, field, value)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", k, err)
	}
	return records(rows)
}

func records(rows *sql.Rows) ([]Record, error) {
	defer rows.Close()
	s := &sight{v: whole()}
	var out []Record
	for rows.Next() {
		r, err := scan(rows)
		if err != nil {
			return nil, err
		}
		rec, err := s.record(context.Background(), r) // sees all, so asks nobody
		if err != nil {
			return nil, err
		}
		out = append(out, *rec)
	}
	return out, rows.Err()
}

// ClaimView returns a claim with all that bears on it. The fields of its records are not to be changed.
func (d *Desk) ClaimView(ctx context.Context, v Viewer, id string) (*ClaimView, error) {
	if v.may(Researcher) {
		return d.claimView(ctx, v, id)
	}
	found, err := recall(ctx, d, "view "+id, func(c *ClaimView) int { return 1 + len(c.History) }, func() (*ClaimView, error) { return d.claimView(ctx, v, id) })
	if err != nil {
		return nil, err
	}
	out := *found
	out.Utterances, out.Evidence, out.Relations, out.History = slices.Clone(out.Utterances), slices.Clone(out.Evidence), slices.Clone(out.Relations), slices.Clone(out.History)
	return &out, nil
}

func (d *Desk) claimView(ctx context.Context, v Viewer, id string) (*ClaimView, error) {
	claim, err := d.Get(ctx, v, Claim, id)
	if err != nil {
		return nil, err
	}
	out := &ClaimView{Record: *claim}
	for _, x := range []struct {
		kind  Kind
		field string
		into  *[]Record
	}{{Utterance, "claim", &out.Utterances}, {Evidence, "claim", &out.Evidence}, {Relation, "from", &out.Relations}, {Relation, "to", &out.Relations}} {
		list, err := d.List(ctx, v, Query{Kind: x.kind, Where: map[string]string{x.field: id}})
		if err != nil {
			return nil, err
		}
		*x.into = append(*x.into, list...)
	}
	for _, list := range [][]Record{out.Utterances, out.Evidence, out.Relations} {
		byOrder(list)
	}
	if out.Standing, err = d.standing(ctx, claim); err != nil {
		return nil, err
	}
	out.History, err = d.changes(ctx, v, `kind = 'claim' AND id = ? ORDER BY n`, id)
	return out, err
}

// Standing returns how a claim stands now. Its counts move also when its status does not; the record keeps those of its
// last move.
func (d *Desk) Standing(ctx context.Context, v Viewer, id string) (Standing, error) {
	claim, err := d.Get(ctx, v, Claim, id)
	if err != nil {
		return Standing{}, err
	}
	if v.may(Researcher) {
		return d.standing(ctx, claim)
	}
	return recall(ctx, d, "standing "+id, func(Standing) int { return 1 }, func() (Standing, error) { return d.standing(ctx, claim) })
}

func (d *Desk) standing(ctx context.Context, claim *Record) (Standing, error) {
	var moved Standing // as it was when it last moved
	claim.Data("standing", &moved)
	back, err := confirmed(ctx, d.db)
	if err != nil {
		return Standing{}, err
	}
	now, err := standing(ctx, d.db, claim.ID, back)
	now.Since, now.Before, now.Cause = moved.Since, moved.Before, moved.Cause
	return now, err
}

// StandingOf derives what pieces of evidence show together, whatever claims they belong to. What the viewer may not see, or is
// not there, does not count.
func (d *Desk) StandingOf(ctx context.Context, v Viewer, evidence []string) (Standing, error) {
	back, err := confirmed(ctx, d.db)
	if err != nil {
		return Standing{}, err
	}
	var list []Record
	for _, id := range evidence {
		r, err := d.Get(ctx, v, Evidence, id)
		switch {
		case errors.Is(err, ErrNotFound):
			continue
		case err != nil:
			return Standing{}, err
		}
		list = append(list, *r)
	}
	return stand(nil, list, back), nil
}

// StatusChanges returns changes of how claims stand at or after a moment, latest first, at most limit.
func (d *Desk) StatusChanges(ctx context.Context, v Viewer, since time.Time, limit int) ([]StatusChange, error) {
	if v.may(Researcher) {
		if err := d.fresh(ctx); err != nil {
			return nil, err
		}
		return d.changes(ctx, v, `at >= ? ORDER BY n DESC LIMIT ?`, stamp(since), limit)
	}
	return recallList(ctx, d, fmt.Sprint("moved ", stamp(since), limit), func() ([]StatusChange, error) { return d.publicChanges(ctx, v, since, limit) })
}

// publicChanges returns changes of how published claims stand.
func (d *Desk) publicChanges(ctx context.Context, v Viewer, since time.Time, limit int) ([]StatusChange, error) {
	return d.changes(ctx, v, `at >= ? AND id IN (SELECT id FROM records WHERE kind = 'claim' AND published AND NOT removed) ORDER BY n DESC LIMIT ?`, stamp(since), limit)
}

// changes reads changes of status that a condition selects. Whether the viewer may see those claims, the caller knows.
func (d *Desk) changes(ctx context.Context, v Viewer, where string, args ...any) ([]StatusChange, error) {
	rows, err := d.db.QueryContext(ctx, `SELECT n, body FROM events WHERE what = 'status' AND `+where, args...)
	if err != nil {
		return nil, fmt.Errorf("read changes of status: %w", err)
	}
	defer rows.Close()
	var out []StatusChange
	for rows.Next() {
		var body string
		var e Event
		if err := rows.Scan(&e.N, &body); err != nil {
			return nil, fmt.Errorf("read changes of status: %w", err)
		}
		if err := json.Unmarshal([]byte(body), &e); err != nil {
			return nil, fmt.Errorf("read changes of status: %w", err)
		}
		c := StatusChange{N: e.N, At: e.At, Claim: e.ID, By: e.By, Why: e.Why}
		if err := json.Unmarshal(e.Fields["standing"], &c.Standing); err != nil {
			return nil, fmt.Errorf("read changes of status: %w", err)
		}
		if !v.may(Researcher) {
			c.By = ""
			if c.Standing.Cause == CauseWritten { // a researcher's own words, which are no field that was shared
				c.Why = ""
			}
		}
		out = append(out, c)
	}
	return out, rows.Err()
}

// answerOf is what a finding's answer does to its claim.
func answerOf(q *cases.Finding, m Measured) Answer {
	a := Answer{Outcome: Unclear, Total: m.Total, Blocked: m.Blocked, OK: m.OK, Down: m.Down, Insufficient: m.Insufficient, RuleSets: m.RuleSets, Snapshots: m.Snapshots}
	switch q.Stance(m.Answer) {
	case cases.Supports:
		a.Outcome = Confirms
	case cases.Contradicts:
		a.Outcome = Refutes
	}
	return a
}
