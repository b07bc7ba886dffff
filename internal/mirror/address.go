package mirror

import (
	"net/url"
	"strings"
)

// maxAddress is the longest address of a page, in bytes, that is followed; pages of ours have shorter ones.
const maxAddress = 4096

// Address resolves a reference found on the page at from. It returns the address within the site in one way of writing
// (path, then the query with its keys in order) and the fragment without its "#". ok is false where the reference leads
// to another site, or is none.
func Address(from, reference string) (address, fragment string, ok bool) {
	if len(reference) > maxAddress {
		return "", "", false
	}
	ref, err := url.Parse(strings.TrimSpace(reference))
	if err != nil || ref.Scheme != "" || ref.Host != "" || ref.User != nil || ref.Opaque != "" {
		return "", "", false
	}
	base, err := url.Parse(from)
	if err != nil {
		return "", "", false
	}
	to := base.ResolveReference(ref)
	if !strings.HasPrefix(to.Path, "/") || strings.HasPrefix(to.EscapedPath(), "//") || to.Host != "" {
		return "", "", false
	}
	address, err = canonical(to)
	return address, to.Fragment, err == nil
}

// canonical writes an address so that two ways of writing the same one come out the same.
func canonical(u *url.URL) (string, error) {
	parts := strings.Split(u.EscapedPath(), "/")
	for i, part := range parts {
		plain, err := url.PathUnescape(part)
		if err != nil {
			return "", err
		}
		switch plain { // a browser, and url.Parse, would take these out of a path
		case ".":
			parts[i] = "%2E"
		case "..":
			parts[i] = "%2E%2E"
		default:
			parts[i] = url.PathEscape(plain)
		}
	}
	out := strings.Join(parts, "/")
	if u.RawQuery != "" {
		q, err := url.ParseQuery(u.RawQuery)
		if err != nil {
			return "", err
		}
		if len(q) > 0 {
			out += "?" + q.Encode()
		}
	}
	return out, nil
}
