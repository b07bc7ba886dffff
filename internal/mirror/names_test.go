package mirror

import (
	"net/url"
	"path"
	"strconv"
	"strings"
	"testing"
)

func TestFile(t *testing.T) {
	const page, data, feed = "text/html; charset=utf-8", "application/json", "application/atom+xml"
	long := strings.Repeat("x", 300)
	for _, c := range []struct{ address, kind, want string }{
		{"/", page, "index.html"},
		{"/?countries.page=2", page, "index,countries.page=2.html"},
		{"/es/", page, "es/index.html"},
		{"/index", page, "index!r.html"},
		{"/country/VE", page, "country/VE.html"},
		{"/country/ve", page, "country/ve!u3.html"},
		{"/network/AS64496", page, "network/AS64496.html"},
		{"/claim/Ab", page, "claim/Ab!u2.html"},
		{"/claim/Abc", page, "claim/Abc!u1.html"},
		{"/zh", page, "zh.html"},
		{"/target/example.org", page, "target/example.org.html"},
		{"/measurements?target=a.b&page=2", page, "measurements,target=a.b,page=2.html"},
		{"/measurement/x/raw", data, "measurement/x/raw!.json"},
		{"/measurement/x/raw.json", data, "measurement/x/raw.json"},
		{"/incidents.atom", feed, "incidents.atom"},
		{"/incidents.atom?cc=XA", feed, "incidents.atom,cc=XA!u18000.atom"},
		{"/target/..", page, "target/!2E!2E.html"},
		{"/target/%2E%2E", page, "target/!2E!2E.html"},
		{"/target/a%2Fb", page, "target/a!2Fb.html"},
		{"/target/con", page, "target/con!r.html"},
		{"/target/Con.example", page, "target/Con!r.example!u1.html"},
		{"/target/con%21r", page, "target/con!21r.html"},
		{"/target/.hidden", page, "target/!2Ehidden.html"},
		{"/target/dot.", page, "target/dot!2E.html"},
		{"/target/%C3%B1", page, "target/!C3!B1.html"},
		{"/target/n%CC%83", page, "target/n!CC!83.html"},
		{"/a//b", page, "a/!e/b.html"},
		{"/a/", page, "a/index.html"},
		{"/a.html", page, "a.html.html"},
		{"/a.html/b", page, "a!2Ehtml/b.html"},
		{"/entity/x.y/values", page, "entity/x.y/values.html"},
		{"/target/-rf", page, "target/!2Drf.html"},
		{"/target/a%20b%3A%2A%22%3C%3E%7C%3F", page, "target/a!20b!3A!2A!22!3C!3E!7C!3F.html"},
	} {
		if got := File(c.address, c.kind); got != c.want {
			t.Errorf("%s: %s, want %s", c.address, got, c.want)
		}
	}
	for _, address := range []string{"/target/" + long, "/a?b=" + long, "/?b=" + long, "/" + strings.Repeat("abcdefghij/", 40), "/target/" + strings.Repeat("%C3%B1", 40)} {
		name := File(address, page)
		if len(name) > maxName+10 || !strings.HasSuffix(name, ".html") {
			t.Errorf("%.40s: %s", address, name)
		}
	}
}

