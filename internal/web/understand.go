package web

import (
	"cmp"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// understood is what the words of a search were taken for.
type understood struct {
	Targets   []string // what may be meant, likeliest first
	Networks  []uint32
	Countries []string
	Question  bool     // words of a question about blocking are among them
	Rest      []string // words that nothing here is known of
	Readings  []readingOf
	asking    bool     // there is such a word somewhere in it
	words     []string // what of it is looked for in the index: names and the rest, without the words of a question
	kept      []string // what narrows the search: kind:claim, "as it stands", -without
	from      *vocabulary
}

// readingOf is what some of the words were taken for.
type readingOf struct {
	Words   string
	Kind    string // target, network, country or question
	Values  []string
	Perhaps bool // it is a guess: a part of a name, or one that is spelt otherwise
}

// token is one word as it was written, and as it is compared.
type token struct {
	text, key string
	han       bool
}

const maxTokens = 64

var narrowing = regexp.MustCompile(`(?:^|\s)(-?(?:kind|lang|case|status|theme|frame|source|place|type|from|until):(?:"[^"]*"|\S+)|"[^"]*"|[«“][^»”]*[»”]|-\S+)`)

var hostName = regexp.MustCompile(`^(?:[\p{L}\p{N}_](?:[\p{L}\p{N}_-]{0,61}[\p{L}\p{N}_])?\.)+(?:\p{L}{2,}|xn--[a-z0-9-]+)$`)

var asToken = regexp.MustCompile(`^asn?[1-9][0-9]{0,9}$`)

var digits = regexp.MustCompile(`^[1-9][0-9]{0,9}$`)

// understand reads a question, or a few words, as far as it is plain what they name. world, which may be nil, returns
// networks that were never measured here by the words of their names.
func (v *vocabulary) understand(text string, world func(words []string) []uint32) understood {
	var u understood
	for _, m := range narrowing.FindAllStringSubmatch(text, -1) {
		u.kept = append(u.kept, m[1])
	}
	list := tokens(narrowing.ReplaceAllString(text, " "))
	shouted := !slices.ContainsFunc(list, func(t token) bool { return strings.ToUpper(t.text) != t.text })
	u.asking = slices.ContainsFunc(list, func(t token) bool {
		return ofQuestion(t.key) == "block" || t.han && slices.ContainsFunc(hanQuestion(), func(w string) bool { return strings.Contains(t.text, w) })
	})
	var left []token
	for i := 0; i < len(list); {
		n := v.read(&u, list[i:], shouted)
		if n == 0 {
			left = append(left, list[i])
			n = 1
		}
		i += n
	}
	asked := u.asking || len(u.Targets) > 0
	for i := 0; i < len(left); i++ {
		t := left[i]
		n := v.guessTogether(&u, left[i:], asked)
		switch {
		case n > 0:
			i += n - 1
		case ofQuestion(t.key) != "":
		case v.guess(&u, t, asked, world):
		default:
			u.Rest = append(u.Rest, t.text)
			u.words = append(u.words, t.text)
		}
	}
	return u
}

// guessTogether takes two or three words for a part of the name of a network; it returns how many those were.
func (v *vocabulary) guessTogether(u *understood, list []token, asked bool) int {
	for n := min(3, len(list)); n > 1; n-- {
		var words, shown []string
		for _, t := range list[:n] {
			words, shown = append(words, wordsOfName(t.text)...), append(shown, t.text)
		}
		if found := v.orgs.find(words, few(asked)); len(found) > 0 {
			u.network(strings.Join(shown, " "), true, v.mostMeasured(found)...)
			return n
		}
	}
	return 0
}

// few is how many networks a word may stand for and still mean them: fewer where nobody asked about networks.
func few(asked bool) int {
	if asked {
		return 8
	}
	return 3
}

// Any says whether anything was recognised.
func (u *understood) Any() bool { return len(u.Targets)+len(u.Networks)+len(u.Countries) > 0 }

// tokens splits a text into words. Writing without spaces is a word of its own beside others.
func tokens(text string) []token {
	var out []token
	add := func(word string) {
		word = strings.Trim(word, ".-_/'’")
		if word != "" && len(out) < maxTokens {
			out = append(out, token{text: word, key: folded(word), han: strings.ContainsFunc(word, isHan)})
		}
	}
	for _, field := range strings.Fields(text) {
		if at := strings.Index(field, "://"); at > 0 {
			if u, err := url.Parse(strings.TrimLeftFunc(field, func(c rune) bool { return !unicode.IsLetter(c) })); err == nil && u.Hostname() != "" {
				add(u.Hostname())
				continue
			}
		}
		var word strings.Builder
		han := false
		flush := func() { add(word.String()); word.Reset() }
		for _, c := range field {
			switch {
			case isHan(c):
				if !han {
					flush()
				}
				han = true
				word.WriteRune(c)
			case unicode.IsLetter(c), unicode.IsDigit(c), unicode.IsMark(c), strings.ContainsRune(".-_'’", c):
				if han {
					flush()
				}
				han = false
				word.WriteRune(c)
			default:
				flush()
			}
		}
		flush()
	}
	return out
}

// read takes for something what stands first in a list of words; it returns how many words that were, 0 for none.
func (v *vocabulary) read(u *understood, list []token, shouted bool) int {
	first := list[0]
	if first.han {
		return v.readUnspaced(u, first)
	}
	for n := min(v.longest, len(list)); n > 0; n-- {
		words := make([]string, 0, n)
		var shown []string
		for _, t := range list[:n] {
			words = append(words, wordsOfName(t.text)...)
			shown = append(shown, t.text)
		}
		name := strings.Join(words, " ")
		if name == "" || n == 1 && ofQuestion(first.key) != "" {
			break
		}
		said := strings.Join(shown, " ")
		if n == 1 && v.readOne(u, first, shouted) || n == 2 && (first.key == "as" || first.key == "asn") && digits.MatchString(list[1].key) && v.readNumber(u, "as"+list[1].key, said) {
			return n
		}
		cc, service := v.countries[name], v.services[name]
		if n > 1 && cc == "" && service == "" && ofQuestion(first.key) == "" && ofQuestion(list[n-1].key) == "" {
			if found := v.orgs.find(words, few(true)); len(found) > 0 { // some are named after their country
				u.network(said, len(v.orgs.whole[name]) == 0, v.mostMeasured(found)...)
				return n
			}
		}
		switch {
		case service != "":
			u.target(said, false, v.measuredFirst(service, v.labels[name])...)
			return n
		case cc != "":
			u.country(said, cc, false)
			return n
		}
		if found := v.orgs.whole[name]; len(found) > 0 {
			u.network(said, false, v.mostMeasured(found)...)
			return n
		}
	}
	if k := ofQuestion(first.key); k != "" {
		if k == "block" && !u.Question {
			u.Question = true
			u.Readings = append(u.Readings, readingOf{Words: first.text, Kind: "question"})
		}
		return 1
	}
	return 0
}

// readOne reads a number of a network, a host, or the code of a country.
func (v *vocabulary) readOne(u *understood, t token, shouted bool) bool {
	if asToken.MatchString(t.key) {
		return v.readNumber(u, t.key, t.text)
	}
	if host := strings.ToLower(t.text); strings.Contains(host, ".") && (v.targets[host] > 0 || hostName.MatchString(host)) {
		u.target(t.text, false, v.hosts(host)...)
		return true
	}
	if len(t.text) == 2 && t.text == strings.ToUpper(t.text) && !shouted && (isCountry(t.text) || v.countries[t.key] != "") {
		u.country(t.text, t.text, false)
		return true
	}
	return false
}

func (v *vocabulary) readNumber(u *understood, key, said string) bool {
	asn, ok := parseASN("AS" + strings.TrimLeft(key, "asn"))
	if ok {
		u.network(said, false, asn)
	}
	return ok
}

// readUnspaced finds names of countries in writing without spaces, and words of a question.
func (v *vocabulary) readUnspaced(u *understood, t token) int {
	text := t.text
	for _, n := range v.unspaced {
		if before, after, ok := strings.Cut(text, n.name); ok {
			u.country(n.name, n.cc, false)
			text = before + " " + after
		}
	}
	for _, w := range hanQuestion() {
		if !u.Question && strings.Contains(text, w) {
			u.Question = true
			u.Readings = append(u.Readings, readingOf{Words: w, Kind: "question"})
		}
		text = strings.ReplaceAll(text, w, " ")
	}
	for _, w := range hanFunction() {
		if u.asking || u.Any() {
			text = strings.ReplaceAll(text, w, " ")
		}
	}
	for _, rest := range strings.Fields(text) {
		u.Rest, u.words = append(u.Rest, rest), append(u.words, rest)
	}
	return 1
}

// guess takes a word for a part of a name, or for one that is spelt a little otherwise.
func (v *vocabulary) guess(u *understood, t token, asked bool, world func([]string) []uint32) bool {
	if t.han || utf8.RuneCountInString(t.key) < 3 {
		return false
	}
	words := wordsOfName(t.text)
	if list := v.labels[t.key]; len(list) > 0 {
		u.target(t.text, true, list...)
		return true
	}
	if found := v.orgs.find(words, few(asked)); len(found) > 0 {
		u.network(t.text, true, v.mostMeasured(found)...)
		return true
	}
	if asked && world != nil {
		if found := world(words); len(found) > 0 {
			u.network(t.text, true, v.mostMeasured(found)...)
			return true
		}
	}
	if name, cc := nearest(t.key, v.countries); name != "" {
		u.country(t.text, cc, true)
		return true
	}
	if name, service := nearest(t.key, v.services); name != "" && asked {
		u.target(t.text, true, service)
		return true
	}
	return false
}

// hosts returns the targets that a host may be: itself, with or without www.
func (v *vocabulary) hosts(host string) []string {
	other := "www." + host
	if bare, ok := strings.CutPrefix(host, "www."); ok {
		other = bare
	}
	switch {
	case v.targets[host] > 0 && v.targets[other] > 0:
		return []string{host, other}
	case v.targets[host] == 0 && v.targets[other] > 0:
		return []string{other}
	}
	return []string{host}
}

// measuredFirst puts what was measured before what was not.
func (v *vocabulary) measuredFirst(first string, others []string) []string {
	out := append([]string{first}, others...)
	slices.SortStableFunc(out, func(a, b string) int { return compareBool(v.targets[b] > 0, v.targets[a] > 0) })
	return out
}

func (v *vocabulary) mostMeasured(list []uint32) []uint32 {
	out := slices.Clone(list)
	slices.SortFunc(out, func(a, b uint32) int { return cmp.Or(cmp.Compare(v.measured[b], v.measured[a]), cmp.Compare(a, b)) })
	return out
}

const maxMeant = 6 // things that some words may mean

func (u *understood) target(said string, perhaps bool, names ...string) {
	u.Targets, u.words = added(u.Targets, names...), append(u.words, said)
	u.Readings = append(u.Readings, readingOf{said, "target", firstOf(names, min(maxMeant, len(names))), perhaps})
}

func (u *understood) network(said string, perhaps bool, list ...uint32) {
	u.Networks, u.words = added(u.Networks, list...), append(u.words, said)
	r := readingOf{Words: said, Kind: "network", Perhaps: perhaps}
	for _, n := range firstOf(list, min(maxMeant, len(list))) {
		r.Values = append(r.Values, networkName(n, ""))
	}
	u.Readings = append(u.Readings, r)
}

func (u *understood) country(said, cc string, perhaps bool) {
	u.Countries, u.words = added(u.Countries, cc), append(u.words, said)
	u.Readings = append(u.Readings, readingOf{said, "country", []string{cc}, perhaps})
}

func added[T comparable](list []T, more ...T) []T {
	for _, m := range more {
		if !slices.Contains(list, m) && len(list) < maxMeant {
			list = append(list, m)
		}
	}
	return list
}

// nearest returns the name that differs from a word by one letter, or by two where it is long; "" where none or
// several do.
func nearest(word string, names map[string]string) (name, value string) {
	n := utf8.RuneCountInString(word)
	if n < 5 || n > 40 {
		return "", ""
	}
	far := 1
	if n >= 9 {
		far = 2
	}
	best := far + 1
	for k, v := range names {
		d := lettersApart(word, k, far)
		switch {
		case d < best:
			best, name, value = d, k, v
		case d == best && d <= far && v != value:
			name, value = "", ""
		}
	}
	return name, value
}

// lettersApart returns how many letters must be changed, put in, taken out or swapped to make one word of another; more than
// far is not counted out.
func lettersApart(a, b string, far int) int {
	x, y := []rune(a), []rune(b)
	if len(x)-len(y) > far || len(y)-len(x) > far {
		return far + 1
	}
	rows := [3][]int{make([]int, len(y)+1), make([]int, len(y)+1), make([]int, len(y)+1)}
	before, last, now := rows[0], rows[1], rows[2]
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(x); i++ {
		now[0] = i
		for j := 1; j <= len(y); j++ {
			cost := 1
			if x[i-1] == y[j-1] {
				cost = 0
			}
			now[j] = min(last[j]+1, now[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && x[i-1] == y[j-2] && x[i-2] == y[j-1] {
				now[j] = min(now[j], before[j-2]+1)
			}
		}
		before, last, now = last, now, before
	}
	return last[len(y)]
}
