package desk

import (
	"encoding/json"
	"errors"
	"time"

	"veedor/internal/weigh/cases"
)

var (
	// ErrNotFound says that there is no such record, or none that the viewer may see.
	ErrNotFound = errors.New("not on the desk")
	// ErrInvalid says that a write asks for what the desk does not take; what and why follow.
	ErrInvalid = errors.New("not taken")
	// ErrForbidden says that the viewer's role does not allow it.
	ErrForbidden = errors.New("not allowed")
	// ErrBroken says that the journal and what is derived from it do not belong together.
	ErrBroken = errors.New("the desk is broken")
)

// Role is what a person may do.
type Role string

// Roles, each with all that the one before may do.
const (
	Reader        Role = "reader"        // sees what is published and shared
	Researcher    Role = "researcher"    // sees all, writes
	Editor        Role = "editor"        // publishes, decides what is shared
	Administrator Role = "administrator" // accounts, backups
)

// rank orders roles; an unknown one is a reader's.
func (r Role) rank() int {
	switch r {
	case Researcher:
		return 1
	case Editor:
		return 2
	case Administrator:
		return 3
	}
	return 0
}

// Viewer is who reads or writes.
type Viewer struct {
	Name string // of the account; "" for a reader without one
	Role Role
}

// may says whether the viewer has a role or one above it.
func (v Viewer) may(r Role) bool { return v.Role.rank() >= r.rank() }

// Public returns the viewer that anybody is.
func Public() Viewer { return Viewer{Role: Reader} }

// Latest, as the revision a change was made on, says that none was read: it is made on whatever there is.
const Latest = -1

// Record is one thing on the desk.
type Record struct {
	Kind    Kind           `json:"kind"`
	ID      string         `json:"id"`
	Rev     int            `json:"rev"` // from 1; one more with each event
	Fields  map[string]any `json:"fields"`
	Private []string       `json:"private,omitempty"` // names of those fields that readers do not see, sorted
	Removed bool           `json:"removed,omitempty"` // taken off the desk; its history stays

	Created   time.Time `json:"created"`
	CreatedBy string    `json:"created_by"`
	Updated   time.Time `json:"updated"`
	UpdatedBy string    `json:"updated_by"`
}

// Str returns a field that is one string; "" where there is none.
func (r *Record) Str(field string) string { s, _ := r.Fields[field].(string); return s }

// Int returns a number, and whether there is one.
func (r *Record) Int(field string) (int, bool) { n, ok := r.Fields[field].(int); return n, ok }

// Bool returns a flag; false where there is none.
func (r *Record) Bool(field string) bool { b, _ := r.Fields[field].(bool); return b }

// Strings returns a list, or the names a field refers to.
func (r *Record) Strings(field string) []string {
	switch v := r.Fields[field].(type) {
	case []string:
		return v
	case string:
		return []string{v}
	}
	return nil
}

// Words returns words by language.
func (r *Record) Words(field string) cases.Text { t, _ := r.Fields[field].(cases.Text); return t }

// Data reads a field of type Data into a value; false where there is none.
func (r *Record) Data(field string, into any) bool {
	raw, ok := r.Fields[field].(json.RawMessage)
	return ok && json.Unmarshal(raw, into) == nil
}

// Date returns a date; "" where there is none.
func (r *Record) Date(field string) cases.Date { return cases.Date(r.Str(field)) }

// Change is what somebody wants of one record.
type Change struct {
	Kind Kind
	ID   string
	On   int            // revision it was made on: 0 a new record, Latest whatever there is
	Set  map[string]any // nil takes a field away
	// Share says of fields whether they are private (true) or shared (false), against what their kind says.
	Private map[string]bool
	Remove  bool // take the record off the desk; Restore puts it back
	Restore bool
	// Resolve names conflicts that this change settles.
	Resolve []string
}

// Written is what became of a change.
type Written struct {
	Kind      Kind
	ID        string
	Rev       int        // of the record now; unchanged when there was nothing to change
	Conflicts []Conflict // fields that somebody else had changed; they keep their values
	Merged    []string   // lists that both had changed
}

// Event is one write, as it stands in the journal.
type Event struct {
	N    int64     `json:"-"` // its place in the journal, from 1
	At   time.Time `json:"at"`
	By   string    `json:"by"`
	What What      `json:"what"`
	Kind Kind      `json:"kind"`
	ID   string    `json:"id"`
	On   int       `json:"on"`  // revision of the record it was made on
	Rev  int       `json:"rev"` // revision of the record it made

	Fields  map[string]json.RawMessage `json:"fields,omitempty"`  // null: taken away
	Private map[string]bool            `json:"private,omitempty"` // fields that were made private or shared
	Rivals  []string                   `json:"rivals,omitempty"`  // of Fields, those that did not take effect: conflicts
	Merged  []string                   `json:"merged,omitempty"`  // of Fields, lists that hold both people's changes
	Resolve []string                   `json:"resolve,omitempty"` // conflicts it settled
	Why     string                     `json:"why,omitempty"`
	Hash    string                     `json:"-"` // hex SHA-256 of its line, which is its leaf in the log
}

// What says what kind of write an event is.
type What string

// Writes.
const (
	Set     What = "set"
	Remove  What = "remove"
	Restore What = "restore"
	Result  What = "result" // what the measurements, the registry or the captures answered
	Moved   What = "status" // how a claim stands became another
)

// Conflict is a field that two people changed at once. The first one's value stands until somebody resolves it.
type Conflict struct {
	ID       string    `json:"id"`
	Kind     Kind      `json:"kind"`
	Record   string    `json:"record"`
	Field    string    `json:"field"` // "removed": one took it off the desk while another changed it
	Standing any       `json:"standing"`
	By       string    `json:"by"` // who wrote what stands, and when
	At       time.Time `json:"at"`
	Rival    any       `json:"rival"`
	RivalBy  string    `json:"rival_by"`
	RivalAt  time.Time `json:"rival_at"`
	On       int       `json:"on"` // revision that the rival was made on
	Why      string    `json:"why,omitempty"`
	Resolved string    `json:"resolved,omitempty"` // by whom; "" while it is open
}

// Query selects records. Of Where, every condition holds.
type Query struct {
	Kind Kind
	// Where asks for values of fields: of those of type Ref, Refs, Choice, Flag ("true"), List and URL.
	Where   map[string]string
	Removed bool   // also those taken off the desk
	After   string // id: those that come after it in order
	Newest  bool   // latest changed first; else by id
	Limit   int    // 0: all
}
