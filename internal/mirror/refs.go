package mirror

import (
	"bytes"
	"encoding/json"
	"html"
	"mime"
	"regexp"
	"slices"
	"strings"

	xhtml "golang.org/x/net/html"
)

// Ref is one reference of a page to something else.
type Ref struct {
	Element, Attribute string // lower case; "" and the member's name in a JSON feed; "" and "url" in CSS
	Value              string // as a browser reads it, entities resolved
	Rel                string // of the element
	Translation        bool   // to the same page in another language (hreflang)
	Loads              bool   // a browser fetches it by itself
}

// fate says what becomes of a reference when a page is copied.
type fate int

const (
	stays   fate = iota
	becomes      // another reference
	goes         // the element without it: text instead of a link, nothing instead of an alternate
)

// editor decides on every reference of a page in the language lang; "" as long as the page has not said it.
type editor func(ref Ref, lang string) (fate, string)

// change is what becomes of a page.
type change struct {
	edit editor
	note func(lang string) string // the title of words that were a link; may be nil
	head string                   // markup that the head of a page begins with
}

// mediaType is a content type without parameters, in lower case.
func mediaType(contentType string) string {
	kind, _, err := mime.ParseMediaType(contentType)
	if err != nil {
		return strings.ToLower(strings.TrimSpace(contentType))
	}
	return kind
}

// refers says whether answers of a type have references that can be read and changed.
func refers(contentType string) bool {
	switch mediaType(contentType) {
	case "text/html", "text/css", "image/svg+xml", "application/atom+xml", "application/rss+xml", "application/feed+json":
		return true
	}
	return false
}

// Refs returns what an answer of a type refers to, in order. Forms are left out: they need a server.
func Refs(contentType string, body []byte) []Ref {
	var out []Ref
	_ = rewrite(contentType, body, change{edit: func(r Ref, _ string) (fate, string) {
		out = append(out, r)
		return stays, ""
	}})
	return out
}

// rewrite returns the answer with its references as was decided. All other bytes stay as they are.
func rewrite(contentType string, body []byte, c change) []byte {
	switch mediaType(contentType) {
	case "text/html":
		return rewriteMarkup(body, c, false)
	case "image/svg+xml", "application/atom+xml", "application/rss+xml":
		return rewriteMarkup(body, c, true)
	case "text/css":
		return rewriteCSS(body, c.edit)
	case "application/feed+json":
		return rewriteFeed(body, c.edit)
	}
	return body
}

// attribute is one attribute of a tag: where its value lies in the tag's bytes.
type attribute struct {
	name       string // lower case
	from, to   int    // the whole attribute
	open, shut int    // its value without quotes; open < 0 where there is none
}

