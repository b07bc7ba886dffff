package archive

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// Problem is one thing that is wrong with an archive.
type Problem struct {
	Kind  string // "corrupt", "missing", "extra", "manifest" or "index"
	Where string // the file or object
	What  string // in plain words: what is wrong and what to do
}

// Report is what Fsck found.
type Report struct {
	Packs, Objects, Bytes int64 // what was read; bytes are those of the objects
	Problems              []Problem
}

// Fsck reads every byte of the archive and says what is damaged, missing or extra. What others add
// meanwhile is left to the next time. progress, unless nil, is called now and then with the bytes
// read and the bytes there are.
func (a *Archive) Fsck(ctx context.Context, progress func(done, total int64)) (Report, error) {
	c := checker{a: a, ctx: ctx, progress: progress, rows: map[string]int64{}}
	s, err := a.refresh(ctx, func(s stock) error {
		c.report, c.listed, c.total = Report{}, map[string]listed{}, 0
		c.manifests(s)
		return c.files()
	})
	if err != nil {
		return c.report, fmt.Errorf("check archive: %w", err)
	}
	for _, l := range s.packs() {
		if err := c.pack(l); err != nil {
			return c.report, fmt.Errorf("check pack %s: %w", l.Pack, err)
		}
	}
	if err := c.index(); err != nil {
		return c.report, fmt.Errorf("check index: %w", err)
	}
	return c.report, nil
}

type checker struct {
	a           *Archive
	ctx         context.Context
	progress    func(done, total int64)
	report      Report
	listed      map[string]listed
	done, total int64
	rows        map[string]int64 // objects of each sound pack that the index says lie there
}

func (c *checker) problem(kind, where, format string, args ...any) {
	c.report.Problems = append(c.report.Problems, Problem{kind, where, fmt.Sprintf(format, args...)})
}

// manifests checks what says what there should be.
func (c *checker) manifests(s stock) {
	const notOurs = "not a file of the archive, or not under its own name. Remove it if you did not put it there."
	for _, name := range s.files {
		c.problem("extra", filepath.Join("manifests", name), notOurs)
	}
	for _, m := range s.manifests {
		where := filepath.Join("manifests", m.file)
		if m.fault != "" {
			c.problem("manifest", where, "%s. Restore this file from a copy; packs listed from this line on show up as extra.", m.fault)
		}
		for _, r := range m.records {
			if r.Kind != kindPack {
				continue
			}
			// An object that was lost with its pack and came back makes the same pack again.
			if other, twice := c.listed[r.Pack]; !twice {
				c.listed[r.Pack] = listed{r, m.name}
				c.total += r.Size
			} else if other.Size != r.Size || other.Objects != r.Objects || other.RawBytes != r.RawBytes {
				c.problem("manifest", where, "pack %s is listed a second time, with other numbers. Restore this file from a copy.", r.Pack)
			}
		}
	}
	if s.fault != "" {
		c.problem("manifest", headFile, "the manifests do not add up: %s. A manifest, or the end of one, is missing, or this file is damaged. "+
			"Restore them from a copy. If nothing else is reported and nothing is missing, remove the file head; it is made anew.", s.fault)
	}
}

// files compares the files there are with those listed. Nobody changes them meanwhile.
func (c *checker) files() error {
	const notOurs = "not a file of the archive. Remove it if you did not put it there."
	return filepath.WalkDir(c.a.dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		rel, err := filepath.Rel(c.a.dir, path)
		if err != nil {
			return err
		}
		top, below, _ := strings.Cut(rel, string(filepath.Separator))
		name, isPack := strings.CutSuffix(d.Name(), ".pack")
		_, isListed := c.listed[name]
		switch {
		case rel == "lock", rel == headFile:
		case top == "manifests" && !strings.Contains(below, string(filepath.Separator)): // seen above
		case top == "tmp" && d.Type().IsRegular() && held(path): // a living process is writing it
		case !d.Type().IsRegular(), top != "packs":
			c.problem("extra", rel, notOurs)
		case !isPack || !isListed || path != c.a.packPath(name):
			c.problem("extra", rel, "no manifest lists this file. If a manifest is damaged or missing, restore that; else remove this file if you did not put it there.")
		}
		return nil
	})
}

