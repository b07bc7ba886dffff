package ftm

import (
	"regexp"
	"strings"
)

// A number as FollowTheMoney writes it: a comma or white space between groups of digits, a point before decimals,
// and perhaps a unit of one word without digits.
var numberForm = regexp.MustCompile(`^[\s\p{Z}]*([+-]?[\s\p{Z}]?(?:\d{1,3}(?:[,\s\p{Z}]\d{2,3})+|\d+)(?:\.\d+)?)[\s\p{Z}]*([^\s\p{Z}\d]+)?[\s\p{Z}]*$`)

// ParseNumber reads the value of a number property: the number, in digits with a point before decimals, and its
// unit, if it has one ("4300 cameras"). It says false to anything else, as "1.080 MM".
func ParseNumber(value string) (number, unit string, ok bool) {
	m := numberForm.FindStringSubmatch(value)
	if m == nil {
		return "", "", false
	}
	return strings.Join(strings.Fields(strings.ReplaceAll(m[1], ",", "")), ""), m[2], true
}
