package lists

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
)

// party is one entry of OFAC's list: the entity, its sanctions, and what it is linked to.
type party struct {
	r         *reader
	main      *draft
	sanctions []*draft
	rest      []*draft // links, wallets, and those known only by a name
	known     map[string]bool
}

// ofacParty starts an entry of a type as sdn.csv names it; nil if there is no such type.
func (r *reader) ofacParty(number, kind string, at Locator) *party {
	schema := map[string]string{"": "Organization", "individual": "Person", "vessel": "Vessel", "aircraft": "Airplane", "entity": "Organization"}[strings.ToLower(kind)]
	if schema == "" {
		return nil
	}
	e := &party{r: r, main: r.draft(schema, "ofac-"+number, at), known: map[string]bool{}}
	e.main.set("topics", "sanction", kind, "", at)
	return e
}

func (e *party) all() []*draft { return append(append([]*draft{e.main}, e.sanctions...), e.rest...) }

// program adds the sanction under one programme.
func (e *party) program(program, original string, at Locator) *draft {
	if program == "" || e.known["program "+program] {
		return nil
	}
	e.known["program "+program] = true
	s := e.r.draft("Sanction", e.main.e.ID+"-"+slug(program), at)
	s.set("entity", e.main.e.ID, e.main.e.ID, "", at)
	s.set("program", program, original, "", at)
	s.set("authority", ofacAuthority, "OFAC", "", at)
	s.set("country", "us", "OFAC", "", at)
	s.set("status", "active", "", "", at)
	s.set("recordId", strings.TrimPrefix(e.main.e.ID, "ofac-"), "", "", at)
	e.sanctions = append(e.sanctions, s)
	return s
}

// provision says something of all the sanctions of the entry.
func (e *party) provision(prop, value, original string, at Locator) {
	for _, s := range e.sanctions {
		s.set(prop, value, original, "", at)
	}
}

// other returns the id of whoever bears a name: of the entry that resolve knows, or of one known by nothing else.
func (e *party) other(name, schema string, at Locator, resolve func(string) string) string {
	if id := resolve(name); id != "" {
		return id
	}
	id := e.r.hash("name", schema, name)
	if !e.known[id] {
		e.known[id] = true
		d := e.r.draft(schema, id, at)
		d.repeats = true
		d.add("name", name, at)
		e.rest = append(e.rest, d)
	}
	return id
}

// link says that the entry is linked to another.
func (e *party) link(name, role, original string, at Locator, resolve func(string) string) {
	id := e.other(name, "LegalEntity", at, resolve)
	l := e.r.draft("UnknownLink", e.main.e.ID+"-link-"+strings.TrimPrefix(id, "ofac-"), at)
	l.set("subject", e.main.e.ID, original, "", at)
	l.set("object", id, original, "", at)
	l.set("role", role, original, "", at)
	e.rest = append(e.rest, l)
}

// What a remark is about.
const (
	number = iota // an identifier, with country and dates behind it
	text
	date
	sanctionText
	sanctionDate
	ignored
)

// remark says what the words at the beginning of a remark mean.
type remark struct {
	words string
	kind  int
	prop  string
}

