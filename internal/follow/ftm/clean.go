package ftm

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Clean returns a value as FollowTheMoney stores it, or the reason why it is none of the property's type. A
// property that is limited to certain values takes their codes and their labels in English and Spanish.
func (p *Property) Clean(value string) (clean, reason string) {
	if p.Stub {
		return "", whyStub.Say()
	}
	clean, reason = p.Type.Clean(value, p.Format)
	if reason != "" || len(p.Values) == 0 {
		return clean, reason
	}
	for _, v := range p.Values {
		if strings.EqualFold(clean, v.Code) || strings.EqualFold(clean, v.En) || strings.EqualFold(clean, v.Es) {
			return v.Code, ""
		}
	}
	return "", whyNoneOf.Say(p.String())
}

// Clean returns a value as FollowTheMoney stores it, or the reason why it is none of the type. The format is that
// of an identifier (see Property.Format), or "". Values of text, numbers and checksums are only rid of what is no
// text: FollowTheMoney takes every string for them.
func (t Type) Clean(value, format string) (clean, reason string) {
	s := sanitize(value)
	if s == "" {
		return "", whyEmpty.Say()
	}
	switch t {
	case TypeName:
		return cleanName(s)
	case TypeAddress:
		return cleanAddress(s)
	case TypeDate:
		return cleanDate(s)
	case TypeCountry:
		return cleanCountry(s)
	case TypeLanguage:
		return cleanLanguage(s)
	case TypeURL:
		return cleanURL(s)
	case TypeEmail:
		return cleanEmail(s)
	case TypePhone:
		return cleanPhone(s)
	case TypeIP:
		return cleanIP(s)
	case TypeMIME:
		return cleanMIME(s)
	case TypeIdentifier:
		return cleanIdentifier(s, format)
	case TypeTopic:
		return cleanTopic(s)
	case TypeGender:
		return cleanGender(s)
	case TypeEntity:
		if !entityID(s) {
			return "", whyEntityID.Say()
		}
	}
	return s, ""
}

// sanitize makes text of a value: Unicode, composed, without control and invisible characters and space around it.
func sanitize(s string) string {
	if !ascii(s) {
		s = norm.NFC.String(strings.ToValidUTF8(s, "\uFFFD"))
	}
	if strings.ContainsFunc(s, unsafe) {
		s = strings.Map(func(r rune) rune {
			switch {
			case !unsafe(r):
				return r
			case r >= 0x2000 && r <= 0x200a, r == 0x2028, r == 0x2029, r == 0x0a00, r == 0x1680, r == 0x202f, r == 0x205f, r == 0x3000:
				return ' '
			}
			return -1
		}, s)
	}
	return strings.TrimSpace(s)
}

// unsafe says whether a character is made a space or taken away.
func unsafe(r rune) bool {
	switch {
	case r < 0x20:
		return r != '\t' && r != '\n' && r != '\r'
	case r < 0x7f:
		return false
	case r <= 0x9f, r == 0xad, r == 0x061c, r == 0x0a00, r == 0x1680, r == 0xfeff, r == 0x202f, r == 0x205f, r == 0x3000:
		return true
	}
	return r >= 0x2000 && r <= 0x200f || r == 0x2028 || r == 0x2029 || r >= 0x2060 && r <= 0x2064
}

// squash makes one space of every run of white space, and none at the ends.
func squash(s string) string {
	if ascii(s) {
		return strings.Join(strings.Fields(s), " ")
	}
	s = strings.Map(func(r rune) rune {
		switch {
		case r == 0x0a00:
			return ' '
		case r >= 0x200b && r <= 0x200d, r >= 0x2060 && r <= 0x2064, r == 0xfeff, r == 0xad:
			return -1
		}
		return r
	}, s)
	return strings.Join(strings.FieldsFunc(s, unicode.IsSpace), " ")
}

func ascii(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

func cleanName(s string) (string, string) {
	if n := len(s); n > 1 && (s[0] == '"' || s[0] == '\'') && (s[n-1] == '"' || s[n-1] == '\'') && !strings.Contains(s[1:n-1], "\n") {
		s = s[1 : n-1]
	}
	if s = squash(s); s == "" {
		return "", whyEmpty.Say()
	}
	return s, ""
}

var (
	breaks = regexp.MustCompile(`\r\n|\n|<BR/>|<BR>|\t|ESQ\.,|ESQ,|;`)
	commas = regexp.MustCompile(`,[\s\x{85}\x{a0}]?[,.]`)
)

func cleanAddress(s string) (string, string) {
	return squash(commas.ReplaceAllString(breaks.ReplaceAllString(s, ", "), ", ")), ""
}

// entityID says whether a string is one FollowTheMoney takes for the id of an entity.
func entityID(s string) bool {
	for i := range len(s) {
		c := s[i]
		alnum := c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
		if !alnum && (c != '.' && c != '-' || i == 0 || i == len(s)-1) {
			return false
		}
	}
	return s != ""
}
