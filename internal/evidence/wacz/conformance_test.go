package wacz

import (
	"archive/tar"
	"bufio"
	"bytes"
	"cmp"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
)

// tools are other people's programs that read what we write, and whose files we read.
type tools struct {
	dir    string // below which everything is installed
	python string
	wacz   string
	warcio string
	node   string // directory with node_modules
}

// conformance installs the tools once, from PyPI and npm by their ordinary clients, below VEEDOR_CACHE.
func conformance(t *testing.T) tools {
	t.Helper()
	if os.Getenv("VEEDOR_CONFORMANCE") != "1" {
		t.Skip("set VEEDOR_CONFORMANCE=1 to compare with PyPI wacz, warcio, surt, cdxj-indexer and npm warcio")
	}
	for _, p := range []string{"python3", "npm", "node"} {
		if _, err := exec.LookPath(p); err != nil {
			t.Skipf("needs %s", p)
		}
	}
	dir := filepath.Join(cmp.Or(os.Getenv("VEEDOR_CACHE"), filepath.Join(os.TempDir(), "veedor-conformance")), "wacz")
	x := tools{dir: dir, python: filepath.Join(dir, "venv/bin/python"), wacz: filepath.Join(dir, "venv/bin/wacz"), warcio: filepath.Join(dir, "venv/bin/warcio"), node: dir}
	done := filepath.Join(dir, "done-3")
	if _, err := os.Stat(done); err == nil {
		return x
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, c := range [][]string{
		{"python3", "-m", "venv", "venv"},
		{"venv/bin/pip", "install", "-q", "wacz", "warcio", "surt", "cdxj-indexer", "setuptools", "wheel"},
		{"venv/bin/pip", "download", "-q", "--no-deps", "--no-binary", "pywb", "--no-build-isolation", "-d", "sdist", "pywb"},
		{"npm", "install", "--silent", "--no-audit", "--no-fund", "--prefix", ".", "warcio"},
	} {
		cmd := exec.Command(c[0], c[1:]...)
		cmd.Dir = dir
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Skipf("%s: %s\n%s", strings.Join(c, " "), err, out)
		}
	}
	if err := os.WriteFile(done, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	return x
}

func run(t *testing.T, dir, name string, args ...string) string {
	t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Dir = dir
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		t.Errorf("%s %s: %s\n%s%s", name, strings.Join(args, " "), err, out.String(), errs.String())
	}
	return out.String()
}

