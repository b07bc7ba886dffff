package cli

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"veedor/internal/follow/match"
)

// benchReal searches every alias of OFAC's list among the primary names. Many aliases have nothing in common with the name (a nom de guerre, an
// abbreviation of another name), so recall has a ceiling well below one that nobody knows.
func benchReal(ctx context.Context, out io.Writer, dir string) error {
	names, err := ofacRows(dir, "ofac_sdn_2021*.csv")
	if err != nil {
		return err
	}
	aliases, err := ofacRows(dir, "ofac_alt_2021*.csv")
	if err != nil {
		return err
	}
	var x matchIndex
	known := map[string]string{}
	for _, r := range names {
		if len(r) < 3 {
			continue
		}
		schema := "LegalEntity"
		switch strings.TrimSpace(r[2]) {
		case "individual":
			schema = "Person"
		case "vessel":
			schema = "Vessel"
		case "aircraft":
			schema = "Airplane"
		}
		known[r[0]] = schema
		if err := x.add(match.Entity{ID: r[0], Schema: schema, Names: []string{r[1]}}); err != nil {
			return err
		}
	}
	if err := x.flush(); err != nil {
		return err
	}
	var queries []matchQuery
	for _, r := range aliases {
		if len(r) >= 4 && known[r[0]] != "" {
			queries = append(queries, matchQuery{entity: match.Entity{Schema: known[r[0]], Names: []string{r[3]}}, want: r[0], how: known[r[0]]})
		}
	}
	s, err := searchAll(ctx, match.NewIndex(x.segments...), queries)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "\n%d real aliases of OFAC's list of 2021 searched among %d primary names\n", len(queries), len(known))
	s.print(out)
	printMissed(out, s.missed)
	return nil
}

func ofacRows(dir, pattern string) ([][]string, error) {
	files, err := filepath.Glob(filepath.Join(dir, pattern))
	if err != nil || len(files) == 0 {
		return nil, fmt.Errorf("read %s: there is no such file in %s (%w)", pattern, dir, errors.Join(err, errUsage))
	}
	f, err := os.Open(files[0])
	if err != nil {
		return nil, err
	}
	defer f.Close()
	r := csv.NewReader(f)
	r.FieldsPerRecord, r.LazyQuotes = -1, true
	rows, err := r.ReadAll()
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", files[0], err)
	}
	return rows, nil
}
