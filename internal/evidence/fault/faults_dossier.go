package fault

import (
	"bytes"
	"slices"
	"strings"
	"time"

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

// quoteFaults are quotes that the capture does not bear out. Pages and hashes follow.
func quoteFaults() []Fault {
	quote := func(name, does string, want []dossier.Class, edit func(q *dossier.Quote)) Fault {
		return inContent(name, does, want, func(_ *workshop, m *made) error {
			edit(&m.Quotes[0])
			return nil
		})
	}
	return []Fault{
		quote("quote-shifted", "a quote's place is off by one", isLoose(), func(q *dossier.Quote) { q.Start, q.End = q.Start+1, q.End+1 }),
		quote("quote-edited", "one letter of a quote was edited", isLoose(), func(q *dossier.Quote) {
			r := []rune(q.Exact)
			r[len(r)/2] = 'ж'
			q.Exact = string(r)
		}),
		quote("quote-not", "a word was put into a quote", isLoose(), func(q *dossier.Quote) {
			q.Exact = "no " + q.Exact
			q.End += 3
		}),
		quote("quote-prefix", "the words before a quote were edited", isLoose(), func(q *dossier.Quote) { q.Prefix = "he denied that " }),
		quote("quote-suffix", "the words after a quote were edited", isLoose(), func(q *dossier.Quote) { q.Suffix = ", he joked" }),
		quote("quote-beyond", "a quote beyond the end of its text", isLoose(), func(q *dossier.Quote) { q.Start, q.End = q.Start+1_000_000, q.End+1_000_000 }),
		quote("quote-text-hash", "another hash of the text that is quoted", append(isLoose(), dossier.ClassHash), func(q *dossier.Quote) { q.TextSHA256 = strings.Repeat("a", 64) }),
		quote("quote-record", "a quote of a text that the capture does not hold", isLoose(), func(q *dossier.Quote) { q.Text += "/absent" }),
		quote("quote-homoglyph", "a letter of a quote was replaced by one that looks the same", isLoose(), func(q *dossier.Quote) {
			q.Exact = strings.NewReplacer("a", "а", "e", "е", "o", "о").Replace(q.Exact)
		}),
		inContent("quote-capture", "a quote is ascribed to another capture", isLoose(), func(_ *workshop, m *made) error {
			m.Quotes[0].Capture = m.Captures[1].SHA256
			return nil
		}),
		inManifest("quote-length", "a quote whose end does not fit its words", append(isLoose(), dossier.ClassPackage), func(n *node) error {
			q := n.get("dossier", "quotes", 0)
			q.set("end", 5)
			return nil
		}),
		Fault{Name: "dossier-quote-withheld", Kind: KindDossier, Does: "a quote of a withheld capture was edited everywhere, the signature kept", Want: wants(dossier.ClassSignature), apply: func(w *workshop) (*Package, error) {
			d, err := w.draft()
			if err != nil {
				return nil, err
			}
			old := d.zip.find(digestFile).data
			q := d.Quotes[len(d.Quotes)-1]
			if q.Capture != d.Captures[2].SHA256 {
				return nil, errNoPlace
			}
			m := d.made.copy()
			r := []rune(q.Exact)
			r[0] = 'Ж'
			m.Quotes[len(m.Quotes)-1].Exact = string(r)
			return w.keepSignature(m, old)
		}},
	}
}

// captureFaults are about the captures that a dossier holds or withholds.
func captureFaults() []Fault {
	return []Fault{
		inDraft("capture-swapped", "another sound capture under the name of the first, every list of files made anew", append(isHash(), dossier.ClassConsistency), func(w *workshop, d *draft) error {
			p, err := w.pack("gzip")
			if err != nil {
				return err
			}
			d.zip.find("captures/" + d.Captures[0].SHA256 + ".wacz").data = p.zip.bytes()
			return nil
		}),
		afterDraft("capture-other", "another sound capture under the name of the first, the manifest left", isHash(), func(w *workshop, d *draft) error {
			p, err := w.pack("gzip")
			d.zip.find("captures/" + d.Captures[0].SHA256 + ".wacz").data = p.zip.bytes()
			return err
		}),
		inCapture("capture-payload", "within a capture a page was edited and its digests left; all else was made anew", isHash(), func(p *pack) error {
			return p.editWARC(p.warcs()[0], func(w *warcFile) error {
				r := target(w)
				b := slices.Clone(r.payload())
				b[len(b)/2] ^= 1
				r.block = append(r.block[:len(r.block)-len(b):len(r.block)-len(b)], b...)
				return nil
			})
		}),
		inCapture("capture-bomb", "a capture whose list of pages unpacks to more than it states", wants(dossier.ClassContainer), func(p *pack) error {
			e := p.zip.find(pagesFile)
			p.late = func() {
				e.packed, e.deflate = bomb(16<<20), true
				e.local = func(h *header) { h.size = 1024 }
				e.central = e.local
			}
			return nil
		}),
		inCapture("capture-traversal", "a capture with a file that leads out of it", wants(dossier.ClassContainer, dossier.ClassPackage), func(p *pack) error {
			p.zip.put("../../index.html", []byte("<script src=//evil.example></script>"))
			return p.list()
		}),
		inCapture("capture-index", "the index of a capture lacks a line; all else was made anew", wants(dossier.ClassWARC), func(p *pack) error {
			return p.editIndex(func(l []*cdxLine) ([]*cdxLine, error) { return l[1:], nil })
		}),
		inCapture("capture-signature", "the signature of a capture is of another package", wants(dossier.ClassSignature), nil),
		inContent("capture-url", "a capture is said to be of a page that it does not hold", isLoose(), func(_ *workshop, m *made) error {
			m.Captures[0].URL = "https://other.example/"
			return nil
		}),
		inContent("capture-taken", "a capture is said to be a year older than its records", append(isLoose(), dossier.ClassTimestamp), func(_ *workshop, m *made) error {
			m.Captures[0].Taken = m.Captures[0].Taken.AddDate(-1, 0, 0)
			return nil
		}),
		inContent("capture-title", "a capture is given another title than its page has", isLoose(), func(_ *workshop, m *made) error {
			m.Captures[0].Title = "Minister admits everything"
			return nil
		}),
		inManifest("capture-bytes", "another size of a capture", append(isLoose(), dossier.ClassHash, dossier.ClassPackage), func(n *node) error {
			n.get("dossier", "captures", 0).set("bytes", 99)
			return nil
		}),
		inContent("screen-other", "the screenshot of a page is not that of its capture", isLoose(), func(w *workshop, m *made) error {
			b := w.c.picture()
			m.Captures[0].Screenshot, m.Captures[0].OpenScreenshot = hexSum(b), opener(b)
			return nil
		}),
		inManifest("withheld-unexplained", "a capture is withheld and nothing says why", append(isLoose(), dossier.ClassPackage), func(n *node) error {
			r := n.get("dossier", "redactions")
			r.items = slices.DeleteFunc(r.items, func(x *node) bool { return strings.HasPrefix(x.get("what").text(), "captures/") })
			return nil
		}),
		inManifest("withheld-no-reason", "a redaction without reason", append(isPackage(), dossier.ClassConsistency), func(n *node) error {
			n.get("dossier", "redactions", 0).set("why", "")
			return nil
		}),
		inManifest("withheld-here", "a capture is said to be withheld, and lies there", append(isPackage(), dossier.ClassConsistency), func(n *node) error {
			n.get("dossier", "captures", 0).set("withheld", true)
			return nil
		}),
		inDraft("withheld-object-here", "an object is withheld, and its bytes lie there under its name", append(isPackage(), dossier.ClassConsistency), func(_ *workshop, d *draft) error {
			d.zip.put("dossier/objects/"+hexSum(d.secret)+".json", d.secret)
			return nil
		}),
		inCapture("withheld-in-capture", "the bytes of a withheld object lie within a capture, as a record", isLoose(), nil),
	}
}

// keepSignature builds a dossier whose signature is that of the one before it was edited.
func (w *workshop) keepSignature(m *made, old []byte) (*Package, error) {
	b, err := m.press(w.ctx, w.key)
	if err != nil {
		return nil, err
	}
	p, err := readPack(b, w.key)
	if err != nil {
		return nil, err
	}
	signed, err := readJSON(old)
	if err != nil {
		return nil, err
	}
	err = p.editJSON(digestFile, func(n *node) error {
		n.set("signedData", signed.get("signedData"))
		n.get("signedData").set("hash", n.get("hash"))
		return nil
	})
	return &Package{Data: p.zip.bytes(), Policy: w.reader(m)}, err
}

// inCapture is a fault within a capture; the dossier names the capture's new hash everywhere, its log included. A nil
// edit stands for the two faults that are made at the end.
func inCapture(name, does string, want []dossier.Class, edit change) Fault {
	return inContent(name, does, want, func(w *workshop, m *made) error {
		old := m.Captures[0].SHA256
		p := m.packs[old].clone()
		switch {
		case edit != nil:
			if err := edit(p); err != nil {
				return err
			}
			if err := p.seal(); err != nil {
				return err
			}
			if p.late != nil {
				p.late()
			}
		case strings.HasPrefix(name, "withheld"):
			if err := p.editWARC(p.warcs()[0], func(f *warcFile) error {
				r := *of(f, "resource")
				r.fields, r.block = slices.Clone(r.fields), m.secret
				r.set("WARC-Record-ID", "<urn:uuid:33333333-3333-4333-8333-333333333333>")
				r.set("WARC-Target-URI", "urn:veedor:note")
				r.set("Content-Type", "application/json")
				r.settle()
				f.records = append(f.records, &r)
				return nil
			}); err != nil {
				return err
			}
			if err := p.seal(); err != nil {
				return err
			}
		default:
			s, err := w.key.sign(digest([]byte("another package")))
			if err != nil {
				return err
			}
			if err := p.editJSON(digestFile, func(n *node) error {
				n.get("signedData").set("signature", s.Signature)
				return nil
			}); err != nil {
				return err
			}
		}
		return w.recapture(m, old, p.zip.bytes())
	})
}

// recapture replaces a capture everywhere, and makes the log anew.
func (w *workshop) recapture(m *made, old string, b []byte) error {
	sum := hexSum(b)
	m.Captures[0].SHA256, m.Captures[0].Bytes, m.Captures[0].Open = sum, int64(len(b)), opener(b)
	for i := range m.Quotes {
		if m.Quotes[i].Capture == old {
			m.Quotes[i].Capture = sum
		}
	}
	for i := range m.Documents {
		if m.Documents[i].Capture == old {
			m.Documents[i].Capture = sum
		}
	}
	entries := slices.Clone(m.ledger.entries)
	for i := range m.Log.Proofs {
		if p := &m.Log.Proofs[i]; p.SHA256 == old {
			p.SHA256 = sum
			entries[p.Index] = entryOf{p.Kind, p.At, sum}.data()
		}
	}
	l, err := m.ledger.with(entries)
	if err != nil {
		return err
	}
	m.ledger = l
	return w.prove(m)
}

// objectFaults are about the other things that a dossier rests on.
func objectFaults() []Fault {
	edit := func(dir string) func(w *workshop, d *draft) error {
		return func(_ *workshop, d *draft) error {
			e := d.zip.under(dir)[0]
			e.data = append(bytes.TrimRight(slices.Clone(e.data), "}\n"), ' ', '}')
			return nil
		}
	}
	// again is edited bytes for which the manifest's list of files was made anew: it then contradicts itself.
	again := append(isHash(), dossier.ClassConsistency)
	return []Fault{
		afterDraft("object-edited", "an object was edited, the manifest left", isHash(), edit("dossier/objects/")),
		afterDraft("rules-edited", "a set of rules was edited, the manifest left", isHash(), edit("dossier/rules/")),
		afterDraft("incident-edited", "a line of the journal of incidents was edited, the manifest left", isHash(), edit("dossier/incidents/")),
		afterDraft("policy-edited", "the policy that the publisher suggests was edited, the manifest left", isHash(), edit("dossier/policy.json")),
		inDraft("object-relisted", "an object was edited, every list of files made anew", again, edit("dossier/objects/")),
		inDraft("rules-relisted", "a set of rules was edited, every list of files made anew", again, edit("dossier/rules/")),
		inDraft("incident-relisted", "a line of the journal of incidents was edited, every list of files made anew", again, edit("dossier/incidents/")),
		inManifest("object-bytes", "another size of an object", append(isLoose(), dossier.ClassHash, dossier.ClassPackage), func(n *node) error {
			n.get("dossier", "objects", 0).set("bytes", 1)
			return nil
		}),
	}
}

// referenceFaults are parts that refer to what is not there, or do not follow from each other.
func referenceFaults() []Fault {
	at := func(name, does string, want []dossier.Class, edit func(d *node)) Fault {
		return inManifest(name, does, want, func(n *node) error {
			edit(n.get("dossier"))
			return nil
		})
	}
	return []Fault{
		at("evidence-nowhere", "evidence that refers to what is not there", isLoose(), func(d *node) { d.get("evidence", 0).set("ref", "absent") }),
		at("evidence-claim", "evidence for a claim that is not there", isLoose(), func(d *node) { d.get("evidence", 0).set("claim", "absent") }),
		at("evidence-kind", "evidence that names a statement as a document", isLoose(), func(d *node) { d.get("evidence", 1).set("kind", "document") }),
		at("evidence-stance", "the stance of evidence was turned round, the status left", isLoose(), func(d *node) {
			for _, e := range d.get("evidence").items {
				if e.get("claim").text() == "c0" && e.get("stance").text() == "supports" {
					e.set("stance", "contradicts")
				}
			}
		}),
		at("status", "a claim is called contradicted that all evidence supports", isLoose(), func(d *node) { d.get("claims", 0).set("status", "contradicted") }),
		at("status-unverified", "a claim is called unverified that evidence supports", isLoose(), func(d *node) { d.get("claims", 0).set("status", "unverified") }),
		at("utterance-quote", "somebody is said to have said a quote that is not there", isLoose(), func(d *node) { d.get("claims", 0, "utterances", 0).set("quote", "absent") }),
		at("relation-self", "a claim that repeats itself", isLoose(), func(d *node) { d.get("claims", 1, "relations", 0).set("claim", "c1") }),
		at("measurement-nowhere", "a finding that rests on a measurement that is neither here nor withheld", isLoose(), func(d *node) {
			m := d.get("findings", 0, "measurements")
			m.items[0] = leaf(strings.Repeat("d", 64))
		}),
		at("rules-nowhere", "a finding judged by rules that are not there", isLoose(), func(d *node) { d.get("findings", 0).set("rule_set", "absent") }),
		at("document-nowhere", "a document that rests on a capture that is not there", isLoose(), func(d *node) { d.get("documents", 0).set("capture", strings.Repeat("e", 64)) }),
		at("supersedes-missing", "a second version that supersedes nothing", isLoose(), func(d *node) { d.drop("supersedes") }),
		at("supersedes-first", "a first version that supersedes another", isLoose(), func(d *node) { d.set("version", 1) }),
		at("redaction-nothing", "a redaction of a capture that is not withheld", isLoose(), func(d *node) {
			r := d.get("redactions").items
			r[0].set("what", "captures/"+d.get("captures", 0, "sha256").text())
		}),
		at("proof-nothing", "a proof of something that is not here", append(isLoose(), dossier.ClassPackage), func(d *node) {
			d.get("log", "proofs", 0).set("sha256", strings.Repeat("f", 64))
		}),
	}
}

// formFaults are values out of form.
func formFaults() []Fault {
	at := func(name, does string, edit func(d *node)) Fault {
		return inManifest(name, does, isPackage(), func(n *node) error {
			edit(n.get("dossier"))
			return nil
		})
	}
	return []Fault{
		at("id-twice", "two claims of the same id", func(d *node) { d.get("claims", 1).set("id", "c0") }),
		at("id-path", "an id that leads out of the folder of claims", func(d *node) { d.get("claims", 0).set("id", "../../x") }),
		at("kind", "evidence of a kind that there is not", func(d *node) { d.get("evidence", 0).set("kind", "rumour") }),
		at("stance", "a stance that there is not", func(d *node) { d.get("evidence", 0).set("stance", "proves") }),
		at("status-word", "a status that there is not", func(d *node) { d.get("claims", 0).set("status", "true") }),
		at("date", "a date that is none", func(d *node) { d.get("documents", 0).set("date", "2024-13") }),
		at("time-zone", "a time that is not in UTC", func(d *node) { d.get("absences", 0).set("when", "2025-05-01T12:00:00-04:00") }),
		at("time-fraction", "a time in fractions of a second", func(d *node) { d.get("absences", 0).set("when", "2025-05-01T12:00:00.5Z") }),
		at("language", "a language that is none", func(d *node) { d.get("languages").items[0] = leaf("<b>") }),
		at("url", "a URL of the pages that runs a script", func(d *node) { d.set("url", "javascript:alert(1)/") }),
		at("control", "a control character in a text", func(d *node) { d.set("title", "a\u0007b") }),
		at("hash-form", "a hash in capitals", func(d *node) {
			d.get("captures", 0).set("sha256", strings.ToUpper(d.get("captures", 0, "sha256").text()))
		}),
		at("number", "a count that is no whole number", func(d *node) { d.get("findings", 0, "counts", 0).set("n", 1.5) }),
		at("version-zero", "version 0", func(d *node) { d.set("version", 0) }),
	}
}

// publisherFaults are about who made the dossier, and when.
func publisherFaults() []Fault {
	return []Fault{
		Fault{Name: "dossier-stranger", Kind: KindDossier, Does: "signed by a stranger, whose own policy inside the dossier trusts him", Want: wants(dossier.ClassTrust), apply: func(w *workshop) (*Package, error) {
			m, err := w.full()
			if err != nil {
				return nil, err
			}
			m.Policy = &dossier.Policy{Format: "veedor-policy/1", Keys: []string{w.stray.spki()}}
			b, err := m.press(w.ctx, w.stray)
			return &Package{Data: b, Policy: w.reader(m)}, err
		}},
		Fault{Name: "dossier-unsigned", Kind: KindDossier, Does: "not signed, though the reader wants a signature", Want: wants(dossier.ClassTrust), apply: func(w *workshop) (*Package, error) {
			m, err := w.full()
			if err != nil {
				return nil, err
			}
			b, err := m.press(w.ctx, nil)
			return &Package{Data: b, Policy: w.reader(m)}, err
		}},
		Fault{Name: "dossier-edited", Kind: KindDossier, Does: "a claim was edited everywhere, the signature kept", Want: wants(dossier.ClassSignature), apply: func(w *workshop) (*Package, error) {
			d, err := w.draft()
			if err != nil {
				return nil, err
			}
			m := d.made.copy()
			m.Claims[0].Text = "Nothing of the kind was ever said."
			return w.keepSignature(m, d.zip.find(digestFile).data)
		}},
		inContent("created-future", "made a year from now", isTime(), func(w *workshop, m *made) error {
			m.Created = w.now.AddDate(1, 0, 0)
			return nil
		}),
		inContent("evidence-future", "evidence weighed after the dossier was made", append(isTime(), dossier.ClassConsistency), func(w *workshop, m *made) error {
			m.Evidence[0].When = w.now.Add(48 * time.Hour)
			return nil
		}),
		inContent("absence-future", "an absence looked for after the dossier was made", append(isTime(), dossier.ClassConsistency), func(w *workshop, m *made) error {
			m.Absences[0].When = w.now.Add(48 * time.Hour)
			return nil
		}),
		inContent("redaction-future", "a redaction made after the dossier", append(isTime(), dossier.ClassConsistency), func(w *workshop, m *made) error {
			m.Redactions[0].When = w.now.Add(48 * time.Hour)
			return nil
		}),
		inContent("capture-future", "a withheld capture that is younger than the dossier", append(isTime(), dossier.ClassConsistency), func(w *workshop, m *made) error {
			m.Captures[2].Taken = w.now.Add(48 * time.Hour)
			return nil
		}),
	}
}
