package fault

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"time"

	"veedor/internal/evidence/dossier"
)

// book is a published log and the ledger behind it.
type book struct {
	*ledger
	files   folder
	at      time.Time // of its checkpoint
	earlier [][]byte
	policy  *dossier.Policy
}

// bookLeaves gives the log a full tile, a partial one, and a second level.
const bookLeaves = 700

// book returns a fresh copy of the published log.
func (w *workshop) book() (*book, error) {
	if w.ledger == nil {
		l, err := w.newLedger(bookLeaves, w.now.Add(-2*time.Hour))
		if err != nil {
			return nil, err
		}
		w.ledger = l
	}
	b := &book{ledger: w.ledger, at: w.now, policy: w.policy()}
	b.policy.Log = w.ledger.policy()
	b.policy.Require = []string{"log"}
	early, err := w.ledger.checkpoint(300, w.ledger.time(299))
	b.earlier = [][]byte{early}
	if err != nil {
		return nil, err
	}
	b.files, err = w.ledger.publish(b.at)
	return b, err
}

// put replaces a file of the folder.
func (b *book) put(name string, data []byte) {
	b.files[name] = data
}

func (b *book) read(name string) []byte { return slices.Clone(b.files[name]) }

// rewritten publishes another history under the same keys, as the log's operator could.
func (b *book) rewritten(entries [][]byte) error {
	l, err := b.ledger.with(entries)
	if err != nil {
		return err
	}
	b.files, err = l.publish(b.at)
	return err
}

// inLog is a fault of a published log.
func inLog(name, does string, want []dossier.Class, do func(w *workshop, b *book) error) Fault {
	return Fault{Name: "log-" + name, Kind: KindLog, Does: does, Want: want, apply: func(w *workshop) (*Package, error) {
		b, err := w.book()
		if err != nil {
			return nil, err
		}
		if err := do(w, b); err != nil {
			return nil, err
		}
		files, err := b.files.fs()
		return &Package{Log: files, Policy: b.policy, Earlier: b.earlier}, err
	}}
}

// Names of files of a published log of bookLeaves leaves.
const (
	fullTile    = "tile/0/001"
	partTile    = "tile/0/002.p/188"
	upperTile   = "tile/1/000.p/2"
	fullBundle  = "tile/entries/001"
	partBundle  = "tile/entries/002.p/188"
	stampedFile = "stamps/700-authority.tsr"
)

