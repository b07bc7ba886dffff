package archive

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// head says how many records all manifests have together, and what they fold to, so that a manifest
// which is gone, or has lost its last lines, is missed.
type head struct {
	Records int64  `json:"records"`
	Fold    string `json:"fold"` // all records' sums, XORed, in hex; their order does not matter
	Sum     string `json:"sum"`  // SHA-256 of this with an empty sum, in hex
}

const headFile = "head"

var errHead = errors.New("the file head is damaged; run fsck")

// with returns the head with one record more.
func (h head) with(r record) head { return head{Records: h.Records + 1, Fold: xor(h.Fold, r.Sum)} }

// without returns the head with one record less.
func (h head) without(r record) head { return head{Records: h.Records - 1, Fold: xor(h.Fold, r.Sum)} }

// counts says whether two heads count the same records.
func (h head) counts(o head) bool {
	return h.Records == o.Records && xor(h.Fold, o.Fold) == xor("", "")
}

// xor combines two sums in hex; anything else counts as zero.
func xor(a, b string) string {
	x, _ := ParseHash(a)
	y, _ := ParseHash(b)
	for i := range x {
		x[i] ^= y[i]
	}
	return hex.EncodeToString(x[:])
}

func (h head) line() []byte {
	b, err := json.Marshal(h)
	if err != nil {
		panic(err) // strings and numbers always have a form in JSON
	}
	return append(b, '\n')
}

func (h head) sealed() head {
	h.Sum = ""
	h.Sum = Sum(h.line()).String()
	return h
}

// readHead returns fs.ErrNotExist where there is none, errHead where it is damaged.
func (a *Archive) readHead() (head, error) {
	b, err := os.ReadFile(filepath.Join(a.dir, headFile))
	if err != nil {
		return head{}, err
	}
	var h head
	if json.Unmarshal(b, &h) != nil || string(h.sealed().line()) != string(b) {
		return head{}, errHead
	}
	return h, nil
}

// writeHead puts a new head in the place of the old one.
func (a *Archive) writeHead(h head) error {
	tmp := filepath.Join(a.dir, "tmp", "head.tmp") // one at a time: the caller is in change
	if err := os.Remove(tmp); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("write head: %w", err)
	}
	if err := appendFile(tmp, h.sealed().line()); err != nil {
		return fmt.Errorf("write head: %w", err)
	}
	if err := os.Rename(tmp, filepath.Join(a.dir, headFile)); err != nil {
		return fmt.Errorf("write head: %w", err)
	}
	return syncDir(a.dir)
}
