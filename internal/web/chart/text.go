package chart

import (
	"strings"
	"unicode"
)

// boldly is by how much bold letters are wider.
const boldly = 1.1

// wrap breaks a text into lines of at most a width, of letters of a size, as many as are wanted; the last ends in … if
// there is more. How wide letters are is guessed, on the wide side: which fonts a reader has is not known.
func wrap(text string, width int, size float64, lines int) []string {
	var out []string
	line := ""
	for word := range strings.FieldsSeq(Clean(text)) {
		for word != "" && len(out) <= lines {
			head, tail := fit(word, float64(width)/size)
			next := head
			if line != "" {
				next = line + " " + head
			}
			if (line == "" || tail == "") && ems(next) <= float64(width)/size {
				line, word = next, tail
				continue
			}
			if line == "" { // not one letter fits
				line, word = head, tail
			}
			out, line = append(out, line), ""
		}
	}
	if line != "" {
		out = append(out, line)
	}
	if len(out) > lines {
		last, _ := fit(out[lines-1]+" "+out[lines], float64(width)/size-ems("…"))
		out = append(out[:lines-1], strings.TrimRight(last, " ")+"…")
	}
	return out
}

// fit returns as much of a text as is no wider than so many ems, at least one letter, and the rest.
func fit(text string, most float64) (head, tail string) {
	w := 0.0
	for i, r := range text {
		if w += em(r); w > most && i > 0 {
			return text[:i], text[i:]
		}
	}
	return text, ""
}

// wideOf is how wide a text of a size is at most, in units.
func wideOf(text string, size int) int { return int(ems(Clean(text))*float64(size)) + 1 }

// ems is how wide a text is, in sizes of its letters.
func ems(text string) float64 {
	w := 0.0
	for _, r := range text {
		w += em(r)
	}
	return w
}

// em is about how wide a letter is in a sans-serif face, on the wide side.
func em(r rune) float64 {
	switch {
	case unicode.Is(unicode.Mn, r):
		return 0
	case r >= 0x1100 && (r <= 0x11ff || r >= 0x2e80 && r <= 0xd7ff || r >= 0xf900 && r <= 0xfaff || r >= 0xfe30 && r <= 0xffef || r >= 0x1f000):
		return 1.05
	case strings.ContainsRune("iljtfrI.,:;'|!()[] ", r):
		return 0.37
	case strings.ContainsRune("mwMWQ@%—…↻", r):
		return 0.97
	case unicode.IsUpper(r):
		return 0.74
	case r < 0x250:
		return 0.6
	}
	return 0.75
}

// Clean takes out of a text what would upset a picture or is no letter: control and direction marks, what XML cannot
// hold, bytes that are no text; and cuts what is absurdly long.
func Clean(text string) string {
	text = text[:min(len(text), 4*maxText)]
	n := 0
	text = strings.Map(func(r rune) rune {
		switch {
		case n >= maxText, r == 0xfffe, r == 0xffff, unicode.Is(unicode.Cf, r) && r != 0x200c && r != 0x200d:
			return -1
		case unicode.IsControl(r):
			r = ' '
		case unicode.Is(unicode.Co, r):
			r = unicode.ReplacementChar
		}
		n++
		return r
	}, strings.ToValidUTF8(text, "\uFFFD"))
	return strings.TrimSpace(text)
}
