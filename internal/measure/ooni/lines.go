package ooni

import (
	"archive/tar"
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// Line is one record of a source: a measurement, or something in its place.
type Line struct {
	Number int64  // from 1, over the whole source
	File   string // the source's name, with the path of the member behind it where the source is a tar archive
	Data   []byte // valid only until the function it was given to returns
	Err    error  // why Data is no whole record; Data is then what there is of it, at most 1 MiB
}

// Limits on what Lines keeps or follows.
const (
	keep      = 1 << 20   // bytes of a record that cannot be read
	maxWraps  = 4         // archives and compressions inside one another
	maxWindow = 128 << 20 // bytes of memory a zstd stream may ask for
)

// Lines calls f with each record in r, whose name is for messages only: what r holds is recognised
// by content. Lines opens gzip, zstd and tar, inside one another up to four deep, and reads JSON
// objects, one a line, over many lines, or one behind the other; arrays of objects, without loading
// them whole; JSON reports with a header line, and the YAML reports of OONI's early years, both of
// which it hands on as measurements of today's shape.
//
// Blank lines, byte order marks and the NULs of a disk that was full are no records. What is damaged
// or foreign is handed on with Err, and reading goes on where it can: a bad line costs that line, the
// broken end of a compressed stream costs the rest of it, and a file of another kind is one record.
// Where more than twenty bad lines follow one another, the rest of them is one record.
//
// Lines fails only with what f returns.
func Lines(r io.Reader, name string, f func(Line) error) error {
	s := &splitter{f: f, file: name}
	return s.stream(r, 0)
}

type splitter struct {
	f      func(Line) error
	file   string
	n      int64
	broken bool // the source itself: what is wrapped around it need not say so again

	bad      int    // records without sense, one after another
	badLines int64  // those of them that wait in badData
	badData  []byte // at most keep bytes
}

// record hands on a record.
func (s *splitter) record(data []byte) error {
	if s.bad > 0 {
		if err := s.flush(); err != nil {
			return err
		}
	}
	return s.emit(data, nil)
}

// maxBad is how many bad records in a row are handed on one by one.
const maxBad = 20

// reject hands on what should have been a record; of a long run of them, the rest as one.
func (s *splitter) reject(data []byte, why error) error {
	if s.bad++; s.bad <= maxBad {
		return s.emit(data[:min(len(data), keep)], why)
	}
	s.badLines++
	if room := keep - len(s.badData); room > 0 {
		s.badData = append(append(s.badData, data[:min(len(data), room-1)]...), '\n')
	}
	return nil
}

// flush ends a run of bad records.
func (s *splitter) flush() error {
	lines, data := s.badLines, s.badData
	s.bad, s.badLines, s.badData = 0, 0, nil
	if lines == 0 {
		return nil
	}
	return s.emit(data, fmt.Errorf("%d more lines that are no measurements either: begin with %q", lines, beginning(data)))
}

func (s *splitter) emit(data []byte, err error) error {
	s.n++
	return s.f(Line{Number: s.n, File: s.file, Data: data, Err: err})
}

// fail hands on what was read of a record when its source broke.
func (s *splitter) fail(data []byte, why error) error {
	if err := s.flush(); err != nil {
		return err
	}
	s.broken = true
	return s.emit(data[:min(len(data), keep)], fmt.Errorf("the source breaks off: %w", why))
}

const (
	magicGzip = "\x1f\x8b"
	magicZstd = "\x28\xb5\x2f\xfd"
	magicTar  = "ustar" // at byte 257
	bom       = "\xef\xbb\xbf"
)

// stream reads one file, archive member or decompressed stream.
func (s *splitter) stream(r io.Reader, wraps int) error {
	b := bufio.NewReaderSize(r, 1<<20)
	head, err := b.Peek(512)
	switch {
	case len(head) == 0 && errors.Is(err, io.EOF):
		return nil
	case len(head) == 0:
		return s.fail(nil, err)
	case wraps > maxWraps:
		return s.foreign(b, nil, "packed more than four times over")
	case bytes.HasPrefix(head, []byte(magicGzip)):
		z, err := gzip.NewReader(b)
		if err != nil {
			return s.fail(head, err)
		}
		return s.stream(z, wraps+1)
	case bytes.HasPrefix(head, []byte(magicZstd)):
		z, err := zstd.NewReader(b, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(maxWindow))
		if err != nil {
			return s.fail(head, err)
		}
		defer z.Close()
		return s.stream(z, wraps+1)
	case len(head) >= 262 && string(head[257:262]) == magicTar:
		return s.tar(b, wraps)
	case bytes.HasPrefix(head, []byte(bom)):
		_, _ = b.Discard(len(bom))
	}
	if err := s.content(b); err != nil {
		return err
	}
	return s.flush()
}

// tar reads the members of an archive one after another.
func (s *splitter) tar(b io.Reader, wraps int) error {
	archive := s.file
	defer func() { s.file = archive }()
	t := tar.NewReader(b)
	for !s.broken {
		h, err := t.Next()
		s.file = archive
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return s.fail(nil, err)
		case h.Typeflag != tar.TypeReg:
			continue
		}
		s.file = archive + "/" + h.Name
		if err := s.stream(t, wraps+1); err != nil {
			return err
		}
	}
	return nil
}

