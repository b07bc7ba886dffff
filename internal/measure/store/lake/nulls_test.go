package lake

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/parquet-go/parquet-go"

	"veedor/internal/measure/store"
	"veedor/internal/measure/store/storetest"
)

// sparse is a row of columns that are null at times.
type sparse struct {
	N int64  `parquet:"n"`
	A string `parquet:"a,optional,dict"`
	B int64  `parquet:"b,optional"`
	C *bool  `parquet:"c,optional"`
	D string `parquet:"d,optional"`
}

// TestNulls: whatever the pattern, a column's zero values are written as nulls, and nothing else is.
func TestNulls(t *testing.T) {
	yes := true
	for seed := range uint64(400) {
		r := rand.New(rand.NewPCG(seed, 3))
		rows := make([]sparse, 1+r.IntN(300))
		// Runs of every length, and in the first seeds the one that is known to go wrong.
		var have [4]bool
		for i := range rows {
			for c := range have {
				if r.IntN(1+int(seed%40)) == 0 {
					have[c] = !have[c]
				}
			}
			if seed < 32 {
				have[0] = i >= int(seed) && i < 2*int(seed)
			}
			rows[i].N = int64(i)
			if have[0] {
				rows[i].A = "a"
			}
			if have[1] {
				rows[i].B = int64(i) + 1
			}
			if have[2] {
				rows[i].C = &yes
			}
			if have[3] {
				rows[i].D = "d"
			}
		}
		order := make([]int32, len(rows))
		for i := range order {
			order[i] = int32(i)
		}
		path := filepath.Join(t.TempDir(), "rows.parquet")
		if err := writeTable(parquet.NewGenericWriter[sparse](io.Discard), path, rows, order); err != nil {
			t.Fatal(err)
		}
		for i, got := range readValues(t, path) {
			want := [4]bool{rows[i].A != "", rows[i].B != 0, rows[i].C != nil, rows[i].D != ""}
			for c := range want {
				if got[c+1].IsNull() == want[c] {
					t.Fatalf("seed %d, row %d of %d, column %d: null is %v", seed, i, len(rows), c, got[c+1].IsNull())
				}
			}
		}
	}
}

func readValues(t *testing.T, path string) []parquet.Row {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	f, err := parquet.OpenFile(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	var out []parquet.Row
	for _, g := range f.RowGroups() {
		in := g.Rows()
		for {
			part := make([]parquet.Row, 64)
			n, err := in.ReadRows(part)
			for _, row := range part[:n] {
				out = append(out, row.Clone())
			}
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		if err := in.Close(); err != nil {
			t.Fatal(err)
		}
	}
	return out
}

// TestExportsBySplit: however measurements came in batches, exports are the same bytes.
func TestExportsBySplit(t *testing.T) {
	all := storetest.Random(11, 25)
	var uids []string
	for i := range all.Verdicts {
		if uid := all.Verdicts[i].MeasurementUID; len(uids) == 0 || uids[len(uids)-1] != uid {
			uids = append(uids, uid)
		}
	}
	// Columns that are null in most rows, in runs, as those of real measurements are.
	r := rand.New(rand.NewPCG(1, 1))
	for i := range all.Observations {
		o := &all.Observations[i]
		if r.IntN(3) > 0 {
			o.DNSAnswer, o.DNSEngine, o.DNSFailure, o.DNSAnswerASN = "", "", "", 0
		}
		if r.IntN(3) > 0 {
			o.TCPFailure, o.TCPSuccess, o.IP, o.IPASN = "", nil, "", 0
		}
	}
	want := ""
	for i := range 5 {
		l := open(t, t.TempDir())
		parts := 1 + i%5
		for k := range parts {
			var b store.Batch
			in := map[string]bool{}
			for j, uid := range uids {
				in[uid] = (j*7+i)%parts == k
			}
			for _, o := range all.Observations {
				if in[o.MeasurementUID] {
					b.Observations = append(b.Observations, o)
				}
			}
			for _, v := range all.Verdicts {
				if in[v.MeasurementUID] {
					b.Verdicts = append(b.Verdicts, v)
				}
			}
			if err := l.Append(t.Context(), b); err != nil {
				t.Fatal(err)
			}
		}
		got := export(t, l)
		if want == "" {
			want = got
		}
		if got != want {
			t.Fatalf("in %d parts, exports differ", parts)
		}
	}
}
