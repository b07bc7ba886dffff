package web

import (
	"cmp"
	"context"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode"

	"veedor/internal/measure/store"
	"veedor/internal/weigh/desk"
)

// NetworkNames is what Facts may also be: it knows what every network is called.
type NetworkNames interface {
	// ID names the facts: the same id, the same names.
	ID() string
	// Networks hands out each network with the organisation that runs it, until yield returns false.
	Networks(yield func(asn uint32, org string) bool)
}

// vocabulary is what words can name: sites and services, networks, countries. Names are folded, their words apart by
// one space.
type vocabulary struct {
	targets   map[string]int64    // measured, and how often
	services  map[string]string   // what services are called → target
	labels    map[string][]string // a part of a host, "wikipedia" → measured hosts, most measured first
	countries map[string]string   // → code
	unspaced  []unspaced          // names in writing without spaces, longest first
	orgs      orgNames            // of networks that were measured, and of those the desk names
	measured  map[uint32]int64    // networks, and how often they were measured
	longest   int                 // words of the longest name
}

type unspaced struct{ name, cc string }

// orgNames finds networks by words of their names.
type orgNames struct {
	whole map[string][]uint32 // by the whole name
	word  map[string][]uint32 // by each word
	name  map[uint32]string   // what a network is called first of all
}

func (o *orgNames) add(name string, asn uint32) {
	if o.whole == nil {
		o.whole, o.word, o.name = map[string][]uint32{}, map[string][]uint32{}, map[uint32]string{}
	}
	if o.name[asn] == "" {
		o.name[asn] = name
	}
	words := wordsOfName(name)
	if len(words) == 0 || len(words) > 16 {
		return
	}
	put := func(m map[string][]uint32, k string) {
		if !slices.Contains(m[k], asn) && len(m[k]) < 64 {
			m[k] = append(m[k], asn)
		}
	}
	put(o.whole, strings.Join(words, " "))
	for _, w := range words {
		put(o.word, w)
	}
}

// find returns the networks that words in a row may name: by their whole name, or else those in whose names all of the
// words are, where there are few.
func (o *orgNames) find(words []string, few int) []uint32 {
	if list := o.whole[strings.Join(words, " ")]; len(list) > 0 {
		return list
	}
	var out []uint32
	telling := false
	for i, w := range words {
		list := o.word[w]
		if len(list) == 0 {
			return nil
		}
		telling = telling || len([]rune(w)) >= 3 && !generic(w)
		if i == 0 {
			out = slices.Clone(list)
		} else {
			out = slices.DeleteFunc(out, func(n uint32) bool { return !slices.Contains(list, n) })
		}
	}
	if !telling || len(out) > few {
		return nil
	}
	return out
}

// generic says whether a word stands in the names of networks without telling them apart.
func generic(w string) bool {
	return slices.Contains([]string{"telecom", "telecomunicaciones", "telecommunications", "comunicaciones", "communications", "communication", "internet", "network", "networks", "net", "servicios", "service",
		"services", "group", "company", "corporation", "limited", "ltd", "inc", "llc", "corp", "gmbh", "mobile", "movil", "movel", "online", "digital", "data", "datos", "cable", "fibra", "fiber", "wireless", "broadband",
		"the", "and", "del", "las", "los", "para", "por", "con", "republic", "republica", "national", "nacional", "invented", "inventada", "inventado", "university", "universidad", "media", "news", "web", "host", "hosting", "cloud", "systems",
		"technology", "technologies", "tech", "international", "global", "state", "public", "provider", "proveedor", "filter", "filtro", "claim", "claims"}, w)
}

// vocabularies remembers what words can name, as long as the store holds the same.
type vocabularies struct {
	sync.Mutex
	of   string
	at   time.Time
	made *vocabulary

	world orgNames // of reference data
	facts string   // its id
}

const (
	vocabularyFor = time.Minute // then it is looked whether the desk names other networks
	maxNamed      = 4000        // entities of the desk that are looked through
	maxNameWords  = 8
)

// vocabulary returns what words can name now.
func (s *site) vocabulary(ctx context.Context) (*vocabulary, error) {
	stats, err := s.Store.Stats(ctx)
	if err != nil {
		return nil, err
	}
	c := &s.named
	c.Lock()
	defer c.Unlock()
	of := stats.Generation + " " + strconv.FormatInt(stats.Measurements, 10)
	if c.made != nil && c.of == of && time.Since(c.at) < vocabularyFor {
		return c.made, nil
	}
	targets, err := s.Store.Tally(ctx, store.Filter{}, store.ByTarget)
	if err != nil {
		return nil, err
	}
	networks, err := s.Store.Tally(ctx, store.Filter{}, store.ByNetwork)
	if err != nil {
		return nil, err
	}
	v := newVocabulary(s.Facts(), targets, networks)
	for _, w := range s.words {
		for key, text := range w {
			if target, ok := strings.CutPrefix(key, "service."); ok {
				v.service(text, target)
			}
		}
	}
	if err := s.deskNetworks(ctx, v); err != nil {
		return nil, err
	}
	c.of, c.at, c.made = of, time.Now(), v
	return v, nil
}

