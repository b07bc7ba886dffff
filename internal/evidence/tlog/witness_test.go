package tlog_test

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/transparency-dev/merkle/proof"
	"github.com/transparency-dev/merkle/rfc6962"
	"golang.org/x/mod/sumdb/note"

	"veedor/internal/evidence/tlog"
)

// testWitness is a witness as C2SP tlog-witness and tlog-cosignature describe it, written from them.
type testWitness struct {
	name string
	key  ed25519.PrivateKey
	url  string
	now  func() time.Time

	mu      sync.Mutex
	log     note.Verifier // the one log it knows
	size    uint64
	root    []byte
	asked   int
	instead func(w http.ResponseWriter, answer string) bool // answers in its stead
}

func newWitness(t testing.TB, name string, c *clock) *testWitness {
	t.Helper()
	seed := sha256.Sum256([]byte(name))
	w := &testWitness{name: name, key: ed25519.NewKeyFromSeed(seed[:]), now: c.now}
	s := httptest.NewServer(w)
	t.Cleanup(s.Close)
	w.url = s.URL
	return w
}

func (w *testWitness) id() []byte {
	h := sha256.Sum256(append([]byte(w.name+"\n\x04"), w.key.Public().(ed25519.PublicKey)...))
	return h[:4]
}

func (w *testWitness) vkey() string {
	return fmt.Sprintf("%s+%x+%s", w.name, w.id(), base64.StdEncoding.EncodeToString(append([]byte{4}, w.key.Public().(ed25519.PublicKey)...)))
}

func (w *testWitness) cosign(text string, at time.Time) string {
	signed := ed25519.Sign(w.key, fmt.Appendf(nil, "cosignature/v1\ntime %d\n%s", at.Unix(), text))
	b := binary.BigEndian.AppendUint64(w.id(), uint64(at.Unix()))
	return fmt.Sprintf("— %s %s\n", w.name, base64.StdEncoding.EncodeToString(append(b, signed...)))
}

func (w *testWitness) ServeHTTP(out http.ResponseWriter, req *http.Request) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.asked++
	body, _ := io.ReadAll(req.Body)
	head, checkpoint, _ := bytes.Cut(body, []byte("\n\n"))
	f := strings.Split(string(head), "\n")
	old, err := strconv.ParseUint(strings.TrimPrefix(f[0], "old "), 10, 64)
	if req.Method != http.MethodPost || req.URL.Path != "/add-checkpoint" || err != nil || !strings.HasPrefix(f[0], "old ") {
		http.Error(out, "bad request", http.StatusBadRequest)
		return
	}
	n, err := note.Open(checkpoint, note.VerifierList(w.log))
	if err != nil {
		http.Error(out, "unknown key", http.StatusForbidden)
		return
	}
	lines := strings.Split(n.Text, "\n")
	size, _ := strconv.ParseUint(lines[1], 10, 64)
	root, _ := base64.StdEncoding.DecodeString(lines[2])
	if old > size {
		http.Error(out, "old is larger", http.StatusBadRequest)
		return
	}
	if old != w.size {
		out.Header().Set("Content-Type", "text/x.tlog.size")
		out.WriteHeader(http.StatusConflict)
		fmt.Fprintln(out, w.size)
		return
	}
	if old == size && old > 0 && !bytes.Equal(root, w.root) {
		http.Error(out, "root differs", http.StatusConflict)
		return
	}
	var hashes [][]byte
	for _, line := range f[1:] {
		h, err := base64.StdEncoding.DecodeString(line)
		if err != nil {
			http.Error(out, "bad proof", http.StatusBadRequest)
			return
		}
		hashes = append(hashes, h)
	}
	if old == 0 && len(hashes) > 0 || old > 0 && proof.VerifyConsistency(rfc6962.DefaultHasher, old, size, hashes, w.root, root) != nil {
		http.Error(out, "inconsistent", http.StatusUnprocessableEntity)
		return
	}
	answer := w.cosign(n.Text, w.now())
	if w.instead != nil && w.instead(out, answer) {
		return
	}
	w.size, w.root = size, root
	_, _ = io.WriteString(out, answer)
}

// configure writes log.json, keeping its origin.
func configure(t testing.TB, dir string, change func(*tlog.Config)) {
	t.Helper()
	path := filepath.Join(dir, "log.json")
	var c tlog.Config
	if b, err := os.ReadFile(path); err == nil {
		if err := json.Unmarshal(b, &c); err != nil {
			t.Fatal(err)
		}
	}
	change(&c)
	b, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, b, 0o644); err != nil {
		t.Fatal(err)
	}
}

// knows tells a witness the key of a log.
func (w *testWitness) knows(t testing.TB, l *tlog.Log) {
	t.Helper()
	keys, err := l.Keys()
	if err != nil {
		t.Fatal(err)
	}
	if w.log, err = note.NewVerifier(keys[0]); err != nil {
		t.Fatal(err)
	}
}