// remarkWords lists them. Longer words are tried first.
func remarkWords() []remark {
	out := []remark{
		{"Unified Social Credit Code (USCC)", number, "uscCode"}, {"Legal Entity Number", number, "leiCode"}, {"D-U-N-S Number", number, "dunsCode"},
		{"SWIFT/BIC", number, "swiftBic"}, {"MMSI", number, "mmsi"}, {"Vessel Registration Identification", number, "imoNumber"},
		{"Company Number IMO", number, "imoNumber"}, {"V.A.T. Number", number, "vatCode"}, {"Identification Number", number, "idNumber"},
		{"Aircraft Manufacturer's Serial Number (MSN)", number, "serialNumber"}, {"Aircraft Construction Number (also called L/N or S/N or F/N)", number, "serialNumber"},
		{"Aircraft Tail Number", number, "registrationNumber"}, {"Aircraft Mode S Transponder Code", ignored, ""},
		{"Website", text, "website"}, {"Email Address", text, "email"}, {"Phone Number", text, "phone"}, {"Telephone", text, "phone"}, {"Telephone:", text, "phone"},
		{"Aircraft Model", text, "model"}, {"Vessel Flag", text, "flag"}, {"Other Vessel Flag", text, "flag"}, {"Former Vessel Flag", text, "pastFlags"},
		{"Vessel Type", text, "type"}, {"Other Vessel Type", text, "type"}, {"Former Vessel Type", text, "pastTypes"}, {"Vessel Call Sign", text, "callSign"}, {"Other Vessel Call Sign", text, "callSign"},
		{"Nationality of Registration", text, "jurisdiction"}, {"Organization Type:", text, "classification"}, {"Target Type", text, "classification"},
		{"nationality", text, "nationality"}, {"citizen", text, "citizenship"}, {"Gender", text, "gender"}, {"POB", text, "birthPlace"},
		{"Passport", text, "passportNumber"}, {"Diplomatic Passport", text, "passportNumber"}, {"Stateless Person Passport", text, "passportNumber"}, {"SSN", text, "socialSecurityNumber"},
		{"Organization Established Date", date, "incorporationDate"}, {"Aircraft Manufacture Date", date, "buildDate"}, {"Vessel Year of Build", date, "buildDate"}, {"DOB", date, "birthDate"},
		{"Secondary sanctions risk:", sanctionText, "provisions"}, {"Additional Sanctions Information -", sanctionText, "provisions"}, {"CAATSA Section", sanctionText, "provisions"},
		{"Executive Order", sanctionText, "provisions"}, {"Transactions Prohibited For Persons Owned or Controlled By", sanctionText, "provisions"}, {"IFCA Determination -", sanctionText, "provisions"}, {"PEESA Information:", sanctionText, "provisions"},
		{"Listing Date", sanctionDate, "listingDate"}, {"Effective Date", sanctionDate, "startDate"},
	}
	for prop, words := range map[string][]string{
		"registrationNumber": {"Registration Number", "Registration ID", "Registered Charity No.", "Company Number", "Commercial Registry Number", "C.R. No.", "Business Registration Number",
			"Business Registration Document #", "Business Number", "Public Registration Number", "UK Company Number", "Chamber of Commerce Number", "Trade License No.", "License", "Folio Mercantil No.",
			"Matricula Mercantil No", "Enterprise Number", "Central Registration System Number", "Istanbul Chamber of Comm. No.", "Certificate of Incorporation Number", "Chinese Commercial Code",
			"Romanian C.R.", "Registration Certificate Number (Dubai)", "Government Gazette Number", "Dubai Chamber of Commerce Membership No.", "Economic Register Number (CBLS)", "Company ID:",
			"Numero Unico de Identificacao de Pessoa Coletiva (NUIPC)", "Organization Code:", "Trademark number", "United Social Credit Code Certificate (USCCC)", "Afghan Money Service Provider License Number"},
		"taxNumber": {"Tax ID No.", "Tax ID No.:", "NIT #", "NIT", "RUC #", "RIF #", "R.F.C.", "US FEIN", "Italian Fiscal Code", "Fiscal Code", "C.U.I.", "C.U.I.T.", "RTN", "RNC", "C.U.I.P.", "Numero de Identidad", "I.F.E.", "C.U.R.P.", "BIN"},
		"idNumber": {"National ID No.", "Cedula No.", "Cedula No", "D.N.I.", "Driver's License No.", "Birth Certificate Number", "Personal ID Card", "National Foreign ID Number", "Identity Card", "Turkish Identification Number", "Electoral Registry No.",
			"Credencial electoral", "Cartilla de Servicio Militar Nacional", "VisaNumberID", "Residency Number", "Kuwait Civil ID No.", "Citizen's Card Number", "Interpol: Red Notice. File No.", "Green Card Number", "Afghan ID", "Bosnian Personal ID No.", "Tarjeta Profesional", "Refugee ID Card", "Travel Document Number", "Seafarer's Identification Document", "Military Registration Number", "Numero de Cedula de Identidad", "Tazkira National ID Card", "Numero de Pasaporte"},
	} {
		for _, w := range words {
			out = append(out, remark{w, number, prop})
		}
	}
	slices.SortFunc(out, func(a, b remark) int { return cmp.Or(len(b.words)-len(a.words), strings.Compare(a.words, b.words)) })
	return out
}

var (
	theRemarks  = remarkWords()
	alsoKnown   = regexp.MustCompile(`^(?:alt\. )?([afn])\.k\.a\. ['‘"](.+?)['’"]?$`)
	issued      = regexp.MustCompile(` (?:issued|expires|Date of Issue) .*$`)
	fromCountry = regexp.MustCompile(`^(.*\S) \(([^()]+)\)$`)
	wallet      = regexp.MustCompile(`^(?:alt\. )?Digital Currency Address - (\w+) (\w+)$`)
	manyDigits  = regexp.MustCompile(`\d[\d .-]{3,}`)
)

// cutRemarks is how long the remarks of sdn.csv get before the list cuts them.
const cutRemarks = 1000

// remarks reads the free text of an entry, in which OFAC's tables keep most of what they know.
func (e *party) remarks(all string, at Locator, resolve func(string) string) {
	if all == "" {
		return
	}
	parts := strings.Split(all, "; ")
	if last := len(parts) - 1; len(all) >= cutRemarks && !strings.HasSuffix(all, ".") {
		e.loose(parts[last], whyCutOff.Say(), at)
		parts = parts[:last]
	} else {
		parts[last] = strings.TrimSuffix(parts[last], ".")
	}
	for _, p := range parts {
		if p = strings.TrimSpace(p); p != "" {
			e.remark(p, at, resolve)
		}
	}
}

// loose keeps a remark that was not understood as a problem, unless it may be of private life.
func (e *party) loose(p, reason string, at Locator) {
	if e.main.schema.Is("Person") {
		e.main.drop("notes")
		return
	}
	e.main.problem("notes", p, reason, at)
}

