package cli

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/klauspost/compress/zstd"

	"veedor/internal/follow/lists"
	"veedor/internal/follow/registry"
)

// listSamples are small files of every format. Some of their rows are to be refused as they are.
func listSamples() map[string]string {
	return map[string]string{
		lists.OFACCSV: "30502,\"CEIEC\",-0- ,\"VENEZUELA\",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,\"Website https://www.ceiec.com; Linked To: BUQUE.\"\n" +
			"4238,\"BUQUE\",\"vessel\",\"CUBA\",-0- ,\"CL2\",\"Tug\",\"1,000\",\"212\",\"Cuba\",\"Samir\",\"Linked To: CEIEC.\"\n",
		lists.OFACXML: `<?xml version="1.0" encoding="utf-8"?><Sanctions xmlns="https://www.un.org/sanctions/1.0"><DateOfIssue><Year>2023</Year><Month>1</Month><Day>21</Day></DateOfIssue><ReferenceValueSets>` +
			`<AliasTypeValues><AliasType ID="1403">Name</AliasType></AliasTypeValues><PartyTypeValues><PartyType ID="2">Entity</PartyType></PartyTypeValues><PartySubTypeValues><PartySubType ID="3" PartyTypeID="2">Unknown</PartySubType></PartySubTypeValues></ReferenceValueSets>` + "\n" +
			`<DistinctParties><DistinctParty FixedRef="30502"><Profile ID="30502" PartySubTypeID="3"><Identity ID="777" Primary="true"><Alias AliasTypeID="1403" Primary="true"><DocumentedName ID="1"><DocumentedNamePart><NamePartValue NamePartGroupID="90">Electrónica</NamePartValue></DocumentedNamePart></DocumentedName></Alias></Identity></Profile></DistinctParty></DistinctParties></Sanctions>`,
		lists.EUXML: `<?xml version="1.0" encoding="UTF-8"?><export xmlns="http://eu.europa.ec/fpi/fsd/export" generationDate="2024-12-11T21:24:35.826+01:00">` + "\n" +
			`<sanctionEntity logicalId="77"><regulation entryIntoForceDate="2013-02-30" programme="VEN"/><subjectType code="enterprise" classificationCode="E"/><nameAlias wholeName="Filtros del Sur, C.A. ñ" strong="true"/></sanctionEntity><sanctionEntity logicalId="79"><subjectType code="enterprise"/></sanctionEntity></export>`,
		lists.EUCSV: "fileGenerationDate;Entity_LogicalId;Entity_EU_ReferenceNumber;Entity_SubjectType;Entity_SubjectType_ClassificationCode;Entity_Remark;Entity_Regulation_Programme;Entity_Regulation_EntryIntoForceDate;NameAlias_WholeName;NameAlias_Strong\n" +
			"11/12/2024;77;EU.1.2;enterprise;E;Maker;VEN;2020-03-01;Filtros del Sur;true\n11/12/2024;78;;person;P;;VEN;2020-03-01;Ana Pérez;true\n;x;;;;;;;;\n",
		lists.UKCSV: "Last Updated,01/10/2026\nName 6,Name 1,Name 2,Name 3,Name 4,Name 5,Title,Name Non-Latin Script,DOB,Country of Birth,Nationality,Position,Address 1,Post/Zip Code,Country,Other Information,Group Type,Alias Type,Alias Quality,Regime,Listed On,Last Updated,Group ID\n" +
			"FILTROS DEL SUR,,,,,,,,,,,,Calle 1,1060,Venezuela,,Entity,Primary name,,Venezuela,30/02/2019,31/12/2020,13001\n,,,,,,,,,,,,,,,,Individual,AKA,,Venezuela,,,13002\n",
		lists.UNXML: `<?xml version="1.0" encoding="utf-8"?><CONSOLIDATED_LIST dateGenerated="2026-09-01T02:00:03.123Z"><ENTITIES>` + "\n" +
			`<ENTITY><DATAID>6908742</DATAID><FIRST_NAME>KUMSAN &amp; CÍA</FIRST_NAME><LISTED_ON>2013-02-30</LISTED_ON></ENTITY><ENTITY><DATAID>none</DATAID></ENTITY></ENTITIES></CONSOLIDATED_LIST>`,
		lists.GLEIFCSV: "LEI,Entity.LegalName,Entity.LegalName.xmllang,Entity.LegalAddress.City,Entity.LegalAddress.Country,Entity.EntityStatus,Entity.EntityCreationDate\n549300MLUDYVRQOOXS22,Ejemplo S.A.,es,Madrid,ES,ACTIVE,2001-02-03T00:00:00Z\n,Nobody,,,,,\n",
		lists.GLEIFXML: `<lei:LEIData xmlns:lei="http://www.gleif.org/data/schema/leidata/2016"><lei:LEIRecords>` + "\n" +
			`<lei:LEIRecord><lei:LEI>549300MLUDYVRQOOXS22</lei:LEI><lei:Entity><lei:LegalName>Ejemplo S.Á.</lei:LegalName></lei:Entity></lei:LEIRecord></lei:LEIRecords></lei:LEIData>`,
		lists.OCDS:             `{"publishedDate":"2014-05-06T00:00:00Z","releases":[` + "\n" + `{"ocid":"ocds-1","parties":[{"id":"b","name":"Ministerio","roles":["buyer"]}],"buyer":{"id":"b"},"contracts":[{"id":7,"title":"4.300 cámaras","dateSigned":"2013-02-30T00:00:00Z","value":{"amount":1080000000,"currency":"USD"}}]},{"id":"2"}]}`,
		lists.EUAnnex:          "celex,recordId,programKey,annex,measure,startDate,reason,schema,name,birthDate,country\n32017R2063,1,EU-VEN,IV,Asset freeze,2013-02-30,x,Company,Señor & Cía,1960,Venezuela\n",
		lists.OpenSanctionsCSV: "id,schema,name,aliases,birth_date,countries,addresses,identifiers,sanctions,phones,emails,program_ids,dataset,first_seen,last_seen,last_change\nNK-1,Company,Ejemplo,Uno;Dos,,ve,Calle 1,J-1,OFAC,,,,x,,,\n",
		lists.ChinaCSV:         "Type,QID,Name,Alias,Chinese name,Country,Topics,Summary,Chinese summary,Body,List,Date,End date,Source URL,Address\nCompany,,Freedom,,自由之家,US,sanction,,,MFA,,30.02.2019,,https://example.org,\n",
		lists.DoD1260H:         "Name,Clean Name,Alias,Previous Name,Parent Name,Note,Start date,End date,Source Url\nA (AB)*,A,AB,,B,,2022-10-05,,\nB,B,,,A,,2022-10-05,,\n",
		lists.AEI:              "Year,Month,Investor, Quantity in Millions ,Share Size,Transaction Party,Sector,Subsector,Country,Region,BRI,Greenfield\n2005,September,\"A (B), C\",1.080 MM,,EnCana,Energy,Oil,Ecuador,South America\n",
		lists.FTM:              `{"id":"a","schema":"Company","properties":{"name":["A"],"parent":["b"]}}` + "\n" + `{"id":"b","schema":"Company","properties":{"name":["Ñandú"],"parent":["a"],"incorporationDate":["2013-02-30"]}}` + "\n",
		lists.Statements:       "canonical_id,entity_id,prop,prop_type,schema,value,dataset,lang,original_value,external,first_seen,last_seen,origin,id\na,a,name,name,Company,A,d,,,f,,,,2\n",
	}
}

