package dossier

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
)

// Names and versions of the format.
const (
	manifestFormat = "veedor-dossier/1"
	siteVersion    = 1 // of the templates; what older ones gave must stay reproducible

	manifestPath   = "dossier/manifest.json"
	policyPath     = "dossier/policy.json"
	checkpointPath = "dossier/log/checkpoint"
	warcPath       = "archive/site.warc.gz"
)

// maxManifest bounds dossier/manifest.json.
const maxManifest = 64 << 20

// Manifest is dossier/manifest.json: everything the dossier says, and every file that belongs to it.
type Manifest struct {
	Format  string  `json:"format"`
	Site    int     `json:"site"` // version of the templates that made the pages
	Dossier Content `json:"dossier"`
	Files   []File  `json:"files"` // by path
}

// File is one file of a dossier.
type File struct {
	Path   string `json:"path"`
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"`
}

// encode returns the manifest in canonical JSON.
func (m *Manifest) encode() ([]byte, error) {
	b, err := json.Marshal(m)
	if err != nil {
		return nil, fmt.Errorf("write manifest: %w", err)
	}
	return canonical(b)
}

// decodeManifest reads a manifest and refuses one that is not exactly what encode gives: unknown or doubled members,
// other spellings, absent lists.
func decodeManifest(b []byte) (*Manifest, error) {
	if len(b) > maxManifest {
		return nil, fmt.Errorf("read manifest: %d bytes, the limit is %d", len(b), maxManifest)
	}
	m := &Manifest{}
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(m); err != nil {
		return nil, fmt.Errorf("read manifest: %w", err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("read manifest: something follows the JSON object")
	}
	if m.Format != manifestFormat {
		return nil, fmt.Errorf("read manifest: its format is %.40q, this program knows %q", m.Format, manifestFormat)
	}
	again, err := m.encode()
	if err != nil {
		return nil, fmt.Errorf("read manifest: %w", err)
	}
	if !bytes.Equal(again, b) {
		return nil, fmt.Errorf("read manifest: not in canonical form: it differs at byte %d", differ(again, b))
	}
	return m, nil
}

// differ returns the first offset at which two differ.
func differ(a, b []byte) int {
	n := min(len(a), len(b))
	for i := range n {
		if a[i] != b[i] {
			return i
		}
	}
	return n
}

func sortFiles(files []File) {
	slices.SortFunc(files, func(a, b File) int { return cmp.Compare(a.Path, b.Path) })
}

// Paths of what a dossier holds.

func (c *Capture) path() string   { return "captures/" + c.SHA256 + ".wacz" }
func (c *Capture) screen() string { return "dossier/screens/" + c.Screenshot + ".png" }
func (o *Object) path() string    { return "dossier/objects/" + o.SHA256 + extension(o.Type) }
func (i *Incident) path() string  { return "dossier/incidents/" + i.SHA256 + ".json" }
func (s *RuleSet) path() string   { return "dossier/rules/" + s.ID + ".txt" }
func (p *Proof) path() string     { return "dossier/log/proofs/" + p.Kind + "-" + p.SHA256 + ".tlog-proof" }
func (t *Token) path() string     { return "dossier/log/tokens/" + t.Name + ".tsr" }
func (c *Claim) path() string     { return "claims/" + c.ID + ".html" }

// extension gives a file a name that no program runs: what could be run or fetch things (HTML, SVG, scripts) is .bin.
func extension(mediaType string) string {
	switch mediaType {
	case "application/json":
		return ".json"
	case "application/x-ndjson":
		return ".jsonl"
	case "text/plain":
		return ".txt"
	case "text/csv":
		return ".csv"
	case "application/pdf":
		return ".pdf"
	case "image/png":
		return ".png"
	case "image/jpeg":
		return ".jpg"
	}
	return ".bin"
}

// made says whether the packing of a WACZ makes the file, from what the manifest lists: these are checked by the
// rules of WACZ, and cannot stand in the manifest since they come after it.
func made(path string) bool {
	switch path {
	case manifestPath, "datapackage.json", "datapackage-digest.json", "pages/pages.jsonl", "indexes/index.cdx", "indexes/index.cdx.gz", "indexes/index.idx":
		return true
	}
	return false
}

// wanted returns the files that the content calls for, by path, each with its hash where the content names one. What
// made allows is not among them.
func (c *Content) wanted(withPolicy bool) map[string]string {
	out := map[string]string{warcPath: ""}
	for _, p := range sitePaths(c) {
		out[p] = ""
	}
	for i := range c.Captures {
		if k := &c.Captures[i]; !k.Withheld {
			out[k.path()] = k.SHA256
		}
		if k := &c.Captures[i]; k.Screenshot != "" {
			out[k.screen()] = k.Screenshot
		}
	}
	for i := range c.Objects {
		if o := &c.Objects[i]; !o.Withheld {
			out[o.path()] = o.SHA256
		}
	}
	for i := range c.Incidents {
		out[c.Incidents[i].path()] = c.Incidents[i].SHA256
	}
	for i := range c.RuleSets {
		out[c.RuleSets[i].path()] = c.RuleSets[i].SHA256
	}
	for i := range c.Log.Proofs {
		out[c.Log.Proofs[i].path()] = ""
	}
	for i := range c.Log.Tokens {
		out[c.Log.Tokens[i].path()] = ""
	}
	if c.Log.Origin != "" {
		out[checkpointPath] = ""
	}
	if withPolicy {
		out[policyPath] = ""
	}
	return out
}
