package cmo

import (
	"cmp"
	"slices"
	"strings"

	"veedor/internal/weigh/desk"
)

// table is one of the eight.
type table struct {
	name string // as the base calls it
	file string
	kind desk.Kind
	cols []column
}

// column is what a column means on the desk. Columns that are not listed are kept and mean nothing here.
type column struct {
	title string
	field string // of the record; "" for those with a special
	special
}

// special is what a column means that is no field of its record.
type special int

const (
	plain    special = iota
	impact           // a score of the item
	why              // the score's reason
	asserted         // stances of the item to frames
)

// tables lists the eight, those that others refer to first, with the columns as far as they are known.
func tables() []table {
	return []table{
		{"Locations", "locations.csv", desk.Location, []column{{"Name", "name", plain}, {"Type", "type", plain}, {"Country", "country", plain}, {"Parent Location", "parent", plain}, {"Description", "description", plain}}},
		{"Themes", "themes.csv", desk.Theme, []column{{"Title", "title", plain}, {"Description", "description", plain}, {"Parent Theme", "parent", plain}, {"Initial editor", "editor", plain}, {"Final editor", "final_editor", plain}}},
		{"People and Entities", "people-and-entities.csv", desk.Entity, []column{{"Name", "name", plain}, {"Type", "type", plain}, {"Role", "role", plain}, {"Description", "description", plain}, {"Homepage", "homepage", plain}, {"Locations", "locations", plain}}},
		{"Media Sources", "media-sources.csv", desk.Source, []column{{"Name", "name", plain}, {"Type", "type", plain}, {"Homepage", "homepage", plain}, {"Languages", "languages", plain}, {"Location", "locations", plain}, {"Description", "description", plain},
			{"Owner", "owner", plain}, {"State link", "state_link", plain}, {"Related items", "related", plain}, {"Share with partners", "share", plain}}},
		{"Newsletter Brief", "newsletter-brief.csv", desk.Brief, []column{{"Title", "title", plain}, {"Description", "description", plain}, {"Date", "date", plain}, {"Items", "items", plain}, {"Stories", "stories", plain}, {"Narrative Frames", "frames", plain}, {"Themes", "themes", plain}}},
		{"Stories", "stories.csv", desk.Story, []column{{"Title", "title", plain}, {"URL", "url", plain}, {"Description", "description", plain}, {"Date", "date", plain}, {"Items", "items", plain}, {"Themes", "themes", plain}, {"Narrative Frames", "frames", plain}, {"Locations", "locations", plain}}},
		{"Narrative Frames", "narrative-frames.csv", desk.Frame, []column{{"Title", "text", plain}, {"Description", "description", plain}, {"Parent Frame", "parent", plain}, {"Locations", "locations", plain}, {"People/entities", "entities", plain}, {"Search terms", "terms", plain},
			{"Social/political context", "context", plain}, {"Why it matters", "why", plain}, {"Notes on evolution", "evolution", plain}, {"Editors", "editors", plain}}},
		{"Items", "items.csv", desk.Item, []column{{"Title", "title", plain}, {"URL", "url", plain}, {"Primary media source", "source", plain}, {"Primary media item language", "language", plain}, {"Geographic location(s)", "locations", plain},
			{"Full text (media item language)", "text", plain}, {"Full text (English)", "text_translated", plain}, {"Themes represented", "themes", plain}, {"Item publication date", "published_on", plain}, {"Assign to", "assignee", plain},
			{"Describe why you assigned this score", "", why}, {"Item type", "type", plain}, {"Submitter name", "submitter", plain}, {"Subtext", "subtext", plain}, {"Civic impact", "", impact}, {"Narrative frames asserted", "", asserted},
			{"What actions should be taken", "action", plain}, {"Included in stories", "stories", plain}, {"Translation of title or headline", "title_translated", plain}, {"Author or creator", "author", plain}, {"How did you find this item?", "how_found", plain},
			{"Deep reading observations", "observations", plain}, {"Share with partners", "share", plain}, {"Summary description (500 characters max)", "summary", plain}, {"Item Code", "code", plain}, {"Finalized date", "finalized", plain},
			{"What reactions have th…", "reactions", plain}, {"Author or creator type", "author_type", plain}, {"What individuals, groups …", "entities", plain}, {"What context does a reader need", "context", plain}}},
	}
}

// column returns what a column of a table means. Titles are known in part only, and that is marked by an ellipsis.
func (t table) column(title string) (column, bool) {
	low := strings.ToLower(strings.TrimSpace(title))
	for _, c := range t.cols {
		known := strings.ToLower(c.title)
		if begin, cut := strings.CutSuffix(known, "…"); low == known || cut && strings.HasPrefix(low, strings.TrimSpace(begin)) {
			return c, true
		}
	}
	return column{}, false
}

// primary is the field by which other tables name a record.
func (t table) primary() string {
	switch t.kind {
	case desk.Location, desk.Entity, desk.Source:
		return "name"
	case desk.Frame:
		return "text"
	}
	return "title"
}

func byKind(k desk.Kind) table {
	all := tables()
	return all[slices.IndexFunc(all, func(t table) bool { return t.kind == k })]
}

// recognise finds the table of a file by its name, or else by its columns.
func recognise(file string, header []string) (table, bool) {
	plainName := func(s string) string {
		return strings.Map(func(r rune) rune {
			if r >= 'a' && r <= 'z' {
				return r
			}
			return -1
		}, strings.ToLower(s))
	}
	name := plainName(strings.TrimSuffix(file, ".csv"))
	all := tables()
	slices.SortStableFunc(all, func(a, b table) int { return cmp.Compare(len(b.name), len(a.name)) })
	for _, t := range all {
		if strings.Contains(name, plainName(t.name)) {
			return t, true
		}
	}
	var best table
	most := 2 // fewer columns in common are chance
	for _, t := range all {
		n := 0
		for _, h := range header {
			if _, ok := t.column(h); ok {
				n++
			}
		}
		if n > most {
			best, most = t, n
		}
	}
	return best, best.name != ""
}
