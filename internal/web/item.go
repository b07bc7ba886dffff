package web

import (
	"cmp"
	"errors"
	"net/http"
	"slices"

	"veedor/internal/evidence/capture"
	"veedor/internal/weigh/desk"
)

// itemPage is a published thing: what it is, what it claims and in which frames, and where it comes from.
type itemPage struct {
	base
	ID, Href   string
	Name       named
	Translated string
	Draft      bool
	Facts      []plainFact
	Source     *named
	Case       *named
	Themes     []string
	Entities   []linkTo
	Places     []string
	Texts      []textPart // summary, context, …
	Captures   []itemCapture
	MoreCap    int64
	Claims     []itemClaim
	MoreClaims int64
	Stances    []stanceRow
	MoreStance int64
	Lineage    *lineageTree
	Scores     []scoreRow
	Agreements []agreed
}

// plainFact is a label, a key of the words, and what goes with it.
type plainFact struct {
	Label, Text string
	Note        string // a key of the words
}

// textPart is a longer text about an item.
type textPart struct{ Label, Text string }

// itemCapture is a capture of an item, and what is quoted from it.
type itemCapture struct {
	captureRow
	Quotes []quoteShown
	More   int64
}

// itemClaim is a claim that an item makes or bears on.
type itemClaim struct {
	How   string // a key of the words: item.says, item.evidence, item.about
	Claim named
	Quote *quoteShown
}

// stanceRow is what an item does to a frame.
type stanceRow struct {
	Stance string // asserts, counters, mentions
	Frame  named
	Item   itemRow // on a frame's page
	Reason string
}

// scoreRow is one coder's impact score.
type scoreRow struct {
	Value  int
	Rubric string
	Reason string
}

// agreed is how far coders agree on a rubric.
type agreed struct {
	Rubric string
	Alpha  float64
	Known  bool
	Units  int64
}

const (
	itemRoom     = 20_500
	maxItemCaps  = 4
	maxItemQuote = 6
	maxItemClaim = 10
	maxStances   = 10
	maxScores    = 6
)

func (s *site) item(r *request) error {
	d := r.reader()
	it, err := r.recordAsked(d, desk.Item)
	if err != nil {
		return err
	}
	p := itemPage{ID: it.ID, Href: deskHref(r.lang, desk.Item, it.ID), Draft: !it.Bool("published"), Translated: prose(it, "title_translated", 300)}
	if p.Name, err = d.named(r, it, 300); err != nil {
		return err
	}
	p.base = r.base(isolate(shorten(p.Name.Text, 80)))
	if err := p.mark(d, it); err != nil {
		return err
	}
	p.Name.Draft = false
	space := &room{itemRoom - weight(p.Name.Text, p.Translated)}
	for _, fill := range []func(*request, *reader, *desk.Record, *room) error{p.about, p.texts, p.captured, p.claims, p.stances, p.lineage, p.scores, p.cite} {
		if err := fill(r, d, it, space); err != nil {
			return err
		}
	}
	return r.render(http.StatusOK, "item", p)
}

// about takes in what the item is.
func (p *itemPage) about(r *request, d *reader, it *desk.Record, space *room) error {
	var err error
	if p.Source, err = d.naming(r, desk.Source, it.Str("source"), 120); err != nil {
		return err
	}
	if p.Case, err = d.naming(r, desk.Case, it.Str("case"), 160); err != nil {
		return err
	}
	if p.Themes, err = d.titles(r.lang, desk.Theme, it.Strings("themes"), 8); err != nil {
		return err
	}
	if p.Places, err = d.titles(r.lang, desk.Location, it.Strings("locations"), 8); err != nil {
		return err
	}
	for _, id := range firstOf(it.Strings("entities"), 8) {
		e, err := d.get(desk.Entity, id)
		if err != nil {
			return err
		}
		if e == nil {
			continue
		}
		l := linkTo{Text: prose(e, "name", 80)}
		if l.Href, err = r.entityPage(e.Str("registry")); err != nil {
			return err
		}
		p.Entities = append(p.Entities, l)
	}
	add := func(label, text, note string) {
		if text != "" {
			p.Facts = append(p.Facts, plainFact{label, text, note})
			space.take(120 + weight(text))
		}
	}
	add("item.type", r.typeName(it.Str("type"), 60), "")
	author := ""
	if kind := it.Str("author_type"); kind != "" {
		author = "item.author." + map[string]string{"real identity": "real", "alias or pseudonym": "alias", "unable to tell": "unknown"}[kind]
		if _, ok := r.words()[author]; !ok {
			author = ""
		}
	}
	add("item.author", prose(it, "author", 160), author)
	if date := it.Str("published_on"); date != "" {
		add("item.published", r.dated(date), "")
	}
	lang := languageTag(it.Str("language"))
	add("item.language", cmp.Or(languageName(r.lang, lang), prose(it, "language", 40)), "")
	add("item.url", prose(it, "url", 400), "")
	add("item.code", prose(it, "code", 60), "")
	return nil
}

