package scenario

import (
	"bytes"
	"math"
	"math/rand/v2"
	"strconv"
	"time"
)

// Corpus makes measurements by varying given ones, for measuring how fast they are taken in. What
// is varied: start, country, network, site and its addresses, how connections fail, and the page
// that came back. Every line is a distinct, valid measurement of 80 kB on average, spread from
// less than 5 kB to 800 kB as OONI's published data is. Names, numbers and addresses put in are
// reserved ones; what else a shape holds stays.
type Corpus struct {
	r      *rand.Rand
	shapes []shape
	paged  []int // those of them that have a page
	pages  pages
	mean   float64 // bytes of a page, so that lines come out at meanLine
	buf    []byte
	n      int
}

const (
	meanLine   = 80 << 10 // bytes
	maxLine    = 800 << 10
	corpusDays = 30
	sites      = 2000 // about as many as a country's test list and the global one hold
	pageShare  = 0.75 // of the lines are made from shapes with a page; some of the others have one too
	spread     = 1.0  // of the logarithm of a page's length
)

// NewCorpus returns a generator over shapes, JSON measurements of one line each, or over the sample
// where there are none that can be used. The same seed and shapes give the same lines.
func NewCorpus(seed uint64, shapes [][]byte) *Corpus {
	c := &Corpus{r: rand.New(rand.NewPCG(seed, 3))}
	for _, s := range shapes {
		c.addShape(s)
	}
	if len(c.shapes) == 0 {
		for s := range bytes.Lines(Shapes()) {
			c.addShape(s)
		}
	}
	c.pages = ourPages()
	c.mean = c.pageLength()
	return c
}

// pageLength returns how long pages must be on average. Shapes without one are short; the others
// make up for them.
func (c *Corpus) pageLength() float64 {
	if len(c.paged) == 0 {
		return 0
	}
	var all, paged float64
	for _, s := range c.shapes {
		all += float64(s.size)
	}
	for _, i := range c.paged {
		paged += float64(c.shapes[i].size)
	}
	n, p := float64(len(c.shapes)), float64(len(c.paged))
	fixed := pageShare*paged/p + (1-pageShare)*all/n
	return (meanLine - fixed) / (pageShare + (1-pageShare)*p/n)
}

func (c *Corpus) addShape(s []byte) {
	s = bytes.TrimSpace(s)
	if len(s) > 2 && s[0] == '{' && s[len(s)-1] == '}' && bytes.IndexByte(s, '\n') < 0 {
		cut := cutShape(s)
		if cut.page {
			c.paged = append(c.paged, len(c.shapes))
		}
		c.shapes = append(c.shapes, cut)
	}
}

// place is what is put in the blanks of one line.
type place struct {
	start   time.Time
	site    int
	country byte // XA, XB, …
	asn     int
	swapped bool // failures are exchanged
	page    int  // bytes
}

// Next returns the next line, without its end; it is valid until the next call.
func (c *Corpus) Next() []byte {
	s := c.choose()
	c.n++
	p := c.draw(s)
	b := c.buf[:0]
	for i, piece := range s.pieces {
		b = append(b, piece...)
		if i < len(s.blanks) {
			b = c.fill(b, s.blanks[i], p)
		}
	}
	b = append(b, `,"x_corpus":`...)
	b = strconv.AppendInt(b, int64(c.n), 10)
	c.buf = append(b, '}')
	return c.buf
}

// choose takes a shape: most measurements bring back a page, the rest is anything.
func (c *Corpus) choose() *shape {
	if len(c.paged) > 0 && c.r.Float64() < pageShare {
		return &c.shapes[c.paged[c.r.IntN(len(c.paged))]]
	}
	return &c.shapes[c.r.IntN(len(c.shapes))]
}

func (c *Corpus) draw(s *shape) place {
	p := place{
		start:   time.Date(2026, 5, 1, 0, 0, c.r.IntN(corpusDays*24*60*60), 0, time.UTC),
		site:    c.r.IntN(sites),
		country: 'A' + byte(c.r.IntN(26)),
		swapped: c.r.IntN(2) == 0,
	}
	// A network lies in one country: 20 in each, some of the numbers for documentation, the rest private ones.
	if nth := c.r.IntN(20); nth == 0 {
		p.asn = 65536 + int(p.country)%16
	} else {
		p.asn = 64512 + int(p.country-'A')*20 + nth
	}
	if s.page {
		// The mean of a log-normal distribution is exp(mu + spread²/2).
		length := c.mean * math.Exp(spread*c.r.NormFloat64()-spread*spread/2)
		p.page = min(int(length), maxLine-s.size)
	}
	return p
}

func (c *Corpus) fill(b []byte, what blank, p place) []byte {
	switch what.kind {
	case blankStart:
		return p.start.AppendFormat(b, time.DateTime)
	case blankStamp:
		return p.start.AppendFormat(b, "20060102T150405Z")
	case blankCountry:
		return append(b, 'X', p.country)
	case blankNetwork:
		return strconv.AppendInt(append(b, "AS"...), int64(p.asn), 10)
	case blankNetworkName:
		return strconv.AppendInt(append(b, "Network "...), int64(p.asn), 10)
	case blankSite:
		words := [...]string{"news", "radio", "chat", "library", "health", "www.video", "forum", "rights", "m.social", "vote", "en.archive", "shop"}
		b = append(b, words[p.site%len(words)]...)
		return append(strconv.AppendInt(append(b, '-'), int64(p.site), 10), ".example"...)
	case blankAddress:
		return appendAddress(b, p.site*7+what.nth*5) // a site has the same addresses each time
	case blankFailure:
		if p.swapped == (what.nth == 0) {
			return append(b, failTimeout...)
		}
		return append(b, failReset...)
	}
	return c.pages.append(b, c.r, p.page)
}

// appendAddress appends the n-th address reserved for documentation; 762 follow each other before
// one comes again. The sample's forged answer is none of them: it means something.
func appendAddress(b []byte, n int) []byte {
	n %= 3 * 254
	begin := len(b)
	b = append(b, [...]string{"192.0.2.", "198.51.100.", "203.0.113."}[n%3]...)
	if b = strconv.AppendInt(b, int64(1+n/3), 10); string(b[begin:]) == forged {
		return appendAddress(b[:begin], n+3)
	}
	return b
}
