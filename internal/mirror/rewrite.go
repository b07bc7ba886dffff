package mirror

import (
	"fmt"
	"html"
	"net/http"
	"slices"
	"strings"
)

// page returns the bytes of a page's file.
func (p *publishing) page(one *spooled, file string, dead *[]Dead) ([]byte, error) {
	body, err := p.spool.body(one)
	if err != nil {
		return nil, err
	}
	return p.rewritten(body, one, file, dead), nil
}

// rewritten changes a page so that it works as a file. Links that lead nowhere are added to dead, unless it is nil.
func (p *publishing) rewritten(body []byte, one *spooled, file string, dead *[]Dead) []byte {
	absolute := p.Base != "" && slices.Contains([]string{"application/atom+xml", "application/rss+xml", "application/feed+json"}, mediaType(one.Type))
	c := change{note: p.Note}
	if p.Base != "" {
		c.head = "\n<link rel=\"canonical\" href=\"" + html.EscapeString(p.Base+file) + "\">"
	}
	if p.Onion != "" {
		c.head += "\n<meta http-equiv=\"onion-location\" content=\"" + html.EscapeString(p.Onion+file) + "\">"
	}
	c.edit = func(ref Ref, _ string) (fate, string) {
		if ref.Rel == "canonical" && p.Base != "" {
			return goes, ""
		}
		if strings.HasPrefix(ref.Value, "#") {
			return stays, ""
		}
		to, fragment, ok := Address(one.Address, ref.Value)
		if !ok {
			if ref.Loads && !strings.HasPrefix(ref.Value, "data:") {
				return goes, "" // nothing is loaded from elsewhere
			}
			return stays, ""
		}
		target, found := p.target(one.Address, to, dead)
		if !found {
			return goes, ""
		}
		if fragment != "" {
			fragment = "#" + fragmentEscape(fragment)
		}
		if absolute {
			return becomes, p.Base + target + fragment
		}
		if target == file && fragment != "" {
			return becomes, fragment
		}
		return becomes, relative(file, target) + fragment
	}
	return rewrite(one.Type, body, c)
}

// maxRedirects is how many redirects are followed to the page that a link means.
const maxRedirects = 5

// target finds the file that a link means.
func (p *publishing) target(from, to string, dead *[]Dead) (file string, found bool) {
	if to == "/"+ManifestFile {
		return ManifestFile, true
	}
	if p.Copied != nil && p.blobs[to] == "" {
		var ok bool
		if to, ok = p.Copied(from, to); !ok {
			return "", false
		}
	}
	for range maxRedirects {
		one := p.all[to]
		switch {
		case one == nil:
			return "", false
		case one.Status == http.StatusOK:
			return p.fileOf(one), true
		case one.Location == "":
			if dead != nil && one.Status >= http.StatusBadRequest {
				*dead = append(*dead, Dead{to, from, one.Status})
			}
			return "", false
		}
		to = one.Location
	}
	return "", false
}

// fragmentEscape writes a fragment as a reference has it.
func fragmentEscape(s string) string {
	var b strings.Builder
	for i := range len(s) {
		switch c := s[i]; {
		case c <= ' ' || c >= 0x7f || strings.IndexByte("\"<>`%#\\^{|}", c) >= 0:
			fmt.Fprintf(&b, "%%%02X", c)
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}