// texts takes in what people wrote about the item.
func (p *itemPage) texts(r *request, _ *reader, it *desk.Record, space *room) error {
	for _, f := range []string{"summary", "context", "subtext", "reactions", "action"} {
		n := 1200
		if f == "summary" {
			n = 700
		}
		text := lines(it.Str(f), n)
		if text == "" {
			continue
		}
		if size := weight(text) + 90; !space.take(size) {
			text = lines(text, 200)
		}
		p.Texts = append(p.Texts, textPart{"item." + f, text})
	}
	return nil
}

// captured lists captures of the item, latest first, with what is quoted from them.
func (p *itemPage) captured(r *request, _ *reader, it *desk.Record, space *room) error {
	if r.s.Captures == nil {
		return nil
	}
	part, done := space.part(5500)
	defer done()
	for _, hash := range slices.Backward(it.Strings("captures")) {
		if !isHash(hash) {
			continue
		}
		c, err := r.s.Captures.Get(hash)
		if errors.Is(err, capture.ErrNotFound) {
			continue
		}
		if err != nil {
			return err
		}
		row := itemCapture{captureRow: r.captureRow(*c)}
		if len(p.Captures) == maxItemCaps || !part.take(420+weight(row.Name, row.Href)) {
			p.MoreCap++
			continue
		}
		quotes, err := r.s.Captures.Quotes(hash)
		if err != nil && !errors.Is(err, capture.ErrNotFound) {
			return err
		}
		for _, q := range quotes {
			shown, err := r.quoteOf(q.ID)
			if err != nil {
				return err
			}
			if shown == nil || len(row.Quotes) == maxItemQuote || !part.take(shown.size()) {
				row.More++
				continue
			}
			row.Quotes = append(row.Quotes, *shown)
		}
		p.Captures = append(p.Captures, row)
	}
	return nil
}

// claims lists claims that the item makes, or that it is evidence for or against.
func (p *itemPage) claims(r *request, d *reader, it *desk.Record, space *room) error {
	seen := map[string]bool{}
	part, done := space.part(5000)
	defer done()
	add := func(how, claim, quote string) error {
		if seen[claim] {
			return nil
		}
		n, err := d.naming(r, desk.Claim, claim, 240)
		if n == nil {
			return err
		}
		seen[claim] = true
		row := itemClaim{How: how, Claim: *n}
		if row.Quote, err = r.quoteOf(quote); err != nil {
			return err
		}
		size := 300 + weight(n.Text, n.Href)
		if row.Quote != nil {
			size += row.Quote.size()
		}
		if len(p.Claims) == maxItemClaim || !part.take(size) {
			p.MoreClaims++
			return nil
		}
		p.Claims = append(p.Claims, row)
		return nil
	}
	said, err := d.list(desk.Utterance, "item", it.ID)
	if err != nil {
		return err
	}
	for i := range said {
		if err := add("item.says", said[i].Str("claim"), said[i].Str("quote")); err != nil {
			return err
		}
	}
	evidence, err := d.list(desk.Evidence, "item", it.ID)
	if err != nil {
		return err
	}
	for i := range evidence {
		if err := add("item.evidence", evidence[i].Str("claim"), ""); err != nil {
			return err
		}
	}
	about, err := d.list(desk.Claim, "items", it.ID)
	if err != nil {
		return err
	}
	for i := range about {
		if err := add("item.about", about[i].ID, ""); err != nil {
			return err
		}
	}
	return nil
}

