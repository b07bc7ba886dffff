package recorder

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/chromedp/chromedp"
)

// The window of the browser, in CSS pixels.
const (
	windowWidth  = 1280
	windowHeight = 1024
)

// chromium is one browser, made for one recording, with a profile of its own.
type chromium struct {
	ctx    context.Context // of its first tab
	cancel context.CancelFunc
	cmd    *exec.Cmd
	bridge *bridge
	temp   string
	out    *tail
	pipes  []io.Closer
	kept   func() bool // it need not be killed any more when the recording ends
}

// FindBrowser returns the program to start: the one named, or $VEEDOR_CHROMIUM, or what is on PATH.
func FindBrowser(named string) (string, error) {
	if named == "" {
		named = os.Getenv("VEEDOR_CHROMIUM")
	}
	names := []string{named}
	if named == "" {
		names = []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable"}
	}
	for _, n := range names {
		if path, err := exec.LookPath(n); err == nil {
			return path, nil
		}
	}
	if named != "" {
		return "", fmt.Errorf("%w (%s is none)", ErrNoBrowser, quoted(named))
	}
	return "", ErrNoBrowser
}

// flags start a browser that speaks to the recording proxy and to nothing else, and does nothing of its own.
func (s *session) flags(p *localProxy, profile string) []string {
	off := []string{"AutofillServerCommunication", "CertificateTransparencyComponentUpdater", "DialMediaRouteProvider", "DnsOverHttps",
		"EncryptedClientHello", "HttpsFirstBalancedModeAutoEnable", "HttpsUpgrades", "InterestFeedContentSuggestions", "LocalNetworkAccessChecks",
		"MediaRouter", "NetworkErrorLogging", "NetworkTimeServiceQuerying", "OptimizationHints", "Prerender2", "PrivacySandboxSettings4",
		"Reporting", "SegmentationPlatform", "Translate", "UserAgentClientHint", "WebTransport"}
	flags := []string{
		"--headless", "--remote-debugging-pipe", "--user-data-dir=" + profile, "--disk-cache-dir=" + filepath.Join(profile, "cache"),
		// Nothing goes past the proxy: no exception for loopback, no names resolved, no UDP.
		"--proxy-server=http://" + p.l.Addr().String(), "--proxy-bypass-list=<-loopback>", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
		"--disable-quic", "--dns-prefetch-disable", "--webrtc-ip-handling-policy=disable_non_proxied_udp",
		"--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
		"--ignore-certificate-errors-spki-list=" + p.issuer.spki(),
		"--no-first-run", "--no-default-browser-check", "--no-pings", "--no-service-autorun", "--disable-background-networking",
		"--disable-breakpad", "--disable-crash-reporter", "--disable-client-side-phishing-detection", "--disable-component-extensions-with-background-pages",
		"--disable-component-update", "--disable-default-apps", "--disable-domain-reliability", "--disable-extensions", "--disable-field-trial-config",
		"--disable-sync", "--metrics-recording-only", "--disable-search-engine-choice-screen", "--disable-variations-seed-fetch",
		"--disable-features=" + strings.Join(off, ","),
		"--block-new-web-contents", "--deny-permission-prompts", "--disable-notifications", "--mute-audio", "--hide-scrollbars",
		"--password-store=basic", "--use-mock-keychain", "--disable-gpu", "--disable-dev-shm-usage", "--force-color-profile=srgb",
		"--disable-background-timer-throttling", "--disable-backgrounding-occluded-windows", "--disable-renderer-backgrounding",
		"--window-size=" + strconv.Itoa(windowWidth) + "," + strconv.Itoa(windowHeight),
		"--user-agent=" + s.opt.UserAgent, "--accept-lang=" + languages(s.opt.AcceptLanguage), "--lang=" + strings.Split(languages(s.opt.AcceptLanguage), ",")[0],
	}
	if s.opt.NoScripts {
		flags = append(flags, "--blink-settings=scriptEnabled=false") // in frames of other sites and in workers too
	}
	if os.Geteuid() == 0 {
		flags = append(flags, "--no-sandbox") // Chromium's sandbox refuses to work for root
	}
	return append(flags, "about:blank")
}

// languages takes the weights out of an Accept-Language value.
func languages(accept string) string {
	var out []string
	for _, l := range strings.Split(accept, ",") {
		l, _, _ = strings.Cut(l, ";")
		out = append(out, strings.TrimSpace(l))
	}
	return strings.Join(out, ",")
}

