package desk

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"veedor/internal/weigh/cases"
)

// together is how many claims are asked about before what was answered is written.
const together = 50

// Reweigh asks again what claims rest on, all of them when none is named, and derives how they stand. What was
// answered stays where it is interrupted. progress may be nil.
func (d *Desk) Reweigh(ctx context.Context, a Answerers, progress func(done, total int), claims ...string) (Reweighed, error) {
	var out Reweighed
	if len(claims) == 0 {
		list, err := d.List(ctx, whole(), Query{Kind: Claim})
		if err != nil {
			return out, err
		}
		for i := range list {
			claims = append(claims, list[i].ID)
		}
	}
	last, err := readMark(ctx, d.db)
	if err != nil {
		return out, err
	}
	for some := range slices.Chunk(claims, together) {
		asked, err := d.ask(ctx, a, some)
		if err != nil {
			return out, err
		}
		out.Asked += len(asked)
		n, err := d.answered(ctx, some, asked)
		if err != nil {
			return out, err
		}
		out.Claims += len(some)
		out.Changed += n
		if progress != nil {
			progress(out.Claims, len(claims))
		}
	}
	out.Moved, err = d.changes(ctx, whole(), `n > ? ORDER BY n`, last.Lines)
	return out, err
}

// asked is a piece of evidence and what was answered to it.
type asked struct {
	id     string
	rev    int // of the evidence when it was asked
	answer Answer
	cause  string
}

// ask asks for every piece of evidence of some claims that somebody can answer for.
func (d *Desk) ask(ctx context.Context, a Answerers, claims []string) ([]asked, error) {
	var out []asked
	for _, claim := range claims {
		list, err := all(ctx, d.db, Evidence, "claim", claim)
		if err != nil {
			return nil, err
		}
		for i := range list {
			got, cause, err := a.ask(ctx, &list[i])
			if err != nil {
				return nil, fmt.Errorf("reweigh claim %s: evidence %s: %w", claim, list[i].ID, err)
			}
			if got.Outcome != "" {
				out = append(out, asked{list[i].ID, list[i].Rev, got, cause})
			}
		}
	}
	return out, nil
}

// ask asks whoever can answer for a piece of evidence. Without an outcome nobody was asked.
func (a Answerers) ask(ctx context.Context, e *Record) (got Answer, cause string, err error) {
	name := e.Str("name")
	switch kind := e.Str("type"); {
	case kind == "finding" && a.Measurements != nil:
		q := FindingOf(e)
		var m Measured
		m, err = a.Measurements.Ask(ctx, q)
		got, cause = answerOf(&q, m), CauseMeasurements
	case kind == "measurement" && a.Measurements != nil:
		var rules string
		got.State, rules, err = a.Measurements.One(ctx, name)
		got.Outcome, got.RuleSets, cause = There, []string{rules}, CauseMeasurements
	case kind == "incident" && a.Measurements != nil:
		got.State, err = a.Measurements.Incident(ctx, name)
		got.Outcome, cause = There, CauseMeasurements
		if got.State == NoLonger {
			got.Outcome = NoLonger
		}
	case kind == "registry" && a.Registry != nil:
		var s Said
		s, err = a.Registry.Says(ctx, name, e.Str("property"), e.Str("value"))
		got, cause = Answer{Outcome: NoLonger, Sources: s.Sources, Dataset: s.Dataset}, CauseRegistry
		if s.Current {
			got.Outcome = Current
		}
	case kind == "quote" && a.Captures != nil:
		got.Outcome, err = a.Captures.Quote(ctx, name)
		cause = CauseCaptures
	case kind == "capture" && a.Captures != nil:
		err = a.Captures.Capture(ctx, name)
		got.Outcome, cause = There, CauseCaptures
	}
	if errors.Is(err, ErrNotFound) {
		return Answer{Outcome: Missing}, cause, nil
	}
	return got, cause, err
}

// FindingOf returns the question that a piece of evidence puts to the measurements.
func FindingOf(e *Record) cases.Finding {
	network, _ := e.Int("network")
	least, _ := e.Int("at_least")
	return cases.Finding{Country: e.Str("country"), Network: uint32(network), Target: e.Str("target"), Layer: e.Str("layer"), From: e.Date("from"), To: e.Date("to"), Expects: e.Str("expects"), AtLeast: least}
}

// answered writes down what was answered otherwise than before, and what follows for the claims.
func (d *Desk) answered(ctx context.Context, claims []string, got []asked) (int, error) {
	changed := 0
	err := d.extend(ctx, func(tx *sql.Tx) ([]entry, error) {
		w := d.begin(tx, Viewer{Name: Self, Role: Administrator}, "")
		var err error
		if w.mark, err = readMark(ctx, tx); err != nil {
			return nil, err
		}
		changed = 0
		for i := range got {
			n, err := w.answer(ctx, &got[i])
			if err != nil {
				return nil, err
			}
			changed += n
		}
		for _, c := range claims {
			w.on(c, "", "")
		}
		if err := w.move(ctx); err != nil {
			return nil, err
		}
		return w.events, nil
	})
	return changed, err
}

// answer writes down one answer, unless it is the one before, or the evidence was changed since it was asked. It
// returns how many it wrote.
func (w *writing) answer(ctx context.Context, a *asked) (int, error) {
	r, err := load(ctx, w.tx, Evidence, a.id)
	if err != nil || r == nil || r.Rev != a.rev || r.Removed {
		return 0, err
	}
	var before Answer
	if raw, ok := r.Fields["answer"]; ok {
		if err := json.Unmarshal(raw, &before); err != nil {
			return 0, err
		}
	}
	raw := write(a.answer)
	if same(raw, r.Fields["answer"]) {
		return 0, nil
	}
	cause := a.cause
	if cause == CauseMeasurements && len(before.RuleSets) > 0 && !slices.Equal(before.RuleSets, a.answer.RuleSets) {
		cause = CauseRules
	}
	why := a.id + ": " + a.answer.String()
	if before.Outcome != "" {
		why = a.id + ": " + before.Outcome + " → " + a.answer.String()
	}
	var claim string
	if err := json.Unmarshal(r.Fields["claim"], &claim); err != nil {
		return 0, err
	}
	w.on(claim, cause, why)
	return 1, w.add(ctx, Event{What: Result, Kind: Evidence, ID: a.id, On: r.Rev, Rev: r.Rev + 1, Why: why,
		Fields: map[string]json.RawMessage{"outcome": write(a.answer.Outcome), "answer": raw}})
}

// String says an answer in one line.
func (a Answer) String() string {
	out := a.Outcome
	if a.Total > 0 {
		out += fmt.Sprintf(" (%d measurements: %d restricted, %d worked, %d failed for the control too, %d say too little; rules %s)", a.Total, a.Blocked, a.OK, a.Down, a.Insufficient, strings.Join(a.RuleSets, ", "))
	}
	if a.State != "" {
		out += " (" + a.State + ")"
	}
	return out
}
