package tlog

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	cosign "github.com/transparency-dev/formats/note"
	"golang.org/x/mod/sumdb/note"
)

const (
	witnessTimeout = 10 * time.Second // for all of one exchange
	witnessBody    = 64 << 10         // bytes of an answer that are read
	witnessLines   = 16               // signatures in an answer
	witnessAhead   = 10 * time.Minute // by how much a witness's clock may be ahead of ours
)

// Outcome is what came of asking a witness or an authority.
type Outcome struct {
	Name string    `json:"name"`
	Size uint64    `json:"size"`          // of the checkpoint
	At   time.Time `json:"at,omitzero"`   // when it cosigned or stamped, as it says; zero where it did not
	Kept bool      `json:"kept"`          // what it gave was there before
	Why  string    `json:"why,omitempty"` // why there is nothing
}

// Witness asks every witness of the policy that has a URL to cosign the newest checkpoint (C2SP tlog-witness),
// and keeps what they give. One that fails fails alone; its outcome says why, and is remembered. With patient, one
// that failed lately is left alone for a while.
func (l *Log) Witness(ctx context.Context, patient bool) ([]Outcome, error) {
	p, err := l.policy()
	if err != nil {
		return nil, err
	}
	c, err := l.newestCosigned()
	if err != nil {
		return nil, err
	}
	var asked []witness
	for _, w := range p.witnesses {
		if w.url != "" {
			asked = append(asked, w)
		}
	}
	out := make([]Outcome, len(asked))
	var wg sync.WaitGroup
	for i, w := range asked {
		wg.Go(func() {
			out[i] = l.try(ctx, "witness", w.name, c.Size, patient, func(ctx context.Context) (time.Time, bool, error) { return l.cosign(ctx, p, w, c) })
		})
	}
	wg.Wait()
	return out, ctx.Err()
}

// Witnesses names those of the policy that can be asked.
func (l *Log) Witnesses() ([]string, error) {
	p, err := l.policy()
	if err != nil {
		return nil, err
	}
	var out []string
	for _, w := range p.witnesses {
		if w.url != "" {
			out = append(out, w.name)
		}
	}
	return out, nil
}

// newestCosigned returns the newest checkpoint, with the cosignatures it has.
func (l *Log) newestCosigned() (*Checkpoint, error) {
	c, err := l.Checkpoint()
	if err != nil {
		return nil, err
	}
	return l.CheckpointAt(c.Size)
}

// cosign asks one witness.
func (l *Log) cosign(ctx context.Context, p *policy, w witness, c *Checkpoint) (time.Time, bool, error) {
	one := &policy{witnesses: []witness{w}}
	if have, err := one.cosignatures(c); err != nil || len(have) > 0 {
		if err != nil {
			return time.Time{}, false, err
		}
		return have[0].At, true, nil
	}
	ctx, cancel := context.WithTimeout(ctx, witnessTimeout)
	defer cancel()
	seen, err := l.lastSeen(one, c.Size)
	if err != nil {
		return time.Time{}, false, err
	}
	var lines string
	for attempt := 0; ; attempt++ {
		var now uint64
		lines, now, err = l.addCheckpoint(ctx, w, c, seen)
		if !errors.Is(err, errConflict) {
			break
		}
		switch {
		case now > c.Size:
			return time.Time{}, false, fmt.Errorf("it saw this log with %d leaves, which now has %d: the log was rolled back or forked", now, c.Size)
		case now == seen:
			return time.Time{}, false, fmt.Errorf("it saw another log of %d leaves under this name: the log was forked", now)
		case attempt == 2:
			return time.Time{}, false, fmt.Errorf("it keeps changing its mind about how many leaves it saw")
		}
		seen = now
	}
	if err != nil {
		return time.Time{}, false, err
	}
	line, at, err := l.checkCosignature(w, c, lines)
	if err != nil {
		return time.Time{}, false, err
	}
	return at, false, l.keep(c, []string{line})
}

// lastSeen returns the largest checkpoint a witness is known to have seen.
func (l *Log) lastSeen(one *policy, below uint64) (uint64, error) {
	sizes, err := l.Cosigned()
	if err != nil {
		return 0, err
	}
	for _, size := range sizes {
		if size > below {
			continue
		}
		c, err := l.CheckpointAt(size)
		if err != nil {
			return 0, err
		}
		if have, err := one.cosignatures(c); err != nil || len(have) > 0 {
			return size, err
		}
	}
	return 0, nil
}

