package lineage

import (
	"fmt"
	"slices"
)

// Edge says that an item derives from a source: one confirmed decision. The source is an item's id, or Outside and a name.
type Edge struct {
	Item   string
	Source string
}

// Outside makes the source of an edge of the name of somebody whose text is not among the items.
func Outside(name string) string { return "outside:" + Fold(name) }

// Roots follows confirmed edges from each item to what it goes back to: for an item without a source itself, for an item of several
// sources all of their roots, sorted. Items in nothing but a circle go back to the smallest id in it.
func Roots(items []string, confirmed []Edge) map[string][]string {
	from := map[string][]string{}
	for _, e := range confirmed {
		if e.Item != e.Source && e.Source != "" {
			from[e.Item] = append(from[e.Item], e.Source)
		}
	}
	out := make(map[string][]string, len(items))
	for _, i := range items {
		out[i] = rootsOf(i, from)
	}
	return out
}

// rootsOf walks without recursion: chains may be long.
func rootsOf(item string, from map[string][]string) []string {
	seen := map[string]bool{item: true}
	todo, roots := []string{item}, []string(nil)
	for len(todo) > 0 {
		at := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if len(from[at]) == 0 {
			roots = append(roots, at)
		}
		for _, s := range from[at] {
			if !seen[s] {
				seen[s] = true
				todo = append(todo, s)
			}
		}
	}
	if len(roots) == 0 { // nothing but a circle
		for s := range seen {
			roots = append(roots, s)
		}
		slices.Sort(roots)
		return roots[:1]
	}
	slices.Sort(roots)
	return roots
}

// Standing is how many sources stand behind the texts that make a claim.
type Standing struct {
	Texts     int      // how many texts make the claim
	Confirmed []string // the distinct roots that people have confirmed, sorted
	Open      []string // texts of which nobody has said yet whether they have a source, sorted
}

// Independence counts the roots behind a claim. Items are the ids of the texts that make it, confirmed the edges people have
// confirmed (citations left out or in, as the desk holds it), originals the items people have confirmed to be nobody's copy. A text with
// neither an edge nor a confirmation is open: it may be another root, or not; and so is a text whose confirmed source is open.
func Independence(items []string, confirmed []Edge, originals []string) Standing {
	items = slices.Compact(slices.Sorted(slices.Values(items)))
	own := map[string]bool{}
	for _, o := range originals {
		own[o] = true
	}
	derived := map[string]bool{}
	for _, e := range confirmed {
		derived[e.Item] = derived[e.Item] || e.Source != "" && e.Source != e.Item
	}
	s := Standing{Texts: len(items)}
	roots := Roots(items, confirmed)
	for _, i := range items {
		if !derived[i] && !own[i] && !sourceOfOther(i, items, roots) {
			s.Open = append(s.Open, i)
			continue
		}
		s.Confirmed = append(s.Confirmed, roots[i]...)
	}
	slices.Sort(s.Confirmed)
	s.Confirmed = slices.Compact(s.Confirmed)
	return s
}

// sourceOfOther says whether another of the items goes back to this one by confirmed edges: then it stands as their root.
func sourceOfOther(item string, items []string, roots map[string][]string) bool {
	for _, i := range items {
		if i != item && slices.Contains(roots[i], item) {
			return true
		}
	}
	return false
}

// Known says whether nothing is open.
func (s Standing) Known() bool { return len(s.Open) == 0 }

// String says it in plain English, and never more than is known.
func (s Standing) String() string {
	texts := fmt.Sprintf("%d texts", s.Texts)
	if s.Texts == 1 {
		texts = "1 text"
	}
	switch n, open := len(s.Confirmed), len(s.Open); {
	case s.Texts == 0:
		return "No text makes this claim."
	case open == 0 && n == 1:
		return fmt.Sprintf("One independent source stands behind %s.", texts)
	case open == 0:
		return fmt.Sprintf("%d independent sources stand behind %s.", n, texts)
	case n == 0:
		return fmt.Sprintf("It is not known how many sources stand behind %s: of none has anybody confirmed where it comes from.", texts)
	default:
		return fmt.Sprintf("At least %d and at most %d independent sources stand behind %s: of %d nobody has confirmed where they come from.", n, n+open, texts, open)
	}
}
