package mirror

import (
	"bytes"
	"strings"
	"testing"

	xhtml "golang.org/x/net/html"
)

// FuzzAttributes: attributes are found where the tokenizer finds them, and a page of which nothing changes stays as it is.
func FuzzAttributes(f *testing.F) {
	for _, s := range []string{`<a href="/x">`, `<a href=/x class=y>`, `<a  href = '/x' / hidden>`, `<img src="a" alt>`, `<a href="a"href="b">`, `<svg viewBox="0 0 1 1"/>`, `<a =b c>`, `<p>text</p><a href="&amp;x">`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		out := rewrite("text/html", []byte(s), change{edit: func(Ref, string) (fate, string) { return stays, "" }})
		if !bytes.Equal(out, []byte(s)) {
			t.Errorf("%q became %q", s, out)
		}
		if strings.ContainsAny(s, "\x00\r") { // which HTML changes
			return
		}
		z := xhtml.NewTokenizer(strings.NewReader(s))
		for kind := z.Next(); kind != xhtml.ErrorToken; kind = z.Next() {
			if kind != xhtml.StartTagToken && kind != xhtml.SelfClosingTagToken {
				continue
			}
			tag := bytes.Clone(z.Raw())
			var want []string
			for _, a := range z.Token().Attr {
				if a.Key == "href" || a.Key == "src" {
					want = append(want, a.Val)
				}
			}
			var got []string
			had := map[string]bool{}
			for _, a := range attributes(tag) {
				if (a.name == "href" || a.name == "src") && !had[a.name] { // the first counts
					had[a.name] = true
					got = append(got, value(tag, a))
				}
			}
			if strings.Join(got, "\x01") != strings.Join(want, "\x01") {
				t.Errorf("%q: %q, want %q", tag, got, want)
			}
		}
	})
}
