package fault

import (
	"bytes"
	"slices"
	"strings"

	"veedor/internal/evidence/dossier"
)

// Classes that many faults of dossiers share.
func isPackage() []dossier.Class { return wants(dossier.ClassPackage) }
func isLoose() []dossier.Class   { return wants(dossier.ClassConsistency) }
func isHash() []dossier.Class    { return wants(dossier.ClassHash) }
func isProof() []dossier.Class   { return wants(dossier.ClassProof) }
func isTime() []dossier.Class    { return wants(dossier.ClassTimestamp) }

func dossierFaults() []Fault {
	return slices.Concat(manifestFaults(), siteFaults(), quoteFaults(), captureFaults(), objectFaults(), referenceFaults(), formFaults(), publisherFaults(), proofFaults())
}

// text edits the manifest as a text.
func text(edit func(b []byte) []byte) func(w *workshop, d *draft) error {
	return func(_ *workshop, d *draft) error {
		e := d.zip.find(manifestFile)
		e.data = edit(e.data)
		return nil
	}
}

// manifestFaults are about dossier/manifest.json and its list of files.
func manifestFaults() []Fault {
	file := func(d *draft, prefix string) string {
		for _, e := range d.zip.under(prefix) {
			return e.name
		}
		return ""
	}
	return []Fault{
		afterDraft("manifest-no-json", "a manifest that is no JSON", isPackage(), text(func(b []byte) []byte { return b[:len(b)-10] })),
		afterDraft("manifest-twice", "a member of the manifest twice", isPackage(), text(func(b []byte) []byte { return bytes.Replace(b, []byte(`"site":`), []byte(`"site":1,"site":`), 1) })),
		afterDraft("manifest-space", "a manifest that is not in canonical form", isPackage(), text(func(b []byte) []byte { return append([]byte{' '}, b...) })),
		afterDraft("manifest-tail", "something follows the manifest", isPackage(), text(func(b []byte) []byte { return append(b, "{}"...) })),
		inManifest("manifest-unknown", "a member of the manifest that there is not", isPackage(), func(n *node) error {
			n.get("dossier").set("verified", true)
			return nil
		}),
		inManifest("manifest-format", "a manifest of another format", isPackage(), func(n *node) error {
			n.set("format", "veedor-dossier/9")
			return nil
		}),
		inManifest("manifest-null", "a list that is null", isPackage(), func(n *node) error {
			n.get("dossier").set("absences", nil)
			return nil
		}),
		afterDraft("file-removed", "a file that the manifest does not list", isPackage(), func(_ *workshop, d *draft) error {
			return d.manifest(func(n *node) error {
				f := n.get("files")
				f.items = slices.Delete(f.items, 3, 4)
				return nil
			})
		}),
		afterDraft("file-added", "a file of the manifest that is not there", isPackage(), func(_ *workshop, d *draft) error {
			return d.manifest(func(n *node) error {
				f := n.get("files")
				x := f.items[len(f.items)-1].clone()
				x.set("path", "zzz.txt")
				f.items = append(f.items, x)
				return nil
			})
		}),
		afterDraft("file-hash", "a hash in the manifest that is not the file's", isHash(), func(_ *workshop, d *draft) error {
			return d.manifest(func(n *node) error {
				n.get("files").items[0].set("sha256", strings.Repeat("9", 64))
				return nil
			})
		}),
		afterDraft("file-bytes", "a size in the manifest that is not the file's", append(isHash(), dossier.ClassPackage), func(_ *workshop, d *draft) error {
			return d.manifest(func(n *node) error {
				n.get("files").items[0].set("bytes", 12)
				return nil
			})
		}),
		inDraft("file-extra", "a file that belongs to nothing, listed everywhere", isPackage(), func(_ *workshop, d *draft) error {
			d.zip.put("dossier/objects/extra.bin", []byte("extra"))
			return nil
		}),
		inDraft("capture-extra", "a capture that the dossier does not name, listed everywhere", isPackage(), func(w *workshop, d *draft) error {
			p, err := w.pack("gzip")
			if err != nil {
				return err
			}
			b := p.zip.bytes()
			d.zip.put("captures/"+hexSum(b)+".wacz", b)
			return nil
		}),
		inDraft("page-extra", "a further page with a script, listed everywhere", isPackage(), func(_ *workshop, d *draft) error {
			d.zip.put("extra.html", []byte("<script src=https://evil.example/x.js></script>"))
			return nil
		}),
		inDraft("page-missing", "the page of a claim is missing, and listed nowhere", append(isPackage(), dossier.ClassConsistency), func(_ *workshop, d *draft) error {
			d.zip.drop(file(d, "claims/"))
			return nil
		}),
		inDraft("object-missing", "an object is missing, and listed nowhere", append(isPackage(), dossier.ClassConsistency), func(_ *workshop, d *draft) error {
			d.zip.drop(file(d, "dossier/objects/"))
			return nil
		}),
		inDraft("capture-missing", "a capture is missing, and listed nowhere", append(isPackage(), dossier.ClassConsistency), func(_ *workshop, d *draft) error {
			d.zip.drop(file(d, "captures/"))
			return nil
		}),
		inDraft("screen-missing", "a screenshot is missing, and listed nowhere", append(isPackage(), dossier.ClassConsistency), func(_ *workshop, d *draft) error {
			d.zip.drop(file(d, "dossier/screens/"))
			return nil
		}),
	}
}

