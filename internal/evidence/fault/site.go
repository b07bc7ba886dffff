package fault

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"strconv"
	"strings"
	"time"

	"github.com/andybalholm/brotli"
	"github.com/google/uuid"
)

// shape is what a generated web archive is like.
type shape struct {
	pages      int
	files      int  // WARC files
	plain      bool // .warc, without compression
	compressed bool // index in blocks, with an index of blocks
	extra      bool // a list of pages that were not asked for
	big        int  // bytes of one large record
	headers    bool // very long headers
	derived    bool // text, picture, names and certificates as a capture of ours has them
}

// site is a generated web archive, not yet packed.
type site struct {
	shape
	at     time.Time
	host   string
	warcs  []*warcFile
	names  []string
	pages  []pageLine
	extras []pageLine
	texts  map[string]string // of each page by its URL
	views  map[string][]byte // pictures of pages
	seen   map[string]*record
}

type pageLine struct {
	id, url, title, text string
	at                   time.Time
}

func (c chance) id() string {
	var b [16]byte
	for i := range b {
		b[i] = byte(c.Uint32())
	}
	u, err := uuid.FromBytes(b[:])
	if err != nil {
		panic(err) // sixteen bytes always are one
	}
	u[6], u[8] = u[6]&0x0f|0x40, u[8]&0x3f|0x80
	return u.String()
}

func (c chance) of(list ...string) string { return list[c.IntN(len(list))] }

// words makes a text of n sentences, in several scripts.
func (c chance) words(n int) string {
	vocabulary := strings.Fields("el la operadora cortó servicio señal ministerio decreto prensa canal periódico bloqueado nuestra niñez corazón río año " +
		"the carrier blocked access order court newspaper minister signed contract equipment filtering network journalist said nobody denied " +
		"связь отключена министерство газета суд 网络 封锁 记者 报纸 法院 部长 🛰 🚫 ﬁltrado naïve Zürich Łódź İstanbul")
	var b strings.Builder
	for i := range n {
		if i > 0 {
			b.WriteString(c.of("\n", " "))
		}
		for j := range 6 + c.IntN(12) {
			if j > 0 {
				b.WriteByte(' ')
			}
			b.WriteString(vocabulary[c.IntN(len(vocabulary))])
		}
		b.WriteByte('.')
	}
	return b.String()
}

// site makes a web archive of the given shape.
func (c chance) site(s shape) *site {
	w := &site{shape: s, at: time.Date(2024, 3, 1, 12, 0, 0, 0, time.UTC).Add(time.Duration(c.IntN(300*24)) * time.Hour), texts: map[string]string{}, views: map[string][]byte{}, seen: map[string]*record{}}
	w.host = c.of("elpitazo.example", "www.diario.example", "periodico.example:8443", "xn--peridico-h4a.example", "news.bbc.example")
	for i := range max(s.files, 1) {
		name := fmt.Sprintf("data-%d.warc", i)
		if !s.plain {
			name += ".gz"
		}
		w.names = append(w.names, name)
		w.warcs = append(w.warcs, &warcFile{gzipped: !s.plain, records: []*record{c.warcinfo(w, name)}})
	}
	if s.derived {
		c.names(w)
	}
	for i := range s.pages {
		c.page(w, i)
	}
	if s.extra {
		u := w.url("/frames/inner.html")
		c.exchange(w, u, "200 OK", "text/html", []byte("<p>inner</p>"), c.IntN(4))
		w.extras = append(w.extras, pageLine{id: c.id(), url: u, title: "Inner", at: w.at})
	}
	if s.big > 0 {
		body := bytes.Repeat([]byte(c.words(4)), s.big/200+1)[:s.big]
		c.exchange(w, w.url("/video/large.bin"), "200 OK", "application/octet-stream", body, 0)
	}
	return w
}

func (w *site) url(path string) string { return "https://" + w.host + path }

// tick moves the clock on and returns the time.
func (w *site) tick() string {
	w.at = w.at.Add(1700 * time.Millisecond)
	return w.at.Format("2006-01-02T15:04:05.000Z")
}

func (w *site) add(c chance, r *record) *record {
	f := w.warcs[0]
	if len(w.warcs) > 1 {
		f = w.warcs[c.IntN(len(w.warcs))]
	}
	f.records = append(f.records, r)
	return r
}

// record makes a record with its digests.
func (c chance) record(w *site, kind, uri, contentType string, block []byte) *record {
	r := &record{version: "1.1", block: block, fields: []field{{"WARC-Type", kind}, {"WARC-Record-ID", "<urn:uuid:" + c.id() + ">"}, {"WARC-Date", w.tick()}}}
	if uri != "" {
		r.set("WARC-Target-URI", uri)
	}
	r.set("Content-Type", contentType)
	r.set("WARC-Block-Digest", digest(block))
	if kind == "response" || kind == "resource" || kind == "request" {
		r.set("WARC-Payload-Digest", digest(r.payload()))
	}
	r.set("Content-Length", strconv.Itoa(len(block)))
	return r
}

