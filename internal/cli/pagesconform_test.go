package cli

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/mmcdole/gofeed"

	"veedor/internal/mirror"
)

// TestPagesConform looks at every kind of page, of the readers and of the desk: whether it fits its window, with axe-core in both themes, narrow and
// wide; with the Nu Html Checker in all languages; and reads every feed with a parser that is not ours.
func TestPagesConform(t *testing.T) {
	if os.Getenv("VEEDOR_CONFORMANCE") != "1" {
		t.Skip("set VEEDOR_CONFORMANCE=1 to look at all pages with axe-core and the Nu Html Checker")
	}
	s := newShowcase(t)
	ana := s.join(t, "ana", "administrator")
	public, desk := s.pageTypes(t), s.deskTypes(t, ana)
	t.Run("fit", func(t *testing.T) { everyPage(t, newTab(t), s, ana, slices.Concat(public, desk)) })
	t.Run("axe", func(t *testing.T) { axeAll(t, s, ana, public, desk) })
	t.Run("vnu", func(t *testing.T) { vnuAll(t, s, ana, public, desk) })
	t.Run("feeds", func(t *testing.T) { feedsAll(t, s) })
}

// fetched gets a package from npm, once, below VEEDOR_CACHE, and returns its folder.
func fetched(t *testing.T, name, version string) string {
	t.Helper()
	dir := filepath.Join(cmp.Or(os.Getenv("VEEDOR_CACHE"), filepath.Join(os.TempDir(), "veedor-conformance")), name)
	if _, err := os.Stat(filepath.Join(dir, "package", "package.json")); err == nil {
		return filepath.Join(dir, "package")
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"npm", "pack", "--silent", name + "@" + version}, {"tar", "xzf", name + "-" + version + ".tgz"}} {
		cmd := exec.CommandContext(t.Context(), args[0], args[1:]...)
		cmd.Dir = dir
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Skipf("%s cannot be fetched here: %v: %v: %s", name, args, err, out)
		}
	}
	return filepath.Join(dir, "package")
}

