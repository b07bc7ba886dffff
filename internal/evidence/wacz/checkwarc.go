package wacz

import (
	"crypto/sha256"
	"io"
	"path"
	"strings"
)

// warcCheck is what is known of the records of all WARC files.
type warcCheck struct {
	ids      map[string]string // id → where
	refs     []reference
	payloads map[string][]payloadOf // digest → whose payload it is, of records that are no revisits
	revisits []revisit
	texts    map[string][][sha256.Size]byte // URL → what its text records hold, by textSum
}

func newWARCCheck() warcCheck {
	return warcCheck{ids: map[string]string{}, payloads: map[string][]payloadOf{}, texts: map[string][][sha256.Size]byte{}}
}

// payloadOf is a record that has a payload.
type payloadOf struct{ id, key string }

// revisit is a record that refers to another's payload.
type revisit struct{ where, digest, id, uri string }

// reference is a field of a record that names another.
type reference struct{ where, field, id string }

// wgetOwn begins the URIs of the records in which Wget keeps its list, arguments and log.
const wgetOwn = "metadata://gnu.org/software/wget/"

// maxReferences is how many references are kept to be compared with the ids.
const maxReferences = 4_000_000

// warcEntry checks a WARC file of a package.
func (c *checker) warcEntry(e *zipEntry) {
	if isIDX(e.name) {
		c.idxEntry(e) // after the indexes it speaks of
		return
	}
	if !isWARC(e.name) {
		return
	}
	in, done, ok := c.content(e)
	if !ok {
		return
	}
	defer done()
	c.index.begun[path.Base(e.name)] = true
	if !c.warc.file(c, e.name, in) {
		c.index.broken[path.Base(e.name)] = true
	}
}

// file checks one WARC file, and says whether it could be read to its end.
func (w *warcCheck) file(c *checker, name string, in io.Reader) bool {
	tell := func(to func(class, where, format string, args ...any)) func(Fault) {
		return func(f Fault) { to(f.Class, f.Where, "%s", f.What) }
	}
	x := indexer{filename: path.Base(name), s: newScanner(in, ReaderOptions{Where: name, Fault: tell(c.fault), Note: tell(c.note)})}
	n := 0
	err := x.run(c.ctx, func(s *seen, l *Line) error {
		n++
		w.record(c, name, s, l)
		return nil
	})
	if n == 0 && err == nil {
		c.fault(ClassWARC, name, "it holds no record")
	}
	if zipped := x.s.r.zipped; n > 0 && name != "" && zipped != strings.HasSuffix(name, ".gz") {
		c.fault(ClassWARC, name, "its name and its compression do not agree")
	}
	return err == nil
}

// record checks a record that was read.
func (w *warcCheck) record(c *checker, file string, s *seen, l *Line) {
	c.report.Records++
	c.report.Bytes += s.rec.Length
	at := where(file, s.rec)
	if s.blockWrong {
		c.fault(ClassDigest, at, "its block does not have the digest %s", s.rec.Fields.Get("WARC-Block-Digest"))
	}
	if s.payloadWrong {
		c.fault(ClassDigest, at, "its payload does not have the digest %s", s.rec.Fields.Get("WARC-Payload-Digest"))
	}
	if s.httpErr != nil && s.rec.Fields.Get("WARC-Truncated") == "" {
		c.note(ClassWARC, at, "its block should be an HTTP message and is none: %s", s.httpErr)
	}
	if s.rec.ID != "" {
		if other, twice := w.ids[s.rec.ID]; twice {
			tell := c.fault
			if strings.HasPrefix(s.rec.URI, wgetOwn) { // a known error of Wget, in the records about itself
				tell = c.note
			}
			tell(ClassWARC, at, "its id %s is also that of %s", s.rec.ID, other)
		}
		w.ids[s.rec.ID] = at
	}
	for _, field := range []string{"WARC-Concurrent-To", "WARC-Warcinfo-ID", "WARC-Refers-To", "WARC-Segment-Origin-ID"} {
		for _, v := range s.rec.Fields.All(field) {
			if len(w.refs) < maxReferences {
				w.refs = append(w.refs, reference{at, field, strings.Trim(v, "<>")})
			}
			if strings.Trim(v, "<>") == s.rec.ID && s.rec.ID != "" {
				tell := c.fault
				if field == "WARC-Warcinfo-ID" { // as wpull writes
					tell = c.note
				}
				tell(ClassWARC, at, "its %s names itself", field)
			}
		}
	}
	if c.zip != nil {
		w.payload(s, at)
		c.compareLine(file, s, l, at)
	}
}

