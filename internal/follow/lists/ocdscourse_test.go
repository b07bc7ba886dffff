package lists

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestOCDSCourse: what became of a contract is read: milestones, amendments of both versions, payments of both versions.
func TestOCDSCourse(t *testing.T) {
	text := `{"ocid":"o-1","parties":[{"id":"b","name":"Ministerio","roles":["buyer"]},{"id":"s","name":"Filtros","roles":["supplier"]}],
"tender":{"title":"Cámaras","milestones":[{"id":"t1","title":"Clarification","dueDate":"2013-02-30T00:00:00Z"}]},
"contracts":[{"id":"c","title":"4.300 cámaras","period":{"startDate":"2013-01-01T00:00:00Z","endDate":"2014-01-01T00:00:00Z"},
 "amendments":[{"id":"a1","date":"2014-05-01T00:00:00Z","rationale":"More cameras","description":"200 more"}],"amendment":{"date":"2015-01-01T00:00:00Z","rationale":"Later"},
 "implementation":{"milestones":[{"id":"m1","title":"First half","dueDate":"2013-06-01T00:00:00Z","dateMet":"2013-09-01T00:00:00Z","status":"met"},{"id":"m2"}],
  "transactions":[{"id":"p1","date":"2013-03-01T00:00:00Z","value":{"amount":5,"currency":"USD"},"payer":{"id":"b"},"payee":{"id":"s"},"uri":"https://example.org/p1"},
   {"id":"p2","date":"2013-04-01T00:00:00Z","amount":{"amount":6,"currency":"USD"},"providerOrganization":{"id":"b","legalName":"Ministerio"},"receiverOrganization":{"id":"x","legalName":"Otro"}}]}}]}`
	items, a, err := readAll(t, OCDS, inText("x", strings.ReplaceAll(text, "\n", "")+"\n"), Options{})
	if err != nil || a.Kept != 1 || a.Problems != 1 {
		t.Fatalf("%+v, %v", a, err)
	}
	byName := map[string]map[string][]string{}
	ids := map[string]string{}
	payments := map[string]map[string][]string{}
	for _, it := range items {
		if it.Entity == nil {
			continue
		}
		p := it.Entity.Properties
		switch it.Entity.Schema {
		case "Payment":
			payments[p["transactionNumber"][0]] = p
		case "Event":
			byName[p["name"][0]] = p
		default:
			for _, n := range append(p["name"], p["title"]...) {
				ids[n] = it.Entity.ID
			}
		}
	}
	contract, tender := ids["4.300 cámaras"], ids["Cámaras"]
	want := map[string]map[string][]string{
		"Clarification":           {"name": {"Clarification"}, "recordId": {"t1"}, "involved": {tender}, "notes": {"due: 2013-02-30"}},
		"First half":              {"name": {"First half"}, "recordId": {"m1"}, "involved": {contract}, "date": {"2013-09-01"}, "notes": {"due: 2013-06-01", "met: 2013-09-01", "status: met"}},
		"Amendment: More cameras": {"name": {"Amendment: More cameras"}, "recordId": {"a1"}, "involved": {contract}, "date": {"2014-05-01"}, "summary": {"More cameras"}, "description": {"200 more"}},
		"Amendment: Later":        {"name": {"Amendment: Later"}, "recordId": {"1"}, "involved": {contract}, "date": {"2015-01-01"}, "summary": {"Later"}},
	}
	if d := cmp.Diff(want, byName); d != "" {
		t.Errorf("events (-want +got):\n%s", d)
	}
	wantPaid := map[string]map[string][]string{
		"p1": {"transactionNumber": {"p1"}, "contract": {contract}, "payer": {ids["Ministerio"]}, "beneficiary": {ids["Filtros"]}, "date": {"2013-03-01"}, "amount": {"5"}, "currency": {"USD"}, "sourceUrl": {"https://example.org/p1"}},
		"p2": {"transactionNumber": {"p2"}, "contract": {contract}, "payer": {ids["Ministerio"]}, "beneficiary": {ids["Otro"]}, "date": {"2013-04-01"}, "amount": {"6"}, "currency": {"USD"}},
	}
	if d := cmp.Diff(wantPaid, payments); d != "" {
		t.Errorf("payments (-want +got):\n%s", d)
	}
}
