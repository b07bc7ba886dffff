package tlog

import (
	"context"
	"database/sql"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/go-logr/logr"
	"github.com/transparency-dev/tessera/client"
	"golang.org/x/mod/sumdb/note"
	"k8s.io/klog/v2"
)

// Errors that callers tell apart.
var (
	ErrEmpty    = errors.New("the log has no leaf yet")
	ErrNotFound = errors.New("not in the log")
	ErrBroken   = errors.New("the log is damaged")
)

// silence keeps the library below from reporting what it does to standard error. It is one setting of the whole
// process, to be made once.
var silence = sync.OnceFunc(func() { klog.SetLogger(logr.Discard()) })

// Options are what a log needs from outside.
type Options struct {
	Now    func() time.Time // the clock; time.Now where nil
	Client *http.Client     // reaches witnesses and authorities; one with a time limit where nil
}

// Log is the log of one data folder. It may be used from many goroutines, and many processes may have the same
// one open and append to it.
type Log struct {
	data, dir string
	now       func() time.Time
	client    *http.Client
	index     *sql.DB
	tiles     client.FileFetcher
	mu        sync.Mutex   // one append of this process at a time
	reached   func(string) // told each step of an append by name; for tests that kill the process there
}

// Open opens the log below the data folder. Nothing of it is made before the first leaf but the derived index,
// index/log.sqlite, which is brought up to date.
func Open(ctx context.Context, data string, o Options) (*Log, error) {
	silence()
	l := &Log{data: data, dir: filepath.Join(data, "log"), now: o.Now, client: o.Client, reached: func(string) {}}
	l.tiles = client.FileFetcher{Root: l.dir}
	if l.now == nil {
		l.now = time.Now
	}
	if l.client == nil {
		l.client = &http.Client{Timeout: 10 * time.Second}
	}
	c := *l.client
	c.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	l.client = &c
	var err error
	if l.index, err = openIndex(filepath.Join(data, "index")); err != nil {
		return nil, fmt.Errorf("open the log's index: %w", err)
	}
	if _, err := l.Config(); err != nil {
		return nil, errors.Join(err, l.index.Close())
	}
	behind, err := l.behind(ctx)
	if err == nil && behind {
		err = l.open(ctx)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open log: %w", err), l.index.Close())
	}
	return l, nil
}

// open brings the index up to date, unless somebody is appending, and doing so.
func (l *Log) open(ctx context.Context) error {
	unlock, err := l.take(syscall.LOCK_EX | syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return nil
	}
	if err != nil {
		return err
	}
	defer unlock()
	return l.catchUp(ctx)
}

// Close closes the log. What was appended is covered by a checkpoint already.
func (l *Log) Close() error { return l.index.Close() }

// Config returns what log.json holds now.
func (l *Log) Config() (Config, error) { return readConfig(l.data) }

// Folder returns where the public files lie: a folder that can be served as C2SP tlog-tiles, but for .state.
func (l *Log) Folder() string { return l.dir }

// lock keeps other appenders out, in this process and others, and returns what lets them in again.
func (l *Log) lock() (func(), error) { return l.take(syscall.LOCK_EX) }

func (l *Log) take(how int) (func(), error) {
	dir := filepath.Join(l.dir, ".state")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("lock log: %w", err)
	}
	f, err := os.OpenFile(filepath.Join(dir, "append.lock"), os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, fmt.Errorf("lock log: %w", err)
	}
	l.mu.Lock()
	for {
		err = syscall.Flock(int(f.Fd()), how)
		if !errors.Is(err, syscall.EINTR) {
			break
		}
	}
	if err != nil {
		l.mu.Unlock()
		return nil, errors.Join(fmt.Errorf("lock log: %w", err), f.Close())
	}
	return func() { _ = f.Close(); l.mu.Unlock() }, nil // closing unlocks
}

func (l *Log) locked(f func() error) error {
	unlock, err := l.lock()
	if err != nil {
		return err
	}
	defer unlock()
	return f()
}

// Checkpoint is a signed statement of how large the log is and what it holds.
type Checkpoint struct {
	Origin string
	Size   uint64
	Root   Hash
	Text   string           // the body, as it is signed and stamped
	Raw    []byte           // body and signatures, and cosignatures where there are any
	Signed []note.Signature // by the log's own keys
}

func (l *Log) checkpointPath() string { return filepath.Join(l.dir, "checkpoint") }

// Checkpoint returns the newest checkpoint, its signature checked; ErrEmpty where there is none.
func (l *Log) Checkpoint() (*Checkpoint, error) {
	raw, err := os.ReadFile(l.checkpointPath())
	if errors.Is(err, fs.ErrNotExist) {
		return nil, ErrEmpty
	}
	if err != nil {
		return nil, fmt.Errorf("read checkpoint: %w", err)
	}
	c, err := l.openCheckpoint(raw)
	if err != nil {
		return nil, fmt.Errorf("read checkpoint %s: %w", l.checkpointPath(), err)
	}
	if c.Size == 0 {
		return nil, ErrEmpty
	}
	return c, nil
}

// openCheckpoint checks that one of our keys signed a checkpoint of our origin.
func (l *Log) openCheckpoint(raw []byte) (*Checkpoint, error) {
	conf, err := l.Config()
	if err != nil {
		return nil, err
	}
	known, err := l.verifiers()
	if err != nil {
		return nil, err
	}
	n, err := note.Open(raw, note.VerifierList(known...))
	if err != nil {
		return nil, fmt.Errorf("%w: none of the keys in %s signed it: %w", ErrBroken, l.publicPath(), err)
	}
	c, err := parseBody(n.Text)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrBroken, err)
	}
	if c.Origin != conf.Origin {
		return nil, fmt.Errorf("%w: it is a checkpoint of %.80q, this log is %.80q", ErrBroken, c.Origin, conf.Origin)
	}
	c.Raw, c.Signed = raw, n.Sigs
	return c, nil
}

// parseBody reads the three lines we write: origin, size, root.
func parseBody(text string) (*Checkpoint, error) {
	f := strings.Split(text, "\n")
	if len(f) != 4 || f[3] != "" {
		return nil, errors.New("a checkpoint has three lines: origin, size and root")
	}
	size, err := strconv.ParseUint(f[1], 10, 63)
	if err != nil || strconv.FormatUint(size, 10) != f[1] {
		return nil, fmt.Errorf("checkpoint: %.40q is no size", f[1])
	}
	root, err := base64.StdEncoding.Strict().DecodeString(f[2])
	if err != nil || len(root) != len(Hash{}) {
		return nil, fmt.Errorf("checkpoint: %.80q is no root", f[2])
	}
	return &Checkpoint{Origin: f[0], Size: size, Root: Hash(root), Text: text}, nil
}

// body writes what parseBody reads.
func body(origin string, size uint64, root Hash) string {
	return fmt.Sprintf("%s\n%d\n%s\n", origin, size, base64.StdEncoding.EncodeToString(root[:]))
}
