package web

import (
	"bytes"
	"encoding/csv"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"veedor/internal/follow/ftm"
	"veedor/internal/follow/registry"
)

// entityJSON sends an entity as FollowTheMoney writes it.
func (s *site) entityJSON(r *request) error {
	v, err := s.viewAsked(r)
	if v == nil {
		return err
	}
	var b bytes.Buffer
	if err := ftm.WriteEntity(&b, v.Entity); err != nil {
		return err
	}
	r.download(v.ID + ".ftm.json")
	return r.send(http.StatusOK, "application/json", "public, max-age=60", b.Bytes())
}

// download names the file that an answer is to be kept as.
func (r *request) download(name string) {
	r.w.Header().Set("Content-Disposition", "attachment; filename*=UTF-8''"+url.PathEscape(shorten(name, 120)))
}

// entityStatements sends every statement there ever was about an entity, as FollowTheMoney's CSV with our columns.
func (s *site) entityStatements(r *request) error {
	v, err := s.viewAsked(r)
	if v == nil {
		return err
	}
	var b bytes.Buffer
	out, err := ftm.NewStatementWriter(&b, ftm.CSV, true)
	if err != nil {
		return err
	}
	for _, st := range statements(v) {
		if err := out.Write(&st); err != nil {
			return err
		}
	}
	if err := out.Close(); err != nil {
		return err
	}
	r.download(v.ID + ".statements.csv")
	return r.send(http.StatusOK, "text/csv; charset=utf-8", "public, max-age=60", b.Bytes())
}

// statements returns all statements of a view, the entries themselves first.
func statements(v *registry.View) []ftm.Statement {
	var out []ftm.Statement
	for _, m := range v.Members {
		st := ftm.Statement{EntityID: m.ID, CanonicalID: v.ID, Schema: m.Schema, Prop: ftm.BaseID, Value: m.ID, Dataset: m.Dataset, FirstSeen: m.First.Date(), LastSeen: m.Last.Date()}
		if st.Complete(ftm.Default()) == nil {
			out = append(out, st)
		}
	}
	at := map[string]int{}
	for i := range v.Properties {
		pv := &v.Properties[i]
		for k := range pv.Values {
			for j := range pv.Values[k].Said {
				st := statementOf(v, pv.Property, pv.Values[k].Value, &pv.Values[k].Said[j])
				if n, ok := at[st.ID]; ok { // it differs in how it was written only
					out[n].FirstSeen, out[n].LastSeen = min(out[n].FirstSeen, st.FirstSeen), max(out[n].LastSeen, st.LastSeen)
					continue
				}
				at[st.ID] = len(out)
				out = append(out, st)
			}
		}
	}
	return out
}

// changesCSV is the header of a table of changes.
func changesCSV(rows [][]string) ([]byte, error) {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	if err := w.WriteAll(append([][]string{{"change", "id", "schema", "caption", "statement", "property", "value"}}, rows...)); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

const maxFeed = 60 // entries of a feed

// feedEvent is one entry of an entity's feed.
type feedEvent struct {
	ID, Title, Summary, Href string
	At                       time.Time
	Event                    any
}

// entityEvents returns what the feed of an entity holds, what we learnt last first.
func (s *site) entityEvents(r *request) (*registry.View, []feedEvent, error) {
	v, err := s.viewAsked(r)
	if v == nil {
		return nil, nil, err
	}
	first, err := r.firstStates()
	if err != nil {
		return nil, nil, err
	}
	var out []feedEvent
	for _, e := range firstOf(v.History, maxFeed) {
		rows, _ := r.events(v, []registry.Event{e}, first, 20, &room{1 << 20})
		summary := ""
		for _, c := range rows[0].Changes {
			summary += r.words().get(c.What)
			if c.Prop != "" {
				summary += " " + c.Prop + r.words()["join.colon"] + isolate(c.Value.Text)
			}
			summary += r.words()["join.stop"]
		}
		out = append(out, feedEvent{
			ID: "tag:veedor,2026:entity/" + url.PathEscape(shorten(v.ID, 120)) + "/" + url.PathEscape(shorten(e.Entity, 120)) + "/" + strconv.FormatInt(e.State.ID, 10), At: e.State.Learnt,
			Title: r.words().get("entity.feedentry", isolate(shorten(v.Entity.Caption, 80)), shorten(e.State.Dataset, 60), rows[0].Dated), Summary: summary, Href: entityHref(r.lang, v.ID) + "/history",
			Event: map[string]any{"dataset": e.State.Dataset, "dated": e.State.Date(), "state": e.State.ID, "entity": e.Entity, "changes": e.Changes},
		})
	}
	return v, out, nil
}

func (s *site) entityAtom(r *request) error {
	v, list, err := s.entityEvents(r)
	if v == nil {
		return err
	}
	return r.sendAtom("entity.feed", entityHref("en", v.ID), atomOf(list))
}

func (s *site) entityFeed(r *request) error {
	v, list, err := s.entityEvents(r)
	if v == nil {
		return err
	}
	return r.sendJSONFeed("entity.feed", feedItems(list))
}

// atomOf makes entries of an Atom feed.
func atomOf(list []feedEvent) []atomEntry {
	var out []atomEntry
	for _, e := range list {
		at := e.At.UTC().Format(time.RFC3339)
		out = append(out, atomEntry{Title: e.Title, ID: e.ID, Link: atomLink{Href: e.Href}, Published: at, Updated: at, Summary: e.Summary})
	}
	return out
}

// feedItems makes items of a JSON feed.
func feedItems(list []feedEvent) []jsonItem {
	items := []jsonItem{}
	for _, e := range list {
		items = append(items, jsonItem{ID: e.ID, URL: e.Href, Title: e.Title, Text: e.Summary, Published: e.At.UTC().Format(time.RFC3339), Data: e.Event})
	}
	return items
}
