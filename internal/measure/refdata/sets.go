package refdata

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
)

// sets resolves the ids of sets of snapshots. Its file is append-only, one JSON object a line:
// {"id":"r-…","snapshots":[{kind, id, …}]}. Several processes may append to it.
type sets struct {
	path string // "" keeps them in memory only

	mu    sync.Mutex
	known map[string][]SnapshotInfo
	read  int64 // bytes of the file that are in known
}

// set is one line of the file.
type set struct {
	ID        string         `json:"id"`
	Snapshots []SnapshotInfo `json:"snapshots"`
}

// setID names a set by its members. Identical members give an identical id.
func setID(members []SnapshotInfo) string {
	h := sha256.New()
	for _, m := range members {
		fmt.Fprintf(h, "%s %s\n", m.Kind, m.ID)
	}
	return "r-" + hex.EncodeToString(h.Sum(nil)[:6])
}

func openSets(path string) (*sets, error) {
	s := &sets{path: path, known: make(map[string][]SnapshotInfo)}
	return s, s.refresh()
}

// maxSetLine bounds one line of sets.jsonl; real ones have about 2 kB.
const maxSetLine = 1 << 20

// refresh reads what was appended since the last time. Lines that cannot be read, such as one
// torn by a crash, are passed over.
func (s *sets) refresh() error {
	if s.path == "" {
		return nil
	}
	f, err := os.Open(s.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer f.Close()
	if _, err := f.Seek(s.read, io.SeekStart); err != nil {
		return err
	}
	r := bufio.NewReader(f)
	var line []byte
	for {
		var whole bool
		var n int64
		line, whole, n, err = readLine(r, line, maxSetLine)
		if err == io.EOF {
			return nil // what is left has no end yet: read again next time
		}
		if err != nil {
			return fmt.Errorf("read %s: %w", s.path, err)
		}
		s.read += n
		var one set
		if whole && json.Unmarshal(line, &one) == nil && one.ID != "" && setID(one.Snapshots) == one.ID {
			s.known[one.ID] = one.Snapshots
		}
	}
}

// readLine reads up to and with the next newline into the memory of buf. whole is false when the
// line is longer than limit, whose rest is then passed over. n counts the bytes read. At the end
// it returns io.EOF.
func readLine(r *bufio.Reader, buf []byte, limit int) (line []byte, whole bool, n int64, err error) {
	line, whole = buf[:0], true
	for {
		part, err := r.ReadSlice('\n')
		n += int64(len(part))
		if len(line)+len(part) > limit {
			whole = false
		} else if whole {
			line = append(line, part...)
		}
		if err == nil {
			return line, whole, n, nil
		}
		if err != bufio.ErrBufferFull {
			return line, false, n, err
		}
	}
}

// lookup returns the members of a set, or nil.
func (s *sets) lookup(id string) ([]SnapshotInfo, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if m := s.known[id]; m != nil {
		return m, nil
	}
	err := s.refresh() // another process may have recorded it
	return s.known[id], err
}

// record makes id resolvable for good.
func (s *sets) record(id string, members []SnapshotInfo) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.known[id] == nil {
		if err := s.refresh(); err != nil {
			return err
		}
	}
	if s.known[id] != nil {
		return nil
	}
	if s.path != "" {
		if err := s.append(set{ID: id, Snapshots: members}); err != nil {
			return err
		}
	}
	s.known[id] = members
	return nil
}

// append writes one line and syncs it.
func (s *sets) append(one set) error {
	line, err := json.Marshal(one)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(s.path), 0o755); err != nil {
		return err
	}
	f, err := os.OpenFile(s.path, os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o644)
	if err != nil {
		return err
	}
	defer f.Close()
	var b bytes.Buffer
	// A line torn by a crash must not swallow this one.
	if st, err := f.Stat(); err == nil && st.Size() > 0 {
		var last [1]byte
		if _, err := f.ReadAt(last[:], st.Size()-1); err == nil && last[0] != '\n' {
			b.WriteByte('\n')
		}
	}
	b.Write(line)
	b.WriteByte('\n')
	if _, err := f.Write(b.Bytes()); err != nil {
		return err
	}
	return f.Sync()
}
