package wacz

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// Line is one line of a CDXJ index: where the record of a capture lies, and what it is.
type Line struct {
	Key  string // SURT of the URL, with the request's body for POST and PUT
	Time string // fourteen digits, UTC

	URL          string
	MIME         string // warc/revisit for a revisit
	Status       int    // of HTTP, 0 for records without one
	Digest       string // of the payload, with the name of the algorithm
	Length       int64  // bytes of the record in its file
	Offset       int64
	Filename     string // of the WARC file, without archive/
	RecordDigest string // sha256:<hex> of the record's bytes in the file
	Referrer     string
	RequestBody  string // as it stands in the key, for POST and PUT
	Method       string // for POST and PUT
}

// At returns the time of the capture.
func (l *Line) At() time.Time {
	t, _ := time.Parse("20060102150405", l.Time[:min(14, len(l.Time))])
	return t
}

// String returns the line without its end, in the bytes that cdxj-indexer gives it.
func (l *Line) String() string {
	var b strings.Builder
	b.WriteString(l.Key + " " + l.Time + " {")
	n := 0
	put := func(name, value string) {
		if n++; n > 1 {
			b.WriteString(", ")
		}
		b.WriteByte('"')
		b.WriteString(name)
		b.WriteString(`": `)
		quoteASCII(&b, value)
	}
	put("url", l.URL)
	if l.MIME != "" {
		put("mime", l.MIME)
	}
	if l.Status != 0 {
		put("status", strconv.Itoa(l.Status))
	}
	if l.Digest != "" {
		put("digest", l.Digest)
	}
	put("length", strconv.FormatInt(l.Length, 10))
	put("offset", strconv.FormatInt(l.Offset, 10))
	put("filename", l.Filename)
	if l.RecordDigest != "" {
		put("recordDigest", l.RecordDigest)
	}
	if l.Referrer != "" {
		put("referrer", l.Referrer)
	}
	if l.Method != "" {
		put("requestBody", l.RequestBody)
		put("method", l.Method)
	}
	b.WriteByte('}')
	return b.String()
}

// quoteASCII writes s as a JSON string of ASCII only.
func quoteASCII(b *strings.Builder, s string) {
	b.WriteByte('"')
	for _, c := range s {
		switch {
		case c == '"' || c == '\\':
			b.WriteByte('\\')
			b.WriteRune(c)
		case c == '\n':
			b.WriteString(`\n`)
		case c == '\r':
			b.WriteString(`\r`)
		case c == '\t':
			b.WriteString(`\t`)
		case c == '\b':
			b.WriteString(`\b`)
		case c == '\f':
			b.WriteString(`\f`)
		case c >= ' ' && c < 0x80:
			b.WriteRune(c)
		case c > 0xffff:
			c -= 0x10000
			fmt.Fprintf(b, `\u%04x\u%04x`, 0xd800+c>>10, 0xdc00+c&0x3ff)
		default:
			fmt.Fprintf(b, `\u%04x`, c)
		}
	}
	b.WriteByte('"')
}

// maxLine is how long a line of an index may be.
const maxLine = 1 << 20

// ParseLine reads a line of a CDXJ index. Numbers may stand as numbers or as strings, as both are written.
func ParseLine(s string) (Line, error) {
	var l Line
	if len(s) > maxLine {
		return l, fmt.Errorf("read line of index: longer than %d bytes", maxLine)
	}
	if !utf8.ValidString(s) {
		return l, fmt.Errorf("read line of index: it is no UTF-8")
	}
	var rest string
	var ok bool
	// The key is what stands before the timestamp: a URI that is its own key may hold spaces.
	if i := strings.Index(s, " {"); i > 0 {
		head := s[:i]
		rest = s[i+1:]
		if j := strings.LastIndexByte(head, ' '); j > 0 {
			l.Key, l.Time, ok = head[:j], head[j+1:], true
		}
	}
	if !ok {
		return l, fmt.Errorf("read line of index: %.80q is no key, timestamp and JSON object", s)
	}
	if n := len(l.Time); n < 4 || n > 17 || strings.Trim(l.Time, "0123456789") != "" {
		return l, fmt.Errorf("read line of index: %.40q is no timestamp", l.Time)
	}
	var v struct {
		URL          *string `json:"url"`
		MIME         string  `json:"mime"`
		Status       number  `json:"status"`
		Digest       string  `json:"digest"`
		Length       number  `json:"length"`
		Offset       number  `json:"offset"`
		Filename     string  `json:"filename"`
		RecordDigest string  `json:"recordDigest"`
		Referrer     string  `json:"referrer"`
		RequestBody  string  `json:"requestBody"`
		Method       string  `json:"method"`
	}
	if err := json.Unmarshal([]byte(rest), &v); err != nil {
		return l, fmt.Errorf("read line of index: %w", err)
	}
	if v.URL == nil {
		return l, fmt.Errorf("read line of index: it has no url")
	}
	l.URL, l.MIME, l.Status, l.Digest, l.Length, l.Offset = *v.URL, v.MIME, int(v.Status), v.Digest, int64(v.Length), int64(v.Offset)
	l.Filename, l.RecordDigest, l.Referrer, l.RequestBody, l.Method = v.Filename, v.RecordDigest, v.Referrer, v.RequestBody, v.Method
	return l, nil
}

// number is a whole number that stands as one, or as a string of one.
type number int64

func (n *number) UnmarshalJSON(b []byte) error {
	s := strings.Trim(string(b), `"`)
	if s == "null" || s == "" || s == "-" {
		return nil
	}
	v, err := strconv.ParseInt(s, 10, 64)
	if err != nil || v < 0 {
		return fmt.Errorf("%.40q is no whole number", s)
	}
	*n = number(v)
	return nil
}
