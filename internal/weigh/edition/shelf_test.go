package edition

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func put(t *testing.T, s *Shelf, e Edition, text string) Edition {
	t.Helper()
	got, err := s.Add(e, func(w io.Writer) error {
		_, err := io.WriteString(w, text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func TestShelf(t *testing.T) {
	data := t.TempDir()
	s, err := OpenShelf(data)
	if err != nil {
		t.Fatal(err)
	}
	one := put(t, s, Edition{Case: "a", Lang: "en", Version: 1}, "one")
	two := put(t, s, Edition{Case: "a", Lang: "en", Version: 2, Supersedes: one.SHA256}, "two")
	put(t, s, Edition{Case: "a", Lang: "en", Version: 2}, "two")
	put(t, s, Edition{Case: "a", Lang: "es", Version: 1}, "uno")
	if _, err := s.Add(Edition{}, func(io.Writer) error { return errors.New("no") }); err == nil {
		t.Error("a dossier that could not be written is on the shelf")
	}
	again, err := OpenShelf(data)
	if err != nil {
		t.Fatal(err)
	}
	all, err := again.List()
	if err != nil || len(all) != 3 || all[1].Supersedes != one.SHA256 || all[1].Previous != all[0].Hash {
		t.Fatalf("%v %+v", err, all)
	}
	if last, err := again.Last("a", "en"); err != nil || last.SHA256 != two.SHA256 {
		t.Errorf("last: %+v %v", last, err)
	}
	if last, err := again.Last("b", "en"); err != nil || last != nil {
		t.Errorf("last of none: %+v %v", last, err)
	}
	for _, h := range []string{strings.Repeat("0", 64), "../journal", ""} {
		if _, err := again.Open(h); !errors.Is(err, ErrNotFound) {
			t.Errorf("%q: %v", h, err)
		}
	}
	if n, problems, err := again.Fsck(t.Context()); err != nil || len(problems) != 0 || n != 9 {
		t.Errorf("%d %v %v", n, problems, err)
	}
}

func TestShelfFsck(t *testing.T) {
	for name, damage := range map[string]func(dir, file string) error{
		"a byte":    func(_, file string) error { return os.WriteFile(file, []byte("tow"), 0o600) },
		"gone":      func(_, file string) error { return os.Remove(file) },
		"extra":     func(dir, _ string) error { return os.WriteFile(filepath.Join(dir, "x.wacz"), nil, 0o600) },
		"a line":    func(dir, _ string) error { return edit(filepath.Join(dir, "journal.jsonl"), `"a"`, `"b"`) },
		"first cut": func(dir, _ string) error { return cutFirst(filepath.Join(dir, "journal.jsonl")) },
	} {
		t.Run(name, func(t *testing.T) {
			data := t.TempDir()
			s, err := OpenShelf(data)
			if err != nil {
				t.Fatal(err)
			}
			put(t, s, Edition{Case: "a"}, "one")
			e := put(t, s, Edition{Case: "a"}, "two")
			put(t, s, Edition{Case: "c"}, "three")
			if err := damage(s.dir, filepath.Join(s.dir, e.SHA256+".wacz")); err != nil {
				t.Fatal(err)
			}
			s.kept = nil
			fresh, err := OpenShelf(data)
			if err != nil {
				return // noticed already
			}
			if _, problems, err := fresh.Fsck(t.Context()); err != nil || len(problems) != 1 {
				t.Errorf("%v %v", problems, err)
			}
		})
	}
}

func edit(file, old, now string) error {
	b, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	return os.WriteFile(file, []byte(strings.Replace(string(b), old, now, 1)), 0o600)
}

func cutFirst(file string) error {
	b, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	_, rest, _ := strings.Cut(string(b), "\n")
	return os.WriteFile(file, []byte(rest), 0o600)
}
