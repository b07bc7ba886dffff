package web

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"

	"github.com/klauspost/compress/gzip"
)

// answered is an answer as it can be sent again and again.
type answered struct {
	status int
	header http.Header // but for those that depend on who takes it
	tag    string      // hash of the body; "" where it is not worth asking for again
	body   []byte      // as it is, or as gzip
	packed bool        // the body is gzip
}

// leastPacked is from how many bytes on a body is worth compressing.
const leastPacked = 1024

// newAnswered makes an answer of a body, compressed if pack says so and there is anything to gain.
func (s *site) newAnswered(status int, header http.Header, body []byte, pack bool) (*answered, error) {
	a := &answered{status: status, header: header, body: body}
	if status == http.StatusOK {
		sum := sha256.Sum256(body)
		a.tag = hex.EncodeToString(sum[:12])
	}
	if !pack || len(body) <= leastPacked {
		return a, nil
	}
	packed, err := s.packers.pack(body)
	if err != nil {
		return nil, fmt.Errorf("compress answer: %w", err)
	}
	if len(packed) < len(body) {
		a.body, a.packed = packed, true
	}
	return a, nil
}

// packers are writers that were used, whose tables, half a megabyte each, are worth keeping.
type packers struct{ idle sync.Pool }

func (p *packers) pack(body []byte) ([]byte, error) {
	var out bytes.Buffer
	out.Grow(len(body)/4 + 64)
	w, ok := p.idle.Get().(*gzip.Writer)
	if !ok {
		w = gzip.NewWriter(io.Discard)
	}
	w.Reset(&out)
	_, err := w.Write(body)
	if err == nil {
		err = w.Close()
	}
	p.idle.Put(w)
	return out.Bytes(), err
}

// deliver sends an answer: compressed where the reader takes it, and nothing where the reader has it already.
func (a *answered) deliver(w http.ResponseWriter, r *http.Request) error {
	h := w.Header()
	for k, v := range a.header {
		h[k] = v
	}
	packed := a.packed && takesGzip(r.Header.Get("Accept-Encoding"))
	if a.tag != "" {
		etag := a.tag // a strong one names bytes, so that each encoding has its own
		if packed {
			etag += packedTag
		}
		h.Set("ETag", `"`+etag+`"`)
		if matches(r.Header.Get("If-None-Match"), a.tag) {
			h.Del("Content-Type")
			w.WriteHeader(http.StatusNotModified)
			return nil
		}
	}
	body := a.body
	switch {
	case packed:
		h.Set("Content-Encoding", "gzip")
	case a.packed:
		z, err := gzip.NewReader(bytes.NewReader(body))
		if err == nil {
			body, err = io.ReadAll(z)
		}
		if err != nil {
			return fmt.Errorf("unpack answer: %w", err)
		}
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(a.status)
	if r.Method != http.MethodHead {
		_, _ = w.Write(body) // a reader who has gone is no fault of ours
	}
	return nil
}

// packedTag ends the tag of a body that is sent as gzip.
const packedTag = "-gzip"

// matches reads an If-None-Match header: whether the reader has the body of a hash, in whichever encoding.
func matches(ifNoneMatch, tag string) bool {
	for t := range strings.SplitSeq(ifNoneMatch, ",") {
		t = strings.Trim(strings.TrimPrefix(strings.TrimSpace(t), "W/"), `"`)
		if t == "*" || strings.TrimSuffix(t, packedTag) == tag {
			return true
		}
	}
	return false
}
