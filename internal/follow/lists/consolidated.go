package lists

import (
	"io"
	"strings"
)

// euCSV reads the consolidated list of the EU as a table: a row for every name, address, number or citizenship of an
// entry, those of one entry together.
func euCSV(r *reader) error {
	return r.each(func(file string, in io.Reader) error {
		text := plain(in)
		g := &group{r: r}
		before := func(fields []string) {
			if len(fields) > 1 && strings.EqualFold(strings.TrimSpace(fields[0]), "fileGenerationDate") {
				r.dated(fields[1])
			}
		}
		err := r.headed(file, text, ';', []string{"Entity_LogicalId", "NameAlias_WholeName"}, before, func(f map[string]string, w row, at Locator) error {
			id := f["Entity_LogicalId"]
			if !numeral(id) {
				return r.refuse(whyNoNumber.Say(), w.raw, at)
			}
			fresh, err := g.begin(id)
			if err != nil {
				return err
			}
			if fresh {
				r.dated(f["fileGenerationDate"])
				g.main = r.draft(euSchema(f["Entity_SubjectType"]+" "+f["Entity_SubjectType_ClassificationCode"]), "eu-fsf-"+id, at)
				g.main.set("topics", "sanction", "", "", at)
				g.main.add("notes", f["Entity_Remark"], at)
			}
			g.rows++
			euRow(g, f, at)
			return nil
		})
		if flushed := g.flush(); err == nil {
			err = flushed
		}
		return err
	})
}

// dated notes the date that a list gives itself.
func (r *reader) dated(s string) {
	if iso, reason := ParseDate(s, DayFirst); reason == "" && r.account.Dated == "" {
		r.account.Dated = iso
	}
}

func euSchema(kind string) string {
	switch kind = strings.ToLower(kind); {
	case strings.Contains(kind, "person") || strings.HasPrefix(strings.TrimSpace(kind), "p"):
		return "Person"
	case strings.Contains(kind, "vessel"):
		return "Vessel"
	}
	return "Organization"
}

func euRow(g *group, f map[string]string, at Locator) {
	d := g.main
	if name := f["NameAlias_WholeName"]; name != "" {
		prop := "name"
		if d.named() {
			prop = "alias"
		}
		if strings.EqualFold(f["NameAlias_Strong"], "false") {
			prop = "weakAlias"
		}
		d.set(prop, name, name, lang(f["NameAlias_NameLanguage"]), at)
		if d.schema.Is("Person") {
			d.add("position", f["NameAlias_Function"], at)
			d.add("title", f["NameAlias_Title"], at)
			d.add("gender", f["NameAlias_Gender"], at)
		}
	}
	address := joinText(", ", f["Address_Street"], f["Address_PoBox"], joinText(" ", f["Address_ZipCode"], f["Address_City"]), f["Address_Place"], f["Address_Region"])
	if address != "" {
		full := joinText(", ", address, f["Address_CountryDescription"])
		d.set("address", full, full, "", at)
	}
	if !d.schema.Is("Person") {
		d.add("country", known(f["Address_CountryIso2Code"]), at)
	} else {
		d.add("nationality", known(f["Citizenship_CountryIso2Code"]), at)
	}
	if d.schema.Is("Person") {
		d.date("birthDate", firstOf(f, "BirthDate_BirthDate", "Birthdate_Birthdate", "BirthDate_Year"), DayFirst, at)
	}
	d.add("birthPlace", firstOf(f, "BirthDate_City", "BirthDate_Place"), at)
	euNumber(d, f["Identification_TypeCode"], f["Identification_Number"], f["Identification_TypeDescription"], at)
	if p := f["Entity_Regulation_Programme"]; p != "" {
		s := g.sanction(p, at)
		s.add("program", p, at)
		s.set("authority", "Council of the European Union", "", "", at)
		s.set("country", "eu", "", "", at)
		s.date("startDate", f["Entity_Regulation_EntryIntoForceDate"], DayFirst, at)
		s.date("listingDate", firstOf(f, "Entity_DesignationDate", "Entity_Regulation_PublicationDate"), DayFirst, at)
		s.add("sourceUrl", f["Entity_Regulation_PublicationUrl"], at)
		s.add("recordId", f["Entity_EU_ReferenceNumber"], at)
		s.add("unscId", f["Entity_UnitedNationId"], at)
		s.add("reason", f["Entity_DesignationDetails"], at)
	}
}

