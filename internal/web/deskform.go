package web

import (
	"cmp"
	"encoding/json"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"veedor/internal/weigh/cases"
	"veedor/internal/weigh/desk"
)

// workField is one field of a record as its form shows it.
type workField struct {
	Name, Label, Hint string
	Kind              string // widget: line, prose, choice, ref, refs, list, number, flag, words
	Value             string
	Options           []option
	Suggest           []string
	Picks             []pick // what is chosen, and what was found
	Find, Missed      string // what was looked for; and not found
	Words             []wordInput
	Private           bool
	MayShare          bool // who sees the form may make it shared
	Must              bool
	Rows              int
	Error             string
	To                string
}

type wordInput struct {
	Name, Label, Lang, Value string
}

// Describes is the value of aria-describedby.
func (f workField) Describes() string {
	var ids []string
	if f.Hint != "" {
		ids = append(ids, "h-"+f.Name)
	}
	if f.Error != "" {
		ids = append(ids, "e-"+f.Name)
	}
	return strings.Join(ids, " ")
}

// Anchor is the id of what has the focus when somebody goes to the field, or of its name where that is several things.
func (f workField) Anchor() string {
	if f.Kind == "ref" || f.Kind == "refs" || f.Kind == "words" {
		return "l-" + f.Name
	}
	return "f-" + f.Name
}

// formFields are the fields of a kind that its form has: not what the desk derives, what publishing decides, or what
// has pages of its own. Of evidence, those of its type.
func formFields(k desk.Kind, typ string) []desk.Field {
	var out []desk.Field
	for _, f := range desk.Fields(k) {
		switch {
		case f.Derived, f.Name == "published", f.Name == "sealed", f.Name == "layout", k == desk.Score && f.Name == "coder":
		case k == desk.Evidence && !ofEvidence(typ, f.Name):
		default:
			out = append(out, f)
		}
	}
	return out
}

// ofEvidence says whether evidence of a type has a field.
func ofEvidence(typ, field string) bool {
	for t, fields := range map[string][]string{
		"finding":  {"country", "network", "target", "layer", "from", "to", "expects", "at_least"},
		"registry": {"name", "property", "value"}, "quote": {"name"}, "capture": {"name"}, "measurement": {"name"}, "incident": {"name"},
		"document": {"text", "source", "date"}, "statement": {"text", "source", "date"}, "absence": {"what", "where", "when", "who"},
	} {
		if t == typ && slices.Contains(fields, field) {
			return true
		}
	}
	return slices.Contains([]string{"claim", "type", "strength", "reason", "by", "at", "root", "item", "order", "notes"}, field) || field == "stance" && typ != "finding"
}

// workGroup is fields that belong together.
type workGroup struct {
	Key    string // of its words; "" for a group without a name
	Fields []workField
}

// fieldGroups says which fields of a kind stand together; what is in no list comes last.
func fieldGroups(k desk.Kind) [][]string {
	switch k {
	case desk.Item:
		return [][]string{{"what", "title", "title_translated", "url", "source", "published_on", "language", "type", "author", "author_type", "case"},
			{"content", "summary", "text", "text_translated", "captures", "context", "subtext", "reactions", "action", "observations"},
			{"terms", "themes", "entities", "locations", "stories"}, {"process", "stage", "assignee", "how_found", "submitter", "original", "finalized"}}
	case desk.Frame:
		return [][]string{{"what", "text", "description", "case", "parent"}, {"terms", "themes", "locations", "entities", "terms"}, {"content", "context", "why", "evolution", "held_by"}}
	case desk.Evidence:
		return [][]string{{"what", "claim", "type", "country", "network", "target", "layer", "from", "to", "expects", "at_least", "name", "property", "value", "text", "source", "date", "what", "where", "when", "who"},
			{"bearing", "stance", "strength", "reason", "root", "item"}}
	case desk.Utterance:
		return [][]string{{"what", "claim", "speaker", "entity", "role"}, {"when", "date", "date_lack"}, {"where", "quote", "quote_lack", "source", "item", "root"}}
	}
	return nil
}

// valuesOf writes a record as its form sends it.
func valuesOf(rec *desk.Record, fields []desk.Field) url.Values {
	v := url.Values{}
	for _, f := range fields {
		if slices.Contains(rec.Private, f.Name) || f.Private && rec.Fields[f.Name] == nil {
			v.Set("p."+f.Name, "1")
		}
		switch value := rec.Fields[f.Name].(type) {
		case string:
			v.Set("f."+f.Name, value)
		case int:
			v.Set("f."+f.Name, strconv.Itoa(value))
		case bool:
			v.Set("f."+f.Name, "1")
		case []string:
			if f.Type == desk.List {
				v.Set("f."+f.Name, strings.Join(value, "\n"))
				continue
			}
			v["f."+f.Name] = value
		case cases.Text:
			for lang, s := range value {
				v.Set("w."+f.Name+"."+lang, s)
			}
		}
	}
	return v
}

// typed is what a form says of a record.
type typed struct {
	Set     map[string]any
	Private map[string]bool
	Wrong   map[string]string // a key of the words, by field
}

