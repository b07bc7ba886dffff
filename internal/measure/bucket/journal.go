package bucket

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"veedor/internal/evidence/journal"
)

// Entry is one line of the journal: a file that was taken in, whole.
type Entry struct {
	At       time.Time `json:"at"`
	Key      string    `json:"key"`
	ETag     string    `json:"etag"`
	Size     int64     `json:"size"`
	MD5      string    `json:"md5,omitempty"` // of the bytes fetched
	Proven   bool      `json:"proven"`        // the ETag is that MD5
	From     string    `json:"from"`          // the store
	Read     int64     `json:"read"`          // records, kept + rejected
	Kept     int64     `json:"kept"`
	Rejected int64     `json:"rejected"`
	Already  int64     `json:"already"` // of those kept
	journal.Link
}

// Journal remembers which files were taken in.
type Journal struct {
	kept *journal.Journal[Entry]
}

// ErrBroken says that the journal is not the chain of lines it must be.
var ErrBroken = journal.ErrBroken

// Dir is the folder of a sync below the data folder.
func Dir(data string) string { return filepath.Join(data, "sync") }

// Copies is where files lie while they are fetched.
func Copies(data string) string { return filepath.Join(Dir(data), "tmp") }

// OpenJournal opens DATA/sync/ooni.jsonl, which need not be there yet.
func OpenJournal(data string) (*Journal, error) {
	j := &Journal{journal.Open(filepath.Join(Dir(data), "ooni.jsonl"), func(e *Entry) *journal.Link { return &e.Link })}
	_, err := j.kept.Entries()
	return j, err
}

// Entries returns the journal, oldest first.
func (j *Journal) Entries() ([]Entry, error) { return j.kept.Entries() }

// Add appends what was taken in. It is on disk when Add returns.
func (j *Journal) Add(fresh []Entry) error {
	_, err := j.kept.Append(func([]Entry) ([]Entry, error) { return fresh, nil })
	return err
}

// Taken returns a function that says of an object, as it is now, whether it was taken in.
func (j *Journal) Taken() (func(Object) bool, error) {
	entries, err := j.kept.Entries()
	if err != nil {
		return nil, err
	}
	known := make(map[string]Object, len(entries)) // the last by key: it may have changed back
	for _, e := range entries {
		known[e.Key] = Object{e.Key, e.ETag, e.Size}
	}
	return func(o Object) bool { return o.ETag != "" && known[o.Key] == o }, nil
}

// Tidy does away with copies that were taken in before they could be: it removes them, or moves them below keep. It
// removes those too that nobody went on with for a month.
func (j *Journal) Tidy(data, keep string, now time.Time) error {
	files, err := os.ReadDir(Copies(data))
	if errors.Is(err, fs.ErrNotExist) || err == nil && len(files) == 0 {
		return nil
	}
	if err != nil {
		return fmt.Errorf("tidy copies: %w", err)
	}
	entries, err := j.kept.Entries()
	if err != nil {
		return err
	}
	taken := map[string]string{}
	for _, e := range entries {
		taken[copyName(e.Object())] = e.Key
	}
	for _, f := range files {
		path := filepath.Join(Copies(data), f.Name())
		if key := taken[f.Name()]; key != "" {
			if err := done(path, key, keep); err != nil {
				return err
			}
		} else if st, err := f.Info(); err == nil && now.Sub(st.ModTime()) > abandoned {
			if err := done(path, f.Name(), ""); err != nil {
				return err
			}
		}
	}
	return nil
}

// abandoned is how long a copy that was begun waits for somebody to go on.
const abandoned = 30 * 24 * time.Hour

// Object returns the object that was taken in.
func (e *Entry) Object() Object { return Object{e.Key, e.ETag, e.Size} }

// Lock makes sure that only one sync is at work on a data folder; the lock ends with the process.
func Lock(data string) (unlock func() error, err error) {
	if err := os.MkdirAll(Dir(data), 0o755); err != nil {
		return nil, fmt.Errorf("lock %s: %w", Dir(data), err)
	}
	f, err := os.OpenFile(filepath.Join(Dir(data), "lock"), os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, fmt.Errorf("lock %s: %w", Dir(data), err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return nil, errors.Join(errors.New("another sync is at work on this data folder; wait until it has ended"), f.Close())
	}
	return f.Close, nil
}
