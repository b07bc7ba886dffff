package web

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"veedor/internal/weigh/desk"
	"veedor/internal/weigh/lineage"
)

// lineageTree is which text derives from which, roots first; a row is a text under the one it derives from.
type lineageTree struct {
	Rows          []lineageRow
	More          int64
	Width, Height int
	Lines         []lineageLine
	Proposed      bool // something in it is proposed only
}

// lineageRow is one text.
type lineageRow struct {
	named
	Depth    int
	Date     string // in words
	Language string
	Kind     string // words: how it derives from the text above it; "" of a root
	Proposed bool   // nobody has confirmed that yet
	Original bool   // somebody confirmed that it is nobody's copy
	Also     []string
	X, Y     int
	Label    string // in the picture
}

// lineageLine leads from a text to the one it derives from.
type lineageLine struct {
	X, Top, Bottom, Right int
	Proposed              bool
}

// A picture's measures, and how much is drawn.
const (
	maxTree   = 24
	treeRow   = 26
	treeStep  = 22
	treeWidth = 680
	maxDepth  = 8
)

// tied is a text while the tree is made.
type tied struct {
	lineageRow
	key      string
	day      string // to sort by
	parent   string
	children []*tied
}

// treeMaker gathers texts and what they derive from.
type treeMaker struct {
	r     *request
	d     *reader
	texts map[string]*tied
	left  int
}

func (r *request) treeMaker(d *reader) *treeMaker {
	return &treeMaker{r: r, d: d, texts: map[string]*tied{}, left: 200}
}

// lineage draws where the texts that say it come from; nothing where there is one text only.
func (p *claimPage) lineage(r *request, d *reader, v *desk.ClaimView, space *room) error {
	m := r.treeMaker(d)
	for i := range v.Utterances {
		u := &v.Utterances[i]
		if err := m.utterance(u); err != nil {
			return err
		}
	}
	for i := range v.Evidence {
		if err := m.item(v.Evidence[i].Str("item")); err != nil {
			return err
		}
	}
	for _, id := range v.Strings("items") {
		if err := m.item(id); err != nil {
			return err
		}
	}
	if len(m.texts) < 2 {
		return nil
	}
	p.Lineage = m.tree(space)
	return nil
}

// utterance takes in who said something, and what they had it from.
func (m *treeMaker) utterance(u *desk.Record) error {
	if id := u.Str("item"); id != "" {
		if rec, err := m.d.get(desk.Item, id); rec != nil || err != nil {
			if err == nil {
				err = m.item(id)
			}
			return err
		}
	}
	who := prose(u, "speaker", 120)
	t := m.outside(who)
	if date := u.Str("date"); date != "" && (t.day == "" || date < t.day) {
		t.day, t.Date = date, m.r.dated(date)
	}
	if root := prose(u, "root", 120); root != "" && root != who && t.parent == "" {
		t.parent, t.Kind = m.outside(root).key, "lineage.from"
	}
	return nil
}

// outside is somebody whose text is not among the items.
func (m *treeMaker) outside(name string) *tied {
	key := lineage.Outside(name)
	t := m.texts[key]
	if t == nil {
		t = &tied{key: key, lineageRow: lineageRow{named: named{Text: name}}}
		m.texts[key] = t
	}
	return t
}

// item takes in an item, and what it derives from.
func (m *treeMaker) item(id string) error {
	if id == "" || m.texts[id] != nil || m.left == 0 {
		return nil
	}
	rec, err := m.d.get(desk.Item, id)
	if rec == nil {
		return err
	}
	m.left--
	t := &tied{key: id, day: rec.Str("published_on")}
	if t.named, err = m.d.named(m.r, rec, 110); err != nil {
		return err
	}
	if t.day != "" {
		t.Date = m.r.dated(t.day)
	}
	t.Language, t.Original = languageTag(rec.Str("language")), rec.Bool("original")
	m.texts[id] = t
	list, err := m.d.list(desk.Lineage, "from", id)
	if err != nil {
		return err
	}
	// What people confirmed comes first.
	slices.SortStableFunc(list, func(a, b desk.Record) int {
		return compareBool(a.Str("decision") != "confirmed", b.Str("decision") != "confirmed")
	})
	for i := range list {
		if err := m.edge(t, &list[i]); err != nil {
			return err
		}
	}
	return nil
}