// spoiled returns a sample in every way in which it is broken.
func spoiled(s string) map[string]string {
	r := rand.New(rand.NewPCG(6, uint64(len(s))))
	insert := func(what string) string {
		i := len(s)/3 + r.IntN(len(s)/2)
		return s[:i] + what + s[i:]
	}
	sixteen := func(order binary.ByteOrder) string {
		var b bytes.Buffer
		_ = binary.Write(&b, order, append([]uint16{0xfeff}, utf16.Encode([]rune(s))...)) // a buffer takes all
		return b.String()
	}
	zipped := packed(s)
	zst := packedZstd(s)
	return map[string]string{
		"as it is": s, "Latin-1": strings.NewReplacer("ñ", "\xf1", "Ñ", "\xd1", "í", "\xed", "Í", "\xcd", "é", "\xe9", "á", "\xe1").Replace(s),
		"no UTF-8": insert("\xff\xfe\x80"), "BOM": "\ufeff" + s, "UTF-16 LE": sixteen(binary.LittleEndian), "UTF-16 BE": sixteen(binary.BigEndian),
		"quote": insert(`"`), "quotes": insert(`,"x"y","`), "NUL": insert("\x00"), "cut": s[:len(s)*2/3], "twice": s + s,
		"1 MB name": insert(strings.Repeat("nombre ", 150_000)), "bare CR": strings.ReplaceAll(s, "\n", "\r"), "mixed line ends": strings.Replace(s, "\n", "\r\n", 1),
		"brackets": insert(strings.Repeat("[{<(", 5000)), "control": insert("\x01\x1b[31m\x7f\u202e"), "backwards": s[len(s)/2:] + s[:len(s)/2],
		"empty": "", "blank": " \n\n\t\r\n", "gzip cut": zipped[:len(zipped)*2/3], "zstd cut": zst[:len(zst)*2/3], "gzip and more": zipped + "garbage", "gzip": zipped,
	}
}

