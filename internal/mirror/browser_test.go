package mirror_test

import (
	"cmp"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// TestBrowser opens a mirror from the disk, with scripts off, and follows three links.
func TestBrowser(t *testing.T) {
	chromium, err := exec.LookPath(cmp.Or(os.Getenv("VEEDOR_CHROMIUM"), "chromium"))
	if err != nil || testing.Short() {
		t.Skip("chromium is not here")
	}
	dir, err := filepath.Abs(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	publish(t, dir, options(&numbered{n: 20}))
	opts := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(chromium), chromedp.NoSandbox, chromedp.UserDataDir(t.TempDir()), chromedp.Flag("disable-quic", true))
	ctx, stop := chromedp.NewExecAllocator(t.Context(), opts...)
	defer stop()
	ctx, stop = chromedp.NewContext(ctx)
	defer stop()
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	var at string
	steps := []chromedp.Action{emulation.SetScriptExecutionDisabled(true), chromedp.Navigate("file://" + dir + "/index.html"), chromedp.WaitVisible("h1")}
	for _, title := range []string{"1", "3", "7"} {
		steps = append(steps, chromedp.Click(`a[href*="#top"]`, chromedp.NodeVisible), chromedp.WaitVisible("#top"+title), chromedp.Location(&at))
	}
	if err := chromedp.Run(ctx, steps...); err != nil {
		t.Fatal(err)
	}
	if !strings.HasSuffix(at, "/page/7.html#top7") {
		t.Errorf("arrived at %s", at)
	}
}
