package wacz

import (
	"bytes"
	"crypto/rand"
	"io"
	"strings"
	"time"

	"github.com/google/uuid"
)

// Types of WARC records.
const (
	TypeWarcinfo     = "warcinfo"
	TypeResponse     = "response"
	TypeRequest      = "request"
	TypeResource     = "resource"
	TypeMetadata     = "metadata"
	TypeRevisit      = "revisit"
	TypeConversion   = "conversion"
	TypeContinuation = "continuation"
)

// Content types of blocks that hold HTTP messages or named fields.
const (
	HTTPResponse = "application/http; msgtype=response"
	HTTPRequest  = "application/http; msgtype=request"
	WARCFields   = "application/warc-fields"
)

// ProfileIdentical is the WARC-Profile of a revisit whose payload is the same as another record's.
const ProfileIdentical = "http://netpreserve.org/warc/1.1/revisit/identical-payload-digest"

// Field is one named field of a record, or one HTTP header.
type Field struct{ Name, Value string }

// Fields are named fields in their order. Names compare without regard to case.
type Fields []Field

// Get returns the value of the first field of that name, or "".
func (f Fields) Get(name string) string {
	for _, x := range f {
		if strings.EqualFold(x.Name, name) {
			return x.Value
		}
	}
	return ""
}

// All returns the values of every field of that name.
func (f Fields) All(name string) []string {
	var out []string
	for _, x := range f {
		if strings.EqualFold(x.Name, name) {
			out = append(out, x.Value)
		}
	}
	return out
}

// Has says whether there is a field of that name.
func (f Fields) Has(name string) bool { return len(f.All(name)) > 0 }

// Record is one WARC record.
//
// To write one, fill the fields and put whatever else belongs into the header (WARC-Concurrent-To,
// WARC-IP-Address, WARC-Refers-To…) into Fields. The fields that have a place of their own in this struct, the
// lengths and the block digest are the Writer's work. For a revisit, Fields must hold the WARC-Payload-Digest of
// the record it refers to.
//
// When read, Fields holds every named field as it stands in the file.
type Record struct {
	Version     string    // "1.1" when written; "1.1", "1.0", "0.18" or "0.17" when read
	Type        string    // one of the constants above, or another
	ID          string    // a URI without angle brackets, such as urn:uuid:…
	Date        time.Time // when the capture began, UTC; up to nanoseconds
	URI         string    // WARC-Target-URI, "" when there is none
	ContentType string    // of the block
	Fields      Fields

	// Block is the content. When written: read once if it is also an io.Seeker or no more than some MiB, else
	// kept in a temporary file meanwhile, for its digest precedes it. When read: valid until the next Next.
	Block  io.Reader
	Length int64 // of the block in bytes; set when read, ignored when written
	Offset int64 // where the record begins in its file; set when read
}

// NewID returns a fresh urn:uuid from random, or from the system's source when random is nil.
func NewID(random io.Reader) (string, error) {
	if random == nil {
		random = rand.Reader
	}
	u, err := uuid.NewRandomFromReader(random)
	if err != nil {
		return "", err
	}
	return u.URN(), nil
}

// Bytes is a block that lies in memory.
func Bytes(b []byte) io.Reader { return bytes.NewReader(b) }

// IsHTTP says whether the block is an HTTP message: a response, request or revisit of an http or https URI.
func (r *Record) IsHTTP() bool {
	switch r.Type {
	case TypeResponse, TypeRequest, TypeRevisit:
		return hasHTTPScheme(r.URI)
	}
	return false
}

func hasHTTPScheme(uri string) bool {
	return len(uri) > 5 && strings.EqualFold(uri[:5], "http:") || len(uri) > 6 && strings.EqualFold(uri[:6], "https:")
}