// content reads text of one of the kinds that hold measurements.
func (s *splitter) content(b *bufio.Reader) error {
	for {
		c, err := firstByte(b)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return s.fail(nil, err)
		}
		switch {
		case c == '{':
			return s.objects(&lineReader{b: b})
		case c == '[':
			if err := s.array(b); err != nil || s.broken {
				return err
			}
			continue // usually to the end
		}
		if header := yamlHeader(b); header != nil {
			return s.yaml(&lineReader{b: b}, header)
		}
		return s.foreign(b, nil, "")
	}
}

// foreign hands on a file of another kind as one record; before is what was read of it already.
func (s *splitter) foreign(b *bufio.Reader, before []byte, why string) error {
	if err := s.flush(); err != nil {
		return err
	}
	data := append([]byte(nil), before[:min(len(before), keep)]...)
	rest, err := io.ReadAll(io.LimitReader(b, int64(keep-len(data))))
	data = append(data, rest...)
	cut := ""
	if err == nil {
		var n int64
		if n, err = io.Copy(io.Discard, b); n > 0 {
			cut = fmt.Sprintf("; the first %d bytes are kept", len(data))
		}
	}
	if err != nil {
		return s.fail(data, err)
	}
	if why == "" {
		why = fmt.Sprintf("begins with %q", beginning(data))
	}
	return s.emit(data, fmt.Errorf("not a file of measurements: neither JSON nor a YAML report: %s%s", why, cut))
}

// firstByte skips white space and NULs and returns the byte behind them without taking it.
func firstByte(b *bufio.Reader) (byte, error) {
	for {
		c, err := b.ReadByte()
		if err != nil {
			return 0, err
		}
		if c > ' ' {
			return c, b.UnreadByte()
		}
	}
}

// trim removes white space and NULs from both ends.
func trim(b []byte) []byte {
	for len(b) > 0 && b[0] <= ' ' {
		b = b[1:]
	}
	for len(b) > 0 && b[len(b)-1] <= ' ' {
		b = b[:len(b)-1]
	}
	return b
}

// lineReader reads lines of any length.
type lineReader struct {
	b    *bufio.Reader
	long []byte // a line that did not fit into the reader's buffer
}

// next returns the next line with its line feed, valid until the next call. With io.EOF it returns
// the last line, perhaps empty. With ErrTooLong it returns the line's beginning, and has skipped the rest.
func (l *lineReader) next() ([]byte, error) {
	line, err := l.b.ReadSlice('\n')
	if !errors.Is(err, bufio.ErrBufferFull) {
		return line, err
	}
	if cap(l.long) > 8<<20 { // a giant long ago is no reason to hold its memory
		l.long = nil
	}
	l.long = append(l.long[:0], line...)
	tooLong := false
	for errors.Is(err, bufio.ErrBufferFull) {
		if len(trim(l.long)) == 0 { // NULs without end
			l.long = l.long[:0]
		}
		line, err = l.b.ReadSlice('\n')
		if tooLong = tooLong || len(l.long)+len(line) > MaxLine; !tooLong {
			l.long = append(l.long, line...)
		}
	}
	if tooLong && (err == nil || errors.Is(err, io.EOF)) {
		return l.long[:keep], ErrTooLong
	}
	return l.long, err
}
