package web

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"veedor/internal/measure/refdata"
	"veedor/internal/measure/store"
)

// newWords is a vocabulary of a few sites and networks.
func newWords(t testing.TB) *vocabulary {
	t.Helper()
	db, err := refdata.Open("")
	if err != nil {
		t.Fatal(err)
	}
	v := newVocabulary(db.AsOf(time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC)),
		[]store.Count{{Key: "signal.org", Total: 40}, {Key: "signal", Total: 9}, {Key: "www.elnacional.com", Total: 12}, {Key: "es.wikipedia.org", Total: 5}, {Key: "en.wikipedia.org", Total: 8}, {Key: "whatsapp", Total: 3}},
		[]store.Count{{Key: "AS8048", Name: "CANTV Servicios, Venezuela", Total: 30}, {Key: "AS6306", Name: "Telefonica Venezolana, C.A.", Total: 9}, {Key: "AS21826", Name: "Corporacion Telemic C.A.", Total: 4}, {Key: "AS3352", Name: "Telefonica de Espana", Total: 2}})
	for key, text := range mustWords("en") {
		if target, ok := strings.CutPrefix(key, "service."); ok {
			v.service(text, target)
		}
	}
	v.network("Compañía Anónima Nacional Teléfonos de Venezuela", 8048)
	return v
}

// TestUnderstand: what questions in three languages name.
func TestUnderstand(t *testing.T) {
	v := newWords(t)
	type meant struct {
		Targets   []string
		Networks  []uint32
		Countries []string
		Question  bool
		Rest      []string
	}
	for text, want := range map[string]meant{
		"is signal.org blocked on CANTV?":        {[]string{"signal.org"}, []uint32{8048}, nil, true, nil},
		"¿está bloqueado signal.org en CANTV?":   {[]string{"signal.org"}, []uint32{8048}, nil, true, nil},
		"signal.org 在 CANTV 被封锁了吗":               {[]string{"signal.org"}, []uint32{8048}, nil, true, nil},
		"signal.org在CANTV被封锁了吗？":                 {[]string{"signal.org"}, []uint32{8048}, nil, true, nil},
		"在委内瑞拉 signal.org 被屏蔽了吗":                 {[]string{"signal.org"}, nil, []string{"VE"}, true, nil},
		"https://signal.org/download?x=1 AS8048": {[]string{"signal.org"}, []uint32{8048}, nil, false, nil},
		"Is Signal down on as 8048":              {[]string{"signal", "signal.org"}, []uint32{8048}, nil, true, nil},
		"is WhatsApp accessible in South Korea":  {[]string{"whatsapp"}, nil, []string{"KR"}, true, nil},
		"¿funciona WhatsApp en Estados Unidos?":  {[]string{"whatsapp"}, nil, []string{"US"}, true, nil},
		"whatsapp 美国":                            {[]string{"whatsapp"}, nil, []string{"US"}, false, nil},
		"elnacional.com VE":                      {[]string{"www.elnacional.com"}, nil, []string{"VE"}, false, nil},
		"is it blocked in no country":            {nil, nil, nil, true, []string{"country"}},
		"signal.org Venezuela CANTV":             {[]string{"signal.org"}, []uint32{8048}, nil, false, nil},
		"wikipedia":                              {[]string{"en.wikipedia.org", "es.wikipedia.org"}, nil, nil, false, nil},
		"Telefonica Venezolana signal.org":       {[]string{"signal.org"}, []uint32{6306}, nil, false, nil},
		"¿bloquea signal.org la Compañía Anónima Nacional Teléfonos de Venezuela?": {[]string{"signal.org"}, []uint32{8048}, nil, true, nil},
		"signal.org blocked in Venezuala":                                          {[]string{"signal.org"}, nil, []string{"VE"}, true, nil},
		"is signal.org blocked on Venezolana Telefonica in Venezuela":              {[]string{"signal.org"}, []uint32{6306}, []string{"VE"}, true, nil},
		"Espana Telefonica":                                {nil, []uint32{3352}, nil, false, nil},
		"unmeasured.example blocked on AS64999":            {[]string{"unmeasured.example"}, []uint32{64999}, nil, true, nil},
		"filtro web nacional":                              {nil, nil, nil, false, []string{"filtro", "nacional"}},
		"kind:claim censura -prensa \"como está\" Borduna": {nil, nil, []string{"XB"}, true, nil},
		"":             {},
		"   ?? -- … 。": {},
	} {
		u := v.understand(text, nil)
		if d := cmp.Diff(want, meant{u.Targets, u.Networks, u.Countries, u.Question, u.Rest}); d != "" {
			t.Errorf("%q: %s\n%+v", text, d, u.Readings)
		}
	}
	u := v.understand("kind:claim censura -prensa \"como está\" Borduna", nil)
	if d := cmp.Diff([]string{"kind:claim", "-prensa", "\"como está\""}, u.kept); d != "" {
		t.Errorf("what narrows: %s", d)
	}
	// A guess is said to be one, and names of networks that were never measured are looked for only in questions.
	world := func(words []string) []uint32 {
		if slices.Equal(words, []string{"digitel"}) {
			return []uint32{264731}
		}
		return nil
	}
	if u := v.understand("signal.org on Digitel", world); !slices.Equal(u.Networks, []uint32{264731}) || !u.Readings[len(u.Readings)-1].Perhaps {
		t.Errorf("of the world: %+v", u)
	}
	if u := v.understand("Digitel", world); len(u.Networks) != 0 {
		t.Errorf("without a question: %+v", u)
	}
}

