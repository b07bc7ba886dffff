package lake

import (
	"bufio"
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/compress/zstd"

	"veedor/internal/measure/control"
	"veedor/internal/measure/obs"
	"veedor/internal/measure/store"
	"veedor/internal/measure/verdict"
)

// Bounds on what is in memory at once while settling.
const (
	settleAtOnce = 500 // measurements judged with one table of votes
)

// Settle implements store.Store. Each segment is rewritten whole or not at all; what was cut off is
// done again the next time.
func (l *Lake) Settle(ctx context.Context, s store.Settling) (done store.Settled, err error) {
	err = l.alone(func() error {
		duck, g, err := l.look(ctx)
		if err != nil {
			return err
		}
		p := &settling{Settling: s, g: g, duck: duck}
		done, err = p.run(ctx)
		return err
	})
	if err != nil {
		return done, fmt.Errorf("settle: %w", err)
	}
	return done, nil
}

// settling is one run of Settle.
type settling struct {
	store.Settling
	g    *generation
	duck *sql.DB
	live []segment
	all  int64

	mu   sync.Mutex
	done store.Settled
}

// each calls f for every segment, as many at once as there are cores, until one fails.
func each(ctx context.Context, list []segment, f func(context.Context, *segment) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	next := make(chan *segment)
	var workers sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), len(list)) {
		workers.Go(func() {
			for s := range next {
				if ctx.Err() == nil {
					if err := f(ctx, s); err != nil {
						cancel(err)
					}
				}
			}
		})
	}
	for i := range list {
		next <- &list[i]
	}
	close(next)
	workers.Wait()
	return context.Cause(ctx)
}

// reopened is one measurement to be judged again.
type reopened struct {
	uid         string
	start       time.Time
	state, rule string
}

func (p *settling) run(ctx context.Context) (store.Settled, error) {
	var err error
	if p.live, err = p.g.live(ctx); err != nil {
		return p.done, err
	}
	from, to, fresh := p.span()
	if len(fresh) == 0 && !p.All {
		return p.done, nil
	}
	if err := each(ctx, p.live, p.count); err != nil {
		return p.done, err
	}
	work := map[int64][]reopened{}
	var busy []segment
	for _, s := range p.live {
		if !p.All && (s.last < from || s.first > to) {
			continue
		}
		list, err := p.reopen(ctx, s, time.Unix(from, 0).UTC(), time.Unix(to, 0).UTC())
		if err != nil {
			return p.done, err
		}
		if len(list) > 0 {
			work[s.id] = list
			busy = append(busy, s)
			p.all += int64(len(list))
		}
	}
	err = each(ctx, busy, func(ctx context.Context, s *segment) error { return p.rejudge(ctx, *s, work[s.id]) })
	if err != nil {
		return p.done, err
	}
	for _, id := range fresh {
		if _, err := p.g.catalog.ExecContext(ctx, `UPDATE segments SET settled = 1 WHERE id = ?`, id); err != nil {
			return p.done, err
		}
	}
	return p.done, nil
}

// span returns when those measurements started that may be judged otherwise because of segments not
// settled yet, and which segments those are.
func (p *settling) span() (from, to int64, fresh []int64) {
	for _, s := range p.live {
		if s.settled {
			continue
		}
		if len(fresh) == 0 {
			from, to = s.first, s.last
		}
		from, to = min(from, s.first), max(to, s.last)
		fresh = append(fresh, s.id)
	}
	to += int64(control.Window.Seconds())
	if p.All {
		for i, s := range p.live {
			if i == 0 {
				from = s.first
			}
			from, to = min(from, s.first), max(to, s.last)
		}
	}
	return from, to, fresh
}

