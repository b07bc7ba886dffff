package registry

import (
	"bytes"
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"time"

	"veedor/internal/evidence/journal"
)

// What a line of the journal of states says.
const (
	Begun     = "begun"     // a state came to us, and its import began
	Ended     = "ended"     // its import ended
	Described = "described" // more became known of a dataset: its title, its publisher
	Redated   = "redated"   // it was of another day than was said
)

// StateEntry is one line of the journal of states. With the files it names and the journal of decisions, it is all the
// registry is made of: the tables can be made anew from them.
type StateEntry struct {
	At           time.Time `json:"at"`
	What         string    `json:"what"`
	State        int64     `json:"state,omitempty"`
	Dataset      *Dataset  `json:"dataset,omitempty"` // of one that begins, or is described
	Dated        string    `json:"dated,omitempty"`   // the day it was so, as far as that was said
	Was          string    `json:"was,omitempty"`     // the day it was said to be before
	Format       string    `json:"format,omitempty"`
	Files        []File    `json:"files,omitempty"`
	Status       string    `json:"status,omitempty"` // of one that ended
	Items        int       `json:"items,omitempty"`  // that were read from the files
	Account      *Account  `json:"account,omitempty"`
	By           string    `json:"by,omitempty"`
	Why          string    `json:"why,omitempty"`
	journal.Link           // to the line before
}

// ErrBehind says that the tables lack what the journal says was imported.
var ErrBehind = errors.New("registry.sqlite lacks what registry/states.jsonl says; make it anew: veedor registry rebuild")

// Journals lists the files that the registry keeps what it cannot make anew in, below DATA/registry.
func Journals() []string { return []string{"states.jsonl", "decisions.jsonl", "watches.jsonl"} }

// ReadJournal returns the hashes of the lines of a journal, each of which is a leaf of the log; journal.ErrBroken where its
// chain does not hold.
func ReadJournal(data, name string) ([]string, error) {
	type line struct{ journal.Link }
	lines, err := journal.Open(filepath.Join(data, "registry", name), func(l *line) *journal.Link { return &l.Link }).Entries()
	if err != nil {
		return nil, fmt.Errorf("read registry/%s: %w", name, err)
	}
	out := make([]string, len(lines))
	for i := range lines {
		out[i] = lines[i].Hash
	}
	return out, nil
}

type stateJournal struct{ kept *journal.Journal[StateEntry] }

func openStates(home string) *stateJournal {
	return &stateJournal{journal.Open(filepath.Join(home, "states.jsonl"), func(e *StateEntry) *journal.Link { return &e.Link })}
}

// entries returns the whole journal, oldest first.
func (j *stateJournal) entries() ([]StateEntry, error) {
	out, err := j.kept.Entries()
	if err != nil {
		return nil, fmt.Errorf("read states: %w", err)
	}
	return out, nil
}

// StateEntries returns the whole journal of states, oldest first.
func (r *Registry) StateEntries() ([]StateEntry, error) { return r.states.entries() }

// begin writes down that a state came to us, unless it did before, and what is new of its dataset.
func (j *stateJournal) begin(n NewState, at time.Time) error {
	at = at.UTC().Truncate(time.Second)
	_, err := j.kept.Append(func(known []StateEntry) ([]StateEntry, error) {
		key, next, d := stateKey(n.Format, n.Files), int64(1), n.Dataset
		have, came := Dataset{}, false
		for _, e := range known {
			next = max(next, e.State+1)
			if e.Dataset != nil && e.Dataset.Name == d.Name {
				have = have.with(*e.Dataset)
				came = came || e.What == Begun && stateKey(e.Format, e.Files) == key
			}
		}
		switch {
		case !came:
			return []StateEntry{{At: at, What: Begun, State: next, Dataset: &d, Dated: n.Dated, Format: n.Format, Files: n.Files}}, nil
		case have.with(d) != have:
			return []StateEntry{{At: at, What: Described, Dataset: &d}}, nil
		}
		return nil, nil
	})
	if err != nil {
		return fmt.Errorf("write down the state: %w", err)
	}
	return nil
}

