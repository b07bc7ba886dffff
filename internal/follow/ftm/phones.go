package ftm

import (
	_ "embed"
	"regexp"
	"strings"
	"sync"
	"unicode"
)

// Facts written by testdata/facts.py, from the numbering plans that libphonenumber collects.
//
//go:embed phones.txt
var phonesText string

// plan is the numbering plan of one calling code. Its patterns are compiled when they are first needed.
type plan struct {
	prefix    func() *regexp.Regexp // what is dialled within the country only; nil if nothing is
	transform string                // what takes its place, if anything
	general   func() *regexp.Regexp
	valid     func() *regexp.Regexp
}

var plans = sync.OnceValue(func() map[string]*plan {
	out := map[string]*plan{}
	lazy := func(before, pattern, after string) func() *regexp.Regexp {
		return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(before + pattern + after) })
	}
	for line := range strings.Lines(phonesText) {
		f := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		p := &plan{transform: f[2], general: lazy("^(?:", f[3], ")$"), valid: lazy("^(?:", f[4], ")$")}
		if f[1] != "" {
			p.prefix = lazy("^(?:", f[1], ")")
		}
		out[f[0]] = p
	}
	return out
})

// extension is what may follow a number: the line within a house.
var extension = regexp.MustCompile(`(?i)(?:;ext=\p{Nd}{1,20}|[ \x{a0}\t,]*(?:e?xt(?:ensi(?:o\x{301}?|ó))?n?|(?:ｅ)?ｘｔｎ?|доб|anexo|[,xｘX#＃~～;]|int|ｉｎｔ)[:.．]?[ \x{a0}\t,-]*\p{Nd}{1,9}#?|[- ]+\p{Nd}{1,6}#)$`)

// cleanPhone writes a number that is given with a plus sign and a calling code in the form of E.164, if the
// numbering plan has such numbers. A number without a calling code is refused: whose it is would be guessed.
func cleanPhone(s string) (string, string) {
	reason := whyPhone.Say()
	i := strings.IndexAny(s, "+＋")
	if i < 0 || len(s) > 250 || strings.IndexFunc(s, unicode.IsDigit) >= 0 && strings.IndexFunc(s, unicode.IsDigit) < i {
		return "", reason
	}
	s = s[i:]
	if j := strings.IndexAny(s, "/\\"); j > 0 && strings.HasPrefix(strings.TrimLeft(s[j+1:], " "), "x") {
		s = s[:j] // a second number
	}
	s = extension.ReplaceAllString(strings.TrimRightFunc(s, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsNumber(r) && r != '#' }), "")
	number, ok := dialled(s)
	if !ok {
		return "", reason
	}
	for n := 1; n <= 3 && n < len(number); n++ {
		p := plans()[number[:n]]
		if p == nil {
			continue
		}
		national := p.national(number[n:])
		if len(national) < 2 || len(national) > 17 || !p.valid().MatchString(national) {
			return "", whyPhonePlan.Say(number[:n])
		}
		return "+" + number[:n] + national, ""
	}
	return "", whyCallingCode.Say()
}

// dialled returns the digits of a number, letters of the keypad included.
func dialled(s string) (string, bool) {
	letters := 0
	for _, r := range s {
		if unicode.IsLetter(r) {
			letters++
		}
	}
	var b strings.Builder
	for i, r := range s {
		switch {
		case unicode.IsDigit(r):
			b.WriteByte(digitOf(r))
		case (r|0x20) >= 'a' && (r|0x20) <= 'z' && (b.Len() >= 3 || r|0x20 == 'x'):
			if letters >= 3 {
				b.WriteByte("22233344455566677778889999"[(r|0x20)-'a'])
			}
		case (r == '+' || r == '＋') && strings.Trim(s[:i], "+＋") == "", strings.ContainsRune("-‐‑‒–—―−ー－／/ \u00a0\u00ad\u200b\u2060\u3000()（）［］.\\[]~⁓∼～xX*", r):
		default:
			return "", false
		}
	}
	return b.String(), b.Len() > 2
}

func digitOf(r rune) byte {
	if r < 0x80 {
		return byte(r)
	}
	for zero := r; ; zero-- { // the digits of a script stand in one row, from zero
		if !unicode.IsDigit(zero-1) || r-zero == 9 {
			return byte('0' + (r - zero))
		}
	}
}

// national takes away what is dialled within the country only.
func (p *plan) national(s string) string {
	if p.prefix == nil {
		return s
	}
	m := p.prefix().FindStringSubmatchIndex(s)
	if m == nil || m[1] == 0 {
		return s
	}
	short := s[m[1]:]
	if groups := len(m) / 2; p.transform != "" && groups > 1 && m[2*groups-2] >= 0 {
		short = string(p.prefix().ExpandString(nil, p.transform, s, m)) + short
	}
	if p.general().MatchString(s) && !p.general().MatchString(short) || !p.valid().MatchString(short) && p.valid().MatchString(s) {
		return s
	}
	if !p.general().MatchString(short) {
		return s
	}
	return short
}