// worldNetworks returns the networks of the reference data by their names; nil where it has none.
func (s *site) worldNetworks() *orgNames {
	facts, ok := s.Facts().(NetworkNames)
	if !ok {
		return nil
	}
	c := &s.named
	c.Lock()
	defer c.Unlock()
	if id := facts.ID(); c.facts != id || c.world.whole == nil {
		c.facts, c.world = id, orgNames{whole: map[string][]uint32{}, word: map[string][]uint32{}, name: map[uint32]string{}}
		all := map[uint32]string{}
		facts.Networks(func(asn uint32, org string) bool {
			all[asn] = org
			return true
		})
		for _, asn := range slices.Sorted(maps.Keys(all)) {
			c.world.add(all[asn], asn)
		}
	}
	return &c.world
}

// newVocabulary makes one of what was measured and of the countries there are.
func newVocabulary(facts Facts, targets, networks []store.Count) *vocabulary {
	v := &vocabulary{targets: map[string]int64{}, services: map[string]string{}, labels: map[string][]string{}, countries: map[string]string{}, measured: map[uint32]int64{}, longest: 1}
	for _, t := range targets {
		if len(t.Key) <= maxTarget {
			v.targets[t.Key] = t.Total
		}
	}
	for t := range v.targets {
		if l := labelOfHost(t); len(l) >= 4 {
			v.labels[l] = append(v.labels[l], t)
		}
	}
	for l, list := range v.labels {
		slices.SortFunc(list, func(a, b string) int { return cmp.Or(cmp.Compare(v.targets[b], v.targets[a]), strings.Compare(a, b)) })
		v.labels[l] = firstOf(list, min(5, len(list)))
	}
	for _, n := range networks {
		if asn, ok := parseASN(n.Key); ok {
			v.measured[asn] = n.Total
			if n.Name != "" {
				v.network(n.Name, asn)
			}
		}
	}
	v.world(facts, "XA", "XB", "XC")
	v.world(facts, countryCodes()...)
	slices.SortStableFunc(v.unspaced, func(a, b unspaced) int { return cmp.Compare(len(b.name), len(a.name)) })
	return v
}

// world takes in what countries are called, in all languages of the reference data.
func (v *vocabulary) world(facts Facts, codes ...string) {
	for _, cc := range codes {
		for _, lang := range []string{"en", "es", "zh"} {
			name := facts.CountryName(cc, lang)
			if name == "" || name == cc {
				continue
			}
			if strings.ContainsFunc(name, isHan) {
				v.unspaced = append(v.unspaced, unspaced{name, cc})
				continue
			}
			if key := v.name(name); key != "" && v.countries[key] == "" {
				v.countries[key] = cc
			}
		}
	}
}

// name folds a name, and minds how many words names have.
func (v *vocabulary) name(text string) string {
	words := wordsOfName(text)
	v.longest = min(max(v.longest, len(words)), maxNameWords)
	return strings.Join(words, " ")
}

func (v *vocabulary) service(text, target string) {
	for _, name := range []string{text, target} {
		if key := v.name(name); key != "" {
			v.services[key] = target
		}
	}
}

func (v *vocabulary) network(name string, asn uint32) {
	v.name(name)
	v.orgs.add(name, asn)
}

var asNumber = regexp.MustCompile(`^AS[1-9][0-9]{0,9}$`)

// deskNetworks takes in the networks that entities of the desk bear the numbers of: an entity that is also called
// AS8048 is that network.
func (s *site) deskNetworks(ctx context.Context, v *vocabulary) error {
	if s.Desk == nil {
		return nil
	}
	list, err := s.Desk.List(ctx, desk.Public(), desk.Query{Kind: desk.Entity, Limit: maxNamed})
	if err != nil {
		return err
	}
	for i := range list {
		names := append([]string{list[i].Str("name")}, list[i].Strings("names")...)
		for _, n := range names {
			asn, ok := parseASN(n)
			if !ok || !asNumber.MatchString(n) {
				continue
			}
			for _, other := range names {
				if !asNumber.MatchString(other) && other != "" {
					v.network(other, asn)
				}
			}
		}
	}
	return nil
}

// wordsOfName returns the words of a name, folded.
func wordsOfName(name string) []string {
	return strings.FieldsFunc(folded(shorten(name, 200)), func(c rune) bool { return !unicode.IsLetter(c) && !unicode.IsDigit(c) })
}

func isHan(c rune) bool { return unicode.Is(unicode.Han, c) }

// labelOfHost returns the part of a host that people call it by: wikipedia of es.wikipedia.org.
func labelOfHost(host string) string {
	parts := strings.Split(strings.ToLower(host), ".")
	if len(parts) < 2 {
		return ""
	}
	i := len(parts) - 2
	if i > 0 && len(parts[i]) <= 3 && len(parts[i+1]) == 2 { // bbc.co.uk, eluniversal.com.ve
		i--
	}
	return parts[i]
}
