package wacz

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/net/idna"
)

// SURT returns the key under which an index lists a URL: host reversed, then path and query, canonicalised so that
// addresses which mostly lead to the same page share a key (com,example)/path?a=1&b=2). It is the canonicalisation of
// the Internet Archive's surt library, which cdxj-indexer, py-wacz and pywb use: scheme, user, default port, www,
// fragment and session ids are dropped, case is folded, a trailing slash is cut, the query is sorted. URIs without a
// host (urn:, mailto:) keep their scheme. What is no URL is its own key.
func SURT(uri string) string {
	if uri == "" {
		return "-"
	}
	if strings.HasPrefix(uri, "filedesc") {
		return uri
	}
	u, ok := splitURL(uri)
	if !ok {
		return uri
	}
	u.canonicalise()
	return u.key()
}

// handyURL is a URL in the parts that matter to its key.
type handyURL struct {
	scheme, host, path, query string
	port                      int
	hasPath                   bool
}

var (
	urlPattern   = regexp.MustCompile(`^(?s:(?:([a-zA-Z][a-zA-Z0-9+.-]*):)?(?:(?://([^/?#]*))?([^?#]*)(?:\?([^#]*))?)?(?:#.*)?)$`)
	schemeFirst  = regexp.MustCompile(`^[a-zA-Z][a-zA-Z0-9+.-]*:`)
	manySchemes  = regexp.MustCompile(`^(?:https?://)*(https?://)`)
	wwwPrefix    = regexp.MustCompile(`^www\d*\.`)
	decimalIP    = regexp.MustCompile(`^[1-9][0-9]*(\.[0-9]+)?(\.[0-9]+)?(\.[0-9]+)?$`)
	octalIP      = regexp.MustCompile(`^0[0-7]*(\.[0-7]+)?(\.[0-7]+)?(\.[0-7]+)?$`)
	pathSessions = []*regexp.Regexp{
		regexp.MustCompile(`(?i)^(.*/)((?:\((?:[a-z]\([0-9a-z]{24}\))+\)/))([^?]+\.aspx.*)$`),
		regexp.MustCompile(`(?i)^(.*/)(\([0-9a-z]{24}\)/)([^?]+\.aspx.*)$`),
	}
	querySessions = []*regexp.Regexp{
		regexp.MustCompile(`(?i)^(.*)(?:jsessionid=[0-9a-z]{32})(?:&(.*))?$`),
		regexp.MustCompile(`(?i)^(.*)(?:phpsessid=[0-9a-z]{32})(?:&(.*))?$`),
		regexp.MustCompile(`(?i)^(.*)(?:sid=[0-9a-z]{32})(?:&(.*))?$`),
		regexp.MustCompile(`(?i)^(.*)(?:aspsessionid[a-z]{8}=[a-z]{24})(?:&(.*))?$`),
		regexp.MustCompile(`(?i)^(.*)(?:cfid=[^&]+&cftoken=[^&]+)(?:&(.*))?$`),
	}
	sessionNames = [...]string{"jsessionid=", "phpsessid=", "sid=", "aspsessionid", "cfid="} // what each looks for
)

func splitURL(uri string) (u handyURL, ok bool) {
	uri = strings.Trim(uri, " \t\n\r\v\f")
	if strings.ContainsAny(uri, "\n\r\t") {
		uri = strings.NewReplacer("\n", "", "\r", "", "\t", "").Replace(uri)
	}
	if !schemeFirst.MatchString(uri) {
		uri = "http://" + uri
	}
	if strings.Count(uri, "://") > 1 {
		uri = manySchemes.ReplaceAllString(uri, "$1")
	}
	m := urlPattern.FindStringSubmatch(uri)
	if m == nil {
		return u, false
	}
	u.scheme, u.path, u.query = m[1], m[3], m[4]
	u.hasPath = u.path != ""
	authority := m[2]
	if strings.HasSuffix(authority, ":") {
		authority = strings.TrimRight(authority, ":")
	}
	var port string
	u.host, port = hostPort(authority)
	if port != "" {
		n, err := strconv.Atoi(port)
		if err != nil || n < 0 || n > 65535 || port[0] == '+' || port[0] == '-' {
			return u, false
		}
		u.port = n
	}
	if strings.HasPrefix(u.scheme, "http") && u.host == "" && u.hasPath {
		host, rest, _ := strings.Cut(strings.TrimLeft(u.path, "/"), "/")
		u.host, u.path = host, "/"+rest
	}
	return u, true
}

