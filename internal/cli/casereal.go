package cli

import (
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"veedor/internal/follow/ftm"
	"veedor/internal/follow/registry"
	"veedor/internal/weigh/cases"
	"veedor/internal/weigh/desk"
)

// The case this project was founded on, and what of it the data speaks of.
const (
	realID       = "venezuela-filtering"
	realClaim    = realID + ".filter-supplied"
	realSupplier = "ofac-30502"
	realAcronym  = "CEIEC"
)

func caseRealCommand() *cobra.Command {
	var bare bool
	c := &cobra.Command{
		Use:   "real DATA CASE",
		Short: "Work through the founding case with the lists, tables and texts it is about",
		Long: `Work through the founding case in an empty data folder: the sanctions lists and finance tables below DATA go into the registry, the texts
of its claims and the reports on blocking onto the desk, what derives from what is proposed and, where the roles of the texts say so,
confirmed. Each command that is run is printed. Then it prints how many sources stand behind the accusation, which projects the supplier
is joined with, which AS numbers are wrong, and what there is not enough data for.`,
		Example: "  veedor --data data/real case real ../shared/data cases/venezuela-filtering",
		Args:    cobra.ExactArgs(2),
		RunE: func(c *cobra.Command, args []string) error {
			w := &realWork{c: c, from: args[0], folder: args[1]}
			var err error
			if w.k, err = readCase(args[1]); err != nil {
				return err
			}
			if w.temp, err = os.MkdirTemp("", "veedor-case-"); err != nil {
				return err
			}
			defer os.RemoveAll(w.temp)
			steps := []func() error{w.registry, w.desk, w.sources, w.supplier, w.networks, w.findings}
			if bare {
				steps = []func() error{w.desk, w.sources, w.networks, w.findings}
			}
			for _, step := range steps {
				if err := step(); err != nil {
					return err
				}
			}
			return nil
		},
	}
	c.Flags().BoolVar(&bare, "no-lists", false, "leave out the lists and tables of the registry")
	return c
}

// realWork is one working through of the case.
type realWork struct {
	c            *cobra.Command
	from, folder string
	temp         string // for tables made on the way
	k            *cases.Case
	said         []string // how many sources stand behind the accusation, step by step
}

// do runs another command of the program, and says so.
func (w *realWork) do(args ...string) error {
	fmt.Fprintln(w.c.OutOrStdout(), "$ veedor "+strings.Join(args, " "))
	root := command()
	root.SetArgs(append([]string{"--data", dataDir(w.c)}, args...))
	root.SetOut(w.c.OutOrStdout())
	root.SetErr(w.c.ErrOrStderr())
	return root.ExecuteContext(w.c.Context())
}

func (w *realWork) printf(format string, args ...any) {
	fmt.Fprintf(w.c.OutOrStdout(), format+"\n", args...)
}

// registry reads the lists, and decides that the organisation which the projects' table gives the acronym is the one on the list.
func (w *realWork) registry() error {
	for _, list := range []struct {
		date  string
		files []string
	}{
		{"2021-07-07", []string{"sanctions/ofac_sdn_2021-07-07_watchman.csv", "sanctions/ofac_alt_2021-07-07_watchman.csv", "sanctions/ofac_add_2021-07-07_watchman.csv"}},
		{"2023-01-21", []string{"sanctions/ofac_sdn_2023-01-21_sancbook.csv", "sanctions/ofac_add_2023-01-21_sancbook.csv"}},
		{"", []string{"sanctions/eu_32017R2063_venezuela.csv"}},
		{"", []string{"sanctions/us_dod_1260H_chinese_military_companies.csv"}},
		{"", []string{"sanctions/cn_countersanctions_opensanctions.csv"}},
		{"", []string{"finance/aiddata_gcdf2_projects_with_geodata.csv"}},
		{"", []string{"finance/aei_cgit_south_america_2005-2021.csv"}},
	} {
		args := []string{"registry", "import"}
		if list.date != "" {
			args = append(args, "--date", list.date)
		}
		for _, f := range list.files {
			args = append(args, filepath.Join(w.from, f))
		}
		if err := w.do(args...); err != nil {
			return err
		}
	}
	var same []string
	err := withRegistry(w.c, func(r *registry.Registry) error {
		return r.Entities(w.c.Context(), "aiddata-geo", "Organization", func(e *ftm.Entity) error {
			if strings.Contains(strings.Join(append(e.Properties["name"], e.Properties["alias"]...), " "), realAcronym) {
				same = append(same, e.ID)
			}
			return nil
		})
	})
	if err != nil {
		return err
	}
	for _, id := range same {
		if err := w.do("registry", "decide", realSupplier, registry.Positive, id, "--by", "case", "--why", "the table gives it the same name and acronym"); err != nil {
			return err
		}
	}
	return nil
}

