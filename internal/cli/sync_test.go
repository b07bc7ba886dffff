package cli

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"veedor/internal/measure/bucket"
	"veedor/internal/measure/bucket/buckettest"
	"veedor/internal/measure/scenario"
)

// published lays lines out as OONI does, by hour, country and test; days before from are left out.
// It returns the files by key, and how many lines of a country there are.
func published(t *testing.T, lines [][]byte, country string) (files map[string][]byte, n int) {
	t.Helper()
	text := map[string][]byte{}
	for _, line := range lines {
		var m struct {
			Start string `json:"measurement_start_time"`
			CC    string `json:"probe_cc"`
			Test  string `json:"test_name"`
		}
		if err := json.Unmarshal(line, &m); err != nil {
			t.Fatal(err)
		}
		at, err := time.Parse(time.DateTime, m.Start)
		if err != nil {
			t.Fatal(err)
		}
		test := strings.ReplaceAll(m.Test, "_", "")
		key := fmt.Sprintf("raw/%s/%s/%s/%s_%s_%s.n0.0.jsonl.gz", at.Format("20060102/15"), m.CC, test, at.Format("2006010215"), m.CC, test)
		text[key] = append(append(text[key], line...), '\n')
		if m.CC == country {
			n++
		}
	}
	files = map[string][]byte{}
	for key, lines := range text {
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		_, err := z.Write(lines)
		if err = errors.Join(err, z.Close()); err != nil {
			t.Fatal(err)
		}
		files[key] = b.Bytes()
	}
	return files, n
}

// month is the first days of the generated month.
func month(days int) (lines [][]byte) {
	end := scenario.MonthRestricted.From.AddDate(0, 0, days-10).Format("2006-01-02")
	for line := range scenario.Month(1) {
		if i := bytes.Index(line, []byte(`"measurement_start_time":"`)); i > 0 && string(line[i+26:i+36]) < end {
			lines = append(lines, slices.Clone(line))
		}
	}
	return lines
}

// syncArgs are those that fetch all of one country of the month.
func syncArgs(data, from string, more ...string) []string {
	return append([]string{"--data", data, "sync", "ooni", "--country", "XA", "--since", "2026-04-01", "--until", "2026-05-01", "--from", from}, more...)
}

// run runs a command in this process.
func runHere(t *testing.T, want int, args ...string) (stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	if got := Main(args, strings.NewReader(""), &out, &errs); got != want {
		t.Fatalf("%v: exit code %d, want %d\n%s%s", args, got, want, out.String(), errs.String())
	}
	return out.String(), errs.String()
}