// count writes a segment's votes where that was not done yet.
func (p *settling) count(ctx context.Context, s *segment) error {
	if s.votes {
		return nil
	}
	path := segmentPath(p.g.dir, votesTable, s.name)
	err := publish(path, func(f *os.File) error {
		buffered := bufio.NewWriterSize(f, 1<<20)
		w := parquet.NewGenericWriter[control.Vote](buffered, parquet.Compression(&zstd.Codec{Level: zstd.SpeedFastest, Concurrency: 1}),
			parquet.CreatedBy("veedor", "1", ""))
		var votes []control.Vote
		err := eachSighting(ctx, segmentPath(p.g.dir, "observations", s.name), func(rows []obs.Observation) error {
			votes = control.Votes(votes[:0], rows)
			_, err := w.Write(votes)
			return err
		})
		return errors.Join(err, w.Close(), buffered.Flush())
	})
	if err != nil {
		return fmt.Errorf("count votes of segment %s: %w", s.name, err)
	}
	s.votes = true
	_, err = p.g.catalog.ExecContext(ctx, `UPDATE segments SET votes = 1 WHERE id = ?`, s.id)
	return err
}

// reopen lists what is to be judged again in a segment.
func (p *settling) reopen(ctx context.Context, s segment, from, to time.Time) ([]reopened, error) {
	rows, err := p.duck.QueryContext(ctx, query("open_of"), segmentPath(p.g.dir, "verdicts", s.verdicts), p.All, from, to)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []reopened
	for rows.Next() {
		var r reopened
		if err := rows.Scan(&r.uid, &r.start, &r.state, &r.rule); err != nil {
			return nil, err
		}
		r.start = r.start.UTC()
		out = append(out, r)
	}
	return out, rows.Err()
}

// rejudge judges the measurements listed again and puts the new verdicts in place of the old.
func (p *settling) rejudge(ctx context.Context, s segment, list []reopened) error {
	next := map[string][]verdict.Row{}
	for group := range slices.Chunk(list, settleAtOnce) {
		ms, err := p.read(ctx, s, group)
		if err != nil {
			return err
		}
		votes, err := p.table(ctx, group, ms)
		if err != nil {
			return err
		}
		changed := int64(0)
		for i, m := range ms {
			rows := p.Judge(nil, m, votes)
			next[group[i].uid] = rows
			if string(rows[0].State) != group[i].state || rows[0].Rule != group[i].rule {
				changed++
			}
		}
		p.tell(int64(len(group)), changed)
	}
	return p.replace(ctx, s, next)
}

// tell adds to what was done.
func (p *settling) tell(judged, changed int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.done.Judged += judged
	p.done.Changed += changed
	if p.Progress != nil {
		p.Progress(p.done.Judged, p.all)
	}
}

