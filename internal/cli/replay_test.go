package cli

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// TestReplay plays what we write in ReplayWeb.page, in a real browser, and looks for the captured text: a capture of a
// page with a script, and a dossier.
func TestReplay(t *testing.T) {
	if os.Getenv("VEEDOR_CONFORMANCE") != "1" {
		t.Skip("set VEEDOR_CONFORMANCE=1 to play what we write in ReplayWeb.page")
	}
	player := fetchPlayer(t)
	page := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		fmt.Fprint(w, `<!doctype html><html lang="es"><title>Diario</title><h1>Una noticia inventada</h1><p id="x"></p><script>document.getElementById("x").textContent = "Lo puso un guion: 封锁"</script>`)
	}))
	defer page.Close()
	veedor := program(t)
	dir := t.TempDir()
	run := func(args ...string) {
		t.Helper()
		if out, err := veedor(t.Context(), append([]string{"--data", dir}, args...)...).CombinedOutput(); err != nil {
			t.Fatalf("%v: %v: %s", args, err, out)
		}
	}
	run("capture", "--allow-private", page.URL+"/noticia")
	run("ingest", "--month")
	run("detect")
	run("dossier", "build", "../../cases/borduna", "--lang", "es")
	captures, _ := filepath.Glob(filepath.Join(dir, "captures", "*", "*.wacz"))
	dossiers, _ := filepath.Glob(filepath.Join(dir, "dossiers", "*.wacz"))
	if len(captures) != 1 || len(dossiers) != 1 {
		t.Fatalf("%d captures, %d dossiers", len(captures), len(dossiers))
	}
	for _, x := range []struct{ name, file, url, want string }{
		{"capture", captures[0], page.URL + "/noticia", "Lo puso un guion: 封锁"},
		{"dossier", dossiers[0], "https://borduna.dossier.invalid/index.html", "¿Restringieron las redes de Borduna dos sitios en abril de 2026?"},
	} {
		t.Run(x.name, func(t *testing.T) {
			if got := replayed(t, player, x.file, x.url, x.want); !strings.Contains(got, x.want) {
				t.Errorf("the player shows %.500q, want %q in it", got, x.want)
			}
		})
	}
}

// fetchPlayer gets ReplayWeb.page from npm, once, below VEEDOR_CACHE. Its package has the player in one piece.
func fetchPlayer(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(cmp.Or(os.Getenv("VEEDOR_CACHE"), filepath.Join(os.TempDir(), "veedor-conformance")), "replaywebpage")
	player := filepath.Join(dir, "package")
	if _, err := os.Stat(filepath.Join(player, "sw.js")); err == nil {
		return player
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"npm", "pack", "--silent", "replaywebpage@2.4.6"}, {"tar", "xzf", "replaywebpage-2.4.6.tgz"}} {
		cmd := exec.CommandContext(t.Context(), args[0], args[1:]...)
		cmd.Dir = dir
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Skipf("ReplayWeb.page cannot be fetched here: %v: %v: %s", args, err, out)
		}
	}
	return player
}

// replayed returns the text of all frames of a page that plays a web archive, as soon as it has what is wanted.
func replayed(t *testing.T, player, file, url, want string) string {
	t.Helper()
	mux := http.NewServeMux()
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		fmt.Fprintf(w, `<!doctype html><script src="/ui.js"></script><replay-web-page source="/file.wacz" url=%q embed="replayonly" replayBase="/replay/"></replay-web-page>`, url)
	})
	mux.HandleFunc("/ui.js", func(w http.ResponseWriter, r *http.Request) { http.ServeFile(w, r, filepath.Join(player, "ui.js")) })
	mux.HandleFunc("/replay/sw.js", func(w http.ResponseWriter, r *http.Request) { http.ServeFile(w, r, filepath.Join(player, "sw.js")) })
	mux.HandleFunc("/file.wacz", func(w http.ResponseWriter, r *http.Request) { http.ServeFile(w, r, file) })
	srv := httptest.NewServer(mux)
	defer srv.Close()

	profile, err := os.MkdirTemp("", "veedor-replay-*") // not t.TempDir: the browser may write to it a moment longer
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(profile) })
	opts := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.NoSandbox, chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true),
		chromedp.UserDataDir(profile))
	ctx, cancel := chromedp.NewExecAllocator(t.Context(), opts...)
	defer cancel()
	ctx, cancel = chromedp.NewContext(ctx)
	defer cancel()
	ctx, cancel = context.WithTimeout(ctx, 90*time.Second)
	defer cancel()
	var text string
	if err := chromedp.Run(ctx, chromedp.Navigate(srv.URL)); err != nil {
		t.Fatal(err)
	}
	for !strings.Contains(text, want) && ctx.Err() == nil {
		if err := chromedp.Run(ctx, chromedp.Sleep(300*time.Millisecond), chromedp.Evaluate(allText, &text)); err != nil {
			t.Logf("%v", err)
			break
		}
	}
	return text
}

// allText gathers the text of a page, of what lies in its shadow roots, and of its frames.
const allText = `(() => {
	const seen = [];
	const walk = root => {
		if (root.body) seen.push(root.body.innerText);
		for (const e of root.querySelectorAll("*")) {
			if (e.shadowRoot) walk(e.shadowRoot);
			if (e.tagName === "IFRAME") { try { if (e.contentDocument) walk(e.contentDocument); } catch (_) {} }
		}
	};
	walk(document);
	return seen.join("\n");
})()`
