package web

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"time"

	"veedor/internal/follow/registry"
	"veedor/internal/weigh/cases"
	"veedor/internal/weigh/desk"
)

// Mentions says in which claims of published cases an entity appears. It is asked by all ids the entity goes by, and by
// its names, since a claim may name its speaker by name only.
type Mentions interface {
	Mentions(ctx context.Context, ids, names []string) ([]Mention, error)
}

// Mention is one claim that an entity appears in, or a case in which it has a part.
type Mention struct {
	Text   cases.Text // what is claimed; of an actor, its part in the case
	Status string     // how the claim stands: supported, contested …; "" of an actor
	Case   cases.Text // title of the case, if it is of one
	As     string     // how it is named
	Path   string     // of the page, without the language's prefix
}

// How a case names an entity.
const (
	MentionedActor    = "actor"    // it has a part in the case, by its id
	MentionedSpeaker  = "speaker"  // it said so, by its id
	MentionedEvidence = "evidence" // what lists say of it is evidence for or against the claim
	MentionedNamesake = "namesake" // a speaker has its name; nobody says that both are the same
)

// Records is what the desk holds, as a viewer may see it.
type Records interface {
	List(ctx context.Context, v desk.Viewer, q desk.Query) ([]desk.Record, error)
}

// mentionsFor is how long what the desk holds is remembered.
const mentionsFor = 20 * time.Second

// NewMentions answers from what anybody may see of the desk.
func NewMentions(d Records, now func() time.Time) Mentions { return &deskMentions{desk: d, now: now} }

// deskMentions keeps who is named where, made anew when it is old.
type deskMentions struct {
	desk Records
	now  func() time.Time

	mu     sync.Mutex
	at     time.Time
	byID   map[string][]Mention // by the id in the registry
	byName map[string][]Mention // by the folded name of a speaker without an id
}

// Mentions implements Mentions.
func (m *deskMentions) Mentions(ctx context.Context, ids, names []string) ([]Mention, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if now := m.now(); m.byID == nil || now.Sub(m.at) > mentionsFor {
		if err := m.read(ctx); err != nil {
			return nil, err
		}
		m.at = now
	}
	var out []Mention
	take := func(list []Mention) {
		for _, n := range list {
			if !slices.ContainsFunc(out, func(o Mention) bool { return o.Path == n.Path && o.As == n.As }) {
				out = append(out, n)
			}
		}
	}
	for _, id := range ids {
		take(m.byID[id])
	}
	for _, name := range names {
		take(m.byName[folded(name)])
	}
	order := []string{MentionedActor, MentionedSpeaker, MentionedEvidence, MentionedNamesake}
	slices.SortStableFunc(out, func(a, b Mention) int {
		return cmp.Compare(slices.Index(order, a.As), slices.Index(order, b.As))
	})
	return out, nil
}

// read goes through what is published.
func (m *deskMentions) read(ctx context.Context) error {
	records := map[desk.Kind]map[string]desk.Record{}
	var lists [3][]desk.Record
	for _, k := range []desk.Kind{desk.Case, desk.Claim, desk.Entity} {
		list, err := m.desk.List(ctx, desk.Public(), desk.Query{Kind: k})
		if err != nil {
			return err
		}
		records[k] = map[string]desk.Record{}
		for _, r := range list {
			records[k][r.ID] = r
		}
	}
	for i, k := range []desk.Kind{desk.Actor, desk.Utterance, desk.Evidence} {
		var err error
		if lists[i], err = m.desk.List(ctx, desk.Public(), desk.Query{Kind: k}); err != nil {
			return err
		}
	}
	m.byID, m.byName = map[string][]Mention{}, map[string][]Mention{}
	registered := func(entity string) string {
		e := records[desk.Entity][entity]
		return e.Str("registry")
	}
	inClaim := func(claim, as string) (Mention, bool) {
		c, ok := records[desk.Claim][claim]
		k := records[desk.Case][c.Str("case")]
		return Mention{Text: c.Words("text"), Status: c.Str("status"), Case: k.Words("title"), As: as, Path: "/claim/" + claim}, ok
	}
	for _, a := range lists[0] {
		k, ok := records[desk.Case][a.Str("case")]
		if id := cmp.Or(a.Str("registry"), registered(a.Str("entity"))); ok && id != "" {
			m.byID[id] = append(m.byID[id], Mention{Text: a.Words("role"), Case: k.Words("title"), As: MentionedActor, Path: "/case/" + k.ID})
		}
	}
	for _, u := range lists[1] {
		if id := registered(u.Str("entity")); id != "" {
			if n, ok := inClaim(u.Str("claim"), MentionedSpeaker); ok {
				m.byID[id] = append(m.byID[id], n)
			}
		} else if n, ok := inClaim(u.Str("claim"), MentionedNamesake); ok {
			m.byName[folded(u.Str("speaker"))] = append(m.byName[folded(u.Str("speaker"))], n)
		}
	}
	for _, e := range lists[2] {
		if n, ok := inClaim(e.Str("claim"), MentionedEvidence); ok && e.Str("type") == "registry" {
			m.byID[e.Str("name")] = append(m.byID[e.Str("name")], n)
		}
	}
	return nil
}

// mentionRow is a claim as it is shown.
type mentionRow struct {
	Text, Lang string
	Case       string
	Status, As string
	Href       string
}

const maxMentions = 8

// mentions lists the claims that an entity appears in.
func (p *entityPage) mentions(r *request, v *registry.View, space *room) error {
	if r.s.Mentions == nil {
		return nil
	}
	ids := []string{v.ID}
	for _, m := range v.Members {
		if !slices.Contains(ids, m.ID) {
			ids = append(ids, m.ID)
		}
	}
	var names []string
	for _, prop := range []string{"name", "alias", "previousName", "abbreviation"} {
		names = append(names, firstOf(v.Entity.Properties[prop], 200)...)
	}
	list, err := r.s.Mentions.Mentions(r.Context(), ids, names)
	if err != nil {
		return err
	}
	part, done := space.part(2400)
	defer done()
	for i, m := range list {
		row := mentionRow{Status: m.Status, As: "mention." + m.As, Href: prefix(r.lang) + m.Path}
		row.Text, row.Lang = inWords(m.Text, r.lang, 240)
		row.Case, _ = inWords(m.Case, r.lang, 100)
		if i == maxMentions || !part.take(320+weight(row.Text, row.Case, row.Href)) {
			p.MoreClaims = int64(len(list) - i)
			break
		}
		p.Claims = append(p.Claims, row)
	}
	return nil
}

// inWords returns words in a language, or in one they are in, and which, where it is another.
func inWords(t cases.Text, lang string, n int) (text, other string) {
	for _, l := range append([]string{lang}, languages[:]...) {
		if s := t[l]; s != "" {
			if l == lang {
				return shorten(s, n), ""
			}
			return shorten(s, n), l
		}
	}
	for l, s := range t {
		return shorten(s, n), l
	}
	return "", ""
}
