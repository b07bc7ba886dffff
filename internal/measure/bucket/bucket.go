// Package bucket fetches files of measurements from where OONI publishes them: its public bucket, any
// other store that speaks S3's list and get, or a folder of the same layout,
// raw/<YYYYMMDD>/<HH>/<CC>/<nettest>/<name>.jsonl.gz. What a listing says is foreign: keys, sizes and
// their number are bounded and checked before anything is written under them.
package bucket

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// OONI is the address of the bucket that OONI publishes its measurements in.
const OONI = "https://ooni-data-eu-fra.s3.eu-central-1.amazonaws.com"

// Object is a file of a store, as its listing tells of it.
type Object struct {
	Key  string
	ETag string // without quotes; of a folder's files the time of their last change
	Size int64  // bytes; negative where it is no file that can be read
}

// Store is where objects lie.
type Store interface {
	// List calls f with every object whose key begins with prefix. ErrAbsent where there is no such
	// prefix or it may not be listed.
	List(ctx context.Context, prefix string, f func(Object) error) error
	// Fetch brings an object below folder, or finds it where it lies. got is called with the bytes that
	// were gained, and with a negative number where some had to be given up.
	Fetch(ctx context.Context, o Object, folder string, got func(int64)) (*File, error)
	// Address is where an object can be fetched.
	Address(key string) string
	// Name says which store it is.
	Name() string
}

// ErrAbsent says that a store does not have a prefix, or does not let it be listed.
var ErrAbsent = errors.New("not there, or not to be listed")

// File is an object that was fetched.
type File struct {
	Object        // as it was fetched; it may be newer than it was listed
	MD5    string // hex, of the bytes fetched; "" where they were not fetched
	Proven bool   // the store's ETag is the MD5 of the bytes fetched

	open func() (io.ReadCloser, error)
	path string // of the copy; "" where there is none
}

// Open opens its content, unpacked and bounded; see Unpack.
func (f *File) Open() (io.ReadCloser, error) {
	r, err := f.open()
	if err != nil {
		return nil, err
	}
	return Unpack(r, f.Size), nil
}

// Done removes the copy that Fetch made, or moves it to where its key says below the folder keep.
func (f *File) Done(keep string) error {
	if f.path == "" {
		return nil
	}
	return done(f.path, f.Key, keep)
}

// done removes or moves a fetched copy.
func done(path, key, keep string) error {
	if keep != "" {
		if err := move(path, filepath.Join(keep, filepath.FromSlash(key))); err != nil {
			return fmt.Errorf("keep %s: %w", key, err)
		}
	} else if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("remove the copy of %s: %w", key, err)
	}
	return nil
}

// move renames a file, or copies it where it goes to another disk.
func move(from, to string) error {
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		return err
	}
	if os.Rename(from, to) == nil {
		return nil
	}
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.CreateTemp(filepath.Dir(to), ".sync-*")
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	if err = errors.Join(err, out.Sync(), out.Chmod(0o644), out.Close()); err == nil {
		err = os.Rename(out.Name(), to)
	}
	if err != nil {
		return errors.Join(err, os.Remove(out.Name()))
	}
	return os.Remove(from)
}
