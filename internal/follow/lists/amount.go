package lists

import (
	"math/big"
	"regexp"
	"strings"
	"unicode"
)

var (
	amountParts = regexp.MustCompile(`^([^\d]*?)\s*(\d[\d.,'’\x{00a0}\x{202f} ]*)\s*(.*)$`)
	western     = regexp.MustCompile(`^\d{1,3}(?:[.,'’ ]\d{3})+$`)
	range2      = regexp.MustCompile(`\d\s*(?:-|–|—|\bto\b|\ba\b|/|至|~)\s*\d`)
)

// ParseAmount reads a sum of money written in Spanish, English or Chinese: "1.080 MM", "USD 1,3 mil millones",
// "US$ 1.08 billion", "10亿元". The value is exact, in units of the currency, with a point for the decimals; the
// currency is a code of ISO 4217, or "" where the text names none, or one that several countries have ("$", "pesos").
// Where the text is no amount, or can be read in two ways, there is no value, and the reason says why: it is then kept
// as text. A point or comma before three last digits separates thousands where it cannot separate decimals, or where
// the words are Spanish or English and say which it is.
func ParseAmount(s string) (value, currency, reason string) {
	text := strings.TrimSpace(s)
	if len(text) > 200 {
		return "", "", whyLongAmount.Say()
	}
	if text == "" {
		return "", "", whyEmpty.Say()
	}
	if range2.MatchString(text) {
		return "", "", whyRange.Say()
	}
	m := amountParts.FindStringSubmatch(text)
	if m == nil {
		return "", "", whyNoFigures.Say()
	}
	before, digits, after := strings.ToLower(strings.TrimSpace(m[1])), strings.TrimRight(m[2], " .,\u00a0\u202f'’"), strings.ToLower(strings.TrimSpace(m[3]))
	if strings.ContainsFunc(after, unicode.IsDigit) {
		return "", "", whyManyNumbers.Say()
	}
	if strings.HasSuffix(before, "-") || strings.HasPrefix(before, "(") {
		return "", "", whyNegative.Say()
	}
	factor, language, rest, reason := scale(after)
	if reason != "" {
		return "", "", reason
	}
	if currency, reason = currencyOf(before, rest); reason != "" {
		return "", "", reason
	}
	n, reason := figures(digits, language)
	if reason != "" {
		return "", currency, reason
	}
	f, _ := new(big.Rat).SetString(factor)
	n.Mul(n, f)
	if n.IsInt() {
		return n.Num().String(), currency, ""
	}
	return strings.TrimRight(n.FloatString(12), "0"), currency, ""
}

// scaleWord is a word that multiplies, and the language that it gives away.
type scaleWord struct{ words, factor, language string }

func scaleWords() []scaleWord {
	return []scaleWord{
		{"mil millones", "1000000000", "es"}, {"millardos", "1000000000", "es"}, {"millardo", "1000000000", "es"}, {"miles de millones", "1000000000", "es"},
		{"millones", "1000000", "es"}, {"millón", "1000000", "es"}, {"millon", "1000000", "es"}, {"mmm", "1000000000", "es"}, {"mm", "1000000", "es"}, {"mil", "1000", "es"},
		{"billion", "1000000000", "en"}, {"bn", "1000000000", "en"}, {"million", "1000000", "en"}, {"mln", "1000000", ""}, {"mn", "1000000", "en"}, {"m", "1000000", "en"},
		{"thousand", "1000", "en"}, {"k", "1000", "en"}, {"trillion", "1000000000000", "en"}, {"b", "1000000000", "en"},
		{"万亿", "1000000000000", "zh"}, {"亿", "100000000", "zh"}, {"億", "100000000", "zh"}, {"万", "10000", "zh"}, {"萬", "10000", "zh"},
	}
}

// scale reads the word behind the figures. A Spanish billón is a million millions, and is taken for a thousand
// millions as often as not: it stays text.
func scale(after string) (factor, language, rest, reason string) {
	for _, w := range []string{"billones", "billón", "billon", "trillones", "trillón"} {
		if cutWord(after, w) != after {
			return "", "", "", whyBillion.Say(w)
		}
	}
	for _, w := range scaleWords() {
		if rest := cutWord(after, w.words); rest != after {
			for _, de := range []string{"de ", "of "} {
				rest = strings.TrimPrefix(rest, de)
			}
			return w.factor, w.language, rest, ""
		}
	}
	return "1", "", after, ""
}

