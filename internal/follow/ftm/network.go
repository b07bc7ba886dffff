package ftm

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/idna"
	"golang.org/x/text/unicode/norm"
)

// link is a URL in pieces.
type link struct{ scheme, host, path, query, fragment string }

// cleanURL gives an address of the web its scheme (http where there is none) and its path, and refuses what has no
// host that could be one.
func cleanURL(s string) (string, string) {
	u, ok := splitURL(s)
	if ok && u.host == "" && !knownScheme(u.scheme) && strings.Contains(u.path, ".") && !strings.HasPrefix(s, "//") {
		u, ok = splitURL("//" + s)
	}
	switch {
	case !ok || u.host == "" || !validHost(u.host):
		return "", whyHost.Say()
	case u.scheme == "":
		u.scheme = "http"
	case !knownScheme(u.scheme):
		return "", whyScheme.Say(strconv.Quote(u.scheme))
	}
	var b strings.Builder
	b.WriteString(u.scheme + "://" + u.host)
	u.path = strings.TrimSpace(u.path)
	if !strings.HasPrefix(u.path, "/") {
		b.WriteByte('/')
	}
	b.WriteString(u.path)
	if u.query != "" {
		b.WriteString("?" + u.query)
	}
	if u.fragment != "" {
		b.WriteString("#" + u.fragment)
	}
	return b.String(), ""
}

func knownScheme(s string) bool {
	switch s {
	case "http", "https", "ftp", "mailto", "file", "s3", "gs":
		return true
	}
	return false
}

// splitURL splits a URL as RFC 3986 has it, but takes what does not belong in one as it is.
func splitURL(s string) (u link, ok bool) {
	s = strings.TrimLeftFunc(s, func(r rune) bool { return r <= ' ' })
	if strings.ContainsAny(s, "\t\r\n") {
		s = strings.NewReplacer("\t", "", "\r", "", "\n", "").Replace(s)
	}
	if i := strings.IndexByte(s, ':'); i > 0 && schemeForm(s[:i]) {
		u.scheme, s = strings.ToLower(s[:i]), s[i+1:]
	}
	if strings.HasPrefix(s, "//") {
		s = s[2:]
		i := strings.IndexAny(s, "/?#")
		if i < 0 {
			i = len(s)
		}
		u.host, s = s[:i], s[i:]
		if strings.Contains(u.host, "[") != strings.Contains(u.host, "]") || hidesDelimiter(u.host) {
			return u, false
		}
	}
	s, u.fragment, _ = strings.Cut(s, "#")
	u.path, u.query, _ = strings.Cut(s, "?")
	if last := strings.LastIndexByte(u.path, '/') + 1; takesParameters(u.scheme) && strings.IndexByte(u.path[last:], ';') == len(u.path)-last-1 {
		u.path = strings.TrimSuffix(u.path, ";") // parameters that are empty
	}
	return u, true
}

func takesParameters(scheme string) bool {
	return scheme == "" || scheme == "http" || scheme == "https" || scheme == "ftp"
}

func schemeForm(s string) bool {
	for i := range len(s) {
		c := s[i] | 0x20
		if letter := c >= 'a' && c <= 'z'; !letter && (i == 0 || (s[i] < '0' || s[i] > '9') && s[i] != '+' && s[i] != '-' && s[i] != '.') {
			return false
		}
	}
	return true
}

// hidesDelimiter says whether a host has a character that means a delimiter once it is normalised.
func hidesDelimiter(host string) bool {
	if ascii(host) {
		return false
	}
	bare := strings.NewReplacer("@", "", ":", "", "#", "", "?", "").Replace(host)
	n := norm.NFKC.String(bare)
	return n != bare && strings.ContainsAny(n, "/?#@:")
}

// validHost says whether the authority of a URL could be one: a name of labels, or an address, and a port.
func validHost(authority string) bool {
	if strings.ContainsFunc(authority, unicode.IsSpace) {
		return false
	}
	host := authority[strings.LastIndexByte(authority, '@')+1:]
	var port string
	if _, in, ok := strings.Cut(host, "["); ok {
		host, port, _ = strings.Cut(in, "]")
		if !validBracketed(host) {
			return false
		}
		_, port, _ = strings.Cut(port, ":")
	} else {
		host, port, _ = strings.Cut(host, ":")
	}
	if port != "" {
		if n, err := strconv.ParseUint(port, 10, 64); err != nil || n > 65535 {
			return false
		}
	}
	if _, err := netip.ParseAddr(host); err == nil {
		return true
	}
	labels := strings.Split(strings.TrimRight(strings.ToLower(host), "."), ".")
	for _, l := range labels {
		if !validLabel(l) {
			return false
		}
	}
	last := labels[len(labels)-1]
	return len(labels) == 1 || utf8.RuneCountInString(last) > 1 && strings.ContainsFunc(last, notDigit)
}

func validBracketed(host string) bool {
	if strings.HasPrefix(host, "v") {
		return false
	}
	a, err := netip.ParseAddr(host)
	return err == nil && a.Is6()
}

func validLabel(s string) bool {
	n, wordy := 0, false
	for _, r := range s {
		n++
		alnum := unicode.IsLetter(r) || unicode.IsNumber(r)
		if !alnum && r != '_' && r != '-' {
			return false
		}
		wordy = wordy || alnum
	}
	return wordy && n <= 63
}

