package registry

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"veedor/internal/follow/match"
)

// matchableOf is what matching looks at of an entity.
func (r *Registry) matchableOf(t testing.TB, id string) match.Entity {
	t.Helper()
	recs, err := r.records(t.Context(), []string{id})
	if err != nil || len(recs) == 0 {
		t.Fatal(id, err)
	}
	return r.matchable(recs[0])
}

func TestFsck(t *testing.T) {
	sound := func(File) error { return nil }
	model := t.TempDir()
	r, _ := lived(t, model)
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, kind, where string
		file              func(File) error
		damage            func(t *testing.T, dir string, exec func(string))
	}{
		{"nothing", "", "", sound, func(*testing.T, string, func(string)) {}},
		{"a file is not in the archive", "missing", "list2022-01-01", func(f File) error {
			if f.Hash == "list2022-01-01" {
				return errors.New("gone")
			}
			return nil
		}, func(*testing.T, string, func(string)) {}},
		{"a line of the journal of states is changed", "journal", "states.jsonl", sound, func(t *testing.T, dir string, _ func(string)) {
			replaceIn(t, dir+"/states.jsonl", "Publisher of list", "Publisher of lost")
		}},
		{"a line of the journal of decisions is changed", "journal", "decisions.jsonl", sound, func(t *testing.T, dir string, _ func(string)) {
			replaceIn(t, dir+"/decisions.jsonl", `"positive"`, `"negative"`)
			appendTo(t, dir+"/decisions.jsonl", `{"previous":"00"}`+"\n")
		}},
		{"the journal of states is another", "damaged", "registry.sqlite", sound, func(t *testing.T, dir string, _ func(string)) {
			if err := os.Truncate(dir+"/states.jsonl", 0); err != nil {
				t.Fatal(err)
			}
		}},
		{"a row is gone", "damaged", "edges", sound, func(_ *testing.T, _ string, exec func(string)) { exec(`DELETE FROM entity WHERE eid = 'own'`) }},
		{"an edge is gone", "damaged", "own", sound, func(_ *testing.T, _ string, exec func(string)) {
			exec(`DELETE FROM edge WHERE src = (SELECT id FROM entity WHERE eid = 'own')`)
		}},
		{"a row is another's", "damaged", "y2", sound, func(_ *testing.T, _ string, exec func(string)) { exec(`UPDATE entity SET eid = 'y2' WHERE eid = 'y'`) }},
		{"a state is gone", "damaged", "x", sound, func(_ *testing.T, _ string, exec func(string)) { exec(`DELETE FROM state WHERE dated = '2022-01-01'`) }},
		{"statements are damaged", "damaged", "registry.sqlite", sound, func(_ *testing.T, _ string, exec func(string)) {
			exec(`UPDATE entity SET statements = x'01ff' WHERE eid = 'y'`)
		}},
		{"a schema is another", "damaged", "y", sound, func(_ *testing.T, _ string, exec func(string)) {
			exec(`UPDATE entity SET schema = (SELECT schema FROM entity WHERE eid = 'own') WHERE eid = 'y'`)
		}},
		{"the index forgot an entity", "index", "y", sound, func(_ *testing.T, _ string, exec func(string)) {
			exec(`DELETE FROM indexed WHERE entity = (SELECT id FROM entity WHERE eid = 'y')`)
		}},
		{"a segment is gone", "index", ".segment", sound, func(t *testing.T, dir string, _ func(string)) {
			for _, f := range segmentFiles(t, dir) {
				if err := os.Remove(f); err != nil {
					t.Fatal(err)
				}
			}
		}},
		{"a segment is cut", "index", ".segment", sound, func(t *testing.T, dir string, _ func(string)) {
			for _, f := range segmentFiles(t, dir) {
				if err := os.Truncate(f, 100); err != nil {
					t.Fatal(err)
				}
			}
		}},
		{"the tables are no tables", "damaged", "registry.sqlite", sound, func(t *testing.T, dir string, _ func(string)) {
			if err := os.WriteFile(dir+"/registry.sqlite", []byte(strings.Repeat("no tables ", 1000)), 0o644); err != nil {
				t.Fatal(err)
			}
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			data := t.TempDir()
			if err := os.CopyFS(data, os.DirFS(model)); err != nil {
				t.Fatal(err)
			}
			r, err := Open(t.Context(), data)
			if err != nil {
				t.Fatal(err)
			}
			c.damage(t, filepath.Join(data, "registry"), func(query string) {
				if _, err := r.db.Exec(query); err != nil {
					t.Fatal(err)
				}
			})
			if err := r.Close(); err != nil {
				t.Fatal(err)
			}
			got, err := Fsck(t.Context(), data, c.file, nil)
			if err != nil {
				t.Fatal(err)
			}
			if c.kind == "" {
				if len(got.Problems) > 0 || got.States != 4 || got.Entities == 0 || got.Edges == 0 {
					t.Errorf("%+v", got)
				}
				return
			}
			for _, p := range got.Problems {
				if p.Kind == c.kind && strings.Contains(p.Where, c.where) {
					return
				}
			}
			t.Errorf("found %+v", got.Problems)
		})
	}
}

func segmentFiles(t *testing.T, dir string) []string {
	files, err := filepath.Glob(dir + "/index/*.segment")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	return files
}

func replaceIn(t *testing.T, path, old, with string) {
	b, err := os.ReadFile(path)
	if err == nil {
		err = os.WriteFile(path, []byte(strings.Replace(string(b), old, with, 1)), 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func appendTo(t *testing.T, path, text string) {
	f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	if err == nil {
		_, err = f.WriteString(text)
	}
	if err = errors.Join(err, f.Close()); err != nil {
		t.Fatal(err)
	}
}
