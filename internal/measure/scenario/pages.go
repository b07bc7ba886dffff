package scenario

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
)

// pages holds page source to cut bodies from, already written as the inside of a JSON string the
// way OONI publishes it: ASCII alone, slashes escaped.
type pages struct {
	heads [][]byte
	text  []byte // of whole lines
}

const pageText = 4 << 20 // bytes, far more than a compressor looks back

// ourPages makes the pages once: they are the same for every corpus, which cuts them its own way.
var ourPages = sync.OnceValue(func() pages {
	r := rand.New(rand.NewPCG(5, 5))
	var p pages
	for i := range 64 {
		p.heads = append(p.heads, escaped(pageHead(r, i)))
	}
	words := vocabulary(r, 3000)
	var b bytes.Buffer
	for b.Len() < pageText {
		teaser(&b, r, words)
	}
	p.text = escaped(b.Bytes())
	return p
})

// append appends about n bytes of a page: a head, then lines from anywhere.
func (p *pages) append(b []byte, r *rand.Rand, n int) []byte {
	begin := len(b)
	if head := p.heads[r.IntN(len(p.heads))]; len(head) < n {
		b = append(b, head...)
	}
	newline := []byte(`\n`)
	for n -= len(b) - begin; n > 0; {
		from := r.IntN(len(p.text) - 4096)
		from += bytes.Index(p.text[from:], newline) + len(newline)
		to := min(from+n, len(p.text))
		to = from + bytes.LastIndex(p.text[from:to], newline) + len(newline)
		if to < from+len(newline) {
			return b // less than a line is left to write
		}
		b = append(b, p.text[from:to]...)
		n -= to - from
	}
	return b
}

// pageHead makes what stands before a page's content: title, style and script.
func pageHead(r *rand.Rand, i int) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "<!doctype html>\n<html lang=\"es\">\n<head>\n<meta charset=\"utf-8\">\n<title>Portada %d</title>\n<style>", i)
	for range 30 {
		fmt.Fprintf(&b, ".c%d{margin:%dpx %dpx;color:#%06x;display:flex}", r.IntN(400), r.IntN(40), r.IntN(40), r.IntN(1<<24))
	}
	b.WriteString("</style>\n<script>!function(){var a=[")
	for range 60 {
		fmt.Fprintf(&b, "{k:\"%06x\",v:%d},", r.IntN(1<<24), r.IntN(1e6))
	}
	b.WriteString("];window.a=a}();</script>\n</head>\n<body>\n")
	return b.Bytes()
}

// teaser writes one entry of a front page as content systems do: nested tags, classes, links, prose.
func teaser(b *bytes.Buffer, r *rand.Rand, words []string) {
	section, id := []string{"mundo", "ciudad", "ciencia", "cultura"}[r.IntN(4)], r.IntN(1e6)
	fmt.Fprintf(b, "      <article class=\"teaser teaser--%s\" id=\"n%d\" data-key=\"%016x\">\n", section, id, r.Uint64())
	fmt.Fprintf(b, "        <a class=\"teaser__link\" href=\"/%s/%d/%02d/nota-%d.html\">\n", section, 2020+r.IntN(7), 1+r.IntN(12), id)
	if r.IntN(3) > 0 {
		fmt.Fprintf(b, "          <img class=\"teaser__image\" src=\"/media/%08x-%dx%d.jpg\" alt=\"\" loading=\"lazy\">\n", r.Uint32(), 320*(1+r.IntN(3)), 180*(1+r.IntN(3)))
	}
	b.WriteString("          <p class=\"teaser__text\">")
	for range 5 + r.IntN(20) {
		rank := r.Float64()
		b.WriteString(words[int(rank*rank*rank*float64(len(words)))]) // a few words are most of a text
		b.WriteByte(' ')
	}
	b.WriteString("</p>\n        </a>\n      </article>\n")
}

// vocabulary makes words that sound like some and are none.
func vocabulary(r *rand.Rand, n int) []string {
	syllables := strings.Fields("a de la co me ti ra sol per can dor más lin te ció na bu quen sí va mo ña gre lo zar pi")
	words := make([]string, n)
	for i := range words {
		for range 1 + r.IntN(4) {
			words[i] += syllables[r.IntN(len(syllables))]
		}
	}
	return words
}

// escaped returns text as the inside of a JSON string.
func escaped(text []byte) []byte {
	var b []byte
	for _, ch := range string(text) {
		switch {
		case ch == '\n':
			b = append(b, '\\', 'n')
		case ch == '"' || ch == '/' || ch == '\\':
			b = append(b, '\\', byte(ch))
		case ch >= 0x80:
			b = fmt.Appendf(b, `\u%04x`, ch)
		default:
			b = append(b, byte(ch))
		}
	}
	return b
}
