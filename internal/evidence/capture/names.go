package capture

import (
	"path"
	"strings"
	"unicode"
	"unicode/utf8"
)

const maxName = 255 // bytes of a file's name

// badName says what is wrong with the name of a single file, "" when nothing is. Such a name is only ever
// shown, but whoever unpacks the evidence later would be hurt by it.
func badName(name string) string {
	switch {
	case name == "." || name == "..", strings.ContainsAny(name, `/\`):
		return "leads into another folder"
	case len(name) > maxName:
		return "is too long"
	}
	return badCharacters(name)
}

// badPath does the same for a path inside a package.
func badPath(name string) string {
	switch {
	case name == "", len(name) > 4*maxName:
		return "is empty or too long"
	case strings.HasPrefix(name, "/"), strings.Contains(name, `\`), len(name) > 1 && name[1] == ':':
		return "leads out of the package"
	case name != path.Clean(name) && name != path.Clean(name)+"/", name == "..", strings.HasPrefix(name, "../"):
		return "leads out of the package"
	}
	return badCharacters(name)
}

func badCharacters(name string) string {
	if !utf8.ValidString(name) {
		return "is not UTF-8"
	}
	for _, r := range name {
		if unicode.IsControl(r) || unicode.Is(unicode.Zl, r) || unicode.Is(unicode.Zp, r) {
			return "holds control characters"
		}
		if unicode.Is(unicode.Bidi_Control, r) {
			return "holds characters that turn the direction of writing, so that it looks like another name"
		}
	}
	return ""
}
