package web

import (
	"net/http"

	"veedor/internal/measure/store"
	"veedor/internal/measure/verdict"
)

// latestOn is how many measurements a page lists before it links to the rest.
const latestOn = 12

// homePage is what is in here, and the newest of it.
type homePage struct {
	base
	Stats     store.Stats
	Latest    []verdict.Row // blocked or consistent with it
	Countries tally
	Labels    []verdict.Label
	Moved     []movedRow
	Follow    *followed // nil where no registry is kept, or nothing is in it
}

func (s *site) home(r *request) error {
	ctx := r.Context()
	p := homePage{base: r.base(r.words().get("home.title")), Labels: labels}
	var err error
	if p.Stats, err = s.Store.Stats(ctx); err != nil {
		return err
	}
	if p.Latest, err = s.Store.Latest(ctx, store.Filter{State: verdict.Blocked}, latestOn, 0); err != nil {
		return err
	}
	countries, err := s.Store.Tally(ctx, store.Filter{}, store.ByCountry)
	if err != nil {
		return err
	}
	p.Countries = r.table("countries", countries, r.countryNaming)
	p.Invented = shareOfCounts(countries)
	if p.Invented == none {
		p.Invented = shareOfRows(p.Latest)
	}
	if p.Moved, err = r.reader().moved(r, 3); err != nil {
		return err
	}
	if p.Follow, err = r.followed(); err != nil {
		return err
	}
	return r.render(http.StatusOK, "home", p)
}
