package capture

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"veedor/internal/evidence/recorder"
)

const (
	leastEvery = time.Minute
	failures   = 3 // checks without the page, one after another, after which it is said to be gone
)

// Watch has a page looked at again and again. A watch of the same page that there is takes the new words; Every 0
// ends it.
func (c *Captures) Watch(ctx context.Context, w Watch) (*Watch, error) {
	var err error
	if w.URL, w.Key, err = address(w.URL); err != nil {
		return nil, err
	}
	if every := time.Duration(w.Every) * time.Second; w.Every != 0 && every < leastEvery {
		return nil, fmt.Errorf("watch %s: every %s is too often; at most every %s", w.URL, every, leastEvery)
	}
	if w.Kind != "" && w.Kind != Page && w.Kind != Document || len(w.By)+len(w.Network)+len(w.Operator) > 3*maxLabel {
		return nil, fmt.Errorf("watch %s: kind is %s or %s, names have at most %d bytes", w.URL, Page, Document, maxLabel)
	}
	_, err = c.append(ctx, func(s *state) ([]Entry, error) {
		if w.Every == 0 && (s.watches[w.Key] == nil || s.watches[w.Key].Every == 0) {
			return nil, fmt.Errorf("%s is not watched: %w", w.URL, ErrNotFound)
		}
		return []Entry{{What: Watched, Watch: &w}}, nil
	})
	return &w, err
}

// Look says what came of looking at one watched page.
type Look struct {
	Check
	Taken  *Capture // nil when there is none
	Alerts []Alert
	Err    error // not what the network did, but what we could not do
}

// CheckDue looks at every watched page that is due, or at all, and tells done of each; q says how they are
// captured. What the network did stands in the journal; only one process checks at a time.
func (c *Captures) CheckDue(ctx context.Context, all bool, q Request, done func(Look)) error {
	unlock, err := c.lockChecks()
	if err != nil {
		return err
	}
	defer unlock()
	watches, err := c.Watches()
	if err != nil {
		return err
	}
	now := c.opt.Now()
	for i := range watches {
		if w := &watches[i]; all || !w.Due.After(now) {
			look := c.check(ctx, w, q)
			if err := ctx.Err(); err != nil {
				return err
			}
			done(look)
		}
	}
	return nil
}

// lockChecks keeps a second process from checking at the same time.
func (c *Captures) lockChecks() (unlock func(), err error) {
	if err := os.MkdirAll(c.dir, 0o755); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(filepath.Join(c.dir, "check.lock"), os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		_ = f.Close()
		return nil, errors.New("check watches: another process is checking; wait for it to end")
	}
	return func() { _ = f.Close() }, nil
}

// check captures a watched page and compares it with the last time it was seen.
func (c *Captures) check(ctx context.Context, w *WatchState, q Request) Look {
	q.URL, q.Kind = w.URL, w.Kind
	if w.Network != "" {
		q.Network = w.Network
	}
	if w.Operator != "" {
		q.Operator = w.Operator
	}
	x, err := c.Take(ctx, q)
	look := Look{Check: Check{URL: w.URL, Key: w.Key}, Taken: x}
	switch {
	case x != nil:
		look.Capture, look.Status = x.Hash, x.Status
	case errors.Is(err, ErrRefused), errors.Is(err, recorder.ErrUnreachable):
		look.Outcome, look.Why = CheckFailed, reason(err)
	default:
		look.Err = err
		return look
	}
	if x != nil {
		if look.Err = c.judge(w, x, &look); look.Err != nil {
			return look
		}
	}
	if look.Outcome == CheckFailed && !w.Gone && (w.Failures+1 >= failures || look.Status == 404 || look.Status == 410) {
		look.alert(Gone, "", "the page is gone: "+look.Why)
	}
	fresh, err := c.append(ctx, func(*state) ([]Entry, error) {
		check := look.Check
		out := []Entry{{What: Checked, Check: &check}}
		for _, a := range look.Alerts {
			out = append(out, Entry{What: Alerted, Alert: &a})
		}
		return out, nil
	})
	for i := range look.Alerts {
		if len(fresh) > 0 {
			look.Alerts[i].At = fresh[0].At
		}
	}
	look.Err = err
	return look
}

