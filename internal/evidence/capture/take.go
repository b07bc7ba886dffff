package capture

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"unicode"

	"veedor/internal/evidence/recorder"
	"veedor/internal/phrase"
)

// Request says what is to be captured, by whom, and how.
type Request struct {
	URL      string
	Kind     string // Page or Document; "" captures a page with a browser where there is one
	Operator string // a pseudonym or an organisation
	Network  string // "AS8048 CANTV", "Tor"; no address

	AllowPrivate bool   // loopback and private networks too
	NoScripts    bool   // the page's scripts do not run
	Proxy        string // socks5://… or http://…
	Limits       recorder.Limits
	Progress     func(recorder.Progress)
}

const (
	maxLabel    = 200      // bytes of the names of operators and networks
	maxReadable = 32 << 20 // bytes of a document whose text is made
	maxListed   = 50       // refusals in the journal; capture.json has more
)

// Take captures an address. What may not be captured, or asks for too much, gives an error that wraps ErrRefused;
// what gives no answer one that wraps recorder.ErrUnreachable; both stand in the journal. A capture of which parts
// were refused or cut succeeds, and says so in Partial. Its quotes from earlier captures are looked for at once.
func (c *Captures) Take(ctx context.Context, q Request) (*Capture, error) {
	x, err := c.take(ctx, q)
	switch {
	case err == nil || errors.Is(err, ErrNotLogged):
		return x, err
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case errors.Is(err, ErrRefused), errors.Is(err, recorder.ErrRefused):
		return nil, c.refuse(ctx, Refused, err, Refusal{URL: q.URL, Operator: q.Operator, Network: q.Network})
	case errors.Is(err, recorder.ErrUnreachable):
		return nil, c.refuse(ctx, Failed, err, Refusal{URL: q.URL, Operator: q.Operator, Network: q.Network})
	}
	return nil, fmt.Errorf("capture %.200s: %w", plain(q.URL), err)
}

// refuse journals a refusal and returns it as an error of one line.
func (c *Captures) refuse(ctx context.Context, what string, err error, r Refusal) error {
	r.URL = shorten(plain(r.URL), maxAddress/4)
	r.Why = reason(err)
	if len(r.Operator)+len(r.Network) > 2*maxLabel {
		r.Operator, r.Network = "", ""
	}
	_, failed := c.append(ctx, func(*state) ([]Entry, error) { return []Entry{{What: what, Refusal: &r}}, nil })
	kind := ErrRefused
	if what == Failed {
		kind = recorder.ErrUnreachable
	}
	subject := r.URL
	if r.Origin != nil {
		subject = r.Origin.Name
	}
	return errors.Join(fmt.Errorf("%s: %w: %s", subject, kind, r.Why), failed)
}

// reason is an error in one line, without the words that say which kind it is.
func reason(err error) string {
	s := plain(err.Error())
	for _, kind := range []error{ErrRefused, recorder.ErrRefused, recorder.ErrUnreachable} {
		s = strings.Replace(s, kind.Error()+": ", "", 1)
	}
	return shorten(recorded.ReplaceAllString(s, ""), 1000)
}

// recorded is how a recorder's errors begin, with the address, which stands beside the reason.
var recorded = regexp.MustCompile(`^record \S+: `)

// plain makes a text one line without control characters.
func plain(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD"))
	return strings.Join(strings.Fields(s), " ")
}

