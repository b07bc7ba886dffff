package fault

import (
	"bytes"
	"strings"

	"veedor/internal/evidence/dossier"
	"veedor/internal/evidence/wacz"
)

// change is what a fault does to a package, before or after all hashes are made right and it is signed again.
type change func(p *pack) error

// inPack is a fault of a WACZ. before is sealed in by the publisher's own signature; after is not.
func inPack(name, does, of string, want []dossier.Class, finds []string, before, after change) Fault {
	return Fault{Name: name, Kind: KindWACZ, Does: does, Want: want, WACZ: finds, apply: func(w *workshop) (*Package, error) {
		p, err := w.pack(of)
		if err != nil {
			return nil, err
		}
		if before != nil {
			if err := before(p); err != nil {
				return nil, err
			}
			if err := p.seal(); err != nil {
				return nil, err
			}
		}
		if after != nil {
			err = after(p)
		}
		return w.pass(p, err)
	}}
}

// inData is a fault of datapackage.json that the publisher signed.
func inData(name, does string, edit func(n *node) error) Fault {
	return inPack("datapackage-"+name, does, "gzip", wants(dossier.ClassPackage), finds(wacz.ClassPackage), nil, func(p *pack) error {
		if err := p.editJSON(dataFile, edit); err != nil {
			return err
		}
		return p.redigest()
	})
}

// inDataText is the same, for faults that are no JSON.
func inDataText(name, does string, edit func(b []byte) []byte) Fault {
	return inPack("datapackage-"+name, does, "gzip", wants(dossier.ClassPackage), finds(wacz.ClassPackage), nil, func(p *pack) error {
		e := p.zip.find(dataFile)
		e.data = edit(e.data)
		return p.redigest()
	})
}

// first is the first resource that fulfils a condition.
func first(n *node, name string) *node {
	for _, r := range n.get("resources").items {
		if strings.HasPrefix(r.get("path").text(), name) {
			return r
		}
	}
	return nil
}

