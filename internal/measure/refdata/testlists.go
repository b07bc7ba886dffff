package refdata

import (
	"fmt"
	"io"
	"maps"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/net/idna"
)

// testLists is a set of lists of sites to test, with a category for each: a list for the whole
// world and one per country. The empty value knows nothing.
type testLists struct {
	byName   map[string]*testList // "global", or two small letters of a country
	anywhere testList             // all countries in one, the first in the alphabet counting
}

// testList is one list. Keys are in the form of urlKey and hostKey.
type testList struct {
	urls  map[string]string // → category code
	hosts map[string]string // → category code
	votes map[string]map[string]int
}

// Bounds on a set of test lists. The real one has about 40,000 rows.
const (
	maxTestRows = 1 << 20
	maxURL      = 4 << 10 // bytes
	global      = "global"
)

var (
	listName     = regexp.MustCompile(`^(global|[a-z]{2})$`)
	categoryCode = regexp.MustCompile(`^[A-Z]{2,12}$`)
)

// isTestList says whether a file holds a list: global.csv or cc.csv. Inside an archive such files
// lie in a folder called lists, beside others of the same form that mean something else.
func isTestList(name string) bool {
	dir := path.Base(path.Dir(name))
	return path.Ext(name) == ".csv" && listName.MatchString(baseName(name)) && (dir == "lists" || dir == ".")
}

// loadTestLists reads files of rows with a URL and a category code.
func loadTestLists(paths []string) (*testLists, tally, error) {
	t, n := &testLists{byName: make(map[string]*testList)}, tally{}
	for _, p := range paths {
		err := eachFile(p, isTestList, func(name string, in io.Reader) error { return t.read(baseName(name), in, &n) })
		if err != nil {
			return nil, n, err
		}
	}
	t.anywhere = testList{urls: make(map[string]string), hosts: make(map[string]string)}
	for _, name := range slices.Sorted(maps.Keys(t.byName)) {
		l := t.byName[name]
		l.seal()
		if name != global {
			t.anywhere.adopt(l)
		}
	}
	return t, n, nil
}

// read reads one list.
func (t *testLists) read(name string, in io.Reader, n *tally) error {
	if !listName.MatchString(name) {
		return fmt.Errorf("%s.csv is no test list: it must be called global.csv or by the two letters of a country", name)
	}
	rows, err := openTable(in, "url", "category_code")
	if err != nil {
		return fmt.Errorf("%s.csv: %w", name, err)
	}
	l := t.byName[name]
	if l == nil {
		l = &testList{urls: make(map[string]string), votes: make(map[string]map[string]int)}
		t.byName[name] = l
	}
	for {
		row, err := rows.next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return fmt.Errorf("%s.csv: %w", name, err)
		}
		if n.rows+n.left >= maxTestRows {
			return fmt.Errorf("%w: more than %d rows", errTooLarge, maxTestRows)
		}
		if why := l.add(row.get("url"), strings.TrimSpace(row.get("category_code"))); why != "" {
			n.leave(rows.row, name+".csv: "+why)
			continue
		}
		n.rows++
	}
}

// add takes one row in, or says why it cannot.
func (l *testList) add(raw, code string) string {
	u, host := urlKey(raw)
	switch {
	case host == "":
		return "it has no usable URL"
	case !categoryCode.MatchString(code):
		return "its category is not a code in capitals"
	}
	if _, ok := l.urls[u]; !ok {
		l.urls[u] = code
	}
	if l.votes[host] == nil {
		l.votes[host] = make(map[string]int)
	}
	l.votes[host][code]++
	// What is said about the front page is said about the site.
	if strings.HasSuffix(u, "/") && strings.Count(u, "/") == 3 {
		l.votes[host][code] += 1 << 20
	}
	return ""
}

// seal settles on one category a host: that of its front page, else the one most of its URLs
// have, else the first in the alphabet.
func (l *testList) seal() {
	l.hosts = make(map[string]string, len(l.votes))
	for host, votes := range l.votes {
		best := ""
		for code, n := range votes {
			if best == "" || n > votes[best] || n == votes[best] && code < best {
				best = code
			}
		}
		l.hosts[host] = best
	}
	l.votes = nil
}

// adopt adds what another list knows and this one does not.
func (l *testList) adopt(o *testList) {
	for u, code := range o.urls {
		if _, ok := l.urls[u]; !ok {
			l.urls[u] = code
		}
	}
	for host, code := range o.hosts {
		if _, ok := l.hosts[host]; !ok {
			l.hosts[host] = code
		}
	}
}

// category looks an input up: its URL in the list of the country, then in the global one, then
// its host in the same order; last the URL and the host in the lists of other countries, since
// what a site is about does not depend on who visits it.
func (t *testLists) category(cc, u, host string) string {
	lists := [2]*testList{t.byName[strings.ToLower(cc)], t.byName[global]}
	for _, l := range lists {
		if l != nil && l.urls[u] != "" {
			return l.urls[u]
		}
	}
	for _, l := range lists {
		if l != nil && l.hosts[host] != "" {
			return l.hosts[host]
		}
	}
	if code := t.anywhere.urls[u]; code != "" {
		return code
	}
	return t.anywhere.hosts[host]
}

// urlKey returns the forms in which an input, a URL or a domain, is looked up: the URL with its
// scheme and host in small letters and at least "/" for a path, and the host without "www.", port
// and final dot, in punycode. Both are "" where there is no host.
func urlKey(input string) (u, host string) {
	input = strings.TrimSpace(input)
	if input == "" || len(input) > maxURL {
		return "", ""
	}
	if !strings.Contains(input, "://") {
		input = "http://" + input
	}
	p, err := url.Parse(input)
	if err != nil || p.Host == "" {
		return "", ""
	}
	name := strings.TrimSuffix(strings.ToLower(p.Hostname()), ".")
	if name == "" {
		return "", ""
	}
	if ascii, err := idna.Lookup.ToASCII(name); err == nil {
		name = ascii
	}
	rest := p.EscapedPath()
	if rest == "" {
		rest = "/"
	}
	if p.RawQuery != "" {
		rest += "?" + p.RawQuery
	}
	port := ""
	if p.Port() != "" {
		port = ":" + p.Port()
	}
	return strings.ToLower(p.Scheme) + "://" + name + port + rest, strings.TrimPrefix(name, "www.")
}