func packed(s string) string {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, _ = io.WriteString(w, s) // a buffer takes all
	_ = w.Close()
	return b.String()
}

func packedZstd(s string) string {
	w, err := zstd.NewWriter(nil)
	if err != nil {
		panic(err)
	}
	defer w.Close()
	return string(w.EncodeAll([]byte(s), nil))
}

// readHostile imports files that may be anything, and looks at what must hold whatever they are. It returns the state, if there is one.
func readHostile(t *testing.T, r *registry.Registry, format, dataset string, files map[string]string) (registry.State, error) {
	t.Helper()
	openers := map[string]lists.Opener{}
	n := registry.NewState{Dataset: registry.Dataset{Name: dataset}, Dated: "2026-01-01", Format: format}
	for name, text := range files {
		openers[name] = func() (io.ReadCloser, error) { return unpacked(strings.NewReader(text)) }
		n.Files = append(n.Files, registry.File{Name: name, Hash: fmt.Sprintf("%s %s", dataset, name)})
	}
	slices.SortFunc(n.Files, func(a, b registry.File) int { return strings.Compare(a.Name, b.Name) })
	stop := watchMemory(t)
	s, _, err := r.Import(t.Context(), n, time.Now, listSource(format, dataset, openers, lists.Options{}))
	if most := stop(); most > 700<<20 {
		t.Errorf("the heap grew to %d MiB", most>>20)
	}
	if err != nil {
		if strings.Contains(err.Error(), "\n") || len(err.Error()) > 1000 {
			t.Errorf("its error is no clear line: %q", err)
		}
		return s, err
	}
	if a := s.Account; a.Read != a.Kept+a.Rejected || a.Kept < 0 {
		t.Errorf("read %d, kept %d, rejected %d", a.Read, a.Kept, a.Rejected)
	}
	rows, values := 0, 0
	if err := r.Rejects(t.Context(), s.ID, func(p registry.Reject) error {
		if p.Reason == "" {
			t.Errorf("rejected without a reason: %+v", p)
		}
		if p.Entity == "" {
			rows++
		} else {
			values++
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if rows != s.Account.Rejected || values != s.Account.Problems {
		t.Errorf("%d rows and %d values are listed as not taken, and %d and %d are counted", rows, values, s.Account.Rejected, s.Account.Problems)
	}
	return s, nil
}

func watchMemory(t *testing.T) func() uint64 {
	ctx, cancel := context.WithCancel(t.Context())
	most := make(chan uint64)
	go func() {
		var peak uint64
		for {
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			peak = max(peak, m.HeapInuse)
			select {
			case <-ctx.Done():
				most <- peak
				return
			case <-time.After(20 * time.Millisecond):
			}
		}
	}()
	return func() uint64 { cancel(); return <-most }
}

// TestHostileImports imports more than 300 broken files. Whatever they say, every row is kept or rejected with a reason
// that is kept, nothing crashes, and the registry is sound afterwards.
func TestHostileImports(t *testing.T) {
	n := 0
	for format, sample := range listSamples() {
		t.Run(format, func(t *testing.T) {
			data := t.TempDir()
			r, err := registry.Open(t.Context(), data)
			if err != nil {
				t.Fatal(err)
			}
			for how, text := range spoiled(sample) {
				n++
				t.Run(how, func(t *testing.T) {
					s, err := readHostile(t, r, format, "d-"+how, map[string]string{"hostile": text})
					switch {
					case how == "as it is" || how == "gzip" || how == "BOM" || how == "mixed line ends" || strings.HasPrefix(how, "UTF-16") && format != lists.OFACXML:
						if err != nil || s.Account.Kept == 0 {
							t.Errorf("kept %d of %d: %v", s.Account.Kept, s.Account.Read, err)
						}
					case strings.HasSuffix(how, " cut"):
						if err == nil && s.Status != registry.Cut {
							t.Error("what is missing of a cut file counts as removed")
						}
					}
				})
			}
			if err := r.Close(); err != nil {
				t.Fatal(err)
			}
			if c, err := registry.Fsck(t.Context(), data, func(registry.File) error { return nil }, nil); err != nil || len(c.Problems) > 0 {
				t.Errorf("fsck: %+v, %v", c, err)
			}
		})
	}
	if n < 300 {
		t.Errorf("only %d files", n)
	}
}

// TestHostileValues imports what is well formed and cannot be meant.
func TestHostileValues(t *testing.T) {
	bomb := `<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">]>`
	outside := `<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>`
	many := func(format string, n int) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, format, i)
		}
		return strings.TrimSuffix(b.String(), ",")
	}
	company := func(id, more string) string {
		return `{"id":"` + id + `","schema":"Company","properties":{"name":["` + id + `"]` + more + `}}` + "\n"
	}
	for _, c := range []struct {
		name, format   string
		files          map[string]string
		kept, rejected int // -1: any
		problems       int
		reason         string // of a rejected row or value, or of the error
		fails          bool
	}{
		{"owns itself", lists.FTM, one(company("a", "") + `{"id":"o","schema":"Ownership","properties":{"owner":["a"],"asset":["a"]}}`), 2, 0, 0, "", false},
		{"is its own parent", lists.FTM, one(company("a", `,"parent":["a"]`)), 1, 0, 1, "points to itself", false},
		{"a circle of owners", lists.FTM, one(many(`{"id":"c%[1]d","schema":"Company","properties":{"name":["C"]}}`+"\n", 50) + many(`{"id":"o%[1]d","schema":"Ownership","properties":{"owner":["c%[1]d"],"asset":["c0"]}}`+"\n", 50)), 100, 0, 0, "", false},
		{"a hundred thousand values", lists.FTM, one(company("a", `,"alias":[`+many(`"alias %d",`, 99_000)+`]`)), 1, 0, 0, "", false},
		{"more values than are taken", lists.FTM, one(company("a", `,"alias":[`+many(`"a%d",`, 100_001)+`]`)), 0, 1, 0, "more than 100000 values", false},
		{"a hundred thousand properties", lists.FTM, one(company("a", `,`+many(`"p%d":["x"],`, 100_000))), -1, -1, -1, "", false},
		{"one id twice in a file", lists.FTM, one(company("a", "") + company("a", `,"country":["ve"]`)), 2, 0, 0, "", false},
		{"one id in two files", lists.FTM, map[string]string{"1.json": company("a", ""), "2.json": company("a", `,"country":["ve"]`)}, 2, 0, 0, "", false},
		{"schemata that do not go together", lists.FTM, one(company("a", "") + `{"id":"a","schema":"Vessel","properties":{"name":["a"]}}`), 2, 0, 0, "", false},
		{"a day that does not exist", lists.FTM, one(company("a", `,"incorporationDate":["2013-02-30"]`)), 1, 0, 1, "", false},
		{"a month that does not exist", lists.FTM, one(company("a", `,"incorporationDate":["2013-13-01","0000-00-00","99999-01-01"]`)), 1, 0, 3, "", false},
		{"a country that does not exist", lists.FTM, one(company("a", `,"country":["Atlantis"]`)), 1, 0, 1, "", false},
		{"an id that is none", lists.FTM, one(`{"id":"","schema":"Company","properties":{"name":["a"]}}` + "\n" + `{"id":" ","schema":"Company"}` + "\n" + `{"id":"a\u0000b","schema":"Company"}`), 0, 3, 0, "id", false},
		{"an id without end", lists.FTM, one(`{"id":"` + strings.Repeat("x", 100_000) + `","schema":"Company"}`), 0, 1, 0, "512 bytes", false},
		{"no such schema", lists.FTM, one(`{"id":"a","schema":"Spaceship"}` + "\n" + `{"id":"a","schema":"Thing"}`), 0, 2, 0, "schema", false},
		{"private papers", lists.FTM, one(`{"id":"a","schema":"Passport","properties":{"number":["1"]}}`), 0, 1, 0, "private life", false},
		{"numbers in place of text", lists.FTM, one(`{"id":"a","schema":"Company","properties":{"name":[1e400, true, null, {"id":"b"}]}}` + "\n" + `{"id":7,"schema":"Company"}`), -1, -1, -1, "", false},
		{"lists in lists", lists.FTM, one(company("a", `,"alias":`+strings.Repeat("[", 5000)+strings.Repeat("]", 5000))), 0, 1, 0, "", false},
		{"objects in objects", lists.FTM, one(strings.Repeat(`{"a":`, 20_000) + "1" + strings.Repeat("}", 20_000)), 0, 1, 0, "", false},
		{"a million brackets", lists.FTM, one(strings.Repeat("[", 1_000_000)), 0, 1, 0, "", false},
		{"a name of 1 MB", lists.FTM, one(company("a", `,"alias":["`+strings.Repeat("nombre ", 150_000)+`"]`)), 1, 0, 1, "longer than", false},
		{"a line of 20 MB", lists.FTM, one(company("a", `,"notes":["`+strings.Repeat("x", 20<<20)+`"]`) + company("b", "")), 1, 1, 0, "", false},
		{"half an emoji", lists.FTM, one(company("a", `,"alias":["\ud83d","\udca9 x"]`)), -1, -1, -1, "", false},
		{"the same key twice", lists.FTM, one(`{"id":"a","id":"b","schema":"Company","schema":"Vessel","properties":{"name":["x"]},"properties":{"name":["y"]}}`), -1, -1, -1, "", false},
		{"amounts as people write them", lists.AEI, one("Year,Month,Investor, Quantity in Millions ,Share Size,Transaction Party,Sector,Subsector,Country,Region,BRI,Greenfield\n" +
			"2005,May,A,1.080 MM,,X,Energy,Oil,Ecuador,South America\n2005,May,A,1e999,,X,Energy,Oil,Ecuador,South America\n2005,May,A,-,,X,Energy,Oil,Ecuador,South America\n2005,May,A,12 o 13,,X,Energy,Oil,Ecuador,South America\n"), 4, 0, -1, "", false},
		{"an amount without end", lists.OCDS, one(`{"ocid":"o","buyer":{"id":"b","name":"B"},"contracts":[{"id":1,"title":"t","value":{"amount":` + strings.Repeat("9", 200_000) + `,"currency":"USD"}}]}`), -1, -1, -1, "", false},
		{"a release too deep", lists.OCDS, one(`{"releases":[` + strings.Repeat(`{"releases":[`, 100) + strings.Repeat(`]}`, 100) + `]}`), 0, 1, 0, "deeper than", false},
		{"records in records", lists.OCDS, one(`{"records":[{"ocid":"o","releases":[{"ocid":"o","releases":[{"ocid":"o","releases":[{"ocid":"o"}]}]}]}]}`), -1, -1, -1, "", false},
		{"an annex under the name of a table", lists.OFACCSV, map[string]string{"sdn.csv": listSamples()[lists.EUAnnex]}, -1, -1, -1, "", false},
		{"XML under the name of a table", lists.UKCSV, one(listSamples()[lists.UNXML]), -1, -1, -1, "", true},
		{"a table under the name of XML", lists.UNXML, one(listSamples()[lists.UKCSV]), -1, -1, -1, "", false},
		{"JSON under the name of XML", lists.EUXML, one(listSamples()[lists.FTM]), -1, -1, -1, "", false},
		{"columns of another list", lists.GLEIFCSV, one(listSamples()[lists.ChinaCSV]), -1, -1, -1, "", true},
		{"two headers", lists.OpenSanctionsCSV, one(listSamples()[lists.OpenSanctionsCSV] + listSamples()[lists.OpenSanctionsCSV]), -1, -1, -1, "", false},
		{"nothing but a header", lists.ChinaCSV, one(strings.SplitAfter(listSamples()[lists.ChinaCSV], "\n")[0]), 0, 0, 0, "", false},
		{"a gzip bomb", lists.FTM, one(packed(strings.Repeat("0", 200<<20))), 0, 1, 0, "", false},
		{"a zstd bomb", lists.FTM, one(packedZstd(strings.Repeat("0", 200<<20))), 0, 1, 0, "", false},
		{"a bomb of lines", lists.FTM, one(packed(strings.Repeat("{}\n", 20_000))), 0, 20_000, 0, "", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			data := t.TempDir()
			r, err := registry.Open(t.Context(), data)
			if err != nil {
				t.Fatal(err)
			}
			s, err := readHostile(t, r, c.format, "hostile", c.files)
			if c.fails != (err != nil) && c.kept >= 0 {
				t.Fatalf("%+v, %v", s.Account, err)
			}
			a := s.Account
			if c.kept >= 0 && a.Kept != c.kept || c.rejected >= 0 && a.Rejected != c.rejected || c.problems >= 0 && c.kept >= 0 && a.Problems != c.problems {
				t.Errorf("kept %d, rejected %d, problems %d; want %d, %d, %d; %v", a.Kept, a.Rejected, a.Problems, c.kept, c.rejected, c.problems, a.Reasons)
			}
			found := c.reason == ""
			if err := r.Rejects(t.Context(), s.ID, func(p registry.Reject) error { found = found || strings.Contains(p.Reason, c.reason); return nil }); err != nil || !found {
				t.Errorf("no reason says %q: %v, %v", c.reason, a.Reasons, err)
			}
			// Whatever is in it can be asked for.
			for _, id := range []string{"a", "c0", "o"} {
				if v, err := r.Entity(t.Context(), id); err == nil {
					if _, err := r.Adjacent(t.Context(), v.ID, 100); err != nil {
						t.Error(err)
					}
					if _, err := r.Path(t.Context(), v.ID, v.ID); err != nil {
						t.Error(err)
					}
				}
			}
			if err := r.Close(); err != nil {
				t.Fatal(err)
			}
			if c, err := registry.Fsck(t.Context(), data, func(registry.File) error { return nil }, nil); err != nil || len(c.Problems) > 0 {
				t.Errorf("fsck: %+v, %v", c, err)
			}
		})
	}
	for _, format := range []string{lists.OFACXML, lists.EUXML, lists.UNXML, lists.GLEIFXML} {
		for name, head := range map[string]string{"a bomb of entities": bomb, "an entity outside": outside} {
			t.Run(name+" in "+format, func(t *testing.T) {
				r, err := registry.Open(t.Context(), t.TempDir())
				if err != nil {
					t.Fatal(err)
				}
				defer r.Close()
				body := listSamples()[format]
				if i := strings.Index(body, "?>"); i >= 0 {
					body = body[i+2:]
				}
				s, err := readHostile(t, r, format, "hostile", one(head+strings.Replace(body, "Ejemplo", "&c;&e;", 1)))
				if err == nil && (s.Account.Kept > 0 || s.Status != registry.Cut) {
					t.Errorf("a document type was taken: %+v", s)
				}
			})
		}
	}
}

func one(text string) map[string]string { return map[string]string{"hostile": text} }

// TestHostileNames: what a file is called does no harm.
func TestHostileNames(t *testing.T) {
	data, dir := t.TempDir(), t.TempDir()
	for i, name := range []string{"a b.json", "ñ\u202e.json", "-rf", "a\nb", "%s%n", strings.Repeat("x", 200)} {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(fmt.Sprintf(`{"id":"e%d","schema":"Company","properties":{"name":["E"]}}`, i)), 0o644); err != nil {
			t.Fatal(err)
		}
		if got := runMain(t, "--data", data, "registry", "import", "--dataset", fmt.Sprint("d", i), path); !strings.Contains(got, "kept 1") {
			t.Errorf("%q: %s", name, got)
		}
	}
	runMain(t, "--data", data, "registry", "rebuild")
	runMain(t, "--data", data, "fsck")
}
