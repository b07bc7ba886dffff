package tlog_test

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"veedor/internal/evidence/tlog"
)

// TestMain lets the test binary act as a process that appends and is killed: see TestKill.
func TestMain(m *testing.M) {
	if dir := os.Getenv("VEEDOR_TEST_APPENDER"); dir != "" {
		appendForEver(dir, os.Getenv("VEEDOR_TEST_CRASH"))
	}
	os.Exit(m.Run())
}

// appendForEver appends and prints each batch that was acknowledged. It kills itself at a step, given as "name/n",
// when it gets there for the nth time.
func appendForEver(dir, crash string) {
	must := func(err error) {
		if err != nil {
			panic(err)
		}
	}
	ctx := context.Background()
	l, err := tlog.Open(ctx, dir, tlog.Options{})
	must(err)
	reached := map[string]int{}
	l.OnStep(func(step string) {
		reached[step]++
		if crash == fmt.Sprintf("%s/%d", step, reached[step]) {
			me, err := os.FindProcess(os.Getpid())
			must(err)
			must(me.Kill())
			select {}
		}
	})
	for i := 0; ; i++ {
		_, err := l.Append(ctx, items(tlog.Object, i, 40))
		must(err)
		fmt.Println(i)
	}
}

// acknowledged runs the appender until it is killed, and returns how many batches it was told were kept.
func acknowledged(t *testing.T, dir, crash string, after time.Duration) int {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), after)
	defer cancel()
	c := exec.CommandContext(ctx, os.Args[0]) // killed when the time is over
	c.Env = append(os.Environ(), "VEEDOR_TEST_APPENDER="+dir, "VEEDOR_TEST_CRASH="+crash)
	var out, errs bytes.Buffer
	c.Stdout, c.Stderr = &out, &errs
	if err := c.Run(); err == nil || errs.Len() > 0 {
		t.Fatalf("%v: %s", err, &errs)
	}
	return strings.Count(out.String(), "\n")
}

// TestKill: a process is killed at each step of an append and at random moments, again and again on one folder.
// After each, the log is sound once somebody appends, holds all that was acknowledged, and nothing twice.
func TestKill(t *testing.T) {
	dir := t.TempDir()
	crashes := []string{"", "sequenced/1", "", "sequenced/3", "indexed/1", "", "indexed/4", "published/1", "published/2", "", ""}
	for round, crash := range crashes {
		after := 20 * time.Second
		if crash == "" {
			after = time.Duration(40+rand.IntN(400)) * time.Millisecond
		}
		n := acknowledged(t, dir, crash, after)
		l := open(t, dir)
		add(t, l, items(tlog.Event, round, 3))
		sound(t, l)
		for i := range n {
			for _, it := range items(tlog.Object, i, 40) {
				if _, err := l.Find(t.Context(), it.Hash); err != nil {
					t.Fatalf("round %d, %q: batch %d of %d was acknowledged: %v", round, crash, i, n, err)
				}
			}
		}
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// TestProcesses: processes that append the same at the same time put each leaf in once.
func TestProcesses(t *testing.T) {
	dir := t.TempDir()
	done := make(chan int)
	for range 3 {
		go func() { done <- acknowledged(t, dir, "", 1500*time.Millisecond) }()
	}
	most := 0
	for range 3 {
		most = max(most, <-done)
	}
	l := open(t, dir)
	add(t, l, nil)
	sound(t, l)
	if got := size(t, l); most == 0 || got < uint64(most*40) {
		t.Errorf("size %d after %d batches", got, most)
	}
}
