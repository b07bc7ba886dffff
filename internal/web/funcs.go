package web

import (
	"html/template"
	"math"
	"net/url"
	"strconv"
	"strings"
	"time"

	"veedor/internal/measure/series"
	"veedor/internal/measure/verdict"
	"veedor/internal/weigh/cases"
)

// funcs are what templates may call, in one language.
func (s *site) funcs(lang string) template.FuncMap {
	w := s.words[lang]
	return template.FuncMap{
		// words
		"t":        w.get,
		"comma":    func() string { return w["join.comma"] },
		"pause":    func() string { return w["join.pause"] },
		"semi":     func() string { return w["join.semi"] },
		"colon":    func() string { return w["join.colon"] },
		"stop":     func() string { return w["join.stop"] },
		"tn":       func(key string, n int64, args ...any) string { return w.count(lang, key, n, args...) },
		"says":     func(id string) foreign { return s.ruleText(lang, id, "says") },
		"why":      func(id string) foreign { return s.ruleText(lang, id, "why") },
		"basis":    func(b string) foreign { return s.basis(lang, b) },
		"between":  func(r verdict.Rule) string { return between(w, lang, r) },
		"when":     func(i series.Incident) string { return (&request{s: s, lang: lang}).when(&i) },
		"heatOf":   func(key string, days []time.Time, rows []heatRow) heatTable { return heatTable{key, days, rows} },
		"quote":    func(v verdict.Row) string { return s.quote(lang, v) },
		"sentence": func(v verdict.Row) string { return s.sentence(lang, v) },

		// names
		"country":     func(cc string) string { return s.Facts().CountryName(cc, lang) },
		"category":    func(code string) string { return s.Facts().CategoryName(code, lang) },
		"network":     networkName,
		"target":      func(name string) string { return targetName(w, name) },
		"symbol":      func(l verdict.Label) string { return symbols[l] },
		"labelOf":     func(st string) verdict.Label { return stateLabels[verdict.State(st)] },
		"labelOfRule": labelOfRule,
		"layer": func(l string) string {
			if text, ok := w["layer.short."+l]; ok {
				return text
			}
			return strings.ToUpper(shorten(l, 10))
		},

		// numbers, dates and foreign values
		"big":    func(v int) int64 { return int64(v) },
		"count":  func(v uint64) int64 { return int64(min(v, math.MaxInt64)) },
		"wide":   func(v int32) int64 { return int64(v) },
		"n":      func(v int64) string { return number(lang, v) },
		"dec":    func(f float64) string { return decimal(lang, f) },
		"ratio":  func(f float64) string { return ratio(w, lang, f) },
		"day":    func(t time.Time) string { return day(w, t) },
		"moment": func(t time.Time) string { return moment(w, t) },
		"shortday": func(t time.Time) string {
			return w.get("chart.shortday", t.UTC().Day(), w.get("month.short."+strconv.Itoa(int(t.UTC().Month()))))
		},
		"witness": func(uid string) string { return measuredAt(w, uid) },
		"span":    func(first, last time.Time) string { return span(w, first, last) },
		"iso":     func(t time.Time) string { return t.UTC().Format(time.RFC3339) },
		"long":    longText,
		"shorten": shorten,
		"tag":     languageTag,
		"standing": func(status string) string {
			if text, ok := w["claim."+status]; ok {
				return text
			}
			return w.get("claim.unknown")
		},
		"standingClass": standingClass,
		"standingSign":  standingSign,
		"list":          func(v ...string) []string { return v },
		"linkTable":     func(caption string, rows []edgeRow) linkTable { return linkTable{caption, rows} },

		// forms
		"sum":      func(a, b int) int { return a + b },
		"bookmark": func(script string) template.URL { return template.URL(script) }, // ours: showIntake makes it
		"inputs":   func(of string, fields []field) inputs { return inputs{of, fields} },
		"secret":   drawn,

		// addresses of pages
		"pathPart":        url.PathEscape,
		"href":            func(path string) string { return prefix(lang) + path },
		"ruleHref":        func(id string) string { return s.ruleHref(lang, id) },
		"countryHref":     func(cc string) string { return countryHref(lang, cc) },
		"networkHref":     func(asn uint32) string { return networkHref(lang, asn) },
		"targetHref":      func(name string) string { return targetHref(lang, name) },
		"pairHref":        func(target string, asn uint32, cc string) string { return pairHref(lang, target, locus{asn, cc}) },
		"measurementHref": func(uid string) string { return prefix(lang) + "/measurement/" + url.PathEscape(uid) },
	}
}

func countryHref(lang, cc string) string { return prefix(lang) + "/country/" + url.PathEscape(cc) }

func networkHref(lang string, asn uint32) string {
	return prefix(lang) + "/network/AS" + strconv.FormatUint(uint64(asn), 10)
}

// maxTarget is the longest name of a target that has a page; longer ones are forged. DNS allows 253.
const maxTarget = 300

// targetHref returns the address of a target's page, "" for a name that cannot have one.
func targetHref(lang, name string) string {
	switch {
	case name == "" || len(name) > maxTarget:
		return ""
	case name == "." || name == "..": // a browser would take these out of a path
		return prefix(lang) + "/measurements?target=" + name
	}
	return prefix(lang) + "/target/" + url.PathEscape(name)
}

// symbols go with the words of the labels: never colour alone.
var symbols = map[verdict.Label]string{
	verdict.LabelBlocked: "✕", verdict.LabelConsistent: "▲", verdict.LabelUnclear: "?", verdict.LabelNoSign: "↓",
	verdict.LabelReachable: "✓", verdict.LabelInsufficient: "○",
}

// standingClass and standingSign show how a claim stands, beside the words.
func standingClass(status string) verdict.Label {
	switch status {
	case cases.Supported:
		return verdict.LabelReachable
	case cases.Contradicted:
		return verdict.LabelBlocked
	case cases.Contested:
		return verdict.LabelConsistent
	}
	return verdict.LabelInsufficient
}

func standingSign(status string) string {
	switch status {
	case cases.Supported:
		return "✓"
	case cases.Contradicted:
		return "✕"
	case cases.Contested:
		return "▲"
	case cases.SingleSource:
		return "①"
	}
	return "○"
}

// labels in the order in which they are explained.
var labels = []verdict.Label{verdict.LabelBlocked, verdict.LabelConsistent, verdict.LabelUnclear, verdict.LabelNoSign, verdict.LabelReachable, verdict.LabelInsufficient}

// labelOfRule returns what a measurement is called when a rule decides it.
func labelOfRule(r verdict.Rule) verdict.Label {
	switch {
	case r.Outcome == verdict.Blocked && r.Artefact:
		return verdict.LabelBlocked
	case r.Outcome == verdict.Insufficient && r.Evidence == verdict.Scored:
		return verdict.LabelUnclear
	}
	return stateLabels[r.Outcome]
}

// stateLabels give symbol and colour to states, where several measurements are counted together.
var stateLabels = map[verdict.State]verdict.Label{
	verdict.Blocked: verdict.LabelConsistent, verdict.Down: verdict.LabelNoSign, verdict.OK: verdict.LabelReachable, verdict.Insufficient: verdict.LabelInsufficient,
}
