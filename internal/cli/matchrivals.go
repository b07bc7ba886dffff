package cli

import (
	"fmt"
	"io"
	"slices"

	"veedor/internal/follow/match/pairs"
)

// rivals says, for each query of a generated set, which other entities bear the name as it is asked for: by construction, whatever the matcher
// does. Where there are such, no name can tell which one is meant.
type rivals struct {
	asked  []pairs.Pair
	wanted []pairs.Record   // by query
	byKey  map[string][]int // the queries that ask for a key
	ids    [][]string       // by query
}

func newRivals(set pairs.Set, asked []pairs.Pair) rivals {
	r := rivals{asked: asked, wanted: make([]pairs.Record, len(asked)), byKey: map[string][]int{}, ids: make([][]string, len(asked))}
	for i, p := range asked {
		r.wanted[i] = set.Entities[p.Entity]
		for _, k := range p.Query.Keys {
			r.byKey[k] = append(r.byKey[k], i)
		}
	}
	return r
}

// see takes an entity that is there.
func (r rivals) see(e pairs.Record) {
	for _, k := range e.Keys {
		for _, i := range r.byKey[k] {
			if n := len(r.ids[i]); (n == 0 || r.ids[i][n-1] != e.ID) && r.isRival(i, e) {
				r.ids[i] = append(r.ids[i], e.ID)
			}
		}
	}
}

// isRival says whether an entity bears the name at least as surely as the one wanted, and what stands beside the name speaks for it as much.
func (r rivals) isRival(query int, e pairs.Record) bool {
	p, want := r.asked[query], r.wanted[query]
	if e.ID == want.ID {
		return false
	}
	if !p.Same { // anybody who bears the name
		return facts(p.Query, e) >= 0
	}
	return sureness(p.Query, e) <= sureness(p.Query, want) && facts(p.Query, e) >= facts(p.Query, want)
}

// sureness is how surely an entity bears the name: the place of the key among those asked for, surest first.
func sureness(q, e pairs.Record) int {
	i := slices.IndexFunc(q.Keys, func(k string) bool { return slices.Contains(e.Keys, k) })
	if i < 0 {
		return len(q.Keys)
	}
	return i
}

// facts counts what beside the name agrees, less what does not.
func facts(q, e pairs.Record) int {
	n := 0
	count := func(known, agree bool) {
		switch {
		case known && agree:
			n++
		case known:
			n--
		}
	}
	count(len(q.Countries) > 0 && len(e.Countries) > 0, slices.Equal(q.Countries, e.Countries))
	count(len(q.Years) > 0 && len(e.Years) > 0, slices.Equal(q.Years, e.Years))
	if len(q.Identifiers) > 0 && slices.Equal(q.Identifiers, e.Identifiers) {
		n += 5
	}
	return n
}

// print separates what names cannot tell from what the matcher lost.
func (r rivals) print(out io.Writer, outcomes []outcome) {
	var alone, aloneFirst, shared, sharedFirst, sharedAny, proposed, right, borne int
	for i, a := range outcomes {
		rival := slices.Contains(r.ids[i], a.first)
		wanted := r.asked[i].Same && a.rank == 1
		if a.proposed() {
			proposed++
			if wanted {
				right++
			} else if rival {
				borne++
			}
		}
		switch {
		case !r.asked[i].Same:
		case len(r.ids[i]) == 0:
			alone++
			if wanted {
				aloneFirst++
			}
		default:
			shared++
			if wanted {
				sharedFirst++
			}
			if wanted || rival {
				sharedAny++
			}
		}
	}
	fmt.Fprintf(out, "  the name as asked is borne by nobody else: %d queries, recall@1 %.4f; by others too, and nothing tells them apart: %d queries, recall@1 %.4f, a bearer of the name first %.4f\n",
		alone, ratio(aloneFirst, alone), shared, ratio(sharedFirst, shared), ratio(sharedAny, shared))
	fmt.Fprintf(out, "  of %d proposals %d are right, %d are of another who bears the very name, %d are the matcher's mistakes: precision of the name %.4f\n",
		proposed, right, borne, proposed-right-borne, ratio(right+borne, proposed))
}
