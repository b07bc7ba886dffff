package cli

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"veedor/internal/weigh/cmo"
	"veedor/internal/weigh/desk"
)

func deskCMOCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "cmo",
		Short: "Tables of Civic Media Observatory bases, both ways",
		Long: `Civic Media Observatory bases (Global Voices) are eight tables in Airtable: Items, Media Sources, Themes, Narrative Frames, People
and Entities, Stories, Newsletter Brief, Locations. Their CSV exports are read onto the desk and written back without loss:
docs/format/cmo.md.`,
	}
	c.AddCommand(cmoImportCommand(), cmoExportCommand())
	return c
}

func cmoImportCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "import FOLDER | FILE…",
		Short:   "Read tables; give those that belong together at once",
		Example: "  veedor desk cmo import exported/\n  veedor desk cmo import Items.csv Themes.csv",
		Args:    cobra.MinimumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			files, err := csvFiles(args)
			if err != nil {
				return err
			}
			return withDesk(c, func(d *desk.Desk) error {
				who, _ := deskWriter(c)
				all, err := cmo.Import(c.Context(), d, who, files, tablesProgress(c.ErrOrStderr()))
				if err != nil {
					return err
				}
				printTables(c.OutOrStdout(), all)
				return nil
			})
		},
	}
}

func csvFiles(args []string) ([]cmo.File, error) {
	var out []cmo.File
	for _, a := range args {
		names := []string{a}
		if info, err := os.Stat(a); err != nil {
			return nil, err
		} else if info.IsDir() {
			if names, err = filepath.Glob(filepath.Join(a, "*.csv")); err != nil || len(names) == 0 {
				return nil, fmt.Errorf("%s holds no .csv file (%w)", a, errUsage)
			}
			slices.Sort(names)
		}
		for _, name := range names {
			out = append(out, cmo.File{Name: filepath.Base(name), Open: func() (io.ReadCloser, error) { return os.Open(name) }})
		}
	}
	return out, nil
}

// tablesProgress says every two seconds how far an import has come.
func tablesProgress(w io.Writer) func(done, total int) {
	said := time.Now()
	return func(done, total int) {
		if time.Since(said) > 2*time.Second {
			said = time.Now()
			fmt.Fprintf(w, "%d of %d steps\n", done, total)
		}
	}
}

func printTables(w io.Writer, all []cmo.Account) {
	for i := range all {
		a := &all[i]
		fmt.Fprintf(w, "%s: read %d = new %d + changed %d + same %d + rejected %d; %d columns, %d of them kept as they come", a.Table, a.Read, a.New, a.Changed, a.Same, len(a.Rejected), a.Columns, a.Unknown)
		if a.Conflicts > 0 {
			fmt.Fprintf(w, "; %d fields were changed here too: see veedor desk conflicts", a.Conflicts)
		}
		if a.Gone > 0 {
			fmt.Fprintf(w, "; %d records of an earlier import are not in the table and stay", a.Gone)
		}
		fmt.Fprintln(w)
		for _, r := range a.Rejected {
			fmt.Fprintf(w, "  rejected: %s\n", r.Reason)
		}
		for _, p := range a.Problems() {
			fmt.Fprintf(w, "  kept as it came: %s\n", p)
		}
	}
}

func cmoExportCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "export FOLDER",
		Short:   "Write the eight tables; what came from a base and was not changed here is written as it came",
		Example: "  veedor desk cmo export exported/",
		Args:    cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return withDesk(c, func(d *desk.Desk) error { return cmoExport(c.Context(), c, d, args[0]) })
		},
	}
}

func cmoExport(ctx context.Context, c *cobra.Command, d *desk.Desk, dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	who, _ := deskWriter(c)
	for _, t := range cmo.Tables() {
		var b bytes.Buffer
		n, err := cmo.Export(ctx, d, who, t, &b)
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(dir, t.File), b.Bytes(), 0o644); err != nil {
			return err
		}
		fmt.Fprintf(c.OutOrStdout(), "%s: %d rows in %s\n", t.Name, n, t.File)
	}
	return nil
}