// errConflict says that a witness saw another size than we thought.
var errConflict = errors.New("conflict")

// addCheckpoint makes the one call there is. On errConflict, it returns the size the witness saw.
func (l *Log) addCheckpoint(ctx context.Context, w witness, c *Checkpoint, seen uint64) (string, uint64, error) {
	hashes, err := l.consistency(ctx, seen, c.Size)
	if err != nil {
		return "", 0, err
	}
	var body strings.Builder
	fmt.Fprintf(&body, "old %d\n", seen)
	writeHashes(&body, hashes)
	body.WriteByte('\n')
	body.Write(c.Raw)
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, w.url+"/add-checkpoint", strings.NewReader(body.String()))
	if err != nil {
		return "", 0, err
	}
	req.Header.Set("Content-Type", "text/plain; charset=utf-8")
	res, err := l.client.Do(req)
	if err != nil {
		return "", 0, err
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(res.Body, witnessBody+1))
	if err != nil {
		return "", 0, fmt.Errorf("read its answer: %w", err)
	}
	if len(answer) > witnessBody {
		return "", 0, fmt.Errorf("its answer has more than %d bytes", witnessBody)
	}
	said := strings.TrimSpace(strings.ToValidUTF8(string(answer[:min(len(answer), 200)]), "\uFFFD"))
	switch res.StatusCode {
	case http.StatusOK:
		return string(answer), 0, nil
	case http.StatusConflict:
		// Without a size, it is about the root.
		size, ok := strings.CutSuffix(string(answer), "\n")
		n, err := strconv.ParseUint(size, 10, 63)
		if !ok || err != nil || strconv.FormatUint(n, 10) != size || !strings.HasPrefix(res.Header.Get("Content-Type"), "text/x.tlog.size") {
			return "", 0, fmt.Errorf("it says that the log conflicts with what it saw: %q", said)
		}
		return "", n, errConflict
	case http.StatusNotFound:
		return "", 0, fmt.Errorf("it does not know a log named %s (or the URL is wrong): %q", c.Origin, said)
	case http.StatusForbidden:
		return "", 0, fmt.Errorf("it does not know the key the log signs with: %q", said)
	case http.StatusUnprocessableEntity:
		return "", 0, fmt.Errorf("it does not find the log consistent with what it saw, of %d leaves: %q", seen, said)
	}
	return "", 0, fmt.Errorf("it answers %s: %q", res.Status, said)
}

// checkCosignature returns the one line of an answer that is the witness's cosignature, and its time. Lines by
// other keys are passed over; one by the witness's key that is wrong is refused.
func (l *Log) checkCosignature(w witness, c *Checkpoint, answer string) (string, time.Time, error) {
	n := 0
	for line := range strings.Lines(answer) {
		if n++; n > witnessLines {
			return "", time.Time{}, fmt.Errorf("its answer has more than %d lines", witnessLines)
		}
		if !strings.HasPrefix(line, "— ") || !strings.HasSuffix(line, "\n") {
			return "", time.Time{}, fmt.Errorf("its answer has a line that is no signature: %.80q", line)
		}
		got, err := note.Open([]byte(c.Text+"\n"+line), note.VerifierList(w.key))
		if unverified := (*note.UnverifiedNoteError)(nil); errors.As(err, &unverified) {
			continue
		}
		if err != nil {
			return "", time.Time{}, fmt.Errorf("its cosignature is wrong: %w", err)
		}
		at, err := cosign.CoSigV1Timestamp(got.Sigs[0])
		if err != nil {
			return "", time.Time{}, fmt.Errorf("its cosignature is wrong: %w", err)
		}
		if at.Unix() <= 0 || at.After(l.now().Add(witnessAhead)) {
			return "", time.Time{}, fmt.Errorf("its cosignature is dated %s", at.UTC().Format(time.RFC3339))
		}
		return line, at.UTC(), nil
	}
	return "", time.Time{}, errors.New("its answer has no signature by the key the policy names")
}
