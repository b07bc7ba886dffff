package tlog

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

const (
	firstWait   = time.Minute    // after a first failure, doubled with each further one
	longestWait = 24 * time.Hour // but never longer
	maxAttempts = 1 << 20        // bytes of the record of attempts, of which half is dropped then
)

// Attempt is one time a witness or authority was asked in vain, or, with an empty Why, succeeded.
type Attempt struct {
	At   time.Time `json:"at"`
	What string    `json:"what"` // witness or stamp
	Name string    `json:"name"`
	Size uint64    `json:"size"` // of the checkpoint
	Why  string    `json:"why,omitempty"`
}

// Attempts returns what is remembered of asking witnesses and authorities, oldest first. It is no evidence, and
// lies in the log's private folder.
func (l *Log) Attempts() ([]Attempt, error) {
	b, err := os.ReadFile(l.attemptsPath())
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read attempts: %w", err)
	}
	var out []Attempt
	s := bufio.NewScanner(bytes.NewReader(b))
	for s.Scan() {
		var a Attempt
		if json.Unmarshal(s.Bytes(), &a) == nil { // a line cut off by a kill is no loss
			out = append(out, a)
		}
	}
	return out, s.Err()
}

func (l *Log) attemptsPath() string { return filepath.Join(l.dir, ".state", "attempts.jsonl") }

// remember notes an attempt.
func (l *Log) remember(a Attempt) error {
	return l.locked(func() error {
		b, err := os.ReadFile(l.attemptsPath())
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		line, err := json.Marshal(a)
		if err != nil {
			return err
		}
		if len(b) > maxAttempts {
			b = b[len(b)-maxAttempts/2:]
			b = b[bytes.IndexByte(b, '\n')+1:]
		}
		return writeFile(l.attemptsPath(), append(append(b, line...), '\n'), 0o600)
	})
}

// rest returns until when one that failed lately is left alone.
func rest(attempts []Attempt, what, name string) (until time.Time, why string) {
	wait := firstWait
	for i := len(attempts) - 1; i >= 0; i-- {
		a := attempts[i]
		if a.What != what || a.Name != name {
			continue
		}
		if a.Why == "" {
			break
		}
		if why == "" {
			until, why = a.At, a.Why
		} else {
			wait = min(2*wait, longestWait)
		}
	}
	if why == "" {
		return time.Time{}, ""
	}
	return until.Add(wait), why
}

// try runs one attempt, unless it is too early for it, and remembers how it ended. f returns the time the other
// side named, and whether what it gave was there before.
func (l *Log) try(ctx context.Context, what, name string, size uint64, patient bool, f func(context.Context) (time.Time, bool, error)) Outcome {
	out := Outcome{Name: name, Size: size}
	if patient {
		attempts, err := l.Attempts()
		if err != nil {
			out.Why = err.Error()
			return out
		}
		if until, why := rest(attempts, what, name); l.now().Before(until) {
			out.Why = fmt.Sprintf("left alone until %s, because it failed: %s", until.UTC().Format(time.RFC3339), why)
			return out
		}
	}
	at, kept, err := f(ctx)
	if err != nil {
		out.Why = err.Error()
	} else {
		out.At, out.Kept = at, kept
	}
	if !kept && ctx.Err() == nil {
		if err := l.remember(Attempt{At: l.now().UTC().Truncate(time.Second), What: what, Name: name, Size: size, Why: out.Why}); err != nil && out.Why == "" {
			out.Why = err.Error()
		}
	}
	return out
}
