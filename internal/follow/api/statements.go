package api

import (
	"context"

	"github.com/danielgtaylor/huma/v2"

	"veedor/internal/follow/ftm"
	"veedor/internal/follow/registry"
)

// Statement is one value as one source gave it. The first columns are FollowTheMoney's.
type Statement struct {
	ID          string  `json:"id"`
	EntityID    string  `json:"entity_id" doc:"As its source names it"`
	CanonicalID string  `json:"canonical_id"`
	Schema      string  `json:"schema"`
	Prop        string  `json:"prop"`
	PropType    string  `json:"prop_type"`
	Value       string  `json:"value"`
	Original    string  `json:"original_value,omitempty" doc:"As written, where that is different"`
	Lang        string  `json:"lang,omitempty"`
	Dataset     string  `json:"dataset"`
	FirstSeen   *string `json:"first_seen"`
	LastSeen    *string `json:"last_seen"`
	Source      string  `json:"source,omitempty" doc:"Ours: the publisher"`
	Evidence    string  `json:"evidence,omitempty" doc:"Ours: the hash of the archived bytes and the place in them" example:"sha256:…#line=7"`
	Current     bool    `json:"current" doc:"Ours: the last state of its dataset still says so"`
	Conflict    bool    `json:"conflict,omitempty" doc:"Ours: only one value can be true, and sources give several"`
}

type statementsIn struct {
	Entity      string `query:"entity" maxLength:"500" doc:"Any of its ids"`
	CanonicalID string `query:"canonical_id" maxLength:"500" doc:"The same, as yente called it"`
	EntityID    string `query:"entity_id" maxLength:"500" doc:"Only statements on the entity that a source calls so"`
	Dataset     string `query:"dataset" maxLength:"200" doc:"Only what this dataset says"`
	Prop        string `query:"prop" maxLength:"100" doc:"Only of this property"`
	Value       string `query:"value" maxLength:"5000" doc:"Only of this value"`
	Limit       int    `query:"limit" default:"50" minimum:"0" maximum:"500" doc:"How many at most"`
	Offset      int    `query:"offset" default:"0" minimum:"0" maximum:"100000" doc:"How many to pass over"`
}

type statementsOut struct {
	Body StatementsAnswer
}

// StatementsAnswer is a part of the statements on an entity.
type StatementsAnswer struct {
	Results []Statement `json:"results"`
	Total   Total       `json:"total"`
	Limit   int         `json:"limit"`
	Offset  int         `json:"offset"`
}

func (s *server) statements(ctx context.Context, in *statementsIn) (*statementsOut, error) {
	id := in.Entity
	for _, other := range []string{in.CanonicalID, in.EntityID} {
		if id == "" {
			id = other
		}
	}
	if id == "" {
		return nil, huma.Error400BadRequest("Say of which entity: entity=….")
	}
	list, err := s.statementsOf(ctx, id, func(st *Statement) bool {
		return (in.EntityID == "" || st.EntityID == in.EntityID) && (in.Dataset == "" || st.Dataset == in.Dataset) && (in.Prop == "" || st.Prop == in.Prop) && (in.Value == "" || st.Value == in.Value)
	})
	if err != nil {
		return nil, s.refuse(err)
	}
	from := min(in.Offset, len(list))
	return &statementsOut{StatementsAnswer{append([]Statement{}, list[from:min(len(list), from+in.Limit)]...), totalOf(len(list), false), in.Limit, in.Offset}}, nil
}

// statementsOf returns the statements on an entity that are wanted; nil wants all.
func (s *server) statementsOf(ctx context.Context, id string, want func(*Statement) bool) ([]Statement, error) {
	v, err := s.Registry.Entity(ctx, id)
	if err != nil {
		return nil, err
	}
	schemata := map[string]string{}
	for _, m := range v.Members {
		schemata[m.ID+"\x00"+m.Dataset] = m.Schema
	}
	var out []Statement
	for _, p := range v.Properties {
		for _, value := range p.Values {
			for _, said := range value.Said {
				st := statementOf(v, p.Property, value.Value, &said)
				st.Schema, st.Conflict = schemata[said.EntityID+"\x00"+said.Dataset], p.Conflict && said.Current
				if want == nil || want(&st) {
					out = append(out, st)
				}
			}
		}
	}
	return out, nil
}

func statementOf(v *registry.View, p *ftm.Property, value string, said *registry.Said) Statement {
	st := Statement{ID: ftm.StatementID(said.Dataset, said.EntityID, p.Name, value, false, said.Lang), EntityID: said.EntityID, CanonicalID: v.ID, Prop: p.Name, PropType: string(p.Type),
		Value: value, Original: said.Original, Lang: said.Lang, Dataset: said.Dataset, FirstSeen: moment(said.First.Date()), LastSeen: moment(said.Last.Date()), Source: said.Source, Current: said.Current}
	if said.File.Hash != "" {
		st.Evidence = said.File.Evidence(said.At)
	}
	return st
}
