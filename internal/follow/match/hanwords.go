package match

import "strings"

// segment cuts a run of Han characters: the longest known word first, the characters between known words are one word.
func (t *tables) segment(s string) []token {
	rs := []rune(s)
	var out []token
	var rest []rune
	flush := func() {
		if len(rest) == 0 {
			return
		}
		parts := t.syllables(string(rest))
		k := kindWord
		if v, ok := t.number[string(rest)]; ok {
			parts, k = []string{v}, kindNumber
		}
		if len(parts) > 0 {
			out = append(out, token{text: strings.Join(parts, ""), kind: k, script: han, parts: parts})
		}
		rest = nil
	}
	for i := 0; i < len(rs); {
		n := 0
		var found []token
		for k := min(t.longestHan, len(rs)-i); k >= 1; k-- {
			key := string(rs[i : i+k])
			if c := t.legal[key]; c != "" && k > 1 && i > 0 {
				n, found = k, []token{{text: t.romanHan(key), concept: c, kind: kindLegal, script: han}}
				break
			}
			if cs := t.exact[key]; cs != nil && (k > 1 || t.alone(rs, i, len(rest))) {
				n, found = k, conceptTokens(cs, t.romanHan(key), han)
				break
			}
			if k > 1 && t.title[key] && i+k == len(rs) {
				n, found = k, []token{{text: t.romanHan(key), kind: kindTitle, script: han}}
				break
			}
			if k == 1 && t.stop[key] && len(rs) > 5 {
				n, found = 1, []token{{text: t.romanHan(key), kind: kindStop, script: han}}
			}
		}
		if n == 0 {
			rest = append(rest, rs[i])
			i++
			continue
		}
		flush()
		out = append(out, found...)
		i += n
	}
	flush()
	return out
}

// alone says whether one character is a word by itself: only in long names, and at their end or after a known word, so that 华为 stays whole.
func (t *tables) alone(rs []rune, i, pending int) bool {
	if len(rs) < 5 || i == 0 {
		return false
	}
	if i == len(rs)-1 {
		return true
	}
	return pending == 0 && t.exact[string(rs[i+1:min(i+3, len(rs))])] != nil
}
