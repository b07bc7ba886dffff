package quote

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

func TestDiffQuick(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	words := strings.Fields("a b c d e f g 中 国 x,y 1,000 ﬁn “q” — \u00ad")
	text := func() string {
		var b strings.Builder
		for range r.IntN(30) {
			b.WriteString(words[r.IntN(len(words))])
			b.WriteString([]string{" ", "\n", "", "  "}[r.IntN(4)])
		}
		return b.String()
	}
	for range 20000 {
		a, b := text(), text()
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
			t.Fatalf("Diff(%q, %q) = %+v\nold %q", a, b, Diff(a, b), old.String())
		}
	}
	fmt.Println(Diff("The minister did attack the town on Monday, 4 people died.", "The minister did not attack the city on Monday, 44 people died."))
}
func squash(s string) string { return strings.ReplaceAll(string(fold(s).runes), " ", "") }
