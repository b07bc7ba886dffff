package tlog_test

import (
	"bufio"
	"crypto/ed25519"
	"database/sql"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/agent"

	"veedor/internal/evidence/tlog"
)

// litewitness is the witness of those who wrote the specification, at the last release that Go 1.26 builds.
const litewitness = "filippo.io/torchwood/cmd/litewitness@v0.6.1"

// TestConformanceWitness: a witness that others wrote cosigns our log as it grows, and refuses it once it is forked.
func TestConformanceWitness(t *testing.T) {
	if os.Getenv("VEEDOR_CONFORMANCE") == "" {
		t.Skip("builds somebody else's witness: set VEEDOR_CONFORMANCE=1")
	}
	bin, err := filepath.Abs(os.Getenv("VEEDOR_CACHE"))
	if err != nil || os.Getenv("VEEDOR_CACHE") == "" {
		bin = t.TempDir()
	}
	install := exec.CommandContext(t.Context(), "go", "install", litewitness)
	install.Env = append(os.Environ(), "GOBIN="+bin)
	install.Dir = t.TempDir() // outside of this module
	if out, err := install.CombinedOutput(); err != nil {
		t.Skipf("the witness cannot be built here: %v\n%s", err, out)
	}
	dir := t.TempDir()
	l := openAt(t, dir, &clock{t: time.Now()})
	add(t, l, items(tlog.Object, 1, 10))
	keys, err := l.Keys()
	if err != nil {
		t.Fatal(err)
	}
	origin, _, _ := strings.Cut(keys[0], "+")
	url, vkey := startLitewitness(t, filepath.Join(bin, "litewitness"), origin, keys[0])
	configure(t, dir, func(c *tlog.Config) { c.Policy = []string{"witness lite " + vkey + " " + url, "quorum lite"} })
	for seed, n := range []int{1, 300, 5, 70000} {
		add(t, l, items(tlog.Object, 2+seed, n))
		if out := witnessOnce(t, l); out[0].Why != "" {
			t.Fatalf("after %d leaves more: %+v", n, out)
		}
		c, err := l.Checkpoint()
		if err != nil {
			t.Fatal(err)
		}
		if ok, err := l.Satisfied(c); err != nil || !ok {
			t.Fatalf("not satisfied after %d leaves more: %v", n, err)
		}
	}
	if err := os.RemoveAll(filepath.Join(dir, "log", "cosigned")); err != nil {
		t.Fatal(err)
	}
	add(t, l, items(tlog.Object, 9, 1))
	if out := witnessOnce(t, l); out[0].Why != "" {
		t.Errorf("after forgetting what it saw: %+v", out)
	}
	// The same key signs a second history.
	fork := t.TempDir()
	for _, name := range []string{"log.json", "keys/log.key", "log/key.pub"} {
		b, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.MkdirAll(filepath.Dir(filepath.Join(fork, name)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(fork, name), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	f := openAt(t, fork, &clock{t: time.Now()})
	add(t, f, items(tlog.Object, 50, 80000))
	if out := witnessOnce(t, f); !strings.Contains(out[0].Why, "consistent") {
		t.Errorf("a fork: %+v", out)
	}
}

// startLitewitness runs the witness with a key from an agent of ours, tells it of our log, and returns its address
// and key.
func startLitewitness(t *testing.T, path, origin, key string) (url, vkey string) {
	t.Helper()
	dir, err := os.MkdirTemp("", "lw") // short: the path of a socket has a limit
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	private := ed25519.NewKeyFromSeed(make([]byte, 32))
	ring := agent.NewKeyring()
	if err := ring.Add(agent.AddedKey{PrivateKey: private}); err != nil {
		t.Fatal(err)
	}
	socket := filepath.Join(dir, "agent")
	ln, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = ln.Close() })
	go func() {
		for {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			go func() { _ = agent.ServeAgent(ring, c) }()
		}
	}()
	public, err := ssh.NewPublicKey(private.Public())
	if err != nil {
		t.Fatal(err)
	}
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := free.Addr().String()
	if err := free.Close(); err != nil {
		t.Fatal(err)
	}
	db := filepath.Join(dir, "db.sqlite")
	c := exec.CommandContext(t.Context(), path, "-ssh-agent", socket, "-key", ssh.FingerprintSHA256(public), "-name", "lite.example/w", "-listen", address, "-db", db)
	said, err := c.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Process.Kill(); _ = c.Wait() })
	lines := bufio.NewScanner(said)
	for vkey == "" && lines.Scan() {
		if m := regexp.MustCompile(`vkey="?([^" ]+)`).FindStringSubmatch(lines.Text()); m != nil {
			vkey = m[1]
		}
	}
	go func() {
		for lines.Scan() {
			t.Log(lines.Text())
		}
	}()
	d, err := sql.Open("sqlite", "file:"+db+"?_pragma=busy_timeout(5000)")
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	empty := "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=" // root of a tree without leaves
	if _, err := d.Exec(`INSERT INTO log (origin, tree_size, tree_hash) VALUES (?, 0, ?)`, origin, empty); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Exec(`INSERT INTO key (origin, key) VALUES (?, ?)`, origin, key); err != nil {
		t.Fatal(err)
	}
	for range 100 {
		if c, err := net.Dial("tcp", address); err == nil {
			_ = c.Close()
			return "http://" + address, vkey
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Fatal(fmt.Errorf("the witness does not listen"))
	return "", ""
}
