package web

import (
	"context"
	"errors"
	"strings"
	"time"

	"veedor/internal/weigh/cases"
	"veedor/internal/weigh/desk"
)

// measuredNow is what the measurements say to a finding that is being written.
type measuredNow struct {
	Stance string
	cases.Answer
	Least    int
	RuleSets string
	Failed   bool
}

// claimsOf are the claims that a record bears on.
func (r *request) claimsOf(k desk.Kind, id string) []string {
	if k == desk.Claim {
		return []string{id}
	}
	if k != desk.Evidence && k != desk.Utterance && k != desk.Relation {
		return nil
	}
	rec, err := r.s.Work.Desk.Get(r.Context(), r.worker(), k, id)
	if err != nil {
		return nil
	}
	if c := rec.Str(desk.Belongs(k)); c != "" {
		return []string{c}
	}
	return nil
}

// asking is how long a page waits for what claims are weighed by; what takes longer goes on behind it.
const asking = 1500 * time.Millisecond

// reweigh asks anew what claims rest on, and waits a little for the answers.
func (r *request) reweigh(claims []string) {
	if len(claims) == 0 {
		return
	}
	done := make(chan struct{})
	w, log := r.s.Work, r.s.Log
	go func() {
		defer close(done)
		ctx, cancel := context.WithTimeout(w.background(), time.Minute)
		defer cancel()
		if _, err := w.Desk.Reweigh(ctx, w.Ask, nil, claims...); err != nil && !errors.Is(err, context.Canceled) {
			log.Error("weigh claims", "claims", claims, "error", err)
		}
	}()
	select {
	case <-done:
	case <-time.After(asking):
	}
}

// measure asks the measurements what they say to a finding as it is typed.
func (r *request) measure(e *editing) *measuredNow {
	rec := &desk.Record{Fields: readValues(e.values, e.fields).Set}
	q := desk.FindingOf(rec)
	if q.Target == "" && q.Country == "" && q.Network == 0 {
		return &measuredNow{Failed: true}
	}
	ctx, cancel := context.WithTimeout(r.Context(), asking)
	defer cancel()
	m, err := r.s.Work.Ask.Measurements.Ask(ctx, q)
	if err != nil {
		return &measuredNow{Failed: true}
	}
	least := q.AtLeast
	if least == 0 {
		least = cases.DefaultAtLeast
	}
	return &measuredNow{Stance: q.Stance(m.Answer), Answer: m.Answer, Least: least, RuleSets: shorten(strings.Join(m.RuleSets, ", "), 80)}
}
