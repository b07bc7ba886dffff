package phrase

import "strings"

// Grammar says how a text is put together: a head, then groups of which each adds at most one part, in this order.
type Grammar struct {
	Heads  []*Form // the first that reads the whole is taken
	Groups []Group
	// Other is the head of texts that begin with words of strangers: read only where something of ours follows them.
	// May be nil.
	Other *Form
}

// Group is a place in a text where one of some forms may stand.
type Group struct {
	Before []string // what stands between it and what comes before it
	Forms  []*Form
}

// Part is a form that was read, what stood before it, and what stood in its blanks.
type Part struct {
	Form   *Form
	Before string
	Values []string
}

// Read takes a text apart; nil where it is not of the grammar.
func (g *Grammar) Read(text string) []Part {
	var tail []Part // from the last to the first
	rest := text
	for i := len(g.Groups) - 1; i >= 0; i-- {
		if p, left, ok := g.Groups[i].cut(rest); ok {
			tail, rest = append(tail, p), left
		}
	}
	head, ok := g.head(rest, len(tail) > 0)
	if !ok {
		return nil
	}
	out := make([]Part, 0, len(tail)+1)
	out = append(out, head)
	for i := len(tail) - 1; i >= 0; i-- {
		out = append(out, tail[i])
	}
	return out
}

func (g *Grammar) head(text string, followed bool) (Part, bool) {
	for _, f := range g.Heads {
		if values, ok := f.Read(text); ok {
			return Part{Form: f, Values: values}, true
		}
	}
	if g.Other != nil && followed {
		if values, ok := g.Other.Read(text); ok {
			return Part{Form: g.Other, Values: values}, true
		}
	}
	return Part{}, false
}

// cut reads a part of the group at the end of a text, and returns what is left before it. A form for any text takes
// as much as it can, so that what strangers wrote in it stays in one piece; others take as little.
func (g *Group) cut(text string) (Part, string, bool) {
	for _, f := range g.Forms {
		if !f.mayEnd(text) {
			continue
		}
		for _, before := range g.Before {
			at := f.begins(text, before)
			if at < len(before) || !strings.HasSuffix(text[:at], before) {
				continue
			}
			if values, ok := f.Read(text[at:]); ok {
				return Part{f, before, values}, text[:at-len(before)], true
			}
		}
	}
	return Part{}, text, false
}

// begins returns where the form may begin at the end of a text, behind before; less than its length for nowhere.
func (f *Form) begins(text, before string) int {
	switch first := f.pieces[0]; {
	case len(f.pieces) == 1:
		return len(text) - len(first)
	case f.open:
		return strings.Index(text, before+first) + len(before)
	case first != "":
		return strings.LastIndex(text, first)
	}
	return strings.LastIndex(text, before) + len(before)
}

// mayEnd says at one look whether a text may end with the form.
func (f *Form) mayEnd(text string) bool {
	last := f.pieces[len(f.pieces)-1]
	if last != "" || text == "" || len(f.pieces) == 1 {
		return strings.HasSuffix(text, last)
	}
	return f.pieces[len(f.pieces)-2] != "number" || digits(text[len(text)-1:])
}

// Forms returns all forms of the grammar, each once.
func (g *Grammar) Forms() []*Form {
	var out []*Form
	seen := map[*Form]bool{}
	add := func(forms ...*Form) {
		for _, f := range forms {
			if f != nil && !seen[f] {
				seen[f] = true
				out = append(out, f)
			}
		}
	}
	add(g.Heads...)
	for i := range g.Groups {
		add(g.Groups[i].Forms...)
	}
	add(g.Other)
	return out
}

// Join writes parts again: the text that they were read from.
func Join(parts []Part) string {
	var b strings.Builder
	for _, p := range parts {
		b.WriteString(p.Before)
		b.WriteString(p.Form.Say(p.Values...))
	}
	return b.String()
}
