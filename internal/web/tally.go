package web

import (
	"cmp"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"veedor/internal/measure/store"
	"veedor/internal/measure/verdict"
)

// perPage is how many rows a table shows at once.
const perPage = 40

// tally is a table of counts that sorts and pages by links.
type tally struct {
	ID         string // "countries"; table.ID and table.ID.caption are its words
	Head       []sortLink
	Rows       []tallyRow
	Total      int64 // rows on all pages
	Prev, Next string
}

type tallyRow struct {
	store.Count
	Label string // what stands for the key
	Href  string // page of its own; "" for none
}

type sortLink struct {
	Key, Href string
	Aria      string // "ascending", "descending" or ""
	Number    bool
}

// naming says what stands for a key and where its page is.
type naming func(store.Count) (label, href string)

func (r *request) countryNaming(c store.Count) (label, href string) {
	return r.s.Facts().CountryName(c.Key, r.lang), countryHref(r.lang, c.Key)
}

func (r *request) networkNaming(c store.Count) (label, href string) {
	asn, ok := parseASN(c.Key)
	if !ok {
		return shorten(c.Key, 60), ""
	}
	return networkName(asn, c.Name), networkHref(r.lang, asn)
}

func (r *request) targetNaming(c store.Count) (label, href string) {
	return shorten(targetName(r.words(), c.Key), 60), targetHref(r.lang, c.Key)
}

// tallyOrder is a column that a tally can be sorted by.
type tallyOrder struct {
	key     string
	number  bool
	compare func(a, b *store.Count) int // nil: by what stands for the key
}

// orders are the columns a tally can be sorted by: names from A, all else from the largest; the
// other way round with dir=asc or dir=desc.
var orders = []tallyOrder{
	{"name", false, nil},
	{"blocked", true, func(a, b *store.Count) int { return cmp.Compare(b.Blocked, a.Blocked) }},
	{"down", true, func(a, b *store.Count) int { return cmp.Compare(b.Down, a.Down) }},
	{"ok", true, func(a, b *store.Count) int { return cmp.Compare(b.OK, a.OK) }},
	{"insufficient", true, func(a, b *store.Count) int { return cmp.Compare(b.Insufficient, a.Insufficient) }},
	{"total", true, func(a, b *store.Count) int { return cmp.Compare(b.Total, a.Total) }},
	{"last", true, func(a, b *store.Count) int { return b.Last.Compare(a.Last) }},
}

// labels returns what a list is sorted by where that is what stands for the keys, else nil.
func (o tallyOrder) labels(list []store.Count, name naming) []string {
	if o.compare != nil {
		return nil
	}
	out := make([]string, len(list))
	for i := range list {
		label, _ := name(list[i])
		out[i] = folded(label)
	}
	return out
}

// folded is a text as it is sorted: without case and accents.
func folded(s string) string {
	return strings.ToLower(strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) {
			return -1
		}
		return r
	}, norm.NFD.String(s)))
}

// table makes a tally of counts, sorted and paged as the query asks: parameters ID.sort, ID.dir and
// ID.page. Without them the rows stay as the store gave them, most blocked first.
func (r *request) table(id string, list []store.Count, name naming) tally {
	t := tally{ID: id, Total: int64(len(list))}
	q := r.URL.Query()
	key, dir := q.Get(id+".sort"), q.Get(id+".dir")
	order := make([]int, len(list))
	for i := range order {
		order[i] = i
	}
	for _, o := range orders {
		first, other := "asc", "desc"
		if o.number {
			first, other = other, first
		}
		l := sortLink{Key: o.key, Number: o.number}
		next := map[string]string{id + ".sort": o.key, id + ".dir": first, id + ".page": ""}
		switch {
		case o.key == key:
			if labels := o.labels(list, name); labels != nil {
				slices.SortStableFunc(order, func(a, b int) int { return strings.Compare(labels[a], labels[b]) })
			} else {
				slices.SortStableFunc(order, func(a, b int) int { return o.compare(&list[a], &list[b]) })
			}
			if dir == other {
				slices.Reverse(order)
			} else {
				dir, next[id+".dir"] = first, other
			}
			l.Aria = dir + "ending"
		case key == "" && o.key == "blocked":
			l.Aria, next[id+".dir"] = "descending", other
		}
		l.Href = r.with(next, id)
		t.Head = append(t.Head, l)
	}
	page := pageNumber(q.Get(id + ".page"))
	from := min((page-1)*perPage, len(order))
	to := min(from+perPage, len(order))
	if page > 1 {
		t.Prev = r.with(map[string]string{id + ".page": strconv.Itoa(page - 1)}, id)
	}
	if to < len(order) {
		t.Next = r.with(map[string]string{id + ".page": strconv.Itoa(page + 1)}, id)
	}
	for _, i := range order[from:to] {
		row := tallyRow{Count: list[i]}
		row.Label, row.Href = name(list[i])
		t.Rows = append(t.Rows, row)
	}
	return t
}

// pageNumber reads the number of a page; what is no such number is the first.
func pageNumber(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil || n < 1 || n > 1e5 {
		return 1
	}
	return n
}

// parseASN reads "AS64496" or "64496".
func parseASN(s string) (uint32, bool) {
	if len(s) > 2 && strings.EqualFold(s[:2], "AS") {
		s = s[2:]
	}
	n, err := strconv.ParseUint(s, 10, 32)
	return uint32(n), err == nil && n > 0
}

// with returns this page's address with some parameters changed; an empty value removes one.
func (r *request) with(changes map[string]string, anchor string) string {
	q := url.Values{}
	for k, v := range r.URL.Query() {
		if len(q) < 24 && len(k) <= 40 && len(v[0]) <= maxTarget { // what pages understand fits
			q.Set(k, v[0])
		}
	}
	for k, v := range changes {
		q.Del(k)
		if v != "" {
			q.Set(k, v)
		}
	}
	out := r.URL.EscapedPath()
	if len(q) > 0 {
		out += "?" + q.Encode()
	}
	if anchor != "" {
		out += "#" + anchor
	}
	return out
}

// sum adds up counts of disjoint groups.
func sum(list []store.Count) store.Count {
	var t store.Count
	for _, c := range list {
		t.Total += c.Total
		t.OK += c.OK
		t.Down += c.Down
		t.Blocked += c.Blocked
		t.Insufficient += c.Insufficient
		t.Artefact += c.Artefact
		if t.First.IsZero() || c.First.Before(t.First) {
			t.First = c.First
		}
		if c.Last.After(t.Last) {
			t.Last = c.Last
		}
	}
	return t
}

// shareOf says how much of n things is sample data.
func shareOf(n int, invented func(i int) bool) share {
	marked := 0
	for i := range n {
		if invented(i) {
			marked++
		}
	}
	switch marked {
	case 0:
		return none
	case n:
		return all
	}
	return some
}

func shareOfCounts(list []store.Count) share {
	return shareOf(len(list), func(i int) bool { return list[i].Invented })
}

func shareOfRows(list []verdict.Row) share {
	return shareOf(len(list), func(i int) bool { return list[i].Invented })
}
