package lineage

import (
	"strconv"
	"strings"
)

// date reads a date in any of the four languages and returns how many tokens it takes, 0 when none begins here.
func (r *reader) date(i int) int {
	t := &r.tokens[i]
	switch {
	case t.flags&isNumber != 0:
		return r.dateFromDay(i)
	case t.flags&isHan != 0:
		return 0
	}
	w := r.wordAt(i)
	if len(w) < 3 || len(w) > 13 {
		return 0
	}
	if d := weekday(w); d > 0 {
		r.put(factPart, hashString("w:"+strconv.Itoa(d)), i, 1)
		return 1
	}
	m := month(w)
	if m == 0 || len(w) <= 3 && t.flags&isCapital == 0 || w == "marco" && r.lang != portuguese { // may, out, set, mar are other words too
		return 0
	}
	if d := r.small(i+1, 31); d > 0 && r.lang != spanish && r.lang != portuguese { // November 30, 2020
		n := 2
		if y := r.year(i + 2); y > 0 {
			r.put(factPart, yearKey(y), i+2, 1)
			n = 3
		}
		r.put(factDate, dayKey(m, d), i, 2)
		return n
	}
	n := 1 // November 2020, noviembre de 2020
	if r.wordAt(i+1) == "de" {
		n = 2
	}
	if y := r.year(i + n); y > 0 {
		r.put(factPart, yearKey(y), i+n, 1)
		n++
	} else {
		n = 1
	}
	r.put(factPart, hashString("m:"+strconv.Itoa(m)), i, 1)
	return n
}

// dateFromDay reads what begins with a number: 30 November 2020, 30 de noviembre de 2020, 2020-11-30, 2020年11月30日.
func (r *reader) dateFromDay(i int) int {
	if y := r.year(i); y > 0 {
		switch {
		case r.after(i) == "-" && r.small(i+1, 12) > 0 && r.after(i+1) == "-" && r.small(i+2, 31) > 0:
			r.put(factPart, yearKey(y), i, 1)
			r.put(factDate, dayKey(r.small(i+1, 12), r.small(i+2, 31)), i+1, 2)
			return 3
		case r.wordAt(i+1) == "年":
			r.put(factPart, yearKey(y), i, 2)
			return 2
		}
		r.put(factPart, yearKey(y), i, 1)
		return 1
	}
	d := r.small(i, 31)
	if d == 0 {
		return 0
	}
	if d <= 12 && r.wordAt(i+1) == "月" {
		if day := r.small(i+2, 31); day > 0 && (r.wordAt(i+3) == "日" || r.wordAt(i+3) == "号") {
			r.put(factDate, dayKey(d, day), i, 4)
			return 4
		}
		r.put(factPart, hashString("m:"+strconv.Itoa(d)), i, 2)
		return 2
	}
	n := 1
	if r.wordAt(i+n) == "de" || r.wordAt(i+n) == "of" {
		n++
	}
	m := month(r.wordAt(i + n))
	if m == 0 || m == 5 && r.wordAt(i+n) == "may" && r.tokens[i+n].flags&isCapital == 0 {
		return 0
	}
	r.put(factDate, dayKey(m, d), i, n+1)
	n++
	k := 0
	if w := r.wordAt(i + n); w == "de" || w == "del" {
		k = 1
	}
	if y := r.year(i + n + k); y > 0 {
		r.put(factPart, yearKey(y), i+n+k, 1)
		return n + k + 1
	}
	return n
}

func yearKey(y int) uint32 {
	return hashString("n:" + strconv.FormatFloat(float64(y), 'e', 2, 64) + "y" + strconv.Itoa(y))
}
func dayKey(m, d int) uint32 { return hashString("d:" + strconv.Itoa(m*100+d)) }

// year reads a year of four digits, from 1900 to 2099.
func (r *reader) year(i int) int {
	if w := r.wordAt(i); len(w) == 4 {
		if y, err := strconv.Atoi(w); err == nil && y >= 1900 && y < 2100 {
			return y
		}
	}
	return 0
}

// small reads a number from 1 to most: 30, 30th.
func (r *reader) small(i, most int) int {
	w := r.wordAt(i)
	for _, s := range []string{"st", "nd", "rd", "th"} {
		w = strings.TrimSuffix(w, s)
	}
	if len(w) == 0 || len(w) > 2 {
		return 0
	}
	if n, err := strconv.Atoi(w); err == nil && n >= 1 && n <= most {
		return n
	}
	return 0
}

// month of a folded word, in English, Spanish or Portuguese; 0 is none.
func month(w string) int {
	switch w {
	case "january", "jan", "enero", "ene", "janeiro":
		return 1
	case "february", "feb", "febrero", "fevereiro", "fev":
		return 2
	case "march", "mar", "marzo", "marco":
		return 3
	case "april", "apr", "abril", "abr":
		return 4
	case "may", "mayo", "maio":
		return 5
	case "june", "jun", "junio", "junho":
		return 6
	case "july", "jul", "julio", "julho":
		return 7
	case "august", "aug", "agosto", "ago":
		return 8
	case "september", "sep", "sept", "septiembre", "setiembre", "setembro", "set":
		return 9
	case "october", "oct", "octubre", "outubro", "out":
		return 10
	case "november", "nov", "noviembre", "novembro":
		return 11
	case "december", "dec", "diciembre", "dic", "dezembro", "dez":
		return 12
	}
	return 0
}

// weekday of a folded word, 1 is Monday; 0 is none. The Portuguese ordinal days are words of their own too, and are not taken.
func weekday(w string) int {
	switch w {
	case "monday", "lunes":
		return 1
	case "tuesday", "martes":
		return 2
	case "wednesday", "miercoles":
		return 3
	case "thursday", "jueves":
		return 4
	case "friday", "viernes":
		return 5
	case "saturday", "sabado":
		return 6
	case "sunday", "domingo":
		return 7
	}
	return 0
}

// span of days that a date of an item may mean, in days since 1970; known is false for no date or one that cannot be read.
type period struct {
	lo, hi int32
	known  bool
}

// readDate reads 2020, 2020-12 or 2020-12-01; what follows a full date (a time) is left.
func readDate(s string) period {
	s = strings.TrimSpace(s)
	if len(s) > 10 {
		s = s[:10]
	}
	parts := strings.Split(s, "-")
	n := [3]int{0, 1, 1}
	if len(parts) > 3 || len(parts[0]) != 4 {
		return period{}
	}
	for i, p := range parts {
		v, err := strconv.Atoi(p)
		if err != nil || v < 0 {
			return period{}
		}
		n[i] = v
	}
	if n[1] < 1 || n[1] > 12 || n[2] < 1 || n[2] > 31 {
		return period{}
	}
	lo := days(n[0], n[1], n[2])
	switch len(parts) {
	case 1:
		return period{lo, days(n[0]+1, 1, 1) - 1, true}
	case 2:
		if n[1] == 12 {
			return period{lo, days(n[0]+1, 1, 1) - 1, true}
		}
		return period{lo, days(n[0], n[1]+1, 1) - 1, true}
	}
	return period{lo, lo, true}
}

// days since 1970-01-01 of a date in the Gregorian calendar.
func days(y, m, d int) int32 {
	if m <= 2 {
		y--
		m += 12
	}
	return int32(365*y + y/4 - y/100 + y/400 + (153*(m-3)+2)/5 + d - 1 - 719468)
}
