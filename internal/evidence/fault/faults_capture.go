package fault

import (
	"slices"
	"strings"

	"veedor/internal/evidence/dossier"
)

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
