package archive

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
)

// A manifest is a text file of JSON records, one a line, each carrying the sum of the one before and
// its own, so that no line can be changed, removed from the middle or moved without being noticed.
const (
	kindSource = "source" // first line: the source's name
	kindPack   = "pack"   // a pack of objects from it
	kindDone   = "done"   // the source was read to its end
)

// record is one line of a manifest.
type record struct {
	Kind     string `json:"kind"`
	Source   string `json:"source,omitempty"`
	Pack     string `json:"pack,omitempty"`
	Size     int64  `json:"size,omitempty"` // bytes of the pack file
	Objects  int64  `json:"objects,omitempty"`
	RawBytes int64  `json:"raw_bytes,omitempty"`
	Read     int64  `json:"read,omitempty"`
	Kept     int64  `json:"kept,omitempty"`
	Rejected int64  `json:"rejected,omitempty"`
	Prev     string `json:"prev"` // sum of the record before, "" in the first
	Sum      string `json:"sum"`  // SHA-256 of this record with an empty sum, in hex
}

func (r record) sum() string {
	r.Sum = ""
	b, err := json.Marshal(r)
	if err != nil {
		panic(err) // strings and numbers always have a form in JSON
	}
	return Sum(b).String()
}

// manifest is a source's manifest as read.
type manifest struct {
	file, name string
	records    []record
}

func (a *Archive) manifestPath(source string) string {
	id := Sum([]byte(source))
	return filepath.Join(a.dir, "manifests", hex.EncodeToString(id[:8])+".jsonl")
}

// sources reads all manifests, in the order of their file names.
func (a *Archive) sources() ([]manifest, error) {
	files, err := filepath.Glob(filepath.Join(a.dir, "manifests", "*.jsonl"))
	if err != nil {
		return nil, err
	}
	slices.Sort(files)
	var out []manifest
	for _, f := range files {
		m, problem, err := readManifest(f)
		if err != nil {
			return nil, err
		}
		if problem != "" {
			return nil, fmt.Errorf("read manifest %s: %s; run fsck", filepath.Base(f), problem)
		}
		out = append(out, m)
	}
	return out, nil
}

// readManifest reads and checks one manifest. What is wrong with it comes as words; the records
// before the fault are returned.
func readManifest(path string) (m manifest, problem string, err error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return m, "", fmt.Errorf("read manifest: %w", err)
	}
	m.file = filepath.Base(path)
	prev := ""
	for n := 1; len(b) > 0; n++ {
		line, rest, whole := bytes.Cut(b, []byte("\n"))
		b = rest
		if !whole {
			return m, fmt.Sprintf("line %d is cut off", n), nil
		}
		var r record
		d := json.NewDecoder(bytes.NewReader(line))
		d.DisallowUnknownFields()
		if err := d.Decode(&r); err != nil {
			return m, fmt.Sprintf("line %d is not a record", n), nil
		}
		canonical, err := json.Marshal(r)
		switch {
		case err != nil || !bytes.Equal(canonical, line), r.Sum != r.sum():
			return m, fmt.Sprintf("line %d was changed", n), nil
		case r.Prev != prev:
			return m, fmt.Sprintf("line %d does not follow the one before: lines are missing or out of order", n), nil
		case (n == 1) != (r.Kind == kindSource):
			return m, fmt.Sprintf("line %d is a %s record", n, r.Kind), nil
		case r.Kind == kindPack && !packName(r.Pack):
			return m, fmt.Sprintf("line %d names no pack", n), nil
		}
		if n == 1 {
			m.name = r.Source
		}
		m.records = append(m.records, r)
		prev = r.Sum
	}
	if len(m.records) == 0 {
		return m, "it is empty", nil
	}
	return m, "", nil
}

func packName(s string) bool {
	_, err := ParseHash(s)
	return err == nil && s == strings.ToLower(s)
}

// locked runs f while no other process changes manifests or moves packs.
func (a *Archive) locked(f func() error) error {
	l, err := os.OpenFile(filepath.Join(a.dir, "lock"), os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return err
	}
	defer l.Close() // closing unlocks
	if err := syscall.Flock(int(l.Fd()), syscall.LOCK_EX); err != nil {
		return fmt.Errorf("lock %s: %w", l.Name(), err)
	}
	return f()
}

// lockFile marks a file as this process's own; it fails at once when another has it.
func lockFile(f *os.File) error {
	return syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
}

// stage gives a synced temporary pack its name, still in tmp/. From here on a manifest may list it:
// after a crash, recover finds it by that name.
func (a *Archive) stage(tmp, name string) error {
	if err := os.Rename(tmp, filepath.Join(a.dir, "tmp", name+".pack")); err != nil {
		return fmt.Errorf("stage pack: %w", err)
	}
	return syncDir(filepath.Join(a.dir, "tmp"))
}

