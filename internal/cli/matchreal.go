package cli

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"veedor/internal/follow/match"
)

// ofacEntity is one entry of OFAC's list with its names, the primary one first.
type ofacEntity struct {
	id, schema string
	names      []string
}

// benchReal searches every alias of OFAC's list in three settings. Many aliases have nothing in common with the entity's other names (a nom de
// guerre, an abbreviation of another name), so recall has a ceiling well below one that nobody knows.
func benchReal(ctx context.Context, out io.Writer, dir string) error {
	list, err := ofacList(dir)
	if err != nil {
		return err
	}
	var primary, full matchIndex
	var known, held, absent []matchQuery
	for _, e := range list {
		err := errors.Join(primary.add(match.Entity{ID: e.id, Schema: e.schema, Names: e.names[:1]}), full.add(match.Entity{ID: e.id, Schema: e.schema, Names: e.names}))
		if err != nil {
			return err
		}
	}
	if err := errors.Join(primary.flush(), full.flush()); err != nil {
		return err
	}
	for _, e := range list {
		for i, alias := range e.names[1:] {
			q := matchQuery{entity: match.Entity{Schema: e.schema, Names: []string{alias}}, want: e.id, how: e.schema}
			known = append(known, q)
			q.index = func() (*match.Index, error) { // a later segment holds: in it the entity stands without the alias
				var x matchIndex
				err := x.add(match.Entity{ID: e.id, Schema: e.schema, Names: slices.Delete(slices.Clone(e.names), i+1, i+2)})
				if err = errors.Join(err, x.flush()); err != nil {
					return nil, err
				}
				return match.NewIndex(append(slices.Clone(full.segments), x.segments...)...), nil
			}
			held = append(held, q)
			q.index, q.want, q.keep = nil, "", func(id string) bool { return id != e.id }
			absent = append(absent, q)
		}
	}
	fmt.Fprintf(out, "\nOFAC's list of 2021: %d aliases of %d entities\n", len(known), len(list))
	for _, setting := range []struct {
		about   string
		index   *matchIndex
		queries []matchQuery
	}{
		{"among the primary names alone", &primary, known},
		{"among all names but the one asked for", &full, held},
		{"among all names, the bearer left out: what is proposed is of another entry", &full, absent},
	} {
		_, s, err := searchAll(ctx, match.NewIndex(setting.index.segments...), setting.queries)
		if err != nil {
			return err
		}
		fmt.Fprintln(out, setting.about)
		s.print(out)
		printMissed(out, s.missed)
	}
	return nil
}

// ofacList reads the entities of OFAC's list with their names, the primary one first.
func ofacList(dir string) ([]ofacEntity, error) {
	rows, err := ofacRows(dir, "ofac_sdn_2021*.csv")
	if err != nil {
		return nil, err
	}
	aliases, err := ofacRows(dir, "ofac_alt_2021*.csv")
	if err != nil {
		return nil, err
	}
	var list []ofacEntity
	place := map[string]int{}
	for _, r := range rows {
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
		place[r[0]] = len(list)
		list = append(list, ofacEntity{r[0], schema, []string{r[1]}})
	}
	for _, r := range aliases {
		if len(r) < 4 {
			continue
		}
		if i, ok := place[r[0]]; ok {
			list[i].names = append(list[i].names, r[3])
		}
	}
	return list, nil
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
