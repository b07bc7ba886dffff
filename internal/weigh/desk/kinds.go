package desk

// Kind is a kind of record.
type Kind string

// Kinds of records.
const (
	Case     Kind = "case"     // a question, and what is claimed, shown and not known about it
	Question Kind = "question" // another question of a case
	Unknown  Kind = "unknown"  // what is not known, and what would settle it
	Withheld Kind = "withheld" // what is left out of what is published
	Actor    Kind = "actor"    // an entity's part in a case
	Fact     Kind = "fact"     // an agreement, deployment, sanction or figure in a case's time line

	Claim     Kind = "claim"
	Utterance Kind = "utterance" // one time that somebody said it
	Evidence  Kind = "evidence"
	Relation  Kind = "relation" // between claims

	Source  Kind = "source"  // a medium
	Item    Kind = "item"    // a published thing
	Lineage Kind = "lineage" // that one item derives from another, or does not
	Theme   Kind = "theme"
	Frame   Kind = "frame"  // a short declarative sentence that items assert, counter or mention
	Stance  Kind = "stance" // of an item to a frame
	Rubric  Kind = "rubric" // what impact scores mean, in one version
	Score   Kind = "score"  // one coder's impact score of an item

	Entity   Kind = "entity" // a person or body, in a public role
	Location Kind = "location"
	Story    Kind = "story"
	Brief    Kind = "brief" // a newsletter's
	Table    Kind = "table" // how another base's table is laid out, which came here with its records

	textKind Kind = "text" // what a case's files said when they were last read or written
)

// Kinds returns all kinds, those that others refer to first.
func Kinds() []Kind {
	return []Kind{Location, Theme, Entity, Source, Case, Unknown, Withheld, Actor, Fact, Rubric, Brief, Story, Frame, Item, Stance, Score, Lineage, Claim, Utterance, Evidence, Question, Relation, Table}
}

// Type is what a field holds.
type Type string

// Types of fields, with the Go type of their values.
const (
	Line   Type = "line"   // string, one line
	Prose  Type = "prose"  // string
	URL    Type = "url"    // string
	Day    Type = "date"   // string: a cases.Date
	Choice Type = "choice" // string, one of Choices
	Ref    Type = "ref"    // string: the id of a record of kind To
	Refs   Type = "refs"   // []string: ids, a set
	List   Type = "list"   // []string, a set
	Number Type = "number" // int
	Flag   Type = "flag"   // bool
	Words  Type = "words"  // cases.Text
	Data   Type = "data"   // json.RawMessage
)

// Field is what a kind's records may say.
type Field struct {
	Name    string
	Type    Type
	To      Kind     // of Ref and Refs
	Choices []string // of Choice; of a Line: suggestions
	Private bool     // unless somebody decides otherwise
	Must    bool     // a record without it is not taken
	Max     int      // code points, 0 for 4,000 of a Line and 1,000,000 of others; of a Number: the most, either side of 0
	Derived bool     // written by the desk itself only
}

// Extra begins the names of fields that are others' columns, kept as they come.
const Extra = "x:"

// Fields returns the fields of a kind in the order of its forms.
func Fields(k Kind) []Field {
	out := ofKind(k)
	if out == nil {
		return nil
	}
	if Belongs(k) == "" && k != textKind && k != Table {
		out = append(out, Field{Name: "published", Type: Flag}) // an editor's decision; readers see no others
	}
	return append(out, Field{Name: "notes", Type: Prose, Private: true})
}

// Belongs returns the field by which records of a kind belong to another, and are seen by readers when that is; ""
// for those that are published by themselves.
func Belongs(k Kind) string {
	switch k {
	case Question, Unknown, Withheld, Actor, Fact:
		return "case"
	case Utterance, Evidence:
		return "claim"
	case Relation, Lineage:
		return "from"
	case Stance, Score:
		return "item"
	}
	return ""
}

func one(name string, t Type) Field          { return Field{Name: name, Type: t} }
func must(name string, t Type) Field         { return Field{Name: name, Type: t, Must: true} }
func private(name string, t Type) Field      { return Field{Name: name, Type: t, Private: true} }
func derived(name string, t Type) Field      { return Field{Name: name, Type: t, Derived: true} }
func ref(name string, to Kind) Field         { return Field{Name: name, Type: Ref, To: to} }
func mustRef(name string, to Kind) Field     { return Field{Name: name, Type: Ref, To: to, Must: true} }
func refs(name string, to Kind) Field        { return Field{Name: name, Type: Refs, To: to} }
func choice(name string, of ...string) Field { return Field{Name: name, Type: Choice, Choices: of} }

func mustChoice(name string, of ...string) Field {
	return Field{Name: name, Type: Choice, Choices: of, Must: true}
}