// publish lists a staged pack in its source's manifest, then moves it to its place.
func (a *Archive) publish(source string, r record) error {
	return a.locked(func() error {
		if _, err := os.Stat(a.packPath(r.Pack)); err == nil {
			// Another batch archived the very same objects a moment ago.
			return os.Remove(filepath.Join(a.dir, "tmp", r.Pack+".pack"))
		}
		if err := a.append(source, r); err != nil {
			return err
		}
		return a.place(r.Pack)
	})
}

// place moves a listed pack from tmp/ to its place.
func (a *Archive) place(name string) error {
	to := a.packPath(name)
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		return fmt.Errorf("place pack: %w", err)
	}
	if err := os.Rename(filepath.Join(a.dir, "tmp", name+".pack"), to); err != nil {
		return fmt.Errorf("place pack: %w", err)
	}
	if err := syncDir(filepath.Dir(to)); err != nil {
		return err
	}
	return syncDir(filepath.Join(a.dir, "packs"))
}

// append adds a record to a source's manifest and syncs it. The caller holds the lock.
func (a *Archive) append(source string, r record) error {
	path := a.manifestPath(source)
	var m manifest
	_, err := os.Stat(path)
	fresh := errors.Is(err, fs.ErrNotExist)
	switch {
	case err != nil && !fresh:
		return fmt.Errorf("append to manifest: %w", err)
	case !fresh:
		var problem string
		if m, problem, err = readManifest(path); err != nil {
			return err
		}
		if problem != "" {
			return fmt.Errorf("append to manifest %s: %s; run fsck", m.file, problem)
		}
		if m.name != source {
			return fmt.Errorf("append to manifest %s: it belongs to source %q, not %q", m.file, m.name, source)
		}
		if r.Kind == kindDone && sameTotals(m.records, r) {
			return nil
		}
	}
	var out []byte
	prev := ""
	if fresh {
		first := record{Kind: kindSource, Source: source}
		first.Sum = first.sum()
		out, prev = appendRecord(out, first), first.Sum
	} else {
		prev = m.records[len(m.records)-1].Sum
	}
	r.Prev = prev
	r.Sum = r.sum()
	if err := appendFile(path, appendRecord(out, r)); err != nil {
		return fmt.Errorf("append to manifest: %w", err)
	}
	if fresh {
		return syncDir(filepath.Dir(path))
	}
	return nil
}

func appendRecord(b []byte, r record) []byte {
	line, err := json.Marshal(r)
	if err != nil {
		panic(err) // as in sum
	}
	return append(append(b, line...), '\n')
}

func sameTotals(records []record, r record) bool {
	for _, old := range slices.Backward(records) {
		if old.Kind == kindDone {
			return old.Read == r.Read && old.Kept == r.Kept && old.Rejected == r.Rejected
		}
	}
	return false
}

// Finish notes that a source was read to its end, and how it was accounted for. Saying the same
// again changes nothing.
func (a *Archive) Finish(source string, t Totals) error {
	return a.locked(func() error {
		return a.append(source, record{Kind: kindDone, Read: t.Read, Kept: t.Kept, Rejected: t.Rejected})
	})
}

// recover finishes or removes what a process that was killed left behind. The caller holds the lock.
func (a *Archive) recover() error {
	files, err := filepath.Glob(filepath.Join(a.dir, "manifests", "*.jsonl"))
	if err != nil {
		return err
	}
	listed := map[string]bool{}
	for _, f := range files {
		if err := cutTornLine(f); err != nil {
			return err
		}
		m, _, err := readManifest(f) // faults are fsck's to report
		if errors.Is(err, fs.ErrNotExist) {
			continue // nothing was left of it
		}
		if err != nil {
			return err
		}
		for _, r := range m.records {
			listed[r.Pack] = true
		}
	}
	left, err := os.ReadDir(filepath.Join(a.dir, "tmp"))
	if err != nil {
		return err
	}
	for _, e := range left {
		if err := a.recoverFile(e.Name(), listed); err != nil {
			return err
		}
	}
	return nil
}

func (a *Archive) recoverFile(name string, listed map[string]bool) error {
	path := filepath.Join(a.dir, "tmp", name)
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil // its owner moved or removed it just now
	}
	if err != nil {
		return err
	}
	defer f.Close()
	if lockFile(f) != nil {
		return nil // its owner lives
	}
	if pack, ok := strings.CutSuffix(name, ".pack"); ok && listed[pack] {
		return a.place(pack)
	}
	return os.Remove(path)
}

// cutTornLine removes a last line without an end: its writer was killed, so it was never acknowledged.
func cutTornLine(path string) error {
	b, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	end := bytes.LastIndexByte(b, '\n') + 1
	switch {
	case end == len(b) && end > 0:
		return nil
	case end == 0:
		return os.Remove(path)
	}
	return os.Truncate(path, int64(end))
}

func appendFile(path string, b []byte) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	if _, err := f.Write(b); err != nil {
		return errors.Join(err, f.Close())
	}
	if err := f.Sync(); err != nil {
		return errors.Join(err, f.Close())
	}
	return f.Close()
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return fmt.Errorf("sync folder: %w", err)
	}
	return errors.Join(d.Sync(), d.Close())
}
