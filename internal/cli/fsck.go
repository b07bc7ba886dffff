package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"veedor/internal/evidence/archive"
	"veedor/internal/evidence/capture"
	"veedor/internal/evidence/journal"
	"veedor/internal/evidence/tlog"
	"veedor/internal/follow/registry"
	"veedor/internal/measure/bucket"
	"veedor/internal/measure/incidents"
	"veedor/internal/weigh/desk"
	"veedor/internal/weigh/edition"
)

// checked is what fsck looked at and what it found.
type checked struct {
	Packs    int64 `json:"packs"`
	Objects  int64 `json:"objects"`
	Leaves   int64 `json:"leaves"`
	Captures int64 `json:"captures"`
	Dossiers int64 `json:"dossiers"`

	States     int64     `json:"states"`     // of the registry
	Entities   int64     `json:"entities"`   // of the registry, in each dataset
	Statements int64     `json:"statements"` // of the registry
	Bytes      int64     `json:"bytes"`
	Problems   []problem `json:"problems"`
}

type problem struct {
	Kind  string `json:"kind"`  // of the part or the fault
	Where string `json:"where"` // the file or object
	What  string `json:"what"`  // in plain words: what is wrong and what to do
}

func (r *checked) problem(kind, where, what string) {
	r.Problems = append(r.Problems, problem{kind, where, what})
}

func fsckCommand() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:   "fsck",
		Short: "Read every byte of the evidence and say what is damaged, missing or extra",
		Long: `Read every byte of the archive, the log, captures, dossiers, the registry and journals, and say what is damaged, missing or extra.
What the log learnt must still be there: each of its leaves is looked for.`,
		Example: "  veedor fsck",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return with(c, func(h *house) error {
				r, err := fsck(c, h)
				if err != nil {
					return err
				}
				out := c.OutOrStdout()
				if asJSON {
					if err := json.NewEncoder(out).Encode(r); err != nil {
						return err
					}
				} else {
					for _, f := range r.Problems {
						fmt.Fprintf(out, "%s: %s: %s\n", f.Kind, f.Where, f.What)
					}
					fmt.Fprintf(out, "checked %d objects in %d packs, %d leaves of the log, %d captures, %d dossiers, %d states with %d entities and %d statements, %s: %d problems\n",
						r.Objects, r.Packs, r.Leaves, r.Captures, r.Dossiers, r.States, r.Entities, r.Statements, size(r.Bytes), len(r.Problems))
				}
				if len(r.Problems) > 0 {
					return fmt.Errorf("%w: %d problems, listed above", errDamaged, len(r.Problems))
				}
				return nil
			})
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print the report as JSON")
	return c
}

// fsck checks every part by itself, and then that what the log learnt is there. known holds what is, by kind; of a
// part that cannot be read at all it holds nothing, and nothing is looked for in it.
func fsck(c *cobra.Command, h *house) (*checked, error) {
	ctx, data := c.Context(), dataDir(c)
	r := &checked{Problems: []problem{}}
	p := newProgress(c.ErrOrStderr(), "fsck")
	defer p.end()
	progress := func(done, total int64) { p.at(done, total, "") }
	entities, leaves := newCount(c.ErrOrStderr(), "fsck", "entities"), newCount(c.ErrOrStderr(), "fsck", "leaves of the log")
	defer entities.end()
	defer leaves.end()

	a, err := h.archive.Fsck(ctx, progress)
	if err != nil {
		return nil, err
	}
	r.Packs, r.Objects, r.Bytes = a.Packs, a.Objects, a.Bytes
	for _, p := range a.Problems {
		r.problem(p.Kind, p.Where, p.What)
	}

	known := map[tlog.Kind]map[string]bool{tlog.Capture: {}, tlog.Event: {}, tlog.Incident: {}, tlog.Dossier: {}}
	if err := r.incidents(data, known); err != nil {
		return nil, err
	}
	if err := r.captures(ctx, data, known, progress); err != nil {
		return nil, err
	}
	if err := r.dossiers(ctx, data, known); err != nil {
		return nil, err
	}
	if err := r.registryJournals(data, known); err != nil {
		return nil, err
	}
	if _, err := bucket.OpenJournal(data); errors.Is(err, bucket.ErrBroken) {
		r.problem("journal", "sync/ooni.jsonl", err.Error())
	} else if err != nil {
		return nil, err
	}
	reg, err := registry.Fsck(ctx, data, func(f registry.File) error { return fileThere(h.archive, f) }, func(done, total int64) { entities.at(done, total, "") })
	if err != nil {
		return nil, err
	}
	r.States, r.Entities, r.Statements = reg.States, reg.Entities, reg.Statements
	for _, p := range reg.Problems {
		r.problem(p.Kind, p.Where, p.What)
	}
	if err := r.desk(ctx, data, known); err != nil {
		return nil, err
	}
	return r, r.log(ctx, data, h.archive, known, func(done, total int64) { leaves.at(done, total, "") })
}

