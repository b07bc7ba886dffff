package chart

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// randomGraph is some knots in layers with any links among them: cycles, loops, several between two, and past layers.
func randomGraph(seed uint64) ([]Knot, []Strand) {
	r := rand.New(rand.NewPCG(seed, 1))
	names := []string{"CEIEC", "中国电子进出口有限公司", "China National Electronics Import & Export Corporation", "الشركة الوطنية الصينية لاستيراد وتصدير الإلكترونيات", strings.Repeat("W", 90), "i", "",
		"Compañía Anónima Nacional Teléfonos de Venezuela"}
	var knots []Knot
	for i := range 1 + r.IntN(30) {
		knots = append(knots, Knot{Name: fmt.Sprint(names[r.IntN(len(names))], " ", i), Note: names[r.IntN(len(names))], Layer: r.IntN(4)})
	}
	var strands []Strand
	for range r.IntN(60) {
		strands = append(strands, Strand{A: r.IntN(len(knots)), B: r.IntN(len(knots)), Words: names[r.IntN(len(names))] + " supplies", Back: "is supplied by " + names[r.IntN(len(names))]})
	}
	return knots, strands
}

// rect is what a box or a label covers.
type rect struct{ x0, y0, x1, y1 float64 }

func (a rect) meets(b rect) bool { return a.x0 < b.x1 && b.x0 < a.x1 && a.y0 < b.y1 && b.y0 < a.y1 }

func textRect(t textLine, size float64) rect {
	return rect{float64(t.X), float64(t.Y) - 0.8*size, float64(t.X) + size*ems(t.Text), float64(t.Y) + 0.2*size}
}

// TestLayout: over random graphs no box, label or word overlaps another, and all stay within the drawing.
func TestLayout(t *testing.T) {
	for seed := range uint64(400) {
		knots, strands := randomGraph(seed)
		d := lay(knots, strands)
		if diff := cmp.Diff(d, lay(knots, strands), cmp.AllowUnexported(Path{}, seg{})); diff != "" {
			t.Fatalf("seed %d: another drawing of the same graph: %s", seed, diff)
		}
		if len(d.Boxes) != len(knots) {
			t.Fatalf("seed %d: %d boxes of %d knots", seed, len(d.Boxes), len(knots))
		}
		all := rect{0, 0, float64(d.Width), float64(d.Height)}
		inside := func(r rect) bool { return r.x0 >= all.x0 && r.y0 >= all.y0 && r.x1 <= all.x1 && r.y1 <= all.y1 }
		var rects []rect
		for _, b := range d.Boxes {
			r := rect{float64(b.X), float64(b.Y), float64(b.X + b.W), float64(b.Y + b.H)}
			rects = append(rects, r)
			for _, l := range b.Names {
				if w := textRect(l, nameSize); w.x1 > r.x1 || w.y0 < r.y0 || w.y1 > r.y1 {
					t.Errorf("seed %d: %q leaves its box", seed, l.Text)
				}
			}
			for _, l := range b.Notes {
				if w := textRect(l, noteSize); w.x1 > r.x1 || w.y0 < r.y0 || w.y1 > r.y1 {
					t.Errorf("seed %d: %q leaves its box", seed, l.Text)
				}
			}
		}
		labels := 0
		for _, w := range d.Wires {
			if w.Label.Text != "" {
				rects, labels = append(rects, textRect(w.Label, noteSize)), labels+1
			}
		}
		want := 0
		for _, s := range strands {
			if s.A != s.B {
				want++
			}
		}
		if labels != want {
			t.Errorf("seed %d: %d labels of %d links", seed, labels, want)
		}
		for i, a := range rects {
			if !inside(a) {
				t.Errorf("seed %d: %v is outside of %v", seed, a, all)
			}
			for _, b := range rects[i+1:] {
				if a.meets(b) {
					t.Fatalf("seed %d: %v overlaps %v", seed, a, b)
				}
			}
		}
	}
}

func TestWrap(t *testing.T) {
	for _, c := range []struct {
		text  string
		width int
		lines int
		want  []string
	}{
		{"", 100, 2, nil},
		{"CEIEC", 100, 2, []string{"CEIEC"}},
		{"China National Electronics", 100, 3, []string{"China", "National", "Electronics"}},
		{"China National Electronics Import", 100, 2, []string{"China", "National El…"}},
		{"中国电子进出口有限公司", 60, 3, []string{"中国电", "子进出", "口有…"}},
		{strings.Repeat("x", 40), 100, 2, []string{strings.Repeat("x", 11), strings.Repeat("x", 9) + "…"}},
		{"a\u202eb\u0000c\ufffe", 100, 1, []string{"ab c"}},
	} {
		if d := cmp.Diff(c.want, wrap(c.text, c.width, nameSize, c.lines)); d != "" {
			t.Errorf("%q: %s", c.text, d)
		}
	}
}
