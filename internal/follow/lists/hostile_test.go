package lists

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"math/rand/v2"
	"reflect"
	"runtime"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func sorted() cmp.Option { return cmpopts.SortSlices(func(a, b string) bool { return a < b }) }

// good are small files of every format, to be spoiled.
func good() map[string]string {
	return map[string]string{
		OFACCSV: "30502,\"CEIEC\",-0- ,\"VENEZUELA\",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,\"Website https://www.ceiec.com; Linked To: BUQUE.\"\n4238,\"BUQUE\",\"vessel\",\"CUBA\",-0- ,\"CL2\",\"Tug\",\"1,000\",\"212\",\"Cuba\",\"Samir\",\"Linked To: CEIEC.\"\n",
		OFACXML: ofacAdvanced, EUXML: euExport, EUCSV: euTable, UKCSV: ukTreasury, UNXML: unList, GLEIFCSV: gleifTable, GLEIFXML: gleifDoc, OCDS: ocdsPackage,
		EUAnnex:          "celex,recordId,programKey,annex,measure,startDate,reason,schema,name,birthDate,country\n32017R2063,1,EU-VEN,IV,Asset freeze,2013-02-30,x,Company,Señor & Cía,1960,Venezuela\n",
		OpenSanctionsCSV: "id,schema,name,aliases,birth_date,countries,addresses,identifiers,sanctions,phones,emails,program_ids,dataset,first_seen,last_seen,last_change\nNK-1,Company,Ejemplo,Uno;Dos,,ve,Calle 1,J-1,OFAC,,,,x,,,\n",
		ChinaCSV:         "Type,QID,Name,Alias,Chinese name,Country,Topics,Summary,Chinese summary,Body,List,Date,End date,Source URL,Address\nCompany,,Freedom,,自由之家,US,sanction,,,MFA,,30.02.2019,,https://example.org,\n",
		DoD1260H:         "Name,Clean Name,Alias,Previous Name,Parent Name,Note,Start date,End date,Source Url\nA (AB)*,A,AB,,B,,2022-10-05,,\nB,B,,,A,,2022-10-05,,\n",
		AEI:              "Year,Month,Investor, Quantity in Millions ,Share Size,Transaction Party,Sector,Subsector,Country,Region,BRI,Greenfield\n2005,September,\"A (B), C\",1.080 MM,,EnCana,Energy,Oil,Ecuador,South America\n",
		FTM:              `{"id":"a","schema":"Company","properties":{"name":["A"],"parent":["b"]}}` + "\n" + `{"id":"b","schema":"Company","properties":{"name":["B"],"parent":["a"]}}` + "\n",
		Statements:       "canonical_id,entity_id,prop,prop_type,schema,value,dataset,lang,original_value,external,first_seen,last_seen,origin,id\na,a,name,name,Company,A,d,,,f,,,,2\n",
	}
}

// spoilers are ways in which files are broken.
func spoilers() map[string]func(*rand.Rand, string) string {
	insert := func(r *rand.Rand, s, what string) string {
		i := r.IntN(len(s) + 1)
		return s[:i] + what + s[i:]
	}
	return map[string]func(*rand.Rand, string) string{
		"as it is": func(_ *rand.Rand, s string) string { return s },
		"latin-1": func(_ *rand.Rand, s string) string {
			return strings.NewReplacer("ñ", "\xf1", "í", "\xed", "é", "\xe9").Replace(s)
		},
		"invalid UTF-8":  func(r *rand.Rand, s string) string { return insert(r, s, "\xff\xfe\x80") },
		"BOM":            func(_ *rand.Rand, s string) string { return "\ufeff" + strings.TrimPrefix(s, "\ufeff") },
		"UTF-16 LE":      func(_ *rand.Rand, s string) string { return sixteenOf(s, binary.LittleEndian, true) },
		"UTF-16 BE":      func(_ *rand.Rand, s string) string { return sixteenOf(s, binary.BigEndian, true) },
		"UTF-16 no mark": func(_ *rand.Rand, s string) string { return sixteenOf(s, binary.LittleEndian, false) },
		"quote":          func(r *rand.Rand, s string) string { return insert(r, s, `"`) },
		"quotes":         func(r *rand.Rand, s string) string { return insert(r, insert(r, insert(r, s, `"`), `,"`), `"x`) },
		"NUL":            func(r *rand.Rand, s string) string { return insert(r, s, "\x00") },
		"cut":            func(r *rand.Rand, s string) string { return s[:r.IntN(len(s))] },
		"twice":          func(_ *rand.Rand, s string) string { return s + s },
		"1 MB name":      func(r *rand.Rand, s string) string { return insert(r, s, strings.Repeat("nombre ", 150_000)) },
		"bare CR":        func(_ *rand.Rand, s string) string { return strings.ReplaceAll(s, "\n", "\r") },
		"commas":         func(r *rand.Rand, s string) string { return insert(r, s, strings.Repeat(",", 300)) },
		"brackets":       func(r *rand.Rand, s string) string { return insert(r, s, strings.Repeat("[{<(", 5000)) },
		"control":        func(r *rand.Rand, s string) string { return insert(r, s, "\x01\x1b[31m\x7f\u202e") },
		"swap":           func(r *rand.Rand, s string) string { i := r.IntN(len(s)); return s[i:] + s[:i] },
	}
}

