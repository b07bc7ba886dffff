package cases

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// Check says all that is wrong with a case, a line each: file, what.
func (c *Case) Check() error {
	var out []error
	say := func(file string, all []error) {
		for _, err := range all {
			out = append(out, fmt.Errorf("%s: %w", file, err))
		}
	}
	for i := range c.Claims {
		k := &c.Claims[i]
		say("claims/"+FileName(k.ID, k.File)+".yaml", k.check())
	}
	for i := range c.Items {
		k := &c.Items[i]
		say("items/"+FileName(k.ID, k.File)+".yaml", k.check())
	}
	say("case.yaml", c.check())
	for _, l := range []struct {
		file string
		errs []error
	}{
		{"claims", ids(c.Claims, local, true, func(k *Claim) string { return k.ID })},
		{"items", ids(c.Items, local, true, func(k *Item) string { return k.ID })},
		{"actors.yaml", ids(c.Actors, local, true, func(k *Actor) string { return k.ID })},
		{"facts.yaml", append(ids(c.Facts, local, true, func(k *Fact) string { return k.ID }), facts(c.Facts)...)},
		{"frames.yaml", append(ids(c.Frames, local, true, func(k *Frame) string { return k.ID }), frames(c.Frames)...)},
		{"themes.yaml", ids(c.Themes, local, true, func(k *Theme) string { return k.ID })},
		{"sources.yaml", ids(c.Sources, wide, true, func(k *Source) string { return k.ID })},
		{"entities.yaml", ids(c.Entities, wide, true, func(k *Entity) string { return k.ID })},
		{"locations.yaml", ids(c.Locations, wide, true, func(k *Location) string { return k.ID })},
		{"relations.yaml", append(ids(c.Relations, local, false, func(k *Relation) string { return k.ID }), relations(c.Relations)...)},
		{"lineage.yaml", append(ids(c.Lineage, local, false, func(k *Lineage) string { return k.ID }), derivations(c.Lineage)...)},
	} {
		say(l.file, l.errs)
	}
	return errors.Join(out...)
}

// ids checks that ids are of their form, and that none stands twice.
func ids[T any](list []T, form *regexp.Regexp, must bool, id func(*T) string) []error {
	var out []error
	seen := map[string]bool{}
	for i := range list {
		s := id(&list[i])
		switch {
		case s == "" && !must:
			continue
		case !form.MatchString(s):
			out = append(out, fmt.Errorf("id %q: lower-case letters, digits and hyphens", s))
		case seen[s]:
			out = append(out, fmt.Errorf("id %q stands twice", s))
		}
		seen[s] = true
	}
	return out
}

func oneOf(what, s string, of ...string) []error {
	if slices.Contains(of, s) {
		return nil
	}
	return []error{fmt.Errorf("%s %q: %s or %s", what, s, strings.Join(of[:len(of)-1], ", "), of[len(of)-1])}
}

func (c *Case) check() []error {
	var out []error
	if !name.MatchString(c.ID) {
		out = append(out, fmt.Errorf("id %q: lower-case letters, digits and hyphens", c.ID))
	}
	if c.Title.In(c.Language) == "" {
		out = append(out, fmt.Errorf("title: none in %q, the case's language", c.Language))
	}
	for i, u := range c.Unknown {
		if len(u.Text) == 0 {
			out = append(out, fmt.Errorf("unknown %d: says nothing", i+1))
		}
	}
	for i, u := range c.Questions {
		if len(u.Text) == 0 {
			out = append(out, fmt.Errorf("question %d: says nothing", i+1))
		}
		if u.Proof != "" {
			out = append(out, oneOf(fmt.Sprintf("question %d: proof", i+1), u.Proof, Proofs()...)...)
		}
		for _, n := range slices.Concat(u.Networks, u.Origin) {
			if !network.MatchString(n) {
				out = append(out, fmt.Errorf("question %d: network %q: AS and a number", i+1, n))
			}
		}
	}
	out = append(out, ids(c.Unknown, local, false, func(k *Unknown) string { return k.ID })...)
	out = append(out, ids(c.Questions, local, false, func(k *Question) string { return k.ID })...)
	return append(out, ids(c.Withheld, local, false, func(k *Withheld) string { return k.ID })...)
}

func (k *Claim) check() []error {
	var out []error
	if len(k.Text) == 0 {
		out = append(out, errors.New("text: a claim says something"))
	}
	out = append(out, ids(k.Utterances, local, false, func(u *Utterance) string { return u.ID })...)
	out = append(out, ids(k.Evidence, local, false, func(e *Evidence) string { return e.ID })...)
	for i, u := range k.Utterances {
		if u.Speaker == "" {
			out = append(out, fmt.Errorf("utterance %d: no speaker", i+1))
		}
		if u.Role != "" {
			out = append(out, oneOf(fmt.Sprintf("utterance %d: role", i+1), u.Role, "official", "journalist", "expert", "company", "group", "anonymous")...)
		}
		out = append(out, dates(fmt.Sprintf("utterance %d", i+1), u.Date)...)
	}
	for i := range k.Evidence {
		for _, why := range k.Evidence[i].check() {
			out = append(out, fmt.Errorf("evidence %d: %w", i+1, why))
		}
	}
	return out
}

