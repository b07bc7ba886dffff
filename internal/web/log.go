package web

import (
	"context"
	"encoding/base64"
	"errors"
	"iter"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"veedor/internal/evidence/tlog"
	"veedor/internal/weigh/edition"
)

// Log is the transparency log.
type Log interface {
	Config() (tlog.Config, error)
	Keys() ([]string, error)
	Checkpoint() (*tlog.Checkpoint, error)
	CheckpointAt(size uint64) (*tlog.Checkpoint, error)
	Cosigned() ([]uint64, error)
	Cosignatures(*tlog.Checkpoint) ([]tlog.Cosignature, error)
	Stamps() ([]tlog.Stamp, error)
	Leaf(ctx context.Context, index uint64) (tlog.Entry, error)
	Leaves(ctx context.Context, from, to uint64) iter.Seq2[tlog.Entry, error]
	Find(ctx context.Context, h tlog.Hash) ([]tlog.Entry, error)
	Proof(ctx context.Context, index uint64) ([]byte, error)
	Folder() string
}

// logPage is how the log stands, what it proves, and what it holds of a hash.
type logPage struct {
	base
	Kept      bool
	Origin    string
	Keys      []string
	Size      int64
	Root      string // base64, as checkpoints have it
	Note      string // the newest checkpoint
	Witnesses []witness
	Stamps    []tlog.Stamp // newest first
	Asked     string       // hash, as filled in
	Found     []leafRow
	Latest    []leafRow
}

// witness is somebody who is asked to cosign checkpoints, and the last one that was.
type witness struct {
	Name, Key string
	Size      int64 // 0: none
	At        time.Time
}

// leafRow is one leaf, as pages show it.
type leafRow struct {
	tlog.Entry
	Href, Proof string
	About       string       // address of the page of what it stands for; "" where there is none
	Stamps      []tlog.Stamp // the earliest of each authority that covers it
	Broken      bool         // the log cannot be read
}

// leafPage is one leaf with the proof that it is in the log.
type leafPage struct {
	base
	Row  leafRow
	Line string
	Text string // of the proof
}

const (
	latestLeaves = 10
	latestStamps = 5
	maxWitnesses = 20
	maxStamps    = 3 // of a leaf
	maxNote      = 6 << 10
	maxProof     = 12 << 10
)

func (s *site) log(r *request) error {
	ctx := r.Context()
	p := logPage{base: r.base(r.words().get("log.title")), Kept: s.Transparency != nil, Asked: shorten(strings.ToLower(strings.TrimSpace(r.URL.Query().Get("hash"))), 80)}
	if p.Asked != "" && !isHash(p.Asked) {
		return &problem{http.StatusBadRequest, "error.hash", p.Asked}
	}
	if !p.Kept {
		return r.render(http.StatusOK, "log", p)
	}
	c, err := s.Transparency.Checkpoint()
	switch {
	case errors.Is(err, tlog.ErrEmpty):
	case err != nil:
		return err
	default:
		if err := p.state(r, c); err != nil {
			return err
		}
		from := c.Size - min(c.Size, latestLeaves)
		for e, err := range s.Transparency.Leaves(ctx, from, c.Size) {
			if err != nil {
				return err
			}
			p.Latest = append(p.Latest, r.leafRow(e))
		}
		slices.Reverse(p.Latest)
	}
	if p.Asked != "" {
		if p.Found, err = r.leaves(p.Asked); err != nil {
			return err
		}
	}
	return r.render(http.StatusOK, "log", p)
}

// state takes in how the log stands at a checkpoint.
func (p *logPage) state(r *request, c *tlog.Checkpoint) error {
	l := r.s.Transparency
	conf, err := l.Config()
	if err != nil {
		return err
	}
	p.Origin, p.Size, p.Root = c.Origin, int64(c.Size), base64.StdEncoding.EncodeToString(c.Root[:])
	if p.Keys, err = l.Keys(); err != nil {
		return err
	}
	best, err := l.CheckpointAt(c.Size)
	if err != nil {
		return err
	}
	p.Note = string(best.Raw[:min(len(best.Raw), maxNote)])
	for _, line := range conf.Policy {
		if f := strings.Fields(line); len(f) >= 3 && f[0] == "witness" && len(p.Witnesses) < maxWitnesses {
			p.Witnesses = append(p.Witnesses, witness{Name: f[1], Key: f[2]})
		}
	}
	if err := p.cosigned(l); err != nil {
		return err
	}
	stamps, err := r.s.stamps.of(l)
	for i := len(stamps) - 1; i >= 0 && len(p.Stamps) < latestStamps; i-- {
		p.Stamps = append(p.Stamps, stamps[i])
	}
	return err
}

// cosigned finds the last checkpoint that each witness cosigned, among the last few that any did.
func (p *logPage) cosigned(l Log) error {
	sizes, err := l.Cosigned()
	if err != nil {
		return err
	}
	for _, size := range sizes[:min(len(sizes), 5)] {
		c, err := l.CheckpointAt(size)
		if err != nil {
			return err
		}
		list, err := l.Cosignatures(c)
		if err != nil {
			return err
		}
		for _, by := range list {
			if i := slices.IndexFunc(p.Witnesses, func(w witness) bool { return w.Name == by.Witness }); i >= 0 && p.Witnesses[i].Size == 0 {
				p.Witnesses[i].Size, p.Witnesses[i].At = int64(by.Size), by.At
			}
		}
	}
	return nil
}

// stampCache spares pages the reading and checking of every time-stamp. They come in rarely, and never change.
type stampCache struct {
	mu   sync.Mutex
	at   time.Time
	list []tlog.Stamp
}

