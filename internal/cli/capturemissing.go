package cli

import (
	"errors"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"veedor/internal/evidence/capture"
	"veedor/internal/weigh/cases"
	"veedor/internal/weigh/desk"
)

// captureMissing captures every address a case cites of which there is no capture. A case of the desk is asked as it is
// there, and its items are given their captures; else the case's files are.
func captureMissing(c *cobra.Command, all *capture.Captures, q capture.Request, id string, dry bool) error {
	return withDesk(c, func(d *desk.Desk) error {
		who, _ := deskWriter(c)
		k, err := d.CaseText(c.Context(), who, id)
		onDesk := err == nil
		if errors.Is(err, desk.ErrNotFound) {
			k, err = readCase(id)
		}
		if err != nil {
			return err
		}
		w := &missingWork{c: c, all: all, q: q, dry: dry}
		if onDesk {
			w.desk, w.who = d, who
		}
		cited := k.Cited()
		for i, x := range cited {
			if err := w.one(k, i, len(cited), x); err != nil {
				return err
			}
		}
		fmt.Fprintf(c.OutOrStdout(), "cited %d = captured before %d + captured now %d + not captured %d\n", len(cited), w.before, w.now, len(cited)-w.before-w.now)
		if w.failed > 0 {
			return fmt.Errorf("%d of %d addresses were not captured; run it again, or bring what others recorded (veedor capture import): %w", w.failed, len(cited), capture.ErrRefused)
		}
		return nil
	})
}

// missingWork is one fetching of what a case cites.
type missingWork struct {
	c    *cobra.Command
	all  *capture.Captures
	q    capture.Request
	dry  bool
	desk *desk.Desk // nil where the case is in files only
	who  desk.Viewer

	before, now, failed int
}

func (w *missingWork) one(k *cases.Case, i, n int, x cases.Cited) error {
	hash, err := w.have(x.Address)
	if err != nil {
		return err
	}
	if hash != "" {
		w.before++
		return w.give(k, x, hash)
	}
	fmt.Fprintf(w.c.OutOrStdout(), "%d of %d  %s  (%s)\n", i+1, n, x.Address, x.Where)
	if w.dry {
		return nil
	}
	q := w.q
	q.URL = x.Address
	if err := captureOne(w.c, w.all, q, false); err != nil {
		if w.c.Context().Err() != nil || !unreadable(err) {
			return err
		}
		w.failed++
		fmt.Fprintln(w.c.ErrOrStderr(), "veedor: "+err.Error())
		return nil
	}
	if hash, err = w.have(x.Address); err != nil {
		return err
	}
	if hash == "" {
		w.failed++
		fmt.Fprintf(w.c.ErrOrStderr(), "veedor: %s: what came is an error page, kept as a capture\n", x.Address)
		return nil
	}
	w.now++
	return w.give(k, x, hash)
}

// have returns the latest capture of an address that is no error page, "" where there is none.
func (w *missingWork) have(address string) (string, error) {
	list, err := w.all.List(capture.Filter{URL: address})
	if err != nil && !unreadable(err) {
		return "", err
	}
	if i := slices.IndexFunc(list, func(x capture.Capture) bool { return x.Status < 400 }); i >= 0 {
		return list[i].Hash, nil
	}
	return "", nil
}

// give notes on an item of the desk that its page is captured.
func (w *missingWork) give(k *cases.Case, x cases.Cited, hash string) error {
	if w.desk == nil || w.dry || x.Item == "" {
		return nil
	}
	list, err := w.desk.List(w.c.Context(), w.who, desk.Query{Kind: desk.Item, Where: map[string]string{"case": k.ID, "url": x.Address}, Limit: 1})
	if err != nil || len(list) == 0 || slices.Contains(list[0].Strings("captures"), hash) {
		return err
	}
	_, err = w.desk.Write(w.c.Context(), w.who, "captured, since the case cites it", desk.Change{Kind: desk.Item, ID: list[0].ID, On: list[0].Rev,
		Set: map[string]any{"captures": append(slices.Clone(list[0].Strings("captures")), hash)}})
	if err != nil {
		return fmt.Errorf("give item %s its capture: %w", list[0].ID, err)
	}
	return nil
}
