package ftm

import (
	"slices"
	"strconv"
	"strings"
)

func lei(s string) string {
	if mod97(s) != 1 {
		return ""
	}
	return s
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
