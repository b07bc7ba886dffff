package web

import (
	"errors"
	"io"
	"io/fs"
	"net/http"
	"regexp"
	"strconv"
	"strings"
)

// tilePath is the path of a tile or a bundle of entries, as C2SP tlog-tiles writes it.
var tilePath = regexp.MustCompile(`^(entries|[0-9]|[1-5][0-9]|6[0-3])/(x[0-9]{3}/){0,6}[0-9]{3}(\.p/([1-9]|[1-9][0-9]|1[0-9]{2}|2[0-4][0-9]|25[0-5]))?$`)

// maxTile bounds a file of the tree: a full bundle has 256 entries of at most 64 KiB; ours are lines of at most 256 bytes.
const maxTile = 256 * (2 + 256)

const forever = "public, max-age=31536000, immutable"

// checkpoint sends the latest signed checkpoint with its cosignatures.
func (s *site) checkpoint(r *request) error {
	if s.Transparency == nil {
		return r.missing()
	}
	st, err := s.Transparency.State(r.Context())
	if err != nil {
		return err
	}
	if len(st.Checkpoint) == 0 {
		return r.missing()
	}
	r.open()
	return r.send(http.StatusOK, "text/plain; charset=utf-8", "public, max-age=5", st.Checkpoint)
}

// tile sends hashes of the tree, or entries.
func (s *site) tile(r *request) error {
	path := r.PathValue("path")
	if s.Transparency == nil || !tilePath.MatchString(path) {
		return r.missing()
	}
	b, err := read(s.Transparency.Tree(), "tile/"+path)
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

// read reads a file of the tree.
func read(tree fs.FS, name string) ([]byte, error) {
	f, err := tree.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxTile+1))
	if err == nil && len(b) > maxTile {
		err = errors.New("read the log: " + name + " is larger than any tile")
	}
	return b, err
}

// oldCheckpoint sends the checkpoint of a tree of some size, as it was cosigned and stamped.
func (s *site) oldCheckpoint(r *request) error {
	size, err := s.sizeAsked(r)
	if err != nil {
		return err
	}
	b, err := s.Transparency.Checkpoint(size)
	if errors.Is(err, fs.ErrNotExist) {
		return &problem{http.StatusNotFound, "error.checkpoint", r.PathValue("size")}
	}
	if err != nil {
		return err
	}
	r.w.Header().Set("Content-Disposition", `attachment; filename="`+r.PathValue("size")+`.checkpoint"`)
	return r.send(http.StatusOK, "text/plain; charset=utf-8", "public, max-age=300", b)
}

// token sends the time-stamp of a checkpoint.
func (s *site) token(r *request) error {
	size, err := s.sizeAsked(r)
	if err != nil {
		return err
	}
	name := r.PathValue("authority")
	b, err := s.Transparency.Token(size, name)
	if errors.Is(err, fs.ErrNotExist) {
		return &problem{http.StatusNotFound, "error.token", name}
	}
	if err != nil {
		return err
	}
	r.w.Header().Set("Content-Disposition", `attachment; filename="`+r.PathValue("size")+`.tsr"`)
	return r.verbatim("application/timestamp-reply", "public, max-age=86400", b)
}

func (s *site) sizeAsked(r *request) (uint64, error) {
	size, err := strconv.ParseUint(r.PathValue("size"), 10, 63)
	if err != nil || s.Transparency == nil {
		return 0, &problem{http.StatusNotFound, "error.checkpoint", r.PathValue("size")}
	}
	return size, nil
}

// open lets pages of other sites read an answer: monitors and witnesses run anywhere.
func (r *request) open() { r.w.Header().Set("Access-Control-Allow-Origin", "*") }
