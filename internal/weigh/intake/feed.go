package intake

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/mmcdole/gofeed"
	"golang.org/x/net/html"

	"veedor/internal/evidence/recorder"
	"veedor/internal/evidence/wacz"
	"veedor/internal/weigh/cases"
)

// Limits on a feed.
const (
	maxFeed    = 16 << 20 // bytes
	maxEntries = 2000
)

// ReadFeed reads RSS, Atom or JSON Feed. Entries without an address are left out and counted.
func ReadFeed(b []byte) (found []Found, without int, err error) {
	feed, err := gofeed.NewParser().Parse(bytes.NewReader(b))
	if err != nil {
		return nil, 0, refused("no RSS, Atom or JSON feed: %v", err)
	}
	for i, e := range feed.Items {
		if i >= maxEntries {
			without += len(feed.Items) - maxEntries
			break
		}
		address, err := Address(e.Link)
		if err != nil {
			if address, err = Address(e.GUID); err != nil {
				without++
				continue
			}
		}
		f := Found{URL: address, Title: plain(text(e.Title), 1000, false), Summary: plain(text(e.Description), 500, true), Language: language(feed.Language)}
		if len(e.Authors) > 0 {
			f.Author = plain(e.Authors[0].Name, 300, false)
		}
		if at := cmp.Or(e.PublishedParsed, e.UpdatedParsed); at != nil && at.Year() > 1900 && at.Year() < 3000 {
			f.Published = cases.Date(at.UTC().Format("2006-01-02"))
		}
		found = append(found, f)
	}
	return found, without, nil
}

// language keeps of a tag what names a language.
func language(tag string) string {
	lang, _, _ := strings.Cut(strings.ToLower(strings.TrimSpace(tag)), "-")
	if len(lang) != 2 && len(lang) != 3 {
		return ""
	}
	return lang
}

// text takes the marks from HTML.
func text(s string) string {
	if !strings.ContainsAny(s, "<&") {
		return s
	}
	z := html.NewTokenizer(strings.NewReader(s))
	var b strings.Builder
	skip := 0
	for {
		switch z.Next() {
		case html.ErrorToken:
			return b.String()
		case html.TextToken:
			if skip == 0 {
				b.Write(z.Text())
			}
		case html.StartTagToken:
			name, _ := z.TagName()
			if n := string(name); n == "script" || n == "style" {
				skip++
			}
			b.WriteByte(' ')
		case html.EndTagToken:
			name, _ := z.TagName()
			if n := string(name); (n == "script" || n == "style") && skip > 0 {
				skip--
			}
			b.WriteByte(' ')
		}
	}
}

// FetchFeed asks for a feed, with the guards that captures have: nothing inside is asked.
func FetchFeed(ctx context.Context, address string, opt recorder.Options) ([]byte, error) {
	opt.Limits = recorder.Limits{Total: maxFeed, Object: maxFeed, Time: time.Minute}
	var k keeper
	got, err := recorder.Fetch(ctx, address, opt, &k)
	if err != nil {
		return nil, fmt.Errorf("fetch feed: %w", err)
	}
	if got.Status != 200 {
		return nil, fmt.Errorf("fetch feed %s: it answered %d", address, got.Status)
	}
	return k.body, nil
}

// keeper keeps the body of the last answer.
type keeper struct{ body []byte }

// Write implements recorder.Sink.
func (k *keeper) Write(r *wacz.Record) (wacz.Written, error) {
	if r.Type != "response" || !r.IsHTTP() {
		_, err := io.Copy(io.Discard, r.Block)
		return wacz.Written{}, err
	}
	h, err := wacz.ParseHTTP(r.Block)
	if err != nil {
		return wacz.Written{}, err
	}
	body, err := h.Content(maxFeed)
	if err != nil {
		return wacz.Written{}, err
	}
	k.body, err = io.ReadAll(body)
	return wacz.Written{}, err
}