// payload keeps what revisits are compared with.
func (w *warcCheck) payload(s *seen, at string) {
	rec := s.rec
	if uri, ok := textOf(rec.URI); ok && s.textSum != nil {
		w.texts[uri] = append(w.texts[uri], *s.textSum)
	}
	d, err := parseDigest(s.payloadDigest)
	sum := ""
	if err == nil {
		sum = d.algorithm + string(d.sum)
	}
	switch rec.Type {
	case TypeResponse, TypeResource:
		if sum != "" {
			w.payloads[sum] = append(w.payloads[sum], payloadOf{rec.ID, looseKey(SURT(rec.URI))})
		}
	case TypeRevisit:
		if strings.Contains(rec.Fields.Get("WARC-Profile"), "identical-payload-digest") {
			w.revisits = append(w.revisits, revisit{at, sum, strings.Trim(rec.Fields.Get("WARC-Refers-To"), "<>"), strings.Trim(rec.Fields.Get("WARC-Refers-To-Target-URI"), "<>")})
		}
	}
}

// resolve sees that the payloads of revisits are in the package: it must hold all that is needed to show it.
func (w *warcCheck) resolve(c *checker) {
	for _, r := range w.revisits {
		if r.digest == "" {
			c.fault(ClassWARC, r.where, "it repeats a payload and does not say which: it has no WARC-Payload-Digest")
			continue
		}
		same := w.payloads[r.digest]
		found := r.id == "" && r.uri == "" && len(same) > 0
		for _, p := range same {
			found = found || r.id != "" && p.id == r.id || r.uri != "" && p.key == looseKey(SURT(r.uri))
		}
		switch {
		case found:
		case r.id != "" && w.ids[r.id] != "" || r.id == "" && r.uri != "" && len(c.index.urls[looseKey(SURT(fragmentless(r.uri)))]) > 0:
			c.fault(ClassDigest, r.where, "its payload is not that of the record it refers to")
		case c.requires:
			c.note(ClassWARC, r.where, "the record it refers to is in another package, which the manifest names")
		default:
			c.fault(ClassWARC, r.where, "the record it refers to is not in the package, so its payload cannot be shown")
		}
	}
}

// references sees that records that are named exist. What was captured at the same time must lie in the same
// package; in a lone WARC file it may lie in another.
func (w *warcCheck) references(c *checker, whole bool) {
	for _, r := range w.refs {
		if _, ok := w.ids[r.id]; ok {
			continue
		}
		if (r.field == "WARC-Concurrent-To" || r.field == "WARC-Segment-Origin-ID") && whole {
			c.fault(ClassWARC, r.where, "its %s names %s, which is not in the package", r.field, r.id)
		} else {
			c.note(ClassWARC, r.where, "its %s names %s, which is not here", r.field, r.id)
		}
	}
}

