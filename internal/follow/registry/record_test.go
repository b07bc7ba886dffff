package registry

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestSet(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		var s set
		in := map[int]bool{}
		for range rnd.IntN(30) {
			n := 1 + rnd.IntN(20)
			s, in[n] = s.with(n), true
		}
		for n := range 25 {
			if s.has(n) != in[n] {
				t.Fatalf("%v has %d: %v", s, n, s.has(n))
			}
		}
		for i := 1; i < len(s); i++ {
			if s[i].from <= s[i-1].to+1 {
				t.Fatalf("%v: runs that touch", s)
			}
		}
	}
}

func numbering() (func(string) (int64, error), func(int64) (string, error)) {
	var names []string
	return func(s string) (int64, error) {
			i := slices.Index(names, s)
			if i < 0 {
				i = len(names)
				names = append(names, s)
			}
			return int64(i + 1), nil
		}, func(n int64) (string, error) {
			if n < 1 || int(n) > len(names) {
				return "", errRecord
			}
			return names[n-1], nil
		}
}

func TestRecord(t *testing.T) {
	r := &record{}
	for i := range 200 {
		r.add(statement{prop: fmt.Sprint("p", i%7), value: fmt.Sprint("v", i%90), original: fmt.Sprint(i % 3), lang: "spa", at: place{i, 1, i, 2 * i}}, 1+i%5)
	}
	number, name := numbering()
	b, err := encode(r.statements, number)
	if err != nil {
		t.Fatal(err)
	}
	got, err := decode(b, name)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(r.statements, got, cmp.AllowUnexported(statement{}, place{}, run{})); d != "" {
		t.Error(d)
	}
	for n := range b {
		if _, err := decode(b[:n], name); !errors.Is(err, errRecord) {
			t.Fatalf("cut after %d bytes: %v", n, err)
		}
	}
}

func FuzzDecode(f *testing.F) {
	number, name := numbering()
	b, err := encode([]statement{{prop: "name", value: "v", original: "V", lang: "spa", seen: set{{1, 3}, {5, 5}}, at: place{1, 1, 7, 0}}}, number)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Fuzz(func(t *testing.T, b []byte) {
		s, err := decode(b, name)
		if err != nil {
			return
		}
		again, err := encode(s, number)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := decode(again, name); err != nil || len(got) != len(s) {
			t.Fatalf("%v, %v", got, err)
		}
	})
}
