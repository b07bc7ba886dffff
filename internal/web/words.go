package web

import (
	"encoding/json"
	"fmt"
	"strings"

	"golang.org/x/text/feature/plural"
	"golang.org/x/text/language"

	"veedor/internal/measure/verdict"
)

// languages of the site; the first has no prefix in paths.
var languages = [...]string{"en", "es", "zh"}

// tongue is what a language is called and how it writes numbers.
type tongue struct {
	tag          language.Tag
	html         string // for the attributes lang and hreflang
	name         string // in itself
	group, point string // between groups of three digits, and before a fraction
	grouped      int    // the fewest digits that are grouped
}

// tongues by language. English and Chinese numbers are those of CLDR; Spanish ones follow the Academy, since CLDR
// has points in some countries where others have commas.
var tongues = map[string]tongue{
	"en": {language.English, "en", "English", ",", ".", 4},
	"es": {language.LatinAmericanSpanish, "es", "Español", "\u202f", ",", 5}, // narrow no-break space
	"zh": {language.SimplifiedChinese, "zh-Hans", "中文", ",", ".", 4},
}

func prefix(lang string) string {
	if lang == languages[0] {
		return ""
	}
	return "/" + lang
}

// words are the texts of one language by key.
type words map[string]string

// mustWords reads a language's texts: one file a topic, no key in two of them.
func mustWords(lang string) words {
	all := words{}
	list, err := files.ReadDir("i18n/" + lang)
	if err != nil {
		panic(err) // embedded
	}
	for _, f := range list {
		var w words
		if err := json.Unmarshal(mustRead("i18n/"+lang+"/"+f.Name()), &w); err != nil {
			panic(fmt.Errorf("read texts %s/%s: %w", lang, f.Name(), err)) // embedded
		}
		for key, text := range w {
			if _, twice := all[key]; twice {
				panic(fmt.Errorf("text %s of %s stands in two files", key, lang))
			}
			all[key] = text
		}
	}
	return all
}

// get returns the text of a key with its blanks filled; the key itself when there is none, which a
// test forbids.
func (w words) get(key string, args ...any) string {
	text, ok := w[key]
	switch {
	case !ok:
		return key
	case !strings.Contains(text, "%"):
		return text
	}
	return fmt.Sprintf(text, args...)
}

// forms are the plural forms of CLDR, as keys end in them.
var forms = [...]string{plural.Other: ".other", plural.Zero: ".zero", plural.One: ".one", plural.Two: ".two", plural.Few: ".few", plural.Many: ".many"}

// form returns the plural form that a language has for a whole number.
func form(lang string, n int64) string {
	return forms[plural.Cardinal.MatchPlural(tongues[lang].tag, int(n%10_000_000), 0, 0, 0, 0)]
}

// count returns the text of a key in the plural form for n, such as key.one or key.other; its first blank is the
// number.
func (w words) count(lang, key string, n int64, args ...any) string {
	return w.get(key+form(lang, n), append([]any{number(lang, n)}, args...)...)
}

// and joins names in a sentence: a, b and c; a, b y c; a、b和c.
func (w words) and(list []string) string {
	if len(list) < 2 {
		return strings.Join(list, "")
	}
	last := list[len(list)-1]
	and := w["join.and"]
	if and == " y " && soundsI(last) {
		and = " e "
	}
	return strings.Join(list[:len(list)-1], w["join.comma"]) + and + last
}

// soundsI says whether a Spanish word begins with the sound of i, before which y becomes e.
func soundsI(s string) bool {
	s = strings.ToLower(strings.TrimLeft(s, "\u2066\u2067\u2068«"))
	s = strings.TrimPrefix(s, "h")
	return (strings.HasPrefix(s, "i") || strings.HasPrefix(s, "í")) && !strings.HasPrefix(s, "ie") && !strings.HasPrefix(s, "ia")
}

// foreign is a text and, where that is not the page's, the language it is in.
type foreign struct{ Text, Lang string }

// ruleText returns what a rule says or why, translated where that exists.
func (s *site) ruleText(lang, id, part string) foreign {
	if text := s.words[lang]["rule."+id+"."+part]; text != "" {
		return foreign{Text: text}
	}
	r, known := s.rules[id]
	switch {
	case !known:
		return foreign{Text: shorten(id, 60)} // of another rule set
	case part == "says":
		return english(lang, strings.ReplaceAll(r.Says, "'", "’"))
	}
	return english(lang, strings.ReplaceAll(r.Why, "'", "’"))
}

// basis words where a likelihood ratio comes from.
func (s *site) basis(lang, basis string) foreign {
	if text := s.words[lang]["basis."+basis]; text != "" {
		return foreign{Text: text}
	}
	return english(lang, basis)
}

func english(lang, text string) foreign {
	if lang == "en" {
		return foreign{Text: text}
	}
	return foreign{text, "en"}
}

// sentence words a verdict so that it can be quoted.
func (s *site) sentence(lang string, v verdict.Row) string {
	w := s.words[lang]
	return w.get("sentence."+string(v.Label), moment(w, v.StartTime), isolate(shorten(targetName(w, v.Target), 80)),
		isolate(networkName(v.ProbeASN, v.ProbeASOrgName)), s.Facts().CountryName(v.ProbeCC, lang))
}

// quote words a verdict as a sentence to be quoted: what was found, and against what, never surer than
// its label.
func (s *site) quote(lang string, v verdict.Row) string {
	w := s.words[lang]
	against := make([]string, len(v.Controls))
	for i, c := range v.Controls {
		against[i] = w.get("control." + c)
	}
	if len(against) == 0 {
		against = []string{w.get("m.nocontrol")}
	}
	return w.get("m.quoteof", s.sentence(lang, v), s.ruleText(lang, v.Rule, "says").Text, strings.Join(against, w["join.semi"]))
}

// targetName names a target for people: some are services, not hosts.
func targetName(w words, target string) string {
	if text, ok := w["service."+target]; ok {
		return text
	}
	return target
}

func networkName(asn uint32, org string) string {
	if org == "" {
		return fmt.Sprintf("AS%d", asn)
	}
	return fmt.Sprintf("%s (AS%d)", shorten(org, 60), asn)
}
