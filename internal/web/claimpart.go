package web

import (
	"net/http"
	"slices"

	"veedor/internal/weigh/desk"
)

// claimPartPage is all of what a claim's page shows the beginning of: who said it, evidence that does one thing to
// it, or how it stood before.
type claimPartPage struct {
	base
	Claim    named
	Title    string
	Total    int64
	Said     []utteranceRow
	Evidence []evidenceRow
	Moved    []movedRow
	Newer    string
	Older    string
}

const (
	partOnPage  = 14
	movesOnPage = 40
)

// claimPart returns the page of a part of a claim: said, evidence or history.
func (s *site) claimPart(part string) func(*request) error {
	return func(r *request) error {
		d := r.reader()
		v, err := r.claimAsked(d)
		if err != nil {
			return err
		}
		var p claimPartPage
		if p.Claim, err = d.named(r, &v.Record, 280); err != nil {
			return err
		}
		p.Title = r.words().get("claim.h." + part)
		p.base = r.base(p.Title + r.words()["join.colon"] + isolate(shorten(p.Claim.Text, 60)))
		if err := p.mark(d, &v.Record); err != nil {
			return err
		}
		switch part {
		case "said":
			err = p.allSaid(r, d, v)
		case "evidence":
			err = p.allEvidence(r, d, v)
		default:
			err = p.allMoved(r, d, v)
		}
		if err != nil {
			return err
		}
		return r.render(http.StatusOK, "claimpart", p)
	}
}

func (p *claimPartPage) allSaid(r *request, d *reader, v *desk.ClaimView) error {
	list := slices.Clone(v.Utterances)
	sortSaid(list)
	p.Total = int64(len(list))
	list, p.Newer, p.Older = paged(r, list, partOnPage)
	for i := range list {
		row, err := r.utterance(d, &list[i])
		if err != nil {
			return err
		}
		p.Said = append(p.Said, row)
	}
	return nil
}

func (p *claimPartPage) allEvidence(r *request, d *reader, v *desk.ClaimView) error {
	group := r.URL.Query().Get("group")
	if group != "" && !slices.Contains(evidenceKeys(), group) {
		return &problem{http.StatusBadRequest, "error.filter", "group"}
	}
	if group != "" {
		p.Title = r.words().get("claim.evidence." + group)
	}
	var list []desk.Record
	for i := range v.Evidence {
		stance, _ := desk.StanceOf(&v.Evidence[i])
		if row := (evidenceRow{Kind: v.Evidence[i].Str("type"), Stance: stance}); group == "" || row.group() == group {
			list = append(list, v.Evidence[i])
		}
	}
	p.Total = int64(len(list))
	list, p.Newer, p.Older = paged(r, list, partOnPage)
	for i := range list {
		row, err := r.evidenceRow(d, &list[i])
		if err != nil {
			return err
		}
		p.Evidence = append(p.Evidence, row)
	}
	return nil
}

func (p *claimPartPage) allMoved(r *request, d *reader, v *desk.ClaimView) error {
	list := slices.Clone(v.History)
	slices.Reverse(list)
	p.Total = int64(len(list))
	list, p.Newer, p.Older = paged(r, list, movesOnPage)
	for i := range list {
		row, _, err := d.movedRow(r, &list[i])
		if err != nil {
			return err
		}
		p.Moved = append(p.Moved, row)
	}
	return nil
}