// euNumber adds an identifier by the code of its kind.
func euNumber(d *draft, code, number, description string, at Locator) {
	if number == "" {
		return
	}
	prop := map[string]string{"regnumber": "registrationNumber", "reg": "registrationNumber", "passport": "passportNumber", "id": "idNumber", "ssn": "socialSecurityNumber", "tax": "taxNumber", "taxid": "taxNumber",
		"fiscalcode": "taxNumber", "imo": "imoNumber", "swiftbic": "swiftBic", "lei": "leiCode", "tradelic": "licenseNumber", "other": "idNumber"}[strings.ToLower(code)]
	if prop == "" || d.schema.Property(prop) == nil {
		if prop = "idNumber"; d.schema.Property(prop) == nil {
			prop = "registrationNumber"
		}
	}
	d.set(prop, number, joinText(": ", description, number), "", at)
}

// known drops the codes that the EU writes where it knows no country.
func known(code string) string {
	if code == "00" || strings.EqualFold(code, "unknown") {
		return ""
	}
	return code
}

func firstOf(f map[string]string, names ...string) string {
	for _, n := range names {
		if f[n] != "" {
			return f[n]
		}
	}
	return ""
}

// lang gives the three letters of a language for its two; what it does not know is no language.
func lang(two string) string {
	return map[string]string{"en": "eng", "es": "spa", "fr": "fra", "de": "deu", "it": "ita", "pt": "por", "nl": "nld", "pl": "pol", "ru": "rus", "uk": "ukr", "ar": "ara", "fa": "fas", "zh": "zho", "ja": "jpn", "ko": "kor",
		"el": "ell", "bg": "bul", "cs": "ces", "da": "dan", "et": "est", "fi": "fin", "hr": "hrv", "hu": "hun", "lt": "lit", "lv": "lav", "mt": "mlt", "ro": "ron", "sk": "slk", "sl": "slv", "sv": "swe", "tr": "tur", "he": "heb",
		"be": "bel", "ka": "kat", "hy": "hye", "az": "aze", "sr": "srp"}[strings.ToLower(strings.Split(two, "-")[0])]
}

// euXML reads the consolidated list of the EU as XML.
func euXML(r *reader) error {
	return r.each(func(file string, in io.Reader) error {
		return r.elements(file, in, map[string]bool{"sanctionEntity": true}, func(name string, attr map[string]string) {
			if name == "export" {
				r.dated(cutTime(attr["generationDate"]))
			}
		}, func(n *node, at Locator) error { return euEntity(r, n, at) })
	})
}

// cutTime leaves the day of a time stamp.
func cutTime(s string) string { return strings.SplitN(s, "T", 2)[0] }

func euEntity(r *reader, n *node, at Locator) error {
	id := n.get("logicalId")
	if !numeral(id) {
		return r.refuse(whyNoNumber.Say(), n.raw(), at)
	}
	kind := n.first("subjectType")
	g := &group{r: r, sanctions: map[string]*draft{}, main: r.draft(euSchema(kind.get("code")+" "+kind.get("classificationCode")), "eu-fsf-"+id, at)}
	d := g.main
	d.set("topics", "sanction", "", "", at)
	for _, k := range n.kids {
		at := Locator{at.File, k.line, at.Record}
		f := map[string]string{}
		switch k.name {
		case "remark":
			d.add("notes", k.text, at)
		case "nameAlias":
			f = map[string]string{"NameAlias_WholeName": k.get("wholeName"), "NameAlias_Strong": k.get("strong"), "NameAlias_NameLanguage": k.get("nameLanguage"), "NameAlias_Function": k.get("function"), "NameAlias_Title": k.get("title"), "NameAlias_Gender": k.get("gender")}
		case "address":
			f = map[string]string{"Address_Street": k.get("street"), "Address_PoBox": k.get("poBox"), "Address_ZipCode": k.get("zipCode"), "Address_City": k.get("city"), "Address_Place": k.get("place"), "Address_Region": k.get("region"),
				"Address_CountryDescription": k.get("countryDescription"), "Address_CountryIso2Code": k.get("countryIso2Code")}
		case "citizenship":
			f["Citizenship_CountryIso2Code"] = k.get("countryIso2Code")
		case "birthdate":
			f["BirthDate_BirthDate"], f["BirthDate_Year"], f["BirthDate_City"] = k.get("birthdate"), k.get("year"), k.get("city")
		case "identification":
			f = map[string]string{"Identification_TypeCode": k.get("identificationTypeCode"), "Identification_Number": k.get("number"), "Identification_TypeDescription": k.get("identificationTypeDescription")}
		case "regulation":
			f = map[string]string{"Entity_Regulation_Programme": k.get("programme"), "Entity_Regulation_EntryIntoForceDate": k.get("entryIntoForceDate"), "Entity_Regulation_PublicationDate": k.get("publicationDate"),
				"Entity_DesignationDate": n.get("designationDate"), "Entity_Regulation_PublicationUrl": k.value("publicationUrl"), "Entity_EU_ReferenceNumber": n.get("euReferenceNumber"), "Entity_UnitedNationId": n.get("unitedNationId"),
				"Entity_DesignationDetails": n.get("designationDetails")}
		}
		euRow(g, f, at)
	}
	if !d.named() {
		return r.refuse(whyNoName.Say(), n.raw(), at)
	}
	g.rows = 1
	return g.flush()
}

