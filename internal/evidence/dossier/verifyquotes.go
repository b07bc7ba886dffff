package dossier

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"
	"unicode/utf8"

	"veedor/internal/evidence/wacz"
)

// isWARC says whether an entry of a WACZ is a file of WARC records.
func isWARC(name string) bool {
	return path.Dir(name) == "archive" && (strings.HasSuffix(name, ".warc.gz") || strings.HasSuffix(name, ".warc"))
}

// derived reads a WARC file for stored texts that are wanted, and for the hashes of its screenshots.
func derived(r io.Reader, want func(uri string) bool, texts map[string][]byte, shots map[string]bool) error {
	records := wacz.NewReader(r, wacz.ReaderOptions{})
	for {
		rec, err := records.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if rec.Type != wacz.TypeResource {
			continue
		}
		switch {
		case strings.HasPrefix(rec.URI, "urn:view:"), strings.HasPrefix(rec.URI, "urn:fullPage:"), strings.HasPrefix(rec.URI, "urn:thumbnail:"):
			h := sha256.New()
			if _, err := io.Copy(h, rec.Block); err != nil {
				return err
			}
			shots[fmt.Sprintf("%x", h.Sum(nil))] = true
		case want(rec.URI):
			if texts[rec.URI] != nil {
				return fmt.Errorf("two texts under the name %.200s", rec.URI)
			}
			b, err := io.ReadAll(io.LimitReader(rec.Block, maxStoredText+1))
			if err != nil {
				return err
			}
			if len(b) > maxStoredText {
				return fmt.Errorf("the text %.200s has more than %d bytes", rec.URI, maxStoredText)
			}
			texts[rec.URI] = append(make([]byte, 0, len(b)+1), b...)
		}
	}
}

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
