package ftm

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"

	"veedor/internal/phrase"
)

const sample = `{"id":"ofac-30502","caption":"CEIEC","schema":"Company","properties":{"name":["CEIEC"],"alias":["中国电子进出口有限公司","CEIEC"],"uscCode":["9111000010000106X1"],"country":["cn"]},"referents":["old-1"],"datasets":["us_ofac_sdn"],"first_seen":"2021-01-01T00:00:00","last_seen":"2026-01-01T00:00:00","last_change":"2021-01-01T00:00:00","target":true}`

// entities reads all and returns values and reasons, one of each a record.
func entities(t *testing.T, in string, l Limits) (ids, reasons []string) {
	t.Helper()
	for rec, err := range ReadEntities(Default(), strings.NewReader(in), l) {
		if err != nil {
			t.Fatal(err)
		}
		ids, reasons = append(ids, rec.Value.ID), append(reasons, rec.Reason)
		if got := in[rec.Place.Offset : rec.Place.Offset+rec.Place.Size]; rec.Place.Size <= int64(l.orDefault().Line) && strings.TrimPrefix(got, "\ufeff") != string(rec.Place.Raw) {
			t.Errorf("line %d: bytes at its place are %q, it has %q", rec.Place.Line, got, rec.Place.Raw)
		}
		if want := 1 + strings.Count(in[:rec.Place.Offset], "\n"); rec.Place.Line != want {
			t.Errorf("line %d is called %d", want, rec.Place.Line)
		}
	}
	return ids, reasons
}

func TestReadEntitiesBadLines(t *testing.T) {
	lines := []struct{ line, reason string }{
		{sample, ""},
		{`{"id":"a","schema":"Person","properties":{"name":"not a list","height":[1.5],"nationality":[null,"ve"],"parent":[{"id":"b","schema":"Company","properties":{}}]}}`, ""},
		{`{"id":"a","schema":"Person","properties":{"name":[{"no":"id"}]}}`, "that is no text"},
		{`{"id":"","schema":"Person"}`, "has no id"},
		{`{"schema":"Person"}`, "has no id"},
		{`{"id":7,"schema":"Person"}`, "is no entity in JSON"},
		{`{"id":"a","schema":"Nothing"}`, `has the schema "Nothing"`},
		{`{"id":"a","schema":"` + strings.Repeat("x", 200) + `"}`, "…"},
		{`{"id":"a\u0000","schema":"Person"}`, "control characters"},
		{`{"id":"` + strings.Repeat("x", 600) + `","schema":"Person"}`, "more than 512 bytes"},
		{`{"id":"a","schema":"Person"`, "is no entity in JSON"},
		{`{"id":"a","schema":"Person"}{}`, "is no entity in JSON"},
		{`[]`, "is no entity in JSON"},
		{`null`, "has no id"},
		{"{\"id\":\"a\",\"schema\":\"Person\",\"properties\":{\"name\":[\"\xff\"]}}", whyNotUTF8.Say()},
		{`{"id":"a","schema":"Person","properties":{"name":["` + strings.Repeat("y", 5000) + `"]}}`, whyTooLong.Say()},
		{`{"id":"a","schema":"Person","properties":{"alias":[` + strings.Repeat(`"n",`, 50) + `"n"]}}`, "more than 40 values"},
		{`{"id":"a","schema":"Person","properties":{"name":` + strings.Repeat("[", 2000) + strings.Repeat("]", 2000) + `}}`, ""},
		{`{"id":"last","schema":"Thing","properties":{}}`, ""},
	}
	lines[17].reason = "no text"
	g := &phrase.Grammar{Heads: Reasons()}
	var in strings.Builder
	in.WriteString("\ufeff")
	for _, l := range lines {
		in.WriteString(l.line + "\n\n  \n")
	}
	ids, reasons := entities(t, strings.TrimRight(in.String(), " \n"), Limits{Line: 4100, Values: 40})
	if len(reasons) != len(lines) {
		t.Fatalf("%d records of %d lines", len(reasons), len(lines))
	}
	for i, l := range lines {
		if (l.reason == "") != (reasons[i] == "") || !strings.Contains(reasons[i], l.reason) || l.reason != "" && g.Read(reasons[i]) == nil {
			t.Errorf("%.80s\nis refused with %q, want %q", l.line, reasons[i], l.reason)
		}
		if reasons[i] != "" && ids[i] != "" {
			t.Errorf("%.80s\nis refused and has the id %s", l.line, ids[i])
		}
	}
}

func TestReadEntity(t *testing.T) {
	yes := true
	want := Entity{ID: "ofac-30502", Caption: "CEIEC", Schema: "Company", Properties: map[string][]string{"name": {"CEIEC"}, "alias": {"中国电子进出口有限公司", "CEIEC"},
		"uscCode": {"9111000010000106X1"}, "country": {"cn"}}, Referents: []string{"old-1"}, Datasets: []string{"us_ofac_sdn"},
		FirstSeen: "2021-01-01T00:00:00", LastSeen: "2026-01-01T00:00:00", LastChange: "2021-01-01T00:00:00", Target: &yes}
	for rec, err := range ReadEntities(Default(), strings.NewReader(sample), Limits{}) {
		if err != nil || rec.Reason != "" {
			t.Fatal(err, rec.Reason)
		}
		if diff := cmp.Diff(rec.Value, want); diff != "" {
			t.Error(diff)
		}
		var b bytes.Buffer
		if err := WriteEntity(&b, &rec.Value); err != nil {
			t.Fatal(err)
		}
		for again := range ReadEntities(Default(), &b, Limits{}) {
			if diff := cmp.Diff(again.Value, want); diff != "" {
				t.Error(diff)
			}
		}
	}
}