func TestSync(t *testing.T) {
	t.Parallel()
	files, n := published(t, month(2), "XA")
	s := &buckettest.Server{Bucket: "copy", Page: 2}
	for key, b := range files {
		s.Put(key, buckettest.Object{Data: b})
	}
	server := httptest.NewServer(s)
	defer server.Close()
	data, keep := t.TempDir(), t.TempDir()
	account := regexp.MustCompile(`read (\d+) = kept (\d+) \+ rejected 0\nnext: veedor detect\n$`)

	out, _ := runHere(t, exitOK, syncArgs(data, server.URL+"/copy", "--dry-run")...)
	if !regexp.MustCompile(`(?m)^2026-04-0\d +webconnectivity +\d+ `).MatchString(out) {
		t.Errorf("dry run: %s", out)
	}
	out, _ = runHere(t, exitOK, syncArgs(data, server.URL+"/copy", "--keep-files", keep)...)
	if m := account.FindStringSubmatch(out); m == nil || m[1] != fmt.Sprint(n) || m[2] != m[1] || !strings.Contains(out, "proven by their MD5, 0 checked") {
		t.Errorf("%d measurements of XA; %s", n, out)
	}
	if left, err := filepath.Glob(filepath.Join(bucket.Copies(data), "*")); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v %v", left, err)
	}

	// the same from the files that were kept, as from a stick, and by ingest
	folder, plain := t.TempDir(), t.TempDir()
	runHere(t, exitOK, syncArgs(folder, keep)...)
	runHere(t, exitOK, "--data", plain, "ingest", keep)
	want := exportOf(t, plain)
	for name, dir := range map[string]string{"bucket": data, "folder": folder} {
		if got := exportOf(t, dir); got != want {
			t.Errorf("%s: not the same export as by ingest", name)
		}
	}

	// again: nothing; then one file changed and one is new
	out, _ = runHere(t, exitOK, syncArgs(data, server.URL+"/copy")...)
	if !strings.Contains(out, "fetching 0 files") || !strings.Contains(out, "read 0 = kept 0") {
		t.Errorf("a second time: %s", out)
	}
	var keys []string
	for key := range files {
		if strings.Contains(key, "/XA/") {
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
	more := append(slices.Clone(files[keys[0]]), files[keys[1]]...) // members of gzip follow one another
	s.Put(keys[0], buckettest.Object{Data: more})
	s.Put(strings.Replace(keys[2], ".n0.0.", ".n0.1.", 1), buckettest.Object{Data: []byte("no gzip, no JSON"), ETag: "parts-2"})
	out, _ = runHere(t, exitOK, syncArgs(data, server.URL+"/copy")...)
	if !strings.Contains(out, "fetching 2 files") || !strings.Contains(out, "1 proven by their MD5, 1 checked by size alone") || !strings.Contains(out, "+ rejected 1\n") {
		t.Errorf("after a change: %s", out)
	}

	// what cannot be had is named, the rest is taken
	s.Put(keys[3], buckettest.Object{Data: files[keys[3]], ETag: "0123456789abcdef0123456789abcdef"})
	s.Put(keys[4], buckettest.Object{Data: more})
	out, errs := runHere(t, exitUnreadable, syncArgs(data, server.URL+"/copy")...)
	if !strings.Contains(errs, "veedor: fetch "+server.URL+"/copy/"+keys[3]+": its MD5 is not the one") || !strings.Contains(errs, "1 file could not be fetched; the same command tries") || !strings.Contains(out, "took in 1 file,") {
		t.Errorf("a damaged file: %s%s", out, errs)
	}
	if out, _ = runHere(t, exitOK, "--data", data, "sync", "ooni", "--status"); !strings.Contains(out, "XA ") || !strings.Contains(out, "from "+server.URL+"/copy") {
		t.Errorf("status: %s", out)
	}
	out, _ = runHere(t, exitOK, "--data", data, "rejected")
	if !strings.Contains(out, server.URL+"/copy/raw/") {
		t.Errorf("what was rejected does not name the object's address: %s", out)
	}
}

// TestSyncKill kills a sync at several moments, interrupts it once, and lets it end: the same export as of
// one that was left alone, every file noted once, and little fetched twice.
func TestSyncKill(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("syncs a generated month several times over")
	}
	veedor := program(t)
	files, n := published(t, month(9), "XA")
	s := &buckettest.Server{}
	for key, b := range files {
		s.Put(key, buckettest.Object{Data: b})
	}
	s.Before = func(w http.ResponseWriter, r *http.Request, key string, n int) bool {
		if key != "" && n == 1 && rand.IntN(8) == 0 { // half of it, then silence
			b := files[key]
			w.Header().Set("Content-Length", fmt.Sprint(len(b)))
			_, _ = w.Write(b[:len(b)/2])
			panic(http.ErrAbortHandler)
		}
		return false
	}
	server := httptest.NewServer(s)
	defer server.Close()

	whole, dir := t.TempDir(), t.TempDir()
	begin := time.Now()
	out, err := veedor(t.Context(), syncArgs(whole, server.URL)...).CombinedOutput()
	took := time.Since(begin)
	if err != nil || !strings.Contains(string(out), fmt.Sprintf("read %d = kept %d + rejected 0\n", n, n)) {
		t.Fatalf("%v, %s", err, out)
	}
	expected := exportOf(t, whole)

	killed := 0
	for i := range 4 { // what is done stays done, so each has less before it than the one before
		cmd := veedor(t.Context(), syncArgs(dir, server.URL)...)
		var said bytes.Buffer
		cmd.Stderr = &said
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(took * time.Duration(10+rand.IntN(40)) / 100)
		if i == 2 {
			_ = cmd.Process.Signal(os.Interrupt) // it may have ended
			if err := cmd.Wait(); err != nil && (cmd.ProcessState.ExitCode() != exitInterrupted || !strings.Contains(said.String(), "run the same command again")) {
				t.Errorf("interrupted: %v %s", err, said.String())
			}
			continue
		}
		if cmd.Process.Kill() == nil {
			killed++
		}
		_ = cmd.Wait()
	}
	out, err = veedor(t.Context(), syncArgs(dir, server.URL)...).CombinedOutput()
	if err != nil {
		t.Fatalf("%v, %s", err, out)
	}
	if got := exportOf(t, dir); got != expected {
		t.Errorf("after %d kills the export is another", killed)
	}
	j, err := bucket.OpenJournal(dir)
	if err != nil {
		t.Fatal(err)
	}
	entries, err := j.Entries()
	seen, read := map[string]int{}, int64(0)
	for _, e := range entries {
		seen[e.Key]++
		read += e.Kept
	}
	for key := range files {
		want := 0
		if strings.Contains(key, "/XA/") {
			want = 1
		}
		if seen[key] != want {
			t.Errorf("%s is noted %d times", key, seen[key])
		}
	}
	if err != nil || read != int64(n) {
		t.Errorf("the journal accounts for %d of %d measurements (%v)", read, n, err)
	}
	if left, err := filepath.Glob(filepath.Join(bucket.Copies(dir), "*")); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v %v", left, err)
	}
	t.Logf("undisturbed in %s; killed %d times, then: %s", took, killed, out)
}
