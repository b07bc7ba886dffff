package web

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
)

// Limits of what is kept of a form while its sender signs in again: any form of maxForm fits.
const (
	maxKept       = 600 << 10 // bytes of JSON
	maxKeptFields = 1000
	maxSignin     = 3 * maxKept // bytes of a form with what is kept, as browsers encode it
)

// kept is a form that came after the session had ended: what was typed goes along, and is sent after signing in.
type kept struct {
	To     string      `json:"to"`
	Fields [][2]string `json:"fields"`
	Files  bool        `json:"files,omitempty"` // there were some, which are not kept
}

// secrets are the fields that must not be carried through pages.
func secrets() []string { return []string{"password", "repeat", "code", "answer", "state"} }

// carried says whether a field goes along: the form's token is made anew.
func carried(name string) bool { return name != "form" && !slices.Contains(secrets(), name) }

// keep returns the form that was sent, as text for a hidden field; "" where it had secrets, or is too long.
func (r *request) keep() string {
	k := kept{To: r.here(), Files: r.MultipartForm != nil && len(r.MultipartForm.File) > 0}
	for name, values := range r.PostForm {
		if slices.Contains(secrets(), name) {
			return ""
		}
		for _, v := range values {
			if carried(name) {
				k.Fields = append(k.Fields, [2]string{name, v})
			}
		}
	}
	slices.SortStableFunc(k.Fields, func(a, b [2]string) int { return strings.Compare(a[0], b[0]) })
	var text strings.Builder
	e := json.NewEncoder(&text)
	e.SetEscapeHTML(false) // the template does
	if err := e.Encode(k); err != nil || text.Len() > maxKept || len(k.Fields) > maxKeptFields {
		return ""
	}
	return strings.TrimSpace(text.String())
}

// readKept returns what a hidden field carried; nil where that is nothing, or nothing for a page of ours.
func readKept(text string) *kept {
	var k kept
	if text == "" || len(text) > maxKept || json.Unmarshal([]byte(text), &k) != nil || len(k.Fields) > maxKeptFields || local(k.To, "") == "" {
		return nil
	}
	k.Fields = slices.DeleteFunc(k.Fields, func(f [2]string) bool { return !carried(f[0]) })
	return &k
}

// keptPage asks whether to send what was typed before.
type keptPage struct {
	base
	To     string
	Fields [][2]string
	Files  bool // have to be chosen again
}

// goOn leads on after signing in or confirming: to the form that was kept, or to a page.
func (r *request) goOn(text, next string) error {
	k := readKept(text)
	if k == nil {
		return r.redirect(local(next, r.s.landing()))
	}
	return r.render(http.StatusOK, "kept", keptPage{base: r.base(r.words().get("kept.title")), To: k.To, Fields: k.Fields, Files: k.Files})
}
