package wacz

import (
	"bufio"
	"errors"
	"fmt"
	"io"

	"github.com/klauspost/compress/gzip"
)

// Limits of what a Reader takes in.
const (
	maxHeader     = 1 << 20 // bytes of a record's header
	maxFields     = 2000    // named fields of a record
	maxBlankLines = 64      // between two records
	maxSkip       = 1 << 20 // bytes that are skipped to find the next record
)

// ReaderOptions say what becomes of deviations.
type ReaderOptions struct {
	Fault func(Fault) // told of every deviation that was tolerated; may be nil
	Note  func(Fault) // told of what is unusual and allowed; may be nil
	Where string      // the name of the file, in faults
}

// Reader reads WARC records one after the other, of versions 1.1, 1.0, 0.18 and 0.17, plain or with one gzip
// member a record (or one for many). Memory is bounded by the header of one record. What deviates from the
// specification is told to ReaderOptions.Fault; reading goes on as long as it is clear where the next record is.
type Reader struct {
	src *source
	opt ReaderOptions

	gz     *gzip.Reader
	gzText *bufio.Reader // of the present member
	zipped bool          // the file is gzip
	inside bool          // the present member may hold a further record
	body   *bufio.Reader // where records are read from: gzText or src.r

	rec   *Record
	left  *blockReader
	index int   // of the present record in the file, from 1
	bare  int64 // length of the last record in a plain file, without the line ends that close it
	whole int64 // its length, 0 when it is not the only one in its gzip member

	bareSum, wholeSum string // hashes of both, when the source hashes
	many              bool
	err               error
}

// ErrDamaged says that it cannot be told where the next record begins.
var ErrDamaged = errors.New("no WARC record")

// NewReader returns a reader of the records in r.
func NewReader(r io.Reader, opt ReaderOptions) *Reader {
	return &Reader{src: newSource(r), opt: opt}
}

// Next returns the next record, io.EOF after the last, or an error that ends the file: ErrDamaged, an unexpected
// end, or what reading gave. What is left of the previous block is skipped.
func (r *Reader) Next() (*Record, error) {
	if r.err != nil {
		return nil, r.err
	}
	if _, err := r.Finish(); err != nil {
		r.err = err
		return nil, err
	}
	rec, err := r.next()
	if err != nil {
		if err != io.EOF {
			r.fault("%s", err)
		}
		r.err = err
		return nil, err
	}
	return rec, nil
}

// Finish reads the present record to its end and returns how many bytes of the file it takes, which is the
// length that an index gives. Without a present record it returns 0.
func (r *Reader) Finish() (int64, error) {
	if r.rec == nil {
		return 0, nil
	}
	if r.err != nil {
		return 0, r.err
	}
	n, err := r.finish()
	if err != nil {
		r.fault("%s", err)
		r.err = err
	}
	return n, err
}

func (r *Reader) finish() (int64, error) {
	if _, err := io.Copy(io.Discard, r.left); err != nil {
		return 0, err
	}
	start := r.rec.Offset
	r.bare = r.src.at() - start
	if !r.zipped {
		r.bareSum = r.src.total()
	}
	r.trailer()
	defer func() { r.rec, r.left = nil, nil }()
	if !r.zipped {
		r.whole, r.wholeSum = r.src.at()-start, r.src.total()
		return r.whole, nil
	}
	extra := 0
	c, err := r.gzText.Peek(1)
	for ; err == nil && (c[0] == '\r' || c[0] == '\n') && extra < 2*maxBlankLines; extra++ {
		r.gzText.Discard(1)
		c, err = r.gzText.Peek(1)
	}
	if extra > 0 {
		r.tell(r.opt.Fault, "%d bytes of empty lines follow the record", extra)
	}
	if err == nil {
		r.inside = true
		if !r.many {
			r.many = true
			r.fault("its gzip member holds more than one record: records cannot be reached one by one")
		}
		r.whole = 0
		return 0, nil
	} else if err != io.EOF {
		return 0, unexpected(fmt.Errorf("read gzip member at byte %d: %w", start, err))
	}
	if r.whole, r.wholeSum = r.src.at()-start, r.src.total(); r.inside {
		r.whole = 0
	}
	r.inside = false
	return r.whole, nil
}

