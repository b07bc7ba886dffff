package fault

import (
	"archive/zip"
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/tlog"
)

// Kinds of signatures on a note (C2SP signed-note).
const (
	algorithmNote   = 0x01 // Ed25519 over the text
	algorithmCosign = 0x04 // cosignature/v1
)

// notary signs notes under a name: a log, or a witness.
type notary struct {
	name      string
	key       ed25519.PrivateKey
	algorithm byte
}

func (c chance) notary(name string, algorithm byte) *notary {
	seed := make([]byte, ed25519.SeedSize)
	for i := range seed {
		seed[i] = byte(c.Uint32())
	}
	return &notary{name, ed25519.NewKeyFromSeed(seed), algorithm}
}

func (n *notary) public() []byte {
	return append([]byte{n.algorithm}, n.key.Public().(ed25519.PublicKey)...)
}

func (n *notary) id() []byte {
	sum := sha256.Sum256(append([]byte(n.name+"\n"), n.public()...))
	return sum[:4]
}

// vkey is the public key as policies name it.
func (n *notary) vkey() string {
	return n.name + "+" + hex.EncodeToString(n.id()) + "+" + base64.StdEncoding.EncodeToString(n.public())
}

// sign returns a signature line over a note's text. Witnesses say when.
func (n *notary) sign(text string, at time.Time) string {
	b := slices.Clone(n.id())
	message := []byte(text)
	if n.algorithm == algorithmCosign {
		message = fmt.Appendf(nil, "cosignature/v1\ntime %d\n%s", at.Unix(), text)
		b = binary.BigEndian.AppendUint64(b, uint64(at.Unix()))
	}
	b = append(b, ed25519.Sign(n.key, message)...)
	return "— " + n.name + " " + base64.StdEncoding.EncodeToString(b) + "\n"
}

// entryOf is one leaf of a ledger.
type entryOf struct {
	kind string
	at   time.Time
	hash string
}

func (e entryOf) data() []byte {
	return fmt.Appendf(nil, "veedor/1 %s %s %s\n", e.kind, e.at.UTC().Format(time.RFC3339), e.hash)
}

// ledger is a transparency log in memory, with everything in the hands of whoever would forge it.
type ledger struct {
	log       *notary
	witnesses []*notary
	tsa       *anchor
	entries   [][]byte
	stored    []tlog.Hash
}

// time is when the log learnt of an entry, as its leaf says.
func (l *ledger) time(index int) time.Time {
	f := strings.Fields(string(l.entries[index]))
	at, _ := time.Parse(time.RFC3339, f[2]) // as entryOf wrote it
	return at
}

// hashes lets the library read what was stored.
func (l *ledger) hashes() tlog.HashReader {
	return tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		out := make([]tlog.Hash, len(indexes))
		for i, x := range indexes {
			if x >= int64(len(l.stored)) {
				return nil, errors.New("no such hash")
			}
			out[i] = l.stored[x]
		}
		return out, nil
	})
}

func (l *ledger) add(data []byte) error {
	h, err := tlog.StoredHashes(int64(len(l.entries)), data, l.hashes())
	if err != nil {
		return fmt.Errorf("add to ledger: %w", err)
	}
	l.entries, l.stored = append(l.entries, data), append(l.stored, h...)
	return nil
}

