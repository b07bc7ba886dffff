package web

import (
	"archive/zip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"
)

// manifest is the member "dossier" of what a dossier says of itself (docs/format/dossier.md), as far as its page shows it. The page does not
// check it: that is what veedor verify is for.
type manifest struct {
	Summary   string `json:"summary"`
	Publisher struct {
		Name    string `json:"name"`
		URL     string `json:"url"`
		Contact string `json:"contact"`
	} `json:"publisher"`
	Claims     []claimed   `json:"claims"`
	Redactions []redaction `json:"redactions"`
	Log        struct {
		Proofs counted `json:"proofs"`
		Tokens counted `json:"tokens"`
	} `json:"log"`

	Signed *signed `json:"-"` // nil: it is not signed
}

// claimed is a claim and how it stood.
type claimed struct {
	Text    string `json:"text"`
	Lang    string `json:"lang"`
	Status  string `json:"status"`
	Derived string `json:"derived"`
}

// redaction says what was left out, why and by whom.
type redaction struct {
	What string `json:"what"`
	Why  string `json:"why"`
	Who  string `json:"who"`
}

// counted is a list of which only the length is wanted.
type counted struct{ n int }

// UnmarshalJSON implements json.Unmarshaler.
func (c *counted) UnmarshalJSON(b []byte) error {
	var list []json.RawMessage
	err := json.Unmarshal(b, &list)
	c.n = len(list)
	return err
}

// signed is who says that he signed (wacz-auth).
type signed struct {
	PublicKey     string    `json:"publicKey"`
	Domain        string    `json:"domain"`
	TimeSignature string    `json:"timeSignature"`
	Created       time.Time `json:"created"`
}

const maxManifest = 16 << 20 // bytes of JSON

// readManifest reads what a dossier says of itself and of its signature.
func readManifest(f io.ReaderAt, size int64) (manifest, error) {
	var m manifest
	z, err := zip.NewReader(f, size)
	if err != nil {
		return m, fmt.Errorf("read dossier: %w", err)
	}
	const itself, digest = "dossier/manifest.json", "datapackage-digest.json"
	seen := map[string]bool{}
	for _, e := range z.File {
		if seen[e.Name] && (e.Name == itself || e.Name == digest) {
			return m, fmt.Errorf("read dossier: %s is in it twice", e.Name)
		}
		seen[e.Name] = true
		switch e.Name {
		case itself:
			err = readJSON(e, &struct {
				Dossier *manifest `json:"dossier"`
			}{&m})
		case digest:
			var d struct {
				SignedData *signed `json:"signedData"`
			}
			err = readJSON(e, &d)
			m.Signed = d.SignedData
		}
		if err != nil {
			return m, fmt.Errorf("read dossier: %s: %w", e.Name, err)
		}
	}
	if !seen[itself] {
		return m, errors.New("read dossier: it has no " + itself)
	}
	return m, nil
}

func readJSON(e *zip.File, to any) error {
	r, err := e.Open()
	if err != nil {
		return err
	}
	defer r.Close()
	b, err := io.ReadAll(io.LimitReader(r, maxManifest+1))
	if err != nil {
		return err
	}
	if len(b) > maxManifest {
		return fmt.Errorf("it is larger than %d bytes", maxManifest)
	}
	return json.Unmarshal(b, to)
}
