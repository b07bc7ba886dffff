package web

import (
	"bytes"
	"html"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"
	"time"

	xhtml "golang.org/x/net/html"
)

// Copy says that the pages are written as files that need no server, and what they are a copy of.
type Copy struct {
	Of      string           // address of the site itself; "" where that is not said
	Made    func() time.Time // when the copy last changed
	Exports bool             // whole tables are copied too
}

// copyPage says what a copy of the site is, what it leaves out, and how to check it.
type copyPage struct {
	base
	Of      string
	Made    time.Time
	Exports bool
}

func (s *site) copyShown(r *request) error {
	return r.render(http.StatusOK, "copy", copyPage{r.base(r.words().get("copy.title")), s.Copy.Of, s.Copy.Made(), s.Copy.Exports})
}

// CopyPages are the addresses of the pages that say when a copy was made.
func CopyPages() []string {
	var out []string
	for _, lang := range languages {
		out = append(out, prefix(lang)+"/copy")
	}
	return out
}

// CopyNote says in a language (as pages state theirs) why words are no link in a copy.
func CopyNote(lang string) string {
	primary, _, _ := strings.Cut(lang, "-")
	if !slices.Contains(languages[:], primary) {
		primary = languages[0]
	}
	return mustWords(primary).get("copy.nolink")
}

// Copied says which page stands in a copy for an address that a page links to. What needs a server has none: searching,
// forms, calls of programs, tables in another order, and several filters at once. Pages of lists are copied, and each
// filter by itself, with its pages; of drawings and files every one that a page names. With exports whole tables are
// copied too.
func (c Copy) Copied(from, address string) (copied string, ok bool) {
	p, query, _ := strings.Cut(address, "?")
	inside := p
	for _, lang := range languages[1:] {
		if rest, is := strings.CutPrefix(p, prefix(lang)+"/"); is {
			inside = "/" + rest
		}
	}
	first, _, _ := strings.Cut(inside[1:], "/")
	switch first {
	case "desk", "api", "healthz":
		return "", false
	case "report": // the same for every page: who to write to
		return p, true
	case "export":
		if !c.Exports {
			return "", false
		}
	}
	if query == "" {
		return address, true
	}
	q, err := url.ParseQuery(query)
	if err != nil {
		return "", false
	}
	pages, filters := []string{}, 0
	for key := range q {
		switch {
		case key == "q" || key == "hash" || key == "sort" || key == "dir" || key == "order" || strings.HasSuffix(key, ".sort") || strings.HasSuffix(key, ".dir"):
			return "", false
		case key == "page" || key == "skip" || strings.HasSuffix(key, ".page"):
			pages = append(pages, key)
		case key == "to" && q.Has("from"), key == "asof": // the other end of one thing, and as it stood on a day
		default:
			filters++
		}
	}
	if slices.Contains([]string{".svg", ".png", ".csv", ".atom", ".json", ".bib"}, path.Ext(p)) { // what does not lead on
		return address, true
	}
	if filters > 1 {
		return "", false
	}
	if len(pages) > 1 { // a page with several tables: only the one that is turned over
		here := url.Values{}
		if u, err := url.Parse(from); err == nil {
			here = u.Query()
		}
		for _, key := range pages {
			if q.Get(key) == here.Get(key) {
				q.Del(key)
			}
		}
		p += "?" + q.Encode()
		return strings.TrimSuffix(p, "?"), true
	}
	return address, true
}

// withoutForms puts one sentence in the place of a page's forms, and takes out those of its head.
func (r *request) withoutForms(page []byte) []byte {
	if !bytes.Contains(page, []byte("<form")) {
		return page
	}
	var out bytes.Buffer
	z := xhtml.NewTokenizer(bytes.NewReader(page))
	inForm, inHead, said := false, false, false
	for {
		kind := z.Next()
		raw := z.Raw()
		switch kind {
		case xhtml.ErrorToken:
			return out.Bytes()
		case xhtml.StartTagToken, xhtml.EndTagToken:
			raw = bytes.Clone(raw)
			name, _ := z.TagName()
			begins := kind == xhtml.StartTagToken
			switch string(name) {
			case "header":
				inHead = begins
			case "form":
				if inForm = begins; begins && !inHead && !said {
					said = true
					out.WriteString(`<p class="meta">` + html.EscapeString(r.words().get("copy.form")) + ` <a href="` + prefix(r.lang) + `/copy">` + html.EscapeString(r.words().get("copy.more")) + `</a></p>`)
				}
				continue
			}
		}
		if !inForm {
			out.Write(raw)
		}
	}
}
