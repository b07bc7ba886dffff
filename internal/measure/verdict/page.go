package verdict

import (
	"slices"
	"strings"
	"unicode"

	"veedor/internal/measure/obs"
)

// like says whether the page the probe got is the one the control got: equal status, and length,
// distinctive headers or title agree. The measures and the 0.7 are OONI's (spec ts-017).
func like(o, page *obs.Observation) bool {
	if page == nil || o.HTTPResponseStatusCode != page.HTTPResponseStatusCode {
		return false
	}
	return sameLength(o, page) || sameHeaders(o.HTTPResponseHeaderNames, page.HTTPResponseHeaderNames) ||
		sameTitle(o.HTTPResponseTitle, page.HTTPResponseTitle)
}

func sameLength(o, page *obs.Observation) bool {
	if o.HTTPResponseBodyLength == nil || page.HTTPResponseBodyLength == nil {
		return false
	}
	if o.HTTPResponseBodyIsTruncated != nil && *o.HTTPResponseBodyIsTruncated {
		return false
	}
	a, b := *o.HTTPResponseBodyLength, *page.HTTPResponseBodyLength
	if a == 0 && b == 0 {
		return true
	}
	return float64(min(a, b))/float64(max(a, b)) > 0.7
}

// ordinary headers are sent by most servers and filters alike, so sharing one says nothing.
var ordinary = []string{
	"accept-ranges", "age", "cache-control", "connection", "content-encoding", "content-language", "content-length",
	"content-security-policy", "content-type", "date", "etag", "expires", "keep-alive", "last-modified", "link", "location",
	"p3p", "pragma", "referrer-policy", "server", "set-cookie", "strict-transport-security", "transfer-encoding", "upgrade",
	"vary", "via", "x-cache", "x-content-type-options", "x-frame-options", "x-powered-by", "x-ua-compatible", "x-xss-protection",
}

// sameHeaders says whether both sides sent a header that is not ordinary; names are sorted.
func sameHeaders(a, b []string) bool {
	for _, name := range a {
		if _, found := slices.BinarySearch(b, name); found {
			if _, common := slices.BinarySearch(ordinary, name); !common {
				return true
			}
		}
	}
	return false
}

// sameTitle says whether two titles have the same longer words.
func sameTitle(a, b string) bool {
	x, y := longWords(a), longWords(b)
	if len(x) == 0 || len(y) == 0 {
		return a != "" && strings.EqualFold(a, b)
	}
	return slices.Equal(x, y)
}

func longWords(s string) []string {
	words := strings.FieldsFunc(strings.ToLower(s), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsNumber(r) })
	words = slices.DeleteFunc(words, func(w string) bool { return len(w) < 5 })
	slices.Sort(words)
	return slices.Compact(words)
}

// guards are the protection services that answer in a site's place with a challenge, by their Server header.
var guards = []string{"akamaighost", "cloudflare", "cloudfront", "ddos-guard", "imperva", "incapsula", "qrator", "sucuri/cloudproxy", "vercel"}

// challenges are what the titles of such pages say.
var challenges = []string{"are you a human", "are you human", "attention required", "bot verification", "captcha", "checking your browser", "ddos-guard", "human verification",
	"just a moment", "no eres un robot", "not a robot", "robot check", "security check", "un momento", "verificación", "verifying you are human", "验证"}

// challenge says whether a response is a protection service asking for proof of being human.
func challenge(o *obs.Observation) bool {
	if o.HTTPResponseStatusCode == 429 {
		return true // too many requests: from a site, to its visitor
	}
	if title := strings.ToLower(o.HTTPResponseTitle); title != "" {
		for _, c := range challenges {
			if strings.Contains(title, c) {
				return true
			}
		}
	}
	switch o.HTTPResponseStatusCode {
	case 403, 429, 503:
	default:
		return false
	}
	server := strings.ToLower(o.HTTPResponseHeaderServer)
	for _, g := range guards {
		if strings.HasPrefix(server, g) {
			return true
		}
	}
	return false
}
