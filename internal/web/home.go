package web

import (
	"net/http"

	"veedor/internal/evidence/capture"
	"veedor/internal/measure/store"
	"veedor/internal/measure/verdict"
	"veedor/internal/weigh/cases"
)

// latestOn is how many measurements a page lists before it links to the rest.
const latestOn = 12

// homePage is what changed lately, what goes on now, and how much of the world is measured.
type homePage struct {
	base
	Stats     store.Stats
	Days      []dayOfChanges
	Open      []incidentRow // incidents that last
	OpenLeft  int64
	Incidents bool // there is a journal of them
	Statuses  []statusCount
	Claims    int64
	Moved     []movedRow
	Latest    []verdict.Row // blocked or consistent with it
	Captures  []captureRow
	Dossiers  []dossierRow
	Coverage  *coverage
	Measured  *figure   // how much was measured, by country and day
	Follow    *followed // nil where no registry is kept, or nothing is in it
}

// Bounds on what the first page shows.
const (
	homeChanges = 12  // sentences
	homeOfAKind = 4   // of a kind, of one day
	homeLooked  = 120 // occurrences looked at for them
	homeOpen    = 5
	homeMoved   = 3
	homeNewest  = 3
)

func (s *site) home(r *request) error {
	p := homePage{base: r.base(r.words().get("home.title"))}
	for _, fill := range []func(*request) error{p.measured, p.changed, p.now, p.weighed, p.evidence} {
		if err := fill(r); err != nil {
			return err
		}
	}
	return r.render(http.StatusOK, "home", p)
}

// Empty says whether nothing at all is kept here.
func (p homePage) Empty() bool {
	return p.Stats.Measurements == 0 && len(p.Days) == 0 && p.Claims == 0 && p.Follow == nil && len(p.Captures) == 0 && len(p.Dossiers) == 0
}

// measured takes in how much is measured, and what of it is invented.
func (p *homePage) measured(r *request) (err error) {
	if p.Stats, err = r.s.Store.Stats(r.Context()); err != nil || p.Stats.Measurements == 0 {
		return err
	}
	countries, err := r.s.Store.Tally(r.Context(), store.Filter{}, store.ByCountry)
	if err != nil {
		return err
	}
	p.Invented = shareOfCounts(countries)
	if p.Coverage, err = r.coverage(&p.Stats, countries); err != nil {
		return err
	}
	p.Measured, err = r.measured()
	return err
}

// changed takes in what changed lately over all wings.
func (p *homePage) changed(r *request) error {
	list, err := r.occurrences("", homeLooked)
	if err != nil {
		return err
	}
	if p.Days, err = r.byDay(list, homeChanges, homeOfAKind); err != nil {
		return err
	}
	p.markChanges(p.Days)
	return nil
}

// now takes in the incidents that last.
func (p *homePage) now(r *request) error {
	p.Incidents = r.s.Incidents != nil
	list, err := r.s.published("")
	for _, i := range list {
		row := r.incidentRow(i)
		switch {
		case !row.Lasting || row.Withdrawn != "":
		case len(p.Open) == homeOpen:
			p.OpenLeft++
		default:
			p.Open = append(p.Open, row)
		}
	}
	return err
}

// weighed takes in how claims stand, and which moved last.
func (p *homePage) weighed(r *request) error {
	counts, all, err := r.s.claimsStanding(r.Context())
	if err != nil || all == 0 {
		return err
	}
	p.Claims = all
	for _, st := range statuses() {
		p.Statuses = append(p.Statuses, statusCount{Status: st, N: counts[st], Href: prefix(r.lang) + "/claims?status=" + st})
	}
	if p.Coverage != nil {
		p.Coverage.Claims, p.Coverage.Unverified = all, counts[cases.Unverified]
	}
	list, err := r.reader().moved(r, 6*homeMoved)
	for _, m := range list {
		if m.Before != "" && len(p.Moved) < homeMoved {
			p.Moved = append(p.Moved, m)
			p.of(m.Claim)
		}
	}
	return err
}

// evidence takes in the newest measurements that found something, captures and dossiers, and what the registry holds.
func (p *homePage) evidence(r *request) (err error) {
	if p.Stats.Measurements > 0 {
		if p.Latest, err = r.s.Store.Latest(r.Context(), store.Filter{State: verdict.Blocked}, homeNewest, 0); err != nil {
			return err
		}
	}
	if r.s.Captures != nil {
		list, err := r.s.Captures.List(capture.Filter{})
		if err != nil {
			return err
		}
		for _, c := range firstOf(list, min(homeNewest, len(list))) {
			p.Captures = append(p.Captures, r.captureRow(c))
		}
	}
	list, err := r.s.editions(r.lang)
	if err != nil {
		return err
	}
	p.Dossiers = firstOf(list, min(homeNewest, len(list)))
	p.Follow, err = r.followed()
	return err
}
