// Package incidents finds incidents in what a store holds, and keeps the journal of what was said about
// them: append-only, so that what was published and later proved wrong can still be read.
package incidents

import (
	"context"
	"slices"
	"time"

	"veedor/internal/measure/series"
	"veedor/internal/measure/verdict"
)

// Source is the part of a store that detection asks.
type Source interface {
	Cells(ctx context.Context, e verdict.Scale, cc string, from, to time.Time, f func(verdict.Series, []verdict.Cell) error) error
	Volumes(context.Context) ([]verdict.Volume, error)
	Example(ctx context.Context, k verdict.Series, hour time.Time) (string, error)
}

// Found is what detection made of a store.
type Found struct {
	Incidents     []series.Incident
	Series, Cells int64
	From, To      time.Time
}

// Detect finds the incidents in the measurements that started in [from, to). It keeps no state: the same
// store and thresholds give the same incidents, whenever it is asked. progress is called now and then
// with how many series were read; it may be nil.
func Detect(ctx context.Context, s Source, t series.Thresholds, from, to time.Time, progress func(series int64)) (Found, error) {
	f := Found{From: from, To: to}
	sky, activity := series.NewSky(), series.NewActivity()
	// Twice: what befell everything is known only when everything was seen.
	err := s.Cells(ctx, t.Scale, "", from, to, func(k verdict.Series, cells []verdict.Cell) error {
		f.Series++
		f.Cells += int64(len(cells))
		sky.Add(k, cells)
		activity.Add(k, cells)
		if progress != nil && f.Series%256 == 0 {
			progress(f.Series)
		}
		return ctx.Err()
	})
	if err != nil {
		return f, err
	}
	sky.Seal()
	var changes []series.Change
	err = s.Cells(ctx, t.Scale, "", from, to, func(k verdict.Series, cells []verdict.Cell) error {
		changes = t.Detect(changes, k, cells, sky)
		return ctx.Err()
	})
	if err != nil {
		return f, err
	}
	volumes, err := s.Volumes(ctx)
	if err != nil {
		return f, err
	}
	f.Incidents = t.Incidents(changes, silences(t, volumes, from, to), activity)
	t.World(f.Incidents, activity)
	return f, witness(ctx, s, f.Incidents)
}

// witness names measurements that worked again, where something was lifted: cells name only those that
// met a restriction.
func witness(ctx context.Context, s Source, list []series.Incident) error {
	for i := range list {
		inc := &list[i]
		if inc.Kind != series.Lifting || inc.Withdrawn != "" || len(inc.Witnesses) > 0 {
			continue
		}
		for _, e := range inc.Episodes[:min(len(inc.Episodes), 8)] {
			uid, err := s.Example(ctx, e.End.Key, verdict.Hour(e.End.Flagged))
			if err != nil {
				return err
			}
			if uid != "" {
				inc.Witnesses = append(inc.Witnesses, uid)
			}
		}
	}
	return nil
}

// silences finds the silences of the volumes within a time. A network's is part of its country's.
func silences(t series.Thresholds, volumes []verdict.Volume, from, to time.Time) []series.Silence {
	first, last := verdict.HourOf(from), verdict.HourOf(to)
	var out []series.Silence
	for _, v := range volumes {
		if cut := first - v.First; cut > 0 {
			v.Count = v.Count[min(cut, int64(len(v.Count))):]
			v.First = first
		}
		if n := last - v.First; n < int64(len(v.Count)) {
			v.Count = v.Count[:max(n, 0)]
		}
		out = append(out, t.Silences(v)...)
	}
	national := func(n series.Silence) bool {
		return slices.ContainsFunc(out, func(c series.Silence) bool {
			return n.ASN != 0 && c.ASN == 0 && c.CC == n.CC && n.From >= c.From-t.Together && (c.To == 0 || n.From <= c.To)
		})
	}
	alone := func(s series.Silence) bool { return !elsewhere(t, volumes, s) }
	return slices.DeleteFunc(slices.DeleteFunc(slices.Clone(out), national), alone)
}

// silenceAsked is how many hours of a silence that lasts are looked at elsewhere.
const silenceAsked = 48

// elsewhere says whether measurements went on in at least as many other countries as they stopped in. Where they stopped everywhere,
// or nothing else is known, the silence may be ours: measurements that nobody brought in yet.
func elsewhere(t series.Thresholds, volumes []verdict.Volume, s series.Silence) bool {
	to := s.To
	if to == 0 {
		to = s.From + silenceAsked
	}
	on, off := 0, 0
	for _, v := range volumes {
		if v.ASN != 0 || v.CC == s.CC {
			continue
		}
		if went, known := t.WentOn(v, s.From, to); known && went {
			on++
		} else if known {
			off++
		}
	}
	return on > 0 && on >= off
}
