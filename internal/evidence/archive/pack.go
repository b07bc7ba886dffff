package archive

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

	"github.com/klauspost/compress/zstd"
)

// A pack is: the magic line, frames, the index, the trailer. A frame is one zstd frame of objects
// end to end; the index is one zstd frame of index records; the trailer has a fixed size. There are
// no gaps: every byte belongs to one of them, every byte of a frame to one object.
const (
	magic       = "veedor pack 1\n"
	trailerSize = 8 + 8 + 4 + 4 + sha256.Size // index offset, index length, frames, objects, SHA-256 of all before it
	frameSize   = 1 << 20                     // raw bytes after which a frame is closed
	window      = 512 << 10                   // how far back compression looks; on real measurements less halves the ratio, more gains nothing
	maxFrame    = 96 << 20                    // bytes no frame exceeds, raw or compressed; a larger one was forged
	maxObject   = 80 << 20
	maxReason   = 1 << 10
	maxIndex    = 32 << 20 // bytes no index exceeds, raw or compressed; a larger one was forged
	maxUnsized  = 300      // bytes of a compressed frame that need not say how large it is; encoders save that below 256
	packIndex   = 16 << 20 // bytes of raw index after which a pack is closed

	maxRecord     = sha256.Size + 3*5 + 9 + 2 // bytes of an object's index record without its reason
	maxLineNumber = 1<<62 - 1
)

// frame is where a frame lies in its pack.
type frame struct {
	offset, length int64 // compressed
	raw            int64
}

// packed is one object in a pack.
type packed struct {
	hash        Hash
	frame       int
	start, size int64 // within the frame's raw bytes
	Entry
}

var errDamaged = errors.New("damaged")

// appendIndex writes the index's raw form.
func appendIndex(b []byte, frames []frame, objects []packed) []byte {
	for _, f := range frames {
		b = binary.AppendUvarint(b, uint64(f.offset))
		b = binary.AppendUvarint(b, uint64(f.length))
		b = binary.AppendUvarint(b, uint64(f.raw))
	}
	for _, o := range objects {
		b = append(b, o.hash[:]...)
		b = binary.AppendUvarint(b, uint64(o.frame))
		b = binary.AppendUvarint(b, uint64(o.start))
		b = binary.AppendUvarint(b, uint64(o.size))
		b = binary.AppendUvarint(b, uint64(o.Line))
		b = binary.AppendUvarint(b, uint64(len(o.Rejected)))
		b = append(b, o.Rejected...)
	}
	return b
}

// check says whether a frame's measures are possible at all.
func (f frame) check() error {
	if f.offset < int64(len(magic)) || f.length < 0 || f.length > maxFrame || f.raw < 0 || f.raw > maxFrame {
		return fmt.Errorf("%w: a frame of impossible size", errDamaged)
	}
	return nil
}

// indexReader reads numbers; one that is missing or too large makes it bad.
type indexReader struct {
	bytes.Reader
	bad bool
}

func (r *indexReader) number(limit int64) int64 {
	n, err := binary.ReadUvarint(r)
	if err != nil || n > uint64(limit) {
		r.bad = true
		return 0
	}
	return int64(n)
}

func (r *indexReader) bytes(b []byte) {
	if _, err := io.ReadFull(r, b); err != nil {
		r.bad = true
	}
}

// parseIndex reads what appendIndex wrote, trusting nothing. end is where the frames end.
func parseIndex(b []byte, nFrames, nObjects uint32, end int64) ([]frame, []packed, error) {
	if uint64(nFrames)*3+uint64(nObjects)*(sha256.Size+5) > uint64(len(b)) {
		return nil, nil, fmt.Errorf("%w: index too short", errDamaged)
	}
	r := &indexReader{}
	r.Reset(b)
	frames := make([]frame, nFrames)
	at := int64(len(magic))
	for i := range frames {
		f := frame{r.number(end), r.number(maxFrame), r.number(maxFrame)}
		if r.bad || f.offset != at {
			return nil, nil, fmt.Errorf("%w: index of frame %d", errDamaged, i)
		}
		frames[i] = f
		at += f.length
	}
	objects := make([]packed, nObjects)
	n, filled := 0, int64(0) // the frame that objects are filling, and how far
	for i := range objects {
		o := &objects[i]
		r.bytes(o.hash[:])
		o.frame, o.start, o.size, o.Line = int(r.number(int64(nFrames))), r.number(maxFrame), r.number(maxObject), r.number(maxLineNumber)
		reason := make([]byte, r.number(maxReason))
		r.bytes(reason)
		o.Rejected = string(reason)
		if o.frame == n+1 && n < len(frames) && filled == frames[n].raw {
			n, filled = n+1, 0
		}
		if r.bad || o.frame != n || n >= len(frames) || o.start != filled || o.start+o.size > frames[n].raw {
			return nil, nil, fmt.Errorf("%w: index of object %d", errDamaged, i)
		}
		filled += o.size
	}
	if r.bad || r.Len() != 0 || at != end || len(frames) == 0 || n != len(frames)-1 || filled != frames[n].raw {
		return nil, nil, fmt.Errorf("%w: index", errDamaged)
	}
	return frames, objects, nil
}

// pack is an open pack file.
type pack struct {
	*os.File
	frames  []frame
	objects []packed // in the order written
	dec     *zstd.Decoder
	buf     []byte // compressed bytes of one frame, reused
}

// Close closes the file.
func (p *pack) Close() error {
	p.dec.Close()
	return p.File.Close()
}

func newDecoder() (*zstd.Decoder, error) {
	return zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(maxFrame), zstd.WithDecoderLowmem(true))
}

