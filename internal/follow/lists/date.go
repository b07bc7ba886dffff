package lists

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

var (
	isoDate   = regexp.MustCompile(`^(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?)?$`)
	wordDate  = regexp.MustCompile(`^(?:(\d{1,2})(?:st|nd|rd|th|º|°)?[ -]+(?:de +)?)?(\p{L}{3,})\.?,?[ -]+(?:del? +)?(\d{4})$`)
	monthDate = regexp.MustCompile(`^(\p{L}{3,})\.? +(\d{1,2})(?:st|nd|rd|th)?, *(\d{4})$`)
	dotDate   = regexp.MustCompile(`^(\d{1,2})([./-])(\d{1,2})[./-](\d{2}|\d{4})$`)
	hanDate   = regexp.MustCompile(`^(\d{4})年(?:(\d{1,2})月(?:(\d{1,2})[日号])?)?$`)
)

// Order says how a source writes dates in figures with slashes: day first, month first, or unknown.
type Order int

// The orders of day and month.
const (
	Unknown Order = iota
	DayFirst
	MonthFirst
)

// ParseDate reads a date as people write it, in English, Spanish or Chinese, and returns it as precisely as it was
// given: YYYY, YYYY-MM or YYYY-MM-DD. Dates that do not exist, and those that can be read in two ways, have a reason
// instead. With dots the day comes first; with slashes it is as the order says. "circa" makes a date a year.
func ParseDate(s string, order Order) (iso, reason string) {
	s = strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(s), "."))
	for _, about := range []string{"circa ", "c. ", "approximately ", "hacia "} {
		if rest, ok := strings.CutPrefix(strings.ToLower(s), about); ok {
			if iso, reason = ParseDate(rest, order); reason == "" {
				return iso[:4], ""
			}
			return "", reason
		}
	}
	if m := isoDate.FindStringSubmatch(s); m != nil {
		return calendar(m[1], m[2], m[3])
	}
	if m := hanDate.FindStringSubmatch(s); m != nil {
		return calendar(m[1], m[2], m[3])
	}
	if m := wordDate.FindStringSubmatch(s); m != nil {
		return worded(m[3], m[2], m[1])
	}
	if m := monthDate.FindStringSubmatch(s); m != nil {
		return worded(m[3], m[1], m[2])
	}
	m := dotDate.FindStringSubmatch(s)
	if m == nil {
		return "", whyNotDate.Say()
	}
	day, month, year := m[1], m[3], m[4]
	if len(year) == 2 {
		year = "20" + year // lists of this century; birth dates in two digits are not read
	}
	d, _ := strconv.Atoi(day)
	n, _ := strconv.Atoi(month)
	switch {
	case m[2] == "." || order == DayFirst:
	case order == MonthFirst:
		day, month = month, day
	case d > 12 || d == n:
	case n > 12:
		day, month = month, day
	default:
		return "", whyEitherDay.Say()
	}
	if order == DayFirst && d == 0 { // the UK writes 00/00/1960
		if day = ""; n == 0 {
			month = ""
		}
	}
	return calendar(year, month, day)
}

func worded(year, month, day string) (string, string) {
	n := monthNumber(month)
	if n == 0 {
		return "", whyMonthName.Say(cut(month, 32))
	}
	return calendar(year, strconv.Itoa(n), day)
}

// calendar builds a date of its parts, of which the last may be missing.
func calendar(year, month, day string) (string, string) {
	y, _ := strconv.Atoi(year)
	if y < 1000 || y > 2200 {
		return "", whyYear.Say(year)
	}
	if month == "" {
		return year, ""
	}
	m, _ := strconv.Atoi(month)
	if m < 1 || m > 12 {
		return "", whyMonth.Say(month)
	}
	if day == "" {
		return fmt.Sprintf("%04d-%02d", y, m), ""
	}
	d, _ := strconv.Atoi(day)
	if t := time.Date(y, time.Month(m), d, 0, 0, 0, 0, time.UTC); t.Day() != d || d < 1 {
		return "", whyDay.Say(fmt.Sprintf("%04d-%02d-%02d", y, m, d))
	}
	return fmt.Sprintf("%04d-%02d-%02d", y, m, d), ""
}

// monthNumber knows English and Spanish months, long and short.
func monthNumber(s string) int {
	s = strings.ToLower(s)
	for i, names := range []string{"january enero ene", "february febrero", "march marzo", "april abril abr", "may mayo", "june junio",
		"july julio", "august agosto ago", "september septiembre setiembre sept", "october octubre", "november noviembre", "december diciembre dic"} {
		for name := range strings.FieldsSeq(names) {
			if s == name || len(s) == 3 && strings.HasPrefix(name, s) {
				return i + 1
			}
		}
	}
	return 0
}

// date adds a date as people write it.
func (d *draft) date(prop, original string, order Order, at Locator) {
	if strings.TrimSpace(original) == "" {
		return
	}
	iso, reason := ParseDate(original, order)
	if reason != "" {
		d.problem(prop, original, reason, at)
		return
	}
	d.set(prop, iso, original, "", at)
}
