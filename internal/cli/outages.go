package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"veedor/internal/measure/incidents"
	"veedor/internal/measure/outage"
	"veedor/internal/measure/series"
	"veedor/internal/measure/verdict"
)

func outagesCommand() *cobra.Command {
	var zone string
	var asJSON bool
	c := &cobra.Command{
		Use:   "outages [FILE…]",
		Short: "Read others' series of connectivity, and set their outages beside our own volume of measurements",
		Long: `Read series of connectivity that others publish (signals of IODA as JSON or a table; tables of the Monash IP Observatory as CSV, whose local
times are converted), keep the outages found in them, and list all that are kept, each beside what our own measurements show
for the same country and time: the usual number, silence, or too little to say.`,
		Example: "  veedor outages ioda-IR.json\n  veedor outages --zone America/Caracas ven.csv\n  veedor outages --json",
		RunE: func(c *cobra.Command, files []string) error {
			return with(c, func(h *house) error {
				kept := incidents.OpenOutages(dataDir(c))
				list, err := kept.All()
				if err != nil {
					return err
				}
				var more []outage.Outage
				for _, f := range files {
					found, err := outagesIn(f, zone)
					if err != nil {
						return fmt.Errorf("read %s: %w", f, err)
					}
					more = append(more, found...)
				}
				if len(files) > 0 {
					if list, err = kept.Add(more); err != nil {
						return err
					}
				}
				volumes, err := h.lake.Volumes(c.Context())
				if err != nil {
					return err
				}
				return printOutages(c.OutOrStdout(), list, volumes, asJSON)
			})
		},
	}
	c.Flags().StringVar(&zone, "zone", "", "the time zone of local times, such as America/Caracas (default: the country's own)")
	c.Flags().BoolVar(&asJSON, "json", false, "one JSON object a line")
	return c
}

// outagesIn finds the outages in a file; its form is told by its first line.
func outagesIn(path, zone string) ([]outage.Outage, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var points []outage.Point
	text := strings.TrimSpace(string(b))
	head, _, _ := strings.Cut(text, "\n")
	switch {
	case strings.HasPrefix(text, "{"):
		points, err = outage.ReadIODA(strings.NewReader(text))
	case strings.Contains(head, "entityCode"):
		points, err = outage.ReadIODATable(strings.NewReader(text))
	default:
		points, err = outage.ReadMonash(strings.NewReader(text), zone)
	}
	return outage.Find(points), err
}

func printOutages(w io.Writer, list []outage.Outage, volumes []verdict.Volume, asJSON bool) error {
	words := map[string]string{incidents.Silent: "silent", incidents.Usual: "usual", incidents.TooLittle: "too little"}
	for _, o := range list {
		ours := words[incidents.Beside(o, volumes, series.Provisional())]
		if asJSON {
			if err := json.NewEncoder(w).Encode(map[string]any{"country": o.CC, "from": o.From, "to": o.To, "lowest": o.Lowest, "places": o.Places, "our_volume": ours}); err != nil {
				return err
			}
			continue
		}
		until := "lasting"
		if !o.To.IsZero() {
			until = "to " + o.To.Format("2006-01-02 15:04")
		}
		fmt.Fprintf(w, "%s from %s %s, down to %.0f%% of the usual in %d places; our own measurements: %s\n", o.CC, o.From.Format("2006-01-02 15:04"), until, o.Lowest, o.Places, ours)
	}
	if !asJSON {
		fmt.Fprintf(w, "%d outages\n", len(list))
	}
	return nil
}
