package lineage

import "slices"

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
