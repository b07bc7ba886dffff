package archive

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/klauspost/compress/zstd"
)

// forge makes a pack out of a compressed frame and an index that describes it; sum and name are right.
func forge(t testing.TB, dir string, compressed []byte, frames []frame, objects []packed) string {
	t.Helper()
	enc, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	b := append([]byte(magic), compressed...)
	index := enc.EncodeAll(appendIndex(nil, frames, objects), nil)
	start := len(b)
	b = append(b, index...)
	b = binary.LittleEndian.AppendUint64(b, uint64(start))
	b = binary.LittleEndian.AppendUint64(b, uint64(len(index)))
	b = binary.LittleEndian.AppendUint32(b, uint32(len(frames)))
	b = binary.LittleEndian.AppendUint32(b, uint32(len(objects)))
	sum := sha256.Sum256(b)
	path := filepath.Join(dir, Hash(sum).String()+".pack")
	if err := os.WriteFile(path, append(b, sum[:]...), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// zeros compresses n zeros in a stream, which does not say how many they are.
func zeros(t testing.TB, n int64) []byte {
	t.Helper()
	var out bytes.Buffer
	w, err := zstd.NewWriter(&out)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.CopyN(w, zero{}, n); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

type zero struct{}

func (zero) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

// TestForgedPacks: a pack that lies about itself is refused, and costs little memory.
func TestForgedPacks(t *testing.T) {
	enc, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	sound := enc.EncodeAll([]byte("onetwo"), nil)
	honest := enc.EncodeAll(make([]byte, 90<<20), nil)
	bomb, tiny := zeros(t, 1<<30), zeros(t, 8<<20)
	at, n := int64(len(magic)), int64(len(sound))
	one := packed{hash: Sum([]byte("one")), size: 3}
	two := packed{hash: Sum([]byte("two")), start: 3, size: 3}
	tests := []struct {
		name       string
		compressed []byte
		frames     []frame
		objects    []packed
		ok         bool
		limit      uint64 // MiB of memory
	}{
		{"nothing forged", sound, []frame{{at, n, 6}}, []packed{one, two}, true, 20},
		{"a bomb that says how large it is", honest, []frame{{at, int64(len(honest)), 6}}, []packed{one, two}, false, 20},
		{"a bomb that does not", bomb, []frame{{at, int64(len(bomb)), 6}}, []packed{one, two}, false, 20},
		{"a tiny bomb that does not", tiny, []frame{{at, int64(len(tiny)), 6}}, []packed{one, two}, false, 60},
		{"a bomb behind a sound frame", append(bytes.Clone(sound), honest...), []frame{{at, n + int64(len(honest)), 6}}, []packed{one, two}, false, 300},
		{"a bomb with an index to match", bomb, []frame{{at, int64(len(bomb)), maxFrame}}, []packed{{size: maxObject}, {start: maxObject, size: maxFrame - maxObject}}, false, 20},
		{"an object nobody lists", sound, []frame{{at, n, 6}}, []packed{one}, false, 20},
		{"objects that overlap", sound, []frame{{at, n, 6}}, []packed{one, one, two}, false, 20},
		{"an object beyond its frame", sound, []frame{{at, n, 6}}, []packed{one, {start: 3, size: 4}}, false, 20},
		{"an object in no frame", sound, []frame{{at, n, 6}}, []packed{one, two, {frame: 1}}, false, 20},
		{"bytes between frames", append([]byte("x"), sound...), []frame{{at + 1, n, 6}}, []packed{one, two}, false, 20},
		{"bytes after the frames", append(bytes.Clone(sound), 'x'), []frame{{at, n, 6}}, []packed{one, two}, false, 20},
		{"a frame twice", sound, []frame{{at, n, 6}, {at, n, 6}}, []packed{one, two, {frame: 1, size: 6}}, false, 20},
		{"no objects", nil, nil, nil, false, 20},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			path := forge(t, t.TempDir(), tt.compressed, tt.frames, tt.objects)
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			err := readAll(path)
			runtime.ReadMemStats(&after)
			if tt.ok != (err == nil) || err != nil && !errors.Is(err, errDamaged) {
				t.Errorf("error %v", err)
			}
			if used := (after.TotalAlloc - before.TotalAlloc) >> 20; used > tt.limit {
				t.Errorf("%d MiB were allocated, the limit is %d", used, tt.limit)
			}
		})
	}
}

func readAll(path string) error {
	p, err := openPack(path)
	if err != nil {
		return err
	}
	defer p.Close()
	return p.each(func(packed, []byte) error { return nil })
}

// FuzzPack opens forged packs: they are refused or read, never more.
func FuzzPack(f *testing.F) {
	dir := f.TempDir()
	a, err := Open(dir)
	if err != nil {
		f.Fatal(err)
	}
	b, err := a.Begin("x")
	if err != nil {
		f.Fatal(err)
	}
	for _, o := range []string{`{"a":1}`, ""} {
		if _, err := b.Put([]byte(o), Entry{Line: 1, Rejected: "why"}); err != nil {
			f.Fatal(err)
		}
	}
	c, err := b.Commit(f.Context())
	if err != nil {
		f.Fatal(err)
	}
	raw, err := os.ReadFile(a.packPath(c.Pack))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(raw)
	path := filepath.Join(dir, "forged")
	f.Fuzz(func(t *testing.T, raw []byte) {
		if err := os.WriteFile(path, raw, 0o644); err != nil {
			t.Fatal(err)
		}
		_ = readAll(path)
	})
}

// FuzzIndex reads forged indexes: what is accepted is what would have been written, and lies where it may.
func FuzzIndex(f *testing.F) {
	frames := []frame{{int64(len(magic)), 5, 6}, {int64(len(magic)) + 5, 7, 1}}
	objects := []packed{{size: 6, Entry: Entry{Line: 3}}, {frame: 1, size: 1, Entry: Entry{Rejected: "why"}}}
	f.Add(appendIndex(nil, frames, objects), uint32(2), uint32(2), int64(len(magic))+12)
	f.Fuzz(func(t *testing.T, b []byte, nFrames, nObjects uint32, end int64) {
		frames, objects, err := parseIndex(b, nFrames, nObjects, max(end, 0))
		if err != nil {
			return
		}
		for _, o := range objects {
			if f := frames[o.frame]; o.start < 0 || o.size < 0 || o.start+o.size > f.raw || f.check() != nil || f.offset+f.length > end {
				t.Errorf("object %+v in frame %+v", o, f)
			}
		}
	})
}

// FuzzManifest reads forged manifests: no line is accepted that would have been written otherwise.
func FuzzManifest(f *testing.F) {
	first := record{Kind: kindSource, Source: "x\xff<"}.follow("")
	second := record{Kind: kindDone, Read: 1}.follow(first.Sum)
	f.Add(append(first.line(), second.line()...))
	f.Fuzz(func(t *testing.T, b []byte) {
		m := parseManifest(b)
		var again []byte
		for _, r := range m.records {
			again = append(again, r.line()...)
		}
		if !bytes.HasPrefix(b, again) || m.fault == "" && len(again) != len(b) || m.torn >= 0 && m.torn != int64(len(again)) {
			t.Errorf("%q was read as %q; %s, torn at %d", b, again, m.fault, m.torn)
		}
	})
}