func logFaults() []Fault {
	proof, trust, stamped := wants(dossier.ClassProof), wants(dossier.ClassTrust), wants(dossier.ClassTimestamp)
	gone := wants(dossier.ClassProof, dossier.ClassContainer)
	edit := func(name string, change func(b []byte) []byte) func(w *workshop, b *book) error {
		return func(_ *workshop, b *book) error {
			if b.files[name] == nil {
				return errNoPlace
			}
			b.put(name, change(b.read(name)))
			return nil
		}
	}
	flip := func(at int) func(b []byte) []byte {
		return func(b []byte) []byte {
			b[at] ^= 1
			return b
		}
	}
	drop := func(name string) func(w *workshop, b *book) error {
		return func(_ *workshop, b *book) error {
			if b.files[name] == nil {
				return errNoPlace
			}
			delete(b.files, name)
			return nil
		}
	}
	anew := func(change func(e [][]byte) [][]byte) func(w *workshop, b *book) error {
		return func(_ *workshop, b *book) error { return b.rewritten(change(slices.Clone(b.entries))) }
	}
	return slices.Concat([]Fault{
		inLog("tile-edited", "one bit of a full tile", proof, edit(fullTile, flip(77))),
		inLog("tile-partial-edited", "one bit of a partial tile", proof, edit(partTile, flip(5))),
		inLog("tile-upper-edited", "one bit of a tile of the second level", proof, edit(upperTile, flip(40))),
		inLog("bundle-edited", "one leaf was edited, its hash in the tile left", proof, edit(fullBundle, func(b []byte) []byte { return bytes.Replace(b, []byte("capture"), []byte("dossier"), 1) })),
		inLog("bundle-partial-edited", "one bit of a leaf in a partial bundle", proof, edit(partBundle, flip(60))),
		inLog("bundle-and-tile", "one leaf was edited and its hash in the tile made anew, the levels above left", proof, func(_ *workshop, b *book) error {
			e := slices.Clone(b.entries)
			e[300] = bytes.Replace(e[300], []byte("2025"), []byte("2024"), 1)
			l, err := b.ledger.with(e)
			if err != nil {
				return err
			}
			f, err := l.publish(b.at)
			if err == nil {
				b.put(fullTile, f[fullTile])
				b.put(fullBundle, f[fullBundle])
			}
			return err
		}),
		inLog("all-tiles", "one leaf was edited and every tile made anew, the checkpoint left", proof, func(_ *workshop, b *book) error {
			head := b.read("checkpoint")
			cosigned, stamped := b.read("cosigned/700"), b.read(stampedFile)
			e := slices.Clone(b.entries)
			e[600] = entryOf{"object", b.at.Add(-time.Minute), strings.Repeat("a", 64)}.data()
			e[699] = entryOf{"object", b.at.Add(-time.Minute), strings.Repeat("b", 64)}.data()
			if err := b.rewritten(e); err != nil {
				return err
			}
			b.put("checkpoint", head)
			b.put("cosigned/700", cosigned)
			b.put(stampedFile, stamped)
			return nil
		}),
		inLog("tile-missing", "a full tile is missing", gone, drop(fullTile)),
		inLog("bundle-missing", "a bundle of leaves is missing", gone, drop(fullBundle)),
		inLog("tile-upper-missing", "a tile of the second level is missing", gone, drop(upperTile)),
		inLog("checkpoint-missing", "the checkpoint is missing", gone, drop("checkpoint")),
		inLog("tile-short", "a tile that ends one hash early", gone, edit(fullTile, func(b []byte) []byte { return b[:len(b)-32] })),
		inLog("tile-long", "a tile with one hash too many", gone, edit(partTile, func(b []byte) []byte { return append(b, b[:32]...) })),
		inLog("bundle-tail", "bytes after the last leaf of a bundle", gone, edit(partBundle, func(b []byte) []byte { return append(b, 0, 3, 'a', 'b', 'c') })),
		inLog("bundle-length", "a leaf longer than the bundle", gone, edit(partBundle, func(b []byte) []byte { b[0] = 0xff; return b })),
		inLog("leaf-form", "a leaf that is none of ours, in an otherwise sound log", proof, anew(func(e [][]byte) [][]byte {
			e[400] = []byte("veedor/9 something else\n")
			return e
		})),
		inLog("leaf-kind", "a leaf of a kind that there is not", proof, anew(func(e [][]byte) [][]byte {
			e[400] = bytes.Replace(e[400], bytes.Fields(e[400])[1], []byte("secret"), 1)
			return e
		})),
		inLog("back-dated", "a leaf that says it is older than the one before it", append(wants(dossier.ClassTimestamp), proof...), anew(func(e [][]byte) [][]byte {
			e[500] = entryOf{"capture", time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC), strings.Repeat("c", 64)}.data()
			return e
		})),
		inLog("leaf-after-token", "a leaf that says it is younger than the token over it", append(wants(dossier.ClassTimestamp), proof...), anew(func(e [][]byte) [][]byte {
			e[699] = entryOf{"capture", time.Date(2025, 6, 1, 14, 0, 0, 0, time.UTC), strings.Repeat("d", 64)}.data()
			return e
		})),
		inLog("twice", "the same leaf twice", proof, anew(func(e [][]byte) [][]byte {
			f := bytes.Fields(e[650])
			e[690] = bytes.Replace(e[690], bytes.Join(bytes.Fields(e[690])[1:2], nil), f[1], 1)
			e[690] = append(e[690][:len(e[690])-65], append(slices.Clone(f[3]), '\n')...)
			return e
		})),
	}, historyFaults(proof), checkpointFaults(proof, trust, stamped))
}

