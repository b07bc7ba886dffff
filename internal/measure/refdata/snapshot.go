package refdata

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"
)

// SnapshotInfo describes one snapshot.
type SnapshotInfo struct {
	Kind        Kind      `json:"kind"`
	ID          string    `json:"id"`                    // "2026-11-23-1a2b3c4d": date and start of the hash
	Date        time.Time `json:"date"`                  // the day (UTC) from which on it holds
	Fetched     time.Time `json:"fetched"`               // when it was taken from its publisher
	Publisher   string    `json:"publisher"`             // URLs or a folder, as given
	Licence     string    `json:"licence"`               // as the publisher states it
	Attribution string    `json:"attribution,omitempty"` // what must be said where results are shown
	Rows        int       `json:"rows"`                  // rows in use
	LeftOut     int       `json:"left_out,omitempty"`    // rows that could not be used
	Why         string    `json:"why,omitempty"`         // the first reason for leaving one out
	SHA256      string    `json:"sha256"`                // hex; over one file its own hash, over several that of their list

	InUse   bool          `json:"-"` // answers for today
	Age     time.Duration `json:"-"` // since Date
	Missing bool          `json:"-"` // named by an old id, but not on disk
}

// meta is meta.json.
type meta struct {
	SnapshotInfo
	Files []fileMeta `json:"files"`
}

// fileMeta is one file of a snapshot, byte for byte as published.
type fileMeta struct {
	Name   string `json:"name"`
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
}

// snapshot is one on disk, with the table made from it once that is needed.
type snapshot struct {
	info  SnapshotInfo
	dir   string
	files []fileMeta
	shelf *shelf

	// the one that goes with the kind
	networks     *shelved[networks]
	countries    *shelved[ranges]
	fingerprints *shelved[fingerprints]
	lists        *shelved[testLists]
	world        *shelved[shapes]
}

// shelve prepares the snapshot to be loaded on demand.
func (s *snapshot) shelve(sh *shelf) {
	s.shelf = sh
	switch s.info.Kind {
	case Networks:
		s.networks = newShelved(sh, func() (*networks, error) { return loadChecked(s, loadNetworks) })
	case Countries:
		s.countries = newShelved(sh, func() (*ranges, error) { return loadChecked(s, loadCountries) })
	case FingerprintsDNS:
		s.fingerprints = newShelved(sh, func() (*fingerprints, error) { return loadChecked(s, loadFingerprintsDNS) })
	case FingerprintsHTTP:
		s.fingerprints = newShelved(sh, func() (*fingerprints, error) { return loadChecked(s, loadFingerprintsHTTP) })
	case TestLists:
		s.lists = newShelved(sh, func() (*testLists, error) { return loadChecked(s, loadTestLists) })
	case World:
		s.world = newShelved(sh, func() (*shapes, error) { return loadChecked(s, loadShapes) })
	}
}

// loadChecked loads a snapshot whose files still have the hashes its meta.json gives.
func loadChecked[T any](s *snapshot, load func([]string) (*T, tally, error)) (*T, error) {
	var paths []string
	for _, f := range s.files {
		path := filepath.Join(s.dir, f.Name)
		sum, _, err := hashFile(path)
		if err == nil && sum != f.SHA256 {
			err = fmt.Errorf("%s: %w: its hash is not the one in meta.json", f.Name, errDamaged)
		}
		if err != nil {
			return nil, fmt.Errorf("read snapshot %s/%s: %w", s.info.Kind, s.info.ID, err)
		}
		paths = append(paths, path)
	}
	v, _, err := load(paths)
	if err != nil {
		return nil, fmt.Errorf("read snapshot %s/%s: %w", s.info.Kind, s.info.ID, err)
	}
	return v, nil
}

