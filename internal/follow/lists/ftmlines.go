package lists

import (
	"bufio"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"veedor/internal/follow/ftm"
)

// ftmLines reads entities as FollowTheMoney and OpenSanctions write them, one a line.
func ftmLines(r *reader) error {
	homes, err := r.homes(func(file string, in io.Reader, point func(schema, address string)) error {
		for rec, err := range ftm.ReadEntities(r.model, only(in, r.opt.Limits.Row), ftm.Limits{Line: r.opt.Limits.Row}) {
			if err != nil {
				return nil // it is said when it is read
			}
			for _, v := range rec.Value.Properties["addressEntity"] {
				point(rec.Value.Schema, v)
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	return r.each(func(file string, in io.Reader) error {
		for rec, err := range ftm.ReadEntities(r.model, plain(in), ftm.Limits{Line: r.opt.Limits.Row}) {
			if err != nil {
				return fmt.Errorf("%s, line %d: %w: %w", file, rec.Place.Line, ErrCut, err)
			}
			at := Locator{file, rec.Place.Line, r.account.Read + 1}
			if err := r.tick(); err != nil {
				return err
			}
			switch {
			case rec.Reason != "":
				err = r.refuse(rec.Reason, rec.Place.Raw, at)
			case homes.only(rec.Value.Schema, rec.Value.ID):
				err = r.refuseHome(at)
			default:
				err = r.entity(&rec.Value, rec.Dropped, rec.Place.Raw, at)
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// entity cleans what another program wrote: its values are as foreign as any.
func (r *reader) entity(e *ftm.Entity, unknown map[string]int, raw []byte, at Locator) error {
	s := r.model.Schema(e.Schema)
	switch {
	case s == nil || s.Abstract:
		return r.refuse(whyNoSchema.Say(), raw, at)
	case e.ID == "" || strings.TrimSpace(e.ID) != e.ID:
		return r.refuse(whyEntityNoID.Say(), raw, at)
	case r.model.PrivateSchema(e.Schema):
		r.account.Private[e.Schema]++
		return r.refuse(whyPrivate.Say(e.Schema), nil, at)
	}
	d := r.draft(e.Schema, e.ID, at)
	d.e.Referents, d.e.Origin, d.e.Target = e.Referents, e.Origin, e.Target
	d.e.FirstSeen, d.e.LastSeen, d.e.LastChange = e.FirstSeen, e.LastSeen, e.LastChange
	for _, prop := range slices.Sorted(maps.Keys(unknown)) {
		d.problem(prop, fmt.Sprintf("%d values", unknown[prop]), whyNoPropertyOrStub.Say(e.Schema), at)
	}
	for _, prop := range slices.Sorted(maps.Keys(e.Properties)) {
		for _, v := range e.Properties[prop] {
			if p := s.Property(prop); p != nil && p.Type == ftm.TypeEntity && v == e.ID {
				d.problem(prop, v, whyItself.Say(), at)
			} else {
				d.add(prop, v, at)
			}
		}
	}
	if len(e.Origin) == 1 { // of several it is not known which value is of which
		for i := range d.values {
			d.values[i].Origin = e.Origin[0]
		}
	}
	return r.keep(1, d)
}

// statements reads statements, and puts those of one entity that stand together into one.
func statements(r *reader) error {
	homes, err := r.homes(func(file string, in io.Reader, point func(schema, address string)) error {
		text := plain(in)
		for rec, err := range ftm.ReadStatements(r.model, text, statementFormat(text), ftm.Limits{Line: r.opt.Limits.Row}) {
			if err != nil {
				return nil // it is said when it is read
			}
			if rec.Value.Prop == "addressEntity" {
				point(rec.Value.Schema, rec.Value.Value)
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	return r.each(func(file string, in io.Reader) error {
		text := plain(in)
		g := &group{r: r}
		for rec, err := range ftm.ReadStatements(r.model, text, statementFormat(text), ftm.Limits{Line: r.opt.Limits.Row}) {
			if err != nil {
				return fmt.Errorf("%s, line %d: %w: %w", file, rec.Place.Line, ErrCut, err)
			}
			at := Locator{file, rec.Place.Line, r.account.Read + g.rows + 1}
			if err := r.tick(); err != nil {
				return err
			}
			switch {
			case rec.Reason != "":
				err = r.refuse(rec.Reason, rec.Place.Raw, at)
			case homes.only(rec.Value.Schema, rec.Value.EntityID):
				err = r.refuseHome(at)
			default:
				err = r.statement(g, &rec.Value, rec.Place.Raw, at)
			}
			if err != nil {
				return err
			}
		}
		return g.flush()
	})
}

func (r *reader) statement(g *group, s *ftm.Statement, raw []byte, at Locator) error {
	schema := r.model.Schema(s.Schema)
	switch {
	case schema == nil || schema.Abstract:
		return r.refuse(whyNoSchema.Say(), raw, at)
	case s.EntityID == "":
		return r.refuse(whyNoEntity.Say(), raw, at)
	case r.model.PrivateSchema(s.Schema):
		r.account.Private[s.Schema]++
		return r.refuse(whyPrivate.Say(s.Schema), nil, at)
	}
	fresh, err := g.begin(s.EntityID + " " + s.Schema)
	if err != nil {
		return err
	}
	if fresh {
		g.main = r.draft(s.Schema, s.EntityID, at)
	}
	g.rows++
	if s.Prop != ftm.BaseID {
		original := s.Original
		if original == "" {
			original = s.Value
		}
		before := len(g.main.values)
		g.main.set(s.Prop, s.Value, original, s.Lang, at)
		if v := g.main.values; len(v) > before {
			v[before].Origin, v[before].External = s.Origin, s.External
			g.main.external = g.main.external || s.External
		} else if g.main.external && !s.External {
			g.main.taken(s.Prop, s.Value)
		}
	}
	return nil
}

// taken says that a value which came as external was taken over.
func (d *draft) taken(prop, value string) {
	for i := range d.values {
		if v := &d.values[i]; v.External && v.Prop == prop && (v.Value == value || v.Original == value) {
			v.External = false
		}
	}
}

// statementFormat tells rows from JSON.
func statementFormat(text *bufio.Reader) string {
	if head, _ := text.Peek(1); string(head) == "{" {
		return "json"
	}
	return "csv"
}
