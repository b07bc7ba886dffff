package quote

import (
	"testing"
	"unicode/utf8"
)

func FuzzAnchor(f *testing.F) {
	f.Add("one two three four", "one two three four", 4, 9)
	f.Add("中国电信回应", "中国 电信 已回应", 1, 3)
	f.Add("a\u00adb “c” ﬁ d", "a b \"c\" fi d", 0, 5)
	f.Fuzz(func(t *testing.T, old, new string, start, end int) {
		s, err := At(old, start, end)
		if err != nil {
			return
		}
		if r := []rune(old); string(r[s.Start:s.End]) != s.Exact {
			t.Fatalf("the selector does not fit: %+v", s)
		}
		for _, text := range []string{old, new} {
			got := Anchor(text, s)
			if got.State == Lost {
				if got.Reason == "" {
					t.Errorf("lost without a reason")
				}
				continue
			}
			r := []rune(text)
			if got.Start < 0 || got.Start >= got.End || got.End > len(r) || string(r[got.Start:got.End]) != got.Text {
				t.Fatalf("%+v in %q", got, text)
			}
			if same := squash(got.Text) == squash(s.Exact); same != (got.State == Found) && string(fold(got.Text).runes) == string(fold(s.Exact).runes) != (got.State == Found) {
				t.Errorf("%s: %q for %q", got.State, got.Text, s.Exact)
			}
		}
	})
}

func FuzzSelect(f *testing.F) {
	f.Add("one two one", "one", 2)
	f.Add("“a” b", "\"a\"", 0)
	f.Fuzz(func(t *testing.T, text, words string, n int) {
		s, err := Select(text, words, n)
		if err != nil {
			return
		}
		if r := []rune(text); string(r[s.Start:s.End]) != s.Exact || squash(s.Exact) != squash(words) || s.Occurrences < 1 {
			t.Errorf("Select(%q, %q) = %+v", text, words, s)
		}
		if got := Anchor(text, s); s.Occurrences == 1 && got.State != Found {
			t.Errorf("not found in its own text: %+v, %+v", s, got)
		}
	})
}

func FuzzDiff(f *testing.F) {
	f.Add("a b\nc", "a c\nb")
	f.Fuzz(func(t *testing.T, a, b string) {
		if utf8.ValidString(a) && utf8.ValidString(b) {
			checkDiff(t, a, b)
		}
		Compare(a, b)
	})
}
