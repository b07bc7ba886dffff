package journal

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
	"slices"
	"sync"
	"syscall"
)

// maxLine is the most bytes one line may have.
const maxLine = 64 << 20

// ErrBroken says that a journal is not the chain of lines it must be.
var ErrBroken = errors.New("the journal is broken")

// Link is what chains an entry to the one before. An entry embeds it as its last field.
type Link struct {
	Previous string `json:"previous"` // hex SHA-256 of the line before, without its end; "" for the first
	Hash     string `json:"-"`        // hex SHA-256 of this line, without its end
}

// Journal is an append-only file of entries, one JSON object a line. It may be used from many goroutines, and
// many processes may append to the same file. All entries are held in memory.
type Journal[E any] struct {
	path string
	link func(*E) *Link

	mu      sync.Mutex
	entries []E
	last    string // hash of the last entry
	size    int64  // of the file, as far as it was read
}

// Open returns the journal in a file, which need not be there yet; nothing is read before the first call that
// needs it. link returns where an entry keeps its link.
func Open[E any](path string, link func(*E) *Link) *Journal[E] {
	return &Journal[E]{path: path, link: link}
}

// Entries returns the whole journal, oldest first, with what other processes appended; ErrBroken where the chain
// does not hold. What a writer is about to append, or was killed while appending, is left out.
func (j *Journal[E]) Entries() ([]E, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if err := j.read(); err != nil {
		return nil, err
	}
	return slices.Clone(j.entries), nil
}

// Append gives f every entry there is, appends those f returns, in order, and returns them as they were written.
// Nobody else appends in between. They are synced when it returns without an error; after an error, or when the
// process is killed, a beginning of them may have been kept.
func (j *Journal[E]) Append(f func(known []E) ([]E, error)) ([]E, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if err := os.MkdirAll(filepath.Dir(j.path), 0o755); err != nil {
		return nil, fmt.Errorf("append to journal: %w", err)
	}
	file, err := os.OpenFile(j.path, os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, fmt.Errorf("append to journal: %w", err)
	}
	defer file.Close() // which unlocks
	if err := flock(file); err != nil {
		return nil, fmt.Errorf("lock journal %s: %w", j.path, err)
	}
	if err := j.read(); err != nil {
		return nil, err
	}
	fresh, err := f(slices.Clone(j.entries))
	if err != nil || len(fresh) == 0 {
		return nil, err
	}
	lines, last, err := j.chain(fresh)
	if err != nil {
		return nil, fmt.Errorf("append to journal %s: %w", j.path, err)
	}
	if err := file.Truncate(j.size); err != nil { // what an interrupted append left
		return nil, fmt.Errorf("append to journal: %w", err)
	}
	if _, err := file.WriteAt(lines, j.size); err != nil {
		return nil, fmt.Errorf("append to journal: %w", err)
	}
	if err := file.Sync(); err != nil {
		return nil, fmt.Errorf("sync journal: %w", err)
	}
	if j.size == 0 {
		if err := syncFolder(filepath.Dir(j.path)); err != nil {
			return nil, fmt.Errorf("sync journal: %w", err)
		}
	}
	j.entries, j.last, j.size = append(j.entries, fresh...), last, j.size+int64(len(lines))
	return slices.Clone(fresh), nil
}

// chain links the entries to what there is, and returns their lines and the last one's hash.
func (j *Journal[E]) chain(fresh []E) ([]byte, string, error) {
	var lines []byte
	last := j.last
	for i := range fresh {
		l := j.link(&fresh[i])
		l.Previous = last
		line, err := json.Marshal(fresh[i])
		if err != nil {
			return nil, "", err
		}
		if len(line) > maxLine {
			return nil, "", fmt.Errorf("an entry of %d bytes, the limit is %d", len(line), maxLine)
		}
		last = hash(line)
		l.Hash = last
		lines = append(append(lines, line...), '\n')
	}
	return lines, last, nil
}

// read takes in what was appended since the last time, by this or another process.
func (j *Journal[E]) read() error {
	f, err := os.Open(j.path)
	if errors.Is(err, fs.ErrNotExist) && j.size == 0 {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read journal: %w", err)
	}
	defer f.Close()
	st, err := f.Stat()
	if err != nil {
		return fmt.Errorf("read journal: %w", err)
	}
	if st.Size() < j.size {
		return fmt.Errorf("%w: %s became shorter", ErrBroken, j.path)
	}
	if st.Size() == j.size {
		return nil
	}
	r := bufio.NewReaderSize(io.NewSectionReader(f, j.size, st.Size()-j.size), 1<<16)
	for {
		line, err := readLine(r)
		if err == io.EOF {
			return j.tail(line)
		}
		if err != nil {
			return fmt.Errorf("read journal %s: entry %d: %w", j.path, len(j.entries)+1, err)
		}
		if err := j.take(line); err != nil {
			return err
		}
	}
}

// readLine returns the next line without its end, or what is left of one and io.EOF.
func readLine(r *bufio.Reader) ([]byte, error) {
	var line []byte
	for {
		part, err := r.ReadSlice('\n')
		line = append(line, part...)
		switch {
		case err == nil:
			return line[:len(line)-1], nil
		case err != bufio.ErrBufferFull:
			return line, err
		case len(line) > maxLine:
			return nil, fmt.Errorf("%w: a line of more than %d bytes", ErrBroken, maxLine)
		}
	}
}

// take adds one line that has an end.
func (j *Journal[E]) take(line []byte) error {
	var e E
	if err := json.Unmarshal(line, &e); err != nil {
		return fmt.Errorf("%w: %s: entry %d: %w", ErrBroken, j.path, len(j.entries)+1, err)
	}
	l := j.link(&e)
	if l.Previous != j.last {
		return fmt.Errorf("%w: %s: entry %d does not follow the one before", ErrBroken, j.path, len(j.entries)+1)
	}
	l.Hash = hash(line)
	j.last = l.Hash
	j.entries = append(j.entries, e)
	j.size += int64(len(line)) + 1
	return nil
}

// tail looks at a last line without its end: an append that was cut off, and never acknowledged, unless more
// follows than the entry it holds.
func (j *Journal[E]) tail(line []byte) error {
	d := json.NewDecoder(bytes.NewReader(line))
	var whole json.RawMessage
	if d.Decode(&whole) == nil && d.InputOffset() < int64(len(line)) {
		return fmt.Errorf("%w: %s: entry %d does not end where its line does", ErrBroken, j.path, len(j.entries)+1)
	}
	return nil
}

func hash(line []byte) string {
	sum := sha256.Sum256(line)
	return hex.EncodeToString(sum[:])
}

func flock(f *os.File) error {
	for {
		if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX); !errors.Is(err, syscall.EINTR) {
			return err
		}
	}
}

func syncFolder(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
