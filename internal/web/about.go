package web

import (
	"net/http"

	"veedor/internal/measure/verdict"
)

// aboutPage says what this is, what it cannot say, and under which licences it is.
type aboutPage struct {
	base
	Labels []verdict.Label
}

func (s *site) about(r *request) error {
	return r.render(http.StatusOK, "about", aboutPage{r.base(r.words().get("about.title")), labels})
}
