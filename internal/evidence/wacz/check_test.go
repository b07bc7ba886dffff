package wacz

import (
	"bytes"
	"context"
	"io"
	"maps"
	"testing"
)

func TestPackIsSound(t *testing.T) {
	b := pack(t, sampleContent(t))
	r := check(b)
	mustBeSound(t, r)
	for _, n := range r.Notes {
		t.Logf("note: %s", n)
	}
	if r.Records != 27 || r.Lines != 15 || r.Pages != 2 || r.Resources != 8 {
		t.Errorf("%d records, %d lines, %d pages, %d resources", r.Records, r.Lines, r.Pages, r.Resources)
	}
	if again := pack(t, sampleContent(t)); !bytes.Equal(b, again) {
		t.Error("the same content gives other bytes")
	}
}

func TestPlainWARCIsSound(t *testing.T) {
	c := sampleContent(t)
	c.WARCs = []Member{member("archive/data.warc", writeWARC(t, WriterOptions{Plain: true}, sampleRecords()...))}
	mustBeSound(t, check(pack(t, c)))
}

// TestEveryByte flips bits all over a package: each is found, or is one of those that mean nothing in a ZIP file (times,
// attributes), so that all entries read as before.
func TestEveryByte(t *testing.T) {
	b := pack(t, sampleContent(t))
	want := entries(b)
	if len(want) < 5 {
		t.Fatalf("%d entries", len(want))
	}
	const step = 31
	for i := 0; i < len(b); i += step {
		b[i] ^= 1 << (i % 8)
		if check(b).Sound() && !maps.Equal(entries(b), want) {
			t.Errorf("a flipped bit of byte %d of %d is not found", i, len(b))
		}
		b[i] ^= 1 << (i % 8)
	}
}

// entries returns the contents of a package by name.
func entries(b []byte) map[string]string {
	silent := func(string, string, ...any) {}
	z, err := readZIP(bytes.NewReader(b), int64(len(b)), silent, silent)
	if err != nil {
		return nil
	}
	out := map[string]string{}
	for i := range z.entries {
		text, err := z.readSmall(&z.entries[i], 1<<20)
		if err != nil {
			text = []byte(err.Error())
		}
		out[z.entries[i].name] = string(text)
	}
	return out
}

func TestTruncated(t *testing.T) {
	b := pack(t, sampleContent(t))
	for _, n := range []int{0, 1, 21, 22, 100, len(b) / 2, len(b) - 30, len(b) - 1} {
		if check(b[:n]).Sound() {
			t.Errorf("%d of %d bytes are called sound", n, len(b))
		}
	}
	w := writeWARC(t, WriterOptions{}, sampleRecords()...)
	for n := 1; n < len(w); n += 13 {
		if CheckWARC(context.Background(), bytes.NewReader(w[:n]), Options{}).Sound() && !atBoundary(w, n) {
			t.Errorf("a WARC file of which %d of %d bytes are left is called sound", n, len(w))
		}
	}
}

// atBoundary says whether a record ends there.
func atBoundary(w []byte, n int) bool {
	r := NewReader(bytes.NewReader(w), ReaderOptions{})
	for {
		rec, err := r.Next()
		if err == io.EOF {
			return false
		}
		if rec.Offset == int64(n) {
			return true
		}
	}
}
