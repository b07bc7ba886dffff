package capture

import (
	"context"
	"errors"
	"io"
	"strings"
	"time"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

const (
	parseTime = 20 * time.Second // for one document
	maxToken  = 4 << 20          // bytes of one tag or run of text
)

// htmlText makes the text of a page: what is visible without scripts and style sheets, main text, title and what the page says of itself.
func htmlText(ctx context.Context, body []byte, contentType, page string) (Text, error) {
	t := Text{Maker: "html"}
	source := t.decode(body, contentType)
	limited, cancel := context.WithTimeout(ctx, parseTime)
	defer cancel()
	doc, err := html.Parse(&stoppable{ctx: limited, r: strings.NewReader(source)})
	if ctx.Err() != nil {
		return Text{}, ctx.Err()
	}
	if err != nil {
		t.Maker = "html tokens"
		t.note("The page is built too deep or too strange for a browser's rules (%v); its text was taken tag by tag, and its main text is not told from the rest.", err)
		t.Full = t.canonical(tokenText(ctx, source, &t))
		return t, ctx.Err()
	}
	t.declared(doc)
	v := visible{most: maxTextMade}
	v.node(doc)
	if t.Full = v.text.finish(); v.full {
		t.note("Only the first %d MiB of text were kept.", maxTextMade>>20)
	}
	t.main(ctx, doc, page)
	return t, ctx.Err()
}

// stoppable is a reader that ends with its context.
type stoppable struct {
	ctx context.Context
	r   io.Reader
}

func (s *stoppable) Read(p []byte) (int, error) {
	if s.ctx.Err() != nil {
		return 0, errors.New("it took too long")
	}
	return s.r.Read(p)
}

// declared reads title and language as the document declares them.
func (t *Text) declared(doc *html.Node) {
	for n := range doc.Descendants() {
		switch {
		case n.DataAtom == atom.Html && t.Language == "":
			t.Language = languageTag(attribute(n, "lang"))
		case n.DataAtom == atom.Title && n.Namespace == "" && t.Title == "" && n.FirstChild != nil:
			t.Title = oneLine(n.FirstChild.Data, 500)
		case n.DataAtom == atom.Body:
			return
		}
	}
}

// oneLine makes a short canonical line of foreign text.
func oneLine(s string, most int) string {
	return shorten(strings.ReplaceAll(strings.ReplaceAll(Canonical(s), "\n", " "), "\t", " "), most)
}

// languageTag returns a language tag that looks like one, else "".
func languageTag(s string) string {
	s = strings.ReplaceAll(strings.TrimSpace(s), "_", "-")
	if len(s) < 2 || len(s) > 35 || strings.Trim(strings.ToLower(s), "abcdefghijklmnopqrstuvwxyz0123456789-") != "" {
		return ""
	}
	return s
}

func attribute(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key && a.Namespace == "" {
			return a.Val
		}
	}
	return ""
}

// visible collects the visible text of a tree. Trees are at most 512 deep, which the parser sees to.
type visible struct {
	text textBuilder
	most int  // bytes
	full bool // there was more
}

func (v *visible) node(n *html.Node) {
	switch n.Type {
	case html.TextNode:
		if v.full = v.full || v.text.b.Len()+len(n.Data) > v.most; !v.full {
			v.words(n)
		}
		return
	case html.DocumentNode:
	case html.ElementNode:
		if hidden(n.Data, n.Attr) {
			return
		}
		if n.DataAtom == atom.Img {
			v.alternative(attribute(n, "alt"))
			return
		}
	default:
		return
	}
	edge := edgeOf(n.DataAtom)
	if edge != 0 {
		v.text.gap(edge)
	}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		v.node(c)
	}
	if edge != 0 {
		v.text.gap(edge)
	}
}

// words writes a text node; in pre, line feeds are line feeds.
func (v *visible) words(n *html.Node) {
	if n.Parent == nil || !preformatted(n.Parent) {
		v.text.words(n.Data)
		return
	}
	for i, line := range strings.Split(n.Data, "\n") {
		if i > 0 {
			v.text.gap('\n')
		}
		v.text.words(line)
	}
}

func preformatted(n *html.Node) bool {
	for depth := 0; n != nil && depth < 8; n, depth = n.Parent, depth+1 {
		if n.DataAtom == atom.Pre {
			return true
		}
	}
	return false
}

// alternative writes what stands for an image to those who do not see it, in brackets: others do not see it.
func (v *visible) alternative(alt string) {
	if strings.TrimSpace(alt) == "" || v.full {
		return
	}
	v.text.gap(' ')
	v.text.words("[" + strings.TrimSpace(alt) + "]")
	v.text.gap(' ')
}

