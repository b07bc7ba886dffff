package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"veedor/internal/evidence/capture"
	"veedor/internal/measure/incidents"
	"veedor/internal/web"
	"veedor/internal/weigh/desk"
	"veedor/internal/weigh/edition"
	"veedor/internal/weigh/search"
)

func searchCommand() *cobra.Command {
	var public, asJSON, latest bool
	limit := 20
	c := &cobra.Command{
		Use:   "search QUERY…",
		Short: "Search claims, cases, items, captures, dossiers and incidents, in any language",
		Long: `Search everything people wrote, the text of captures, dossiers and incidents. All words must occur, with or without accents;
"in quotes" as they stand; -word not; begin* begins so; kind: lang: case: status: theme: frame: source: place: type: narrow, and
from: and until: by date. docs/format/search.md says more.

The index follows what is new before it is asked. One process at a time has it open: while the pages are served, ask them.`,
		Example: "  veedor search filtro web\n  veedor search 防火墙 kind:item\n  veedor search --public '\"chat.example\" kind:claim'",
		Args:    cobra.MinimumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if limit < 1 || limit > 500 {
				return fmt.Errorf("--limit is from 1 to 500 (%w)", errUsage)
			}
			q := search.Request{Text: strings.Join(args, " "), Audience: search.Desk, Latest: latest, Limit: limit}
			if public {
				q.Audience = search.Readers
			}
			return with(c, func(h *house) error {
				return withDesk(c, func(d *desk.Desk) error { return searchOnce(c, h, d, q, asJSON) })
			})
		},
	}
	c.Flags().BoolVar(&public, "public", false, "find only what readers see")
	c.Flags().BoolVar(&asJSON, "json", false, "one JSON object a line")
	c.Flags().BoolVar(&latest, "newest", false, "what came here last first, not what fits best")
	c.Flags().IntVar(&limit, "limit", limit, "at most so many")
	return c
}

// searchIndex is where the index lies.
func searchIndex(data string) string { return filepath.Join(data, "index", "search") }

// searchOnce brings the index up to date and asks it.
func searchOnce(c *cobra.Command, h *house, d *desk.Desk, q search.Request, asJSON bool) error {
	data := dataDir(c)
	conf := web.Config{Desk: d, Facts: func() web.Facts { return h.refdata.AsOf(time.Now()) }, Log: slog.New(slog.NewTextHandler(c.ErrOrStderr(), nil))}
	j, err := incidents.OpenJournal(data)
	if err != nil {
		return err
	}
	conf.Incidents = j
	k, err := capture.Open(data, capture.Options{})
	if err != nil {
		return err
	}
	conf.Captures = k
	shelf, err := edition.OpenShelf(data)
	if err != nil {
		return err
	}
	conf.Dossiers = shelf
	f := web.NewFollower(searchIndex(data), conf)
	p := newCount(c.ErrOrStderr(), "index", "documents")
	err = f.CatchUp(c.Context(), func(done int64) { p.at(done, 0, "") })
	p.end()
	if err != nil {
		return errors.Join(err, f.Close())
	}
	a, err := f.Find(c.Context(), q)
	if err != nil {
		return errors.Join(err, f.Close())
	}
	return errors.Join(printFoundHits(c.OutOrStdout(), a, asJSON), f.Close())
}

func printFoundHits(w io.Writer, a *search.Answer, asJSON bool) error {
	for _, h := range a.Hits {
		title, text := piecesText(h.Title), piecesText(h.Text)
		if asJSON {
			line := map[string]any{"id": h.ID, "page": h.Link, "title": title, "text": text, "language": h.Lang, "date": h.Date, "since": h.Since, "facets": h.Facets}
			if err := json.NewEncoder(w).Encode(line); err != nil {
				return err
			}
			continue
		}
		fmt.Fprintf(w, "%s\n  %s\n  %s\n", h.Link, oneLine(title), oneLine(text))
	}
	if !asJSON {
		fmt.Fprintf(w, "%d found\n", a.Total)
	}
	return nil
}

func piecesText(list []search.Piece) string {
	var b strings.Builder
	for _, p := range list {
		b.WriteString(p.Text)
	}
	return b.String()
}
