package recorder

import (
	"context"
	"errors"
	"fmt"
	"mime"
	"strings"
	"sync"
	"time"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/fetch"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// How long a page is waited for. What is not there then is not there.
const (
	quietEnough = 500 * time.Millisecond // without an exchange: the page has loaded what it loads
	longQuiet   = 2 * time.Second        // the same, where the page says nothing
	settleTime  = 10 * time.Second       // for that, after its load event
	scrollTime  = 5 * time.Second        // for what scrolling made it load
)

// Page records a page with a browser: every exchange goes to sink as raw response and request records, DNS
// answers and certificate chains as they are met; pictures, PDF and DOM are in the Result. An address that turns
// out to be a document (PDF, picture, video) gives the same Result as Fetch. The Result is there beside an error
// too, as far as it went. Of Limits.Time, six tenths are for loading; what is made of the page begins before eight
// tenths are over.
func Page(ctx context.Context, url string, opt Options, sink Sink) (*Result, error) {
	s, err := begin(ctx, url, opt, sink)
	if err != nil {
		return nil, err
	}
	err = s.page(url)
	return s.close(ctx, err)
}

func (s *session) page(raw string) error {
	to, err := parseAddress(raw, nil)
	if err == nil {
		err = s.guard.address(to)
	}
	if err != nil {
		s.refused(escape(quoted(raw)), err)
		return err
	}
	p, err := s.listen()
	if err != nil {
		return err
	}
	b, err := s.startBrowser(p)
	if err != nil {
		return err
	}
	defer b.stop()
	t := &tab{s: s, b: b, to: to, loaded: make(chan struct{}), stuck: make(chan struct{})}
	if err := t.prepare(p.password); err != nil {
		return t.broken("prepare browser", err)
	}
	document, err := t.load(raw)
	if err != nil {
		return err
	}
	if document {
		s.res.Document = true
		t.wait(s.ctx, 100*time.Millisecond)
		return nil
	}
	return t.render()
}

// tab is the one tab of a browser, with what it tells.
type tab struct {
	s      *session
	b      *chromium
	to     address
	main   cdp.FrameID
	loaded chan struct{} // closed at the first load event of the page
	stuck  chan struct{} // closed when the page navigates without end

	mu       sync.Mutex
	asked    string // what the main frame last asked for, without fragment
	navs     int
	begun    bool // the page itself is being loaded, not what comes before
	held     bool // the page may not navigate any more
	password string
}

// do runs commands of the debugging protocol, for at most d.
func (t *tab) do(d time.Duration, f func(ctx context.Context) error) error {
	ctx, cancel := context.WithTimeout(t.b.ctx, d)
	defer cancel()
	return chromedp.Run(ctx, chromedp.ActionFunc(f))
}

func (t *tab) broken(what string, err error) error {
	if t.s.ctx.Err() != nil {
		return errTime
	}
	return fmt.Errorf("%s: %w: %s", what, err, quoted(t.b.out.String()))
}

// prepare sets the tab up and lets it learn the proxy's password.
func (t *tab) prepare(password string) error {
	t.password = password
	t.main = cdp.FrameID(chromedp.FromContext(t.b.ctx).Target.TargetID)
	chromedp.ListenTarget(t.b.ctx, t.event)
	return t.do(30*time.Second, func(ctx context.Context) error {
		_, product, _, _, _, err := browser.GetVersion().Do(ctx)
		if err != nil {
			return err
		}
		t.s.res.Browser = product
		root := cdp.WithExecutor(ctx, chromedp.FromContext(ctx).Browser)
		steps := []func() error{
			func() error { return browser.SetDownloadBehavior(browser.SetDownloadBehaviorBehaviorDeny).Do(root) },
			func() error { return emulation.SetDeviceMetricsOverride(windowWidth, windowHeight, 1, false).Do(ctx) },
			func() error { return emulation.SetScriptExecutionDisabled(t.s.opt.NoScripts).Do(ctx) },
			func() error {
				return fetch.Enable().WithHandleAuthRequests(true).WithPatterns([]*fetch.RequestPattern{{URLPattern: bootURL + "*"}}).Do(ctx)
			},
			func() error {
				_, _, errorText, _, err := page.Navigate(bootURL).Do(ctx)
				if err == nil && errorText != "" {
					err = errors.New(errorText)
				}
				return err
			},
			func() error { return fetch.Disable().Do(ctx) },
		}
		for _, step := range steps {
			if err := step(); err != nil {
				return err
			}
		}
		return nil
	})
}

// event takes what the browser tells. It must not wait for the browser.
func (t *tab) event(ev any) {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch ev := ev.(type) {
	case *fetch.EventAuthRequired:
		t.tell(fetch.ContinueWithAuth(ev.RequestID, &fetch.AuthChallengeResponse{
			Response: fetch.AuthChallengeResponseResponseProvideCredentials, Username: "veedor", Password: t.password}))
	case *fetch.EventRequestPaused:
		if t.held && ev.FrameID == t.main && ev.ResourceType == network.ResourceTypeDocument {
			t.s.refused(escape(ev.Request.URL), refuse(whyNavigates))
			t.tell(fetch.FailRequest(ev.RequestID, network.ErrorReasonAborted))
			return
		}
		t.tell(fetch.ContinueRequest(ev.RequestID))
	case *page.EventJavascriptDialogOpening:
		t.tell(page.HandleJavaScriptDialog(ev.Type == page.DialogTypeBeforeunload))
	case *network.EventRequestWillBeSent:
		if t.begun && ev.FrameID == t.main && ev.Type == network.ResourceTypeDocument && !strings.HasPrefix(ev.Request.URL, bootURL) {
			t.asked, _, _ = strings.Cut(ev.Request.URL, "#")
		}
	case *page.EventFrameNavigated:
		if t.begun && ev.Frame.ID == t.main && !strings.HasPrefix(ev.Frame.URL, bootURL) {
			if t.navs++; t.navs == t.s.lim.Redirects+1 {
				t.s.refused(escape(ev.Frame.URL), refuse(whyNavigatesOften, decimal(t.s.lim.Redirects)))
				close(t.stuck)
			}
		}
	case *page.EventLoadEventFired:
		if t.begun && t.navs > 0 {
			select {
			case <-t.loaded:
			default:
				close(t.loaded)
			}
		}
	}
}

// tell gives the browser a command without waiting for it.
func (t *tab) tell(a chromedp.Action) { go t.do(10*time.Second, a.Do) }

// load navigates to the address and waits until the page is there, or says that what is there is a document.
func (t *tab) load(raw string) (document bool, err error) {
	ctx, cancel := t.s.until(0.6)
	defer cancel()
	t.mu.Lock()
	t.begun = true
	t.mu.Unlock()
	to := t.to.String()
	if _, fragment, ok := strings.Cut(raw, "#"); ok {
		to += "#" + escape(strings.TrimSpace(fragment)) // a page may show something else by it
	}
	var errorText string
	var download bool
	left, _ := ctx.Deadline()
	err = t.do(time.Until(left), func(ctx context.Context) error {
		var err error
		_, _, errorText, download, err = page.Navigate(to).Do(ctx)
		return err
	})
	url := t.current()
	a, answered := t.s.answer(url)
	switch {
	case a.err != nil:
		return false, a.err
	case err != nil && (t.s.ctx.Err() != nil || ctx.Err() != nil || errors.Is(err, context.DeadlineExceeded)):
		return false, errTime
	case err != nil:
		return false, t.broken("load page", err)
	case errorText != "" && answered && a.redirect != "":
		err := refuse(whyNotFollowed, url, quoted(a.redirect), quoted(errorText))
		t.s.refused(url, err)
		return false, err
	case errorText != "" && !answered:
		return false, fmt.Errorf("the browser says %s", quoted(errorText))
	}
	t.s.res.FinalURL, t.s.res.Status, t.s.res.ContentType = url, a.status, a.contentType
	if download || errorText != "" || !isPage(a.contentType) {
		return true, nil
	}
	if t.settle(ctx); ctx.Err() != nil {
		t.s.note(&t.s.res.Truncated, url, cutTime+": the page did not finish loading")
		t.do(stepTime, page.StopLoading().Do)
	}
	return false, nil
}

// settle waits until the page is there: its load event and then quiet, or a long quiet, for a page can keep that
// event from coming.
func (t *tab) settle(ctx context.Context) {
	tick := time.NewTicker(25 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-t.loaded:
			t.waitFor(settleTime, quietEnough)
			return
		case <-t.stuck:
			return
		case <-ctx.Done():
			return
		case <-tick.C:
			if t.s.idle() > longQuiet {
				return
			}
		}
	}
}

