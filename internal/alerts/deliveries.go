package alerts

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

// Delivery is one line of DATA/alerts/sent.jsonl: what became of a note on its way to a receiver.
type Delivery struct {
	At       time.Time `json:"at"`
	Receiver string    `json:"receiver"`
	Note     string    `json:"entry"` // its id
	Kind     string    `json:"kind,omitempty"`
	Title    string    `json:"title,omitempty"`
	Incident string    `json:"incident,omitempty"` // in lines of before there were notes, which have neither kind nor title
	OK       bool      `json:"ok"`
	Error    string    `json:"error,omitempty"`
	Dead     bool      `json:"dead,omitempty"` // given up
}

// Subject names what was delivered, for a reader.
func (d *Delivery) Subject() string {
	if d.Title == "" {
		return d.Incident
	}
	return d.Title
}

// Deliveries returns what was delivered and what was not, oldest first.
func (s *Sender) Deliveries() ([]Delivery, error) {
	f, err := os.Open(s.path())
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var out []Delivery
	for d := json.NewDecoder(f); ; {
		var x Delivery
		err := d.Decode(&x)
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) { // the last line of a process that was killed
			return out, nil
		}
		if err != nil {
			return out, fmt.Errorf("read deliveries: %w", err)
		}
		out = append(out, x)
	}
}

func (s *Sender) path() string { return filepath.Join(s.Data, "alerts", "sent.jsonl") }

// note appends a line. What a killed process left of its last one is cut off first.
func (s *Sender) note(d Delivery) error {
	f, err := os.OpenFile(s.path(), os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return err
	}
	b, err := json.Marshal(d)
	if err == nil {
		var end int64
		if end, err = whole(f); err == nil {
			_, err = f.WriteAt(append(b, '\n'), end)
		}
	}
	return errors.Join(err, f.Sync(), f.Close())
}

// whole cuts off a line that was not ended, and returns where the file ends then.
func whole(f *os.File) (int64, error) {
	st, err := f.Stat()
	if err != nil || st.Size() == 0 {
		return 0, err
	}
	end := st.Size()
	var b [1]byte
	for ; end > 0; end-- {
		if _, err := f.ReadAt(b[:], end-1); err != nil {
			return 0, err
		}
		if b[0] == '\n' {
			break
		}
	}
	if end < st.Size() {
		err = f.Truncate(end)
	}
	return end, err
}

// lock lets one process send at a time; it ends with the process.
func (s *Sender) lock() (unlock func(), err error) {
	dir := filepath.Dir(s.path())
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return nil, errors.Join(fmt.Errorf("send alerts: another process is sending (%w); it will be done when that ends", err), f.Close())
	}
	return func() { _ = f.Close() }, nil // which unlocks
}