func witnessOnce(t testing.TB, l *tlog.Log) []tlog.Outcome {
	t.Helper()
	out, err := l.Witness(t.Context(), false)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestWitness(t *testing.T) {
	dir, now := t.TempDir(), day()
	l := openAt(t, dir, now)
	one, two, absent := newWitness(t, "one.example/w", now), newWitness(t, "two.example/w", now), newWitness(t, "absent.example/w", now)
	add(t, l, items(tlog.Object, 1, 10))
	configure(t, dir, func(c *tlog.Config) {
		c.Policy = []string{"# who watches", "witness one " + one.vkey() + " " + one.url + "/", "witness two\t" + two.vkey() + " " + two.url,
			"witness absent " + absent.vkey(), "group watchers 2 one two absent", "quorum watchers"}
	})
	one.knows(t, l)
	two.knows(t, l)
	satisfied := func(size uint64) bool {
		t.Helper()
		c, err := l.CheckpointAt(size)
		if err != nil {
			t.Fatal(err)
		}
		ok, err := l.Satisfied(c)
		if err != nil {
			t.Fatal(err)
		}
		return ok
	}
	if satisfied(10) {
		t.Error("satisfied before anybody was asked")
	}
	two.instead = func(w http.ResponseWriter, _ string) bool {
		http.Error(w, "asleep", http.StatusServiceUnavailable)
		return true
	}
	out := witnessOnce(t, l)
	if out[0].Why != "" || !out[0].At.Equal(now.now().Truncate(time.Second)) || !strings.Contains(out[1].Why, "503") || len(out) != 2 {
		t.Errorf("%+v", out)
	}
	if satisfied(10) {
		t.Error("satisfied by one of two")
	}
	// Left alone for a minute, and twice as long after failing again.
	if out, err := l.Witness(t.Context(), true); err != nil || !out[0].Kept || !strings.Contains(out[1].Why, "left alone") || two.asked != 1 {
		t.Errorf("%+v, %v", out, err)
	}
	now.add(61 * time.Second)
	if _, err := l.Witness(t.Context(), true); err != nil || two.asked != 2 {
		t.Errorf("asked %d times, %v", two.asked, err)
	}
	now.add(61 * time.Second)
	if _, err := l.Witness(t.Context(), true); err != nil || two.asked != 2 {
		t.Errorf("asked %d times, %v", two.asked, err)
	}
	// The log grows; the second wakes.
	two.instead = nil
	add(t, l, items(tlog.Object, 2, 500))
	if out := witnessOnce(t, l); out[0].Why != "" || out[1].Why != "" {
		t.Errorf("%+v", out)
	}
	if !satisfied(510) || one.size != 510 {
		t.Error("not satisfied by two of two")
	}
	published, err := l.Checkpoint()
	if list, e := l.Cosignatures(published); err != nil || e != nil || len(list) != 2 {
		t.Errorf("the published checkpoint has %v, %v, %v", list, err, e)
	}
	// A proof takes the newest checkpoint that satisfies the policy, where it covers the leaf.
	add(t, l, items(tlog.Object, 3, 1))
	for index, want := range map[uint64]string{3: "\n510\n", 510: "\n511\n"} {
		p, err := l.Proof(t.Context(), index)
		if err != nil || !strings.Contains(string(p), want) {
			t.Errorf("proof of leaf %d: %v\n%s", index, err, p)
		}
	}
	// We forget what the witnesses saw; they tell.
	if err := os.RemoveAll(filepath.Join(dir, "log", "cosigned")); err != nil {
		t.Fatal(err)
	}
	if out := witnessOnce(t, l); out[0].Why != "" || out[1].Why != "" {
		t.Errorf("after forgetting: %+v", out)
	}
	sound(t, l)
	attempts, err := l.Attempts()
	if err != nil || len(attempts) == 0 || attempts[len(attempts)-1].Why != "" {
		t.Errorf("%v, %v", attempts, err)
	}
}

// TestWitnessRefuses: a rolled back or forked log gets no cosignature; a lying witness's is not kept.
func TestWitnessRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		instead func(w *testWitness) func(http.ResponseWriter, string) bool
		change  func(w *testWitness)
		want    string
	}{
		"other key": {func(w *testWitness) func(http.ResponseWriter, string) bool {
			return func(out http.ResponseWriter, answer string) bool {
				other := &testWitness{name: w.name, key: ed25519.NewKeyFromSeed(make([]byte, 32))}
				fmt.Fprint(out, other.cosign("x\n", time.Unix(1, 0)))
				return true
			}
		}, nil, "no signature by the key"},
		"other text": {func(w *testWitness) func(http.ResponseWriter, string) bool {
			return func(out http.ResponseWriter, _ string) bool {
				fmt.Fprint(out, w.cosign("x\n1\nAAAA\n", w.now()))
				return true
			}
		}, nil, "wrong"},
		"changed": {func(w *testWitness) func(http.ResponseWriter, string) bool {
			return func(out http.ResponseWriter, answer string) bool {
				fmt.Fprint(out, answer[:40]+"AA"+answer[42:])
				return true
			}
		}, nil, "wrong"},
		"from the future": {func(w *testWitness) func(http.ResponseWriter, string) bool {
			return func(out http.ResponseWriter, _ string) bool { return false }
		}, func(w *testWitness) { w.now = func() time.Time { return time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC) } }, "dated 2030"},
		"no signature": {func(w *testWitness) func(http.ResponseWriter, string) bool {
			return func(out http.ResponseWriter, _ string) bool { fmt.Fprintln(out, "<html>"); return true }
		}, nil, "no signature"},
		"endless": {func(w *testWitness) func(http.ResponseWriter, string) bool {
			return func(out http.ResponseWriter, _ string) bool {
				_, _ = out.Write(bytes.Repeat([]byte("a"), 1<<20))
				return true
			}
		}, nil, "more than"},
		"many lines": {func(w *testWitness) func(http.ResponseWriter, string) bool {
			return func(out http.ResponseWriter, _ string) bool {
				other := &testWitness{name: "else.example", key: w.key}
				for range 20 {
					fmt.Fprint(out, other.cosign("x\n", time.Unix(1, 0)))
				}
				return true
			}
		}, nil, "more than 16 lines"},
		"redirect": {func(w *testWitness) func(http.ResponseWriter, string) bool {
			return func(out http.ResponseWriter, _ string) bool {
				out.Header().Set("Location", "http://127.0.0.1:1/")
				out.WriteHeader(http.StatusTemporaryRedirect)
				return true
			}
		}, nil, "307"},
		"rolled back":     {nil, func(w *testWitness) { w.size = 11 }, "rolled back"},
		"forked":          {nil, func(w *testWitness) { w.size, w.root = 10, make([]byte, 32) }, "conflicts"},
		"forked long ago": {nil, func(w *testWitness) { w.size, w.root = 4, make([]byte, 32) }, "consistent"},
		"unknown log": {nil, func(w *testWitness) {
			_, v, _ := note.GenerateKey(nil, "else.example")
			w.log, _ = note.NewVerifier(v)
		}, "does not know the key"},
	} {
		t.Run(name, func(t *testing.T) {
			dir, now := t.TempDir(), day()
			l, w := openAt(t, dir, now), newWitness(t, "w.example", now)
			add(t, l, items(tlog.Object, 1, 10))
			configure(t, dir, func(c *tlog.Config) { c.Policy = []string{"witness w " + w.vkey() + " " + w.url, "quorum w"} })
			w.knows(t, l)
			if c.instead != nil {
				w.instead = c.instead(w)
			}
			if c.change != nil {
				c.change(w)
			}
			if out := witnessOnce(t, l); !strings.Contains(out[0].Why, c.want) || !out[0].At.IsZero() {
				t.Errorf("%+v, want %q", out, c.want)
			}
			if kept, err := l.Cosigned(); err != nil || len(kept) > 0 {
				t.Errorf("kept %v, %v", kept, err)
			}
		})
	}
}

