package capture

import (
	"regexp"
	"strings"
)

// notice is how newspapers say that they corrected or updated a text, in the languages we read.
var notice = regexp.MustCompile(`(?i)(` + strings.Join([]string{
	`correcci[oó]n(es)?\b`, `fe de erratas?\b`, `\brectifica(ci[oó]n|mos)`, `nota de (la )?(redacci[oó]n|el editor)`, `nota del editor`, `\bcorregid[oa]\b`,
	`una versi[oó]n (anterior|previa)`, `\bactualizad[oa]\b`, `\bactualizaci[oó]n\b`, `aclaratoria\b`, `\baclaraci[oó]n\b`,
	`\bcorrections?\b`, `\bcorrected\b`, `\bclarification\b`, `editor.?s note`, `an earlier version`, `\bupdated?\b`, `\berratum\b`, `\bretract(ed|ion)\b`,
	`\bcorre[cç][aã]o\b`, `\berramos\b`, `\batualizad[oa]\b`, `vers[aã]o anterior`,
	`\brectificatif\b`, `\bmis à jour\b`, `version précédente`, `\bkorrektur\b`, `\baktualisiert\b`,
	`更正`, `勘误`, `订正`, `編按`, `编者按`, `исправлен`, `уточнение`, `تصحيح`, `تصویب`,
}, "|") + `)`)

const maxNotice = 400 // code points of a line taken for a notice, and shown

// correction returns the first line of after that looks like the notice of a correction and did not stand in
// before; "" when there is none, and the edit is a silent one.
func correction(before, after string) string {
	old := map[string]bool{}
	for line := range strings.SplitSeq(before, "\n") {
		old[line] = true
	}
	for line := range strings.SplitSeq(after, "\n") {
		if !old[line] && notice.MatchString(line) {
			if at := notice.FindStringIndex(line)[0]; len(line) > maxNotice && at > maxNotice/4 {
				line = "…" + line[runeStart(line, at-maxNotice/4):]
			}
			return shorten(line, maxNotice)
		}
	}
	return ""
}

// runeStart returns the first index from at on at which a code point begins.
func runeStart(s string, at int) int {
	for at < len(s) && s[at]&0xC0 == 0x80 {
		at++
	}
	return at
}

// shorten cuts a text after at most n code points, between words where it can.
func shorten(s string, n int) string {
	count := 0
	for i := range s {
		if count == n {
			s = s[:i]
			if at := strings.LastIndexAny(s, " \n"); at > len(s)/2 {
				s = s[:at]
			}
			return strings.TrimRight(s, " \n") + "…"
		}
		count++
	}
	return s
}
