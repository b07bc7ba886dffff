package cli

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"veedor/internal/weigh/desk"
)

func deskAddCommand() *cobra.Command {
	var id string
	c := &cobra.Command{
		Use:     "add KIND FIELD=VALUE…",
		Short:   "Write a new record and print its id",
		Long:    "Write a new record. Words are written by language, FIELD@es=VALUE (English without one); a list by naming its field several times.",
		Example: "  veedor desk add claim --id blocked text=\"The site was blocked.\" text@es=\"El sitio fue bloqueado.\"",
		Args:    cobra.MinimumNArgs(2),
		RunE: func(c *cobra.Command, args []string) error {
			return deskAdd(c, args[0], id, args[1:])
		},
	}
	c.Flags().StringVar(&id, "id", "", "its id: lower-case letters, digits, hyphens, dots (default: one is made)")
	return c
}

func deskEvidenceCommand() *cobra.Command {
	var id string
	c := &cobra.Command{
		Use:   "evidence CLAIM type=TYPE FIELD=VALUE…",
		Short: "Set evidence beside a claim, and weigh it",
		Example: `  veedor desk evidence blocked type=finding network=64500 target=chat.example from=2026-04-12 to=2026-04-21 expects=blocked
  veedor desk evidence blocked type=absence stance=insufficient reason="nothing was published" what="an order" where="official gazette" when=2026-05-20`,
		Args: cobra.MinimumNArgs(2),
		RunE: func(c *cobra.Command, args []string) error {
			if err := deskAdd(c, string(desk.Evidence), id, append([]string{"claim=" + args[0]}, args[1:]...)); err != nil {
				return err
			}
			return deskWeigh(c, args[0])
		},
	}
	c.Flags().StringVar(&id, "id", "", "its id (default: one is made)")
	return c
}

func deskAdd(c *cobra.Command, kind, id string, fields []string) error {
	k, err := deskKind(kind)
	if err != nil {
		return err
	}
	set, err := deskFields(k, fields, nil)
	if err != nil {
		return err
	}
	return withDesk(c, func(d *desk.Desk) error {
		if id == "" {
			id = d.NewID()
		}
		who, why := deskWriter(c)
		if _, err := d.Get(c.Context(), who, k, id); err == nil {
			return fmt.Errorf("%s %s is there already; change it with: veedor desk set", k, id)
		}
		_, err := d.Write(c.Context(), who, why, desk.Change{Kind: k, ID: id, Set: set})
		if err == nil {
			fmt.Fprintln(c.OutOrStdout(), id)
		}
		return err
	})
}

func deskSetCommand() *cobra.Command {
	on := desk.Latest
	var private, shared []string
	c := &cobra.Command{
		Use:   "set KIND ID FIELD=VALUE…",
		Short: "Change fields of a record",
		Long: `Change fields of a record; FIELD= takes one away. With --on REVISION, fields that somebody else changed since that revision keep their
values, and yours are kept beside them as conflicts.`,
		Example: "  veedor desk set claim blocked text@es=\"El sitio fue bloqueado.\" --on 3 --why \"clearer\"",
		Args:    cobra.MinimumNArgs(2),
		RunE: func(c *cobra.Command, args []string) error {
			return withKind(c, args[0], func(d *desk.Desk, k desk.Kind, who desk.Viewer, why string) error {
				had, err := d.Get(c.Context(), who, k, args[1])
				if err != nil {
					return err
				}
				change := desk.Change{Kind: k, ID: args[1], On: on, Private: map[string]bool{}}
				if on == desk.Latest {
					change.On = had.Rev
				}
				if change.Set, err = deskFields(k, args[2:], had); err != nil {
					return err
				}
				for _, f := range private {
					change.Private[f] = true
				}
				for _, f := range shared {
					change.Private[f] = false
				}
				return deskWrite(c, d, who, why, change)
			})
		},
	}
	c.Flags().IntVar(&on, "on", on, "the revision you read; -1: the latest")
	c.Flags().StringSliceVar(&private, "private", nil, "fields that readers do not see")
	c.Flags().StringSliceVar(&shared, "shared", nil, "fields that readers see")
	return c
}

func deskWrite(c *cobra.Command, d *desk.Desk, who desk.Viewer, why string, change desk.Change) error {
	done, err := d.Write(c.Context(), who, why, change)
	if err != nil {
		return err
	}
	fmt.Fprintf(c.OutOrStdout(), "%s %s, revision %d\n", change.Kind, change.ID, done[0].Rev)
	printConflicts(c, done[0].Conflicts)
	return nil
}

