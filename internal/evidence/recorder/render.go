package recorder

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	stdio "io"
	"strings"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/dom"
	"github.com/chromedp/cdproto/fetch"
	"github.com/chromedp/cdproto/io"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
)

// Times for one step of what is made of a page. A page can make any of them last for ever.
const (
	stepTime  = 10 * time.Second
	printTime = 20 * time.Second
)

// render makes what can be made of the page as it is: pictures, PDF, DOM. What fails is said, and costs only itself.
func (t *tab) render() error {
	t.scroll()
	t.hold()
	res, url := t.s.res, t.current()
	if a, ok := t.s.answer(url); ok && a.err == nil {
		res.FinalURL, res.Status, res.ContentType = url, a.status, a.contentType
	}
	steps := []struct {
		what string
		time time.Duration
		do   func(context.Context) error
	}{
		{"title", stepTime, t.title},
		{"screenshot of the window", stepTime, t.view},
		{"DOM", stepTime, t.dom},
		{"screenshot of the whole page", printTime, t.fullPage},
		{"PDF", printTime, t.pdf},
	}
	done := 0
	for _, step := range steps {
		err := t.do(step.time, step.do)
		if err != nil && t.s.ctx.Err() == nil {
			err = t.do(step.time, step.do) // a navigation that was under way may have taken the page from under it
		}
		if err == nil {
			done++
			continue
		}
		if t.s.ctx.Err() != nil {
			err = errTime
		}
		t.s.note(&t.s.res.Truncated, res.FinalURL, step.what+": "+quoted(err.Error()))
	}
	if done == 0 && t.s.ctx.Err() == nil {
		return t.broken("take page", fmt.Errorf("the browser does not answer"))
	}
	return nil
}

// hold keeps the page from navigating, so that everything is made of the same one.
func (t *tab) hold() {
	t.mu.Lock()
	t.held = true
	t.mu.Unlock()
	t.do(stepTime, func(ctx context.Context) error {
		return fetch.Enable().WithPatterns([]*fetch.RequestPattern{{ResourceType: network.ResourceTypeDocument}}).Do(ctx)
	})
}

// scroll goes down the page once, so that what it loads when it is seen is loaded, and back to the top.
func (t *tab) scroll() {
	steps := min(t.s.lim.Height/windowHeight+1, 64)
	err := t.do(stepTime, func(ctx context.Context) error {
		for i := range steps {
			var more bool
			if err := t.apart(ctx, fmt.Sprintf(`(() => {
				const e = document.scrollingElement
				if (!e || e.scrollHeight <= %d) return false
				scrollTo({top: %d, behavior: "instant"})
				return true
			})()`, (i+1)*windowHeight, (i+1)*windowHeight), &more); err != nil || !more {
				return err
			}
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-time.After(50 * time.Millisecond):
			}
		}
		return nil
	})
	if err == nil {
		t.waitFor(scrollTime, quietEnough)
	}
	t.do(stepTime, func(ctx context.Context) error {
		return t.apart(ctx, `scrollTo({top: 0, behavior: "instant"})`, nil)
	})
}

// apart evaluates an expression in a world of its own, whose objects the page's scripts cannot change.
func (t *tab) apart(ctx context.Context, expression string, into any) error {
	world, err := page.CreateIsolatedWorld(t.main).WithWorldName("recording").Do(ctx)
	if err != nil {
		return err
	}
	v, exception, err := runtime.Evaluate(expression).WithContextID(world).WithReturnByValue(true).Do(ctx)
	switch {
	case err != nil:
		return err
	case exception != nil:
		return fmt.Errorf("evaluate: %s", exception.Text)
	case into == nil:
		return nil
	}
	return json.Unmarshal(v.Value, into)
}

func (t *tab) title(ctx context.Context) error {
	var title string
	err := t.apart(ctx, `String(document.title).slice(0, 2000)`, &title)
	t.s.res.Title = strings.Join(strings.Fields(strings.ToValidUTF8(title, "\uFFFD")), " ")
	return err
}

// bound returns b, or why it is too large.
func (t *tab) bound(b []byte) ([]byte, error) {
	if int64(len(b)) > t.s.lim.Derived {
		return nil, fmt.Errorf("%d bytes, more than %d", len(b), t.s.lim.Derived)
	}
	return b, nil
}

func (t *tab) view(ctx context.Context) error {
	b, err := page.CaptureScreenshot().WithFormat(page.CaptureScreenshotFormatPng).Do(ctx)
	if err == nil {
		t.s.res.View, err = t.bound(b)
	}
	return err
}

func (t *tab) fullPage(ctx context.Context) error {
	_, _, _, _, _, size, err := page.GetLayoutMetrics().Do(ctx)
	if err != nil {
		return err
	}
	clip := &page.Viewport{Width: min(size.Width, 2*windowWidth), Height: size.Height, Scale: 1}
	if most := float64(t.s.lim.Height); size.Height > most {
		clip.Height = most
		t.s.note(&t.s.res.Truncated, t.s.res.FinalURL, fmt.Sprintf("screenshot of the whole page: the first %.0f of %.0f pixels", most, size.Height))
	}
	b, err := page.CaptureScreenshot().WithFormat(page.CaptureScreenshotFormatPng).WithClip(clip).WithCaptureBeyondViewport(true).Do(ctx)
	if err == nil {
		t.s.res.FullPage, err = t.bound(b)
	}
	return err
}

// dom takes the document as the browser serialises it, by its own serialiser and not by the page's.
func (t *tab) dom(ctx context.Context) error {
	var n int64
	if err := t.apart(ctx, `document.documentElement ? document.documentElement.outerHTML.length : 0`, &n); err != nil {
		return err
	}
	if n > t.s.lim.Derived {
		return fmt.Errorf("%d characters, more than %d", n, t.s.lim.Derived)
	}
	root, err := dom.GetDocument().WithDepth(0).Do(ctx)
	if err != nil {
		return err
	}
	html, err := dom.GetOuterHTML().WithNodeID(root.NodeID).Do(ctx)
	if err == nil {
		t.s.res.DOM, err = t.bound([]byte(strings.ToValidUTF8(html, "\uFFFD")))
	}
	return err
}

func (t *tab) pdf(ctx context.Context) error {
	_, stream, err := page.PrintToPDF().WithPrintBackground(true).WithPageRanges("1-200").WithTransferMode(page.PrintToPDFTransferModeReturnAsStream).Do(ctx)
	if err != nil {
		return err
	}
	defer io.Close(stream).Do(ctx)
	var out []byte
	for {
		data, encoded, eof, err := readStream(ctx, stream)
		if err != nil {
			return err
		}
		if encoded {
			b, err := stdio.ReadAll(base64.NewDecoder(base64.StdEncoding, strings.NewReader(data)))
			if err != nil {
				return fmt.Errorf("read PDF: %w", err)
			}
			data = string(b)
		}
		if out, err = t.bound(append(out, data...)); err != nil {
			return err
		}
		if eof {
			t.s.res.PDF = out
			return nil
		}
	}
}

// readStream reads a piece of a stream, and says whether it is base64; cdproto's own method keeps that to itself.
func readStream(ctx context.Context, s io.StreamHandle) (data string, encoded, eof bool, err error) {
	var r io.ReadReturns
	err = cdp.Execute(ctx, io.CommandRead, io.Read(s), &r)
	return r.Data, r.Base64encoded, r.EOF, err
}
