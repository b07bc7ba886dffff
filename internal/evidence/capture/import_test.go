package capture

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"image"
	"image/png"
	"io"
	"io/fs"
	"strings"
	"testing"
	"time"

	"veedor/internal/evidence/wacz"
)

// now is the clock of the tests.
func now() time.Time { return time.Date(2026, 5, 3, 12, 0, 0, 0, time.UTC) }

func testCaptures(t *testing.T) *Captures {
	t.Helper()
	c, err := Open(t.TempDir(), Options{Now: now, Software: "veedor test"})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

const article = `<!DOCTYPE html><html lang="es"><head><title>El decreto</title></head><body><nav>Inicio Política</nav><article><h1>El decreto</h1>
<p>El decreto fue firmado el viernes por la noche, según tres personas que estuvieron presentes en la reunión del consejo y pidieron no ser nombradas.</p>
<p>El texto completo, de cuarenta páginas, no ha sido publicado en la gaceta, aunque la ley lo exige dentro de los cinco días siguientes a la firma.</p>
<p>Un portavoz del ministerio dijo que el documento será público cuando termine su revisión, sin dar una fecha para ello ni explicar el retraso.</p>
</article></body></html>`

const savedPage = "From: <Saved by Blink>\r\nSnapshot-Content-Location: https://diario.example/decreto\r\nSubject: =?utf-8?Q?El_decreto_=E2=80=93_Diario?=\r\nDate: Sat, 2 May 2026 10:00:00 -0000\r\n" +
	"MIME-Version: 1.0\r\nContent-Type: multipart/related; type=\"text/html\"; boundary=\"----b\"\r\n\r\n" +
	"------b\r\nContent-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\nContent-Location: https://diario.example/decreto\r\n\r\n" + article + "\r\n" +
	"------b\r\nContent-Type: text/css\r\nContent-Transfer-Encoding: quoted-printable\r\nContent-Location: https://diario.example/a.css\r\n\r\np { color: =23333 }\r\n------b--\r\n"

const letter = "From: Ana <ana@example.org>\r\nTo: redaccion@diario.example\r\nSubject: El contrato\r\nDate: Fri, 1 May 2026 08:30:00 -0400\r\nMessage-ID: <1@example.org>\r\nMIME-Version: 1.0\r\n" +
	"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nAdjunto el contrato firmado en marzo.\r\n" +
	"--b\r\nContent-Type: application/pdf; name=contrato.pdf\r\nContent-Disposition: attachment; filename=\"contrato.pdf\"\r\nContent-Transfer-Encoding: base64\r\n\r\nJVBERi0xLjQK\r\n--b--\r\n"

// packWARC writes a WARC with one page.
func packWARC(t *testing.T, plain bool, body string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := wacz.NewWriter(&b, wacz.WriterOptions{Plain: plain})
	for i, r := range []*wacz.Record{
		{Type: wacz.TypeWarcinfo, ContentType: wacz.WARCFields, Block: strings.NewReader("software: another\r\n")},
		{Type: wacz.TypeResponse, URI: "https://diario.example/a.css", ContentType: wacz.HTTPResponse, Block: strings.NewReader("HTTP/1.1 200 OK\r\nContent-Type: text/css\r\n\r\np{}")},
		{Type: wacz.TypeResponse, URI: "https://diario.example/decreto", ContentType: wacz.HTTPResponse, Block: strings.NewReader("HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n\r\n" + body)},
	} {
		r.ID, r.Date = fmt.Sprintf("urn:uuid:00000000-0000-4000-8000-%012d", i), now().Add(-48*time.Hour)
		if _, err := w.Write(r); err != nil {
			t.Fatal(err)
		}
	}
	return b.Bytes()
}

func packWACZ(t *testing.T, warc []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	open := func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(warc)), nil }
	_, err := wacz.Pack(t.Context(), &b, wacz.Content{Title: "another's", Created: now(), MainURL: "https://diario.example/decreto", MainAt: now(),
		Pages: []wacz.Page{{ID: "p", URL: "https://diario.example/decreto", At: now().Add(-48 * time.Hour), Title: "El decreto"}},
		WARCs: []wacz.Member{{Path: "archive/data.warc.gz", Open: open}}})
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func picture(t *testing.T) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, 40, 30))); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestImport: whatever others recorded becomes a capture that says where it comes from, with the page's address,
// time, title and text where the material gives them.
func TestImport(t *testing.T) {
	warc := packWARC(t, false, article)
	tests := map[string]struct {
		file      []byte
		url       string // as who sent it says
		want      Capture
		text      string // is in the text
		published bool
	}{
		"a.warc.gz":     {file: warc, want: Capture{URL: "https://diario.example/decreto", Type: "text/html", Title: "El decreto", At: now().Add(-48 * time.Hour), Status: 200}, text: "firmado el viernes"},
		"a.warc":        {file: packWARC(t, true, article), want: Capture{URL: "https://diario.example/decreto", Type: "text/html", Title: "El decreto", At: now().Add(-48 * time.Hour), Status: 200}, text: "firmado el viernes"},
		"a.wacz":        {file: packWACZ(t, warc), want: Capture{URL: "https://diario.example/decreto", Type: "text/html", Title: "El decreto", At: now().Add(-48 * time.Hour), Status: 200}, text: "firmado el viernes"},
		"decreto.mhtml": {file: []byte(savedPage), want: Capture{URL: "https://diario.example/decreto", Type: "text/html", Title: "El decreto – Diario", At: time.Date(2026, 5, 2, 10, 0, 0, 0, time.UTC)}, text: "firmado el viernes"},
		"carta.eml":     {file: []byte(letter), want: Capture{Type: "message/rfc822", Title: "El contrato", At: time.Date(2026, 5, 1, 12, 30, 0, 0, time.UTC)}, text: "firmado en marzo"},
		"a.html":        {file: []byte(article), url: "https://diario.example/decreto", want: Capture{URL: "https://diario.example/decreto", Type: "text/html", Title: "El decreto", At: now()}, text: "firmado el viernes"},
		"b.html":        {file: []byte("<!DOCTYPE html>\n<!-- saved from url=(0030)https://diario.example/decreto -->\n" + article), want: Capture{URL: "https://diario.example/decreto", Type: "text/html", Title: "El decreto", At: now()}, text: "firmado el viernes"},
		"foto.png":      {file: picture(t), want: Capture{Type: "image/png", Title: "foto.png", At: now()}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			c := testCaptures(t)
			x, err := c.Import(t.Context(), name, bytes.NewReader(tt.file), Origin{How: "sent by a reader", Who: "reader 12", URL: tt.url})
			if err != nil {
				t.Fatal(err)
			}
			if x.Kind != Import || x.Origin.Hash != hashOf(tt.file) || x.Origin.Size != int64(len(tt.file)) {
				t.Errorf("kind %s, origin %+v", x.Kind, x.Origin)
			}
			if x.URL != tt.want.URL || x.Type != tt.want.Type || x.Title != tt.want.Title || !x.At.Equal(tt.want.At) || x.Status != tt.want.Status {
				t.Errorf("got %s %s %q %s %d", x.URL, x.Type, x.Title, x.At, x.Status)
			}
			text, err := c.Text(x.Hash)
			if tt.text == "" {
				if !errors.Is(err, ErrNotFound) {
					t.Errorf("a picture has the text %q, %v", text, err)
				}
			} else if err != nil || !strings.Contains(text, tt.text) || hashOf([]byte(text)) != x.TextHash {
				t.Errorf("text %q, %v", text, err)
			}
			if len(x.Faults) > 0 {
				t.Errorf("faults: %v", x.Faults)
			}
			whole(t, c, x, tt.file)
			if s, err := c.Shown(x.Hash); err != nil || s.Snippet || s.Screenshot || s.Text || s.Package {
				t.Errorf("an import is shown: %+v, %v", s, err)
			}
			again, err := c.Import(t.Context(), name, bytes.NewReader(tt.file), Origin{How: "sent by a reader", Who: "reader 12", URL: tt.url})
			if err != nil || again.Hash != x.Hash {
				t.Errorf("imported again: %v, %v", again, err)
			}
			sound(t, c, 1)
		})
	}
}

