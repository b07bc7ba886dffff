package ftm

import (
	"strconv"
	"strings"
)

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
