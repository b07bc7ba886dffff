package dossier

import (
	"crypto/ed25519"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"strings"

	"filippo.io/mldsa"
)

// verifyCosignature checks an Ed25519 cosignature/v1 (C2SP tlog-cosignature) and returns its time.
func (k *vkey) verifyCosignature(text string, sig []byte) (int64, error) {
	if len(sig) != 8+ed25519.SignatureSize {
		return 0, fmt.Errorf("the cosignature of %s has %d bytes, want %d", k.name, len(sig), 8+ed25519.SignatureSize)
	}
	at := binary.BigEndian.Uint64(sig)
	if at > math.MaxInt64 {
		return 0, fmt.Errorf("the cosignature of %s has an impossible time", k.name)
	}
	if !ed25519.Verify(k.pub, fmt.Appendf(nil, "cosignature/v1\ntime %d\n%s", at, text), sig[8:]) {
		return 0, fmt.Errorf("the cosignature of %s does not hold", k.name)
	}
	return int64(at), nil
}

// verifyMLDSA checks an ML-DSA-44 cosignature of a checkpoint (subtree/v1 from the first leaf) and returns its time,
// 0 where the cosigner does not say that it had seen no larger tree.
func (k *vkey) verifyMLDSA(text string, sig []byte) (int64, error) {
	if len(sig) != 8+mldsa.MLDSA44SignatureSize {
		return 0, fmt.Errorf("the cosignature of %s has %d bytes, want %d", k.name, len(sig), 8+mldsa.MLDSA44SignatureSize)
	}
	at := binary.BigEndian.Uint64(sig)
	lines := strings.SplitN(text, "\n", 4)
	if at > math.MaxInt64 || len(lines) < 4 || len(lines[0]) > 255 || len(k.name) > 255 {
		return 0, fmt.Errorf("the cosignature of %s is of no checkpoint, or has an impossible time", k.name)
	}
	size, err := parseDecimal(lines[1])
	root, err2 := decodeBase64(lines[2])
	pub, err3 := mldsa.NewPublicKey(mldsa.MLDSA44(), k.pub)
	if err := errors.Join(err, err2, err3); err != nil || len(root) != len(hash{}) {
		return 0, fmt.Errorf("the cosignature of %s is of no checkpoint: %w", k.name, err)
	}
	m := []byte("subtree/v1\n\x00")
	m = append(append(m, byte(len(k.name))), k.name...)
	m = binary.BigEndian.AppendUint64(m, at)
	m = append(append(m, byte(len(lines[0]))), lines[0]...)
	m = binary.BigEndian.AppendUint64(m, 0)
	m = binary.BigEndian.AppendUint64(m, uint64(size))
	if mldsa.Verify(pub, append(m, root...), sig[8:], nil) != nil {
		return 0, fmt.Errorf("the cosignature of %s does not hold", k.name)
	}
	return int64(at), nil
}

// cosignature is a witness's statement that holds.
type cosignature struct {
	witness string // name of its key
	at      int64  // Unix seconds, 0 where it says nothing of time
}

// signed is what the keys of a policy say of a note.
type signed struct {
	logs    []string // names of trusted logs that signed it
	cosigs  []cosignature
	quorum  bool
	unknown int // signatures by keys that the policy does not name; they are ignored
}

// judge checks every signature on a checkpoint that claims to be by a key of the policy. A signature by such a key
// that does not hold is returned in bad: the note is then to be rejected as a whole.
func (p *logPolicy) judge(c *checkpoint) (out signed, bad []error) {
	if p == nil {
		return out, nil
	}
	seen := map[string]bool{}
	for i := range c.sigs {
		s := &c.sigs[i]
		known := false
		for j := range p.logs {
			if k := &p.logs[j]; k.made(s) && k.name == c.origin {
				known = true
				if _, err := k.verify(c.text, s.sig); err != nil {
					bad = append(bad, err)
					continue
				}
				out.logs = append(out.logs, k.name)
			}
		}
		for name, k := range p.witnesses {
			if !k.made(s) {
				continue
			}
			known = true
			at, err := k.verify(c.text, s.sig)
			if err != nil {
				bad = append(bad, err)
				continue
			}
			seen[name] = true
			out.cosigs = append(out.cosigs, cosignature{k.name, at})
		}
		if !known {
			out.unknown++
			if k := p.mislabelled(c.text, s); k != "" {
				bad = append(bad, fmt.Errorf("a signature by the key of %s stands under another name or id", k))
			}
		}
	}
	out.quorum = p.reached(p.quorum, seen)
	return out, bad
}

// mislabelled returns the name of the known key that made a signature which claims to be by another.
func (p *logPolicy) mislabelled(text string, s *noteSig) string {
	for j := range p.logs {
		if _, err := p.logs[j].verify(text, s.sig); err == nil {
			return p.logs[j].name
		}
	}
	for _, k := range p.witnesses {
		if _, err := k.verify(text, s.sig); err == nil {
			return k.name
		}
	}
	return ""
}