// siteFaults are pages that say something else than the data. Every hash, index and signature is right.
func siteFaults() []Fault {
	page := func(name, does, path, old, with string) Fault {
		return inDraft(name, does, isLoose(), func(_ *workshop, d *draft) error {
			e := d.zip.find(path)
			if e == nil || !bytes.Contains(e.data, []byte(old)) {
				return errNoPlace
			}
			return d.setPage(path, bytes.Replace(e.data, []byte(old), []byte(with), 1))
		})
	}
	return []Fault{
		inDraft("page-claim", "a claim reads otherwise on its page than in the data", isLoose(), func(_ *workshop, d *draft) error {
			e := d.zip.find("claims/c0.html")
			return d.setPage("claims/c0.html", bytes.ReplaceAll(e.data, []byte(d.Claims[0].Text), []byte("Nothing of the kind was ever said.")))
		}),
		page("page-script", "a script in the first page", "index.html", "</body>", "<script>fetch('//evil.example')</script></body>"),
		page("page-image", "a picture that tells somebody who reads", "index.html", "</body>", "<img src=https://evil.example/beacon.gif></body>"),
		page("page-comment", "a comment in a page", "evidence.html", "</body>", "<!-- hidden --></body>"),
		inDraft("style-edited", "a style sheet that hides what contradicts", isLoose(), func(_ *workshop, d *draft) error {
			return d.setPage("style.css", append(slices.Clone(d.zip.find("style.css").data), ".contradicts{display:none}"...))
		}),
		inDraft("page-in-archive", "a page in the archive of the site is not the page beside it", isLoose(), func(_ *workshop, d *draft) error {
			return d.setRecord("index.html", bytes.Replace(d.zip.find("index.html").data, []byte("</body>"), []byte("<p>and more</body>"), 1))
		}),
		inDraft("record-extra", "a record in the archive of the site that is no page of it", isLoose(), func(w *workshop, d *draft) error {
			return d.editWARC("archive/site.warc.gz", func(f *warcFile) error {
				r := *f.records[len(f.records)-1]
				r.fields = slices.Clone(r.fields)
				r.set("WARC-Record-ID", "<urn:uuid:22222222-2222-4222-8222-222222222222>")
				r.set("WARC-Target-URI", d.URL+"secret.html")
				f.records = append(f.records, &r)
				return nil
			})
		}),
		inDraft("record-date", "a page in the archive of the site bears another date than the dossier", append(isLoose(), dossier.ClassTimestamp), func(_ *workshop, d *draft) error {
			return d.editWARC("archive/site.warc.gz", func(f *warcFile) error {
				f.records[len(f.records)-1].set("WARC-Date", "2025-05-31T12:00:00Z")
				return nil
			})
		}),
		inDraft("record-type", "a page in the archive of the site is called a script", isLoose(), func(_ *workshop, d *draft) error {
			return d.editWARC("archive/site.warc.gz", func(f *warcFile) error {
				for _, r := range f.records {
					if r.uri() == d.URL+"style.css" {
						r.set("Content-Type", "text/javascript")
					}
				}
				return nil
			})
		}),
		inDraft("record-missing", "a page that the archive of the site lacks", append(isLoose(), dossier.ClassWARC), func(_ *workshop, d *draft) error {
			return d.editWARC("archive/site.warc.gz", func(f *warcFile) error {
				f.records = slices.DeleteFunc(f.records, func(r *record) bool { return r.uri() == d.URL+"style.css" })
				return nil
			})
		}),
		inDraft("claim-manifest", "a claim reads otherwise in the data than on its page", isLoose(), func(_ *workshop, d *draft) error {
			return d.manifest(func(n *node) error {
				n.get("dossier", "claims", 0).set("text", "Nothing of the kind was ever said.")
				return nil
			})
		}),
		inDraft("pages-list", "the list of pages names a claim otherwise", append(isLoose(), dossier.ClassWARC, dossier.ClassPackage), func(_ *workshop, d *draft) error {
			return d.editLines(pagesFile, func(lines []*node) ([]*node, error) {
				lines[2].set("title", "Another title")
				return lines, nil
			})
		}),
	}
}
