package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"

	"veedor/internal/evidence/capture"
)

func captureWatchCommand() *cobra.Command {
	var w capture.Watch
	var every time.Duration
	var stop, document bool
	c := &cobra.Command{
		Use: "watch URL", Short: "Have a page looked at again and again by capture check", Args: cobra.ExactArgs(1),
		Example: `  veedor capture watch --every 6h https://example.org/article
  veedor capture watch --stop https://example.org/article`,
		RunE: func(c *cobra.Command, args []string) error {
			w.URL, w.Every = args[0], int64(every/time.Second)
			if stop {
				w.Every = 0
			} else if w.Every <= 0 {
				return fmt.Errorf("watch: --every must be at least a minute (%w)", errUsage)
			}
			if document {
				w.Kind = capture.Document
			}
			return withCaptures(c, func(all *capture.Captures) error {
				set, err := all.Watch(c.Context(), w)
				if set == nil || err != nil && !errors.Is(err, capture.ErrNotLogged) {
					return err
				}
				if stop {
					fmt.Fprintf(c.OutOrStdout(), "no longer watched: %s\n", set.URL)
				} else {
					fmt.Fprintf(c.OutOrStdout(), "watched every %s: %s\n", every, set.URL)
				}
				return err
			})
		},
	}
	f := c.Flags()
	f.DurationVar(&every, "every", 24*time.Hour, "how often")
	f.BoolVar(&stop, "stop", false, "watch it no longer")
	f.BoolVar(&document, "document", false, "fetch it without a browser")
	f.StringVar(&w.By, "by", os.Getenv("VEEDOR_OPERATOR"), "who wants it watched (default $VEEDOR_OPERATOR)")
	return c
}

func captureWatchesCommand() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use: "watches", Short: "List the pages that are watched", Args: cobra.NoArgs, Example: "  veedor capture watches",
		RunE: func(c *cobra.Command, _ []string) error {
			return withCaptures(c, func(all *capture.Captures) error {
				list, err := all.Watches()
				if err != nil {
					return err
				}
				w := c.OutOrStdout()
				for _, s := range list {
					if asJSON {
						if err := json.NewEncoder(w).Encode(s); err != nil {
							return err
						}
						continue
					}
					last := "never looked at"
					if s.Last != nil {
						last = s.LastAt.Format(time.DateTime) + " " + s.Last.Outcome
					}
					if s.Gone {
						last += ", gone"
					}
					fmt.Fprintf(w, "every %s, %s, due %s: %s\n", time.Duration(s.Every)*time.Second, last, s.Due.Format(time.DateTime), s.URL)
				}
				if !asJSON {
					fmt.Fprintf(w, "%d pages watched\n", len(list))
				}
				return nil
			})
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON, one watch a line")
	return c
}

func captureCheckCommand() *cobra.Command {
	var q capture.Request
	var all, asJSON bool
	c := &cobra.Command{
		Use:   "check",
		Short: "Look at the watched pages that are due, and raise alerts of edits, lost quotes and pages that are gone",
		Long: `Capture the watched pages that are due, compare the main text with what it was, look for the quotes, and write alerts into the journal.
Made to be run by cron. Pages that do not answer are no failure of the command.`,
		Example: "  */10 * * * * veedor --data /srv/veedor capture check",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return withCaptures(c, func(captures *capture.Captures) error {
				checked, alerts := 0, 0
				var failed error
				err := captures.CheckDue(c.Context(), all, q, func(l capture.Look) {
					if l.Err != nil {
						failed = errors.Join(failed, l.Err)
						if l.Outcome == "" {
							return
						}
					}
					checked++
					alerts += len(l.Alerts)
					printLook(c.OutOrStdout(), &l, asJSON)
				})
				if err == nil && !asJSON {
					fmt.Fprintf(c.OutOrStdout(), "checked %d, alerts %d\n", checked, alerts)
				}
				if err == nil {
					err = weighAgain(c)
				}
				return errors.Join(err, failed)
			})
		},
	}
	c.Flags().BoolVar(&all, "all", false, "those that are not due, too")
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON, one check a line")
	requestFlags(c, &q)
	return c
}

func printLook(w io.Writer, l *capture.Look, asJSON bool) {
	if asJSON {
		_ = json.NewEncoder(w).Encode(struct {
			capture.Check
			Alerts []capture.Alert `json:"alerts,omitempty"`
		}{l.Check, l.Alerts})
		return
	}
	what := l.Outcome
	if l.Why != "" {
		what += " (" + l.Why + ")"
	}
	fmt.Fprintf(w, "%s: %s\n", what, l.URL)
	for i := range l.Alerts {
		printAlert(w, &l.Alerts[i])
	}
}

func printAlert(w io.Writer, a *capture.Alert) {
	fmt.Fprintf(w, "alert %s %s %s: %s\n", a.ID, a.Kind, a.URL, a.Summary)
	if len(a.Edits) > 0 {
		printEdits(w, a.Edits)
		fmt.Fprintln(w)
	}
}

func captureAlertsCommand() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use: "alerts", Short: "List alerts of watched pages, latest first", Args: cobra.NoArgs, Example: "  veedor capture alerts",
		RunE: func(c *cobra.Command, _ []string) error {
			return withCaptures(c, func(all *capture.Captures) error {
				list, err := all.Alerts()
				if err != nil {
					return err
				}
				w := c.OutOrStdout()
				for i := range list {
					if asJSON {
						if err := json.NewEncoder(w).Encode(list[i]); err != nil {
							return err
						}
						continue
					}
					fmt.Fprint(w, list[i].At.Format(time.DateTime)+" ")
					printAlert(w, &list[i])
				}
				if !asJSON {
					fmt.Fprintf(w, "%d alerts\n", len(list))
				}
				return nil
			})
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON, one alert a line")
	return c
}
