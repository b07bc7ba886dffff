package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"veedor/internal/evidence/capture"
	"veedor/internal/follow/registry"
	"veedor/internal/web"
	"veedor/internal/weigh/accounts"
	"veedor/internal/weigh/cmo"
	"veedor/internal/weigh/desk"
	"veedor/internal/weigh/edition"
	"veedor/internal/weigh/intake"
)

// deskWork returns what the pages need where people work. captures and reg may be nil.
func deskWork(c *cobra.Command, h *house, d *desk.Desk, captures *capture.Captures, reg *registry.Registry) *web.Work {
	data := dataDir(c)
	w := &web.Work{Desk: d, Context: c.Context(), Tables: deskTables{d}, Recipients: func() ([]accounts.Recipient, error) { return accounts.Recipients(data) }}
	w.Ask.Measurements = deskMeasurements{measured{h}, data}
	taker := func(who desk.Viewer) *intake.Taker { return &intake.Taker{Desk: d, Who: who} }
	w.Take = func(ctx context.Context, who desk.Viewer, f intake.Found, page bool) (intake.Taken, error) {
		t := taker(who)
		if page && captures != nil {
			t.Capture = deskCapturer{captures, capture.Request{Operator: os.Getenv("VEEDOR_OPERATOR")}}
		}
		return t.Take(ctx, f)
	}
	if captures != nil {
		w.Ask.Captures, w.Quotes = deskCaptures{captures}, captures
		w.Import = func(ctx context.Context, name string, r io.Reader) (intake.Captured, error) {
			x, err := captures.Import(ctx, name, r, capture.Origin{How: "uploaded at the desk"})
			if err != nil && !errors.Is(err, capture.ErrNotLogged) {
				return intake.Captured{}, err
			}
			return captured(captures, x), nil
		}
	}
	if reg != nil {
		w.Ask.Registry, w.Merges = deskRegistry{reg}, reg
	}
	w.Freeze = func(ctx context.Context, id string) error {
		k, err := d.CaseText(ctx, desk.Public(), id)
		if err != nil {
			return err
		}
		quiet := &cobra.Command{}
		quiet.SetContext(ctx)
		quiet.SetOut(io.Discard)
		quiet.SetErr(c.ErrOrStderr())
		quiet.Flags().AddFlagSet(c.Flags())
		quiet.Flags().AddFlagSet(c.InheritedFlags())
		return (&building{maxRaw: edition.DefaultMaxRaw}).run(quiet, h, k)
	}
	return w
}

// deskTables are the tables of Civic Media Observatory bases, for the pages.
type deskTables struct{ d *desk.Desk }

// Names implements web.Tables.
func (t deskTables) Names() []string {
	var out []string
	for _, one := range cmo.Tables() {
		out = append(out, one.File)
	}
	return out
}

// Export implements web.Tables.
func (t deskTables) Export(ctx context.Context, who desk.Viewer, file string, w io.Writer) error {
	for _, one := range cmo.Tables() {
		if one.File == file {
			_, err := cmo.Export(ctx, t.d, who, one, w)
			return err
		}
	}
	return fmt.Errorf("export %s: %w", file, os.ErrNotExist)
}

// Import implements web.Tables.
func (t deskTables) Import(ctx context.Context, who desk.Viewer, files []web.TableFile) (read, written, rejected int, err error) {
	var in []cmo.File
	for _, f := range files {
		in = append(in, cmo.File{Name: f.Name, Open: f.Open})
	}
	all, err := cmo.Import(ctx, t.d, who, in, nil)
	for _, a := range all {
		read += a.Read
		written += a.New + a.Changed
		rejected += len(a.Rejected)
	}
	return read, written, rejected, err
}
