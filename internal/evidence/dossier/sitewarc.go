package dossier

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"strings"

	"veedor/internal/evidence/wacz"
)

// siteArchive is the web archive of a dossier's own pages: a warcinfo record, and a resource record for each file of
// the site under the dossier's URL. Its bytes follow from the content.
type siteArchive struct {
	c   *Content
	out *bytes.Buffer
	w   *wacz.Writer
}

func newSiteArchive(c *Content) (*siteArchive, error) {
	a := &siteArchive{c: c, out: &bytes.Buffer{}}
	a.w = wacz.NewWriter(a.out, wacz.WriterOptions{})
	info := fmt.Appendf(nil, "software: %s\r\nformat: WARC File Format 1.1\r\n", oneLine(c.Software))
	_, err := a.w.Write(&wacz.Record{Type: wacz.TypeWarcinfo, ID: recordID("", info), Date: c.Created, ContentType: wacz.WARCFields, Block: wacz.Bytes(info)})
	return a, err
}

func (a *siteArchive) add(path string, content []byte) error {
	uri := a.c.URL + path
	_, err := a.w.Write(&wacz.Record{Type: wacz.TypeResource, ID: recordID(uri, content), Date: a.c.Created, URI: uri, ContentType: siteType(path), Block: wacz.Bytes(content)})
	if err != nil {
		return fmt.Errorf("archive %s: %w", path, err)
	}
	return nil
}

func siteType(path string) string {
	if strings.HasSuffix(path, ".css") {
		return "text/css"
	}
	return "text/html"
}

// recordID is a UUID (version 8) made of what the record holds.
func recordID(uri string, content []byte) string {
	h := sha256.New()
	fmt.Fprintf(h, "%s\n", uri)
	h.Write(content)
	u := h.Sum(nil)[:16]
	u[6], u[8] = u[6]&0x0f|0x80, u[8]&0x3f|0x80
	return fmt.Sprintf("urn:uuid:%x-%x-%x-%x-%x", u[:4], u[4:6], u[6:8], u[8:10], u[10:])
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// sitePages returns the list of pages of the package: the first page, and one for each claim.
func sitePages(c *Content) []wacz.Page {
	page := func(path, title string) wacz.Page {
		return wacz.Page{ID: strings.TrimPrefix(recordID(c.URL+path, nil), "urn:uuid:"), URL: c.URL + path, At: c.Created, Title: title}
	}
	out := []wacz.Page{page("index.html", c.Title)}
	for i := range c.Claims {
		out = append(out, page(c.Claims[i].path(), shorten(c.Claims[i].Text)))
	}
	w, _ := wordsFor(c.Languages[0])
	return append(out, page("evidence.html", w.Evidence), page("captures.html", w.Captures), page("record.html", w.Record))
}
