package tlog

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	cosign "github.com/transparency-dev/formats/note"
	"golang.org/x/mod/sumdb/note"
)

// Cosignature is a witness's statement that it saw a checkpoint, and that it continues what it saw before.
type Cosignature struct {
	Witness string    // its name in the policy
	Size    uint64    // of the checkpoint
	At      time.Time // when, as it says
}

func (l *Log) cosignedPath(size uint64) string {
	return filepath.Join(l.dir, "cosigned", strconv.FormatUint(size, 10))
}

// Cosigned returns the sizes of the checkpoints that were kept because somebody else saw them, a witness or a
// time-stamp authority, largest first.
func (l *Log) Cosigned() ([]uint64, error) {
	list, err := os.ReadDir(filepath.Join(l.dir, "cosigned"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("read log: %w", err)
	}
	var out []uint64
	for _, f := range list {
		if n, err := strconv.ParseUint(f.Name(), 10, 63); err == nil && strconv.FormatUint(n, 10) == f.Name() {
			out = append(out, n)
		}
	}
	slices.Sort(out)
	slices.Reverse(out)
	return out, nil
}

// CheckpointAt returns a kept checkpoint with the cosignatures it got: the newest one, or one that was cosigned
// or stamped; ErrNotFound where none of that size was kept.
func (l *Log) CheckpointAt(size uint64) (*Checkpoint, error) {
	for _, path := range []string{l.cosignedPath(size), l.checkpointPath()} {
		raw, err := os.ReadFile(path)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("read checkpoint: %w", err)
		}
		c, err := l.openCheckpoint(raw)
		if err != nil {
			return nil, fmt.Errorf("read checkpoint %s: %w", path, err)
		}
		if c.Size == size {
			return c, nil
		}
		if path != l.checkpointPath() {
			return nil, fmt.Errorf("read checkpoint %s: %w: it is of %d leaves", path, ErrBroken, c.Size)
		}
	}
	return nil, fmt.Errorf("a checkpoint of %d leaves: %w", size, ErrNotFound)
}

// Cosignatures returns what the witnesses of the policy said of a checkpoint, as far as it is true.
func (l *Log) Cosignatures(c *Checkpoint) ([]Cosignature, error) {
	p, err := l.policy()
	if err != nil {
		return nil, err
	}
	return p.cosignatures(c)
}

func (l *Log) policy() (*policy, error) {
	conf, err := l.Config()
	if err != nil {
		return nil, err
	}
	return parsePolicy(conf.Policy)
}

// cosignatures are those of the policy's witnesses on a checkpoint.
func (p *policy) cosignatures(c *Checkpoint) ([]Cosignature, error) {
	var out []Cosignature
	for _, w := range p.witnesses {
		n, err := note.Open(c.Raw, note.VerifierList(w.key))
		if unverified := (*note.UnverifiedNoteError)(nil); errors.As(err, &unverified) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("%w: checkpoint of %d leaves: witness %s: %w", ErrBroken, c.Size, w.name, err)
		}
		at, err := cosign.CoSigV1Timestamp(n.Sigs[0])
		if err != nil {
			return nil, fmt.Errorf("%w: checkpoint of %d leaves: witness %s: %w", ErrBroken, c.Size, w.name, err)
		}
		out = append(out, Cosignature{Witness: w.name, Size: c.Size, At: at.UTC()})
	}
	return out, nil
}

// Satisfied says whether as many witnesses cosigned a checkpoint as the policy of log.json asks for.
func (l *Log) Satisfied(c *Checkpoint) (bool, error) {
	p, err := l.policy()
	if err != nil {
		return false, err
	}
	return p.accepts(c)
}

func (p *policy) accepts(c *Checkpoint) (bool, error) {
	list, err := p.cosignatures(c)
	if err != nil {
		return false, err
	}
	names := map[string]bool{}
	for _, s := range list {
		names[s.Witness] = true
	}
	return p.satisfied(names), nil
}

// best returns the newest checkpoint that satisfies the policy and covers a leaf, else the newest of all.
func (l *Log) best(index uint64) (*Checkpoint, error) {
	newest, err := l.Checkpoint()
	if err != nil {
		return nil, err
	}
	p, err := l.policy()
	if err != nil {
		return nil, err
	}
	if ok, err := p.accepts(newest); err != nil || ok {
		return newest, err
	}
	sizes, err := l.Cosigned()
	if err != nil {
		return nil, err
	}
	for _, size := range sizes {
		if size <= index {
			break
		}
		c, err := l.CheckpointAt(size)
		if err != nil {
			return nil, err
		}
		if ok, err := p.accepts(c); err != nil || ok {
			return c, err
		}
	}
	return newest, nil
}

// keep keeps a checkpoint that somebody saw, with the cosignature lines given, which are added to the published
// one too where that is the same.
func (l *Log) keep(c *Checkpoint, lines []string) error {
	unlock, err := l.lock()
	if err != nil {
		return err
	}
	defer unlock()
	if kept, err := l.CheckpointAt(c.Size); err == nil {
		if kept.Text != c.Text {
			return fmt.Errorf("keep cosignature: %w: two checkpoints of %d leaves", ErrBroken, c.Size)
		}
		c = kept
	} else if !errors.Is(err, ErrNotFound) {
		return err
	}
	raw := bytes.Clone(c.Raw)
	for _, line := range lines {
		if !bytes.Contains(raw, []byte("\n"+line)) {
			raw = append(raw, line...)
		}
	}
	if err := writeFile(l.cosignedPath(c.Size), raw, 0o644); err != nil {
		return fmt.Errorf("keep cosignature: %w", err)
	}
	newest, err := l.Checkpoint()
	if err != nil || newest.Text != c.Text {
		return err
	}
	if err := writeFile(l.checkpointPath(), raw, 0o644); err != nil {
		return fmt.Errorf("publish cosignature: %w", err)
	}
	return nil
}
