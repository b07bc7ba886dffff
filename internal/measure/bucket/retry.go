package bucket

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"
)

// Patience with a store.
const (
	maxTries  = 6                // in a row that bring nothing
	maxRounds = 60               // that bring something, of one object
	firstWait = time.Second / 2  // doubled each time
	longWait  = 20 * time.Second // the most it grows to
	maxAfter  = 2 * time.Minute  // the most a store may ask to wait
)

// again is an error that may be gone on another try.
type again struct {
	err   error
	after time.Duration // the store asked for
}

func (a *again) Error() string { return a.err.Error() }
func (a *again) Unwrap() error { return a.err }

// retry calls f until it succeeds, fails for good, or has brought nothing for too long.
func (s *S3) retry(ctx context.Context, f func() (moved bool, err error)) error {
	for tries, rounds := 0, 0; ; {
		moved, err := f()
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		var a *again
		if err == nil || !errors.As(err, &a) {
			return err
		}
		if moved {
			tries = 0
			rounds++
		}
		tries++
		if tries >= maxTries || rounds >= maxRounds {
			return fmt.Errorf("%w; given up after %d tries; run the same command again later, or through a proxy (HTTPS_PROXY)", err, tries+rounds)
		}
		if a.after > maxAfter {
			return fmt.Errorf("%w; it asks to come back in %s", err, a.after.Round(time.Second))
		}
		d := min(firstWait<<(tries-1), longWait)
		d += time.Duration(rand.Int64N(int64(d)/2 + 1)) // so that many do not come back at once
		d = max(d, a.after)
		s.waits(d, err)
		if err := s.wait(ctx, d); err != nil {
			return err
		}
	}
}
