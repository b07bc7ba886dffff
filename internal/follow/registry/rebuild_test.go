package registry

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"veedor/internal/follow/ftm"
)

// exports returns everything that is exported.
func exports(t testing.TB, r *Registry) string {
	t.Helper()
	var b strings.Builder
	if err := errors.Join(r.ExportEntities(t.Context(), &b, "", ""), r.ExportEntities(t.Context(), &b, "", "LegalEntity"),
		r.ExportStatements(t.Context(), &b, ftm.CSV, ""), r.ExportStatements(t.Context(), &b, ftm.JSON, ""), r.ExportResolver(&b)); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// archived is what states were read from, by the hash of their file.
type archived map[string][]Item

func (a archived) open(s State) (Source, error) {
	items, ok := a[s.Files[0].Hash]
	if !ok {
		return nil, errors.New("the archive does not have it")
	}
	return give(Account{Read: len(items), Kept: len(items)}, items...), nil
}

func (a archived) put(t testing.TB, r *Registry, dataset, dated string, items ...Item) State {
	t.Helper()
	a[dataset+dated] = items
	return put(t, r, dataset, dated, items...)
}

// broken imports a state and breaks off after some items, which are in the tables then.
func (a archived) broken(t testing.TB, r *Registry, dataset, dated string, after int, items ...Item) {
	t.Helper()
	a[dataset+dated] = items
	boom := errors.New("boom")
	_, _, err := r.Import(t.Context(), newState(dataset, dated), now, func(ctx context.Context, yield func(Item) error) (Account, error) {
		for _, it := range items[:after] {
			if err := yield(it); err != nil {
				return Account{}, err
			}
		}
		return Account{}, boom
	})
	if !errors.Is(err, boom) {
		t.Fatal(err)
	}
}

// lived is a registry to which everything happened that can: states out of order, interrupted while others came, dated
// anew, described later, merged.
func lived(t testing.TB, data string) (*Registry, archived) {
	t.Helper()
	r, err := Open(t.Context(), data)
	if err != nil {
		t.Fatal(err)
	}
	a := archived{}
	r.batchItems = 1
	first := []Item{ent("x", "LegalEntity", "name", "Alpha", "country", "cn"), ent("y", "Company", "name", "Beta", "parent", "x"),
		ent("w", "Company", "name", "Omega"), ent("x", "LegalEntity", "alias", "Alfa"), ent("v", "Organization", "name", "Psi")}
	a.broken(t, r, "list", "2021-01-01", 2, first...)
	a.put(t, r, "other", "2021-05-05", ent("o", "Company", "name", "Alpha Ltd"), ent("own", "Ownership", "owner", "o", "asset", "y"))
	a.put(t, r, "list", "2022-01-01", ent("v", "Company", "name", "Psi", "country", "ve"), ent("w", "Company", "alias", "W", "name", "Omega"), ent("x", "Company", "name", "Alpha Ltd", "alias", "Alfa"))
	a.put(t, r, "list", "2021-01-01", first...) // goes on where it broke off
	s := a.put(t, r, "list", "2020-01-01", ent("x", "PublicBody", "name", "Alpha"), Item{Rejects: []Reject{{Reason: "broken", Raw: []byte("row"), At: Place{"f", 9, 0}}}})
	if _, err := r.Redate(t.Context(), s.ID, "2023-03-03", "ana", "the file says so", clock); err != nil {
		t.Fatal(err)
	}
	n := newState("other", "2021-05-05")
	n.Dataset.Title = "The other list"
	if _, fresh, err := r.Import(t.Context(), n, now, nil); err != nil || fresh {
		t.Fatal(fresh, err)
	}
	if _, err := r.Decide(t.Context(), Decision{At: clock, A: "y", B: "o", Verdict: Positive, By: "ana"}); err != nil {
		t.Fatal(err)
	}
	if _, err := r.AddWatch(t.Context(), Watch{Entity: "y"}, "ana", clock); err != nil {
		t.Fatal(err)
	}
	return r, a
}

func never(t testing.TB) func(Rebuilt) {
	return func(b Rebuilt) {
		if b.Err != nil || b.Was != nil {
			t.Errorf("read otherwise: %+v", b)
		}
	}
}

// TestRebuild: made anew from journals and archive, the registry says the same, byte by byte.
func TestRebuild(t *testing.T) {
	data := t.TempDir()
	r, a := lived(t, data)
	want := exports(t, r)
	states, err := r.States(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	lines, err := ReadJournal(data, "states.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	if err := Rebuild(t.Context(), data, a.open, now, never(t), nil); !errors.Is(err, ErrInUse) {
		t.Fatalf("while it is open: %v", err)
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	for _, how := range []string{"in its place", "from nothing", "out of what a stopped one left"} {
		switch how {
		case "from nothing":
			if err := errors.Join(os.Remove(filepath.Join(data, "registry", "registry.sqlite")), os.RemoveAll(filepath.Join(data, "registry", "index"))); err != nil {
				t.Fatal(err)
			}
			if _, err := Open(t.Context(), data); !errors.Is(err, ErrBehind) {
				t.Fatalf("opened without tables: %v", err)
			}
		case "out of what a stopped one left":
			ctx, cancel := context.WithCancel(t.Context())
			if err := Rebuild(ctx, data, func(s State) (Source, error) { cancel(); return a.open(s) }, now, never(t), nil); !errors.Is(err, context.Canceled) {
				t.Fatal(err)
			}
		}
		if err := Rebuild(t.Context(), data, a.open, now, never(t), nil); err != nil {
			t.Fatalf("%s: %v", how, err)
		}
		if r, err = Open(t.Context(), data); err != nil {
			t.Fatalf("%s: %v", how, err)
		}
		if got := exports(t, r); got != want {
			t.Errorf("%s, exports are\n%s\nand were\n%s", how, got, want)
		}
		again, err := r.States(t.Context(), "")
		if err != nil || len(again) != len(states) {
			t.Fatal(err)
		}
		for i, s := range states {
			if g := again[i]; g.ID != s.ID || g.Date() != s.Date() || !g.Learnt.Equal(s.Learnt) || g.Entry != s.Entry || g.Status != s.Status {
				t.Errorf("%s: state %+v was %+v", how, g, s)
			}
		}
		if list, err := r.Datasets(t.Context()); err != nil || list[1].Title != "The other list" {
			t.Errorf("%s: datasets %+v, %v", how, list, err)
		}
		if hits, err := r.Search(t.Context(), r.matchableOf(t, "x"), Filter{}, 1); err != nil || len(hits) != 1 {
			t.Errorf("%s: search: %v, %v", how, hits, err)
		}
		if err := r.Close(); err != nil {
			t.Fatal(err)
		}
		c, err := Fsck(t.Context(), data, func(File) error { return nil }, nil)
		if err != nil || len(c.Problems) > 0 {
			t.Errorf("%s: fsck: %+v, %v", how, c, err)
		}
	}
	if after, err := ReadJournal(data, "states.jsonl"); err != nil || !slices.Equal(after, lines) {
		t.Errorf("the journal changed: %v", err)
	}
}

// TestRebuildOtherwise: where a state is read otherwise than before, that is said and written down; where its files are
// gone, nothing is exchanged.
func TestRebuildOtherwise(t *testing.T) {
	data := t.TempDir()
	r, a := lived(t, data)
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	a["other2021-05-05"] = a["other2021-05-05"][:1]
	var other []Rebuilt
	if err := Rebuild(t.Context(), data, a.open, now, func(b Rebuilt) {
		if b.Was != nil {
			other = append(other, b)
		}
	}, nil); err != nil {
		t.Fatal(err)
	}
	if len(other) != 1 || other[0].State.Dataset != "other" || other[0].State.Account.Read != 1 || other[0].Was.Read != 2 {
		t.Errorf("read otherwise: %+v", other)
	}
	if err := Rebuild(t.Context(), data, a.open, now, never(t), nil); err != nil {
		t.Errorf("and then the same: %v", err)
	}
	delete(a, "other2021-05-05")
	if err := Rebuild(t.Context(), data, a.open, now, never(t), nil); err == nil {
		t.Error("rebuilt without a file")
	}
	r, err := Open(t.Context(), data)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if v, err := r.Entity(t.Context(), "x"); err != nil || v.Entity.Schema != "PublicBody" {
		t.Errorf("x: %+v, %v", v, err)
	}
}

// TestRebuildKilled: a rebuild that is killed at any moment and run again ends as one that was not.
func TestRebuildKilled(t *testing.T) {
	data := t.TempDir()
	r, err := Open(t.Context(), data)
	if err != nil {
		t.Fatal(err)
	}
	put(t, r, "list", "2021-01-01", killedSource()[:rebuiltItems]...)
	put(t, r, "list", "2022-01-01", killedSource()[:fewItems]...)
	want := exports(t, r)
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	kills := killed(t, "VEEDOR_TEST_REBUILD="+data, 6, func(i int) time.Duration { return time.Duration(i*29%90) * time.Millisecond })
	if err := rebuildKilled(t.Context(), data); err != nil {
		t.Fatal(err)
	}
	if r, err = Open(t.Context(), data); err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if exports(t, r) != want {
		t.Errorf("killed %d times, it is another", kills)
	}
	t.Logf("killed %d times", kills)
}

// rebuiltItems is how many items the first state has of the rebuild that is killed.
const rebuiltItems = 2*fewItems + 100

// rebuildKilled is what TestRebuildKilled kills.
func rebuildKilled(ctx context.Context, data string) error {
	open := func(s State) (Source, error) {
		n := rebuiltItems
		if s.Dated != "2021-01-01" {
			n = fewItems
		}
		return give(Account{Read: n, Kept: n}, killedSource()[:n]...), nil
	}
	return (&rebuild{open: open, now: now, report: func(Rebuilt) {}, progress: func(State, int) { fmt.Println("committed") }, tried: map[int64]bool{}, batchItems: fewItems}).run(ctx, data)
}

// TestOldTables: tables of an earlier version write the journal they lacked, and are made anew from it.
func TestOldTables(t *testing.T) {
	data := t.TempDir()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(data, "registry", "registry.sqlite"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Join(data, "registry"), 0o755); err != nil {
		t.Fatal(err)
	}
	_, err = db.Exec(`CREATE TABLE dataset (id INTEGER PRIMARY KEY, name TEXT, title TEXT, publisher TEXT, url TEXT, licence TEXT);
		CREATE TABLE state (id INTEGER PRIMARY KEY, dataset INTEGER, n INTEGER, key TEXT, dated TEXT, learnt TEXT, format TEXT, files TEXT, status TEXT, cursor INTEGER, account TEXT);
		INSERT INTO dataset VALUES (1, 'list', 'A list', 'P', '', '');
		INSERT INTO state VALUES (4, 1, 1, 'k', '2021-01-01', '2026-01-02T03:04:05Z', 'test', '[{"name":"f","hash":"list2021-01-01","size":1}]', 'whole', 1, '{"Read":1,"Kept":1}')`)
	if err = errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if _, err := Open(t.Context(), data); !errors.Is(err, ErrBehind) || !strings.Contains(err.Error(), "registry rebuild") {
			t.Fatalf("opened old tables: %v", err)
		}
	}
	a := archived{"list2021-01-01": {ent("x", "Company", "name", "Alpha")}}
	if err := Rebuild(t.Context(), data, a.open, now, never(t), nil); err != nil {
		t.Fatal(err)
	}
	r, err := Open(t.Context(), data)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	states, err := r.States(t.Context(), "")
	if err != nil || len(states) != 1 || states[0].ID != 4 || states[0].Learnt.Format(time.RFC3339) != "2026-01-02T03:04:05Z" || states[0].Status != Whole {
		t.Errorf("states: %+v, %v", states, err)
	}
}

// TestRedate: a state of another day changes what holds now, and what an entity is; the day it had is kept.
func TestRedate(t *testing.T) {
	r := openTest(t)
	put(t, r, "list", "2021-01-01", ent("x", "Company", "name", "Alpha"))
	s := put(t, r, "list", "2020-01-01", ent("x", "PublicBody", "name", "Beta"))
	if _, err := r.Redate(t.Context(), s.ID, "2022-02-02", "ana", "mistyped", clock); err != nil {
		t.Fatal(err)
	}
	v, err := r.Entity(t.Context(), "x")
	if err != nil || v.Entity.Schema != "PublicBody" || v.Entity.First("name") != "Beta" || v.Members[0].Schema != "PublicBody" {
		t.Errorf("x: %+v, %v", v.Entity, err)
	}
	entries, err := r.StateEntries()
	if err != nil {
		t.Fatal(err)
	}
	if e := entries[len(entries)-1]; e.What != Redated || e.Was != "2020-01-01" || e.Dated != "2022-02-02" || e.By != "ana" || e.Why != "mistyped" {
		t.Errorf("journal: %+v", e)
	}
	for _, c := range []struct{ dated, by string }{{"2022-02-02", "ana"}, {"2022-02-30", "ana"}, {"2023-01-01", ""}} {
		if _, err := r.Redate(t.Context(), s.ID, c.dated, c.by, "", clock); err == nil {
			t.Errorf("%+v was taken", c)
		}
	}
	if _, err := r.Redate(t.Context(), 99, "2020-01-01", "ana", "", clock); !errors.Is(err, ErrNotFound) {
		t.Errorf("no such state: %v", err)
	}
}
