package verdict_test

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
	"testing"

	"veedor/internal/measure/obs"
	"veedor/internal/measure/ooni"
	"veedor/internal/measure/scenario"
	"veedor/internal/measure/verdict"
	"veedor/internal/phrase"
)

// crowd answers every question with one account.
type crowd verdict.Account

func (c crowd) Look(verdict.Question) verdict.Account { return verdict.Account(c) }
func (crowd) Enough() int                             { return 3 }

// accounts are others that differ in what is said of them.
func accounts() []verdict.Controls {
	three := verdict.Tally{Voters: 3, Networks: 2, Countries: 2}
	return []verdict.Controls{nil,
		crowd{OK: three, Recent: true, Witness: "20260503102030.000001_XA_webconnectivity_0123456789abcdef", SpeedElsewhere: 9000, SpeedHere: 8000.4},
		crowd{Failed: three},
		crowd{OK: verdict.Tally{Voters: 1}, Failed: verdict.Tally{Voters: 1}},
		crowd{OK: three, Recent: true, Witness: "w", Here: three, HereLately: 3, Anywhere: 6},
		crowd{Here: three, Anywhere: 3},
		crowd{OK: three, Recent: true, Witness: "w", Broken: three},
		crowd{Anywhere: 3},
	}
}

// TestFactsAreRead: whatever the judge says of a case can be read again, sentence by sentence.
func TestFactsAreRead(t *testing.T) {
	db, g := facts(t), verdict.Facts()
	cases := slices.Concat(scenario.Cases(), scenario.Nettests(), scenario.Throttled())
	used := map[*phrase.Form]bool{}
	for _, c := range cases {
		raw := c.JSON()
		m, err := ooni.Decode(raw)
		if err != nil {
			t.Fatal(err)
		}
		hash := sha256.Sum256(raw)
		start, _ := m.Start()
		f := db.AsOf(start)
		rows, _ := obs.Flatten(nil, nil, m, obs.Identity{UID: obs.UID(m, hash), Hash: hex.EncodeToString(hash[:])}, f)
		for _, others := range accounts() {
			for _, v := range verdict.Judge(nil, rows, f, others) {
				for _, fact := range v.Facts {
					parts := g.Read(fact)
					if parts == nil || phrase.Join(parts) != fact {
						t.Errorf("%s: %q is read as %q", c.Name, fact, phrase.Join(parts))
					}
					for _, p := range parts {
						used[p.Form] = true
						if p.Form.ID == "fact.other" {
							t.Errorf("%s: %q is taken for a stranger's words", c.Name, fact)
						}
					}
				}
			}
		}
	}
	for _, f := range g.Forms() {
		if !used[f] {
			t.Logf("no case has %s: %q", f.ID, f.Text())
		}
	}
}

// TestFactForms: each form can be told from all the others, alone and with others behind it.
func TestFactForms(t *testing.T) {
	g := verdict.Facts()
	fill := map[string]string{"number": "12", "addresses": "192.0.2.1, 2001:db8::1", "address": "AS64500", "word": "x.y-z", "code": "connection_reset", "quoted": `"GET / \"x\""`,
		"object": `{"total": true}`, "url": "https://a.example/?q=; control succeeded", "host": "a.example", "failure": "unknown_failure: no; such thing", "parts": "chat, a.example",
		"text": "”; fingerprint z, title “; control failed too"}
	said := func(f *phrase.Form) string {
		var values []string
		for _, b := range f.Blanks() {
			values = append(values, fill[b])
		}
		return f.Say(values...)
	}
	ids := map[string]bool{}
	for _, f := range g.Forms() {
		if ids[f.ID] {
			t.Errorf("%s is there twice", f.ID)
		}
		ids[f.ID] = true
	}
	for _, h := range g.Heads {
		for i := range g.Groups {
			for _, f := range g.Groups[i].Forms {
				for _, before := range g.Groups[i].Before {
					fill["text"] = "”; fingerprint z, title “; control failed too"
					if h.ID == "fact.unnamed" && f.ID != "fact.title" { // a device may say what it likes of itself
						fill["text"] = "”; fingerprint z, title “; control failed"
					}
					text := said(h) + before + said(f) + "; no control"
					if strings.Contains(f.ID, "control") || strings.Contains(f.ID, "whole") || i > 9 {
						text = said(h) + before + said(f)
					}
					parts := g.Read(text)
					if len(parts) < 2 || parts[0].Form != h || parts[1].Form != f || phrase.Join(parts) != text {
						t.Errorf("%s with %s: %q is read as %q", h.ID, f.ID, text, show(parts))
					}
				}
			}
		}
	}
}

func show(parts []phrase.Part) string {
	var out []string
	for _, p := range parts {
		out = append(out, p.Form.ID+" "+strings.Join(p.Values, "|"))
	}
	return strings.Join(out, " + ")
}

func BenchmarkReadFact(b *testing.B) {
	g := verdict.Facts()
	const fact = "fetch of https://news.example/a/path?with=query:  status 200, 51234 bytes, title “A page that was put in its place”; fingerprint national.filter-1; control succeeded, status 200, 91234 bytes; worked for 5 in 3 other networks, lately 20260503102030.000001_XA_webconnectivity_0123456789abcdef; worked here before for 4"
	b.ReportAllocs()
	for b.Loop() {
		if g.Read(fact) == nil {
			b.Fatal("not read")
		}
	}
}
