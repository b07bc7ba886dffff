package cli

import (
	"bufio"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"veedor/internal/weigh/desk"
)

func deskStatusCommand() *cobra.Command {
	var asJSON bool
	var limit int
	c := &cobra.Command{
		Use:     "status",
		Short:   "List changes of how claims stand, latest first",
		Example: "  veedor desk status --limit 20",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return withDesk(c, func(d *desk.Desk) error {
				who, _ := deskWriter(c)
				list, err := d.StatusChanges(c.Context(), who, time.Time{}, limit)
				for _, m := range list {
					if asJSON {
						err = errors.Join(err, json.NewEncoder(c.OutOrStdout()).Encode(m))
						continue
					}
					fmt.Fprintf(c.OutOrStdout(), "%s %s: %s → %s (%s) %s\n", m.At.Format(time.DateTime), m.Claim, cmp.Or(m.Standing.Before, "new"), m.Standing.Status, m.Standing.Cause, m.Why)
				}
				return err
			})
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "one JSON object a line")
	c.Flags().IntVar(&limit, "limit", 100, "at most so many")
	return c
}

func deskLogCommand() *cobra.Command {
	var asJSON bool
	var after int64
	var limit int
	c := &cobra.Command{
		Use:     "log [KIND ID]",
		Short:   "List writes, oldest first: who, when, what, why",
		Example: "  veedor desk log claim borduna.restricted",
		Args:    cobra.MaximumNArgs(2),
		RunE: func(c *cobra.Command, args []string) error {
			return withDesk(c, func(d *desk.Desk) error {
				who, _ := deskWriter(c)
				var list []desk.Event
				var err error
				switch len(args) {
				case 0:
					list, err = d.Events(c.Context(), who, after, limit)
				case 2:
					list, err = d.History(c.Context(), who, desk.Kind(args[0]), args[1])
				default:
					return fmt.Errorf("name a kind and an id, or neither (%w)", errUsage)
				}
				out := bufio.NewWriter(c.OutOrStdout())
				for i := range list {
					e := &list[i]
					if asJSON {
						err = errors.Join(err, json.NewEncoder(out).Encode(e))
						continue
					}
					var names []string
					for name := range e.Fields {
						names = append(names, name)
					}
					slices.Sort(names)
					fmt.Fprintf(out, "%d\t%s\t%s\t%s %s %s\t%d→%d\t%s\t%s\n", e.N, e.At.Format(time.DateTime), e.By, e.What, e.Kind, e.ID, e.On, e.Rev, strings.Join(names, ","), e.Why)
				}
				return errors.Join(err, out.Flush())
			})
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "one JSON object a line")
	c.Flags().Int64Var(&after, "after", 0, "only those after this place in the journal")
	c.Flags().IntVar(&limit, "limit", 1000, "at most so many")
	return c
}

func deskCheckCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "check CASE",
		Short:   "Say what the claims of a case lack to be published",
		Example: "  veedor desk check borduna",
		Args:    cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return withDesk(c, func(d *desk.Desk) error {
				who, _ := deskWriter(c)
				if _, err := d.Get(c.Context(), who, desk.Case, args[0]); err != nil {
					return err
				}
				lacks, err := d.Checklist(c.Context(), args[0])
				if err != nil {
					return err
				}
				for _, l := range lacks {
					fmt.Fprintf(c.OutOrStdout(), "%s: %s lacks %s\n", l.Claim, l.Of, l.Code)
				}
				if len(lacks) > 0 {
					return fmt.Errorf("%d things are lacking, listed above (%w)", len(lacks), errFewer)
				}
				fmt.Fprintln(c.OutOrStdout(), "nothing is lacking")
				return nil
			})
		},
	}
}

func deskAlphaCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "agreement RUBRIC",
		Short:   "Say how far coders agree on impact scores: Krippendorff's alpha for ordinal values",
		Example: "  veedor desk agreement impact-1",
		Args:    cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return withDesk(c, func(d *desk.Desk) error {
				who, _ := deskWriter(c)
				a, err := d.Agreement(c.Context(), who, args[0])
				if err != nil {
					return err
				}
				if !a.Known {
					fmt.Fprintf(c.OutOrStdout(), "not known: %d items have two codes, of one value only or too few\n", a.Units)
					return nil
				}
				fmt.Fprintf(c.OutOrStdout(), "alpha %.3f over %d items and %d codes\n", a.Alpha, a.Units, a.Values)
				return nil
			})
		},
	}
}

func deskExportCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "export",
		Short:   "Write all records, conflicts and changes of status as JSON lines, private ones too",
		Example: "  veedor desk export > desk.jsonl",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return withDesk(c, func(d *desk.Desk) error { return d.Export(c.Context(), c.OutOrStdout()) })
		},
	}
}

func deskBackupCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "backup DIR",
		Short:   "Copy the desk into a folder while others work",
		Long:    "Copy the journal and what is derived from it to DIR/desk. DIR is then a data folder: veedor --data DIR desk list claim.",
		Example: "  veedor desk backup /media/backup/2026-05-20",
		Args:    cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return withDesk(c, func(d *desk.Desk) error { return d.Backup(c.Context(), args[0]) })
		},
	}
}

func deskRebuildCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "rebuild",
		Short:   "Make desk.sqlite anew from the journal",
		Example: "  veedor desk rebuild",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return withDesk(c, func(d *desk.Desk) error {
				p := newProgress(c.ErrOrStderr(), "desk")
				defer p.end()
				return d.Rebuild(c.Context(), func(done, total int64) { p.at(done, total, "") })
			})
		},
	}
}
