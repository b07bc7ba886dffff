package web

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/webauthn"
	"github.com/chromedp/chromedp"

	"veedor/internal/weigh/accounts"
)

// inBrowser returns a tab of a headless Chromium, and skips where there is none.
func inBrowser(t *testing.T) context.Context {
	t.Helper()
	program, err := exec.LookPath("chromium")
	if err != nil {
		t.Skip("no Chromium found: passkeys are not tried in a browser")
	}
	profile, err := os.MkdirTemp("", "veedor-profile-") // not t.TempDir: the browser may write yet while it ends
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(profile) })
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(program), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true), chromedp.UserDataDir(profile))
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewExecAllocator(ctx, options...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	return ctx
}

// look keeps a picture of the page as it is, narrow and wide, in the folder of VEEDOR_PICTURES if that is set.
func look(name string) chromedp.Action {
	return chromedp.ActionFunc(func(ctx context.Context) error {
		dir := os.Getenv("VEEDOR_PICTURES")
		if dir == "" {
			return nil
		}
		for _, width := range []int64{360, 1280} {
			var png []byte
			err := chromedp.Run(ctx, chromedp.EmulateViewport(width, 800), chromedp.FullScreenshot(&png, 100))
			if err == nil {
				err = os.WriteFile(filepath.Join(dir, name+map[int64]string{360: "-360", 1280: "-1280"}[width]+".png"), png, 0o600)
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// TestPasskeyInBrowser: somebody joins with a passkey, signs out, and in again; the script does what the pages need,
// under their Content-Security-Policy.
func TestPasskeyInBrowser(t *testing.T) {
	if testing.Short() {
		t.Skip("starts a browser")
	}
	ctx := inBrowser(t)
	d := newDeskSide(t)
	d.at = time.Now() // the browser's
	server := httptest.NewUnstartedServer(d.h)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server.Listener = l
	server.Start()
	t.Cleanup(server.Close)
	_, port, _ := net.SplitHostPort(l.Addr().String())
	home := "http://localhost:" + port
	link, _, err := d.Invite(t.Context(), accounts.Terminal, accounts.Administrator)
	if err != nil {
		t.Fatal(err)
	}
	var text, other, title string
	err = chromedp.Run(ctx,
		webauthn.Enable(),
		chromedp.ActionFunc(func(ctx context.Context) error {
			_, err := webauthn.AddVirtualAuthenticator(&webauthn.VirtualAuthenticatorOptions{Protocol: webauthn.AuthenticatorProtocolCtap2, Transport: webauthn.AuthenticatorTransportInternal,
				HasResidentKey: true, HasUserVerification: true, IsUserVerified: true, AutomaticPresenceSimulation: true}).Do(ctx)
			return err
		}),
		chromedp.Navigate(home+accounts.Path+link),
		look("join"),
		chromedp.WaitVisible(`form[data-passkey]`),
		chromedp.SetValue(`#passkey-name`, "ana"),
		chromedp.Click(`form[data-passkey] button`), chromedp.WaitVisible(`#sessions`), look("account"), chromedp.Title(&title), chromedp.Text(`nav.desk`, &text),
	)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(text, "ana") || !strings.Contains(title, "My account") {
		t.Errorf("joined: %q %q", title, text)
	}
	if err := chromedp.Run(ctx, chromedp.Click(`nav.desk button`), chromedp.WaitVisible(`#password-password`), look("signin"),
		chromedp.Click(`form[data-passkey] button`), chromedp.WaitVisible(`nav.desk button`), chromedp.Text(`nav.desk`, &other)); err != nil {
		t.Fatal(err)
	}
	if text != other {
		t.Errorf("signed in as %q, joined as %q", other, text)
	}
	var blocked bool
	if err := chromedp.Run(ctx, page.Enable(), chromedp.Evaluate(`(() => { const s = document.createElement('script'); s.textContent = 'window.ran = 1'; document.head.append(s); return !window.ran })()`, &blocked)); err != nil {
		t.Fatal(err)
	}
	if !blocked {
		t.Error("the policy lets scripts in a page run")
	}
	if res, err := http.Get(home + "/desk/people"); err != nil || res.Request.URL.Path != "/desk/signin" {
		t.Errorf("a browser without the cookie: %v %v", res.Request.URL, err)
	}
	for _, p := range []string{"people", "audit"} {
		if err := chromedp.Run(ctx, chromedp.Navigate(home+"/es/desk/"+p), look(p+"-es")); err != nil {
			t.Fatal(err)
		}
	}
}
