package wacz

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
)

// TestContent reads what each of the sample's records would show: bodies come out of their transfer and content codings.
func TestContent(t *testing.T) {
	text := strings.Repeat("El ministerio dijo. ", 60)
	want := map[string]string{
		"http://www.example.org/":          text,
		"http://example.org/gz?b=2&a=1":    text,
		"http://example.org/chunked":       "Hello, world",
		"http://example.org/both":          "packed",
		"http://example.org/missing":       "nothing here",
		"urn:text:http://www.example.org/": "El ministerio dijo.",
		"dns:example.org":                  "192.0.2.7",
	}
	content := func(rec *Record, limit int64) (string, error) {
		in := io.LimitReader(rec.Block, limit)
		if rec.IsHTTP() {
			h, err := ParseHTTP(rec.Block)
			if err != nil {
				return "", err
			}
			if in, err = h.Content(limit); err != nil {
				return "", err
			}
		}
		b, err := io.ReadAll(in)
		return string(b), err
	}
	for _, limit := range []int64{1 << 20, 10} {
		r := NewReader(bytes.NewReader(writeWARC(t, WriterOptions{}, sampleRecords()...)), ReaderOptions{})
		seen := map[string]bool{}
		for {
			rec, err := r.Next()
			if err == io.EOF {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			if want[rec.URI] == "" || rec.Type != TypeResponse && rec.Type != TypeResource {
				continue
			}
			seen[rec.URI] = true
			got, err := content(rec, limit)
			switch {
			case limit > 10 && (err != nil || !strings.Contains(got, want[rec.URI])):
				t.Errorf("%s: %.60q, %v", rec.URI, got, err)
			case limit == 10 && rec.URI == "http://www.example.org/" && !errors.Is(err, ErrTooLarge):
				t.Errorf("%s: beyond the limit: %v", rec.URI, err)
			}
		}
		if len(seen) != len(want) {
			t.Errorf("read %v", seen)
		}
	}
}

// TestReaderTolerates reads files that break the specification, and says so.
func TestReaderTolerates(t *testing.T) {
	record := func(length, body, end string) string {
		return "WARC/1.0\r\nWARC-Type: resource\r\nWARC-Record-ID: <urn:uuid:1>\r\nWARC-Date: 2026-03-14T15:09:26Z\r\nWARC-Target-URI: urn:x:y\r\nContent-Type: text/plain\r\nContent-Length: " + length + "\r\n\r\n" + body + end
	}
	good := record("5", "hello", "\r\n\r\n")
	for name, tt := range map[string]struct {
		file   string
		blocks int
		fault  string // "" for none
		err    error
	}{
		"sound":                   {good + good, 2, "", io.EOF},
		"length too small":        {record("4", "hello", "\r\n\r\n") + good, 2, "wrong Content-Length", io.EOF},
		"line ends missing":       {record("5", "hello", "\r\n") + good, 2, "two line ends", io.EOF},
		"too many line ends":      {record("5", "hello", "\r\n\r\n\r\n") + good, 2, "empty lines", io.EOF},
		"no carriage returns":     {strings.ReplaceAll(good, "\r\n", "\n"), 1, "without a carriage return", io.EOF},
		"too many returns":        {strings.ReplaceAll(good, "\r\n", "\r\r\n"), 1, "more than one carriage return", io.EOF},
		"garbage after":           {good + "garbage", 1, "it begins with", ErrDamaged},
		"cut in the block":        {good[:len(good)-6], 1, "cut off", io.ErrUnexpectedEOF},
		"cut in the header":       {good[:40], 0, "unexpected EOF", io.ErrUnexpectedEOF},
		"no length":               {strings.Replace(good, "Content-Length: 5\r\n", "", 1), 0, "no Content-Length", ErrDamaged},
		"a negative length":       {record("-5", "hello", "\r\n\r\n"), 0, "Content-Length is", ErrDamaged},
		"a length beyond reason":  {record("99999999999999999999", "hello", "\r\n\r\n"), 0, "Content-Length is", ErrDamaged},
		"an unknown version":      {strings.Replace(good, "1.0", "2.0", 1), 1, "version WARC/2.0", io.EOF},
		"a continued field":       {strings.Replace(good, "text/plain", "text/plain;\r\n charset=utf-8", 1), 1, "", io.EOF},
		"a date of another zone":  {strings.Replace(good, "26Z", "26+02:00", 1), 1, "WARC-Date", io.EOF},
		"no id":                   {strings.Replace(good, "WARC-Record-ID: <urn:uuid:1>\r\n", "", 1), 1, "no WARC-Record-ID", io.EOF},
		"an id without brackets":  {strings.Replace(good, "<urn:uuid:1>", "urn:uuid:1", 1), 1, "angle brackets", io.EOF},
		"two ids":                 {strings.Replace(good, "WARC-Date", "warc-record-id: <urn:uuid:2>\r\nWARC-Date", 1), 1, "more than one", io.EOF},
		"a header without an end": {"WARC/1.0\r\n" + strings.Repeat("X: y\r\n", 3000), 0, "named fields", ErrDamaged},
		"not a WARC file":         {"<html>", 0, "it begins with", ErrDamaged},
	} {
		var faults []string
		r := NewReader(strings.NewReader(tt.file), ReaderOptions{Fault: func(f Fault) { faults = append(faults, f.What) }})
		n := 0
		var err error
		for {
			var rec *Record
			if rec, err = r.Next(); err != nil {
				break
			}
			if _, err := io.Copy(io.Discard, rec.Block); err == nil || tt.fault == "cut off" {
				n++
			}
		}
		all := strings.Join(faults, "\n")
		if n != tt.blocks || !errors.Is(err, tt.err) || tt.fault == "" && all != "" || !strings.Contains(all, tt.fault) {
			t.Errorf("%s: %d blocks, %v, faults:\n%s", name, n, err, all)
		}
	}
}

func TestWriterRefuses(t *testing.T) {
	for name, change := range map[string]func(*Record){
		"no type":              func(r *Record) { r.Type = "" },
		"a type of two words":  func(r *Record) { r.Type = "a b" },
		"no id":                func(r *Record) { r.ID = "" },
		"an id with brackets":  func(r *Record) { r.ID = "<urn:x:y>" },
		"no target":            func(r *Record) { r.URI = "" },
		"a target with a line": func(r *Record) { r.URI = "http://x/\r\nWARC-Type: response" },
		"a target with spaces": func(r *Record) { r.URI = "http://x/a b" },
		"a field with a line":  func(r *Record) { r.Fields = Fields{{"X", "a\r\nb"}} },
		"a field with a colon": func(r *Record) { r.Fields = Fields{{"X:Y", "a"}} },
		"no date":              func(r *Record) { r.Date = r.Date.AddDate(-9000, 0, 0) },
		"no block":             func(r *Record) { r.Block = nil },
		"a bare revisit":       func(r *Record) { r.Type = TypeRevisit },
	} {
		r := &Record{Type: TypeResource, ID: id(1), Date: at(0), URI: "urn:x:y", ContentType: "text/plain", Block: Bytes([]byte("hello"))}
		change(r)
		var b bytes.Buffer
		if _, err := NewWriter(&b, WriterOptions{}).Write(r); !errors.Is(err, ErrRecord) || b.Len() > 0 {
			t.Errorf("%s: %v, %d bytes written", name, err, b.Len())
		}
	}
}

// TestWriterSpools writes blocks that cannot seek, short and long.
func TestWriterSpools(t *testing.T) {
	for _, n := range []int{0, 1, inMemory - 1, inMemory, inMemory + 1} {
		body := strings.Repeat("x", n)
		var b bytes.Buffer
		w := NewWriter(&b, WriterOptions{})
		if _, err := w.Write(&Record{Type: TypeResource, ID: id(1), Date: at(0), URI: "urn:x:y", Block: io.MultiReader(strings.NewReader(body))}); err != nil {
			t.Fatal(err)
		}
		rec, err := NewReader(&b, ReaderOptions{}).Next()
		if err != nil {
			t.Fatal(err)
		}
		if got, err := io.ReadAll(rec.Block); err != nil || len(got) != n {
			t.Errorf("%d bytes became %d, %v", n, len(got), err)
		}
	}
}
