package desk

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// What a claim may lack.
const (
	LackUtterance = "utterance" // nobody is named who says it
	LackSpeaker   = "speaker"
	LackDate      = "date"     // neither a date nor why there is none
	LackQuote     = "quote"    // neither an anchored quote nor why there is none
	LackEvidence  = "evidence" // neither evidence nor a recorded absence
)

// LackError says what stands in the way of publishing. It wraps ErrInvalid.
type LackError struct{ Lacks []Lack }

func (e *LackError) Error() string {
	var parts []string
	for _, l := range e.Lacks {
		parts = append(parts, fmt.Sprintf("%s lacks %s", l.Of, l.Code))
	}
	return "not published: " + strings.Join(parts, "; ")
}

// Unwrap makes it ErrInvalid.
func (e *LackError) Unwrap() error { return ErrInvalid }

// Checklist returns what the claims of a case lack to be published: a speaker, a date or a stated unknown, an
// anchored quote or a stated lack of one, evidence or a recorded absence.
func (d *Desk) Checklist(ctx context.Context, caseID string) ([]Lack, error) {
	claims, err := d.List(ctx, whole(), Query{Kind: Claim, Where: map[string]string{"case": caseID}})
	if err != nil {
		return nil, err
	}
	byOrder(claims)
	var out []Lack
	for i := range claims {
		lacks, err := d.ChecklistOf(ctx, claims[i].ID)
		if err != nil {
			return nil, err
		}
		out = append(out, lacks...)
	}
	return out, nil
}

// ChecklistOf returns what one claim lacks.
func (d *Desk) ChecklistOf(ctx context.Context, claim string) ([]Lack, error) {
	if err := d.fresh(ctx); err != nil {
		return nil, err
	}
	said, err := all(ctx, d.db, Utterance, "claim", claim)
	if err != nil {
		return nil, err
	}
	evidence, err := all(ctx, d.db, Evidence, "claim", claim)
	if err != nil {
		return nil, err
	}
	byOrder(said)
	return lacks(claim, said, evidence), nil
}

func lacks(claim string, said, evidence []Record) []Lack {
	var out []Lack
	lack := func(of, code string) { out = append(out, Lack{Claim: claim, Of: of, Code: code}) }
	if len(said) == 0 {
		lack(claim, LackUtterance)
	}
	for i := range said {
		u := &said[i]
		if u.Str("speaker") == "" {
			lack(u.ID, LackSpeaker)
		}
		if u.Str("date") == "" && len(u.Words("date_lack")) == 0 {
			lack(u.ID, LackDate)
		}
		if u.Str("quote") == "" && len(u.Words("quote_lack")) == 0 {
			lack(u.ID, LackQuote)
		}
	}
	if len(evidence) == 0 {
		lack(claim, LackEvidence)
	}
	return out
}

// whole returns a viewer from whom nothing is hidden.
func whole() Viewer { return Viewer{Name: Self, Role: Administrator} }

// Publish shows a record to readers, or no longer. Of a case it is everything that belongs to it or that it refers
// to. What the checklist asks for must be there: a *LackError says what is not. Editors and above.
func (d *Desk) Publish(ctx context.Context, who Viewer, why string, public bool, k Kind, id string) error {
	if !who.may(Editor) {
		return fmt.Errorf("publish %s %s: %w: only an editor publishes", k, id, ErrForbidden)
	}
	if Belongs(k) != "" {
		return fmt.Errorf("publish %s %s: %w: publish the %s it belongs to", k, id, ErrInvalid, Belongs(k))
	}
	first, err := d.Get(ctx, whole(), k, id)
	if err != nil {
		return err
	}
	list := []*Record{first}
	if public {
		var missing []Lack
		switch k {
		case Case:
			missing, err = d.Checklist(ctx, id)
		case Claim:
			missing, err = d.ChecklistOf(ctx, id)
		}
		if err == nil && len(missing) > 0 {
			err = &LackError{missing}
		}
	}
	if k == Case && err == nil {
		list, err = d.reach(ctx, first, public)
	}
	if err != nil {
		return err
	}
	var changes []Change
	for _, r := range list {
		if Belongs(r.Kind) == "" && r.Bool("published") != public {
			changes = append(changes, Change{Kind: r.Kind, ID: r.ID, On: Latest, Set: map[string]any{"published": public}})
		}
	}
	if len(changes) == 0 {
		return nil
	}
	_, err = d.Write(ctx, who, why, changes...)
	return err
}

// Reach returns what Publish would show of a record, and what readers see with it: of a case, all that belongs to it or
// that it refers to; of another, what belongs to it. Researchers and above.
func (d *Desk) Reach(ctx context.Context, who Viewer, k Kind, id string) ([]*Record, error) {
	if !who.may(Researcher) {
		return nil, fmt.Errorf("read %s %s whole: %w", k, id, ErrForbidden)
	}
	first, err := d.Get(ctx, who, k, id)
	if err != nil {
		return nil, err
	}
	return d.reach(ctx, first, k == Case)
}

// reach returns a case with all that belongs to it and, when it is to be published, all that those refer to.
func (d *Desk) reach(ctx context.Context, first *Record, public bool) ([]*Record, error) {
	var out []*Record
	seen := map[string]bool{}
	add := func(r *Record) {
		if key := string(r.Kind) + "/" + r.ID; !seen[key] && !r.Removed {
			seen[key] = true
			out = append(out, r)
		}
	}
	add(first)
	for i := 0; i < len(out); i++ {
		r := out[i]
		for _, k := range Kinds() {
			for _, f := range Fields(k) {
				// What belongs to it: of a case also claims, items, themes and frames.
				if f.To != r.Kind || f.Name != Belongs(k) && f.Name != "case" {
					continue
				}
				list, err := d.List(ctx, whole(), Query{Kind: k, Where: map[string]string{f.Name: r.ID}})
				if err != nil {
					return nil, err
				}
				for j := range list {
					add(&list[j])
				}
			}
		}
		if !public {
			continue
		}
		for _, f := range Fields(r.Kind) {
			// Stories and briefs are published by themselves; another case too.
			if f.Type != Ref && f.Type != Refs || slices.Contains([]Kind{Case, Story, Brief, Claim}, f.To) {
				continue
			}
			for _, id := range r.Strings(f.Name) {
				other, err := d.Get(ctx, whole(), f.To, id)
				if err != nil {
					return nil, err
				}
				add(other)
			}
		}
	}
	return out, nil
}
