package fault

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"veedor/internal/evidence/dossier"
)

// draft is a dossier taken apart, and what it was built of.
type draft struct {
	*made
	*pack
	policy *dossier.Policy
}

const manifestFile = "dossier/manifest.json"

// full has everything that a dossier can have.
func (w *workshop) full() (*made, error) {
	if w.content0 == nil {
		m, err := w.content(outline{captures: 3, claims: 3, withheld: true, log: true, policy: true, language: "es", version: 2})
		if err != nil {
			return nil, err
		}
		w.content0 = m
	}
	return w.content0.copy(), nil
}

// copy returns a content whose lists can be edited.
func (m *made) copy() *made {
	out, c := *m, *m.Content
	out.Content = &c
	c.Claims, c.Evidence, c.Quotes, c.Documents = slices.Clone(c.Claims), slices.Clone(c.Evidence), slices.Clone(c.Quotes), slices.Clone(c.Documents)
	c.Statements, c.Findings, c.Absences, c.Captures = slices.Clone(c.Statements), slices.Clone(c.Findings), slices.Clone(c.Absences), slices.Clone(c.Captures)
	c.Objects, c.Incidents, c.RuleSets, c.Redactions = slices.Clone(c.Objects), slices.Clone(c.Incidents), slices.Clone(c.RuleSets), slices.Clone(c.Redactions)
	c.Log.Proofs, c.Log.Tokens = slices.Clone(c.Log.Proofs), slices.Clone(c.Log.Tokens)
	return &out
}

// draft returns a fresh copy of a sound dossier.
func (w *workshop) draft() (*draft, error) {
	m, err := w.full()
	if err != nil {
		return nil, err
	}
	if w.pressed == nil {
		b, err := m.press(context.Background(), w.key)
		if err != nil {
			return nil, err
		}
		if w.pressed, err = readPack(b, w.key); err != nil {
			return nil, err
		}
	}
	return &draft{made: m, pack: w.pressed.clone(), policy: w.reader(m)}, nil
}

// manifest edits the manifest, which stays in canonical form.
func (d *draft) manifest(edit func(n *node) error) error {
	e := d.zip.find(manifestFile)
	n, err := readJSON(e.data)
	if err != nil {
		return err
	}
	if err := edit(n); err != nil {
		return err
	}
	n.sort()
	e.data = n.bytes()
	return nil
}

// sort puts the members of every object in the order of their names, as canonical JSON has them (ASCII names only).
func (n *node) sort() {
	slices.SortFunc(n.members, func(a, b member) int { return strings.Compare(a.name, b.name) })
	for _, m := range n.members {
		m.value.sort()
	}
	for _, v := range n.items {
		v.sort()
	}
}

// refresh makes the list of files in the manifest right: hashes and sizes, and when relist is set the list itself.
func (d *draft) refresh(relist bool) error {
	return d.manifest(func(n *node) error {
		files := n.get("files")
		listed := map[string]bool{}
		files.items = slices.DeleteFunc(files.items, func(f *node) bool {
			name := f.get("path").text()
			listed[name] = true
			e := d.zip.find(name)
			if e == nil {
				return relist
			}
			f.set("sha256", hexSum(e.data))
			f.set("bytes", len(e.data))
			return false
		})
		for _, e := range d.zip.entries {
			if relist && !listed[e.name] && !packed(e.name) {
				f := &node{kind: '{'}
				f.set("path", e.name)
				f.set("sha256", hexSum(e.data))
				f.set("bytes", len(e.data))
				files.items = append(files.items, f)
			}
		}
		slices.SortFunc(files.items, func(a, b *node) int { return strings.Compare(a.get("path").text(), b.get("path").text()) })
		return nil
	})
}

// packed says whether a file comes about when the package is packed, after the manifest.
func packed(name string) bool {
	return name == manifestFile || name == dataFile || name == digestFile || strings.HasPrefix(name, "pages/") || strings.HasPrefix(name, "indexes/")
}

// setPage replaces a page, and its record in the archive of the site.
func (d *draft) setPage(name string, data []byte) error {
	e := d.zip.find(name)
	if e == nil {
		return errNoPlace
	}
	e.data = data
	return d.setRecord(name, data)
}

func (d *draft) setRecord(name string, data []byte) error {
	return d.editWARC("archive/site.warc.gz", func(w *warcFile) error {
		for _, r := range w.records {
			if r.uri() == d.URL+name {
				r.setPayload(data)
				r.settle()
				return nil
			}
		}
		return errNoPlace
	})
}

// done is the draft as it is.
func (d *draft) done() *Package { return &Package{Data: d.zip.bytes(), Policy: d.policy} }

// afterDraft is a fault of the files of a dossier, after which the package's list, its hash and its signature are made anew by the publisher. The
// manifest's list of files is as it was.
func afterDraft(name, does string, want []dossier.Class, edit func(w *workshop, d *draft) error) Fault {
	return Fault{Name: "dossier-" + name, Kind: KindDossier, Does: does, Want: want, apply: func(w *workshop) (*Package, error) {
		d, err := w.draft()
		if err != nil {
			return nil, err
		}
		if err := edit(w, d); err != nil {
			return nil, err
		}
		if err := d.list(); err != nil {
			return nil, err
		}
		if err := d.seal(); err != nil {
			return nil, err
		}
		return d.done(), nil
	}}
}

// inDraft is the same, and the manifest's list of files is made anew as well.
func inDraft(name, does string, want []dossier.Class, edit func(w *workshop, d *draft) error) Fault {
	return afterDraft(name, does, want, func(w *workshop, d *draft) error {
		if err := edit(w, d); err != nil {
			return err
		}
		return d.refresh(true)
	})
}

// inManifest is a fault of the manifest, which the publisher signed; the files are as the manifest was before.
func inManifest(name, does string, want []dossier.Class, edit func(n *node) error) Fault {
	return inDraft(name, does, want, func(_ *workshop, d *draft) error { return d.manifest(edit) })
}

// inContent is a fault of what a dossier says and rests on, before it was built: every page follows from it.
func inContent(name, does string, want []dossier.Class, edit func(w *workshop, m *made) error) Fault {
	return Fault{Name: "dossier-" + name, Kind: KindDossier, Does: does, Want: want, apply: func(w *workshop) (*Package, error) {
		m, err := w.full()
		if err != nil {
			return nil, err
		}
		if err := edit(w, m); err != nil {
			return nil, err
		}
		b, err := m.press(context.Background(), w.key)
		if err != nil {
			return nil, fmt.Errorf("the builder refuses it: %w", err)
		}
		return &Package{Data: b, Policy: w.reader(m)}, nil
	}}
}
