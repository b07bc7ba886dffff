package cli

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"veedor/internal/evidence/archive"
	"veedor/internal/evidence/journal"
	"veedor/internal/evidence/tlog"
)

// logSource is something that the log takes leaves from. It comes in parts that do not change, each with a mark.
type logSource interface {
	// name is what its marks are remembered under.
	name() string
	// parts calls f with every part whose mark is not in done.
	parts(ctx context.Context, done map[string]bool, f func(mark string, items []tlog.Item) error) error
}

// logSources lists all of them.
func logSources(a *archive.Archive, data string) []logSource {
	return []logSource{
		archiveSource{a},
		journalSource{tlog.Incident, filepath.Join(data, "incidents", "journal.jsonl")},
		folderSource{tlog.Capture, filepath.Join(data, "captures"), ".wacz"},
		journalSource{tlog.Event, filepath.Join(data, "captures", "journal.jsonl")},
		folderSource{tlog.Dossier, filepath.Join(data, "dossiers"), ".wacz"},
		journalSource{tlog.Event, filepath.Join(data, "dossiers", "journal.jsonl")},
		journalSource{tlog.Event, filepath.Join(data, "desk", "journal.jsonl")},
		journalSource{tlog.Event, filepath.Join(data, "registry", "states.jsonl")},
		journalSource{tlog.Event, filepath.Join(data, "registry", "decisions.jsonl")},
		journalSource{tlog.Event, filepath.Join(data, "registry", "watches.jsonl")},
	}
}

// archiveSource gives the objects of the archive; a part is a pack.
type archiveSource struct{ a *archive.Archive }

func (s archiveSource) name() string { return "archive" }

func (s archiveSource) parts(ctx context.Context, done map[string]bool, f func(string, []tlog.Item) error) error {
	return s.a.Hashes(ctx, done, func(pack string, hashes []archive.Hash) error {
		items := make([]tlog.Item, len(hashes))
		for i, h := range hashes {
			items[i] = tlog.Item{Kind: tlog.Object, Hash: tlog.Hash(h)}
		}
		return f(pack, items)
	})
}

// journalSource gives the lines of a journal; a part is the journal as it stands, its mark the last line's hash.
type journalSource struct {
	kind tlog.Kind
	path string
}

func (s journalSource) name() string { return string(s.kind) + " journal" }

func (s journalSource) parts(_ context.Context, done map[string]bool, f func(string, []tlog.Item) error) error {
	type line struct{ journal.Link }
	lines, err := journal.Open(s.path, func(l *line) *journal.Link { return &l.Link }).Entries()
	if err != nil || len(lines) == 0 || done[lines[len(lines)-1].Hash] {
		return err
	}
	items := make([]tlog.Item, len(lines))
	for i, l := range lines {
		h, err := tlog.ParseHash(l.Hash)
		if err != nil {
			return err
		}
		items[i] = tlog.Item{Kind: s.kind, Hash: h}
	}
	return f(lines[len(lines)-1].Hash, items)
}

// folderSource gives the files of a folder that have an ending; a part is a file, its mark its name, size and time.
type folderSource struct {
	kind        tlog.Kind
	dir, ending string
}

func (s folderSource) name() string { return string(s.kind) + " files" }

func (s folderSource) parts(ctx context.Context, done map[string]bool, f func(string, []tlog.Item) error) error {
	return filepath.WalkDir(s.dir, func(path string, d fs.DirEntry, err error) error {
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return nil // no folder yet, or a file that went away
		case err != nil:
			return err
		case d.IsDir() && d.Name() == "tmp":
			return fs.SkipDir
		case !d.Type().IsRegular() || !strings.HasSuffix(path, s.ending):
			return ctx.Err()
		}
		info, err := d.Info()
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(s.dir, path)
		if err != nil {
			return err
		}
		mark := fmt.Sprintf("%s %d %d", filepath.ToSlash(rel), info.Size(), info.ModTime().UnixNano())
		if done[mark] {
			return nil
		}
		h, err := hashFile(path)
		if err != nil {
			return err
		}
		return f(mark, []tlog.Item{{Kind: s.kind, Hash: h}})
	})
}

func hashFile(path string) (tlog.Hash, error) {
	f, err := os.Open(path)
	if err != nil {
		return tlog.Hash{}, err
	}
	defer f.Close()
	sum := sha256.New()
	if _, err := io.Copy(sum, f); err != nil {
		return tlog.Hash{}, fmt.Errorf("read %s: %w", path, err)
	}
	return tlog.Hash(sum.Sum(nil)), nil
}

// logSync appends whatever in the sources is not in the log yet, and returns how many leaves that were.
func logSync(ctx context.Context, l *tlog.Log, sources []logSource, progress func(added int)) (int, error) {
	const many = 1 << 16 // items appended at once
	total := 0
	for _, s := range sources {
		done, err := l.Done(ctx, s.name())
		if err != nil {
			return total, err
		}
		var items []tlog.Item
		var marks []string
		flush := func() error {
			if len(marks) == 0 {
				return nil
			}
			n, err := l.Append(ctx, items)
			if total += n; err != nil {
				return err
			}
			for _, m := range marks {
				if err := l.MarkDone(ctx, s.name(), m); err != nil {
					return err
				}
			}
			items, marks = items[:0], marks[:0]
			progress(total)
			return nil
		}
		err = s.parts(ctx, done, func(mark string, part []tlog.Item) error {
			items, marks = append(items, part...), append(marks, mark)
			if len(items) < many {
				return nil
			}
			return flush()
		})
		if err == nil {
			err = flush()
		}
		if err != nil {
			return total, fmt.Errorf("log %s: %w", s.name(), err)
		}
	}
	return total, nil
}

// logAll brings the log up to date at the end of a command.
func logAll(ctx context.Context, c *cobra.Command, h *house) error {
	return withLog(c, func(l *tlog.Log) error {
		if _, err := syncLog(ctx, c, l, h.archive); err != nil {
			return err
		}
		return attest(ctx, l, c.ErrOrStderr())
	})
}

// attest asks witnesses and authorities where log.json says so. That none is reached is said, and is no failure.
func attest(ctx context.Context, l *tlog.Log, w io.Writer) error {
	conf, err := l.Config()
	if err != nil || !conf.Automatic {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	for what, ask := range map[string]func(context.Context, bool) ([]tlog.Outcome, error){"witness": l.Witness, "authority": l.Stamp} {
		list, err := ask(ctx, true)
		if err != nil && !errors.Is(err, tlog.ErrEmpty) && ctx.Err() == nil {
			return err
		}
		for _, o := range list {
			if o.Why != "" {
				fmt.Fprintf(w, "log: %s %s: %s\n", what, o.Name, o.Why)
			}
		}
	}
	return nil
}

// syncLog appends what is new in a data folder, and shows how it goes.
func syncLog(ctx context.Context, c *cobra.Command, l *tlog.Log, a *archive.Archive) (int, error) {
	p := newProgress(c.ErrOrStderr(), "log")
	defer p.end()
	return logSync(ctx, l, logSources(a, dataDir(c)), func(added int) { p.count(uint64(added), "leaves added") })
}

// withLog runs f on the log of the data folder.
func withLog(c *cobra.Command, f func(*tlog.Log) error) error {
	dir, err := filepath.Abs(dataDir(c))
	if err != nil {
		return err
	}
	l, err := tlog.Open(c.Context(), dir, tlog.Options{})
	if err != nil {
		return err
	}
	return errors.Join(f(l), l.Close())
}
