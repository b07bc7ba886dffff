package dossier

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"veedor/internal/evidence/wacz"
)

// site renders the pages again from the manifest, and compares them with the files, the web archive, the list of pages
// and what the package says of itself: none may say anything else.
func (v *verification) site() {
	if v.m.Site != siteVersion {
		v.r.fault(ClassConsistency, manifestPath, "its pages were made by templates of version %d, and this program knows version %d: they cannot be compared", v.m.Site, siteVersion)
		return
	}
	s, err := newSite(&v.m.Dossier)
	if err != nil {
		v.r.fault(ClassConsistency, "index.html", "%v", err)
		return
	}
	pages := map[string][]byte{}
	total := 0
	for _, path := range sitePaths(&v.m.Dossier) {
		page, err := s.page(path)
		if err != nil {
			v.r.fault(ClassConsistency, path, "%v", err)
			return
		}
		if total += len(page); total > maxSite {
			v.r.fault(ClassConsistency, path, "the pages have more than %d bytes", maxSite)
			return
		}
		pages[path] = page
		v.r.count(ClassConsistency, 1)
		if v.entries[path] == nil {
			continue // told by files
		}
		got, err := v.read(path, int64(len(page))+1)
		if err != nil || !bytes.Equal(got, page) {
			v.r.fault(ClassConsistency, path, "the page does not say what the data say: it differs at byte %d", differ(got, page))
		}
	}
	v.siteArchive(pages)
	v.sitePages()
	v.datapackage()
	v.r.proves("The pages say what the data in dossier/manifest.json say: they were rendered again and are the same, byte for byte.")
}

// siteArchive compares the records of the web archive with the pages.
func (v *verification) siteArchive(pages map[string][]byte) {
	for _, f := range v.zip.File {
		if isWARC(f.Name) && f.Name != warcPath {
			return // told by files: the manifest does not list it
		}
	}
	e := v.entries[warcPath]
	if e == nil {
		return
	}
	r, err := e.Open()
	if err != nil {
		v.r.fault(ClassContainer, warcPath, "%v", err)
		return
	}
	defer r.Close()
	if err := compareArchive(r, &v.m.Dossier, pages); err != nil {
		v.r.fault(ClassConsistency, warcPath, "%v", err)
	}
}

func compareArchive(r io.Reader, c *Content, pages map[string][]byte) error {
	records := wacz.NewReader(r, wacz.ReaderOptions{})
	first, err := records.Next()
	if err != nil {
		return err
	}
	if first.Type != wacz.TypeWarcinfo {
		return fmt.Errorf("its first record is a %.40q, want warcinfo", first.Type)
	}
	if _, err := io.Copy(io.Discard, first.Block); err != nil {
		return err
	}
	for _, path := range sitePaths(c) {
		rec, err := records.Next()
		if errors.Is(err, io.EOF) {
			return fmt.Errorf("%s is not in it", path)
		}
		if err != nil {
			return err
		}
		want := pages[path]
		got, err := io.ReadAll(io.LimitReader(rec.Block, int64(len(want))+1))
		switch {
		case err != nil:
			return err
		case rec.Type != wacz.TypeResource || rec.URI != c.URL+path || rec.ContentType != siteType(path) || !rec.Date.Equal(c.Created):
			return fmt.Errorf("a %s record of %.200s, want a resource record of %s", rec.Type, rec.URI, c.URL+path)
		case !bytes.Equal(got, want):
			return fmt.Errorf("%s does not say what the data say: it differs at byte %d", path, differ(got, want))
		}
	}
	if rec, err := records.Next(); !errors.Is(err, io.EOF) {
		if err != nil {
			return err
		}
		return fmt.Errorf("a record too many: a %s of %.200s", rec.Type, rec.URI)
	}
	return nil
}

// sitePages compares the list of pages that replay programs show.
func (v *verification) sitePages() {
	const path = "pages/pages.jsonl"
	raw, err := v.read(path, maxSite)
	if err != nil {
		v.r.fault(ClassConsistency, path, "%v", err)
		return
	}
	want := sitePages(&v.m.Dossier)
	lines := bufio.NewScanner(bytes.NewReader(raw))
	lines.Buffer(nil, maxText*4)
	for n := -1; lines.Scan(); n++ {
		if n < 0 {
			continue // the header
		}
		var got wacz.Page
		d := json.NewDecoder(bytes.NewReader(lines.Bytes()))
		d.DisallowUnknownFields()
		err := d.Decode(&got)
		if n >= len(want) || err != nil || got.ID != want[n].ID || got.URL != want[n].URL || !got.At.Equal(want[n].At) || got.Title != want[n].Title || got.Text != want[n].Text {
			v.r.fault(ClassConsistency, path, "page %d is not one that the data call for", n+1)
			return
		}
		if n == len(want)-1 {
			v.r.count(ClassConsistency, 1)
			want = append(want, wacz.Page{URL: "-"}) // a further line is one too many
		}
	}
	if lines.Err() != nil || want[len(want)-1].URL != "-" {
		v.r.fault(ClassConsistency, path, "pages are missing")
	}
}

// datapackage compares what the package says of itself.
func (v *verification) datapackage() {
	const path = "datapackage.json"
	raw, err := v.read(path, maxManifest)
	if err != nil {
		v.r.fault(ClassPackage, path, "%v", err)
		return
	}
	var got struct {
		Title, Description, Software string
		MainPageURL                  string `json:"mainPageUrl"`
	}
	if err := json.Unmarshal(raw, &got); err != nil {
		v.r.fault(ClassPackage, path, "%v", err)
		return
	}
	c := &v.m.Dossier
	if got.Title != c.Title || got.Description != c.Question || got.MainPageURL != c.URL+"index.html" {
		v.r.fault(ClassConsistency, path, "its title, description or main page is not that of the data")
	}
}
