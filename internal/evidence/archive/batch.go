package archive

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"github.com/klauspost/compress/zstd"
)

// Batch collects objects of one source until Commit makes them durable. It belongs to one goroutine;
// many batches may be open at once, in many processes. It holds about one frame of raw bytes, or
// one object where that is larger; what is compressed goes to a temporary file.
type Batch struct {
	a      *Archive
	source string
	enc    *zstd.Encoder // nil once closed

	buf     []byte // raw bytes of the open frame
	pending []packed
	out     []byte // compressed bytes of one frame, reused

	file    *os.File // made with the first frame
	sum     hash.Hash
	offset  int64
	frames  []frame
	objects []packed
	index   int               // bytes of the raw index so far, at most
	seen    map[Hash]struct{} // objects of this pack
	raw     int64             // bytes handed in since the last Commit
	done    Committed         // what Commit will report
}

// Committed says what a Commit wrote.
type Committed struct {
	Pack                string // its name, the last one's where there are several; "" when there was nothing new
	Objects, Known      int    // new ones, and ones that were here already
	RawBytes, PackBytes int64  // handed in; written
}

// Begin opens a batch for a source, which is a name people will recognise: a file's, without its
// folder. At most 1 KiB of it is kept; what is no valid UTF-8 in it is replaced.
func (a *Archive) Begin(source string) (*Batch, error) {
	enc, ok := a.encoders.Get().(*zstd.Encoder)
	if !ok {
		var err error
		// A larger window costs memory and time and finds little. Checksums are left to SHA-256.
		enc, err = zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(1), zstd.WithWindowSize(window), zstd.WithEncoderCRC(false))
		if err != nil {
			return nil, fmt.Errorf("begin batch: %w", err)
		}
	}
	return &Batch{a: a, source: sourceName(source), enc: enc, seen: map[Hash]struct{}{}}, nil
}

// Put adds an object and returns its hash. The bytes are copied.
func (b *Batch) Put(raw []byte, e Entry) (Hash, error) {
	h := Sum(raw)
	return h, b.PutHashed(h, raw, e)
}

// PutHashed adds an object whose hash the caller has computed with Sum. The bytes are copied.
// Objects are at most 80 MiB; of a reason, at most 1 KiB is kept. After an error the batch is of no
// use but to be closed.
func (b *Batch) PutHashed(h Hash, raw []byte, e Entry) error {
	switch {
	case len(raw) > maxObject:
		return fmt.Errorf("archive object: %d bytes, the limit is %d", len(raw), maxObject)
	case e.Line < 0 || e.Line > maxLineNumber:
		return fmt.Errorf("archive object: line %d is out of range", e.Line)
	}
	b.raw += int64(len(raw))
	if _, dup := b.seen[h]; dup {
		b.done.Known++
		return nil
	}
	// An object larger than a frame has one of its own, so that its neighbours are read without it.
	if len(b.buf) > 0 && len(raw) >= frameSize {
		if err := b.flush(); err != nil {
			return err
		}
	}
	b.seen[h] = struct{}{}
	e.Rejected = cut(e.Rejected, maxReason)
	b.pending = append(b.pending, packed{hash: h, start: int64(len(b.buf)), size: int64(len(raw)), Entry: e})
	b.buf = append(b.buf, raw...)
	b.index += maxRecord + len(e.Rejected)
	if len(b.buf) < frameSize && b.index < b.a.maxIndex {
		return nil
	}
	if err := b.flush(); err != nil {
		return err
	}
	if b.index >= b.a.maxIndex {
		return b.store(context.Background()) // durable earlier than asked for; an index must stay readable
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
	if len(b.pending) > 0 {
		if err := b.open(); err != nil {
			return err
		}
		b.out = b.enc.EncodeAll(b.buf, b.out[:0])
		for _, o := range b.pending {
			o.frame = len(b.frames)
			b.objects = append(b.objects, o)
		}
		b.frames = append(b.frames, frame{b.offset, int64(len(b.out)), int64(len(b.buf))})
		if err := b.write(b.out); err != nil {
			return err
		}
	}
	b.pending = b.pending[:0]
	b.buf = b.buf[:0]
	if cap(b.buf) > 4*frameSize { // one huge object must not cost memory for ever
		b.buf, b.out = nil, nil
	}
	return nil
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
			b.done.Known++
			b.index -= maxRecord + len(o.Rejected)
			delete(b.seen, o.hash) // the archive remembers it
			continue
		}
		if o.start != end {
			copy(b.buf[end:], b.buf[o.start:o.start+o.size])
			o.start = end
		}
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
	l, err := b.a.lock() // nobody must find it before it is locked
	if err != nil {
		return err
	}
	defer l.Close()
	f, err := os.OpenFile(filepath.Join(b.a.dir, "tmp", rand.Text()+".tmp"), os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o644)
	if err != nil {
		return fmt.Errorf("open pack: %w", err)
	}
	if err := flock(f, syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
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
// place. Only then may anything be concluded from them. The batch can be used again. After an error
// it cannot: close it, and put the objects into a new one.
func (b *Batch) Commit(ctx context.Context) (Committed, error) {
	if err := ctx.Err(); err != nil {
		return Committed{}, fmt.Errorf("commit batch: %w", err)
	}
	if err := b.flush(); err != nil {
		return Committed{}, err
	}
	if err := b.store(ctx); err != nil {
		return Committed{}, err
	}
	done := b.done
	done.RawBytes = b.raw
	b.done, b.raw = Committed{}, 0
	return done, nil
}

// store makes durable what flush has written, and begins anew.
func (b *Batch) store(ctx context.Context) error {
	if len(b.objects) > 0 {
		name, err := b.seal()
		if err != nil {
			return err
		}
		rec := record{Kind: kindPack, Pack: name, Size: b.offset, Objects: int64(len(b.objects))}
		for _, f := range b.frames {
			rec.RawBytes += f.raw
		}
		if err := b.a.publish(b.file.Name(), b.source, rec); err != nil {
			return fmt.Errorf("publish pack %s: %w", name, err)
		}
		// From here on the pack is there, whatever becomes of the index and of the caller's patience.
		if err := b.a.addToIndex(context.WithoutCancel(ctx), name, b.frames, b.objects); err != nil {
			return fmt.Errorf("index pack %s: %w", name, err)
		}
		b.a.reached("indexed")
		if err := b.file.Close(); err != nil {
			return fmt.Errorf("close pack: %w", err)
		}
		b.file = nil
		b.done.Pack = name
		b.done.Objects += len(b.objects)
		b.done.PackBytes += b.offset
	}
	b.frames, b.objects, b.index = b.frames[:0], b.objects[:0], 0
	clear(b.seen)
	return nil
}

// seal writes index and trailer, syncs, and returns the pack's name.
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
	b.a.reached("written")
	if err := b.file.Sync(); err != nil {
		return "", fmt.Errorf("sync pack: %w", err)
	}
	return sum.String(), nil
}

// Close drops what was not committed.
func (b *Batch) Close() error {
	if b.enc != nil {
		b.a.encoders.Put(b.enc)
		b.enc = nil
	}
	if b.file == nil {
		return nil
	}
	// It is gone already where Commit failed late; then the next to open the archive sees to it.
	err := os.Remove(b.file.Name())
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	err = errors.Join(err, b.file.Close())
	b.file = nil
	return err
}
