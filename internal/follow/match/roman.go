package match

import "strings"

// roman writes a word in ASCII letters.
func (t *tables) roman(w word) string {
	switch w.script {
	case latin, digits:
		return ascii(w.raw)
	case cyrillic:
		return romanCyrillic(w.raw)
	case greek:
		return romanGreek(w.raw)
	case arabic:
		return romanArabic(w.raw)
	case han:
		return t.romanHan(w.raw)
	case hangul:
		return romanHangul(w.raw)
	}
	return w.raw
}

func ascii(s string) string {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return strings.Map(func(r rune) rune {
				if r >= 0x80 {
					return -1
				}
				return r
			}, s)
		}
	}
	return s
}

func toneless(p string) string {
	var b strings.Builder
	for _, r := range p {
		for _, d := range plain(r, latin) {
			b.WriteRune(d)
		}
	}
	return ascii(b.String())
}

func (t *tables) romanHan(s string) string {
	return strings.Join(t.syllables(s), "")
}

func (t *tables) syllables(s string) []string {
	var out []string
	for _, r := range s {
		if p, ok := t.pinyin[r]; ok {
			out = append(out, toneless(p))
		}
	}
	return out
}

// romanCyrillic follows the commonest of passport and news spellings; sound folding takes up the others.
func romanCyrillic(s string) string {
	var b strings.Builder
	for _, r := range s {
		switch r {
		case 'а':
			b.WriteString("a")
		case 'б':
			b.WriteString("b")
		case 'в':
			b.WriteString("v")
		case 'г', 'ґ':
			b.WriteString("g")
		case 'д':
			b.WriteString("d")
		case 'ђ':
			b.WriteString("dj")
		case 'е', 'э', 'є':
			b.WriteString("e")
		case 'ж':
			b.WriteString("zh")
		case 'з', 'ѕ':
			b.WriteString("z")
		case 'и', 'і', 'ї', 'ы', 'й', 'ј', 'ў':
			if r == 'й' || r == 'ј' || r == 'ы' {
				b.WriteString("y")
			} else if r == 'ў' {
				b.WriteString("u")
			} else {
				b.WriteString("i")
			}
		case 'к', 'қ':
			b.WriteString("k")
		case 'л':
			b.WriteString("l")
		case 'љ':
			b.WriteString("lj")
		case 'м':
			b.WriteString("m")
		case 'н', 'ң':
			b.WriteString("n")
		case 'њ':
			b.WriteString("nj")
		case 'о', 'ө':
			b.WriteString("o")
		case 'п':
			b.WriteString("p")
		case 'р':
			b.WriteString("r")
		case 'с':
			b.WriteString("s")
		case 'т':
			b.WriteString("t")
		case 'ћ':
			b.WriteString("c")
		case 'у', 'ү', 'ұ':
			b.WriteString("u")
		case 'ф':
			b.WriteString("f")
		case 'х', 'һ', 'ҳ':
			b.WriteString("kh")
		case 'ц':
			b.WriteString("ts")
		case 'ч':
			b.WriteString("ch")
		case 'џ':
			b.WriteString("dz")
		case 'ш':
			b.WriteString("sh")
		case 'щ':
			b.WriteString("shch")
		case 'ю':
			b.WriteString("yu")
		case 'я':
			b.WriteString("ya")
		case 'ә':
			b.WriteString("a")
		case 'ғ':
			b.WriteString("gh")
		}
	}
	return b.String()
}

func romanGreek(s string) string {
	const from = "αβγδεζηθικλμνξοπρσςτυφχψω"
	to := []string{"a", "v", "g", "d", "e", "z", "i", "th", "i", "k", "l", "m", "n", "x", "o", "p", "r", "s", "s", "t", "y", "f", "ch", "ps", "o"}
	s = strings.NewReplacer("ου", "ου", "μπ", "b", "ντ", "nt", "γκ", "gk", "αυ", "av", "ευ", "ev").Replace(s)
	s = strings.ReplaceAll(s, "ου", "ou")
	index := map[rune]string{}
	for i, r := range []rune(from) {
		index[r] = to[i]
	}
	var b strings.Builder
	for _, r := range s {
		if v, ok := index[r]; ok {
			b.WriteString(v)
		} else if r < 0x80 {
			b.WriteRune(r)
		}
	}
	return b.String()
}

// romanArabic writes the letters that are written: long vowels and consonants. Short vowels are not there to be written.
func romanArabic(s string) string {
	var b strings.Builder
	for _, r := range s {
		switch r {
		case 'ا':
			b.WriteString("a")
		case 'ب':
			b.WriteString("b")
		case 'پ':
			b.WriteString("p")
		case 'ت', 'ط':
			b.WriteString("t")
		case 'ث':
			b.WriteString("th")
		case 'ج':
			b.WriteString("j")
		case 'چ':
			b.WriteString("ch")
		case 'ح', 'ه':
			b.WriteString("h")
		case 'خ':
			b.WriteString("kh")
		case 'د', 'ض':
			b.WriteString("d")
		case 'ذ':
			b.WriteString("dh")
		case 'ر':
			b.WriteString("r")
		case 'ز', 'ظ':
			b.WriteString("z")
		case 'ژ':
			b.WriteString("zh")
		case 'س', 'ص':
			b.WriteString("s")
		case 'ش':
			b.WriteString("sh")
		case 'غ':
			b.WriteString("gh")
		case 'ف':
			b.WriteString("f")
		case 'ڤ':
			b.WriteString("v")
		case 'ق':
			b.WriteString("q")
		case 'ك':
			b.WriteString("k")
		case 'گ':
			b.WriteString("g")
		case 'ل':
			b.WriteString("l")
		case 'م':
			b.WriteString("m")
		case 'ن':
			b.WriteString("n")
		case 'و', 'ؤ':
			b.WriteString("w")
		case 'ي', 'ئ':
			b.WriteString("y")
		}
	}
	return b.String()
}

// romanHangul composes each syllable's three parts in the Revised Romanisation, without the changes of sound between syllables.
func romanHangul(s string) string {
	lead := strings.Split("g,kk,n,d,tt,r,m,b,pp,s,ss,,j,jj,ch,k,t,p,h", ",")
	vowel := strings.Split("a,ae,ya,yae,eo,e,yeo,ye,o,wa,wae,oe,yo,u,wo,we,wi,yu,eu,ui,i", ",")
	tail := strings.Split(",k,k,k,n,n,n,t,l,k,m,p,t,t,p,l,m,p,p,t,t,ng,t,t,k,t,p,t", ",")
	var b strings.Builder
	for _, r := range s {
		n := int(r) - 0xAC00
		if n < 0 || n >= 19*21*28 {
			continue
		}
		b.WriteString(lead[n/588] + vowel[n/28%21] + tail[n%28])
	}
	return b.String()
}
