package web

import (
	"errors"
	"net/http"
	"net/url"
	"os"
	"slices"

	"veedor/internal/evidence/tlog"
	"veedor/internal/weigh/edition"
)

// Dossiers are the dossiers that were published here. A file that is not there is edition.ErrNotFound.
type Dossiers interface {
	List() ([]edition.Edition, error) // oldest first
	Open(hash string) (*os.File, error)
}

// dossiersPage lists dossiers, newest first.
type dossiersPage struct {
	base
	Rows []dossierRow
	Left int64
}

type dossierRow struct {
	edition.Edition
	Href string
	Old  bool // a later version is here
}

// dossierPage is what one dossier holds, who signed it and how it is checked.
type dossierPage struct {
	base
	D         dossierRow
	Before    string // address of the page of the version before; "" where it is not here
	After     string // and of the one after
	Gone      bool   // the file is not there
	Inside    manifest
	Holds     []holding
	MoreClaim int64
	MoreOut   int64
	Leaf      *leafRow
}

// holding is how many of a kind a dossier holds.
type holding struct {
	Kind string
	N    int64
}

const (
	maxDossiers = 80
	maxClaims   = 20
	maxWithheld = 12
)

func dossierHref(lang, hash string) string { return prefix(lang) + "/dossier/" + url.PathEscape(hash) }

// editions returns all dossiers, newest first.
func (s *site) editions(lang string) ([]dossierRow, error) {
	if s.Dossiers == nil {
		return nil, nil
	}
	list, err := s.Dossiers.List()
	out := make([]dossierRow, 0, len(list))
	newer := map[string]bool{}
	for _, e := range slices.Backward(list) {
		out = append(out, dossierRow{e, dossierHref(lang, e.SHA256), newer[e.SHA256]})
		newer[e.Supersedes] = true
	}
	return out, err
}

func (s *site) dossiers(r *request) error {
	p := dossiersPage{base: r.base(r.words().get("dossiers.title"))}
	list, err := s.editions(r.lang)
	if err != nil {
		return err
	}
	p.Rows = list[:min(len(list), maxDossiers)]
	p.Left = int64(len(list) - len(p.Rows))
	return r.render(http.StatusOK, "dossiers", p)
}

// dossierAsked finds the dossier whose page or file was asked for, among all.
func (s *site) dossierAsked(r *request) (dossierRow, []dossierRow, error) {
	hash := r.PathValue("hash")
	list, err := s.editions(r.lang)
	if err != nil {
		return dossierRow{}, nil, err
	}
	at := slices.IndexFunc(list, func(d dossierRow) bool { return isHash(hash) && d.SHA256 == hash })
	if at < 0 {
		return dossierRow{}, nil, &problem{http.StatusNotFound, "error.dossier", hash}
	}
	return list[at], list, nil
}

func (s *site) dossier(r *request) error {
	d, list, err := s.dossierAsked(r)
	if err != nil {
		return err
	}
	p := dossierPage{base: r.base(isolate(shorten(d.Edition.Title, 80))), D: d}
	for _, o := range list {
		switch {
		case o.SHA256 == d.Supersedes:
			p.Before = o.Href
		case o.Supersedes == d.SHA256:
			p.After = o.Href
		}
	}
	f, err := s.Dossiers.Open(d.SHA256)
	if err == nil {
		p.Inside, err = readManifest(f, d.Size)
		f.Close()
	}
	if err != nil {
		// The page is worth most when it says that its file is gone or damaged.
		s.Log.Error("dossier cannot be read", "hash", d.SHA256, "error", err)
		p.Gone = true
	}
	for _, h := range []holding{{"claims", int64(d.Claims)}, {"evidence", int64(d.Evidence)}, {"captures", int64(d.Captures)}, {"objects", int64(d.Objects)}, {"proofs", int64(p.Inside.Log.Proofs.n)}} {
		if h.N > 0 {
			p.Holds = append(p.Holds, h)
		}
	}
	all := p.Inside
	p.Inside.Claims = all.Claims[:min(len(all.Claims), maxClaims)]
	p.MoreClaim = int64(len(all.Claims) - len(p.Inside.Claims))
	p.Inside.Redactions = all.Redactions[:min(len(all.Redactions), maxWithheld)]
	p.MoreOut = int64(len(all.Redactions) - len(p.Inside.Redactions))
	p.Leaf = r.leafOf(tlog.Dossier, d.SHA256)
	w := r.words()
	p.Cite = r.citing(quotable{Name: "dossier-" + d.SHA256[:16], Sentence: isolate(shorten(d.Edition.Title, 300)), Page: d.Href, At: d.At, Version: w.get("dossier.version", number(r.lang, int64(d.Version))), Note: w.get("cite.package", d.SHA256), Stays: "cite.stays.dossier"}, "")
	return r.render(http.StatusOK, "dossier", p)
}

// dossierFile sends the dossier itself, which is called by its hash.
func (s *site) dossierFile(r *request) error {
	if r.PathValue("file") != r.PathValue("hash")+".wacz" {
		return r.missing()
	}
	d, _, err := s.dossierAsked(r)
	if err != nil {
		return err
	}
	f, err := s.Dossiers.Open(d.SHA256)
	if errors.Is(err, edition.ErrNotFound) {
		return &problem{http.StatusNotFound, "error.dossier", d.SHA256}
	}
	if err != nil {
		return err
	}
	defer f.Close()
	r.file("application/wacz", forever, d.SHA256, d.SHA256+".wacz", f)
	return nil
}
