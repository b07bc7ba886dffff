package recorder

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image/png"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"veedor/internal/evidence/wacz"
)

const busyPage = `<!doctype html><html><head><title> A  busy page </title></head><body>
<p id=p>before</p><iframe src="/frame"></iframe><iframe src="//other.example:PORT/frame2"></iframe>
<img src="/i.png?same"><div style="height:3000px"></div><img src="/lazy.png" loading=lazy>
<a id=a href="/popup" target=_blank>x</a>
<script>
alert("stop"); confirm("stop")
const say = t => { p.textContent += " " + t }
fetch("/json").then(r => r.text()).then(say)
fetch("https://inner.example/x").catch(() => say("nothing-private"))
fetch("https://169.254.169.254/latest/").then(r => say("metadata" + r.status), () => say("nothing-metadata"))
fetch("/post", {method: "POST", body: "a=b"})
fetch("/i.png?same", {cache: "no-store"}).then(() => fetch("/i.png?same", {cache: "no-store"}))
new Worker("/worker.js").onmessage = e => say(e.data)
const ws = new WebSocket("wss://" + location.host + "/ws"); ws.onerror = () => say("no-websocket")
a.click(); window.open("/popup2")
const stun = "stun:127.0.0.1:UDP"
try { const rtc = new RTCPeerConnection({iceServers: [{urls: stun}]}); rtc.createDataChannel("x"); rtc.createOffer().then(o => rtc.setLocalDescription(o)) } catch (e) {}
try { navigator.serviceWorker.register("/sw.js") } catch (e) {}
say(Intl.DateTimeFormat().resolvedOptions().timeZone); say(navigator.language); say(location.hash)
</script></body></html>`

// TestPage records one page that does everything a page can do.
func TestPage(t *testing.T) {
	opt := browserOptions(t)
	udp, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer udp.Close()
	var mu sync.Mutex
	asked := map[string]*http.Request{}
	posted := ""
	s := httptest.NewUnstartedServer(nil)
	s.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		asked[r.URL.Path] = r
		switch r.URL.Path {
		case "/":
			w.Header().Set("Content-Type", "text/html")
			page := strings.ReplaceAll(busyPage, "PORT", fmt.Sprint(s.Listener.Addr().(*net.TCPAddr).Port))
			io.WriteString(w, strings.ReplaceAll(page, "UDP", fmt.Sprint(udp.LocalAddr().(*net.UDPAddr).Port)))
		case "/frame", "/frame2":
			body("<p>in a frame<script>fetch('/from"+r.URL.Path+"')</script>", "text/html")(w, r)
		case "/post":
			b, _ := io.ReadAll(r.Body)
			posted = string(b)
		case "/worker.js":
			body(`fetch("/from/worker").then(() => postMessage("worker"))`, "text/javascript")(w, r)
		case "/sw.js":
			body(`self.oninstall = () => fetch("/from/serviceworker")`, "text/javascript")(w, r)
		case "/json":
			body("json", "text/plain")(w, r)
		default:
			body("x", "image/png")(w, r)
		}
	})
	s.StartTLS()
	defer s.Close()
	opt.Resolver = &fixed{hosts: map[string][]string{"site.example": {"127.0.0.1"}, "other.example": {"127.0.0.1"},
		"inner.example": {"169.254.169.253"}}}
	url := fmt.Sprintf("https://site.example:%d/", s.Listener.Addr().(*net.TCPAddr).Port)
	var m memory
	r, err := Page(context.Background(), url+"#part", opt, &m)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%s, %d exchanges, %d bytes; DOM %d, window %d, whole %d, PDF %d bytes", r.Ended.Sub(r.Started), r.Exchanges, r.Bytes, len(r.DOM), len(r.View), len(r.FullPage), len(r.PDF))

	if r.Title != "A busy page" || r.FinalURL != url || r.Status != 200 || r.ContentType != "text/html" || r.Document {
		t.Errorf("%q %s %d %s", r.Title, r.FinalURL, r.Status, r.ContentType)
	}
	dom := string(r.DOM)
	for _, want := range []string{"<!DOCTYPE html>", "json", "nothing-private", "no-websocket", " worker", " UTC", " es-419", "#part"} {
		if !strings.Contains(dom[:strings.Index(dom, "<script>")], want) {
			t.Errorf("the DOM has no %q: %s", want, dom[:min(len(dom), 300)])
		}
	}
	mu.Lock()
	defer mu.Unlock()
	for _, path := range []string{"/frame", "/frame2", "/from/frame", "/from/frame2", "/lazy.png", "/json", "/from/worker", "/worker.js"} {
		host := "site.example"
		if strings.HasSuffix(path, "2") {
			host = "other.example"
		}
		if asked[path] == nil || len(m.of(wacz.TypeResponse, strings.Replace(url, "site.example", host, 1)+path[1:])) != 1 {
			t.Errorf("%s was asked for: %t, recorded: %d", path, asked[path] != nil, len(m.of(wacz.TypeResponse, url+path[1:])))
		}
	}
	t.Logf("service worker asked for: %t, by it: %t", asked["/sw.js"] != nil, asked["/from/serviceworker"] != nil)
	for _, path := range []string{"/popup", "/popup2", "/ws"} {
		if asked[path] != nil {
			t.Errorf("%s was asked for", path)
		}
	}
	if posted != "a=b" || len(m.of(wacz.TypeRequest, url+"post")) != 1 || !bytes.HasSuffix(m.of(wacz.TypeRequest, url+"post")[0].block, []byte("\r\n\r\na=b")) {
		t.Errorf("posted %q", posted)
	}
	if n := len(m.of(wacz.TypeRevisit, url+"i.png?same")); n == 0 {
		t.Error("the same picture twice is no revisit")
	}
	wants(t, "private", r.Refusals, "https://inner.example/x", "inner.example leads where")
	wants(t, "metadata", r.Refusals, "https://169.254.169.254/latest/", "link-local")
	wants(t, "websocket", r.Refusals, "wss://site.example", "websocket")
	if len(r.Certificates) != 2 || r.Certificates[0].Valid || !strings.Contains(r.Certificates[0].Why, "not site.example") {
		t.Errorf("%d certificates, %q", len(r.Certificates), r.Certificates[0].Why)
	}
	udp.SetReadDeadline(time.Now().Add(10 * time.Millisecond))
	if n, _, err := udp.ReadFrom(make([]byte, 100)); err == nil {
		t.Errorf("%d bytes went past the proxy by UDP", n)
	}
	checkPictures(t, r)
	checkRecords(t, &m)
}