func (e *Evidence) check() []error {
	var out []error
	kinds := 0
	for _, set := range []bool{e.Finding != nil, e.Incident != "", e.Measurement != "", e.Quote != "", e.Capture != "", e.Document != nil, e.Registry != nil, e.Statement != nil, e.Absence != nil} {
		if set {
			kinds++
		}
	}
	if kinds != 1 {
		out = append(out, fmt.Errorf("%d kinds; write one of finding, incident, measurement, quote, capture, document, registry, statement, absence", kinds))
	}
	switch {
	case e.Finding != nil && e.Stance != "":
		out = append(out, errors.New("stance of a finding: leave it out, it follows from the measurements"))
	case e.Finding == nil:
		out = append(out, oneOf("stance", e.Stance, Supports, Contradicts, Context, Insufficient)...)
	}
	if e.Strength != "" {
		out = append(out, oneOf("strength", e.Strength, "weak", "medium", "strong")...)
	}
	if e.Stance != "" && e.Stance != Context && len(e.Reason) == 0 {
		out = append(out, errors.New("reason: say why it bears on the claim"))
	}
	all := []Date{e.At}
	if f := e.Finding; f != nil {
		all = append(all, f.From, f.To)
		out = append(out, f.check()...)
	}
	for what, s := range map[string]*Statement{"statement": e.Statement, "document": e.Document} {
		if s == nil {
			continue
		}
		all = append(all, s.Date)
		if s.Source == "" {
			out = append(out, fmt.Errorf("%s: no source", what))
		}
	}
	if r := e.Registry; r != nil && r.Entity == "" {
		out = append(out, errors.New("registry: no entity"))
	}
	if a := e.Absence; a != nil {
		all = append(all, a.At)
		if len(a.What) == 0 || a.Where == "" || a.At == "" {
			out = append(out, errors.New("absence: what was looked for, where and when"))
		}
	}
	return append(out, dates("", all...)...)
}

func (f *Finding) check() []error {
	out := oneOf("finding expects", f.Expects, "blocked", "reachable")
	if f.Country == "" && f.Network == 0 || f.Target == "" {
		out = append(out, errors.New("finding: a target, and a country or network, are needed"))
	}
	if f.AtLeast < 0 {
		out = append(out, errors.New("finding: at_least is a number of measurements"))
	}
	return out
}

func (k *Item) check() []error {
	out := dates("", k.Published)
	if n := utf8.RuneCountInString(k.Summary); n > 500 {
		out = append(out, fmt.Errorf("summary: %d characters, at most 500", n))
	}
	seen := map[string]bool{}
	for _, f := range k.Frames {
		if !local.MatchString(f.Frame) || seen[f.Frame] {
			out = append(out, fmt.Errorf("frame %q: name each frame once", f.Frame))
		}
		seen[f.Frame] = true
		out = append(out, oneOf("frame "+f.Frame+": stance", f.Stance, "asserts", "counters", "mentions")...)
	}
	return out
}

func facts(list []Fact) []error {
	var out []error
	for i := range list {
		f := &list[i]
		out = append(out, oneOf("fact "+f.ID+": type", f.Type, "agreement", "deployment", "sanction", "report", "figure", "event")...)
		out = append(out, dates("fact "+f.ID, f.Date, f.Until)...)
		if len(f.Text) == 0 {
			out = append(out, fmt.Errorf("fact %s: text: says nothing", f.ID))
		}
	}
	return out
}

func frames(list []Frame) []error {
	var out []error
	for i := range list {
		if len(list[i].Text) == 0 {
			out = append(out, fmt.Errorf("frame %s: text: says nothing", list[i].ID))
		}
	}
	return out
}

func relations(list []Relation) []error {
	var out []error
	for i := range list {
		r, where := &list[i], fmt.Sprintf("relation %d", i+1)
		out = append(out, oneOf(where+": type", r.Type, "contradicts", "repeats", "corrects", "retracts")...)
		out = append(out, dates(where, r.At)...)
		if r.From == "" || r.To == "" || r.From == r.To {
			out = append(out, fmt.Errorf("%s: from one claim to another", where))
		}
	}
	return out
}

func derivations(list []Lineage) []error {
	var out []error
	for i := range list {
		l, where := &list[i], fmt.Sprintf("lineage %d", i+1)
		out = append(out, oneOf(where+": type", l.Type, "copy", "translation", "rewrite", "redated", "cites")...)
		out = append(out, oneOf(where+": decision", l.Decision, "proposed", "confirmed", "rejected")...)
		out = append(out, dates(where, l.At)...)
		if l.From == "" || (l.To == "") == (l.Outside == "") || l.From == l.To {
			out = append(out, fmt.Errorf("%s: from an item, to another or outside", where))
		}
	}
	return out
}

func dates(where string, all ...Date) []error {
	var out []error
	for _, d := range all {
		if d == "" {
			continue
		}
		if _, _, err := d.Time(); err != nil {
			if where != "" {
				err = fmt.Errorf("%s: %w", where, err)
			}
			out = append(out, err)
		}
	}
	return out
}
