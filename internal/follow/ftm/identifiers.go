package ftm

import (
	_ "embed"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/width"
)

// Facts written by testdata/facts.py, from the registry SWIFT keeps.
//
//go:embed iban.txt
var ibanText string

// cleanIdentifier writes an identifier as its register does and checks its check digits. One without a format, or
// with one that has no rules, is left as it is.
func cleanIdentifier(s, format string) (string, string) {
	var out string
	switch format {
	case "lei":
		out = lei(strip(s, " -"))
	case "isin":
		out = isin(strip(s, " "))
	case "imo":
		out = imo(s)
	case "inn":
		out = inn(strip(s, " "))
	case "ogrn":
		out = ogrn(s)
	case "bic", "swift":
		out = bic(strip(s, " -"))
	case "iban":
		out = iban(strip(s, " -."))
	case "uscc":
		out = uscc(strip(s, " -"))
	case "wikidata", "qid":
		out = qid(s)
	case "npi":
		out = npi(s)
	case "uei":
		out = uei(s)
	case "figi", "openfigi":
		out = figi(strip(s, " "))
	case "cpf":
		out = cpf(strip(s, " -."))
	case "cnpj":
		out = cnpj(strip(s, " -./"))
	case "ssn":
		out = ssn(strip(s, ""))
	default:
		return s, ""
	}
	if out == "" {
		return "", whyIdentifier.Say(format)
	}
	return out, ""
}

// strip takes separators away and writes the rest in ASCII and upper case.
func strip(s, separators string) string {
	return strings.TrimSpace(strings.ToUpper(strings.Map(func(r rune) rune {
		if r >= 0x80 {
			switch {
			case unicode.Is(unicode.Pd, r), r == '−':
				r = '-'
			case unicode.Is(unicode.Zs, r):
				r = ' '
			case r == '·', r == '•', r == '．', r == '。':
				r = '.'
			default:
				if p := width.LookupRune(r); p.Kind() == width.EastAsianFullwidth && unicode.IsDigit(r) {
					r = p.Narrow()
				}
			}
		}
		if strings.ContainsRune(separators, r) {
			return -1
		}
		return r
	}, s)))
}

func allDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}

// base36 returns what a digit or letter stands for, or -1.
func base36(c byte) int {
	switch {
	case c >= '0' && c <= '9':
		return int(c - '0')
	case c >= 'A' && c <= 'Z':
		return int(c-'A') + 10
	}
	return -1
}

// mod97 returns the remainder of ISO 7064 (97, 10), or -1 if there is anything but digits and letters.
func mod97(s string) int {
	rest := 0
	for i := range len(s) {
		v := base36(s[i])
		if v < 0 {
			return -1
		}
		if v > 9 {
			rest *= 10
		}
		rest = (rest*10 + v) % 97
	}
	return rest
}

// sum adds digits by weights.
func sum(s string, weights ...int) int {
	n := 0
	for i, w := range weights {
		n += w * int(s[i]-'0')
	}
	return n
}

func digit(n int) string { return strconv.Itoa(n) }

// luhn adds up digits, every other one doubled, from the right; doubled says whether the last one is.
func luhn(s string, doubled bool) int {
	n := 0
	for i := len(s) - 1; i >= 0; i-- {
		d := int(s[i] - '0')
		if doubled {
			d = d*2/10 + d*2%10
		}
		n, doubled = n+d, !doubled
	}
	return n % 10
}

// expand writes letters as the two digits they stand for.
func expand(s string) string {
	var b strings.Builder
	for i := range len(s) {
		v := base36(s[i])
		if v < 0 {
			return ""
		}
		b.WriteString(strconv.Itoa(v))
	}
	return b.String()
}

// iso3166 says whether two letters are a country of ISO 3166-1, or Kosovo.
func iso3166(s string) bool {
	const codes = "AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ CA CC CD CF CG CH CI CK CL CM " +
		"CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM " +
		"HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML " +
		"MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB " +
		"SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF " +
		"WS XK YE YT ZA ZM ZW"
	return len(s) == 2 && !strings.Contains(s, " ") && strings.Contains(codes, s)
}

// imo finds the number of a ship or of a shipping company in a text: longer runs of digits before shorter ones, those
// after "IMO" before others.
func imo(s string) string {
	type run struct {
		digits string
		rank   int
	}
	var runs []run
	for i := 0; i < len(s); {
		if s[i] < '0' || s[i] > '9' {
			i++
			continue
		}
		j := i
		for j < len(s) && s[j] >= '0' && s[j] <= '9' {
			j++
		}
		before, _ := utf8.DecodeLastRuneInString(s[:i])
		after, _ := utf8.DecodeRuneInString(s[j:])
		if n := j - i; n >= 5 && n <= 7 && !unicode.IsDigit(before) && !unicode.IsDigit(after) {
			r := run{strings.Repeat("0", 7-n) + s[i:j], -2 * n}
			if !strings.HasSuffix(strings.TrimRight(s[:i], " \t\n\r\u00a0:.#-"), "IMO") {
				r.rank++
			}
			runs = append(runs, r)
		}
		i = j
	}
	slices.SortStableFunc(runs, func(a, b run) int { return a.rank - b.rank })
	for _, r := range runs {
		check := int(r.digits[6] - '0')
		if r.digits != "0000000" && (sum(r.digits, 7, 6, 5, 4, 3, 2)%10 == check || (11-sum(r.digits, 8, 6, 4, 2, 9, 7)%11)%10 == check) {
			return "IMO" + r.digits
		}
	}
	return ""
}

// word returns the first word of a text that is made of certain characters and of a certain length.
func word(s string, ok func(string) bool) string {
	for w := range strings.FieldsFuncSeq(s, func(r rune) bool { return r != '_' && !unicode.IsLetter(r) && !unicode.IsNumber(r) }) {
		if ok(w) {
			return w
		}
	}
	return ""
}

func qid(s string) string {
	s = strings.ToUpper(strings.TrimSpace(s[strings.LastIndexByte(s, '/')+1:]))
	if !strings.HasPrefix(s, "Q") || !allDigits(s[1:]) {
		return ""
	}
	return s
}
