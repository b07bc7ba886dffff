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

// licencesPage says whose the data are that are shown here, and under which terms.
type licencesPage struct {
	base
	Measured, Sample  bool // some is held
	Captured, Written bool
	References        []Reference
	Datasets          []datasetTerms
	More              int64 // datasets beyond those
}

// datasetTerms is a list of the registry with its terms; empty where nobody stated them.
type datasetTerms struct {
	Title, Href        string
	Publisher, Licence string
}

const maxTerms = 100 // lists named on the page

func (s *site) licences(r *request) error {
	p := licencesPage{base: r.base(r.words().get("licences.title")), Captured: s.Captures != nil, Written: s.Desk != nil}
	st, err := s.Store.Stats(r.Context())
	if err != nil {
		return err
	}
	p.Measured, p.Sample = st.Measurements > 0 && !st.Invented, st.Measurements > 0
	if s.References != nil {
		p.References = s.References()
	}
	if s.Registry != nil {
		list, err := s.Registry.Datasets(r.Context())
		if err != nil {
			return err
		}
		p.More = int64(max(0, len(list)-maxTerms))
		for _, d := range list[:min(len(list), maxTerms)] {
			title := d.Title
			if title == "" {
				title = d.Name
			}
			p.Datasets = append(p.Datasets, datasetTerms{shorten(title, 160), datasetHref(r.lang, d.Name), shorten(d.Publisher, 160), shorten(d.Licence, 120)})
		}
	}
	return r.render(http.StatusOK, "licences", p)
}