// whole checks that a capture's package is sound, and holds the file byte for byte.
func whole(t *testing.T, c *Captures, x *Capture, file []byte) {
	t.Helper()
	f, err := c.Package(x.Hash)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	b, err := io.ReadAll(f)
	if err != nil || hashOf(b) != x.Hash {
		t.Fatalf("%d bytes, %v", len(b), err)
	}
	if r := wacz.Check(t.Context(), bytes.NewReader(b), int64(len(b)), wacz.Options{}); !r.Sound() {
		t.Errorf("the package is not sound: %v", r.Faults)
	}
	z, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	if o, err := fs.ReadFile(z, originalPath); err == nil {
		if !bytes.Equal(o, file) {
			t.Error("the file that is kept is not the one that came")
		}
		return
	}
	err = c.read(x.Hash, func(p *opened) error {
		r := wacz.NewReader(p.data, wacz.ReaderOptions{})
		for {
			rec, err := r.Next()
			if err != nil {
				return err
			}
			if a, err := content(rec, maxPart); err == nil && bytes.Equal(a.body, file) {
				return nil
			}
		}
	})
	if err != nil {
		t.Errorf("the file is nowhere in the package: %v", err)
	}
}

func sound(t *testing.T, c *Captures, n int) {
	t.Helper()
	r, err := c.Fsck(t.Context(), nil)
	if err != nil || len(r.Problems) > 0 || r.Captures != n {
		t.Errorf("fsck: %+v, %v", r, err)
	}
}

