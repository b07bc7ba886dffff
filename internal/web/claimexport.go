package web

import (
	"bytes"
	"errors"
	"net/http"
	"strings"
	"time"

	"veedor/internal/evidence/capture"
	"veedor/internal/weigh/desk"
	"veedor/internal/weigh/formats"
)

// address is the site's own, as it was asked for, without a slash at its end; "" where that is no address. In a copy it
// is that of the site itself.
func (r *request) address() string {
	if r.s.Copy != nil { // a copy is had by any name
		return strings.TrimSuffix(r.s.Copy.Of, "/")
	}
	if r.Host == "" || len(r.Host) > 260 || strings.Trim(strings.ToLower(r.Host), "abcdefghijklmnopqrstuvwxyz0123456789.-:[]") != "" {
		return ""
	}
	if r.TLS != nil || r.fromHere() && r.Header.Get("X-Forwarded-Proto") == "https" {
		return "https://" + r.Host
	}
	return "http://" + r.Host
}

// publisher is who answers for what exports say.
func (r *request) publisher(d *reader, caseID string) (formats.Site, error) {
	site := formats.Site{Name: "Veedor", Base: r.address() + prefix(r.lang), Lang: r.lang}
	k, err := d.get(desk.Case, caseID)
	if k != nil && k.Str("publisher") != "" {
		site.Name = k.Str("publisher")
	}
	return site, err
}

// exported is a claim with what an export needs beside its view.
func (r *request) exported(d *reader, v *desk.ClaimView) (formats.Claim, error) {
	c := formats.Claim{View: v, Items: map[string]desk.Record{}, Quotes: map[string]formats.Quote{}}
	k, err := d.get(desk.Case, v.Str("case"))
	if err != nil {
		return c, err
	}
	if k != nil {
		c.Publisher = k.Str("publisher")
	}
	st := r.standing(&v.Standing, false)
	c.Status = r.words().get("claim." + st.Status)
	for _, list := range [][]desk.Record{v.Utterances, v.Evidence} {
		for i := range list {
			rec := &list[i]
			if it, err := d.get(desk.Item, rec.Str("item")); err != nil {
				return c, err
			} else if it != nil {
				c.Items[it.ID] = *it
			}
			id := rec.Str("quote")
			if rec.Str("type") == "quote" {
				id = rec.Str("name")
			}
			q, err := r.exportedQuote(id)
			if err != nil {
				return c, err
			}
			if q != nil {
				c.Quotes[id] = *q
			}
		}
	}
	return c, nil
}

func (r *request) exportedQuote(id string) (*formats.Quote, error) {
	if id == "" || r.s.Captures == nil {
		return nil, nil
	}
	q, err := r.s.Captures.Quotation(id)
	if errors.Is(err, capture.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	out := &formats.Quote{ID: q.ID, Capture: q.Capture, Exact: q.Selector.Exact, Prefix: q.Selector.Prefix, Suffix: q.Selector.Suffix, Start: q.Selector.Start, End: q.Selector.End,
		Language: q.Lang, Translation: q.Translation, Translate: q.Into, At: q.At.UTC().Format(time.RFC3339)}
	if c, err := r.s.Captures.Get(q.Capture); err == nil {
		out.URL = c.URL
	} else if !errors.Is(err, capture.ErrNotFound) {
		return nil, err
	}
	return out, nil
}

// claimFile sends a claim in one of the forms that others read.
func (s *site) claimFile(r *request) error {
	d := r.reader()
	v, err := r.claimAsked(d)
	if err != nil {
		return err
	}
	site, err := r.publisher(d, v.Str("case"))
	if err != nil {
		return err
	}
	c, err := r.exported(d, v)
	if err != nil {
		return err
	}
	var b []byte
	switch r.PathValue("file") {
	case "claimreview.json":
		b, err = formats.ClaimReview(site, c)
	case "annotations.jsonld":
		b, err = formats.Annotations(site, c)
	default:
		return r.missing()
	}
	if err != nil {
		return err
	}
	return r.sendFile("application/ld+json", v.ID+"."+r.PathValue("file"), b)
}

// sendReferences sends what is to be cited.
func (r *request) sendReferences(name string, refs []formats.Reference) error {
	if strings.HasSuffix(name, ".bib") {
		return r.sendFile("application/x-bibtex; charset=utf-8", name, formats.BibTeX(refs))
	}
	b, err := formats.CSL(refs)
	if err != nil {
		return err
	}
	return r.sendFile("application/vnd.citationstyles.csl+json", name, b)
}

// sendFile sends an export under a name to save it by.
func (r *request) sendFile(kind, name string, b []byte) error {
	r.download(name)
	return r.send(http.StatusOK, kind, "public, max-age=60", b)
}

// claimsCSV sends the claims that a filter selects as a table.
func (s *site) claimsCSV(r *request) error {
	d := r.reader()
	list, err := d.list(desk.Claim, "case", r.URL.Query().Get("case"))
	if err != nil {
		return err
	}
	return r.sendClaims(d, list, "claims.csv")
}

func (r *request) sendClaims(d *reader, list []desk.Record, name string) error {
	site, err := r.publisher(d, "")
	if err != nil {
		return err
	}
	claims, err := r.exportedClaims(d, list)
	if err != nil {
		return err
	}
	var b bytes.Buffer
	if err := formats.CSV(site, claims, &b); err != nil {
		return err
	}
	return r.sendFile("text/csv; charset=utf-8", name, b.Bytes())
}

func (r *request) exportedClaims(d *reader, list []desk.Record) ([]formats.Claim, error) {
	var out []formats.Claim
	for i := range list {
		v, err := d.claim(list[i].ID)
		if err != nil {
			return nil, err
		}
		if v == nil {
			continue
		}
		c, err := r.exported(d, v)
		if err != nil {
			return nil, err
		}
		out = append(out, c)
	}
	return out, nil
}
