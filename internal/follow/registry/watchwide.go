package registry

import (
	"context"
	"fmt"
	"slices"

	"veedor/internal/follow/ftm"
)

// cleanCodes writes country and topic as statements have them.
func (w *Watch) cleanCodes() error {
	for _, c := range []struct {
		value *string
		of    ftm.Type
	}{{&w.Country, ftm.TypeCountry}, {&w.Topic, ftm.TypeTopic}} {
		if *c.value == "" {
			continue
		}
		clean, reason := c.of.Clean(*c.value, "")
		if reason != "" || clean == "" {
			return fmt.Errorf("%q is no %s", *c.value, c.of)
		}
		*c.value = clean
	}
	return nil
}

// widely hands out all records of datasets of which a state came since the last look.
func (r *Registry) widely(ctx context.Context, w WatchState, lines map[int64]course, yield func(*record) error) error {
	for _, dataset := range sortedKeys(lines) {
		if lines[dataset].newest(0) <= w.Looked {
			continue
		}
		if err := r.each(ctx, dataset, 0, yield); err != nil {
			return err
		}
	}
	return nil
}

func sortedKeys(lines map[int64]course) []int64 {
	var out []int64
	for k := range lines {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}

// isOf says whether a record is, or was at the last look, of the country and topic that are watched. Addresses,
// links and papers have countries too and are none of those asked for.
func (r *Registry) isOf(w *Watch, rec *record, before, after moment) bool {
	schema := r.model.Schema(rec.schema)
	if schema == nil || !schema.Matchable && !schema.Ours || schema.Is("Address") {
		return false
	}
	country, topic := w.Country == "", w.Topic == ""
	for i := range rec.statements {
		s := &rec.statements[i]
		p := schema.Property(s.prop)
		if p == nil || !before.holds(s) && !after.holds(s) {
			continue
		}
		country = country || p.Type == ftm.TypeCountry && s.value == w.Country
		topic = topic || p.Type == ftm.TypeTopic && s.value == w.Topic
	}
	return country && topic
}

// newest returns the last state that came to us and was read, of those up to one; 0 for all.
func (t timeline) newest(upTo int64) int64 {
	last := int64(0)
	for i := range t {
		if s := t[i]; s.Status != Reading && (upTo == 0 || s.ID <= upTo) {
			last = max(last, s.ID)
		}
	}
	return last
}
