package web

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"time"

	"veedor/internal/evidence/capture"
	"veedor/internal/weigh/cases"
	"veedor/internal/weigh/desk"
	"veedor/internal/weigh/search"
)

// eventsAtOnce is how many writes of the desk are taken in at once, and maxIndexed how many bytes of a text.
const (
	eventsAtOnce = 300
	maxIndexed   = 200_000
)

// keeper is the viewer from whom nothing is hidden. What is read as it goes into documents of the desk's audience only.
func keeper() desk.Viewer { return desk.Viewer{Name: desk.Self, Role: desk.Administrator} }

// page of a record: its kind and id.
type deskKey struct {
	kind desk.Kind
	id   string
}

// paged kinds have pages, and are found.
func pagedKinds() []desk.Kind {
	return []desk.Kind{desk.Case, desk.Claim, desk.Item, desk.Source, desk.Frame}
}

// followDesk takes in what was written at the desk. Every record is there twice: as readers may see it, read as a
// reader, and as the desk has it.
func (f *Follower) followDesk(ctx context.Context, apply apply) error {
	if f.c.Desk == nil {
		return nil
	}
	at, err := f.index.At("desk")
	if err != nil {
		return err
	}
	if at > 0 {
		known, err := f.c.Desk.Events(ctx, keeper(), at-1, 1)
		if err != nil {
			return err
		}
		if len(known) == 0 || known[0].N != at {
			if err := f.restart(); err != nil {
				return err
			}
			at = 0
		}
	}
	for {
		events, err := f.c.Desk.Events(ctx, keeper(), at, eventsAtOnce)
		if err != nil || len(events) == 0 {
			return err
		}
		todo := map[deskKey]bool{}
		for i := range events {
			if err := f.touched(ctx, &events[i], todo); err != nil {
				return err
			}
		}
		var put []search.Document
		var drop []search.Key
		for k := range todo {
			for _, a := range []search.Audience{search.Readers, search.Desk} {
				doc, err := f.document(ctx, a, k)
				switch {
				case err != nil:
					return err
				case doc == nil:
					drop = append(drop, search.Key{Audience: a, ID: k.name()})
				default:
					put = append(put, *doc)
				}
			}
		}
		at = events[len(events)-1].N
		if err := apply(put, drop, "desk", at); err != nil {
			return err
		}
	}
}

func (k deskKey) name() string { return string(k.kind) + "/" + k.id }

// touched adds the pages that a write bears on: the record's own, that of what it belongs or belonged to, and those of
// all that refer to it, which show what it is called, and whether it may be seen.
func (f *Follower) touched(ctx context.Context, e *desk.Event, todo map[deskKey]bool) error {
	if slices.Contains(pagedKinds(), e.Kind) {
		todo[deskKey{e.Kind, e.ID}] = true
	}
	if field := desk.Belongs(e.Kind); field != "" {
		return f.owners(ctx, e, field, todo)
	}
	if e.Kind == desk.Claim || e.Kind == desk.Item || e.What == desk.Moved {
		return nil // nothing shows what others of these are called
	}
	for _, k := range desk.Kinds() {
		for _, field := range desk.Fields(k) {
			if field.To != e.Kind {
				continue
			}
			list, err := f.c.Desk.List(ctx, keeper(), desk.Query{Kind: k, Where: map[string]string{field.Name: e.ID}})
			if err != nil {
				return err
			}
			for i := range list {
				owner := deskKey{k, list[i].ID}
				if up := desk.Belongs(k); up != "" {
					owner = deskKey{ownerKind(k), list[i].Str(up)}
				}
				if slices.Contains(pagedKinds(), owner.kind) {
					todo[owner] = true
				}
			}
		}
	}
	return nil
}

// ownerKind is the kind that records of another belong to.
func ownerKind(k desk.Kind) desk.Kind {
	for _, f := range desk.Fields(k) {
		if f.Name == desk.Belongs(k) {
			return f.To
		}
	}
	return ""
}