// edge takes in that a text derives from another, or cites it.
func (m *treeMaker) edge(t *tied, l *desk.Record) error {
	if l.Str("decision") == "rejected" {
		return nil
	}
	kind, from := "lineage."+l.Str("type"), ""
	if to := l.Str("to"); to != "" {
		if err := m.item(to); err != nil {
			return err
		}
		if m.texts[to] != nil {
			from = to
		}
	} else if name := prose(l, "outside", 120); name != "" {
		from = m.outside(name).key
	}
	switch {
	case from == "" || from == t.key:
	case t.parent == "" && lineage.Kind(l.Str("type")).Derives():
		t.parent, t.Kind, t.Proposed = from, kind, l.Str("decision") != "confirmed"
	case len(t.Also) < 3:
		t.Also = append(t.Also, m.r.words().get(kind)+" "+isolate(shorten(m.texts[from].Text, 80)))
	}
	return nil
}

// tree orders the texts, each under the one it derives from, and draws them as far as there is room.
func (m *treeMaker) tree(space *room) *lineageTree {
	var roots []*tied
	for _, key := range slices.Sorted(maps.Keys(m.texts)) {
		t := m.texts[key]
		if parent := m.texts[t.parent]; parent != nil && !m.circle(t) {
			parent.children = append(parent.children, t)
		} else {
			t.parent, t.Kind, t.Proposed = "", "", false
			roots = append(roots, t)
		}
	}
	out := &lineageTree{Width: treeWidth}
	part, done := space.part(7000)
	defer done()
	var walk func(list []*tied, depth int, up *lineageRow)
	walk = func(list []*tied, depth int, up *lineageRow) {
		slices.SortFunc(list, func(a, b *tied) int {
			return cmp.Or(compareBool(a.day == "", b.day == ""), cmp.Compare(a.day, b.day), cmp.Compare(a.key, b.key))
		})
		for _, t := range list {
			row := t.lineageRow
			row.Depth = min(depth, maxDepth)
			if len(out.Rows) == maxTree || !part.take(560+2*weight(row.Text)+weight(row.Href)+weight(row.Also...)) {
				out.More++
			} else {
				m.place(out, &row, up)
				out.Rows = append(out.Rows, row)
			}
			walk(t.children, depth+1, &row)
		}
	}
	walk(roots, 0, nil)
	out.Height = len(out.Rows)*treeRow + 8
	return out
}

// circle says whether a text derives from itself by the way of others.
func (m *treeMaker) circle(t *tied) bool {
	for at, n := m.texts[t.parent], 0; at != nil; at, n = m.texts[at.parent], n+1 {
		if at == t || n > len(m.texts) {
			return true
		}
	}
	return false
}

// place gives a text its place in the picture.
func (m *treeMaker) place(out *lineageTree, row, up *lineageRow) {
	row.X, row.Y = 12+row.Depth*treeStep, 16+len(out.Rows)*treeRow
	parts := []string{shorten(row.Text, 56)}
	if row.Date != "" {
		parts = append(parts, row.Date)
	}
	if row.Kind != "" {
		how := m.r.words().get(row.Kind)
		if row.Proposed {
			how += ", " + m.r.words().get("lineage.proposed")
			out.Proposed = true
		}
		parts = append(parts, how)
	}
	row.Label = strings.Join(parts, " · ")
	if up != nil && up.Y > 0 {
		out.Lines = append(out.Lines, lineageLine{X: up.X, Top: up.Y + 5, Bottom: row.Y, Right: row.X - 5, Proposed: row.Proposed})
	}
}
