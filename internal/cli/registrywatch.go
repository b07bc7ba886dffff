package cli

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"veedor/internal/follow/registry"
)

func registryWatchCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "watch",
		Short: "Watch entities, names, countries and topics: what became known since the last look",
		Example: `  veedor registry watch add --entity ofac-30502 --by ana
  veedor registry watch add --name "Huawei Technologies" --by ana
  veedor registry watch add --country ve --topic sanction --by ana
  veedor registry watch look`,
	}
	c.AddCommand(watchAddCommand(), watchListCommand(), watchLookCommand(), watchEndCommand())
	return c
}

func watchAddCommand() *cobra.Command {
	var w registry.Watch
	var by string
	c := &cobra.Command{
		Use:     "add",
		Short:   "Watch an entity, whatever bears a name, or whatever is of a country and topic",
		Example: "  veedor registry watch add --name \"Huawei Technologies\" --by ana",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return writeRegistry(c, func(r *registry.Registry) error {
				s, err := r.AddWatch(c.Context(), w, by, time.Now().UTC())
				if err == nil {
					fmt.Fprintf(c.OutOrStdout(), "watch %d\n", s.ID)
				}
				return err
			})
		},
	}
	c.Flags().StringVar(&w.Entity, "entity", "", "the id of an entity")
	c.Flags().StringVar(&w.Name, "name", "", "a name")
	c.Flags().Float64Var(&w.Threshold, "threshold", 0, "from which score on something bears the name (default: the one matching ships with)")
	c.Flags().StringVar(&w.Country, "country", "", "of this country (two letters)")
	c.Flags().StringVar(&w.Topic, "topic", "", "with this topic of FollowTheMoney: sanction, debarment, role.pep …")
	c.Flags().StringVar(&w.Why, "why", "", "the reason")
	c.Flags().StringVar(&by, "by", "", "who watches: a name or a pseudonym (needed)")
	return c
}

func watchListCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "list",
		Short:   "List the watches and their alerts",
		Example: "  veedor registry watch list",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return withRegistry(c, func(r *registry.Registry) error {
				list, err := r.Watches()
				if err != nil {
					return err
				}
				for _, w := range list {
					fmt.Fprintf(c.OutOrStdout(), "watch %d: %s, by %s since %s, %d alerts\n", w.ID, watchedWhat(&w.Watch), w.By, w.Since.Format("2006-01-02"), len(w.Alerts))
					for _, a := range w.Alerts {
						printWatchAlert(c.OutOrStdout(), a)
					}
				}
				return nil
			})
		},
	}
}

// watchedWhat names what is watched.
func watchedWhat(w *registry.Watch) string {
	return strings.TrimSpace(w.Entity + w.Name + w.Country + " " + w.Topic)
}

func watchLookCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "look",
		Short:   "Say what became known since the last look",
		Example: "  veedor registry watch look",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return writeRegistry(c, func(r *registry.Registry) error {
				alerts, err := r.Look(c.Context(), time.Now().UTC())
				for _, a := range alerts {
					printWatchAlert(c.OutOrStdout(), a)
				}
				if err == nil {
					fmt.Fprintf(c.OutOrStdout(), "%d alerts\n", len(alerts))
				}
				return err
			})
		},
	}
}

func printWatchAlert(w io.Writer, a registry.WatchEntry) {
	fmt.Fprintf(w, "watch %d: %s %s in %s: %s\n", a.ID, a.Change, a.Entity, a.Dataset, a.Caption)
	for _, s := range a.Statements {
		fmt.Fprintf(w, "  %s %s: %s\n", s.What, s.Prop, s.Value)
	}
}

func watchEndCommand() *cobra.Command {
	var by string
	c := &cobra.Command{
		Use:     "end NUMBER",
		Short:   "End a watch; its alerts stay in the journal",
		Example: "  veedor registry watch end 2 --by ana",
		Args:    cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			id, err := strconv.Atoi(args[0])
			if err != nil {
				return fmt.Errorf("%q is no number of a watch; see: veedor registry watch list (%w)", args[0], errUsage)
			}
			return writeRegistry(c, func(r *registry.Registry) error { return r.EndWatch(id, by, time.Now().UTC()) })
		},
	}
	c.Flags().StringVar(&by, "by", "", "who ends it")
	return c
}
