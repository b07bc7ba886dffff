package series

import "math"

// Kind is what changed.
type Kind string

const (
	Onset Kind = "onset"
	End   Kind = "end"
)

// Change is one restriction's beginning or end in one series.
type Change struct {
	Key
	Kind    Kind
	Partial bool  // it meets some only
	At      int64 // hour: the likeliest
	Before  int64 // hour of the last evidence to the contrary before At; At minus one where there was none yet
	Open    bool  // there was none: it may have been so long before
	Flagged int64 // hour at which the evidence sufficed

	LogOdds         float64
	Voters, Blocked int32 // since At, until Flagged
	Hours           int32 // with anybody who met it
	Rules           []RuleCount
	Witness         string
	RuleSet         string // of the cells since At
	RuleSetBefore   string // of the last cell before; differs where the instrument changed
}

// walk is the sum of evidence for one alternative (Page's cumulative sum of log-likelihood ratios,
// Biometrika 41, 1954), with what was seen since it last was nothing.
type walk struct {
	sum     float64
	since   int64 // hour of the first cell of the present excursion
	before  int64 // hour of the last cell before it
	open    bool
	set     string // rule set of the cell before
	voters  int32
	blocked int32
	hours   int32
	rules   map[string]int32
	met     map[uint64]int32 // hours in which each voter met it
	witness string
}

// add takes a cell's evidence in; last is the cell before, nil for the first.
func (w *walk) add(c, last *Cell, evidence, decay float64, met int32) {
	w.sum *= decay
	if w.sum <= 0 {
		*w = walk{since: c.Hour, before: c.Hour - 1, open: last == nil, rules: w.rules, met: w.met}
		clear(w.rules)
		clear(w.met)
		if last != nil {
			w.before, w.set = last.Hour, last.RuleSet
		}
	}
	w.sum += evidence
	if w.sum <= 0 {
		w.sum = 0
		return
	}
	w.voters += c.Voters
	w.blocked += met
	if met > 0 {
		w.hours++
	}
	if w.rules == nil {
		w.rules = map[string]int32{}
	}
	for _, r := range c.Rules {
		w.rules[r.Rule] += r.N
	}
	if w.witness == "" || met > 0 {
		w.witness = c.Witness
	}
}

func (w *walk) change(k Key, kind Kind, partial bool, c *Cell) Change {
	return Change{Key: k, Kind: kind, Partial: partial, At: w.since, Before: w.before, Open: w.open, Flagged: c.Hour, LogOdds: w.sum,
		Voters: w.voters, Blocked: w.blocked, Hours: w.hours, Rules: sorted(w.rules), Witness: w.witness, RuleSet: c.RuleSet, RuleSetBefore: w.set}
}

// again counts those of a cell's voters who met a restriction often enough already in this excursion.
func (w *walk) again(c *Cell, most int32) (stale int32) {
	if w.sum <= 0 || len(c.Met) == 0 {
		clear(w.met)
	}
	for _, v := range c.Met {
		if w.met == nil {
			w.met = map[uint64]int32{}
		}
		if w.met[v]++; w.met[v] > most {
			stale++
		}
	}
	return stale
}

// Weather tells whether, around a cell's hour, much more than usual failed of all that is measured on its
// network, or of its target in other countries. What befalls everything on a network, or a target
// everywhere, is no restriction of this target here.
type Weather interface {
	Bad(t *Thresholds, k Key, c *Cell) bool
}

// Detect appends the changes of one series to dst, given its cells in the order of time. Hours
// without a cell say nothing, and slowly make what was known before count less.
func (t *Thresholds) Detect(dst []Change, k Key, cells []Cell, weather Weather) []Change {
	var full, partial, over walk
	blocked, some := false, false
	for i := range cells {
		c := &cells[i]
		if c.Voters == 0 {
			continue
		}
		var last *Cell
		decay := 1.0
		if i > 0 {
			last = &cells[i-1]
			if gap := float64(c.Hour - last.Hour - 1); gap > 0 {
				decay = math.Exp2(-gap / t.HalfLife)
			}
		}
		if !blocked {
			if c.Blocked > 0 && weather != nil && weather.Bad(t, k, c) {
				continue
			}
			each := func(w *walk, sum float64) (float64, int32) {
				stale := w.again(c, t.OneVoter)
				if c.Blocked > 0 && sum > 0 {
					sum *= float64(c.Blocked-stale) / float64(c.Blocked)
				}
				return sum, c.Blocked - stale
			}
			sum, met := each(&full, c.Full)
			full.add(c, last, sum, decay, met)
			sum, met = each(&partial, c.Partial)
			partial.add(c, last, sum, decay, met)
			w := &full
			switch {
			case t.sure(&full, t.FullOdds):
				some = false
			case t.sure(&partial, t.PartialOdds):
				w, some = &partial, true
			default:
				continue
			}
			dst = append(dst, w.change(k, Onset, some, c))
			blocked, full, partial, over = true, walk{}, walk{}, walk{}
			continue
		}
		evidence, free := -c.Full, c.Voters-c.Blocked
		if some {
			evidence = -c.Partial
		}
		over.add(c, last, evidence, decay, free)
		if over.sum >= t.EndOdds && over.hours >= t.LeastHours && over.blocked >= t.LeastVoters {
			dst = append(dst, over.change(k, End, some, c))
			blocked, over = false, walk{}
		}
	}
	return dst
}

// sure says whether the evidence for an onset suffices.
func (t *Thresholds) sure(w *walk, odds float64) bool {
	distinct := w.blocked
	if len(w.met) > 0 {
		distinct = min(distinct, int32(len(w.met)))
	}
	return w.sum >= odds && distinct >= t.LeastVoters && w.hours >= t.LeastHours
}
