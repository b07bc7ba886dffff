package registry

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"testing"
	"time"
)

// killedItems is how many items the import has that is killed.
const killedItems = 5*fewItems + 100

// fewItems is how many are committed at once here.
const fewItems = 3000

func killedSource() []Item {
	var items []Item
	for i := range killedItems {
		it := ent(fmt.Sprint("e", i%(4*fewItems)), "Company", "name", fmt.Sprint("Name ", i), "parent", fmt.Sprint("e", i/2))
		if i%500 == 499 {
			it = Item{Rejects: []Reject{{Reason: "broken", Raw: []byte("x"), At: Place{"f", i, 0}}}}
		}
		items = append(items, it)
	}
	return items
}

// TestMain lets the test binary act as an import that is killed: see TestKill.
func TestMain(m *testing.M) {
	if data := os.Getenv("VEEDOR_TEST_REGISTRY"); data != "" {
		r, err := Open(context.Background(), data)
		if err == nil {
			r.batchItems = fewItems
			s := newState("list", "2021-01-01")
			s.Progress = func(int) { fmt.Println("committed") }
			_, _, err = r.Import(context.Background(), s, now, give(Account{Read: killedItems}, killedSource()...))
		}
		if err != nil {
			panic(err)
		}
		os.Exit(0)
	}
	if data := os.Getenv("VEEDOR_TEST_REBUILD"); data != "" {
		if err := rebuildKilled(context.Background(), data); err != nil {
			panic(err)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// killed runs this test binary with a variable of the environment until it ends by itself, at most so many times, and kills it some
// time after it first said something; it returns how often it did. A batch at least is committed before the end of each, so that it
// comes to an end on any machine.
func killed(t *testing.T, env string, most int, after func(i int) time.Duration) int {
	t.Helper()
	for i := range most {
		c := exec.Command(os.Args[0])
		c.Env = append(os.Environ(), env)
		out, err := c.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		_, _ = out.Read(make([]byte, 1))
		time.AfterFunc(after(i), func() { _ = c.Process.Kill() })
		if c.Wait() == nil {
			return i
		}
	}
	return most
}

// TestKill: an import that is killed at any moment and run again ends as one that was not.
func TestKill(t *testing.T) {
	whole := openTest(t)
	put(t, whole, "list", "2021-01-01", killedSource()...)
	data := t.TempDir()
	kills := killed(t, "VEEDOR_TEST_REGISTRY="+data, 60, func(i int) time.Duration { return time.Duration(i*13%70) * time.Millisecond })
	r, err := Open(t.Context(), data)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.Close() })
	put(t, r, "list", "2021-01-01", killedSource()...)
	if dump(t, whole) != dump(t, r) {
		t.Errorf("killed %d times, it is another", kills)
	}
	t.Logf("killed %d times", kills)
}
