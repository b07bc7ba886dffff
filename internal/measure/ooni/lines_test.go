package ooni

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/zstd"
)

func gzipped(s string) string {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, _ = io.WriteString(z, s)
	_ = z.Close()
	return b.String()
}

func zstded(s string) string {
	z, err := zstd.NewWriter(nil)
	if err != nil {
		panic(err)
	}
	return string(z.EncodeAll([]byte(s), nil))
}

func tarred(files ...string) string {
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	_ = w.WriteHeader(&tar.Header{Name: "dir/", Typeflag: tar.TypeDir})
	for i := 0; i < len(files); i += 2 {
		_ = w.WriteHeader(&tar.Header{Name: files[i], Size: int64(len(files[i+1])), Mode: 0o644})
		_, _ = io.WriteString(w, files[i+1])
	}
	_ = w.Close()
	return b.String()
}

// collect returns each record as "number data" or "number ! reason: data", long data cut.
func collect(t testing.TB, r io.Reader) []string {
	t.Helper()
	var got []string
	err := Lines(r, "source", func(l Line) error {
		data := string(l.Data)
		if len(data) > 60 {
			data = fmt.Sprintf("%s… (%d)", data[:20], len(data))
		}
		if l.Err != nil {
			data = fmt.Sprintf("! %v: %s", l.Err, data)
		}
		got = append(got, fmt.Sprintf("%d %s", l.Number, data))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func TestLinesSplits(t *testing.T) {
	const (
		pretty = "{\n  \"test_name\": \"x\",\n  \"a\": [\n    {\n      \"b\": \"}\\\"{\"\n    }\n  ]\n}\n"
		object = `{"test_name":"x","a":1}`
	)
	two := []string{`1 {"a":1}`, `2 {"b":2}`}
	tests := []struct {
		name, source string
		want         []string
	}{
		{"nothing", "", nil},
		{"white space", " \n\r\n\t\n", nil},
		{"lines", "{\"a\":1}\n{\"b\":2}\n", two},
		{"no line feed at the end", "{\"a\":1}\n{\"b\":2}", two},
		{"CRLF and blank lines", "\r\n{\"a\":1}\r\n\r\n  \n{\"b\":2}\r\n", two},
		{"byte order mark", "\xef\xbb\xbf{\"a\":1}\n{\"b\":2}\n", two},
		{"NULs at the end", "{\"a\":1}\n{\"b\":2}\n" + strings.Repeat("\x00", 3<<20), two},
		{"gzip", gzipped("{\"a\":1}\n{\"b\":2}\n"), two},
		{"gzip of several members", gzipped("{\"a\":1}\n") + gzipped("{\"b\":2}\n"), two},
		{"zstd", zstded("{\"a\":1}\n{\"b\":2}\n"), two},
		{"gzip in zstd", zstded(gzipped("{\"a\":1}\n{\"b\":2}\n")), two},
		{"tar", tarred("x.jsonl", "{\"a\":1}\n", "empty", "", "y/z.jsonl", "{\"b\":2}\n"), two},
		{"tar.gz with a gzip in it", gzipped(tarred("x.jsonl.gz", gzipped("{\"a\":1}\n"), "y", "[{\"b\":2}]")), two},
		{"tar.zst", zstded(tarred("x", "{\"a\":1}\n{\"b\":2}\n")), two},
		{"array", "[{\"a\":1}, {\"b\":2}]\n", two},
		{"array over lines", "[\n{\"a\":1},\n{\"b\":2}\n]", two},
		{"two arrays", `[{"a":1}][{"b":2}]`, two},
		{"array without brackets", "{\"a\":1},\n{\"b\":2},\n", two},
		{"objects one behind the other", `{"a":1}{"b":2}`, two},
		{"objects one behind the other, later", "{\"z\":0}\n{\"a\":1} {\"b\":2}\n", []string{`1 {"z":0}`, `2 {"a":1}`, `3 {"b":2}`}},
		{"brackets in a string", "{\"z\":0}\n{\"a\":\"}{\"}\n", []string{`1 {"z":0}`, `2 {"a":"}{"}`}},
		{"empty array", "[]", nil},
		{"one object over many lines", pretty, []string{fmt.Sprintf("1 %s… (%d)", pretty[:20], len(pretty)-1)}},
		{"objects over many lines", "{\n\"a\":\n1}\n{\n\"b\":2\n}", []string{"1 {\n\"a\":\n1}", "2 {\n\"b\":2\n}"}},
		{"objects over many lines, one behind the other", "{\n\"a\":1}{\n\"b\":2\n}{\"c\":3}", []string{"1 {\n\"a\":1}", "2 {\n\"b\":2\n}", `3 {"c":3}`}},
		{"object over many lines in an array", "[{\n\"a\":1},{\n\"b\":\"]\"}]", []string{"1 {\n\"a\":1}", "2 {\n\"b\":\"]\"}"}},

		{"garbage between", "{\"a\":1}\nhello\n{\"b\":2}\n", []string{`1 {"a":1}`, `2 ! not a JSON object: begins with "hello": hello`, `3 {"b":2}`}},
		{"something behind an object", "{\"a\":1} x\n{\"b\":2}\n", []string{`1 {"a":1} x`, `2 {"b":2}`}},
		{"line cut off", "{\"z\":0}\n{\"a\":\"1\n" + object + "\n{\"b\":2}\n", []string{`1 {"z":0}`, "2 ! cut off: the JSON object does not end: {\"a\":\"1\n", "3 " + object, `4 {"b":2}`}},
		{"first line cut off", "{\"a\":\"1\n" + object + "\n{\"b\":2}\n", []string{"1 ! cut off: the JSON object does not end: {\"a\":\"1\n", "2 " + object, `3 {"b":2}`}},
		{"object over many lines cut off", "{\n  \"a\": {\n    \"b\": 1\n{\n  \"c\": 2\n}\n", []string{"1 ! cut off: the JSON object does not end: {\n  \"a\": {\n    \"b\": 1\n", "2 {\n  \"c\": 2\n}"}},
		{"last line cut off", "{\"a\":1}\n{\"b\":", []string{`1 {"a":1}`, "2 ! cut off: the JSON object does not end: {\"b\":\n"}},
		{"array cut off between", `[{"a":1},`, []string{`1 {"a":1}`, "2 ! cut off: the JSON array does not end: "}},
		{"array cut off in an element", `[{"a":1},{"b":`, []string{`1 {"a":1}`, `2 ! cut off: the JSON object does not end: {"b":`}},
		{"array with other things", `[{"a":1},7,"x]",[1,2],null,{"b":2}]`, []string{`1 {"a":1}`, `2 ! not a JSON object: begins with "7": 7`, `3 ! not a JSON object: begins with "\"x]\"": "x]"`,
			`4 ! not a JSON object: begins with "[1,2]": [1,2]`, `5 ! not a JSON object: begins with "null": null`, `6 {"b":2}`}},
		{"text behind an array", "[{\"a\":1}]\nhello\nworld\n", []string{`1 {"a":1}`, "2 ! not a file of measurements: neither JSON nor a YAML report: begins with \"hello\": hello\nworld\n"}},

		{"page", "# Title\n\n```json\n{\"a\":1}\n```\n", []string{"1 ! not a file of measurements: neither JSON nor a YAML report: begins with \"# Title\": # Title\n\n```json\n{\"a\":1}\n```\n"}},
		{"page with front matter", "---\ntitle: x\n---\nHello: [\n", []string{"1 ! not a file of measurements: neither JSON nor a YAML report: begins with \"---\": ---\ntitle: x\n---\nHello: [\n"}},
		{"table", "a,b\n1,2\n", []string{"1 ! not a file of measurements: neither JSON nor a YAML report: begins with \"a,b\": a,b\n1,2\n"}},
		{"list of numbers", "[1, 2]\n[3]", []string{`1 ! not a file of measurements: neither JSON nor a YAML report: begins with "[1, 2]": [1, 2]` + "\n[3]"}},
		{"page in a tar", tarred("README", "read me", "x", `{"a":1}`), []string{`1 ! not a file of measurements: neither JSON nor a YAML report: begins with "read me": read me`, `2 {"a":1}`}},
		{"packed too often", gzipped(gzipped(gzipped(gzipped(gzipped("{}"))))), []string{"1 ! not a file of measurements: neither JSON nor a YAML report: packed more than four times over: {}"}},

		{"report with a header line", "{\"record_type\":\"header\",\"test_name\":\"x\",\"probe_cc\":\"VE\"}\n{\"record_type\":\"entry\",\"test_keys\":{}}\n{\"record_type\":\"entry\",\"test_name\":\"y\"}\nx\n{\"record_type\":\"footer\"}\n",
			[]string{fmt.Sprintf("1 %s… (%d)", `{"probe_cc":"VE","re`, 70), `2 {"record_type":"entry","test_name":"y"}`, `3 ! not a JSON object: begins with "x": x`, `4 {"record_type":"footer"}`}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, collect(t, strings.NewReader(tt.source))); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
			// However the bytes arrive, the records are the same.
			if len(tt.source) < 1<<20 {
				if diff := cmp.Diff(tt.want, collect(t, iotest.OneByteReader(strings.NewReader(tt.source)))); diff != "" {
					t.Errorf("byte by byte, -want +got:\n%s", diff)
				}
			}
		})
	}
}

func TestLinesSurviveDamage(t *testing.T) {
	source := strings.Repeat("{\"test_name\":\"x\",\"n\":\"0123456789\"}\n", 5000)
	flipped := []byte(gzipped(source))
	flipped[len(flipped)/2] ^= 0xff
	tests := []struct {
		name, source string
		read         int // at least so many records before the end
	}{
		{"gzip cut off", gzipped(source)[:len(gzipped(source))-9], 4000},
		{"gzip with a wrong checksum", gzipped(source)[:len(gzipped(source))-8] + "xxxxyyyy", 5000},
		{"gzip with a flipped byte", string(flipped), 0},
		{"gzip header only", "\x1f\x8b\x08\x00", 0},
		{"zstd cut off", zstded(source)[:len(zstded(source))-2], 0},
		{"zstd header only", "\x28\xb5\x2f\xfd", 0},
		{"tar cut off", tarred("x", source)[:100000], 2000},
		{"tar.gz cut off", gzipped(tarred("x", source, "y", source))[:400], 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var good, bad int
			var last error
			err := Lines(strings.NewReader(tt.source), "source", func(l Line) error {
				if l.Err == nil {
					good++
				} else {
					bad, last = bad+1, l.Err
				}
				return nil
			})
			if err != nil || good < tt.read || bad != 1 || !strings.Contains(last.Error(), "the source breaks off") {
				t.Errorf("%d good, %d bad: %v, %v", good, bad, last, err)
			}
		})
	}
}

