package dossier

import (
	"archive/zip"
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"
	"time"

	"veedor/internal/evidence/wacz"
)

// Limits on what is read out of a capture.
const (
	maxStoredText = 64 << 20
	maxPages      = 256 << 20
)

// capture checks what is said of a capture against what lies in it: which page it is of and when it was taken, its
// quotes, its screenshot; and that it does not hold what is withheld.
func (v *verification) capture(file *io.SectionReader, path string, in *insideCapture) {
	z, err := zip.NewReader(file, file.Size())
	if err != nil {
		v.r.fault(ClassContainer, path, "%v", err)
		return
	}
	if err := v.capturedPage(z, in.capture); err != nil {
		v.r.fault(ClassConsistency, path, "%v", err)
	}
	v.capturedFiles(z, path)
	found, err := v.records(z, path, in)
	if err != nil {
		v.r.fault(ClassWARC, path, "%v", err)
		return
	}
	for _, q := range in.quotes {
		v.quote(q, found.texts[q.Text])
	}
	if s := in.capture.Screenshot; s != "" {
		v.r.count(ClassConsistency, 1)
		if !found.shots[s] {
			v.r.fault(ClassConsistency, in.capture.screen(), "the capture does not hold this screenshot")
		}
	}
}

// capturedPage checks that the capture's list of pages has one with the address, title and time that the manifest says.
func (v *verification) capturedPage(z *zip.Reader, k *Capture) error {
	v.r.count(ClassConsistency, 1)
	f, err := z.Open("pages/pages.jsonl")
	if err != nil {
		return fmt.Errorf("its list of pages: %w", err)
	}
	defer f.Close()
	lines := bufio.NewScanner(io.LimitReader(f, maxPages))
	lines.Buffer(nil, maxStoredText)
	for lines.Scan() {
		var p struct {
			URL, Title string
			TS         string `json:"ts"`
		}
		if json.Unmarshal(lines.Bytes(), &p) != nil || k.URL != "" && p.URL != k.URL || k.Title != p.Title {
			continue
		}
		if at, err := time.Parse(time.RFC3339Nano, p.TS); err == nil && at.UTC().Truncate(time.Second).Equal(k.Taken) {
			return nil
		}
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("its list of pages: %w", err)
	}
	return fmt.Errorf("it holds no page %.200q titled %.200q that was taken at %s", k.URL, k.Title, utc(k.Taken.Unix()))
}

// capturedFiles checks that no file of a capture is one that is withheld. That files have the hashes which are stated
// was checked with the WACZ.
func (v *verification) capturedFiles(z *zip.Reader, where string) {
	f, err := z.Open("datapackage.json")
	if err != nil {
		return // told with the WACZ
	}
	defer f.Close()
	var listed struct {
		Resources []struct{ Path, Hash string }
	}
	if json.NewDecoder(io.LimitReader(f, maxManifest)).Decode(&listed) != nil {
		return // told with the WACZ
	}
	for _, r := range listed.Resources {
		v.mustNotBe(strings.TrimPrefix(r.Hash, "sha256:"), where+": "+r.Path)
	}
}

// foundRecords is what is read out of a capture's records.
type foundRecords struct {
	texts map[string][]byte // by URI
	shots map[string]bool   // hashes of screenshots
}

// records reads the WARC files of a capture, where something in them matters.
func (v *verification) records(z *zip.Reader, where string, in *insideCapture) (*foundRecords, error) {
	out := &foundRecords{map[string][]byte{}, map[string]bool{}}
	if len(in.quotes) == 0 && in.capture.Screenshot == "" && len(v.hidden) == 0 {
		return out, nil
	}
	want := func(uri string) bool {
		return slices.ContainsFunc(in.quotes, func(q *Quote) bool { return q.Text == uri })
	}
	for _, e := range z.File {
		if !isWARC(e.Name) {
			continue
		}
		r, err := e.Open()
		if err != nil {
			return nil, err
		}
		err = out.read(r, want, func(sum string) { v.mustNotBe(sum, where+": "+e.Name) })
		r.Close()
		if err != nil {
			return nil, fmt.Errorf("%s: %w", e.Name, err)
		}
	}
	return out, nil
}

// isWARC says whether an entry of a WACZ is a file of WARC records.
func isWARC(name string) bool {
	return path.Dir(name) == "archive" && (strings.HasSuffix(name, ".warc.gz") || strings.HasSuffix(name, ".warc"))
}

// read reads a WARC file for stored texts that are wanted and for screenshots, and hands out the hash of every block
// and payload.
func (f *foundRecords) read(r io.Reader, want func(uri string) bool, sums func(sum string)) error {
	records := wacz.NewReader(r, wacz.ReaderOptions{})
	for {
		rec, err := records.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if payload, ok := strings.CutPrefix(rec.Fields.Get("WARC-Payload-Digest"), "sha256:"); ok {
			sums(payload)
		}
		h := sha256.New()
		var text *bytes.Buffer
		var to io.Writer = h
		if rec.Type == wacz.TypeResource && want(rec.URI) {
			if f.texts[rec.URI] != nil {
				return fmt.Errorf("two texts under the name %.200s", rec.URI)
			}
			text = bytes.NewBuffer(make([]byte, 0, 512))
			to = io.MultiWriter(h, text)
		}
		n, err := io.Copy(to, limited(rec.Block, text != nil))
		if err != nil {
			return err
		}
		sum := fmt.Sprintf("%x", h.Sum(nil))
		sums(sum)
		if text != nil {
			if n > maxStoredText {
				return fmt.Errorf("the text %.200s has more than %d bytes", rec.URI, maxStoredText)
			}
			f.texts[rec.URI] = text.Bytes()
		}
		if rec.Type == wacz.TypeResource && isScreenshot(rec.URI) {
			f.shots[sum] = true
		}
	}
}

// limited bounds what is kept in memory.
func limited(r io.Reader, kept bool) io.Reader {
	if kept {
		return io.LimitReader(r, maxStoredText+1)
	}
	return r
}

func isScreenshot(uri string) bool {
	return strings.HasPrefix(uri, "urn:view:") || strings.HasPrefix(uri, "urn:fullPage:") || strings.HasPrefix(uri, "urn:thumbnail:")
}
