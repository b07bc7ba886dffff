package dossier

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strings"
	"testing"
)

// rfc6962 are the leaves and roots that Certificate Transparency's implementations share as test vectors.
var rfc6962 = struct{ leaves, roots []string }{
	leaves: []string{"", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"},
	roots: []string{
		"6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
		"fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
		"aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
		"d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
		"4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
		"76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
		"ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
		"5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
	},
}

func rfcLeaves(t testing.TB) []hash {
	var out []hash
	for _, s := range rfc6962.leaves {
		b, err := hex.DecodeString(s)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, leafHash(b))
	}
	return out
}

// mth, auditPath and subproof are RFC 6962, 2.1 to 2.1.2, word for word.
func mth(d []hash) hash {
	switch len(d) {
	case 0:
		return emptyRoot()
	case 1:
		return d[0]
	}
	k := split(len(d))
	return nodeHash(mth(d[:k]), mth(d[k:]))
}

func split(n int) int {
	k := 1
	for k*2 < n {
		k *= 2
	}
	return k
}

func auditPath(m int, d []hash) []hash {
	if len(d) <= 1 {
		return nil
	}
	k := split(len(d))
	if m < k {
		return append(auditPath(m, d[:k]), mth(d[k:]))
	}
	return append(auditPath(m-k, d[k:]), mth(d[:k]))
}

func TestMerkleVectors(t *testing.T) {
	if got := emptyRoot().String(); got != "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" {
		t.Error(got)
	}
	leaves := rfcLeaves(t)
	var tr tree
	for i, l := range leaves {
		tr.add(l)
		if got := tr.root().String(); got != rfc6962.roots[i] {
			t.Errorf("%d leaves: %s", i+1, got)
		}
		if got := mth(leaves[:i+1]); got != tr.root() {
			t.Errorf("%d leaves: the recursive definition gives %s", i+1, got)
		}
	}
	// The inclusion proof of leaf 0 in 8, as in RFC 6962's vectors.
	want := "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7 5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e 6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4"
	var got []string
	for _, h := range auditPath(0, leaves) {
		got = append(got, h.String())
	}
	if strings.Join(got, " ") != want {
		t.Error(got)
	}
}

func TestProofs(t *testing.T) {
	var leaves []hash
	for i := range 70 {
		leaves = append(leaves, leafHash(fmt.Append(nil, i)))
	}
	for n := 1; n <= len(leaves); n++ {
		root := mth(leaves[:n])
		for m := range n {
			p := auditPath(m, leaves[:n])
			if err := verifyInclusion(int64(m), int64(n), leaves[m], p, root); err != nil {
				t.Fatalf("inclusion of %d in %d: %v", m, n, err)
			}
			for name, err := range map[string]error{
				"another index": verifyInclusion(int64(m+1)%int64(n), int64(n), leaves[m], p, root),
				"another leaf":  verifyInclusion(int64(m), int64(n), leafHash([]byte("x")), p, root),
				"longer":        verifyInclusion(int64(m), int64(n), leaves[m], append(p, hash{}), root),
				"negative":      verifyInclusion(-1, int64(n), leaves[m], p, root),
				"outside":       verifyInclusion(int64(n), int64(n), leaves[m], p, root),
			} {
				if err == nil && !(n == 1 && name == "another index") {
					t.Errorf("inclusion of %d in %d, %s: accepted", m, n, name)
				}
			}
			if len(p) > 0 {
				if verifyInclusion(int64(m), int64(n), leaves[m], p[1:], root) == nil {
					t.Errorf("inclusion of %d in %d, shorter: accepted", m, n)
				}
			}
		}
	}
}

func TestTilePath(t *testing.T) {
	for _, tc := range []struct {
		level int
		n     int64
		width int
		want  string
	}{
		{0, 0, 256, "tile/0/000"},
		{1, 1234067, 256, "tile/1/x001/x234/067"},
		{-1, 999, 112, "tile/entries/999.p/112"},
		{2, 1000, 1, "tile/2/x001/000.p/1"},
	} {
		if got := tilePath(tc.level, tc.n, tc.width); got != tc.want {
			t.Errorf("%s, want %s", got, tc.want)
		}
	}
}

func (l *testLog) proof(i, n int) []byte {
	var leaves []hash
	for _, x := range l.leaves[:n] {
		leaves = append(leaves, leafHash([]byte(x)))
	}
	return proofText(l.leaves[i], i, auditPath(i, leaves), l.checkpoint(n))
}

func TestProofText(t *testing.T) {
	l := newTestLog(70)
	p, err := parseProof(l.proof(33, 70))
	if err != nil {
		t.Fatal(err)
	}
	if string(p.extra) != l.leaves[33] || p.at.size != 70 {
		t.Errorf("%+v", p)
	}
	if err := verifyInclusion(p.index, p.at.size, leafHash(p.extra), p.hashes, p.at.root); err != nil {
		t.Error(err)
	}
	good := string(l.proof(33, 70))
	for name, bad := range map[string]string{
		"another version": strings.Replace(good, "@v1", "@v2", 1),
		"no index":        strings.Replace(good, "index 33\n", "", 1),
		"index with zero": strings.Replace(good, "index 33", "index 033", 1),
		"two spaces":      strings.Replace(good, "index 33", "index  33", 1),
		"loose extra":     strings.Replace(good, "extra ", "extra =", 1),
		"no checkpoint":   good[:strings.Index(good, "\n\n")+2],
		"too many hashes": strings.Replace(good, "index 33\n", "index 33\n"+strings.Repeat(strings.Repeat("A", 43)+"=\n", 64), 1),
		"a short hash":    strings.Replace(good, "index 33\n", "index 33\nAAAA\n", 1),
		"empty":           "",
	} {
		if _, err := parseProof([]byte(bad)); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func FuzzProof(f *testing.F) {
	f.Add(newTestLog(9).proof(3, 9))
	f.Fuzz(func(t *testing.T, b []byte) {
		if p, err := parseProof(b); err == nil {
			_ = verifyInclusion(p.index, p.at.size, hash{}, p.hashes, p.at.root)
		}
	})
}

func FuzzBundle(f *testing.F) {
	f.Add([]byte("\x00\x01a\x00\x00"), 2)
	f.Fuzz(func(t *testing.T, b []byte, width int) {
		if width < 0 || width > tileWidth {
			return
		}
		entries, err := parseBundle(b, width)
		if err == nil && len(entries) != width {
			t.Errorf("%d entries", len(entries))
		}
		_ = cutBundle(b, width)
		_, _ = parseTile(b, width)
		_, _ = parseLeaf(b)
	})
}

// proofText writes a tlog-proof.
func proofText(leaf string, index int, hashes []hash, checkpoint []byte) []byte {
	var b strings.Builder
	fmt.Fprintf(&b, "c2sp.org/tlog-proof@v1\nextra %s\nindex %d\n", base64.StdEncoding.EncodeToString([]byte(leaf)), index)
	for _, h := range hashes {
		fmt.Fprintln(&b, base64.StdEncoding.EncodeToString(h[:]))
	}
	b.WriteByte('\n')
	b.Write(checkpoint)
	return []byte(b.String())
}
