package web

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"maps"
	"math"
	"strconv"
	"strings"
	"sync"
	"time"
)

// gate lets readers' reports through and knows nothing of readers: no address, no cookie. It asks for a form that was got
// from here a little before and was not sent yet, which stops what sends blindly. And it lets only so many through: about
// one page, about one kind of page, and in all. Who floods one of them shuts that one; what is quiet has some room of its
// own. All of it recovers by itself, more slowly the more reports wait to be read. It is kept in memory only.
type gate struct {
	random func() string
	key    []byte

	mu     sync.Mutex
	sent   map[string]time.Time // forms that were sent, and when they were made
	all    bucket
	quiet  bucket
	pages  map[string]bucket
	kinds  map[string]bucket
	pile   int // reports that wait to be read, when they were counted last
	counts time.Time
}

// budget is how many reports may come one after the other, and how long it takes until one more may.
type budget struct {
	most  float64
	every time.Duration
}

// bucket is what of a budget was spent: so many reports at that time, fewer later.
type bucket struct {
	spent float64
	at    time.Time
}

// Limits of what readers send. A form that is sent sooner than it can be filled in was not filled in by a person.
const (
	soonestReport = 4 * time.Second
	oldestForm    = 24 * time.Hour
	slowingPile   = 100 // so many reports that wait double what a budget takes to recover
	countEvery    = 20 * time.Second
	quietAfter    = 6 * time.Hour // without a report, a kind of page has room of its own
)

func reportBudget(of string) budget {
	switch of {
	case "page":
		return budget{3, 30 * time.Minute}
	case "kind":
		return budget{8, 6 * time.Minute}
	case "quiet":
		return budget{10, 10 * time.Minute}
	}
	return budget{20, 3 * time.Minute}
}

// newGate returns a gate whose forms nobody else can make; random returns a text that nobody can guess.
func newGate(random func() string) *gate {
	return &gate{random: random, key: []byte(random()), sent: map[string]time.Time{}, pages: map[string]bucket{}, kinds: map[string]bucket{}}
}

// form returns what a form carries: when it was made, something that no other form has, and our mark on both.
func (g *gate) form(now time.Time) string {
	text := strconv.FormatInt(now.UnixMilli(), 36) + "." + g.random()
	return text + "." + g.mark(text)
}

func (g *gate) mark(text string) string {
	m := hmac.New(sha256.New, g.key)
	m.Write([]byte(text))
	return base64.RawURLEncoding.EncodeToString(m.Sum(nil)[:16])
}

// formAge reads when a form was made; ok says that it was made here, and is not too old.
func (g *gate) formAge(form string, now time.Time) (age time.Duration, ok bool) {
	i := strings.LastIndexByte(form, '.')
	if len(form) > 100 || i < 0 || !hmac.Equal([]byte(form[i+1:]), []byte(g.mark(form[:i]))) {
		return 0, false
	}
	made, _, _ := strings.Cut(form, ".")
	ms, err := strconv.ParseInt(made, 36, 64)
	age = now.Sub(time.UnixMilli(ms))
	return age, err == nil && age <= oldestForm
}

// ask says whether a report may come through, and counts it then. If not, why is a key of the words, and
// wait is after how long it might. about is the page's subject, kind the kind of page that it is; waiting counts what waits
// to be read, and is not asked each time.
func (g *gate) ask(now time.Time, form, about, kind string, waiting func() (int, error)) (why string, wait time.Duration, err error) {
	age, ours := g.formAge(form, now)
	g.mu.Lock()
	defer g.mu.Unlock()
	_, twice := g.sent[form]
	switch {
	case !ours:
		return "report.refused.stale", soonestReport, nil
	case twice:
		return "report.refused.twice", soonestReport, nil
	case age < soonestReport:
		return "report.refused.soon", soonestReport - age, nil
	}
	if now.Sub(g.counts) > countEvery || now.Before(g.counts) {
		if g.pile, err = waiting(); err != nil {
			return "", 0, err
		}
		g.counts = now
	}
	page, kinds, all, quiet := reportBudget("page"), reportBudget("kind"), reportBudget("all"), reportBudget("quiet")
	slower := 1 + float64(g.pile)/slowingPile
	all.every = time.Duration(float64(all.every) * slower * slower)
	quiet.every = time.Duration(float64(quiet.every) * slower * slower)
	if wait := g.pages[about].wait(page, now); wait > 0 {
		return "report.refused.page", wait, nil
	}
	if wait := g.kinds[kind].wait(kinds, now); wait > 0 {
		return "report.refused.kind", wait, nil
	}
	switch wait := g.all.wait(all, now); {
	case wait <= 0:
		g.all = g.all.spend(all, now)
	case now.Sub(g.kinds[kind].at) > quietAfter && g.quiet.wait(quiet, now) <= 0:
		g.quiet = g.quiet.spend(quiet, now)
	default:
		return "report.refused.all", wait, nil
	}
	g.pages[about], g.kinds[kind] = g.pages[about].spend(page, now), g.kinds[kind].spend(kinds, now)
	g.sent[form] = now.Add(-age)
	g.pile++
	g.forget(now)
	return "", 0, nil
}

// forget drops what no longer counts, so that nothing here grows with what is sent.
func (g *gate) forget(now time.Time) {
	page := reportBudget("page")
	maps.DeleteFunc(g.pages, func(_ string, b bucket) bool { return b.left(page, now) == 0 })
	maps.DeleteFunc(g.kinds, func(_ string, b bucket) bool { return now.Sub(b.at) > quietAfter }) // all is forgotten sooner
	maps.DeleteFunc(g.sent, func(_ string, made time.Time) bool { return now.Sub(made) > oldestForm })
}

// left is how much of what was spent still counts.
func (b bucket) left(of budget, now time.Time) float64 {
	return max(0, b.spent-max(0, now.Sub(b.at)).Seconds()/of.every.Seconds())
}

// wait is how long it takes until one more may come; not above 0 where it may now.
func (b bucket) wait(of budget, now time.Time) time.Duration {
	over := b.left(of, now) + 1 - of.most
	return time.Duration(math.Ceil(over * float64(of.every)))
}

func (b bucket) spend(of budget, now time.Time) bucket {
	return bucket{b.left(of, now) + 1, now}
}
