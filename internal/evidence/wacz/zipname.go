package wacz

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// maxName is how many bytes the name of an entry may have.
const maxName = 1024

// nameFaults returns what makes the name of an entry unfit to be trusted or unpacked.
func nameFaults(name string) []string {
	var out []string
	say := func(format string, args ...any) { out = append(out, fmt.Sprintf(format, args...)) }
	switch {
	case name == "":
		say("it is empty")
		return out
	case len(name) > maxName:
		say("it is longer than %d bytes", maxName)
		return out
	case !utf8.ValidString(name):
		say("it is no UTF-8")
		return out
	}
	if name[0] == '/' || len(name) > 1 && name[1] == ':' {
		say("it is an absolute path")
	}
	if strings.Contains(name, `\`) {
		say("it holds a backslash, which is a separator on some systems")
	}
	for part := range strings.SplitSeq(strings.TrimSuffix(name, "/"), "/") {
		switch {
		case part == "..":
			say("it leads out of the package")
		case part == "." || part == "":
			say("it holds an empty step or a dot, and is another name for the same file")
		case strings.HasSuffix(part, " ") || strings.HasSuffix(part, ".") || part[0] == ' ':
			say("it holds a step that begins with a space or ends with a space or a dot, which some systems drop")
		}
	}
	for _, c := range name {
		if unicode.IsControl(c) || unicode.Is(unicode.Cf, c) || unicode.Is(unicode.Zl, c) || unicode.Is(unicode.Zp, c) || c == utf8.RuneError || unicode.Is(unicode.Zs, c) && c != ' ' {
			say("it holds %U, a character that cannot be seen", c)
			break
		}
	}
	if !norm.NFC.IsNormalString(name) {
		say("it is not in the normal form of Unicode (NFC)")
	}
	if plain := skeleton(name); plain != name && wellKnown(plain) {
		say("it looks like %s and is not", plain)
	}
	return out
}

// foldName returns what names have in common that some system takes for the same.
func foldName(name string) string {
	return skeleton(cases.Fold().String(norm.NFKC.String(name)))
}

// wellKnown says whether a name is one that readers of packages look for.
func wellKnown(name string) bool {
	name = strings.ToLower(name)
	for _, dir := range []string{archiveDir, indexesDir, pagesDir} {
		if strings.HasPrefix(name, dir) {
			return true
		}
	}
	return name == packageFile || name == digestFile
}

// skeleton replaces letters that look like Latin ones by those, and directories' names in other cases.
func skeleton(name string) string {
	out := strings.Map(func(c rune) rune {
		if c < 0x80 {
			return c
		}
		if i := strings.IndexRune(looksLike, c); i >= 0 {
			return rune(looksLatin[utf8.RuneCountInString(looksLike[:i])])
		}
		return c
	}, norm.NFKC.String(name))
	if lower := strings.ToLower(out); lower == packageFile || lower == digestFile {
		return lower
	}
	for _, dir := range []string{archiveDir, indexesDir, pagesDir} {
		if len(out) >= len(dir) && strings.EqualFold(out[:len(dir)], dir) {
			return dir + out[len(dir):]
		}
	}
	return out
}

// Letters of Cyrillic, Greek, Armenian and other scripts that can hardly be told from Latin ones, and those.
const (
	looksLike  = "аеорсухѕіјԁһԛԝкмтвнАВЕКМНОРСТУХЅІЈοανιρυκτεγχωΑΒΕΖΗΙΚΜΝΟΡΤΥΧօոսհցզｅıȷɡʟɩɑ∕⁄․‐‑–—ⅼⅽⅾⅿⅰⅴⅹ"
	looksLatin = "aeopcyxsijdhqwkmtbhABEKMHOPCTYXSIJoavipuktegxwABEZHIKMNOPTYXonuhgqeijgLia//.----lcdmivx"
)