func TestReadEntityDropped(t *testing.T) {
	in := `{"id":"a","schema":"Company","properties":{"name":["x"],"shoeSize":["43","44"],"ownershipOwner":["b"]}}`
	for rec := range ReadEntities(Default(), strings.NewReader(in), Limits{}) {
		if diff := cmp.Diff(rec.Dropped, map[string]int{"shoeSize": 2, "ownershipOwner": 1}); diff != "" {
			t.Error(diff)
		}
		if diff := cmp.Diff(rec.Value.Properties, map[string][]string{"name": {"x"}}); diff != "" {
			t.Error(diff)
		}
	}
}

func TestReadFails(t *testing.T) {
	broken := errors.New("broken")
	last := error(nil)
	for _, err := range ReadEntities(Default(), iotest.ErrReader(broken), Limits{}) {
		last = err
	}
	if !errors.Is(last, broken) {
		t.Errorf("entities: %v", last)
	}
	for _, format := range []string{CSV, JSON, Pack} {
		for _, err := range ReadStatements(Default(), iotest.ErrReader(broken), format, Limits{}) {
			last = err
		}
		if !errors.Is(last, broken) {
			t.Errorf("%s: %v", format, last)
		}
	}
	for _, err := range ReadStatements(Default(), strings.NewReader(""), "xml", Limits{}) {
		last = err
	}
	if last == nil || !strings.Contains(last.Error(), `"xml"`) {
		t.Errorf("unknown format: %v", last)
	}
}

func TestStatementsThereAndBack(t *testing.T) {
	all := someStatements(400)
	for i := range all {
		all[i].Source, all[i].Evidence = "OFAC", "sha256:ab line 3"
	}
	for _, format := range []string{CSV, JSON, Pack} {
		var b bytes.Buffer
		write(t, &b, all, format, true)
		i := 0
		for rec, err := range ReadStatements(Default(), bytes.NewReader(b.Bytes()), format, Limits{}) {
			if err != nil || rec.Reason != "" {
				t.Fatal(format, err, rec.Reason)
			}
			if diff := cmp.Diff(rec.Value, all[i]); diff != "" {
				t.Fatalf("%s, statement %d: %s", format, i, diff)
			}
			i++
		}
		if i != len(all) {
			t.Errorf("%s: read %d of %d", format, i, len(all))
		}
	}
}

func TestReadStatementsBadRows(t *testing.T) {
	const header = `"canonical_id","entity_id","prop","prop_type","schema","value","dataset","origin","lang","original_value","external","first_seen","last_seen","id"` + "\n"
	row := func(entity, prop, value string) string {
		return `"","` + entity + `","` + prop + `","","Company","` + value + `","test","","","","f","","",""` + "\n"
	}
	in := header + row("a", "name", "one") + row("a", "shoe", "43") + row("", "name", "x") + row("a", "name", "") + "short\n" +
		strings.TrimSuffix(row("a", "name", "x"), "\n") + `,"one too many"` + "\n" + row("b", "name", "two\nlines, \"\"quoted\"\"") + "\n\n" +
		row("c", "name", "\xff") + row("d", "name", strings.Repeat("z", 3000)) + row("e", "id", "e") + `"","open` + "\n" + "f,f,country,,Company,ve,test,,,,f,,,\n"
	want := []string{"one", "!shoe", "!no id", "!no value", "!no id", "!15 fields", "two\nlines, \"quoted\"", "!UTF-8", "!longer", "e", "!not closed", "ve"}
	var got []string
	for rec, err := range ReadStatements(Default(), strings.NewReader(in), CSV, Limits{Line: 2000}) {
		if err != nil {
			t.Fatal(err)
		}
		if rec.Reason != "" {
			got = append(got, "!"+rec.Reason)
		} else {
			got = append(got, rec.Value.Value)
		}
		if b := in[rec.Place.Offset:][:rec.Place.Size]; !strings.HasPrefix(b, string(rec.Place.Raw)) {
			t.Errorf("row at line %d: bytes at its place are %q, it has %q", rec.Place.Line, b, rec.Place.Raw)
		}
		if want := 1 + strings.Count(in[:rec.Place.Offset], "\n"); rec.Place.Line != want {
			t.Errorf("row at line %d is called %d", want, rec.Place.Line)
		}
	}
	if len(got) != len(want) {
		t.Fatalf("read %q", got)
	}
	for i, w := range want {
		if w, bad := strings.CutPrefix(w, "!"); bad != strings.HasPrefix(got[i], "!") || bad && !strings.Contains(got[i], w) || !bad && got[i] != w {
			t.Errorf("row %d is %q, want %q", i+1, got[i], want[i])
		}
	}
}

func TestReadLegacyPack(t *testing.T) {
	in := "a,Company:name,CEIEC,test,,,t,,2021-01-01,2021-02-01\n"
	for rec, err := range ReadStatements(Default(), strings.NewReader(in), Pack, Limits{}) {
		want := Statement{ID: StatementID("test", "a", "name", "CEIEC", false, ""), EntityID: "a", CanonicalID: "a", Schema: "Company", Prop: "name", PropType: TypeName,
			Value: "CEIEC", Dataset: "test", FirstSeen: "2021-01-01", LastSeen: "2021-02-01"}
		if diff := cmp.Diff(rec.Value, want); diff != "" || err != nil || rec.Reason != "" {
			t.Error(diff, err, rec.Reason)
		}
	}
}
