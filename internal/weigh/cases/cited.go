package cases

import (
	"regexp"
	"strings"
)

var webAddress = regexp.MustCompile(`https?://[^\s;<>"“”]+`)

// Addresses returns the web addresses in the words of a source, in their order: "Name, https://example.org/a (2021); https://…".
func Addresses(words string) []string {
	var out []string
	for _, a := range webAddress.FindAllString(words, -1) {
		for {
			cut := strings.TrimRight(a, ".,:!?")
			if strings.HasSuffix(cut, ")") && !strings.Contains(cut, "(") {
				cut = cut[:len(cut)-1]
			}
			if cut == a {
				break
			}
			a = cut
		}
		out = append(out, a)
	}
	return out
}

// Cited is an address that a case rests on.
type Cited struct {
	Address string
	Where   string // the first place that cites it: "item treasury", "claim exported, evidence e1"
	Item    string // the item that was published there, named within the case; "" where it is none's
}

// Cited returns every address that a case cites as its source, once each: of items, of who said it, of evidence, facts,
// actors and recorded absences. Home pages of media and organisations are no sources, and are not among them.
func (k *Case) Cited() []Cited {
	var out []Cited
	at := map[string]bool{}
	add := func(words, where, item string) {
		for _, a := range Addresses(words) {
			if !at[a] {
				at[a] = true
				out = append(out, Cited{a, where, item})
			}
		}
	}
	for i := range k.Items {
		add(k.Items[i].URL, "item "+k.Items[i].ID, k.Items[i].ID)
	}
	for i := range k.Claims {
		c := &k.Claims[i]
		for _, u := range c.Utterances {
			add(u.Source, "claim "+c.ID+", said by "+u.Speaker, "")
		}
		for _, e := range c.Evidence {
			for _, s := range []*Statement{e.Document, e.Statement} {
				if s != nil {
					add(s.Source, "claim "+c.ID+", evidence "+e.ID, "")
				}
			}
			if e.Absence != nil {
				add(e.Absence.Where, "claim "+c.ID+", looked for in vain", "")
			}
		}
	}
	for _, f := range k.Facts {
		for _, s := range f.Sources {
			add(s, "fact "+f.ID, "")
		}
	}
	for _, a := range k.Actors {
		for _, s := range a.Sources {
			add(s, "actor "+a.ID, "")
		}
	}
	return out
}
