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

	"github.com/klauspost/compress/zstd"
)

// A pack is: the magic line, frames, the index, the trailer. A frame is one zstd frame of objects
// end to end; the index is one zstd frame of index records; the trailer has a fixed size.
const (
	magic       = "veedor pack 1\n"
	trailerSize = 8 + 8 + 4 + 4 + sha256.Size // index offset, index length, frames, objects, SHA-256 of all before it
	frameSize   = 1 << 20                     // raw bytes after which a frame is closed
	maxFrame    = 96 << 20                    // raw bytes no frame exceeds; a larger one was forged
	maxObject   = 80 << 20
	maxReason   = 1 << 10
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

// parseIndex reads what appendIndex wrote, trusting nothing.
func parseIndex(b []byte, nFrames, nObjects uint32, end int64) ([]frame, []packed, error) {
	if uint64(nFrames)*3+uint64(nObjects)*37 > uint64(len(b)) {
		return nil, nil, fmt.Errorf("%w: index too short", errDamaged)
	}
	r := bytes.NewReader(b)
	bad := false
	num := func(limit int64) int64 {
		n, err := binary.ReadUvarint(r)
		if err != nil || n > uint64(limit) {
			bad = true
			return 0
		}
		return int64(n)
	}
	frames := make([]frame, nFrames)
	for i := range frames {
		frames[i] = frame{num(end), num(end), num(maxFrame)}
		bad = bad || frames[i].offset+frames[i].length > end
	}
	objects := make([]packed, nObjects)
	for i := range objects {
		o := &objects[i]
		if _, err := io.ReadFull(r, o.hash[:]); err != nil {
			bad = true
		}
		o.frame, o.start, o.size, o.Line = int(num(int64(nFrames)-1)), num(maxFrame), num(maxFrame), num(1<<62)
		reason := make([]byte, num(maxReason))
		if _, err := io.ReadFull(r, reason); err != nil {
			bad = true
		}
		o.Rejected = string(reason)
		if bad || o.start+o.size > frames[o.frame].raw {
			return nil, nil, fmt.Errorf("%w: index record %d", errDamaged, i)
		}
	}
	if bad || r.Len() != 0 {
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
}

// Close closes the file.
func (p *pack) Close() error {
	p.dec.Close()
	return p.File.Close()
}

func newDecoder() (*zstd.Decoder, error) {
	return zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(maxFrame))
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
	if offset > uint64(end) || length > uint64(end)-offset || length > 1<<30 {
		return fmt.Errorf("%w: trailer", errDamaged)
	}
	compressed := make([]byte, length)
	if _, err := p.ReadAt(compressed, int64(offset)); err != nil {
		return err
	}
	raw, err := p.dec.DecodeAll(compressed, nil)
	if err != nil {
		return fmt.Errorf("%w: index: %w", errDamaged, err)
	}
	p.frames, p.objects, err = parseIndex(raw, frames, objects, int64(offset))
	return err
}

// frame returns the raw bytes of a frame, using buf.
func (p *pack) frame(i int, buf []byte) ([]byte, error) { return readFrame(p, p.dec, p.frames[i], buf) }

func readFrame(r io.ReaderAt, dec *zstd.Decoder, f frame, buf []byte) ([]byte, error) {
	compressed := make([]byte, f.length)
	if _, err := r.ReadAt(compressed, f.offset); err != nil {
		return nil, err
	}
	raw, err := dec.DecodeAll(compressed, buf[:0])
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errDamaged, err)
	}
	if int64(len(raw)) != f.raw {
		return nil, fmt.Errorf("%w: a frame of %d bytes, the index says %d", errDamaged, len(raw), f.raw)
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
func hashFile(path string, read func(n int64)) (sum, claimed Hash, err error) {
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
		read(n)
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
	raw, err := readFrame(f, dec, l.frame, nil)
	if err != nil {
		return nil, err
	}
	if l.start+l.size > int64(len(raw)) {
		return nil, fmt.Errorf("%w: beyond its frame", errDamaged)
	}
	return raw[l.start : l.start+l.size], nil
}