func printConflicts(c *cobra.Command, list []desk.Conflict) {
	for _, k := range list {
		fmt.Fprintf(c.OutOrStdout(), "conflict %s: %v stands (%s), %v is kept beside it (%s)\n", k.ID, k.Standing, k.By, k.Rival, k.RivalBy)
	}
}

func deskRemoveCommand() *cobra.Command {
	var restore bool
	c := &cobra.Command{
		Use:     "remove KIND ID",
		Short:   "Take a record off the desk; its history stays",
		Example: "  veedor desk remove claim blocked --why \"entered twice\"\n  veedor desk remove claim blocked --restore",
		Args:    cobra.ExactArgs(2),
		RunE: func(c *cobra.Command, args []string) error {
			return withKind(c, args[0], func(d *desk.Desk, k desk.Kind, who desk.Viewer, why string) error {
				return deskWrite(c, d, who, why, desk.Change{Kind: k, ID: args[1], On: desk.Latest, Remove: !restore, Restore: restore})
			})
		},
	}
	c.Flags().BoolVar(&restore, "restore", false, "put it back")
	return c
}

func deskConflictsCommand() *cobra.Command {
	var all bool
	c := &cobra.Command{
		Use:     "conflicts",
		Short:   "List what two people changed at once, until somebody resolves it",
		Example: "  veedor desk conflicts\n  veedor desk conflicts --all",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return withDesk(c, func(d *desk.Desk) error {
				who, _ := deskWriter(c)
				list, err := d.Conflicts(c.Context(), who, "", "", all)
				printConflicts(c, list)
				return err
			})
		},
	}
	c.Flags().BoolVar(&all, "all", false, "also those that were resolved")
	return c
}

func deskResolveCommand() *cobra.Command {
	var rival bool
	var value string
	c := &cobra.Command{
		Use:     "resolve CONFLICT",
		Short:   "Settle a conflict: what stands, the other value, or a third",
		Example: "  veedor desk resolve claim/blocked/4/notes --rival --why \"the later reading is right\"",
		Args:    cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return withDesk(c, func(d *desk.Desk) error {
				who, why := deskWriter(c)
				list, err := d.Conflicts(c.Context(), who, "", "", false)
				if err != nil {
					return err
				}
				for _, k := range list {
					if k.ID != args[0] {
						continue
					}
					use := k.Standing
					switch {
					case c.Flags().Changed("value"):
						use = value
					case rival:
						use = k.Rival
					}
					return d.Resolve(c.Context(), who, k.ID, use, why)
				}
				return fmt.Errorf("there is no open conflict %s; see: veedor desk conflicts", args[0])
			})
		},
	}
	c.Flags().BoolVar(&rival, "rival", false, "the value that does not stand")
	c.Flags().StringVar(&value, "value", "", "another value")
	return c
}

func deskPublishCommand() *cobra.Command {
	var withdraw bool
	c := &cobra.Command{
		Use:     "publish KIND ID",
		Short:   "Show a record to readers; of a case all that belongs to it",
		Long:    "Show a record to readers. Every claim must have a speaker, a date or a stated unknown, an anchored quote or a stated lack of one, and evidence or a recorded absence: veedor desk check says what is lacking.",
		Example: "  veedor desk publish case borduna",
		Args:    cobra.ExactArgs(2),
		RunE: func(c *cobra.Command, args []string) error {
			return withKind(c, args[0], func(d *desk.Desk, k desk.Kind, who desk.Viewer, why string) error {
				return d.Publish(c.Context(), who, why, !withdraw, k, args[1])
			})
		},
	}
	c.Flags().BoolVar(&withdraw, "withdraw", false, "show it no longer")
	return c
}

// deskWeigh asks again what some claims rest on (all, when none is named), and says which stand otherwise.
func deskWeigh(c *cobra.Command, claims ...string) error {
	return with(c, func(h *house) error {
		return withDesk(c, func(d *desk.Desk) error {
			got, err := reweigh(c, h, d, claims...)
			printMoved(c.OutOrStdout(), got.Moved)
			if err == nil && len(claims) == 0 {
				fmt.Fprintf(c.OutOrStdout(), "%d claims, %d pieces of evidence asked about, %d answered otherwise than before\n", got.Claims, got.Asked, got.Changed)
			}
			return errors.Join(err, logAll(c.Context(), c, h))
		})
	})
}

func deskReweighCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "reweigh [CLAIM]…",
		Short:   "Ask measurements, registry and captures again, and derive how claims stand",
		Long:    "Ask again all that claims rest on, and derive how they stand. ingest, settle and rebuild do so when they are done.",
		Example: "  veedor desk reweigh",
		RunE:    func(c *cobra.Command, args []string) error { return deskWeigh(c, args...) },
	}
}
