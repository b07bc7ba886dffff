package fault

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"veedor/internal/evidence/dossier"
)

// proofFaults are about what ties a dossier to the log. The publisher signed all of them.
func proofFaults() []Fault {
	trust := wants(dossier.ClassTrust)
	// in edits the text of the first proof.
	in := func(name, does string, want []dossier.Class, edit func(m *made, text []string) []string) Fault {
		return inFiles(name, does, want, func(_ *workshop, m *made) error {
			p := &m.Log.Proofs[0]
			p.Data = []byte(strings.Join(edit(m, strings.Split(string(p.Data), "\n")), "\n"))
			return nil
		})
	}
	return slices.Concat([]Fault{
		inFiles("proof-other", "the proof of another leaf", isProof(), func(_ *workshop, m *made) error {
			m.Log.Proofs[0].Data = m.Log.Proofs[1].Data
			return nil
		}),
		inFiles("proof-leaf", "a proof of a leaf beside the one it should be of, whose data it states", isProof(), func(_ *workshop, m *made) error {
			p := &m.Log.Proofs[0]
			hashes, err := tlog.ProveRecord(int64(m.size), p.Index+1, m.ledger.hashes())
			p.Data = proofText(m.ledger.entries[p.Index], int(p.Index)+1, hashes, m.Log.Checkpoint)
			return err
		}),
		in("proof-index", "the index in a proof is off by one", isProof(), func(m *made, t []string) []string {
			t[2] = fmt.Sprintf("index %d", m.Log.Proofs[0].Index+1)
			return t
		}),
		in("proof-zeros", "the index in a proof has a leading zero", isProof(), func(m *made, t []string) []string {
			t[2] = fmt.Sprintf("index 0%d", m.Log.Proofs[0].Index)
			return t
		}),
		in("proof-hash", "a hash in a proof is another", isProof(), func(_ *made, t []string) []string {
			t[3] = tlog.RecordHash([]byte("other")).String()
			return t
		}),
		in("proof-short", "a proof lacks a hash", isProof(), func(_ *made, t []string) []string { return slices.Delete(t, 4, 5) }),
		in("proof-long", "a proof has a hash too many", isProof(), func(_ *made, t []string) []string { return slices.Insert(t, 3, t[3]) }),
		in("proof-format", "a proof of another version", isProof(), func(_ *made, t []string) []string {
			t[0] = "c2sp.org/tlog-proof@v9"
			return t
		}),
		in("proof-extra", "the leaf that a proof states is another", isProof(), func(m *made, t []string) []string {
			t[1] = "extra " + b64(bytes.Replace(m.ledger.entries[m.Log.Proofs[0].Index], []byte("2025"), []byte("2024"), 1))
			return t
		}),
		inFiles("proof-checkpoint", "a proof under another checkpoint of the same log than the dossier's", isProof(), func(w *workshop, m *made) error {
			p := &m.Log.Proofs[0]
			size := m.size - 1
			if int(p.Index) >= size {
				return errNoPlace
			}
			c, err := m.ledger.checkpoint(size, w.now.Add(-30*time.Minute))
			if err != nil {
				return err
			}
			p.Data, err = m.ledger.proof(int(p.Index), size, c)
			return err
		}),
		inContent("proof-time", "the dossier says another time of a leaf than the leaf", append(isProof(), dossier.ClassConsistency), func(_ *workshop, m *made) error {
			m.Log.Proofs[0].At = m.Log.Proofs[0].At.Add(-time.Hour)
			return nil
		}),
		inContent("proof-place", "the dossier says another index of a leaf than the proof", append(isProof(), dossier.ClassConsistency), func(_ *workshop, m *made) error {
			m.Log.Proofs[0].Index++
			return nil
		}),
		inManifest("log-size", "the dossier says another size of the log than its checkpoint", append(isProof(), dossier.ClassConsistency), func(n *node) error {
			n.get("dossier", "log").set("size", 7)
			return nil
		}),
		inManifest("log-origin", "the dossier says another origin of the log than its checkpoint", append(isProof(), dossier.ClassConsistency), func(n *node) error {
			n.get("dossier", "log").set("origin", "other.example/log")
			return nil
		}),
		inContent("log-missing", "no log, though the reader wants one", append(trust, dossier.ClassProof), func(_ *workshop, m *made) error {
			m.Log = dossier.Log{Proofs: []dossier.Proof{}, Tokens: []dossier.Token{}}
			return nil
		}),
	}, dossierCheckpointFaults(trust), dossierTokenFaults(trust))
}

