package wacz

import (
	"encoding/json"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"

	"github.com/klauspost/compress/gzip"
)

// index is what the indexes of a package say.
type index struct {
	lines  []indexLine
	at     map[place]int // where each record lies → its line
	urls   map[string][]int64
	blocks map[string][]cdxBlockAt // of each compressed index
	broken map[string]bool         // WARC files that could not be read to their end
	begun  map[string]bool         // WARC files that were read
}

// place is where a record begins.
type place struct {
	file   string
	offset int64
}

// indexLine is a line, and whether its record was found.
type indexLine struct {
	Line
	where string
	found bool
}

// cdxBlockAt is one gzip member of a compressed index.
type cdxBlockAt struct {
	offset, length int64
	digest, first  string
}

func newIndex() index {
	return index{at: map[place]int{}, urls: map[string][]int64{}, blocks: map[string][]cdxBlockAt{}, broken: map[string]bool{}, begun: map[string]bool{}}
}

// indexEntry reads an index.
func (c *checker) indexEntry(e *zipEntry) {
	if !isIndex(e.name) {
		return
	}
	in, done, ok := c.content(e)
	if !ok {
		return
	}
	defer done()
	var last string
	line := func(n int, b []byte) error {
		if err := c.ctx.Err(); err != nil {
			return err
		}
		c.indexLine(e.name, n, string(b), &last)
		return nil
	}
	var err error
	if strings.HasSuffix(e.name, ".gz") {
		err = c.compressed(e.name, in, line)
	} else {
		err = eachLine(&limited{r: in, left: maxIndex}, maxLine, line)
	}
	if broken(err) {
		c.fault(ClassIndex, e.name, "%s", err)
	}
	if strings.HasSuffix(e.name, ".gz") {
		c.idx(e.name)
	}
}

// compressed reads an index of gzip members.
func (c *checker) compressed(name string, in io.Reader, line func(int, []byte) error) error {
	src := newSource(in)
	src.sum = newHash("sha256")
	var gz *gzip.Reader
	var blocks []cdxBlockAt
	n := 0
	left := int64(maxIndex)
	for {
		if _, err := src.r.Peek(1); err == io.EOF {
			break
		} else if err != nil {
			return err
		}
		b := cdxBlockAt{offset: src.at()}
		src.begin()
		var err error
		if gz == nil {
			gz, err = gzip.NewReader(src.r)
		} else {
			err = gz.Reset(src.r)
		}
		if err != nil {
			return fmt.Errorf("byte %d is not the beginning of a gzip member: %w", b.offset, err)
		}
		gz.Multistream(false)
		unpacked := &limited{r: gz, left: left}
		err = eachLine(unpacked, maxLine, func(k int, l []byte) error {
			if k == 1 {
				b.first = string(l)
			}
			n++
			return line(n, l)
		})
		if err != nil {
			return err
		}
		left = unpacked.left
		b.length, b.digest = src.at()-b.offset, src.total()
		blocks = append(blocks, b)
	}
	c.index.blocks[name] = blocks
	return nil
}

// indexLine takes one line.
func (c *checker) indexLine(file string, n int, text string, last *string) {
	where := fmt.Sprintf("%s, line %d", file, n)
	say := func(format string, args ...any) { c.fault(ClassIndex, where, format, args...) }
	if text == "" || n == 1 && (strings.HasPrefix(text, "!meta ") || strings.HasPrefix(text, " CDX")) {
		if text == "" {
			c.note(ClassIndex, where, "it is empty")
		}
		return
	}
	c.report.Lines++
	switch {
	case *last == text:
		say("it stands there twice")
	case *last > text:
		say("it is not in its place: the lines must be sorted")
	}
	*last = text
	l, err := ParseLine(text)
	if err != nil {
		say("%s", err)
		return
	}
	if len(c.index.lines) >= maxLines {
		if len(c.index.lines) == maxLines {
			say("there are more than %d lines; those that follow are not compared", maxLines)
		}
		return
	}
	if err := strictJSON([]byte(text[len(l.Key)+1+len(l.Time):])); err != nil {
		say("%s", err)
	}
	l.Filename = strings.TrimPrefix(l.Filename, archiveDir)
	if l.Filename == "" || c.zip.find(archiveDir+l.Filename) == nil {
		say("the package does not hold the WARC file %.120q", l.Filename)
	}
	if !keyFits(&l) {
		say("the key %.200q is not that of the URL %.200q", l.Key, l.URL)
	}
	at := place{l.Filename, l.Offset}
	if k, twice := c.index.at[at]; twice {
		other := &c.index.lines[k]
		if strings.HasPrefix(other.where, file+",") {
			say("the record at byte %d of %s has two lines", l.Offset, l.Filename)
		}
		return
	}
	c.index.at[at] = len(c.index.lines)
	c.index.lines = append(c.index.lines, indexLine{Line: l, where: where})
	key := looseKey(SURT(fragmentless(l.URL)))
	c.index.urls[key] = append(c.index.urls[key], l.At().Unix())
}

// keyFits says whether a key is one that a tool in use writes for the line's URL: the SURT, with or without a
// trailing slash, the URL itself, each with the body of a POST appended by the line's own fields.
func keyFits(l *Line) bool {
	if l.Key == SURT(l.URL) || l.Key == l.URL {
		return true
	}
	uris := []string{l.URL}
	if l.Method != "" {
		plain, err := decodeURI(l.RequestBody)
		if err != nil {
			plain = ""
		}
		uris = append(uris, withBody(l.URL, l.Method, l.RequestBody), withBody(l.URL, l.Method, plain), withBody(l.URL, l.Method, "")+"&"+plain)
	}
	loose := looseKey(l.Key)
	for _, u := range uris {
		if loose == looseKey(SURT(u)) || loose == looseKey(browserKey(u)) || loose == looseKey(u) {
			return true
		}
	}
	return false
}

