package web

import (
	"net/url"
	"slices"
	"strconv"

	"veedor/internal/follow/registry"
)

// datasetEvents returns what the feed of a dataset holds: its states, latest first, each with what it changed.
func (s *site) datasetEvents(r *request) (registry.Dataset, []feedEvent, error) {
	d, states, err := s.datasetAsked(r)
	if err != nil {
		return d, nil, err
	}
	w := r.words()
	name := isolate(shorten(d.Name, 60))
	var out []feedEvent
	for i := range slices.Backward(states) {
		st := states[i]
		if len(out) == maxFeed {
			break
		}
		e := feedEvent{ID: "tag:veedor,2026:dataset/" + url.PathEscape(d.Name) + "/" + strconv.FormatInt(st.ID, 10), At: st.Learnt, Href: datasetHref(r.lang, d.Name),
			Title: w.get("dataset.feedentry", name, r.dated(st.Date()))}
		event := map[string]any{"dataset": d.Name, "dated": st.Date(), "state": st.ID, "entities": st.Account.Entities, "rejected": st.Account.Rejected}
		e.Summary = w.get("dataset.feedfirst", number(r.lang, int64(st.Account.Entities)), number(r.lang, int64(st.Account.Rejected)))
		if i > 0 {
			e.Href = diffHref(r.lang, d.Name, states[i-1].ID, st.ID) + "#diff"
			if len(out) < comparisonKept/2 { // comparing goes through the whole list
				c, err := s.compare(r.Context(), comparisonKey{d.Name, states[i-1].ID, st.ID, len(states)})
				if err != nil {
					return d, nil, err
				}
				if c != nil {
					e.Summary = w.get("dataset.feedchanges", number(r.lang, c.count[registry.Added]), number(r.lang, c.count[registry.Removed]), number(r.lang, c.count[renamed]), number(r.lang, c.count[registry.Changed]))
					event["added"], event["removed"], event["renamed"], event["changed"] = c.count[registry.Added], c.count[registry.Removed], c.count[renamed], c.count[registry.Changed]
				}
			}
		}
		e.Event = event
		out = append(out, e)
	}
	return d, out, nil
}

func (s *site) datasetAtom(r *request) error {
	d, list, err := s.datasetEvents(r)
	if err != nil {
		return err
	}
	return r.sendAtom("dataset.feed", datasetHref("en", d.Name), atomOf(list))
}

func (s *site) datasetFeed(r *request) error {
	_, list, err := s.datasetEvents(r)
	if err != nil {
		return err
	}
	return r.sendJSONFeed("dataset.feed", feedItems(list))
}
