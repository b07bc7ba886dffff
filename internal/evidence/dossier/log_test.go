package dossier

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"
)

// testKey is a key that signs notes, made from a seed.
type testKey struct {
	name string
	alg  byte
	priv ed25519.PrivateKey
}

func newTestKey(name string, alg byte) testKey {
	seed := sha256.Sum256([]byte(name))
	return testKey{name, alg, ed25519.NewKeyFromSeed(seed[:])}
}

func (k testKey) pub() []byte { return k.priv.Public().(ed25519.PublicKey) }

func (k testKey) vkey() string {
	return fmt.Sprintf("%s+%08x+%s", k.name, keyID(k.name, k.alg, k.pub()), base64.StdEncoding.EncodeToString(append([]byte{k.alg}, k.pub()...)))
}

// line returns a signature line; at is for cosignatures.
func (k testKey) line(text string, at int64) string {
	raw := binary.BigEndian.AppendUint32(nil, keyID(k.name, k.alg, k.pub()))
	if k.alg == algCosignature {
		raw = binary.BigEndian.AppendUint64(raw, uint64(at))
		text = fmt.Sprintf("cosignature/v1\ntime %d\n%s", at, text)
	}
	return fmt.Sprintf("— %s %s\n", k.name, base64.StdEncoding.EncodeToString(append(raw, ed25519.Sign(k.priv, []byte(text))...)))
}

// testLog makes exported logs of any leaves, honest or not.
type testLog struct {
	key     testKey
	leaves  []string
	witness testKey
}

const testOrigin = "log.example/veedor"

func newTestLog(n int) *testLog {
	l := &testLog{key: newTestKey(testOrigin, algEd25519), witness: newTestKey("witness.example/w", algCosignature)}
	for i := range n {
		l.leaves = append(l.leaves, testLeaf(i, testStart+int64(i)))
	}
	return l
}

const testStart = 1_790_000_000

func testLeaf(i int, at int64) string {
	x := leaf{kind: []string{"object", "capture", "event", "incident", "dossier"}[i%5], at: at, sum: sha256.Sum256(fmt.Append(nil, i))}
	return string(x.data())
}

func (l *testLog) root(n int) hash {
	var t tree
	for _, x := range l.leaves[:n] {
		t.add(leafHash([]byte(x)))
	}
	return t.root()
}

func (l *testLog) text(n int) string {
	r := l.root(n)
	return fmt.Sprintf("%s\n%d\n%s\n", testOrigin, n, base64.StdEncoding.EncodeToString(r[:]))
}

func (l *testLog) checkpoint(n int) []byte {
	text := l.text(n)
	return []byte(text + "\n" + l.key.line(text, 0))
}

func (l *testLog) cosigned(n int, at int64) []byte {
	return append(l.checkpoint(n), l.witness.line(l.text(n), at)...)
}

// files exports the log as of n leaves, with the partial tiles of other sizes too.
func (l *testLog) files(n int, partials ...int) fstest.MapFS {
	out := fstest.MapFS{"checkpoint": {Data: l.checkpoint(n)}}
	for _, size := range append(partials, n) {
		l.tilesOf(out, size)
	}
	return out
}

func (l *testLog) tilesOf(out fstest.MapFS, n int) {
	put := func(level int, i int64, hashes []hash) {
		var b []byte
		for _, h := range hashes {
			b = append(b, h[:]...)
		}
		out[tilePath(level, i, len(hashes))] = &fstest.MapFile{Data: b}
	}
	t := tiler{full: put}
	for _, x := range l.leaves[:n] {
		t.add(0, leafHash([]byte(x)))
	}
	for level, hashes := range t.levels {
		if len(hashes) > 0 {
			put(level, t.counts[level], hashes)
		}
	}
	for i := 0; i*tileWidth < n; i++ {
		var b []byte
		part := l.leaves[i*tileWidth : min(n, (i+1)*tileWidth)]
		for _, x := range part {
			b = append(binary.BigEndian.AppendUint16(b, uint16(len(x))), x...)
		}
		out[tilePath(-1, int64(i), len(part))] = &fstest.MapFile{Data: b}
	}
}

func (l *testLog) policy(quorum string) *Policy {
	return &Policy{Format: PolicyFormat, Log: []string{"log " + l.key.vkey(), "witness w " + l.witness.vkey(), "quorum " + quorum}}
}

func faultsOf(r Report) string {
	var b strings.Builder
	for _, f := range r.Faults {
		fmt.Fprintf(&b, "%s: %s: %s\n", f.Class, f.Where, f.What)
	}
	return b.String()
}

