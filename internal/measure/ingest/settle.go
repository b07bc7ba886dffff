package ingest

import (
	"context"

	"veedor/internal/measure/obs"
	"veedor/internal/measure/refdata"
	"veedor/internal/measure/store"
	"veedor/internal/measure/verdict"
)

// Settle judges measurements again in the light of what others measured, or all of them (all) by the
// present rules and reference data, from what is stored: the archive is not read. enough is how many
// distinct probes or sessions must agree, the usual number when 0.
func Settle(ctx context.Context, s store.Store, db *refdata.DB, enough int, all bool, progress func(done, total int64)) (store.Settled, error) {
	return s.Settle(ctx, store.Settling{Judge: Rejudge(db), Enough: enough, All: all, Progress: progress})
}

// Rejudge returns how a stored measurement is judged: with the fingerprints of today's lists, as of
// its own time, and with what others saw where that could matter.
func Rejudge(db *refdata.DB) func([]verdict.Row, store.Measurement, verdict.Controls) []verdict.Row {
	return func(dst []verdict.Row, m store.Measurement, controls verdict.Controls) []verdict.Row {
		facts := db.AsOf(m.Observations[0].StartTime)
		obs.Rematch(m.Observations, m.Certificates, facts)
		at := len(dst)
		dst = verdict.Judge(dst, m.Observations, facts, nil)
		if !dst[at].Open {
			return dst
		}
		return verdict.Judge(dst[:at], m.Observations, facts, controls)
	}
}
