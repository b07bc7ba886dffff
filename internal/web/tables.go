package web

import (
	"cmp"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"veedor/internal/measure/store"
)

// perPage is how many rows a table shows at once.
const perPage = 40

// tally is a table of counts that sorts by links.
type tally struct {
	ID, Caption string // of the words
	Link        string // what a key is appended to; "" for no link
	Head        []sortLink
	Rows        []tallyRow
	Total       int
	Prev, Next  string
}

// Total64 is Total, for plurals.
func (t tally) Total64() int64 { return int64(t.Total) }

type tallyRow struct {
	store.Count
	Label string // what stands for the key
	Href  string
}

type sortLink struct {
	Key, Href, Aria string
	Number          bool
}

// orders are the columns a tally can be sorted by: names from A, numbers from the largest; the other
// way round with dir=other.
var orders = []struct {
	key     string
	number  bool
	compare func(a, b tallyRow) int
}{
	{"name", false, func(a, b tallyRow) int { return strings.Compare(strings.ToLower(a.Label), strings.ToLower(b.Label)) }},
	{"blocked", true, func(a, b tallyRow) int { return cmp.Compare(b.Blocked, a.Blocked) }},
	{"down", true, func(a, b tallyRow) int { return cmp.Compare(b.Down, a.Down) }},
	{"ok", true, func(a, b tallyRow) int { return cmp.Compare(b.OK, a.OK) }},
	{"insufficient", true, func(a, b tallyRow) int { return cmp.Compare(b.Insufficient, a.Insufficient) }},
	{"total", true, func(a, b tallyRow) int { return cmp.Compare(b.Total, a.Total) }},
	{"last", true, func(a, b tallyRow) int { return b.Last.Compare(a.Last) }},
}

// table makes a tally of counts, sorted and paged as the query asks (parameters ID.sort, ID.dir, ID.page).
func (r *request) table(id, link string, list []store.Count, label func(store.Count) string) tally {
	t := tally{ID: id, Caption: "table." + id, Link: link, Total: len(list)}
	for _, c := range list {
		row := tallyRow{Count: c, Label: label(c)}
		if link != "" {
			row.Href = prefix(r.lang) + link + url.PathEscape(c.Key)
		}
		t.Rows = append(t.Rows, row)
	}
	q := r.URL.Query()
	key, other := q.Get(id+".sort"), q.Get(id+".dir") == "other"
	for _, o := range orders {
		l := sortLink{Key: o.key, Number: o.number, Aria: "none"}
		next := map[string]string{id + ".sort": o.key, id + ".dir": "", id + ".page": ""}
		if o.key == key {
			slices.SortStableFunc(t.Rows, o.compare)
			l.Aria = "ascending"
			if o.number != other {
				l.Aria = "descending"
			}
			if other {
				slices.Reverse(t.Rows)
			} else {
				next[id+".dir"] = "other"
			}
		}
		l.Href = r.with(next, id)
		t.Head = append(t.Head, l)
	}
	page := pageNumber(q.Get(id + ".page"))
	from := min((page-1)*perPage, len(t.Rows))
	to := min(from+perPage, len(t.Rows))
	if page > 1 {
		t.Prev = r.with(map[string]string{id + ".page": strconv.Itoa(page - 1)}, id)
	}
	if to < len(t.Rows) {
		t.Next = r.with(map[string]string{id + ".page": strconv.Itoa(page + 1)}, id)
	}
	t.Rows = t.Rows[from:to]
	return t
}

func pageNumber(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil || n < 1 || n > 1e6 {
		return 1
	}
	return n
}

// with returns this page's address with some parameters changed; an empty value removes one.
func (r *request) with(changes map[string]string, anchor string) string {
	q := r.URL.Query()
	for k := range q {
		if len(k) > 40 || len(q.Get(k)) > 300 {
			q.Del(k)
		}
	}
	for k, v := range changes {
		if v == "" {
			q.Del(k)
		} else {
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

// dayRow is one day of a timeline; Bars are widths out of 100.
type dayRow struct {
	Day     time.Time
	Empty   bool
	Count   store.Count
	Bars    [4]bar // blocked, down, ok, insufficient
	Largest bool
}

type bar struct{ X, Width int64 }

// maxDays is how many days a timeline shows, the latest.
const maxDays = 45

// days makes a timeline of counts by day. Days without measurements are in it, as such.
func days(list []store.Count) []dayRow {
	byDay := map[string]store.Count{}
	var first, last time.Time
	var most int64
	for _, c := range list {
		d, err := time.Parse(time.DateOnly, c.Key)
		if err != nil || d.Year() <= 1 {
			continue
		}
		byDay[c.Key] = c
		most = max(most, c.Total)
		if first.IsZero() || d.Before(first) {
			first = d
		}
		if d.After(last) {
			last = d
		}
	}
	if last.IsZero() {
		return nil
	}
	if last.Sub(first) > (maxDays-1)*24*time.Hour {
		first = last.AddDate(0, 0, 1-maxDays)
	}
	var out []dayRow
	for d := last; !d.Before(first); d = d.AddDate(0, 0, -1) {
		c, ok := byDay[d.Format(time.DateOnly)]
		row := dayRow{Day: d, Empty: !ok, Count: c}
		x := int64(0)
		for i, n := range [...]int64{c.Blocked, c.Down, c.OK, c.Insufficient} {
			w := n * 100 / max(most, 1)
			if n > 0 {
				w = max(w, 1)
			}
			row.Bars[i] = bar{x, w}
			x += w
		}
		out = append(out, row)
	}
	return out
}
