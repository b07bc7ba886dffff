package web

import "strings"

// typeName words what kind of text or source something is: bases call the common ones by the same English words. Others
// stand as they were written.
func (r *request) typeName(written string, n int) string {
	if text, ok := r.words()["item.kind."+strings.ReplaceAll(written, " ", "-")]; ok {
		return text
	}
	return shorten(written, n)
}