// historyFaults are another history, signed by the log's own key and its witnesses: found by comparing with a
// checkpoint of 300 leaves that was seen before.
func historyFaults(proof []dossier.Class) []Fault {
	anew := func(change func(e [][]byte) [][]byte) func(w *workshop, b *book) error {
		return func(_ *workshop, b *book) error { return b.rewritten(change(slices.Clone(b.entries))) }
	}
	return []Fault{
		inLog("fork", "another leaf than in the checkpoint that was seen before, everything signed anew", proof, anew(func(e [][]byte) [][]byte {
			e[100] = bytes.Replace(e[100], e[100][len(e[100])-65:len(e[100])-1], bytes.Repeat([]byte("e"), 64), 1)
			return e
		})),
		inLog("deletion", "a leaf was taken out, everything signed anew", proof, anew(func(e [][]byte) [][]byte { return slices.Delete(e, 50, 51) })),
		inLog("insertion", "a leaf was put in between, everything signed anew", proof, anew(func(e [][]byte) [][]byte {
			at := bytes.Fields(e[200])[2]
			return slices.Insert(e, 201, fmt.Appendf(nil, "veedor/1 capture %s %s\n", at, strings.Repeat("f", 64)))
		})),
		inLog("reorder", "two leaves of the same second changed places, everything signed anew", proof, anew(func(e [][]byte) [][]byte {
			for i := 10; i < 290; i++ {
				if bytes.Equal(bytes.Fields(e[i])[2], bytes.Fields(e[i+1])[2]) {
					e[i], e[i+1] = e[i+1], e[i]
					break
				}
			}
			return e
		})),
		inLog("rollback", "the log ends before what was seen of it, everything signed anew", proof, anew(func(e [][]byte) [][]byte { return e[:250] })),
		inLog("re-dated", "every leaf's time one day earlier, everything signed anew", proof, anew(func(e [][]byte) [][]byte {
			for i := range e {
				f := bytes.Fields(e[i])
				at, _ := time.Parse(time.RFC3339, string(f[2])) // written by entryOf
				e[i] = bytes.Replace(e[i], f[2], []byte(at.AddDate(0, 0, -1).Format(time.RFC3339)), 1)
			}
			return e
		})),
		inLog("fork-cosigned", "a cosigned checkpoint of another history of the same size", proof, func(w *workshop, b *book) error {
			e := slices.Clone(b.entries)
			e[699] = entryOf{"object", b.at, strings.Repeat("1", 64)}.data()
			l, err := b.ledger.with(e)
			if err != nil {
				return err
			}
			c, err := l.checkpoint(700, b.at)
			b.put("cosigned/700", c)
			return err
		}),
		inLog("fork-cosigned-early", "a cosigned checkpoint of another history, of a smaller size", proof, func(w *workshop, b *book) error {
			e := slices.Clone(b.entries)
			e[10] = entryOf{"object", b.at, strings.Repeat("2", 64)}.data()
			l, err := b.ledger.with(e)
			if err != nil {
				return err
			}
			c, err := l.checkpoint(400, b.at.Add(-time.Minute))
			b.put("cosigned/400", c)
			return err
		}),
		inLog("rollback-cosigned", "a cosigned checkpoint of more leaves than the log has", proof, func(w *workshop, b *book) error {
			l, err := b.ledger.with(append(slices.Clone(b.entries), entryOf{"object", b.at, strings.Repeat("3", 64)}.data()))
			if err != nil {
				return err
			}
			c, err := l.checkpoint(701, b.at)
			b.put("cosigned/701", c)
			return err
		}),
	}
}

