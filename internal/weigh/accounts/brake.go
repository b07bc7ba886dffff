package accounts

import (
	"crypto/hmac"
	"crypto/sha256"
	"fmt"
	"io"
	"sync"
	"time"
)

// How guesses are slowed.
const (
	freeTries  = 5                // at one name before there is a delay
	freeSource = 20               // from one source: several people may share it
	longestLag = 15 * time.Minute // no delay grows beyond this
	forgotten  = time.Hour        // after so long without a try, all is as new
	maxTracked = 50_000           // names and sources kept in mind
)

// TooMany says that there were too many guesses, and how long to wait.
type TooMany struct{ Wait time.Duration }

// Error implements error.
func (t *TooMany) Error() string {
	return fmt.Sprintf("too many attempts; wait %s", t.Wait.Round(time.Second))
}

// brake slows guesses. It knows names and sources only as hashes under a key of the day, in memory: who tried to sign
// in from where is written nowhere.
type brake struct {
	now    func() time.Time
	random io.Reader

	mu    sync.Mutex
	key   [32]byte
	day   int64
	tries map[[32]byte]*tries
}

type tries struct {
	n     int
	last  time.Time
	until time.Time // nothing is tried before
}

// slowed is one thing that tries are counted by.
type slowed struct {
	kind, id string
	free     int
}

func newBrake(now func() time.Time, random io.Reader) (*brake, error) {
	b := &brake{now: now, random: random, day: -1, tries: map[[32]byte]*tries{}}
	return b, b.turn()
}

// turn takes another key each day, and forgets what was counted under the old one.
func (b *brake) turn() error {
	day := b.now().Unix() / 86400
	if day == b.day {
		return nil
	}
	if _, err := io.ReadFull(b.random, b.key[:]); err != nil {
		return fmt.Errorf("draw the key of the day: %w", err)
	}
	b.day = day
	clear(b.tries)
	return nil
}

func (b *brake) keyOf(s slowed) (k [32]byte) {
	m := hmac.New(sha256.New, b.key[:])
	fmt.Fprintf(m, "%s:%s", s.kind, s.id)
	m.Sum(k[:0])
	return k
}

// take counts one try, before it is known whether it succeeds, so that many at once are as slow as one after
// another; or returns TooMany.
func (b *brake) take(by ...slowed) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if err := b.turn(); err != nil {
		return err
	}
	now := b.now()
	var wait time.Duration
	for _, s := range by {
		if t := b.tries[b.keyOf(s)]; t != nil {
			wait = max(wait, t.until.Sub(now))
		}
	}
	if wait > 0 {
		return &TooMany{wait}
	}
	b.makeRoom(now)
	for _, s := range by {
		k := b.keyOf(s)
		t := b.tries[k]
		if t == nil || now.Sub(t.last) >= forgotten {
			t = &tries{}
			b.tries[k] = t
		}
		t.n, t.last = t.n+1, now
		if over := t.n - s.free; over >= 0 {
			t.until = now.Add(min(longestLag, time.Second<<min(over, 20)))
		}
	}
	return nil
}

// makeRoom keeps what is kept in mind bounded.
func (b *brake) makeRoom(now time.Time) {
	if len(b.tries) < maxTracked {
		return
	}
	for k, t := range b.tries {
		if now.Sub(t.last) >= forgotten {
			delete(b.tries, k)
		}
	}
	for k := range b.tries { // in no order
		if len(b.tries) < maxTracked*9/10 {
			break
		}
		delete(b.tries, k)
	}
}

// succeeded forgets the tries at a name, and takes back one of each other count.
func (b *brake) succeeded(name slowed, others ...slowed) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.tries, b.keyOf(name))
	for _, s := range others {
		if t := b.tries[b.keyOf(s)]; t != nil && t.n > 0 {
			t.n--
			t.until = time.Time{}
		}
	}
}
