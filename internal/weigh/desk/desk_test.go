package desk

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"veedor/internal/evidence/journal"
	"veedor/internal/weigh/cases"
)

var (
	ana  = Viewer{Name: "ana", Role: Editor}
	ben  = Viewer{Name: "ben", Role: Researcher}
	cara = Viewer{Name: "cara", Role: Researcher}
)

func openAt(t *testing.T, dir string) *Desk {
	t.Helper()
	day := time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC)
	var mu sync.Mutex
	d, err := Open(t.Context(), dir, Options{Now: func() time.Time {
		mu.Lock()
		defer mu.Unlock()
		day = day.Add(time.Minute)
		return day
	}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Close() })
	return d
}

func put(t *testing.T, d *Desk, who Viewer, changes ...Change) []Written {
	t.Helper()
	out, err := d.Write(t.Context(), who, "test", changes...)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func set(k Kind, id string, on int, pairs ...any) Change {
	c := Change{Kind: k, ID: id, On: on, Set: map[string]any{}}
	for i := 0; i < len(pairs); i += 2 {
		c.Set[pairs[i].(string)] = pairs[i+1]
	}
	return c
}

func get(t *testing.T, d *Desk, v Viewer, k Kind, id string) *Record {
	t.Helper()
	r, err := d.Get(t.Context(), v, k, id)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func export(t *testing.T, d *Desk) string {
	t.Helper()
	var b bytes.Buffer
	if err := d.Export(t.Context(), &b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestWrite(t *testing.T) {
	d := openAt(t, t.TempDir())
	done := put(t, d, ben, set(Theme, "censorship", 0, "title", "Censorship"), set(Theme, "press", 0, "title", "Press"),
		set(Item, "one", 0, "title", "A title", "themes", []string{"censorship"}, "text", "all of it", "x:AutoNumberID", "17", "x:Empty", ""))
	if done[2].Rev != 1 {
		t.Errorf("revision %d", done[2].Rev)
	}
	r := get(t, d, ben, Item, "one")
	if r.Str("title") != "A title" || r.Str("x:AutoNumberID") != "17" || r.CreatedBy != "ben" {
		t.Errorf("%+v", r)
	}
	if _, kept := r.Fields["x:Empty"]; !kept {
		t.Error("an empty column of others is lost")
	}
	if diff := cmp.Diff([]string{"text", "x:AutoNumberID", "x:Empty"}, r.Private); diff != "" {
		t.Error(diff)
	}
	// The same again is no event.
	if again := put(t, d, cara, set(Item, "one", 1, "title", "A title")); again[0].Rev != 1 {
		t.Errorf("nothing changed, and it is revision %d", again[0].Rev)
	}
	got, err := d.List(t.Context(), ben, Query{Kind: Item, Where: map[string]string{"themes": "censorship"}})
	if err != nil || len(got) != 1 {
		t.Errorf("%v %v", got, err)
	}
	put(t, d, ben, set(Item, "one", 1, "title", nil, "url", "https://a.example/"))
	if r := get(t, d, ben, Item, "one"); r.Str("title") != "" || r.Rev != 2 {
		t.Errorf("%+v", r)
	}
	history, err := d.History(t.Context(), ben, Item, "one")
	if err != nil || len(history) != 2 || history[1].On != 1 || string(history[1].Fields["title"]) != "null" {
		t.Errorf("%+v %v", history, err)
	}
}

func TestRefusals(t *testing.T) {
	d := openAt(t, t.TempDir())
	put(t, d, ben, set(Item, "one", 0, "title", "x"), set(Claim, "c", 0, "text", cases.Text{"en": "so"}), set(Rubric, "r", 0, "title", "Impact", "version", "1", "levels", cases.Text{"-3": "bad"}))
	put(t, d, ben, set(Score, "s", 0, "item", "one", "rubric", "r", "value", -2, "reason", "why"))
	for name, x := range map[string]struct {
		who  Viewer
		c    Change
		want error
		says string
	}{
		"a reader":              {Public(), set(Item, "two", 0, "title", "x"), ErrForbidden, "only reads"},
		"no name":               {Viewer{Role: Editor}, set(Item, "two", 0, "title", "x"), ErrForbidden, ""},
		"unknown kind":          {ben, set("note", "two", 0), ErrInvalid, "no kind"},
		"the desk's own":        {ben, set(textKind, "two", 0, "base", "x"), ErrInvalid, "can be written"},
		"bad id":                {ben, set(Item, "../two", 0), ErrInvalid, "an id"},
		"unknown field":         {ben, set(Item, "two", 0, "titel", "x"), ErrInvalid, `"titel"`},
		"status typed in":       {ben, set(Claim, "c", 1, "status", "supported"), ErrInvalid, "status"},
		"wrong type":            {ben, set(Item, "two", 0, "title", 7), ErrInvalid, "want a string"},
		"too long":              {ben, set(Item, "two", 0, "summary", strings.Repeat("x", 501)), ErrInvalid, "at most 500"},
		"no date":               {ben, set(Item, "two", 0, "published_on", "May"), ErrInvalid, "is no date"},
		"no choice":             {ben, set(Item, "two", 0, "stage", "x"), ErrInvalid, "one of"},
		"refers to nothing":     {ben, set(Item, "two", 0, "themes", []string{"none"}), ErrInvalid, "there is no theme none"},
		"must":                  {ben, set(Evidence, "e", 0, "claim", "c"), ErrInvalid, "type is missing"},
		"must, taken away":      {ben, set(Claim, "c", Latest, "text", nil), ErrInvalid, "text is missing"},
		"score out of range":    {ben, set(Score, "s2", 0, "item", "one", "rubric", "r", "value", 4, "reason", "x"), ErrInvalid, "between -3 and 3"},
		"score without reason":  {ben, set(Score, "s2", 0, "item", "one", "rubric", "r", "value", 1), ErrInvalid, "reason is missing"},
		"another coder's score": {cara, set(Score, "s", 1, "value", 3), ErrForbidden, "another coder"},
		"in another's name":     {cara, set(Score, "s2", 0, "item", "one", "rubric", "r", "value", 1, "reason", "x", "coder", "ben"), ErrForbidden, "its coder"},
		"publishing":            {ben, set(Item, "one", 1, "published", true), ErrForbidden, "only an editor"},
		"sharing":               {ben, Change{Kind: Item, ID: "one", On: 1, Private: map[string]bool{"text": false}}, ErrForbidden, "only an editor"},
		"a revision to come":    {ben, set(Item, "one", 9, "title", "y"), ErrInvalid, "revisions"},
		"none such":             {ben, set(Item, "two", 3, "title", "y"), ErrNotFound, ""},
		"no such conflict":      {ben, Change{Kind: Item, ID: "one", On: 1, Resolve: []string{"x"}}, ErrInvalid, "no open conflict"},
	} {
		t.Run(name, func(t *testing.T) {
			before := export(t, d)
			_, err := d.Write(t.Context(), x.who, "", set(Item, "beside", 0, "title", "not kept either"), x.c)
			if !errors.Is(err, x.want) || !strings.Contains(err.Error(), x.says) {
				t.Errorf("got %v, want %v with %q", err, x.want, x.says)
			}
			if export(t, d) != before {
				t.Error("something was written")
			}
		})
	}
}

// TestConflict: changes to different fields merge, lists merge, and of one field both values are kept.
func TestConflict(t *testing.T) {
	d := openAt(t, t.TempDir())
	put(t, d, ana, set(Theme, "a", 0, "title", "A"), set(Theme, "b", 0, "title", "B"), set(Theme, "c", 0, "title", "C"))
	put(t, d, ana, set(Item, "i", 0, "title", "first", "themes", []string{"a", "b"}, "language", "es"))
	put(t, d, ben, set(Item, "i", 1, "title", "ben's", "themes", []string{"a", "b", "c"}))
	done := put(t, d, cara, set(Item, "i", 1, "title", "cara's", "themes", []string{"b"}, "language", "pt"))[0]
	if len(done.Conflicts) != 1 || cmp.Diff([]string{"themes"}, done.Merged) != "" {
		t.Fatalf("%+v", done)
	}
	r := get(t, d, ben, Item, "i")
	if diff := cmp.Diff(map[string]any{"title": "ben's", "themes": []string{"b", "c"}, "language": "pt"}, r.Fields); diff != "" {
		t.Error(diff)
	}
	c := done.Conflicts[0]
	if c.Standing != "ben's" || c.By != "ben" || c.Rival != "cara's" || c.RivalBy != "cara" || c.On != 1 {
		t.Errorf("%+v", c)
	}
	// Said again, it is the same conflict; agreed with, it is none.
	put(t, d, cara, set(Item, "i", 1, "title", "cara's"))
	put(t, d, ana, set(Item, "i", 1, "title", "ben's"))
	open, err := d.Conflicts(t.Context(), ana, Item, "i", false)
	if err != nil || len(open) != 1 {
		t.Fatalf("%+v %v", open, err)
	}
	if err := d.Resolve(t.Context(), ana, c.ID, "both were right", "read it"); err != nil {
		t.Fatal(err)
	}
	open, _ = d.Conflicts(t.Context(), ana, "", "", false)
	ever, _ := d.Conflicts(t.Context(), ana, "", "", true)
	if len(open) != 0 || len(ever) != 1 || ever[0].Resolved != "ana" || ever[0].Rival != "cara's" || ever[0].Standing != "both were right" {
		t.Errorf("%+v, %+v", open, ever)
	}
	if err := d.Resolve(t.Context(), ana, c.ID, "again", ""); !errors.Is(err, ErrInvalid) {
		t.Errorf("settled twice: %v", err)
	}
}

// TestRemove: taking off and changing at once is a conflict, whichever comes first.
func TestRemove(t *testing.T) {
	d := openAt(t, t.TempDir())
	put(t, d, ana, set(Item, "a", 0, "title", "x"), set(Item, "b", 0, "title", "x"))
	put(t, d, ben, set(Item, "a", 1, "title", "y"))
	if done := put(t, d, cara, Change{Kind: Item, ID: "a", On: 1, Remove: true})[0]; len(done.Conflicts) != 1 || get(t, d, ana, Item, "a").Removed {
		t.Errorf("%+v", done)
	}
	put(t, d, ben, Change{Kind: Item, ID: "b", On: 1, Remove: true})
	done := put(t, d, cara, set(Item, "b", 1, "title", "z"))[0]
	if r := get(t, d, ana, Item, "b"); len(done.Conflicts) != 1 || !r.Removed || r.Str("title") != "z" {
		t.Errorf("%+v %+v", done, r)
	}
	if list, _ := d.List(t.Context(), ana, Query{Kind: Item}); len(list) != 1 {
		t.Errorf("%v", list)
	}
	if _, err := d.Write(t.Context(), cara, "", set(Item, "b", Latest, "title", "w")); !errors.Is(err, ErrInvalid) {
		t.Errorf("changed after it was taken off: %v", err)
	}
	if err := d.Resolve(t.Context(), ana, done.Conflicts[0].ID, false, "it is needed"); err != nil {
		t.Fatal(err)
	}
	if get(t, d, ana, Item, "b").Removed {
		t.Error("not put back")
	}
}

// TestReader: readers see what was published and what belongs to it, of that what is shared, and find nothing by what
// is not.
func TestReader(t *testing.T) {
	d := openAt(t, t.TempDir())
	put(t, d, ana, set(Entity, "hidden", 0, "name", "A source"), set(Case, "k", 0, "title", cases.Text{"en": "K"}),
		set(Claim, "c", 0, "case", "k", "text", cases.Text{"en": "so"}), set(Utterance, "u", 0, "claim", "c", "speaker", "S", "notes", "secret", "entity", "hidden"),
		set(Item, "i", 0, "title", "I", "text", "full text", "assignee", "ben", "stage", "new", "entities", []string{"hidden"}))
	for _, k := range []struct {
		kind Kind
		id   string
	}{{Claim, "c"}, {Utterance, "u"}, {Item, "i"}, {Case, "k"}} {
		if _, err := d.Get(t.Context(), Public(), k.kind, k.id); !errors.Is(err, ErrNotFound) {
			t.Errorf("%s is seen before it is published: %v", k.kind, err)
		}
	}
	put(t, d, ana, set(Claim, "c", Latest, "published", true), set(Item, "i", Latest, "published", true))
	u := get(t, d, Public(), Utterance, "u")
	if diff := cmp.Diff(map[string]any{"claim": "c", "speaker": "S"}, u.Fields); diff != "" {
		t.Error(diff)
	}
	if u.CreatedBy != "" || len(u.Private) > 0 {
		t.Errorf("%+v", u)
	}
	if diff := cmp.Diff(map[string]any{"title": "I", "published": true}, get(t, d, Public(), Item, "i").Fields); diff != "" {
		t.Error(diff)
	}
	if n, err := d.Count(t.Context(), Public(), Query{Kind: Item, Where: map[string]string{"stage": "new"}}); n != 0 || err != nil {
		t.Errorf("found by what is private: %d %v", n, err)
	}
	put(t, d, ben, Change{Kind: Item, ID: "i", On: Latest, Private: map[string]bool{"title": true}})
	if get(t, d, Public(), Item, "i").Str("title") != "" {
		t.Error("the title was made private")
	}
	for name, f := range map[string]func() error{
		"history":   func() error { _, err := d.History(t.Context(), Public(), Item, "i"); return err },
		"events":    func() error { _, err := d.Events(t.Context(), Public(), 0, 10); return err },
		"conflicts": func() error { _, err := d.Conflicts(t.Context(), Public(), "", "", true); return err },
	} {
		if err := f(); !errors.Is(err, ErrForbidden) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestPublish: the checklist stands in the way, then the case and all it needs is seen.
func TestPublish(t *testing.T) {
	d := openAt(t, t.TempDir())
	put(t, d, ana, set(Case, "k", 0, "title", cases.Text{"en": "K"}), set(Claim, "c", 0, "case", "k", "text", cases.Text{"en": "so"}), set(Source, "m", 0, "name", "Daily"),
		set(Item, "i", 0, "title", "I", "source", "m"), set(Item, "other", 0, "title", "not of it"), set(Utterance, "u", 0, "claim", "c", "speaker", "S", "item", "i"))
	err := d.Publish(t.Context(), ana, "ready", true, Case, "k")
	var lack *LackError
	if !errors.As(err, &lack) {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]Lack{{"c", "u", LackDate}, {"c", "u", LackQuote}, {"c", "c", LackEvidence}}, lack.Lacks); diff != "" {
		t.Error(diff)
	}
	put(t, d, ben, set(Utterance, "u", Latest, "date_lack", cases.Text{"en": "not stated"}, "quote_lack", cases.Text{"en": "no capture"}),
		set(Evidence, "e", 0, "claim", "c", "type", "absence", "stance", "insufficient", "reason", cases.Text{"en": "r"}, "what", cases.Text{"en": "a decree"}, "where", "gazette", "when", "2026"))
	if err := d.Publish(t.Context(), ben, "ready", true, Case, "k"); !errors.Is(err, ErrForbidden) {
		t.Errorf("by a researcher: %v", err)
	}
	if err := d.Publish(t.Context(), ana, "ready", true, Case, "k"); err != nil {
		t.Fatal(err)
	}
	view, err := d.ClaimView(t.Context(), Public(), "c")
	if err != nil || len(view.Evidence) != 1 || view.Standing.Status != cases.Unverified || len(view.History) != 1 {
		t.Errorf("%+v %v", view, err)
	}
	get(t, d, Public(), Item, "i")
	get(t, d, Public(), Source, "m")
	if _, err := d.Get(t.Context(), Public(), Item, "other"); !errors.Is(err, ErrNotFound) {
		t.Error("what does not belong to the case is seen")
	}
	if err := d.Publish(t.Context(), ana, "wrong", false, Case, "k"); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Get(t.Context(), Public(), Claim, "c"); !errors.Is(err, ErrNotFound) {
		t.Error("still seen")
	}
}

const crowdWrites = 30

// TestMain lets the test binary be one of several processes that write at once.
func TestMain(m *testing.M) {
	if dir := os.Getenv("DESK_CROWD"); dir != "" {
		d, err := Open(context.Background(), dir, Options{})
		if err == nil {
			err = errors.Join(crowd(context.Background(), d, os.Getenv("DESK_NAME")), d.Close())
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// crowd writes to one record, always as of its first revision: one field of its own, one list, one field all want.
func crowd(ctx context.Context, d *Desk, name string) error {
	who := Viewer{Name: name, Role: Researcher}
	for i := range crowdWrites {
		_, err := d.Write(ctx, who, "crowd", Change{Kind: Item, ID: "all", On: 1, Set: map[string]any{
			"x:" + name: fmt.Sprint(i), "captures": []string{fmt.Sprintf("%s-%d", name, i)}, "title": fmt.Sprintf("%s %d", name, i)}})
		if err != nil {
			return err
		}
	}
	return nil
}

// TestCrowd: two goroutines on one desk, two more processes beside it, one backup in the middle.
func TestCrowd(t *testing.T) {
	dir := t.TempDir()
	d := openAt(t, dir)
	put(t, d, ana, set(Item, "all", 0, "language", "en"))
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	names := []string{"p", "q", "g", "h"}
	var wg sync.WaitGroup
	for _, name := range names {
		wg.Go(func() {
			if name >= "p" {
				c := exec.CommandContext(t.Context(), self)
				c.Env = append(os.Environ(), "DESK_CROWD="+dir, "DESK_NAME="+name)
				if out, err := c.CombinedOutput(); err != nil {
					t.Errorf("process %s: %v %s", name, err, out)
				}
				return
			}
			if err := crowd(t.Context(), d, name); err != nil {
				t.Error(err)
			}
		})
	}
	backup := filepath.Join(t.TempDir(), "backup")
	time.Sleep(50 * time.Millisecond)
	if err := d.Backup(t.Context(), backup); err != nil {
		t.Error(err)
	}
	wg.Wait()
	r := get(t, d, ana, Item, "all")
	if n := len(r.Strings("captures")); n != len(names)*crowdWrites {
		t.Errorf("%d of %d entries of the list are there", n, len(names)*crowdWrites)
	}
	history, err := d.History(t.Context(), ana, Item, "all")
	if err != nil || len(history) != 1+len(names)*crowdWrites {
		t.Fatalf("%d events, %v", len(history), err)
	}
	// Every title that anybody wrote stands, or in the journal as one that once stood, or as a conflict.
	titles := map[string]bool{}
	for _, e := range history {
		if raw, ok := e.Fields["title"]; ok {
			var s string
			_ = json.Unmarshal(raw, &s)
			titles[s] = true
		}
	}
	conflicts, _ := d.Conflicts(t.Context(), ana, Item, "all", false)
	rivals := 0
	for _, c := range conflicts {
		if c.Field == "title" {
			rivals++
		}
	}
	if len(titles) != len(names)*crowdWrites || rivals != len(titles)-1 {
		t.Errorf("%d titles, %d conflicts about them", len(titles), rivals)
	}
	for _, dir := range []string{dir, backup} {
		d := openAt(t, dir)
		before := export(t, d)
		if err := d.Rebuild(t.Context(), nil); err != nil {
			t.Fatal(err)
		}
		if after := export(t, d); after != before {
			t.Errorf("%s: rebuilt it is another: %s", dir, cmp.Diff(before, after))
		}
		if problems, err := d.Fsck(t.Context()); err != nil || len(problems) > 0 {
			t.Errorf("%s: %v %v", dir, problems, err)
		}
	}
}

// TestDerived: what is derived may be lost, or behind; what differs or is cut is found.
func TestDerived(t *testing.T) {
	dir := t.TempDir()
	d := openAt(t, dir)
	for i := range 20 {
		put(t, d, ben, set(Item, fmt.Sprint("i", i), 0, "title", "x"))
	}
	want := export(t, d)
	_ = d.Close()
	db := filepath.Join(dir, "desk", "desk.sqlite")
	for _, f := range []string{db, db + "-wal", db + "-shm"} {
		_ = os.Remove(f)
	}
	d = openAt(t, dir)
	if got := export(t, d); got != want {
		t.Error(cmp.Diff(want, got))
	}
	if _, err := d.db.Exec(`UPDATE records SET fields = '{"title":"y"}' WHERE id = 'i3'`); err != nil {
		t.Fatal(err)
	}
	if problems, err := d.Fsck(t.Context()); err != nil || len(problems) != 1 {
		t.Errorf("a changed record: %v %v", problems, err)
	}
	if err := d.Rebuild(t.Context(), nil); err != nil || export(t, d) != want {
		t.Errorf("rebuilt: %v", err)
	}
	// A killed writer: in the journal, and not derived.
	tx, err := d.db.Begin()
	if err != nil {
		t.Fatal(err)
	}
	m, _ := readMark(t.Context(), tx)
	_ = tx.Rollback()
	e := entry{Event: Event{At: time.Now().UTC(), By: "ben", What: Set, Kind: Item, ID: "late", Rev: 1, Fields: map[string]json.RawMessage{"title": write("late")}}}
	err = d.journal.Extend(m, nil, func() ([]entry, error) { return []entry{e}, nil }, func([]entry, journal.Mark) error { return nil })
	if err != nil {
		t.Fatal(err)
	}
	if r := get(t, d, ben, Item, "late"); r.Str("title") != "late" {
		t.Errorf("%+v", r)
	}
	path := filepath.Join(dir, "desk", "journal.jsonl")
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, bytes.Replace(b, []byte(`"i5"`), []byte(`"i6"`), 1), 0o600); err != nil {
		t.Fatal(err)
	}
	if problems, err := d.Fsck(t.Context()); err != nil || len(problems) != 1 || !strings.Contains(problems[0].What, "line 6") {
		t.Errorf("a changed journal: %v %v", problems, err)
	}
	if err := os.WriteFile(path, b[:len(b)/2], 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Write(t.Context(), ben, "", set(Item, "more", 0, "title", "x")); !errors.Is(err, ErrBroken) {
		t.Errorf("written to a cut journal: %v", err)
	}
}