// current returns what the main frame asked for last.
func (t *tab) current() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.asked == "" {
		return t.to.String()
	}
	return t.asked
}

// answer returns how an address answered.
func (s *session) answer(url string) (outcome, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if o, ok := s.answers[url]; ok {
		return o, true
	}
	// As the browser writes it and as we do may differ in what is escaped.
	a, err := parseAddress(url, nil)
	o, ok := s.answers[a.String()]
	return o, ok && err == nil
}

// isPage says whether a browser shows answers of the type as a page.
func isPage(contentType string) bool {
	t, _, err := mime.ParseMediaType(contentType)
	switch {
	case err != nil, t == "application/xhtml+xml", t == "application/xml", t == "application/json":
		return true // of no type, or none that can be read: browsers look at the bytes
	}
	return strings.HasPrefix(t, "text/") && t != "text/csv" && t != "text/calendar"
}

// waitFor waits at most d until nothing was exchanged for quiet, and not into the time for what is made of the page.
func (t *tab) waitFor(d, quiet time.Duration) {
	ctx, cancel := t.s.until(0.8)
	defer cancel()
	ctx, cancelEarlier := context.WithTimeout(ctx, d)
	defer cancelEarlier()
	t.wait(ctx, quiet)
}

func (t *tab) wait(ctx context.Context, quiet time.Duration) {
	tick := time.NewTicker(25 * time.Millisecond)
	defer tick.Stop()
	for t.s.idle() < quiet {
		select {
		case <-ctx.Done():
			return
		case <-t.stuck:
			return
		case <-tick.C:
		}
	}
}
