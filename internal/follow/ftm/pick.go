package ftm

import (
	"cmp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"
)

// Names beyond these are not weighed: choosing a caption must not take long.
const (
	mostForms   = 64
	longestForm = 256
)

// PickName returns the name to call something by, out of a set of them: the one nearest to all others, those in Latin
// letters before those that readers of Latin letters cannot read, and the best written of those that differ in case
// alone. It is "" if there is no name. The method is rigour's (pick_name), without its transliteration of other scripts than
// Cyrillic and Greek.
func PickName(names []string) string {
	sorted := slices.Clone(names)
	slices.Sort(sorted)
	forms := weigh(slices.Compact(sorted))
	if len(forms) == 0 {
		return ""
	}
	var readable []string
	for _, f := range forms {
		for _, n := range f.names {
			if latinShare(n) > 0.85 && !slices.Contains(readable, n) {
				readable = append(readable, n)
			}
		}
	}
	if len(readable) == 1 {
		return readable[0]
	}
	best, most := forms[0], -1.0
	for i, f := range forms {
		near := 0.0
		for j, o := range forms {
			if i != j {
				near += similarity(f.runes, o.runes)
			}
		}
		if score := near * f.weight; score > most {
			best, most = f, score
		}
	}
	return slices.MinFunc(best.names, betterWritten)
}

// form is a name without case, and the names that read so.
type form struct {
	runes  []rune
	weight float64
	names  []string
}

func weigh(sorted []string) []*form {
	mixed := slices.ContainsFunc(sorted, func(s string) bool { return !latin(s) })
	var out []*form
	at := map[string]*form{}
	vote := func(text, name string) {
		f := at[text]
		if f == nil {
			if len(out) == mostForms {
				return
			}
			runes := []rune(text)
			f = &form{runes: runes[:min(len(runes), longestForm)]}
			at[text], out = f, append(out, f)
		}
		f.weight += 1 + latinShare(name)
		if !slices.Contains(f.names, name) {
			f.names = append(f.names, name)
		}
	}
	fold := cases.Fold()
	for _, name := range sorted {
		text := fold.String(strings.TrimSpace(name))
		if text == "" {
			continue
		}
		vote(text, name)
		if mixed {
			if plain := asciiLatin(romanized(text)); len(plain) > 2 {
				vote(plain, name)
			}
		}
	}
	return out
}

// latinShare returns which part of the letters are Latin ones; Greek and Cyrillic count as three tenths of one.
func latinShare(s string) float64 {
	share, letters := 0.0, 0
	for _, r := range s {
		switch {
		case !alphabetic(r):
			continue
		case unicode.Is(unicode.Latin, r):
			share++
		case unicode.In(r, unicode.Cyrillic, unicode.Greek):
			share += 0.3
		}
		letters++
	}
	if letters == 0 {
		return 0
	}
	return share / float64(letters)
}

func alphabetic(r rune) bool { return unicode.In(r, unicode.L, unicode.Nl, unicode.Other_Alphabetic) }

func betterWritten(a, b string) int {
	return cmp.Or(cmp.Compare(latinShare(b), latinShare(a)), cmp.Compare(caseErrors(a), caseErrors(b)),
		cmp.Compare(utf8.RuneCountInString(a), utf8.RuneCountInString(b)), cmp.Compare(a, b))
}

// caseErrors weighs how badly a name is written: words that begin small, and capitals within them.
func caseErrors(s string) float64 {
	errors, total, begins := 0.0, 0.0, true
	for _, r := range s {
		total++
		errors++
		switch {
		case !alphabetic(r):
			begins = true
			continue
		case begins && !unicode.IsUpper(r):
			errors += 2
		case !begins && unicode.IsUpper(r):
			errors++
		}
		begins = false
	}
	return errors / max(total, 1)
}

// similarity is 1 less the share of letters that must be changed to make one text of another (Levenshtein).
func similarity(a, b []rune) float64 {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i, x := range a {
		diagonal := row[0]
		row[0] = i + 1
		for j, y := range b {
			change := diagonal
			if x != y {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = min(change, row[j]+1, diagonal+1)
		}
	}
	return 1 - float64(row[len(b)])/float64(max(len(a), len(b), 1))
}

// romanized writes Cyrillic and Greek letters, in lower case, as Latin ones.
func romanized(s string) string {
	if latin(s) {
		return s
	}
	const letters = "а=a б=b в=v г=g д=d е=e ж=zh з=z и=i й=i к=k л=l м=m н=n о=o п=p р=r с=s т=t у=u ф=f х=h ц=ts ч=ch ш=sh щ=shch ъ= ы=y ь= э=e ю=yu " +
		"я=ya ё=yo ђ=dj ѓ=gj є=e ѕ=z і=i ї=i ј=j љ=lj њ=nj ћ=c ќ=k ў=u џ=dz ґ=g қ=q ң=n ү=u ұ=u ә=a ө=o һ=h " +
		"ά=a έ=e ή=i ί=i α=a β=v γ=g δ=d ε=e ζ=z η=i θ=th ι=i κ=k λ=l μ=m ν=n ξ=x ο=o π=p ρ=r ς=s σ=s τ=t υ=y φ=f χ=ch ψ=ps ω=o ό=o ύ=y ώ=o"
	var b strings.Builder
	for _, r := range s {
		if i := strings.Index(letters, string(r)+"="); r >= 0x80 && i >= 0 {
			latin, _, _ := strings.Cut(letters[i+len(string(r))+1:], " ")
			b.WriteString(latin)
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}
