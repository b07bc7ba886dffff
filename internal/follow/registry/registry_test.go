package registry

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"veedor/internal/follow/ftm"
	"veedor/internal/follow/match"
)

var clock = time.Date(2026, 11, 26, 0, 0, 0, 0, time.UTC)

func now() time.Time { return clock }

func openTest(t testing.TB) *Registry {
	t.Helper()
	r, err := Open(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	})
	return r
}

// ent is an entity for tests: an id, a schema, and properties and values in turn.
func ent(id, schema string, values ...string) Item {
	it := Item{ID: id, Schema: schema}
	for i := 0; i < len(values); i += 2 {
		it.Values = append(it.Values, Value{Prop: values[i], Value: values[i+1], Original: values[i+1], At: Place{"f", i + 1, 0}})
	}
	return it
}

// put imports items as a state of a dataset.
func put(t testing.TB, r *Registry, dataset, dated string, items ...Item) State {
	t.Helper()
	s, _, err := r.Import(t.Context(), newState(dataset, dated), now, give(Account{Read: len(items), Kept: len(items)}, items...))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func newState(dataset, dated string) NewState {
	return NewState{Dataset: Dataset{Name: dataset, Publisher: "Publisher of " + dataset}, Dated: dated, Format: "test", Files: []File{{Name: "f", Hash: dataset + dated, Size: 1}}}
}

func give(a Account, items ...Item) Source {
	return func(_ context.Context, yield func(Item) error) (Account, error) {
		for _, it := range items {
			if err := yield(it); err != nil {
				return a, err
			}
		}
		return a, nil
	}
}

func diff(t *testing.T, r *Registry, dataset string, a, b State) []Change {
	t.Helper()
	var out []Change
	if err := r.Diff(t.Context(), dataset, a.ID, b.ID, func(c Change) error { out = append(out, c); return nil }); err != nil {
		t.Fatal(err)
	}
	return out
}

func TestHistory(t *testing.T) {
	r := openTest(t)
	a := put(t, r, "list", "2021-01-01", ent("x", "Company", "name", "Alpha", "country", "cn"), ent("y", "Company", "name", "Beta"))
	b := put(t, r, "list", "2022-01-01", ent("x", "Company", "name", "Alpha Ltd", "country", "cn"), ent("z", "Person", "name", "Gamma", "gender", "male"))
	want := []Change{
		{"x", "Company", "Alpha Ltd", Changed, []StatementChange{{Removed, "name", "Alpha", ""}, {Added, "name", "Alpha Ltd", ""}}},
		{"y", "Company", "Beta", Removed, []StatementChange{{Removed, "name", "Beta", ""}}},
		{"z", "Person", "Gamma", Added, []StatementChange{{Added, "name", "Gamma", ""}}},
	}
	if d := cmp.Diff(want, diff(t, r, "list", a, b)); d != "" {
		t.Errorf("forwards (-want +got):\n%s", d)
	}
	if got := diff(t, r, "list", b, a); len(got) != 3 || got[1].What != Added || got[2].What != Removed {
		t.Errorf("backwards: %+v", got)
	}
	// A third state, older than both, that comes last: what holds now stays.
	put(t, r, "list", "2020-01-01", ent("y", "Company", "name", "Beta & Co"))
	v, err := r.Entity(t.Context(), "y")
	if err != nil {
		t.Fatal(err)
	}
	if !v.Gone || v.Entity.FirstSeen != "2020-01-01" || v.Entity.LastSeen != "2021-01-01" || v.Entity.First("name") != "Beta" {
		t.Errorf("y: gone %v, %+v", v.Gone, v.Entity)
	}
	if len(v.History) != 3 || v.History[0].Changes[0].What != Removed {
		t.Errorf("history of y: %+v", v.History)
	}
	v, err = r.Entity(t.Context(), "x")
	if err != nil {
		t.Fatal(err)
	}
	if got := v.Entity.Properties["name"]; !slices.Equal(got, []string{"Alpha Ltd"}) || v.Gone {
		t.Errorf("names of x now: %q", got)
	}
	if n := v.Properties[0]; n.Property.Name != "name" || len(n.Values) != 2 || n.Values[0].Value != "Alpha Ltd" || n.Values[1].Current || n.Values[1].Said[0].Last.Date() != "2021-01-01" {
		t.Errorf("names of x: %+v", n)
	}
	if _, err := r.Entity(t.Context(), "nobody"); !errors.Is(err, ErrNotFound) {
		t.Errorf("nobody: %v", err)
	}
}

func TestImportTwice(t *testing.T) {
	r := openTest(t)
	items := []Item{ent("x", "Company", "name", "Alpha"), {Rejects: []Reject{{Reason: "no name", Raw: []byte("row"), At: Place{"f", 9, 3}}}}}
	first := put(t, r, "list", "2021-01-01", items...)
	_, fresh, err := r.Import(t.Context(), newState("list", "2021-01-01"), now, func(context.Context, func(Item) error) (Account, error) {
		t.Error("read again")
		return Account{}, nil
	})
	if err != nil || fresh {
		t.Fatalf("again: %v, %v", fresh, err)
	}
	states, err := r.States(t.Context(), "list")
	if err != nil || len(states) != 1 || states[0].Account.Read != 2 || states[0].Status != Whole {
		t.Errorf("%+v, %v", states, err)
	}
	var got []Reject
	if err := r.Rejects(t.Context(), first.ID, func(p Reject) error { got = append(got, p); return nil }); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(items[1].Rejects, got); d != "" {
		t.Errorf("rejected (-want +got):\n%s", d)
	}
}

// TestCut: what a file that broke off does not say is not taken for removed.
func TestCut(t *testing.T) {
	r := openTest(t)
	a := put(t, r, "list", "2021-01-01", ent("x", "Company", "name", "Alpha"), ent("y", "Company", "name", "Beta"))
	b, _, err := r.Import(t.Context(), newState("list", "2022-01-01"), now, give(Account{Cut: true}, ent("x", "Company", "name", "Alpha", "alias", "A")))
	if err != nil || b.Status != Cut {
		t.Fatalf("%v, %v", b.Status, err)
	}
	want := []Change{{"x", "Company", "Alpha", Changed, []StatementChange{{Added, "alias", "A", ""}}}}
	if d := cmp.Diff(want, diff(t, r, "list", a, b)); d != "" {
		t.Error(d)
	}
	if v, err := r.Entity(t.Context(), "y"); err != nil || v.Gone {
		t.Errorf("y: %v %v", v.Gone, err)
	}
}

// TestResume: an import that breaks off goes on where it stopped, and ends as one that did not.
func TestResume(t *testing.T) {
	var items []Item
	for i := range 3*fewItems + 17 {
		it := ent(fmt.Sprintf("e%d", i%(2*fewItems)), "Company", "name", fmt.Sprint("Name ", i))
		if i%1000 == 999 {
			it = Item{Rejects: []Reject{{Reason: "broken", Raw: []byte("x"), At: Place{"f", i, 0}}}}
		}
		items = append(items, it)
	}
	account := Account{Read: len(items)}
	whole, broken := openTest(t), openTest(t)
	whole.batchItems, broken.batchItems = fewItems, fewItems
	want := put(t, whole, "list", "2021-01-01", items...)
	want.Account = account
	for _, at := range []int{1, fewItems + 1, 2*fewItems + 5} {
		stop := errors.New("stop")
		_, _, err := broken.Import(t.Context(), newState("list", "2021-01-01"), now, func(ctx context.Context, yield func(Item) error) (Account, error) {
			if a, err := give(account, items[:at]...)(ctx, yield); err != nil {
				return a, err
			}
			return account, stop
		})
		if !errors.Is(err, stop) {
			t.Fatal(err)
		}
	}
	if got, fresh, err := broken.Import(t.Context(), newState("list", "2021-01-01"), now, give(account, items...)); err != nil || !fresh || got.Status != Whole {
		t.Fatalf("%+v %v %v", got, fresh, err)
	}
	if a, b := dump(t, whole), dump(t, broken); a != b {
		t.Error("what was broken off and went on is another")
	}
}

// dump returns the tables but the index, as text.
func dump(t *testing.T, r *Registry) string {
	t.Helper()
	out := ""
	for _, q := range []string{`SELECT group_concat(id || ' ' || key || ' ' || schema || ' ' || eid || ' ' || hex(statements), x'0a') FROM entity`,
		`SELECT group_concat(a || ' ' || b || ' ' || src) FROM edge`, `SELECT group_concat(state || ' ' || item || ' ' || at || reason) FROM rejected`,
		`SELECT group_concat(entity ORDER BY entity) FROM indexed WHERE segment > 0`} {
		var s *string
		if err := r.db.QueryRowContext(t.Context(), q).Scan(&s); err != nil {
			t.Fatal(err)
		}
		if s != nil {
			out += *s
		}
		out += "\n\n"
	}
	return out
}

func TestConflict(t *testing.T) {
	r := openTest(t)
	put(t, r, "press", "2013-01-01", ent("c", "Agreement", "title", "Contract of 2013", "amount", "1080000000", "startDate", "2013", "sector", "telecommunications"))
	put(t, r, "state", "2014-01-01", ent("c", "Agreement", "title", "Contract of 2013", "amount", "1200000000", "amount", "1300000000", "startDate", "2013-11"))
	v, err := r.Entity(t.Context(), "c")
	if err != nil {
		t.Fatal(err)
	}
	conflicts := map[string]int{}
	for _, p := range v.Properties {
		if p.Conflict {
			conflicts[p.Property.Name] = len(p.Values)
		}
	}
	if d := cmp.Diff(map[string]int{"amount": 3}, conflicts); d != "" {
		t.Errorf("conflicts (-want +got):\n%s", d)
	}
	var amount PropertyView
	for _, p := range v.Properties {
		if p.Property.Name == "amount" {
			amount = p
		}
	}
	if s := amount.Values[0].Said[0]; s.Source != "Publisher of press" || s.File.Hash != "press2013-01-01" || s.At.Line != 3 {
		t.Errorf("who says so: %+v", s)
	}
}

func TestSearch(t *testing.T) {
	r := openTest(t)
	put(t, r, "a", "2020-01-01", ent("a1", "Company", "name", "China National Electronics Import & Export Corporation", "alias", "CEIEC"), ent("a2", "Company", "name", "Compañía Anónima Nacional Teléfonos de Venezuela"))
	put(t, r, "b", "2020-01-01", ent("b1", "Organization", "name", "CEIEC"), ent("b2", "Ownership", "owner", "b1", "asset", "a2"))
	hits, err := r.Search(t.Context(), match.Entity{Names: []string{"CEIEC"}}, Filter{}, 10)
	if err != nil || len(hits) != 2 {
		t.Fatalf("%+v, %v", hits, err)
	}
	if hits, err = r.Search(t.Context(), match.Entity{Names: []string{"CEIEC"}}, Filter{Dataset: "b"}, 10); err != nil || len(hits) != 1 || hits[0].EntityID != "b1" {
		t.Errorf("in b: %+v, %v", hits, err)
	}
	var pairs []Proposal
	propose := func() {
		pairs = nil
		if err := r.Propose(t.Context(), "", 0.5, nil, func(p Proposal) error { pairs = append(pairs, p); return nil }); err != nil {
			t.Fatal(err)
		}
	}
	if propose(); len(pairs) != 1 || pairOf(pairs[0].A, pairs[0].B) != (pair{"a1", "b1"}) || len(pairs[0].Features) == 0 {
		t.Errorf("proposals: %+v", pairs)
	}
	if _, err := r.Decide(t.Context(), Decision{At: clock, A: "a1", B: "b1", Verdict: Positive, By: "ana"}); err != nil {
		t.Fatal(err)
	}
	if propose(); len(pairs) != 0 {
		t.Errorf("decided, and proposed: %+v", pairs)
	}
	if hits, err = r.Search(t.Context(), match.Entity{Names: []string{"CEIEC"}}, Filter{}, 10); err != nil || len(hits) != 1 {
		t.Errorf("merged: %+v, %v", hits, err)
	}
	// A later state replaces what the index says.
	put(t, r, "b", "2021-01-01", ent("b1", "Organization", "name", "CEIEC", "alias", "Zhongdian"))
	if hits, err = r.Search(t.Context(), match.Entity{Names: []string{"Zhongdian"}}, Filter{Threshold: 0.5}, 10); err != nil || len(hits) != 1 || hits[0].EntityID != "b1" {
		t.Errorf("new alias: %+v, %v", hits, err)
	}
}

func TestWatch(t *testing.T) {
	r := openTest(t)
	put(t, r, "list", "2020-01-01", ent("x", "Company", "name", "Alpha Surveillance Systems"))
	for _, w := range []Watch{{Entity: "x"}, {Name: "Huawei Technologies"}} {
		if _, err := r.AddWatch(t.Context(), w, "ana", clock); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := r.Look(t.Context(), clock); err != nil || len(got) != 0 {
		t.Fatalf("nothing is new: %+v, %v", got, err)
	}
	put(t, r, "list", "2021-01-01", ent("x", "Company", "name", "Alpha Surveillance Systems", "country", "ve"), ent("h", "Company", "name", "Huawei Technologies Co., Ltd."))
	got, err := r.Look(t.Context(), clock)
	if err != nil || len(got) != 2 {
		t.Fatalf("%+v, %v", got, err)
	}
	if got[0].Entity != "x" || got[0].Change != Changed || got[0].Statements[0].Prop != "country" || got[1].Entity != "h" || got[1].Change != Added {
		t.Errorf("%+v", got)
	}
	if got, err := r.Look(t.Context(), clock); err != nil || len(got) != 0 {
		t.Errorf("looked twice: %+v, %v", got, err)
	}
	if err := r.EndWatch(1, "ana", clock); err != nil {
		t.Fatal(err)
	}
	put(t, r, "list", "2022-01-01", ent("h", "Company", "name", "Huawei Technologies Co., Ltd."))
	if got, err := r.Look(t.Context(), clock); err != nil || len(got) != 0 {
		t.Errorf("x is not watched any more: %+v, %v", got, err)
	}
	if list, err := r.Watches(); err != nil || len(list) != 1 || len(list[0].Alerts) != 1 {
		t.Errorf("%+v, %v", list, err)
	}
}

// TestRoles: a state that lacks one of the files of its list says nothing of what the others read from such a file.
func TestRoles(t *testing.T) {
	r := openTest(t)
	main, alias := File{Name: "f", Hash: "f1", Role: "names"}, File{Name: "alt", Hash: "alt1", Role: "aliases"}
	with := func(it Item, alias string) Item {
		it.Values = append(it.Values, Value{Prop: "alias", Value: alias, At: Place{"alt", 1, 0}})
		return it
	}
	state := func(dated string, items []Item, files ...File) State {
		n := newState("list", dated)
		n.Files = files
		s, _, err := r.Import(t.Context(), n, now, give(Account{}, items...))
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	a := state("2020-01-01", []Item{with(ent("x", "Company", "name", "Alpha"), "A"), ent("y", "Company", "name", "Beta")}, main, alias)
	main.Hash = "f2"
	b := state("2021-01-01", []Item{ent("x", "Company", "name", "Alpha Ltd")}, main)
	want := []Change{
		{"x", "Company", "Alpha Ltd", Changed, []StatementChange{{Removed, "name", "Alpha", ""}, {Added, "name", "Alpha Ltd", ""}}},
		{"y", "Company", "Beta", Removed, []StatementChange{{Removed, "name", "Beta", ""}}},
	}
	if d := cmp.Diff(want, diff(t, r, "list", a, b)); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	v, err := r.Entity(t.Context(), "x")
	if err != nil || !slices.Equal(v.Entity.Properties["alias"], []string{"A"}) {
		t.Errorf("aliases now: %+v, %v", v.Entity, err)
	}
	main.Hash, alias.Hash = "f3", "alt3"
	c := state("2022-01-01", []Item{ent("x", "Company", "name", "Alpha Ltd")}, main, alias)
	want = []Change{{"x", "Company", "Alpha Ltd", Changed, []StatementChange{{Removed, "alias", "A", ""}}}}
	if d := cmp.Diff(want[:0], diff(t, r, "list", b, c), cmp.Transformer("nil", func(c []Change) []Change { return append([]Change{}, c...) })); d != "" {
		t.Errorf("from a state without aliases (-want +got):\n%s", d)
	}
	if got := diff(t, r, "list", a, c); len(got) != 2 || len(got[0].Statements) != 3 {
		t.Errorf("with aliases: %+v", got)
	}
	if v, err = r.Entity(t.Context(), "x"); err != nil || len(v.Entity.Properties["alias"]) != 0 {
		t.Errorf("aliases now: %+v, %v", v.Entity, err)
	}
}

// TestHostile: whatever a source says is kept and shown, and nothing of it takes the registry down.
func TestHostile(t *testing.T) {
	r := openTest(t)
	long := strings.Repeat("Ж", 1<<19)
	manyValues := ent("many", "Company", "name", "Many")
	for i := range 20_000 {
		manyValues.Values = append(manyValues.Values, Value{Prop: "alias", Value: fmt.Sprint("alias ", i), At: Place{"f", i, 0}}, Value{Prop: "parent", Value: fmt.Sprint("c", i), At: Place{"elsewhere", -1, 0}})
	}
	put(t, r, "list", "2020-01-01", ent("long", "Company", "name", long), manyValues,
		ent("self", "Company", "name", "Self", "parent", "self"), ent("loop1", "Ownership", "owner", "loop1", "asset", "loop1"),
		ent("twice", "Company", "name", "Once"), ent("twice", "Person", "name", "Twice", "gender", "female"), ent("odd", "NoSchema", "name", "Odd", "noProperty", "x"),
		ent("weird \x00\n\u202e id", "Company", "name", "\xff\xfe", "alias", "'; DROP TABLE entity; --"), ent("empty", "Company"))
	for _, id := range []string{"long", "many", "self", "loop1", "twice", "odd", "weird \x00\n\u202e id", "empty"} {
		if _, err := r.Entity(t.Context(), id); err != nil {
			t.Errorf("%.20q: %v", id, err)
		}
		if _, err := r.Adjacent(t.Context(), id, 20); err != nil {
			t.Errorf("links of %.20q: %v", id, err)
		}
		if p, err := r.Path(t.Context(), id, "self"); err != nil || id != "self" && len(p.Links) > 0 {
			t.Errorf("path from %.20q: %+v, %v", id, p, err)
		}
	}
	if v, err := r.Entity(t.Context(), "twice"); err != nil || len(v.Entity.Properties["gender"]) > 0 || len(v.Entity.Properties["name"]) != 2 {
		t.Errorf("one id for two: %+v, %v", v.Entity, err)
	}
	if v, err := r.Entity(t.Context(), "long"); err != nil || v.Entity.First("name") != long {
		t.Errorf("a long name is not what it was, %v", err)
	}
	for _, name := range []string{long[:1<<16], "", "alias 77", "\xff"} {
		if _, err := r.Search(t.Context(), match.Entity{Names: []string{name}}, Filter{}, 5); err != nil {
			t.Errorf("search %.20q: %v", name, err)
		}
	}
	var b strings.Builder
	if err := errors.Join(r.ExportEntities(t.Context(), &b, "", ""), r.ExportStatements(t.Context(), &b, "csv", "")); err != nil {
		t.Error(err)
	}
}

// TestFlags: how a value was made, and that its dataset did not take it over, is kept and exported.
func TestFlags(t *testing.T) {
	r := openTest(t)
	it := ent("a", "Company", "name", "A", "alias", "B")
	it.Values[1].Origin, it.Values[1].External = "enricher", true
	put(t, r, "list", "2021-01-01", it)
	put(t, r, "list", "2022-01-01", it)
	v, err := r.Entity(t.Context(), "a")
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range v.Properties {
		s := p.Values[0].Said
		if want := p.Property.Name == "alias"; len(s) != 1 || s[0].External != want || (s[0].Origin == "enricher") != want {
			t.Errorf("%s: %+v", p.Property.Name, s)
		}
	}
	var b strings.Builder
	if err := r.ExportStatements(t.Context(), &b, ftm.JSON, ""); err != nil || strings.Count(b.String(), `"external":true`)+strings.Count(b.String(), `"external": true`) != 1 || !strings.Contains(b.String(), "enricher") {
		t.Errorf("%v: %s", err, b.String())
	}
}

// TestExportPlain: programs that know FollowTheMoney's schemata only get every entity, ours in theirs.
func TestExportPlain(t *testing.T) {
	r := openTest(t)
	put(t, r, "list", "2021-01-01", ent("zte", "Company", "name", "ZTE"), ent("cams", "Deployment", "name", "Cameras", "kind", "cameras", "supplier", "zte", "scale", "4300 cameras"))
	var b strings.Builder
	if err := r.ExportPlain(t.Context(), &b, "", ""); err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for rec, err := range ftm.ReadEntities(ftm.Default(), strings.NewReader(b.String()), ftm.Limits{}) {
		if err != nil || rec.Reason != "" {
			t.Fatal(err, rec.Reason)
		}
		got[rec.Value.Schema] += rec.Value.First("name") + rec.Value.First("notes") + rec.Value.First("participant")
	}
	if want := map[string]string{"Company": "ZTE", "Project": "CamerasDeployment:scale: 4300 cameras", "ProjectParticipant": "zte"}; !maps.Equal(got, want) {
		t.Errorf("%v, want %v\n%s", got, want, b.String())
	}
}