// end writes down that the import of a state ended, and how, unless that was written.
func (j *stateJournal) end(s State, items int, at time.Time) error {
	_, err := j.kept.Append(func(known []StateEntry) ([]StateEntry, error) {
		fresh := StateEntry{At: at.UTC().Truncate(time.Second), What: Ended, State: s.ID, Dated: s.Dated, Status: s.Status, Items: items, Account: &s.Account}
		for _, e := range slices.Backward(known) {
			if e.What != Ended || e.State != s.ID {
				continue
			}
			if e.ends(fresh) {
				return nil, nil
			}
			break
		}
		return []StateEntry{fresh}, nil
	})
	if err != nil {
		return fmt.Errorf("write down the end of the import: %w", err)
	}
	return nil
}

// ends says whether an import ended as another line says.
func (e StateEntry) ends(o StateEntry) bool {
	a, errA := json.Marshal(e.Account)
	b, errB := json.Marshal(o.Account)
	return errors.Join(errA, errB) == nil && bytes.Equal(a, b) && e.Status == o.Status && e.Items == o.Items
}

// with returns a description to which another adds what it says.
func (d Dataset) with(o Dataset) Dataset {
	return Dataset{cmp.Or(o.Name, d.Name), cmp.Or(o.Title, d.Title), cmp.Or(o.Publisher, d.Publisher), cmp.Or(o.URL, d.URL), cmp.Or(o.Licence, d.Licence)}
}

// follow brings the tables up to date with the journal. It stops with ErrBehind before the end of an import whose items
// are not in the tables.
func (r *Registry) follow(ctx context.Context) error {
	n, entries, err := r.followed(ctx)
	if err != nil || n == len(entries) {
		return err
	}
	tx, err := r.db.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("follow the journal of states: %w", err)
	}
	defer func() { _ = tx.Rollback() }() // nothing to undo once it is committed
	n, _, err = applied(ctx, tx)         // another process may have come first
	var behind error
	for ; err == nil && behind == nil && n < len(entries); n++ {
		if err = r.apply(ctx, tx, &entries[n]); errors.Is(err, ErrBehind) {
			err, behind = nil, err
			continue
		}
		if err == nil {
			_, err = tx.ExecContext(ctx, `INSERT INTO applied (one, lines, last) VALUES (1, ?1, ?2) ON CONFLICT DO UPDATE SET lines = ?1, last = ?2`, n+1, entries[n].Hash)
		}
	}
	if err == nil {
		err = tx.Commit()
	}
	if err != nil {
		return fmt.Errorf("follow the journal of states at line %d: %w", n, err)
	}
	return behind
}

// followed returns how many lines of the journal are in the tables, and the journal.
func (r *Registry) followed(ctx context.Context) (int, []StateEntry, error) {
	n, last, err := applied(ctx, r.db)
	if err != nil {
		return 0, nil, fmt.Errorf("follow the journal of states: %w", err)
	}
	entries, err := r.states.entries()
	if err == nil && (n > len(entries) || n > 0 && entries[n-1].Hash != last) {
		err = fmt.Errorf("registry/states.jsonl is not the journal that registry.sqlite was made of; put it back from a backup, or make the tables anew: veedor registry rebuild")
	}
	return n, entries, err
}

// applied returns how many lines of the journal are in the tables, and the hash of the last of them.
func applied(ctx context.Context, q interface {
	QueryRowContext(context.Context, string, ...any) *sql.Row
}) (n int, last string, err error) {
	err = q.QueryRowContext(ctx, `SELECT lines, last FROM applied`).Scan(&n, &last)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, "", nil
	}
	return n, last, err
}

