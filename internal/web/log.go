package web

import (
	"context"
	"errors"
	"io/fs"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"veedor/internal/weigh/edition"
)

// Log is the transparency log. What it does not have is fs.ErrNotExist.
type Log interface {
	State(ctx context.Context) (LogState, error)
	Leaf(ctx context.Context, index uint64) (Leaf, error)
	Find(ctx context.Context, hash string) ([]Leaf, error)       // leaves of a hash, oldest first
	Latest(ctx context.Context, n int) ([]Leaf, error)           // newest first
	Covering(ctx context.Context, index uint64) ([]Stamp, error) // time-stamps of checkpoints that hold a leaf, earliest first
	Proof(ctx context.Context, index uint64) ([]byte, error)     // C2SP tlog-proof
	Checkpoint(size uint64) ([]byte, error)                      // of a tree of that size, as it was stamped or cosigned
	Token(size uint64, authority string) ([]byte, error)         // RFC 3161
	Tree() fs.FS                                                 // checkpoint, tile/… as C2SP tlog-tiles names them
}

// LogState is how the log stands.
type LogState struct {
	Origin     string
	Keys       []string // the log's verifier keys (C2SP signed-note), the present one last
	Size       uint64   // leaves in the checkpoint
	Root       string   // base64
	Checkpoint []byte   // the signed note, with cosignatures
	Witnesses  []Witness
	Stamps     []Stamp // the latest, newest first
	Waiting    int     // checkpoints still to be stamped
}

// Witness is somebody who is asked to cosign checkpoints.
type Witness struct {
	Name   string
	Key    string // verifier key
	Signed bool   // the present checkpoint
}

// Stamp is a time-stamp of a checkpoint by an authority.
type Stamp struct {
	Size      uint64 // of the tree stamped
	Authority string // as it is called in the configuration
	At        time.Time
}

// Leaf is one entry of the log.
type Leaf struct {
	Index uint64
	Kind  string // object capture event incident dossier
	At    time.Time
	Hash  string // hex
	Data  []byte // the bytes that are hashed (RFC 6962)
}

// logPage is how the log stands, what it proves, and what it holds of a hash.
type logPage struct {
	base
	Kept   bool
	State  LogState
	Asked  string // hash, as filled in
	Found  []leafRow
	Latest []leafRow
}

// leafRow is one leaf, as pages show it.
type leafRow struct {
	Leaf
	Href, Proof string
	About       string // address of the page of what it stands for; "" where there is none
	Stamps      []Stamp
}

// leafPage is one leaf with the proof that it is in the log.
type leafPage struct {
	base
	Row     leafRow
	Line    string
	Text    string // of the proof
	Covered bool   // there is a proof
}

const (
	latestLeaves = 10
	maxFound     = 20
	maxStamps    = 3 // of a leaf
	maxProof     = 8 << 10
)

func (s *site) log(r *request) error {
	ctx := r.Context()
	p := logPage{base: r.base(r.words().get("log.title")), Kept: s.Transparency != nil, Asked: shorten(strings.ToLower(strings.TrimSpace(r.URL.Query().Get("hash"))), 80)}
	if !p.Kept {
		return r.render(http.StatusOK, "log", p)
	}
	var err error
	if p.State, err = s.Transparency.State(ctx); err != nil {
		return err
	}
	if p.Asked != "" {
		if !isHash(p.Asked) {
			return &problem{http.StatusBadRequest, "error.hash", p.Asked}
		}
		found, err := s.Transparency.Find(ctx, p.Asked)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		for _, l := range found[:min(len(found), maxFound)] {
			p.Found = append(p.Found, r.leafRow(l))
		}
	}
	latest, err := s.Transparency.Latest(ctx, latestLeaves)
	if err != nil {
		return err
	}
	for _, l := range latest {
		p.Latest = append(p.Latest, r.leafRow(l))
	}
	return r.render(http.StatusOK, "log", p)
}

func (r *request) leafRow(l Leaf) leafRow {
	index := strconv.FormatUint(l.Index, 10)
	row := leafRow{Leaf: l, Href: prefix(r.lang) + "/log/leaf/" + index, Proof: "/log/proof/" + index}
	switch {
	case l.Kind == "capture" && r.s.Captures != nil:
		if _, err := r.s.Captures.Get(l.Hash); err == nil {
			row.About = captureHref(r.lang, l.Hash)
		}
	case l.Kind == "dossier" && r.s.Dossiers != nil:
		list, err := r.s.Dossiers.List()
		if err == nil && slices.ContainsFunc(list, func(e edition.Edition) bool { return e.SHA256 == l.Hash }) {
			row.About = dossierHref(r.lang, l.Hash)
		}
	}
	return row
}

// leafOf is findLeaf with the leaf's time-stamps.
func (r *request) leafOf(kind, hash string) (*leafRow, error) {
	row, err := r.findLeaf(kind, hash)
	if row == nil || err != nil {
		return nil, err
	}
	return row, r.stamps(row)
}

// findLeaf returns the first leaf of a kind that stands for a hash; nil where there is none.
func (r *request) findLeaf(kind, hash string) (*leafRow, error) {
	if r.s.Transparency == nil || !isHash(hash) {
		return nil, nil
	}
	list, err := r.s.Transparency.Find(r.Context(), hash)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	for _, l := range list {
		if l.Kind == kind {
			row := r.leafRow(l)
			return &row, nil
		}
	}
	return nil, nil
}

// stamps takes in the earliest time-stamps that cover a leaf.
func (r *request) stamps(row *leafRow) error {
	list, err := r.s.Transparency.Covering(r.Context(), row.Index)
	row.Stamps = list[:min(len(list), maxStamps)]
	return err
}

// leafAsked fetches the leaf whose page or proof was asked for.
func (s *site) leafAsked(r *request) (Leaf, error) {
	text := r.PathValue("index")
	missing := &problem{http.StatusNotFound, "error.leaf", text}
	index, err := strconv.ParseUint(text, 10, 63)
	if err != nil || s.Transparency == nil || strconv.FormatUint(index, 10) != text {
		return Leaf{}, missing
	}
	l, err := s.Transparency.Leaf(r.Context(), index)
	if errors.Is(err, fs.ErrNotExist) {
		return l, missing
	}
	return l, err
}

func (s *site) leaf(r *request) error {
	l, err := s.leafAsked(r)
	if err != nil {
		return err
	}
	p := leafPage{base: r.base(r.words().get("leaf.title", number(r.lang, int64(l.Index)))), Row: r.leafRow(l), Line: strings.TrimSuffix(string(l.Data), "\n")}
	if err := r.stamps(&p.Row); err != nil {
		return err
	}
	proof, err := s.Transparency.Proof(r.Context(), l.Index)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	p.Covered = err == nil
	p.Text = string(proof[:min(len(proof), maxProof)])
	return r.render(http.StatusOK, "leaf", p)
}

// proof sends the proof that a leaf is in the log.
func (s *site) proof(r *request) error {
	l, err := s.leafAsked(r)
	if err != nil {
		return err
	}
	b, err := s.Transparency.Proof(r.Context(), l.Index)
	if errors.Is(err, fs.ErrNotExist) {
		return &problem{http.StatusNotFound, "error.leaf", r.PathValue("index")}
	}
	if err != nil {
		return err
	}
	r.w.Header().Set("Content-Disposition", `attachment; filename="`+r.PathValue("index")+`.tlog-proof"`)
	return r.send(http.StatusOK, "text/plain; charset=utf-8", "public, max-age=30", b)
}
