package journal

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
)

type said struct {
	Words string `json:"words"`
	Link
}

func TestLong(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a", "journal.jsonl")
	open := func() *Long[said] { return OpenLong(path, func(s *said) *Link { return &s.Link }) }
	var wg sync.WaitGroup
	for w := range 4 {
		wg.Go(func() {
			j, mark, seen := open(), Mark{}, 0
			for i := range 25 {
				err := j.Extend(mark, func(_ said, at Mark) error { mark, seen = at, seen+1; return nil },
					func() ([]said, error) {
						return []said{{Words: fmt.Sprint(w, i)}, {Words: "two"}}, nil
					},
					func(fresh []said, at Mark) error {
						if at.Lines != int64(seen+2) {
							return fmt.Errorf("%d lines after %d", at.Lines, seen)
						}
						mark, seen = at, seen+len(fresh)
						return nil
					})
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	// A line that was cut off was never said.
	f, _ := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	_, _ = f.WriteString(`{"words":"cut`)
	_ = f.Close()
	n := 0
	var tenth Mark
	end, err := open().After(Mark{}, func(_ said, at Mark) error {
		if n++; n == 10 {
			tenth = at
		}
		return nil
	})
	if err != nil || n != 200 || end.Lines != 200 {
		t.Fatalf("%d entries, %+v, %v", n, end, err)
	}
	if all, err := Open(path, func(s *said) *Link { return &s.Link }).Entries(); err != nil || len(all) != 200 || all[199].Hash != end.Last {
		t.Errorf("as a journal: %d, %v", len(all), err)
	}
	n = 0
	again, err := open().After(tenth, func(said, Mark) error { n++; return nil })
	if err != nil || n != 190 || cmp.Diff(end, again) != "" {
		t.Errorf("from the tenth: %d, %+v, %v", n, again, err)
	}
	// A mark of another journal is seen.
	wrong := tenth
	wrong.Last = strings.Repeat("0", 64)
	if _, err := open().After(wrong, func(said, Mark) error { return nil }); !errors.Is(err, ErrBroken) {
		t.Errorf("wrong mark: %v", err)
	}
	if err := open().Extend(end, func(said, Mark) error { return nil }, func() ([]said, error) { return []said{{Words: "after"}}, nil }, func([]said, Mark) error { return nil }); err != nil {
		t.Error(err)
	}
	if b, _ := os.ReadFile(path); strings.Contains(string(b), "cut") {
		t.Error("what was cut off stays")
	}
}