func sixteenOf(s string, order binary.ByteOrder, mark bool) string {
	units := utf16.Encode([]rune(strings.TrimPrefix(s, "\ufeff")))
	if mark {
		units = append([]uint16{0xfeff}, units...)
	}
	var b bytes.Buffer
	binary.Write(&b, order, units)
	return b.String()
}

// TestHostile reads more than 200 broken files. Whatever they say, every row is kept or refused with a reason, nothing
// of private life passes, and reading the same file twice gives the same.
func TestHostile(t *testing.T) {
	r := rand.New(rand.NewPCG(6, 6))
	n := 0
	for format, s := range good() {
		for name, spoil := range spoilers() {
			n++
			t.Run(format+", "+name, func(t *testing.T) {
				files := inText("hostile", spoil(r, s))
				items, a, err := readAll(t, format, files, Options{})
				again, b, _ := readAll(t, format, files, Options{})
				if d := cmp.Diff(a, b); d != "" || !reflect.DeepEqual(items, again) {
					t.Errorf("read twice, it differs:\n%s", d)
				}
				if name == "as it is" && err != nil {
					t.Error(err)
				}
				if strings.HasPrefix(name, "UTF-16") && format != OFACXML {
					if _, plain, _ := readAll(t, format, inText("hostile", s), Options{}); plain.Entities != a.Entities {
						t.Errorf("%d entities (%v), and %d in UTF-8", a.Entities, err, plain.Entities)
					}
				}
				if err == nil && a.Read == 0 && len(strings.TrimSpace(s)) > 0 && name == "twice" {
					t.Error("nothing was read")
				}
			})
		}
	}
	if n < 200 {
		t.Errorf("only %d files", n)
	}
}

// TestBrokenRowsCostOneLine puts an unclosed quote among good rows: they must all come through.
func TestBrokenRowsCostOneLine(t *testing.T) {
	var b strings.Builder
	b.WriteString("k,name\n")
	for i := range 5000 {
		if i == 2500 {
			b.WriteString("x,\"never closed\n")
		}
		fmt.Fprintf(&b, "%d,Company %d\n", i, i)
	}
	mapping := "queries: [{csv_url: x, entities: {a: {schema: Company, key: k, properties: {name: {column: name}}}}}]"
	_, a, err := readAll(t, Mapping, inText("x", b.String()), Options{Mapping: []byte(mapping)})
	if err != nil || a.Kept != 5000 || a.Rejected != 1 {
		t.Errorf("kept %d, rejected %d: %v", a.Kept, a.Rejected, err)
	}
}

// endless gives the same row for ever, up to a size.
type endless struct {
	row  string
	left int
}

func (e *endless) Read(p []byte) (int, error) {
	if e.left <= 0 {
		return 0, fmt.Errorf("the line went dead")
	}
	n := 0
	for n+len(e.row) <= len(p) {
		n += copy(p[n:], e.row)
	}
	if n == 0 {
		n = copy(p, e.row)
	}
	e.left -= n
	return n, nil
}

// TestMemory reads 100,000 times one row, and a line of 100 MB without an end: the heap stays small.
func TestMemory(t *testing.T) {
	for name, row := range map[string]string{"rows": "NK-1,Company,Ejemplo,Uno;Dos,,ve,Calle 1,J-1,OFAC,,,,x,,,\n", "one line": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"} {
		t.Run(name, func(t *testing.T) {
			size := 10 << 20
			if name == "one line" {
				size = 100 << 20
			}
			open := func() (io.ReadCloser, error) {
				header, _, _ := strings.Cut(good()[OpenSanctionsCSV], "\n")
				return io.NopCloser(io.MultiReader(strings.NewReader(header+"\n"), &endless{row, size})), nil
			}
			var most uint64
			n := 0
			_, err := Read(context.Background(), OpenSanctionsCSV, "test", map[string]Opener{"x": open}, Options{}, func(Item) error {
				if n++; n%10_000 == 1 {
					var m runtime.MemStats
					runtime.ReadMemStats(&m)
					most = max(most, m.HeapAlloc)
				}
				return nil
			})
			if err == nil || !strings.Contains(err.Error(), "line went dead") {
				t.Errorf("error is %v", err)
			}
			if most > 160<<20 {
				t.Errorf("the heap grew to %d MB", most>>20)
			}
		})
	}
}

func TestStops(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	n := 0
	_, err := Read(ctx, OFACCSV, "test", inText("x", good()[OFACCSV]), Options{}, func(Item) error { n++; cancel(); return nil })
	if err == nil || n > 12 {
		t.Errorf("went on for %d items: %v", n, err)
	}
	full := fmt.Errorf("disk full")
	if _, err := Read(context.Background(), OFACCSV, "test", inText("x", good()[OFACCSV]), Options{}, func(Item) error { return full }); err == nil || !strings.Contains(err.Error(), "disk full") {
		t.Errorf("error of yield is %v", err)
	}
}