// TestUnderstandBounds: hostile questions cost little and give little.
func TestUnderstandBounds(t *testing.T) {
	v := newWords(t)
	for _, text := range []string{strings.Repeat("signal.org ", 500), strings.Repeat("封锁", 3000), strings.Repeat("a.", 5000), strings.Repeat(`"`, 4000), strings.Repeat("kind:", 2000), "\x00\xff\u202e<script>", strings.Repeat("as 8048 ", 900), "http://[::1", "-", "as", "AS99999999999"} {
		begun := time.Now()
		u := v.understand(text, nil)
		if took := time.Since(begun); took > 2*time.Second {
			t.Errorf("%.20q took %v", text, took)
		}
		if len(u.Targets) > maxMeant || len(u.Networks) > maxMeant || len(u.Countries) > maxMeant || len(u.Rest) > maxTokens || len(u.Readings) > maxTokens {
			t.Errorf("%.20q: %d targets, %d networks, %d countries, %d others", text, len(u.Targets), len(u.Networks), len(u.Countries), len(u.Rest))
		}
	}
}

func FuzzUnderstand(f *testing.F) {
	v := newWords(f)
	for _, s := range []string{"is signal.org blocked on CANTV?", "signal.org在CANTV被封锁了吗？", "kind:claim \"a b\" -c AS1", "http://a.example/%zz as 1 VE"} {
		f.Add(s)
	}
	f.Fuzz(func(_ *testing.T, text string) {
		if len(text) < 4000 {
			_ = v.understand(text, func([]string) []uint32 { return nil })
		}
	})
}

// TestLabelOfCounts: never surer than the counts allow.
func TestLabelOfCounts(t *testing.T) {
	for _, c := range []struct {
		total, ok, down, blocked, artefact int64
		want                               string
	}{
		{0, 0, 0, 0, 0, "insufficient"}, {2, 0, 0, 2, 2, "insufficient"}, {10, 0, 0, 2, 0, "insufficient"},
		{10, 0, 0, 10, 5, "blocked"}, {10, 0, 0, 10, 4, "consistent"}, {10, 3, 0, 7, 0, "consistent"}, {10, 4, 0, 6, 6, "unclear mixed"},
		{10, 9, 0, 1, 0, "reachable"}, {10, 8, 0, 2, 0, "unclear mixed"}, {10, 1, 9, 0, 0, "no_sign"}, {10, 5, 5, 0, 0, "unclear mixed"},
	} {
		n := store.Count{Total: c.total, OK: c.ok, Down: c.down, Blocked: c.blocked, Artefact: c.artefact, Insufficient: c.total - c.ok - c.down - c.blocked}
		label, mixed := labelOfCounts(n)
		got := string(label)
		if mixed {
			got += " mixed"
		}
		if got != c.want {
			t.Errorf("%+v: %s", c, got)
		}
	}
}

func TestLettersApart(t *testing.T) {
	for pair, want := range map[[2]string]int{{"venezuela", "venezuala"}: 1, {"spain", "spian"}: 1, {"cuba", "cuba"}: 0, {"peru", "persia"}: 3, {"", "abc"}: 3} {
		if got := lettersApart(pair[0], pair[1], 2); got != want {
			t.Errorf("%v: %d", pair, got)
		}
	}
}

// TestLetters: every name stands under a letter that is offered.
func TestLetters(t *testing.T) {
	for name, want := range map[string]string{"Ávila": "a", "¿Quién?": "q", "9gag.com": "0-9", "中文": "other", "": "other", "AS64500": "a"} {
		if got := letterOf(folded(name)); got != want || !slices.Contains(indexLetters(), got) {
			t.Errorf("%q: %s", name, got)
		}
	}
	if n := len(countryCodes()); n < 248 || n > 252 {
		t.Errorf("%d countries and territories", n)
	}
}
