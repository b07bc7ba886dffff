package lists

import (
	"bufio"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// headed reads a table with a header. Rows before the one that has all the columns in need are a preamble, and are
// handed to before. Rows with more columns than the header are refused.
func (r *reader) headed(file string, in *bufio.Reader, sep byte, need []string, before func([]string), use func(record map[string]string, w row, at Locator) error) error {
	var header []string
	err := r.rows(file, in, sep, func(w row, at Locator) error {
		if header == nil {
			h := headerOf(w.fields)
			for _, n := range need {
				if !slices.Contains(h, n) {
					if w.record > 20 {
						return fmt.Errorf("%s has no column %q", file, n)
					}
					if before != nil {
						before(w.fields)
					}
					return nil
				}
			}
			header = h
			return nil
		}
		if len(w.fields) > len(header) {
			return r.refuse(whyColumns.Say(strconv.Itoa(len(w.fields)), strconv.Itoa(len(header))), w.raw, at)
		}
		record := make(map[string]string, len(header))
		for i, f := range w.fields {
			if f = strings.TrimSpace(f); f != "" {
				record[header[i]] = f
			}
		}
		if len(record) == 0 {
			return r.refuse(whyEmptyRow.Say(), w.raw, at)
		}
		return use(record, w, at)
	})
	if err == nil && header == nil {
		return fmt.Errorf("%s has no header with %s", file, strings.Join(need, ", "))
	}
	return err
}

// group gathers the rows of one entry that stand together.
type group struct {
	r         *reader
	id        string
	rows      int
	main      *draft
	sanctions map[string]*draft
	order     []*draft
}

// begin returns whether the row belongs to another entry than the last, whose rows are then kept.
func (g *group) begin(id string) (fresh bool, err error) {
	if g.main != nil && g.id == id {
		return false, nil
	}
	err = g.flush()
	g.id, g.rows, g.sanctions, g.order = id, 0, map[string]*draft{}, nil
	return true, err
}

func (g *group) flush() error {
	if g.main == nil {
		return nil
	}
	main, rows := g.main, g.rows
	g.main = nil
	return g.r.keep(rows, append([]*draft{main}, g.order...)...)
}

// sanction returns the sanction of the entry under a key, made if it is not there.
func (g *group) sanction(key string, at Locator) *draft {
	s := g.sanctions[key]
	if s == nil {
		s = g.r.draft("Sanction", g.main.e.ID+"-"+slug(key), at)
		s.set("entity", g.main.e.ID, g.main.e.ID, "", at)
		g.sanctions[key] = s
		g.order = append(g.order, s)
	}
	return s
}

// joinText joins what is not empty.
func joinText(sep string, parts ...string) string {
	var out []string
	for _, p := range parts {
		if p = strings.TrimSpace(p); p != "" {
			out = append(out, p)
		}
	}
	return strings.Join(out, sep)
}

// openSanctionsCSV reads targets.simple.csv, which says little of each target in one row.
func openSanctionsCSV(r *reader) error {
	return r.each(func(file string, in io.Reader) error {
		return r.headed(file, plain(in), ',', []string{"id", "schema", "name"}, nil, func(f map[string]string, w row, at Locator) error {
			s := r.model.Schema(f["schema"])
			switch {
			case f["id"] == "":
				return r.refuse(whyNoID.Say(), w.raw, at)
			case s == nil || s.Abstract:
				return r.refuse(whyNoSchema.Say(), w.raw, at)
			case f["name"] == "":
				return r.refuse(whyNoName.Say(), w.raw, at)
			}
			d := r.draft(f["schema"], f["id"], at)
			d.add("name", f["name"], at)
			d.many("alias", f["aliases"], ";", at)
			d.many("birthDate", f["birth_date"], ";", at)
			prop := "country"
			if s.Is("Vessel") {
				prop = "flag"
			}
			d.many(prop, f["countries"], ";", at)
			d.many("address", f["addresses"], ";", at)
			number := "registrationNumber"
			if s.Property("idNumber") != nil { // of which register, the table does not say
				number = "idNumber"
			}
			if s.Property(number) != nil {
				d.many(number, f["identifiers"], ";", at)
			}
			if s.Property("phone") != nil {
				d.many("phone", f["phones"], ";", at)
				d.many("email", f["emails"], ";", at)
			}
			d.many("programId", f["program_ids"], ";", at)
			d.e.FirstSeen, d.e.LastSeen, d.e.LastChange = f["first_seen"], f["last_seen"], f["last_change"]
			out := []*draft{d}
			for text := range strings.SplitSeq(f["sanctions"], ";") {
				if text = strings.TrimSpace(text); text != "" {
					n := r.draft("Sanction", r.hash("sanction", f["id"], text), at)
					n.set("entity", f["id"], f["id"], "", at)
					n.set("summary", text, text, "", at)
					out = append(out, n)
				}
			}
			return r.keep(1, out...)
		})
	})
}

// chinaCSV reads China's counter-sanctions as OpenSanctions collects them: a row for every measure.
func chinaCSV(r *reader) error {
	return r.each(func(file string, in io.Reader) error {
		return r.headed(file, plain(in), ',', []string{"Type", "Name", "Chinese name", "Body"}, nil, func(f map[string]string, w row, at Locator) error {
			schema := map[string]string{"Person": "Person", "Company": "Company", "Organization": "Organization"}[f["Type"]]
			switch {
			case schema == "":
				return r.refuse(whyNoType.Say(), w.raw, at)
			case f["Name"] == "" && f["Chinese name"] == "":
				return r.refuse(whyNoName.Say(), w.raw, at)
			}
			name := f["Name"]
			if name == "" {
				name = f["Chinese name"]
			}
			d := r.draft(schema, r.hash("target", schema, name), at)
			d.repeats = true
			d.set("name", f["Name"], f["Name"], "eng", at)
			d.set("name", f["Chinese name"], f["Chinese name"], "zho", at)
			d.many("alias", f["Alias"], ";", at)
			d.add("country", f["Country"], at)
			d.add("wikidataId", f["QID"], at)
			d.add("address", f["Address"], at)
			d.many("topics", f["Topics"], ";", at)
			role := "notes"
			if schema == "Person" {
				role = "position"
			}
			d.set(role, f["Summary"], f["Summary"], "eng", at)
			d.set(role, f["Chinese summary"], f["Chinese summary"], "zho", at)
			s := r.draft("Sanction", r.hash("measure", schema, name, f["Body"], f["List"], f["Date"], f["Source URL"], f["Summary"]), at)
			s.repeats = true
			s.set("entity", d.e.ID, d.e.ID, "", at)
			s.set("country", "cn", "", "", at)
			s.add("authority", f["Body"], at)
			s.add("program", f["List"], at)
			s.date("startDate", f["Date"], DayFirst, at)
			s.date("endDate", f["End date"], DayFirst, at)
			s.add("sourceUrl", f["Source URL"], at)
			return r.keep(1, d, s)
		})
	})
}

// euAnnex reads the annex of one regulation as a table, one row an entry.
func euAnnex(r *reader) error {
	return r.each(func(file string, in io.Reader) error {
		text := plain(in)
		return r.headed(file, text, comma(text), []string{"celex", "recordId", "name", "schema"}, nil, func(f map[string]string, w row, at Locator) error {
			s := r.model.Schema(f["schema"])
			switch {
			case s == nil || s.Abstract || !s.Is("Thing"):
				return r.refuse(whyNoSchema.Say(), w.raw, at)
			case f["name"] == "":
				return r.refuse(whyNoName.Say(), w.raw, at)
			case f["recordId"] == "":
				return r.refuse(whyNoNumber.Say(), w.raw, at)
			}
			d := r.draft(f["schema"], "eu-"+slug(f["celex"])+"-"+slug(f["annex"])+"-"+slug(f["recordId"]), at)
			d.many("name", f["name"], " / ", at)
			d.many("alias", f["alias"], " / ", at)
			d.add("weakAlias", f["weakAlias"], at)
			d.add("previousName", f["previousName"], at)
			d.add("topics", "sanction", at)
			columns := euAnnexColumns()
			for _, column := range slices.Sorted(maps.Keys(columns)) {
				prop := columns[column]
				switch {
				case f[column] == "":
				case s.Property(prop) == nil:
					d.problem(prop, f[column], whyNoProperty.Say(s.Name), at)
				case prop == "incorporationDate" || prop == "birthDate":
					d.date(prop, f[column], DayFirst, at)
				default:
					d.add(prop, f[column], at)
				}
			}
			n := r.draft("Sanction", d.e.ID+"-sanction", at)
			n.set("entity", d.e.ID, d.e.ID, "", at)
			n.set("authority", "Council of the European Union", "", "", at)
			n.set("country", "eu", "", "", at)
			n.add("program", f["programKey"], at)
			n.add("provisions", f["measure"], at)
			n.add("reason", f["reason"], at)
			n.date("startDate", f["startDate"], DayFirst, at)
			n.set("recordId", joinText(", annex ", f["celex"], f["annex"])+", "+f["recordId"], f["recordId"], "", at)
			return r.keep(1, d, n)
		})
	})
}

// euAnnexColumns gives the property of a column.
func euAnnexColumns() map[string]string {
	out := map[string]string{"incorporationDate": "incorporationDate", "ticker": "ticker", "imoNumber": "imoNumber", "mmsi": "mmsi", "flag": "flag"}
	for _, c := range []string{"country", "nationality", "jurisdiction", "birthDate", "birthPlace", "position", "passportNumber", "gender", "appearance", "ethnicity", "fatherName", "motherName",
		"legalForm", "sector", "registrationNumber", "taxNumber", "idNumber", "innCode", "ogrnCode", "kppCode", "okpoCode", "leiCode", "swiftBic", "address", "phone", "email", "website", "notes"} {
		out[c] = c
	}
	return out
}
