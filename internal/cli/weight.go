package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/klauspost/compress/gzip"
	"github.com/spf13/cobra"

	"veedor/internal/evidence/recorder"
	"veedor/internal/mirror"
)

// What a page may weigh: bytes received and requests made for it by a browser that has nothing of the site yet.
const (
	mostWeight   = 60_000
	mostRequests = 3
	slowestHome  = 3 * time.Second
	eachKind     = 6    // addresses of one kind of page that are weighed
	mostWeighed  = 1500 // pages looked at in search of them
)

func weightCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "weight",
		Short: "Weigh every kind of page as a browser loads it",
		Long: `Serve the pages on the loopback interface and load pages of every kind in every language as a browser without a cache does:
the page, its style sheet and the pictures it loads by itself, compressed where the server compresses, with headers; what
comes for the icon, which browsers ask for once a visit, is in the bytes and not in the requests. Then load the first page in Chromium with 400 kbit/s and 400 ms a round trip. Fails if a page takes more than 60,000 bytes or 3
requests, or if the first page is not complete within 3 seconds. The last line names the heaviest page.`,
		Example: "  veedor weight",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return with(c, func(h *house) error {
				site, done := livePages(c, h, showing{follow: true})
				defer done()
				return weigh(c.Context(), site, c.OutOrStdout())
			})
		},
	}
}

// weighed is one page with what was loaded for it.
type weighed struct {
	pattern, path   string
	bytes, requests int64
}

func weigh(ctx context.Context, site http.Handler, out io.Writer) error {
	kinds, err := kindsOfPages(ctx, site)
	if err != nil {
		return err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	srv := &http.Server{Handler: site, ReadHeaderTimeout: 10 * time.Second}
	served := make(chan error, 1)
	go func() { served <- srv.Serve(l) }()
	defer func() { _ = srv.Close(); <-served }()
	base := "http://" + l.Addr().String()

	var list []weighed
	for _, k := range kinds {
		var most weighed
		for _, path := range k.paths {
			w, err := loadPage(ctx, base, path)
			if err != nil {
				return fmt.Errorf("weigh %s: %w", path, err)
			}
			if w.pattern = k.name; w.bytes > most.bytes {
				most = w
			}
		}
		list = append(list, most)
	}
	slices.SortFunc(list, func(a, b weighed) int { return int(a.bytes - b.bytes) })
	var wrong error
	for _, w := range list {
		fmt.Fprintf(out, "%7d bytes %d requests  %-40s %s\n", w.bytes, w.requests, w.pattern, w.path)
		if w.bytes > mostWeight || w.requests > mostRequests {
			wrong = errors.Join(wrong, fmt.Errorf("%s takes %d bytes and %d requests; at most %d and %d are allowed", w.path, w.bytes, w.requests, mostWeight, mostRequests))
		}
	}
	took, err := slowly(ctx, site, "/")
	switch {
	case errors.Is(err, recorder.ErrNoBrowser):
		fmt.Fprintln(out, "the first page was not timed: chromium is not here (Debian: apt-get install chromium)")
	case err != nil:
		return fmt.Errorf("load the first page slowly: %w", err)
	default:
		fmt.Fprintf(out, "the first page is complete after %.2f s at 400 kbit/s and 400 ms a round trip, connecting included\n", took.Seconds())
		if took > slowestHome {
			wrong = errors.Join(wrong, fmt.Errorf("the first page is complete after %.2f s; at most %.0f s are allowed", took.Seconds(), slowestHome.Seconds()))
		}
	}
	heaviest := list[len(list)-1]
	fmt.Fprintf(out, "heaviest %d bytes %s\n", heaviest.bytes, heaviest.path)
	return wrong
}

// errEnough ends a crawl.
var errEnough = errors.New("enough pages")

// kindsOfPages goes through the site and returns, for each route of each language, the addresses of its largest pages.
func kindsOfPages(ctx context.Context, site http.Handler) ([]pageKind, error) {
	type sized struct {
		path string
		size int64
	}
	found, looked := map[string][]sized{}, 0
	err := mirror.Crawl(ctx, site, []string{"/"}, func(p mirror.Page) error {
		if looked++; looked > mostWeighed {
			return errEnough
		}
		_, pattern, _ := strings.Cut(p.Pattern, " ")
		if p.HTML() && pattern != "" {
			list := append(found[pattern], sized{p.Path, p.Size})
			slices.SortStableFunc(list, func(a, b sized) int { return int(b.size - a.size) })
			found[pattern] = list[:min(len(list), eachKind)]
		}
		return nil
	})
	if err != nil && !errors.Is(err, errEnough) {
		return nil, err
	}
	if len(found) == 0 {
		return nil, errors.New("no page was found")
	}
	var out []pageKind
	for pattern, list := range found {
		k := pageKind{name: pattern}
		for _, s := range list {
			k.paths = append(k.paths, s.path)
		}
		out = append(out, k)
	}
	return out, nil
}

// loadPage asks for a page and for what a browser fetches by itself to show it.
func loadPage(ctx context.Context, base, path string) (weighed, error) {
	w := weighed{path: path}
	var received atomic.Int64
	dialer := net.Dialer{Timeout: 10 * time.Second}
	t := &http.Transport{DisableCompression: true, DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
		c, err := dialer.DialContext(ctx, network, address)
		return countedConn{c, &received}, err
	}}
	defer t.CloseIdleConnections()
	todo, seen := []string{path}, map[string]bool{path: true}
	for len(todo) > 0 {
		at := todo[0]
		todo = todo[1:]
		kind, body, err := fetchOne(ctx, t, base+at)
		if err != nil {
			return w, err
		}
		if at != "/favicon.ico" {
			w.requests++
		}
		icon := at != path // only a page can ask for another icon than the usual one
		for _, r := range mirror.Refs(kind, body) {
			icon = icon || strings.Contains(r.Rel, "icon")
			to, _, ok := mirror.Address(at, r.Value)
			if r.Loads && ok && !seen[to] {
				seen[to] = true
				todo = append(todo, to)
			}
		}
		if !icon && !seen["/favicon.ico"] {
			seen["/favicon.ico"] = true
			todo = append(todo, "/favicon.ico")
		}
	}
	w.bytes = received.Load()
	return w, nil
}

