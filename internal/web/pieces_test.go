package web

import (
	"archive/zip"
	"bytes"
	"image"
	"image/color"
	"image/png"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"veedor/internal/evidence/capture"
)

// TestPieces: what a page shows of a difference, and what it says it leaves out.
func TestPieces(t *testing.T) {
	words := strings.Repeat("word ", 100)
	for name, c := range map[string]struct {
		edits  []capture.Edit
		budget int
		want   []piece
	}{
		"nothing":          {nil, 100, nil},
		"short":            {[]capture.Edit{{Op: "=", Text: "a "}, {Op: "-", Text: "b"}, {Op: "+", Text: "c\u202e"}}, 100, []piece{{Op: "same", Text: "a "}, {Op: "removed", Text: "b"}, {Op: "added", Text: "c\uFFFD"}}},
		"lines stay":       {[]capture.Edit{{Op: "+", Text: "a\nb\n"}}, 100, []piece{{Op: "added", Text: "a\nb\n"}}},
		"unchanged before": {[]capture.Edit{{Op: "=", Text: words}, {Op: "-", Text: "x"}}, 900, []piece{{Op: "left", N: 380}, {Op: "same", Text: words[380:]}, {Op: "removed", Text: "x"}}},
		"unchanged after":  {[]capture.Edit{{Op: "-", Text: "x"}, {Op: "=", Text: words}}, 900, []piece{{Op: "removed", Text: "x"}, {Op: "same", Text: words[:119]}, {Op: "left", N: 381}}},
		"a long change":    {[]capture.Edit{{Op: "+", Text: strings.Repeat("y", 1000)}}, 5000, []piece{{Op: "added", Text: strings.Repeat("y", 899) + "…"}, {Op: "left", N: 100}}},
		"beyond":           {[]capture.Edit{{Op: "+", Text: "abc"}, {Op: "=", Text: "d"}, {Op: "-", Text: "ef"}}, 3, []piece{{Op: "added", Text: "abc"}, {Op: "more", N: 2}}},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, pieces(c.edits, c.budget)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestExcerpt(t *testing.T) {
	e := excerptOf(strings.Repeat("a line\n\n", 100))
	if len(e.Lines) != maxLines || !e.Cut || e.Lines[0] != "a line" {
		t.Errorf("many lines: %d, cut %v", len(e.Lines), e.Cut)
	}
	e = excerptOf(strings.Repeat("<&>", 100_000))
	if n := weight(e.Lines...); n > 2*maxText || !e.Cut && len(e.Lines) == 0 {
		t.Errorf("one long line: %d bytes on the page", n)
	}
	if e := excerptOf("all there is"); e.Cut || len(e.Lines) != 1 {
		t.Errorf("%+v", e)
	}
}

// TestShrink: colours stay, large pictures are refused before they are decoded.
func TestShrink(t *testing.T) {
	m := image.NewNRGBA(image.Rect(0, 0, 1280, 3000))
	for y := range 3000 {
		for x := range 1280 {
			m.SetNRGBA(x, y, color.NRGBA{uint8(x / 640 * 255), 0, 200, 255})
		}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		t.Fatal(err)
	}
	p, err := shrink(b.Bytes())
	if err != nil || p.Width != 640 || p.Height != 800 {
		t.Fatalf("%v %+v", err, p)
	}
	small, _, err := image.Decode(bytes.NewReader(p.JPEG))
	if err != nil {
		t.Fatal(err)
	}
	if r, _, blue, _ := small.At(600, 400).RGBA(); r>>8 < 245 || blue>>8 < 190 {
		t.Errorf("the right half is %v", small.At(600, 400))
	}
	bomb := bytes.Clone(b.Bytes())
	copy(bomb[16:], []byte{0, 1, 0, 0, 0, 1, 0, 0}) // 65536 × 65536; its checksum is wrong, too
	if _, err := shrink(bomb); err == nil {
		t.Error("a picture of four thousand million pixels was taken")
	}
}

func FuzzShrink(f *testing.F) {
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, 3, 2))); err != nil {
		f.Fatal(err)
	}
	f.Add(b.Bytes())
	f.Fuzz(func(t *testing.T, in []byte) {
		if p, err := shrink(in); err == nil && (p.Width > pictureWidth || p.Height > pictureHeight || len(p.JPEG) == 0) {
			t.Errorf("%d × %d", p.Width, p.Height)
		}
	})
}

func FuzzManifest(f *testing.F) {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	w, err := z.Create("dossier/manifest.json")
	if err != nil {
		f.Fatal(err)
	}
	if _, err := w.Write([]byte(`{"dossier":{"claims":[{"text":"x"}],"log":{"proofs":[{}]}}}`)); err != nil {
		f.Fatal(err)
	}
	if err := z.Close(); err != nil {
		f.Fatal(err)
	}
	f.Add(b.Bytes())
	f.Fuzz(func(t *testing.T, in []byte) {
		if m, err := readManifest(bytes.NewReader(in), int64(len(in))); err != nil && err.Error() == "" {
			t.Errorf("%+v", m)
		}
	})
}

func FuzzPieces(f *testing.F) {
	f.Add("a b c", "x y", "z\n", 4)
	f.Fuzz(func(t *testing.T, same, old, new string, budget int) {
		for _, p := range pieces([]capture.Edit{{Op: "=", Text: same}, {Op: "-", Text: old}, {Op: "+", Text: new}, {Op: "=", Text: same}}, budget) {
			if !utf8.ValidString(p.Text) || strings.ContainsRune(p.Text, '\u202e') || p.N < 0 {
				t.Errorf("%+v", p)
			}
		}
	})
}
