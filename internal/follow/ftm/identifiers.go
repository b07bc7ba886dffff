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

func lei(s string) string {
	if mod97(s) != 1 {
		return ""
	}
	return s
}

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

func isin(s string) string {
	if len(s) != 12 || s[11] < '0' || s[11] > '9' || !isinCountry(s[:2]) {
		return ""
	}
	if e := expand(s[:11]); e == "" || (10-luhn(e, true))%10 != int(s[11]-'0') {
		return ""
	}
	return s
}

func isinCountry(s string) bool {
	switch s {
	case "AN", "CS", "EU", "QS", "QT", "XA", "XB", "XC", "XD", "XF", "XS":
		return true
	}
	return iso3166(s)
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

func inn(s string) string {
	switch {
	case !allDigits(s):
	case len(s) == 10 && digit(sum(s, 2, 4, 10, 3, 5, 9, 4, 6, 8)%11%10) == s[9:]:
		return s
	case len(s) == 12 && digit(sum(s, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8)%11%10) == s[10:11] && digit(sum(s, 3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8)%11%10) == s[11:]:
		return s
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

func ogrn(s string) string {
	s = word(s, func(w string) bool { return (len(w) == 13 || len(w) == 15) && allDigits(w) })
	if s == "" || s[0] == '0' {
		return ""
	}
	n, _ := strconv.ParseUint(s[:len(s)-1], 10, 64)
	rest := n % uint64(len(s)-2)
	if rest == 10 {
		rest = 0
	}
	if rest != uint64(s[len(s)-1]-'0') {
		return "" // as rigour has it, sole traders with a rest of 11 or 12 too
	}
	return s
}

func npi(s string) string {
	s = word(s, func(w string) bool { return (len(w) == 10 || len(w) == 15) && allDigits(w) })
	full := s
	if len(s) == 10 {
		full = "80840" + s
	}
	if s == "" || s == "0000000000" || s == "000000000000000" || s == "808400000000000" || luhn(full, false) != 0 {
		return ""
	}
	return s
}

func uei(s string) string {
	s = strings.ToUpper(word(s, func(w string) bool {
		return len(w) == 12 && strings.Trim(strings.ToUpper(w), "0123456789ABCDEFGHJKLMNPQRSTUVWXYZ") == ""
	}))
	if strings.HasPrefix(s, "0") {
		return ""
	}
	return s
}

func bic(s string) string {
	if len(s) != 8 && len(s) != 11 {
		return ""
	}
	for i := range len(s) {
		if v := base36(s[i]); v < 0 || i < 6 && v < 10 {
			return ""
		}
	}
	if c := s[4:6]; !iso3166(c) {
		return ""
	}
	return s[:8]
}

func iban(s string) string {
	if len(s) < 5 || mod97(s[4:]+s[:4]) != 1 {
		return ""
	}
	at := strings.Index("\n"+ibanText, "\n"+s[:2]+"\t")
	if at < 0 {
		return ""
	}
	form, _, _ := strings.Cut(ibanText[at+3:], "\n")
	if account := s[4:]; !fits(account, form) || !ibanAccount(s[:2], account) {
		return ""
	}
	return s
}

// fits says whether an account number has the form that SWIFT's registry writes as "4!n6!a12!c".
func fits(s, form string) bool {
	for form != "" {
		n, rest, _ := strings.Cut(form, "!")
		length, err := strconv.Atoi(n)
		if err != nil || rest == "" || len(s) < length {
			return false
		}
		for i := range length {
			v := base36(s[i])
			if v < 0 || rest[0] == 'n' && v > 9 || rest[0] == 'a' && v < 10 {
				return false
			}
		}
		s, form = s[length:], rest[1:]
	}
	return s == ""
}

// ibanAccount checks the check digits that accounts of some countries have of their own.
func ibanAccount(country, s string) bool {
	switch country {
	case "BE":
		n, _ := strconv.Atoi(s[:10])
		check, _ := strconv.Atoi(s[10:])
		return (n%97+96)%97+1 == check
	case "ES":
		powers := []int{1, 2, 4, 8, 16, 32, 64, 128, 256, 512}
		check := func(s string) string {
			if n := sum(s, powers...) % 11; n >= 2 {
				return digit(11 - n)
			} else {
				return digit(n)
			}
		}
		return s[8:10] == check("00"+s[:8])+check(s[10:])
	case "ME":
		return mod97(s) == 1
	case "NO":
		if strings.HasPrefix(s, "0000") {
			return luhn(s[4:], false) == 0
		}
		return digit(sum(s, 6, 7, 8, 9, 4, 5, 6, 7, 8, 9)%11) == s[10:]
	}
	return true
}

func uscc(s string) string {
	const alphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"
	if len(s) != 18 || !allDigits(s[:8]) {
		return ""
	}
	total := 0
	for i, w := range []int{1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28} {
		v := strings.IndexByte(alphabet, s[i])
		if v < 0 {
			return ""
		}
		total += v * w
	}
	if alphabet[(31-total%31)%31] != s[17] {
		return ""
	}
	return s
}

func qid(s string) string {
	s = strings.ToUpper(strings.TrimSpace(s[strings.LastIndexByte(s, '/')+1:]))
	if !strings.HasPrefix(s, "Q") || !allDigits(s[1:]) {
		return ""
	}
	return s
}

func figi(s string) string {
	if len(s) != 12 || strings.Trim(s, "0123456789BCDFGHJKLMNPQRSTVWXYZ") != "" || s[0] <= '9' || s[1] <= '9' || s[2] != 'G' {
		return ""
	}
	if slices.Contains([]string{"BS", "BM", "GG", "GB", "VG"}, s[:2]) {
		return ""
	}
	total := 0
	for i := range 11 {
		v := base36(s[i]) * (1 + i%2)
		total += v/10 + v%10
	}
	if digit((10-total%10)%10) != s[11:] {
		return ""
	}
	return s
}

func cpf(s string) string {
	if len(s) != 11 || !allDigits(s) || s == "00000000000" {
		return ""
	}
	first := (11 - sum(s, 10, 9, 8, 7, 6, 5, 4, 3, 2)%11) % 11 % 10
	second := (11 - sum(s, 11, 10, 9, 8, 7, 6, 5, 4, 3)%11 + 9*first) % 11 % 10
	if digit(first)+digit(second) != s[9:] {
		return ""
	}
	return s
}

func cnpj(s string) string {
	if len(s) != 14 || expand(s) == "" || strings.HasPrefix(s, "000000000000") {
		return ""
	}
	check := func(s string, weights ...int) string { return digit((11 - sum(s, weights...)%11) % 11 % 10) }
	first := check(s, 5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2)
	second := check(s[:12]+first, 6, 5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2)
	if first+second != s[12:] {
		return ""
	}
	return s
}

func ssn(s string) string {
	if len(s) > 9 && s[3] == '-' {
		s = s[:3] + s[4:]
	}
	if len(s) > 9 && s[5] == '-' {
		s = s[:5] + s[6:]
	}
	if len(s) != 9 || !allDigits(s) || s[:3] == "000" || s[:3] == "666" || s[0] == '9' || s[3:5] == "00" || s[5:] == "0000" {
		return ""
	}
	if s == "078051120" || s == "457555462" || s == "219099999" {
		return ""
	}
	return s
}
