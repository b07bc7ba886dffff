package archive

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"os"
	"path/filepath"

	"github.com/klauspost/compress/zstd"
)

// Batch collects objects of one source until Commit makes them durable. It belongs to one goroutine;
// many batches may be open at once, in many processes.
type Batch struct {
	a      *Archive
	source string
	enc    *zstd.Encoder

	buf     []byte // raw bytes of the open frame
	pending []packed
	out     []byte // compressed bytes of one frame, reused

	file    *os.File // made with the first frame
	sum     hash.Hash
	offset  int64
	frames  []frame
	objects []packed
	seen    map[Hash]struct{} // objects of this batch
	raw     int64             // bytes handed in since the last Commit
	known   int               // objects that were here already
}

// Committed says what a Commit wrote.
type Committed struct {
	Pack                string // its name; "" when there was nothing new
	Objects, Known      int
	RawBytes, PackBytes int64
}

// Begin opens a batch for a source, which is a name people will recognise: a file's, without its folder.
func (a *Archive) Begin(source string) (*Batch, error) {
	// The window is a frame: a larger one costs memory and finds nothing. Checksums are left to SHA-256.
	enc, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(1), zstd.WithWindowSize(frameSize), zstd.WithEncoderCRC(false))
	if err != nil {
		return nil, fmt.Errorf("begin batch: %w", err)
	}
	return &Batch{a: a, source: source, enc: enc, seen: map[Hash]struct{}{}}, nil
}

// Put adds an object and returns its hash.
func (b *Batch) Put(raw []byte, e Entry) (Hash, error) {
	h := Sum(raw)
	return h, b.PutHashed(h, raw, e)
}

// PutHashed adds an object whose hash the caller has computed with Sum. The bytes are copied.
func (b *Batch) PutHashed(h Hash, raw []byte, e Entry) error {
	if len(raw) > maxObject {
		return fmt.Errorf("archive object: %d bytes, the limit is %d", len(raw), maxObject)
	}
	b.raw += int64(len(raw))
	if _, dup := b.seen[h]; dup {
		b.known++
		return nil
	}
	b.seen[h] = struct{}{}
	e.Rejected = e.Rejected[:min(len(e.Rejected), maxReason)]
	b.pending = append(b.pending, packed{hash: h, start: int64(len(b.buf)), size: int64(len(raw)), Entry: e})
	b.buf = append(b.buf, raw...)
	if len(b.buf) >= frameSize {
		return b.flush()
	}
	return nil
}

// Size returns the raw bytes handed in since the last Commit.
func (b *Batch) Size() int64 { return b.raw }

// flush closes the open frame: what the archive holds already is left out, the rest compressed and written.
func (b *Batch) flush() error {
	if len(b.pending) == 0 {
		return nil
	}
	if err := b.dropKnown(); err != nil {
		return err
	}
	defer func() { b.buf, b.pending = b.buf[:0], b.pending[:0] }()
	if len(b.pending) == 0 {
		return nil
	}
	if err := b.open(); err != nil {
		return err
	}
	b.out = b.enc.EncodeAll(b.buf, b.out[:0])
	for _, o := range b.pending {
		o.frame = len(b.frames)
		b.objects = append(b.objects, o)
	}
	b.frames = append(b.frames, frame{b.offset, int64(len(b.out)), int64(len(b.buf))})
	return b.write(b.out)
}

// dropKnown removes from the open frame what the archive holds.
func (b *Batch) dropKnown() error {
	hashes := make([]Hash, len(b.pending))
	for i := range b.pending {
		hashes[i] = b.pending[i].hash
	}
	known, err := b.a.Has(hashes)
	if err != nil {
		return err
	}
	keep, end := b.pending[:0], int64(0)
	for i, o := range b.pending {
		if known[i] {
			b.known++
			continue
		}
		copy(b.buf[end:], b.buf[o.start:o.start+o.size])
		o.start = end
		end += o.size
		keep = append(keep, o)
	}
	b.pending, b.buf = keep, b.buf[:end]
	return nil
}

// open makes the temporary file. It stays locked while this process lives, so that no other mistakes it for a leftover.
func (b *Batch) open() error {
	if b.file != nil {
		return nil
	}
	f, err := os.OpenFile(filepath.Join(b.a.dir, "tmp", rand.Text()+".tmp"), os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o644)
	if err != nil {
		return fmt.Errorf("open pack: %w", err)
	}
	if err := lockFile(f); err != nil {
		return errors.Join(fmt.Errorf("lock pack: %w", err), f.Close())
	}
	b.file, b.sum, b.offset = f, sha256.New(), 0
	return b.write([]byte(magic))
}

func (b *Batch) write(p []byte) error {
	if _, err := b.file.Write(p); err != nil {
		return fmt.Errorf("write pack: %w", err)
	}
	b.sum.Write(p)
	b.offset += int64(len(p))
	return nil
}

// Commit makes all objects handed in durable: pack synced, listed in the source's manifest, in its
// place. Only then may anything be concluded from them. The batch can be used again.
func (b *Batch) Commit(ctx context.Context) (Committed, error) {
	if err := b.flush(); err != nil {
		return Committed{}, err
	}
	done := Committed{Objects: len(b.objects), Known: b.known, RawBytes: b.raw}
	if len(b.objects) > 0 {
		name, err := b.seal()
		if err != nil {
			return Committed{}, err
		}
		done.Pack, done.PackBytes = name, b.offset
		var raw int64
		for _, f := range b.frames {
			raw += f.raw
		}
		rec := record{Kind: kindPack, Pack: name, Size: b.offset, Objects: int64(len(b.objects)), RawBytes: raw}
		if err := b.a.publish(b.source, rec); err != nil {
			return Committed{}, err
		}
		if err := b.a.addToIndex(ctx, name, b.frames, b.objects); err != nil {
			return Committed{}, fmt.Errorf("index pack %s: %w", name, err)
		}
		if err := b.file.Close(); err != nil {
			return Committed{}, fmt.Errorf("close pack: %w", err)
		}
	}
	b.reset()
	return done, nil
}

// seal writes index and trailer, syncs, and gives the temporary file the pack's name.
func (b *Batch) seal() (string, error) {
	start := b.offset
	b.out = b.enc.EncodeAll(appendIndex(nil, b.frames, b.objects), b.out[:0])
	if err := b.write(b.out); err != nil {
		return "", err
	}
	var t []byte
	t = binary.LittleEndian.AppendUint64(t, uint64(start))
	t = binary.LittleEndian.AppendUint64(t, uint64(len(b.out)))
	t = binary.LittleEndian.AppendUint32(t, uint32(len(b.frames)))
	t = binary.LittleEndian.AppendUint32(t, uint32(len(b.objects)))
	if err := b.write(t); err != nil {
		return "", err
	}
	sum := Hash(b.sum.Sum(nil))
	if err := b.write(sum[:]); err != nil {
		return "", err
	}
	if err := b.file.Sync(); err != nil {
		return "", fmt.Errorf("sync pack: %w", err)
	}
	return sum.String(), b.a.stage(b.file.Name(), sum.String())
}

func (b *Batch) reset() {
	b.file, b.sum, b.offset = nil, nil, 0
	b.frames, b.objects, b.pending, b.buf = b.frames[:0], b.objects[:0], b.pending[:0], b.buf[:0]
	b.raw, b.known = 0, 0
	clear(b.seen)
}

// Close drops what was not committed.
func (b *Batch) Close() error {
	if b.file == nil {
		return b.enc.Close()
	}
	name := b.file.Name()
	return errors.Join(b.file.Close(), os.Remove(name), b.enc.Close())
}
