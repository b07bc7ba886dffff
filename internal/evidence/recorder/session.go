package recorder

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	"veedor/internal/evidence/wacz"
)

// maxRefusals is how many refusals, failures and cuts are kept each; further ones are counted.
const maxRefusals = 500

// session is one recording: what both ways of recording share.
type session struct {
	opt   Options
	lim   Limits
	guard guard
	dir   string // of temporary files, its own

	ctx  context.Context // ends what is exchanged
	stop context.CancelCauseFunc
	work sync.WaitGroup // exchanges and connections under way

	sinkMu  sync.Mutex
	sink    Sink
	sinkErr error
	first   map[string]firstSeen // by URL and payload digest

	began    time.Time // by the real clock
	mu       sync.Mutex
	res      *Result
	asked    int       // requests begun, answered or not
	busy     int       // exchanges under way
	last     time.Time // when one last began or ended, by the real clock
	depth    map[string]int
	answers  map[string]outcome
	names    map[string]*lookup
	chains   map[string]bool
	noted    map[Refusal]bool
	own      map[uint16]bool // loopback ports of this recording
	progress sync.Mutex
}

// outcome is how an address answered last: a status, or why there is none.
type outcome struct {
	status      int
	contentType string
	redirect    string
	err         error
}

type firstSeen struct {
	id   string
	date time.Time
}

// errTime ends what is under way when the time of a recording is over.
var errTime = errors.New("the time is over")

// begin makes a session that lasts at most Limits.Time.
func begin(ctx context.Context, requested string, opt Options, sink Sink) (*session, error) {
	opt.fill()
	dir, err := os.MkdirTemp(opt.Temp, "veedor-recording-*")
	if err != nil {
		return nil, fmt.Errorf("make folder for recording: %w", err)
	}
	s := &session{opt: opt, lim: opt.Limits, dir: dir, sink: sink, began: time.Now(),
		res:   &Result{Requested: requested, Started: opt.Now().UTC()},
		first: map[string]firstSeen{}, depth: map[string]int{}, answers: map[string]outcome{}, names: map[string]*lookup{},
		chains: map[string]bool{}, noted: map[Refusal]bool{}, own: map[uint16]bool{}}
	s.guard = guard{private: opt.AllowPrivate, own: func(port uint16) bool {
		s.mu.Lock()
		defer s.mu.Unlock()
		return s.own[port]
	}}
	if opt.Proxy != "" {
		s.res.GuardNote = "names were resolved by the upstream proxy: only addresses written out as numbers could be checked"
	}
	ctx, s.stop = context.WithCancelCause(ctx)
	timer := time.AfterFunc(s.lim.Time, func() { s.stop(errTime) })
	context.AfterFunc(ctx, func() { timer.Stop() })
	s.ctx = ctx
	return s, nil
}

// end stops what is under way, waits for it, and completes the result.
func (s *session) end() error {
	s.stop(errTime)
	s.work.Wait()
	s.mu.Lock()
	s.res.Ended = s.opt.Now().UTC()
	s.mu.Unlock()
	err := os.RemoveAll(s.dir)
	if s.sinkErr != nil {
		return fmt.Errorf("keep record: %w", s.sinkErr)
	}
	return err
}

// until returns a context that ends when a part of the time is over.
func (s *session) until(part float64) (context.Context, context.CancelFunc) {
	return context.WithDeadline(s.ctx, s.began.Add(time.Duration(float64(s.lim.Time)*part)))
}

// owns says that a loopback port is this recording's own, which no page is to reach.
func (s *session) owns(port int) {
	s.mu.Lock()
	s.own[uint16(port)] = true
	s.mu.Unlock()
}

