package quote_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"veedor/internal/evidence/fault"
	"veedor/internal/evidence/quote"
)

// page makes a text around a middle.
func page(middle ...string) string {
	return "Home | World\nThe minister arrived in the port of Klow before dawn, with two men who gave no names to the guards.\n" +
		"Nobody at the gate remembers what the first of them carried, though one nurse wrote down the number of the car.\n" +
		strings.Join(middle, "\n") +
		"\nBy noon the market had closed, and the ferries to the islands were held back without a word of why.\n" +
		"The union of dock workers published its own account on Thursday, eleven pages long, with a map of the quay.\nAll rights reserved"
}

const said = "The minister did order the lines cut at 14:30, said the engineer, and 47 people saw the fax."

func TestAnchor(t *testing.T) {
	old := page(said)
	s, err := quote.Select(old, said, 0)
	if err != nil {
		t.Fatal(err)
	}
	other := "A very different article that has nothing to do with the first. " + strings.Repeat("It goes on and on about the weather in the mountains. ", 10)
	tests := []struct{ name, text, state, words string }{
		{"unchanged", old, quote.Found, said},
		{"something put above", "Breaking news\nLive\n" + old, quote.Found, said},
		{"typeset otherwise", page(strings.ReplaceAll(said, " ", "\u00a0")), quote.Found, strings.ReplaceAll(said, " ", "\u00a0")},
		{"joined to its neighbours", strings.ReplaceAll(old, "\n", " "), quote.Found, said},
		{"negated", page(strings.Replace(said, "did order", "did not order", 1)), quote.Changed, strings.Replace(said, "did order", "did not order", 1)},
		{"a number changed", page(strings.Replace(said, "47", "4", 1)), quote.Changed, strings.Replace(said, "47", "4", 1)},
		{"a digit put before", page(strings.Replace(said, "47", "147", 1)), quote.Changed, strings.Replace(said, "47", "147", 1)},
		{"a name put in", page(strings.Replace(said, "The minister", "The mayor", 1)), quote.Changed, strings.Replace(said, "The minister", "The mayor", 1)},
		{"capital letters", page(strings.ToUpper(said)), quote.Changed, strings.ToUpper(said)},
		{"reads backwards", page(strings.Replace(said, "did", "\u202edid", 1)), quote.Changed, strings.Replace(said, "did", "\u202edid", 1)},
		{"a letter of another script", page(strings.Replace(said, "order", "оrder", 1)), quote.Changed, strings.Replace(said, "order", "оrder", 1)},
		{"taken out", page(), quote.Lost, ""},
		{"taken out, one like it elsewhere", page() + "\n" + strings.Replace(said, "did", "may", 1), quote.Lost, ""},
		{"taken out and cited in a notice", page() + "\nCorrection: an earlier version said: “" + said + "”", quote.Lost, ""},
		{"taken out and cited in words no list has", page() + "\nReaders noticed that the words “" + said + "” were wrong.", quote.Lost, ""},
		{"edited and cited in a notice", page(strings.Replace(said, "did order", "did not order", 1)) + "\nCorrection: an earlier version said: " + said, quote.Changed, strings.Replace(said, "did order", "did not order", 1)},
		{"moved", strings.Replace(page(), "All rights", said+"\nAll rights", 1), quote.Found, said},
		{"another article", other, quote.Lost, ""},
		{"another article that says the same", other + said, quote.Lost, ""},
		{"the whole page twice", old + "\n" + other + "\n" + old, quote.Found, said},
		{"the whole page twice, moved", other + "\n" + old + "\n" + other + "\n" + old, quote.Lost, ""},
		{"nothing", "", quote.Lost, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := quote.Anchor(tt.text, s)
			if got.State != tt.state || got.Text != tt.words {
				t.Fatalf("%s %q (%s), want %s %q", got.State, got.Text, got.Reason, tt.state, tt.words)
			}
			if got.State != quote.Lost && string([]rune(tt.text)[got.Start:got.End]) != got.Text {
				t.Errorf("the text from %d to %d is not %q", got.Start, got.End, got.Text)
			}
			if (got.State == quote.Lost) != (got.Reason != "") || (got.State == quote.Changed) != (len(got.Edits) > 0) {
				t.Errorf("%+v", got)
			}
		})
	}
}

func TestAnchorTellsWhatSurrounds(t *testing.T) {
	s, err := quote.Select(page(said), said, 0)
	if err != nil {
		t.Fatal(err)
	}
	got := quote.Anchor(page("It is not true that:", said), s)
	if got.State != quote.Found || len(got.Around) == 0 || len(got.Notes) == 0 {
		t.Errorf("words put right before it are not shown: %+v", got)
	}
	if got := quote.Anchor(page(strings.ReplaceAll(said, " ", "  ")), s); cmp.Diff([]string{"Spaces or line breaks differ."}, got.Notes) != "" {
		t.Errorf("notes: %q", got.Notes)
	}
}