func TestPolicy(t *testing.T) {
	now := day()
	a, b := newWitness(t, "a.example", now), newWitness(t, "b.example", now)
	wa, wb := "witness a "+a.vkey(), "witness b "+b.vkey()
	for name, c := range map[string]struct {
		lines []string
		ok    bool
	}{
		"none":             {nil, true},
		"comments":         {[]string{"", " # x", "quorum none"}, true},
		"one":              {[]string{wa, "quorum a"}, true},
		"nested":           {[]string{wa, wb, "group g all a", "group h any g b", "quorum h"}, true},
		"no quorum":        {[]string{wa}, false},
		"two quorums":      {[]string{wa, "quorum a", "quorum none"}, false},
		"unknown quorum":   {[]string{wa, "quorum b"}, false},
		"later name":       {[]string{"group g any a", wa, "quorum g"}, false},
		"in two groups":    {[]string{wa, wb, "group g any a", "group h any a b", "quorum h"}, false},
		"twice in a group": {[]string{wa, "group g 2 a a", "quorum g"}, false},
		"too many needed":  {[]string{wa, "group g 2 a", "quorum g"}, false},
		"none needed":      {[]string{wa, "group g 0 a", "quorum g"}, false},
		"same name":        {[]string{wa, "witness a " + b.vkey(), "quorum a"}, false},
		"same key":         {[]string{wa, "witness b " + a.vkey(), "quorum a"}, false},
		"named none":       {[]string{"witness none " + a.vkey(), "quorum none"}, false},
		"bad key":          {[]string{"witness a x+1+y", "quorum a"}, false},
		"bad URL":          {[]string{wa + " file:///etc/passwd", "quorum a"}, false},
		"unknown line":     {[]string{"witnesses a", "quorum none"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			configure(t, dir, func(conf *tlog.Config) { conf.Policy = c.lines })
			l, err := tlog.Open(t.Context(), dir, tlog.Options{})
			if err == nil {
				defer l.Close()
			}
			if (err == nil) != c.ok {
				t.Errorf("%v", err)
			}
		})
	}
}
