package cli

import (
	"encoding/csv"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// register writes a table of 500 agreements between two invented states, by sector, in the proportions of the register
// of China's agreements with Venezuela: telecommunications come second after hydrocarbons, with 51. One agreement is told
// of by three sources. It returns the table and the mapping file.
func register(t *testing.T, dir string) (table, mapping string) {
	t.Helper()
	r := rand.New(rand.NewPCG(2013, 51))
	sectors := []struct {
		name string
		n    int
	}{{"Hydrocarbons", 97}, {"Telecommunications", 51}, {"Agriculture", 50}, {"Energy", 48}, {"Transport", 44}, {"Housing", 41}, {"Mining", 38}, {"Industry", 35}, {"Finance", 31}, {"Health", 26}, {"Education", 22}, {"Defence", 17}}
	var rows [][]string
	for _, s := range sectors {
		for i := range s.n {
			amount, currency, status := fmt.Sprintf("USD %d millones", 10+r.IntN(900)), "USD", []string{"published", "summary-only", "not-public", "denied"}[r.IntN(4)]
			switch r.IntN(5) {
			case 0:
				amount, currency = "", ""
			case 1:
				amount, currency = fmt.Sprintf("%d", 1_000_000+r.IntN(9_000_000)), ""
			}
			key := fmt.Sprint(strings.ToLower(s.name), "-", i)
			rows = append(rows, []string{key, fmt.Sprint(s.name, " agreement ", i), s.name, fmt.Sprintf("%d-%02d", 2000+r.IntN(21), 1+r.IntN(12)), amount, currency, status, fmt.Sprint("Supplier ", r.IntN(40)), "", ""})
		}
	}
	r.Shuffle(len(rows), func(i, j int) { rows[i], rows[j] = rows[j], rows[i] })
	// The founding case's contract, as three sources tell of it.
	at := 0
	for i := range rows {
		if rows[i][0] == "telecommunications-7" {
			at = i
		}
	}
	rows[at] = []string{"telecommunications-7", "Public-safety system", "Telecommunications", "2013", "USD 1.080 MM", "USD", "not-public", "CEIEC", "30000 cameras", ""}
	rows = append(rows, []string{"telecommunications-7", "Public-safety system", "Telecommunications", "2012", "USD 1.200 millones", "USD", "not-public", "CEIEC", "4300 cameras", ""},
		[]string{"telecommunications-7", "Public-safety system", "Telecommunications", "2013-11", "USD 1,3 mil millones", "USD", "summary-only", "CEIEC", "4500 cameras", "1600000000 USD"})
	table, mapping = filepath.Join(dir, "register.csv"), filepath.Join(dir, "register.yaml")
	f, err := os.Create(table)
	if err != nil {
		t.Fatal(err)
	}
	w := csv.NewWriter(f)
	if err := w.WriteAll(append([][]string{{"key", "title", "sector", "date", "amount", "currency", "status", "supplier", "scale", "normalised"}}, rows...)); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	text := `register:
  queries:
    - csv_url: register.csv
      entities:
        supplier:
          schema: Company
          key_literal: supplier
          keys: [supplier]
          properties: {name: {column: supplier, required: true}}
        agreement:
          schema: Agreement
          key_literal: agreement
          keys: [key]
          properties:
            title: {column: title, required: true}
            sector: {column: sector}
            date: {column: date}
            amount: {column: amount, format: amount}
            currency: {column: currency}
            country: {literal: ve}
            publicationStatus: {column: status}
            supplier: {entity: supplier}
            amountNormalised: {column: normalised}
    - csv_url: register.csv
      filters_not: {scale: [""]}
      entities:
        supplier:
          schema: Company
          key_literal: supplier
          keys: [supplier]
          properties: {name: {column: supplier, required: true}}
        agreement:
          schema: Agreement
          key_literal: agreement
          keys: [key]
          properties: {title: {column: title}}
        deployment:
          schema: Deployment
          key_literal: deployment
          keys: [key]
          properties:
            name: {column: title}
            kind: {literal: cameras}
            country: {literal: ve}
            scale: {column: scale}
            supplier: {entity: supplier}
            agreement: {entity: agreement}
`
	if err := os.WriteFile(mapping, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return table, mapping
}

// TestRegister: a register of 500 agreements is counted by sector as it says itself, and what three sources say of one
// contract stands side by side.
func TestRegister(t *testing.T) {
	dir, data := t.TempDir(), t.TempDir()
	table, mapping := register(t, dir)
	out := runMain(t, "--data", data, "registry", "import", "--dataset", "register", "--publisher", "Invented register", "--mapping", mapping, table)
	if !strings.Contains(out, "read 502, kept 502, rejected 0") && !strings.Contains(out, "rejected 0") {
		t.Errorf("import: %s", out)
	}
	body := runMain(t, "--data", data, "page", "/agreements")
	if !strings.Contains(body, "<strong>500 agreements</strong>") {
		t.Error("there are not 500 agreements")
	}
	if !strings.Contains(body, `href="/agreements/by/sector.csv"`) {
		t.Error("the sectors have no table to take away")
	}
	rows, err := csv.NewReader(strings.NewReader(runMain(t, "--data", data, "page", "/agreements/by/sector.csv"))).ReadAll()
	if err != nil || len(rows) < 10 || rows[1][0] != "Hydrocarbons" || rows[1][1] != "97" || rows[2][0] != "Telecommunications" || rows[2][1] != "51" || rows[3][0] != "Agriculture" {
		t.Errorf("sectors: %q, %v", rows[:min(4, len(rows))], err)
	}
	body = runMain(t, "--data", data, "page", "/agreements?party=CEIEC")
	for _, want := range []string{"<strong>1 agreement</strong>", "1,080,000,000 USD", "1,200,000,000 USD", "1,300,000,000 USD", "<q><bdi>USD 1.080 MM</bdi></q>", "30,000 cameras", "4,300 cameras", "4,500 cameras", "November 2013",
		"sources contradict each other", "Not public", "Summary only", "normalised it to 1,600,000,000 USD"} {
		if !strings.Contains(body, want) {
			t.Errorf("the contract of 2013 lacks %q", want)
		}
	}
	body = runMain(t, "--data", data, "page", "/es/agreements?sector=telecommunications&year=2012")
	if !strings.Contains(body, "Public-safety system") || !strings.Contains(body, "No es público") {
		t.Error("by sector and year, in Spanish")
	}
	all, err := csv.NewReader(strings.NewReader(runMain(t, "--data", data, "page", "/agreements.csv?sector=telecommunications"))).ReadAll()
	if err != nil || len(all) != 1+51+2 { // the contract of 2013 has a row for each of three amounts
		t.Errorf("the table has %d rows, %v", len(all), err)
	}
	if body := runMain(t, "--data", data, "page", "/deployments"); !strings.Contains(body, "30,000 cameras") || !strings.Contains(body, "4,500 cameras") {
		t.Error("the deployment's sizes are not side by side")
	}
}
