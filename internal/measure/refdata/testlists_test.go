package refdata

import (
	"archive/zip"
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const listHeader = "url,category_code,category_description,date_added,source,notes\n"

func TestCategory(t *testing.T) {
	dir := t.TempDir()
	var paths []string
	for name, text := range map[string]string{
		"global": "https://blogs.test/politics/,POLR\nhttps://blogs.test/,HOST\nhttps://blogs.test/cats,CULTR\nhttps://www.both.test/,NEWS\nhttps://münchen.test/,GOVT\n",
		"ve":     "https://both.test/,HUMR\nhttp://many.test/a,NEWS\nhttp://many.test/b,NEWS\nhttp://many.test/c,REL\n",
		"co":     "https://only.test/,XED\nhttps://shared.test/,XED\n",
		"br":     "https://shared.test/,GAME\n",
	} {
		path := filepath.Join(dir, name+".csv")
		if err := os.WriteFile(path, []byte(listHeader+text), 0o644); err != nil {
			t.Fatal(err)
		}
		paths = append(paths, path)
	}
	l, n, err := loadTestLists(paths)
	if err != nil || n.rows != 12 || n.left != 0 {
		t.Fatalf("%+v, %v", n, err)
	}
	for _, tt := range []struct{ cc, input, want string }{
		{"CO", "https://blogs.test/politics/", "POLR"},
		{"CO", "https://blogs.test", "HOST"},
		{"CO", "HTTPS://BLOGS.TEST/dogs", "HOST"}, // the host, by its front page
		{"CO", "blogs.test", "HOST"},
		{"CO", "https://both.test/", "NEWS"},
		{"VE", "https://both.test/", "HUMR"},
		{"ve", "http://www.both.test:8080/x", "HUMR"},
		{"VE", "http://many.test/c", "REL"},
		{"VE", "http://many.test/d", "NEWS"}, // most of its URLs
		{"VE", "https://only.test/", "XED"},  // another country's list
		{"VE", "https://shared.test/", "GAME"},
		{"VE", "xn--mnchen-3ya.test", "GOVT"},
		{"VE", "https://münchen.test./", "GOVT"},
		{"VE", "https://unknown.test/", ""},
		{"VE", "", ""},
		{"VE", "https://", ""},
		{"VE", "http://[::1]:80/", ""},
		{"VE", "https://" + strings.Repeat("a", maxURL), ""},
		{"VE", "%%%", ""},
	} {
		u, host := urlKey(tt.input)
		got := ""
		if host != "" {
			got = l.category(tt.cc, u, host)
		}
		if got != tt.want {
			t.Errorf("%s %.40s: %q, want %q", tt.cc, tt.input, got, tt.want)
		}
	}
	if got := new(testLists).category("VE", "http://a.test/", "a.test"); got != "" {
		t.Errorf("the empty list knows %q", got)
	}
}

// zipOf makes an archive like the one a repository is published as.
func zipOf(t testing.TB, files map[string]string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for name, text := range files {
		w, err := z.Create(name)
		if err == nil {
			_, err = w.Write([]byte(text))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestTestListsInArchive(t *testing.T) {
	path := filepath.Join(t.TempDir(), "master.zip")
	b := zipOf(t, map[string]string{
		"test-lists-master/lists/global.csv":                   listHeader + "https://a.test/,NEWS,,,,\n",
		"test-lists-master/lists/ve.csv":                       listHeader + "https://b.test/,HUMR,,,,\nnot a url at all,NEWS\nhttps://c.test/,lower\n",
		"test-lists-master/lists/00-LEGEND-category_codes.csv": "a,b\n",
		"test-lists-master/other/ru.csv":                       "neither,a,list\n",
		"test-lists-master/README.md":                          "x",
	})
	if err := os.WriteFile(path, b, 0o644); err != nil {
		t.Fatal(err)
	}
	l, n, err := loadTestLists([]string{path})
	if err != nil || n.rows != 2 || n.left != 2 || len(l.byName) != 2 {
		t.Errorf("%+v, %v", n, err)
	}
}

func FuzzTestLists(f *testing.F) {
	f.Add(listHeader+"https://a.test/,NEWS,,,,\n", "https://a.test/")
	f.Add(listHeader+"\"http://\xff\",NEWS\nhttp://xn--a/,REL\n", "http://user@[::1]:99999/%zz")
	f.Fuzz(func(t *testing.T, text, input string) {
		l, n := &testLists{byName: make(map[string]*testList)}, tally{}
		if l.read("ve", strings.NewReader(text), &n) == nil {
			l.byName["ve"].seal()
		}
		if u, host := urlKey(input); host != "" {
			if !strings.Contains(u, "://") || len(host) > 4*maxURL {
				t.Fatalf("urlKey(%q): %q, %q", input, u, host)
			}
			l.category("VE", u, host)
		}
	})
}

func TestNames(t *testing.T) {
	f := open(t, "").AsOf(day("2026-01-01"))
	for _, tt := range []struct{ cc, lang, want string }{
		{"VE", "en", "Venezuela"}, {"CN", "es", "China"}, {"CN", "zh", "中国"}, {"ES", "es-VE", "España"}, {"es", "en_GB", "Spain"},
		{"XB", "zh", "博尔杜纳"}, {"ZZ", "es", "País desconocido"}, {"MK", "en", "North Macedonia"}, {"DE", "fr", "Germany"},
		{"QX", "en", "QX"}, {"", "en", ""}, {"VEN", "en", "VEN"}, {"<b", "en", "<b"}, {"VE", "", "Venezuela"},
	} {
		if got := f.CountryName(tt.cc, tt.lang); got != tt.want {
			t.Errorf("CountryName(%q, %q) = %q, want %q", tt.cc, tt.lang, got, tt.want)
		}
	}
	for _, tt := range []struct{ code, lang, want string }{
		{"NEWS", "en", "News media"}, {"NEWS", "es", "Medios de comunicación"}, {"NEWS", "zh", "新闻媒体"}, {"NEWS", "fr", "News media"}, {"QQQ", "es", "QQQ"}, {"", "en", ""},
	} {
		if got := f.CategoryName(tt.code, tt.lang); got != tt.want {
			t.Errorf("CategoryName(%q, %q) = %q, want %q", tt.code, tt.lang, got, tt.want)
		}
	}
}
