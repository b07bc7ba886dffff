package wacz

import (
	"bytes"
	"crypto/sha256"
	"encoding/base32"
	"fmt"
	"hash"
	"io"
)

// maxRequestBody is how much of a request's body is looked at for the key of its response.
const maxRequestBody = 1 << 20

// seen is a record that was read to its end, with what its bytes say.
type seen struct {
	rec     *Record
	http    *HTTP // nil when the block is no HTTP message
	httpErr error // why it is none though it should be

	whole, bare       int64  // length in the file; without closing line ends, in a plain file
	wholeSum, bareSum string // hashes of both, sha256:<hex>

	blockWrong    bool               // the block is not what its digest says
	payloadWrong  bool               // nor the payload
	payloadDigest string             // as the record says, else computed as cdxj-indexer does
	body          []byte             // of a request, decoded, at most maxRequestBody
	textSum       *[sha256.Size]byte // of a record that holds the text of a page, by textHash
}

// scanner reads a WARC file record by record and checks digests on the way: one pass over the bytes for each
// digest that is asked for.
type scanner struct {
	r   *Reader
	buf []byte
}

func newScanner(r io.Reader, opt ReaderOptions) *scanner {
	s := &scanner{r: NewReader(r, opt), buf: make([]byte, 64<<10)}
	s.r.src.sum = newHash("sha256")
	return s
}

// next reads one record to its end. The record's block is used up.
func (s *scanner) next() (*seen, error) {
	rec, err := s.r.Next()
	if err != nil {
		return nil, err
	}
	out := &seen{rec: rec}
	if err := s.block(out); err != nil {
		s.r.fault("%s", err)
		s.r.err = err
		return nil, err
	}
	if _, err := s.r.Finish(); err != nil {
		return nil, err
	}
	out.whole, out.bare, out.wholeSum, out.bareSum = s.r.whole, s.r.bare, s.r.wholeSum, s.r.bareSum
	rec.Block = nil
	return out, nil
}

// block reads the block and compares its digests.
func (s *scanner) block(out *seen) error {
	rec := out.rec
	declared, blockSum := declaredHash(rec, "WARC-Block-Digest")
	var in io.Reader = rec.Block
	if blockSum != nil {
		in = io.TeeReader(in, blockSum)
	}
	var err error
	if rec.IsHTTP() && rec.Length > 0 {
		err = s.message(out, in)
	} else {
		err = s.plain(out, in, declared, blockSum)
	}
	if err != nil {
		return fmt.Errorf("read block: %w", err)
	}
	out.blockWrong = blockSum != nil && !declared.is(blockSum)
	return nil
}

func declaredHash(rec *Record, field string) (digest, hash.Hash) {
	d, err := parseDigest(rec.Fields.Get(field))
	if err != nil {
		return d, nil
	}
	return d, newHash(d.algorithm)
}

// plain reads a block that is its own payload.
func (s *scanner) plain(out *seen, in io.Reader, block digest, blockSum hash.Hash) error {
	want, payloadSum := declaredHash(out.rec, "WARC-Payload-Digest")
	out.payloadDigest = out.rec.Fields.Get("WARC-Payload-Digest")
	if out.rec.Type == TypeRevisit || out.rec.Fields.Has("WARC-Segment-Number") {
		payloadSum = nil // of something else
	} else if out.payloadDigest == "" {
		payloadSum = newHash("sha1")
	}
	shared := payloadSum != nil && blockSum != nil && want.algorithm == block.algorithm
	if shared {
		payloadSum = blockSum
	}
	w := io.Discard
	if payloadSum != nil && !shared {
		w = payloadSum
	}
	var text *textHash
	if _, ok := textOf(out.rec.URI); ok && out.rec.Type == TypeResource {
		text = newTextHash()
		w = io.MultiWriter(w, text)
	}
	if _, err := io.CopyBuffer(onlyWriter{w}, in, s.buf); err != nil {
		return err
	}
	if text != nil {
		out.textSum = text.total()
	}
	s.settle(out, want, payloadSum, nil)
	return nil
}

// settle compares the payload with its digest, or computes one.
func (s *scanner) settle(out *seen, want digest, sum, decoded hash.Hash) {
	switch {
	case sum == nil:
	case out.payloadDigest == "":
		out.payloadDigest = "sha1:" + base32.StdEncoding.EncodeToString(sum.Sum(nil))
	default:
		out.payloadWrong = !want.is(sum) && (decoded == nil || !want.is(decoded))
	}
}

// message reads an HTTP message. Its payload is what follows the header: as stored, which is what nearly every tool
// hashes, or without the chunked coding, as the standard has it. Either is taken.
func (s *scanner) message(out *seen, in io.Reader) error {
	rec := out.rec
	want, payloadSum := declaredHash(rec, "WARC-Payload-Digest")
	out.payloadDigest = rec.Fields.Get("WARC-Payload-Digest")
	h, err := ParseHTTP(in)
	if err != nil {
		out.httpErr = err
		_, err := io.CopyBuffer(onlyWriter{io.Discard}, in, s.buf)
		return err
	}
	out.http = h
	if rec.Type == TypeRevisit || rec.Fields.Has("WARC-Segment-Number") {
		payloadSum = nil
	} else if out.payloadDigest == "" && rec.Type != TypeRequest {
		payloadSum = newHash("sha1")
	}
	var decoded hash.Hash
	var chunks dechunker
	if payloadSum != nil && h.Chunked() && want.algorithm != "" {
		decoded = newHash(want.algorithm)
	}
	var body bytes.Buffer
	keep := rec.Type == TypeRequest && (h.Method == "POST" || h.Method == "PUT")
	for {
		n, err := h.Body.Read(s.buf)
		if payloadSum != nil {
			payloadSum.Write(s.buf[:n])
		}
		if decoded != nil {
			chunks.feed(s.buf[:n], func(p []byte) { decoded.Write(p) })
		}
		if keep && body.Len() < maxRequestBody {
			body.Write(s.buf[:min(n, maxRequestBody-body.Len())])
		}
		if err == io.EOF {
			break
		}
		if err != nil {
			return err
		}
	}
	if decoded != nil && (chunks.bad || chunks.state != chunksDone) {
		decoded = nil
	}
	s.settle(out, want, payloadSum, decoded)
	if keep {
		h.Body = &body
		if c, err := h.Content(maxRequestBody); err == nil {
			out.body, _ = io.ReadAll(c)
		}
	}
	h.Body = nil
	return nil
}

// onlyWriter hides ReadFrom, so that CopyBuffer uses the buffer.
type onlyWriter struct{ io.Writer }