// startBrowser starts a browser and waits until its first tab can be told what to do.
func (s *session) startBrowser(p *localProxy) (*chromium, error) {
	path, err := FindBrowser(s.opt.Browser)
	if err != nil {
		return nil, err
	}
	profile := filepath.Join(s.dir, "profile")
	if err := os.Mkdir(profile, 0o700); err != nil {
		return nil, fmt.Errorf("make profile: %w", err)
	}
	b := &chromium{out: &tail{}}
	// Sockets are made in there, and their paths may have no more than about 100 bytes: not below Options.Temp.
	if b.temp, err = os.MkdirTemp("", "veedor-"); err != nil {
		return nil, fmt.Errorf("make folder for browser: %w", err)
	}
	if err := b.run(s.ctx, path, s.flags(p, profile), profile); err != nil {
		b.stop()
		return nil, err
	}
	s.owns(b.bridge.port)
	alloc, cancelAlloc := chromedp.NewRemoteAllocator(s.ctx, b.bridge.url, chromedp.NoModifyURL)
	silent := func(string, ...any) {}
	ctx, cancel := chromedp.NewContext(alloc, chromedp.WithLogf(silent), chromedp.WithErrorf(silent))
	b.cancel = func() { cancel(); cancelAlloc() }
	if err := b.attach(ctx); err != nil {
		b.stop()
		if s.ctx.Err() != nil {
			return nil, errTime
		}
		return nil, fmt.Errorf("start %s: %w: %s", path, err, quoted(b.out.String()))
	}
	return b, nil
}

// attach takes over the tab the browser begins with: one that is made later is not drawn at once.
func (b *chromium) attach(ctx context.Context) error {
	for {
		targets, err := chromedp.Targets(ctx)
		if err != nil {
			return err
		}
		for _, t := range targets {
			if t.Type == "page" {
				b.ctx, _ = chromedp.NewContext(ctx, chromedp.WithTargetID(t.TargetID))
				return chromedp.Run(b.ctx)
			}
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// run starts the process, in a process group of its own, with nothing of our environment but the path to programs.
func (b *chromium) run(ctx context.Context, path string, flags []string, profile string) error {
	inR, inW, err := os.Pipe()
	if err != nil {
		return err
	}
	outR, outW, err := os.Pipe()
	if err != nil {
		return errors.Join(err, inR.Close(), inW.Close())
	}
	b.pipes = []io.Closer{inW, outR}
	b.cmd = exec.Command(path, flags...)
	b.cmd.ExtraFiles = []*os.File{inR, outW} // 3 and 4, where --remote-debugging-pipe has them
	b.cmd.Stderr, b.cmd.WaitDelay = b.out, 2*time.Second
	b.cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + profile, "TMPDIR=" + b.temp, "TZ=UTC", "LANG=C.UTF-8"}
	b.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	err = b.cmd.Start()
	inR.Close()
	outW.Close()
	if err != nil {
		b.cmd = nil
		return fmt.Errorf("start %s: %w", path, err)
	}
	b.kept = context.AfterFunc(ctx, b.kill)
	b.bridge, err = newBridge(ctx, inW, outR)
	return err
}

func (b *chromium) kill() { syscall.Kill(-b.cmd.Process.Pid, syscall.SIGKILL) }

// stop kills the browser with all its processes and waits until they are gone.
func (b *chromium) stop() {
	if b.cmd != nil {
		if b.kept() {
			b.kill()
		}
		b.cmd.Wait()
	}
	for _, p := range b.pipes {
		p.Close()
	}
	if b.bridge != nil {
		b.bridge.l.Close()
	}
	if b.cancel != nil {
		b.cancel()
	}
	if b.bridge != nil {
		b.bridge.done.Wait()
	}
	os.RemoveAll(b.temp)
}

// tail keeps the end of what a program says.
type tail struct {
	mu sync.Mutex
	b  []byte
}

func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.b = append(t.b, p...)
	t.b = t.b[max(0, len(t.b)-2000):]
	return len(p), nil
}

// String returns the line that says why the program ended, or else the last one.
func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	lines := strings.Split(strings.TrimSpace(string(t.b)), "\n")
	for _, l := range lines {
		if _, why, ok := strings.Cut(l, ":FATAL:"); ok {
			return why
		}
	}
	return lines[len(lines)-1]
}
