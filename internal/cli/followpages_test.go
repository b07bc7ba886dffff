package cli

import (
	"html"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/spf13/cobra"
)

// TestFollowPages: the supplier's page on real lists says what they say, opens down to the row it was read from, and the
// pages of the registry pass axe where that is at hand (VEEDOR_AXE, the path of axe.min.js).
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
	t.Run("axe", func(t *testing.T) {
		axe(t, data, "/entities", "/entities?q=CEIEC", "/entity/ofac-30502", "/entity/ofac-30502/history", "/entity/ofac-30502/values", "/entity/ofac-30502/links", statement, "/dataset/ofac-sdn", "/dataset/ofac-sdn/rejected")
	})
}

// axe looks for barriers on pages with axe-core in a browser.
func axe(t *testing.T, data string, paths ...string) {
	script, err := os.ReadFile(os.Getenv("VEEDOR_AXE"))
	if err != nil {
		t.Skip("VEEDOR_AXE does not name axe.min.js")
	}
	c := &cobra.Command{}
	c.SetContext(t.Context())
	c.Flags().String("data", data, "")
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_ = with(c, func(h *house) error {
			site, done := pages(c, h)
			defer done()
			site.ServeHTTP(w, r)
			return nil
		})
	}))
	t.Cleanup(srv.Close)
	opts := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.NoSandbox, chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true), chromedp.UserDataDir(t.TempDir()))
	ctx, cancel := chromedp.NewExecAllocator(t.Context(), opts...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	for _, path := range paths {
		var found string
		err := chromedp.Run(ctx, chromedp.Navigate(srv.URL+path), chromedp.Evaluate(string(script)+"; 0", nil), chromedp.Evaluate(`window.found = ""; axe.run().then(r => { window.found = "done " + r.violations.map(v => v.id + " " + v.nodes.slice(0, 2).map(n => n.html)).join("; ") }); 0`, nil))
		for range 100 {
			if err != nil || found != "" {
				break
			}
			err = chromedp.Run(ctx, chromedp.Sleep(100*time.Millisecond), chromedp.Evaluate(`window.found`, &found))
		}
		if err != nil || found != "done " {
			t.Errorf("%s: %v %s", path, err, found)
		}
	}
}
