package verdict

import (
	"cmp"
	"math"
	"slices"
	"strconv"
	"strings"
)

// Count makes cells of rows, and calls f for one series after another: what a store's engine does, in
// plain words. storetest compares the two.
func Count(t Scale, rows []Row, f func(Series, []Cell) error) error {
	type slot struct {
		Series
		hour int64
	}
	type voter struct {
		n, scored     int32
		down          int32
		blocked       bool
		full, partial float64
		set, witness  string
	}
	voters := map[slot]map[string]*voter{}
	rules := map[slot]map[string]int32{}
	for i := range rows {
		r := &rows[i]
		if r.Invalid != "" || r.Layer == All && r.TestName == "web_connectivity" {
			continue
		}
		s := slot{Series{CC: r.ProbeCC, ASN: r.ProbeASN, Target: r.Target, Layer: r.Layer}, HourOf(r.StartTime)}
		if r.Layer == DNS {
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
		if r.State == Down {
			v.down++
		}
		if r.State == Blocked {
			v.witness = max(v.witness, r.MeasurementUID)
		}
		v.set = max(v.set, r.RuleSet)
		if r.Evidence == Scored {
			v.scored++
			v.blocked = v.blocked || r.State == Blocked
			if rule, ok := Lookup(r.Rule); ok {
				full, partial := t.Vote(rule.Likelihood)
				v.full, v.partial = v.full+full, v.partial+partial
			}
		}
	}
	byKey := map[Series][]Cell{}
	for s, list := range voters {
		c := Cell{Hour: s.hour, Rules: sorted(rules[s])}
		var met []string
		for name, v := range list {
			c.N += v.n
			c.Down += v.down
			c.RuleSet = max(c.RuleSet, v.set)
			c.Witness = max(c.Witness, v.witness)
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
		for _, m := range met[:min(len(met), MostMet)] {
			c.Met = append(c.Met, Hash(m))
		}
		c.Full, c.Partial = math.Round(c.Full*1e6)/1e6, math.Round(c.Partial*1e6)/1e6
		byKey[s.Series] = append(byKey[s.Series], c)
	}
	keys := make([]Series, 0, len(byKey))
	for k := range byKey {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, Series.Compare)
	for _, k := range keys {
		cells := byKey[k]
		slices.SortFunc(cells, func(a, b Cell) int { return cmp.Compare(a.Hour, b.Hour) })
		if err := f(k, cells); err != nil {
			return err
		}
	}
	return nil
}

// voterOf is Voter for a verdict's row.
func voterOf(r *Row) string {
	return cmp.Or(r.ProbeID, r.ReportID, "AS"+strconv.FormatUint(uint64(r.ProbeASN), 10))
}

func sorted(m map[string]int32) []RuleCount {
	out := make([]RuleCount, 0, len(m))
	for r, n := range m {
		out = append(out, RuleCount{Rule: r, N: n})
	}
	slices.SortFunc(out, func(a, b RuleCount) int {
		return cmp.Or(cmp.Compare(b.N, a.N), strings.Compare(a.Rule, b.Rule))
	})
	return out
}
