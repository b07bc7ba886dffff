package cli

import (
	"html"
	"regexp"
	"strings"
	"testing"
)

// TestFollowPages: the supplier's page on real lists says what they say, and opens down to the row it was read from.
func TestFollowPages(t *testing.T) {
	old := sharedData(t, "sanctions/ofac_sdn_2021-07-07_watchman.csv", "sanctions/ofac_alt_2021-07-07_watchman.csv", "sanctions/ofac_add_2021-07-07_watchman.csv")
	young := sharedData(t, "sanctions/ofac_sdn_2023-01-21_sancbook.csv", "sanctions/ofac_add_2023-01-21_sancbook.csv")
	data := t.TempDir()
	runMain(t, append([]string{"--data", data, "registry", "import", "--date", "2021-07-07"}, old...)...)
	runMain(t, append([]string{"--data", data, "registry", "import", "--date", "2023-01-21"}, young...)...)
	page := func(path string) string { return html.UnescapeString(runMain(t, "--data", data, "page", path)) }
	supplier := page("/entity/ofac-30502")
	for _, want := range []string{"CEIEC", "CHINA NATIONAL ELECTRONICS IMPORT AND EXPORT CORPORATION", "9111000010000106X1", "16382287", "Office of Foreign Assets Control", "VENEZUELA", "Las Mercedes", "on the list when it was first read"} {
		if !strings.Contains(supplier, want) {
			t.Errorf("the supplier's page does not say %q", want)
		}
	}
	statement := regexp.MustCompile(`/entity/ofac-30502/statement/[0-9a-f]{40}`).FindString(supplier)
	if row := page(statement); !strings.Contains(row, `30502,"<mark>CEIEC</mark>"`) || !strings.Contains(row, "line 8,589") {
		t.Errorf("%s does not show the row", statement)
	}
	if list := page("/dataset/ofac-sdn"); !strings.Contains(list, "27,802 rows read = 27,800 kept + 2 rejected") {
		t.Error("the list's page does not account for what was read")
	}
	for _, path := range []string{"/entities", "/entities?q=CEIEC", "/es/entity/ofac-30502", "/dataset/ofac-sdn", "/dataset/ofac-sdn/rejected"} {
		if n := len(page(path)); n > 28<<10 {
			t.Errorf("%s weighs %d bytes without its style sheet", path, n)
		}
	}
}
