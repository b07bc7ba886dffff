package registry

import (
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

// end writes down that the import of a state ended, unless that was written.
func (j *stateJournal) end(s State, items int, at time.Time) error {
	_, err := j.kept.Append(func(known []StateEntry) ([]StateEntry, error) {
		if slices.ContainsFunc(known, func(e StateEntry) bool { return e.What == Ended && e.State == s.ID }) {
			return nil, nil
		}
		return []StateEntry{{At: at.UTC().Truncate(time.Second), What: Ended, State: s.ID, Dated: s.Dated, Status: s.Status, Items: items, Account: &s.Account}}, nil
	})
	if err != nil {
		return fmt.Errorf("write down the end of the import: %w", err)
	}
	return nil
}

// with returns a description to which another adds what it says.
func (d Dataset) with(o Dataset) Dataset {
	return Dataset{cmp.Or(o.Name, d.Name), cmp.Or(o.Title, d.Title), cmp.Or(o.Publisher, d.Publisher), cmp.Or(o.URL, d.URL), cmp.Or(o.Licence, d.Licence)}
}

// follow brings the tables up to date with the journal. It stops with ErrBehind before the end of an import whose items
// are not in the tables.
func (r *Registry) follow(ctx context.Context) error {
	entries, err := r.states.entries()
	if err != nil {
		return err
	}
	if n, err := followed(ctx, r.db, entries); err != nil || n == len(entries) {
		return err
	}
	tx, err := r.db.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("follow the journal of states: %w", err)
	}
	defer func() { _ = tx.Rollback() }() // nothing to undo once it is committed
	n, err := followed(ctx, tx, entries)
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

// queryer is a database, or a transaction on it.
type queryer interface {
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// followed returns how many lines of the journal are in the tables.
func followed(ctx context.Context, q queryer, entries []StateEntry) (int, error) {
	var n int
	var last string
	err := q.QueryRowContext(ctx, `SELECT lines, last FROM applied`).Scan(&n, &last)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return 0, nil
	case err != nil:
		return 0, fmt.Errorf("follow the journal of states: %w", err)
	case n <= len(entries) && n > 0 && entries[n-1].Hash != last:
		return 0, fmt.Errorf("registry/states.jsonl is not the journal that registry.sqlite was made of; put it back from a backup, or make the tables anew: veedor registry rebuild")
	}
	return n, nil
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
		if err := tx.QueryRowContext(ctx, `SELECT cursor FROM state WHERE id = ?`, e.State).Scan(&cursor); err != nil {
			return err
		}
		if cursor < e.Items {
			return fmt.Errorf("state %d: %w", e.State, ErrBehind)
		}
		account, err := json.Marshal(e.Account)
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `UPDATE state SET status = ?, account = ? WHERE id = ?`, e.Status, account, e.State); err != nil {
			return err
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

// date puts down the day of a state. What its dataset says that entities are may be another then.
func (r *Registry) date(ctx context.Context, tx *sql.Tx, state int64, dated string) error {
	if dated == "" {
		return nil
	}
	line, err := courseOf(ctx, tx, state)
	if err != nil {
		return err
	}
	before := slices.Clone(line)
	for i := range line {
		if line[i].ID == state {
			line[i].Dated = dated
		}
	}
	slices.SortFunc(line, byDate)
	if _, err := tx.ExecContext(ctx, `UPDATE state SET dated = ? WHERE id = ?`, dated, state); err != nil {
		return err
	}
	if slices.EqualFunc(before, line, func(a, b State) bool { return a.ID == b.ID }) {
		return nil
	}
	return r.settle(ctx, tx, line)
}

// courseOf returns the states of the dataset of a state, as a transaction sees them.
func courseOf(ctx context.Context, tx *sql.Tx, state int64) (timeline, error) {
	all, err := states(ctx, tx, "")
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(all, func(s State) bool { return s.ID == state })
	if i < 0 {
		return nil, fmt.Errorf("state %d: %w", state, ErrNotFound)
	}
	dataset := all[i].dataset
	return slices.DeleteFunc(all, func(s State) bool { return s.dataset != dataset }), nil
}

// settle writes down which schema each entity of a dataset has when its states come in a certain order.
func (r *Registry) settle(ctx context.Context, tx *sql.Tx, t timeline) error {
	for last := int64(-1); ; {
		rows, err := tx.QueryContext(ctx, `SELECT first, id, dataset, schema, eid, statements FROM entity INDEXED BY entity_first WHERE dataset = ? AND first > ? ORDER BY first LIMIT ?`, t[0].dataset, last, step)
		if err != nil {
			return err
		}
		n, changed := 0, map[int64]string{}
		for ; rows.Next(); n++ {
			rec, err := r.scan(ctx, rows, &last)
			if err != nil {
				return errors.Join(err, rows.Close())
			}
			if s := rec.schemaIn(r, t); s != rec.schema {
				changed[rec.row] = s
			}
		}
		if err := rows.Err(); err != nil {
			return err
		}
		for row, schema := range changed {
			word, err := r.words.number(ctx, tx, schema)
			if err != nil {
				return err
			}
			if _, err := tx.ExecContext(ctx, `UPDATE entity SET schema = ? WHERE id = ?`, word, row); err != nil {
				return err
			}
			if _, err := tx.ExecContext(ctx, `UPDATE indexed SET segment = 0, v = v + 1 WHERE entity = ?`, row); err != nil {
				return err
			}
		}
		if n < step {
			return nil
		}
	}
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
