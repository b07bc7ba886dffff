package web

import (
	"bufio"
	"bytes"
	"cmp"
	"errors"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"

	"veedor/internal/evidence/tlog"
	"veedor/internal/follow/ftm"
	"veedor/internal/follow/registry"
)

// Originals opens files that states were read from, unpacked where they came packed (gzip, zstd).
type Originals interface {
	Open(f registry.File) (io.ReadCloser, error)
}

// statementPage is one value that one source gave: where it stands, down to the bytes and the log.
type statementPage struct {
	base
	Caption, Href string
	Kind          string
	ID            string // of the statement
	Label         string // of the property
	Value         valueText
	Whole         string // the value, where the row above shows part of it
	Written       string
	InWords       string
	Current       bool
	Entry         string // the id its source gives the entity
	Dataset       registry.Dataset
	DatasetHref   string
	Who           string
	First, Last   string
	State         registry.State // in which it was read first
	StateDated    string
	File          registry.File
	FileHref      string // where it can be fetched; "" where it holds what is not given out
	StateHref     string // of the state of the list it was read from
	Place         string
	Row           row
	Others        int64 // other sources that give the same value
	Leaves        []*leafRow
	MoreParts     int64
	Logged        bool
}

// row is the place in a file that a statement was read from.
type row struct {
	Before, Found, After string
	Cut                  bool   // there is more of it than is shown
	Why                  string // why it is not shown: a key of the words; "" if it is
	Href                 string // where its bytes can be fetched
}

const (
	maxLine    = 4 << 20 // bytes of a line that are looked through
	rowContext = 420     // bytes shown on either side of the value
	maxWhole   = 4000    // runes of a value
	maxParts   = 3       // parts of a file whose leaves are shown
)

// reading lets one file at a time be read for a page: they may be large.
type reading struct{ sync.Mutex }

// statementAsked returns the statement whose page was asked for.
func (s *site) statementAsked(r *request) (*registry.View, *registry.PropertyView, *registry.ValueView, *registry.Said, error) {
	v, err := s.viewAsked(r)
	if v == nil {
		return nil, nil, nil, nil, err
	}
	id := r.PathValue("statement")
	for i := range v.Properties {
		pv := &v.Properties[i]
		for k := range pv.Values {
			for j := range pv.Values[k].Said {
				if said := &pv.Values[k].Said[j]; statementOf(v, pv.Property, pv.Values[k].Value, said).ID == id {
					return v, pv, &pv.Values[k], said, nil
				}
			}
		}
	}
	return nil, nil, nil, nil, &problem{http.StatusNotFound, "error.statement", id}
}

func (s *site) statement(r *request) error {
	v, pv, vv, said, err := s.statementAsked(r)
	if v == nil {
		return err
	}
	datasets, err := r.datasetsByName()
	if err != nil {
		return err
	}
	val := r.valueRow(v, pv.Property, vv, map[string]registry.Node{}, 0)
	p := statementPage{base: r.base(r.words().get("statement.title", pv.Property.In(r.lang), isolate(shorten(v.Entity.Caption, 60)))), Caption: v.Entity.Caption, Href: entityHref(r.lang, v.ID), Kind: r.schemaName(v.Entity.Schema),
		ID: r.PathValue("statement"), Label: pv.Property.In(r.lang), Value: val.Value, InWords: languageName(r.lang, said.Lang), Current: said.Current, Entry: said.EntityID, Dataset: datasets[said.Dataset],
		DatasetHref: datasetHref(r.lang, said.Dataset), Who: said.Source, First: r.dated(said.First.Date()), Last: r.dated(said.Last.Date()), State: said.First, StateDated: r.dated(said.First.Date()),
		File: said.File, Place: r.place(said.At), Logged: s.Transparency != nil}
	states, err := s.Registry.States(r.Context(), said.Dataset)
	if err != nil {
		return err
	}
	for _, st := range states {
		if slices.ContainsFunc(st.Files, func(f registry.File) bool { return f.Hash == said.File.Hash }) && !holdsPrivate(st) {
			p.FileHref = datasetHref("en", said.Dataset) + "/file/" + said.File.Hash
		}
	}
	p.StateHref = datasetHref(r.lang, said.Dataset) + "/state/" + strconv.FormatInt(said.First.ID, 10)
	if p.Value.Cut {
		p.Whole = shorten(vv.Value, maxWhole)
	}
	if said.Original != "" && said.Original != vv.Value {
		p.Written = shorten(said.Original, maxWhole/4)
	}
	for i := range vv.Said {
		if vv.Said[i].Dataset != said.Dataset || vv.Said[i].EntityID != said.EntityID {
			p.Others++
		}
	}
	p.Row = r.rowShown(v, vv, said, entityHref("en", v.ID)+"/statement/"+p.ID+"/row")
	parts := said.File.Objects()
	for _, h := range firstOf(parts, maxParts) {
		if leaf := r.leafOf(tlog.Object, h); leaf != nil {
			p.Leaves = append(p.Leaves, leaf)
		}
	}
	p.MoreParts = int64(max(0, len(parts)-maxParts))
	w := r.words()
	q := quotable{Name: "statement-" + shorten(p.ID, 16), Sentence: w.get("statement.citation", isolate(shorten(v.Entity.Caption, 120)), p.Label, isolate(shorten(p.Value.Text, 200)), isolate(shorten(cmp.Or(said.Source, said.Dataset), 80)), r.dated(said.First.Date())),
		Page: p.Href + "/statement/" + p.ID, At: said.First.Learnt, Version: w.get("cite.liststate", r.listTitle(said.Dataset), r.dated(said.First.Date())), Note: w.get("cite.file", said.File.Name, said.File.Hash), Stays: "cite.stays.statement", Dataset: true}
	p.Cite, p.Would = r.citing(q, ""), r.statementWould(said)
	return r.render(http.StatusOK, "statement", p)
}

