package web

import (
	"net/url"
	"strconv"
	"strings"

	"veedor/internal/weigh/desk"
)

// statusEvents words changes of how claims stand for a feed.
func (r *request) statusEvents(d *reader, list []desk.StatusChange) ([]feedEvent, error) {
	var out []feedEvent
	w := r.words()
	for i := range list {
		c := &list[i]
		row, ok, err := d.movedRow(r, c)
		if err != nil {
			return nil, err
		}
		if !ok {
			continue
		}
		e := feedEvent{ID: "tag:veedor,2026:claim/" + url.PathEscape(c.Claim) + "/" + strconv.FormatInt(c.N, 10), At: c.At, Href: row.Href,
			Event: map[string]any{"claim": c.Claim, "status": row.After, "before": row.Before, "cause": strings.TrimPrefix(row.Cause, "claim.cause."), "n": c.N}}
		text := isolate(row.Claim.Text)
		if row.Before == "" {
			e.Title = w.get("status.first", text, w.get("claim."+row.After))
		} else {
			e.Title = w.get("status.moved", text, w.get("claim."+row.Before), w.get("claim."+row.After))
		}
		e.Summary = strings.TrimSpace(row.Why + " " + w.get(row.Cause))
		if row.Claim.Invented {
			e.Summary += " " + w.get("invented.case")
		}
		out = append(out, e)
	}
	return out, nil
}

// statusFeed returns what the feed of all changes holds, latest first.
func (r *request) statusFeed() ([]feedEvent, error) {
	d := r.reader()
	list, err := d.changes(maxFeed)
	if err != nil {
		return nil, err
	}
	return r.statusEvents(d, list)
}

func (s *site) statusAtom(r *request) error {
	list, err := r.statusFeed()
	if err != nil {
		return err
	}
	return r.sendAtom("status.feed", "/claims", atomOf(list))
}

func (s *site) statusJSON(r *request) error {
	list, err := r.statusFeed()
	if err != nil {
		return err
	}
	return r.sendJSONFeed("status.feed", feedItems(list))
}

// claimEvents returns what the feed of one claim holds, latest first.
func (r *request) claimEvents() (string, []feedEvent, error) {
	d := r.reader()
	v, err := r.claimAsked(d)
	if err != nil {
		return "", nil, err
	}
	var latest []desk.StatusChange
	for i := len(v.History) - 1; i >= 0 && len(latest) < maxFeed; i-- {
		latest = append(latest, v.History[i])
	}
	list, err := r.statusEvents(d, latest)
	return v.ID, list, err
}

func (s *site) claimAtom(r *request) error {
	id, list, err := r.claimEvents()
	if err != nil {
		return err
	}
	return r.sendAtom("status.feed", deskHref(languages[0], desk.Claim, id), atomOf(list))
}

func (s *site) claimJSON(r *request) error {
	_, list, err := r.claimEvents()
	if err != nil {
		return err
	}
	return r.sendJSONFeed("status.feed", feedItems(list))
}
