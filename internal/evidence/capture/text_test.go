package capture

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

func TestCanonical(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"spaces", "  a \u00a0 b\t \tc  \r\n\r\n d\u2003e ", "a b\tc\nd e"},
		{"NFC", "cafe\u0301", "café"},
		{"invisible", "por\u00adta\u200bvoz\ufeff\x00\x1b[31m", "portavoz[31m"},
		{"joiners mean something", "می\u200cخواهم", "می\u200cخواهم"},
		{"line separators", "a\u2028b\u2029c\fd\ve", "a\nb\nc\nd\ne"},
	}
	for _, tt := range tests {
		if got := Canonical(tt.in); got != tt.want {
			t.Errorf("%s: Canonical(%q) = %q, want %q", tt.name, tt.in, got, tt.want)
		}
	}
}

func TestHTMLText(t *testing.T) {
	tests := []struct{ name, contentType, in, want string }{
		{"blocks", "text/html", "<h1>One</h1><p>Two <b>b</b>old<br>three</p><ul><li>x<li>y</ul>", "One\nTwo bold\nthree\nx\ny"},
		{"not seen", "text/html", `<head><title>T</title><style>s</style></head><p>a<script>b</script><template>c</template><noscript>d</noscript><span hidden>e</span><span style="color:red; DISPLAY : None !important">f</span><i style="visibility:hidden">g</i>h<!-- i --></p><dialog>j</dialog><dialog open>k</dialog>`, "ah\nk"},
		{"fields", "text/html", `<form>Name <input value=x><select><option>o</select><textarea>t</textarea><button>Send</button></form>`, "Name Send"},
		{"table", "text/html", "<table><tr><th>Day<th>Dead<tr><td>1<td>20</table>", "Day\tDead\n1\t20"},
		{"pre", "text/html", "<pre>a  b\nc</pre>", "a b\nc"},
		{"image", "text/html", `<p>Before<img alt=" A man at a gate " src=x>after<img alt="" src=y></p>`, "Before [A man at a gate] after"},
		{"hidden paragraph ends", "text/html", "<p hidden>no<p>yes", "yes"},
		{"latin 1", "text/html; charset=iso-8859-1", "<p>Corrupci\xf3n</p>", "Corrupción"},
		{"gbk by meta", "text/html", "<meta charset=gbk><p>\xd6\xd0\xb9\xfa</p>", "中国"},
		{"utf-8 not declared, late", "text/html", strings.Repeat("<!-- x -->", 300) + "<p>更正 تصحيح</p>", "更正 تصحيح"},
		{"windows-1256", "text/html; charset=windows-1256", "<p>\xca\xd5\xcd\xed\xcd</p>", "تصحيح"},
		{"not UTF-8", "text/html; charset=utf-8", "<p>a\xffb</p>", "a\uFFFDb"},
	}
	for _, tt := range tests {
		got, err := ReadText(context.Background(), []byte(tt.in), tt.contentType, "https://example.org/")
		if err != nil || got.Full != tt.want {
			t.Errorf("%s: %q, %v; want %q", tt.name, got.Full, err, tt.want)
		}
	}
}

