package web

import (
	"errors"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"time"
)

// Dossiers are the dossiers that were built here. What they do not have is fs.ErrNotExist.
type Dossiers interface {
	All() ([]Dossier, error) // newest first
	Get(hash string) (*Dossier, error)
	Open(hash string) (io.ReadSeekCloser, error)
}

// Dossier is a frozen publication in one file, as its manifest describes it.
type Dossier struct {
	Hash       string // hex SHA-256 of the file
	Size       int64  // of the file, in bytes
	ID         string
	Title      string
	Question   string
	Summary    string
	Languages  []string
	Publisher  string
	Contact    string
	Created    time.Time
	Version    int
	Supersedes string // hash of the file of the version before
	Claims     []DossierClaim
	Holds      []Holding
	Withheld   []Withholding
	Signature  *Signature // nil: it is not signed
}

// DossierClaim is what a dossier says of one claim.
type DossierClaim struct {
	Text, Lang string
	Status     string // supported contradicted contested single-source unverified
}

// Holding is how many of a kind a dossier holds: claims, evidence, quotes, documents, statements, findings, absences,
// captures, objects, proofs.
type Holding struct {
	Kind string
	N    int
}

// Withholding is what was left out, and why.
type Withholding struct{ What, Why, Who string }

// Signature is who signed a dossier, as it says itself; whether it holds is for veedor verify.
type Signature struct {
	Domain string    // whose certificate signed; "" where a key did
	Key    string    // base64 of the public key, where there is no domain
	At     time.Time // as stated
	Stamp  bool      // with a time-stamp of its own
}

// dossiersPage lists dossiers, newest first.
type dossiersPage struct {
	base
	Rows []dossierRow
}

type dossierRow struct {
	Dossier
	Href string
}

// dossierPage is what one dossier holds, who signed it and how it is checked.
type dossierPage struct {
	base
	D            Dossier
	Before       string // address of the page of the version before; "" where it is not here
	Claims       []DossierClaim
	MoreClaims   int64
	Withheld     []Withholding
	MoreWithheld int64
	Leaf         *leafRow
}

const (
	maxDossiers = 100
	maxClaims   = 25
	maxWithheld = 15
)

func dossierHref(lang, hash string) string { return prefix(lang) + "/dossier/" + url.PathEscape(hash) }

func (s *site) dossiers(r *request) error {
	p := dossiersPage{base: r.base(r.words().get("dossiers.title"))}
	if s.Dossiers != nil {
		list, err := s.Dossiers.All()
		if err != nil {
			return err
		}
		for _, d := range list[:min(len(list), maxDossiers)] {
			p.Rows = append(p.Rows, dossierRow{d, dossierHref(r.lang, d.Hash)})
		}
	}
	return r.render(http.StatusOK, "dossiers", p)
}

// dossierAsked fetches the dossier whose page or file was asked for.
func (s *site) dossierAsked(r *request) (*Dossier, error) {
	hash := r.PathValue("hash")
	missing := &problem{http.StatusNotFound, "error.dossier", hash}
	if s.Dossiers == nil || !isHash(hash) {
		return nil, missing
	}
	d, err := s.Dossiers.Get(hash)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, missing
	}
	return d, err
}

func (s *site) dossier(r *request) error {
	d, err := s.dossierAsked(r)
	if err != nil {
		return err
	}
	p := dossierPage{base: r.base(isolate(shorten(d.Title, 80))), D: *d}
	p.Claims = d.Claims[:min(len(d.Claims), maxClaims)]
	p.MoreClaims = int64(len(d.Claims) - len(p.Claims))
	p.Withheld = d.Withheld[:min(len(d.Withheld), maxWithheld)]
	p.MoreWithheld = int64(len(d.Withheld) - len(p.Withheld))
	if isHash(d.Supersedes) {
		if _, err := s.Dossiers.Get(d.Supersedes); err == nil {
			p.Before = dossierHref(r.lang, d.Supersedes)
		}
	}
	if p.Leaf, err = r.leafOf("dossier", d.Hash); err != nil {
		return err
	}
	return r.render(http.StatusOK, "dossier", p)
}

// dossierFile sends the dossier itself.
func (s *site) dossierFile(r *request) error {
	d, err := s.dossierAsked(r)
	if err != nil {
		return err
	}
	f, err := s.Dossiers.Open(d.Hash)
	if errors.Is(err, fs.ErrNotExist) {
		return &problem{http.StatusNotFound, "error.dossier", d.Hash}
	}
	if err != nil {
		return err
	}
	defer f.Close()
	r.file("application/wacz", forever, d.Hash, d.Hash+".wacz", f)
	return nil
}