// judge says what a capture of a watched page shows.
func (c *Captures) judge(w *WatchState, x *Capture, look *Look) error {
	if !x.shows() {
		look.Outcome, look.Why = CheckFailed, fmt.Sprintf("it answered %d", x.Status)
		if x.Status/100 == 2 {
			look.Why = "there is nothing in it"
		}
		return nil
	}
	if w.Gone {
		look.alert(Back, "", "the page is back")
	}
	before, err := c.base(w, x)
	if err != nil {
		return err
	}
	if before == nil {
		look.Outcome = CheckFirst
		return nil
	}
	look.Before, look.Outcome = before.Hash, CheckSame
	if before.compared() != x.compared() || before.Title != x.Title {
		if err := c.edited(before, x, look); err != nil {
			return err
		}
	}
	return c.quotesMoved(before, x, look)
}

// base returns the capture to compare with: that of the last check that saw the page, so that an edit is told even
// if the process was killed after a capture, or somebody captured the page in between. Without one it is the last
// capture before.
func (c *Captures) base(w *WatchState, x *Capture) (*Capture, error) {
	if w.Seen != "" {
		return c.Get(w.Seen)
	}
	same, err := c.Same(x.Hash)
	if err != nil {
		return nil, err
	}
	same = slices.DeleteFunc(same, func(y Capture) bool { return !y.shows() || !y.At.Before(x.At) })
	if len(same) == 0 {
		return nil, nil
	}
	return &same[len(same)-1], nil
}

// edited raises the alert of a text that is another.
func (c *Captures) edited(before, x *Capture, look *Look) error {
	look.Outcome = CheckChanged
	if before.MainHash == "" || x.MainHash == "" {
		look.alert(Edited, "", "the file is another one")
		return nil
	}
	old, err := c.headed(before)
	if err != nil {
		return err
	}
	fresh, err := c.headed(x)
	if err != nil {
		return err
	}
	d := compare(old, fresh)
	say := "no correction is announced"
	if d.Correction != "" {
		say = "the page says: " + d.Correction
	}
	a := look.alert(Edited, "", fmt.Sprintf("%d characters added, %d removed; %s", d.Added, d.Removed, say))
	a.Correction, a.Added, a.Removed, a.Edits = d.Correction, d.Added, d.Removed, changes(d.Edits, 60, 40)
	return nil
}

// headed is the main text below its title.
func (c *Captures) headed(x *Capture) (string, error) {
	main, err := c.Main(x.Hash)
	if strings.HasPrefix(main, x.Title) {
		return main, err
	}
	return x.Title + "\n" + main, err
}

// quotesMoved raises alerts of quotes that are changed or lost, and were not so when the page was last seen.
func (c *Captures) quotesMoved(before, x *Capture, look *Look) error {
	return c.look(func(s *state) error {
		for _, y := range s.byKey[x.Key] {
			for _, q := range s.quoted[y.Hash] {
				now := q.in(x.Hash)
				if now == nil || now.Outcome == Found {
					continue
				}
				if then := q.in(before.Hash); then != nil && then.Outcome == now.Outcome && then.words() == now.words() {
					continue
				}
				kind, say := QuoteLost, "a quote is no longer there: "
				if now.Outcome == Changed {
					kind, say = QuoteChanged, "a quote has other words now: "
				}
				a := look.alert(kind, q.ID, say+shorten(q.Selector.Exact, 120))
				a.Edits = changes(now.Edits, 60, 40)
			}
		}
		return nil
	})
}

// in returns what became of a quote in a capture; nil when it was not looked for there.
func (q *Quotation) in(hash string) *Requote {
	for i := range q.History {
		if q.History[i].Capture == hash {
			return &q.History[i]
		}
	}
	return nil
}

func (r *Requote) words() string {
	if r.Selector == nil {
		return ""
	}
	return r.Selector.Exact
}

// alert adds an alert, which may be filled in until the next one is added.
func (l *Look) alert(kind, quote, summary string) *Alert {
	l.Alerts = append(l.Alerts, Alert{ID: hashOf([]byte(strings.Join([]string{kind, l.Key, l.Before, l.Capture, quote, summary}, "\x00")))[:16],
		Kind: kind, URL: l.URL, Key: l.Key, Before: l.Before, After: l.Capture, Quote: quote, Summary: plain(summary)})
	return &l.Alerts[len(l.Alerts)-1]
}
