package registry

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"veedor/internal/evidence/journal"
	"veedor/internal/follow/match"
)

// Checked is what Fsck looked at and what it found.
type Checked struct {
	States, Entities, Statements, Edges int64
	Problems                            []Problem
}

// Problem is one thing that is not as it must be.
type Problem struct {
	Kind  string // journal, missing, damaged, index
	Where string // the file or the entity
	What  string // in plain words: what is wrong and what to do
}

// mostProblems of one kind are listed one by one.
const mostProblems = 50

func (c *Checked) problem(kind, where, what string) {
	n := 0
	for _, p := range c.Problems {
		if p.Kind == kind {
			n++
		}
	}
	switch {
	case n < mostProblems:
		c.Problems = append(c.Problems, Problem{kind, where, what})
	case n == mostProblems:
		c.Problems = append(c.Problems, Problem{kind, where, "and more; they are not listed"})
	}
}

const anew = "make the tables anew: veedor registry rebuild"

// Fsck reads the whole registry and says what is damaged, missing or does not go together: its journals, the files its
// states were read from (file says what is wrong with one), the tables, every statement, every edge, the search index.
// It fails only where it cannot look.
func Fsck(ctx context.Context, data string, file func(File) error, progress func(done, total int64)) (*Checked, error) {
	c := &Checked{}
	if _, err := os.Stat(filepath.Join(data, "registry")); errors.Is(err, fs.ErrNotExist) {
		return c, nil
	}
	for _, name := range Journals() {
		if _, err := ReadJournal(data, name); errors.Is(err, journal.ErrBroken) {
			c.problem("journal", "registry/"+name, err.Error()+"; put it back from a backup")
		} else if err != nil {
			return c, err
		}
	}
	if len(c.Problems) > 0 {
		return c, nil // what follows from them cannot be relied on
	}
	r, err := Open(ctx, data)
	if err != nil {
		if ctx.Err() != nil {
			return c, err
		}
		c.problem("damaged", "registry/registry.sqlite", err.Error())
		return c, nil
	}
	k := &checker{r: r, c: c, progress: progress}
	err = k.files(ctx, file)
	if err == nil {
		err = k.tables(ctx)
	}
	return c, errors.Join(err, r.Close())
}

type checker struct {
	r        *Registry
	c        *Checked
	progress func(done, total int64)
	lines    map[int64]course
	segments map[int64]bool  // those that are there
	indexed  map[int64]int64 // which segment holds each row of the part that is looked at
}

// files asks for every file a state was read from.
func (k *checker) files(ctx context.Context, file func(File) error) error {
	states, err := k.r.States(ctx, "")
	if err != nil {
		return err
	}
	k.c.States = int64(len(states))
	asked := map[string]bool{}
	for _, s := range states {
		for _, f := range s.Files {
			if id := fmt.Sprint(f.Objects()); asked[id] {
				continue
			} else {
				asked[id] = true
			}
			if err := file(f); err != nil {
				if ctx.Err() != nil {
					return err
				}
				k.c.problem("missing", f.Hash, fmt.Sprintf("%s, of state %d of %s: %s; put it back from a backup", f.Name, s.ID, s.Dataset, err))
			}
		}
	}
	return nil
}

