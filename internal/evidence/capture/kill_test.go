package capture

import (
	"context"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// TestMain lets the test binary be a process that captures until it is killed.
func TestMain(m *testing.M) {
	if url := os.Getenv("VEEDOR_TEST_CAPTURE"); url != "" {
		c, err := Open(os.Getenv("VEEDOR_TEST_DATA"), Options{})
		for err == nil {
			_, err = c.Take(context.Background(), local(url))
		}
		println(err.Error())
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// TestKill kills processes while they capture: nothing that was journalled is lost, and what was not is found and
// taken over.
func TestKill(t *testing.T) {
	if testing.Short() {
		t.Skip("kills processes for some seconds")
	}
	s := newSite(t)
	url := s.page("/a", article)
	data := t.TempDir()
	for range 6 {
		p := exec.Command(os.Args[0])
		p.Env = append(os.Environ(), "VEEDOR_TEST_CAPTURE="+url, "VEEDOR_TEST_DATA="+data)
		p.Stderr = os.Stderr
		if err := p.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Duration(200+rand.IntN(300)) * time.Millisecond)
		if err := p.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = p.Wait()
	}
	c, err := Open(data, Options{})
	if err != nil {
		t.Fatal(err)
	}
	r, err := c.Fsck(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range r.Problems {
		if p.Kind != "unlisted" {
			t.Errorf("%+v", p)
			continue
		}
		if _, err := c.Adopt(t.Context(), strings.TrimSuffix(p.Where[3:], ending)); err != nil {
			t.Error(err)
		}
	}
	list, err := c.List(Filter{})
	if err != nil || len(list) < 3 {
		t.Errorf("%d captures, %v", len(list), err)
	}
	t.Logf("%d captures, %d of them taken over", len(list), len(r.Problems))
	sound(t, c, len(list))
}
