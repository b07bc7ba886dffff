package cli

import (
	"fmt"
	"io"
	"math"
	"os"
	"strings"

	"veedor/internal/follow/match"
	"veedor/internal/follow/match/pairs"
)

// calibration says how often pairs of each score are the same: one bin for each tenth.
type calibration struct {
	name       string
	count      [10]int
	same       [10]int
	sum        [10]float64
	tp, fp, fn int // at the threshold
}

func (c *calibration) add(score float64, same bool) {
	b := min(9, int(score*10))
	c.count[b]++
	c.sum[b] += score
	if same {
		c.same[b]++
	}
	switch above := score >= match.Threshold(); {
	case above && same:
		c.tp++
	case above:
		c.fp++
	case same:
		c.fn++
	}
}

// expected is the expected calibration error: how far the mean score of a bin is from what is the same in it, weighed by how many pairs it has.
func (c *calibration) expected() float64 {
	all, off := 0, 0.0
	for b, n := range c.count {
		all += n
		off += math.Abs(c.sum[b] - float64(c.same[b]))
	}
	return off / float64(max(1, all))
}

// worst is the largest distance of a bin of at least 50 pairs.
func (c *calibration) worst() float64 {
	w := 0.0
	for b, n := range c.count {
		if n >= 50 {
			w = max(w, math.Abs(c.sum[b]-float64(c.same[b]))/float64(n))
		}
	}
	return w
}

func (c *calibration) print(out io.Writer) {
	fmt.Fprintf(out, "\n%s\nscore      pairs   mean score   the same\n", c.name)
	for b, n := range c.count {
		if n > 0 {
			of := ratio(c.same[b], n)
			fmt.Fprintf(out, "%.1f–%.1f  %7d        %5.3f      %5.3f  %s\n", float64(b)/10, float64(b+1)/10, n, c.sum[b]/float64(n), of, strings.Repeat("▪", int(of*20+0.5)))
		}
	}
	fmt.Fprintf(out, "expected calibration error %.4f, worst bin of 50 or more pairs %.3f; at threshold %.2f: precision %.4f, recall %.4f\n",
		c.expected(), c.worst(), match.Threshold(), ratio(c.tp, c.tp+c.fp), ratio(c.tp, c.tp+c.fn))
}

// calibratePairs scores the labelled pairs as they are, half of them the same.
func calibratePairs(set pairs.Set) *calibration {
	c := &calibration{name: "labelled pairs, scored pair by pair"}
	for _, p := range set.Pairs {
		c.add(match.Score(entityOf(p.Query), entityOf(set.Entities[p.Entity])).Score, p.Same)
	}
	return c
}

// calibrateFirst takes the first that a search gave for each query: what a reader is shown.
func calibrateFirst(queries []matchQuery, outcomes []outcome, among int) *calibration {
	c := &calibration{name: fmt.Sprintf("the first of each search among %d", among)}
	for i, a := range outcomes {
		if a.first != "" {
			c.add(a.score, a.first == queries[i].want)
		}
	}
	return c
}

// plot writes the calibration as a drawing with a title, a description, marks that differ by shape, and the same numbers as text.
func plot(file string, cs ...*calibration) error {
	var b strings.Builder
	const left, top, side = 60.0, 40.0, 360.0
	x := func(v float64) float64 { return left + v*side }
	y := func(v float64) float64 { return top + (1-v)*side }
	height := top + side + 70 + 20*float64(len(cs))
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 480 %.0f" role="img" aria-labelledby="t d" font-family="sans-serif" font-size="13">
<title id="t">Calibration of name matching: the score against the share of pairs that are the same</title>
<desc id="d">`, height)
	for _, c := range cs {
		fmt.Fprintf(&b, "%s, expected calibration error %.4f:", c.name, c.expected())
		for k, n := range c.count {
			if n > 0 {
				fmt.Fprintf(&b, " mean score %.3f, %.3f the same of %d;", c.sum[k]/float64(n), ratio(c.same[k], n), n)
			}
		}
		b.WriteString(" ")
	}
	fmt.Fprintf(&b, "A sound score lies on the diagonal.</desc>\n<style>svg{background:#fff;color:#111}@media(prefers-color-scheme:dark){svg{background:#111;color:#eee}}text,.mark{fill:currentColor}line,polyline,.ring{stroke:currentColor;fill:none}</style>\n")
	for i := range 6 {
		v := float64(i) / 5
		fmt.Fprintf(&b, `<line x1="%.0f" y1="%.0f" x2="%.0f" y2="%.0f" opacity="0.25"/><line x1="%.0f" y1="%.0f" x2="%.0f" y2="%.0f" opacity="0.25"/>
<text x="%.0f" y="%.0f" text-anchor="middle">%.1f</text><text x="%.0f" y="%.0f" text-anchor="end">%.1f</text>
`, x(0), y(v), x(1), y(v), x(v), y(0), x(v), y(1), x(v), y(0)+18, v, x(0)-8, y(v)+4, v)
	}
	fmt.Fprintf(&b, `<line x1="%.0f" y1="%.0f" x2="%.0f" y2="%.0f" stroke-dasharray="5 4"/>
<text x="%.0f" y="%.0f" text-anchor="middle">score</text><text x="%.0f" y="22">share of pairs that are the same</text>
`, x(0), y(0), x(1), y(1), x(0.5), y(0)+38, left-40)
	mark := func(i int, px, py float64) string {
		if i%2 == 0 {
			return fmt.Sprintf(`<circle class="mark" cx="%.1f" cy="%.1f" r="5"/>`, px, py)
		}
		return fmt.Sprintf(`<rect class="ring" x="%.1f" y="%.1f" width="11" height="11" stroke-width="2"/>`, px-5.5, py-5.5)
	}
	for i, c := range cs {
		for k, n := range c.count {
			if n > 0 {
				b.WriteString(mark(i, x(c.sum[k]/float64(n)), y(ratio(c.same[k], n))) + "\n")
			}
		}
		row := top + side + 62 + 20*float64(i)
		fmt.Fprintf(&b, "%s<text x=\"%.0f\" y=\"%.0f\">%s: error %.4f</text>\n", mark(i, left, row-4), left+14, row, c.name, c.expected())
	}
	b.WriteString("</svg>\n")
	return os.WriteFile(file, []byte(b.String()), 0o644)
}
