package journal_test

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"veedor/internal/evidence/journal"
)

// note is an entry for tests.
type note struct {
	Text string `json:"text"`
	N    int    `json:"n"`
	journal.Link
}

func open(path string) *journal.Journal[note] {
	return journal.Open(path, func(n *note) *journal.Link { return &n.Link })
}

func add(t testing.TB, j *journal.Journal[note], text ...string) []note {
	t.Helper()
	out, err := j.Append(func(known []note) ([]note, error) {
		var fresh []note
		for i, s := range text {
			fresh = append(fresh, note{Text: s, N: len(known) + i})
		}
		return fresh, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// TestMain lets the test binary act as a writer that is killed: see TestKill.
func TestMain(m *testing.M) {
	if path := os.Getenv("VEEDOR_TEST_JOURNAL"); path != "" {
		j := open(path)
		for {
			fresh, err := j.Append(func(known []note) ([]note, error) {
				return []note{{Text: strings.Repeat("x", 3000), N: len(known)}, {Text: "y", N: len(known) + 1}}, nil
			})
			if err != nil {
				panic(err)
			}
			fmt.Println(fresh[1].Hash)
		}
	}
	os.Exit(m.Run())
}

func TestChain(t *testing.T) {
	path := filepath.Join(t.TempDir(), "folder", "journal.jsonl")
	j := open(path)
	if got, err := j.Entries(); err != nil || len(got) != 0 {
		t.Fatalf("no file: %v, %v", got, err)
	}
	first := add(t, j, "one", "two")
	other := open(path)
	add(t, other, "three")
	got, err := j.Entries()
	if err != nil || len(got) != 3 {
		t.Fatalf("%v, %v", got, err)
	}
	if d := cmp.Diff(first, got[:2]); d != "" {
		t.Errorf("what Append returned (-want +got):\n%s", d)
	}
	for i, e := range got {
		want := ""
		if i > 0 {
			want = got[i-1].Hash
		}
		if e.Previous != want || e.N != i || len(e.Hash) != 64 {
			t.Errorf("entry %d: %+v", i, e)
		}
	}
	refuse := errors.New("no")
	if _, err := j.Append(func([]note) ([]note, error) { return []note{{Text: "four"}}, refuse }); !errors.Is(err, refuse) {
		t.Errorf("f failed: %v", err)
	}
	if got, err := other.Entries(); err != nil || len(got) != 3 {
		t.Errorf("after f failed: %v, %v", got, err)
	}
}

func TestBroken(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "journal.jsonl")
	add(t, open(path), "one", "two", "three")
	sound, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.SplitAfter(string(sound), "\n")
	for name, b := range map[string]string{
		"changed":           strings.Replace(string(sound), "two", "TWO", 1),
		"taken out":         lines[0] + lines[2],
		"out of order":      lines[1] + lines[0] + lines[2],
		"first one gone":    lines[1] + lines[2],
		"twice":             lines[0] + lines[1] + lines[1] + lines[2],
		"no JSON":           lines[0] + "two\n" + lines[2],
		"ends merged":       strings.Replace(string(sound), "\n", " ", 1),
		"last end changed":  strings.TrimSuffix(string(sound), "\n") + "\v",
		"more on last line": string(sound) + lines[0][:len(lines[0])-1] + "{",
	} {
		t.Run(name, func(t *testing.T) {
			if err := os.WriteFile(path, []byte(b), 0o644); err != nil {
				t.Fatal(err)
			}
			if got, err := open(path).Entries(); !errors.Is(err, journal.ErrBroken) {
				t.Errorf("%v, %v", got, err)
			}
			if _, err := open(path).Append(func([]note) ([]note, error) { return []note{{}}, nil }); !errors.Is(err, journal.ErrBroken) {
				t.Errorf("appended to a broken journal: %v", err)
			}
		})
	}
	j := open(path)
	if err := os.WriteFile(path, sound, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := j.Entries(); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(lines[0]), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := j.Entries(); !errors.Is(err, journal.ErrBroken) {
		t.Errorf("it became shorter: %v", err)
	}
}

// TestTorn: wherever an append was cut off, what was whole stays, and the next append removes the rest.
func TestTorn(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "journal.jsonl")
	add(t, open(path), "one")
	first, _ := os.ReadFile(path)
	add(t, open(path), "two")
	both, _ := os.ReadFile(path)
	for n := len(first); n < len(both); n++ {
		if err := os.WriteFile(path, both[:n], 0o644); err != nil {
			t.Fatal(err)
		}
		if got, err := open(path).Entries(); err != nil || len(got) != 1 {
			t.Fatalf("cut after %d bytes: %v, %v", n, got, err)
		}
		add(t, open(path), "other")
		if got, err := open(path).Entries(); err != nil || len(got) != 2 || got[1].Text != "other" {
			t.Fatalf("cut after %d bytes, appended: %v, %v", n, got, err)
		}
	}
}

func TestConcurrent(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal.jsonl")
	var wg sync.WaitGroup
	shared := open(path)
	for i := range 8 {
		wg.Go(func() {
			j := shared
			if i%2 == 0 {
				j = open(path)
			}
			for range 5 {
				add(t, j, "a", "b")
			}
		})
	}
	wg.Wait()
	got, err := open(path).Entries()
	if err != nil || len(got) != 80 {
		t.Fatalf("%d entries, %v", len(got), err)
	}
	for i, e := range got {
		if e.N != i {
			t.Fatalf("entry %d was made when there were %d", i, e.N)
		}
	}
}

// TestKill: a writer killed at any moment leaves a sound journal with everything it was told is kept.
func TestKill(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal.jsonl")
	acknowledged := map[string]bool{}
	for i := range 6 {
		c := exec.Command(os.Args[0])
		c.Env = append(os.Environ(), "VEEDOR_TEST_JOURNAL="+path)
		out, err := c.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		time.AfterFunc(time.Duration(60+i*7)*time.Millisecond, func() { _ = c.Process.Kill() })
		r := bufio.NewReader(out)
		for {
			line, err := r.ReadString('\n')
			if err == io.EOF {
				break
			}
			acknowledged[strings.TrimSpace(line)] = true
		}
		_ = c.Wait() // it was killed
	}
	got, err := open(path).Entries()
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range got {
		delete(acknowledged, e.Hash)
	}
	if len(got) == 0 || len(acknowledged) > 0 {
		t.Errorf("%d entries, %d acknowledged ones are gone", len(got), len(acknowledged))
	}
}

func FuzzEntries(f *testing.F) {
	path := filepath.Join(f.TempDir(), "journal.jsonl")
	add(f, open(path), "one", "two")
	sound, err := os.ReadFile(path)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(sound)
	f.Add([]byte("{\"previous\":\"\"}\n{}\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		path := filepath.Join(t.TempDir(), "journal.jsonl")
		if err := os.WriteFile(path, b, 0o644); err != nil {
			t.Fatal(err)
		}
		before, err := open(path).Entries()
		if err != nil {
			return
		}
		add(t, open(path), "more")
		if after, err := open(path).Entries(); err != nil || len(after) != len(before)+1 {
			t.Fatalf("%d entries, then %d, %v", len(before), len(after), err)
		}
	})
}

func Example() {
	type entry struct {
		What         string `json:"what"`
		journal.Link        // last
	}
	dir, err := os.MkdirTemp("", "journal")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	j := journal.Open(filepath.Join(dir, "journal.jsonl"), func(e *entry) *journal.Link { return &e.Link })
	for _, what := range []string{"found", "taken back"} {
		if _, err := j.Append(func(known []entry) ([]entry, error) { return []entry{{What: what}}, nil }); err != nil {
			panic(err)
		}
	}
	all, err := j.Entries()
	fmt.Println(len(all), all[1].What, all[1].Previous == all[0].Hash, err)
	// Output: 2 taken back true <nil>
}
