package desk

import (
	"slices"
	"strings"

	"veedor/internal/weigh/cases"
	"veedor/internal/weigh/lineage"
)

// roots says what a name goes back to: the text an item derives from, as people confirmed it.
type roots func(item string) string

// rootsOf follows confirmed edges. An item of several sources goes back to the first of their roots by name: counting
// one too few is the careful side.
func rootsOf(edges []lineage.Edge) roots {
	known := map[string]string{}
	return func(item string) string {
		root, ok := known[item]
		if !ok {
			root = item
			if all := lineage.Roots([]string{item}, edges)[item]; len(all) > 0 {
				root = all[0]
			}
			known[item] = root
		}
		return root
	}
}

// stand derives how a claim stands from what is on the desk.
func stand(utterances, evidence []Record, back roots) Standing {
	var out Standing
	notes := map[string][]string{}
	var weighed []cases.Weighed
	for i := range evidence {
		w, note := weigh(&evidence[i], back)
		weighed = append(weighed, w)
		if note != "" {
			notes[note] = append(notes[note], w.ID)
		}
	}
	out.Standing, out.Weighed = cases.Weigh(weighed), weighed
	for _, code := range []string{QuoteChanged, Withdrawn, NotThere, NotAsked} {
		if ids := notes[code]; len(ids) > 0 {
			out.Reasons = append(out.Reasons, cases.Reason{Code: code, N: len(ids), Evidence: ids})
		}
	}
	out.Texts, out.Said = len(utterances), said(utterances, back)
	if out.Said == 1 && out.Texts > 1 {
		out.Reasons = append(out.Reasons, cases.Reason{Code: OneOrigin, N: out.Texts})
	}
	return out
}

// weigh returns a piece of evidence with the stance that the last answer leaves it, and a note where it is not the one
// that was written.
func weigh(e *Record, back roots) (cases.Weighed, string) {
	w := cases.Weighed{ID: e.ID, Stance: e.Str("stance"), Strength: e.Str("strength"), Root: e.ID}
	switch {
	case e.Str("root") != "":
		w.Root = lineage.Outside(e.Str("root"))
	case e.Str("item") != "":
		w.Root = back(e.Str("item"))
	}
	outcome, kind := e.Str("outcome"), e.Str("type")
	switch kind {
	case "finding", "measurement", "incident":
		w.Measured = true
		if e.Str("root") == "" {
			w.Root = "measurements"
		}
	}
	note := ""
	switch {
	case w.Stance == cases.Context:
	case kind == "finding":
		w.Stance = cases.Insufficient
		switch outcome {
		case Confirms:
			w.Stance = cases.Supports
		case Refutes:
			w.Stance = cases.Contradicts
		case "":
			note = NotAsked
		}
	case outcome == Missing:
		w.Stance, note = cases.Insufficient, NotThere
	case outcome == NoLonger:
		w.Stance, note = cases.Insufficient, Withdrawn
	case outcome == Changed, outcome == Lost:
		w.Strength, note = "weak", QuoteChanged
	case outcome == "" && slices.Contains([]string{"measurement", "incident", "registry"}, kind):
		w.Stance, note = cases.Insufficient, NotAsked
	}
	return w, note
}

// said counts the independent sources that say something: its speakers, but of a text that derives from another
// the speaker there.
func said(utterances []Record, back roots) int {
	first := map[string]string{}   // item: who first says it there
	speaks := map[[2]string]bool{} // item, speaker
	speaker := func(u *Record) string { return lineage.Outside(u.Str("speaker")) }
	for i := range utterances {
		if item := utterances[i].Str("item"); item != "" {
			if first[item] == "" {
				first[item] = speaker(&utterances[i])
			}
			speaks[[2]string{item, speaker(&utterances[i])}] = true
		}
	}
	distinct := map[string]bool{}
	for i := range utterances {
		u := &utterances[i]
		who := speaker(u)
		if root := u.Str("root"); root != "" {
			who = lineage.Outside(root)
		} else if item := u.Str("item"); item != "" {
			if from := back(item); from != item && !speaks[[2]string{from, who}] {
				who = from
				if first[from] != "" {
					who = first[from]
				}
			}
		}
		distinct[who] = true
	}
	return len(distinct)
}

// byOrder sorts what belongs to a claim or case as its text has it.
func byOrder(list []Record) {
	slices.SortStableFunc(list, func(a, b Record) int {
		x, xok := a.Int("order")
		y, yok := b.Int("order")
		switch {
		case xok && yok && x != y:
			return x - y
		case xok != yok: // what was added on the desk comes last
			if xok {
				return -1
			}
			return 1
		case !a.Created.Equal(b.Created):
			return a.Created.Compare(b.Created)
		}
		return strings.Compare(a.ID, b.ID)
	})
}

// StanceOf returns what a piece of evidence does to its claim as the last answer leaves it, and why that is not what
// was written: a code of a reason, or "".
func StanceOf(e *Record) (stance, why string) {
	w, why := weigh(e, func(item string) string { return item })
	return w.Stance, why
}
