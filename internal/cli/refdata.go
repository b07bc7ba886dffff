package cli

import (
	"encoding/json"
	"fmt"
	"net/http"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"veedor/internal/measure/refdata"
)

func refdataCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "refdata",
		Short: "Reference data: networks, countries, fingerprints, test lists",
		Long:  "Reference data is kept as dated snapshots; every verdict names the snapshots it used. docs/format/refdata.md tells more.",
	}
	c.AddCommand(refdataListCommand(), refdataUpdateCommand())
	return c
}

func refdataListCommand() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:     "list",
		Short:   "Show what is in use, from whom, and how old it is",
		Example: "  veedor refdata list",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			db, err := refdata.Open(dataDir(c))
			if err != nil {
				return err
			}
			list := db.List()
			if asJSON {
				return json.NewEncoder(c.OutOrStdout()).Encode(list)
			}
			w := tabwriter.NewWriter(c.OutOrStdout(), 0, 0, 2, ' ', 0)
			fmt.Fprintln(w, "KIND\tSNAPSHOT\tAGE\tROWS\tIN USE\tLICENCE\tPUBLISHER")
			for _, s := range list {
				fmt.Fprintf(w, "%s\t%s\t%d days\t%d\t%v\t%s\t%s\n", s.Kind, s.ID, int(s.Age/(24*time.Hour)), s.Rows, s.InUse, s.Licence, s.Publisher)
			}
			return w.Flush()
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print as JSON")
	return c
}

func refdataUpdateCommand() *cobra.Command {
	var from string
	c := &cobra.Command{
		Use:   "update",
		Short: "Fetch new snapshots from the publishers",
		Long: `Fetch each kind of reference data from its publisher, check it, and keep it as a dated snapshot. What is broken or has
shrunk is refused and kept aside with the reason. Publishers can be changed in DATA/publishers.json; a folder works as one.`,
		Example: "  veedor refdata update\n  veedor refdata update --from /media/usb/reference",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			pubs, err := refdata.Publishers(dataDir(c))
			if err != nil {
				return err
			}
			if from != "" {
				pubs = refdata.FromFolder(from)
			}
			client := &http.Client{Timeout: 10 * time.Minute}
			return refdata.Update(c.Context(), dataDir(c), pubs, client, func(line string) { fmt.Fprintln(c.OutOrStdout(), line) })
		},
	}
	c.Flags().StringVar(&from, "from", "", "a folder to take the publishers' files from")
	return c
}