// hostPort takes an authority apart as urllib does; the host comes in lower case.
func hostPort(authority string) (host, port string) {
	if i := strings.LastIndexByte(authority, '@'); i >= 0 {
		authority = authority[i+1:]
	}
	if _, bracketed, open := strings.Cut(authority, "["); open {
		host, port, _ = strings.Cut(bracketed, "]")
		_, port, _ = strings.Cut(port, ":")
	} else {
		host, port, _ = strings.Cut(authority, ":")
	}
	name, zone, ok := strings.Cut(host, "%")
	if host = lowerASCII(name); ok {
		host += "%" + zone
	}
	return host, port
}

func (u *handyURL) canonicalise() {
	u.query = escapeOnce(unescapeFully(u.query))
	if u.host != "" {
		u.host = canonicalHost(u.host)
	}
	path := unescapeFully(u.path)
	if u.host != "" {
		path = normalPath(path)
	}
	path = lowerASCII(escapeOnce(path))
	if u.host != "" && u.scheme != "dns" {
		if u.host = lowerASCII(u.host); strings.HasPrefix(u.host, "www") {
			u.host = wwwPrefix.ReplaceAllString(u.host, "")
		}
	}
	if strings.EqualFold(u.scheme, "http") && u.port == 80 || strings.EqualFold(u.scheme, "https") && u.port == 443 {
		u.port = 0
	}
	for _, p := range pathSessions {
		if !strings.Contains(path, ".aspx") {
			break
		}
		if m := p.FindStringSubmatch(path); m != nil {
			path = m[1] + m[3]
		}
	}
	if len(path) > 1 {
		path = strings.TrimSuffix(path, "/")
	}
	u.path = path
	u.query = lowerASCII(u.query)
	for i, p := range querySessions {
		if !strings.Contains(u.query, sessionNames[i]) {
			continue
		}
		if m := p.FindStringSubmatch(u.query); m != nil {
			u.query = m[1] + m[2]
		}
	}
	u.query = sortQuery(u.query)
}

func (u *handyURL) key() string {
	var b strings.Builder
	if u.host == "" {
		b.WriteString(u.scheme + ":")
	} else {
		parts := strings.Split(u.host, ".")
		slices.Reverse(parts)
		b.WriteString(strings.Join(parts, ","))
		if u.port != 0 {
			b.WriteString(":" + strconv.Itoa(u.port))
		}
		b.WriteByte(')')
	}
	switch {
	case u.path != "":
		b.WriteString(u.path)
	case u.query != "":
		b.WriteByte('/')
	}
	if u.query != "" {
		b.WriteString("?" + u.query)
	}
	return b.String()
}

func canonicalHost(host string) string {
	host = unescapeFully(host)
	if !ascii(host) {
		profile := idna.New(idna.MapForLookup(), idna.Transitional(true), idna.StrictDomainName(false))
		if puny, err := profile.ToASCII(strings.ToValidUTF8(host, "")); err == nil && labels(puny) {
			host = puny
		}
	}
	host = strings.Trim(strings.ReplaceAll(host, "..", "."), ".")
	if ip, ok := numericHost(host); ok {
		return ip
	}
	return escapeOnce(lowerASCII(host))
}

// labels says whether all labels of a name are of the length that names may have.
func labels(name string) bool {
	for l := range strings.SplitSeq(strings.TrimSuffix(name, "."), ".") {
		if l == "" || len(l) > 63 {
			return false
		}
	}
	return true
}