func (c *Captures) take(ctx context.Context, q Request) (*Capture, error) {
	page, key, err := address(q.URL)
	if err != nil {
		return nil, err
	}
	for _, label := range []string{q.Operator, q.Network} {
		if len(label) > maxLabel || plain(label) != label {
			return nil, refusal("the name of an operator or network is too long, or holds control characters")
		}
	}
	b, err := c.bundle(c.about(q.Operator, "A capture of "+page))
	if err != nil {
		return nil, err
	}
	defer discard(b.f)
	res, fetched, err := c.record(ctx, page, q, b)
	if err != nil {
		return nil, err
	}
	for _, r := range res.Truncated {
		if r.URL == withoutFragment(res.FinalURL) && strings.HasPrefix(r.Why, "length") {
			return nil, refusal("the page itself is too long: %s", r.Why)
		}
	}
	q.Limits = effective(q.Limits)
	s := statement(q, page, key, res, fetched)
	s.Software = c.opt.Software
	text, err := b.derive(ctx, s, res, c.opt.PDFHelper)
	if err != nil {
		return nil, err
	}
	x, err := b.pack(ctx, s, text.Full, nil)
	if err != nil {
		return nil, err
	}
	x.Refusals = x.Refusals[:min(len(x.Refusals), maxListed)]
	_, err = c.append(ctx, func(s *state) ([]Entry, error) {
		entries := []Entry{{What: Captured, Capture: x.copy()}}
		if x.shows() && x.TextHash != "" {
			entries = append(entries, s.requotes(x, text.Full, nil)...)
		}
		return entries, nil
	})
	return x, err
}

// record lets the recorder record, with a browser or without, and says which.
func (c *Captures) record(ctx context.Context, page string, q Request, b *bundle) (res *recorder.Result, fetched bool, err error) {
	opt := recorder.Options{AllowPrivate: q.AllowPrivate, NoScripts: q.NoScripts, Proxy: q.Proxy, Limits: q.Limits, Now: c.opt.Now, Progress: q.Progress}
	switch q.Kind {
	case "", Page:
		res, err = recorder.Page(ctx, page, opt, b)
		if q.Kind == "" && errors.Is(err, recorder.ErrNoBrowser) {
			fetched = true
			res, err = recorder.Fetch(ctx, page, opt, b)
		}
	case Document, Media:
		fetched = true
		res, err = recorder.Fetch(ctx, page, opt, b)
	default:
		return nil, false, fmt.Errorf("kind %q: want %s or %s", q.Kind, Page, Document)
	}
	return res, fetched, err
}

// statement says what is known of a recording.
func statement(q Request, page, key string, res *recorder.Result, fetched bool) *Statement {
	s := &Statement{Started: res.Started, Ended: res.Ended, Limits: &q.Limits, Browser: res.Browser, AllowPrivate: q.AllowPrivate, Proxied: q.Proxy != "",
		Failures: refusals(res.Failures), Truncated: refusals(res.Truncated), MoreRefusals: res.MoreRefusals, Certificates: res.Certificates}
	s.Capture = Capture{URL: page, Key: key, At: res.Started, Kind: Page, Status: res.Status, Title: shorten(plain(res.Title), 500), Operator: q.Operator, Network: q.Network,
		Exchanges: res.Exchanges, Payload: res.Bytes, Refusals: refusals(res.Refusals)}
	if res.FinalURL != page {
		s.Final = res.FinalURL
	}
	s.Type = mediaTypeOf(res.ContentType)
	if fetched || res.Document {
		s.Kind = Document
		if kind, _, _ := strings.Cut(s.Type, "/"); kind == "image" || kind == "audio" || kind == "video" {
			s.Kind = Media
		}
	}
	if res.GuardNote != "" {
		s.Notes = append(s.Notes, res.GuardNote)
	}
	s.Partial = partial(res, fetched && q.Kind == "" && s.Type == "text/html")
	return s
}

// partial says in one line what a capture has not.
func partial(res *recorder.Result, noBrowser bool) string {
	var why []string
	count := func(n int, one, many *phrase.Form) {
		switch {
		case n == 1:
			why = append(why, one.Say())
		case n > 1:
			why = append(why, many.Say(strconv.Itoa(n)))
		}
	}
	if noBrowser {
		why = append(why, partNoBrowser.Say())
	}
	count(len(res.Truncated), partCutOne, partCut)
	count(len(res.Refusals)+res.MoreRefusals, partRefusedOne, partRefused)
	count(len(res.Failures), partNoAnswerOne, partNoAnswer)
	return strings.Join(why, "; ")
}

