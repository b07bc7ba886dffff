package archive

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Problem is one thing that is wrong with an archive.
type Problem struct {
	Kind  string // "corrupt", "missing", "extra", "manifest" or "index"
	Where string // the file or object
	What  string // in plain words: what is wrong and what to do
}

// Report is what Fsck found.
type Report struct {
	Packs, Objects, Bytes int64 // what was read
	Problems              []Problem
}

// Fsck reads every byte of the archive and says what is damaged, missing or extra. progress is
// called now and then with the bytes read and the bytes there are.
func (a *Archive) Fsck(ctx context.Context, progress func(done, total int64)) (Report, error) {
	c := checker{a: a, ctx: ctx, progress: progress}
	if err := c.manifests(); err != nil {
		return c.report, err
	}
	if err := c.files(); err != nil {
		return c.report, err
	}
	for _, name := range c.order {
		if err := c.pack(c.listed[name]); err != nil {
			return c.report, err
		}
	}
	if err := c.index(); err != nil {
		return c.report, err
	}
	return c.report, nil
}

type checker struct {
	a           *Archive
	ctx         context.Context
	progress    func(done, total int64)
	report      Report
	listed      map[string]record
	order       []string
	done, total int64
	distinct    int64 // objects, each counted once
}

func (c *checker) problem(kind, where, format string, args ...any) {
	c.report.Problems = append(c.report.Problems, Problem{kind, where, fmt.Sprintf(format, args...)})
}

// manifests reads what there should be.
func (c *checker) manifests() error {
	c.listed = map[string]record{}
	files, err := filepath.Glob(filepath.Join(c.a.dir, "manifests", "*"))
	if err != nil {
		return err
	}
	slices.Sort(files)
	for _, f := range files {
		where := filepath.Join("manifests", filepath.Base(f))
		m, problem, err := readManifest(f)
		if err != nil {
			return err
		}
		if problem != "" {
			c.problem("manifest", where, "%s. Restore this file from a copy; packs listed after this line show up as extra.", problem)
		} else if filepath.Base(c.a.manifestPath(m.name)) != filepath.Base(f) {
			c.problem("extra", where, "a manifest of source %q under a name that is not its own. Remove it if you did not put it there.", m.name)
			continue
		}
		for _, r := range m.records {
			if r.Kind != kindPack {
				continue
			}
			if _, twice := c.listed[r.Pack]; twice {
				c.problem("manifest", where, "pack %s is listed twice", r.Pack)
				continue
			}
			c.listed[r.Pack] = r
			c.order = append(c.order, r.Pack)
			c.total += r.Size
		}
	}
	return nil
}

// files compares the files there are with those listed.
func (c *checker) files() error {
	return filepath.WalkDir(c.a.dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		rel, err := filepath.Rel(c.a.dir, path)
		if err != nil {
			return err
		}
		switch top, _, _ := strings.Cut(rel, string(filepath.Separator)); top {
		case "lock", "manifests", "tmp": // tmp holds what living processes are writing; Open has cleared the rest
			if rel == top && top != "lock" {
				c.problem("extra", rel, "not a file of the archive. Remove it if you did not put it there.")
			}
			return nil
		}
		name := strings.TrimSuffix(filepath.Base(path), ".pack")
		if _, ok := c.listed[name]; !ok || path != c.a.packPath(name) {
			c.problem("extra", rel, "no manifest lists this file. If a manifest is damaged, restore it; else somebody put this here.")
		}
		return nil
	})
}

// pack checks one pack: its hash, and each object's.
func (c *checker) pack(r record) error {
	path := c.a.packPath(r.Pack)
	where := filepath.Join("packs", r.Pack[:2], r.Pack+".pack")
	if _, err := os.Stat(path); err != nil {
		c.problem("missing", where, "%d objects were in it. Restore the file from a copy, or ingest the source again.", r.Objects)
		return nil
	}
	sum, claimed, err := hashFile(path, func(n int64) {
		c.done += n
		if c.progress != nil {
			c.progress(c.done, c.total)
		}
	})
	if err := c.ctx.Err(); err != nil {
		return err
	}
	c.report.Packs++
	if err != nil || sum != claimed || sum.String() != r.Pack {
		c.problem("corrupt", where, "the file is not the one that was written. Restore it from a copy; the objects named below are affected.")
	}
	p, err := openPack(path)
	if err != nil {
		c.problem("corrupt", where, "its index cannot be read (%v); none of its %d objects can be checked", err, r.Objects)
		return nil
	}
	defer p.Close()
	if int64(len(p.objects)) != r.Objects {
		c.problem("corrupt", where, "it holds %d objects, its manifest says %d", len(p.objects), r.Objects)
	}
	return c.objects(p, r.Pack)
}

func (c *checker) objects(p *pack, name string) error {
	id, err := c.a.packID(name)
	indexed := err == nil
	if !indexed {
		c.problem("index", name, "the index does not know this pack. Remove the folder index; it is made anew.")
	}
	var raw []byte
	at, bad := -1, false
	for _, o := range p.objects {
		if err := c.ctx.Err(); err != nil {
			return err
		}
		if o.frame != at {
			at = o.frame
			if raw, err = p.frame(o.frame, raw); err != nil {
				bad = true
			} else {
				bad = false
				c.report.Bytes += int64(len(raw))
			}
		}
		if bad || Sum(raw[o.start:o.start+o.size]) != o.hash {
			c.problem("corrupt", o.hash.String(), "this object's bytes in pack %s are damaged", name)
			continue
		}
		c.report.Objects++
		if indexed {
			first, err := c.a.isFirst(o.hash, id, o)
			if err != nil {
				c.problem("index", o.hash.String(), "the index does not know this object. Remove the folder index; it is made anew.")
			} else if first {
				c.distinct++
			}
		}
	}
	return nil
}

// index looks for objects that the index knows and the packs do not.
func (c *checker) index() error {
	if len(c.report.Problems) > 0 {
		return nil // what is damaged or missing accounts for differences
	}
	var n int64
	if err := c.a.index.QueryRowContext(c.ctx, `SELECT count(*) FROM objects`).Scan(&n); err != nil {
		return err
	}
	if n != c.distinct {
		c.problem("index", "index/objects.sqlite", "it knows %d objects, the packs hold %d. Remove the folder index; it is made anew.", n, c.distinct)
	}
	return nil
}