func (c chance) warcinfo(w *site, name string) *record {
	r := c.record(w, "warcinfo", "", "application/warc-fields", []byte("software: generator of valid packages\r\nformat: WARC File Format 1.1\r\nconformsTo: http://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/\r\n"))
	r.set("WARC-Filename", name)
	return r
}

// names adds what a capture keeps beside exchanges: answers of the DNS, and the chain of certificates.
func (c chance) names(w *site) {
	host, _, _ := strings.Cut(w.host, ":")
	answer := fmt.Sprintf("%s\r\n%s.\t300\tIN\tA\t192.0.2.%d\r\n", w.at.Format("20060102150405"), host, 1+c.IntN(250))
	w.warcs[0].records = append(w.warcs[0].records, c.record(w, "resource", "dns:"+host, "text/dns", []byte(answer)))
	a, err := c.issue(usage{name: host, server: true, from: w.at.AddDate(0, -1, 0), to: w.at.AddDate(0, 2, 0)})
	if err == nil {
		w.warcs[0].records = append(w.warcs[0].records, c.record(w, "resource", "urn:veedor:tls:"+host+":443", "application/pem-certificate-chain", []byte(a.chainPEM())))
	}
}

// page adds one page with what belongs to it.
func (c chance) page(w *site, i int) {
	n := strconv.Itoa(i)
	u := w.url(c.of("/nota/"+n, "/2024/03/art%C3%ADculo-"+n+".html", "/Noticias/"+n+"?id="+n+"&lang=es", "/%E7%BD%91%E7%BB%9C/"+n, "/a/"+n+"/"+strings.Repeat("largo-", 1+c.IntN(60))))
	if i == 0 {
		u = w.url("/")
	}
	text, title := c.words(2+c.IntN(12)), strings.TrimSuffix(c.words(1), ".")
	if c.IntN(3) == 0 {
		c.exchange(w, w.url(fmt.Sprintf("/corto/%d", i)), "301 Moved Permanently", "", nil, 0, "Location: "+u)
	}
	html := "<!doctype html><html lang=es><title>" + title + "</title><body><p>" + strings.ReplaceAll(text, "\n", "</p><p>") + "</p><img src=/logo.png></body></html>"
	at := w.at.Add(1700 * time.Millisecond) // the time of the first record of the exchange
	c.exchange(w, u, "200 OK", c.of("text/html; charset=utf-8", "text/html"), []byte(html), c.IntN(5))
	if c.IntN(2) == 0 {
		c.logo(w)
	}
	if c.IntN(4) == 0 {
		c.exchange(w, w.url(fmt.Sprintf("/beacon/%d", i)), "204 No Content", "", nil, 0)
	}
	if c.IntN(5) == 0 {
		c.exchange(w, w.url(fmt.Sprintf("/missing/%d.css", i)), "404 Not Found", "text/plain", []byte("no"), 0)
	}
	w.pages = append(w.pages, pageLine{id: c.id(), url: u, title: title, text: text, at: at})
	w.texts[u] = text
	if w.derived {
		w.add(c, c.record(w, "resource", "urn:text:"+u, "text/plain; charset=utf-8", []byte(text)))
		w.views[u] = c.picture()
		w.add(c, c.record(w, "resource", "urn:view:"+u, "image/png", w.views[u]))
	}
}

// logo adds a picture, and after the first time a revisit of it.
func (c chance) logo(w *site) {
	u := w.url("/logo.png")
	first := w.seen[u]
	if first == nil {
		w.seen[u] = c.exchange(w, u, "200 OK", "image/png", c.picture(), 0)
		return
	}
	r := c.record(w, "revisit", u, "application/http; msgtype=response", []byte("HTTP/1.1 200 OK\r\nContent-Type: image/png\r\n\r\n"))
	r.set("WARC-Profile", "http://netpreserve.org/warc/1.1/revisit/identical-payload-digest")
	r.set("WARC-Refers-To", first.get("WARC-Record-ID"))
	r.set("WARC-Refers-To-Target-URI", u)
	r.set("WARC-Refers-To-Date", first.get("WARC-Date"))
	r.set("WARC-Payload-Digest", first.get("WARC-Payload-Digest"))
	w.add(c, r)
}

func (c chance) picture() []byte {
	m := image.NewGray(image.Rect(0, 0, 8+c.IntN(24), 8+c.IntN(24)))
	for i := range m.Pix {
		m.Pix[i] = color.Gray{uint8(c.Uint32())}.Y
	}
	var b bytes.Buffer
	png.Encode(&b, m) // into memory: cannot fail
	return b.Bytes()
}

