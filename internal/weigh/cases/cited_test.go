package cases

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestAddresses(t *testing.T) {
	for words, want := range map[string][]string{
		"":                                    nil,
		"Transparencia Venezuela, no address": nil,
		"https://example.org/a":               {"https://example.org/a"},
		"Name, https://example.org/a/b/ (2021-09-28)":              {"https://example.org/a/b/"},
		"Name (https://example.org/a).":                            {"https://example.org/a"},
		"https://en.example.org/x_(y), then.":                      {"https://en.example.org/x_(y)"},
		"A, https://a.example/1?q=2#3; B, http://b.example (2012)": {"https://a.example/1?q=2#3", "http://b.example"},
		"see “https://example.org/señal”":                          {"https://example.org/señal"},
	} {
		if diff := cmp.Diff(want, Addresses(words)); diff != "" {
			t.Errorf("%s: %s", words, diff)
		}
	}
}

func TestCited(t *testing.T) {
	k := Case{Items: []Item{{ID: "a", URL: "https://example.org/a"}, {ID: "b"}},
		Claims: []Claim{{ID: "c", Utterances: []Utterance{{Speaker: "X", Source: "X, https://example.org/a (2021)"}},
			Evidence: []Evidence{{ID: "e1", Document: &Statement{Source: "https://example.org/d"}}, {ID: "e2", Absence: &Absence{Where: "Y, https://example.org/where"}}, {ID: "e3", Statement: &Statement{Source: "a letter"}}}}},
		Facts:  []Fact{{ID: "f", Sources: []string{"https://example.org/d", "https://example.org/f"}}},
		Actors: []Actor{{ID: "z", Sources: []string{"Z, https://example.org/z"}}}}
	want := []Cited{{"https://example.org/a", "item a", "a"}, {"https://example.org/d", "claim c, evidence e1", ""}, {"https://example.org/where", "claim c, looked for in vain", ""},
		{"https://example.org/f", "fact f", ""}, {"https://example.org/z", "actor z", ""}}
	if diff := cmp.Diff(want, k.Cited()); diff != "" {
		t.Error(diff)
	}
}