// check reads files of a kind as a snapshot would and says what it found.
func check(kind Kind, paths []string) (tally, error) {
	var n tally
	var err error
	switch kind {
	case Networks:
		_, n, err = loadNetworks(paths)
	case Countries:
		_, n, err = loadCountries(paths)
	case FingerprintsDNS:
		_, n, err = loadFingerprintsDNS(paths)
	case FingerprintsHTTP:
		_, n, err = loadFingerprintsHTTP(paths)
	case TestLists:
		_, n, err = loadTestLists(paths)
	case World:
		_, n, err = loadShapes(paths)
	default:
		err = fmt.Errorf("no such kind: %q", kind)
	}
	return n, err
}

// tally counts the rows of a file while it is read.
type tally struct {
	rows, left int
	why        string // the first reason for leaving a row out
}

// leave counts a row that cannot be used.
func (t *tally) leave(row int, why string) {
	t.left++
	if t.why == "" {
		t.why = fmt.Sprintf("row %d: %s", row, why)
	}
}

var snapshotID = regexp.MustCompile(`^\d{4}-\d{2}-\d{2}-[0-9a-f]{8}$`)

// readSnapshots lists what lies under root. A snapshot that is not whole is an error: leaving it
// out in silence would change facts.
func readSnapshots(root string) (map[Kind][]*snapshot, error) {
	found := make(map[Kind][]*snapshot)
	if root == "" {
		return found, nil
	}
	for _, kind := range Kinds() {
		entries, err := os.ReadDir(filepath.Join(root, string(kind)))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		for _, e := range entries {
			if !e.IsDir() || !snapshotID.MatchString(e.Name()) {
				continue
			}
			s, err := readSnapshot(kind, filepath.Join(root, string(kind), e.Name()))
			if err != nil {
				return nil, fmt.Errorf("snapshot %s/%s (put it back as it was, or move it away): %w", kind, e.Name(), err)
			}
			found[kind] = append(found[kind], s)
		}
		slices.SortFunc(found[kind], func(a, b *snapshot) int {
			if c := a.info.Date.Compare(b.info.Date); c != 0 {
				return c
			}
			if c := a.info.Fetched.Compare(b.info.Fetched); c != 0 {
				return c
			}
			return strings.Compare(a.info.ID, b.info.ID)
		})
	}
	return found, nil
}

// readSnapshot reads meta.json and looks whether the files it names are there in full.
func readSnapshot(kind Kind, dir string) (*snapshot, error) {
	f, err := os.Open(filepath.Join(dir, "meta.json"))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var m meta
	if err := json.NewDecoder(io.LimitReader(f, 1<<20)).Decode(&m); err != nil {
		return nil, fmt.Errorf("meta.json: %w", err)
	}
	m.Date = m.Date.UTC()
	if m.Kind != kind || m.ID != filepath.Base(dir) || len(m.Files) == 0 || m.Date.Format(time.DateOnly) != m.ID[:len(time.DateOnly)] {
		return nil, fmt.Errorf("meta.json: %w: it describes another snapshot", errDamaged)
	}
	for _, file := range m.Files {
		if file.Name != filepath.Base(file.Name) || file.Name == ".." {
			return nil, fmt.Errorf("meta.json: %w: file name %q", errDamaged, file.Name)
		}
		st, err := os.Stat(filepath.Join(dir, file.Name))
		if err != nil {
			return nil, err
		}
		if st.Size() != file.Size {
			return nil, fmt.Errorf("%s: %w: %d bytes, expected %d", file.Name, errDamaged, st.Size(), file.Size)
		}
	}
	return &snapshot{info: m.SnapshotInfo, dir: dir, files: m.Files}, nil
}

// hashFile returns the hex SHA-256 and the size of a file.
func hashFile(path string) (string, int64, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", 0, err
	}
	defer f.Close()
	h := sha256.New()
	n, err := io.Copy(h, f)
	if err != nil {
		return "", 0, err
	}
	return hex.EncodeToString(h.Sum(nil)), n, nil
}

// hashFiles returns the hash that names a snapshot of these files.
func hashFiles(files []fileMeta) string {
	if len(files) == 1 {
		return files[0].SHA256
	}
	h := sha256.New()
	for _, f := range files {
		fmt.Fprintf(h, "%s  %s\n", f.SHA256, f.Name)
	}
	return hex.EncodeToString(h.Sum(nil))
}