// owners adds what a record belongs to, and what it belonged to before.
func (f *Follower) owners(ctx context.Context, e *desk.Event, field string, todo map[deskKey]bool) error {
	kind := ownerKind(e.Kind)
	rec, err := f.c.Desk.Get(ctx, keeper(), e.Kind, e.ID)
	if errors.Is(err, desk.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	todo[deskKey{kind, rec.Str(field)}] = true
	if _, moved := e.Fields[field]; !moved || e.Rev < 2 {
		return nil
	}
	history, err := f.c.Desk.History(ctx, keeper(), e.Kind, e.ID)
	for i := range history {
		if id := strings.Trim(string(history[i].Fields[field]), `"`); id != "" {
			todo[deskKey{kind, id}] = true
		}
	}
	return err
}

// document is a record as an audience finds it; nil where they do not see it.
func (f *Follower) document(ctx context.Context, a search.Audience, k deskKey) (*search.Document, error) {
	v := keeper()
	if a == search.Readers {
		v = desk.Public()
	}
	rec, err := f.c.Desk.Get(ctx, v, k.kind, k.id)
	if errors.Is(err, desk.ErrNotFound) || err == nil && rec.Removed {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	doc := &search.Document{ID: k.name(), Audience: a, Link: deskHref(languages[0], k.kind, k.id), Since: rec.Created,
		Facets: map[string][]string{"kind": {string(k.kind)}, "case": rec.Strings("case"), "theme": rec.Strings("themes"), "frame": rec.Strings("frames"), "source": rec.Strings("source"), "place": rec.Strings("locations")}}
	if a == search.Readers {
		if doc.Since, err = f.publishedAt(ctx, rec); err != nil {
			return nil, err
		}
	}
	doc.Lang, err = f.languageOf(ctx, v, rec)
	if err != nil {
		return nil, err
	}
	doc.Title = titleOf(rec, doc.Lang)
	parts := slices.DeleteFunc(textsOf(rec), func(s string) bool { return s == doc.Title })
	switch k.kind {
	case desk.Claim:
		doc.Facets["status"] = rec.Strings("status")
		doc.Facets["lang"] = claimLanguages(rec)
	case desk.Item:
		doc.Date, doc.Facets["type"] = rec.Str("published_on"), rec.Strings("type")
		names, err := f.namesOf(ctx, v, rec)
		if err != nil {
			return nil, err
		}
		parts = append(parts, names...)
	case desk.Case:
		doc.Facets["case"] = []string{rec.ID}
	case desk.Frame:
		doc.Facets["frame"] = []string{rec.ID}
	case desk.Source:
		doc.Facets["source"], doc.Facets["type"] = []string{rec.ID}, rec.Strings("type")
	}
	below, err := f.below(ctx, v, rec, doc)
	if err != nil {
		return nil, err
	}
	doc.Text = cut(strings.Join(append(parts, below...), "\n"), maxIndexed)
	return doc, nil
}

// cut shortens a text to n bytes, between characters.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return strings.ToValidUTF8(s[:n], "")
}

// publishedAt is when a record was last shown to readers.
func (f *Follower) publishedAt(ctx context.Context, rec *desk.Record) (time.Time, error) {
	history, err := f.c.Desk.History(ctx, keeper(), rec.Kind, rec.ID)
	at := rec.Created
	for i := range history {
		if string(history[i].Fields["published"]) == "true" {
			at = history[i].At
		}
	}
	return at, err
}

// languageOf is the language a record is worded in first: its own, or its case's.
func (f *Follower) languageOf(ctx context.Context, v desk.Viewer, rec *desk.Record) (string, error) {
	if l := languageTag(rec.Str("language")); l != "" {
		return primary(l), nil
	}
	words := rec.Words("text")
	if len(words) == 0 {
		words = rec.Words("title")
	}
	if len(words) == 0 {
		return "", nil
	}
	if id := rec.Str("case"); id != "" {
		k, err := f.c.Desk.Get(ctx, v, desk.Case, id)
		if err != nil && !errors.Is(err, desk.ErrNotFound) {
			return "", err
		}
		if err == nil && words[k.Str("language")] != "" {
			return primary(k.Str("language")), nil
		}
	}
	for _, l := range languages {
		if words[l] != "" {
			return l, nil
		}
	}
	var rest []string
	for l := range words {
		rest = append(rest, l)
	}
	slices.Sort(rest)
	return primary(rest[0]), nil
}

// primary is the language of a tag, without its region and script.
func primary(tag string) string {
	l, _, _ := strings.Cut(strings.ToLower(tag), "-")
	return l
}

func titleOf(rec *desk.Record, lang string) string {
	for _, field := range []string{"title", "text", "name", "title_translated", "url"} {
		if t := cmp.Or(rec.Words(field).In(lang, languages[:]...), rec.Str(field)); t != "" {
			return cut(t, 2000)
		}
	}
	return rec.ID
}

// textsOf returns all that a record says in words, as far as it was read.
func textsOf(rec *desk.Record) []string {
	var out, short, urls []string // what somebody wrote in sentences says more than names and addresses do
	for _, f := range desk.Fields(rec.Kind) {
		if f.Derived || slices.Contains([]string{"language", "languages", "file", "quote", "quote_lack", "date_lack", "registry", "score", "layer"}, f.Name) {
			continue
		}
		switch f.Type {
		case desk.Prose:
			out = append(out, rec.Str(f.Name))
		case desk.Line:
			short = append(short, rec.Str(f.Name))
		case desk.URL:
			urls = append(urls, rec.Str(f.Name))
		case desk.List:
			if f.Name != "captures" {
				short = append(short, rec.Strings(f.Name)...)
			}
		case desk.Words:
			out = append(out, wordsOf(rec.Words(f.Name))...)
		}
	}
	out = slices.Concat(out, short, urls)
	for _, name := range slices.Sorted(maps.Keys(rec.Fields)) {
		if s, ok := rec.Fields[name].(string); ok && strings.HasPrefix(name, desk.Extra) {
			out = append(out, s)
		}
	}
	return slices.DeleteFunc(out, func(s string) bool { return s == "" })
}

func wordsOf(t cases.Text) []string {
	var out []string
	for _, l := range languages {
		out = append(out, t[l])
	}
	for _, l := range slices.Sorted(maps.Keys(t)) {
		if !slices.Contains(languages[:], l) {
			out = append(out, t[l])
		}
	}
	return out
}

// namesOf returns what an item's source, themes, places and entities are called.
func (f *Follower) namesOf(ctx context.Context, v desk.Viewer, rec *desk.Record) ([]string, error) {
	var out []string
	for _, field := range []struct {
		name string
		kind desk.Kind
	}{{"source", desk.Source}, {"themes", desk.Theme}, {"locations", desk.Location}, {"entities", desk.Entity}} {
		for _, id := range firstOf(rec.Strings(field.name), 30) {
			other, err := f.c.Desk.Get(ctx, v, field.kind, id)
			if errors.Is(err, desk.ErrNotFound) {
				continue
			}
			if err != nil {
				return nil, err
			}
			out = append(out, cmp.Or(other.Str("name"), other.Str("title")))
		}
	}
	return out, nil
}

// below returns what stands in records that belong to one, and takes over their facets.
func (f *Follower) below(ctx context.Context, v desk.Viewer, rec *desk.Record, doc *search.Document) ([]string, error) {
	var out []string
	for _, k := range desk.Kinds() {
		if ownerKind(k) != rec.Kind {
			continue
		}
		list, err := f.c.Desk.List(ctx, v, desk.Query{Kind: k, Where: map[string]string{desk.Belongs(k): rec.ID}})
		if err != nil {
			return nil, err
		}
		for i := range list {
			r := &list[i]
			out = append(out, textsOf(r)...)
			switch k {
			case desk.Utterance:
				if date := r.Str("date"); date != "" && (doc.Date == "" || date < doc.Date) {
					doc.Date = date
				}
				out = append(out, f.quoted(r.Str("quote")))
			case desk.Evidence:
				if r.Str("type") == "quote" {
					out = append(out, f.quoted(r.Str("name")))
				}
			case desk.Stance:
				if frame := r.Str("frame"); frame != "" && !slices.Contains(doc.Facets["frame"], frame) {
					doc.Facets["frame"] = append(doc.Facets["frame"], frame)
				}
			}
		}
	}
	return out, nil
}

// quoted returns the words of a quote in a capture; those are public.
func (f *Follower) quoted(id string) string {
	if id == "" || f.c.Captures == nil {
		return ""
	}
	q, err := f.c.Captures.Quotation(id)
	if err != nil {
		if !errors.Is(err, capture.ErrNotFound) {
			f.c.Log.Error("quote cannot be indexed", "quote", id, "error", err)
		}
		return ""
	}
	return q.Selector.Exact + "\n" + q.Translation
}
