package intake

import (
	"errors"
	"net"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/abadojack/whatlanggo"
	"golang.org/x/net/idna"

	"veedor/internal/weigh/cases"
)

// ErrRefused says that something is no item; why follows.
var ErrRefused = errors.New("not taken in")

// Found is a published thing as it came.
type Found struct {
	URL       string
	Title     string
	Text      string // plain text, if it came along; else that of its capture
	Summary   string
	Language  string // ISO 639-1, "" if it does not say
	Author    string
	Type      string // an item's
	Published cases.Date
	Source    string   // the desk's record of its medium
	How       string   // how it was found, for the people of the desk
	Captures  []string // hex SHA-256
	Case      string
}

// tracking are the parts of addresses that say how somebody came to a page, and nothing about which page it is.
func tracking(name string) bool {
	name = strings.ToLower(name)
	return strings.HasPrefix(name, "utm_") || slices.Contains([]string{"fbclid", "gclid", "dclid", "msclkid", "yclid", "igshid", "mc_cid", "mc_eid", "ref_src", "twclid", "ttclid"}, name)
}

// Address returns the form of an address under which an item is known: without fragment, default port
// and what tracks readers. The error wraps ErrRefused.
func Address(s string) (string, error) {
	s = strings.TrimSpace(s)
	if len(s) > 4000 {
		return "", refused("an address of more than 4,000 bytes")
	}
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" {
		return "", refused("%.100q is no address of a web page; it begins with https:// or http://", s)
	}
	if u.User != nil {
		return "", refused("the address holds a password")
	}
	name, err := idna.Lookup.ToASCII(u.Hostname())
	if err != nil && net.ParseIP(u.Hostname()) == nil {
		return "", refused("%.100q: no name of a server", u.Hostname())
	}
	if err == nil {
		u.Host = strings.Replace(u.Host, u.Hostname(), name, 1)
	}
	u.Host = strings.ToLower(u.Host)
	if u.Scheme == "http" {
		u.Host = strings.TrimSuffix(u.Host, ":80")
	} else {
		u.Host = strings.TrimSuffix(u.Host, ":443")
	}
	u.Fragment, u.RawFragment = "", ""
	if u.Path == "" {
		u.Path = "/"
	}
	if u.RawQuery != "" {
		kept := slices.DeleteFunc(strings.Split(u.RawQuery, "&"), func(p string) bool { // in their order: it may matter to the server
			name, _, _ := strings.Cut(p, "=")
			return tracking(name)
		})
		u.RawQuery = strings.Join(kept, "&")
	}
	return u.String(), nil
}

// Language names the language of a text, "" where it is not clear: a wrong one hides the text from those
// who look for it.
func Language(text string) string {
	if len(text) > 20_000 {
		text = strings.ToValidUTF8(text[:20_000], "")
	}
	if utf8.RuneCountInString(text) < 20 {
		return ""
	}
	got := whatlanggo.Detect(text)
	if !got.IsReliable() && got.Confidence < 0.5 {
		return ""
	}
	return got.Lang.Iso6391()
}

// plain makes one line, or a text, of what came, without control characters; at most so many code points.
func plain(s string, most int, lines bool) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case r == '\n' && lines:
			return r
		case r == '\n' || r == '\t' || r == '\r':
			return ' '
		case r < ' ' || r == 0x7f || r == utf8.RuneError || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069:
			return -1
		}
		return r
	}, strings.ReplaceAll(strings.ToValidUTF8(s, ""), "\r\n", "\n"))
	all := []string{s}
	if lines {
		all = strings.Split(s, "\n")
	}
	for i := range all {
		all[i] = strings.Join(strings.Fields(all[i]), " ")
	}
	s = strings.Join(all, "\n")
	s = strings.TrimSpace(s)
	if r := []rune(s); len(r) > most {
		return strings.TrimSpace(string(r[:most-1])) + "…"
	}
	return s
}
