package recorder

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"

	"golang.org/x/net/publicsuffix"
)

// Fetch records an address and the redirects that lead to its answer, without a browser. The Result is there
// beside an error too, as far as it went.
func Fetch(ctx context.Context, url string, opt Options, sink Sink) (*Result, error) {
	s, err := begin(ctx, url, opt, sink)
	if err != nil {
		return nil, err
	}
	s.res.Document = true
	err = s.fetch(url)
	return s.close(ctx, err)
}

// close ends the session and says how it went.
func (s *session) close(ctx context.Context, err error) (*Result, error) {
	if endErr := s.end(); endErr != nil {
		return s.res, endErr
	}
	if ctx.Err() != nil && err != nil {
		return s.res, fmt.Errorf("record %s: %w", quoted(s.res.Requested), ctx.Err())
	}
	var r *refusal
	switch {
	case err == nil || errors.Is(err, ErrNoBrowser):
		return s.res, err
	case errors.As(err, &r):
		return s.res, fmt.Errorf("record %s: %w: %w", quoted(s.res.Requested), ErrRefused, err)
	}
	return s.res, fmt.Errorf("record %s: %w: %w", quoted(s.res.Requested), ErrUnreachable, err)
}

// fetch follows an address to its answer.
func (s *session) fetch(raw string) error {
	at, err := parseAddress(raw, nil)
	if err != nil {
		s.refused(escape(quoted(raw)), err)
		return err
	}
	jar, err := cookiejar.New(&cookiejar.Options{PublicSuffixList: publicsuffix.List})
	if err != nil {
		return err
	}
	for {
		e, err := s.start(s.get(at, jar), nil)
		if err != nil {
			return err
		}
		e.got.release()
		<-e.done
		e.up.Close()
		s.res.FinalURL, s.res.Status, s.res.ContentType = at.String(), e.status, e.contentType()
		if !e.parsed {
			return fmt.Errorf("%s: %s", e.cut, e.why)
		}
		if u, err := url.Parse(at.String()); err == nil {
			jar.SetCookies(u, (&http.Response{Header: http.Header{"Set-Cookie": e.fields.All("Set-Cookie")}}).Cookies())
		}
		next := e.redirect()
		if next == "" {
			return nil
		}
		if at, err = parseAddress(next, &at); err != nil {
			return err // noted where the redirect was read
		}
	}
}

// get makes a plain request. The answer is asked for as it is, not compressed, for it is kept as sent.
func (s *session) get(a address, jar http.CookieJar) *request {
	var b strings.Builder
	line := func(name, value string) { b.WriteString(name + ": " + value + "\r\n") }
	b.WriteString("GET " + escape(a.Target) + " HTTP/1.1\r\n")
	line("Host", a.authority())
	line("User-Agent", s.opt.UserAgent)
	line("Accept", "*/*")
	line("Accept-Language", s.opt.AcceptLanguage)
	line("Accept-Encoding", "identity")
	if u, err := url.Parse(a.String()); err == nil {
		var pairs []string
		for _, c := range jar.Cookies(u) {
			pairs = append(pairs, c.String()) // quoted where it must be
		}
		if cookies := strings.Join(pairs, "; "); cookies != "" && len(cookies) < 16<<10 {
			line("Cookie", cookies)
		}
	}
	line("Connection", "close")
	return &request{method: "GET", to: a, head: []byte(b.String() + "\r\n")}
}
