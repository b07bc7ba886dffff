package web

import (
	"bytes"
	"cmp"
	"fmt"
	"net/http"
	"strings"
)

// Where the terms of the measurements stand in full, and what they are called where programs look for a name (SPDX).
const (
	measurementTerms = "https://creativecommons.org/licenses/by-nc-sa/4.0/"
	measurementSPDX  = "CC-BY-NC-SA-4.0"
)

// licencesPage says whose the data are that are shown here, and under which terms.
type licencesPage struct {
	base
	Rows  []termRow
	More  int64 // lists of the registry beyond those
	Carry []string
}

// termRow is something that is held, whose it is, and its terms; empty where nobody stated them.
type termRow struct {
	ID                 string // of the row on the page; ""
	What, Href         string
	Invented           bool
	Whose, AsOf, Terms string
}

const maxTerms = 100 // lists named on the page

// carries are the keys of the sentences that say how the terms travel.
var carries = []string{"licences.carry.link", "licences.carry.copy", "licences.carry.rows", "licences.carry.dossier", "licences.carry.measurements"}

func (s *site) licences(r *request) error {
	p := licencesPage{base: r.base(r.words().get("licences.title")), Carry: carries}
	var err error
	if p.Rows, p.More, err = s.terms(r); err != nil {
		return err
	}
	return r.render(http.StatusOK, "licences", p)
}

// terms are the rows of the table of licences, and how many lists there are beyond.
func (s *site) terms(r *request) (rows []termRow, more int64, err error) {
	w := r.words()
	st, err := s.Store.Stats(r.Context())
	if err != nil {
		return nil, 0, err
	}
	if st.Measurements > 0 && !st.Invented {
		rows = append(rows, termRow{ID: "measurements", What: w.get("licences.measurements"), Whose: w.get("licences.measurers"), Terms: "CC BY-NC-SA 4.0"})
	}
	if st.Measurements > 0 {
		rows = append(rows, termRow{What: w.get("licences.sample"), Invented: true, Whose: w.get("licences.programmers"), Terms: "Apache-2.0"})
	}
	if s.References != nil {
		for _, ref := range s.References() {
			row := termRow{What: w.get("licences.kind." + ref.Kind), Whose: shorten(ref.Credit, 200), Terms: ref.Licence}
			if !ref.Date.IsZero() {
				row.AsOf = w.get("licences.asof", day(w, ref.Date))
			}
			rows = append(rows, row)
		}
	}
	if s.Registry != nil {
		list, err := s.Registry.Datasets(r.Context())
		if err != nil {
			return nil, 0, err
		}
		more = int64(max(0, len(list)-maxTerms))
		for _, d := range list[:min(len(list), maxTerms)] {
			rows = append(rows, termRow{What: shorten(cmp.Or(d.Title, d.Name), 160), Href: datasetHref(r.lang, d.Name), Whose: shorten(d.Publisher, 160), Terms: shorten(d.Licence, 120)})
		}
	}
	if s.Captures != nil {
		rows = append(rows, termRow{ID: "captures", What: w.get("licences.captures"), Whose: w.get("licences.authors"), Terms: w.get("licences.quoted")})
	}
	if s.Desk != nil {
		rows = append(rows, termRow{ID: "texts", What: w.get("licences.texts"), Whose: w.get("licences.editors"), Terms: w.get("licences.editorterms")})
	}
	return append(rows, termRow{What: w.get("licences.program"), Whose: w.get("licences.programmers"), Terms: "Apache-2.0"}), more, nil
}

// licencesText sends the page on licences as a text, which can lie beside files where nothing says them with each.
func (s *site) licencesText(r *request) error {
	rows, more, err := s.terms(r)
	if err != nil {
		return err
	}
	w := r.words()
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s\n\n%s\n\n", strings.ToUpper(w.get("licences.title")), w.get("licences.lead"))
	unstated := w.get("licences.unstated")
	for _, row := range rows {
		whose := cmp.Or(inLine(row.Whose), unstated)
		if row.AsOf != "" {
			whose += " (" + row.AsOf + ")"
		}
		fmt.Fprintf(&b, "* %s\n  %s: %s\n  %s: %s\n", inLine(row.What), w.get("licences.whose"), whose, w.get("licences.terms"), cmp.Or(inLine(row.Terms), unstated))
	}
	if more > 0 {
		fmt.Fprintf(&b, "* %s\n", w.count(r.lang, "capture.more", more))
	}
	fmt.Fprintf(&b, "\n%s\n\n", w.get("licences.h.carry"))
	for _, key := range carries {
		fmt.Fprintf(&b, "* %s\n", w.get(key))
	}
	fmt.Fprintf(&b, "\n  %s\n", w.get("licences.credit", s.RuleSet))
	return r.send(http.StatusOK, "text/plain; charset=utf-8", "public, max-age=60", b.Bytes())
}

// exportLicence sends the terms of the whole tables as a text that lies beside them.
func (s *site) exportLicence(r *request) error {
	st, err := s.Store.Stats(r.Context())
	if err != nil {
		return err
	}
	w := r.words()
	var b bytes.Buffer
	fmt.Fprint(&b, "observations.csv, observations.parquet, verdicts.csv, verdicts.parquet\n\n")
	if st.Measurements > 0 && !st.Invented {
		fmt.Fprintf(&b, "%s\n%s\n\nSPDX-License-Identifier: %s\n", w.get("licences.credit", s.RuleSet), measurementTerms, measurementSPDX)
	} else {
		fmt.Fprintf(&b, "%s: %s, Apache-2.0\n\nSPDX-License-Identifier: Apache-2.0\n", w.get("licences.sample"), w.get("licences.programmers"))
	}
	fmt.Fprintf(&b, "\n%s: licences.txt\n", w.get("licences.title"))
	return r.send(http.StatusOK, "text/plain; charset=utf-8", "public, max-age=60", b.Bytes())
}

// inLine is a text of others in one line.
func inLine(s string) string { return strings.Join(strings.Fields(shorten(s, 1000)), " ") }
