package cli

import (
	"encoding/json"
	"fmt"
	"runtime"

	"github.com/spf13/cobra"

	"veedor/internal/measure/verdict"
)

func versionCommand() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use: "version", Short: "Print the versions of the program and of its rules", Example: "  veedor version", Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if asJSON {
				return json.NewEncoder(c.OutOrStdout()).Encode(map[string]string{"version": Version, "rule_set": verdict.RuleSet, "go": runtime.Version()})
			}
			_, err := fmt.Fprintf(c.OutOrStdout(), "veedor %s, rules %s, %s\n", Version, verdict.RuleSet, runtime.Version())
			return err
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print as JSON")
	return c
}
