package quote

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// Limits of what is quoted and anchored.
const (
	MaxText  = 16 << 20 // bytes of a text
	MaxExact = 64 << 10 // bytes of a quotation

	leastContext = 64  // code points of prefix and suffix, where the text has them
	wideContext  = 256 // and of what stands further away
	mostContext  = 512 // up to which they grow until they stand in the text once
	mostPlaces   = 4096
)

// AmbiguousError says that the words stand in the text more than once, and where: at most the first sixteen places.
type AmbiguousError struct {
	Count       int
	Occurrences []Occurrence
}

func (e *AmbiguousError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "select quotation: the words stand in the text %d times; say which:", e.Count)
	for i, o := range e.Occurrences {
		fmt.Fprintf(&b, "\n%d: … %s [%s] %s …", i+1, o.Before, o.Text, o.After)
	}
	return b.String()
}

// Select makes the selector of words in a text. They may be typed with other quotation marks, dashes and spaces than
// the text has; the selector holds the text's own. occurrence counts from 1; with 0 the words must stand there once, else
// the error is an *AmbiguousError. Prefix and suffix are 64 code points long, or as much longer as it takes for each to stand
// in the text only once, up to 512; shorter only at the text's ends.
func Select(text, exact string, occurrence int) (Selector, error) {
	switch {
	case len(text) > MaxText:
		return Selector{}, fmt.Errorf("select quotation: the text is longer than %d bytes: %w", MaxText, ErrSelector)
	case len(exact) > MaxExact:
		return Selector{}, fmt.Errorf("select quotation: it is longer than %d bytes: %w", MaxExact, ErrSelector)
	case !utf8.ValidString(text) || !utf8.ValidString(exact):
		return Selector{}, fmt.Errorf("select quotation: text or words are not UTF-8: %w", ErrSelector)
	}
	f, want := fold(text), fold(exact)
	if !slices.ContainsFunc(want.runes, wordRune) {
		return Selector{}, fmt.Errorf("select quotation: there is no word in it: %w", ErrSelector)
	}
	if occurrence < 0 {
		return Selector{}, fmt.Errorf("select quotation: occurrences count from 1: %w", ErrSelector)
	}
	all := places(f.runes, want.runes)
	whole := slices.DeleteFunc(slices.Clone(all), func(at int) bool { return cut(f.runes, at) || cut(f.runes, at+len(want.runes)) })
	if len(whole) > 0 {
		all = whole
	}
	t := newRuneText(text)
	switch {
	case len(all) == 0:
		return Selector{}, fmt.Errorf("select quotation: the words do not stand in the text: %w", ErrSelector)
	case occurrence > len(all):
		return Selector{}, fmt.Errorf("select quotation: the words stand in the text %d times, not %d: %w", len(all), occurrence, ErrSelector)
	case occurrence == 0 && len(all) > 1:
		e := &AmbiguousError{Count: len(all)}
		for _, at := range all[:min(len(all), 16)] {
			start, end := f.span(at, at+len(want.runes))
			e.Occurrences = append(e.Occurrences, t.occurrence(start, end))
		}
		return Selector{}, e
	}
	start, end := f.span(all[max(0, occurrence-1)], all[max(0, occurrence-1)]+len(want.runes))
	return t.selector(&f, start, end, len(all)), nil
}

// At makes the selector of what stands between two places of a text, in code points, as Select does.
func At(text string, start, end int) (Selector, error) {
	if len(text) > MaxText || !utf8.ValidString(text) || start < 0 || start >= end || end > utf8.RuneCountInString(text) {
		return Selector{}, fmt.Errorf("select quotation: there is no place from %d to %d: %w", start, end, ErrSelector)
	}
	f, t := fold(text), newRuneText(text)
	words := t.slice(start, end)
	exact := fold(words).runes
	if len(exact) == 0 || len(words) > MaxExact {
		return Selector{}, fmt.Errorf("select quotation: from %d to %d is nothing, or too much, to quote: %w", start, end, ErrSelector)
	}
	return t.selector(&f, start, end, max(1, len(places(f.runes, exact)))), nil
}

func (t *runeText) selector(f *folded, start, end, occurrences int) Selector {
	s := Selector{Exact: t.slice(start, end), Start: start, End: end, Occurrences: occurrences}
	s.Prefix, s.Suffix = t.context(f, start, end)
	p, q := start-utf8.RuneCountInString(s.Prefix), end+utf8.RuneCountInString(s.Suffix)
	s.Before, s.After = t.slice(max(0, p-wideContext), p), t.slice(q, q+wideContext)
	return s
}

// context returns what stands before and after a span, each long enough to stand in the text once when that can be.
func (t *runeText) context(f *folded, start, end int) (prefix, suffix string) {
	once := func(s string) bool { return len(placesUpTo(f.runes, fold(s).runes, 2)) < 2 }
	for n := leastContext; ; n *= 2 {
		prefix = t.slice(max(0, start-n), start)
		if start-n <= 0 || n >= mostContext || once(prefix) {
			break
		}
	}
	for n := leastContext; ; n *= 2 {
		suffix = t.slice(end, end+n)
		if end+n >= f.n || n >= mostContext || once(suffix) {
			break
		}
	}
	return prefix, suffix
}

// places returns where words stand in a text, both folded; places may overlap.
func places(text, words []rune) []int { return placesUpTo(text, words, mostPlaces+1) }

// placesUpTo stops after so many places. It is the algorithm of Horspool, over runes.
func placesUpTo(text, words []rune, most int) []int {
	m := len(words)
	if m == 0 || m > len(text) {
		return nil
	}
	var skip [1024]int32
	for i := range skip {
		skip[i] = int32(m)
	}
	for i, r := range words[:m-1] {
		skip[r&1023] = int32(m - 1 - i)
	}
	var out []int
	last := words[m-1]
	for i := m - 1; i < len(text) && len(out) < most; {
		r := text[i]
		if r == last && slices.Equal(text[i-m+1:i], words[:m-1]) {
			out = append(out, i-m+1)
		}
		i += int(skip[r&1023])
	}
	return out
}