// numericHost returns the dotted address that a host of numbers means, as resolvers read it.
func numericHost(host string) (string, bool) {
	var v uint64
	switch {
	case host == "":
		return "", false
	case strings.Trim(host, "0123456789") == "":
		for i := range len(host) {
			v = (v*10 + uint64(host[i]-'0')) & 0xffffffff
		}
	case decimalIP.MatchString(host) || octalIP.MatchString(host):
		parts := strings.Split(host, ".")
		for i, p := range parts {
			base := 10
			if len(p) > 1 && p[0] == '0' {
				base = 8
			}
			n, err := strconv.ParseUint(p, base, 32)
			last := i == len(parts)-1
			bits := 8 * (5 - len(parts))
			if err != nil || !last && n > 255 || last && n >= 1<<bits {
				return "", false
			}
			if last {
				v = v<<bits | n
			} else {
				v = v<<8 | n
			}
		}
	default:
		return "", false
	}
	out := strconv.AppendUint(nil, v>>24&255, 10)
	for shift := 16; shift >= 0; shift -= 8 {
		out = strconv.AppendUint(append(out, '.'), v>>shift&255, 10)
	}
	return string(out), true
}

// normalPath resolves dots and cuts doubled slashes.
func normalPath(path string) string {
	if path == "" {
		return "/"
	}
	var kept []string
	for i, p := range strings.Split(path, "/") {
		switch {
		case i == 0 || p == ".":
		case p == ".." && len(kept) > 0:
			kept = kept[:len(kept)-1]
		default:
			kept = append(kept, p)
		}
	}
	var b strings.Builder
	b.WriteByte('/')
	for i, p := range kept {
		if i < len(kept)-1 && p != "" {
			b.WriteString(p + "/")
		} else if i == len(kept)-1 {
			b.WriteString(p)
		}
	}
	return b.String()
}

// sortQuery sorts the arguments by name, then value; one without a value comes before one with.
func sortQuery(query string) string {
	if len(query) <= 1 {
		return query
	}
	args := strings.Split(query, "&")
	slices.SortStableFunc(args, func(a, b string) int {
		an, av, aHas := strings.Cut(a, "=")
		bn, bv, bHas := strings.Cut(b, "=")
		if c := strings.Compare(an, bn); c != 0 {
			return c
		}
		if aHas != bHas {
			if bHas {
				return -1
			}
			return 1
		}
		return strings.Compare(av, bv)
	})
	return strings.Join(args, "&")
}

// unescapeFully undoes percent-encoding until nothing is left of it. No two escapes overlap, so undoing each as
// soon as it is complete gives what repeated passes give, in linear time.
func unescapeFully(s string) string {
	if strings.IndexByte(s, '%') < 0 {
		return s
	}
	b := make([]byte, 0, len(s))
	for i := range len(s) {
		b = append(b, s[i])
		for n := len(b); n >= 3 && b[n-3] == '%' && isHex(b[n-2]) && isHex(b[n-1]); n = len(b) {
			b[n-3] = unhex(b[n-2])<<4 | unhex(b[n-1])
			b = b[:n-2]
		}
	}
	return string(b)
}

// escapeOnce percent-encodes what is not printable ASCII, and # and %.
func escapeOnce(s string) string {
	const digits = "0123456789ABCDEF"
	plain := func(c byte) bool { return c > ' ' && c < 0x7f && c != '#' && c != '%' }
	n := 0
	for i := range len(s) {
		if !plain(s[i]) {
			n++
		}
	}
	if n == 0 {
		return s
	}
	b := make([]byte, 0, len(s)+2*n)
	for i := range len(s) {
		if c := s[i]; plain(c) {
			b = append(b, c)
		} else {
			b = append(b, '%', digits[c>>4], digits[c&15])
		}
	}
	return string(b)
}

func isHex(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F'
}

func unhex(c byte) byte {
	switch {
	case c >= 'a':
		return c - 'a' + 10
	case c >= 'A':
		return c - 'A' + 10
	}
	return c - '0'
}

func ascii(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}

func lowerASCII(s string) string {
	b := []byte(s)
	for i, c := range b {
		if c >= 'A' && c <= 'Z' {
			b[i] = c + 'a' - 'A'
		}
	}
	return string(b)
}

// looseKey makes keys alike that the tools in use write for the same URL: some keep trailing slashes, escapes and
// session ids, some do not.
func looseKey(key string) string {
	key = strings.ToLower(unescapeFully(key))
	main, query, has := strings.Cut(key, "?")
	for len(main) > 1 && strings.HasSuffix(main, "/") {
		main = main[:len(main)-1]
	}
	if has && query != "" {
		main += "?" + query
	}
	return main
}
