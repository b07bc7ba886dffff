package lists

import "testing"

func TestMaps(t *testing.T) {
	for f, names := range map[string][]string{AidData: {"finance/aiddata_gcdf2_projects_with_geodata.csv"}, AidDataTables: {"finance/aiddata_huawei.csv", "finance/aiddata_military.csv"}, AEI: {"finance/aei_cgit_south_america_2005-2021.csv"}, DoD1260H: {"sanctions/us_dod_1260H_chinese_military_companies.csv"}} {
		items, a := readAll(t, f, shared(t, names...), Options{})
		t.Logf("%s %+v", f, a)
		probs := map[string]int{}
		n := 0
		for _, i := range items {
			for _, p := range i.Problems {
				if probs[p.Prop+" "+p.Reason]++; probs[p.Prop+" "+p.Reason] < 4 {
					t.Log(p)
				}
			}
			if i.Refused != nil && n < 5 {
				t.Log(i.Refused.Reason, string(i.Refused.Raw[:min(100, len(i.Refused.Raw))]))
				n++
			}
		}
		t.Log(probs)
	}
}
