package dossier

import (
	"errors"
	"fmt"
	"strings"
)

// maxProof bounds a tlog-proof: 63 hashes, some extra data and a note.
const maxProof = maxNote + 64<<10

// logProof is a C2SP tlog-proof.
type logProof struct {
	extra  []byte // not authenticated by the proof itself
	index  int64
	hashes []hash
	at     *checkpoint
}

// parseProof reads a tlog-proof. Nothing in it is to be believed before its checkpoint was judged.
func parseProof(b []byte) (*logProof, error) {
	if len(b) > maxProof {
		return nil, fmt.Errorf("read proof: %d bytes, the limit is %d", len(b), maxProof)
	}
	head, rest, ok := strings.Cut(string(b), "\n\n")
	if !ok {
		return nil, errors.New("read proof: no empty line before the checkpoint")
	}
	lines := strings.Split(head, "\n")
	if lines[0] != "c2sp.org/tlog-proof@v1" {
		return nil, fmt.Errorf("read proof: its first line is %.60q, want c2sp.org/tlog-proof@v1", lines[0])
	}
	lines = lines[1:]
	p := &logProof{}
	var err error
	if len(lines) > 0 {
		if extra, ok := strings.CutPrefix(lines[0], "extra "); ok {
			if p.extra, err = decodeBase64(extra); err != nil {
				return nil, fmt.Errorf("read proof: its extra data: %w", err)
			}
			lines = lines[1:]
		}
	}
	if len(lines) == 0 {
		return nil, errors.New("read proof: no index")
	}
	index, ok := strings.CutPrefix(lines[0], "index ")
	if !ok {
		return nil, fmt.Errorf("read proof: %.60q, want an index", lines[0])
	}
	if p.index, err = parseDecimal(index); err != nil {
		return nil, fmt.Errorf("read proof: its index: %w", err)
	}
	if len(lines) > 64 {
		return nil, fmt.Errorf("read proof: %d hashes, no tree is that high", len(lines)-1)
	}
	for _, l := range lines[1:] {
		h, err := decodeBase64(l)
		if err != nil || len(h) != len(hash{}) {
			return nil, fmt.Errorf("read proof: %.60q is not base64 of 32 bytes", l)
		}
		p.hashes = append(p.hashes, hash(h))
	}
	if p.at, err = parseCheckpoint([]byte(rest)); err != nil {
		return nil, fmt.Errorf("read proof: %w", err)
	}
	return p, nil
}