// fill puts defaults where nothing is said.
func (o *Options) fill() {
	d := DefaultLimits()
	l := &o.Limits
	orDefault(&l.Total, d.Total)
	orDefault(&l.Object, d.Object)
	orDefault(&l.Header, d.Header)
	orDefault(&l.Exchanges, d.Exchanges)
	orDefault(&l.Redirects, d.Redirects)
	orDefault(&l.Time, d.Time)
	orDefault(&l.Height, d.Height)
	orDefault(&l.Derived, d.Derived)
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Resolver == nil {
		o.Resolver = SystemResolver{}
	}
	if o.UserAgent == "" {
		o.UserAgent = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36"
	}
	if o.AcceptLanguage == "" {
		o.AcceptLanguage = "es-419,es;q=0.9,en;q=0.8"
	}
}

func orDefault[T int | int64 | time.Duration](v *T, d T) {
	if *v <= 0 {
		*v = d
	}
}

// admit says whether a request may be made; left is called for it in the end.
func (s *session) admit(a address) error {
	if err := s.guard.address(a); err != nil {
		return err
	}
	s.mu.Lock()
	deep := s.depth[a.String()] > s.lim.Redirects
	many := s.asked >= s.lim.Exchanges
	full := s.res.Bytes >= s.lim.Total
	if !deep && !many && !full {
		s.asked++
		s.busy++
		s.last = time.Now()
	}
	s.mu.Unlock()
	switch {
	case deep:
		return refuse(whyManyRedirects, decimal(s.lim.Redirects))
	case many:
		return refuse(whyManyRequests, decimal(s.lim.Exchanges))
	case full:
		return refuse(whyManyBytes, decimal(s.lim.Total))
	}
	return nil
}

// took counts n bytes exchanged and returns how many of them are within the limit.
func (s *session) took(n int) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	ok := min(int64(n), max(0, s.lim.Total-s.res.Bytes))
	s.res.Bytes += ok
	return int(ok)
}

// refused notes what was not asked for.
func (s *session) refused(url string, err error) { s.note(&s.res.Refusals, url, err.Error()) }

func (s *session) note(list *[]Refusal, url, why string) {
	r := Refusal{URL: url, Why: quoted(why)}
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.noted[r]:
	case len(*list) >= maxRefusals:
		s.res.MoreRefusals++
	default:
		s.noted[r] = true
		*list = append(*list, r)
	}
}

// failed notes what got no answer: a refusal as such, anything else as a failure.
func (s *session) failed(url string, err error) {
	s.mu.Lock()
	if len(s.answers) < 2*s.lim.Exchanges { // a page can ask for what is refused without end
		s.answers[url] = outcome{err: err}
	}
	s.mu.Unlock()
	var r *refusal
	if errors.As(err, &r) {
		s.refused(url, err)
		return
	}
	s.note(&s.res.Failures, url, err.Error())
}

// idle returns for how long nothing has begun or ended; 0 while something is under way.
func (s *session) idle() time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.busy > 0 || s.last.IsZero() {
		return 0
	}
	return time.Since(s.last)
}

// left ends what admit began.
func (s *session) left(a address, answered bool) {
	s.mu.Lock()
	s.busy--
	s.last = time.Now()
	if answered {
		s.res.Exchanges++
	}
	p := Progress{URL: a.String(), Exchanges: s.res.Exchanges, Bytes: s.res.Bytes}
	s.mu.Unlock()
	if s.opt.Progress != nil {
		s.progress.Lock()
		s.opt.Progress(p)
		s.progress.Unlock()
	}
}

// keep hands records to the sink, together and in order. An error of the sink ends the recording.
func (s *session) keep(records ...*wacz.Record) {
	s.sinkMu.Lock()
	defer s.sinkMu.Unlock()
	s.keepLocked(records...)
}

func (s *session) keepLocked(records ...*wacz.Record) {
	for _, r := range records {
		if s.sinkErr != nil {
			return
		}
		if r.ID == "" {
			r.ID, s.sinkErr = wacz.NewID(s.opt.Random)
		}
		if s.sinkErr == nil {
			_, s.sinkErr = s.sink.Write(r)
		}
		if s.sinkErr != nil {
			s.stop(s.sinkErr)
		}
	}
}