func notDigit(r rune) bool { return !unicode.IsDigit(r) }

// domains reads names of domains as IDNA 2008 has them.
var domains = idna.New(idna.MapForLookup(), idna.Transitional(false), idna.StrictDomainName(true), idna.ValidateLabels(true),
	idna.CheckHyphens(true), idna.CheckJoiners(true), idna.BidiRule(), idna.VerifyDNSLength(true))

// cleanEmail checks an address by its form and writes its domain in Unicode and lower case.
func cleanEmail(s string) (string, string) {
	s = strings.TrimPrefix(s, "mailto:")
	at := strings.LastIndexByte(s, '@')
	if at < 0 {
		return "", whyNoAt.Say()
	}
	local, domain := s[:at], strings.ToLower(strings.TrimRight(s[at+1:], "."))
	if n := utf8.RuneCountInString(local); n == 0 || n > 64 || strings.ContainsAny(local, "<>()[],;:?@\"") || strings.ContainsFunc(local, unicode.IsSpace) {
		return "", whyNoName.Say()
	}
	encoded, err := domains.ToASCII(domain)
	if err != nil {
		return "", whyNoDomain.Say()
	}
	tld := encoded[strings.LastIndexByte(encoded, '.')+1:]
	if !strings.Contains(encoded, ".") || len(tld) < 2 || !strings.ContainsFunc(tld, notDigit) {
		return "", whyNoPublicDomain.Say()
	}
	if domain, err = domains.ToUnicode(encoded); err != nil {
		return "", whyNoDomain.Say()
	}
	return local + "@" + domain, ""
}

func cleanIP(s string) (string, string) {
	a, err := netip.ParseAddr(s)
	if err != nil {
		return "", whyAddress.Say()
	}
	if a.Is4In6() {
		b := a.As16()
		s := fmt.Sprintf("::ffff:%x:%x", uint16(b[12])<<8|uint16(b[13]), uint16(b[14])<<8|uint16(b[15]))
		if a.Zone() != "" {
			s += "%" + a.Zone()
		}
		return s, ""
	}
	return a.String(), ""
}

// cleanMIME returns type and subtype in lower case, without parameters and under their usual name.
func cleanMIME(s string) (string, string) {
	reason := whyMediaType.Say()
	if strings.Count(s, "/") != 1 {
		return "", reason
	}
	s, _, _ = strings.Cut(s, ";")
	family, sub, ok := strings.Cut(strings.ToLower(s), "/")
	family, sub = strings.TrimSpace(family), strings.TrimSpace(sub)
	if !ok {
		return "text/plain", "" // as RFC 2045 has it for what cannot be read
	}
	if family == "" || sub == "" {
		return "", reason
	}
	s = usualMIME(family + "/" + sub)
	if s == "application/octet-stream" {
		return "", whySaysNothing.Say()
	}
	return s, ""
}

// usualMIME returns the name a media type is known by.
func usualMIME(s string) string {
	switch s {
	case "x-unknown/unknown", "unknown/unknown", "x-unknown/octet-stream", "application/x-unknown", "file/unknown", "content/unknown",
		"application/x-unknown-application-octet-stream", "x-unknown/stream", "application/binary", "image/*", "*/*":
		return "application/octet-stream"
	case "application/csv":
		return "text/csv"
	case "text/xml":
		return "application/xml"
	case "plain/text", "text/text":
		return "text/plain"
	case "application/rtf", "file/rtf", "text/richtext", "text/enriched":
		return "text/rtf"
	case "application/x-msword", "application/msword":
		return "application/vnd.ms-word"
	case "application/vnd.ms-word.document.macroenabled.12":
		return "application/vnd.ms-word.document.12"
	case "application/x-excel", "application/x-msexcel", "application/excel", "application/x-ms-excel",
		"application/x-unknown-application-vnd.ms-excel", "application/vnd.ms-excel.12":
		return "application/vnd.ms-excel"
	case "image/pdf", "application/x-pdf", "document/pdf", "x-application/apple-pdf", "file/pdf", "application/x-unknown-application-pdf",
		"text/pdf", "invalid/pdf", "application/vnd.pdf", "x-unknown/pdf":
		return "application/pdf"
	case "application/x-rar", "application/x-rar-compressed":
		return "application/rar"
	case "application/x-zip", "application/x-zip-compressed", "appliation/zip":
		return "application/zip"
	case "application/x-gzip", "application/x-gzip-compressed", "application/x-gunzip":
		return "application/gzip"
	case "image/x-citrix-jpeg", "application/jpeg", "image/jpg", "application/jpg":
		return "image/jpeg"
	case "image/x-photoshop", "application/x-photoshop", "image/psd":
		return "image/vnd.adobe.photoshop"
	case "image/x-tiff", "application/tiff", "application/x-tiff":
		return "image/tiff"
	case "text/x-vcard":
		return "text/vcard"
	case "text/directory":
		return "inode/directory"
	case "application/x-msi":
		return "application/vnd.ms-msi"
	case "image/x.djvu":
		return "image/vnd.djvu"
	case "application/html":
		return "text/html"
	}
	return s
}
