package quote

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// What became of a quotation in another capture of its page.
const (
	Found   = "found"   // the same words stand there, perhaps elsewhere on the page
	Changed = "changed" // its place stands, with other words
	Lost    = "lost"    // it is not there, or cannot be told from others like it
)

// Result is what became of a quotation in a text.
type Result struct {
	State string `json:"state"` // Found, Changed or Lost

	// Start and End are code points of the text, and Text is what stands there; not for Lost.
	Start int    `json:"start"`
	End   int    `json:"end"`
	Text  string `json:"text,omitempty"`

	Moved  bool     `json:"moved,omitempty"`  // Found, in surroundings that are all new
	Notes  []string `json:"notes,omitempty"`  // what a reader should know, one plain sentence each
	Edits  []Edit   `json:"edits,omitempty"`  // Changed: from the quoted words to those that stand there
	Around []Edit   `json:"around,omitempty"` // Found, where what stands around it differs: from the old surroundings to the new
	Reason string   `json:"reason,omitempty"` // Lost: why, one plain sentence

	// Candidates are places that were considered and not taken, likest first, at most eight.
	Candidates []Occurrence `json:"candidates,omitempty"`
}

// Occurrence is a place in a text.
type Occurrence struct {
	Start  int    `json:"start"` // code points
	End    int    `json:"end"`
	Before string `json:"before"` // what stands before it, at most 40 code points
	Text   string `json:"text"`
	After  string `json:"after"`
}

const (
	mostCandidates = 8
	citedBefore    = 600 // code points before a passage, in its block, where words of correction tell that it is cited
	citedAfter     = 200
	clearly        = 0.25 // difference of cost from which one place is clearly the likelier one
	alikeBetween   = 0.4  // likeness of edited words between the old surroundings
	alikeBeside    = 0.6  // and beside one of them only
	nearly         = 0.85 // likeness of a context of which a word or two were edited
	telling        = 12   // runes in a row that are no accident
	tellingHan     = 6    // the same in Chinese
	fewLetters     = 16   // a quotation with fewer, Chinese characters counting thrice, is not told by its words alone
)

// Anchor finds a quotation again in a text, which is another capture of the page that it was selected from.
//
// Found means the same words: only what typesetting decides (kinds of quotation marks, dashes and spaces, ligatures,
// full width, invisible characters) may differ, and is noted. Letter case is not typesetting. When the words stand there more than once,
// or stand only where somebody may be citing them, their surroundings decide. Changed means that other words stand in its
// place: beside surroundings that nobody edited, and like enough to be the same passage. Whatever cannot be told is Lost, with
// the reason and the places it might be.
func Anchor(text string, s Selector) Result {
	if why := unusable(text, s); why != "" {
		return Result{State: Lost, Reason: why}
	}
	k := newSeeker(text, s)
	if !slices.ContainsFunc(k.exact, wordRune) {
		return Result{State: Lost, Reason: "There is no word in the quotation."}
	}
	same, more := k.verbatim()
	if more {
		return Result{State: Lost, Reason: fmt.Sprintf("The words stand in the text more than %d times.", mostPlaces)}
	}
	k.locate()
	for i := range same {
		same[i] = k.weigh(same[i].start, same[i].end)
		same[i].likeness = 1
	}
	edited := slices.DeleteFunc(k.edited(), func(e spot) bool {
		return slices.ContainsFunc(same, func(s spot) bool { return e.start < s.end && s.start < e.end })
	})
	if len(same) > 0 {
		return k.decideSame(same, edited)
	}
	return k.decideEdited(edited)
}

func unusable(text string, s Selector) string {
	switch {
	case len(text) > MaxText:
		return fmt.Sprintf("The text is longer than %d bytes.", MaxText)
	case len(s.Exact) > MaxExact || len(s.Prefix) > MaxExact || len(s.Suffix) > MaxExact:
		return fmt.Sprintf("The quotation is longer than %d bytes.", MaxExact)
	case !utf8.ValidString(text) || !utf8.ValidString(s.Exact+s.Prefix+s.Suffix):
		return "The text or the quotation is not UTF-8."
	}
	return ""
}