func (e *party) remark(p string, at Locator, resolve func(string) string) {
	d := e.main
	if m := alsoKnown.FindStringSubmatch(p); m != nil {
		d.set(map[string]string{"a": "weakAlias", "f": "previousName", "n": "alias"}[m[1]], strings.TrimRight(m[2], "'."), p, "", at)
		return
	}
	if m := wallet.FindStringSubmatch(p); m != nil {
		w := e.r.draft("CryptoWallet", "ofac-wallet-"+slug(m[1])+"-"+m[2], at)
		w.set("publicKey", m[2], p, "", at)
		w.set("currency", m[1], p, "", at)
		w.set("holder", d.e.ID, d.e.ID, "", at)
		e.rest = append(e.rest, w)
		return
	}
	bare := strings.TrimPrefix(p, "alt. ")
	if to, ok := strings.CutPrefix(bare, "Linked To:"); ok {
		e.link(strings.TrimSpace(to), "Linked To", p, at, resolve)
		return
	}
	if by, ok := strings.CutPrefix(bare, "Aircraft Operator "); ok && d.schema.Is("Airplane") {
		d.set("operator", e.other(strings.TrimSpace(by), "Organization", at, resolve), p, "", at)
		return
	}
	if link, ok := strings.CutPrefix(bare, "For more information on directives, please visit the following link:"); ok {
		e.provision("programUrl", link, p, at)
		return
	}
	for _, k := range theRemarks {
		if rest, ok := strings.CutPrefix(bare, k.words); ok && (rest == "" || !wordByte(rest[0]) || !wordByte(k.words[len(k.words)-1])) {
			e.keyed(k, strings.TrimSpace(rest), p, at)
			return
		}
	}
	switch {
	case !d.schema.Is("Person"):
		d.set("notes", bare, p, "", at)
	case manyDigits.MatchString(bare):
		d.drop("idNumber") // a number of a person, whatever it is called
	default:
		d.set("position", bare, p, "", at)
	}
}

func wordByte(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
}

// keyed takes in a remark whose first words are known.
func (e *party) keyed(k remark, rest, p string, at Locator) {
	d := e.main
	if k.prop != "" && e.r.model.Private(d.schema.Name, k.prop) {
		d.drop(k.prop)
		return
	}
	switch k.kind {
	case number:
		e.number(k.prop, rest, p, at)
	case text:
		rest = strings.TrimLeft(rest, ": ")
		switch {
		case k.prop == "jurisdiction" && d.schema.Property(k.prop) == nil:
			k.prop = "country"
		case k.prop == "phone":
			if rest = strings.TrimPrefix(rest, "No. "); strings.HasPrefix(rest, "00") {
				rest = "+" + rest[2:]
			}
		}
		if k.prop == "passportNumber" || d.schema.Property(k.prop) == nil {
			e.loose(p, whyOtherKind.Say(), at)
		} else {
			d.set(k.prop, rest, p, "", at)
		}
	case date:
		if iso, reason := ParseDate(rest, DayFirst); reason != "" {
			d.problem(k.prop, p, reason, at)
		} else if d.schema.Property(k.prop) == nil {
			d.set("notes", p, p, "", at)
		} else {
			d.set(k.prop, iso, p, "", at)
		}
	case sanctionText:
		e.provision(k.prop, strings.TrimPrefix(p, "alt. "), p, at)
	case sanctionDate:
		_, day, _ := strings.Cut(rest, "):")
		iso, reason := ParseDate(strings.TrimPrefix(day, ":"), DayFirst)
		for _, s := range e.sanctions {
			if reason != "" {
				s.problem(k.prop, p, reason, at)
			} else {
				s.set(k.prop, iso, p, "", at)
			}
		}
	case ignored:
		d.set("notes", p, p, "", at)
	}
}

// number takes in an identifier, and the country of the register that gave it.
func (e *party) number(prop, rest, p string, at Locator) {
	d := e.main
	id := strings.TrimSpace(strings.TrimLeft(issued.ReplaceAllString(rest, ""), ":# "))
	country := ""
	if m := fromCountry.FindStringSubmatch(id); m != nil {
		id, country = m[1], m[2]
	}
	if prop == "imoNumber" {
		if prop = "registrationNumber"; strings.HasPrefix(id, "IMO ") || strings.HasPrefix(p, "Company Number IMO") {
			prop = "imoNumber"
		}
		id = strings.TrimPrefix(id, "IMO ")
	}
	if d.schema.Property(prop) == nil { // vessels have no tax numbers
		d.set("notes", p, p, "", at)
		return
	}
	if clean, reason := d.schema.Property(prop).Clean(id); (reason != "" || clean == "") && prop != "registrationNumber" && d.schema.Property("registrationNumber") != nil {
		d.problem(prop, p, whyKeptAs.Say(prop, reason), at)
		prop = "registrationNumber"
	}
	d.set(prop, id, p, "", at)
	if country != "" && (prop == "registrationNumber" || prop == "uscCode") && d.schema.Property("jurisdiction") != nil {
		d.set("jurisdiction", country, p, "", at)
	}
}