// held says whether some process has a file locked.
func held(path string) bool {
	f, err := os.Open(path)
	if err != nil {
		return errors.Is(err, fs.ErrNotExist)
	}
	defer f.Close()
	return flock(f, syscall.LOCK_EX|syscall.LOCK_NB) != nil
}

// pack checks one pack: its hash, and each object's.
func (c *checker) pack(l listed) error {
	path := c.a.packPath(l.Pack)
	where := filepath.Join("packs", l.Pack[:2], l.Pack+".pack")
	st, err := os.Stat(path)
	if err != nil {
		c.problem("missing", where, "%d objects of source %q were in it. Restore the file from a copy, or ingest the source again.", l.Objects, l.source)
		return nil
	}
	sum, claimed, err := hashFile(path, func(n int64) error {
		c.done += n
		if c.progress != nil {
			c.progress(min(c.done, c.total), c.total)
		}
		return c.ctx.Err()
	})
	if err := c.ctx.Err(); err != nil {
		return err
	}
	c.report.Packs++
	sound := err == nil && sum == claimed && sum.String() == l.Pack && st.Size() == l.Size
	if !sound {
		c.problem("corrupt", where, "the file is not the one that was written. Restore it from a copy, or remove it and ingest source %q again. Objects affected are named below.", l.source)
	}
	p, err := openPack(path)
	if err != nil {
		c.problem("corrupt", where, "its index cannot be read (%v): all of its %d objects are affected", err, l.Objects)
		return nil
	}
	defer p.Close()
	if int64(len(p.objects)) != l.Objects {
		c.problem("corrupt", where, "it holds %d objects, its manifest says %d", len(p.objects), l.Objects)
		sound = false
	}
	return c.objects(p, l.Pack, sound)
}

// objects checks a pack's objects, and that the index knows where they lie.
func (c *checker) objects(p *pack, name string, sound bool) error {
	var raw []byte
	var err error
	var here int64
	at, unreadable := -1, false
	for _, o := range p.objects {
		if err := c.ctx.Err(); err != nil {
			return err
		}
		if o.frame != at {
			at = o.frame
			raw, err = p.frame(at, raw)
			unreadable = err != nil
			c.report.Bytes += int64(len(raw))
		}
		if unreadable || Sum(raw[o.start:o.start+o.size]) != o.hash {
			c.problem("corrupt", o.hash.String(), "this object's bytes in pack %s are damaged", name)
			sound = false
			continue
		}
		c.report.Objects++
		loc, err := c.a.locate(o.hash)
		switch want := (location{name, p.frames[o.frame], o.start, o.size}); {
		case errors.Is(err, ErrNotFound):
			c.problem("index", o.hash.String(), "the index does not know this object. Remove the folder index; it is made anew.")
		case err != nil:
			c.problem("index", o.hash.String(), "%v", err)
		case loc == want:
			here++
		case loc.pack == name:
			c.problem("index", o.hash.String(), "the index names another place for this object. Remove the folder index; it is made anew.")
		}
	}
	if sound {
		c.rows[name] = here
	}
	return nil
}

// index looks for what the index knows and the packs do not.
func (c *checker) index() error {
	rows, err := c.a.index.QueryContext(c.ctx, `SELECT coalesce(name, ''), coalesce(firsts, 0), count(*) FROM objects LEFT JOIN packs ON pack = id GROUP BY pack`)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var name string
		var firsts, n int64
		if err := rows.Scan(&name, &firsts, &n); err != nil {
			return err
		}
		want, checked := c.rows[name]
		if name == "" || checked && (n != want || firsts != want) {
			c.problem("index", "index/objects.sqlite", "it knows %d objects in pack %q, there are %d. Remove the folder index; it is made anew.", n, name, want)
		}
	}
	return rows.Err()
}
