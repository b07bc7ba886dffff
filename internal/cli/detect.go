package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"veedor/internal/measure/incidents"
	"veedor/internal/measure/series"
	"veedor/internal/measure/verdict"
)

func detectCommand() *cobra.Command {
	var asJSON, dry bool
	var from, to string
	c := &cobra.Command{
		Use:   "detect",
		Short: "Find incidents: where something began to be blocked, slowed or cut off, and when it ended",
		Long: `Count verdicts into hourly cells, look for changes in each series, group them into incidents, and write what is new into the
journal of incidents, which is never rewritten. The same measurements give the same incidents, live or replayed; late
measurements change what they bear on. --dry-run prints what is found without writing.`,
		Example: "  veedor detect\n  veedor detect --from 2023-11-01 --to 2023-12-01 --dry-run --json",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return with(c, func(h *house) error {
				begin, end, err := window(c, h, from, to)
				if err != nil {
					return err
				}
				t := series.Provisional()
				p := newCount(c.ErrOrStderr(), "detect", "series")
				found, err := incidents.Detect(c.Context(), h.lake, t, begin, end, func(n int64) { p.at(n, 0, "") })
				p.end()
				if err != nil {
					return err
				}
				out := c.OutOrStdout()
				if dry {
					return printFound(out, found, asJSON)
				}
				j, err := incidents.OpenJournal(dataDir(c))
				if err != nil {
					return err
				}
				fresh, err := j.Update(time.Now(), found, t, verdict.RuleSet)
				for _, e := range fresh {
					if asJSON {
						err = json.NewEncoder(out).Encode(e)
					} else {
						fmt.Fprintf(out, "%s: %s\n", e.What, incidents.Line(&e.Incident))
					}
				}
				if !asJSON {
					fmt.Fprintf(out, "%d series, %s: %s, %s added to the journal\n", found.Series, many(int(found.Cells), "cell"), many(len(found.Incidents), "incident"), many(len(fresh), "entry"))
				}
				return errors.Join(err, logAll(c.Context(), c, h))
			})
		},
	}
	c.Flags().StringVar(&from, "from", "", "look at measurements since this day (default 400 days before the last)")
	c.Flags().StringVar(&to, "to", "", "look at measurements before this day")
	c.Flags().BoolVar(&dry, "dry-run", false, "print what is found, write nothing")
	c.Flags().BoolVar(&asJSON, "json", false, "one JSON object a line")
	return c
}

// window returns the time to look at.
func window(c *cobra.Command, h *house, from, to string) (time.Time, time.Time, error) {
	st, err := h.lake.Stats(c.Context())
	if err != nil {
		return time.Time{}, time.Time{}, err
	}
	end := st.Last.Add(time.Hour)
	if now := time.Now(); end.After(now) {
		end = now // measurements from the future tell nothing of the past
	}
	begin := end.AddDate(0, 0, -400)
	for _, d := range []struct {
		text string
		into *time.Time
	}{{from, &begin}, {to, &end}} {
		if d.text == "" {
			continue
		}
		t, err := time.Parse(time.DateOnly, d.text)
		if err != nil {
			return begin, end, fmt.Errorf("%q is no day; write it as 2023-11-09 (%w)", d.text, errUsage)
		}
		*d.into = t
	}
	return begin, end, nil
}

func printFound(out io.Writer, f incidents.Found, asJSON bool) error {
	for i := range f.Incidents {
		inc := f.Incidents[i]
		if asJSON {
			if err := json.NewEncoder(out).Encode(inc); err != nil {
				return err
			}
			continue
		}
		fmt.Fprintln(out, incidents.Line(&inc))
	}
	if !asJSON {
		fmt.Fprintf(out, "%d series, %s: %s\n", f.Series, many(int(f.Cells), "cell"), many(len(f.Incidents), "incident"))
	}
	return nil
}

func incidentsCommand() *cobra.Command {
	var asJSON bool
	var cc string
	c := &cobra.Command{
		Use:     "incidents",
		Short:   "List what was said about incidents: as they stand, and how that changed",
		Example: "  veedor incidents\n  veedor incidents --country KE --json",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			j, err := incidents.OpenJournal(dataDir(c))
			if err != nil {
				return err
			}
			all, err := j.All()
			if err != nil {
				return err
			}
			n := 0
			for i := range all {
				if cc != "" && all[i].CC != cc {
					continue
				}
				n++
				if asJSON {
					if err := json.NewEncoder(c.OutOrStdout()).Encode(all[i]); err != nil {
						return err
					}
					continue
				}
				fmt.Fprintln(c.OutOrStdout(), incidents.Line(&all[i].Incident))
				for _, e := range all[i].History {
					fmt.Fprintf(c.OutOrStdout(), "  %s %s\n", e.At.Format(time.DateTime), e.What)
				}
			}
			if !asJSON {
				fmt.Fprintln(c.OutOrStdout(), many(n, "incident"))
			}
			return nil
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "one JSON object a line")
	c.Flags().StringVar(&cc, "country", "", "only those of a country (two letters)")
	return c
}
