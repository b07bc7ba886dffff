package lineage

import "strings"

// Fold is a name as it is compared: lower case, without accents, spaces single.
func Fold(s string) string { return strings.Join(strings.Fields(strings.ToLower(s)), " ") }
