package refdata

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// square is a topology of countries that share an arc: the second takes it backwards.
const square = `{"type":"Topology","transform":{"scale":[1,0.5],"translate":[-10,0]},"arcs":[[[0,0],[0,20]],[[0,20],[20,0],[0,-20],[-20,0]],[[0,0],[-5,0],[0,20],[5,0]]],
"objects":{"countries":{"type":"GeometryCollection","geometries":[
{"type":"Polygon","id":"862","arcs":[[0,1]]},{"type":"MultiPolygon","id":"170","arcs":[[[2,-1]]]},{"type":"Polygon","properties":{"name":"none"},"arcs":[[0,1]]},
{"type":"Point","id":"004"},{"type":"Polygon","id":"008","arcs":[[7]]}%s]}}}`

func TestTopology(t *testing.T) {
	s, n, err := readTopology([]byte(fmt.Sprintf(square, "")))
	if err != nil || n.rows != 3 || n.left != 2 || !strings.Contains(n.why, "row 4") {
		t.Fatalf("%+v, %v", n, err)
	}
	if d := cmp.Diff([][][2]float64{{{-10, 0}, {-10, 10}, {10, 10}, {10, 0}, {-10, 0}}}, s.countries[0].rings); d != "" || s.countries[0].cc != "VE" {
		t.Errorf("%s: %s", s.countries[0].cc, d)
	}
	if d := cmp.Diff([][][2]float64{{{-10, 0}, {-15, 0}, {-15, 10}, {-10, 10}, {-10, 0}}}, s.countries[1].rings); d != "" || s.countries[1].cc != "CO" || s.countries[2].cc != "" {
		t.Errorf("%s: %s", s.countries[1].cc, d)
	}
	for name, text := range map[string]string{
		"no JSON": "{", "another type": `{"type":"FeatureCollection"}`, "no countries": `{"type":"Topology","objects":{"land":{"type":"GeometryCollection"}}}`,
		"a point of one number": `{"type":"Topology","arcs":[[[1]]],"objects":{"countries":{"type":"GeometryCollection"}}}`,
		"off the earth":         `{"type":"Topology","arcs":[[[1e300,0]]],"objects":{"countries":{"type":"GeometryCollection"}}}`,
		"arcs used too often": fmt.Sprintf(`{"type":"Topology","arcs":[[%s[0,0]]],"objects":{"countries":{"type":"GeometryCollection","geometries":[{"type":"Polygon","arcs":[[%s0]]}]}}}`,
			strings.Repeat("[0,0],", 3000), strings.Repeat("0,", 1000)),
	} {
		if _, _, err := readTopology([]byte(text)); err == nil {
			t.Errorf("%s is taken", name)
		}
	}
}

// TestWorld: shapes come from the publisher's package or a folder, bear on no verdict, and are known by their day.
func TestWorld(t *testing.T) {
	more := ""
	for range 120 {
		more += `,{"type":"Polygon","id":"032","arcs":[[0,1]]}`
	}
	text := fmt.Sprintf(square, more)
	var z bytes.Buffer
	g := gzip.NewWriter(&z)
	w := tar.NewWriter(g)
	for _, f := range []struct{ name, text string }{{"package/package.json", "{}"}, {"package/" + topologyName, text}} {
		if err := w.WriteHeader(&tar.Header{Name: f.name, Size: int64(len(f.text)), Mode: 0o644, Typeflag: tar.TypeReg}); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(f.text)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := g.Close(); err != nil {
		t.Fatal(err)
	}
	for name, file := range map[string][]byte{"world-atlas-2.0.2.tgz": z.Bytes(), topologyName: []byte(text)} {
		from, data := t.TempDir(), t.TempDir()
		if err := os.WriteFile(filepath.Join(from, name), file, 0o644); err != nil {
			t.Fatal(err)
		}
		if err := Update(t.Context(), data, FromFolder(from), nil, nil); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		db, err := Open(data)
		if err != nil {
			t.Fatal(err)
		}
		f, bare := db.AsOf(time.Now()), mustOpen(t, "").AsOf(time.Now())
		if f.WorldID() == "" || f.WorldCredit() == "" || f.ID() != bare.ID() || bare.WorldID() != "" {
			t.Errorf("%s: %q, %q; the set is %s, %s without", name, f.WorldID(), f.WorldCredit(), f.ID(), bare.ID())
		}
		n := 0
		f.WorldShapes(func(string, [][][2]float64) { n++ })
		if n != 123 || db.Err() != nil {
			t.Errorf("%s: %d countries, %v", name, n, db.Err())
		}
	}
}

func mustOpen(t *testing.T, dir string) *DB {
	t.Helper()
	db, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	return db
}

// TestRealWorld reads the world as it is published.
func TestRealWorld(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "..", "..", "..", "shared", "data", "geo", topologyName))
	if err != nil {
		t.Skip("countries-110m.json is not there")
	}
	s, n, err := readTopology(text)
	if err != nil || n.rows != 177 || n.left != 0 {
		t.Fatalf("%+v, %v", n, err)
	}
	for _, c := range s.countries {
		if c.cc != "VE" {
			continue
		}
		for _, p := range c.rings[0] {
			if math.Abs(p[0]+66) > 9 || math.Abs(p[1]-7) > 7 {
				t.Errorf("Venezuela reaches %v", p)
			}
		}
		return
	}
	t.Error("there is no Venezuela")
}

func FuzzTopology(f *testing.F) {
	f.Add([]byte(fmt.Sprintf(square, "")))
	f.Add([]byte(`{"type":"Topology","arcs":[[]],"objects":{"countries":{"type":"GeometryCollection","geometries":[{"type":"Polygon","arcs":[[-9223372036854775808]]}]}}}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		s, n, err := readTopology(text)
		if err == nil && n.rows != len(s.countries) {
			t.Errorf("%d rows, %d countries", n.rows, len(s.countries))
		}
	})
}
