package desk

import (
	"os"
	"strings"
	"testing"
)

// TestDocumented: docs/format/desk.md names every kind and every field.
func TestDocumented(t *testing.T) {
	b, err := os.ReadFile("../../../docs/format/desk.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range Kinds() {
		_, rest, ok := strings.Cut(string(b), "\n| `"+string(k)+"` | ")
		if !ok {
			t.Errorf("no line of %s", k)
			continue
		}
		line, _, _ := strings.Cut(rest, "\n")
		for _, f := range Fields(k) {
			if !strings.Contains(line, "`"+f.Name+"`") {
				t.Errorf("%s: %s is not named", k, f.Name)
			}
		}
	}
}