// hidden says whether an element shows nothing: programs, style, templates, form fields, and what is hidden by attribute or in its
// own style. Style sheets are not read.
func hidden(name string, attrs []html.Attribute) bool {
	switch atom.Lookup([]byte(name)) {
	case atom.Script, atom.Style, atom.Template, atom.Noscript, atom.Head, atom.Iframe, atom.Noembed, atom.Noframes, atom.Object, atom.Embed, atom.Audio, atom.Video,
		atom.Canvas, atom.Input, atom.Select, atom.Textarea, atom.Datalist, atom.Progress, atom.Meter, atom.Desc:
		return true
	case atom.Dialog:
		return !has(attrs, "open")
	}
	switch name {
	case "defs", "metadata", "symbol": // of SVG
		return true
	}
	for _, a := range attrs {
		switch a.Key {
		case "hidden":
			return true
		case "style":
			if hiddenStyle(a.Val) {
				return true
			}
		}
	}
	return false
}

func has(attrs []html.Attribute, key string) bool {
	for _, a := range attrs {
		if a.Key == key {
			return true
		}
	}
	return false
}

func hiddenStyle(style string) bool {
	for rule := range strings.SplitSeq(style, ";") {
		key, value, ok := strings.Cut(rule, ":")
		if !ok {
			continue
		}
		value, _, _ = strings.Cut(strings.ToLower(strings.TrimSpace(value)), "!")
		switch strings.ToLower(strings.TrimSpace(key)) + ":" + strings.TrimSpace(value) {
		case "display:none", "visibility:hidden", "visibility:collapse":
			return true
		}
	}
	return false
}

// edgeOf returns what stands around an element: a line feed around blocks, a tab around cells, 0 for nothing.
func edgeOf(a atom.Atom) byte {
	switch a {
	case atom.Td, atom.Th:
		return '\t'
	case atom.Address, atom.Article, atom.Aside, atom.Blockquote, atom.Body, atom.Br, atom.Caption, atom.Center, atom.Dd, atom.Details, atom.Dialog, atom.Div, atom.Dl, atom.Dt,
		atom.Fieldset, atom.Figcaption, atom.Figure, atom.Footer, atom.Form, atom.Frameset, atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6, atom.Header, atom.Hgroup, atom.Hr,
		atom.Html, atom.Legend, atom.Li, atom.Main, atom.Menu, atom.Nav, atom.Ol, atom.P, atom.Pre, atom.Section, atom.Summary, atom.Table, atom.Tbody, atom.Tfoot, atom.Thead,
		atom.Tr, atom.Ul:
		return '\n'
	}
	return 0
}

// tokenText takes the text of a page that no tree can be made of, tag by tag.
func tokenText(ctx context.Context, source string, t *Text) string {
	z := html.NewTokenizer(strings.NewReader(source))
	z.SetMaxBuf(maxToken)
	v := visible{most: maxTextMade}
	skip, depth := "", 0 // the hidden element that is open, and how many of its name are
	for n := 0; n&1023 != 0 || ctx.Err() == nil; n++ {
		kind := z.Next()
		if kind == html.ErrorToken {
			if !errors.Is(z.Err(), io.EOF) {
				t.note("The page could be read only in part: %v.", z.Err())
			}
			break
		}
		if kind == html.TextToken {
			if skip == "" && !v.full {
				words := html.UnescapeString(string(z.Raw()))
				if v.full = v.text.b.Len()+len(words) > v.most; !v.full {
					v.text.words(words)
				}
			}
			continue
		}
		if kind != html.StartTagToken && kind != html.EndTagToken && kind != html.SelfClosingTagToken {
			continue
		}
		token := z.Token()
		switch {
		case skip != "":
			if token.Data == skip && kind == html.StartTagToken {
				depth++
			}
			if token.Data == skip && kind == html.EndTagToken {
				if depth--; depth == 0 {
					skip = ""
				}
			}
		case kind == html.StartTagToken && !empty(token.DataAtom) && token.DataAtom != atom.Head && hidden(token.Data, token.Attr):
			skip, depth = token.Data, 1
		case token.DataAtom == atom.Img && kind != html.EndTagToken:
			v.alternative(attribute(&html.Node{Attr: token.Attr}, "alt"))
		case edgeOf(token.DataAtom) != 0:
			v.text.gap(edgeOf(token.DataAtom))
		}
	}
	return v.text.finish()
}

// empty says that an element has no end tag.
func empty(a atom.Atom) bool {
	switch a {
	case atom.Input, atom.Embed, atom.Br, atom.Hr, atom.Img, atom.Meta, atom.Link, atom.Base, atom.Area, atom.Col, atom.Wbr, atom.Source, atom.Track, atom.Param:
		return true
	}
	return false
}
