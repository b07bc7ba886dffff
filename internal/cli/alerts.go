package cli

import (
	"fmt"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"veedor/internal/alerts"
	"veedor/internal/measure/incidents"
	"veedor/internal/measure/series"
)

func alertsCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "alerts",
		Short: "Tell others what is new: signed webhooks and mail",
		Long: `What is new is what the journal of incidents says, what became of watched pages, and what became known of watched entities and names.
Receivers stand in alerts.json in the data folder:

  {"site": "https://veedor.example.org",
   "webhooks": [{"url": "https://example.org/hook", "secret": "…", "kinds": ["incident"], "country": "VE"}],
   "mail": [{"smtp": "localhost:25", "from": "veedor@example.org", "to": ["desk@example.org"]}]}

Each note goes to each receiver once. docs/operate/alerts.md describes the choices and the signature.`,
	}
	c.AddCommand(&cobra.Command{
		Use: "send", Short: "Deliver what was not delivered yet", Args: cobra.NoArgs, Example: "  veedor detect && veedor capture check && veedor registry watch look && veedor alerts send",
		RunE: func(c *cobra.Command, _ []string) error {
			s := alerts.NewSender(dataDir(c))
			conf, err := s.Load()
			if err != nil {
				return err
			}
			notes, err := alertNotes(c.Context(), dataDir(c))
			if err != nil {
				return err
			}
			done, err := s.Send(c.Context(), conf, notes)
			failed := 0
			for _, d := range done {
				if !d.OK {
					failed++
					fmt.Fprintf(c.OutOrStdout(), "not delivered to %s: %s: %s\n", d.Receiver, d.Subject(), d.Error)
				}
			}
			fmt.Fprintf(c.OutOrStdout(), "delivered %d, not delivered %d\n", len(done)-failed, failed)
			return err
		},
	}, &cobra.Command{
		Use: "dead", Short: "List what was given up", Args: cobra.NoArgs, Example: "  veedor alerts dead",
		RunE: func(c *cobra.Command, _ []string) error {
			list, err := alerts.NewSender(dataDir(c)).Deliveries()
			n := 0
			for _, d := range list {
				if d.Dead {
					n++
					fmt.Fprintf(c.OutOrStdout(), "%s %s %s: %s\n", d.At.Format(time.DateTime), d.Receiver, d.Subject(), d.Error)
				}
			}
			fmt.Fprintf(c.OutOrStdout(), "%d dead letters\n", n)
			return err
		},
	}, replayCommand())
	return c
}

// replayCommand sets what was said beside what would be said today.
func replayCommand() *cobra.Command {
	var from, to string
	c := &cobra.Command{
		Use: "replay", Short: "Set what was said beside what would be said under today's rules and data", Args: cobra.NoArgs, Example: "  veedor alerts replay --from 2026-04-01 --to 2026-05-01",
		RunE: func(c *cobra.Command, _ []string) error {
			return with(c, func(h *house) error {
				begin, end, err := window(c, h, from, to)
				if err != nil {
					return err
				}
				j, err := incidents.OpenJournal(dataDir(c))
				if err != nil {
					return err
				}
				said, err := j.All()
				if err != nil {
					return err
				}
				t := series.Provisional()
				found, err := incidents.Detect(c.Context(), h.lake, t, begin, end, nil)
				if err != nil {
					return err
				}
				out := c.OutOrStdout()
				same, only, now := 0, 0, 0
				taken := make([]bool, len(found.Incidents))
				for i := range said {
					s := &said[i].Incident
					if at := time.Unix(s.From*3600, 0); at.Before(begin) || !at.Before(end) {
						continue
					}
					at := slices.IndexFunc(found.Incidents, func(f series.Incident) bool { return incidents.Same(s, &f, t) && f.Withdrawn == "" })
					if at < 0 {
						only++
						fmt.Fprintf(out, "said, and would not be said today: %s\n", incidents.Line(s))
						continue
					}
					taken[at] = true
					same++
				}
				for i := range found.Incidents {
					if f := &found.Incidents[i]; !taken[i] && f.Withdrawn == "" {
						now++
						fmt.Fprintf(out, "not said, and would be said today: %s\n", incidents.Line(f))
					}
				}
				fmt.Fprintf(out, "said then and today %d, only then %d, only today %d\n", same, only, now)
				return nil
			})
		},
	}
	c.Flags().StringVar(&from, "from", "", "look at measurements since this day (default 400 days before the last)")
	c.Flags().StringVar(&to, "to", "", "look at measurements before this day")
	return c
}
