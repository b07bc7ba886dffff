package registry

import (
	"cmp"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"time"
)

// Dataset is one list or table of one publisher.
type Dataset struct {
	Name      string `json:"name"` // a slug: ofac-sdn
	Title     string `json:"title,omitempty"`
	Publisher string `json:"publisher,omitempty"`
	URL       string `json:"url,omitempty"`
	Licence   string `json:"licence,omitempty"`
}

// File is one of the files a state was read from, as it lies in the archive.
type File struct {
	Name string `json:"name"`
	Hash string `json:"hash"` // SHA-256 of its bytes, in hex
	Size int64  `json:"size"`

	// Role says which part of its list a file holds, where a list comes in several (OFAC's names, aliases, addresses). A
	// state without it says nothing of what others read from such files: it is not taken for removed.
	Role string `json:"role,omitempty"`

	Parts []string `json:"parts,omitempty"` // the objects of the archive it lies in, in order, if it is too large for one
}

// Objects returns the hashes of the objects of the archive that the file lies in, in order. Each is a leaf of the log.
func (f File) Objects() []string {
	if len(f.Parts) == 0 {
		return []string{f.Hash}
	}
	return f.Parts
}

// Account says what became of what was read. Read = Kept + Rejected.
type Account struct {
	Read     int            `json:"read"`
	Kept     int            `json:"kept"`
	Rejected int            `json:"rejected"`
	Entities int            `json:"entities"` // as read; one entity may be spoken of more than once
	Values   int            `json:"values"`
	Problems int            `json:"problems"`          // values that were not taken over; Rejects lists them
	Recoded  int            `json:"recoded,omitempty"` // rows that were not UTF-8
	Private  map[string]int `json:"private,omitempty"` // values of private life that were dropped, by property
	Reasons  map[string]int `json:"reasons,omitempty"` // rejected rows by reason
	Dated    string         `json:"dated,omitempty"`   // the date the list gives itself, or ""
	Cut      bool           `json:"cut,omitempty"`     // the source broke off: what is missing may not be taken for removed
}

// The status of a state.
const (
	Reading = "reading" // its import did not end yet
	Whole   = "whole"
	Cut     = "cut" // its source broke off; what it says holds, what it does not say means nothing
)

// State is a dataset as it was on a day.
type State struct {
	ID      int64 // counts the states of all datasets in the order they came to us
	Dataset string
	Dated   string    // the day it was so, ISO 8601, if the list or whoever imported it says
	Learnt  time.Time // when it came to us
	Format  string
	Files   []File
	Status  string
	Account Account
	Entry   string // the hash of the line of the journal that says it came to us, which is a leaf of the log

	dataset int64
	n       int // counts the states of its dataset
	cursor  int // how many items are in the tables
}

// Date returns the day a state stands for: its own, or the one when it came to us.
func (s *State) Date() string {
	if s.Dated != "" {
		return s.Dated
	}
	return s.Learnt.UTC().Format(time.DateOnly)
}

// stateKey names a state by what it was read from: the same bytes are the same state.
func stateKey(format string, files []File) string {
	hashes := make([]string, len(files))
	for i, f := range files {
		hashes[i] = f.Hash
	}
	slices.Sort(hashes)
	h := sha256.New()
	fmt.Fprintf(h, "%s %q", format, hashes)
	return hex.EncodeToString(h.Sum(nil))
}

// timeline is the states of one dataset, earliest first.
type timeline []State

// span returns the first and the last state of a set; nil if there is none.
func (t timeline) span(in set) (first, last *State) {
	for i := range t {
		if !in.has(t[i].n) {
			continue
		}
		if first == nil {
			first = &t[i]
		}
		last = &t[i]
	}
	return first, last
}

func (t timeline) byNumber(n int) *State {
	for i := range t {
		if t[i].n == n {
			return &t[i]
		}
	}
	return nil
}

// Datasets returns all datasets, sorted by name.
func (r *Registry) Datasets(ctx context.Context) ([]Dataset, error) {
	rows, err := r.db.QueryContext(ctx, `SELECT name, title, publisher, url, licence FROM dataset ORDER BY name`)
	if err != nil {
		return nil, fmt.Errorf("list datasets: %w", err)
	}
	defer rows.Close()
	var out []Dataset
	for rows.Next() {
		var d Dataset
		if err := rows.Scan(&d.Name, &d.Title, &d.Publisher, &d.URL, &d.Licence); err != nil {
			return nil, fmt.Errorf("list datasets: %w", err)
		}
		out = append(out, d)
	}
	return out, rows.Err()
}

// States returns the states of a dataset, or of all for "", by dataset and date.
func (r *Registry) States(ctx context.Context, dataset string) ([]State, error) {
	return states(ctx, r.db, dataset)
}

func states(ctx context.Context, q interface {
	QueryContext(context.Context, string, ...any) (*sql.Rows, error)
}, dataset string) ([]State, error) {
	rows, err := q.QueryContext(ctx, `SELECT s.id, s.entry, d.name, s.dated, s.learnt, s.format, s.files, s.status, s.account, s.dataset, s.n, s.cursor
		FROM state s JOIN dataset d ON d.id = s.dataset WHERE ?1 = '' OR d.name = ?1`, dataset)
	if err != nil {
		return nil, fmt.Errorf("list states: %w", err)
	}
	defer rows.Close()
	var out []State
	for rows.Next() {
		var s State
		var learnt, files, account string
		if err := rows.Scan(&s.ID, &s.Entry, &s.Dataset, &s.Dated, &learnt, &s.Format, &files, &s.Status, &account, &s.dataset, &s.n, &s.cursor); err != nil {
			return nil, fmt.Errorf("list states: %w", err)
		}
		if s.Learnt, err = time.Parse(time.RFC3339, learnt); err != nil {
			return nil, fmt.Errorf("list states: %w", err)
		}
		if err := json.Unmarshal([]byte(files), &s.Files); err != nil {
			return nil, fmt.Errorf("list states: files of %s: %w", s.Dataset, err)
		}
		if err := json.Unmarshal([]byte(account), &s.Account); err != nil {
			return nil, fmt.Errorf("list states: account of %s: %w", s.Dataset, err)
		}
		out = append(out, s)
	}
	slices.SortFunc(out, byDate)
	return out, rows.Err()
}

func byDate(a, b State) int {
	return cmp.Or(cmp.Compare(a.Dataset, b.Dataset), cmp.Compare(a.Date(), b.Date()), cmp.Compare(a.ID, b.ID))
}

// course is the states of one dataset, and the moment after the last.
type course struct {
	timeline
	now moment
}

// courses returns those of every dataset, by its number.
func (r *Registry) courses(ctx context.Context) (map[int64]course, error) {
	states, err := r.States(ctx, "")
	lines := map[int64]timeline{}
	for _, s := range states {
		lines[s.dataset] = append(lines[s.dataset], s)
	}
	out := map[int64]course{}
	for dataset, t := range lines {
		out[dataset] = course{t, t.current(0)}
	}
	return out, err
}
