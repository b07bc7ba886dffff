package mirror

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
)

// spool keeps the answers of a crawl in one file, each as a line of JSON and its body, so that all addresses are known
// before the first link is written, and a crawl that was stopped goes on. The first line is the state of the site.
type spool struct {
	f     *os.File
	end   int64
	state string
}

// spooled is one answer in the spool.
type spooled struct {
	Address  string
	Status   int
	Type     string   `json:",omitempty"`
	Location string   `json:",omitempty"`
	Links    []string `json:",omitempty"`
	Size     int64    // of the body that follows; with Blob, of the file apart
	Blob     string   `json:",omitempty"` // SHA-256 of a body that lies in a file of its own
	Sum      uint32   `json:",omitempty"` // CRC-32C of the body that follows

	at int64 // where the body begins
}

// maxLine is the most bytes of one line of the spool: a page's links.
const maxLine = 64 << 20

// openSpool opens the spool in a file. Answers of the same state that are there already are shown to had, up to the
// first that is torn or has other bytes than were written. An empty state is never the same.
func openSpool(path, state string, had func(*spooled)) (*spool, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open what was crawled: %w", err)
	}
	s := &spool{f: f, state: state}
	if err := s.read(had); err != nil {
		return nil, errors.Join(fmt.Errorf("read what was crawled: %w", err), f.Close())
	}
	return s, nil
}

func (s *spool) read(had func(*spooled)) error {
	r := bufio.NewReaderSize(io.NewSectionReader(s.f, 0, 1<<62), 1<<20)
	var state string
	if line, err := r.ReadSlice('\n'); s.state != "" && err == nil && json.Unmarshal(line, &state) == nil && state == s.state {
		s.end = int64(len(line))
		for {
			var one spooled
			line, err := r.ReadBytes('\n')
			if err != nil || len(line) > maxLine || json.Unmarshal(line, &one) != nil {
				break
			}
			one.at = s.end + int64(len(line))
			body := one.Size
			if one.Blob != "" {
				body = 0
			}
			sum := crc32.New(crc32.MakeTable(crc32.Castagnoli))
			if _, err := io.CopyN(sum, r, body); err != nil || sum.Sum32() != one.Sum {
				break
			}
			if end, err := r.ReadByte(); err != nil || end != '\n' {
				break
			}
			s.end = one.at + body + 1
			had(&one)
		}
		return s.f.Truncate(s.end)
	}
	if err := s.f.Truncate(0); err != nil {
		return err
	}
	line, err := json.Marshal(s.state)
	if err != nil {
		return err
	}
	n, err := s.f.WriteAt(append(line, '\n'), 0)
	s.end = int64(n)
	return err
}

// add appends an answer.
func (s *spool) add(one *spooled, body []byte) error {
	one.Sum = crc32.Checksum(body, crc32.MakeTable(crc32.Castagnoli))
	line, err := json.Marshal(one)
	if err != nil {
		return fmt.Errorf("note %s: %w", one.Address, err)
	}
	one.at = s.end + int64(len(line)) + 1
	all := make([]byte, 0, len(line)+len(body)+2)
	all = append(append(append(append(all, line...), '\n'), body...), '\n')
	if _, err := s.f.WriteAt(all, s.end); err != nil {
		return fmt.Errorf("note %s: %w", one.Address, err)
	}
	s.end += int64(len(all))
	return nil
}

// body returns an answer's body.
func (s *spool) body(one *spooled) ([]byte, error) {
	if one.Size > maxBody {
		return nil, fmt.Errorf("read %s: %d bytes are too many", one.Address, one.Size)
	}
	b := make([]byte, one.Size)
	if _, err := s.f.ReadAt(b, one.at); err != nil {
		return nil, fmt.Errorf("read %s: %w", one.Address, err)
	}
	return b, nil
}

func (s *spool) close() error { return s.f.Close() }