// desk loads the case without what it says of who repeats whom, then the texts, then confirms what the texts' roles confirm, then loads it whole.
func (w *realWork) desk() error {
	bare, err := w.bare()
	if err != nil {
		return err
	}
	if err := w.do("case", "load", bare); err != nil {
		return err
	}
	if err := w.count("before texts were compared (in an empty data folder)"); err != nil {
		return err
	}
	rows, err := readClaimRows(filepath.Join(w.from, "claims", "claim_lineage.jsonl"))
	if err != nil {
		return err
	}
	texts, reports := filepath.Join(w.temp, "texts.csv"), filepath.Join(w.temp, "reports.csv")
	if err := writeTable(texts, []string{"url", "text", "language", "author", "date"}, textRows(rows)); err != nil {
		return err
	}
	found, err := reportRows(filepath.Join(w.from, "venezuela", "vesinfiltro_blocks_long.csv"))
	if err != nil {
		return err
	}
	if err := writeTable(reports, []string{"url", "title", "language", "author", "date", "type"}, found); err != nil {
		return err
	}
	for _, args := range [][]string{{"intake", "table", "--no-capture", texts}, {"intake", "table", "--no-capture", "--case", realID, reports}, {"intake", "lineage"}} {
		if err := w.do(args...); err != nil {
			return err
		}
	}
	if err := w.confirm(rows); err != nil {
		return err
	}
	if err := w.count("with the proposals that the roles of the texts confirm"); err != nil {
		return err
	}
	if err := w.do("case", "load", w.folder, "--publish"); err != nil {
		return err
	}
	return w.count("with what the case itself says of derivations")
}

// bare writes the case without what it says of who repeats whom, and returns the folder.
func (w *realWork) bare() (string, error) {
	k, err := readCase(w.folder)
	if err != nil {
		return "", err
	}
	k.Lineage = nil
	for i := range k.Claims {
		for j := range k.Claims[i].Utterances {
			k.Claims[i].Utterances[j].Root = ""
		}
	}
	files, err := k.Files()
	if err != nil {
		return "", err
	}
	dir := filepath.Join(w.temp, realID)
	for name, b := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return "", fmt.Errorf("write the case without derivations: %w", err)
		}
		if err := os.WriteFile(path, b, 0o600); err != nil {
			return "", fmt.Errorf("write the case without derivations: %w", err)
		}
	}
	return dir, nil
}

// textRows are the texts as rows of a table: url, text, language, outlet, date.
func textRows(rows []*claimRow) [][]string {
	var out [][]string
	for _, r := range rows {
		out = append(out, []string{r.URL, r.Text, r.Lang, r.Outlet, r.Date})
	}
	return out
}

// reportRows are the reports that a table of blocks was taken from, once each.
func reportRows(table string) ([][]string, error) {
	f, err := os.Open(table)
	if err != nil {
		return nil, fmt.Errorf("read block reports: %w", err)
	}
	defer f.Close()
	all, err := csv.NewReader(f).ReadAll()
	if err != nil || len(all) == 0 {
		return nil, fmt.Errorf("read block reports %s: %w", table, err)
	}
	at := map[string]int{}
	for i, name := range all[0] {
		at[name] = i
	}
	blocked, rows := map[string]int{}, map[string]int{}
	var out [][]string
	for _, r := range all[1:] {
		page := r[at["permalink"]]
		if rows[page] == 0 {
			out = append(out, []string{"https://vesinfiltro.org" + page, "", r[at["lang"]], "VE sin Filtro", r[at["report_date"]], "report"})
		}
		rows[page]++
		if r[at["status"]] == "blocked" {
			blocked[page]++
		}
	}
	for i := range out {
		page := strings.TrimPrefix(out[i][0], "https://vesinfiltro.org")
		out[i][1] = fmt.Sprintf("VE sin Filtro %s: %d of %d site and network pairs blocked", out[i][4], blocked[page], rows[page])
	}
	return out, nil
}

func writeTable(path string, head []string, rows [][]string) error {
	f, err := os.Create(path)
	if err != nil {
		return fmt.Errorf("write table: %w", err)
	}
	t := csv.NewWriter(f)
	if err := t.WriteAll(append([][]string{head}, rows...)); err != nil {
		return fmt.Errorf("write table: %w", err)
	}
	return f.Close()
}

// confirm decides proposals as the roles of the texts do: an item whose role says that it derives, from another text of its event.
func (w *realWork) confirm(rows []*claimRow) error {
	of := map[string]*claimRow{}
	for _, r := range rows {
		of[r.URL] = r
	}
	return withDesk(w.c, func(d *desk.Desk) error {
		who, _ := deskWriter(w.c)
		proposed, err := d.List(w.c.Context(), who, desk.Query{Kind: desk.Lineage, Where: map[string]string{"decision": "proposed"}})
		if err != nil {
			return err
		}
		row := func(item string) *claimRow {
			if r, err := d.Get(w.c.Context(), who, desk.Item, item); err == nil {
				return of[r.Str("url")]
			}
			return nil
		}
		var yes []desk.Change
		for i := range proposed {
			l := &proposed[i]
			from, to := row(l.Str("from")), row(l.Str("to"))
			if from != nil && to != nil && from.Event == to.Event && ancestryOf(from.Role) == derives {
				yes = append(yes, desk.Change{Kind: desk.Lineage, ID: l.ID, On: l.Rev, Set: map[string]any{"decision": "confirmed"}})
			}
		}
		w.printf("derivations: %d proposed by comparing texts, %d of them confirmed by the roles of the texts", len(proposed), len(yes))
		if len(yes) == 0 {
			return nil
		}
		_, err = d.Write(w.c.Context(), who, "the role of the text says so", yes...)
		return err
	})
}
