package wacz

import (
	"io"
	"strings"
	"testing"
	"testing/iotest"
)

// TestTextHash: white space counts the same wherever the pieces end in which a text comes.
func TestTextHash(t *testing.T) {
	hash := func(r io.Reader) [32]byte {
		t.Helper()
		h := newTextHash()
		if _, err := io.Copy(h, r); err != nil {
			t.Fatal(err)
		}
		return *h.total()
	}
	want := hash(strings.NewReader("one two three"))
	for _, text := range []string{"one two three", "  one\n\ttwo  three \r\n", "one" + strings.Repeat(" ", 70_000) + "two three"} {
		for name, r := range map[string]io.Reader{"whole": strings.NewReader(text), "byte by byte": iotest.OneByteReader(strings.NewReader(text)), "half": iotest.HalfReader(strings.NewReader(text))} {
			if hash(r) != want {
				t.Errorf("%.20q, %s: another hash", text, name)
			}
		}
	}
	if hash(strings.NewReader("onetwo three")) == want {
		t.Error("words that are one have the same hash")
	}
}
