package lists

import "testing"

func TestOFAC(t *testing.T) {
	items, a := readAll(t, OFACCSV, shared(t, "sanctions/ofac_sdn_2021-07-07_watchman.csv", "sanctions/ofac_alt_2021-07-07_watchman.csv", "sanctions/ofac_add_2021-07-07_watchman.csv"), Options{})
	if a.Read != 34726 || a.Rejected != 3 {
		t.Errorf("account %+v", a)
	}
	for _, i := range items {
		if i.Entity != nil && i.Entity.ID == "ofac-30502" && i.Entity.First("uscCode") != "9111000010000106X1" {
			t.Errorf("CEIEC is %+v", i.Entity)
		}
	}
}
