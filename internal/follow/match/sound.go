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

// digraph returns how many bytes of s are read as one sound, and the sound.
func digraph(s string) (int, string) {
	for _, d := range [...]struct{ from, to string }{
		{"shch", "x"}, {"sch", "x"}, {"tch", "c"}, {"tsch", "c"}, {"dzh", "j"}, {"ph", "f"}, {"sh", "x"}, {"ch", "c"}, {"zh", "j"}, {"kh", "h"},
		{"gh", "g"}, {"dh", "d"}, {"th", "t"}, {"ck", "k"}, {"cz", "c"}, {"ts", "z"}, {"tz", "z"}, {"dj", "j"}, {"qu", "ku"}, {"ks", "ks"},
		{"ou", "u"}, {"oo", "u"}, {"ee", "i"}, {"ea", "ia"}, {"iy", "i"}, {"yi", "i"}, {"ij", "i"}, {"ii", "i"}, {"yy", "i"}, {"aa", "a"}, {"ie", "e"}, {"ye", "e"},
		{"ey", "ei"}, {"ay", "ai"}, {"ya", "ia"}, {"yu", "iu"}, {"yo", "io"}, {"ce", "se"}, {"ci", "si"},
	} {
		if strings.HasPrefix(s, d.from) {
			return len(d.from), d.to
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

// distance is the number of letters put in, left out, changed or exchanged with their neighbour (optimal string alignment), up to limit;
// beyond it, limit+1.
func distance(a, b string, limit int) int {
	if len(a) > 40 {
		a = a[:40]
	}
	if len(b) > 40 {
		b = b[:40]
	}
	if d := len(a) - len(b); d > limit || -d > limit {
		return limit + 1
	}
	var rows [3][41]int
	before, prev, cur := &rows[0], &rows[1], &rows[2]
	for j := range len(b) + 1 {
		prev[j] = j
	}
	for i := 1; i <= len(a); i++ {
		cur[0] = i
		least := i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			v := min(prev[j]+1, cur[j-1]+1, prev[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				v = min(v, before[j-2]+1)
			}
			cur[j] = v
			least = min(least, v)
		}
		if least > limit {
			return limit + 1
		}
		before, prev, cur = prev, cur, before
	}
	return min(prev[len(b)], limit+1)
}
