package dossier

import (
	"context"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strings"
	"testing"

	"filippo.io/mldsa"
)

func canceled(t *testing.T) context.Context {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	return ctx
}

// The keys and the note are those of the examples in golang.org/x/mod/sumdb/note, which C2SP signed-note describes.
const (
	peterVKey = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
	peterNote = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n\n" +
		"— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)

func TestNote(t *testing.T) {
	k, err := parseVKey(peterVKey)
	if err != nil {
		t.Fatal(err)
	}
	n, err := parseNote([]byte(peterNote))
	if err != nil {
		t.Fatal(err)
	}
	if !k.made(&n.sigs[0]) {
		t.Error("the key does not know its signature")
	}
	if _, err := k.verify(n.text, n.sigs[0].sig); err != nil {
		t.Error(err)
	}
	if _, err := k.verify(n.text+"x", n.sigs[0].sig); err == nil {
		t.Error("a changed text is accepted")
	}
}

func TestNoteRefused(t *testing.T) {
	for name, s := range map[string]string{
		"empty":                 "",
		"no signature":          "text\n\n",
		"no empty line":         "text\n— a AAAAAAAA\n",
		"no last line end":      strings.TrimSuffix(peterNote, "\n"),
		"a tab":                 "a\tb" + peterNote,
		"a carriage return":     strings.Replace(peterNote, "problem is.\n", "problem is.\r\n", 1),
		"not UTF-8":             "\xff" + peterNote,
		"hyphen for dash":       strings.Replace(peterNote, "— ", "- ", 1),
		"a name with plus":      strings.Replace(peterNote, "— Peter", "— +Peter", 1),
		"a name with nbsp":      strings.Replace(peterNote, "— Peter", "— \u00a0Peter", 1),
		"loose base64":          strings.Replace(peterNote, "nAM=", "nAN=", 1),
		"base64 without end":    strings.Replace(peterNote, "nAM=", "nAM", 1),
		"a key id only":         "t\n\n— a AAAAAA==\n",
		"a text after the last": peterNote + "x\n",
		"too many signatures":   "t\n\n" + strings.Repeat("— a AAAAAAAA\n", maxSignatures+1),
		"too long":              strings.Repeat("x", maxNote) + peterNote,
	} {
		if _, err := parseNote([]byte(s)); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func TestVKeyRefused(t *testing.T) {
	for _, s := range []string{"", "a", "a+b", "a+c74f20a3+", "+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
		strings.Replace(peterVKey, "c74f20a3", "c74f20a4", 1), strings.Replace(peterVKey, "Peter", "Petra", 1), peterVKey + "AA",
		strings.Replace(peterVKey, "+ARpc", "+BRpc", 1)} {
		if _, err := parseVKey(s); err == nil {
			t.Errorf("%q: accepted", s)
		}
	}
}

// TestCheckpointExample reads the example of C2SP tlog-cosignature: its form, and the time of the cosignature.
func TestCheckpointExample(t *testing.T) {
	const example = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n" +
		"— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n" +
		"— witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==\n"
	c, err := parseCheckpoint([]byte(example))
	if err != nil {
		t.Fatal(err)
	}
	if c.origin != "example.com/behind-the-sofa" || c.size != 20852163 || hex.EncodeToString(c.root[:4]) != "0ac5186a" || len(c.sigs) != 2 {
		t.Errorf("%+v", c)
	}
	if c.sigs[0].id != 0x033de0ae || len(c.sigs[0].sig) != ed25519.SignatureSize || len(c.sigs[1].sig) != 8+ed25519.SignatureSize {
		t.Errorf("signatures: %x", c.sigs)
	}
	if got := base64.StdEncoding.EncodeToString(c.sigs[1].sig[:8]); got != "AAAAAGQYUMs=" { // 1679315147 seconds
		t.Errorf("time of the cosignature: %s", got)
	}
}

func TestCheckpointRefused(t *testing.T) {
	l := newTestLog(3)
	good := string(l.checkpoint(3))
	root := strings.Split(good, "\n")[2]
	for name, s := range map[string]string{
		"size with zero":      strings.Replace(good, "\n3\n", "\n03\n", 1),
		"size with sign":      strings.Replace(good, "\n3\n", "\n+3\n", 1),
		"negative size":       strings.Replace(good, "\n3\n", "\n-3\n", 1),
		"size too large":      strings.Replace(good, "\n3\n", "\n9223372036854775808\n", 1),
		"size in hex":         strings.Replace(good, "\n3\n", "\n0x3\n", 1),
		"short root":          strings.Replace(good, root, "AAAA", 1),
		"root in base64url":   strings.Replace(good, root, strings.Repeat("_", 43)+"=", 1),
		"no root":             strings.Replace(good, root+"\n", "", 1),
		"empty origin":        strings.Replace(good, testOrigin+"\n", "\n", 1),
		"empty extension":     strings.Replace(good, root+"\n", root+"\n\nx\n", 1),
		"empty tree, a root":  strings.Replace(good, "\n3\n", "\n0\n", 1),
		"nothing but newline": "\n\n\n\n",
	} {
		if _, err := parseCheckpoint([]byte(s)); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	if _, err := parseCheckpoint([]byte(good)); err != nil {
		t.Error(err)
	}
}

func TestCosignature(t *testing.T) {
	w := newTestKey("witness.example/w", algCosignature)
	l := newTestLog(3)
	k, err := parseVKey(w.vkey())
	if err != nil {
		t.Fatal(err)
	}
	n, err := parseNote(l.cosigned(3, 1234))
	if err != nil {
		t.Fatal(err)
	}
	sig := n.sigs[1].sig
	if at, err := k.verify(n.text, sig); err != nil || at != 1234 {
		t.Error(at, err)
	}
	for name, change := range map[string]func(b []byte) []byte{
		"another time": func(b []byte) []byte { b[7]++; return b },
		"no time":      func(b []byte) []byte { return b[8:] },
		"longer":       func(b []byte) []byte { return append(b, 0) },
		"a bit":        func(b []byte) []byte { b[20] ^= 4; return b },
		"past 2^63":    func(b []byte) []byte { b[0] = 0x80; return b },
	} {
		if _, err := k.verify(n.text, change(append([]byte{}, sig...))); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func TestMLDSACosignature(t *testing.T) {
	priv, err := mldsa.NewPrivateKey(mldsa.MLDSA44(), make([]byte, mldsa.PrivateKeySize))
	if err != nil {
		t.Fatal(err)
	}
	const name = "witness.example/pq"
	pub := priv.PublicKey().Bytes()
	k, err := parseVKey(fmt.Sprintf("%s+%08x+%s", name, keyID(name, algMLDSA, pub), base64.StdEncoding.EncodeToString(append([]byte{algMLDSA}, pub...))))
	if err != nil {
		t.Fatal(err)
	}
	l := newTestLog(3)
	root := l.root(3)
	message := fmt.Appendf(nil, "subtree/v1\n\x00%c%s\x00\x00\x00\x00\x00\x00\x04\xd2%c%s\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x03%s", len(name), name, len(testOrigin), testOrigin, root[:])
	sig, err := priv.Sign(nil, message, &mldsa.Options{})
	if err != nil {
		t.Fatal(err)
	}
	sig = append([]byte{0, 0, 0, 0, 0, 0, 4, 0xd2}, sig...)
	if at, err := k.verify(l.text(3), sig); err != nil || at != 1234 {
		t.Error(at, err)
	}
	for name, bad := range map[string][]byte{"another time": append([]byte{0, 0, 0, 0, 0, 0, 4, 0xd3}, sig[8:]...), "shorter": sig[:len(sig)-1], "empty": nil} {
		if _, err := k.verify(l.text(3), bad); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	for _, text := range []string{l.text(2), "", "a\nb\nc\n", "a\n3\nAAAA\n"} {
		if _, err := k.verify(text, sig); err == nil {
			t.Errorf("%q: accepted", text)
		}
	}
}

func TestLogPolicy(t *testing.T) {
	key := func(i int) string { return newTestKey(fmt.Sprint("w", i), algCosignature).vkey() }
	logKey := newTestKey("log", algEd25519).vkey()
	text := "# a policy\n log " + logKey + " https://log.example\n\n" +
		"witness X1 " + key(1) + "\nwitness X2\t" + key(2) + " https://w\nwitness X3 " + key(3) + "\ngroup X-witnesses 2 X1 X2 X3\n" +
		"witness Y1 " + key(4) + "\nwitness Y2 " + key(5) + "\ngroup Y-witnesses any Y1 Y2\ngroup both all X-witnesses Y-witnesses\nquorum both\n"
	p, err := ParsePolicy([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	l, err := parseLogPolicy(p.Log)
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		seen string
		want bool
	}{{"", false}, {"X1 X2", false}, {"X1 X2 Y1", true}, {"X1 Y1 Y2", false}, {"X1 X2 X3 Y2", true}} {
		seen := map[string]bool{}
		for _, s := range strings.Fields(tc.seen) {
			seen[s] = true
		}
		if got := l.reached(l.quorum, seen); got != tc.want {
			t.Errorf("%q: %v", tc.seen, got)
		}
	}
	for name, bad := range map[string]string{
		"no quorum":              "log " + logKey,
		"two quorums":            "quorum none\nquorum none",
		"quorum unknown":         "quorum x",
		"quorum before":          "quorum w\nwitness w " + key(1),
		"a log twice":            "log " + logKey + "\nlog " + logKey + "\nquorum none",
		"a witness key twice":    "witness a " + key(1) + "\nwitness b " + key(1) + "\nquorum none",
		"a name twice":           "witness a " + key(1) + "\nwitness a " + key(2) + "\nquorum none",
		"a witness called none":  "witness none " + key(1) + "\nquorum none",
		"a member twice":         "witness a " + key(1) + "\ngroup g any a\ngroup h any a\nquorum g",
		"a member of itself":     "witness a " + key(1) + "\ngroup g any g\nquorum g",
		"too many of too few":    "witness a " + key(1) + "\ngroup g 2 a\nquorum g",
		"none of some":           "witness a " + key(1) + "\ngroup g 0 a\nquorum g",
		"none is no member":      "group g any none\nquorum g",
		"a witness with log key": "witness a " + logKey + "\nquorum none",
		"unknown line":           "wittness a b\nquorum none",
		"control character":      "quorum none\r",
		"a vertical tab":         "quorum\vnone",
	} {
		if _, err := parseLogPolicy(strings.Split(bad, "\n")); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func FuzzNote(f *testing.F) {
	f.Add([]byte(peterNote))
	f.Fuzz(func(t *testing.T, b []byte) {
		n, err := parseNote(b)
		if err == nil && (n.text == "" || !strings.HasSuffix(n.text, "\n") || len(n.sigs) == 0) {
			t.Errorf("%+v", n)
		}
	})
}

func FuzzCheckpoint(f *testing.F) {
	f.Add(newTestLog(5).cosigned(5, 77))
	f.Fuzz(func(t *testing.T, b []byte) {
		if c, err := parseCheckpoint(b); err == nil && (c.size < 0 || c.origin == "") {
			t.Errorf("%+v", c)
		}
	})
}