func refusals(list []recorder.Refusal) []Refusal {
	var out []Refusal
	for _, r := range list {
		out = append(out, Refusal{URL: r.URL, Why: r.Why})
	}
	return out
}

// derive makes text and pictures, writes them and notes them in the statement.
func (b *bundle) derive(ctx context.Context, s *Statement, res *recorder.Result, pdfHelper []string) (Text, error) {
	body, mediaType := res.DOM, "text/html; charset=utf-8"
	if len(body) == 0 && s.Kind != Media {
		a, err := b.answer(withoutFragment(res.FinalURL), maxReadable)
		if a.bomb(err, maxReadable) {
			return Text{}, refusal("it is a decompression bomb: %d bytes unpack to more than %d", a.stored, maxReadable)
		}
		if err != nil {
			s.Notes = append(s.Notes, "no text: "+plain(err.Error()))
			a.body = nil
		}
		body, mediaType = a.body, a.contentType
	}
	var text Text
	if len(body) > 0 {
		var err error
		if text, err = ReadText(ctx, body, mediaType, res.FinalURL, pdfHelper...); err != nil {
			if ctx.Err() != nil {
				return text, ctx.Err()
			}
			s.Notes = append(s.Notes, "no text: "+plain(err.Error()))
		}
	}
	s.describe(&text)
	if s.Kind != Page {
		s.BodyHash = b.contentHash(withoutFragment(res.FinalURL))
	}
	for _, p := range []struct {
		part, mediaType string
		body            []byte
	}{
		{PartText, "text/plain; charset=utf-8", []byte(text.Full)}, {PartMain, "text/plain; charset=utf-8", []byte(text.Main)},
		{PartView, "image/png", res.View}, {PartFullPage, "image/png", res.FullPage}, {PartPDF, "application/pdf", res.PDF}, {PartDOM, "text/html; charset=utf-8", res.DOM},
	} {
		if err := b.derived(&s.Capture, p.part, p.mediaType, p.body, s.Ended); err != nil {
			return text, fmt.Errorf("write %s: %w", p.part, err)
		}
	}
	return text, nil
}

// describe takes over what a document says of itself.
func (s *Statement) describe(t *Text) {
	if s.Title == "" {
		s.Title = shorten(plain(t.Title), 500)
	}
	s.Lang, s.Byline, s.TextBy = shorten(plain(t.Language), 40), shorten(plain(t.Byline), 500), t.Maker
	if !t.Published.IsZero() {
		s.Published = &t.Published
	}
	if !t.Modified.IsZero() {
		s.Modified = &t.Modified
	}
	s.Notes = append(s.Notes, t.Notes...)
	s.Attachments = t.Attachments
	if t.Full != "" {
		s.TextHash = hashOf([]byte(t.Full))
		if t.Main == "" { // nothing to tell it from
			t.Main = t.Full
		}
		s.MainHash = hashOf([]byte(t.Main))
	}
}

func withoutFragment(url string) string {
	url, _, _ = strings.Cut(url, "#")
	return url
}

// effective are limits with the defaults in the place of zeros, as the recorder takes them.
func effective(l recorder.Limits) recorder.Limits {
	d := recorder.DefaultLimits()
	return recorder.Limits{Total: cmp.Or(l.Total, d.Total), Object: cmp.Or(l.Object, d.Object), Header: cmp.Or(l.Header, d.Header), Exchanges: cmp.Or(l.Exchanges, d.Exchanges),
		Redirects: cmp.Or(l.Redirects, d.Redirects), Time: cmp.Or(l.Time, d.Time), Height: cmp.Or(l.Height, d.Height), Derived: cmp.Or(l.Derived, d.Derived)}
}