// ukCSV reads the consolidated list of the UK, in the shape of the Treasury (ConList.csv) or of the Foreign Office: a
// row for every name of an entry, those of one entry together.
func ukCSV(r *reader) error {
	return r.each(func(file string, in io.Reader) error {
		g := &group{r: r}
		before := func(fields []string) {
			if len(fields) > 1 && strings.HasPrefix(strings.TrimSpace(fields[0]), "Last Updated") {
				r.dated(fields[1])
			}
			if _, day, ok := strings.Cut(fields[0], "Report Date:"); ok {
				r.dated(strings.ReplaceAll(strings.TrimSpace(day), "-", " "))
			}
		}
		err := r.headed(file, plain(in), ',', []string{"Name 6", "Name 1"}, before, func(f map[string]string, w row, at Locator) error {
			id := firstOf(f, "Group ID", "OFSI Group ID", "Unique ID")
			name := ukName(f)
			switch {
			case id == "":
				return r.refuse(whyNoNumber.Say(), w.raw, at)
			case name == "":
				return r.refuse(whyNoName.Say(), w.raw, at)
			}
			fresh, err := g.begin(id)
			if err != nil {
				return err
			}
			if fresh {
				schema := map[string]string{"individual": "Person", "ship": "Vessel"}[strings.ToLower(firstOf(f, "Group Type", "Designation Type"))]
				if schema == "" {
					schema = "Organization"
				}
				g.main = r.draft(schema, "gb-"+slug(id), at)
				g.main.set("topics", "sanction", "", "", at)
			}
			g.rows++
			ukRow(g, f, name, at)
			return nil
		})
		if flushed := g.flush(); err == nil {
			err = flushed
		}
		return err
	})
}

// ukName puts a name together: the last part is the family name, or all of it.
func ukName(f map[string]string) string {
	var parts []string
	for _, n := range []string{"Name 1", "Name 2", "Name 3", "Name 4", "Name 5", "Name 6"} {
		if v := f[n]; v != "0" {
			parts = append(parts, v)
		}
	}
	return joinText(" ", parts...)
}

func ukRow(g *group, f map[string]string, name string, at Locator) {
	d := g.main
	prop, kind := "name", strings.ToLower(firstOf(f, "Alias Type", "Name type"))
	switch {
	case strings.Contains(kind, "primary"):
	case strings.EqualFold(f["Alias Quality"], "Low quality") || strings.EqualFold(f["Alias strength"], "Low quality AKA"):
		prop = "weakAlias"
	case strings.HasPrefix(kind, "fka"):
		prop = "previousName"
	case kind != "" || d.named():
		prop = "alias"
	}
	d.set(prop, name, name, "", at)
	d.add("alias", firstOf(f, "Name Non-Latin Script", "Name non-latin script"), at)
	if d.schema.Is("Person") {
		d.date("birthDate", firstOf(f, "DOB", "D.O.B"), DayFirst, at)
		d.add("birthPlace", firstOf(f, "Town of Birth", "Town of birth"), at)
		d.add("passportNumber", firstOf(f, "Passport Number", "Passport number"), at)
		d.add("idNumber", firstOf(f, "National Identification Number", "National Identifier number", "NI Number"), at)
		d.many("nationality", firstOf(f, "Nationality", "Nationality(/ies)"), " / ", at)
		d.add("position", f["Position"], at)
		d.add("title", f["Title"], at)
	} else {
		d.add("notes", f["Other Information"], at)
		d.add("website", f["Website"], at)
		if d.schema.Is("LegalEntity") {
			d.add("registrationNumber", f["Business registration number (s)"], at)
			d.add("country", firstOf(f, "Country", "Address Country"), at)
		} else {
			d.add("imoNumber", f["IMO number"], at)
			d.add("flag", f["Current believed flag of ship"], at)
			d.add("pastFlags", f["Previous flags"], at)
			d.add("type", f["Type of ship"], at)
			d.add("tonnage", f["Tonnage of ship"], at)
			d.add("buildDate", f["Year Built"], at)
		}
	}
	var lines []string
	for _, n := range []string{"1", "2", "3", "4", "5", "6"} {
		lines = append(lines, firstOf(f, "Address "+n, "Address Line "+n))
	}
	if address := joinText(", ", append(lines, firstOf(f, "Post/Zip Code", "Address Postal Code"))...); address != "" {
		full := joinText(", ", address, firstOf(f, "Country", "Address Country"))
		d.set("address", full, full, "", at)
	}
	regime := firstOf(f, "Regime", "Regime Name")
	s := g.sanction(regime, at)
	s.add("program", regime, at)
	s.set("authority", "United Kingdom", "", "", at)
	s.set("country", "gb", "", "", at)
	s.add("recordId", firstOf(f, "Unique ID", "Group ID", "OFSI Group ID"), at)
	s.add("unscId", f["UN Reference Number"], at)
	s.date("listingDate", f["Listed On"], DayFirst, at)
	s.date("startDate", firstOf(f, "UK Sanctions List Date Designated", "Date Designated"), DayFirst, at)
	s.date("modifiedAt", f["Last Updated"], DayFirst, at)
	s.add("provisions", f["Sanctions Imposed"], at)
	s.add("reason", f["UK Statement of Reasons"], at)
}

