package lists

import (
	"bufio"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/text/encoding/charmap"
)

// mostNodesXML bounds the elements of one entry.
const mostNodesXML = 100_000

// node is one element with all that is in it.
type node struct {
	name string
	attr map[string]string
	text string
	kids []*node
	line int
}

// all returns the children of a name; a path goes down several levels.
func (n *node) all(path ...string) []*node {
	if n == nil {
		return nil
	}
	at := []*node{n}
	for _, name := range path {
		var next []*node
		for _, a := range at {
			for _, k := range a.kids {
				if k.name == name {
					next = append(next, k)
				}
			}
		}
		at = next
	}
	return at
}

// first returns the first of all, or nil.
func (n *node) first(path ...string) *node {
	if found := n.all(path...); len(found) > 0 {
		return found[0]
	}
	return nil
}

// value returns the text of the first of all, or "".
func (n *node) value(path ...string) string {
	if f := n.first(path...); f != nil {
		return f.text
	}
	return ""
}

func (n *node) get(attr string) string {
	if n == nil {
		return ""
	}
	return n.attr[attr]
}

// guard reads bytes, and fails when more are asked for than one token may cost.
type guard struct {
	in    *bufio.Reader
	limit int
	left  int
}

var errToken = errors.New("a single tag or text is too long")

func (g *guard) ReadByte() (byte, error) {
	if g.left--; g.left < 0 {
		return 0, errToken
	}
	return g.in.ReadByte()
}

func (g *guard) Read(p []byte) (int, error) {
	if g.left <= 0 {
		return 0, errToken
	}
	n, err := g.in.Read(p[:min(len(p), g.left)])
	g.left -= n
	return n, err
}

// charset knows the encodings that lists declare. What plain has already turned into UTF-8 passes.
func charset(label string, in io.Reader) (io.Reader, error) {
	switch strings.ToLower(label) {
	case "utf-8", "utf8", "us-ascii", "utf-16", "utf-16le", "utf-16be", "ucs-2":
		return in, nil
	case "iso-8859-1", "latin1", "latin-1", "windows-1252", "cp1252", "iso-8859-15":
		return charmap.Windows1252.NewDecoder().Reader(in), nil
	}
	return nil, fmt.Errorf("encoding %q is not one that is read", cut(label, 40))
}

// xmlFile is one XML document being read entry by entry. Nothing outside it is ever opened: a document that declares a
// type of its own, with entities inside or elsewhere, is refused.
type xmlFile struct {
	r      *reader
	file   string
	d      *xml.Decoder
	guard  *guard
	record int
}

// elements reads a document. Elements whose name is in want are handed over whole, wherever they stand; open sees the
// others as they begin, if it is not nil.
func (r *reader) elements(file string, in io.Reader, want map[string]bool, open func(name string, attr map[string]string), use func(*node, Locator) error) error {
	g := &guard{in: plain(in), limit: r.opt.Limits.Row, left: r.opt.Limits.Row}
	x := &xmlFile{r: r, file: file, guard: g, d: xml.NewDecoder(g)}
	x.d.CharsetReader = charset
	depth, begun := 0, false
	for {
		g.left = g.limit
		t, err := x.d.Token()
		switch {
		case err == io.EOF && begun && depth == 0:
			return nil
		case err == io.EOF:
			return x.broken(io.ErrUnexpectedEOF)
		case err != nil:
			return x.broken(err)
		}
		switch t := t.(type) {
		case xml.Directive:
			return x.broken(errors.New("the document declares a type, which may hide other files or endless text: refused"))
		case xml.StartElement:
			begun = true
			if want[t.Name.Local] {
				if err := x.entry(t, use); err != nil {
					return err
				}
				continue
			}
			if depth++; depth > r.opt.Limits.Depth {
				return x.broken(fmt.Errorf("nested deeper than %d", r.opt.Limits.Depth))
			}
			if open != nil {
				open(t.Name.Local, attributes(t))
			}
		case xml.EndElement:
			depth--
		}
	}
}

// broken refuses the rest of a document.
func (x *xmlFile) broken(err error) error {
	line, _ := x.d.InputPos()
	at := Locator{File: x.file, Line: line, Record: x.record + 1}
	if refused := x.r.refuse(whyXMLBreaks.Say(cut(err.Error(), 200)), nil, at); refused != nil {
		return refused
	}
	return fmt.Errorf("%s, line %d: %w: %w", x.file, line, ErrCut, err)
}

func attributes(t xml.StartElement) map[string]string {
	out := make(map[string]string, len(t.Attr))
	for _, a := range t.Attr {
		if a.Name.Space != "xmlns" && a.Name.Local != "xmlns" {
			out[a.Name.Local] = a.Value
		}
	}
	return out
}

// entry reads one wanted element, and hands it over unless it is too large.
func (x *xmlFile) entry(start xml.StartElement, use func(*node, Locator) error) error {
	x.record++
	line, _ := x.d.InputPos()
	at := Locator{File: x.file, Line: line, Record: x.record}
	if err := x.r.tick(); err != nil {
		return err
	}
	root := &node{name: start.Name.Local, attr: attributes(start), line: line}
	stack, nodes, from, reason := []*node{root}, 1, x.d.InputOffset(), ""
	deep := 1
	for deep > 0 {
		x.guard.left = x.guard.limit
		t, err := x.d.Token()
		if err == io.EOF {
			err = io.ErrUnexpectedEOF
		}
		if err != nil {
			return x.broken(err)
		}
		if reason == "" {
			switch {
			case x.d.InputOffset()-from > int64(x.r.opt.Limits.Row):
				reason = whyLongEntry.Say(strconv.Itoa(x.r.opt.Limits.Row))
			case nodes > mostNodesXML:
				reason = whyManyElements.Say(strconv.Itoa(mostNodesXML))
			case deep > x.r.opt.Limits.Depth:
				reason = whyDeep.Say(strconv.Itoa(x.r.opt.Limits.Depth))
			}
		}
		switch t := t.(type) {
		case xml.Directive:
			return x.broken(errors.New("a type is declared within an entry"))
		case xml.StartElement:
			deep++
			if nodes++; reason == "" {
				line, _ := x.d.InputPos()
				n := &node{name: t.Name.Local, attr: attributes(t), line: line}
				top := stack[len(stack)-1]
				top.kids = append(top.kids, n)
				stack = append(stack, n)
			}
		case xml.CharData:
			if reason == "" {
				stack[len(stack)-1].text += string(t)
			}
		case xml.EndElement:
			deep--
			if reason == "" {
				top := stack[len(stack)-1]
				top.text = strings.TrimSpace(top.text)
				stack = stack[:len(stack)-1]
			}
		}
	}
	if reason != "" {
		return x.r.refuse(reason, []byte(start.Name.Local), at)
	}
	return use(root, at)
}

// raw writes an element down for those who look at why it was refused.
func (n *node) raw() []byte {
	var b strings.Builder
	var walk func(*node)
	walk = func(n *node) {
		if b.Len() > rawShown {
			return
		}
		fmt.Fprintf(&b, "<%s", n.name)
		for _, k := range slices.Sorted(maps.Keys(n.attr)) {
			fmt.Fprintf(&b, " %s=%q", k, n.attr[k])
		}
		b.WriteString(">" + n.text)
		for _, k := range n.kids {
			walk(k)
		}
		b.WriteString("</" + n.name + ">")
	}
	walk(n)
	return []byte(b.String())
}
