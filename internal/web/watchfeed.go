package web

import (
	"net/url"
	"strings"

	"veedor/internal/follow/registry"
)

// feedChanges is how many statements of one alert a feed words.
const feedChanges = 30

// watchEvents words alerts for a feed.
func (w *watched) events(list []told) []feedEvent {
	var out []feedEvent
	for _, t := range firstOf(list, maxFeed) {
		a := w.alert(w.row(t.watch), t.entry, feedChanges)
		e := feedEvent{ID: "tag:veedor,2026:watch/" + url.PathEscape(a.ID), At: a.At, Href: a.Watch.Href, Title: w.sentence(&a), Event: map[string]any{"watch": t.watch.ID, "entity": t.entry.Entity, "dataset": t.entry.Dataset,
			"change": t.entry.Change, "statements": t.entry.Statements}}
		var parts []string
		for _, c := range a.Changes {
			part := w.r.words().get(c.What)
			if c.Prop != "" {
				part += " " + c.Prop + w.r.words()["join.colon"] + isolate(c.Value.Text)
			}
			parts = append(parts, part+strings.TrimSpace(w.r.words()["join.stop"]))
		}
		if a.More > 0 {
			parts = append(parts, w.r.words().count(w.r.lang, "capture.more", a.More))
		}
		e.Summary = strings.Join(parts, w.r.words()["join.sentence"])
		out = append(out, e)
	}
	return out
}

// sentence says in one line what was told: which entity, which list, of which day.
func (w *watched) sentence(a *watchAlert) string {
	words := w.r.words()
	list := isolate(shorten(a.Dataset, 60))
	if a.Dated != "" {
		list = words.get("watch.listof", list, a.Dated)
	}
	return words.get("watch.entry."+a.Change, isolate(shorten(a.Caption, 100)), list)
}

func (s *site) watchesAtom(r *request) error {
	w, list, err := s.watched(r)
	if err != nil {
		return err
	}
	return r.sendAtom("watch.feed", "/watches", atomOf(w.events(latest(list))))
}

func (s *site) watchesJSON(r *request) error {
	w, list, err := s.watched(r)
	if err != nil {
		return err
	}
	return r.sendJSONFeed("watch.feed", feedItems(w.events(latest(list))))
}

func (s *site) watchAtom(r *request) error {
	w, one, err := s.watchAsked(r)
	if err != nil {
		return err
	}
	return r.sendAtom("watch.feed", watchHref("en", one.ID), atomOf(w.events(latest([]registry.WatchState{*one}))))
}

func (s *site) watchJSON(r *request) error {
	w, one, err := s.watchAsked(r)
	if err != nil {
		return err
	}
	return r.sendJSONFeed("watch.feed", feedItems(w.events(latest([]registry.WatchState{*one}))))
}
