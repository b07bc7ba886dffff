package quote

import (
	"strings"
	"unicode/utf8"
)

// Comparison is the difference of two captures' texts.
type Comparison struct {
	Changes []Change `json:"changes,omitempty"`
	Notices []Notice `json:"notices,omitempty"` // words of correction in blocks that are new
	Silent  bool     `json:"silent,omitempty"`  // something changed, and no block that is new has a word of correction in it
	Added   int      `json:"added,omitempty"`   // code points
	Removed int      `json:"removed,omitempty"`
	More    int      `json:"more,omitempty"`   // changes that are not listed
	Coarse  bool     `json:"coarse,omitempty"` // the texts are too long or too different to be compared word by word everywhere
}

// Change is one place where two texts differ.
type Change struct {
	Kind   string `json:"kind"`             // Added, Removed or Changed
	Before string `json:"before,omitempty"` // the block before it
	After  string `json:"after,omitempty"`  // and after it, in the new text
	Old    string `json:"old,omitempty"`    // whole blocks
	New    string `json:"new,omitempty"`
	Edits  []Edit `json:"edits,omitempty"` // from Old to New; of Changed only
}

const mostChanges = 500

// Compare compares two captures' texts block by block, and blocks that changed word by word. What differs in
// typesetting only is no change.
func Compare(old, new string) Comparison {
	var c Comparison
	var all []hunk
	all, c.Coarse = hunks(lines(old), lines(new))
	for i, h := range all {
		if h.same {
			continue
		}
		change := Change{Old: strings.TrimSpace(strings.Join(h.old, "")), New: strings.TrimSpace(strings.Join(h.new, ""))}
		switch {
		case change.Old == "" && change.New == "":
			continue
		case change.Old == "":
			change.Kind = Added
			c.Added += utf8.RuneCountInString(change.New)
		case change.New == "":
			change.Kind = Removed
			c.Removed += utf8.RuneCountInString(change.Old)
		default:
			edits, coarse := diff(change.Old, change.New)
			change.Kind, change.Edits, c.Coarse = Changed, edits, c.Coarse || coarse
			if !c.count(change.Edits) {
				continue
			}
		}
		if len(c.Changes) == mostChanges {
			c.More++
			continue
		}
		if i > 0 {
			change.Before = strings.TrimSpace(all[i-1].new[len(all[i-1].new)-1])
		}
		if i+1 < len(all) {
			change.After = strings.TrimSpace(all[i+1].new[0])
		}
		c.Changes = append(c.Changes, change)
	}
	if len(c.Changes) == 0 {
		return c
	}
	stood := map[string]bool{}
	for line := range strings.SplitSeq(old, "\n") {
		stood[line] = true
	}
	c.Notices = notices(new, func(block string) bool { return stood[block] })
	c.Silent = len(c.Notices) == 0
	return c
}

// count adds up what was added and removed, and says whether anything was.
func (c *Comparison) count(edits []Edit) bool {
	any := false
	for _, e := range edits {
		switch e.Op {
		case Added:
			c.Added += utf8.RuneCountInString(e.Text)
		case Removed:
			c.Removed += utf8.RuneCountInString(e.Text)
		default:
			continue
		}
		any = true
	}
	return any
}
