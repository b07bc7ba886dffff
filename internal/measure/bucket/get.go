package bucket

import (
	"context"
	"crypto/md5"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"time"
)

var (
	errChanged = errors.New("it changed since it was listed")
	errMD5     = errors.New("its MD5 is not the one that the store states: damaged on the way, or altered there")
	errLonger  = errors.New("the store sends more bytes than it listed")
	md5Pattern = regexp.MustCompile(`^[0-9a-f]{32}$`)
)

// copyName is what the copy of an object is called in the folder of copies. It differs between states of an object,
// so that what was begun of one is never gone on with from another.
func copyName(o Object) string {
	sum := sha256.Sum256([]byte(o.Key + "\n" + o.ETag))
	return path.Base(o.Key) + "." + hex.EncodeToString(sum[:8])
}

// Fetch implements Store: it downloads an object, going on with what an earlier call got of it, and checks
// size and MD5. What is proven wrong is fetched once more, and what changed is listed again once.
func (s *S3) Fetch(ctx context.Context, o Object, folder string, got func(int64)) (*File, error) {
	relisted, damaged := false, false
	for {
		file := filepath.Join(folder, copyName(o))
		f, err := s.fetch(ctx, o, file, got)
		switch {
		case err == nil:
			return f, nil
		case errors.Is(err, errChanged) && !relisted:
			relisted = true
			err = errors.Join(s.relist(ctx, &o), discard(file, got))
		case errors.Is(err, errMD5) && !damaged:
			damaged = true
			err = discard(file, got)
		case errors.Is(err, errMD5) || errors.Is(err, errLonger) || errors.Is(err, errChanged):
			err = errors.Join(err, discard(file, got)) // there is nothing to go on with
		}
		if err != nil {
			return nil, err
		}
	}
}

// relist finds out what an object is now.
func (s *S3) relist(ctx context.Context, o *Object) error {
	found := false
	err := s.List(ctx, o.Key, func(now Object) error {
		if now.Key == o.Key && now.Size >= 0 && now.Size <= maxObject {
			*o, found = now, true
		}
		return nil
	})
	if err == nil && !found {
		err = fmt.Errorf("%w, and is not there any more", errChanged)
	}
	return err
}

// discard removes a copy that is of no use.
func discard(file string, got func(int64)) error {
	if st, err := os.Stat(file); err == nil {
		got(-st.Size())
	}
	if err := os.Remove(file); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}

// fetch downloads into a file and checks it.
func (s *S3) fetch(ctx context.Context, o Object, name string, got func(int64)) (*File, error) {
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return nil, err
	}
	file, err := os.OpenFile(name, os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, err
	}
	d := &download{s: s, o: o, file: file, got: got}
	if d.have, err = file.Seek(0, io.SeekEnd); err == nil {
		got(d.have)
		if d.have > o.Size {
			err = d.restart()
		}
	}
	if err == nil && (d.have < o.Size || o.Size == 0) {
		err = s.retry(ctx, func() (bool, error) { return d.try(ctx) })
	}
	f := &File{Object: o, path: name, open: func() (io.ReadCloser, error) { return os.Open(name) }}
	if err == nil {
		f.MD5, f.Proven, err = d.check()
	}
	if err = errors.Join(err, file.Close()); err != nil {
		return nil, err
	}
	return f, nil
}

// download is an object on its way into a file.
type download struct {
	s      *S3
	o      Object
	file   *os.File
	have   int64
	got    func(int64)
	opaque bool // the store says that the ETag is no MD5
}

// restart gives up what there is.
func (d *download) restart() error {
	d.got(-d.have)
	d.have = 0
	_, err := d.file.Seek(0, io.SeekStart)
	return errors.Join(d.file.Truncate(0), err)
}