// openPack opens a pack and reads its index. It does not check the pack's hash; fsck does.
func openPack(path string) (*pack, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	p := &pack{File: f}
	if p.dec, err = newDecoder(); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	if err := p.readIndex(); err != nil {
		return nil, errors.Join(err, p.Close())
	}
	return p, nil
}

func (p *pack) readIndex() error {
	st, err := p.Stat()
	if err != nil {
		return err
	}
	head := make([]byte, len(magic))
	if _, err := p.ReadAt(head, 0); err != nil || string(head) != magic {
		return fmt.Errorf("%w: not a pack", errDamaged)
	}
	end := st.Size() - trailerSize
	if end < int64(len(magic)) {
		return fmt.Errorf("%w: cut off", errDamaged)
	}
	var t [trailerSize]byte
	if _, err := p.ReadAt(t[:], end); err != nil {
		return err
	}
	offset, length := binary.LittleEndian.Uint64(t[:]), binary.LittleEndian.Uint64(t[8:])
	frames, objects := binary.LittleEndian.Uint32(t[16:]), binary.LittleEndian.Uint32(t[20:])
	if length > maxIndex || offset > uint64(end) || offset+length != uint64(end) {
		return fmt.Errorf("%w: trailer", errDamaged)
	}
	compressed := make([]byte, length)
	if _, err := p.ReadAt(compressed, int64(offset)); err != nil {
		return err
	}
	raw, err := decode(p.dec, compressed, nil, maxIndex)
	if err != nil {
		return fmt.Errorf("index: %w", err)
	}
	p.frames, p.objects, err = parseIndex(raw, frames, objects, int64(offset))
	return err
}

// frame returns the raw bytes of a frame, using buf.
func (p *pack) frame(i int, buf []byte) (raw []byte, err error) {
	raw, p.buf, err = readFrame(p, p.dec, p.frames[i], buf, p.buf)
	return raw, err
}

// readFrame reads and expands a frame, using two buffers, which it returns.
func readFrame(r io.ReaderAt, dec *zstd.Decoder, f frame, buf, compressed []byte) (raw, read []byte, err error) {
	if err := f.check(); err != nil {
		return nil, compressed, err
	}
	compressed = slices.Grow(compressed[:0], int(f.length))[:f.length]
	if _, err := r.ReadAt(compressed, f.offset); err != nil {
		return nil, compressed, err
	}
	raw, err = decode(dec, compressed, buf, f.raw)
	if err == nil && int64(len(raw)) != f.raw {
		err = fmt.Errorf("%w: a frame of %d bytes, the index says %d", errDamaged, len(raw), f.raw)
	}
	return raw, compressed, err
}

// decode expands one zstd frame into buf. A frame says how large it is, or it is tiny; one that says
// more than limit is not expanded at all. No bytes stand for no bytes.
func decode(dec *zstd.Decoder, compressed, buf []byte, limit int64) ([]byte, error) {
	if len(compressed) == 0 {
		return buf[:0], nil
	}
	var h zstd.Header
	if err := h.Decode(compressed); err != nil {
		return nil, fmt.Errorf("%w: %w", errDamaged, err)
	}
	if h.Skippable || !h.HasFCS && len(compressed) > maxUnsized || h.FrameContentSize > uint64(limit) {
		return nil, fmt.Errorf("%w: it does not say that it has at most %d bytes", errDamaged, limit)
	}
	raw, err := dec.DecodeAll(compressed, buf[:0])
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errDamaged, err)
	}
	return raw, nil
}

// each calls f with the objects of a pack in the order written.
func (p *pack) each(f func(packed, []byte) error) error {
	var raw []byte
	at := -1
	for _, o := range p.objects {
		if o.frame != at {
			var err error
			if raw, err = p.frame(o.frame, raw); err != nil {
				return fmt.Errorf("frame %d: %w", o.frame, err)
			}
			at = o.frame
		}
		if err := f(o, raw[o.start:o.start+o.size]); err != nil {
			return err
		}
	}
	return nil
}

// hashFile returns the SHA-256 of all of a pack but its last field, and that field.
func hashFile(path string, read func(n int64) error) (sum, claimed Hash, err error) {
	f, err := os.Open(path)
	if err != nil {
		return sum, claimed, err
	}
	defer f.Close()
	st, err := f.Stat()
	if err != nil {
		return sum, claimed, err
	}
	body := st.Size() - sha256.Size
	if body < 0 {
		return sum, claimed, fmt.Errorf("%w: cut off", errDamaged)
	}
	h := sha256.New()
	r := bufio.NewReaderSize(f, 1<<20)
	for left := body; left > 0; {
		n, err := io.CopyN(h, r, min(left, 8<<20))
		if err != nil {
			return sum, claimed, err
		}
		left -= n
		if err := read(n); err != nil {
			return sum, claimed, err
		}
	}
	h.Sum(sum[:0])
	if _, err := io.ReadFull(r, claimed[:]); err != nil {
		return sum, claimed, err
	}
	return sum, claimed, nil
}

// location is where an object lies.
type location struct {
	pack        string
	frame       frame
	start, size int64
}

func readObject(path string, l location) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	dec, err := newDecoder()
	if err != nil {
		return nil, err
	}
	defer dec.Close()
	raw, _, err := readFrame(f, dec, l.frame, nil, nil)
	if err != nil {
		return nil, err
	}
	if l.start+l.size > int64(len(raw)) {
		return nil, fmt.Errorf("%w: beyond its frame", errDamaged)
	}
	return raw[l.start : l.start+l.size], nil
}
