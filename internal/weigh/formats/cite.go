package formats

import (
	"fmt"
	"strings"
	"time"
	"unicode"

	"veedor/internal/weigh/desk"
)

// Reference is something to be cited: an item, or a page of ours.
type Reference struct {
	ID        string // a key: letters, digits, hyphens
	Type      string // webpage, dataset, article-newspaper, post, report, speech, broadcast: CSL's
	Title     string
	Container string // the medium, or the site
	Author    string // a name as published
	URL       string
	Language  string
	Published [3]int // year, month, day; zeros are not known
	Accessed  time.Time
	Publisher string
	Version   string
	Note      string
}

// ItemReference returns how an item is cited.
func ItemReference(item *desk.Record, source string, accessed time.Time) Reference {
	r := Reference{ID: item.ID, Type: cslType(item.Str("type")), Title: item.Str("title"), Container: source, Author: item.Str("author"), URL: webURL(item.Str("url")), Language: item.Str("language"), Accessed: accessed}
	if t, parts := moment(item.Date("published_on")); parts > 0 {
		r.Published = parted(t, parts)
	}
	return r
}

func parted(t time.Time, parts int) [3]int {
	all := [3]int{t.Year(), int(t.Month()), t.Day()}
	for i := parts; i < 3; i++ {
		all[i] = 0
	}
	return all
}

func cslType(of string) string {
	switch of {
	case "editorial media":
		return "article-newspaper"
	case "social media", "message":
		return "post"
	case "report", "official document":
		return "report"
	case "speech":
		return "speech"
	case "broadcast":
		return "broadcast"
	}
	return "webpage"
}

type cslDate struct {
	Parts [][]int `json:"date-parts"`
}

type cslName struct {
	Literal string `json:"literal"`
}

type cslItem struct {
	ID        string    `json:"id"`
	Type      string    `json:"type"`
	Title     string    `json:"title,omitempty"`
	Author    []cslName `json:"author,omitempty"`
	Container string    `json:"container-title,omitempty"`
	Issued    *cslDate  `json:"issued,omitempty"`
	Accessed  *cslDate  `json:"accessed,omitempty"`
	URL       string    `json:"URL,omitempty"`
	Language  string    `json:"language,omitempty"`
	Publisher string    `json:"publisher,omitempty"`
	Version   string    `json:"version,omitempty"`
	Note      string    `json:"note,omitempty"`
}

// CSL writes references as CSL-JSON, which Zotero and citation processors read.
func CSL(refs []Reference) ([]byte, error) {
	out := []cslItem{}
	for _, r := range refs {
		i := cslItem{ID: r.ID, Type: r.Type, Title: r.Title, Container: r.Container, URL: r.URL, Language: r.Language, Publisher: r.Publisher, Version: r.Version, Note: r.Note}
		if r.Author != "" {
			i.Author = []cslName{{r.Author}}
		}
		i.Issued = cslDateOf(r.Published)
		if !r.Accessed.IsZero() {
			i.Accessed = cslDateOf(parted(r.Accessed.UTC(), 3))
		}
		out = append(out, i)
	}
	return write(out)
}

func cslDateOf(d [3]int) *cslDate {
	var parts []int
	for _, p := range d {
		if p == 0 {
			break
		}
		parts = append(parts, p)
	}
	if len(parts) == 0 {
		return nil
	}
	return &cslDate{[][]int{parts}}
}

// BibTeX writes references for BibTeX and biber: as @dataset what is one, as @misc the rest. What has a meaning in TeX
// is escaped.
func BibTeX(refs []Reference) []byte {
	var b strings.Builder
	for i, r := range refs {
		if i > 0 {
			b.WriteString("\n")
		}
		entry := "misc"
		if r.Type == "dataset" {
			entry = "dataset"
		}
		fmt.Fprintf(&b, "@%s{%s,\n", entry, key(r.ID))
		put := func(field, value string) {
			if value != "" {
				fmt.Fprintf(&b, "  %s = {%s},\n", field, value)
			}
		}
		if r.Author != "" {
			put("author", "{"+tex(r.Author)+"}") // as published: not cut into first and last names
		}
		put("title", "{"+tex(r.Title)+"}")
		if r.Container != r.Publisher {
			put("howpublished", tex(r.Container))
		}
		put("publisher", tex(r.Publisher))
		if r.Published[0] > 0 {
			put("year", fmt.Sprint(r.Published[0]))
		}
		if r.Published[1] > 0 {
			put("month", fmt.Sprint(r.Published[1]))
		}
		put("url", strings.NewReplacer("{", "%7B", "}", "%7D", "\\", "%5C", " ", "%20", "\n", "").Replace(r.URL))
		if !r.Accessed.IsZero() {
			put("urldate", r.Accessed.UTC().Format("2006-01-02"))
		}
		put("langid", key(r.Language))
		put("version", tex(r.Version))
		put("note", tex(r.Note))
		b.WriteString("}\n")
	}
	return []byte(b.String())
}

// key keeps of a name what may be a BibTeX key.
func key(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-._:", r) {
			return r
		}
		return -1
	}, s)
}

// tex writes a text so that TeX shows it as it is. A brace is written by its name: BibTeX counts those that are escaped,
// too.
func tex(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && !unicode.IsSpace(r) {
			return -1
		}
		return r
	}, s)
	s = strings.Join(strings.Fields(s), " ")
	return strings.NewReplacer(`\`, `\textbackslash{}`, "{", `\textbraceleft{}`, "}", `\textbraceright{}`, "$", `\$`, "&", `\&`, "%", `\%`, "#", `\#`, "_", `\_`, "~", `\textasciitilde{}`, "^", `\textasciicircum{}`).Replace(s)
}
