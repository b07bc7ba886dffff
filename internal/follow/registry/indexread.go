package registry

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"veedor/internal/follow/match"
)

// use lets f work with the index as it is now.
func (x *index) use(ctx context.Context, r *Registry, f func(*match.Index) error) error {
	for range 5 {
		live, err := r.segments(ctx)
		if err != nil {
			return err
		}
		want := strings.Join(live, "\n")
		x.mu.RLock()
		if x.match != nil && x.loaded == want {
			defer x.mu.RUnlock()
			return f(x.match)
		}
		x.mu.RUnlock()
		if err := x.load(r, live, want); err != nil && !errors.Is(err, os.ErrNotExist) { // another process may just have replaced it
			return fmt.Errorf("open search index: %w", err)
		}
	}
	return fmt.Errorf("open search index: its files are missing; import a state again to write it anew")
}

// load maps the segments into memory.
func (x *index) load(r *Registry, files []string, want string) error {
	var mapped [][]byte
	var segments []*match.Segment
	for _, f := range files {
		b, err := mapFile(filepath.Join(r.dir, "index", f))
		if err != nil {
			return errors.Join(err, unmap(mapped))
		}
		mapped = append(mapped, b)
		s, err := match.OpenSegment(b)
		if err != nil {
			return errors.Join(fmt.Errorf("%s: %w", f, err), unmap(mapped))
		}
		segments = append(segments, s)
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	old := x.mapped
	x.loaded, x.match, x.mapped = want, match.NewIndex(segments...), mapped
	return unmap(old)
}

func mapFile(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	st, err := f.Stat()
	if err != nil || st.Size() == 0 {
		return nil, err
	}
	return syscall.Mmap(int(f.Fd()), 0, int(st.Size()), syscall.PROT_READ, syscall.MAP_SHARED)
}

func unmap(mapped [][]byte) error {
	var errs []error
	for _, b := range mapped {
		if len(b) > 0 {
			errs = append(errs, syscall.Munmap(b))
		}
	}
	return errors.Join(errs...)
}

func (x *index) close() error {
	x.mu.Lock()
	defer x.mu.Unlock()
	old := x.mapped
	x.match, x.mapped, x.loaded = nil, nil, ""
	return unmap(old)
}

// matchedRow returns the row of the table that a hit of the index stands for.
func (r *Registry) matchedRow(ctx context.Context, hit match.Hit) (*record, error) {
	row, err := strconv.ParseInt(hit.Entity.ID, 10, 64)
	if err != nil {
		return nil, fmt.Errorf("search: %q is no row", hit.Entity.ID)
	}
	return r.row(ctx, row)
}