// put writes a file of the test.
func put(t *testing.T, name string, b []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, b, 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// ourIndex indexes a WARC file.
func ourIndex(t *testing.T, path string) []string {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var out []string
	if err := Index(context.Background(), f, filepath.Base(path), nil, func(l Line) error {
		out = append(out, l.String())
		return nil
	}); err != nil {
		t.Error(err)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// TestConformanceSURT compares keys of 10,000 odd URLs with PyPI surt's.
func TestConformanceSURT(t *testing.T) {
	x := conformance(t)
	out := run(t, ".", x.python, "testdata/surt_vectors.py", "10000")
	wrong, n := 0, 0
	s := bufio.NewScanner(strings.NewReader(out))
	for s.Scan() {
		var v [2]string
		if err := json.Unmarshal(s.Bytes(), &v); err != nil {
			t.Fatal(err)
		}
		n++
		if got := SURT(v[0]); got != v[1] {
			if wrong++; wrong < 10 {
				t.Errorf("SURT(%q)\n is %q\nnot %q", v[0], got, v[1])
			}
		}
	}
	t.Logf("%d of %d keys as PyPI surt makes them", n-wrong, n)
}

// TestConformanceWARC has PyPI warcio check our digests and iterate our records.
func TestConformanceWARC(t *testing.T) {
	x := conformance(t)
	for name, opt := range map[string]WriterOptions{"data.warc.gz": {}, "data.warc": {Plain: true}} {
		records := sampleRecords()
		path := put(t, name, writeWARC(t, opt, records...))
		if out := run(t, ".", x.warcio, "check", "-v", path); strings.Contains(out, "failed") || !strings.Contains(out, "digest pass") {
			t.Errorf("warcio check says\n%s", out)
		}
		if n := strings.Count(run(t, ".", x.warcio, "index", path), "\n"); n != len(records) {
			t.Errorf("%s: warcio finds %d records of %d", name, n, len(records))
		}
	}
}

// TestConformanceIndex compares our index with those of PyPI cdxj-indexer, as py-wacz calls it, and npm warcio.
func TestConformanceIndex(t *testing.T) {
	x := conformance(t)
	files := map[string]string{}
	for name, opt := range map[string]WriterOptions{"data.warc.gz": {}, "plain.warc": {Plain: true}} {
		files[name] = put(t, name, writeWARC(t, opt, sampleRecords()...))
	}
	for _, path := range fixtures(t, x) {
		if !strings.Contains(path, "bad") && !strings.Contains(path, ".arc") {
			files[filepath.Base(path)] = path
		}
	}
	for name, path := range files {
		t.Run("PyPI/"+name, func(t *testing.T) {
			out := run(t, ".", x.python, "-c", `
import sys
from cdxj_indexer.main import CDXJIndexer
CDXJIndexer(None, [sys.argv[1]], sort=True, post_append=True, digest_records=True, fields="referrer").process_all()`, path)
			theirs := strings.Split(strings.TrimSpace(out), "\n")
			ours := ourIndex(t, path)
			for i := range theirs {
				// Where a record has no digest, cdxj-indexer gives that of nothing: it has read the record before.
				if i < len(ours) && strings.Contains(theirs[i], emptySHA1) {
					theirs[i], ours[i] = digestField.ReplaceAllString(theirs[i], ""), digestField.ReplaceAllString(ours[i], "")
				}
			}
			if d := gocmp.Diff(theirs, ours); d != "" {
				t.Errorf("- cdxj-indexer, + ours\n%s", d)
			}
		})
		t.Run("npm/"+name, func(t *testing.T) {
			if name == "example-extra.warc" || name == "missing-status-text.warc" {
				t.Skip("the file is broken, and each reads it in its own way")
			}
			out := run(t, x.node, "node", filepath.Join(x.node, "node_modules/warcio/dist/cli.js"), "cdx-index", path, "--format", "cdxj")
			theirs, ours := normal(t, strings.Split(strings.TrimSpace(out), "\n")), normal(t, ourIndex(t, path))
			for i := range theirs {
				if i < len(ours) && !strings.Contains(theirs[i], `"digest"`) {
					ours[i] = digestValue.ReplaceAllString(ours[i], "")
				}
			}
			if d := gocmp.Diff(theirs, ours); d != "" {
				t.Errorf("- npm warcio, + ours\n%s", d)
			}
		})
	}
}

var digestValue = regexp.MustCompile(`"digest": "[^"]*", `)

var digestField = regexp.MustCompile(`"digest": "sha1:[A-Z2-7]*", `)

// normal brings lines of both indexers to one form: npm warcio leaves the name of the algorithm out of digests, keeps the
// parameters of media types of resources, does not hash records, computes no digest that is not in the record,
// keeps a trailing slash in keys and takes a URN as its own key, and flattens JSON bodies in its own way.
func normal(t *testing.T, lines []string) []string {
	t.Helper()
	var out []string
	for _, text := range lines {
		l, err := ParseLine(text)
		if err != nil {
			t.Errorf("%s: %s", err, text)
			continue
		}
		_, l.Digest, _ = strings.Cut(":"+l.Digest, ":")
		if i := strings.LastIndexByte(l.Digest, ':'); i >= 0 {
			l.Digest = l.Digest[i+1:]
		}
		l.MIME, l.RecordDigest, l.Referrer, l.Filename = mimeOf(l.MIME), "", "", filepath.Base(l.Filename)
		if l.Method != "" {
			if !keyFits(&l) {
				t.Errorf("key %q does not fit %q", l.Key, l.URL)
			}
			l.Key, l.RequestBody = "POST "+SURT(l.URL), ""
		}
		if l.Key = looseKey(l.Key); !hasHTTPScheme(l.URL) {
			l.Key = looseKey(l.URL)
		}
		out = append(out, l.String())
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// TestConformancePackage has PyPI wacz validate ours, and checks what it makes of the same WARC files.
func TestConformancePackage(t *testing.T) {
	x := conformance(t)
	ours := put(t, "ours.wacz", pack(t, sampleContent(t)))
	if out := run(t, ".", x.wacz, "validate", "-f", ours); !strings.Contains(out, "Validation succeeded, the passed WACZ is valid") {
		t.Errorf("wacz validate says\n%s", out)
	}
	warc := put(t, "data.warc.gz", writeWARC(t, WriterOptions{}, sampleRecords()...))
	for _, args := range [][]string{{"--detect-pages"}, {"--detect-pages", "--text"}, {"--url", "http://www.example.org/"}, {"--detect-pages", "--hash-type", "md5"}} {
		theirs := filepath.Join(t.TempDir(), "theirs.wacz")
		run(t, ".", x.wacz, append([]string{"create", warc, "-o", theirs}, args...)...)
		b, err := os.ReadFile(theirs)
		if err != nil {
			t.Fatal(err)
		}
		mustBeSound(t, check(b))
		if args[0] == "--detect-pages" && len(args) == 1 {
			sameIndex(t, b, pack(t, sampleContent(t)))
		}
	}
}

// sameIndex compares the lines of two packages.
func sameIndex(t *testing.T, a, b []byte) {
	t.Helper()
	lines := func(p []byte) (out []string) {
		for name, text := range entries(p) {
			if !isIndex(name) {
				continue
			}
			if strings.HasSuffix(name, ".gz") {
				z, err := gzip.NewReader(strings.NewReader(text))
				if err != nil {
					t.Fatal(err)
				}
				plain, err := io.ReadAll(z)
				if err != nil {
					t.Fatal(err)
				}
				text = string(plain)
			}
			for line := range strings.Lines(text) {
				if l, err := ParseLine(strings.TrimRight(line, "\r\n")); err == nil {
					out = append(out, l.String())
				}
			}
		}
		slices.Sort(out)
		return out
	}
	if d := gocmp.Diff(lines(a), lines(b)); d != "" {
		t.Errorf("- py-wacz, + ours\n%s", d)
	}
}

// fixtures unpacks the WARC files that come with the source of pywb.
func fixtures(t *testing.T, x tools) []string {
	t.Helper()
	found, _ := filepath.Glob(filepath.Join(x.dir, "sdist", "*.tar.gz"))
	dir := filepath.Join(x.dir, "fixtures")
	for _, path := range found {
		f, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		gz, err := gzip.NewReader(f)
		if err != nil {
			t.Fatal(err)
		}
		r := tar.NewReader(gz)
		for h, err := r.Next(); err == nil; h, err = r.Next() {
			if base := filepath.Base(h.Name); h.Typeflag == tar.TypeReg && slices.Contains([]string{".warc", ".gz", ".bad", ".wacz"}, filepath.Ext(base)) && strings.Contains(base, ".wa") {
				b, err := io.ReadAll(r)
				if err != nil {
					t.Fatal(err)
				}
				os.MkdirAll(dir, 0o755)
				if err := os.WriteFile(filepath.Join(dir, base), b, 0o644); err != nil {
					t.Fatal(err)
				}
			}
		}
		f.Close()
	}
	out, _ := filepath.Glob(filepath.Join(dir, "*"))
	return out
}

// TestConformanceFixtures checks every public fixture, and the packages that py-wacz makes of them. What is rejected must
// be broken, for the reason given here.
func TestConformanceFixtures(t *testing.T) {
	x := conformance(t)
	files := fixtures(t, x)
	if len(files) == 0 {
		t.Skip("the source of pywb did not come with WARC files")
	}
	accepted := 0
	for _, path := range files {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		name := filepath.Base(path)
		r := CheckWARC(context.Background(), bytes.NewReader(b), Options{})
		reason := brokenFixtures()[name]
		switch {
		case r.Sound() && reason == "":
			accepted++
		case r.Sound():
			t.Errorf("%s is accepted, but %s", name, reason)
		case reason == "" || !strings.Contains(fmt.Sprint(r.Faults), reason):
			t.Errorf("%s is rejected: %d faults, %v", name, len(r.Faults)+r.More, r.Faults[:min(len(r.Faults), 4)])
		default:
			t.Logf("%s is rejected, and rightly so: %s", name, r.Faults[0])
		}
	}
	t.Logf("%d of %d fixtures accepted", accepted, len(files))
}

// brokenFixtures are fixtures that break the specification, and words from what must be said of them.
func brokenFixtures() map[string]string {
	return map[string]string{
		"example-bad.warc.gz.bad":              "more than one record",          // one gzip member for the whole file; warcio refuses it too
		"example-extra.warc":                   "two line ends must follow",     // edited by hand: line ends taken out, GETX for GET
		"example-url-agnostic-orig.warc.gz":    "ends before the two line ends", // nothing closes the record
		"example-url-agnostic-revisit.warc.gz": "ends before the two line ends",
		"example.warc":                         "two line ends must follow",     // a Content-Length that is one too small
		"missing-status-text.warc":             "more than one carriage return", // every line ends with CR CR LF
	}
}