func TestCheckLog(t *testing.T) {
	for _, n := range []int{1, 2, 255, 256, 257, 700, 70_000} {
		l := newTestLog(n)
		fsys := l.files(n, n/2, n/3)
		fsys[fmt.Sprintf("cosigned/%d", n)] = &fstest.MapFile{Data: l.cosigned(n, testStart+int64(n))}
		fsys[fmt.Sprintf("cosigned/%d", n/2)] = &fstest.MapFile{Data: l.cosigned(n/2, testStart+int64(n/2))}
		r := CheckLog(t.Context(), fsys, l.policy("none"), Options{Earlier: [][]byte{l.checkpoint(n / 2), l.checkpoint(n)}})
		if r.Exit != ExitOK {
			t.Errorf("%d leaves: exit %d\n%s", n, r.Exit, faultsOf(r))
		}
		if r := CheckLog(t.Context(), fsys, nil, Options{}); r.Exit != ExitUnvouched {
			t.Errorf("%d leaves, no policy: exit %d\n%s", n, r.Exit, faultsOf(r))
		}
	}
}

// TestCheckLogAttacks has the log's own operator, who holds its key, do what he must not do.
func TestCheckLogAttacks(t *testing.T) {
	const n = 700
	honest := newTestLog(n)
	swapped := func(i, j int) *testLog {
		l := newTestLog(n)
		l.leaves[i], l.leaves[j] = l.leaves[j], l.leaves[i]
		return l
	}
	resigned := func(change func(l *testLog)) *testLog {
		l := newTestLog(n)
		change(l)
		return l
	}
	earlier := [][]byte{honest.checkpoint(600)}
	for _, tc := range []struct {
		name    string
		files   func() fstest.MapFS
		earlier [][]byte
		policy  *Policy
		class   Class
		says    string
	}{
		{"rollback against a checkpoint seen before", func() fstest.MapFS { return honest.files(500) }, earlier, nil, ClassProof, "rolled back"},
		{"rollback against a cosigned checkpoint", func() fstest.MapFS {
			f := honest.files(500)
			f["cosigned/600"] = &fstest.MapFile{Data: honest.cosigned(600, testStart)}
			return f
		}, nil, nil, ClassProof, "rolled back"},
		{"fork of the same size", func() fstest.MapFS {
			return resigned(func(l *testLog) { l.leaves[3] = testLeaf(5003, testStart+3) }).files(600)
		}, earlier, nil, ClassProof, "forked"},
		{"fork and growth", func() fstest.MapFS {
			return resigned(func(l *testLog) { l.leaves[3] = testLeaf(5003, testStart+3) }).files(n)
		}, earlier, nil, ClassProof, "forked: the first 600"},
		{"entry edited", func() fstest.MapFS {
			f := honest.files(n)
			b := bytes.Clone(f["tile/entries/001"].Data)
			b[100] ^= 1
			f["tile/entries/001"] = &fstest.MapFile{Data: b}
			return f
		}, nil, nil, ClassProof, "edited"},
		{"entry edited, tiles made anew", func() fstest.MapFS {
			f := resigned(func(l *testLog) { l.leaves[3] = testLeaf(5003, testStart+3) }).files(n)
			f["checkpoint"] = &fstest.MapFile{Data: honest.checkpoint(n)}
			return f
		}, nil, nil, ClassProof, "edited"},
		{"entry deleted, everything made anew", func() fstest.MapFS {
			return resigned(func(l *testLog) { l.leaves = append(l.leaves[:10], l.leaves[11:]...) }).files(n - 1)
		}, earlier, nil, ClassProof, "forked: the first 600"},
		{"bundle of entries deleted", func() fstest.MapFS {
			f := honest.files(n)
			delete(f, "tile/entries/001")
			return f
		}, nil, nil, ClassProof, "entries 256 to 511"},
		{"tile deleted", func() fstest.MapFS {
			f := honest.files(n)
			delete(f, "tile/0/001")
			return f
		}, nil, nil, ClassProof, "not exist"},
		{"tile of level 1 changed", func() fstest.MapFS {
			f := honest.files(n)
			b := bytes.Clone(f["tile/1/000.p/2"].Data)
			b[40] ^= 1
			f["tile/1/000.p/2"] = &fstest.MapFile{Data: b}
			return f
		}, nil, nil, ClassProof, "does not hold the hashes"},
		{"old partial tile wrong", func() fstest.MapFS {
			f := honest.files(n, 300)
			b := bytes.Clone(f["tile/0/001.p/44"].Data)
			b[40] ^= 1
			f["tile/0/001.p/44"] = &fstest.MapFile{Data: b}
			return f
		}, nil, nil, ClassProof, "partial tile"},
		{"old partial bundle wrong", func() fstest.MapFS {
			f := honest.files(n, 300)
			b := bytes.Clone(f["tile/entries/001.p/44"].Data)
			b[40] ^= 1
			f["tile/entries/001.p/44"] = &fstest.MapFile{Data: b}
			return f
		}, nil, nil, ClassProof, "partial bundle"},
		{"partial tile of no width", func() fstest.MapFS {
			f := honest.files(n)
			f["tile/0/001.p/0"] = &fstest.MapFile{}
			return f
		}, nil, nil, ClassProof, "not the name"},
		{"reordered, everything made anew", func() fstest.MapFS { return swapped(10, 400).files(n) }, nil, nil, ClassTimestamp, "earlier than that of the entry before"},
		{"the same leaf twice", func() fstest.MapFS {
			return resigned(func(l *testLog) { l.leaves[n-1] = testLeaf(9, testStart+n-1) }).files(n)
		}, nil, nil, ClassProof, "stands there twice"},
		{"a leaf of no kind", func() fstest.MapFS {
			return resigned(func(l *testLog) { l.leaves[n-1] = strings.Replace(l.leaves[n-1], "dossier", "rumour", 1) }).files(n)
		}, nil, nil, ClassProof, "no kind of leaf"},
		{"back-dated behind a cosigned checkpoint", func() fstest.MapFS {
			f := resigned(func(l *testLog) {
				for i := 600; i < n; i++ {
					l.leaves[i] = testLeaf(i, testStart+600)
				}
			}).files(n)
			f["cosigned/600"] = &fstest.MapFile{Data: honest.cosigned(600, testStart+86400)}
			return f
		}, nil, honest.policy("none"), ClassTimestamp, "back-dated"},
		{"later than the checkpoint that contains it", func() fstest.MapFS {
			f := honest.files(n)
			f["cosigned/600"] = &fstest.MapFile{Data: honest.cosigned(600, testStart-86400)}
			return f
		}, nil, honest.policy("none"), ClassTimestamp, "had seen it"},
		{"signature of the log does not hold", func() fstest.MapFS {
			f := honest.files(n)
			f["checkpoint"] = &fstest.MapFile{Data: []byte(honest.text(n) + "\n" + honest.key.line(honest.text(n-1), 0))}
			return f
		}, nil, honest.policy("none"), ClassProof, "does not hold"},
		{"cosignature does not hold", func() fstest.MapFS {
			f := honest.files(n)
			f["checkpoint"] = &fstest.MapFile{Data: append(honest.checkpoint(n), honest.witness.line(honest.text(n-1), testStart)...)}
			return f
		}, nil, honest.policy("none"), ClassProof, "does not hold"},
		{"another log", func() fstest.MapFS { return honest.files(n) }, nil, &Policy{Log: []string{"log " + newTestKey("other.example", algEd25519).vkey(), "quorum none"}}, ClassTrust, "not signed by a log"},
		{"no quorum", func() fstest.MapFS { return honest.files(n) }, nil, honest.policy("w"), ClassTrust, "quorum"},
		{"checkpoint cut", func() fstest.MapFS {
			f := honest.files(n)
			f["checkpoint"] = &fstest.MapFile{Data: honest.checkpoint(n)[:40]}
			return f
		}, nil, nil, ClassProof, "read checkpoint"},
		{"no checkpoint", func() fstest.MapFS {
			f := honest.files(n)
			delete(f, "checkpoint")
			return f
		}, nil, nil, ClassContainer, "checkpoint"},
		{"a token that is none", func() fstest.MapFS {
			f := honest.files(n)
			f["stamps/600-tsa.tsr"] = &fstest.MapFile{Data: []byte("0")}
			return f
		}, nil, nil, ClassTimestamp, "read token"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r := CheckLog(t.Context(), tc.files(), tc.policy, Options{Earlier: tc.earlier})
			if !strings.Contains(faultsOf(r), tc.says) || r.Exit != tc.class.ExitCode() {
				t.Errorf("exit %d, want %d for %q\n%s", r.Exit, tc.class.ExitCode(), tc.says, faultsOf(r))
			}
		})
	}
}

