package ftm

import (
	"time"
	"unicode"
	"unicode/utf8"
)

// cleanDate reads an ISO 8601 date or time of any precision at the beginning of a text, and returns it in UTC with
// that precision: "2013", "2013-02", "2013-02-16", "2013-02-16T21:48:52". What follows it is ignored; a day or an
// hour that does not exist is refused; a month or day 00 is not known.
func cleanDate(s string) (string, string) {
	d := digits{s}
	year, ok := d.number(4, 4, true)
	if !ok || year < 1000 || year > 2999 {
		return "", whyNoYear.Say()
	}
	precision, known := 4, true
	part := func(lowest, value, length int) int {
		if known && value >= lowest {
			precision = length
			return value
		}
		known = false
		return max(value, lowest)
	}
	month, day, hour, minute, second := 1, 1, 0, 0, 0
	zone := time.UTC
	if v, ok := d.after("-").number(1, 2, true); ok {
		month = part(1, v, 7)
		if v, ok := d.after("-").number(1, 2, false); ok {
			day = part(1, v, 10)
			if v, ok := d.after("T ").number(1, 2, true); ok {
				hour = part(0, v, 13)
				if v, ok := d.after(":").number(1, 2, true); ok {
					minute = part(0, v, 16)
					if v, ok := d.after(":").number(1, 2, true); ok {
						second = part(0, v, 19)
						zone = d.zone()
					}
				}
			}
		}
	}
	t := time.Date(year, time.Month(month), day, hour, minute, second, 0, zone)
	if t.Month() != time.Month(month) || t.Day() != day || t.Hour() != hour || t.Minute() != minute || t.Second() != second {
		return "", whyNoDay.Say()
	}
	return t.UTC().Format("2006-01-02T15:04:05")[:precision], ""
}

// digits is what is left of a date while it is read.
type digits struct{ s string }

// after takes one of some characters away; if there is none, nothing more can be read.
func (d *digits) after(any string) *digits {
	for i := range len(any) {
		if d.s != "" && d.s[0] == any[i] {
			d.s = d.s[1:]
			return d
		}
	}
	d.s = ""
	return d
}

// number takes a number of so many digits away, which a word boundary must follow if asked.
func (d *digits) number(least, most int, bound bool) (int, bool) {
	n, v := 0, 0
	for n < most && n < len(d.s) && d.s[n] >= '0' && d.s[n] <= '9' {
		v, n = v*10+int(d.s[n]-'0'), n+1
	}
	if n < least || bound && wordBegins(d.s[n:]) {
		d.s = ""
		return 0, false
	}
	d.s = d.s[n:]
	return v, true
}

func wordBegins(s string) bool {
	r, _ := utf8.DecodeRuneInString(s)
	return s != "" && (r == '_' || unicode.IsLetter(r) || unicode.IsNumber(r))
}

// zone reads fractions of a second, which are dropped, and the offset from UTC.
func (d *digits) zone() *time.Location {
	if n := fraction(d.s); n > 0 {
		d.s = d.s[n:]
	}
	if d.s == "" || d.s[0] != '-' && d.s[0] != '+' {
		return time.UTC
	}
	sign := 1
	if d.s[0] == '-' {
		sign = -1
	}
	d.s = d.s[1:]
	hour, ok := d.number(2, 2, false)
	if !ok {
		return time.UTC
	}
	if d.s != "" && d.s[0] == ':' {
		d.s = d.s[1:]
	}
	minute, ok := d.number(2, 2, true)
	if seconds := hour*3600 + minute*60; ok && seconds < 24*3600 {
		return time.FixedZone("", sign*seconds)
	}
	return time.UTC
}

// fraction returns the length of a point with four to six digits.
func fraction(s string) int {
	n := 0
	for n < len(s) && n < 7 && (n == 0 && s[n] == '.' || n > 0 && s[n] >= '0' && s[n] <= '9') {
		n++
	}
	if n < 5 || wordBegins(s[n:]) {
		return 0
	}
	return n
}