// attributes finds the attributes in the bytes of one start tag, as HTML reads them.
func attributes(tag []byte) []attribute {
	var out []attribute
	space := func(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' }
	i := 1
	for i < len(tag) && !space(tag[i]) && tag[i] != '/' && tag[i] != '>' {
		i++
	}
	for i < len(tag) {
		for i < len(tag) && (space(tag[i]) || tag[i] == '/') {
			i++
		}
		if i >= len(tag) || tag[i] == '>' {
			break
		}
		a := attribute{from: i, open: -1}
		for i++; i < len(tag) && !space(tag[i]) && tag[i] != '=' && tag[i] != '>' && tag[i] != '/'; i++ { // "=" may begin a name
		}
		a.name, a.to = strings.ToLower(string(tag[a.from:i])), i
		j := i
		for j < len(tag) && space(tag[j]) {
			j++
		}
		if j < len(tag) && tag[j] == '=' {
			for j++; j < len(tag) && space(tag[j]); j++ {
			}
			if j < len(tag) && (tag[j] == '"' || tag[j] == '\'') {
				end := bytes.IndexByte(tag[j+1:], tag[j])
				if end < 0 {
					break
				}
				a.open, a.shut, i = j+1, j+1+end, j+2+end
			} else {
				a.open = j
				for j < len(tag) && !space(tag[j]) && tag[j] != '>' {
					j++
				}
				a.shut, i = j, j
			}
			a.to = i
		}
		out = append(out, a)
	}
	return out
}

func value(tag []byte, a attribute) string {
	if a.open < 0 {
		return ""
	}
	return html.UnescapeString(string(tag[a.open:a.shut]))
}

// reference says whether an attribute refers to something, and whether a browser loads that by itself.
func reference(element, attr, rel string) (is, loads bool) {
	switch attr {
	case "href", "xlink:href":
		switch element {
		case "a", "area":
			return true, false
		case "base":
			return false, false
		case "link":
			return true, slices.ContainsFunc(strings.Fields(strings.ToLower(rel)), func(r string) bool {
				return r == "stylesheet" || strings.Contains(r, "icon") || r == "preload" || r == "manifest"
			})
		}
		return true, true // image and use of SVG
	case "src", "poster":
		return true, true
	case "data":
		return element == "object", true
	}
	return false, false
}

// markup is the state of one page while its tags are gone through.
type markup struct {
	change
	out   bytes.Buffer
	xml   bool
	lang  string
	svg   int    // how deep in drawings
	plain string // what the open link was made into; "" while none is open
}

func rewriteMarkup(body []byte, c change, xml bool) []byte {
	m := &markup{change: c, xml: xml}
	m.out.Grow(len(body) + len(body)/8)
	z := xhtml.NewTokenizer(bytes.NewReader(body))
	z.AllowCDATA(xml)
	for {
		kind := z.Next()
		raw := slices.Clone(z.Raw())
		switch kind {
		case xhtml.ErrorToken:
			m.out.Write(raw)
			return m.out.Bytes()
		case xhtml.StartTagToken, xhtml.SelfClosingTagToken:
			name, _ := z.TagName()
			m.start(string(name), raw, kind == xhtml.SelfClosingTagToken)
		case xhtml.EndTagToken:
			name, _ := z.TagName()
			switch {
			case string(name) == "a" && m.plain != "":
				raw = []byte("</" + m.plain + ">")
				m.plain = ""
			case string(name) == "svg":
				m.svg--
			}
			m.out.Write(raw)
		default:
			m.out.Write(raw)
		}
	}
}

// start writes one start tag.
func (m *markup) start(name string, tag []byte, closed bool) {
	list := attributes(tag)
	get := func(attr string) string {
		for _, a := range list {
			if a.name == attr {
				return value(tag, a)
			}
		}
		return ""
	}
	switch {
	case name == "html" || m.xml && m.lang == "":
		m.lang = get("lang") + get("xml:lang")
	case name == "svg" && !closed:
		m.svg++
	}
	rel, at := get("rel"), 0
	var out []byte
	for _, a := range list {
		is, loads := reference(name, a.name, rel)
		if a.open < 0 || !is {
			continue
		}
		what, to := m.edit(Ref{name, a.name, value(tag, a), rel, get("hreflang") != "", loads}, m.lang)
		switch what {
		case becomes:
			out = append(append(out, tag[at:a.open]...), html.EscapeString(to)...)
			at = a.shut
		case goes:
			m.drop(name, tag, list, closed)
			return
		}
	}
	m.out.Write(append(out, tag[at:]...))
	if name == "head" && !m.xml {
		m.out.WriteString(m.head)
	}
}

// drop writes what is left of an element without what it refers to: of a link its words, of all else nothing.
func (m *markup) drop(name string, tag []byte, list []attribute, closed bool) {
	if name != "a" || closed {
		return
	}
	m.plain = "span"
	if m.svg > 0 || m.xml {
		m.plain = "g"
	}
	m.out.WriteString("<" + m.plain)
	for _, a := range list {
		switch a.name {
		case "href", "xlink:href", "rel", "hreflang", "title", "target", "download", "type":
		default:
			m.out.WriteString(" ")
			m.out.Write(tag[a.from:a.to])
		}
	}
	if m.note != nil && m.plain == "span" {
		m.out.WriteString(` title="` + html.EscapeString(m.note(m.lang)) + `"`)
	}
	m.out.WriteString(">")
}

var cssRef = regexp.MustCompile(`url\(\s*(?:"([^"]*)"|'([^']*)'|([^)"'\s]*))\s*\)|@import\s+(?:"([^"]*)"|'([^']*)')`)

func rewriteCSS(body []byte, edit editor) []byte {
	var out []byte
	at := 0
	for _, m := range cssRef.FindAllSubmatchIndex(body, -1) {
		for i := 2; i < len(m); i += 2 {
			if m[i] < 0 {
				continue
			}
			what, to := edit(Ref{"", "url", string(body[m[i]:m[i+1]]), "", false, true}, "")
			if what == becomes {
				out = append(append(out, body[at:m[i]]...), to...)
				at = m[i+1]
			}
		}
	}
	return append(out, body[at:]...)
}

// rewriteFeed changes the addresses of a JSON feed, which are members of known names.
func rewriteFeed(body []byte, edit editor) []byte {
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	var feed map[string]any
	if d.Decode(&feed) != nil {
		return body
	}
	lang, _ := feed["language"].(string)
	changed := false
	var walk func(v any)
	walk = func(v any) {
		switch v := v.(type) {
		case []any:
			for _, one := range v {
				walk(one)
			}
		case map[string]any:
			for _, name := range []string{"url", "home_page_url", "feed_url", "next_url", "external_url", "image"} {
				s, ok := v[name].(string)
				if !ok {
					continue
				}
				switch what, to := edit(Ref{"", name, s, "", false, false}, lang); what {
				case becomes:
					v[name], changed = to, true
				case goes:
					delete(v, name)
					changed = true
				}
			}
			walk(v["items"])
		}
	}
	walk(feed)
	if !changed {
		return body
	}
	out, err := json.Marshal(feed)
	if err != nil {
		return body
	}
	return append(out, '\n')
}
