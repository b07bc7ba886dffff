package web

import (
	"crypto/sha256"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode"

	"veedor/internal/measure/obs"
	"veedor/internal/measure/ooni"
	"veedor/internal/measure/refdata"
	"veedor/internal/measure/scenario"
	"veedor/internal/measure/verdict"
	"veedor/internal/phrase"
)

// stored lists all sentences that are stored and said again on pages.
func stored() []*phrase.Form {
	return slices.Concat(factSentences.Forms(), subjectSentences.Forms(), reasonSentences.Forms(), refusalSentences.Forms(), partSentences.Forms(), faultSentences.Forms())
}

// readerOf is somebody who reads in a language.
func readerOf(lang string) *request {
	all := map[string]words{}
	for _, l := range languages {
		all[l] = mustWords(l)
	}
	return &request{s: &site{words: all}, lang: lang}
}

// TestSaid: each sentence that is stored has a text in the other languages, with the same blanks, and none is left over.
func TestSaid(t *testing.T) {
	keys := map[string]bool{"said.succeeded": true, "said.meaning": true}
	for _, f := range stored() {
		key := "said." + f.ID
		if keys[key] {
			t.Errorf("%s is there twice", f.ID)
		}
		keys[key] = true
		for _, lang := range languages[1:] {
			text, ok := mustWords(lang)[key]
			if !ok {
				t.Errorf("%s has no text for %s: %q", lang, key, f.Text())
				continue
			}
			var want []string
			for i := range f.Blanks() {
				want = append(want, strconv.Itoa(i+1)+"s")
			}
			if got := blanks(text); !slices.Equal(got, want) {
				t.Errorf("%s has other blanks in %s: %v, want %v", lang, key, got, want)
			}
		}
	}
	for _, lang := range languages[1:] {
		for key := range mustWords(lang) {
			if strings.HasPrefix(key, "said.") && !keys[key] && !strings.HasPrefix(key, "said.part.") && !strings.HasPrefix(key, "said.class.") {
				t.Errorf("nothing that is stored is said by %s %s", lang, key)
			}
		}
	}
}

// TestFactsTold: whatever rules write of the catalogue's cases is said in the reader's language.
func TestFactsTold(t *testing.T) {
	db, err := refdata.Open("")
	if err != nil {
		t.Fatal(err)
	}
	es, zh := readerOf("es"), readerOf("zh")
	for _, c := range slices.Concat(scenario.Cases(), scenario.Nettests(), scenario.Throttled()) {
		raw := c.JSON()
		m, err := ooni.Decode(raw)
		if err != nil {
			t.Fatal(err)
		}
		start, _ := m.Start()
		facts := db.AsOf(start)
		rows, _ := obs.Flatten(nil, nil, m, obs.Identity{UID: obs.UID(m, sha256.Sum256(raw))}, facts)
		for _, v := range verdict.Judge(nil, rows, facts, nil) {
			for _, fact := range v.Facts {
				for _, r := range []*request{es, zh} {
					if got := r.tell(factSentences, fact, 240); got.Lang != "" || fact != "" && got.Short == "" {
						t.Errorf("%s, in %s: %q is told as %q", c.Name, r.lang, fact, got.Short)
					}
				}
			}
		}
	}
}

