package storetest

import (
	"cmp"
	"math"
	"slices"
	"strconv"
	"strings"

	"veedor/internal/measure/verdict"
)

// countCells makes cells of verdict rows, and calls f for one series after another: what a store's engine
// does, in plain words.
func countCells(t verdict.Scale, rows []verdict.Row, f func(verdict.Series, []verdict.Cell) error) error {
	type slot struct {
		verdict.Series
		hour int64
	}
	type voter struct {
		n, scored     int32
		down          int32
		blocked       bool
		seen          bool // a verdict of blocked, scored or not
		full, partial float64
		set, witness  string
	}
	voters := map[slot]map[string]*voter{}
	rules := map[slot]map[string]int32{}
	for i := range rows {
		r := &rows[i]
		if r.Invalid != "" || r.Layer == verdict.All && r.TestName == "web_connectivity" {
			continue
		}
		s := slot{verdict.Series{CC: r.ProbeCC, ASN: r.ProbeASN, Target: r.Target, Layer: r.Layer}, verdict.HourOf(r.StartTime)}
		if r.Layer == verdict.DNS {
			s.Resolver = r.ResolverASN
		}
		if voters[s] == nil {
			voters[s], rules[s] = map[string]*voter{}, map[string]int32{}
		}
		name := voterOf(r)
		v := voters[s][name]
		if v == nil {
			v = &voter{}
			voters[s][name] = v
		}
		v.n++
		if r.Rule != "" {
			rules[s][r.Rule]++
		}
		if r.State == verdict.Down {
			v.down++
		}
		if r.State == verdict.Blocked && !v.seen {
			v.seen, v.witness = true, ""
		}
		if (r.State == verdict.Blocked) == v.seen {
			v.witness = max(v.witness, r.MeasurementUID)
		}
		v.set = max(v.set, r.RuleSet)
		if r.Evidence == verdict.Scored {
			v.scored++
			v.blocked = v.blocked || r.State == verdict.Blocked
			if rule, ok := verdict.Lookup(r.Rule); ok {
				full, partial := t.Vote(rule.Likelihood)
				v.full, v.partial = v.full+full, v.partial+partial
			}
		}
	}
	byKey := map[verdict.Series][]verdict.Cell{}
	for s, list := range voters {
		c := verdict.Cell{Hour: s.hour, Rules: sorted(rules[s])}
		var met []string
		seen := false
		for name, v := range list {
			c.N += v.n
			c.Down += v.down
			c.RuleSet = max(c.RuleSet, v.set)
			if v.seen && !seen {
				seen, c.Witness = true, ""
			}
			if v.seen == seen {
				c.Witness = max(c.Witness, v.witness)
			}
			if v.scored == 0 {
				continue
			}
			c.Voters++
			c.Full += v.full / float64(v.scored)
			c.Partial += v.partial / float64(v.scored)
			if v.blocked {
				c.Blocked++
				met = append(met, name)
			}
		}
		slices.Sort(met)
		for _, m := range met[:min(len(met), verdict.MostMet)] {
			c.Met = append(c.Met, verdict.Hash(m))
		}
		c.Full, c.Partial = math.Round(c.Full*1e6)/1e6, math.Round(c.Partial*1e6)/1e6
		byKey[s.Series] = append(byKey[s.Series], c)
	}
	keys := make([]verdict.Series, 0, len(byKey))
	for k := range byKey {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, verdict.Series.Compare)
	for _, k := range keys {
		cells := byKey[k]
		slices.SortFunc(cells, func(a, b verdict.Cell) int { return cmp.Compare(a.Hour, b.Hour) })
		if err := f(k, cells); err != nil {
			return err
		}
	}
	return nil
}

// voterOf is verdict.Voter for a verdict's row.
func voterOf(r *verdict.Row) string {
	return cmp.Or(r.ProbeID, r.ReportID, "AS"+strconv.FormatUint(uint64(r.ProbeASN), 10))
}

func sorted(m map[string]int32) []verdict.RuleCount {
	out := make([]verdict.RuleCount, 0, len(m))
	for r, n := range m {
		out = append(out, verdict.RuleCount{Rule: r, N: n})
	}
	slices.SortFunc(out, func(a, b verdict.RuleCount) int {
		return cmp.Or(cmp.Compare(b.N, a.N), strings.Compare(a.Rule, b.Rule))
	})
	return out
}
