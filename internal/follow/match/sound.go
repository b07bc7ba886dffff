package match

import "strings"

// soundFold merges spellings of one sound that romanisations and languages write differently: Yusuf, Yousef, Youssouf; Vagner, Wagner.
// It keeps vowels, so that it stays close to the word; consonants alone are skeleton's.
func soundFold(s string) string {
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); {
		n, to := digraph(s[i:])
		i += n
		for _, c := range []byte(to) {
			if len(b) == 0 || b[len(b)-1] != c { // doubled letters are one
				b = append(b, c)
			}
		}
	}
	return string(b)
}

// latinFold is soundFold of a word in Latin letters. One without vowels is spelt, not spoken: PKK and CGQ are two.
func latinFold(s string) string {
	if !strings.ContainsAny(s, "aeiouy") {
		return s
	}
	return soundFold(s)
}

// digraph returns how many bytes of s are read as one sound, and the sound.
func digraph(s string) (int, string) {
	if len(s) > 1 {
		if n, to := pairSound(s); n > 0 {
			return n, to
		}
	}
	switch s[0] {
	case 'q', 'c':
		return 1, "k"
	case 'w':
		return 1, "v"
	case 'y':
		return 1, "i"
	case 'x':
		if len(s) > 1 {
			return 1, "ks"
		}
	}
	return 1, s[:1]
}

func pairSound(s string) (int, string) {
	a, b := s[0], s[1]
	switch {
	case a == 's' && b == 'h':
		if strings.HasPrefix(s, "shch") {
			return 4, "x"
		}
		return 2, "x"
	case a == 's' && b == 'c' && strings.HasPrefix(s, "sch"):
		return 3, "x"
	case a == 't' && b == 'c' && strings.HasPrefix(s, "tch"):
		return 3, "c"
	case a == 't' && b == 's' && strings.HasPrefix(s, "tsch"):
		return 4, "c"
	case a == 'd' && b == 'z' && strings.HasPrefix(s, "dzh"):
		return 3, "j"
	case b == 'h':
		switch a {
		case 'p':
			return 2, "f"
		case 'c':
			return 2, "c"
		case 'z':
			return 2, "j"
		case 'k':
			return 2, "h"
		case 'g', 'd', 't':
			return 2, s[:1]
		}
	case a == 'c':
		switch b {
		case 'k':
			return 2, "k"
		case 'z':
			return 2, "c"
		case 'e':
			return 2, "se"
		case 'i':
			return 2, "si"
		}
	case a == 't' && (b == 's' || b == 'z'):
		return 2, "z"
	case a == 'd' && b == 'j':
		return 2, "j"
	case a == 'q' && b == 'u':
		return 2, "ku"
	case a == 'o' && (b == 'u' || b == 'o'):
		return 2, "u"
	case a == 'a' && b == 'a':
		return 2, "a"
	case a == 'a' && b == 'y':
		return 2, "ai"
	case a == 'e':
		switch b {
		case 'e':
			return 2, "i"
		case 'a':
			return 2, "ia"
		case 'y':
			return 2, "ei"
		}
	case a == 'i' || a == 'y':
		switch b {
		case 'i', 'y', 'j':
			if a == 'i' || b != 'j' {
				return 2, "i"
			}
		case 'e':
			return 2, "e"
		case 'a', 'u', 'o':
			if a == 'y' {
				return 2, "iaiuio"[2*strings.IndexByte("auo", b) : 2*strings.IndexByte("auo", b)+2]
			}
		}
	}
	return 0, ""
}

// skeleton is the consonants of a folded word in the classes that Arabic and hurried ears keep: p with b, g with k, z with s.
func skeleton(folded string) string {
	b := make([]byte, 0, len(folded))
	for i := range len(folded) {
		c := folded[i]
		switch c {
		case 'a', 'e', 'i', 'o', 'u':
			continue
		case 'p':
			c = 'b'
		case 'g':
			c = 'k'
		case 'z':
			c = 's'
		case 'c':
			c = 'x'
		case 'v': // Arabic waw is read as w and as u: silent unless it begins the word
			if i > 0 {
				continue
			}
		}
		if len(b) == 0 || b[len(b)-1] != c {
			b = append(b, c)
		}
	}
	return string(b)
}