// compareLine compares a record with its line in the index.
func (c *checker) compareLine(file string, s *seen, want *Line, at string) {
	name := path.Base(file)
	k, ok := c.index.at[place{name, s.rec.Offset}]
	if !ok {
		switch {
		case want == nil:
		case s.rec.Type == TypeMetadata:
			c.note(ClassIndex, at, "the index has no line for it")
		default:
			c.fault(ClassIndex, at, "the index has no line for it (%s %s)", s.rec.Type, s.rec.URI)
		}
		return
	}
	l := &c.index.lines[k]
	l.found = true
	say := func(format string, args ...any) { c.fault(ClassIndex, l.where, format, args...) }
	if l.URL != s.rec.URI && l.URL != indexed(s.rec.URI) && canonicalURL(l.URL) != canonicalURL(s.rec.URI) {
		say("its url is %.200q, that of the record %.200q", l.URL, s.rec.URI)
	}
	if stamp := s.rec.Date.Format("20060102150405.000"); !strings.HasPrefix(strings.Replace(stamp, ".", "", 1), l.Time) || len(l.Time) < 14 {
		say("its timestamp is %s, the record's date %s", l.Time, s.rec.Fields.Get("WARC-Date"))
	}
	switch {
	case s.whole == 0:
		say("its record cannot be reached: it shares a gzip member with others")
	case l.Length == s.whole || s.bare > 0 && l.Length >= s.bare && l.Length <= s.whole:
	default:
		say("the record has %d bytes, not %d", s.whole, l.Length)
	}
	if l.RecordDigest != "" && !sameDigest(l.RecordDigest, s.wholeSum) && !sameDigest(l.RecordDigest, s.bareSum) {
		say("the record does not have the digest %s", l.RecordDigest)
	}
	c.compareContent(say, s, l, want)
}

// emptySHA1 is the digest of nothing.
const emptySHA1 = "3I42H3S6NNFQ2MSVX7XZKYAYSCX5QBYJ"

// compareContent compares what a line says of the content.
func (c *checker) compareContent(say func(string, ...any), s *seen, l *indexLine, want *Line) {
	if declared := s.rec.Fields.Get("WARC-Payload-Digest"); l.Digest != "" && declared != "" && !sameDigest(l.Digest, declared) {
		say("its digest is %s, that of the record %s", l.Digest, declared)
	} else if l.Digest == "sha1:"+emptySHA1 && declared == "" && s.payloadDigest != l.Digest {
		c.note(ClassIndex, l.where, "its digest is that of nothing, as cdxj-indexer writes for records without one")
	} else if l.Digest != "" && declared == "" && s.payloadDigest != "" && comparable(l.Digest, s.payloadDigest) && !sameDigest(l.Digest, s.payloadDigest) {
		say("its digest is %s, that of the payload %s", l.Digest, s.payloadDigest)
	}
	if want == nil {
		return
	}
	if l.Status != want.Status && (l.Status != 0 || want.Status != 0 && s.rec.Type == TypeResponse) {
		say("its status is %d, that of the record %d", l.Status, want.Status)
	}
	if got := mimeOf(l.MIME); !strings.EqualFold(got, want.MIME) {
		switch {
		case got == "" || got == "-" || got == "unk":
			c.note(ClassIndex, l.where, "it says nothing of the media type, which is %s", want.MIME)
		case want.MIME == "" && s.rec.Type != TypeRevisit:
			c.note(ClassIndex, l.where, "it says the media type is %s, of which the record says nothing", got)
		case s.rec.Type == TypeRevisit && s.http != nil && strings.EqualFold(got, s.http.MIME()):
			c.note(ClassIndex, l.where, "it gives a revisit the media type of what it repeats")
		default:
			say("its media type is %.80q, that of the record %.80q", l.MIME, want.MIME)
		}
	}
	if l.Method != "" && want.Method != "" && !strings.EqualFold(l.Method, want.Method) {
		say("its method is %.20q, that of the request %s", l.Method, want.Method)
	}
}

// comparable says whether two digests can be compared: they have the same algorithm, or one does not name it.
func comparable(a, b string) bool {
	x, _, named := strings.Cut(a, ":")
	y, _, _ := strings.Cut(b, ":")
	return named && strings.EqualFold(strings.ReplaceAll(x, "-", ""), y) || !named && len(a) == len(b)-len(y)-1
}

// compareIndex reports lines that no record was found for.
func (c *checker) compareIndex() {
	for i := range c.index.lines {
		l := &c.index.lines[i]
		if l.found || !c.index.begun[l.Filename] || c.index.broken[l.Filename] {
			continue
		}
		c.fault(ClassIndex, l.where, "no record begins at byte %d of %s", l.Offset, l.Filename)
	}
	if c.index.begun != nil && len(c.index.lines) == 0 && c.report.Lines == 0 {
		c.note(ClassIndex, indexesDir, "the index is empty")
	}
}