// with returns a ledger of the same keys that holds other entries.
func (l *ledger) with(entries [][]byte) (*ledger, error) {
	out := &ledger{log: l.log, witnesses: l.witnesses, tsa: l.tsa}
	for _, e := range entries {
		if err := out.add(e); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// text is the body of a checkpoint of the first leaves.
func (l *ledger) text(size int) (string, error) {
	root, err := tlog.TreeHash(int64(size), l.hashes())
	if err != nil {
		return "", fmt.Errorf("root of ledger: %w", err)
	}
	return fmt.Sprintf("%s\n%d\n%s\n", l.log.name, size, root), nil
}

// note is a text with its signatures.
func note(text string, lines ...string) []byte { return []byte(text + "\n" + strings.Join(lines, "")) }

// checkpoint is one of the first leaves, signed by the log and cosigned by the witnesses at a time.
func (l *ledger) checkpoint(size int, at time.Time) ([]byte, error) {
	text, err := l.text(size)
	if err != nil {
		return nil, err
	}
	lines := []string{l.log.sign(text, at)}
	for _, w := range l.witnesses {
		lines = append(lines, w.sign(text, at))
	}
	return note(text, lines...), nil
}

// proof is a tlog-proof of one leaf under a checkpoint of the first leaves.
func (l *ledger) proof(index, size int, checkpoint []byte) ([]byte, error) {
	p, err := tlog.ProveRecord(int64(size), int64(index), l.hashes())
	if err != nil {
		return nil, fmt.Errorf("prove entry of ledger: %w", err)
	}
	return proofText(l.entries[index], index, p, checkpoint), nil
}

func proofText(data []byte, index int, hashes []tlog.Hash, checkpoint []byte) []byte {
	var b strings.Builder
	fmt.Fprintf(&b, "c2sp.org/tlog-proof@v1\nextra %s\nindex %d\n", base64.StdEncoding.EncodeToString(data), index)
	for _, h := range hashes {
		b.WriteString(h.String() + "\n")
	}
	b.WriteString("\n")
	b.Write(checkpoint)
	return []byte(b.String())
}

// number writes the number of a tile as tlog-tiles does.
func number(n int) string {
	s := fmt.Sprintf("%03d", n%1000)
	for n >= 1000 {
		n /= 1000
		s = fmt.Sprintf("x%03d/%s", n%1000, s)
	}
	return s
}

// publish returns the log as it is published: checkpoint, tiles, bundles, what was cosigned and stamped.
func (l *ledger) publish(at time.Time) (folder, error) {
	out := folder{}
	put := func(name string, data []byte) { out[name] = data }
	size := len(l.entries)
	head, err := l.checkpoint(size, at)
	if err != nil {
		return nil, err
	}
	put("checkpoint", head)
	put("key.pub", []byte(l.log.vkey()+"\n"))
	for level, n := 0, size; n > 0; level, n = level+1, n>>8 {
		for i := 0; i*256 < n; i++ {
			width := min(256, n-i*256)
			name := number(i)
			if width < 256 {
				name += fmt.Sprintf(".p/%d", width)
			}
			var tile []byte
			for j := range width {
				h := l.stored[tlog.StoredHashIndex(8*level, int64(i*256+j))]
				tile = append(tile, h[:]...)
			}
			put(fmt.Sprintf("tile/%d/%s", level, name), tile)
			if level == 0 {
				var bundle []byte
				for _, e := range l.entries[i*256 : i*256+width] {
					bundle = append(binary.BigEndian.AppendUint16(bundle, uint16(len(e))), e...)
				}
				put("tile/entries/"+name, bundle)
			}
		}
	}
	put(fmt.Sprintf("cosigned/%d", size), head)
	text, err := l.text(size)
	if err != nil {
		return nil, err
	}
	token, err := l.tsa.stamp([]byte(text), at.Add(time.Minute))
	put(fmt.Sprintf("stamps/%d-authority.tsr", size), token)
	return out, err
}

// policy is that of a reader who knows the log and wants two of its witnesses.
func (l *ledger) policy() []string {
	out := []string{"log " + l.log.vkey()}
	names := ""
	for i, w := range l.witnesses {
		out = append(out, fmt.Sprintf("witness w%d %s", i, w.vkey()))
		names += fmt.Sprintf(" w%d", i)
	}
	return append(out, "group all-of-them 2"+names, "quorum all-of-them")
}

// ledger makes a log of n leaves, one every few seconds from start on.
func (w *workshop) newLedger(n int, start time.Time) (*ledger, error) {
	l := &ledger{log: w.c.notary("log.example/veedor", algorithmNote), tsa: w.domain.tsa}
	for i := range 3 {
		l.witnesses = append(l.witnesses, w.c.notary(fmt.Sprintf("witness%d.example", i), algorithmCosign))
	}
	kinds := []string{"object", "capture", "event", "incident", "dossier"}
	for i := range n {
		start = start.Add(time.Duration(w.c.IntN(3)) * time.Second)
		if err := l.add(entryOf{kinds[w.c.IntN(5)], start, hexSum(fmt.Appendf(nil, "leaf %d of %d", i, w.c.Uint32()))}.data()); err != nil {
			return nil, err
		}
	}
	return l, nil
}

// folder is a folder of files in memory.
type folder map[string][]byte

// fs lets others read the folder.
func (f folder) fs() (fs.FS, error) {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for name, data := range f {
		e, err := w.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Store})
		if err != nil {
			return nil, err
		}
		if _, err := e.Write(data); err != nil {
			return nil, err
		}
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return zip.NewReader(bytes.NewReader(b.Bytes()), int64(b.Len()))
}

func b64(b []byte) string { return base64.StdEncoding.EncodeToString(b) }