func (k *checker) tables(ctx context.Context) error {
	rows, err := k.r.db.QueryContext(ctx, `PRAGMA integrity_check(20)`)
	if err != nil {
		k.c.problem("damaged", "registry/registry.sqlite", err.Error()+"; "+anew)
		return nil
	}
	defer rows.Close()
	sound := true
	for rows.Next() {
		var what string
		if err := rows.Scan(&what); err != nil {
			return err
		}
		if what != "ok" {
			sound = false
			k.c.problem("damaged", "registry/registry.sqlite", what+"; "+anew)
		}
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil || !sound {
		return err
	}
	if k.lines, err = k.r.courses(ctx); err != nil {
		return err
	}
	if err := k.openSegments(ctx); err != nil {
		return err
	}
	if len(k.c.Problems) > 0 {
		return k.rows(ctx, nil) // the index cannot be asked
	}
	return k.r.index.use(ctx, k.r, func(x *match.Index) error { return k.rows(ctx, x) })
}

// openSegments looks whether the files of the search index are there and whole.
func (k *checker) openSegments(ctx context.Context) error {
	rows, err := k.r.db.QueryContext(ctx, `SELECT id, file, entities FROM segment`)
	if err != nil {
		return err
	}
	defer rows.Close()
	k.segments = map[int64]bool{}
	for rows.Next() {
		var id int64
		var file string
		var entities int
		if err := rows.Scan(&id, &file, &entities); err != nil {
			return err
		}
		b, err := mapFile(filepath.Join(k.r.dir, "index", file))
		if err == nil {
			var s *match.Segment
			if s, err = match.OpenSegment(b); err == nil && s.Len() != entities {
				err = fmt.Errorf("it holds %d entities, not %d", s.Len(), entities)
			}
			err = errors.Join(err, unmap([][]byte{b}))
		}
		if err != nil {
			k.c.problem("index", "registry/index/"+file, err.Error()+"; "+anew)
			continue
		}
		k.segments[id] = true
	}
	return rows.Err()
}

// rows looks at every row of the table of entities, and at what was made of it; x may be nil.
func (k *checker) rows(ctx context.Context, x *match.Index) error {
	var total int64
	if err := k.r.db.QueryRowContext(ctx, `SELECT count(*), (SELECT count(*) FROM edge) FROM entity`).Scan(&total, &k.c.Edges); err != nil {
		return err
	}
	edges, last := int64(0), int64(0)
	for {
		part, err := k.part(ctx, last)
		if err != nil || len(part) == 0 {
			if err == nil && edges != k.c.Edges {
				k.c.problem("damaged", "edges", fmt.Sprintf("there are %d, and the statements make %d; %s", k.c.Edges, edges, anew))
			}
			return err
		}
		for _, rec := range part {
			last = rec.row
			k.c.Entities++
			k.c.Statements += int64(len(rec.statements))
			if what := k.record(rec); what != "" {
				k.c.problem("damaged", rec.id, what+"; "+anew)
			}
			others, isNamed := k.r.links(rec)
			edges += 2 * int64(len(others))
			if err := k.edges(ctx, rec, others); err != nil {
				return err
			}
			if isNamed && x != nil {
				if what := k.found(rec, x); what != "" {
					k.c.problem("index", rec.id, what+"; "+anew)
				}
			}
		}
		if k.progress != nil {
			k.progress(k.c.Entities, total)
		}
	}
}

// part reads rows, and which segment holds each.
func (k *checker) part(ctx context.Context, after int64) ([]*record, error) {
	rows, err := k.r.db.QueryContext(ctx, `SELECT e.key, coalesce(i.segment, -1), e.id, e.dataset, e.schema, e.eid, e.statements FROM entity e LEFT JOIN indexed i ON i.entity = e.id
		WHERE e.id > ? ORDER BY e.id LIMIT ?`, after, step)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []*record
	k.indexed = map[int64]int64{}
	for rows.Next() {
		var key, segment int64
		rec, err := k.r.scan(ctx, rows, &key, &segment)
		if err != nil {
			k.c.problem("damaged", "registry/registry.sqlite", err.Error()+"; "+anew)
			if rec == nil {
				continue
			}
		}
		if key != keyOf(rec.id) {
			k.c.problem("damaged", rec.id, "its row is not found under its id; "+anew)
		}
		k.indexed[rec.row] = segment
		out = append(out, rec)
	}
	return out, rows.Err()
}

// record says what is wrong with the statements of a record.
func (k *checker) record(rec *record) string {
	t, ok := k.lines[rec.dataset]
	if !ok {
		return "its dataset has no state"
	}
	for i := range rec.statements {
		s := &rec.statements[i]
		read := t.byNumber(s.at.state)
		switch {
		case read == nil || s.at.file > len(read.Files):
			return fmt.Sprintf("a value of %s was read in a state or file that is not there", s.prop)
		case len(s.seen) == 0 || t.byNumber(s.seen[0].from) == nil || t.byNumber(s.seen[len(s.seen)-1].to) == nil:
			return fmt.Sprintf("a value of %s was seen in states that are not there", s.prop)
		}
	}
	if want := rec.schemaIn(k.r, t.timeline); want != rec.schema {
		return fmt.Sprintf("it is a %s, and its last state says %s", rec.schema, want)
	}
	return ""
}

func (k *checker) edges(ctx context.Context, rec *record, others []int64) error {
	a := keyOf(rec.id)
	for part := range slices.Chunk(others, 100) {
		args := []any{a, rec.row}
		for _, b := range part {
			args = append(args, b)
		}
		var n int
		marks := strings.TrimSuffix(strings.Repeat("?, ", len(part)), ", ")
		if err := k.r.db.QueryRowContext(ctx, `SELECT count(*) FROM edge WHERE a = ? AND src = ? AND b IN (`+marks+`)`, args...).Scan(&n); err != nil {
			return err
		}
		if n != len(part) {
			k.c.problem("damaged", rec.id, fmt.Sprintf("it has %d of %d edges; %s", n, len(part), anew))
		}
	}
	return nil
}

// found says what is wrong with what the search index holds of a row.
func (k *checker) found(rec *record, x *match.Index) string {
	switch segment := k.indexed[rec.row]; {
	case segment == -1:
		return "the search index does not know that it should hold it"
	case segment == 0:
		return "" // the next import writes it
	case !k.segments[segment]:
		return "the segment that should hold it is not there"
	}
	e, ok := x.Get(strconv.FormatInt(rec.row, 10))
	want := k.r.matchable(rec)
	switch {
	case !ok:
		return "the search index does not hold it"
	case e.Schema != want.Schema || len(e.Names) == 0 != (len(want.Names) == 0) || len(e.Names) > 0 && !strings.HasPrefix(want.Names[0], e.Names[0]):
		return "the search index holds what it was before"
	}
	return ""
}
