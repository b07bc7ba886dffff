package search

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/blevesearch/bleve/v2"
	bsearch "github.com/blevesearch/bleve/v2/search"
	"github.com/blevesearch/bleve/v2/search/query"
)

// Request is one search.
type Request struct {
	Text     string // what a person wrote
	Audience Audience
	Latest   bool // by when it came here, latest first; else by how well it fits
	Offset   int
	Limit    int // 0 for 20, at most 500
	Counts   int // values of each facet that are counted, 0 for none
}

// Answer is what was found.
type Answer struct {
	Total  uint64
	Hits   []Hit
	Counts map[string][]Count // by facet, the most frequent first
	Took   time.Duration
}

// Hit is one document that was found.
type Hit struct {
	ID, Link, Lang, Date string
	Since                time.Time
	Title                []Piece
	Text                 []Piece // what surrounds the words that were found; the beginning if there are none
	Facets               map[string][]string
}

// Count is how many of the documents found have a value.
type Count struct {
	Value string
	N     int
}

// maxOffset bounds paging: what lies deeper is narrowed to, not paged to.
const maxOffset = 10_000

// Find searches. The error wraps ErrQuery when the text cannot be asked.
func (x *Index) Find(ctx context.Context, r Request) (*Answer, error) {
	p, err := parse(r.Text)
	if err != nil {
		return nil, err
	}
	if r.Limit <= 0 {
		r.Limit = 20
	}
	ask := bleve.NewSearchRequestOptions(p.query(r.Audience), min(r.Limit, 500), min(max(r.Offset, 0), maxOffset), false)
	ask.Fields = []string{"*"}
	if r.Latest || len(p.terms) == 0 {
		ask.SortBy([]string{"-since", "_id"})
	} else {
		ask.SortBy([]string{"-_score", "-date", "_id"})
	}
	if r.Counts > 0 {
		for _, name := range Facets() {
			ask.AddFacet(name, bleve.NewFacetRequest("f."+name, r.Counts))
		}
	}
	got, err := x.bleve.SearchInContext(ctx, ask)
	if err != nil {
		return nil, fmt.Errorf("search: %w", err)
	}
	out := &Answer{Total: got.Total, Took: got.Took, Counts: map[string][]Count{}}
	for name, f := range got.Facets {
		for _, t := range f.Terms.Terms() {
			out.Counts[name] = append(out.Counts[name], Count{t.Term, t.Count})
		}
	}
	for _, d := range got.Hits {
		out.Hits = append(out.Hits, hitOf(d, p, r.Audience))
	}
	return out, nil
}

// query is what Bleve is asked.
func (p parsed) query(a Audience) query.Query {
	q := bleve.NewBooleanQuery()
	q.AddMust(unscored(exactly("audience", string(a))))
	for _, t := range p.terms {
		if t.not {
			q.AddMustNot(t.query())
		} else {
			q.AddMust(t.query())
		}
	}
	for _, name := range slices.Sorted(maps.Keys(p.is)) {
		any := bleve.NewDisjunctionQuery()
		for _, v := range p.is[name] {
			any.AddQuery(exactly("f."+name, v))
		}
		q.AddMust(unscored(any))
	}
	for _, name := range slices.Sorted(maps.Keys(p.not)) {
		for _, v := range p.not[name] {
			q.AddMustNot(exactly("f."+name, v))
		}
	}
	if p.from != "" || p.until != "" {
		until := p.until
		if until != "" {
			until += "~" // all that begins so: the whole year, month or day
		}
		span := bleve.NewTermRangeQuery(p.from, until)
		span.SetField("date")
		q.AddMust(unscored(span))
	}
	return q
}

type boostable interface {
	query.Query
	SetBoost(float64)
}

func unscored(q boostable) query.Query {
	q.SetBoost(0)
	return q
}

func exactly(field, value string) *query.TermQuery {
	q := bleve.NewTermQuery(value)
	q.SetField(field)
	return q
}

// query finds a term in titles, in texts, and a single word also in its other forms.
func (t term) query() query.Query {
	any := bleve.NewDisjunctionQuery(t.in("title", 3), t.in("text", 1))
	if len(t.words) == 1 && !t.exact && !t.prefix && !t.not {
		var seen []string
		for _, lang := range []string{"en", "es", "pt"} {
			if s := stem(t.words[0], lang); s != "" && !slices.Contains(seen, s) {
				seen = append(seen, s)
				q := exactly("stems", s)
				q.SetBoost(0.5)
				any.AddQuery(q)
			}
		}
	}
	return any
}

func (t term) in(field string, boost float64) query.Query {
	if len(t.words) == 1 {
		if t.prefix {
			q := bleve.NewPrefixQuery(t.words[0])
			q.SetField(field)
			q.SetBoost(boost)
			return q
		}
		q := exactly(field, t.words[0])
		q.SetBoost(boost)
		return q
	}
	q := bleve.NewPhraseQuery(t.words, field)
	q.SetBoost(boost)
	return q
}

func hitOf(d *bsearch.DocumentMatch, p parsed, a Audience) Hit {
	one := func(name string) string { s, _ := d.Fields[name].(string); return s }
	h := Hit{ID: d.ID[len(a)+1:], Link: one("link"), Lang: one("language"), Date: one("date"), Facets: map[string][]string{}}
	h.Since, _ = time.Parse(time.RFC3339, one("since"))
	h.Title = p.mark(one("title"), h.Lang, 0)
	h.Text = p.mark(one("text"), h.Lang, 240)
	for _, name := range Facets() {
		switch v := d.Fields["f."+name].(type) {
		case string:
			h.Facets[name] = []string{v}
		case []any:
			for _, one := range v {
				if s, ok := one.(string); ok {
					h.Facets[name] = append(h.Facets[name], s)
				}
			}
		}
	}
	return h
}