// plainly undoes File for names that are not hashed: what shows that nothing is lost.
func plainly(name, kind string) (address string, ok bool) {
	all := extensions(kind)
	if strings.Contains(name, "!h") || strings.HasPrefix(name, "!long/") {
		return "", false
	}
	parts := strings.Split(name, "/")
	for i, p := range parts {
		last := i == len(parts)-1
		query := ""
		if last {
			switch {
			case strings.HasSuffix(p, "!"+all[0]):
				p = strings.TrimSuffix(p, "!"+all[0])
			case all[0] == ".html" || strings.Contains(p, ","):
				p = strings.TrimSuffix(p, all[0])
			}
			p, _, _ = strings.Cut(p, "!u")
			p, query, _ = strings.Cut(p, ",")
			if p == "index" {
				p = ""
			}
		}
		p, _, _ = strings.Cut(p, "!u")
		if p == "!e" {
			p = ""
		}
		p = url.PathEscape(unescape(strings.Replace(p, "!r", "", 1)))
		switch p {
		case ".":
			p = "%2E"
		case "..":
			p = "%2E%2E"
		}
		address += "/" + p
		if query != "" {
			var pairs []string
			for pair := range strings.SplitSeq(query, ",") {
				k, v, _ := strings.Cut(pair, "=")
				pairs = append(pairs, url.QueryEscape(unescape(k))+"="+url.QueryEscape(unescape(v)))
			}
			address += "?" + strings.Join(pairs, "&")
		}
	}
	return address, true
}

func unescape(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '!' && i+2 < len(s) {
			if n, err := strconv.ParseUint(s[i+1:i+3], 16, 8); err == nil {
				b.WriteByte(byte(n))
				i += 2
				continue
			}
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

// FuzzFile: two addresses never share a file, not even where letters of both sizes are the same; names are harmless.
func FuzzFile(f *testing.F) {
	for _, s := range []string{"/", "/country/VE", "/country/ve", "/a?b=c", "/?a=b", "/con", "/index", "/a%2Fb", "/a/", "/a//b", "/raw", "/raw.json", "/A.json", "/x,y=z", "/%21e", "/%21r", "/con.json", "/es/AS12", "/a", "/a.html/b"} {
		f.Add(s, "/"+s, uint8(0))
		f.Add(s, strings.ToUpper(s), uint8(1))
	}
	kinds := []string{"text/html", "application/json", "text/plain", "image/jpeg"}
	f.Fuzz(func(t *testing.T, a, b string, k uint8) {
		kind := kinds[int(k)%len(kinds)]
		one, _, ok := Address("/", a)
		two, _, ok2 := Address("/", b)
		if !ok || !ok2 {
			return
		}
		x, y := File(one, kind), File(two, kind)
		if one != two && strings.EqualFold(x, y) {
			t.Errorf("%q and %q share %s", one, two, x)
		}
		for _, other := range kinds {
			if other != kind && one != two && strings.EqualFold(x, File(two, other)) {
				t.Errorf("%q (%s) and %q (%s) share %s", one, kind, two, other, x)
			}
		}
		if strings.HasPrefix(strings.ToLower(y), strings.ToLower(x)+"/") {
			t.Errorf("%q is the file %s, %q lies in a folder of that name", one, x, two)
		}
		if path.Clean(x) != x || strings.HasPrefix(x, "/") || strings.HasPrefix(x, "../") || len(x) > maxName+10 {
			t.Errorf("%q: %s", one, x)
		}
		for part := range strings.SplitSeq(x, "/") {
			base, _, _ := strings.Cut(part, ".")
			if part == "" || part[0] == '.' || part[0] == '-' || part[len(part)-1] == '.' || base != "index" && reserved.MatchString(base) || strings.ContainsFunc(part, func(r rune) bool {
				return !strings.ContainsRune("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.,=!", r)
			}) {
				t.Errorf("%q: part %q of %s", one, part, x)
			}
		}
		if back, whole := plainly(x, kind); whole && back != one {
			t.Errorf("%q: %s leads back to %q", one, x, back)
		}
	})
}

func TestRelative(t *testing.T) {
	for _, c := range []struct{ from, to, want string }{
		{"index.html", "a.html", "a.html"}, {"a/b.html", "index.html", "../index.html"}, {"a/b.html", "a/c.html", "c.html"},
		{"a/b/c.html", "a/d/e.html", "../d/e.html"}, {"a.html", "a/b.html", "a/b.html"}, {"a/b.html", "a.html", "../a.html"},
	} {
		if got := relative(c.from, c.to); got != c.want {
			t.Errorf("%s to %s: %s, want %s", c.from, c.to, got, c.want)
		}
	}
}
