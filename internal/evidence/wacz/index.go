package wacz

import (
	"context"
	"io"
	"strings"
	"unicode/utf8"
)

// Index reads a WARC file and passes each the lines of its CDXJ index, in the order of the file. Responses, revisits,
// resources and metadata have lines, but not those that hold named fields (application/warc-fields). A response
// of a POST or PUT that stands next to its request has the request's body in its key. Deviations are told to
// fault, which may be nil; the error says that the file could not be read to its end.
func Index(ctx context.Context, r io.Reader, filename string, fault func(Fault), each func(Line) error) error {
	x := indexer{s: newScanner(r, ReaderOptions{Fault: fault, Where: filename}), filename: filename}
	return x.run(ctx, func(_ *seen, l *Line) error {
		if l == nil {
			return nil
		}
		return each(*l)
	})
}

// indexer pairs requests with responses and makes lines.
type indexer struct {
	s        *scanner
	filename string
}

// run passes every record in its order, with its line if it has one. A record may come one record late, for what
// follows it may be its request.
func (x *indexer) run(ctx context.Context, each func(*seen, *Line) error) error {
	var prev *seen
	var prevLine *Line
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		cur, err := x.s.next()
		if err == io.EOF {
			break
		}
		if err != nil {
			if prev != nil {
				each(prev, prevLine)
			}
			return err
		}
		line := x.line(cur)
		if prev == nil {
			prev, prevLine = cur, line
			continue
		}
		req, resp := pair(prev, cur)
		switch {
		case resp == prev:
			join(req, prevLine)
		case resp == cur:
			join(req, line)
		}
		if err := each(prev, prevLine); err != nil {
			return err
		}
		prev, prevLine = cur, line
		if resp != nil {
			if err := each(cur, line); err != nil {
				return err
			}
			prev, prevLine = nil, nil
		}
	}
	if prev != nil {
		return each(prev, prevLine)
	}
	return nil
}

// pair says which of two neighbours is the request of the other.
func pair(a, b *seen) (req, resp *seen) {
	if a.rec.URI != b.rec.URI || !refers(b.rec, a.rec.ID) {
		return nil, nil
	}
	switch {
	case a.rec.Type == TypeRequest && b.rec.Type == TypeResponse:
		return a, b
	case a.rec.Type == TypeResponse && b.rec.Type == TypeRequest:
		return b, a
	}
	return nil, nil
}

func refers(rec *Record, id string) bool {
	for _, v := range rec.Fields.All("WARC-Concurrent-To") {
		if strings.Trim(v, "<>") == id {
			return true
		}
	}
	return false
}

// join completes a response's line with what its request says.
func join(req *seen, l *Line) {
	if l == nil || req.http == nil {
		return
	}
	l.Referrer = text(req.http.Header.Get("Referer"))
	method := strings.ToUpper(req.http.Method)
	if method != "POST" && method != "PUT" {
		return
	}
	l.Method = method
	l.RequestBody = bodyQuery(req.http.Header, req.body)
	l.Key = SURT(withBody(indexed(req.rec.URI), method, l.RequestBody))
}

// line makes the line of a record, nil when it has none.
func (x *indexer) line(s *seen) *Line {
	rec := s.rec
	l := &Line{Time: rec.Date.Format("20060102150405"), URL: indexed(rec.URI), Digest: s.payloadDigest, Length: s.whole, Offset: rec.Offset,
		Filename: x.filename, RecordDigest: s.wholeSum}
	if !x.s.r.zipped {
		l.Length, l.RecordDigest = s.bare, s.bareSum
	}
	switch rec.Type {
	case TypeResponse, TypeRevisit:
		if s.http != nil {
			l.Status = s.http.Status
			l.MIME = text(s.http.MIME())
		}
		if rec.Type == TypeRevisit {
			l.MIME = "warc/revisit"
		}
	case TypeResource, TypeMetadata:
		if rec.ContentType == WARCFields {
			return nil
		}
		l.MIME = mimeOf(rec.ContentType)
	default:
		return nil
	}
	l.Key = SURT(l.URL)
	return l
}

// indexed returns a target URI as indexes have it.
func indexed(uri string) string { return strings.ReplaceAll(uri, " ", "%20") }

// text reads a header's value as UTF-8, or else as Latin-1.
func text(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	var b strings.Builder
	for i := range len(s) {
		b.WriteRune(rune(s[i]))
	}
	return b.String()
}
