package fault

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// cdxLine is one line of a CDXJ index.
type cdxLine struct {
	key, at string
	fields  *node
}

func (l *cdxLine) String() string { return l.key + " " + l.at + " " + string(l.fields.bytes()) }

// readCDX reads the lines of an index.
func readCDX(b []byte) ([]*cdxLine, error) {
	var out []*cdxLine
	for s := range strings.Lines(string(b)) {
		s = strings.TrimRight(s, "\r\n")
		parts := strings.SplitN(s, " ", 3)
		if s == "" {
			continue
		}
		if len(parts) != 3 {
			return nil, fmt.Errorf("read index: %q is no line of one", s)
		}
		n, err := readJSON([]byte(parts[2]))
		if err != nil {
			return nil, err
		}
		out = append(out, &cdxLine{parts[0], parts[1], n})
	}
	return out, nil
}

// sortCDX orders lines bytewise, as an index must be.
func sortCDX(lines []*cdxLine) {
	slices.SortStableFunc(lines, func(a, b *cdxLine) int { return strings.Compare(a.String(), b.String()) })
}

func cdxBytes(lines []*cdxLine) []byte {
	var b bytes.Buffer
	for _, l := range lines {
		b.WriteString(l.String() + "\n")
	}
	return b.Bytes()
}

// blockLines is how many lines one gzip member of a compressed index holds.
const blockLines = 20

// zipnum compresses an index in blocks, and makes the index of the blocks, which lists the first key of each.
func zipnum(lines []*cdxLine, name string) (cdx, idx []byte) {
	var out, list bytes.Buffer
	list.WriteString("!meta 0 " + string(leaf(map[string]string{"format": "cdxj-gzip-1.0", "filename": name}).bytes()) + "\n")
	for block := range slices.Chunk(lines, blockLines) {
		at := out.Len()
		packed := gzipped(cdxBytes(block))
		out.Write(packed)
		n := &node{kind: '{'}
		n.set("offset", at)
		n.set("length", len(packed))
		n.set("digest", digest(packed))
		n.set("filename", name)
		list.WriteString(block[0].key + " " + block[0].at + " " + string(n.bytes()) + "\n")
	}
	return out.Bytes(), list.Bytes()
}

func gunzip(b []byte) ([]byte, error) {
	z, err := gzip.NewReader(bytes.NewReader(b))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(z)
}

// line makes the line of a record that lies in file at p.
func line(r *record, file string, p place) (*cdxLine, error) {
	at, err := time.Parse(time.RFC3339Nano, r.get("WARC-Date"))
	if err != nil {
		return nil, fmt.Errorf("index record: %w", err)
	}
	n := &node{kind: '{'}
	n.set("url", r.uri())
	mime, status := strings.TrimSpace(strings.Split(r.get("Content-Type"), ";")[0]), ""
	if r.http() {
		head, _, _ := bytes.Cut(r.block, []byte("\r\n\r\n"))
		lines := strings.Split(string(head), "\r\n")
		status, mime = strings.Fields(lines[0])[1], ""
		for _, l := range lines[1:] {
			if name, v, ok := strings.Cut(l, ":"); ok && strings.EqualFold(name, "Content-Type") {
				mime = strings.TrimSpace(strings.Split(v, ";")[0])
			}
		}
	}
	if r.kind() == "revisit" {
		mime = "warc/revisit"
	}
	n.set("mime", mime)
	if status != "" {
		n.set("status", status)
	}
	if d := r.get("WARC-Payload-Digest"); d != "" {
		n.set("digest", d)
	}
	n.set("length", strconv.Itoa(p.length))
	n.set("offset", strconv.Itoa(p.offset))
	n.set("filename", file)
	return &cdxLine{surt(r.uri()), at.UTC().Format("20060102150405"), n}, nil
}

// indexed says whether an index lists the record.
func indexed(r *record) bool {
	switch r.kind() {
	case "response", "revisit", "resource":
		return true
	}
	return false
}

// surt is the sort-friendly form of a URL (the IIPC's canonical form, as pywb and warcio have it), for the URLs
// that this package makes: those that need no more than lower case, the www dropped and the query sorted.
func surt(s string) string {
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" {
		return strings.ToLower(s)
	}
	host := strings.ToLower(u.Hostname())
	if rest, ok := strings.CutPrefix(host, "www"); ok {
		if _, after, ok := strings.Cut(rest, "."); ok && strings.Trim(rest[:len(rest)-len(after)-1], "0123456789") == "" {
			host = after
		}
	}
	parts := strings.Split(host, ".")
	slices.Reverse(parts)
	out := strings.Join(parts, ",")
	if p := u.Port(); p != "" && !(u.Scheme == "http" && p == "80") && !(u.Scheme == "https" && p == "443") {
		out += ":" + p
	}
	path := u.EscapedPath()
	if path == "" {
		path = "/"
	}
	if len(path) > 1 {
		path = strings.TrimSuffix(path, "/")
	}
	out += ")" + path
	if u.RawQuery != "" {
		args := strings.Split(u.RawQuery, "&")
		slices.Sort(args)
		out += "?" + strings.Join(args, "&")
	}
	return strings.ToLower(out)
}