func (p *itemPage) stances(r *request, d *reader, it *desk.Record, space *room) error {
	list, err := d.list(desk.Stance, "item", it.ID)
	if err != nil {
		return err
	}
	for i := range list {
		n, err := d.naming(r, desk.Frame, list[i].Str("frame"), 200)
		if err != nil {
			return err
		}
		if n == nil {
			continue
		}
		row := stanceRow{Stance: list[i].Str("stance"), Frame: *n, Reason: prose(&list[i], "reason", 300)}
		if len(p.Stances) == maxStances || !space.take(260+weight(n.Text, n.Href, row.Reason)) {
			p.MoreStance++
			continue
		}
		p.Stances = append(p.Stances, row)
	}
	return nil
}

// lineage draws what the item derives from, and what derives from it.
func (p *itemPage) lineage(r *request, d *reader, it *desk.Record, space *room) error {
	m := r.treeMaker(d)
	if err := m.item(it.ID); err != nil {
		return err
	}
	next := []string{it.ID}
	for len(next) > 0 && m.left > 0 {
		list, err := d.list(desk.Lineage, "to", next[0])
		if err != nil {
			return err
		}
		next = next[1:]
		for i := range list {
			from := list[i].Str("from")
			if m.texts[from] == nil && list[i].Str("decision") != "rejected" {
				if err := m.item(from); err != nil {
					return err
				}
				next = append(next, from)
			}
		}
	}
	if len(m.texts) > 1 {
		m.texts[it.ID].Text = "▸ " + m.texts[it.ID].Text
		p.Lineage = m.tree(space)
	}
	return nil
}

// scores lists impact scores, where they are shared, and how far coders agree on the rubrics.
func (p *itemPage) scores(r *request, d *reader, it *desk.Record, space *room) error {
	list, err := d.list(desk.Score, "item", it.ID)
	if err != nil {
		return err
	}
	var rubrics []string
	for i := range list {
		value, ok := list[i].Int("value")
		rubric, err := d.get(desk.Rubric, list[i].Str("rubric"))
		if err != nil {
			return err
		}
		if !ok || rubric == nil || len(p.Scores) == maxScores {
			continue
		}
		row := scoreRow{Value: value, Rubric: shorten(rubric.Str("title")+" "+rubric.Str("version"), 80), Reason: prose(&list[i], "reason", 300)}
		if !space.take(260 + weight(row.Rubric, row.Reason)) {
			break
		}
		p.Scores = append(p.Scores, row)
		if !slices.Contains(rubrics, rubric.ID) {
			rubrics = append(rubrics, rubric.ID)
			a, err := d.from.Agreement(d.ctx, d.who, rubric.ID)
			if err != nil {
				return err
			}
			p.Agreements = append(p.Agreements, agreed{row.Rubric, a.Alpha, a.Known, int64(a.Units)})
		}
	}
	return nil
}

func (p *itemPage) cite(r *request, d *reader, it *desk.Record, _ *room) error {
	source := ""
	if p.Source != nil {
		source = p.Source.Text
	}
	date := r.words().get("claim.nodate")
	if on := it.Str("published_on"); on != "" {
		date = r.dated(on)
	}
	w := r.words()
	p.Cite = r.citing(quotable{Name: "item-" + it.ID, Sentence: isolate(p.Name.Text), Page: p.Href, At: it.Updated, Stays: "cite.stays.item"}, "")
	p.Cite.Text = w.get("item.citation", isolate(p.Name.Text), isolate(cmp.Or(prose(it, "author", 80), source, "—")), date, r.address()+p.Href)
	name := p.Cite.as.ID
	ref, err := d.reference(it)
	if err != nil {
		return err
	}
	ref.ID, ref.Note = name, w.get("cite.describedat", r.address()+p.Href)
	if len(p.Captures) > 0 {
		c := p.Captures[0]
		ref.Note += " " + w.get("cite.captured", day(w, c.At), c.Hash)
		p.Cite.Also = append(p.Cite.Also, linkTo{w.get("cite.capture", day(w, c.At)), c.Href})
	}
	p.Cite.as = ref
	return nil
}
