package lists

import (
	"fmt"
	"testing"
)

// TestHomes: an address that only persons point to is dropped and counted, wherever it stands; others are kept.
func TestHomes(t *testing.T) {
	lines := `{"id":"home","schema":"Address","properties":{"full":["Calle 1, Caracas"]}}
{"id":"seat","schema":"Address","properties":{"full":["Calle 2, Caracas"]}}
{"id":"both","schema":"Address","properties":{"full":["Calle 3, Caracas"]}}
{"id":"lone","schema":"Address","properties":{"full":["Calle 4, Caracas"]}}
{"id":"p","schema":"Person","properties":{"name":["Ana"],"addressEntity":["home","both"]}}
{"id":"c","schema":"Company","properties":{"name":["C"],"addressEntity":["seat",{"id":"both"}]}}
`
	rows := "entity_id,prop,schema,value,dataset\nhome,full,Address,Calle 1,d\nseat,full,Address,Calle 2,d\np,name,Person,Ana,d\np,addressEntity,Person,home,d\nc,addressEntity,Company,seat,d\nc,name,Company,C,d\n"
	for format, c := range map[string]struct {
		text     string
		want     []string
		rejected int
	}{FTM: {lines, []string{"both", "c", "lone", "p", "seat"}, 1}, Statements: {rows, []string{"c", "p", "seat"}, 1}} {
		t.Run(format, func(t *testing.T) {
			items, a, err := readAll(t, format, inText("x", c.text), Options{})
			if err != nil || a.Rejected != c.rejected || a.Private["Address"] != 1 || a.Read != a.Kept+a.Rejected {
				t.Fatalf("%+v, %v", a, err)
			}
			got := map[string]bool{}
			for _, it := range items {
				if it.Entity != nil {
					got[it.Entity.ID] = true
				} else if len(it.Refused.Raw) > 0 {
					t.Errorf("what was dropped is kept: %q", it.Refused.Raw)
				}
			}
			for _, id := range c.want {
				if !got[id] {
					t.Errorf("%s is missing", id)
				}
			}
			if len(got) != len(c.want) {
				t.Errorf("entities %v", got)
			}
		})
	}
}

// TestFlags: what a statement says of how its value was made, and that it was not taken over, is kept.
func TestFlags(t *testing.T) {
	rows := "entity_id,prop,schema,value,dataset,external,origin\na,name,Company,A,d,f,\na,alias,Company,B,d,t,enricher\na,alias,Company,C,d,t,\na,alias,Company,C,d,f,\n"
	items, _, err := readAll(t, Statements, inText("x", rows), Options{})
	if err != nil || len(items) != 1 {
		t.Fatal(items, err)
	}
	got := ""
	for _, v := range items[0].Values {
		got += fmt.Sprintln(v.Value, v.Origin, v.External)
	}
	if want := "A  false\nB enricher true\nC  false\n"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	items, _, err = readAll(t, FTM, inText("x", `{"id":"a","schema":"Company","origin":["crawler"],"properties":{"name":["A"]}}`), Options{})
	if err != nil || items[0].Values[0].Origin != "crawler" {
		t.Errorf("%+v, %v", items, err)
	}
}
