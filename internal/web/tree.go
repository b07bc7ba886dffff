package web

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"veedor/internal/evidence/tlog"
)

// tilePath is the path of a tile or a bundle of entries, as C2SP tlog-tiles writes it.
var tilePath = regexp.MustCompile(`^(entries|[0-9]|[1-5][0-9]|6[0-3])/(x[0-9]{3}/){0,6}[0-9]{3}(\.p/([1-9]|[1-9][0-9]|1[0-9]{2}|2[0-4][0-9]|25[0-5]))?$`)

// maxTile bounds a file of the tree: a full bundle has 256 entries, and ours have at most 256 bytes.
const maxTile = 256 * (2 + 256)

const forever = "public, max-age=31536000, immutable"

// checkpoint sends the newest signed checkpoint, with its cosignatures.
func (s *site) checkpoint(r *request) error {
	if s.Transparency == nil {
		return r.missing()
	}
	c, err := s.Transparency.Checkpoint()
	if err == nil {
		c, err = s.Transparency.CheckpointAt(c.Size)
	}
	if errors.Is(err, tlog.ErrEmpty) {
		return r.missing()
	}
	if err != nil {
		return err
	}
	r.open()
	return r.send(http.StatusOK, "text/plain; charset=utf-8", "public, max-age=5", c.Raw)
}

// tile sends hashes of the tree, or entries.
func (s *site) tile(r *request) error {
	path := r.PathValue("path")
	if s.Transparency == nil || !tilePath.MatchString(path) {
		return r.missing()
	}
	b, err := readTile(filepath.Join(s.Transparency.Folder(), "tile", filepath.FromSlash(path)))
	if errors.Is(err, fs.ErrNotExist) {
		return r.missing()
	}
	if err != nil {
		return err
	}
	r.open()
	if strings.HasPrefix(path, "entries/") {
		return r.send(http.StatusOK, "application/octet-stream", forever, b)
	}
	return r.verbatim("application/octet-stream", forever, b) // hashes cannot be compressed
}

func readTile(name string) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if st, err := f.Stat(); err != nil || st.IsDir() { // a tile's partial ones lie in a folder beside it
		return nil, errors.Join(fs.ErrNotExist, err)
	}
	b, err := io.ReadAll(io.LimitReader(f, maxTile+1))
	if err == nil && len(b) > maxTile {
		err = fmt.Errorf("read %s: it is larger than any tile", name)
	}
	return b, err
}

// stamped sends what time-stamps of a checkpoint are of: its text without the signatures.
func (s *site) stamped(r *request) error {
	size, err := strconv.ParseUint(r.PathValue("size"), 10, 63)
	missing := &problem{http.StatusNotFound, "error.checkpoint", r.PathValue("size")}
	if err != nil || s.Transparency == nil {
		return missing
	}
	c, err := s.Transparency.CheckpointAt(size)
	if errors.Is(err, tlog.ErrNotFound) {
		return missing
	}
	if err != nil {
		return err
	}
	r.w.Header().Set("Content-Disposition", `attachment; filename="`+strconv.FormatUint(size, 10)+`.txt"`)
	return r.send(http.StatusOK, "text/plain; charset=utf-8", "public, max-age=300", []byte(c.Text))
}

// token sends a time-stamp of a checkpoint.
func (s *site) token(r *request) error {
	size, name := r.PathValue("size"), r.PathValue("authority")
	missing := &problem{http.StatusNotFound, "error.token", name}
	if s.Transparency == nil {
		return missing
	}
	list, err := s.Transparency.Stamps()
	if err != nil {
		return err
	}
	i := slices.IndexFunc(list, func(st tlog.Stamp) bool { return strconv.FormatUint(st.Size, 10) == size && st.Authority == name })
	if i < 0 {
		return missing
	}
	r.w.Header().Set("Content-Disposition", `attachment; filename="`+size+`.tsr"`)
	return r.verbatim("application/timestamp-reply", "public, max-age=86400", list[i].Response)
}

// open lets pages of other sites read an answer: monitors and witnesses run anywhere.
func (r *request) open() { r.w.Header().Set("Access-Control-Allow-Origin", "*") }
