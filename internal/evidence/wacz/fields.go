package wacz

import (
	"fmt"
	"net/netip"
	"strings"
	"time"
	"unicode/utf8"
)

// checkFields reports named fields that are missing, wrong or doubled, and parses the date.
func (r *Reader) checkFields(rec *Record) {
	for _, name := range []string{"WARC-Type", "WARC-Record-ID", "WARC-Date", "Content-Length"} {
		if rec.Fields.Get(name) == "" {
			r.fault("it has no %s", name)
		}
	}
	seen := map[string]int{}
	for _, f := range rec.Fields {
		name := strings.ToLower(f.Name)
		if seen[name]++; seen[name] == 2 && !repeats(name) {
			r.fault("it has more than one %s", f.Name)
		}
		if !utf8.ValidString(f.Value) || strings.ContainsFunc(f.Value, func(c rune) bool { return c < ' ' && c != '\t' || c == 0x7f }) {
			r.fault("%s holds control characters or is no UTF-8", f.Name)
		}
	}
	if text := rec.Fields.Get("WARC-Date"); text != "" {
		at, exact, err := ParseDate(text)
		switch {
		case err != nil:
			r.fault("WARC-Date: %s", err)
		case !exact && rec.Version != "1.1":
			r.note("WARC-Date %q is given as only WARC 1.1 allows", text)
		}
		rec.Date = at
	}
	if rec.ID != "" && !absolute(rec.ID) {
		r.fault("WARC-Record-ID %.80q is no URI", rec.ID)
	}
	r.checkTarget(rec)
	for _, name := range []string{"WARC-Block-Digest", "WARC-Payload-Digest"} {
		if v := rec.Fields.Get(name); v != "" {
			if _, err := parseDigest(v); err != nil {
				r.fault("%s: %s", name, err)
			}
		}
	}
	if v := rec.Fields.Get("WARC-IP-Address"); v != "" {
		if _, err := netip.ParseAddr(v); err != nil {
			r.fault("WARC-IP-Address %.60q is no address", v)
		}
	}
	for _, name := range []string{"WARC-Concurrent-To", "WARC-Refers-To", "WARC-Warcinfo-ID", "WARC-Segment-Origin-ID"} {
		for _, v := range rec.Fields.All(name) {
			if len(v) < 3 || v[0] != '<' || v[len(v)-1] != '>' || !absolute(v[1:len(v)-1]) {
				r.fault("%s %.80q is no URI in angle brackets", name, v)
			}
		}
	}
}

// checkTarget reports a target URI that is missing, not allowed or no URI, and what a type demands beside it.
func (r *Reader) checkTarget(rec *Record) {
	switch rec.Type {
	case TypeResponse, TypeRequest, TypeResource, TypeRevisit, TypeConversion, TypeContinuation:
		if rec.URI == "" {
			r.fault("a %s must have a WARC-Target-URI", rec.Type)
		}
	case TypeWarcinfo:
		if rec.URI != "" {
			r.fault("a warcinfo must not have a WARC-Target-URI")
		}
	case TypeMetadata, "":
	default:
		r.note("type %.40q is none that the specification names", rec.Type)
	}
	if strings.ContainsAny(rec.URI, " <>\"") {
		r.fault("its target %.120q holds what no URI may hold", rec.URI)
	} else if rec.URI != "" && !absolute(rec.URI) {
		r.note("its target %.120q is no URI as RFC 3986 has them", rec.URI)
	}
	if rec.Type == TypeRevisit && rec.Fields.Get("WARC-Profile") == "" {
		r.fault("a revisit must have a WARC-Profile")
	}
	if rec.Type == TypeContinuation && (rec.Fields.Get("WARC-Segment-Number") == "" || rec.Fields.Get("WARC-Segment-Origin-ID") == "") {
		r.fault("a continuation must have WARC-Segment-Number and WARC-Segment-Origin-ID")
	}
	if rec.ContentType == "" && rec.Fields.Get("Content-Length") != "0" && rec.Type != TypeContinuation {
		r.note("it says nothing of its content type")
	}
}

// repeats says whether a named field may stand more than once.
func repeats(lower string) bool {
	return lower == "warc-concurrent-to" || lower == "warc-protocol" || !strings.HasPrefix(lower, "warc-") && !strings.HasPrefix(lower, "content-")
}

// absolute says whether s has a scheme and something after it.
func absolute(s string) bool {
	scheme, rest, ok := strings.Cut(s, ":")
	if !ok || rest == "" || scheme == "" {
		return false
	}
	for i, c := range scheme {
		letter := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
		if !letter && (i == 0 || !(c >= '0' && c <= '9' || c == '+' || c == '-' || c == '.')) {
			return false
		}
	}
	return true
}

// ParseDate reads a WARC-Date: YYYY-MM-DDThh:mm:ssZ as in WARC 1.0, which is exact, or with fewer parts or a
// fraction of at most nine digits as in WARC 1.1.
func ParseDate(s string) (at time.Time, exact bool, err error) {
	if len(s) > 30 {
		return time.Time{}, false, fmt.Errorf("%.40q is no W3C date", s)
	}
	if strings.HasSuffix(s, "Z") {
		at, err = time.Parse("2006-01-02T15:04:05Z", s) // takes a fraction as well
		if err == nil {
			if _, fraction, ok := strings.Cut(s, "."); ok && len(fraction) > 10 {
				return time.Time{}, false, fmt.Errorf("%q has more than nine digits after the point", s)
			}
			return at, len(s) == 20, nil
		}
		if at, err = time.Parse("2006-01-02T15:04Z", s); err == nil {
			return at, false, nil
		}
		return time.Time{}, false, fmt.Errorf("%q is no date in UTC", s)
	}
	for _, layout := range []string{"2006-01-02", "2006-01", "2006"} {
		if at, err = time.Parse(layout, s); err == nil {
			return at, false, nil
		}
	}
	return time.Time{}, false, fmt.Errorf("%q is no date in UTC", s)
}