func packageFaults() []Fault {
	set := func(name string, v any) func(n *node) error {
		return func(n *node) error {
			n.set(name, v)
			return nil
		}
	}
	drop := func(name string) func(n *node) error {
		return func(n *node) error {
			n.drop(name)
			return nil
		}
	}
	// of edits the resource of the list of pages.
	of := func(edit func(r *node)) func(n *node) error {
		return func(n *node) error {
			edit(first(n, "pages/pages"))
			return nil
		}
	}
	hash := func(f Fault, more ...dossier.Class) Fault {
		f.Want = append(wants(dossier.ClassHash), more...)
		return f
	}
	return []Fault{
		inPack("datapackage-missing", "datapackage.json and its digest are missing", "gzip", wants(dossier.ClassPackage), finds(wacz.ClassPackage), nil, func(p *pack) error {
			p.zip.drop(dataFile)
			p.zip.drop(digestFile)
			return nil
		}),
		inDataText("no-json", "datapackage.json is no JSON", func(b []byte) []byte { return []byte("profile: data-package\n") }),
		inDataText("cut", "datapackage.json ends in the middle", func(b []byte) []byte { return b[:len(b)/2] }),
		inDataText("tail", "a second value after the end of datapackage.json", func(b []byte) []byte { return append(b, `{"resources":[]}`...) }),
		inDataText("twice", "the key resources twice, the second time empty", func(b []byte) []byte {
			return append(bytes.TrimSuffix(bytes.TrimSpace(b), []byte("}")), `,"resources":[]}`...)
		}),
		inDataText("hash-twice", "the key hash twice in one resource", func(b []byte) []byte {
			return bytes.Replace(b, []byte(`"hash":`), []byte(`"hash":"sha256:`+strings.Repeat("0", 64)+`","hash":`), 1)
		}),
		inDataText("deep", "datapackage.json holds a hundred thousand arrays within each other", func(b []byte) []byte {
			return append(bytes.TrimSuffix(bytes.TrimSpace(b), []byte("}")), `,"x":`+strings.Repeat("[", 100_000)+strings.Repeat("]", 100_000)+`}`...)
		}),
		inDataText("array", "datapackage.json is an array", func(b []byte) []byte { return append(append([]byte("["), b...), ']') }),
		inData("profile", "another profile than data-package", set("profile", "tabular-data-package")),
		inData("version", "a version of WACZ that there is not", set("wacz_version", "9.9")),
		inData("version-missing", "no version of WACZ", drop("wacz_version")),
		inData("resources-missing", "no list of resources", drop("resources")),
		inData("resources-text", "the list of resources is a text", set("resources", "pages/pages.jsonl")),
		inData("created", "a time of making that is none", set("created", "last Tuesday")),
		hash(inData("hash", "the hash of one resource is not its content's", of(func(r *node) { r.set("hash", "sha256:"+strings.Repeat("5", 64)) }))),
		hash(inData("hash-other", "two resources' hashes changed places", func(n *node) error {
			a, b := first(n, "pages/pages"), first(n, "archive/")
			x, y := a.get("hash"), b.get("hash")
			a.set("hash", y)
			b.set("hash", x)
			return nil
		})),
		inData("hash-kind", "a hash of a kind that does not exist", of(func(r *node) { r.set("hash", "crc32:00000000") })),
		inData("hash-missing", "a resource without hash", of(func(r *node) { r.drop("hash") })),
		inData("hash-no-hex", "a hash that is not hexadecimal", of(func(r *node) { r.set("hash", "sha256:"+strings.Repeat("z", 64)) })),
		hash(inData("bytes", "the size of one resource is not its content's", of(func(r *node) { r.set("bytes", 17) })), dossier.ClassPackage),
		inData("bytes-negative", "a negative size", of(func(r *node) { r.set("bytes", -1) })),
		inData("resource-without-file", "a resource for which there is no file", func(n *node) error {
			l := n.get("resources")
			l.items = append(l.items, resource("files/absent.txt", []byte("absent")))
			return nil
		}),
		inData("resource-twice", "a resource that is listed twice", func(n *node) error {
			l := n.get("resources")
			l.items = append(l.items, l.items[0].clone())
			return nil
		}),
		inData("name-missing", "a resource without name", of(func(r *node) { r.drop("name") })),
		// Two resources of one name are no fault here: packers in use name resources by the last part of their path,
		// and it is paths that tell them apart. Check makes a note of it.
		inData("path-outside", "a resource whose path leads out of the package", of(func(r *node) { r.set("path", "../pages/pages.jsonl") })),
		inData("path-missing", "a resource without path", of(func(r *node) { r.drop("path") })),
		inData("unlisted", "a file that is not listed", func(n *node) error {
			l := n.get("resources")
			l.items = l.items[:len(l.items)-1]
			return nil
		}),
		inFolder("archive", "archive/notes.txt"),
		inFolder("indexes", "indexes/notes.txt"),
		inPack("extension-gzip", "a gzipped WARC file called .warc", "gzip", wants(dossier.ClassPackage, dossier.ClassWARC), finds(wacz.ClassPackage, wacz.ClassWARC), func(p *pack) error {
			return p.rename(p.warcs()[0], "archive/data-0.warc")
		}, nil),
		inPack("extension-plain", "a plain WARC file called .warc.gz", "plain", wants(dossier.ClassPackage, dossier.ClassWARC), finds(wacz.ClassPackage, wacz.ClassWARC), func(p *pack) error {
			return p.rename(p.warcs()[0], "archive/data-0.warc.gz")
		}, nil),
		inPack("archive-missing", "a package without any WARC file", "gzip", wants(dossier.ClassPackage, dossier.ClassWARC), finds(wacz.ClassPackage), func(p *pack) error {
			for _, name := range p.warcs() {
				p.zip.drop(name)
			}
			p.setIndex(nil)
			return p.list()
		}, nil),
		hash(inPack("resource-edited", "one byte of a resource was changed after the package was made", "gzip", nil, finds(wacz.ClassPackage), nil, func(p *pack) error {
			e := p.zip.find(pagesFile)
			e.data = bytes.Replace(e.data, []byte("e"), []byte("a"), 1)
			return nil
		}), dossier.ClassPackage, dossier.ClassWARC),
		hash(inPack("digest-stale", "datapackage.json was changed and its digest not", "bare", nil, finds(wacz.ClassPackage), nil, func(p *pack) error {
			return p.editJSON(dataFile, set("title", "Another title"))
		}), dossier.ClassPackage),
		inDigest("digest-path", "the digest is of another file", func(n *node) { n.set("path", "other.json") }),
		inDigest("digest-hash-missing", "the digest has no hash", func(n *node) { n.drop("hash") }),
		inPack("digest-no-json", "the digest is no JSON", "gzip", wants(dossier.ClassPackage), finds(wacz.ClassPackage), nil, func(p *pack) error {
			p.zip.find(digestFile).data = []byte("sha256")
			return nil
		}),
		inPack("digest-twice", "the key hash twice in the digest", "gzip", wants(dossier.ClassPackage), finds(wacz.ClassPackage), nil, func(p *pack) error {
			e := p.zip.find(digestFile)
			e.data = bytes.Replace(e.data, []byte(`"hash":`), []byte(`"hash":"sha256:`+strings.Repeat("0", 64)+`","hash":`), 1)
			return nil
		}),
	}
}

// inDigest is a fault of datapackage-digest.json.
func inDigest(name, does string, edit func(n *node)) Fault {
	return inPack(name, does, "gzip", wants(dossier.ClassPackage), finds(wacz.ClassPackage), nil, func(p *pack) error {
		return p.editJSON(digestFile, func(n *node) error {
			edit(n)
			return nil
		})
	})
}

// inFolder is a file in a folder that WACZ keeps for itself.
func inFolder(folder, file string) Fault {
	return inPack("folder-"+folder, "a file that is no part of "+folder+"/ lies there, listed and hashed", "gzip", wants(dossier.ClassPackage), finds(wacz.ClassPackage), func(p *pack) error {
		p.zip.put(file, []byte("notes"))
		return p.list()
	}, nil)
}
