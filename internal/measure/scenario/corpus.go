package scenario

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
)

// Corpus makes measurements by varying given ones, for measuring how fast they are taken in. Each
// line is a distinct, valid measurement; line lengths spread from 5 kB to 800 kB about a mean of
// 80 kB, as in OONI's published data, and bodies compress as templated pages do.
type Corpus struct {
	r      *rand.Rand
	shapes []shape
	buf    []byte
	pages  []byte // page text to cut bodies from
	n      int
}

// shape is one measurement, cut into pieces where it is varied; after each piece comes what its
// blank asks for.
type shape struct {
	pieces [][]byte
	blanks []blank // one fewer
}

type blank uint8

const (
	minutes blank = iota // of the start time: MM:SS
	body                 // the beginning of a response's body
)

// NewCorpus returns a generator over shapes, JSON measurements of one line each, or over the sample
// where there are none. The same seed and shapes give the same lines.
func NewCorpus(seed uint64, shapes [][]byte) *Corpus {
	if len(shapes) == 0 {
		shapes = bytes.Split(bytes.TrimSpace(Sample()), []byte("\n"))
	}
	c := &Corpus{r: rand.New(rand.NewPCG(seed, 3))}
	for _, s := range shapes {
		s = bytes.TrimSpace(s)
		if len(s) < 2 || s[0] != '{' || s[len(s)-1] != '}' {
			continue
		}
		c.shapes = append(c.shapes, cutShape(s))
	}
	c.pages = pageText(c.r, 1<<20)
	return c
}

// cutShape cuts a measurement at the minutes of its start time and at the body of its first response.
func cutShape(s []byte) shape {
	type cut struct {
		from, to int
		what     blank
	}
	var cuts []cut
	if i := after(s, 0, `"measurement_start_time"`, `"`); i >= 0 && i+19 < len(s) && s[i+16] == ':' {
		cuts = append(cuts, cut{i + 14, i + 19, minutes})
	}
	// Only tests of web pages carry pages; the others' records are short.
	web := bytes.Contains(s, []byte(`"web_connectivity"`))
	if i := after(s, 0, `"response"`, `"body"`); i >= 0 && web {
		for i < len(s) && (s[i] == ' ' || s[i] == ':') {
			i++
		}
		if i < len(s) && s[i] == '"' {
			cuts = append(cuts, cut{i + 1, i + 1, body})
		}
	}
	slices.SortFunc(cuts, func(a, b cut) int { return a.from - b.from })
	var sh shape
	last := 0
	for _, c := range cuts {
		sh.pieces = append(sh.pieces, s[last:c.from])
		sh.blanks = append(sh.blanks, c.what)
		last = c.to
	}
	sh.pieces = append(sh.pieces, s[last:len(s)-1]) // without the closing bracket
	return sh
}

// after returns the index behind the first b behind the first a, -1 where they are not there.
func after(s []byte, from int, a, b string) int {
	i := bytes.Index(s[from:], []byte(a))
	if i < 0 {
		return -1
	}
	i += from + len(a)
	j := bytes.Index(s[i:], []byte(b))
	if j < 0 {
		return -1
	}
	return i + j + len(b)
}

// Next returns the next line, without its end; it is valid until the next call.
func (c *Corpus) Next() []byte {
	s := c.shapes[c.n%len(c.shapes)]
	c.n++
	size := 0
	for _, p := range s.pieces {
		size += len(p)
	}
	b := c.buf[:0]
	for i, p := range s.pieces {
		b = append(b, p...)
		if i == len(s.blanks) {
			break
		}
		switch s.blanks[i] {
		case minutes:
			b = append(b, fmt.Sprintf("%02d:%02d", c.r.IntN(60), c.r.IntN(60))...)
		case body:
			b = c.page(b, c.length()-size)
		}
	}
	b = append(b, `,"x_corpus":`...)
	b = strconv.AppendInt(b, int64(c.n), 10)
	c.buf = append(b, '}')
	return c.buf
}

// page appends about n bytes of page source as the inside of a JSON string.
func (c *Corpus) page(b []byte, n int) []byte {
	for n > 0 {
		from := c.r.IntN(len(c.pages) - 4096)
		from += bytes.IndexByte(c.pages[from:], '\n') + 1
		to := min(from+n, len(c.pages))
		to = from + bytes.LastIndexByte(c.pages[from:to], '\n') + 1
		if to <= from {
			break
		}
		b = appendEscaped(b, c.pages[from:to])
		n -= to - from
	}
	return b
}

// length draws a line length: mostly 25 to 200 kB, some much longer.
func (c *Corpus) length() int {
	switch c.r.IntN(20) {
	case 0:
		return 200<<10 + c.r.IntN(600<<10)
	case 1, 2, 3:
		return 5 << 10
	}
	return 25<<10 + c.r.IntN(180<<10)
}

// pageText makes page source as content systems write it: nested tags, classes, links, some prose.
func pageText(r *rand.Rand, size int) []byte {
	words := strings.Fields("el la de que en los se por con para una red sitio noticia acceso país servicio usuarios operadora página internet según informó gobierno proyecto comunidad datos hoy ayer mañana millones ciudad estado nacional prensa libre")
	var b bytes.Buffer
	for b.Len() < size {
		fmt.Fprintf(&b, "      <article class=\"teaser teaser--%d\" id=\"n%d\"><a class=\"teaser__link\" href=\"/%d/%02d/nota-%d.html\">\n", r.IntN(4), r.IntN(1e6), 2020+r.IntN(7), 1+r.IntN(12), r.IntN(1e5))
		b.WriteString("        <p class=\"teaser__text\">")
		for range 6 + r.IntN(30) {
			b.WriteString(words[r.IntN(len(words))])
			b.WriteByte(' ')
		}
		b.WriteString("</p>\n      </a></article>\n")
	}
	return b.Bytes()
}

// appendEscaped appends text as the inside of a JSON string.
func appendEscaped(b, text []byte) []byte {
	for _, ch := range text {
		switch ch {
		case '"':
			b = append(b, '\\', '"')
		case '\n':
			b = append(b, '\\', 'n')
		default:
			b = append(b, ch)
		}
	}
	return b
}