// cutWord returns what follows a word at the beginning, or the text itself if it does not begin with it.
func cutWord(s, word string) string {
	rest, ok := strings.CutPrefix(s, word)
	if !ok || word[0] < 0x80 && rest != "" && strings.ContainsFunc(rest[:1], func(c rune) bool { return unicode.IsLetter(c) }) {
		return s
	}
	return strings.TrimSpace(strings.TrimPrefix(rest, "."))
}

func currencyOf(before, after string) (string, string) {
	code := ""
	for _, text := range []string{before, after} {
		text = strings.Trim(text, " .:,()")
		if text == "" {
			continue
		}
		c, known := currencyWords()[text]
		if !known {
			return "", whyUnknownWords.Say(cut(text, 40))
		}
		if code != "" && c != "" && c != code {
			return "", whyTwoCurrencies.Say()
		}
		if c != "" {
			code = c
		}
	}
	return code, ""
}

// currencyWords gives the code of what currencies are called; "" where several countries call theirs so.
func currencyWords() map[string]string {
	out := map[string]string{"$": "", "pesos": "", "peso": "", "dollars": "", "dólares": "", "dolares": "", "dollar": "", "¥": "", "￥": "", "kr": ""}
	for code, words := range map[string]string{
		"USD": "usd|us$|u$s|us dollars|u.s. dollars|dólares estadounidenses|dólares americanos|dólares de los estados unidos|美元|usd$|$us|us dollar|american dollars|dólares (usd)",
		"EUR": "eur|€|euros|euro|欧元", "CNY": "cny|rmb|yuan|yuanes|元|人民币|元人民币|人民币元|renminbi|rmb¥", "GBP": "gbp|£|pounds sterling|libras esterlinas|英镑",
		"VES": "ves|bs.s|bs.d|bolívares digitales", "VEF": "vef|bsf|bs.f|bs f|bolívares fuertes|bolivares fuertes", "VEB": "veb", "": "bs|bolívares|bolivares",
		"RUB": "rub|₽|rubles|roubles|rublos", "JPY": "jpy|yen|日元|円", "COP": "cop|pesos colombianos", "ARS": "ars|pesos argentinos", "CLP": "clp", "MXN": "mxn|pesos mexicanos", "BRL": "brl|r$|reais", "PEN": "pen|s/", "HKD": "hkd|hk$|港元", "CHF": "chf", "INR": "inr|₹", "BOB": "bob|bolivianos", "CUP": "cup"} {
		for w := range strings.SplitSeq(words, "|") {
			out[w] = code
		}
	}
	return out
}

// figures reads digits with separators.
func figures(s, language string) (*big.Rat, string) {
	s = strings.NewReplacer("\u00a0", " ", "\u202f", " ", "’", "'").Replace(s)
	points, commas := strings.Count(s, "."), strings.Count(s, ",")
	decimal := byte(0)
	switch {
	case points > 0 && commas > 0: // the last one separates the decimals
		if decimal = '.'; strings.LastIndex(s, ",") > strings.LastIndex(s, ".") {
			decimal = ','
		}
		if strings.Count(s, string(decimal)) > 1 {
			return nil, whyNoOrder.Say()
		}
	case points+commas > 1: // thousands
	case points+commas == 1:
		sep := byte('.')
		if commas == 1 {
			sep = ','
		}
		i := strings.IndexByte(s, sep)
		if len(s)-i-1 != 3 || i > 3 || s[0] == '0' {
			decimal = sep
			break
		}
		switch { // 1.080 or 1,080
		case language == "es" && sep == '.', language == "en" && sep == ',', language == "zh" && sep == ',':
		case language == "es" && sep == ',', language == "en" && sep == '.', language == "zh" && sep == '.':
			decimal = sep
		default:
			return nil, whyEitherPoint.Say(s)
		}
	}
	whole, fraction := s, ""
	if decimal != 0 {
		i := strings.LastIndexByte(s, decimal)
		whole, fraction = s[:i], s[i+1:]
	}
	if strings.ContainsAny(whole, ".,' ") {
		if !western.MatchString(whole) {
			return nil, whyNotThree.Say()
		}
		first := strings.IndexAny(whole, ".,' ")
		if strings.Trim(whole, "0123456789"+whole[first:first+1]) != "" {
			return nil, whySigns.Say()
		}
		whole = strings.NewReplacer(".", "", ",", "", "'", "", " ", "").Replace(whole)
	}
	if strings.Trim(fraction, "0123456789") != "" || len(whole)+len(fraction) > 40 {
		return nil, whyNotNumber.Say()
	}
	n, ok := new(big.Rat).SetString(whole + "." + fraction + "0")
	if !ok {
		return nil, whyNotNumber.Say()
	}
	return n, ""
}