func TestSelect(t *testing.T) {
	text := "“L’État”, dit-il — deux fois.\n中国电信公司回应 123。\nYes. No. Yes.\n" + page()
	tests := []struct {
		name, words string
		occurrence  int
		want        string
		err         bool
	}{
		{"other quotation marks", `"L'État", dit-il - deux fois.`, 0, "“L’État”, dit-il — deux fois.", false},
		{"over a line break", "deux fois. 中国电信", 0, "deux fois.\n中国电信", false},
		{"Chinese with a space", "公司 回应", 0, "公司回应", false},
		{"twice, not said which", "Yes.", 0, "", true},
		{"twice, the second", "Yes.", 2, "Yes.", false},
		{"twice, the third", "Yes.", 3, "", true},
		{"not there", "Maybe", 0, "", true},
		{"whole words first", "No", 1, "No", false},
		{"no word", "—", 0, "", true},
		{"nothing", " ", 0, "", true},
		{"negative", "Yes.", -1, "", true},
	}
	for _, tt := range tests {
		s, err := quote.Select(text, tt.words, tt.occurrence)
		if (err != nil) != tt.err || s.Exact != tt.want {
			t.Errorf("%s: %q, %v", tt.name, s.Exact, err)
		}
		if err != nil {
			continue
		}
		if r := []rune(text); string(r[s.Start:s.End]) != s.Exact || !strings.HasSuffix(string(r[:s.Start]), s.Before+s.Prefix) || !strings.HasPrefix(string(r[s.End:]), s.Suffix+s.After) {
			t.Errorf("%s: the selector does not fit the text: %+v", tt.name, s)
		}
	}
	var ambiguous *quote.AmbiguousError
	if _, err := quote.Select(text, "Yes.", 0); !errors.As(err, &ambiguous) || ambiguous.Count != 2 || len(ambiguous.Occurrences) != 2 || ambiguous.Occurrences[1].Before == "" {
		t.Errorf("%v", err)
	}
}

func TestSelectorJSON(t *testing.T) {
	s := quote.Selector{Exact: "a", Prefix: "b", Suffix: "c", Start: 0, End: 1, Occurrences: 1}
	b, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	want := `[{"type":"TextQuoteSelector","exact":"a","prefix":"b","suffix":"c","veedor:occurrences":1},{"type":"TextPositionSelector","start":0,"end":1}]`
	if string(b) != want {
		t.Errorf("%s", b)
	}
	tests := []struct {
		name, in string
		want     quote.Selector
		err      bool
	}{
		{"our own", want, s, false},
		{"quote alone", `{"type":"TextQuoteSelector","exact":"a"}`, quote.Selector{Exact: "a", Start: -1, End: -1}, false},
		{"refining", `{"type":"FragmentSelector","value":"page=3","refinedBy":{"type":"TextQuoteSelector","exact":"a","prefix":"b"}}`, quote.Selector{Exact: "a", Prefix: "b", Start: -1, End: -1}, false},
		{"unknown beside it", `[{"type":"XPathSelector","value":"/p"},{"type":"TextQuoteSelector","exact":"a"}]`, quote.Selector{Exact: "a", Start: -1, End: -1}, false},
		{"place alone", `{"type":"TextPositionSelector","start":1,"end":2}`, quote.Selector{}, true},
		{"backwards", `[{"type":"TextQuoteSelector","exact":"a"},{"type":"TextPositionSelector","start":3,"end":2}]`, quote.Selector{Exact: "a", Start: -1, End: -1}, false},
		{"no JSON", `{`, quote.Selector{}, true},
	}
	for _, tt := range tests {
		var got quote.Selector
		if err := json.Unmarshal([]byte(tt.in), &got); (err != nil) != tt.err {
			t.Errorf("%s: %v", tt.name, err)
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s: %s", tt.name, diff)
		}
	}
}

// TestRecaptures looks for quotations in generated re-captures; veedor quote-bench does so with more of them.
func TestRecaptures(t *testing.T) {
	var there, found int
	for n := range 600 {
		r := fault.NewRecapture(77, n)
		s, err := quote.At(r.Old, r.Start, r.End)
		if err != nil {
			t.Fatalf("%d: %v", n, err)
		}
		got := quote.Anchor(r.New, s)
		same := got.Start == r.From && got.End == r.To
		inside := got.Start < r.To && r.From < got.End
		ok := got.State == quote.Lost
		switch r.Truth {
		case fault.Verbatim, fault.Moved:
			there++
			if got.State == quote.Found {
				found++
			}
			ok = ok || got.State == quote.Found && same
		case fault.Edited, fault.Replaced:
			ok = ok || got.State == quote.Changed && inside
		}
		if !ok {
			t.Errorf("%d %s %s: %s %q, and it is %s", n, r.Kind, r.Lang, got.State, got.Text, r.Truth)
		}
		if again := quote.Anchor(r.Old, s); again.State != quote.Found || again.Start != r.Start || again.End != r.End {
			t.Errorf("%d %s: not found in its own text: %+v", n, r.Kind, again)
		}
	}
	if 100*found < 95*there {
		t.Errorf("found %d of %d still there", found, there)
	}
}