// bomb is a gzip stream of n zeros after a prefix.
func bomb(t *testing.T, prefix string, n int64) []byte {
	t.Helper()
	var b bytes.Buffer
	z, err := gzip.NewWriterLevel(&b, gzip.BestSpeed)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(z, prefix); err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(z, io.LimitReader(zeros{}, n)); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

// zipOf makes a ZIP of headers without content.
func zipOf(t *testing.T, headers ...*zip.FileHeader) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, h := range append([]*zip.FileHeader{{Name: "datapackage.json"}}, headers...) {
		w, err := z.CreateHeader(h)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(w, "{}"); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func linkHeader() *zip.FileHeader {
	h := &zip.FileHeader{Name: "archive/a.warc.gz"}
	h.SetMode(fs.ModeSymlink | 0o777)
	return h
}

// hugePicture is a PNG whose header promises many pixels.
func hugePicture() []byte {
	ihdr := append([]byte("IHDR"), 0, 1, 0x86, 0xA0, 0, 1, 0x86, 0xA0, 8, 0, 0, 0, 0)
	b := append([]byte("\x89PNG\r\n\x1a\n\x00\x00\x00\x0d"), ihdr...)
	return binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(ihdr))
}

func nested(depth int) string {
	var b strings.Builder
	b.WriteString("From: a@example.org\r\nMessage-ID: <1@example.org>\r\n")
	for i := range depth {
		fmt.Fprintf(&b, "Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n", i, i)
	}
	return b.String() + "\r\nbottom"
}

// TestHostileImports: each is refused with its own reason, and the reason stands in the journal with the hash.
func TestHostileImports(t *testing.T) {
	tests := []struct {
		what, name string
		file       io.Reader
		reason     string
	}{
		{"path traversal in a package", "a.wacz", bytes.NewReader(zipOf(t, &zip.FileHeader{Name: "../../etc/cron.d/x"})), "leads out of the package"},
		{"absolute path in a package", "a.wacz", bytes.NewReader(zipOf(t, &zip.FileHeader{Name: "/etc/passwd"})), "leads out of the package"},
		{"backslashes in a package", "a.wacz", bytes.NewReader(zipOf(t, &zip.FileHeader{Name: `archive\..\x.warc.gz`})), "leads out of the package"},
		{"control characters in a package", "a.wacz", bytes.NewReader(zipOf(t, &zip.FileHeader{Name: "archive/a\x1b[2J.warc"})), "control characters"},
		{"name that reads backwards", "gnp.\u202Ewacz", bytes.NewReader(zipOf(t)), "direction of writing"},
		{"link in a package", "a.wacz", bytes.NewReader(zipOf(t, linkHeader())), "link or a device"},
		{"folders without end", "a.wacz", bytes.NewReader(zipOf(t, &zip.FileHeader{Name: strings.Repeat("a/", 200) + "x"})), "folders lie in folders"},
		{"ZIP that is no WACZ", "a.zip", bytes.NewReader(bytes.ReplaceAll(zipOf(t), []byte("datapackage.json"), []byte("datapackage.txtt"))), "no datapackage.json"},
		{"nothing", "a.html", strings.NewReader(""), "empty"},
		{"decompression bomb in a WARC", "a.warc.gz", bytes.NewReader(bomb(t, "WARC/1.1\r\nWARC-Type: resource\r\nWARC-Record-ID: <urn:uuid:00000000-0000-4000-8000-000000000001>\r\nWARC-Date: 2026-05-01T00:00:00Z\r\nWARC-Target-URI: https://a.example/\r\nContent-Length: 400000000\r\n\r\n", 400000004)), "decompression bomb"},
		{"gzip that is no WARC", "a.gz", bytes.NewReader(bomb(t, "nothing", 100)), "no WARC"},
		{"gigabytes of HTML", "a.html", io.MultiReader(strings.NewReader("<!DOCTYPE html><html>"), io.LimitReader(zeros{}, 70<<20)), "at most 67108864 are taken"},
		{"record that claims gigabytes", "a.warc", strings.NewReader("WARC/1.1\r\nWARC-Type: resource\r\nWARC-Record-ID: <urn:uuid:00000000-0000-4000-8000-000000000001>\r\nWARC-Date: 2026-05-01T00:00:00Z\r\nWARC-Target-URI: https://a.example/\r\nContent-Length: 99999999999\r\n\r\n"), "at most 536870912 are taken"},
		{"multiparts in multiparts", "a.eml", strings.NewReader(nested(200)), "more than 10 deep"},
		{"thousands of parts", "a.eml", strings.NewReader("From: a@example.org\r\nMessage-ID: <1@a>\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n" + strings.Repeat("--b\r\n\r\nx\r\n", 3000) + "--b--"), "more than 2000 parts"},
		{"attachment that climbs", "a.eml", strings.NewReader("From: a@example.org\r\nMessage-ID: <1@a>\r\nContent-Disposition: attachment; filename=\"..\\..\\autorun.inf\"\r\n\r\nx"), "leads into another folder"},
		{"header without end", "a.eml", strings.NewReader("From: a@example.org\r\nMessage-ID: <1@a>\r\nX: " + strings.Repeat("a", 1<<20)), "header is longer"},
		{"picture of ten thousand million pixels", "a.png", bytes.NewReader(hugePicture()), "pixels"},
		{"page under the name of a picture", "a.png", strings.NewReader(article), "its name says image/png"},
		{"program", "a.exe", strings.NewReader("MZ\x90\x00\x03\x00\x00\x00"), "none of WARC"},
		{"SVG", "a.svg", strings.NewReader(`<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>`), "program"},
		{"name that climbs", "../a.html", strings.NewReader(article), "leads into another folder"},
	}
	c := testCaptures(t)
	for _, tt := range tests {
		t.Run(tt.what, func(t *testing.T) {
			x, err := c.Import(t.Context(), tt.name, tt.file, Origin{How: "sent"})
			if !errors.Is(err, ErrRefused) || x != nil {
				t.Fatalf("got %v, %v", x, err)
			}
			if !strings.Contains(err.Error(), tt.reason) || strings.ContainsAny(err.Error(), "\n\x1b\u202E") {
				t.Errorf("reason: %q, want %q", err, tt.reason)
			}
		})
	}
	list, err := c.Refusals()
	if err != nil || len(list) != len(tests) {
		t.Fatalf("%d refusals in the journal, %v", len(list), err)
	}
	for i, e := range list {
		tt := tests[len(tests)-1-i]
		if o := e.Refusal.Origin; !strings.Contains(e.Refusal.Why, tt.reason) || o == nil || len(o.Hash) != 64 {
			t.Errorf("%s: journal says %+v", tt.what, e.Refusal)
		}
	}
	sound(t, c, 0)
}

// TestFaultyImport: a package with something wrong is kept with its faults.
func TestFaultyImport(t *testing.T) {
	b := packWACZ(t, packWARC(t, false, article))
	z, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for _, f := range z.File {
		content, err := fs.ReadFile(z, f.Name)
		if err != nil {
			t.Fatal(err)
		}
		if f.Name == "pages/pages.jsonl" {
			content = bytes.ReplaceAll(content, []byte("decreto"), []byte("DECRETO"))
		}
		e, err := w.CreateHeader(&zip.FileHeader{Name: f.Name, Method: zip.Store})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := e.Write(content); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	c := testCaptures(t)
	x, err := c.Import(t.Context(), "edited.wacz", &out, Origin{How: "sent"})
	if err != nil {
		t.Fatal(err)
	}
	if len(x.Faults) == 0 {
		t.Error("its faults are hidden")
	}
}

// TestForgedParts: what an imported archive calls the text, the screenshot or the certificates of a page is not
// shown as ours.
func TestForgedParts(t *testing.T) {
	var b bytes.Buffer
	w := wacz.NewWriter(&b, wacz.WriterOptions{})
	for i, r := range []*wacz.Record{
		{Type: wacz.TypeResource, URI: "https://diario.example/mapa", ContentType: "image/png", Block: bytes.NewReader(picture(t))},
		{Type: wacz.TypeResource, URI: "urn:text:https://diario.example/mapa", ContentType: "text/plain", Block: strings.NewReader("forged")},
		{Type: wacz.TypeResource, URI: "urn:view:https://diario.example/mapa", ContentType: "image/png", Block: bytes.NewReader(picture(t))},
		{Type: wacz.TypeResource, URI: "urn:veedor:tls:diario.example:443", ContentType: "application/pem-certificate-chain", Block: strings.NewReader("forged")},
	} {
		r.ID, r.Date = fmt.Sprintf("urn:uuid:00000000-0000-4000-8000-%012d", i), now()
		if _, err := w.Write(r); err != nil {
			t.Fatal(err)
		}
	}
	c := testCaptures(t)
	x, err := c.Import(t.Context(), "a.warc.gz", &b, Origin{How: "sent"})
	if err != nil {
		t.Fatal(err)
	}
	if text, err := c.Text(x.Hash); !errors.Is(err, ErrNotFound) {
		t.Errorf("text %q, %v", text, err)
	}
	if _, err := c.Screenshot(x.Hash, false); !errors.Is(err, ErrNotFound) {
		t.Errorf("screenshot, %v", err)
	}
	if chains, err := c.Certificates(x.Hash); err != nil || len(chains) > 0 {
		t.Errorf("certificates %v, %v", chains, err)
	}
}

func FuzzSplitMessage(f *testing.F) {
	f.Add([]byte(savedPage))
	f.Add([]byte(letter))
	f.Add([]byte(nested(12)))
	f.Add([]byte("From x\nSubject: =?big5?B?pKSk5Q==?=\n\nbody"))
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := splitMessage(bytes.NewReader(b))
		if err != nil {
			if !errors.Is(err, ErrRefused) {
				t.Errorf("neither read nor refused: %v", err)
			}
			return
		}
		total := 0
		for i := range m.parts {
			total += len(m.parts[i].body)
			m.parts[i].contentType()
		}
		if total > len(b) {
			t.Errorf("%d bytes became %d", len(b), total)
		}
		m.field("Subject")
		mainPart(m)
	})
}

func FuzzSniff(f *testing.F) {
	for _, s := range []string{savedPage, letter, article, "WARC/1.1\r\n", "PK\x03\x04", "%PDF-1.4", ""} {
		f.Add([]byte(s), "a.png")
	}
	f.Fuzz(func(t *testing.T, b []byte, name string) {
		format, mediaType, err := sniff(b)
		if (err == nil) != (format != "") || err != nil && !errors.Is(err, ErrRefused) {
			t.Errorf("format %q, %v", format, err)
		}
		if why := misnamed(name, format, mediaType); strings.ContainsAny(why, "\r\n") {
			t.Errorf("misnamed says %q", why)
		}
		badName(name)
		badPath(name)
	})
}
