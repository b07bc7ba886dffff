package desk

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"veedor/internal/evidence/journal"
)

// Export writes all records, conflicts and changes of status as JSON lines, whole and private: the same journal gives
// the same bytes.
func (d *Desk) Export(ctx context.Context, w io.Writer) error {
	out := bufio.NewWriter(w)
	e := json.NewEncoder(out)
	for _, k := range Kinds() {
		var failed error
		err := d.each(ctx, whole(), Query{Kind: k, Removed: true}, func(r *Record) bool {
			failed = e.Encode(r)
			return failed == nil
		})
		if err = errors.Join(err, failed); err != nil {
			return err
		}
	}
	all, err := d.Conflicts(ctx, whole(), "", "", true)
	if err != nil {
		return err
	}
	for i := range all {
		if err := e.Encode(map[string]any{"conflict": all[i]}); err != nil {
			return err
		}
	}
	moved, err := d.changes(ctx, whole(), `true ORDER BY n`)
	if err != nil {
		return err
	}
	for i := range moved {
		if err := e.Encode(map[string]any{"moved": moved[i]}); err != nil {
			return err
		}
	}
	return out.Flush()
}

// Backup writes a copy into a folder that does not hold one yet, while others write: desk/journal.jsonl and
// desk/desk.sqlite below it, which Open opens as they are.
func (d *Desk) Backup(ctx context.Context, dir string) error {
	to := filepath.Join(dir, "desk")
	if _, err := os.Stat(to); !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("back up desk: %s is there already; name another folder", to)
	}
	if err := os.MkdirAll(to, 0o700); err != nil {
		return fmt.Errorf("back up desk: %w", err)
	}
	// First what is derived: the journal then holds at least that, and the rest is taken in when the copy is opened.
	if _, err := d.db.ExecContext(ctx, `VACUUM INTO ?`, filepath.Join(to, "desk.sqlite")); err != nil {
		return fmt.Errorf("back up desk: %w", err)
	}
	f, err := os.OpenFile(filepath.Join(to, "journal.jsonl"), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("back up desk: %w", err)
	}
	if _, err := d.journal.Copy(f); err != nil {
		return errors.Join(fmt.Errorf("back up desk: %w", err), f.Close())
	}
	if err := errors.Join(f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("back up desk: %w", err)
	}
	return nil
}

// Hashes calls f with the hash of each line of the journal, in order: its leaves in the log.
func (d *Desk) Hashes(ctx context.Context, f func(hash string) error) error {
	_, err := d.journal.After(journal.Mark{}, func(e entry, at journal.Mark) error { return errors.Join(ctx.Err(), f(at.Last)) })
	return err
}

// Problem is something that fsck found.
type Problem struct{ Where, What string }

// Fsck checks the chain of the journal, derives everything anew beside what is there, and says where they differ.
func (d *Desk) Fsck(ctx context.Context) ([]Problem, error) {
	var out []Problem
	lines := int64(0)
	_, err := d.journal.After(journal.Mark{}, func(e entry, at journal.Mark) error {
		lines = at.Lines
		if Fields(e.Kind) == nil || !goodID.MatchString(e.ID) {
			out = append(out, Problem{"desk/journal.jsonl", fmt.Sprintf("line %d is about %q %q, which the desk cannot hold", at.Lines, e.Kind, e.ID)})
		}
		return ctx.Err()
	})
	if errors.Is(err, journal.ErrBroken) {
		return append(out, Problem{"desk/journal.jsonl", fmt.Sprintf("the chain breaks after line %d: that line or the next was changed; put the journal back from a backup (%v)", lines, err)}), nil
	}
	if err != nil || lines == 0 {
		return out, err
	}
	if err := d.fresh(ctx); err != nil {
		return append(out, Problem{"desk/desk.sqlite", err.Error()}), nil
	}
	differ, err := d.differs(ctx)
	if err != nil {
		return out, err
	}
	if differ {
		out = append(out, Problem{"desk/desk.sqlite", "says something else than the journal; run: veedor desk rebuild"})
	}
	return out, nil
}

// differs derives everything anew in a temporary folder and compares the exports of the same place in the journal.
func (d *Desk) differs(ctx context.Context) (bool, error) {
	tmp, err := os.MkdirTemp("", "desk-fsck-")
	if err != nil {
		return false, err
	}
	defer func() { _ = os.RemoveAll(tmp) }()
	if err := d.Backup(ctx, tmp); err != nil {
		return false, err
	}
	copied, err := Open(ctx, tmp, Options{Now: func() time.Time { return time.Time{} }})
	if err != nil {
		return false, err
	}
	defer copied.Close()
	before, err := digest(ctx, copied)
	if err != nil {
		return false, err
	}
	if err := copied.Rebuild(ctx, nil); err != nil {
		return false, err
	}
	after, err := digest(ctx, copied)
	return before != after, err
}

func digest(ctx context.Context, d *Desk) (string, error) {
	sum := sha256.New()
	if err := d.Export(ctx, sum); err != nil {
		return "", err
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}