func (c *stampCache) of(l Log) ([]tlog.Stamp, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if time.Since(c.at) > time.Minute {
		list, err := l.Stamps()
		if err != nil {
			return nil, err
		}
		for i := range list {
			list[i].Response = nil // read again when it is asked for
		}
		c.at, c.list = time.Now(), list
	}
	return c.list, nil
}

func (r *request) leafRow(e tlog.Entry) leafRow {
	index, hash := strconv.FormatUint(e.Index, 10), e.Hash.String()
	row := leafRow{Entry: e, Href: prefix(r.lang) + "/log/leaf/" + index, Proof: "/log/proof/" + index + proofEnding}
	switch {
	case e.Kind == tlog.Capture && r.s.Captures != nil:
		if _, err := r.s.Captures.Get(hash); err == nil {
			row.About = captureHref(r.lang, hash)
		}
	case e.Kind == tlog.Dossier && r.s.Dossiers != nil:
		list, err := r.s.Dossiers.List()
		if err == nil && slices.ContainsFunc(list, func(d edition.Edition) bool { return d.SHA256 == hash }) {
			row.About = dossierHref(r.lang, hash)
		}
	}
	return row
}

// leaves returns the leaves of a hash.
func (r *request) leaves(hash string) ([]leafRow, error) {
	h, err := tlog.ParseHash(hash)
	if err != nil {
		return nil, nil // nothing else is in the log
	}
	list, err := r.s.Transparency.Find(r.Context(), h)
	if err != nil && !errors.Is(err, tlog.ErrNotFound) && !errors.Is(err, tlog.ErrEmpty) {
		return nil, err
	}
	var out []leafRow
	for _, e := range list {
		out = append(out, r.leafRow(e))
	}
	return out, nil
}

// findLeaf returns the first leaf of a kind that stands for a hash; nil where there is none. A log that cannot be
// read does not take the page with it: the leaf says so.
func (r *request) findLeaf(kind tlog.Kind, hash string) *leafRow {
	if r.s.Transparency == nil {
		return nil
	}
	list, err := r.leaves(hash)
	if err != nil {
		r.s.Log.Error("log cannot be read", "hash", hash, "error", err)
		return &leafRow{Broken: true}
	}
	for i := range list {
		if list[i].Kind == kind {
			return &list[i]
		}
	}
	return nil
}

// leafOf is findLeaf with the leaf's time-stamps.
func (r *request) leafOf(kind tlog.Kind, hash string) *leafRow {
	row := r.findLeaf(kind, hash)
	if row == nil || row.Broken {
		return row
	}
	if err := r.stamps(row); err != nil {
		r.s.Log.Error("time-stamps cannot be read", "hash", hash, "error", err)
		row.Broken = true
	}
	return row
}

// stamps takes in the earliest time-stamp of each authority that covers a leaf.
func (r *request) stamps(row *leafRow) error {
	list, err := r.s.stamps.of(r.s.Transparency)
	for _, st := range list {
		i := slices.IndexFunc(row.Stamps, func(o tlog.Stamp) bool { return o.Authority == st.Authority })
		switch {
		case st.Size <= row.Index:
		case i < 0:
			row.Stamps = append(row.Stamps, st)
		case st.At.Before(row.Stamps[i].At):
			row.Stamps[i] = st
		}
	}
	slices.SortFunc(row.Stamps, func(a, b tlog.Stamp) int { return a.At.Compare(b.At) })
	row.Stamps = row.Stamps[:min(len(row.Stamps), maxStamps)]
	return err
}

// leafAsked fetches the leaf of an index as an address has it.
func (s *site) leafAsked(r *request, text string) (tlog.Entry, error) {
	missing := &problem{http.StatusNotFound, "error.leaf", text}
	index, err := strconv.ParseUint(text, 10, 63)
	if err != nil || s.Transparency == nil || strconv.FormatUint(index, 10) != text {
		return tlog.Entry{}, missing
	}
	e, err := s.Transparency.Leaf(r.Context(), index)
	if errors.Is(err, tlog.ErrNotFound) || errors.Is(err, tlog.ErrEmpty) {
		return e, missing
	}
	return e, err
}

func (s *site) leaf(r *request) error {
	e, err := s.leafAsked(r, r.PathValue("index"))
	if err != nil {
		return err
	}
	p := leafPage{base: r.base(r.words().get("leaf.title", number(r.lang, int64(e.Index)))), Row: r.leafRow(e), Line: strings.TrimSuffix(string(e.Data()), "\n")}
	if err := r.stamps(&p.Row); err != nil {
		return err
	}
	proof, err := s.Transparency.Proof(r.Context(), e.Index)
	if err != nil {
		return err
	}
	p.Text = string(proof[:min(len(proof), maxProof)])
	return r.render(http.StatusOK, "leaf", p)
}

// proofEnding is how files of proofs end (C2SP tlog-proof).
const proofEnding = ".tlog-proof"

// proof sends the proof that a leaf is in the log.
func (s *site) proof(r *request) error {
	index, is := strings.CutSuffix(r.PathValue("file"), proofEnding)
	if !is {
		return r.missing()
	}
	e, err := s.leafAsked(r, index)
	if err != nil {
		return err
	}
	b, err := s.Transparency.Proof(r.Context(), e.Index)
	if err != nil {
		return err
	}
	r.w.Header().Set("Content-Disposition", `attachment; filename="`+index+proofEnding+`"`)
	return r.send(http.StatusOK, "text/plain; charset=utf-8", "public, max-age=30", b)
}
