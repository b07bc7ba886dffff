package mirror

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Limits of names, in bytes, so that a mirror in some folder fits on any file system, DVDs and Windows included.
const (
	maxSegment = 100
	maxName    = 180
)

// natural is what is written in capitals by nature: codes of countries, numbers of networks.
var natural = regexp.MustCompile(`^(?i:[a-z]{2}|as[0-9]+)$`)

// reserved names mean a device on Windows, whatever follows the first dot; "index" is what servers show for a folder.
var reserved = regexp.MustCompile(`^(?i:con|prn|aux|nul|conin\$|conout\$|clock\$|com[0-9]|lpt[0-9]|index)$`)

// ends matches what ends as files do: folders must not.
var ends = regexp.MustCompile(`(?i)\.(html|css|svg|png|jpe?g|webp|csv|txt|md|ris|tlog-proof|bib|atom|xml|parquet|wacz|zip|json|jsonld|bin)$`)

// File returns the name of the file that holds an address of a type, with slashes: the same for the same, never the
// same for two, also where a file system takes "A" for "a". Only letters, digits and - _ . , = ! are in it, and no name
// that means something to Windows, to a shell that lists hidden files, or to a server. An address that needs none of
// this keeps its own words:
//
//	/                         index.html
//	/country/VE               country/VE.html
//	/measurements?target=a.b  measurements,target=a.b.html
//	/incidents.atom           incidents.atom
//	/measurement/x/raw        measurement/x/raw!.json
//
// "!" introduces what an address cannot have: !2F a byte, !u3 which letters have the other size (a mask, the first
// letter the lowest bit), !r a reserved name, !h the SHA-256 of what is too long, !. an ending that the address lacks.
func File(address, contentType string) string {
	p, query, _ := strings.Cut(address, "?")
	segments := strings.Split(strings.TrimPrefix(p, "/"), "/")
	for i, s := range segments {
		if plain, err := url.PathUnescape(s); err == nil {
			segments[i] = plain
		}
	}
	last := len(segments) - 1
	names := make([]string, 0, len(segments))
	for i, s := range segments[:last] {
		name := segment(s, "", i > 0)
		if at := strings.LastIndexByte(name, '.'); ends.MatchString(name) { // a file could have this name
			name = name[:at] + "!2E" + name[at+1:]
		}
		names = append(names, name)
	}
	name := path.Join(append(names, leaf(segments[last], query, contentType, last > 0))...)
	if len(name) > maxName {
		sum := sha256.Sum256([]byte(address))
		name = "!long/" + hex.EncodeToString(sum[:]) + extensions(contentType)[0]
	}
	return name
}

// leaf names the last segment, with the query and the ending.
func leaf(s, query, contentType string, inner bool) string {
	all := extensions(contentType)
	ending := all[0]
	if s == "" { // a folder's own page
		name := "index" + suffix(query)
		if name += mask(name, false); len(name) > maxSegment {
			name = "index" + hashed("/?"+query)
		}
		if ending != ".html" {
			name += "!"
		}
		return name + ending
	}
	name := segment(s, query, inner)
	switch has := path.Ext(s); {
	case ending == ".html", query != "":
		return name + ending
	case has != s && slices.Contains(all, has) && strings.HasSuffix(name, has):
		return name
	}
	return name + "!" + ending
}

// segment names one part of a path, with a query where it is the last.
func segment(s, query string, inner bool) string {
	if s == "" {
		return "!e"
	}
	name := escape(s)
	if base, rest, dotted := strings.Cut(name, "."); reserved.MatchString(base) {
		if name = base + "!r"; dotted {
			name += "." + rest
		}
	}
	name += suffix(query)
	name += mask(name, inner && natural.MatchString(s))
	if len(name) > maxSegment {
		start := escape(s)
		return start[:min(len(start), 40)] + hashed(s+"?"+query)
	}
	return name
}

func hashed(s string) string {
	sum := sha256.Sum256([]byte(s))
	return "!h" + hex.EncodeToString(sum[:16])
}

// suffix writes a query: ",key=value" for each.
func suffix(query string) string {
	if query == "" {
		return ""
	}
	var b strings.Builder
	for pair := range strings.SplitSeq(query, "&") {
		key, value, _ := strings.Cut(pair, "=")
		b.WriteString("," + escape(unquery(key)) + "=" + escape(unquery(value)))
	}
	return b.String()
}

func unquery(s string) string {
	if plain, err := url.QueryUnescape(s); err == nil {
		return plain
	}
	return s
}

// escape writes what no file system minds as it is, and the rest byte by byte.
func escape(s string) string {
	var b strings.Builder
	for i := range len(s) {
		c := s[i]
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '-' && i > 0, c == '_', c == '.' && i > 0 && i < len(s)-1:
			b.WriteByte(c)
		default:
			fmt.Fprintf(&b, "!%02X", c)
		}
	}
	return b.String()
}

// mask says which letters are not of the size that is expected; "" where all are. Bytes that were escaped do not count.
func mask(name string, capitals bool) string {
	var bits []bool
	odd := false
	for i := 0; i < len(name); i++ {
		c := name[i]
		switch {
		case c == '!' && i+1 < len(name) && name[i+1] == 'r':
			i++
		case c == '!':
			i += 2
		case c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z':
			other := (c < 'a') != capitals
			bits, odd = append(bits, other), odd || other
		}
	}
	if !odd {
		return ""
	}
	var digits []byte
	for i := 0; i < len(bits); i += 4 {
		n := int64(0)
		for j := range min(4, len(bits)-i) {
			if bits[i+j] {
				n |= 1 << j
			}
		}
		digits = append(digits, strconv.FormatInt(n, 16)[0])
	}
	slices.Reverse(digits)
	return "!u" + strings.TrimLeft(string(digits), "0")
}

// extensions are the endings that say a type; the first is given to a name that has none of them.
func extensions(contentType string) []string {
	switch kind := mediaType(contentType); kind {
	case "text/html":
		return []string{".html"}
	case "text/css":
		return []string{".css"}
	case "image/svg+xml":
		return []string{".svg"}
	case "image/png":
		return []string{".png"}
	case "image/jpeg":
		return []string{".jpg", ".jpeg"}
	case "image/webp":
		return []string{".webp"}
	case "text/csv":
		return []string{".csv"}
	case "text/plain":
		return []string{".txt", ".md", ".ris", ".tlog-proof"}
	case "application/x-bibtex", "text/x-bibtex":
		return []string{".bib"}
	case "application/atom+xml":
		return []string{".atom", ".xml"}
	case "application/vnd.apache.parquet":
		return []string{".parquet"}
	case "application/zip", "application/wacz":
		return []string{".wacz", ".zip"}
	default:
		if kind == "application/json" || strings.HasSuffix(kind, "+json") {
			return []string{".json", ".jsonld"}
		}
		return []string{".bin"}
	}
}

// relative is the reference from one file to another.
func relative(from, to string) string {
	a, b := strings.Split(from, "/"), strings.Split(to, "/")
	i := 0
	for i < len(a)-1 && i < len(b)-1 && a[i] == b[i] {
		i++
	}
	return strings.Repeat("../", len(a)-1-i) + strings.Join(b[i:], "/")
}
