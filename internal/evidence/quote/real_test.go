package quote_test

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"veedor/internal/evidence/quote"
)

const data = "../../../../shared/data"

// realTexts returns news articles and claims as texts of one line a paragraph.
func realTexts(t *testing.T) []string {
	t.Helper()
	var out []string
	f, err := os.Open(filepath.Join(data, "news", "FakeNewsCorpusSpanish_development.csv"))
	if err != nil {
		t.Skip("../shared/data/news is not there")
	}
	defer f.Close()
	r := csv.NewReader(f)
	r.FieldsPerRecord, r.LazyQuotes = -1, true
	rows, err := r.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range rows[1:] {
		out = append(out, strings.ToValidUTF8(strings.TrimSpace(row[4]+"\n"+row[5]), ""))
	}
	c, err := os.Open(filepath.Join(data, "claims", "claim_lineage.jsonl"))
	if err != nil {
		t.Skip("../shared/data/claims is not there")
	}
	defer c.Close()
	lines := bufio.NewScanner(c)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var claim struct{ Text string }
		if err := json.Unmarshal(lines.Bytes(), &claim); err != nil {
			t.Fatal(err)
		}
		out = append(out, claim.Text)
	}
	return out
}

// TestRealTexts quotes from real articles: what is quoted is found in its own article, and never in another one
// unless the very words stand there.
func TestRealTexts(t *testing.T) {
	texts := realTexts(t)
	quotes, strangers := 0, 0
	for i, text := range texts {
		n := utf8.RuneCountInString(text)
		if n < 60 {
			continue
		}
		start := (i * 37) % (n / 2)
		s, err := quote.At(text, start, min(n, start+40+i%100))
		if err != nil {
			t.Fatal(err)
		}
		quotes++
		for name, now := range map[string]string{"its own text": text, "with more around": fmt.Sprintf("Inicio\n%s\nCompartir", text)} {
			if n < 400 && now != text {
				continue // so short that little is left of what was around the words
			}
			if got := quote.Anchor(now, s); got.State != quote.Found || strings.TrimSpace(got.Text) != strings.TrimSpace(s.Exact) {
				t.Errorf("text %d, %s: %s, %s", i, name, got.State, got.Reason)
			}
		}
		for k := 1; k <= 12; k++ {
			other := texts[(i+k*k*13)%len(texts)]
			got := quote.Anchor(other, s)
			if other != text && got.State != quote.Lost && !strings.Contains(other, strings.TrimSpace(s.Exact)) {
				t.Errorf("text %d: %q is said to be %s in another: %q", i, s.Exact, got.State, got.Text)
			}
			strangers++
		}
	}
	t.Logf("%d quotations, looked for in %d other texts", quotes, strangers)
}

func BenchmarkAnchor(b *testing.B) {
	var text strings.Builder
	for i := 0; text.Len() < 1<<20; i++ {
		fmt.Fprintf(&text, "Párrafo %d de la página: el ministerio informó que %d personas fueron detenidas en la ciudad número %d.\n", i, i*7%1000, i*13%997)
	}
	s, err := quote.At(text.String(), 500_000, 500_200)
	if err != nil {
		b.Fatal(err)
	}
	for name, now := range map[string]string{
		"found":   "Inicio\n" + text.String(),
		"changed": strings.Replace(text.String(), s.Exact, strings.Replace(s.Exact, "ministerio", "gobierno", 1), 1),
		"lost":    strings.Replace(text.String(), s.Prefix+s.Exact+s.Suffix, "", 1),
	} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(now)))
			for b.Loop() {
				if got := quote.Anchor(now, s); got.State != name {
					b.Fatal(got)
				}
			}
		})
	}
}
