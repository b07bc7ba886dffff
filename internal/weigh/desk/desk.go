package desk

import (
	"context"
	"errors"
	"io"
	"time"

	"veedor/internal/weigh/cases"
)

// Options are what the desk does not decide itself.
type Options struct {
	Now  func() time.Time // time.Now when nil
	Rand io.Reader        // of new ids; crypto/rand when nil
}

// Desk is an open desk. It may be used from many goroutines, and many processes may have the same one open.
type Desk struct{}

var errNot = errors.New("not built yet")

// Open opens the desk below the data folder, which need not be there yet.
func Open(ctx context.Context, data string, o Options) (*Desk, error) { return nil, errNot }

// Close closes it.
func (d *Desk) Close() error { return nil }

// NewID makes an id for a new record.
func (d *Desk) NewID() string { return "" }

// Get returns a record.
func (d *Desk) Get(ctx context.Context, v Viewer, k Kind, id string) (*Record, error) {
	return nil, errNot
}

// List returns the records that a query selects.
func (d *Desk) List(ctx context.Context, v Viewer, q Query) ([]Record, error) { return nil, errNot }

// Count returns how many a query selects, without its limit.
func (d *Desk) Count(ctx context.Context, v Viewer, q Query) (int, error) { return 0, errNot }

// Events returns writes after a place in the journal, in order. Researchers and above.
func (d *Desk) Events(ctx context.Context, v Viewer, after int64, limit int) ([]Event, error) {
	return nil, errNot
}

// History returns the writes of one record, oldest first. Researchers and above.
func (d *Desk) History(ctx context.Context, v Viewer, k Kind, id string) ([]Event, error) {
	return nil, errNot
}

// Write makes changes, all or none of them.
func (d *Desk) Write(ctx context.Context, who Viewer, why string, changes ...Change) ([]Written, error) {
	return nil, errNot
}

// Conflicts returns what is open (or all) of a record, or of all when id is "".
func (d *Desk) Conflicts(ctx context.Context, v Viewer, k Kind, id string, all bool) ([]Conflict, error) {
	return nil, errNot
}

// Resolve settles a conflict with a value: one of the two, or a third.
func (d *Desk) Resolve(ctx context.Context, who Viewer, conflict string, value any, why string) error {
	return errNot
}

// ClaimView returns a claim with all that bears on it.
func (d *Desk) ClaimView(ctx context.Context, v Viewer, id string) (*ClaimView, error) {
	return nil, errNot
}

// StatusChanges returns changes of how claims stand at or after a moment, latest first, at most limit.
func (d *Desk) StatusChanges(ctx context.Context, v Viewer, since time.Time, limit int) ([]StatusChange, error) {
	return nil, errNot
}

// Reweigh asks again all that claims rest on, and derives how they stand. claims "" are all.
func (d *Desk) Reweigh(ctx context.Context, a Answerers, progress func(done, total int), claims ...string) (Reweighed, error) {
	return Reweighed{}, errNot
}

// Checklist returns what claims of a case lack to be published.
func (d *Desk) Checklist(ctx context.Context, caseID string) ([]Lack, error) { return nil, errNot }

// Publish shows records to readers, or no longer. Of a case, all that belongs to it. Editors and above.
func (d *Desk) Publish(ctx context.Context, who Viewer, why string, public bool, k Kind, id string) error {
	return errNot
}

// LoadCase takes a case as text; what was changed on the desk since it was last loaded or saved is not overwritten.
func (d *Desk) LoadCase(ctx context.Context, who Viewer, why string, k *cases.Case) ([]Written, error) {
	return nil, errNot
}

// SaveCase returns a case as text would say it.
func (d *Desk) SaveCase(ctx context.Context, v Viewer, id string) (*cases.Case, error) {
	return nil, errNot
}

// Export writes all records, conflicts and changes of status as JSON lines, the same for the same journal.
func (d *Desk) Export(ctx context.Context, w io.Writer) error { return errNot }

// Rebuild makes what is derived anew from the journal.
func (d *Desk) Rebuild(ctx context.Context, progress func(done, total int64)) error { return errNot }

// Backup writes a copy into a folder while others write: DIR/desk/journal.jsonl and DIR/desk/desk.sqlite.
func (d *Desk) Backup(ctx context.Context, dir string) error { return errNot }

// Problem is something that fsck found.
type Problem struct{ Where, What string }

// Fsck checks the journal and that what is derived says the same.
func (d *Desk) Fsck(ctx context.Context) ([]Problem, error) { return nil, errNot }