// rowShown reads the place in the file that a statement was read from. Rows of persons hold more than their public
// role, and are not shown.
func (r *request) rowShown(v *registry.View, vv *registry.ValueView, said *registry.Said, href string) row {
	switch schema := ftm.Default().Schema(v.Entity.Schema); {
	case r.s.Originals == nil || said.File.Hash == "":
		return row{Why: "row.nofile"}
	case schema == nil || r.ofPersons(v, schema):
		return row{Why: "row.person"}
	case said.At.Line == 0:
		return row{Why: "row.noline"}
	}
	line, cut, err := r.s.lineOf(said.File, said.At.Line)
	if err != nil {
		// The page is worth most when it says that its evidence cannot be read.
		r.s.Log.Error("row of a list cannot be read", "file", said.File.Hash, "line", said.At.Line, "error", err)
		return row{Why: "row.broken"}
	}
	return rowAround(line, cut, href, said.Original, vv.Value)
}

// ofPersons says whether rows that speak of an entity may hold a person's private life: it is one or may be one, or an
// address or a link that is a person's. Whose an Address is, it does not say itself.
func (r *request) ofPersons(v *registry.View, s *ftm.Schema) bool {
	if s.Is("Person") || s.Is("Address") || s.Name == "LegalEntity" || s.Name == "Thing" {
		return true
	}
	if s.Edge == nil && !s.Is("Sanction") {
		return false
	}
	for name, values := range v.Entity.Properties {
		if p := s.Property(name); p == nil || p.Type != ftm.TypeEntity {
			continue
		}
		for i, id := range values {
			o := ftm.Default().Schema(r.node(id).Schema)
			if i == 4 || o == nil || o.Is("Person") || o.Name == "LegalEntity" || o.Name == "Thing" {
				return true
			}
		}
	}
	return false
}

// lineOf reads one line of a file, which may be a row of several where values have line breaks.
func (s *site) lineOf(f registry.File, n int) (line []byte, cut bool, err error) {
	s.reading.Lock()
	defer s.reading.Unlock()
	in, err := s.Originals.Open(f)
	if err != nil {
		return nil, false, err
	}
	defer in.Close()
	b := bufio.NewReaderSize(in, 256<<10)
	for at := 1; at < n; {
		switch _, err := b.ReadSlice('\n'); {
		case err == nil:
			at++
		case !errors.Is(err, bufio.ErrBufferFull):
			return nil, false, err
		}
	}
	for len(line) < maxLine {
		part, err := b.ReadSlice('\n')
		line = append(line, part...)
		switch {
		case errors.Is(err, io.EOF):
			return line, false, nil
		case errors.Is(err, bufio.ErrBufferFull):
			continue
		case err != nil:
			return nil, false, err
		}
		// An odd number of quotes means that a value goes on behind the line break.
		if bytes.Count(line, []byte{'"'})%2 == 0 || len(line) > 64<<10 {
			return line, false, nil
		}
	}
	return line, true, nil
}

// rowAround shows a row around a value as it is written.
func rowAround(line []byte, cut bool, href string, words ...string) row {
	line = bytes.TrimRight(line, "\r\n")
	out := row{Cut: cut, Href: href}
	at, n := -1, 0
	for _, w := range words {
		if i := bytes.Index(line, []byte(w)); w != "" && i >= 0 {
			at, n = i, len(w)
			break
		}
	}
	if at < 0 {
		out.Before = shorten(string(line), 2*rowContext)
		out.Cut = cut || strings.HasSuffix(out.Before, "…")
		return out
	}
	from, to := max(0, at-rowContext), min(len(line), at+n+rowContext)
	out.Before, out.Found, out.After = string(line[from:at]), shorten(string(line[at:at+n]), 2*rowContext), string(line[at+n:to])
	out.Before, out.After = shorten(out.Before, 2*rowContext), shorten(out.After, 2*rowContext)
	if from > 0 {
		out.Before, out.Cut = "…"+out.Before, true
	}
	if to < len(line) {
		out.After, out.Cut = out.After+"…", true
	}
	return out
}

// statementRow sends the bytes of the row a statement was read from.
func (s *site) statementRow(r *request) error {
	v, _, vv, said, err := s.statementAsked(r)
	if v == nil {
		return err
	}
	if why := r.rowShown(v, vv, said, "").Why; why != "" {
		return &problem{http.StatusNotFound, why, said.File.Hash}
	}
	line, _, err := s.lineOf(said.File, said.At.Line)
	if err != nil {
		return errors.Join(&problem{http.StatusInternalServerError, "error.evidence", said.File.Hash}, err)
	}
	r.download(said.File.Hash + "-line-" + strconv.Itoa(said.At.Line) + ".txt")
	return r.send(http.StatusOK, "application/octet-stream", "public, max-age=86400", line)
}