// inFiles is a fault of the files of the log, built in by the publisher. Whoever builds may refuse it; then it is put
// in afterwards, and all lists and hashes made anew.
func inFiles(name, does string, want []dossier.Class, edit func(w *workshop, m *made) error) Fault {
	return inDraft(name, does, want, func(w *workshop, d *draft) error {
		m := d.made.copy()
		if err := edit(w, m); err != nil {
			return err
		}
		d.zip.find("dossier/log/checkpoint").data = m.Log.Checkpoint
		for _, p := range m.Log.Proofs {
			d.zip.find("dossier/log/proofs/" + p.Kind + "-" + p.SHA256 + ".tlog-proof").data = p.Data
		}
		for _, t := range m.Log.Tokens {
			d.zip.find("dossier/log/tokens/" + t.Name + ".tsr").data = t.Data
		}
		return nil
	})
}

// dossierCheckpointFaults are about who signed the checkpoint.
func dossierCheckpointFaults(trust []dossier.Class) []Fault {
	// sign puts another checkpoint into the dossier and under every proof.
	sign := func(name, does string, want []dossier.Class, do func(w *workshop, m *made, text string, at time.Time) []byte) Fault {
		return inFiles(name, does, want, func(w *workshop, m *made) error {
			text, err := m.ledger.text(m.size)
			if err != nil {
				return err
			}
			old := m.Log.Checkpoint
			m.Log.Checkpoint = do(w, m, text, w.now.Add(-30*time.Minute))
			for i := range m.Log.Proofs {
				m.Log.Proofs[i].Data = append(bytes.TrimSuffix(slices.Clone(m.Log.Proofs[i].Data), old), m.Log.Checkpoint...)
			}
			return nil
		})
	}
	return []Fault{
		sign("checkpoint-unsigned", "a checkpoint that only witnesses signed", append(trust, dossier.ClassProof), func(_ *workshop, m *made, text string, at time.Time) []byte {
			return note(text, m.ledger.witnesses[0].sign(text, at), m.ledger.witnesses[1].sign(text, at))
		}),
		sign("checkpoint-stranger", "a checkpoint signed by another key under the log's name", append(trust, dossier.ClassProof), func(w *workshop, m *made, text string, at time.Time) []byte {
			return note(text, w.c.notary(m.ledger.log.name, algorithmNote).sign(text, at), m.ledger.witnesses[0].sign(text, at), m.ledger.witnesses[1].sign(text, at))
		}),
		sign("checkpoint-flipped", "one bit of the log's signature", isProof(), func(_ *workshop, m *made, text string, at time.Time) []byte {
			return note(text, flipped(m.ledger.log.sign(text, at)), m.ledger.witnesses[0].sign(text, at), m.ledger.witnesses[1].sign(text, at))
		}),
		sign("quorum", "cosigned by one witness, where the reader wants two", trust, func(_ *workshop, m *made, text string, at time.Time) []byte {
			return note(text, m.ledger.log.sign(text, at), m.ledger.witnesses[0].sign(text, at))
		}),
		sign("cosignature-other", "a cosignature of another checkpoint", isProof(), func(_ *workshop, m *made, text string, at time.Time) []byte {
			early, _ := m.ledger.text(m.size - 1) // it has more leaves than that
			return note(text, m.ledger.log.sign(text, at), m.ledger.witnesses[0].sign(text, at), m.ledger.witnesses[1].sign(early, at))
		}),
		sign("cosignature-early", "cosigned before the newest leaf that the dossier proves", isTime(), func(w *workshop, m *made, text string, _ time.Time) []byte {
			at := w.now.Add(-2 * time.Hour)
			return note(text, m.ledger.log.sign(text, at), m.ledger.witnesses[0].sign(text, at), m.ledger.witnesses[1].sign(text, at))
		}),
		sign("cosignature-future", "cosigned a year from now", isTime(), func(w *workshop, m *made, text string, _ time.Time) []byte {
			at := w.now.AddDate(1, 0, 0)
			return note(text, m.ledger.log.sign(text, at), m.ledger.witnesses[0].sign(text, at), m.ledger.witnesses[1].sign(text, at))
		}),
		inFiles("checkpoint-other-log", "checkpoint and proofs of another log, which nobody trusts", append(trust, dossier.ClassProof), func(w *workshop, m *made) error {
			l, err := m.ledger.with(m.ledger.entries)
			if err != nil {
				return err
			}
			l.log, l.tsa = w.c.notary(m.ledger.log.name, algorithmNote), m.ledger.tsa
			l.witnesses = nil
			for i := range 3 {
				l.witnesses = append(l.witnesses, w.c.notary(fmt.Sprintf("witness%d.example", i), algorithmCosign))
			}
			m.ledger = l
			return w.prove(m)
		}),
	}
}

