package archive_test

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"veedor/internal/evidence/archive"
)

// TestMain lets the test binary act as a writer that is killed: see TestKill and TestKillAtEachStep.
func TestMain(m *testing.M) {
	if dir := os.Getenv("VEEDOR_TEST_WRITER"); dir != "" {
		writeForEver(dir, os.Getenv("VEEDOR_TEST_CRASH"))
	}
	os.Exit(m.Run())
}

// writeForEver commits batches and prints the hash of each acknowledged object. It kills itself at a
// step, given as "name/n", when it gets there for the nth time.
func writeForEver(dir, crash string) {
	must := func(err error) {
		if err != nil {
			panic(err)
		}
	}
	a, err := archive.Open(dir)
	must(err)
	reached := map[string]int{}
	a.OnStep(func(step string) {
		reached[step]++
		if crash == fmt.Sprintf("%s/%d", step, reached[step]) {
			me, err := os.FindProcess(os.Getpid())
			must(err)
			must(me.Kill())
			select {}
		}
	})
	b, err := a.Begin("killed")
	must(err)
	for i := uint64(0); ; i++ {
		var hashes []archive.Hash
		for j := range uint64(3) {
			h, err := b.Put([]byte(text(400<<10, uint64(os.Getpid())<<20+i*3+j)), archive.Entry{})
			must(err)
			hashes = append(hashes, h)
		}
		_, err := b.Commit(context.Background())
		must(err)
		for _, h := range hashes {
			fmt.Println(h)
		}
		if i == 1 {
			must(a.Finish("killed", archive.Totals{Read: 6, Kept: 6}))
		}
	}
}

// writer starts the test binary as a writer.
func writer(t *testing.T, dir, crash string) (*exec.Cmd, *bytes.Buffer) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "VEEDOR_TEST_WRITER="+dir, "VEEDOR_TEST_CRASH="+crash)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, os.Stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return cmd, &out
}

// acknowledged checks that every object a writer acknowledged is there, and counts them.
func acknowledged(t *testing.T, a *archive.Archive, out string) int {
	t.Helper()
	n := 0
	for line := range strings.Lines(out) {
		if len(line) != 65 {
			continue // cut off by the kill
		}
		h, err := archive.ParseHash(strings.TrimSpace(line))
		if err != nil {
			t.Fatal(err)
		}
		n++
		if _, err := a.Get(h); err != nil {
			t.Errorf("acknowledged object: %v", err)
		}
	}
	return n
}

// clean checks that an archive is sound and nothing is left in tmp/.
func clean(t *testing.T, a *archive.Archive, dir string) {
	t.Helper()
	if got := fsck(t, a); len(got) > 0 {
		t.Errorf("fsck: %v", got)
	}
	if left, err := os.ReadDir(filepath.Join(dir, "archive", "tmp")); err != nil || len(left) > 0 {
		t.Errorf("left in tmp: %v %v", left, err)
	}
}

// TestKill kills a writer at random moments: what it acknowledged is there, and the archive is sound.
func TestKill(t *testing.T) {
	dir := t.TempDir()
	n := 0
	for range 6 {
		cmd, out := writer(t, dir, "")
		time.Sleep(time.Duration(120+rand.IntN(150)) * time.Millisecond)
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		a := open(t, dir)
		n += acknowledged(t, a, out.String())
		clean(t, a, dir)
		if err := a.Close(); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("%d acknowledged objects, all there", n)
}

// TestKillAtEachStep kills a writer at each step of its first commit and of its third, which finds a
// manifest that is there already. Another writer that has the archive open meanwhile goes on undisturbed.
func TestKillAtEachStep(t *testing.T) {
	survives := map[string]int{"written": 0, "staged": 0, "listed": 3, "counted": 3, "placed": 3, "indexed": 3} // objects of the commit
	for step, whole := range survives {
		for _, nth := range []int{1, 3} {
			for _, witness := range []bool{false, true} {
				name := fmt.Sprintf("%s/%d", step, nth)
				if step == "listed" && nth == 3 {
					name = "listed/4" // Finish came between
				}
				t.Run(fmt.Sprintf("%s,witness=%v", name, witness), func(t *testing.T) {
					t.Parallel()
					dir := t.TempDir()
					a := open(t, dir)
					cmd, out := writer(t, dir, name)
					_ = cmd.Wait()
					if witness {
						put(t, a, "witness", "one")
						put(t, a, "killed", "two")
						if err := a.Finish("killed", archive.Totals{Read: 1, Kept: 1}); err != nil {
							t.Fatal(err)
						}
						clean(t, a, dir)
					}
					b := open(t, dir)
					clean(t, b, dir)
					want := whole + 3*(nth-1)
					if got := acknowledged(t, b, out.String()); got != 3*(nth-1) {
						t.Errorf("%d objects were acknowledged before the kill", got)
					}
					if witness {
						want += 2
					}
					got := 0
					if err := b.Each(t.Context(), nil, func(archive.Object) error { got++; return nil }); err != nil || got != want {
						t.Errorf("%d objects survive, want %d; %v", got, want, err)
					}
					put(t, b, "killed", "three")
					clean(t, b, dir)
				})
			}
		}
	}
}

// TestRecover opens archives as a crash at moments too short to be hit would leave them.
func TestRecover(t *testing.T) {
	dir := small(t)
	tmp := filepath.Join(dir, "archive", "tmp")
	manifest := find(t, dir, ".jsonl", `"a.jsonl"`)
	pack := find(t, dir, ".pack", "")
	tests := []struct {
		name  string
		crash func()
	}{
		{"half a pack", func() { write(t, filepath.Join(tmp, "X.tmp"), []byte("veedor pa")) }},
		{"a sealed, unlisted pack", func() { write(t, filepath.Join(tmp, strings.Repeat("ab", 32)+".pack"), []byte("x")) }},
		{"listed, not yet in place", func() {
			if err := os.Rename(pack, filepath.Join(tmp, filepath.Base(pack))); err != nil {
				t.Fatal(err)
			}
		}},
		{"half a manifest line", func() { write(t, manifest, append(read(t, manifest), `{"kind":"pa`...)) }},
		{"half a first line", func() {
			write(t, filepath.Join(dir, "archive", "manifests", "0011223344556677.jsonl"), []byte(`{"ki`))
		}},
		{"no first line", func() { write(t, filepath.Join(dir, "archive", "manifests", "0011223344556677.jsonl"), nil) }},
		{"half a head", func() { write(t, filepath.Join(tmp, "head.tmp"), []byte(`{"rec`)) }},
		{"no head", func() {
			if err := os.Remove(filepath.Join(dir, "archive", "head")); err != nil {
				t.Fatal(err)
			}
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			before := len(files(t, dir))
			tt.crash()
			a := open(t, dir)
			clean(t, a, dir)
			if after := len(files(t, dir)); after != before {
				t.Errorf("%d files, there were %d", after, before)
			}
			if err := a.Close(); err != nil {
				t.Fatal(err)
			}
		})
	}
}