// checkpointFaults are about who signed a checkpoint, and when.
func checkpointFaults(proof, trust, stamped []dossier.Class) []Fault {
	// sign puts another checkpoint of the same tree everywhere.
	sign := func(do func(w *workshop, b *book, text string) ([]byte, error)) func(w *workshop, b *book) error {
		return func(w *workshop, b *book) error {
			text, err := b.text(len(b.entries))
			if err != nil {
				return err
			}
			raw, err := do(w, b, text)
			for _, name := range []string{"checkpoint", "cosigned/700"} {
				b.put(name, raw)
			}
			return err
		}
	}
	// one leaves all but the published checkpoint as it was.
	one := func(do func(w *workshop, b *book, text string) []byte) func(w *workshop, b *book) error {
		return func(w *workshop, b *book) error {
			text, err := b.text(len(b.entries))
			b.put("checkpoint", do(w, b, text))
			delete(b.files, "cosigned/700")
			return err
		}
	}
	token := func(do func(w *workshop, b *book, text string) ([]byte, error)) func(w *workshop, b *book) error {
		return func(w *workshop, b *book) error {
			text, err := b.text(len(b.entries))
			if err != nil {
				return err
			}
			t, err := do(w, b, text)
			b.put(stampedFile, t)
			return err
		}
	}
	all := func(b *book, text string, log *notary, at time.Time) []byte {
		lines := []string{log.sign(text, at)}
		for _, x := range b.witnesses {
			lines = append(lines, x.sign(text, at))
		}
		return note(text, lines...)
	}
	return []Fault{
		inLog("unsigned", "a checkpoint that only witnesses signed", append(wants(dossier.ClassProof), trust...), one(func(w *workshop, b *book, text string) []byte {
			return note(text, b.witnesses[0].sign(text, b.at), b.witnesses[1].sign(text, b.at))
		})),
		inLog("other-key", "a checkpoint signed by another key under the log's name", append(wants(dossier.ClassTrust), proof...), sign(func(w *workshop, b *book, text string) ([]byte, error) {
			return all(b, text, w.c.notary(b.log.name, algorithmNote), b.at), nil
		})),
		inLog("signature-flipped", "one bit of the log's signature", proof, one(func(w *workshop, b *book, text string) []byte {
			raw := all(b, text, b.log, b.at)
			line := strings.Split(strings.TrimPrefix(string(raw[len(text)+1:]), "— "), "\n")[0]
			_, sig, _ := strings.Cut(line, " ")
			bin, _ := base64.StdEncoding.DecodeString(sig) // as sign wrote it
			bin[30] ^= 1
			return bytes.Replace(raw, []byte(sig), []byte(base64.StdEncoding.EncodeToString(bin)), 1)
		})),
		inLog("root-edited", "the root of a checkpoint was edited", proof, one(func(w *workshop, b *book, text string) []byte {
			raw := all(b, text, b.log, b.at)
			sum := sha256.Sum256([]byte("another root"))
			return bytes.Replace(raw, []byte(strings.Split(text, "\n")[2]), []byte(base64.StdEncoding.EncodeToString(sum[:])), 1)
		})),
		inLog("size-edited", "the size of a checkpoint was edited", append(wants(dossier.ClassProof), dossier.ClassContainer), one(func(w *workshop, b *book, text string) []byte {
			return bytes.Replace(all(b, text, b.log, b.at), []byte("\n700\n"), []byte("\n699\n"), 1)
		})),
		inLog("size-zeros", "the size of a checkpoint has a leading zero, signed so", proof, sign(func(w *workshop, b *book, text string) ([]byte, error) {
			return all(b, strings.Replace(text, "\n700\n", "\n0700\n", 1), b.log, b.at), nil
		})),
		inLog("origin", "a checkpoint of a log of another name, signed by the same key", append(wants(dossier.ClassProof), trust...), sign(func(w *workshop, b *book, text string) ([]byte, error) {
			return all(b, strings.Replace(text, "log.example", "gol.example", 1), b.log, b.at), nil
		})),
		inLog("no-note", "a checkpoint that is no signed note", proof, sign(func(w *workshop, b *book, text string) ([]byte, error) { return []byte(text), nil })),
		inLog("quorum", "cosigned by one witness, where the policy wants two", trust, sign(func(w *workshop, b *book, text string) ([]byte, error) {
			return note(text, b.log.sign(text, b.at), b.witnesses[0].sign(text, b.at)), nil
		})),
		inLog("quorum-twice", "cosigned by one witness twice, where the policy wants two", append(wants(dossier.ClassTrust), proof...), sign(func(w *workshop, b *book, text string) ([]byte, error) {
			return note(text, b.log.sign(text, b.at), b.witnesses[0].sign(text, b.at), b.witnesses[0].sign(text, b.at.Add(time.Second))), nil
		})),
		inLog("cosignature-other", "a cosignature that is of another checkpoint", proof, sign(func(w *workshop, b *book, text string) ([]byte, error) {
			early, err := b.text(300)
			return note(text, b.log.sign(text, b.at), b.witnesses[0].sign(text, b.at), b.witnesses[1].sign(early, b.at)), err
		})),
		inLog("cosignature-time", "the time of a cosignature was edited", proof, sign(func(w *workshop, b *book, text string) ([]byte, error) {
			line := b.witnesses[1].sign(text, b.at)
			head, sig, _ := strings.Cut(strings.TrimPrefix(line, "— "), " ")
			bin, err := base64.StdEncoding.DecodeString(strings.TrimSpace(sig))
			bin[11] ^= 0x40
			return note(text, b.log.sign(text, b.at), b.witnesses[0].sign(text, b.at), "— "+head+" "+base64.StdEncoding.EncodeToString(bin)+"\n"), err
		})),
		inLog("cosignature-plain", "a witness's signature over the text alone, without its time", append(wants(dossier.ClassProof), trust...), sign(func(w *workshop, b *book, text string) ([]byte, error) {
			plain := *b.witnesses[1]
			plain.algorithm = algorithmNote
			return note(text, b.log.sign(text, b.at), b.witnesses[0].sign(text, b.at), plain.sign(text, b.at)), nil
		})),
		inLog("cosigned-early", "cosigned an hour before the newest leaf's time", stamped, sign(func(w *workshop, b *book, text string) ([]byte, error) {
			at := b.at.Add(-3 * time.Hour)
			return note(text, b.log.sign(text, at), b.witnesses[0].sign(text, at), b.witnesses[1].sign(text, at)), nil
		})),
		inLog("token-other", "a token of another checkpoint", stamped, token(func(w *workshop, b *book, text string) ([]byte, error) {
			return b.tsa.stamp([]byte(strings.Replace(text, "\n700\n", "\n800\n", 1)), b.at)
		})),
		inLog("token-of-note", "a token of the checkpoint with its signatures, not of its text", stamped, token(func(w *workshop, b *book, text string) ([]byte, error) {
			return b.tsa.stamp(b.read("checkpoint"), b.at)
		})),
		inLog("token-early", "a token older than the leaves that it covers", stamped, token(func(w *workshop, b *book, text string) ([]byte, error) {
			return b.tsa.stamp([]byte(text), b.at.Add(-5*time.Hour))
		})),
		inLog("token-damaged", "a token that is none", stamped, token(func(*workshop, *book, string) ([]byte, error) { return []byte("no token"), nil })),
		inLog("token-flipped", "one bit of a token's signature", stamped, token(func(w *workshop, b *book, text string) ([]byte, error) {
			t, err := b.tsa.stamp([]byte(text), b.at)
			t[len(t)-4] ^= 2
			return t, err
		})),
		inLog("token-stranger", "a token by an authority that the reader does not trust", append(wants(dossier.ClassTrust), stamped...), token(func(w *workshop, b *book, text string) ([]byte, error) {
			a, err := w.c.issue(usage{name: "Time Authority", stamping: true, from: w.now.AddDate(0, -1, 0), to: w.now.AddDate(0, 2, 0)})
			if err != nil {
				return nil, err
			}
			return a.stamp([]byte(text), b.at)
		})),
		inLog("token-purpose", "a token by a certificate that is not for time-stamps", stamped, token(func(w *workshop, b *book, text string) ([]byte, error) {
			a := *b.tsa
			if err := w.reissue(&a, usage{name: "www.time.example", server: true}); err != nil {
				return nil, err
			}
			return a.stamp([]byte(text), b.at)
		})),
	}
}
