package desk

import (
	"fmt"
	"maps"

	"veedor/internal/weigh/cases"
)

// pieces is the work on one case's text.
type pieces struct {
	id   string
	list []piece
	base base
	err  error
}

// apart takes a case's text apart; the base says which ids those had that the text does not name.
func apart(k *cases.Case, b base) ([]piece, error) {
	p := &pieces{id: k.ID, base: b}
	p.add(Case, k.ID, k, nil)
	for i := range k.Locations {
		p.add(Location, k.Locations[i].ID, &k.Locations[i], nil)
	}
	for i := range k.Entities {
		p.add(Entity, k.Entities[i].ID, &k.Entities[i], nil)
	}
	for i := range k.Sources {
		p.add(Source, k.Sources[i].ID, &k.Sources[i], nil)
	}
	p.many(Theme, k.ID, "", len(k.Themes), func(i int) (string, any) { return k.Themes[i].ID, &k.Themes[i] }, Case)
	p.many(Unknown, k.ID, "unknown-", len(k.Unknown), func(i int) (string, any) { return k.Unknown[i].ID, &k.Unknown[i] }, Case)
	p.many(Withheld, k.ID, "withheld-", len(k.Withheld), func(i int) (string, any) { return k.Withheld[i].ID, &k.Withheld[i] }, Case)
	p.many(Actor, k.ID, "", len(k.Actors), func(i int) (string, any) { return k.Actors[i].ID, &k.Actors[i] }, Case)
	p.many(Fact, k.ID, "", len(k.Facts), func(i int) (string, any) { return k.Facts[i].ID, &k.Facts[i] }, Case)
	p.many(Frame, k.ID, "", len(k.Frames), func(i int) (string, any) { return k.Frames[i].ID, &k.Frames[i] }, Case)
	for i := range k.Items {
		it := &k.Items[i]
		id := global(k.ID, Item, it.ID)
		p.add(Item, id, it, map[string]any{"case": k.ID, "file": it.File})
		for j := range it.Frames {
			frame := global(k.ID, Frame, it.Frames[j].Frame)
			p.add(Stance, id+"."+shortName(k.ID, frame), &it.Frames[j], map[string]any{"item": id, "order": j + 1})
		}
	}
	for i := range k.Claims {
		c := &k.Claims[i]
		id := global(k.ID, Claim, c.ID)
		p.add(Claim, id, c, map[string]any{"case": k.ID, "file": c.File, "order": i + 1})
		p.many(Utterance, id, "u", len(c.Utterances), func(j int) (string, any) { return c.Utterances[j].ID, &c.Utterances[j] }, Claim)
		p.many(Evidence, id, "e", len(c.Evidence), func(j int) (string, any) { return c.Evidence[j].ID, &c.Evidence[j] }, Claim)
	}
	p.many(Question, k.ID, "question-", len(k.Questions), func(i int) (string, any) { return k.Questions[i].ID, &k.Questions[i] }, Case)
	p.many(Relation, k.ID, "relation-", len(k.Relations), func(i int) (string, any) { return k.Relations[i].ID, &k.Relations[i] }, "")
	p.many(Lineage, k.ID, "lineage-", len(k.Lineage), func(i int) (string, any) { return k.Lineage[i].ID, &k.Lineage[i] }, "")
	return p.list, p.err
}

// shortName is the last part of an id, for ids that are made of two.
func shortName(caseID, id string) string {
	name := localName(caseID, Frame, id)
	if name[0] == '/' {
		return name[1:]
	}
	return name
}

// fields returns what the text says of one record, and what follows from where it stands.
func (p *pieces) fields(k Kind, v any, more map[string]any) map[string]any {
	out, err := fieldsOf(p.id, k, v)
	if e, ok := v.(*cases.Evidence); ok && err == nil {
		evidenceFields(e, out)
	}
	maps.Copy(out, more)
	for name, value := range out {
		f, ok := fieldOf(k, name)
		if !ok {
			continue
		}
		taken, wrong := f.take(value)
		if wrong != nil && err == nil {
			err = fmt.Errorf("%w: %s: %w", ErrInvalid, k, wrong)
		}
		out[name] = taken
	}
	if err != nil && p.err == nil {
		p.err = err
	}
	return out
}

func (p *pieces) add(k Kind, id string, v any, more map[string]any) {
	p.list = append(p.list, piece{k, id, p.fields(k, v, more)})
}

// many adds a list of records below a prefix. One without an id has that which the same words had when they were last
// read or written; else the one of its place, if that is free; else the next free one.
func (p *pieces) many(k Kind, prefix, each string, n int, at func(int) (string, any), of Kind) {
	ids := make([]string, n)
	fields := make([]map[string]any, n)
	taken := map[string]bool{}
	for i := range n {
		name, v := at(i)
		more := map[string]any{"order": i + 1}
		switch of {
		case Case:
			more["case"] = p.id
		case Claim:
			more["claim"] = prefix
		}
		fields[i] = p.fields(k, v, more)
		if name != "" {
			ids[i] = global(prefix, k, name)
			taken[ids[i]] = true
		}
	}
	known := p.base.same(k, prefix)
	for i := range n {
		if ids[i] != "" {
			continue
		}
		for _, id := range known[contents(fields[i])] {
			if !taken[id] {
				ids[i], taken[id] = id, true
				break
			}
		}
	}
	for i := range n {
		for j := i + 1; ids[i] == ""; j++ {
			id := fmt.Sprintf("%s.%s%d", prefix, each, j)
			// What was known under an id and has other words now was changed in its place; further on, it is another's.
			if !taken[id] && (j == i+1 || !p.base.has(k, id)) {
				ids[i], taken[id] = id, true
			}
		}
		p.list = append(p.list, piece{k, ids[i], fields[i]})
	}
}

// positional says whether an id is the one that a text without ids would give.
func positional(prefix, each string, i int, id string) bool {
	return each != "" && id == fmt.Sprintf("%s.%s%d", prefix, each, i+1)
}
