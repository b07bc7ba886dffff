package web

import (
	"context"
	"slices"

	"veedor/internal/follow/registry"
)

// Mentions says in which claims an entity appears: those of published cases, and those of the desk. It is asked by all
// ids the entity goes by, and by its names, for claims name speakers only by name.
type Mentions interface {
	Mentions(ctx context.Context, ids, names []string) ([]Mention, error)
}

// Mention is one claim that an entity appears in.
type Mention struct {
	Claim  string // what is claimed
	Lang   string // of those words
	Status string // how it stands: supported, contested …
	Case   string // title of the case
	As     string // MentionedAbout, MentionedSpeaker, or MentionedNamesake
	Path   string // of the claim's page, without the language's prefix
}

// How a claim names an entity.
const (
	MentionedAbout    = "about"    // the claim is about it, by its id
	MentionedSpeaker  = "speaker"  // it said so, by its id
	MentionedNamesake = "namesake" // a speaker has its name; nobody says that both are the same
)

// mentionRow is a claim as it is shown.
type mentionRow struct {
	Mention
	Href string
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
		row := mentionRow{m, prefix(r.lang) + m.Path}
		row.Claim, row.Case = shorten(m.Claim, 240), shorten(m.Case, 100)
		if i == maxMentions || !part.take(320+weight(row.Claim, row.Case, row.Href)) {
			p.MoreClaims = int64(len(list) - i)
			break
		}
		p.Claims = append(p.Claims, row)
	}
	return nil
}
