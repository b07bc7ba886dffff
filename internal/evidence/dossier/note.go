package dossier

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"filippo.io/mldsa"
)

// Limits on signed notes (C2SP signed-note asks for at least 16 signatures of up to 5 kB).
const (
	maxNote       = 512 << 10
	maxSignatures = 64
)

// Types of note keys (C2SP signed-note, tlog-cosignature).
const (
	algEd25519     = 0x01
	algCosignature = 0x04 // Ed25519, with a time
	algMLDSA       = 0x06 // ML-DSA-44, with a time
)

// note is a signed note (C2SP signed-note), read and not yet believed.
type note struct {
	text string // with its last newline
	sigs []noteSig
}

// noteSig is one signature line.
type noteSig struct {
	name string
	id   uint32
	sig  []byte
}

// parseNote reads a signed note and refuses what the specification does not allow.
func parseNote(b []byte) (note, error) {
	switch {
	case len(b) > maxNote:
		return note{}, fmt.Errorf("read note: %d bytes, the limit is %d", len(b), maxNote)
	case !utf8.Valid(b):
		return note{}, errors.New("read note: not UTF-8")
	}
	for _, c := range b {
		if c < 0x20 && c != '\n' {
			return note{}, fmt.Errorf("read note: control character %#x", c)
		}
	}
	s := string(b)
	i := strings.LastIndex(s, "\n\n")
	if i < 0 {
		return note{}, errors.New("read note: no empty line before the signatures")
	}
	n := note{text: s[:i+1]}
	rest, ok := strings.CutSuffix(s[i+2:], "\n")
	if !ok || rest == "" {
		return note{}, errors.New("read note: no signature, or the last line has no end")
	}
	lines := strings.Split(rest, "\n")
	if len(lines) > maxSignatures {
		return note{}, fmt.Errorf("read note: %d signatures, the limit is %d", len(lines), maxSignatures)
	}
	for _, line := range lines {
		sig, err := parseNoteSig(line)
		if err != nil {
			return note{}, fmt.Errorf("read note: %w", err)
		}
		n.sigs = append(n.sigs, sig)
	}
	return n, nil
}

func parseNoteSig(line string) (noteSig, error) {
	rest, ok := strings.CutPrefix(line, "— ")
	name, b64, ok2 := strings.Cut(rest, " ")
	if !ok || !ok2 || !validKeyName(name) {
		return noteSig{}, fmt.Errorf("signature line %.80q: want — NAME SIGNATURE", line)
	}
	raw, err := decodeBase64(b64)
	if err != nil || len(raw) < 5 {
		return noteSig{}, fmt.Errorf("signature of %.80q is not base64 of 5 bytes or more", name)
	}
	return noteSig{name: name, id: binary.BigEndian.Uint32(raw), sig: raw[4:]}, nil
}

// decodeBase64 reads standard base64 in its only canonical form.
func decodeBase64(s string) ([]byte, error) {
	if strings.ContainsAny(s, "\r\n") {
		return nil, errors.New("decode base64: a line end within")
	}
	return base64.StdEncoding.Strict().DecodeString(s)
}

func validKeyName(name string) bool {
	return name != "" && utf8.ValidString(name) && !strings.ContainsFunc(name, func(r rune) bool { return unicode.IsSpace(r) || r == '+' || r < 0x20 })
}

// vkey is a key that verifies notes.
type vkey struct {
	name string
	id   uint32
	alg  byte
	pub  []byte
}

// parseVKey reads NAME+ID+KEY: the id in 8 hex digits, the key as base64 of its type and its bytes.
func parseVKey(s string) (vkey, error) {
	parts := strings.SplitN(s, "+", 3) // base64 may hold '+', names and ids do not
	if len(parts) != 3 || !validKeyName(parts[0]) || len(parts[1]) != 8 {
		return vkey{}, fmt.Errorf("read key %.100q: want NAME+ID+KEY", s)
	}
	id, err := hex.DecodeString(parts[1])
	if err != nil {
		return vkey{}, fmt.Errorf("read key %.100q: its id is not 8 hex digits", s)
	}
	raw, err := decodeBase64(parts[2])
	if err != nil || len(raw) < 2 {
		return vkey{}, fmt.Errorf("read key %.100q: its key is not base64", s)
	}
	k := vkey{name: parts[0], id: binary.BigEndian.Uint32(id), alg: raw[0], pub: raw[1:]}
	size, ok := map[byte]int{algEd25519: ed25519.PublicKeySize, algCosignature: ed25519.PublicKeySize, algMLDSA: mldsa.MLDSA44PublicKeySize}[k.alg]
	if !ok {
		return vkey{}, fmt.Errorf("read key of %s: its type is %#x, this program knows Ed25519 (0x01) and cosignatures by Ed25519 (0x04) and ML-DSA-44 (0x06)", k.name, k.alg)
	}
	if len(k.pub) != size {
		return vkey{}, fmt.Errorf("read key of %s: %d bytes, want %d", k.name, len(k.pub), size)
	}
	if keyID(k.name, k.alg, k.pub) != k.id {
		return vkey{}, fmt.Errorf("read key of %s: its id is not that of its name and key", k.name)
	}
	return k, nil
}

func keyID(name string, alg byte, pub []byte) uint32 {
	sum := sha256.Sum256(slices.Concat([]byte(name), []byte{'\n', alg}, pub))
	return binary.BigEndian.Uint32(sum[:])
}

// made says whether the signature claims to be by the key.
func (k *vkey) made(s *noteSig) bool { return k.name == s.name && k.id == s.id }

// verify checks the signature over the text of a note. A cosignature also says when it was made, in Unix seconds.
func (k *vkey) verify(text string, sig []byte) (at int64, err error) {
	switch k.alg {
	case algCosignature:
		return k.verifyCosignature(text, sig)
	case algMLDSA:
		return k.verifyMLDSA(text, sig)
	}
	if len(sig) != ed25519.SignatureSize || !ed25519.Verify(k.pub, []byte(text), sig) {
		return 0, fmt.Errorf("the signature of %s does not hold", k.name)
	}
	return 0, nil
}
