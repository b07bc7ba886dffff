package match

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func segmentBytes(t testing.TB, es ...Entity) []byte {
	t.Helper()
	b := NewBuilder()
	for _, e := range es {
		if err := b.Add(e); err != nil {
			t.Fatal(err)
		}
	}
	var buf bytes.Buffer
	n, err := b.WriteTo(&buf)
	if err != nil || n != int64(buf.Len()) {
		t.Fatalf("wrote %d of %d: %v", n, buf.Len(), err)
	}
	return buf.Bytes()
}

func written(t testing.TB, b *Builder) *Segment {
	t.Helper()
	var buf bytes.Buffer
	if _, err := b.WriteTo(&buf); err != nil {
		t.Fatal(err)
	}
	s, err := OpenSegment(buf.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestSegmentKeepsEntities(t *testing.T) {
	want := Entity{ID: "x-1", Schema: "Company", Names: []string{"Krovin", "Кровин"}, Countries: []string{"ve"}, Addresses: []string{"Calle Orinoco"},
		Identifiers: []Identifier{{"leiCode", "5493001KJTIIGC8Y1R12"}}, Years: []int{1999, -3}}
	data := segmentBytes(t, append(companies(), want)...)
	if !bytes.Equal(data, segmentBytes(t, append(companies(), want)...)) {
		t.Error("the same entities give other bytes")
	}
	s, err := OpenSegment(data)
	if err != nil {
		t.Fatal(err)
	}
	x := NewIndex(s)
	if got, ok := x.Get("x-1"); !ok || !cmp.Equal(got, want) {
		t.Error(cmp.Diff(want, got))
	}
	if hits := x.Search(Entity{Identifiers: want.Identifiers}, 1, nil); len(hits) != 1 || hits[0].Entity.ID != "x-1" {
		t.Errorf("by identifier alone: %+v", hits)
	}
}

func TestLaterSegmentHolds(t *testing.T) {
	open := func(es ...Entity) *Segment {
		s, err := OpenSegment(segmentBytes(t, es...))
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	x := NewIndex(open(Entity{ID: "a", Names: []string{"Krovin Shipping"}}, Entity{ID: "b", Names: []string{"Krovin Marine"}}), open(Entity{ID: "a", Names: []string{"Belstar Shipping"}}))
	for _, h := range x.Search(Entity{Names: []string{"Krovin Shipping"}}, 10, nil) {
		if h.Entity.ID == "a" && h.Name != "Belstar Shipping" {
			t.Errorf("found by the name it no longer has: %+v", h)
		}
	}
	if hits := x.Search(Entity{Names: []string{"Belstar Shipping"}}, 10, nil); len(hits) == 0 || hits[0].Entity.ID != "a" {
		t.Errorf("not found by its new name: %+v", hits)
	}
	if hits := x.Search(Entity{Names: []string{"Krovin Marine"}}, 10, func(id string) bool { return id != "b" }); len(hits) > 0 && hits[0].Entity.ID == "b" {
		t.Error("returned what was not to be kept")
	}
}

func TestSearchFindsSpellings(t *testing.T) {
	x := indexOf(t, companies()...)
	for _, q := range []string{"Hauwei Technologies", "Huawie Technology Co", "Rosoboroneksport", "Sberbnk"} {
		if hits := x.Search(Entity{Names: []string{q}}, 1, nil); len(hits) == 0 {
			t.Errorf("%s: nothing found", q)
		}
	}
}

func TestHostileNames(t *testing.T) {
	long := strings.Repeat("Krovin 中国 ", 100_000)
	x := indexOf(t, Entity{ID: "long", Names: []string{long}}, Entity{ID: "empty", Names: []string{"", "\x00", "\xff"}}, Entity{ID: "many", Names: strings.Fields(strings.Repeat("aaa bbb ", 500))})
	if hits := x.Search(Entity{Names: []string{long}}, 3, nil); len(hits) == 0 || hits[0].Entity.ID != "long" {
		t.Errorf("%d hits", len(hits))
	}
	b := NewBuilder()
	if err := b.Add(Entity{Names: []string{"x"}}); err == nil {
		t.Error("took an entity without id")
	}
}

func TestOpenSegmentRefuses(t *testing.T) {
	data := segmentBytes(t, companies()...)
	for _, b := range [][]byte{nil, []byte("x"), data[:len(data)/2], data[:60], bytes.Replace(data, []byte("segment 1"), []byte("segment 9"), 1)} {
		if _, err := OpenSegment(b); !errors.Is(err, ErrSegment) {
			t.Errorf("%d bytes: %v", len(b), err)
		}
	}
}

// FuzzSegment damages a segment in one place: searching it may miss, never fail.
func FuzzSegment(f *testing.F) {
	data := segmentBytes(f, companies()...)
	for i := 0; i < len(data); i += 997 {
		f.Add(i, byte(0xff))
	}
	f.Fuzz(func(t *testing.T, at int, v byte) {
		b := bytes.Clone(data)
		b[((at%len(b))+len(b))%len(b)] ^= v
		s, err := OpenSegment(b)
		if err != nil {
			return
		}
		x := NewIndex(s)
		x.Search(Entity{Names: []string{"China National Electronics", "Hauwei", "PDVSA", "中国银行"}}, 5, nil)
		for i := range s.Len() {
			s.entity(uint32(i))
		}
		x.Get("3")
	})
}

func FuzzNormalize(f *testing.F) {
	for _, e := range companies() {
		f.Add(e.Names[0])
	}
	f.Add("عبد الرحمن Abd al-")
	f.Add("S. A. de C.V. . ..a.b.c")
	f.Fuzz(func(t *testing.T, name string) {
		for _, schema := range []string{"", "Person"} {
			e := Entity{ID: "1", Schema: schema, Names: []string{name}}
			if r := Score(e, e); r.Score < 0 || r.Score > 1 || r.Score != r.Score {
				t.Errorf("score %v", r.Score)
			}
			prepare(e).keys(false)
			prepare(e).keys(true)
		}
	})
}

func ExampleScore() {
	r := Score(Entity{Schema: "Company", Names: []string{"中国电子进出口总公司"}}, Entity{Schema: "Company", Names: []string{"China National Electronics Import & Export Corporation"}})
	fmt.Println(r.Score >= Threshold())
	// Output: true
}

func BenchmarkScore(b *testing.B) {
	q := Entity{Schema: "Company", Names: []string{"China National Electronics Import & Export Corporation"}}
	c := Entity{Schema: "Company", Names: []string{"Corporación Nacional China de Importación y Exportación de Electrónicos"}}
	for b.Loop() {
		Score(q, c)
	}
}
