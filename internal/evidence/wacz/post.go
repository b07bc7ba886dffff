package wacz

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/url"
	"strconv"
	"strings"
	"unicode/utf8"
)

// maxQuery is how many characters of a request's body stand in a key.
const maxQuery = 4096

// maxJSONDepth is how deep the JSON of a request may be nested.
const maxJSONDepth = 200

// withBody appends method and body to a URL, as indexes do to tell requests of the same URL apart.
func withBody(uri, method, query string) string {
	sep := "?"
	if strings.Contains(uri, "?") {
		sep = "&"
	}
	uri += sep + "__wb_method=" + method
	if query != "" {
		uri += "&" + query
	}
	return uri
}

// bodyQuery returns the body of a POST or PUT as a query, by the rules of Webrecorder's request body
// canonicalisation as cdxj-indexer applies them: forms decoded, JSON flattened, anything else in base64.
func bodyQuery(header Fields, body []byte) string {
	length := 8192
	if v := header.Get("Content-Length"); v != "" {
		n, err := strconv.Atoi(strings.TrimSpace(v))
		if err != nil {
			return ""
		}
		length = n
	}
	body = body[:max(0, min(length, len(body)))]
	mime := header.Get("Content-Type")
	binary := func() string { return "__wb_post_data=" + base64.StdEncoding.EncodeToString(body) }
	var query string
	var err error
	switch {
	case strings.HasPrefix(mime, "application/x-www-form-urlencoded"):
		if query = binary(); utf8.Valid(body) {
			query = unquotePlus(string(body))
		}
	case strings.HasPrefix(mime, "multipart/"):
		if query, err = multipartQuery(mime, body); err != nil {
			query = binary()
		}
	case strings.HasPrefix(mime, "application/json"):
		if query, err = jsonQuery(body); err != nil {
			query = ""
		}
	case strings.HasPrefix(mime, "text/plain"):
		if query, err = jsonQuery(body); err != nil {
			query = binary()
		}
	default:
		query = binary()
	}
	if utf8.RuneCountInString(query) > maxQuery {
		query = string([]rune(query)[:maxQuery])
	}
	return query
}

// unquotePlus undoes the escapes of a form; what is no UTF-8 becomes the replacement character.
func unquotePlus(s string) string {
	s = strings.ReplaceAll(s, "+", " ")
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] == '%' && i+2 < len(s) && isHex(s[i+1]) && isHex(s[i+2]) {
			b = append(b, unhex(s[i+1])<<4|unhex(s[i+2]))
			i += 2
		} else {
			b = append(b, s[i])
		}
	}
	return string([]rune(string(b)))
}

func multipartQuery(mime string, body []byte) (string, error) {
	_, boundary, ok := strings.Cut(mime, "boundary=")
	if !ok {
		return "", errors.New("no boundary")
	}
	boundary, _, _ = strings.Cut(strings.Trim(boundary, `"`), ";")
	r := multipart.NewReader(bytes.NewReader(body), boundary)
	var out []string
	for {
		p, err := r.NextRawPart()
		if err == io.EOF {
			return strings.Join(out, "&"), nil
		}
		if err != nil {
			return "", err
		}
		value, err := io.ReadAll(p)
		if err != nil {
			return "", err
		}
		out = append(out, url.QueryEscape(p.FormName())+"="+url.QueryEscape(string(value)))
	}
}

// jsonQuery flattens JSON, or lines of JSON, to name=value pairs.
func jsonQuery(body []byte) (string, error) {
	f := flat{data: map[string]bool{}, dupes: map[string]int{}}
	if json.Valid(body) {
		err := f.add(body)
		return f.out.String(), err
	}
	if bytes.IndexByte(body, '\n') < 0 {
		return "", errors.New("no JSON")
	}
	for line := range bytes.SplitSeq(body, []byte("\n")) {
		if !json.Valid(line) {
			return "", errors.New("no JSON")
		}
		if err := f.add(line); err != nil {
			return "", err
		}
	}
	return f.out.String(), nil
}

type flat struct {
	data  map[string]bool
	dupes map[string]int
	out   strings.Builder
}

func (f *flat) add(b []byte) error {
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	return f.value(d, "", 0)
}

// value takes one value from d; arrays pass the name on, objects give their own.
func (f *flat) value(d *json.Decoder, name string, depth int) error {
	if depth > maxJSONDepth {
		return fmt.Errorf("JSON nested deeper than %d", maxJSONDepth)
	}
	t, err := d.Token()
	if err != nil {
		return err
	}
	delim, ok := t.(json.Delim)
	if !ok {
		if name != "" {
			f.put(name, pyText(t))
		}
		return nil
	}
	for d.More() {
		if delim == '{' {
			key, err := d.Token()
			if err != nil {
				return err
			}
			name, _ = key.(string)
		}
		if err := f.value(d, name, depth+1); err != nil {
			return err
		}
	}
	_, err = d.Token()
	return err
}

func (f *flat) put(name, value string) {
	key := name
	if f.data[key] {
		f.dupes[name] = max(f.dupes[name], 1) + 1
		key = name + "." + strconv.Itoa(f.dupes[name]) + "_"
	}
	f.data[key] = true
	if f.out.Len() > 0 {
		f.out.WriteByte('&')
	}
	f.out.WriteString(url.QueryEscape(key) + "=" + url.QueryEscape(value))
}

// pyText writes a JSON value as the indexers in use, which are in Python, write it.
func pyText(t json.Token) string {
	switch v := t.(type) {
	case nil:
		return "None"
	case bool:
		if v {
			return "True"
		}
		return "False"
	case string:
		return v
	case json.Number:
		s := v.String()
		if !strings.ContainsAny(s, ".eE") {
			return s
		}
		x, err := v.Float64()
		if err != nil {
			return s
		}
		return pyFloat(x)
	}
	return ""
}

// pyFloat writes a number as Python does: the shortest digits, an exponent for the very small and large.
func pyFloat(x float64) string {
	s := strconv.FormatFloat(x, 'e', -1, 64)
	_, exponent, _ := strings.Cut(s, "e")
	if n, _ := strconv.Atoi(exponent); x != 0 && (n < -4 || n >= 16) {
		return s
	}
	s = strconv.FormatFloat(x, 'f', -1, 64)
	if !strings.Contains(s, ".") {
		s += ".0"
	}
	return s
}
