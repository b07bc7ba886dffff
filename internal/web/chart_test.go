package web_test

import (
	"bytes"
	"encoding/csv"
	"encoding/xml"
	"errors"
	"html"
	"image/png"
	"io"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"veedor/internal/measure/scenario"
	"veedor/internal/web"
)

// chartLinks are the addresses of a page's charts as files.
func chartLinks(body string) (out []string) {
	for _, m := range regexp.MustCompile(`href="([^"]+\.(?:svg|png|csv)[^"]*)" type="(?:image/svg\+xml|image/png|text/csv)">(?:SVG|PNG|CSV)<`).FindAllStringSubmatch(html.UnescapeString(body), -1) {
		out = append(out, m[1])
	}
	return out
}

// chartFile fetches a chart's file and reads it back.
func chartFile(t *testing.T, get func(path string) (int, http.Header, []byte), path string) [][]string {
	t.Helper()
	code, header, body := get(path)
	if code != http.StatusOK || !strings.HasPrefix(header.Get("Content-Disposition"), "attachment") {
		t.Fatalf("%s: %d %v", path, code, header)
	}
	name, _, _ := strings.Cut(path, "?")
	switch {
	case strings.HasSuffix(name, ".png"):
		m, err := png.Decode(bytes.NewReader(body))
		if err != nil || m.Bounds().Dx() < 600 {
			t.Errorf("%s: %v", path, err)
		}
	case strings.HasSuffix(name, ".svg"):
		text := map[string]bool{}
		d := xml.NewDecoder(bytes.NewReader(body))
		for {
			token, err := d.Token()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatalf("%s: %v", path, err)
			}
			if e, ok := token.(xml.StartElement); ok {
				text[e.Name.Local] = true
			}
		}
		if !text["title"] || !text["desc"] || text["a"] || text["script"] {
			t.Errorf("%s: %v", path, text)
		}
	default:
		rows, err := csv.NewReader(bytes.NewReader(body)).ReadAll()
		if err != nil || len(rows) < 2 {
			t.Fatalf("%s: %v, %d rows", path, err, len(rows))
		}
		return rows
	}
	return nil
}

// TestChartFiles: every chart of a page has its files, in both languages; the CSV adds up to what the page says, and tells
// days without measurements from days on which nothing was found.
func TestChartFiles(t *testing.T) {
	h := site(t, scenario.Sample())
	fetch := func(path string) (int, http.Header, []byte) {
		w := get(h, path)
		return w.Code, w.Header(), w.Body.Bytes()
	}
	for _, path := range []string{"/country/XA", "/es/network/AS64500", "/target/news.example", "/signature?asn=AS64496+AS64500", "/es/signature?asn=AS64496+AS64500"} {
		body := get(h, path).Body.String()
		links := chartLinks(body)
		if len(links) < 3 || len(links)%3 != 0 || strings.Count(body, "<figure") != len(links)/3 {
			t.Errorf("%s: %d figures, files %v", path, strings.Count(body, "<figure"), links)
		}
		for _, link := range links {
			rows := chartFile(t, fetch, link)
			if strings.Contains(body, "nvented sample") != strings.Contains(get(h, link).Body.String(), "INVENTED") && strings.Contains(link, ".svg") && !strings.Contains(path, "/es/") {
				t.Errorf("%s does not say that its data is invented", link)
			}
			if len(rows) == 0 || rows[0][0] != "from" {
				continue
			}
			gaps, sum := 0, 0
			for _, row := range rows[1:] {
				n, err := strconv.Atoi(row[5])
				if (err != nil) != (row[6] == "no data") || row[6] == "no data" && row[1]+row[5] != "" {
					t.Errorf("%s: %v", link, row)
				}
				if row[6] == "no data" {
					gaps++
				}
				sum += n
			}
			total := regexp.MustCompile(`[Mm](?:easurements|ediciones): ([\d,\x{202f}]+)[;.]`).FindStringSubmatch(body)
			if total == nil || strings.NewReplacer(",", "", "\u202f", "").Replace(total[1]) != strconv.Itoa(sum) {
				t.Errorf("%s adds up to %d, the page says %q", link, sum, total)
			}
			if gaps > 0 != strings.Contains(body, ">no data<") && gaps > 0 != strings.Contains(body, ">sin datos<") {
				t.Errorf("%s has %d gaps and %s does not show them", link, gaps, path)
			}
		}
	}
	for path, want := range map[string]int{"/country/XQ/days.svg": 404, "/network/AS1/days.png": 404, "/signature/days.csv": 404, "/signature/likeness.svg?asn=AS1": 404, "/measured.svg": 200, "/es/measured.png": 200, "/measured.csv": 200,
		"/country/XA/days.gif": 404, "/country/XA/asof/2026-05-03/days.csv": 200, "/country/XA/asof/x/days.csv": 404, "/incident/x/answers.svg": 404, "/agreements/by/sector.svg": 404, "/entity/x/graph.png": 404, "/claim/x/standing.svg": 404, "/path.png": 404} {
		if w := get(h, path); w.Code != want {
			t.Errorf("%s: %d, want %d", path, w.Code, want)
		}
	}
}

// TestRegistryCharts: bars, map and links have their files, whatever names are in them.
func TestRegistryCharts(t *testing.T) {
	evil := `</text><script>alert(1)</script>`
	h, _ := linkedSite(t, func() web.World { return square{} }, append(supplier(), item("a1", "Agreement", "title", "One", "sector", evil, "startDate", "2013-01-01", "country", "ve", "parties", "ceiec"), item("a2", "Agreement", "title", "Two", "sector", "=1+1", "startDate", "2014", "parties", "ceiec")))
	fetch := func(path string) (int, http.Header, []byte) {
		w := get(h, path)
		return w.Code, w.Header(), w.Body.Bytes()
	}
	files := 0
	for _, path := range []string{"/agreements", "/es/agreements", "/deployments", "/entity/ceiec/graph", "/es/path?from=ceiec&to=bank"} {
		body := get(h, path).Body.String()
		if strings.Contains(body, "<script") {
			t.Errorf("%s runs what a name says", path)
		}
		for _, link := range chartLinks(body) {
			files++
			if rows := chartFile(t, fetch, link); rows != nil && strings.Contains(link, "/sector.") && rows[1][0]+rows[2][0] != "'=1+1"+evil && rows[2][0]+rows[1][0] != "'=1+1"+evil {
				t.Errorf("%s: %v", link, rows)
			}
		}
	}
	if files < 24 {
		t.Errorf("only %d files", files)
	}
}
