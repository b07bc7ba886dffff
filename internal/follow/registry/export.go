package registry

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"maps"
	"slices"

	"veedor/internal/follow/ftm"
)

// Entities hands out every entity that holds now, put together over datasets and decisions, by dataset and in the order in
// which that first named them: those of which a dataset ("" for any) says that they are of a schema or one that descends from it ("" for any).
func (r *Registry) Entities(ctx context.Context, dataset, schema string, yield func(*ftm.Entity) error) error {
	c, err := r.decisions.now()
	if err != nil {
		return err
	}
	lines, err := r.courses(ctx)
	if err != nil {
		return err
	}
	numbers := slices.Sorted(maps.Keys(lines))
	if dataset != "" {
		n, err := r.datasetNumber(ctx, dataset)
		if err != nil {
			return fmt.Errorf("list entities: %w", err)
		}
		numbers = []int64{n}
	}
	merged := map[string]bool{} // what came with another of its members
	one := func(rec *record) error {
		id, members := c.of(rec.id)
		recs, err := r.records(ctx, members)
		if err != nil {
			return err
		}
		if len(recs) > 1 {
			if merged[id] {
				return nil
			}
			merged[id] = true
		}
		e, gone := r.join(id, recs, lines)
		if gone {
			return nil
		}
		return yield(e)
	}
	if schema == "" && dataset == "" {
		return r.each(ctx, 0, 0, one)
	}
	for _, n := range numbers {
		if schema == "" {
			return r.each(ctx, n, 0, one)
		}
		for _, s := range r.model.Schemata() {
			word, ok := r.words.known(ctx, s.Name)
			if !ok || !s.Is(schema) {
				continue
			}
			if err := r.each(ctx, n, word, one); err != nil {
				return err
			}
		}
	}
	return nil
}

// ExportEntities writes every entity that holds now as FollowTheMoney's JSON, one a line.
func (r *Registry) ExportEntities(ctx context.Context, w io.Writer, dataset, schema string) error {
	b := bufio.NewWriter(w)
	err := r.Entities(ctx, dataset, schema, func(e *ftm.Entity) error {
		e.Caption = e.Label(r.model)
		return ftm.WriteEntity(b, e)
	})
	if err != nil {
		return fmt.Errorf("export entities: %w", err)
	}
	return b.Flush()
}

// ExportPlain writes the same as ExportEntities without our own schemata, for programs that know FollowTheMoney's only.
func (r *Registry) ExportPlain(ctx context.Context, w io.Writer, dataset, schema string) error {
	b := bufio.NewWriter(w)
	err := r.Entities(ctx, dataset, schema, func(e *ftm.Entity) error {
		for _, p := range ftm.Plain(r.model, e) {
			p.Caption = p.Label(r.model)
			if err := ftm.WriteEntity(b, &p); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("export plain entities: %w", err)
	}
	return b.Flush()
}

// ExportStatements writes every statement there ever was in one of FollowTheMoney's formats, with our columns source
// and evidence. One that does not hold any more has a last_seen before that of its dataset.
func (r *Registry) ExportStatements(ctx context.Context, w io.Writer, format, dataset string) error {
	out, err := ftm.NewStatementWriter(w, format, true)
	if err != nil {
		return err
	}
	number := int64(0)
	if dataset != "" {
		if number, err = r.datasetNumber(ctx, dataset); err != nil {
			return fmt.Errorf("export statements: %w", err)
		}
	}
	c, err := r.decisions.now()
	if err != nil {
		return err
	}
	lines, err := r.courses(ctx)
	if err != nil {
		return err
	}
	publishers, err := r.publishers(ctx)
	if err != nil {
		return err
	}
	err = r.each(ctx, number, 0, func(rec *record) error {
		canonical, _ := c.of(rec.id)
		for _, s := range r.plain(rec, lines[rec.dataset], publishers[rec.dataset]) {
			s.CanonicalID = canonical
			if err := out.Write(&s); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("export statements: %w", err)
	}
	return out.Close()
}

// plain returns the statements of a record in FollowTheMoney's form. What differs before cleaning only is one of them.
func (r *Registry) plain(rec *record, t course, publisher string) []ftm.Statement {
	var out []ftm.Statement
	at := map[string]int{}
	for i := range rec.statements {
		s := &rec.statements[i]
		first, last := t.span(s.seen)
		if first == nil {
			continue
		}
		f := ftm.Statement{EntityID: rec.id, Schema: rec.schema, Prop: s.prop, Value: s.value, Original: s.original, Lang: s.lang, Origin: s.origin, External: s.external, Dataset: first.Dataset,
			Source: publisher, FirstSeen: first.Date(), LastSeen: last.Date()}
		if s.prop == propSchema {
			f.Prop, f.Value = ftm.BaseID, rec.id
		}
		if read := t.byNumber(s.at.state); read != nil && s.at.file > 0 && s.at.file <= len(read.Files) {
			f.Evidence = read.Files[s.at.file-1].Evidence(Place{Line: s.at.line, Record: s.at.record})
		}
		if f.Complete(r.model) != nil {
			continue // of a schema it had before
		}
		if k, ok := at[f.ID]; ok {
			out[k].FirstSeen, out[k].LastSeen = min(out[k].FirstSeen, f.FirstSeen), max(out[k].LastSeen, f.LastSeen)
			continue
		}
		at[f.ID] = len(out)
		out = append(out, f)
	}
	return out
}

// Evidence names a place in the bytes of a file, as the evidence column of statements does: "sha256:<hex>#line=7", or
// "#record=7" where there are no lines.
func (f File) Evidence(at Place) string {
	switch {
	case at.Line > 0:
		return fmt.Sprintf("sha256:%s#line=%d", f.Hash, at.Line)
	case at.Record > 0:
		return fmt.Sprintf("sha256:%s#record=%d", f.Hash, at.Record)
	}
	return "sha256:" + f.Hash
}