func flipped(line string) string {
	return line[:len(line)-12] + string(line[len(line)-12]^1) + line[len(line)-11:]
}

// dossierTokenFaults are about the time-stamps of the checkpoint.
func dossierTokenFaults(trust []dossier.Class) []Fault {
	token := func(name, does string, want []dossier.Class, do func(w *workshop, m *made, text string) ([]byte, error)) Fault {
		return inFiles(name, does, want, func(w *workshop, m *made) error {
			text, err := m.ledger.text(m.size)
			if err != nil {
				return err
			}
			m.Log.Tokens[0].Data, err = do(w, m, text)
			return err
		})
	}
	return []Fault{
		token("token-other", "a token of another checkpoint", isTime(), func(w *workshop, m *made, text string) ([]byte, error) {
			return m.ledger.tsa.stamp([]byte(text+"x"), w.now)
		}),
		token("token-early", "a token older than the leaves that the dossier proves", isTime(), func(w *workshop, m *made, text string) ([]byte, error) {
			return m.ledger.tsa.stamp([]byte(text), w.now.Add(-3*time.Hour))
		}),
		token("token-damaged", "a token that is none", isTime(), func(*workshop, *made, string) ([]byte, error) { return []byte("none"), nil }),
		token("token-stranger", "a token by an authority that the reader does not trust", append(trust, dossier.ClassTimestamp), func(w *workshop, m *made, text string) ([]byte, error) {
			a, err := w.c.issue(usage{name: "Time Authority", stamping: true, from: w.now.AddDate(0, -1, 0), to: w.now.AddDate(0, 2, 0)})
			if err != nil {
				return nil, err
			}
			return a.stamp([]byte(text), w.now.Add(-29*time.Minute))
		}),
		token("token-purpose", "a token by a certificate that is not for time-stamps", isTime(), func(w *workshop, m *made, text string) ([]byte, error) {
			a := *m.ledger.tsa
			if err := w.reissue(&a, usage{name: "www.time.example", server: true}); err != nil {
				return nil, err
			}
			return a.stamp([]byte(text), w.now.Add(-29*time.Minute))
		}),
		token("token-expired", "a token by a certificate that had expired", append(isTime(), dossier.ClassTrust), func(w *workshop, m *made, text string) ([]byte, error) {
			a := *m.ledger.tsa
			if err := w.reissue(&a, usage{name: "Time Authority", stamping: true, from: w.now.AddDate(-1, 0, 0), to: w.now.AddDate(0, -1, 0)}); err != nil {
				return nil, err
			}
			return a.stamp([]byte(text), w.now.Add(-29*time.Minute))
		}),
		token("token-future", "a token from next year", isTime(), func(w *workshop, m *made, text string) ([]byte, error) {
			a := *m.ledger.tsa
			if err := w.reissue(&a, usage{name: "Time Authority", stamping: true, from: w.now.AddDate(-1, 0, 0), to: w.now.AddDate(3, 0, 0)}); err != nil {
				return nil, err
			}
			return a.stamp([]byte(text), w.now.AddDate(1, 0, 0))
		}),
		inContent("token-missing", "no token, though the reader wants one", append(trust, dossier.ClassTimestamp), func(_ *workshop, m *made) error {
			m.Log.Tokens = []dossier.Token{}
			return nil
		}),
		inContent("leaf-before-capture", "the log learnt of a capture a year before it was taken, as capture and leaf say", append(isTime(), dossier.ClassConsistency), func(w *workshop, m *made) error {
			m.Captures[2].Taken = w.now.Add(-40 * time.Minute)
			return nil
		}),
	}
}
