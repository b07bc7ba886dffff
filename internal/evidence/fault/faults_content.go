package fault

import (
	"bytes"
	"slices"
	"strings"
	"time"

	"veedor/internal/evidence/dossier"
)

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
