package intake

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"veedor/internal/evidence/recorder"
	"veedor/internal/weigh/desk"
)

var who = desk.Viewer{Name: "ana", Role: desk.Researcher}

func newTaker(t *testing.T) *Taker {
	t.Helper()
	d, err := desk.Open(context.Background(), t.TempDir(), desk.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	return &Taker{Desk: d, Who: who}
}

func TestAddress(t *testing.T) {
	for in, want := range map[string]string{
		"https://Example.org":                               "https://example.org/",
		" http://example.org:80/a?utm_source=x&id=2&b#top ": "http://example.org/a?id=2&b",
		"https://example.org:443/a%2Fb?fbclid=1":            "https://example.org/a%2Fb",
		"https://example.org:8443/":                         "https://example.org:8443/",
		"javascript:alert(1)":                               "",
		"file:///etc/passwd":                                "",
		"https://me:secret@example.org/":                    "",
		"https://":                                          "",
		"ftp://example.org/":                                "",
		"https://example.org/" + strings.Repeat("a", 5000):  "",
		"https://пример.example/путь":                       "https://xn--e1afmkfd.example/%D0%BF%D1%83%D1%82%D1%8C",
	} {
		got, err := Address(in)
		if got != want || (want == "") != errors.Is(err, ErrRefused) {
			t.Errorf("%.60q: %q, %v; want %q", in, got, err, want)
		}
	}
}

func TestLanguage(t *testing.T) {
	for want, text := range map[string]string{
		"en": "The ministry announced that the operator would slow down all messaging services during the elections.",
		"es": "El ministerio anunció que la operadora reduciría la velocidad de los servicios de mensajería durante las elecciones.",
		"pt": "O ministério anunciou que a operadora reduziria a velocidade dos serviços de mensagens durante as eleições, não antes.",
		"zh": "该部宣布运营商将在选举期间限制所有即时通信服务的速度，并表示这是依法进行的。",
		"":   "OK 2021",
	} {
		if got := Language(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

const rss = `<?xml version="1.0"?><rss version="2.0"><channel><title>El Faro</title><language>es-419</language>
<item><title>Bloquean &lt;b&gt;Claro&lt;/b&gt;</title><link>https://faro.example/1?utm_source=rss</link><pubDate>Fri, 30 Apr 2021 23:00:00 -0400</pubDate><description>&lt;p&gt;La operadora &lt;script&gt;alert(1)&lt;/script&gt;bloqueó&lt;/p&gt;</description></item>
<item><title>No address</title></item>
<item><title>Bad</title><link>javascript:alert(1)</link></item></channel></rss>`

func TestFeed(t *testing.T) {
	feeds := map[string]string{"rss": rss,
		"atom": `<feed xmlns="http://www.w3.org/2005/Atom"><title>t</title><entry><title>Uno</title><link href="https://a.example/1"/><updated>2021-05-01T00:00:00Z</updated><author><name>A. B.</name></author></entry></feed>`,
		"json": `{"version":"https://jsonfeed.org/version/1.1","title":"t","items":[{"id":"https://a.example/1","title":"Uno","date_published":"2021-05-01T00:00:00Z"}]}`}
	got, without, err := ReadFeed([]byte(feeds["rss"]))
	if err != nil || without != 2 {
		t.Fatalf("%d without an address, %v", without, err)
	}
	want := []Found{{URL: "https://faro.example/1", Title: "Bloquean Claro", Summary: "La operadora bloqueó", Language: "es", Published: "2021-05-01"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	for _, kind := range []string{"atom", "json"} {
		got, _, err := ReadFeed([]byte(feeds[kind]))
		if err != nil || len(got) != 1 || got[0].URL != "https://a.example/1" || got[0].Published != "2021-05-01" {
			t.Errorf("%s: %+v, %v", kind, got, err)
		}
	}
	if _, _, err := ReadFeed([]byte("<html>no feed")); !errors.Is(err, ErrRefused) {
		t.Errorf("no feed: %v", err)
	}
}

func TestFetchFeed(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/old" {
			http.Redirect(w, r, "/feed", http.StatusMovedPermanently)
			return
		}
		w.Write([]byte(rss))
	}))
	defer s.Close()
	if _, err := FetchFeed(context.Background(), s.URL+"/feed", recorder.Options{}); !errors.Is(err, recorder.ErrRefused) {
		t.Errorf("a feed of this machine was asked for: %v", err)
	}
	got, err := FetchFeed(context.Background(), s.URL+"/old", recorder.Options{AllowPrivate: true})
	if err != nil || string(got) != rss {
		t.Errorf("%d bytes, %v", len(got), err)
	}
}

func TestTable(t *testing.T) {
	const table = "\xef\xbb\xbfFecha;Enlace;Título\n2021-04;https://a.example/1;Uno\n2013-02-30;https://a.example/2;Dos\n;nowhere;Tres\n;https://a.example/4\n"
	var got []string
	err := ReadTable(strings.NewReader(table), func(r Row) error {
		got = append(got, r.Found.URL+" "+string(r.Found.Published)+" "+map[bool]string{true: "refused", false: "ok"}[r.Err != nil])
		if r.Line < 2 {
			t.Errorf("line %d", r.Line)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"https://a.example/1 2021-04 ok", "https://a.example/2 2013-02-30 refused", "  refused", "https://a.example/4  ok"}, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if err := ReadTable(strings.NewReader("a,b\n1,2\n"), nil); !errors.Is(err, ErrRefused) {
		t.Errorf("no url: %v", err)
	}
}

const letter = "From: informant@example.net\r\nTo: desk@example.org\r\nSubject: =?utf-8?q?Mira_esto?=\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n" +
	"--b\r\nContent-Type: text/plain; charset=iso-8859-1\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\nMira: https://a.example/uno?utm_medium=mail, o (https://a.example/dos).\r\n=F1\r\n" +
	"--b\r\nContent-Type: application/pdf; name=\"../../contrato.pdf\"\r\nContent-Disposition: attachment\r\nContent-Transfer-Encoding: base64\r\n\r\nJVBE\r\nRi0x\r\n" +
	"--b\r\nContent-Type: message/rfc822\r\n\r\nFrom: press@ministry.example\r\nSubject: Nota\r\n\r\nhttps://ministry.example/nota\r\n--b--\r\n"

func TestMail(t *testing.T) {
	m, err := ReadMail(strings.NewReader(letter))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"https://a.example/uno", "https://a.example/dos"}, m.Links); diff != "" {
		t.Errorf("links (-want +got)\n%s", diff)
	}
	if len(m.Files) != 2 || m.Files[0].Name != "contrato.pdf" || string(m.Files[0].Data) != "%PDF-1" || m.Files[1].Type != "message/rfc822" {
		t.Errorf("files %+v", m.Files)
	}
	if !strings.Contains(m.Text, "ñ") || strings.Contains(m.Text, "informant") {
		t.Errorf("text %q", m.Text)
	}
	deep := "Content-Type: multipart/mixed; boundary=b\r\n\r\n" + strings.Repeat("--b\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n", 50)
	if m, err := ReadMail(strings.NewReader(deep)); err != nil || len(m.Left) == 0 {
		t.Errorf("nested: %+v, %v", m, err)
	}
}

// shelf captures nothing and gives texts.
type shelf map[string]Captured

func (s shelf) Capture(_ context.Context, address string) (Captured, error) {
	if c, ok := s[address]; ok {
		return c, nil
	}
	return Captured{}, errors.New("no answer")
}

func TestTake(t *testing.T) {
	ctx := context.Background()
	x := newTaker(t)
	original := "On 30 April 2021 the Ministry of Waves of Borduna ordered the operator Claro Norte to slow down 4,300 addresses, among them signal.org, for two weeks. The order was signed by Minister Aldo Ferrant in Puerto Claro, and it names no law. The ministry said that 120 technicians of the company Telmax would install the filter before the vote of 16 May 2021, at a cost of 12 million florins. \"Nobody will notice\", the minister told reporters."
	x.Capture = shelf{"https://a.example/1": {strings.Repeat("a", 64), "Order", original}, "https://b.example/2": {strings.Repeat("b", 64), "The same", original + " Copied without permission."}}
	first, err := x.Take(ctx, Found{URL: "https://a.example/1?utm_source=x", Published: "2021-05-01", How: "feed"})
	if err != nil || !first.New {
		t.Fatalf("%+v, %v", first, err)
	}
	again, err := x.Take(ctx, Found{URL: "https://A.example/1", Title: "Another title", Author: "A. B."})
	if err != nil || again.New || again.Item != first.Item {
		t.Fatalf("again: %+v, %v", again, err)
	}
	item, err := x.Desk.Get(ctx, who, desk.Item, first.Item)
	if err != nil {
		t.Fatal(err)
	}
	got := []string{item.Str("title"), item.Str("author"), item.Str("language"), item.Str("stage"), item.Str("url"), strings.Join(item.Strings("captures"), " ")}
	if diff := cmp.Diff([]string{"Order", "A. B.", "en", "new", "https://a.example/1", strings.Repeat("a", 64)}, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	copied, err := x.Take(ctx, Found{URL: "https://b.example/2", Published: "2021-05-03"})
	if err != nil || copied.Proposals == 0 {
		t.Fatalf("%+v, %v", copied, err)
	}
	list, err := x.Desk.List(ctx, who, desk.Query{Kind: desk.Lineage})
	if err != nil || len(list) == 0 {
		t.Fatal(list, err)
	}
	if p := list[0]; p.Str("from") != copied.Item || p.Str("to") != first.Item || p.Str("decision") != "proposed" || p.Str("reason") == "" {
		t.Errorf("proposed %+v", p.Fields)
	}
	if n, err := x.ProposeAll(ctx, nil); n != 0 || err != nil {
		t.Errorf("proposed again: %d, %v", n, err)
	}
	if _, err := x.Desk.Write(ctx, who, "wrong", desk.Change{Kind: desk.Lineage, ID: list[0].ID, On: desk.Latest, Remove: true}); err != nil {
		t.Fatal(err)
	}
	if n, err := x.ProposeAll(ctx, nil); n != 0 || err != nil {
		t.Errorf("what was taken off the desk is proposed again: %d, %v", n, err)
	}
	lost, err := x.Take(ctx, Found{URL: "https://c.example/3", Title: "No page"})
	if err != nil || !lost.New || lost.NoCapture == nil {
		t.Errorf("a page that gives no answer: %+v, %v", lost, err)
	}
	if _, err := x.Take(ctx, Found{}); !errors.Is(err, ErrRefused) {
		t.Errorf("nothing: %v", err)
	}
}

func FuzzMail(f *testing.F) {
	f.Add([]byte(letter))
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := ReadMail(strings.NewReader(string(b)))
		if err != nil {
			return
		}
		for _, l := range m.Links {
			if again, err := Address(l); err != nil || again != l {
				t.Fatalf("%q is written %q, %v", l, again, err)
			}
		}
	})
}

func FuzzFeed(f *testing.F) {
	f.Add([]byte(rss))
	f.Fuzz(func(t *testing.T, b []byte) {
		found, _, err := ReadFeed(b)
		for _, x := range found {
			if _, bad := Address(x.URL); bad != nil || err != nil {
				t.Fatalf("%+v, %v", x, err)
			}
		}
	})
}