// TestCheckLogEveryByte flips one bit of every file at random places: all is found.
func TestCheckLogFlips(t *testing.T) {
	l := newTestLog(600)
	fsys := l.files(600, 300)
	fsys["cosigned/600"] = &fstest.MapFile{Data: l.cosigned(600, testStart+600)}
	names := []string{}
	for name := range maps.Keys(fsys) {
		names = append(names, name)
	}
	random := rand.New(rand.NewPCG(1, 2))
	for range 300 {
		name := names[random.IntN(len(names))]
		changed := maps.Clone(fsys)
		b := bytes.Clone(fsys[name].Data)
		b[random.IntN(len(b))] ^= 1 << random.IntN(8)
		changed[name] = &fstest.MapFile{Data: b}
		if r := CheckLog(t.Context(), changed, l.policy("none"), Options{}); r.Exit == ExitOK {
			t.Fatalf("a bit of %s was flipped and not found:\n%q\n%q", name, fsys[name].Data, b)
		}
	}
}

func TestCheckLogStops(t *testing.T) {
	if r := CheckLog(canceled(t), newTestLog(10).files(10), nil, Options{}); r.Exit == ExitOK {
		t.Error("a walk that was stopped says that all is well")
	}
}

func BenchmarkCheckLog(b *testing.B) {
	l := newTestLog(1_000_000)
	dir := b.TempDir()
	for name, file := range l.files(1_000_000) {
		name = filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			b.Fatal(err)
		}
		if err := os.WriteFile(name, file.Data, 0o644); err != nil {
			b.Fatal(err)
		}
	}
	fsys := os.DirFS(dir)
	policy := l.policy("none")
	for b.Loop() {
		start := time.Now()
		if r := CheckLog(b.Context(), fsys, policy, Options{}); r.Exit != ExitOK {
			b.Fatal(faultsOf(r))
		}
		b.ReportMetric(time.Since(start).Seconds(), "s/million")
	}
}
