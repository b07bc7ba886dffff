package cli

import (
	"cmp"
	"encoding/csv"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"veedor/internal/follow/registry"
	"veedor/internal/weigh/cases"
	"veedor/internal/weigh/desk"
)

// count notes how many sources stand behind the accusation.
func (w *realWork) count(when string) error {
	return withDesk(w.c, func(d *desk.Desk) error {
		who, _ := deskWriter(w.c)
		v, err := d.ClaimView(w.c.Context(), who, realClaim)
		if err != nil {
			return err
		}
		s := v.Standing
		w.said = append(w.said, fmt.Sprintf("%d texts, %d independent source(s), %s: %s", s.Texts, s.Said, s.Status, when))
		return nil
	})
}

func (w *realWork) sources() error {
	w.printf("\nWho says that %s supplied the filter", realAcronym)
	for _, line := range w.said {
		w.printf("  %s", line)
	}
	return nil
}

// supplier prints what the listed company is joined with.
func (w *realWork) supplier() error {
	return withRegistry(w.c, func(r *registry.Registry) error {
		near, err := r.Adjacent(w.c.Context(), realSupplier, 1000)
		if err != nil {
			return err
		}
		projects := map[string]string{}
		for _, l := range near.Links {
			for _, n := range []registry.Node{l.From, l.To} {
				if n.Schema == "Project" && len(l.Said) > 0 {
					s := l.Said[0]
					projects[n.ID] = fmt.Sprintf("  %s  [%s %s:%d]", n.Caption, s.Dataset, s.At.File, max(s.At.Line, s.At.Record))
				}
			}
		}
		w.printf("\nOFAC 30502 is joined with %d projects of the finance table", len(projects))
		for _, id := range slices.Sorted(maps.Keys(projects)) {
			w.printf("%s", projects[id])
		}
		return nil
	})
}

// networks looks up the AS numbers of the case's facts among the ranges announced in the country.
func (w *realWork) networks() error {
	f, err := os.Open(filepath.Join(w.from, "geo", "ve_asn_ipv4_ranges.csv"))
	if err != nil {
		return fmt.Errorf("read ranges: %w", err)
	}
	defer f.Close()
	all, err := csv.NewReader(f).ReadAll()
	if err != nil {
		return fmt.Errorf("read ranges: %w", err)
	}
	ranges, name := map[string]int{}, map[string]string{}
	for _, r := range all {
		if len(r) > 3 {
			ranges["AS"+r[2]]++
			name["AS"+r[2]] = strings.TrimSpace(r[3])
		}
	}
	w.printf("\nAS numbers that the case speaks of")
	for _, x := range w.k.Facts {
		switch n := ranges[x.Amount]; {
		case !strings.HasPrefix(x.Amount, "AS"):
		case n > 0:
			w.printf("  %s: %d ranges in Venezuela, %s", x.Amount, n, name[x.Amount])
		default:
			w.printf("  %s: WRONG, no range in Venezuela has it (fact %s, against %s)", x.Amount, x.ID, x.Conflicts)
		}
	}
	return nil
}

// findings prints what measurements say to each question of the case, and how to get those that are wanting.
func (w *realWork) findings() error {
	w.printf("\nWhat measurements say")
	return withDesk(w.c, func(d *desk.Desk) error {
		who, _ := deskWriter(w.c)
		list, err := d.List(w.c.Context(), who, desk.Query{Kind: desk.Evidence, Where: map[string]string{"type": "finding"}})
		if err != nil {
			return err
		}
		for i := range list {
			e := &list[i]
			q := desk.FindingOf(e)
			says := e.Str("outcome")
			if says == desk.Unclear || says == "" {
				says = "not enough data: " + syncFor(q)
			}
			w.printf("  AS%d %s %s: %s", q.Network, q.Target, cmp.Or(q.Layer, "reached or not"), says)
		}
		return nil
	})
}

// syncFor is the command that brings the measurements a finding asks about.
func syncFor(q cases.Finding) string {
	day := func(d cases.Date) string { return string(d)[:min(len(d), 10)] }
	until := day(q.To)
	if at, how, err := q.To.Time(); err == nil && how == "second" {
		until = at.AddDate(0, 0, 1).Format("2006-01-02")
	}
	return fmt.Sprintf("veedor sync ooni --country %s --since %s --until %s", q.Country, day(q.From), until)
}
