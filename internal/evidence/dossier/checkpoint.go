package dossier

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// checkpoint is a C2SP tlog-checkpoint.
type checkpoint struct {
	note
	origin string
	size   int64
	root   hash
}

// parseCheckpoint reads a signed checkpoint. Nothing in it is to be believed before its signatures were judged.
func parseCheckpoint(b []byte) (*checkpoint, error) {
	n, err := parseNote(b)
	if err != nil {
		return nil, fmt.Errorf("read checkpoint: %w", err)
	}
	c := &checkpoint{note: n}
	lines := strings.Split(strings.TrimSuffix(n.text, "\n"), "\n")
	if len(lines) < 3 {
		return nil, fmt.Errorf("read checkpoint: %d lines, want an origin, a size and a root", len(lines))
	}
	for _, l := range lines {
		if l == "" {
			return nil, errors.New("read checkpoint: an empty line in its text")
		}
	}
	c.origin = lines[0]
	if c.size, err = parseDecimal(lines[1]); err != nil {
		return nil, fmt.Errorf("read checkpoint: its size: %w", err)
	}
	root, err := decodeBase64(lines[2])
	if err != nil || len(root) != len(c.root) {
		return nil, errors.New("read checkpoint: its root is not base64 of 32 bytes")
	}
	copy(c.root[:], root)
	if c.size == 0 && c.root != emptyRoot() {
		return nil, errors.New("read checkpoint: an empty tree with a root that is not that of the empty tree")
	}
	return c, nil
}

// parseDecimal reads digits without sign and leading zeroes.
func parseDecimal(s string) (int64, error) {
	if s == "" || len(s) > 1 && s[0] == '0' || strings.Trim(s, "0123456789") != "" {
		return 0, fmt.Errorf("%.40q is not a decimal number without leading zeroes", s)
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		return 0, fmt.Errorf("%.40q is too large", s)
	}
	return n, nil
}
