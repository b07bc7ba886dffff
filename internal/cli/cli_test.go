package cli

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"veedor/internal/measure/store"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"veedor": func() { os.Exit(Main(os.Args[1:], os.Stdin, os.Stdout, os.Stderr)) }})
}

func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{Dir: "testdata/script"})
}

// program returns a function that starts this test binary as the program.
func program(t *testing.T) func(ctx context.Context, args ...string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(t.TempDir(), "veedor") // testscript.Main runs the command named by the binary's own name
	if err := os.Symlink(self, link); err != nil {
		t.Fatal(err)
	}
	return func(ctx context.Context, args ...string) *exec.Cmd { return exec.CommandContext(ctx, link, args...) }
}

// corpus writes n small measurements, some lines of them broken, and returns the file.
func corpus(t *testing.T, n int) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "corpus.jsonl")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	w := bufio.NewWriter(f)
	for i := range n {
		if i%1000 == 999 {
			fmt.Fprintf(w, "broken line %d\n", i)
			continue
		}
		fmt.Fprintf(w, `{"test_name":"web_connectivity","test_version":"0.4.3","measurement_start_time":"2026-05-%02d %02d:%02d:%02d","probe_asn":"AS%d","probe_cc":"XA","input":"http://n%d.example/","test_keys":{"queries":[{"engine":"system","hostname":"n%d.example","query_type":"A","answers":[{"answer_type":"A","ipv4":"192.0.2.%d"}],"failure":null}],"tcp_connect":[{"ip":"192.0.2.%d","port":80,"status":{"success":true,"failure":null}}],"requests":[{"failure":null,"request":{"url":"http://n%d.example/"},"response":{"code":200,"body":"%d %s"}}]}}`+"\n",
			i%28+1, i%24, i%60, i/60%60, 64496+i%10, i, i, i%250, i%250, i, i, strings.Repeat("text ", 20))
	}
	if err := errors.Join(w.Flush(), f.Close()); err != nil {
		t.Fatal(err)
	}
	return path
}

func exportOf(t *testing.T, dir string) string {
	t.Helper()
	h, err := open(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = h.close() }()
	sum := sha256.New()
	for _, table := range []store.Table{store.Observations, store.Verdicts} {
		for _, f := range []store.Format{store.CSV, store.Parquet} {
			if err := h.lake.Export(t.Context(), table, f, sum); err != nil {
				t.Fatal(err)
			}
		}
	}
	r, err := h.archive.Fsck(t.Context(), nil)
	if err != nil || len(r.Problems) > 0 {
		t.Errorf("fsck of %s: %v %v", dir, r.Problems, err)
	}
	return fmt.Sprintf("%x", sum.Sum(nil))
}

// TestKill kills an ingest of 20,000 measurements at several moments, runs it to its end, and
// compares with one that was left alone.
func TestKill(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("ingests 10,000 measurements several times over")
	}
	const n = 10000
	veedor := program(t)
	file := corpus(t, n)
	whole := t.TempDir()
	begin := time.Now()
	out, err := veedor(t.Context(), "--data", whole, "ingest", file).CombinedOutput()
	took := time.Since(begin)
	want := fmt.Sprintf("read %d = kept %d + rejected %d\n", n, n-n/1000, n/1000)
	if err != nil || !strings.HasSuffix(string(out), want) {
		t.Fatalf("%v, %s", err, out)
	}
	expected := exportOf(t, whole)

	dir := t.TempDir()
	killed := 0
	for i := range 6 { // early, in the middle, late, and where chance has it
		cmd := veedor(t.Context(), "--data", dir, "ingest", file)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(took * time.Duration(10+i*14+rand.IntN(14)) / 100)
		if cmd.Process.Kill() == nil {
			killed++
		}
		_ = cmd.Wait()
	}
	out, err = veedor(t.Context(), "--data", dir, "ingest", file).CombinedOutput()
	if err != nil || !strings.HasSuffix(string(out), want) {
		t.Fatalf("%v, %s", err, out)
	}
	if got := exportOf(t, dir); got != expected {
		t.Errorf("after %d kills the export is another", killed)
	}
	t.Logf("undisturbed in %s; killed %d times, then: %s", took, killed, out)
}

// TestServeWhileIngesting: a server shows what another process reads in meanwhile.
func TestServeWhileIngesting(t *testing.T) {
	dir, veedor := t.TempDir(), program(t)
	ctx, cancel := context.WithCancel(t.Context())
	server := veedor(ctx, "--data", dir, "serve", "--listen", "127.0.0.1:0")
	server.Cancel = func() error { return server.Process.Signal(os.Interrupt) }
	stdout, err := server.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		cancel()
		if err := server.Wait(); err != nil && !errors.Is(err, context.Canceled) {
			t.Errorf("the server did not stop cleanly: %v", err)
		}
	}()
	line, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	url := strings.TrimSpace(strings.TrimPrefix(line, "Listening on "))
	get := func(path string) string {
		r, err := http.Get(url + path)
		if err != nil {
			t.Fatal(err)
		}
		defer r.Body.Close()
		b, err := io.ReadAll(r.Body)
		if err != nil || r.StatusCode != http.StatusOK {
			t.Fatalf("%s: %d %v", path, r.StatusCode, err)
		}
		return string(b)
	}
	if !strings.Contains(get("/"), "Nothing has been read in yet") {
		t.Error("an empty folder is not said to be empty")
	}
	ingests := make(chan error, 2)
	file := corpus(t, 3000)
	for _, args := range [][]string{{"ingest", "--sample"}, {"ingest", file}} { // two at once
		go func() {
			out, err := veedor(t.Context(), append([]string{"--data", dir}, args...)...).CombinedOutput()
			if err != nil {
				err = fmt.Errorf("%w: %s", err, out)
			}
			ingests <- err
		}()
	}
	for done := 0; done < 2; {
		select {
		case err := <-ingests:
			if err != nil {
				t.Fatal(err)
			}
			done++
		default:
			get("/")
			get("/measurements?state=blocked")
		}
	}
	count := regexp.MustCompile(`<b>([\d,]+)</b> measurements`).FindStringSubmatch(get("/"))
	if count == nil || count[1] != "3,042" {
		t.Errorf("the first page counts %v measurements, want 3,042", count)
	}
	if !strings.Contains(get("/network/AS64500"), "Borduna") {
		t.Error("the sample's network has no page")
	}
}

func TestExitCode(t *testing.T) {
	tests := []struct {
		name string
		args []string
		want int
	}{
		{"no such command", []string{"nonsense"}, exitUsage},
		{"no such flag", []string{"ingest", "--nonsense"}, exitUsage},
		{"nothing to ingest", []string{"ingest"}, exitUsage},
		{"too many arguments", []string{"fsck", "x"}, exitUsage},
		{"missing file", []string{"ingest", "none.jsonl"}, exitUnreadable},
		{"no such page", []string{"page", "/none"}, exitFailed},
		{"version", []string{"version"}, exitOK},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var stdout, stderr bytes.Buffer
			got := Main(append([]string{"--data", t.TempDir()}, tt.args...), strings.NewReader(""), &stdout, &stderr)
			if got != tt.want || (got != exitOK) != strings.HasPrefix(stderr.String(), "veedor: ") {
				t.Errorf("exit code %d, want %d; said: %s", got, tt.want, stderr.String())
			}
		})
	}
}
