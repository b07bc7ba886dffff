package web

import (
	"errors"
	"io"
	"net/http"
	"time"

	"veedor/internal/evidence/capture"
)

// brief is how long others may keep what somebody may decide to show no longer.
const brief = "public, max-age=300"

// partOf fetches the capture a part of which was asked for, if that may be shown.
func (s *site) partOf(r *request, may func(capture.Shown) bool) (*capture.Capture, error) {
	c, err := s.captureOf(r, "hash")
	if err != nil {
		return nil, err
	}
	shown, err := s.Captures.Shown(c.Hash)
	if err != nil {
		return nil, err
	}
	if !may(shown) {
		return nil, &problem{http.StatusForbidden, "error.private", c.Hash}
	}
	return c, nil
}

// absent turns a part that is not there into a problem that says so.
func absent(err error, hash string) error {
	if errors.Is(err, capture.ErrNotFound) {
		return &problem{http.StatusNotFound, "error.part", hash}
	}
	return err
}

// captureText sends the whole text of a capture.
func (s *site) captureText(r *request) error {
	c, err := s.partOf(r, func(m capture.Shown) bool { return m.Text })
	if err != nil {
		return err
	}
	text, err := s.Captures.Text(c.Hash)
	if err != nil {
		return absent(err, c.Hash)
	}
	r.w.Header().Set("Content-Disposition", `attachment; filename="`+c.Hash+`.txt"`)
	return r.send(http.StatusOK, "text/plain; charset=utf-8", brief, []byte(text))
}

// screenshot sends a screenshot as it was taken: the window, or the whole page.
func (s *site) screenshot(full bool) func(*request) error {
	return func(r *request) error {
		c, err := s.partOf(r, func(m capture.Shown) bool { return m.Screenshot })
		if err != nil {
			return err
		}
		b, err := s.Captures.Screenshot(c.Hash, full)
		if err == nil && checkPNG(b) != nil { // imported packages bring what they like
			err = capture.ErrNotFound
		}
		if err != nil {
			return absent(err, c.Hash)
		}
		return r.verbatim("image/png", brief, b)
	}
}

// smallPicture sends a screenshot made small.
func (s *site) smallPicture(r *request) error {
	c, err := s.partOf(r, func(m capture.Shown) bool { return m.Screenshot })
	if err != nil {
		return err
	}
	p, err := s.picture(c.Hash)
	if err == nil && p.Width == 0 {
		err = capture.ErrNotFound
	}
	if err != nil {
		return absent(err, c.Hash)
	}
	return r.verbatim("image/jpeg", brief, p.JPEG)
}

// capturePackage sends the whole WACZ, in ranges where they are asked for. It is called by its hash, here as in a copy,
// so that the command that checks it is the same.
func (s *site) capturePackage(r *request) error {
	if r.PathValue("file") != r.PathValue("hash")+".wacz" {
		return r.missing()
	}
	c, err := s.partOf(r, func(m capture.Shown) bool { return m.Package })
	if err != nil {
		return err
	}
	f, err := s.Captures.Package(c.Hash)
	if err != nil {
		return absent(err, c.Hash)
	}
	defer f.Close()
	r.file("application/wacz", brief, c.Hash, c.Hash+".wacz", f)
	return nil
}

// file sends a file to be saved under a name, as a whole or in ranges. Its hash is its ETag.
func (r *request) file(kind, cache, hash, name string, f io.ReadSeeker) {
	h := r.w.Header()
	h.Set("Content-Type", kind)
	h.Set("Cache-Control", cache)
	h.Set("ETag", `"`+hash+`"`)
	h.Set("Content-Disposition", `attachment; filename="`+name+`"`)
	if r.leave != nil {
		r.leave()
	}
	http.ServeContent(r.w, r.Request, "", time.Time{}, f)
}