// TestTold: values are written as the language does, cut, and kept apart; what is not ours stays English.
func TestTold(t *testing.T) {
	es, zh := readerOf("es"), readerOf("zh")
	long := strings.Repeat("x", 300)
	for _, c := range []struct {
		r              *request
		text           string
		want, language string
	}{
		{es, "", "", ""},
		{es, "connect: connection_reset; no control", "conexión: la conexión fue cortada (connection_reset); sin control", ""},
		{zh, "connect: connection_reset; no control", "建立连接：连接被强行断开（connection_reset）；没有对照", ""},
		{es, "generic_timeout_error; worked for 12 in 3 other networks, lately u1; worked here before for 12345", "nada llegó a tiempo (generic_timeout_error); funcionó para 12 en otras redes (redes: 3); la medición más reciente: u1; antes funcionaba aquí para 12\u202f345", ""},
		{es, "answer 192.0.2.1; control 192.0.2.2; 192.0.2.1 worked here before for 4", "respuesta: 192.0.2.1; el control recibió 192.0.2.2; 192.0.2.1: antes funcionaba aquí para 4", ""},
		{es, "a.example: 81920 bytes in 1.5 s, 437 kbit/s; whole page: no control", "a.example: 81\u202f920 bytes en 1,5 s, 437 kbit/s; la página entera: sin control", ""},
		{es, "2 of 3 parts failed: data centres, a.example", "partes que fallaron: 2 de 3 (centros de datos, a.example)", ""},
		{zh, "fetch of http://a.example/:  status 403, 12 bytes; control failed too", "获取 http://a.example/：状态码 403，12 字节；对照也失败", ""},
		{es, "fetch of http://a.example/:  status 200, title “شعار”; control succeeded", "descarga de http://a.example/: estado HTTP 200, título «\u2068شعار\u2069»; el control lo logró", ""},
		{es, "fetch of http://a.example/:  status 200, title “a\u202eb\u2069”; control failed too”; control succeeded", "descarga de http://a.example/: estado HTTP 200, título «\u2068a\ufffdb\ufffd”; control failed too\u2069»; el control lo logró", ""},
		{es, "connect: " + long + "; no control", "conexión: \u2068" + strings.Repeat("x", 99) + "…\u2069; sin control", ""},
		{es, "somebody wrote this", "somebody wrote this", "en"},
		{readerOf("en"), "connect: connection_reset; no control", "connect: connection_reset; no control", ""},
	} {
		got := c.r.tell(factSentences, c.text, 240)
		if got.Short != c.want || got.Lang != c.language {
			t.Errorf("%s: %q is told as\n%q in %q, want\n%q in %q", c.r.lang, c.text, got.Short, got.Lang, c.want, c.language)
		}
		if strings.Contains(c.text, long) != (got.Full != "") {
			t.Errorf("%s: %q has the title %q", c.r.lang, c.text, got.Full)
		}
	}
}

// TestToldWithin: a sentence within a sentence is said in the reader's language too, as is one that was quoted in whole.
func TestToldWithin(t *testing.T) {
	es, zh := readerOf("es"), readerOf("zh")
	for _, c := range []struct {
		got  translated
		want string
	}{
		{es.tell(reasonSentences, "not a valid imoNumber; kept as registrationNumber: is empty", 200), "no es válido como imoNumber y se conservó como registrationNumber: está vacío"},
		{zh.tell(faultSentences, "its name: it is no UTF-8", 200), "其名称：不是 UTF-8"},
		{es.refusal("redirect from http://a.example/: 10.0.0.1 is a private address"), "redirección desde http://a.example/: 10.0.0.1 es una dirección privada"},
		{zh.refusal(strconv.Quote(`"a b" is no host name`)), `"a b" 不是主机名`},
		{es.tell(partSentences, "taken without a browser: what the page loads is not in it; 1 address was refused; 2 addresses gave no answer", 200),
			"tomada sin navegador: falta lo que la página carga; una dirección fue rechazada; direcciones que no respondieron: 2"},
	} {
		if c.got.Short != c.want || c.got.Lang != "" {
			t.Errorf("told as %q in %q, want %q", c.got.Short, c.got.Lang, c.want)
		}
	}
	if got := es.tell(reasonSentences, strings.Repeat("not a valid x; kept as registrationNumber: ", 300)+"y", 200); got.Short == "" || len([]rune(got.Short)) > 20_000 {
		t.Errorf("a sentence within itself, again and again, is told in %d characters", len([]rune(got.Short)))
	}
}

// FuzzTold: whatever a sentence holds, it is text, and no mark of direction is left open.
func FuzzTold(f *testing.F) {
	f.Add("fetch of http://a.example/:  status 200, title “a\u2067b”; control succeeded")
	f.Add("sent \"a\\u202e\", received \"b\"")
	es := readerOf("es")
	f.Fuzz(func(t *testing.T, text string) {
		got := es.tell(factSentences, text, 240)
		open := 0
		for _, c := range got.Short {
			switch {
			case c == '\u2068':
				open++
			case c == '\u2069':
				open--
			case unicode.Is(unicode.Bidi_Control, c) || unicode.IsControl(c):
				t.Fatalf("%q has %U", got.Short, c)
			}
			if open < 0 || open > 1 {
				t.Fatalf("%q is not closed", got.Short)
			}
		}
		if open != 0 || len([]rune(got.Short)) > 2000 {
			t.Fatalf("%q", got.Short)
		}
	})
}