func TestLinesSurviveReadErrors(t *testing.T) {
	got := collect(t, io.MultiReader(strings.NewReader("{\"a\":1}\n{\"b\""), iotest.ErrReader(errors.New("disk on fire"))))
	want := []string{`1 {"a":1}`, `2 ! the source breaks off: disk on fire: {"b"`}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestLinesFailsOnlyWithItsCaller(t *testing.T) {
	stop := errors.New("stop")
	for _, source := range []string{"{}\n{}\n", "[{},{}]", "hello", gzipped("{}"), tarred("a", "{}", "b", "{}"), "x", "{\n}", gzipped("{}")[:15]} {
		n := 0
		err := Lines(strings.NewReader(source), "source", func(Line) error { n++; return stop })
		if !errors.Is(err, stop) || n != 1 {
			t.Errorf("%q: called %d times, %v", source[:1], n, err)
		}
	}
}

func TestLinesNamesTheMember(t *testing.T) {
	var got []string
	source := gzipped(tarred("x.jsonl", "{}\n", "y/z.jsonl.gz", gzipped("{}\n")))
	if err := Lines(strings.NewReader(source), "day.tar.gz", func(l Line) error { got = append(got, l.File); return nil }); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"day.tar.gz/x.jsonl", "day.tar.gz/y/z.jsonl.gz"}, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// A long run of nonsense is one record after the first of it, and what follows is read.
func TestLinesFoldsNonsense(t *testing.T) {
	got := collect(t, strings.NewReader("{\"a\":1}\n"+strings.Repeat("nonsense\n", 1000)+"{\"b\":2}\n"+strings.Repeat("more\n", 22)))
	if len(got) != 1+maxBad+1+1+maxBad+1 {
		t.Fatalf("%d records", len(got))
	}
	if want := `22 ! 980 more lines that are no measurements either: begin with "nonsense"`; !strings.HasPrefix(got[21], want) {
		t.Errorf("got %s", got[21])
	}
	if got[22] != `23 {"b":2}` || !strings.Contains(got[len(got)-1], "2 more lines") {
		t.Errorf("got %s and %s", got[22], got[len(got)-1])
	}
}

// zeros is a reader of n bytes of one kind.
type zeros struct {
	n int
	c byte
}

func (z *zeros) Read(p []byte) (int, error) {
	if z.n == 0 {
		return 0, io.EOF
	}
	p = p[:min(len(p), z.n)]
	for i := range p {
		p[i] = z.c
	}
	z.n -= len(p)
	return len(p), nil
}

func TestLinesRefusesGiants(t *testing.T) {
	big := MaxLine + 5<<20
	tests := []struct {
		name   string
		source io.Reader
	}{
		{"line", io.MultiReader(strings.NewReader("{\"z\":0}\n{\""), &zeros{big, 'x'}, strings.NewReader("\"}\n{\"b\":2}\n"))},
		{"line of an object", io.MultiReader(strings.NewReader("{\"z\":0}\n{\n\""), &zeros{big, 'x'}, strings.NewReader("\"\n{\"b\":2}\n"))},
		{"object of many lines", io.MultiReader(strings.NewReader("{\"z\":0}\n{\n"+strings.Repeat(strings.Repeat(" ", 9999)+"\n", big/10000)), strings.NewReader("}\n{\"b\":2}\n"))},
		{"element", io.MultiReader(strings.NewReader("[{\"z\":0},{\""), &zeros{big, 'x'}, strings.NewReader("\"},{\"b\":2}]"))},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := collect(t, tt.source)
			if len(got) != 3 || !strings.HasPrefix(got[1], "2 ! longer than 64 MiB") || !strings.HasSuffix(got[1], "(1048576)") || got[2] != `3 {"b":2}` {
				t.Errorf("got %q", got)
			}
		})
	}
}

func TestForeignFilesAreCut(t *testing.T) {
	got := collect(t, &zeros{3 << 20, 'x'})
	if len(got) != 1 || !strings.Contains(got[0], "the first 1048576 bytes are kept") || !strings.HasSuffix(got[0], "(1048576)") {
		t.Errorf("got %q", got)
	}
}