// exchange adds a request and its response. coding chooses how the body travels.
func (c chance) exchange(w *site, u, status, mime string, body []byte, coding int, more ...string) *record {
	_, rest, _ := strings.Cut(u, "://")
	host, path, _ := strings.Cut(rest, "/")
	head := []string{"HTTP/1.1 " + status, "Date: " + w.at.Format(time.RFC1123), "Server: nginx"}
	if mime != "" {
		head = append(head, "Content-Type: "+mime)
	}
	head = append(head, more...)
	if w.headers {
		head = append(head, "X-Long: "+strings.Repeat("abcdefgh ", 800)+"z", "Set-Cookie: a=1; Path=/", "Set-Cookie: b="+strings.Repeat("y", 3000))
	}
	switch coding {
	case 1:
		head, body = append(head, "Transfer-Encoding: chunked"), c.chunked(body)
	case 2:
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		z.Write(body)
		z.Close()
		body = b.Bytes()
		head = append(head, "Content-Encoding: gzip", "Content-Length: "+strconv.Itoa(len(body)))
	case 3:
		var b bytes.Buffer
		z := brotli.NewWriterLevel(&b, 5)
		z.Write(body)
		z.Close()
		head, body = append(head, "Content-Encoding: br", "Transfer-Encoding: chunked"), c.chunked(b.Bytes())
	default:
		if !strings.HasPrefix(status, "204") {
			head = append(head, "Content-Length: "+strconv.Itoa(len(body)))
		}
	}
	block := append([]byte(strings.Join(head, "\r\n")+"\r\n\r\n"), body...)
	q := c.record(w, "request", u, "application/http; msgtype=request", []byte("GET /"+path+" HTTP/1.1\r\nHost: "+host+"\r\nAccept: */*\r\n\r\n"))
	r := c.record(w, "response", u, "application/http; msgtype=response", block)
	r.set("WARC-Date", q.get("WARC-Date"))
	r.set("WARC-IP-Address", "192.0.2.7")
	q.set("WARC-Concurrent-To", r.get("WARC-Record-ID"))
	w.add(c, q)
	return w.add(c, r)
}

func (c chance) chunked(b []byte) []byte {
	var out bytes.Buffer
	for len(b) > 0 {
		n := min(len(b), 1+c.IntN(900))
		fmt.Fprintf(&out, "%x\r\n%s\r\n", n, b[:n])
		b = b[n:]
	}
	out.WriteString("0\r\n\r\n")
	return out.Bytes()
}

// pack packs a site as another tool than ours would.
func (w *site) pack(s *signer) (*pack, error) {
	z := &zipFile{}
	var lines []*cdxLine
	for i, f := range w.warcs {
		data, places := f.bytes()
		z.put("archive/"+w.names[i], data)
		for j, r := range f.records {
			if !indexed(r) {
				continue
			}
			l, err := line(r, w.names[i], places[j])
			if err != nil {
				return nil, err
			}
			lines = append(lines, l)
		}
	}
	sortCDX(lines)
	if w.compressed {
		cdx, idx := zipnum(lines, "index.cdx.gz")
		z.put("indexes/index.cdx.gz", cdx)
		z.put("indexes/index.idx", idx).deflate = true
	} else {
		z.put("indexes/index.cdx", cdxBytes(lines)).deflate = true
	}
	z.put(pagesFile, pagesBytes("pages", "All pages", w.pages)).deflate = true
	if len(w.extras) > 0 {
		z.put("pages/extraPages.jsonl", pagesBytes("extraPages", "Further pages", w.extras)).deflate = true
	}
	n := &node{kind: '{'}
	n.set("profile", "data-package")
	n.set("wacz_version", "1.1.1")
	n.set("title", "Generated: "+w.host)
	n.set("created", w.at.Format("2006-01-02T15:04:05Z"))
	n.set("software", "generator of valid packages")
	n.set("mainPageUrl", w.pages[0].url)
	n.set("mainPageDate", w.pages[0].at.Format("2006-01-02T15:04:05.000Z"))
	n.set("resources", []string{})
	z.put(dataFile, n.bytes()).deflate = true
	p := &pack{zip: z, signer: s}
	if err := p.list(); err != nil {
		return nil, err
	}
	return p, p.seal()
}

func pagesBytes(id, title string, pages []pageLine) []byte {
	head := &node{kind: '{'}
	head.set("format", "json-pages-1.0")
	head.set("id", id)
	head.set("title", title)
	head.set("hasText", true)
	out := append(head.bytes(), '\n')
	for _, p := range pages {
		n := &node{kind: '{'}
		n.set("id", p.id)
		n.set("url", p.url)
		n.set("ts", p.at.Format("2006-01-02T15:04:05.000Z"))
		n.set("title", p.title)
		if p.text != "" {
			n.set("text", p.text)
		}
		out = append(append(out, n.bytes()...), '\n')
	}
	return out
}
