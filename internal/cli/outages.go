package cli

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

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
		Long: `Read series of connectivity that others publish (signals of IODA as JSON; tables of the Monash IP Observatory as CSV, whose local
times are converted), keep the outages found in them, and list all that are kept, each beside what our own measurements show
for the same country and time: the usual number, silence, or too little to say.`,
		Example: "  veedor outages ioda-IR.json\n  veedor outages --zone America/Caracas ven.csv\n  veedor outages --json",
		RunE: func(c *cobra.Command, files []string) error {
			return with(c, func(h *house) error {
				path := filepath.Join(dataDir(c), "outages", "outages.jsonl")
				list, err := readOutages(path)
				if err != nil {
					return err
				}
				for _, f := range files {
					found, err := outagesIn(f, zone)
					if err != nil {
						return fmt.Errorf("read %s: %w", f, err)
					}
					list = append(list, found...)
				}
				list = distinct(list)
				if len(files) > 0 {
					if err := writeOutages(path, list); err != nil {
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

// outagesIn finds the outages in a file; its form is told by its first byte.
func outagesIn(path, zone string) ([]outage.Outage, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var points []outage.Point
	if text := strings.TrimSpace(string(b)); strings.HasPrefix(text, "{") {
		points, err = outage.ReadIODA(strings.NewReader(text))
	} else {
		points, err = outage.ReadMonash(strings.NewReader(string(b)), zone)
	}
	return outage.Find(points), err
}

func readOutages(path string) ([]outage.Outage, error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var out []outage.Outage
	for d := json.NewDecoder(f); ; {
		var o outage.Outage
		if err := d.Decode(&o); errors.Is(err, io.EOF) {
			return out, nil
		} else if err != nil {
			return out, fmt.Errorf("read %s: %w", path, err)
		}
		out = append(out, o)
	}
}

// distinct orders outages and keeps of those that begin alike the one that says most.
func distinct(list []outage.Outage) []outage.Outage {
	slices.SortFunc(list, func(a, b outage.Outage) int {
		return cmp.Or(strings.Compare(a.CC, b.CC), a.From.Compare(b.From), b.To.Compare(a.To))
	})
	return slices.CompactFunc(list, func(a, b outage.Outage) bool { return a.CC == b.CC && a.From.Equal(b.From) })
}

func writeOutages(path string, list []outage.Outage) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".outages-*")
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(f.Name()) }() // gone by then when all went well
	e := json.NewEncoder(f)
	for _, o := range list {
		if err := e.Encode(o); err != nil {
			return errors.Join(err, f.Close())
		}
	}
	if err := errors.Join(f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}

// ourVolume says what our own measurements show for a country and time.
func ourVolume(o outage.Outage, volumes []verdict.Volume) string {
	t := series.Provisional()
	until := o.To
	if until.IsZero() {
		until = o.From.Add(24 * time.Hour)
	}
	from, to := verdict.HourOf(o.From), verdict.HourOf(until)
	for _, v := range volumes {
		last := v.First + int64(len(v.Count))
		if v.CC != o.CC || v.ASN != 0 || from < v.First+14*24 || to > last {
			continue
		}
		for _, s := range t.Silences(v) {
			if s.From <= to && (s.To == 0 || s.To >= from) {
				return "silent"
			}
		}
		return "usual"
	}
	return "too little"
}

func printOutages(w io.Writer, list []outage.Outage, volumes []verdict.Volume, asJSON bool) error {
	for _, o := range list {
		ours := ourVolume(o, volumes)
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