func checkPictures(t *testing.T, r *Result) {
	t.Helper()
	view, err := png.DecodeConfig(bytes.NewReader(r.View))
	if err != nil || view.Width != windowWidth || view.Height != windowHeight {
		t.Errorf("window %+v, %v", view, err)
	}
	full, err := png.DecodeConfig(bytes.NewReader(r.FullPage))
	if err != nil || full.Width != windowWidth || full.Height < 3000 {
		t.Errorf("whole page %+v, %v", full, err)
	}
	if !bytes.HasPrefix(r.PDF, []byte("%PDF-")) || len(r.Truncated) != 0 {
		t.Errorf("PDF %.20q; %+v", r.PDF, r.Truncated)
	}
}

// checkRecords holds what is true of every recording: sound records, and nothing that tells of this machine.
func checkRecords(t *testing.T, m *memory) {
	t.Helper()
	report := wacz.CheckWARC(context.Background(), bytes.NewReader(m.warc.Bytes()), wacz.Options{})
	if !report.Sound() {
		t.Errorf("faults: %v", report.Faults)
	}
	host, _ := os.Hostname()
	for _, r := range m.records {
		if r.Type != wacz.TypeRequest {
			continue
		}
		head := strings.ToLower(string(r.block))
		for _, tells := range []string{"proxy-", "sec-ch-", "headless", "x-client-data", "recording", strings.ToLower(host)} {
			if tells != "" && strings.Contains(head, tells) {
				t.Errorf("the request for %s says %q:\n%s", r.URI, tells, r.block)
			}
		}
	}
	if slices.ContainsFunc(m.records, func(r kept) bool {
		return strings.Contains(r.URI, "google") || strings.Contains(r.URI, "recording.invalid")
	}) {
		t.Error("what the browser asks for by itself was recorded")
	}
}

