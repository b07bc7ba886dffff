package web

import (
	"encoding/json"
	"fmt"
	"html/template"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"veedor/internal/measure/store"
	"veedor/internal/measure/verdict"
)

// languages of the site; the first has no prefix in paths.
var languages = []string{"en", "es"}

var names = map[string]string{"en": "English", "es": "Español"}

func prefix(lang string) string {
	if lang == languages[0] {
		return ""
	}
	return "/" + lang
}

// words are the texts of one language by key.
type words map[string]string

func mustWords(lang string) words {
	var w words
	if err := json.Unmarshal(mustRead("i18n/"+lang+".json"), &w); err != nil {
		panic(err) // embedded
	}
	return w
}

// get returns the text of a key with its blanks filled; the key itself when there is none.
func (w words) get(key string, args ...any) string {
	text, ok := w[key]
	if !ok {
		return key
	}
	if len(args) == 0 {
		return text
	}
	return fmt.Sprintf(text, args...)
}

// count returns the text of key.one or key.other.
func (w words) count(lang, key string, n int64) string {
	if n == 1 {
		return w.get(key+".one", "1")
	}
	return w.get(key+".other", number(lang, n))
}

// MissingTranslations lists the texts of rules that a language other than English lacks.
func MissingTranslations(rules []verdict.Rule) []string {
	var out []string
	for _, lang := range languages[1:] {
		w := mustWords(lang)
		for _, r := range rules {
			for _, part := range []string{"says", "why"} {
				if key := "rule." + r.ID + "." + part; w[key] == "" {
					out = append(out, lang+" "+key)
				}
			}
		}
	}
	return out
}

// funcs are what templates may call.
func (s *site) funcs(lang string) template.FuncMap {
	w := s.words[lang]
	return template.FuncMap{
		"t":        w.get,
		"tn":       func(key string, n int64) string { return w.count(lang, key, n) },
		"href":     func(path string) string { return prefix(lang) + path },
		"path":     url.PathEscape,
		"n":        func(v int64) string { return number(lang, v) },
		"day":      func(t time.Time) string { return day(w, t) },
		"moment":   func(t time.Time) string { return moment(w, t) },
		"iso":      func(t time.Time) string { return t.UTC().Format(time.RFC3339) },
		"country":  func(cc string) string { return s.Facts().CountryName(cc, lang) },
		"category": func(code string) string { return s.Facts().CategoryName(code, lang) },
		"short":    func(v string) string { return shorten(v, 60) },
		"cut":      func(v string, n int) string { return shorten(v, n) },
		"symbol":   func(l verdict.Label) string { return symbols[l] },
		"says":     func(id string) ruleText { return s.ruleText(lang, id, "says") },
		"why":      func(id string) ruleText { return s.ruleText(lang, id, "why") },
		"sentence": func(v verdict.Row) string { return s.sentence(lang, v) },
		"network":  networkName,
		"target":   func(name string) string { return shorten(targetName(w, name), 60) },
		"labelOf":  func(st verdict.State) verdict.Label { return stateLabels[st] },
		"ratio":    func(f float64) string { return strconv.FormatFloat(f, 'f', -1, 64) },
	}
}

// symbols go with the words of the labels: never colour alone.
var symbols = map[verdict.Label]string{
	verdict.LabelBlocked: "✕", verdict.LabelConsistent: "▲", verdict.LabelUnclear: "?", verdict.LabelNoSign: "↓",
	verdict.LabelReachable: "✓", verdict.LabelInsufficient: "·",
}

// labels in the order they are explained.
var labels = []verdict.Label{verdict.LabelBlocked, verdict.LabelConsistent, verdict.LabelUnclear, verdict.LabelNoSign, verdict.LabelReachable, verdict.LabelInsufficient}

// stateLabels word the states where several measurements are counted together.
var stateLabels = map[verdict.State]verdict.Label{
	verdict.Blocked: verdict.LabelConsistent, verdict.Down: verdict.LabelNoSign, verdict.OK: verdict.LabelReachable, verdict.Insufficient: verdict.LabelInsufficient,
}

// ruleText is a rule's sentence, and the language it is in.
type ruleText struct{ Text, Lang string }

func (s *site) ruleText(lang, id, part string) ruleText {
	if text, ok := s.words[lang]["rule."+id+"."+part]; ok {
		return ruleText{text, lang}
	}
	r, ok := s.rules[id]
	switch {
	case !ok:
		return ruleText{id, "en"}
	case part == "says":
		return ruleText{r.Says, "en"}
	}
	return ruleText{r.Why, "en"}
}

// sentence words a verdict so that it can be quoted.
func (s *site) sentence(lang string, v verdict.Row) string {
	w := s.words[lang]
	return w.get("sentence."+string(v.Label), moment(w, v.StartTime), shorten(targetName(w, v.Target), 80), networkName(v.ProbeASN, v.ProbeASOrgName), s.Facts().CountryName(v.ProbeCC, lang))
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

// shorten cuts a text for display and takes out what would upset a page: control and direction marks.
func shorten(s string, n int) string {
	clean := func(r rune) rune {
		switch {
		case unicode.IsControl(r):
			return ' '
		case unicode.Is(unicode.Bidi_Control, r), r == unicode.ReplacementChar:
			return '\uFFFD'
		}
		return r
	}
	if len(s) > 4*n {
		s = s[:4*n]
	}
	runes := []rune(strings.Map(clean, strings.ToValidUTF8(s, "\uFFFD")))
	if len(runes) <= n {
		return string(runes)
	}
	return string(runes[:n-1]) + "…"
}

// number writes a whole number with the language's separators.
func number(lang string, v int64) string {
	digits := strconv.FormatInt(v, 10)
	sep := ","
	if lang == "es" {
		if len(digits) < 5 {
			return digits
		}
		sep = "\u202f"
	}
	var parts []string
	for len(digits) > 3 {
		parts = append(parts, digits[len(digits)-3:])
		digits = digits[:len(digits)-3]
	}
	parts = append(parts, digits)
	slices.Reverse(parts)
	return strings.Join(parts, sep)
}

// day writes a date in words: 3 May 2026, 3 de mayo de 2026.
func day(w words, t time.Time) string {
	if t.Year() <= 1 {
		return w.get("date.unknown")
	}
	t = t.UTC()
	return w.get("date.day", t.Day(), w.get(fmt.Sprintf("month.%d", int(t.Month()))), t.Year())
}

func moment(w words, t time.Time) string {
	if t.Year() <= 1 {
		return w.get("date.unknown")
	}
	return w.get("date.moment", day(w, t), t.UTC().Format("15:04"))
}

// inventedIn says whether all counts are of sample data.
func inventedIn(list []store.Count) bool {
	for _, c := range list {
		if !c.Invented {
			return false
		}
	}
	return len(list) > 0
}
