package bucket

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"strings"
	"time"
)

// Folder is a copy of a bucket on a disk: below it lies raw.
type Folder struct{ dir string }

// OpenFolder returns the store in a folder.
func OpenFolder(dir string) (*Folder, error) {
	st, err := os.Stat(dir)
	if err != nil {
		return nil, fmt.Errorf("open folder: %w", err)
	}
	if !st.IsDir() {
		return nil, fmt.Errorf("open folder: %s is a file; give the folder in which raw/<day>/… lies", dir)
	}
	f := &Folder{dir}
	if err := f.in(func(r *os.Root) error { _, err := r.Stat("raw"); return err }); err != nil {
		return nil, fmt.Errorf("open folder: %s holds no folder raw; give the one in which raw/<day>/… lies", dir)
	}
	return f, nil
}

// Name says which store it is.
func (f *Folder) Name() string { return "a folder" }

// Address is the key: where the folder lies on this machine is nobody's business.
func (f *Folder) Address(key string) string { return key }

// in runs g below the folder; links that lead out of it are not followed.
func (f *Folder) in(g func(*os.Root) error) error {
	r, err := os.OpenRoot(f.dir)
	if err != nil {
		return err
	}
	return errors.Join(g(r), r.Close())
}

// List implements Store.
func (f *Folder) List(ctx context.Context, prefix string, each func(Object) error) error {
	err := f.in(func(r *os.Root) error {
		return fs.WalkDir(r.FS(), path.Clean(prefix), func(key string, d fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			if err := ctx.Err(); err != nil {
				return err
			}
			if d.IsDir() {
				if strings.Count(key, "/") > 8 {
					return fs.SkipDir
				}
				return nil
			}
			if !d.Type().IsRegular() {
				return each(Object{Key: key, Size: -1})
			}
			st, err := d.Info()
			if err != nil {
				return err
			}
			return each(object(key, st))
		})
	})
	if errors.Is(err, fs.ErrNotExist) {
		return ErrAbsent
	}
	return err
}

func object(key string, st fs.FileInfo) Object {
	return Object{Key: key, ETag: "mtime:" + st.ModTime().UTC().Format(time.RFC3339Nano), Size: st.Size()}
}

// Fetch implements Store. Nothing is copied.
func (f *Folder) Fetch(_ context.Context, o Object, _ string, got func(int64)) (*File, error) {
	var now Object
	err := f.in(func(r *os.Root) error {
		st, err := r.Stat(o.Key)
		if err == nil {
			now = object(o.Key, st)
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", o.Key, err)
	}
	got(o.Size)
	return &File{Object: now, open: func() (file io.ReadCloser, err error) {
		err = f.in(func(r *os.Root) error { file, err = r.Open(o.Key); return err })
		return file, err
	}}, nil
}