// axeScript is axe-core: the file that VEEDOR_AXE names, or as npm has it.
func axeScript(t *testing.T) string {
	t.Helper()
	b, err := os.ReadFile(cmp.Or(os.Getenv("VEEDOR_AXE"), filepath.Join(fetched(t, "axe-core", "4.14.1"), "axe.min.js")))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// axeAll counts violations. All rules are asked of a wide light and a narrow dark page, those of colour of the other two.
func axeAll(t *testing.T, s *showcase, ana *member, public, desk []pageType) {
	script, tab := axeScript(t), newTab(t)
	all, found := slices.Concat(public, desk), 0
	for i, p := range all {
		if p.Desk {
			signedIn(t, tab, ana)
		}
		wrong, err := axeOf(tab, script, s.url+p.Path)
		if err != nil {
			t.Fatalf("%s: %v", p.Path, err)
		}
		for _, w := range wrong {
			t.Errorf("%s: %s", p.Path, w)
			found++
		}
		if i%20 == 19 {
			t.Logf("axe: %d of %d kinds of pages", i+1, len(all))
		}
	}
	t.Logf("axe-core: %d violations on %d kinds of pages of readers and %d of the desk", found, len(public), len(desk))
}

// axeOf returns the violations on one page, which loads without scripts; only then may the debugger's run.
func axeOf(tab context.Context, script, url string) ([]string, error) {
	quiet := func(off bool) chromedp.Action { return emulation.SetScriptExecutionDisabled(off) }
	if err := browse(tab, quiet(true), theme("light"), width(1280), chromedp.Navigate(url), quiet(false), chromedp.Evaluate(script+"; 0", nil)); err != nil {
		return nil, err
	}
	var out []string
	for _, x := range []struct {
		theme string
		width int64
		rules string
	}{{"light", 1280, ""}, {"dark", 1280, `{runOnly: ["color-contrast", "link-in-text-block"]}`}, {"dark", 360, ""}, {"light", 360, `{runOnly: ["color-contrast", "link-in-text-block", "target-size"]}`}} {
		var wrong []string
		run := fmt.Sprintf(`axe.run(document, %s).then(r => r.violations.map(v => v.id + " " + v.nodes.map(n => n.html).join(" | ").slice(0, 400)))`, cmp.Or(x.rules, "{}"))
		if err := browse(tab, theme(x.theme), width(x.width), evaluated(run, &wrong)); err != nil {
			return out, err
		}
		for _, w := range wrong {
			out = append(out, fmt.Sprintf("%s at %d: %s", x.theme, x.width, w))
		}
	}
	return out, nil
}

// vnuAll has the Nu Html Checker read all pages as they are served, in all languages, and the style sheet.
func vnuAll(t *testing.T, s *showcase, ana *member, public, desk []pageType) {
	if _, err := exec.LookPath("java"); err != nil {
		t.Skip("no java here: the Nu Html Checker is left out (Debian: apt-get install default-jre-headless)")
	}
	jar := filepath.Join(fetched(t, "vnu-jar", "26.9.27"), "build", "dist", "vnu.jar")
	dir := t.TempDir()
	from := map[string]string{}
	var files []string
	keep := func(name, path, text string) {
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		from[name] = path
		files = append(files, file)
	}
	home := ana.get(t, "/")
	prefixes := []string{""}
	for _, m := range regexp.MustCompile(`<link rel="alternate" hreflang="[^"]+" href="(/[^"/]+)/?">`).FindAllStringSubmatch(home, -1) {
		prefixes = append(prefixes, m[1])
	}
	for _, prefix := range prefixes {
		for i, p := range slices.Concat(public, desk) {
			path := strings.TrimSuffix(prefix+p.Path, "/")
			keep(fmt.Sprintf("%s%03d.html", strings.Trim(prefix, "/"), i), path, ana.get(t, cmp.Or(path, "/")))
		}
	}
	keep("wrong.html", "a page with a fault", "<!doctype html><html lang=en><title>x</title><p><ul><li>x</p></ul><table><caption>x</table>")
	sheet := between(t, home, `<link rel="stylesheet" href="`, `"`)
	keep("style.css", sheet, ana.get(t, sheet))
	cmd := exec.CommandContext(t.Context(), "java", append([]string{"-Xmx512m", "-jar", jar, "--also-check-css", "--also-check-svg", "--format", "json", "--stdout", "--exit-zero-always"}, files...)...)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		t.Fatalf("vnu: %v: %.500s", err, errs.String())
	}
	var said struct {
		Messages []struct{ Type, SubType, URL, Message, Extract string }
	}
	if err := json.Unmarshal(out.Bytes(), &said); err != nil {
		t.Fatalf("read what vnu says: %v: %.300s", err, out.String())
	}
	wrong, reads, warned := 0, false, map[string]int{}
	for _, m := range said.Messages {
		switch {
		case from[filepath.Base(m.URL)] == "a page with a fault":
			reads = true
		case m.Type != "info":
			wrong++
			t.Errorf("%s: %s: %s: %.200s", from[filepath.Base(m.URL)], m.Type, m.Message, m.Extract)
		case m.SubType == "warning":
			warned[m.Message]++
		}
	}
	if !reads {
		t.Error("it finds no fault where there is one")
	}
	for text, n := range warned {
		t.Logf("warning, %d times: %s", n, text)
	}
	t.Logf("vnu: %d errors, %d kinds of warnings in %d pages in %d languages", wrong, len(warned), len(files)-2, len(prefixes))
}

// feedsAll reads every feed that links lead to.
func feedsAll(t *testing.T, s *showcase) {
	types, err := mirror.Types(t.Context(), s.site)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, x := range types {
		if !strings.Contains(x.Type, "atom") && !strings.Contains(x.Type, "feed+json") {
			continue
		}
		n++
		w := httptest.NewRecorder()
		s.site.ServeHTTP(w, httptest.NewRequest(http.MethodGet, x.Path, nil))
		f, err := gofeed.NewParser().Parse(w.Body)
		if err != nil {
			t.Errorf("%s: %v", x.Path, err)
			continue
		}
		if f.Title == "" || f.FeedType == "atom" && (f.UpdatedParsed == nil || f.Link == "" || f.FeedLink == "") { // JSON Feed asks for a title only
			t.Errorf("%s: a feed without title, address or date: %+v", x.Path, f)
		}
		ids := map[string]bool{}
		for _, item := range f.Items {
			if item.Title == "" || item.GUID == "" || item.Link == "" || item.UpdatedParsed == nil && item.PublishedParsed == nil || ids[item.GUID] {
				t.Errorf("%s: an entry lacks title, id, address or date, or its id is there twice: %+v", x.Path, item)
			}
			ids[item.GUID] = true
		}
	}
	t.Logf("%d kinds of feeds read", n)
	if n < 8 {
		t.Errorf("only %d kinds of feeds were found", n)
	}
}
