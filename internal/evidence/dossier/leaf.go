package dossier

import (
	"encoding/hex"
	"fmt"
	"strings"
	"time"
)

// leaf is one entry of a log of ours: a kind, when the log learnt it, and the hash of what it stands for.
type leaf struct {
	kind string
	at   int64 // Unix seconds
	sum  hash
}

// parseLeaf reads "veedor/1 KIND TIME HASH\n" in its only form: TIME is RFC 3339 in UTC and whole seconds, HASH 64
// lower-case hex digits.
func parseLeaf(b []byte) (leaf, error) {
	var l leaf
	line, ok := strings.CutSuffix(string(b), "\n")
	parts := strings.Split(line, " ")
	if !ok || len(b) > 200 || len(parts) != 4 || parts[0] != "veedor/1" {
		return l, fmt.Errorf("read leaf %.120q: want veedor/1 KIND TIME HASH", b)
	}
	l.kind = parts[1]
	if !validKind(l.kind) {
		return l, fmt.Errorf("read leaf: %.40q is no kind of leaf", l.kind)
	}
	at, err := time.Parse("2006-01-02T15:04:05Z", parts[2])
	if err != nil || at.Format("2006-01-02T15:04:05Z") != parts[2] {
		return l, fmt.Errorf("read leaf: %.40q is no time in UTC and whole seconds", parts[2])
	}
	l.at = at.Unix()
	if l.sum, err = parseHash(parts[3]); err != nil {
		return l, fmt.Errorf("read leaf: %w", err)
	}
	return l, nil
}

func validKind(k string) bool {
	switch k {
	case "object", "capture", "event", "incident", "dossier":
		return true
	}
	return false
}

// data returns the bytes that the log hashes.
func (l *leaf) data() []byte {
	return fmt.Appendf(nil, "veedor/1 %s %s %x\n", l.kind, time.Unix(l.at, 0).UTC().Format("2006-01-02T15:04:05Z"), l.sum[:])
}

// parseHash reads 64 lower-case hex digits.
func parseHash(s string) (hash, error) {
	var h hash
	if len(s) != 64 || strings.Trim(s, "0123456789abcdef") != "" {
		return h, fmt.Errorf("%.80q is not 64 lower-case hex digits", s)
	}
	_, err := hex.Decode(h[:], []byte(s))
	return h, err
}

func (h hash) String() string { return hex.EncodeToString(h[:]) }
