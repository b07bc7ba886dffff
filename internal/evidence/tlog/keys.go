package tlog

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/mod/sumdb/note"
)

// ErrNoKey says that there is a log, and that the key to sign its checkpoints is not here.
var ErrNoKey = errors.New("the log's private key is missing")

func (l *Log) privatePath() string { return filepath.Join(l.data, "keys", "log.key") }
func (l *Log) publicPath() string  { return filepath.Join(l.dir, "key.pub") }

// keyLines returns the lines of a file of keys, without comments.
func keyLines(path string) ([]string, error) {
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var out []string
	for line := range strings.Lines(string(b)) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			out = append(out, line)
		}
	}
	return out, nil
}

// Keys returns the public keys (C2SP signed-note vkeys) that this log signs or once signed with, the present
// one first.
func (l *Log) Keys() ([]string, error) {
	lines, err := keyLines(l.publicPath())
	if err != nil {
		return nil, fmt.Errorf("read the log's public keys: %w", err)
	}
	return lines, nil
}

func (l *Log) verifiers() ([]note.Verifier, error) {
	lines, err := l.Keys()
	if err != nil {
		return nil, err
	}
	var out []note.Verifier
	for _, line := range lines {
		v, err := note.NewVerifier(line)
		if err != nil {
			return nil, fmt.Errorf("read the log's public key %.120q: %w", line, err)
		}
		out = append(out, v)
	}
	return out, nil
}

// signers returns the keys that sign every new checkpoint, making the first where there is no log yet.
func (l *Log) signers(origin string) ([]note.Signer, error) {
	lines, err := keyLines(l.privatePath())
	if err != nil {
		return nil, fmt.Errorf("read the log's private key: %w", err)
	}
	if len(lines) == 0 {
		if _, err := os.Stat(l.checkpointPath()); err == nil {
			return nil, fmt.Errorf("%w: put it back as %s; docs/operate/keys.md says what to do when it is lost", ErrNoKey, l.privatePath())
		}
		if lines, err = l.addKey(origin); err != nil {
			return nil, err
		}
	}
	var out []note.Signer
	for i, line := range lines {
		s, err := note.NewSigner(line)
		if err != nil {
			return nil, fmt.Errorf("read the log's private key: line %d of %s: %w", i+1, l.privatePath(), err)
		}
		if s.Name() != origin {
			return nil, fmt.Errorf("the log's private key is %s's, and log.json says that the log is called %s: put the origin back", s.Name(), origin)
		}
		out = append(out, s)
	}
	return out, nil
}

// addKey makes a key that signs beside those there are, in front of them, and returns all private keys.
func (l *Log) addKey(origin string) ([]string, error) {
	private, public, err := note.GenerateKey(rand.Reader, origin)
	if err != nil {
		return nil, fmt.Errorf("make a key for the log: %w", err)
	}
	if err := os.MkdirAll(filepath.Dir(l.privatePath()), 0o700); err != nil {
		return nil, fmt.Errorf("make a key for the log: %w", err)
	}
	old, err := keyLines(l.privatePath())
	if err != nil {
		return nil, fmt.Errorf("read the log's private key: %w", err)
	}
	known, err := l.Keys()
	if err != nil {
		return nil, err
	}
	// The public key comes first: a checkpoint signed by a key nobody knows would be a broken log.
	if err := writeFile(l.publicPath(), lines(append([]string{public}, known...)), 0o644); err != nil {
		return nil, fmt.Errorf("write the log's public key: %w", err)
	}
	all := append([]string{private}, old...)
	if err := writeFile(l.privatePath(), lines(all), 0o600); err != nil {
		return nil, fmt.Errorf("write the log's private key: %w", err)
	}
	return all, nil
}

// AddKey makes a new key. From now on every checkpoint is signed by it and by the keys there were.
func (l *Log) AddKey() error {
	unlock, err := l.lock()
	if err != nil {
		return err
	}
	defer unlock()
	c, err := readConfig(l.data)
	if err != nil {
		return err
	}
	if c, err = l.withOrigin(c); err != nil {
		return err
	}
	_, err = l.addKey(c.Origin)
	return err
}

// RetireKeys lets only the newest key sign from now on. The public keys of the others stay listed, so that what
// they signed can be checked.
func (l *Log) RetireKeys() (int, error) {
	unlock, err := l.lock()
	if err != nil {
		return 0, err
	}
	defer unlock()
	all, err := keyLines(l.privatePath())
	if err != nil || len(all) < 2 {
		return 0, err
	}
	if err := writeFile(l.privatePath(), lines(all[:1]), 0o600); err != nil {
		return 0, fmt.Errorf("write the log's private key: %w", err)
	}
	return len(all) - 1, nil
}

func lines(s []string) []byte { return []byte(strings.Join(slices.Concat(s, []string{""}), "\n")) }
