package dossier

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"unicode/utf8"
)

// quote checks that a quote stands where it is said to stand.
func (v *verification) quote(q *Quote, text []byte) {
	v.r.count(ClassConsistency, 1)
	where := "quote " + q.ID
	if text == nil {
		v.r.fault(ClassConsistency, where, "the capture %s holds no text %.200s", q.Capture, q.Text)
		return
	}
	if sum := fmt.Sprintf("%x", sha256.Sum256(text)); sum != q.TextSHA256 {
		v.r.fault(ClassConsistency, where, "the stored text has SHA-256 %s, and the quote is from one with %s", sum, q.TextSHA256)
	}
	start := byteOffset(text, q.Start)
	if start < 0 {
		v.r.fault(ClassConsistency, where, "character %d lies beyond the text's end", q.Start)
		return
	}
	before, rest := text[:start], text[start:]
	after, ok := bytes.CutPrefix(rest, []byte(q.Exact))
	switch {
	case !ok:
		v.r.fault(ClassConsistency, where, "at character %d of the stored text stands something else: %.60q", q.Start, rest[:min(len(rest), 200)])
	case !bytes.HasSuffix(before, []byte(q.Prefix)):
		v.r.fault(ClassConsistency, where, "something else than its prefix stands before it")
	case !bytes.HasPrefix(after, []byte(q.Suffix)):
		v.r.fault(ClassConsistency, where, "something else than its suffix stands after it")
	}
}

// byteOffset returns where a code point begins, counted from 0; -1 beyond the end.
func byteOffset(text []byte, point int) int {
	at := 0
	for range point {
		if at >= len(text) {
			return -1
		}
		_, n := utf8.DecodeRune(text[at:])
		at += n
	}
	return at
}
