package quote

import (
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestDiff(t *testing.T) {
	tests := []struct {
		name, old, new string
		want           []Edit
	}{
		{"same", "a b", "a b", []Edit{{Same, "a b", 0, 0}}},
		{"typesetting", "a “b” c", "a \"b\"\u00a0c", []Edit{{Same, "a \"b\"\u00a0c", 0, 0}}},
		{"negation", "He did go.", "He did not go.", []Edit{{Same, "He did ", 0, 0}, {Added, "not ", 7, 7}, {Same, "go.", 7, 11}}},
		{"number", "1,000 dead", "1,500 dead", []Edit{{Removed, "1,000", 0, 0}, {Added, "1,500", 5, 0}, {Same, " dead", 5, 5}}},
		{"neighbouring words", "one red car", "one blue bus", []Edit{{Same, "one ", 0, 0}, {Removed, "red car", 4, 4}, {Added, "blue bus", 11, 4}}},
		{"Chinese", "他没有签署合同", "他签署了合同", []Edit{{Same, "他", 0, 0}, {Removed, "没有", 1, 1}, {Same, "签署", 3, 1}, {Added, "了", 5, 3}, {Same, "合同", 5, 4}}},
		{"nothing", "", "x", []Edit{{Added, "x", 0, 0}}},
	}
	for _, tt := range tests {
		if diff := cmp.Diff(tt.want, Diff(tt.old, tt.new)); diff != "" {
			t.Errorf("%s: %s", tt.name, diff)
		}
	}
}

// squash is what a difference keeps of a text whatever it does.
func squash(s string) string { return strings.ReplaceAll(string(fold(s).runes), " ", "") }

// checkDiff checks that a difference leads from one text to the other.
func checkDiff(t *testing.T, a, b string) {
	t.Helper()
	var old, new strings.Builder
	for _, e := range Diff(a, b) {
		if e.Op != Added {
			old.WriteString(e.Text)
		}
		if e.Op != Removed {
			new.WriteString(e.Text)
		}
	}
	if new.String() != b || squash(old.String()) != squash(a) {
		t.Fatalf("Diff(%q, %q) = %+v", a, b, Diff(a, b))
	}
}

func TestDiffLeadsFromOneToTheOther(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	words := strings.Fields("a b c d e f g 中 国 x,y 1,000 ﬁn “q” — \u00ad ไทย")
	text := func() string {
		var b strings.Builder
		for range r.IntN(30) {
			b.WriteString(words[r.IntN(len(words))])
			b.WriteString([]string{" ", "\n", "", "  "}[r.IntN(4)])
		}
		return b.String()
	}
	for range 5000 {
		checkDiff(t, text(), text())
	}
}

// TestCommon compares with the textbook's table.
func TestCommon(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for range 3000 {
		a, b := make([]int, r.IntN(25)), make([]int, r.IntN(25))
		for i := range a {
			a[i] = r.IntN(4)
		}
		for i := range b {
			b[i] = r.IntN(4)
		}
		table := make([][]int, len(a)+1)
		for i := range table {
			table[i] = make([]int, len(b)+1)
			for j := range table[i] {
				if i > 0 && j > 0 {
					table[i][j] = max(table[i-1][j], table[i][j-1])
					if a[i-1] == b[j-1] {
						table[i][j] = max(table[i][j], table[i-1][j-1]+1)
					}
				}
			}
		}
		runs, coarse := common(a, b)
		n := 0
		for _, c := range runs {
			n += c.n
		}
		if n != table[len(a)][len(b)] || coarse {
			t.Fatalf("common(%v, %v) has %d, the longest has %d", a, b, n, table[len(a)][len(b)])
		}
	}
}

func TestDistance(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	word := func(n int) []rune {
		out := make([]rune, n)
		for i := range out {
			out[i] = []rune("abc中\U0001F600")[r.IntN(5)]
		}
		return out
	}
	for range 2000 {
		a, b := word(1+r.IntN(150)), word(r.IntN(150))
		row := make([]int, len(b)+1)
		for j := range row {
			row[j] = j
		}
		for i, c := range a {
			last := row[0]
			row[0] = i + 1
			for j, d := range b {
				cost := last
				if c != d {
					cost++
				}
				last = row[j+1]
				row[j+1] = min(cost, row[j]+1, row[j+1]+1)
			}
		}
		if got := compile(a).distance(b); got != row[len(b)] {
			t.Fatalf("distance of %q and %q is %d, not %d", string(a), string(b), row[len(b)], got)
		}
	}
}

func TestCompare(t *testing.T) {
	old := "Title\nOne stays.\nTwo will change on Monday.\nThree goes away.\nFour stays."
	new := "Title\nUpdated: 5 March\nOne stays.\nTwo will change on Tuesday.\nFour stays.\nFive is new."
	got := Compare(old, new)
	for i := range got.Changes {
		got.Changes[i].Edits = nil
	}
	want := Comparison{
		Changes: []Change{
			{Kind: Added, Before: "Title", After: "One stays.", New: "Updated: 5 March"},
			{Kind: Changed, Before: "One stays.", After: "Four stays.", Old: "Two will change on Monday.\nThree goes away.", New: "Two will change on Tuesday."},
			{Kind: Added, Before: "Four stays.", New: "Five is new."},
		},
		Notices: []Notice{{Word: "updated", Lang: "en", Block: "Updated: 5 March", Start: 6}},
		Added:   16 + 7 + 12, Removed: 6 + 17,
	}
	// How the blocks in the middle are paired is the difference's business; the sums above depend on it.
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if got := Compare("a b", "a\u00a0b"); len(got.Changes) > 0 {
		t.Errorf("typesetting: %+v", got)
	}
	if got := Compare("One.\nTwo.", "One.\nThree."); !got.Silent {
		t.Errorf("an edit without notice: %+v", got)
	}
	// A word of correction that stood there before is none of this edit.
	if got := Compare("Correction: a name.\nTwo.", "Correction: a name.\nThree."); !got.Silent {
		t.Errorf("an old notice: %+v", got)
	}
}

func TestNotices(t *testing.T) {
	tests := []struct{ text, lang, word string }{
		{"Correction: the number was wrong", "en", "correction"}, {"This has been CORRECTED.", "en", "corrected"}, {"Editor’s note: x", "en", "editor's note"},
		{"Fe de erratas", "es", "fe de errata"}, {"Esta nota fue actualizada ayer", "es", "actualizada"},
		{"Erramos: o nome", "pt", "erramos"}, {"Texto atualizado às 10h", "pt", "atualizado"}, {"更正：此前报道有误", "zh", "更正"}, {"وكان التصحيح", "ar", "تصحيح"},
		{"He collected and directed", "", ""}, {"incorrectedly", "", ""},
	}
	for _, tt := range tests {
		got := Compare("x", "x\n"+tt.text).Notices
		switch {
		case tt.word == "" && len(got) > 0:
			t.Errorf("%q: %+v", tt.text, got)
		case tt.word != "" && (len(got) == 0 || got[0].Word != tt.word || got[0].Lang != tt.lang || got[0].Block != tt.text):
			t.Errorf("%q: %+v", tt.text, got)
		}
	}
}

func TestFold(t *testing.T) {
	tests := []struct{ in, want string }{
		{" a \u00a0b\n", "a b"}, {"“a” «b» ‘c’", `"a" "b" 'c'`}, {"a—b–c−d", "a-b-c-d"}, {"ﬁnd eﬃcient…", "find efficient..."}, {"so\u00adft", "soft"},
		{"中国 电信 CEIEC 公司", "中国电信CEIEC公司"}, {"１２，５", "12,5"}, {"قـال", "قال"}, {"10²", "10²"}, {"\u202ea", "\u202ea"}, {"a\u200bb", "ab"},
	}
	for _, tt := range tests {
		if got := string(fold(tt.in).runes); got != tt.want {
			t.Errorf("fold(%q) = %q, want %q", tt.in, got, tt.want)
		}
	}
}

// TestLongTexts sees to it that texts of many megabytes, alike or not, end soon.
func TestLongTexts(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	long := func() string {
		var b strings.Builder
		for b.Len() < 2<<20 {
			b.WriteString([]string{"uno ", "dos ", "tres ", "cuatro\n"}[r.IntN(4)])
		}
		return b.String()
	}
	a, b := long(), long()
	begin := time.Now()
	Diff(a, b)
	s, err := At(a, 100_000, 101_000)
	if err != nil {
		t.Fatal(err)
	}
	Anchor(b, s)
	Anchor(strings.Repeat("a", 2<<20), Selector{Exact: strings.Repeat("a", 5000), Prefix: "a", Suffix: "a", Start: -1, End: -1})
	// A long quotation whose surroundings stand there many times.
	r2 := strings.Repeat("cinco seis siete ocho nueve diez once doce trece catorce quince\n", 3)
	q := long()[:40_000]
	s, err = At(r2+q+"\nfin"+r2, len(r2), len(r2)+len(q))
	if err != nil {
		t.Fatal(err)
	}
	Anchor(strings.Repeat(r2+long()[:45_000]+"\nfin"+r2, 40), s)
	if took := time.Since(begin); took > 90*time.Second { // some ten seconds of work; machines that test are busy
		t.Errorf("it took %v", took)
	}
}