func TestPageHostile(t *testing.T) {
	opt := browserOptions(t)
	s := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/refresh":
			body(`<meta http-equiv=refresh content="0; url=/refresh">again`, "text/html")(w, r)
		case "/metadata":
			http.Redirect(w, r, "http://169.254.169.254/", http.StatusFound)
		case "/mailto": // which keeps the load event from coming
			body(`<script>location.href = "mailto:a@example.org"</script>mailed`, "text/html")(w, r)
		case "/pdf":
			body("%PDF-1.4 no real one", "application/pdf")(w, r)
		case "/download":
			w.Header().Set("Content-Disposition", "attachment; filename=\"../../x\x01.exe\"")
			body(strings.Repeat("z", 1<<20), "application/octet-stream")(w, r)
		case "/favicon.ico":
			http.NotFound(w, r)
		case "/endless":
			w.Header().Set("Content-Type", "text/html")
			io.WriteString(w, "<title>endless</title><p>begun")
			w.(http.Flusher).Flush()
			<-r.Context().Done()
		}
	}))
	for _, c := range []struct {
		path     string
		limit    time.Duration
		err      error
		why      string // part of the error, or of a refusal or cut when there is none
		document bool
		sameAs   string // a record's block ends so
	}{
		{"/refresh", 60 * time.Second, nil, "navigates by itself", false, "again"},
		{"/metadata", 60 * time.Second, ErrRefused, "link-local", false, ""},
		{"/pdf", 60 * time.Second, nil, "", true, "%PDF-1.4 no real one"},
		{"/download", 60 * time.Second, nil, "", true, "zz\r\n0\r\n\r\n"},
		{"/mailto", 60 * time.Second, nil, "", false, "mailed"},
		{"/endless", 10 * time.Second, nil, "did not finish loading", false, ""},
	} {
		t.Run(c.path, func(t *testing.T) {
			opt := opt
			opt.Limits.Time = c.limit
			var m memory
			r, err := Page(context.Background(), s.URL+c.path, opt, &m)
			said := fmt.Sprint(r.Refusals, r.Truncated)
			if err != nil {
				said = err.Error()
			}
			if !errors.Is(err, c.err) || !strings.Contains(said, c.why) || r.Document != c.document {
				t.Errorf("%v; document %t; %s", err, r.Document, said)
			}
			if err == nil && !c.document && len(r.DOM) == 0 {
				t.Errorf("nothing was made of the page: %+v", r.Truncated)
			}
			if c.sameAs != "" && !slices.ContainsFunc(m.records, func(k kept) bool {
				return strings.HasSuffix(string(k.block), c.sameAs) && k.Fields.Get("WARC-Truncated") == ""
			}) {
				t.Errorf("no record ends in %q", c.sameAs)
			}
			if c.document && (r.FinalURL != s.URL+c.path || r.Status != 200) {
				t.Errorf("%s %d", r.FinalURL, r.Status)
			}
			t.Logf("%s: %s", r.Ended.Sub(r.Started), said)
		})
	}
}

func TestPageWithoutScripts(t *testing.T) {
	opt := browserOptions(t)
	opt.NoScripts = true
	var mu sync.Mutex
	ran := false
	s := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		ran = ran || r.URL.Path == "/ran"
		text := `<title>still</title><p id=p>as sent</p><script>p.textContent = "changed"; fetch("/ran")</script>`
		if r.URL.Path == "/" {
			text += `<iframe src="http://` + strings.Replace(r.Host, "127.0.0.1", "localhost", 1) + `/frame"></iframe>`
		}
		body(text, "text/html")(w, r)
	}))
	other := strings.Replace(s.URL, "127.0.0.1", "localhost", 1)
	var m memory
	r, err := Page(context.Background(), s.URL+"/", opt, &m)
	if err != nil || !strings.Contains(string(r.DOM), "as sent</p>") || len(r.View) == 0 || r.Title != "still" {
		t.Errorf("%v; %s", err, r.DOM)
	}
	mu.Lock()
	defer mu.Unlock()
	if ran || len(m.of(wacz.TypeResponse, other+"/frame")) != 1 {
		t.Errorf("a script ran: %t; frames recorded: %d", ran, len(m.of(wacz.TypeResponse, other+"/frame")))
	}
}

func TestPageRefusedOrEnded(t *testing.T) {
	opt := browserOptions(t)
	s := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { <-r.Context().Done() }))
	opt.AllowPrivate = false
	for _, url := range []string{s.URL, "file:///etc/passwd", "chrome://version", "javascript:alert(1)"} {
		if r, err := Page(context.Background(), url, opt, new(memory)); !errors.Is(err, ErrRefused) || len(r.Refusals) != 1 || r.Browser != "" {
			t.Errorf("%s: %v", url, err)
		}
	}
	opt.AllowPrivate = true
	ctx, cancel := context.WithCancel(context.Background())
	time.AfterFunc(1500*time.Millisecond, cancel)
	at := time.Now()
	_, err := Page(ctx, s.URL, opt, new(memory))
	if !errors.Is(err, context.Canceled) || time.Since(at) > 5*time.Second {
		t.Errorf("%v after %s", err, time.Since(at))
	}
	if left := processesOf(opt.Temp); len(left) > 0 {
		t.Errorf("still running: %q", left)
	}
	if left, _ := os.ReadDir(opt.Temp); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
	opt.Browser = "/no/such/browser"
	if _, err := Page(context.Background(), s.URL, opt, new(memory)); !errors.Is(err, ErrNoBrowser) {
		t.Error(err)
	}
}

// processesOf returns the processes whose command line names a folder.
func processesOf(dir string) []string {
	var out []string
	names, _ := filepath.Glob("/proc/[0-9]*/cmdline")
	for _, n := range names {
		if b, err := os.ReadFile(n); err == nil && bytes.Contains(b, []byte(dir)) {
			out = append(out, n)
		}
	}
	return out
}
