package web

import (
	"net/http"
	"time"

	"veedor/internal/measure/verdict"
	"veedor/internal/weigh/cases"
)

// aboutPage says what this is, who runs it, and what it learns about its readers.
type aboutPage struct{ base }

func (s *site) about(r *request) error {
	return r.render(http.StatusOK, "about", aboutPage{r.base(r.words().get("about.title"))})
}

// methodPage says how each wing comes to what it says.
type methodPage struct {
	base
	Labels   []verdict.Label
	Statuses []statusMeaning
}

// statusMeaning is how a claim may stand, and what that means.
type statusMeaning struct{ Status, Means string }

func (s *site) method(r *request) error {
	return r.render(http.StatusOK, "method", methodPage{r.base(r.words().get("method.title")), labels, []statusMeaning{
		{cases.Supported, "method.supported"}, {cases.Contradicted, "method.contradicted"}, {cases.Contested, "method.contested"},
		{cases.SingleSource, "method.single"}, {cases.Unverified, "method.unverified"}}})
}

// limitsPage says what cannot be known from here, and who is protected.
type limitsPage struct{ base }

func (s *site) limits(r *request) error {
	return r.render(http.StatusOK, "limits", limitsPage{r.base(r.words().get("limits.title"))})
}

// Reference is one set of facts about the world that verdicts, names or maps rest on.
type Reference struct {
	Kind    string
	Credit  string // what its publisher wants to be said, or its address
	Licence string
	Date    time.Time // zero for one that is linked into the program
}