// decideSame decides when the very words stand in the text; same has the likest surroundings first.
func (k *seeker) decideSame(same, edited []spot) Result {
	best := &same[0]
	if len(same) > 1 && !k.clearest(same) {
		if i := k.unmoved(same); i >= 0 {
			best = &same[i]
		} else if i := k.between(same); i >= 0 {
			best = &same[i]
		} else if i := k.settledOne(same); i >= 0 {
			best = &same[i]
		} else if e, _ := k.acceptable(edited); e != nil && k.whole(e) && best.level() == 1 {
			return k.changed(e, "The old words still stand elsewhere in the text.")
		} else {
			return k.lost(fmt.Sprintf("The words stand in the text %d times, and their surroundings do not tell which is meant.", len(same)), same)
		}
	}
	cites, settled := k.cites(best), k.settled(best)
	if e, cost := k.acceptable(edited); e != nil {
		alone, near := best.level() == 1 && !settled, cost <= k.cost(best)+0.05
		switch {
		case cites && (near || alone), k.whole(e) && (alone || k.cost(best)-cost >= clearly), near && k.whole(e) && k.wideRight(e)-k.wideRight(best) >= clearly:
			return k.changed(e, "The old words still stand elsewhere in the text.")
		case cites, alone, !settled && !best.pAll && !best.qAll, near && (k.whole(e) || !settled) && (e.gap != best.gap || best.gap == nil):
			return k.lost("The words stand in the text, and other words like them stand in surroundings like those quoted.", []spot{*best, *e})
		}
	}
	if !k.whole(best) && !(best.gap != nil && best.gap.cost == 0) && k.outdone(best, edited) {
		return k.lost("The words stand in the text, and other words like them stand in surroundings more like those quoted.", append([]spot{*best}, edited...))
	}
	beside := k.whole(best) || best.level() == 3 && (best.pAll || best.qAll) && k.sameArticle(best)
	switch {
	case k.sel.Occurrences > 1 && !k.own(best, settled, edited):
		return k.lost(fmt.Sprintf("The words stood in the text %d times. They stand there now in other surroundings, and may be those of another place.", k.sel.Occurrences), same)
	case cites && !beside:
		return k.lost("The words stand only where the text seems to cite them, as the notice of a correction does.", same)
	case settled, beside, !k.surrounded():
	case k.sel.Occurrences == 0:
		return k.lost("The words stand in other surroundings, and it is not known whether they stood in the old text only once.", same)
	default:
		moved, beside := k.closedUp(best)
		if letters(k.exact)+beside < fewLetters {
			return k.lost("The words stand in other surroundings, and are too few to be told by themselves.", same)
		}
		if !moved && !(best.gap != nil && best.gap.cost == 0) && !k.takenOut(0) && !k.movedAlong(best) {
			return k.lost("The words stand in other surroundings, and where they stood is gone too: it may be another article that says the same.", same)
		}
	}
	return k.found(best, settled)
}

// own says that words which stood in the text more than once are, at this place, those quoted and no other ones.
func (k *seeker) own(s *spot, settled bool, edited []spot) bool {
	between, beside := s.gap != nil && s.gap.cost == 0, s.pAll || s.qAll
	if k.whole(s) || between && beside {
		return true
	}
	if k.takenOut(k.cost(s)) || k.neighbour(s) {
		return false
	}
	if moved, _ := k.closedUp(s); beside && moved || s.pAll && s.q >= nearly || s.qAll && s.p >= nearly {
		return true
	}
	return (settled || between) && !slices.ContainsFunc(edited, func(e spot) bool { return (e.pAll || e.qAll) && e.likeness >= alikeBetween })
}

// outdone says that words like those quoted stand beside unedited surroundings that are no less like the old ones than those of a place.
func (k *seeker) outdone(s *spot, edited []spot) bool {
	return slices.ContainsFunc(edited, func(e spot) bool {
		return (e.pAll || e.qAll) && e.likeness >= alikeBeside && k.cost(&e) <= k.cost(s)+0.05 && !k.neighbour(&e)
	})
}

