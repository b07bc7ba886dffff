package capture

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/textproto"
	"strings"

	"golang.org/x/net/html/charset"
)

// Limits on messages: mails and saved pages (MHTML).
const (
	maxMessage = 64 << 20  // bytes of the whole file
	maxHeader  = 256 << 10 // bytes of one header
	maxParts   = 2000
	maxNesting = 10 // of multiparts in multiparts
)

// message is a mail or a saved page, taken apart. Messages inside it stay whole, as parts.
type message struct {
	header textproto.MIMEHeader
	parts  []part
	faults []Fault
}

// part is one leaf of a message.
type part struct {
	mediaType string
	charset   string
	name      string // of an attached file, decoded
	location  string // Content-Location
	attached  bool
	body      []byte // transfer encoding undone
}

// field returns a header field of the message with its encoded words decoded.
func (m *message) field(name string) string { return decodeWords(m.header.Get(name)) }

func decodeWords(s string) string {
	d := mime.WordDecoder{CharsetReader: charset.NewReaderLabel}
	if out, err := d.DecodeHeader(s); err == nil {
		return out
	}
	return s
}

// splitMessage takes a message apart. What asks for too much is refused.
func splitMessage(r io.Reader) (*message, error) {
	b := bufio.NewReader(io.LimitReader(r, maxMessage+1))
	head, err := readHeader(b)
	if err != nil {
		return nil, err
	}
	m := &message{header: head}
	s := splitter{m: m}
	if err := s.take(head, b, 0); err != nil {
		return nil, err
	}
	return m, nil
}

// readHeader reads header fields up to the empty line. A line that mailboxes put before them is skipped.
func readHeader(b *bufio.Reader) (textproto.MIMEHeader, error) {
	var raw bytes.Buffer
	for {
		line, err := b.ReadSlice('\n')
		first := raw.Len() == 0
		raw.Write(line)
		if raw.Len() > maxHeader {
			return nil, refusal("its header is longer than %d bytes", maxHeader)
		}
		if errors.Is(err, bufio.ErrBufferFull) {
			continue
		}
		if first && bytes.HasPrefix(line, []byte("From ")) {
			raw.Reset()
		}
		if err == io.EOF || len(bytes.TrimRight(line, "\r\n")) == 0 && !first {
			break
		}
		if err != nil {
			return nil, err
		}
	}
	raw.WriteString("\r\n\r\n")
	h, err := textproto.NewReader(bufio.NewReader(&raw)).ReadMIMEHeader()
	if err != nil {
		return nil, refusal("its header cannot be read: %v", err)
	}
	return h, nil
}

type splitter struct {
	m     *message
	total int
}

// take adds what stands below a header: one part, or those of a multipart.
func (s *splitter) take(h textproto.MIMEHeader, body io.Reader, depth int) error {
	mediaType, params, err := mime.ParseMediaType(h.Get("Content-Type"))
	if err != nil || mediaType == "" {
		mediaType = "text/plain"
		if h.Get("Content-Type") != "" && !errors.Is(err, mime.ErrInvalidMediaParameter) {
			s.fault("the media type %.100q is none", h.Get("Content-Type"))
			mediaType = "application/octet-stream"
		}
	}
	if !strings.HasPrefix(mediaType, "multipart/") {
		return s.leaf(mediaType, params, h, body)
	}
	if depth >= maxNesting {
		return refusal("parts lie in parts more than %d deep", maxNesting)
	}
	if params["boundary"] == "" {
		return refusal("it has several parts and does not say where they end")
	}
	mr := multipart.NewReader(body, params["boundary"])
	for {
		p, err := mr.NextRawPart()
		if err == io.EOF {
			return nil
		}
		if errors.Is(err, io.ErrUnexpectedEOF) || err != nil && strings.Contains(err.Error(), "NextPart: EOF") {
			s.fault("it ends in the middle of its parts")
			return nil
		}
		if err != nil {
			return refusal("its parts cannot be told apart: %v", err)
		}
		if err := s.take(p.Header, p, depth+1); err != nil {
			return err
		}
	}
}

func (s *splitter) leaf(mediaType string, params map[string]string, h textproto.MIMEHeader, body io.Reader) error {
	if len(s.m.parts) >= maxParts {
		return refusal("it has more than %d parts", maxParts)
	}
	p := part{mediaType: mediaType, charset: params["charset"], location: strings.TrimSpace(h.Get("Content-Location")), name: decodeWords(params["name"])}
	if d, dp, err := mime.ParseMediaType(h.Get("Content-Disposition")); err == nil {
		p.attached = d == "attachment"
		if dp["filename"] != "" {
			p.name = decodeWords(dp["filename"])
		}
	}
	if why := badName(p.name); why != "" {
		return refusal("the name of an attached file %s: %.200q", why, p.name)
	}
	switch strings.ToLower(strings.TrimSpace(h.Get("Content-Transfer-Encoding"))) {
	case "base64":
		body = base64.NewDecoder(base64.StdEncoding, body)
	case "quoted-printable":
		body = quotedprintable.NewReader(body)
	}
	var err error
	p.body, err = io.ReadAll(io.LimitReader(body, int64(maxMessage-s.total)+1))
	if s.total += len(p.body); s.total > maxMessage {
		return refusal("it is longer than %d bytes", maxMessage)
	}
	if err != nil {
		s.fault("part %d cannot be read to its end: %v", len(s.m.parts)+1, err)
	}
	s.m.parts = append(s.m.parts, p)
	return nil
}

const maxFaults = 100

func (s *splitter) fault(format string, args ...any) {
	if len(s.m.faults) < maxFaults {
		s.m.faults = append(s.m.faults, Fault{Class: "message", What: fmt.Sprintf(format, args...)})
	}
}

// refusal makes an error that wraps ErrRefused.
func refusal(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrRefused, fmt.Sprintf(format, args...))
}