// try asks for what is missing and takes what comes.
func (d *download) try(ctx context.Context) (moved bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, oneTry)
	defer cancel()
	head := http.Header{}
	if d.o.ETag != "" {
		head.Set("If-Match", `"`+d.o.ETag+`"`)
	}
	if d.have > 0 {
		head.Set("Range", fmt.Sprintf("bytes=%d-", d.have))
	}
	resp, err := d.s.send(ctx, d.s.Address(d.o.Key), head)
	if err != nil {
		return false, err
	}
	defer resp.Body.Close()
	if err := d.accept(resp); err != nil {
		return false, err
	}
	stalled := time.AfterFunc(stalledWait, cancel)
	defer stalled.Stop()
	n, err := io.Copy(d.file, &watched{io.LimitReader(resp.Body, d.o.Size-d.have+1), func(n int64) {
		stalled.Reset(stalledWait)
		d.got(n)
	}})
	d.have += n
	var disk *os.PathError
	switch {
	case errors.As(err, &disk):
		return n > 0, err // of ours, not theirs
	case d.have > d.o.Size:
		return true, errLonger
	case err != nil:
		return n > 0, &again{err: fmt.Errorf("broken off after %d of %d bytes: %w", d.have, d.o.Size, err)}
	case d.have < d.o.Size:
		return n > 0, &again{err: fmt.Errorf("it ended after %d of %d bytes", d.have, d.o.Size)}
	}
	return true, nil
}

// accept looks at an answer before its bytes are taken.
func (d *download) accept(resp *http.Response) error {
	switch resp.StatusCode {
	case http.StatusOK:
		if d.have > 0 { // it sends the whole
			if err := d.restart(); err != nil {
				return err
			}
		}
	case http.StatusPartialContent:
		var from, to int64
		var total string
		_, err := fmt.Sscanf(resp.Header.Get("Content-Range"), "bytes %d-%d/%s", &from, &to, &total)
		if err != nil || from != d.have || total != "*" && total != fmt.Sprint(d.o.Size) {
			return errors.Join(d.restart(), &again{err: errors.New("it sent another part than it was asked for")})
		}
	case http.StatusPreconditionFailed:
		return errChanged
	case http.StatusRequestedRangeNotSatisfiable:
		return errors.Join(d.restart(), &again{err: errors.New("it does not have the part that is missing")})
	default:
		return d.s.refusal(resp)
	}
	if tag := plain(resp.Header.Get("ETag")); tag != "" && d.o.ETag != "" && tag != d.o.ETag {
		return errChanged
	}
	if resp.ContentLength >= 0 && resp.ContentLength != d.o.Size-d.have {
		return fmt.Errorf("%w: listed with %d bytes, sent with %d", errChanged, d.o.Size, resp.ContentLength+d.have)
	}
	enc := resp.Header.Get("X-Amz-Server-Side-Encryption")
	d.opaque = strings.HasPrefix(enc, "aws:kms") || resp.Header.Get("X-Amz-Server-Side-Encryption-Customer-Algorithm") != ""
	return nil
}

// check makes the whole file durable and compares it with its ETag, where that is an MD5. Objects that were put
// there in parts, or are encrypted with a key of their own, have another kind of ETag.
func (d *download) check() (sum string, proven bool, err error) {
	if err := d.file.Sync(); err != nil {
		return "", false, err
	}
	if _, err := d.file.Seek(0, io.SeekStart); err != nil {
		return "", false, err
	}
	h := md5.New() // it is what the store states; nothing of ours rests on it
	if _, err := io.Copy(h, d.file); err != nil {
		return "", false, err
	}
	sum = hex.EncodeToString(h.Sum(nil))
	if d.opaque || !md5Pattern.MatchString(d.o.ETag) {
		return sum, false, nil
	}
	if sum != d.o.ETag {
		return "", false, fmt.Errorf("%w (stated %s, found %s)", errMD5, d.o.ETag, sum)
	}
	return sum, true, nil
}

// watched tells of every read.
type watched struct {
	r   io.Reader
	say func(int64)
}

func (w *watched) Read(p []byte) (int, error) {
	n, err := w.r.Read(p)
	w.say(int64(n))
	return n, err
}
