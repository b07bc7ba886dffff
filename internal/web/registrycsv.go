package web

import (
	"encoding/csv"
	"net/http"
	"slices"
	"strings"

	"veedor/internal/follow/registry"
)

// csvStep is how many agreements or deployments are read at a time for a table.
const csvStep = 200

// agreementsCSV streams what was chosen, one row for each amount that a source gives.
func (s *site) agreementsCSV(r *request) error {
	head := []string{"id", "title", "sectors", "instruments", "dates", "countries", "parties", "amount_as_written", "amount", "currency", "amount_usd", "amount_normalised", "price_year", "normalisation",
		"not_normalised_because", "amounts_contradict", "publication_status", "dataset", "licence", "source", "evidence", "first_seen", "last_seen", "said_now"}
	licences, err := s.licencesOf(r)
	if err != nil {
		return err
	}
	return s.table(r, "agreements.csv", registry.Agreements, agreementFacets(), head, func(id string, row func(...string) error) error {
		a, err := s.Registry.Agreement(r.Context(), id)
		if err != nil {
			return err
		}
		v := &a.View
		var parties []string
		for _, p := range a.Parties {
			parties = append(parties, p.Prop+": "+p.Caption)
		}
		front := []string{a.ID, v.Entity.Caption, values(v, "sector"), values(v, "instrument"), values(v, "startDate", "date"), values(v, "country"), strings.Join(parties, "; ")}
		if len(a.Amounts) == 0 {
			return row(append(front, "", "", "", "", "", "", "", "", "", values(v, "publicationStatus"), strings.Join(v.Entity.Datasets, "; "), licences(v.Entity.Datasets...), "", "", v.Entity.FirstSeen, v.Entity.LastSeen, yes(!v.Gone))...)
		}
		for i := range a.Amounts {
			m := &a.Amounts[i]
			because := ""
			if m.Normalised == "" {
				because = r.amountRow(m).Normalised
			}
			said := &m.Said[0]
			if err := row(append(front[:len(front):len(front)], said.Original, m.Value, m.Currency, m.USD, m.Normalised, m.PriceYear, m.Method, because, yes(a.Conflicting("amount")), values(v, "publicationStatus"),
				said.Dataset, licences(said.Dataset), said.Source, said.File.Evidence(said.At), said.First.Date(), said.Last.Date(), yes(m.Current))...); err != nil {
				return err
			}
		}
		return nil
	})
}

// deploymentsCSV streams what was chosen, one row for each deployment.
func (s *site) deploymentsCSV(r *request) error {
	head := []string{"id", "name", "kinds", "countries", "places", "latitudes", "longitudes", "suppliers", "operators", "scales", "statuses", "dates", "ends", "purposes_stated", "legal_bases", "agreements", "contradicting", "datasets", "licences", "first_seen", "last_seen"}
	licences, err := s.licencesOf(r)
	if err != nil {
		return err
	}
	return s.table(r, "deployments.csv", registry.Deployments, deploymentFacets(), head, func(id string, row func(...string) error) error {
		d, err := s.Registry.Deployment(r.Context(), id)
		if err != nil {
			return err
		}
		v := &d.View
		var suppliers, operators, against []string
		for _, p := range d.Suppliers {
			suppliers = append(suppliers, p.Caption)
		}
		for _, p := range d.Operators {
			operators = append(operators, p.Caption)
		}
		for _, p := range v.Properties {
			if p.Conflict {
				against = append(against, p.Property.Name)
			}
		}
		return row(v.ID, v.Entity.Caption, values(v, "kind"), values(v, "country"), values(v, "place"), values(v, "latitude"), values(v, "longitude"), strings.Join(suppliers, "; "), strings.Join(operators, "; "),
			values(v, "scale"), values(v, "status"), values(v, "startDate", "date"), values(v, "endDate"), values(v, "purposeStated"), values(v, "legalBasis"), values(v, "agreement"), strings.Join(against, "; "),
			strings.Join(v.Entity.Datasets, "; "), licences(v.Entity.Datasets...), v.Entity.FirstSeen, v.Entity.LastSeen)
	})
}

// licencesOf returns what words the licences of datasets, each once; "" where none is stated.
func (s *site) licencesOf(r *request) (func(datasets ...string) string, error) {
	if s.Registry == nil {
		return nil, nil // nor will there be rows
	}
	list, err := s.Registry.Datasets(r.Context())
	stated := map[string]string{}
	for _, d := range list {
		stated[d.Name] = d.Licence
	}
	return func(datasets ...string) string {
		var out []string
		for _, name := range datasets {
			if l := stated[name]; l != "" && !slices.Contains(out, l) {
				out = append(out, l)
			}
		}
		return strings.Join(out, "; ")
	}, err
}

// table streams a CSV file of what was chosen. A spreadsheet would take a cell that begins with =, +, - or @ for a
// formula: such a cell begins with an apostrophe.
func (s *site) table(r *request, name string, of registry.Facets, facets, head []string, rows func(id string, row func(...string) error) error) error {
	if s.Registry == nil {
		return r.missing()
	}
	out := &download{ResponseWriter: r.w, kind: "text/csv; charset=utf-8", name: name}
	if r.Method == http.MethodHead {
		out.begin()
		return nil
	}
	pick, _ := r.picked(facets)
	w := csv.NewWriter(out)
	fail := func(err error) error {
		if !out.begun {
			return err // can still be said
		}
		if r.Context().Err() == nil {
			s.Log.Error("export broke off", "file", name, "error", err)
		}
		panic(http.ErrAbortHandler) // half a table must not look like a whole one
	}
	row := func(cells ...string) error {
		for i, c := range cells {
			if c != "" && strings.ContainsRune("=+-@\t\r", rune(c[0])) {
				cells[i] = "'" + c
			}
		}
		return w.Write(cells)
	}
	for skip := 0; ; skip += csvStep {
		ids, _, err := s.Registry.Choose(r.Context(), of, pick, skip, csvStep)
		if err != nil {
			return fail(err)
		}
		if skip == 0 {
			if err := w.Write(head); err != nil {
				return fail(err)
			}
		}
		for _, id := range ids {
			if err := rows(id, row); err != nil {
				return fail(err)
			}
		}
		if w.Flush(); w.Error() != nil {
			return fail(w.Error())
		}
		if len(ids) < csvStep {
			return nil
		}
	}
}

// values returns what holds now of some properties, each value once.
func values(v *registry.View, props ...string) string {
	var out []string
	for _, p := range props {
		for _, value := range current(v.Get(p)) {
			out = append(out, value.Value)
		}
	}
	return strings.Join(out, "; ")
}

func yes(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}