func (r *checked) incidents(data string, known map[tlog.Kind]map[string]bool) error {
	j, err := incidents.OpenJournal(data)
	if errors.Is(err, incidents.ErrBroken) {
		r.problem("journal", "incidents/journal.jsonl", err.Error())
		delete(known, tlog.Incident)
		return nil
	}
	if err != nil {
		return err
	}
	all, err := j.Entries()
	for i := range all {
		known[tlog.Incident][all[i].Hash] = true
	}
	return err
}

func (r *checked) captures(ctx context.Context, data string, known map[tlog.Kind]map[string]bool, progress func(done, total int64)) error {
	k, err := capture.Open(data, capture.Options{})
	if err != nil {
		r.problem("journal", "captures/journal.jsonl", err.Error())
		delete(known, tlog.Capture)
		delete(known, tlog.Event)
		return nil
	}
	got, err := k.Fsck(ctx, progress)
	if err != nil {
		return err
	}
	r.Captures = int64(got.Captures)
	r.Bytes += got.Bytes
	for _, p := range got.Problems {
		r.problem(p.Kind, "captures/"+p.Where, p.What)
	}
	entries, err := k.Entries()
	for i := range entries {
		known[tlog.Event][entries[i].Hash] = true
		if e := entries[i].Capture; e != nil {
			known[tlog.Capture][e.Hash] = true
		}
	}
	return err
}

func (r *checked) dossiers(ctx context.Context, data string, known map[tlog.Kind]map[string]bool) error {
	s, err := edition.OpenShelf(data)
	if err != nil {
		r.problem("journal", "dossiers/journal.jsonl", err.Error())
		delete(known, tlog.Dossier)
		delete(known, tlog.Event)
		return nil
	}
	n, problems, err := s.Fsck(ctx)
	if err != nil {
		return err
	}
	r.Bytes += n
	for _, p := range problems {
		r.problem("dossier", p.Where, p.What)
	}
	all, err := s.List()
	r.Dossiers = int64(len(all))
	for i := range all {
		known[tlog.Dossier][all[i].SHA256] = true
		if events, ok := known[tlog.Event]; ok {
			events[all[i].Hash] = true
		}
	}
	return err
}

// registryJournals reads the journals that the registry is made of.
func (r *checked) registryJournals(data string, known map[tlog.Kind]map[string]bool) error {
	for _, name := range registry.Journals() {
		hashes, err := registry.ReadJournal(data, name)
		if errors.Is(err, journal.ErrBroken) {
			delete(known, tlog.Event) // registry.Fsck says so
			continue
		}
		if err != nil {
			return err
		}
		if events, ok := known[tlog.Event]; ok {
			for _, h := range hashes {
				events[h] = true
			}
		}
	}
	return nil
}

func (r *checked) desk(ctx context.Context, data string, known map[tlog.Kind]map[string]bool) error {
	if _, err := os.Stat(filepath.Join(data, "desk")); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	d, err := desk.Open(ctx, data, desk.Options{})
	if err != nil {
		r.problem("desk", "desk", err.Error())
		delete(known, tlog.Event)
		return nil
	}
	defer d.Close()
	problems, err := d.Fsck(ctx)
	if err != nil {
		return err
	}
	for _, p := range problems {
		r.problem("desk", p.Where, p.What)
	}
	events, ok := known[tlog.Event]
	if len(problems) > 0 || !ok {
		delete(known, tlog.Event)
		return nil
	}
	return d.Hashes(ctx, func(hash string) error { events[hash] = true; return nil })
}

// log checks the log by itself, then looks for what its leaves stand for.
func (r *checked) log(ctx context.Context, data string, a *archive.Archive, known map[tlog.Kind]map[string]bool, progress func(done, total int64)) error {
	l, err := tlog.Open(ctx, data, tlog.Options{})
	if err != nil {
		r.problem("log", "log", err.Error())
		return nil
	}
	defer l.Close()
	problems, err := l.Fsck(ctx, func(done, total uint64) { progress(int64(done), int64(total)) })
	if err != nil {
		return err
	}
	for _, p := range problems {
		r.problem("log", p.Where, p.What)
	}
	if len(problems) > 0 {
		return nil // its leaves cannot be relied on
	}
	var objects []archive.Hash
	look := func() error {
		there, err := a.Has(objects)
		for i, ok := range there {
			if !ok {
				r.problem("missing", objects[i].String(), "the log learnt of this object, and the archive does not have it; put it back from a backup")
			}
		}
		objects = objects[:0]
		return err
	}
	for e, err := range l.Leaves(ctx, 0, 0) {
		if errors.Is(err, tlog.ErrEmpty) {
			return nil
		}
		if err != nil {
			return err
		}
		r.Leaves++
		if e.Kind == tlog.Object {
			if objects = append(objects, archive.Hash(e.Hash)); len(objects) == 4096 {
				if err := look(); err != nil {
					return err
				}
			}
		} else if have, ok := known[e.Kind]; ok && !have[e.Hash.String()] {
			r.problem("missing", fmt.Sprintf("%s %s", e.Kind, e.Hash), "the log learnt of it, and it is not here; put it back from a backup")
		}
	}
	return look()
}