// fetchOne asks as a browser does, and unpacks what came.
func fetchOne(ctx context.Context, t http.RoundTripper, address string) (kind string, body []byte, err error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return "", nil, err
	}
	r.Header.Set("Accept", "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8")
	r.Header.Set("Accept-Encoding", "gzip, deflate")
	answer, err := t.RoundTrip(r)
	if err != nil {
		return "", nil, err
	}
	defer answer.Body.Close()
	if body, err = io.ReadAll(answer.Body); err != nil {
		return "", nil, err
	}
	if answer.StatusCode >= 300 {
		return "", nil, fmt.Errorf("%s answers %d", address, answer.StatusCode)
	}
	if answer.Header.Get("Content-Encoding") == "gzip" {
		z, err := gzip.NewReader(bytes.NewReader(body))
		if err != nil {
			return "", nil, err
		}
		body, err = io.ReadAll(z)
		return answer.Header.Get("Content-Type"), body, err
	}
	return answer.Header.Get("Content-Type"), body, nil
}

// countedConn counts what comes in.
type countedConn struct {
	net.Conn
	received *atomic.Int64
}

// Read implements net.Conn.
func (c countedConn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	c.received.Add(int64(n))
	return n, err
}

// slowly returns how long Chromium takes until a page and all it needs are loaded over a slow link, with nothing cached.
func slowly(ctx context.Context, site http.Handler, path string) (time.Duration, error) {
	program, err := recorder.FindBrowser("")
	if err != nil {
		return 0, err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	srv := &http.Server{Handler: site, ReadHeaderTimeout: 10 * time.Second}
	served := make(chan error, 1)
	go func() { served <- srv.Serve(&slowLink{Listener: l}) }()
	defer func() { _ = srv.Close(); <-served }()
	opts := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(program), chromedp.NoSandbox, chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true))
	ctx, cancel := chromedp.NewExecAllocator(ctx, opts...)
	defer cancel()
	ctx, cancel = chromedp.NewContext(ctx)
	defer cancel()
	ctx, cancel = context.WithTimeout(ctx, 2*time.Minute)
	defer cancel()
	var millis float64
	err = chromedp.Run(ctx, chromedp.Navigate("http://"+l.Addr().String()+path),
		chromedp.Evaluate(`(() => { const n = performance.getEntriesByType("navigation")[0]; return n.loadEventEnd - n.startTime })()`, &millis))
	if err == nil && millis <= 0 {
		err = errors.New("the browser does not say when it was done")
	}
	return time.Duration(millis * float64(time.Millisecond)), err
}

// What a slow link does.
const (
	slowRate  = 400_000 / 8 // bytes a second, for all connections together
	roundTrip = 400 * time.Millisecond
)

// slowLink is a listener behind a slow link: connecting takes a round trip, each request another, and bytes go out slowly.
type slowLink struct {
	net.Listener

	mu   sync.Mutex
	free time.Time // when what was sent so far is through
}

// Accept implements net.Listener.
func (l *slowLink) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	return &slowConn{Conn: c, link: l}, err
}

type slowConn struct {
	net.Conn
	link *slowLink
	used bool
}

// Read implements net.Conn.
func (c *slowConn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	if n > 1 { // the server looks for one byte more while it answers
		if !c.used {
			c.used = true
			time.Sleep(roundTrip)
		}
		time.Sleep(roundTrip)
	}
	return n, err
}

// Write implements net.Conn.
func (c *slowConn) Write(b []byte) (int, error) {
	sent := 0
	for part := range slices.Chunk(b, 1400) {
		c.link.mu.Lock()
		if now := time.Now(); c.link.free.Before(now) {
			c.link.free = now
		}
		c.link.free = c.link.free.Add(time.Duration(len(part)) * time.Second / slowRate)
		at := c.link.free
		c.link.mu.Unlock()
		time.Sleep(time.Until(at))
		n, err := c.Conn.Write(part)
		if sent += n; err != nil {
			return sent, err
		}
	}
	return sent, nil
}
