package lineage

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// number reads a number with its unit and returns how many tokens it takes.
func (r *reader) number(i int) int {
	w := string(r.word(i))
	v, decimals, ok := parseNumber(w, r.lang)
	if !ok {
		if len(w) > 1 {
			r.put(factName, hashString("N:"+w), i, 1) // G20, 5G, A320
		}
		return 1
	}
	n := 1
	times, m := r.multiplier(i + 1)
	n += m
	percent := strings.HasPrefix(strings.TrimLeft(r.after(i), " "), "%") || strings.HasPrefix(r.after(i), "％") || r.hanBefore(i, "百分之")
	if !percent && times == 1 {
		switch r.wordAt(i + 1) {
		case "percent":
			percent, n = true, n+1
		case "per", "por":
			if u := r.wordAt(i + 2); u == "cent" || u == "ciento" || u == "cento" {
				percent, n = true, n+2
			}
		}
	}
	r.value(v*times, percent, decimals || times > 1, i, n)
	return n
}

// value puts a number: three digits of it tell, since translations round.
func (r *reader) value(v float64, percent, telling bool, i, n int) {
	key := strconv.FormatFloat(v, 'e', 2, 64)
	kind := uint8(factNumber)
	switch {
	case percent:
		key += "%"
	case v >= 1900 && v < 2100 && v == float64(int(v)) && !telling:
		kind = factPart
	case v <= 12 && !telling:
		kind = factSmall
	}
	r.put(kind, hashString("n:"+key), i, n)
}

// wordAt is the folded word at a token, or empty.
func (r *reader) wordAt(i int) string {
	if i < 0 || i >= len(r.tokens) {
		return ""
	}
	return string(r.word(i))
}

// after is what stands between a token and the next.
func (r *reader) after(i int) string {
	if i+1 < len(r.tokens) {
		return r.between(i + 1)
	}
	return r.text[r.tokens[i].end:]
}

func (r *reader) hanBefore(i int, s string) bool {
	n := utf8.RuneCountInString(s)
	if i < n {
		return false
	}
	for k, c := range []rune(s) {
		if string(r.word(i-n+k)) != string(c) {
			return false
		}
	}
	return true
}

// multiplier reads words that multiply: million, mil millones, 万, 亿.
func (r *reader) multiplier(i int) (times float64, n int) {
	times = 1
	for ; n < 3; n++ {
		switch r.wordAt(i + n) {
		case "thousand", "mil", "千":
			times *= 1e3
		case "百":
			times *= 1e2
		case "million", "millions", "mn", "millon", "millones", "milhao", "milhoes":
			times *= 1e6
		case "billion", "billions", "bn", "bilhao", "bilhoes", "biliao", "bilioes":
			times *= 1e9
		case "billon", "billones", "trillion", "trilhao", "trilhoes":
			times *= 1e12
		case "万":
			times *= 1e4
		case "亿":
			times *= 1e8
		default:
			return times, n
		}
	}
	return times, n
}

// parseNumber reads digits with separators as the language writes them.
func parseNumber(w string, l language) (v float64, decimals, ok bool) {
	point, thousands := ".", ","
	if l == spanish || l == portuguese {
		point, thousands = ",", "."
	}
	dots, commas := strings.Count(w, "."), strings.Count(w, ",")
	switch {
	case dots > 0 && commas > 0: // the last one parts the decimals
		if strings.LastIndex(w, ".") > strings.LastIndex(w, ",") {
			point, thousands = ".", ","
		} else {
			point, thousands = ",", "."
		}
	case strings.Count(w, point) > 1: // 1.080.000 in English
		point, thousands = thousands, point
	case strings.Count(w, thousands) == 1:
		if at := strings.Index(w, thousands); len(w)-at-1 != 3 { // 1.5 in Spanish, 1,5 in English
			point, thousands = thousands, point
		}
	}
	w = strings.ReplaceAll(w, thousands, "")
	w = strings.Replace(w, point, ".", 1)
	if len(w) > 30 {
		return 0, false, false
	}
	v, err := strconv.ParseFloat(w, 64)
	if err != nil || strings.ContainsAny(w, "eExXiInN_") {
		return 0, false, false
	}
	return v, strings.Contains(w, "."), true
}

// hanNumber reads a number in Han characters that begins at a token: its value and how many tokens it takes; two at least.
func (r *reader) hanNumber(i int) (float64, int) {
	total, section, digit, n, units := 0.0, 0.0, 0.0, 0, 0
	for ; n < 16; n++ {
		w := r.wordAt(i + n)
		if d := strings.Index("零一二三四五六七八九", w); w != "" && d >= 0 && len(w) == 3 {
			digit = float64(d / 3)
			continue
		}
		unit := 0.0
		switch w {
		case "两":
			digit = 2
			continue
		case "十":
			unit = 10
		case "百":
			unit = 100
		case "千":
			unit = 1000
		case "万":
			total, section, digit = (total+section+digit)*1e4, 0, 0
			units++
			continue
		case "亿":
			total, section, digit = (total+section+digit)*1e8, 0, 0
			units++
			continue
		}
		if unit == 0 {
			break
		}
		units++
		if digit == 0 {
			digit = 1
		}
		section, digit = section+digit*unit, 0
	}
	if n < 2 || units == 0 {
		return 0, 0
	}
	return total + section + digit, n
}