// unXML reads the consolidated list of the Security Council.
func unXML(r *reader) error {
	return r.each(func(file string, in io.Reader) error {
		return r.elements(file, in, map[string]bool{"INDIVIDUAL": true, "ENTITY": true}, func(name string, attr map[string]string) {
			if name == "CONSOLIDATED_LIST" {
				r.dated(cutTime(attr["dateGenerated"]))
			}
		}, func(n *node, at Locator) error { return unEntry(r, n, at) })
	})
}

func unEntry(r *reader, n *node, at Locator) error {
	id := n.value("DATAID")
	if !numeral(id) {
		return r.refuse(whyNoNumber.Say(), n.raw(), at)
	}
	schema, prefix := "Organization", "ENTITY"
	if n.name == "INDIVIDUAL" {
		schema, prefix = "Person", "INDIVIDUAL"
	}
	d := r.draft(schema, "unsc-"+id, at)
	d.set("topics", "sanction", "", "", at)
	name := joinText(" ", n.value("FIRST_NAME"), n.value("SECOND_NAME"), n.value("THIRD_NAME"), n.value("FOURTH_NAME"))
	d.set("name", name, name, "", at)
	d.add("name", n.value("NAME_ORIGINAL_SCRIPT"), at)
	if !d.named() {
		return r.refuse(whyNoName.Say(), n.raw(), at)
	}
	for _, a := range n.all(prefix + "_ALIAS") {
		prop := "alias"
		switch strings.ToLower(a.value("QUALITY")) {
		case "low":
			prop = "weakAlias"
		case "f.k.a.":
			prop = "previousName"
		}
		d.add(prop, a.value("ALIAS_NAME"), Locator{at.File, a.line, at.Record})
	}
	for _, a := range n.all(prefix + "_ADDRESS") {
		full := joinText(", ", a.value("STREET"), a.value("CITY"), a.value("STATE_PROVINCE"), a.value("ZIP_CODE"))
		if full != "" {
			full = joinText(", ", full, a.value("COUNTRY"))
			d.set("address", full, full, "", at)
		}
		if schema != "Person" {
			d.add("country", a.value("COUNTRY"), at)
		}
	}
	if schema == "Person" {
		for _, v := range n.all("NATIONALITY", "VALUE") {
			d.add("nationality", v.text, at)
		}
		for _, v := range n.all("DESIGNATION", "VALUE") {
			d.add("position", v.text, at)
		}
		for _, v := range n.all("TITLE", "VALUE") {
			d.add("title", v.text, at)
		}
		for _, v := range n.all("INDIVIDUAL_DATE_OF_BIRTH") {
			d.date("birthDate", firstText(v.value("DATE"), v.value("YEAR")), Unknown, at)
		}
		for range n.all("INDIVIDUAL_PLACE_OF_BIRTH") {
			d.drop("birthPlace")
		}
		for range n.all("INDIVIDUAL_DOCUMENT") {
			d.drop("passportNumber")
		}
		if n.value("COMMENTS1") != "" { // tells of families and bodies as well as of deeds
			d.drop("notes")
		}
	} else {
		d.add("notes", n.value("COMMENTS1"), at)
	}
	s := r.draft("Sanction", d.e.ID+"-sanction", at)
	s.set("entity", d.e.ID, d.e.ID, "", at)
	s.set("authority", "United Nations Security Council", "", "", at)
	s.add("program", n.value("UN_LIST_TYPE"), at)
	s.add("unscId", n.value("REFERENCE_NUMBER"), at)
	s.date("listingDate", n.value("LISTED_ON"), Unknown, at)
	for _, v := range n.all("LAST_DAY_UPDATED", "VALUE") {
		s.date("modifiedAt", v.text, Unknown, at)
	}
	return r.keep(1, d, s)
}