func TestMainText(t *testing.T) {
	var b strings.Builder
	b.WriteString(`<!DOCTYPE html><html lang="es-VE"><head><title>La noticia | El Heraldo</title>
<meta property="article:published_time" content="2024-03-05T10:00:00-04:00"><meta property="article:modified_time" content="2024-03-06T10:00:00-04:00"><meta name="author" content="Ana Duarte"></head>
<body><nav><a href=/>Inicio</a> <a href=/m>Mundo</a></nav><article><h1>La noticia</h1>`)
	for i := range 12 {
		fmt.Fprintf(&b, "<p>Párrafo %d. El ministerio informó, según la nota que recibió este diario, que el servicio fue suspendido durante la noche, y que nadie resultó herido en la capital.</p>", i)
	}
	b.WriteString(`</article><footer>Todos los derechos reservados</footer></body></html>`)
	got, err := ReadText(context.Background(), []byte(b.String()), "text/html; charset=utf-8", "https://example.org/n")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(got.Full, "Inicio") || strings.Contains(got.Main, "Inicio") || !strings.Contains(got.Main, "Párrafo 11.") {
		t.Errorf("main text: %.300q", got.Main)
	}
	for line := range strings.Lines(got.Main) {
		if !strings.Contains(got.Full, strings.TrimSpace(line)) {
			t.Errorf("a line of the main text is not in the full text: %q", line)
		}
	}
	got.Full, got.Main = "", ""
	want := Text{Title: "La noticia | El Heraldo", Byline: "Ana Duarte", Language: "es-VE", Maker: "html",
		Published: time.Date(2024, 3, 5, 14, 0, 0, 0, time.UTC), Modified: time.Date(2024, 3, 6, 14, 0, 0, 0, time.UTC)}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestHostileHTML(t *testing.T) {
	tests := map[string]string{
		"deep":        strings.Repeat("<div>", 200_000) + "<p>here</p>",
		"formatting":  strings.Repeat("<b><i><u><s>x</b>", 20_000) + "<p>here</p>",
		"tables":      strings.Repeat("<table><tr><td>", 50_000) + "<p>here</p>",
		"fonts":       strings.Repeat("<font><p>", 30_000) + "here",
		"one tag":     "<p>here</p><a href='" + strings.Repeat("x", 8<<20),
		"many blocks": strings.Repeat("<p>x", 200_000) + "<p>here</p>",
		"hidden deep": strings.Repeat("<div hidden>", 1000) + "no" + strings.Repeat("</div>", 1000) + "<p>here</p>",
	}
	for name, in := range tests {
		begin := time.Now()
		got, err := ReadText(context.Background(), []byte(in), "text/html", "https://example.org/")
		if err != nil || !strings.Contains(got.Full, "here") || strings.Contains(got.Full, "no\n") {
			t.Errorf("%s: %.50q…, %v, %v", name, got.Full, got.Notes, err)
		}
		if took := time.Since(begin); took > parseTime {
			t.Errorf("%s took %v", name, took)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := ReadText(ctx, []byte("<p>x"), "text/html", ""); !errors.Is(err, context.Canceled) {
		t.Errorf("stopped: %v", err)
	}
}

func TestMailText(t *testing.T) {
	mail := strings.ReplaceAll(`From: =?utf-8?q?Ana_Pe=C3=B1a?= <ana@example.org>
To: desk@example.org
Date: Tue, 05 Mar 2024 10:00:00 -0400
Subject: =?utf-8?b?5pu05q2j?=
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary=m

--m
Content-Type: multipart/alternative; boundary=a

--a
Content-Type: text/plain; charset=iso-8859-1
Content-Transfer-Encoding: quoted-printable

La orden lleg=F3 por tel=E9fono.
--a
Content-Type: text/html; charset=utf-8

<p>La orden llegó por <b>teléfono</b>.</p>
--a--
--m
Content-Type: application/pdf; name=contract.pdf
Content-Disposition: attachment; filename=contract.pdf
Content-Transfer-Encoding: base64

JVBERg==
--m--
`, "\n", "\r\n")
	got, err := ReadText(context.Background(), []byte(mail), "", "")
	if err != nil {
		t.Fatal(err)
	}
	if got.Main != "La orden llegó por teléfono." || got.Title != "更正" || got.Maker != "mail" || len(got.Attachments) != 1 || got.Attachments[0].Size != 4 {
		t.Errorf("%+v", got)
	}
	if !strings.Contains(got.Full, "From: Ana Peña <ana@example.org>") || !strings.Contains(got.Full, "Attachment: contract.pdf (application/pdf, 4 bytes") {
		t.Errorf("%q", got.Full)
	}
}

func TestSavedText(t *testing.T) {
	saved := strings.ReplaceAll(`From: <Saved by Blink>
Snapshot-Content-Location: https://example.org/a
Subject: A
MIME-Version: 1.0
Content-Type: multipart/related; type="text/html"; boundary=b

--b
Content-Type: text/html
Content-Location: https://ads.example.org/

<p>An advertisement</p>
--b
Content-Type: text/html
Content-Transfer-Encoding: quoted-printable
Content-Location: https://example.org/a

<p>=E6=9B=B4=E6=AD=A3</p>
--b--
`, "\n", "\r\n")
	got, err := ReadText(context.Background(), []byte(saved), "multipart/related; boundary=b", "")
	if err != nil || got.Full != "更正" || got.Maker != "mhtml" {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestOtherText(t *testing.T) {
	got, err := ReadText(context.Background(), []byte("uno\n\n dos"), "text/plain", "")
	if err != nil || got.Full != "uno\ndos" || got.Maker != "plain" {
		t.Errorf("%+v, %v", got, err)
	}
	if _, err := ReadText(context.Background(), []byte("\x89PNG\r\n\x1a\n"), "image/png", ""); !errors.Is(err, ErrNoText) {
		t.Errorf("image: %v", err)
	}
}

// TestPDFHelper is no test: it is what the tests run as the program's own reader of PDFs.
func TestPDFHelper(t *testing.T) {
	if flag.Arg(0) != "pdf-text" {
		return
	}
	if err := ReadPDF(os.Stdin, os.Stdout, flag.Arg(1)); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

func pdfTestHelper() []string {
	return []string{os.Args[0], "-test.run=^TestPDFHelper$", "--", "pdf-text"}
}

// simplePDF makes a PDF that shows lines of ASCII.
func simplePDF(lines ...string) []byte {
	var content strings.Builder
	content.WriteString("BT /F1 12 Tf 72 700 Td 14 TL\n")
	for _, l := range lines {
		fmt.Fprintf(&content, "(%s) Tj T*\n", l)
	}
	content.WriteString("ET")
	objects := []string{
		"<</Type/Catalog/Pages 2 0 R>>", "<</Type/Pages/Kids[3 0 R]/Count 1>>",
		"<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
		fmt.Sprintf("<</Length %d>>\nstream\n%s\nendstream", content.Len(), content.String()),
		"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>",
	}
	var b bytes.Buffer
	b.WriteString("%PDF-1.4\n")
	var at []int
	for i, o := range objects {
		at = append(at, b.Len())
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", i+1, o)
	}
	xref := b.Len()
	fmt.Fprintf(&b, "xref\n0 %d\n0000000000 65535 f \n", len(objects)+1)
	for _, o := range at {
		fmt.Fprintf(&b, "%010d 00000 n \n", o)
	}
	fmt.Fprintf(&b, "trailer\n<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n", len(objects)+1, xref)
	return b.Bytes()
}

func TestPDFText(t *testing.T) {
	body := simplePDF("The order came by telephone.", "Nobody was charged.")
	t.Run("own reader", func(t *testing.T) {
		t.Setenv("PATH", t.TempDir())
		got, err := ReadText(context.Background(), body, "application/pdf", "", pdfTestHelper()...)
		if err != nil || got.Maker != "pdf" || !strings.Contains(got.Full, "The order came by telephone.") {
			t.Errorf("%+v, %v", got, err)
		}
		if _, err := ReadText(context.Background(), body, "application/pdf", ""); err == nil || !strings.Contains(err.Error(), "poppler") {
			t.Errorf("without any reader: %v", err)
		}
	})
	t.Run("poppler", func(t *testing.T) {
		if _, err := exec.LookPath("pdftotext"); err != nil {
			t.Skip("pdftotext is not installed")
		}
		for _, helper := range [][]string{nil, pdfTestHelper()} {
			got, err := ReadText(context.Background(), body, "", "", helper...)
			if err != nil || !strings.HasPrefix(got.Maker, "pdftotext ") || got.Full != "The order came by telephone. Nobody was charged." {
				t.Errorf("%+v, %v", got, err)
			}
		}
	})
	t.Run("hostile", func(t *testing.T) {
		t.Setenv("PATH", t.TempDir())
		for name, evil := range map[string][]byte{
			"cut short":    body[:len(body)/2],
			"no page":      []byte("%PDF-1.4\n"),
			"pages loop":   bytes.Replace(body, []byte("/Kids[3 0 R]"), []byte("/Kids[2 0 R]"), 1),
			"parents loop": bytes.Replace(body, []byte("/Parent 2 0 R"), []byte("/Parent 3 0 R"), 1),
			"deep":         append([]byte("%PDF-1.4\n"), bytes.Repeat([]byte("["), 4<<20)...),
			"length":       bytes.Replace(body, []byte("/Length "), []byte("/Length 9999999"), 1),
		} {
			begin := time.Now()
			ctx, cancel := context.WithTimeout(context.Background(), time.Second)
			got, err := ReadText(ctx, evil, "application/pdf", "", pdfTestHelper()...)
			cancel()
			t.Logf("%s: %.60q, %.200v", name, got.Full, err)
			if took := time.Since(begin); took > 6*time.Second {
				t.Errorf("%s: it took %v", name, took)
			}
		}
	})
}

func FuzzCanonical(f *testing.F) {
	for _, s := range []string{"a\u0301 b", "\u00a0\t\n", "é\u00ad\u0301", "\u1100\u200b\u1161", "a\xffb"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		once := Canonical(s)
		if twice := Canonical(once); twice != once {
			t.Errorf("Canonical(%q) = %q, and of that %q", s, once, twice)
		}
		if !utf8.ValidString(once) || strings.Contains(once, "\n\n") || strings.TrimSpace(once) != once {
			t.Errorf("Canonical(%q) = %q", s, once)
		}
	})
}

func FuzzHTMLText(f *testing.F) {
	for _, s := range []string{"<p>a<b>c</p>", "<table><a><tr>x<td hidden>y", "<pre>\n a\tb", "<svg><desc>x</desc><text>y</svg>", "<title>", strings.Repeat("<i>", 600) + "x"} {
		f.Add([]byte(s), "text/html; charset=utf-8")
	}
	f.Add([]byte("\xfe\xff\x00<\x00p"), "text/html")
	f.Fuzz(func(t *testing.T, body []byte, contentType string) {
		got, err := htmlText(context.Background(), body, contentType, "https://example.org/")
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range []string{got.Full, got.Main} {
			if Canonical(s) != s {
				t.Errorf("not canonical: %q", s)
			}
		}
	})
}

func FuzzMailText(f *testing.F) {
	f.Add([]byte("From: a\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n\r\nhi\r\n--x--\r\n"))
	f.Fuzz(func(t *testing.T, body []byte) {
		if got, err := mailText(context.Background(), body); err == nil && Canonical(got.Full) != got.Full {
			t.Errorf("not canonical: %q", got.Full)
		}
		_, _ = savedText(context.Background(), body, "")
	})
}

func BenchmarkHTMLText(b *testing.B) {
	var page strings.Builder
	page.WriteString("<html><head><title>x</title></head><body><nav>Home</nav><article>")
	for i := 0; page.Len() < 1<<20; i++ {
		fmt.Fprintf(&page, "<div class=c%d><p>Párrafo <a href=/x>número</a> %d: el ministerio informó que el servicio fue suspendido, <b>según</b> la nota.</p></div>\n", i, i)
	}
	b.SetBytes(int64(page.Len()))
	b.Run("visible", func(b *testing.B) {
		b.SetBytes(int64(page.Len()))
		for b.Loop() {
			t := Text{}
			_ = tokenText(context.Background(), page.String(), &t)
		}
	})
	b.Run("all", func(b *testing.B) {
		b.SetBytes(int64(page.Len()))
		for b.Loop() {
			if _, err := htmlText(context.Background(), []byte(page.String()), "text/html; charset=utf-8", "https://example.org/"); err != nil {
				b.Fatal(err)
			}
		}
	})
}
