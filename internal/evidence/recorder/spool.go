package recorder

import (
	"errors"
	"io"
	"os"
	"sync"
)

// spoolMemory is how much of one message is kept in memory before a temporary file is used.
const spoolMemory = 64 << 10

// spool keeps what was received of one message. One goroutine writes; others read what is there already, and
// wait for more, each at its own pace: what is recorded does not depend on how fast a browser takes it.
type spool struct {
	dir string

	mu    sync.Mutex
	more  sync.Cond
	mem   []byte
	file  *os.File
	size  int64
	done  bool
	users int // those that still need it; the last one closes the file
}

func newSpool(dir string, users int) *spool {
	s := &spool{dir: dir, users: users}
	s.more.L = &s.mu
	return s
}

// Write appends.
func (s *spool) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	defer s.more.Broadcast()
	if s.file == nil && len(s.mem)+len(p) <= spoolMemory {
		s.mem = append(s.mem, p...)
		s.size += int64(len(p))
		return len(p), nil
	}
	if s.file == nil {
		f, err := os.CreateTemp(s.dir, "exchange-*")
		if err != nil {
			return 0, err
		}
		os.Remove(f.Name()) // it goes with its last descriptor, whatever becomes of us
		if _, err := f.Write(s.mem); err != nil {
			return 0, errors.Join(err, f.Close())
		}
		s.file, s.mem = f, nil
	}
	n, err := s.file.Write(p)
	s.size += int64(n)
	return n, err
}

// finish says that no more will come.
func (s *spool) finish() {
	s.mu.Lock()
	s.done = true
	s.more.Broadcast()
	s.mu.Unlock()
}

// ReadAt implements io.ReaderAt over what is there.
func (s *spool) ReadAt(p []byte, off int64) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if off >= s.size {
		return 0, io.EOF
	}
	p2 := p[:min(int64(len(p)), s.size-off)]
	if s.file != nil {
		if n, err := s.file.ReadAt(p2, off); err != nil {
			return n, err
		}
	} else {
		copy(p2, s.mem[off:])
	}
	if len(p2) < len(p) {
		return len(p2), io.EOF
	}
	return len(p2), nil
}

// follow copies everything to w as it comes.
func (s *spool) follow(w io.Writer) error {
	buf := make([]byte, 32<<10)
	for off := int64(0); ; {
		s.mu.Lock()
		for off >= s.size && !s.done {
			s.more.Wait()
		}
		end := off >= s.size
		s.mu.Unlock()
		if end {
			return nil
		}
		n, err := s.ReadAt(buf, off)
		if err != nil && err != io.EOF {
			return err
		}
		if _, err := w.Write(buf[:n]); err != nil {
			return err
		}
		off += int64(n)
	}
}

// length returns how much there is.
func (s *spool) length() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.size
}

// release says that one user is done with it.
func (s *spool) release() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.users--; s.users == 0 && s.file != nil {
		s.file.Close()
	}
}