// apply puts one line of the journal into the tables.
func (r *Registry) apply(ctx context.Context, tx *sql.Tx, e *StateEntry) error {
	switch e.What {
	case Begun:
		if err := describe(ctx, tx, *e.Dataset); err != nil {
			return err
		}
		files, err := json.Marshal(e.Files)
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `INSERT INTO state (id, entry, dataset, n, key, dated, learnt, format, files, status, cursor, account)
			SELECT ?, ?, id, 1 + (SELECT count(*) FROM state WHERE dataset = d.id), ?, ?, ?, ?, ?, ?, 0, '{}' FROM dataset d WHERE name = ?`,
			e.State, e.Hash, stateKey(e.Format, e.Files), e.Dated, e.At.UTC().Format(time.RFC3339), e.Format, files, Reading, e.Dataset.Name)
		return err
	case Described:
		return describe(ctx, tx, *e.Dataset)
	case Ended:
		var cursor int
		var status string
		if err := tx.QueryRowContext(ctx, `SELECT cursor, status FROM state WHERE id = ?`, e.State).Scan(&cursor, &status); err != nil {
			return err
		}
		if cursor < e.Items {
			return fmt.Errorf("state %d: %w", e.State, ErrBehind)
		}
		account, err := json.Marshal(e.Account)
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `UPDATE state SET status = ?, account = ? WHERE id = ?`, e.Status, account, e.State); err != nil || status != Reading {
			return err // its day stays when it is only read again
		}
		return r.date(ctx, tx, e.State, e.Dated)
	case Redated:
		return r.date(ctx, tx, e.State, e.Dated)
	}
	return fmt.Errorf("%q is nothing that a line says; a newer veedor may have written it", e.What)
}

func describe(ctx context.Context, tx *sql.Tx, d Dataset) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO dataset (name, title, publisher, url, licence) VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (name) DO UPDATE SET
		title = iif(?2 = '', title, ?2), publisher = iif(?3 = '', publisher, ?3), url = iif(?4 = '', url, ?4), licence = iif(?5 = '', licence, ?5)`,
		d.Name, d.Title, d.Publisher, d.URL, d.Licence)
	return err
}

// recall writes the journal of states anew from tables of an earlier version, which had none.
func (r *Registry) recall(ctx context.Context) error {
	_, err := r.states.kept.Append(func(known []StateEntry) ([]StateEntry, error) {
		if len(known) > 0 {
			return nil, nil
		}
		rows, err := r.db.QueryContext(ctx, `SELECT s.id, d.name, d.title, d.publisher, d.url, d.licence, s.dated, s.learnt, s.format, s.files, s.status, s.account, s.cursor
			FROM state s JOIN dataset d ON d.id = s.dataset ORDER BY s.id`)
		if err != nil {
			return nil, err
		}
		defer rows.Close()
		var out []StateEntry
		for rows.Next() {
			d, begun, ended := &Dataset{}, StateEntry{What: Begun}, StateEntry{What: Ended, Account: &Account{}}
			var learnt, files, account string
			if err := rows.Scan(&begun.State, &d.Name, &d.Title, &d.Publisher, &d.URL, &d.Licence, &begun.Dated, &learnt, &begun.Format, &files, &ended.Status, &account, &ended.Items); err != nil {
				return nil, err
			}
			at, err := time.Parse(time.RFC3339, learnt)
			if err = errors.Join(err, json.Unmarshal([]byte(files), &begun.Files), json.Unmarshal([]byte(account), ended.Account)); err != nil {
				return nil, fmt.Errorf("state %d: %w", begun.State, err)
			}
			begun.At, begun.Dataset, ended.At, ended.State, ended.Dated = at, d, at, begun.State, begun.Dated
			if out = append(out, begun); ended.Status != Reading {
				out = append(out, ended)
			}
		}
		return out, rows.Err()
	})
	if err != nil {
		return fmt.Errorf("write the journal of states: %w", err)
	}
	return nil
}