// readValues reads what a form says of fields.
func readValues(v url.Values, fields []desk.Field) typed {
	out := typed{map[string]any{}, map[string]bool{}, map[string]string{}}
	for _, f := range fields {
		value, wrong := readField(v, f)
		if wrong == "" && f.Must && value == nil {
			wrong = "wrong.must"
		}
		if wrong != "" {
			out.Wrong[f.Name] = wrong
		}
		out.Set[f.Name] = value
		out.Private[f.Name] = v.Get("p."+f.Name) != ""
	}
	return out
}

func readField(v url.Values, f desk.Field) (value any, wrong string) {
	s := tidy(v.Get("f." + f.Name))
	most := cmp.Or(f.Max, map[bool]int{true: 1_000_000, false: 4000}[f.Type == desk.Prose])
	switch f.Type {
	case desk.Words:
		return readWords(v, f.Name)
	case desk.Flag:
		if s != "" {
			return true, ""
		}
		return nil, ""
	case desk.Refs, desk.List:
		var list []string
		lines := v["f."+f.Name]
		if f.Type == desk.List {
			lines = strings.Split(s, "\n")
		}
		for _, line := range lines {
			if line = strings.TrimSpace(line); line != "" && !slices.Contains(list, line) {
				list = append(list, line)
			}
		}
		if list == nil {
			return nil, ""
		}
		if slices.ContainsFunc(list, func(s string) bool { return utf8.RuneCountInString(s) > 4000 }) {
			return list, "wrong.long"
		}
		return list, ""
	}
	if s == "" {
		return nil, ""
	}
	switch f.Type {
	case desk.Number:
		n, err := strconv.Atoi(strings.Replace(s, "−", "-", 1))
		if err != nil || f.Max > 0 && (n > f.Max || n < -f.Max) {
			return nil, "wrong.number"
		}
		return n, ""
	case desk.Day:
		if _, _, err := cases.Date(s).Time(); err != nil {
			return s, "wrong.date"
		}
	case desk.Choice:
		if !slices.Contains(f.Choices, s) {
			return s, "wrong.choice"
		}
	case desk.Line, desk.URL, desk.Ref:
		if strings.ContainsAny(s, "\n\r\x00") {
			return s, "wrong.line"
		}
	}
	if utf8.RuneCountInString(s) > most {
		return s, "wrong.long"
	}
	return s, ""
}

func readWords(v url.Values, name string) (any, string) {
	out := cases.Text{}
	for key := range v {
		if lang, ok := strings.CutPrefix(key, "w."+name+"."); ok {
			if s := tidy(v.Get(key)); s != "" {
				out[lang] = s
			}
		}
	}
	if s := tidy(v.Get("wt." + name)); s != "" {
		lang := strings.TrimSpace(v.Get("wl." + name))
		if languageTag(lang) == "" {
			return out, "wrong.language"
		}
		out[lang] = s
	}
	if len(out) == 0 {
		return nil, ""
	}
	return out, ""
}

// changed leaves of what was typed only what differs from what the form was made of: what somebody did not touch is
// no change of theirs.
func (t typed) changed(base typed) (map[string]any, map[string]bool) {
	set, private := map[string]any{}, map[string]bool{}
	for name, value := range t.Set {
		if was := base.Set[name]; !equalJSON(was, value) {
			set[name] = value
		}
	}
	for name, p := range t.Private {
		if p != base.Private[name] {
			private[name] = p
		}
	}
	return set, private
}

func equalJSON(a, b any) bool {
	x, errX := json.Marshal(a)
	y, errY := json.Marshal(b)
	return errX == nil && errY == nil && string(x) == string(y)
}

// recordAt returns a record as it was at a revision, by its history.
func recordAt(k desk.Kind, events []desk.Event, rev int) *desk.Record {
	raw, private := map[string]json.RawMessage{}, map[string]bool{}
	for _, e := range events {
		if e.Rev > rev {
			break
		}
		for name, value := range e.Fields {
			if !slices.Contains(e.Rivals, name) {
				raw[name] = value
			}
		}
		maps.Copy(private, e.Private)
	}
	rec := &desk.Record{Kind: k, Rev: rev, Fields: map[string]any{}}
	for _, f := range desk.Fields(k) {
		if v := decoded(f, raw[f.Name]); v != nil {
			rec.Fields[f.Name] = v
		}
		p, decided := private[f.Name]
		if decided && p || !decided && f.Private {
			rec.Private = append(rec.Private, f.Name)
		}
	}
	return rec
}

// decoded is a value of the journal as its field's Go type; nil where there is none.
func decoded(f desk.Field, raw json.RawMessage) any {
	if len(raw) == 0 || string(raw) == "null" {
		return nil
	}
	var err error
	switch f.Type {
	case desk.Number:
		var n int
		err = json.Unmarshal(raw, &n)
		return orNil(n, err)
	case desk.Flag:
		var b bool
		err = json.Unmarshal(raw, &b)
		return orNil(b, err)
	case desk.List, desk.Refs:
		var list []string
		err = json.Unmarshal(raw, &list)
		return orNil(list, err)
	case desk.Words:
		var t map[string]string
		err = json.Unmarshal(raw, &t)
		return orNil(cases.Text(t), err)
	case desk.Data:
		return raw
	}
	var s string
	err = json.Unmarshal(raw, &s)
	return orNil(s, err)
}

func orNil(v any, err error) any {
	if err != nil {
		return nil
	}
	return v
}
