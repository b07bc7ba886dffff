package fault

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
)

// field is one line of a record's header.
type field struct{ name, value string }

// record is one WARC record, header and block apart, as it will be written.
type record struct {
	version string // "1.1"
	fields  []field
	block   []byte

	raw    []byte // instead of everything above
	end    string // instead of the two empty lines that end a record
	before []byte // bytes before the record, compressed or not, that belong to none
	inside []byte // bytes after the record within its gzip member
}

// get returns the first field of that name.
func (r *record) get(name string) string {
	for _, f := range r.fields {
		if strings.EqualFold(f.name, name) {
			return f.value
		}
	}
	return ""
}

// set replaces the first field of that name, or adds it.
func (r *record) set(name, value string) {
	for i := range r.fields {
		if strings.EqualFold(r.fields[i].name, name) {
			r.fields[i].value = value
			return
		}
	}
	r.fields = append(r.fields, field{name, value})
}

// drop removes every field of that name.
func (r *record) drop(name string) {
	r.fields = slices.DeleteFunc(r.fields, func(f field) bool { return strings.EqualFold(f.name, name) })
}

func (r *record) kind() string { return r.get("WARC-Type") }
func (r *record) uri() string  { return r.get("WARC-Target-URI") }

// http says whether the block is an HTTP message.
func (r *record) http() bool {
	return strings.HasPrefix(r.get("Content-Type"), "application/http") && strings.HasPrefix(r.uri(), "http")
}

// payload returns what follows the HTTP header, or the whole block.
func (r *record) payload() []byte {
	if !r.http() {
		return r.block
	}
	if _, body, ok := bytes.Cut(r.block, []byte("\r\n\r\n")); ok {
		return body
	}
	return nil
}

// setPayload replaces the payload; the HTTP header stays, but for its Content-Length.
func (r *record) setPayload(b []byte) {
	if !r.http() {
		r.block = b
		return
	}
	head, _, _ := bytes.Cut(r.block, []byte("\r\n\r\n"))
	lines := strings.Split(string(head), "\r\n")
	for i, l := range lines {
		if name, _, ok := strings.Cut(l, ":"); ok && strings.EqualFold(name, "Content-Length") {
			lines[i] = name + ": " + strconv.Itoa(len(b))
		}
	}
	r.block = append([]byte(strings.Join(lines, "\r\n")+"\r\n\r\n"), b...)
}

// settle makes length and digests right again.
func (r *record) settle() {
	r.set("Content-Length", strconv.Itoa(len(r.block)))
	if r.get("WARC-Block-Digest") != "" {
		r.set("WARC-Block-Digest", digest(r.block))
	}
	if r.get("WARC-Payload-Digest") != "" && r.kind() != "revisit" {
		r.set("WARC-Payload-Digest", digest(r.payload()))
	}
}

func digest(b []byte) string { return "sha256:" + hexSum(b) }

func hexSum(b []byte) string {
	s := sha256.Sum256(b)
	return hex.EncodeToString(s[:])
}

// bytes writes the record without compression.
func (r *record) bytes() []byte {
	if r.raw != nil {
		return r.raw
	}
	var b bytes.Buffer
	b.WriteString("WARC/" + r.version + "\r\n")
	for _, f := range r.fields {
		b.WriteString(f.name + ": " + f.value + "\r\n")
	}
	b.WriteString("\r\n")
	b.Write(r.block)
	end := r.end
	if end == "" {
		end = "\r\n\r\n"
	}
	b.WriteString(end)
	b.Write(r.inside)
	return b.Bytes()
}

// warcFile is one WARC file.
type warcFile struct {
	gzipped bool
	records []*record
	trail   []byte
}

// place is where a record lies in its file.
type place struct{ offset, length int }

// bytes writes the file and says where each record lies.
func (w *warcFile) bytes() ([]byte, []place) {
	var out bytes.Buffer
	var places []place
	z := gzip.NewWriter(&out) // one for all: each takes most of a megabyte
	for _, r := range w.records {
		out.Write(r.before)
		at := out.Len()
		if w.gzipped {
			z.Reset(&out)
			z.Write(r.bytes())
			z.Close()
		} else {
			out.Write(r.bytes())
		}
		places = append(places, place{at, out.Len() - at})
	}
	out.Write(w.trail)
	return out.Bytes(), places
}

func gzipped(b []byte) []byte {
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	z.Write(b)
	z.Close()
	return out.Bytes()
}

// readWARC takes a sound WARC file apart.
func readWARC(b []byte) (*warcFile, []place, error) {
	w := &warcFile{gzipped: len(b) > 1 && b[0] == 0x1f && b[1] == 0x8b}
	var places []place
	rest := bytes.NewReader(b)
	for rest.Len() > 0 {
		at := len(b) - rest.Len()
		var in io.Reader = rest
		if w.gzipped {
			z, err := gzip.NewReader(rest)
			if err != nil {
				return nil, nil, fmt.Errorf("read warc: offset %d: %w", at, err)
			}
			z.Multistream(false)
			in = z
		}
		all := in
		buf, ok := all.(*bytes.Reader)
		var br *bufio.Reader
		if !ok {
			raw, err := io.ReadAll(all)
			if err != nil {
				return nil, nil, fmt.Errorf("read warc: offset %d: %w", at, err)
			}
			br = bufio.NewReader(bytes.NewReader(raw))
		} else {
			br = bufio.NewReader(io.NewSectionReader(buf, int64(at), int64(len(b)-at)))
		}
		r, n, err := readRecord(br)
		if err != nil {
			return nil, nil, fmt.Errorf("read warc: offset %d: %w", at, err)
		}
		if ok {
			rest.Seek(int64(at+n), io.SeekStart)
		}
		w.records = append(w.records, r)
		places = append(places, place{at, len(b) - rest.Len() - at})
	}
	return w, places, nil
}

// readRecord reads one record and says how long it is.
func readRecord(in *bufio.Reader) (*record, int, error) {
	r, n := &record{}, 0
	line := func() (string, error) {
		s, err := in.ReadString('\n')
		n += len(s)
		return strings.TrimRight(s, "\r\n"), err
	}
	first, err := line()
	version, ok := strings.CutPrefix(first, "WARC/")
	if err != nil || !ok {
		return nil, 0, fmt.Errorf("no record begins here: %q", first)
	}
	r.version = version
	for {
		s, err := line()
		if err != nil {
			return nil, 0, err
		}
		if s == "" {
			break
		}
		name, value, _ := strings.Cut(s, ":")
		r.fields = append(r.fields, field{name, strings.TrimSpace(value)})
	}
	size, err := strconv.Atoi(r.get("Content-Length"))
	if err != nil {
		return nil, 0, err
	}
	r.block = make([]byte, size)
	if _, err := io.ReadFull(in, r.block); err != nil {
		return nil, 0, err
	}
	n += size
	for range 2 {
		if _, err := line(); err != nil {
			return nil, 0, err
		}
	}
	return r, n, nil
}
