package lineage

import "strings"

// Glossary gives the glossary's concepts that are no places: their forms in English, Spanish, Portuguese and Chinese, in this order. A * ends
// a stem. For generators of texts.
func Glossary() [][4][]string {
	var out [][4][]string
	for line := range records("glossary.txt") {
		var c [4][]string
		for l, forms := range strings.SplitN(strings.TrimLeft(line, "!~"), "|", 4) {
			for f := range strings.SplitSeq(forms, ",") {
				if f = strings.TrimSpace(f); f != "" {
					c[l] = append(c[l], f)
				}
			}
		}
		out = append(out, c)
	}
	return out
}

// Places gives the names of countries, as Glossary.
func Places() [][4][]string {
	var out [][4][]string
	for line := range records("places.txt") {
		var c [4][]string
		for l, forms := range strings.SplitN(line, "|", 4) {
			for f := range strings.SplitSeq(forms, ",") {
				c[l] = append(c[l], strings.TrimSpace(f))
			}
		}
		out = append(out, c)
	}
	return out
}