// trailer reads the two line ends that close a record. Where they are missing, it looks for what may be the next
// record.
func (r *Reader) trailer() {
	got, _ := r.body.Peek(4)
	if string(got) == "\r\n\r\n" {
		r.body.Discard(4)
		return
	}
	n := 0
	for n < len(got) && (got[n] == '\r' || got[n] == '\n') {
		n++
	}
	if n == len(got) && n < 4 {
		r.fault("the file ends before the two line ends that close the record")
		r.body.Discard(n)
		return
	}
	r.fault("two line ends must follow the block of %d bytes, not %q: a wrong Content-Length?", r.rec.Length, got)
	if n > 0 {
		r.body.Discard(n)
		return
	}
	skipped := 0
	for skipped < maxSkip {
		line, err := r.body.ReadSlice('\n')
		if skipped += len(line); err != nil && err != bufio.ErrBufferFull {
			return
		}
		if next, _ := r.body.Peek(5); err == nil && string(next) == "WARC/" {
			return
		}
	}
}

// next finds and reads the header of the next record.
func (r *Reader) next() (*Record, error) {
	offset, err := r.member()
	if err != nil {
		return nil, err
	}
	r.index++
	blank := 0
	for {
		c, err := r.body.Peek(1)
		if err == io.EOF && r.index > 1 && !r.zipped {
			return nil, io.EOF // after line ends that closed the last record
		}
		if err != nil {
			return nil, unexpected(err)
		}
		if c[0] != '\r' && c[0] != '\n' {
			break
		}
		r.body.Discard(1)
		if blank++; blank > 2*maxBlankLines {
			return nil, fmt.Errorf("%w at byte %d: nothing but empty lines", ErrDamaged, offset)
		}
	}
	if blank > 0 {
		r.rec = &Record{Offset: offset}
		r.fault("%d bytes of empty lines stand before the record", blank)
		if !r.zipped {
			offset += int64(blank)
		}
	}
	if !r.zipped {
		r.src.begin()
	}
	rec := &Record{Offset: offset}
	r.rec = rec
	if err := r.header(rec); err != nil {
		return nil, err
	}
	r.left = &blockReader{r: r.body, left: rec.Length}
	rec.Block = r.left
	return rec, nil
}

// member opens the next gzip member, or finds that the file is plain, and returns where the record begins.
func (r *Reader) member() (int64, error) {
	if r.zipped && r.inside {
		return r.src.start, nil
	}
	offset := r.src.at()
	head, err := r.src.r.Peek(2)
	if len(head) == 0 {
		return 0, err // io.EOF, or what reading gave
	}
	zipped := len(head) == 2 && head[0] == 0x1f && head[1] == 0x8b
	switch {
	case offset == 0:
		r.zipped = zipped
	case r.zipped && !zipped:
		return 0, fmt.Errorf("%w at byte %d: bytes that are no gzip member follow the record", ErrDamaged, offset)
	}
	if !r.zipped {
		r.body = r.src.r
		return offset, nil
	}
	r.src.start = offset
	r.src.begin()
	if r.gz == nil {
		r.gz, err = gzip.NewReader(r.src.r)
	} else {
		err = r.gz.Reset(r.src.r)
	}
	if err != nil {
		return 0, unexpected(fmt.Errorf("%w at byte %d: gzip: %w", ErrDamaged, offset, err))
	}
	r.gz.Multistream(false)
	if r.gzText == nil {
		r.gzText = bufio.NewReaderSize(r.gz, 32<<10)
	} else {
		r.gzText.Reset(r.gz)
	}
	r.body = r.gzText
	return offset, nil
}

func (r *Reader) fault(format string, args ...any) { r.tell(r.opt.Fault, format, args...) }
func (r *Reader) note(format string, args ...any)  { r.tell(r.opt.Note, format, args...) }

func (r *Reader) tell(to func(Fault), format string, args ...any) {
	if to == nil {
		return
	}
	to(Fault{ClassWARC, where(r.opt.Where, r.rec), fmt.Sprintf(format, args...)})
}

// where names a record within a file.
func where(file string, rec *Record) string {
	switch {
	case rec == nil:
		return file
	case file == "":
		return fmt.Sprintf("record at byte %d", rec.Offset)
	}
	return fmt.Sprintf("%s, record at byte %d", file, rec.Offset)
}

// unexpected turns an end of file into one that should not be.
func unexpected(err error) error {
	if errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// blockReader reads a block and sees when it is cut short.
type blockReader struct {
	r    io.Reader
	left int64
}

func (b *blockReader) Read(p []byte) (int, error) {
	if b.left == 0 {
		return 0, io.EOF
	}
	if int64(len(p)) > b.left {
		p = p[:b.left]
	}
	n, err := b.r.Read(p)
	b.left -= int64(n)
	if err == io.EOF && b.left > 0 {
		err = fmt.Errorf("the file is cut off, %d bytes of the block are missing: %w", b.left, io.ErrUnexpectedEOF)
	} else if err == io.EOF {
		err = nil
	}
	return n, err
}