// decodeURI undoes escapes as browsers do.
func decodeURI(s string) (string, error) {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] != '%' {
			b.WriteByte(s[i])
			continue
		}
		if i+2 >= len(s) || !isHex(s[i+1]) || !isHex(s[i+2]) {
			return "", fmt.Errorf("%.10q is no escape", s[i:])
		}
		if c := unhex(s[i+1])<<4 | unhex(s[i+2]); strings.IndexByte(";/?:@&=+$,#", c) >= 0 {
			b.WriteString(s[i : i+3])
		} else {
			b.WriteByte(c)
		}
		i += 2
	}
	return b.String(), nil
}

// browserKey is the SURT that the tools written in JavaScript make: case folded, host reversed, query sorted.
func browserKey(uri string) string {
	lower := strings.ToLower(fragmentless(uri))
	rest, ok := strings.CutPrefix(lower, "https://")
	if !ok {
		if rest, ok = strings.CutPrefix(lower, "http://"); !ok {
			return uri
		}
	}
	rest = wwwPrefix.ReplaceAllString(rest, "")
	host, tail := rest, ""
	if i := strings.IndexAny(rest, "/?"); i >= 0 {
		host, tail = rest[:i], rest[i:]
	}
	if strings.HasPrefix(tail, "?") || tail == "" {
		tail = "/" + tail
	}
	u := handyURL{scheme: "http", host: host}
	name, port := hostPort(host)
	u.host = name
	if port != "" && !(port == "80" && strings.HasPrefix(lower, "http:")) && !(port == "443" && strings.HasPrefix(lower, "https:")) {
		fmt.Sscan(port, &u.port)
	}
	main, query, _ := strings.Cut(tail, "?")
	args := strings.Split(query, "&")
	slices.Sort(args) // whole, not by name and value
	u.path, u.query = normalPath(main), strings.Join(args, "&")
	return u.key()
}

// idx checks the index of the blocks of a compressed index.
func (c *checker) idx(cdx string) {
	name := strings.TrimSuffix(strings.TrimSuffix(strings.TrimSuffix(cdx, ".gz"), ".cdxj"), ".cdx") + ".idx"
	e := c.zip.find(name)
	if e == nil {
		c.note(ClassIndex, cdx, "there is no %s: players cannot look into it without reading all of it", path.Base(name))
		return
	}
}

// idxEntry compares an index of blocks with the blocks.
func (c *checker) idxEntry(e *zipEntry) {
	in, done, ok := c.content(e)
	if !ok {
		return
	}
	defer done()
	file := strings.TrimSuffix(e.name, ".idx") + ".cdx.gz"
	var seen int
	var last string
	var blocks []cdxBlockAt
	begin := func() bool {
		var known bool
		if blocks, known = c.index.blocks[file]; !known {
			c.fault(ClassIndex, e.name, "the package does not hold the index %q that it speaks of, or it cannot be read", path.Base(file))
		}
		return known
	}
	started := false
	err := eachLine(&limited{r: in, left: maxIndex}, maxLine, func(n int, b []byte) error {
		where := fmt.Sprintf("%s, line %d", e.name, n)
		say := func(format string, args ...any) { c.fault(ClassIndex, where, format, args...) }
		text := string(b)
		if text == "" {
			return nil
		}
		if rest, ok := strings.CutPrefix(text, "!meta "); ok && n == 1 {
			if i := strings.IndexByte(rest, '{'); i >= 0 {
				var meta struct{ Format, Filename string }
				if json.Unmarshal([]byte(rest[i:]), &meta) != nil || meta.Format != cdxjFormat {
					say("its format is not %q", cdxjFormat)
				}
				if meta.Filename != "" {
					file = indexesDir + meta.Filename
				}
			}
			return nil
		}
		if !started {
			started = true
			begin()
		}
		if text < last {
			say("it is not in its place: the lines must be sorted")
		}
		last = text
		c.idxLine(say, text, blocks, &seen)
		return nil
	})
	if broken(err) {
		c.fault(ClassIndex, e.name, "%s", err)
	}
	if !started {
		started = true
		begin()
	}
	if seen < len(blocks) {
		c.fault(ClassIndex, e.name, "%d blocks of %s have no line", len(blocks)-seen, path.Base(file))
	}
}

func (c *checker) idxLine(say func(string, ...any), text string, blocks []cdxBlockAt, seen *int) {
	i := strings.Index(text, " {")
	var v struct {
		Offset, Length *int64
		Digest         string
		Filename       string
	}
	if i < 0 || json.Unmarshal([]byte(text[i+1:]), &v) != nil || v.Offset == nil || v.Length == nil {
		say("it is no line of an index of blocks")
		*seen++
		return
	}
	if *seen >= len(blocks) {
		say("there is no block that it could speak of")
		*seen++
		return
	}
	b := blocks[*seen]
	*seen++
	switch first, _, _ := strings.Cut(b.first, " {"); {
	case *v.Offset != b.offset || *v.Length != b.length:
		say("the block lies at byte %d with %d bytes, not at byte %d with %d", b.offset, b.length, *v.Offset, *v.Length)
	case text[:i] != first && text[:i] != keyOf(first):
		say("the block begins with %.120q", first)
	case v.Digest != "" && !sameDigest(v.Digest, b.digest):
		say("the block does not have the digest %s", v.Digest)
	}
}

// keyOf cuts the timestamp off the head of a line.
func keyOf(head string) string {
	if i := strings.LastIndexByte(head, ' '); i > 0 {
		return head[:i]
	}
	return head
}