// table gathers the votes that judging a group can ask for: it is judged once with nobody to ask,
// which shows the questions.
func (p *settling) table(ctx context.Context, group []reopened, ms []store.Measurement) (*control.Table, error) {
	asked := control.NewQuestions(p.Enough)
	first, last := group[0].start, group[0].start
	for i, m := range ms {
		p.Judge(nil, m, asked)
		if t := group[i].start; t.Before(first) {
			first = t
		} else if t.After(last) {
			last = t
		}
	}
	votes := control.NewTable(p.Enough)
	for _, o := range p.live {
		if o.last < first.Add(-control.Window).Unix() || o.first > last.Unix() || asked.None() {
			continue
		}
		err := eachRow(ctx, segmentPath(p.g.dir, votesTable, o.name), func(rows []control.Vote) error {
			for _, v := range rows {
				if asked.Has(v.Key) {
					v.CC, v.Software, v.UID = strings.Clone(v.CC), strings.Clone(v.Software), strings.Clone(v.UID)
					votes.Add(v)
				}
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	votes.Seal()
	return votes, nil
}

// read returns the measurements listed, in their order.
func (p *settling) read(ctx context.Context, s segment, part []reopened) ([]store.Measurement, error) {
	uids := make([]string, len(part))
	for i := range part {
		uids[i] = part[i].uid
	}
	rows, err := scanAll[obs.Observation](ctx, p.duck, query("observations_among", "{{columns}}", columns[obs.Observation]()),
		segmentPath(p.g.dir, "observations", s.name), strings.Join(uids, ","))
	if err != nil {
		return nil, err
	}
	certs, err := p.certificates(ctx, rows)
	if err != nil {
		return nil, err
	}
	out := make([]store.Measurement, len(part))
	for i, uid := range uids {
		n := 0
		for n < len(rows) && rows[n].MeasurementUID == uid {
			n++
		}
		if n == 0 {
			return nil, fmt.Errorf("measurement %s has a verdict and no observations", uid)
		}
		out[i] = store.Measurement{Observations: rows[:n:n], Certificates: certs}
		rows = rows[n:]
	}
	return out, nil
}

// certificates returns those that the rows name.
func (p *settling) certificates(ctx context.Context, rows []obs.Observation) ([]obs.Certificate, error) {
	prints := fingerprints(rows)
	if len(prints) == 0 {
		return nil, nil
	}
	return scanAll[obs.Certificate](ctx, p.duck, query("certificates_of", "{{columns}}", columns[obs.Certificate](), "{{from}}", "certificates"), strings.Join(prints, ","))
}

// replace writes a segment's verdicts anew and lists the file in place of the one before, which stays.
func (p *settling) replace(ctx context.Context, s segment, next map[string][]verdict.Row) error {
	name := strings.ToLower(rand.Text())
	err := writeRowFile(p.g.dir, "verdicts", name, func(blocks *rowsWriter) error {
		return publish(segmentPath(p.g.dir, "verdicts", name), func(f *os.File) error {
			buffered := bufio.NewWriterSize(f, 1<<20)
			w := p.g.writer()
			defer p.g.release(w)
			w.verdicts.Reset(buffered)
			put := func(rows []verdict.Row) error {
				for i := range rows {
					if err := verdictCode().put(blocks, &rows[i]); err != nil {
						return err
					}
				}
				return writeRows(w.verdicts, rows)
			}
			err := p.again(ctx, s, next, put)
			return errors.Join(err, w.verdicts.Close(), buffered.Flush())
		})
	})
	if err != nil {
		return fmt.Errorf("rewrite verdicts of segment %s: %w", s.name, err)
	}
	tx, err := p.g.catalog.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // does nothing after Commit
	if _, err := tx.ExecContext(ctx, `UPDATE segments SET verdicts = ? WHERE id = ?`, name, s.id); err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, `INSERT INTO superseded VALUES (?, ?, ?)`, s.verdicts, s.id, time.Now().Unix()); err != nil {
		return err
	}
	return tx.Commit()
}

// again calls put with a segment's verdicts, those that were judged again in the place of the old.
func (p *settling) again(ctx context.Context, s segment, next map[string][]verdict.Row, put func([]verdict.Row) error) error {
	var uid string
	return eachRow(ctx, segmentPath(p.g.dir, "verdicts", s.verdicts), func(rows []verdict.Row) error {
		for i := range rows {
			again, ok := next[rows[i].MeasurementUID]
			switch {
			case !ok:
				again = rows[i : i+1]
			case rows[i].MeasurementUID == uid:
				continue
			default:
				uid = strings.Clone(rows[i].MeasurementUID)
				slices.SortFunc(again, func(x, y verdict.Row) int { return strings.Compare(string(x.Layer), string(y.Layer)) })
			}
			if err := put(again); err != nil {
				return err
			}
		}
		return nil
	})
}

// eachRow reads a Parquet file; rows are good until f returns.
func eachRow[T any](ctx context.Context, path string, f func([]T) error) error {
	in, err := os.Open(path)
	if err != nil {
		return err
	}
	defer in.Close()
	r := parquet.NewGenericReader[T](in)
	defer r.Close()
	rows := make([]T, 256)
	for {
		clear(rows)
		n, err := r.Read(rows)
		if n > 0 {
			if err := errors.Join(f(rows[:n]), ctx.Err()); err != nil {
				return err
			}
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("read %s: %w", path, err)
		}
	}
}
