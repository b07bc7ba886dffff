package capture

import (
	"net/url"
	"regexp"
	"strings"

	"golang.org/x/net/idna"

	"veedor/internal/evidence/wacz"
)

const maxAddress = 8 << 10 // bytes

// tracking are parameters that say where a reader came from, and nothing of the page.
var tracking = regexp.MustCompile(`^(utm_[a-z_]+|fbclid|gclid|dclid|gbraid|wbraid|msclkid|yclid|twclid|igshid|igsh|mc_cid|mc_eid|_ga|_gl|ref_src|ref_url|s_kwcid)$`)

// address checks the address of a page and returns it as it is asked for, without its fragment, and its key: the
// SURT without tracking parameters, which is the same for all captures of the page.
func address(s string) (page, key string, err error) {
	s = strings.TrimSpace(s)
	if len(s) > maxAddress {
		return "", "", refusal("the address is longer than %d bytes", maxAddress)
	}
	u, err := url.Parse(s)
	if err != nil {
		return "", "", refusal("%.200q is no address: %v", s, err.(*url.Error).Err)
	}
	u.Scheme = strings.ToLower(u.Scheme)
	switch {
	case u.Scheme == "":
		return "", "", refusal("%.200q is no whole address; it begins with https:// or http://", s)
	case u.Scheme != "http" && u.Scheme != "https":
		return "", "", refusal("only http and https addresses are captured, not %s:", u.Scheme)
	case u.Hostname() == "":
		return "", "", refusal("%.200q names no server", s)
	case u.User != nil:
		return "", "", refusal("the address holds a user name, which would be published with it")
	}
	if !strings.Contains(u.Host, "[") {
		host, err := idna.Lookup.ToASCII(u.Hostname())
		if err != nil {
			return "", "", refusal("%.200q is no name of a server", u.Hostname())
		}
		if p := u.Port(); p != "" {
			host += ":" + p
		}
		u.Host = host
	}
	if u.Path == "" {
		u.Path = "/"
	}
	u.Fragment, u.RawFragment = "", ""
	page = u.String()
	return page, pageKey(u), nil
}

func pageKey(u *url.URL) string {
	k := *u
	var kept []string
	for pair := range strings.SplitSeq(u.RawQuery, "&") {
		name, _, _ := strings.Cut(pair, "=")
		if pair != "" && !tracking.MatchString(strings.ToLower(name)) {
			kept = append(kept, pair)
		}
	}
	k.RawQuery, k.ForceQuery = strings.Join(kept, "&"), false
	return wacz.SURT(k.String())
}
