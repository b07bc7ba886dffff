package wacz

import (
	"bytes"
	"context"
	"io"
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

// TestEveryByte flips bits all over a package: each must be found.
func TestEveryByte(t *testing.T) {
	c := sampleContent(t)
	b := pack(t, c)
	if err := Canonical(bytes.NewReader(b), int64(len(b))); err != nil {
		t.Fatal(err)
	}
	const step = 31
	for i := 0; i < len(b); i += step {
		b[i] ^= 1 << (i % 8)
		if check(b).Sound() && Canonical(bytes.NewReader(b), int64(len(b))) == nil {
			t.Errorf("a flipped bit of byte %d of %d is not found", i, len(b))
		}
		b[i] ^= 1 << (i % 8)
	}
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
