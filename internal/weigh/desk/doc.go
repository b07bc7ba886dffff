// Package desk keeps what people write: items, claims, evidence, frames, scores, stories, cases. The journal
// DATA/desk/journal.jsonl is the truth, one event a write; DATA/desk/desk.sqlite is derived from it and can be made
// anew (Rebuild). docs/format/desk.md describes both.
//
// # Records
//
// Everything is a Record: a kind, an id, a revision and fields. What fields a kind has, of which type, and whether
// they are shared or private unless somebody decides otherwise, is data (Fields). A field that is not listed is an
// error, unless its name begins with "x:": those are others' columns, kept as they come and private.
//
// Values have one Go type for each type of field: string (Line, Prose, URL, Day, Choice, Ref), int (Number), bool
// (Flag), []string (List, Refs), cases.Text (Words), json.RawMessage (Data). Record.Str, Int, Bool, Strings, Words
// read them. What refers to what goes by Ref and Refs: an utterance, a piece of evidence and a relation name their
// claim, an actor and a fact their case.
//
// # Reading
//
// Every call takes a Viewer. Readers (Public) see records an editor published and what belongs to those, and of
// them only shared fields; researchers, editors and administrators see all.
//
//	claims, err := d.List(ctx, desk.Public(), desk.Query{Kind: desk.Claim, Where: map[string]string{"case": "borduna"}})
//	view, err := d.ClaimView(ctx, desk.Public(), "borduna.restricted") // with utterances, evidence, relations, how it stands
//	events, err := d.Events(ctx, who, 0, 1000)                             // all writes in order, to follow (a search index)
//
// # Writing
//
// A write names the revision it was made on. Fields nobody else changed since are set; lists that both changed are
// merged; a field that somebody else changed meanwhile keeps its value, and the other is kept beside it as a
// Conflict until a person resolves it.
//
//	done, err := d.Write(ctx, who, "found while reading", desk.Change{Kind: desk.Item, ID: id, On: rev,
//		Set: map[string]any{"title": "…", "themes": []string{"censorship"}}})
//
// On is 0 for a new record, whose id NewID makes, or Latest when nothing was read before. All changes of one call
// are kept, or none. Errors wrap ErrInvalid, ErrNotFound or ErrForbidden.
//
// # How claims stand
//
// Status is never written. It follows from evidence by cases.Weigh, is derived again with every write that bears on
// it, and by Reweigh, which asks the measurements, the registry and the captures (Answerers, handed in by cli).
// Each change is an event with its date, its cause and its reasons: StatusChanges.
//
// # Cases
//
// LoadCase takes a case's text (cases.Read) onto the desk, SaveCase and CaseText give it back; a case's own records
// are called CASE.NAME there. Checklist says what claims lack, Publish shows a case, or one record, to readers.
package desk
