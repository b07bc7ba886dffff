package wacz

import (
	"bufio"
	"hash"
	"io"
)

// source counts what was taken from a file, so that the ends of gzip members are known, and hashes it when asked.
type source struct {
	r       *bufio.Reader
	under   io.Reader
	n       int64     // given to r
	start   int64     // of the present gzip member
	sum     hash.Hash // nil when nothing is hashed
	pending []byte    // given to r and not yet hashed
}

func newSource(r io.Reader) *source {
	s := &source{under: r}
	s.r = bufio.NewReaderSize(s, 64<<10)
	return s
}

// at returns how many bytes were taken.
func (s *source) at() int64 { return s.n - int64(s.r.Buffered()) }

// Read is what r reads from.
func (s *source) Read(p []byte) (int, error) {
	s.mark()
	n, err := s.under.Read(p)
	s.n += int64(n)
	if s.sum != nil {
		s.pending = append(s.pending, p[:n]...)
	}
	return n, err
}

// mark hashes what was taken since the last time.
func (s *source) mark() {
	if s.sum == nil {
		return
	}
	n := len(s.pending) - s.r.Buffered()
	s.sum.Write(s.pending[:n])
	s.pending = append(s.pending[:0], s.pending[n:]...)
}

// begin starts the hash of a record at the present place.
func (s *source) begin() {
	if s.sum != nil {
		s.mark()
		s.sum.Reset()
	}
}

// total returns the hash of what was taken since begin, as sha256:<hex>, "" when nothing is hashed.
func (s *source) total() string {
	if s.sum == nil {
		return ""
	}
	s.mark()
	return sumText("sha256", s.sum)
}
