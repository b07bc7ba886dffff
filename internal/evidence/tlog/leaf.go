package tlog

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"time"
)

// Hash is the SHA-256 of what a leaf stands for.
type Hash [sha256.Size]byte

// String returns the hash in hex.
func (h Hash) String() string { return hex.EncodeToString(h[:]) }

// ParseHash reads 64 lower-case hex digits.
func ParseHash(s string) (Hash, error) {
	var h Hash
	b, err := hex.DecodeString(s)
	if err != nil || len(b) != len(h) || hex.EncodeToString(b) != s {
		return h, fmt.Errorf("parse hash %.80q: want 64 lower-case hex digits", s)
	}
	copy(h[:], b)
	return h, nil
}

// Kind says what a leaf stands for.
type Kind string

// What the log holds. The hash of a leaf is the SHA-256 of the bytes named here.
const (
	Object   Kind = "object"   // an object of the archive
	Capture  Kind = "capture"  // a capture's WACZ file
	Event    Kind = "event"    // a line of the journal of captures, of dossiers or of the registry, without its end
	Incident Kind = "incident" // a line of the journal of incidents, without its end
	Dossier  Kind = "dossier"  // a dossier's file
)

// kinds lists all kinds; the index stores a kind as its place here.
func kinds() [5]Kind { return [...]Kind{Object, Capture, Event, Incident, Dossier} }

func (k Kind) number() (int, error) {
	for i, known := range kinds() {
		if k == known {
			return i, nil
		}
	}
	return 0, fmt.Errorf("%.20q is no kind of leaf", k)
}

// Item is what is appended: the log adds when it learnt of it.
type Item struct {
	Kind Kind
	Hash Hash
}

// Leaf is one entry of the log.
type Leaf struct {
	Item
	At time.Time // when the log learnt of it, to the second, never before the leaf in front of it
}

// prefix begins every leaf and names the version of its format.
const prefix = "veedor/1 "

// Data returns the bytes that stand in the log: one ASCII line, which is hashed as RFC 6962 says.
func (l Leaf) Data() []byte {
	return fmt.Appendf(nil, "%s%s %s %s\n", prefix, l.Kind, l.At.UTC().Format(time.RFC3339), l.Hash)
}

// ParseLeaf reads the bytes of a leaf; only what Data writes is accepted.
func ParseLeaf(data []byte) (Leaf, error) {
	var l Leaf
	f := bytes.Split(data, []byte{' '})
	if len(f) != 4 || len(data) > 256 {
		return l, fmt.Errorf("parse leaf %.120q: want version, kind, time and hash", data)
	}
	l.Kind = Kind(f[1])
	if _, err := l.Kind.number(); err != nil {
		return l, fmt.Errorf("parse leaf: %w", err)
	}
	var err error
	if l.At, err = time.Parse(time.RFC3339, string(f[2])); err != nil {
		return l, fmt.Errorf("parse leaf: %w", err)
	}
	l.At = l.At.UTC()
	if l.Hash, err = ParseHash(string(bytes.TrimSuffix(f[3], []byte{'\n'}))); err != nil {
		return l, fmt.Errorf("parse leaf: %w", err)
	}
	if !bytes.Equal(l.Data(), data) {
		return l, fmt.Errorf("parse leaf %.120q: not written as docs/format/log.md says", data)
	}
	return l, nil
}
