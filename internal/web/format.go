package web

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"veedor/internal/measure/verdict"
)

// long is a value that may be too long to show: Full is in the title, cut too where it is absurd.
type long struct {
	Short, Full string // Full is "" when Short is all there is
}

// maxTitle bounds what a title holds, in runes; the archived bytes have the rest.
const maxTitle = 500

func longText(s string, n int) long {
	l := long{Short: shorten(s, n)}
	if strings.HasSuffix(l.Short, "…") {
		l.Full = shorten(s, maxTitle)
	}
	return l
}

// shorten cuts a text to n runes for display, and takes out what would upset a page: control and
// direction marks, and bytes that are no text.
func shorten(s string, n int) string {
	s = s[:min(len(s), 4*n+4)]
	clean := func(r rune) rune {
		switch {
		case unicode.IsControl(r):
			return ' '
		case unicode.Is(unicode.Bidi_Control, r), unicode.Is(unicode.Co, r):
			return unicode.ReplacementChar
		}
		return r
	}
	runes := []rune(strings.Map(clean, strings.ToValidUTF8(s, "\uFFFD")))
	if len(runes) <= n {
		return string(runes)
	}
	return string(runes[:n-1]) + "…"
}

// isolate keeps a foreign text with letters beyond ASCII from turning round the sentence it stands in.
func isolate(s string) string {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return "\u2068" + s + "\u2069" // first strong isolate … pop
		}
	}
	return s
}

// number writes a whole number with the language's separators.
func number(lang string, v int64) string {
	digits := strconv.FormatInt(v, 10)
	sign := ""
	if v < 0 {
		sign, digits = "-", digits[1:]
	}
	t := tongues[lang]
	if len(digits) < t.grouped {
		return sign + digits
	}
	var parts []string
	for len(digits) > 3 {
		parts = append(parts, digits[len(digits)-3:])
		digits = digits[:len(digits)-3]
	}
	parts = append(parts, digits)
	slices.Reverse(parts)
	return sign + strings.Join(parts, t.group)
}

// decimal writes a number with at most three significant digits after the point.
func decimal(lang string, f float64) string {
	if math.IsNaN(f) || math.IsInf(f, 0) || math.Abs(f) >= 1e9 {
		return "?"
	}
	if math.Abs(f) >= 100 {
		return number(lang, int64(math.Round(f)))
	}
	text := strconv.FormatFloat(f, 'f', 2, 64)
	if f != 0 && math.Abs(f) < 0.1 {
		text = strconv.FormatFloat(f, 'f', 4, 64)
	}
	text = strings.TrimRight(strings.TrimRight(text, "0"), ".")
	return strings.Replace(text, ".", tongues[lang].point, 1)
}

// ratio words a likelihood ratio: how much more often a rule's finding is seen where something is blocked.
func ratio(w words, lang string, f float64) string {
	switch {
	case f == 1:
		return w.get("ratio.even")
	case f > 1:
		return w.get("ratio.more", decimal(lang, rounded(f)))
	case f > 0:
		return w.get("ratio.less", decimal(lang, rounded(1/f)))
	}
	return ""
}

// between words the interval of a rule's likelihood ratio.
func between(w words, lang string, r verdict.Rule) string {
	low, high := r.Low, r.High
	if r.Likelihood < 1 { // worded the other way round
		low, high = 1/r.High, 1/r.Low
	}
	return w.get("ratio.between", decimal(lang, rounded(low)), decimal(lang, rounded(high)))
}

// rounded leaves two digits or so of a ratio: more would claim what nobody knows.
func rounded(f float64) float64 {
	if f >= 10 {
		return math.Round(f)
	}
	return math.Round(f*10) / 10
}

// day writes a date in words: 3 May 2026, 3 de mayo de 2026, 2026年5月3日.
func day(w words, t time.Time) string {
	if t.Year() <= 1 {
		return w.get("date.unknown")
	}
	t = t.UTC()
	return w.get("date.day", t.Day(), w.get("month."+strconv.Itoa(int(t.Month()))), t.Year())
}

func moment(w words, t time.Time) string {
	if t.Year() <= 1 {
		return w.get("date.unknown")
	}
	return w.get("date.moment", day(w, t), t.UTC().Format("15:04"))
}

// span writes the days from first to last: "on 3 May 2026", "between 3 May 2026 and 10 May 2026".
func span(w words, first, last time.Time) string {
	a, b := day(w, first), day(w, last)
	if a == b {
		return w.get("date.on", a)
	}
	return w.get("date.between", a, b)
}