// surrounded says that the selector has surroundings to compare.
func (k *seeker) surrounded() bool { return k.backPre != nil || k.fromSuf != nil }

// between returns the only one of several places that stands between what stood right before and right after the quotation, both unedited; -1
// when there is none or more than one.
func (k *seeker) between(same []spot) int {
	found := -1
	for i := range same {
		if g := same[i].gap; g != nil && g.cost == 0 {
			if found >= 0 {
				return -1
			}
			found = i
		}
	}
	return found
}

// clearest says that the first of several places is the one meant.
func (k *seeker) clearest(same []spot) bool {
	a, b := &same[0], &same[1]
	if a.level() == 1 {
		return false
	}
	return k.whole(a) && !k.whole(b) || k.cost(b)-k.cost(a) >= clearly
}

// unmoved returns the place that did not move when several are the same down to their surroundings and there are not fewer than there
// were; -1 when there is none.
func (k *seeker) unmoved(same []spot) int {
	if len(same) < k.sel.Occurrences {
		return -1
	}
	return slices.IndexFunc(same, func(s spot) bool {
		start, _ := k.span(&s)
		return start == k.sel.Start && k.whole(&s)
	})
}

// decideEdited decides when the words as they were stand nowhere.
func (k *seeker) decideEdited(edited []spot) Result {
	e, _ := k.acceptable(edited)
	if e == nil {
		why := "The words are not in the text, nor are words like them where they stood."
		if k.takenOut(2) {
			why = "The words were taken out: what stood before and after them stands together."
		}
		return k.lost(why, edited)
	}
	return k.changed(e, "")
}

// span returns the code points of a place.
func (k *seeker) span(s *spot) (int, int) {
	return k.f.span(s.start-beyond, s.end-beyond)
}

func (k *seeker) lost(why string, near []spot) Result {
	r := Result{State: Lost, Reason: why}
	for _, s := range near {
		start, end := k.span(&s)
		if end > start && len(r.Candidates) < mostCandidates && !slices.ContainsFunc(r.Candidates, func(o Occurrence) bool { return o.Start < end && start < o.End }) {
			r.Candidates = append(r.Candidates, k.text.occurrence(start, end))
		}
	}
	return r
}

func (k *seeker) changed(e *spot, note string) Result {
	r := Result{State: Changed}
	r.Start, r.End = k.span(e)
	r.Text = k.text.slice(r.Start, r.End)
	r.Edits = Diff(k.sel.Exact, r.Text)
	if strings.EqualFold(string(k.exact), string(k.runes[e.start:e.end])) {
		r.Notes = append(r.Notes, "Only capital and small letters differ.")
	}
	if note != "" {
		r.Notes = append(r.Notes, note)
	}
	return r
}

func (k *seeker) found(s *spot, settled bool) Result {
	r := Result{State: Found, Moved: s.level() == 1 && k.surrounded() && !settled}
	r.Start, r.End = k.span(s)
	r.Text = k.text.slice(r.Start, r.End)
	if r.Text != k.sel.Exact {
		if strings.Join(strings.Fields(r.Text), " ") == strings.Join(strings.Fields(k.sel.Exact), " ") {
			r.Notes = append(r.Notes, "Spaces or line breaks differ.")
		} else {
			r.Notes = append(r.Notes, "It is typeset otherwise: quotation marks, dashes, spaces, ligatures or invisible characters differ.")
		}
	}
	switch {
	case r.Moved:
		r.Notes = append(r.Notes, "It stands elsewhere: what is around it now is not what was around it.")
	case k.surrounded() && !k.whole(s):
		r.Notes = append(r.Notes, "What stands directly before or after it differs.")
		old := k.sel.Prefix + k.sel.Exact + k.sel.Suffix
		now := k.text.slice(max(0, r.Start-utf8.RuneCountInString(k.sel.Prefix)), r.End+utf8.RuneCountInString(k.sel.Suffix))
		r.Around = Diff(old, now)
	}
	return r
}
