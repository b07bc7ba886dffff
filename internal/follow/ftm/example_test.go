package ftm_test

import (
	"fmt"
	"os"
	"strings"

	"veedor/internal/follow/ftm"
)

func ExampleProperty_Clean() {
	m := ftm.Default()
	for _, v := range [][2]string{{"Company:uscCode", "9111 0000 1000 0106 X1"}, {"Company:jurisdiction", "中华人民共和国"}, {"Contract:contractDate", "2013-02-30"}} {
		clean, reason := m.Property(v[0]).Clean(v[1])
		fmt.Printf("%q %q\n", clean, reason)
	}
	// Output:
	// "9111000010000106X1" ""
	// "cn" ""
	// "" "is a day or an hour that does not exist"
}

func ExampleReadEntities() {
	source := strings.NewReader(`{"id":"ofac-30502","schema":"Company","properties":{"name":["CEIEC"],"shoeSize":["43"]}}
{"id":"ofac-30503","schema":"Starship"}
`)
	for rec, err := range ftm.ReadEntities(ftm.Default(), source, ftm.Limits{}) {
		switch {
		case err != nil:
			fmt.Println(err)
		case rec.Reason != "":
			fmt.Printf("line %d, at byte %d: %s\n", rec.Place.Line, rec.Place.Offset, rec.Reason)
		default:
			fmt.Println(rec.Value.ID, rec.Value.First("name"), rec.Dropped)
		}
	}
	// Output:
	// ofac-30502 CEIEC map[shoeSize:1]
	// line 2, at byte 89: has the schema "Starship", which is not in the model
}

func ExampleNewStatementWriter() {
	m := ftm.Default()
	w, _ := ftm.NewStatementWriter(os.Stdout, ftm.Pack, false)
	for _, value := range [][2]string{{ftm.BaseID, "ofac-30502"}, {"name", "CEIEC"}} {
		s := ftm.Statement{EntityID: "ofac-30502", Schema: "Company", Prop: value[0], Value: value[1], Dataset: "us_ofac_sdn", FirstSeen: "2020-11-30T00:00:00"}
		_ = s.Complete(m)
		_ = w.Write(&s)
	}
	_ = w.Close()
	// Output:
	// entity_id,prop,value,dataset,lang,original_value,origin,external,first_seen,last_seen,id
	// ofac-30502,Company:id,ofac-30502,us_ofac_sdn,,,,,2020-11-30T00:00:00,2020-11-30T00:00:00,ea98d3b70dbb5fe2c3988c77459e9e91c31dbed8
	// ofac-30502,Company:name,CEIEC,us_ofac_sdn,,,,,2020-11-30T00:00:00,2020-11-30T00:00:00,cd9db0997a59476e82373dee1f1b67f9d530f96f
}

func ExamplePlain() {
	m := ftm.Default()
	e := ftm.Entity{ID: "ven911", Schema: "Deployment", Properties: map[string][]string{
		"name": {"VEN 911"}, "kind": {"cameras"}, "supplier": {"ofac-30502"}, "scale": {"30000 cameras", "4300 cameras"}}}
	for _, p := range ftm.Plain(m, &e) {
		_ = ftm.WriteEntity(os.Stdout, &p)
	}
	// Output:
	// {"id":"ven911","schema":"Project","properties":{"keywords":["cameras"],"name":["VEN 911"],"notes":["Deployment:scale: 30000 cameras","Deployment:scale: 4300 cameras"]}}
	// {"id":"ven911-793b9a5ec799","schema":"ProjectParticipant","properties":{"participant":["ofac-30502"],"project":["ven911"],"role":["supplier"]}}
}
