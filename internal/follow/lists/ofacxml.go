package lists

import (
	"fmt"
	"io"
	"slices"
	"strings"
)

// advanced holds what the parties of sdn_advanced.xml refer to: names of codes, places, documents.
type advanced struct {
	r         *reader
	codes     map[string]string // "AliasType 1400" is "A.K.A."
	places    map[string]*node
	documents map[string][]*node // by identity
	held      int
	entries   map[string]string // profile to entity
}

// advancedCodes are the elements that give codes their names.
func advancedCodes() []string {
	return []string{"AliasType", "AreaCode", "Country", "DetailReference", "DocNameStatus", "EntryEventType", "FeatureType", "IDRegDocType", "LegalBasis", "List", "LocPartType", "NamePartType",
		"PartySubType", "PartyType", "RelationType", "SanctionsType", "Script"}
}

// ofacXML reads sdn_advanced.xml. Parties, relationships and sanctions are its rows; places and documents are held
// until a party asks for them.
func ofacXML(r *reader) error {
	return r.each(func(file string, in io.Reader) error {
		a := &advanced{r: r, codes: map[string]string{}, places: map[string]*node{}, documents: map[string][]*node{}, entries: map[string]string{}}
		want := map[string]bool{"DateOfIssue": true, "Location": true, "IDRegDocument": true, "DistinctParty": true, "ProfileRelationship": true, "SanctionsEntry": true}
		for _, c := range advancedCodes() {
			want[c] = true
		}
		return r.elements(file, in, want, nil, a.element)
	})
}

func (a *advanced) hold(n int) error {
	if a.held += n + 64; a.held > a.r.opt.Limits.Held {
		return fmt.Errorf("more than %d bytes of places and documents to be held", a.r.opt.Limits.Held)
	}
	return nil
}

func (a *advanced) element(n *node, at Locator) error {
	switch n.name {
	case "DateOfIssue":
		a.r.dated(xmlDay(n))
		return nil
	case "Location":
		a.places[n.get("ID")] = n
		return a.hold(len(n.raw()) * 2)
	case "IDRegDocument":
		a.documents[n.get("IdentityID")] = append(a.documents[n.get("IdentityID")], n)
		return a.hold(len(n.raw()) * 2)
	case "DistinctParty":
		return a.party(n, at)
	case "ProfileRelationship":
		return a.relation(n, at)
	case "SanctionsEntry":
		return a.sanction(n, at)
	}
	a.codes[n.name+" "+n.get("ID")] = n.text
	if n.name == "PartySubType" {
		a.codes["type of PartySubType "+n.get("ID")] = n.get("PartyTypeID")
	}
	return a.hold(len(n.text) + len(n.name))
}

func (a *advanced) code(kind, id string) string { return a.codes[kind+" "+id] }

// xmlDay reads Year, Month and Day of an element as a date as precise as they are.
func xmlDay(n *node) string {
	y, m, d := n.value("Year"), n.value("Month"), n.value("Day")
	if y == "" {
		return ""
	}
	iso, reason := calendar(y, m, d)
	if m == "" {
		iso, reason = calendar(y, "", "")
	}
	if reason != "" {
		return y + "-" + m + "-" + d
	}
	return iso
}

// xmlPeriod reads a DatePeriod: a day, or the year or the years that it spans.
func xmlPeriod(n *node) string {
	from, to := xmlDay(n.first("Start", "From")), xmlDay(n.first("End", "To"))
	switch {
	case from == to || to == "":
		return from
	case len(from) >= 4 && len(to) >= 4 && from[:4] == to[:4]:
		return from[:4]
	}
	return from + " to " + to
}

func (a *advanced) party(n *node, at Locator) error {
	profile := n.first("Profile")
	number := n.get("FixedRef")
	if number == "" {
		number = profile.get("ID")
	}
	if profile == nil || !numeral(number) {
		return a.r.refuse(whyProfile.Say(), n.raw(), at)
	}
	kind := strings.ToLower(a.code("PartySubType", profile.get("PartySubTypeID")))
	if kind == "unknown" { // then the type is all that is known
		kind = strings.ToLower(a.code("PartyType", a.codes["type of PartySubType "+profile.get("PartySubTypeID")]))
	}
	if kind == "" {
		return a.r.refuse(whyPartyType.Say(), n.raw(), at)
	}
	e := a.r.ofacParty(number, kind, at)
	if e == nil {
		return a.r.refuse(whyOFACType.Say(), n.raw(), at)
	}
	a.entries[profile.get("ID")] = e.main.e.ID
	if err := a.hold(64); err != nil {
		return err
	}
	for _, identity := range profile.all("Identity") {
		a.names(e, identity, at)
	}
	if !e.main.named() {
		return a.r.refuse(whyPartyNoName.Say(), n.raw(), at)
	}
	for _, f := range profile.all("Feature") {
		a.feature(e, f, at)
	}
	for _, identity := range profile.all("Identity") {
		for _, doc := range a.documents[identity.get("ID")] {
			a.document(e, doc, Locator{at.File, doc.line, at.Record})
		}
	}
	return a.r.keep(1, e.all()...)
}

// names takes in the aliases of an identity, of which one is the primary name.
func (a *advanced) names(e *party, identity *node, at Locator) {
	groups := map[string]string{}
	for _, g := range identity.all("NamePartGroups", "MasterNamePartGroup", "NamePartGroup") {
		groups[g.get("ID")] = a.code("NamePartType", g.get("NamePartTypeID"))
	}
	for _, alias := range identity.all("Alias") {
		for i, doc := range alias.all("DocumentedName") {
			at := Locator{at.File, doc.line, at.Record}
			name := a.fullName(e, doc, groups, alias.get("Primary") == "true", at)
			prop := "alias"
			switch {
			case alias.get("Primary") == "true" && identity.get("Primary") == "true" && i == 0:
				prop = "name"
			case alias.get("LowQuality") == "true":
				prop = "weakAlias"
			case strings.HasPrefix(a.code("AliasType", alias.get("AliasTypeID")), "F.K.A"):
				prop = "previousName"
			}
			e.main.set(prop, name, name, "", at)
		}
	}
}

// fullName puts the parts of a name together: a person's as spoken, others' as they stand.
func (a *advanced) fullName(e *party, doc *node, groups map[string]string, primary bool, at Locator) string {
	parts := map[string][]string{}
	var order []string
	for _, v := range doc.all("DocumentedNamePart", "NamePartValue") {
		kind := groups[v.get("NamePartGroupID")]
		if !slices.Contains(order, kind) {
			order = append(order, kind)
		}
		parts[kind] = append(parts[kind], v.text)
	}
	if e.main.schema.Is("Person") {
		order = []string{"First Name", "Middle Name", "Patronymic", "Matronymic", "Nickname", "Maiden Name", "Last Name"}
		for kind := range parts {
			if !slices.Contains(order, kind) {
				order = append(order, kind)
			}
		}
		slices.Sort(order[7:])
		if primary {
			e.main.add("firstName", strings.Join(parts["First Name"], " "), at)
			e.main.add("lastName", strings.Join(parts["Last Name"], " "), at)
		}
	}
	var all []string
	for _, kind := range order {
		all = append(all, parts[kind]...)
	}
	return joinText(" ", all...)
}

// feature takes in what is said of a party. Features are called as the remarks of the tables are.
func (a *advanced) feature(e *party, f *node, at Locator) {
	at = Locator{at.File, f.line, at.Record}
	kind := a.code("FeatureType", f.get("FeatureTypeID"))
	switch kind {
	case "Birthdate":
		kind = "DOB"
	case "Place of Birth":
		kind = "POB"
	case "Nationality Country":
		kind = "nationality"
	case "Citizenship Country":
		kind = "citizen"
	case "VESSEL TYPE":
		kind = "Vessel Type"
	}
	for _, v := range f.all("FeatureVersion") {
		for _, l := range v.all("VersionLocation") {
			a.place(e, kind, a.places[l.get("LocationID")], at)
		}
		var texts []string
		for _, d := range v.all("VersionDetail") {
			texts = append(texts, d.text, a.code("DetailReference", d.get("DetailReferenceID")))
		}
		for _, p := range v.all("DatePeriod") {
			texts = append(texts, xmlPeriod(p))
		}
		texts = append(texts, v.value("Comment"))
		if text := joinText(" ", texts...); text != "" {
			a.said(e, kind, text, at)
		}
	}
}

// said takes in a feature as the remark that it is in the tables.
func (a *advanced) said(e *party, kind, text string, at Locator) {
	d := e.main
	nobody := func(string) string { return "" }
	vessel := map[string]string{"Vessel Tonnage": "deadweightTonnage", "Vessel Gross Tonnage": "grossRegisteredTonnage", "Vessel Gross Registered Tonnage": "grossRegisteredTonnage"}[kind]
	switch {
	case vessel != "" && d.schema.Is("Vessel"):
		d.set(vessel, strings.ReplaceAll(text, ",", ""), text, "", at)
	case kind == "Vessel Owner" && d.schema.Is("Vessel"):
		d.set("owner", e.other(text, "Organization", at, nobody), text, "", at)
	case kind == "Title" && d.schema.Is("Person"):
		d.add("position", text, at)
	default:
		e.remark(kind+" "+text, at, nobody)
	}
}

// place takes in where a party is, or what it belongs to.
func (a *advanced) place(e *party, kind string, l *node, at Locator) {
	if l == nil {
		e.main.problem("address", kind, whyNoPlace.Say(), at)
		return
	}
	var parts []string
	for _, p := range l.all("LocationPart") {
		for _, v := range p.all("LocationPartValue", "Value") {
			parts = append(parts, v.text)
		}
	}
	country := ""
	for _, c := range l.all("LocationCountry") {
		country = a.code("Country", c.get("CountryID"))
	}
	full := joinText(", ", append(parts, country)...)
	switch d := e.main; {
	case kind != "Location":
		a.said(e, kind, full, at)
	default:
		if len(parts) > 0 {
			d.set("address", full, full, "", at)
		}
		if !d.schema.Is("Person") {
			d.add("country", country, at)
		}
	}
}

// document takes in a registration or a number, named as in the remarks of the tables.
func (a *advanced) document(e *party, doc *node, at Locator) {
	text := a.code("IDRegDocType", doc.get("IDRegDocTypeID")) + " " + doc.value("IDRegistrationNo")
	if c := a.code("Country", doc.get("IssuedBy-CountryID")); c != "" {
		text += " (" + c + ")"
	}
	e.remark(text, at, func(string) string { return "" })
}

func (a *advanced) relation(n *node, at Locator) error {
	from, to := a.entries[n.get("From-ProfileID")], a.entries[n.get("To-ProfileID")]
	if from == "" || to == "" {
		return a.r.refuse(whyRelationUnknown.Say(), n.raw(), at)
	}
	d := a.r.draft("UnknownLink", from+"-link-"+strings.TrimPrefix(to, "ofac-")+"-"+n.get("ID"), at)
	d.set("subject", from, n.get("From-ProfileID"), "", at)
	d.set("object", to, n.get("To-ProfileID"), "", at)
	d.set("role", a.code("RelationType", n.get("RelationTypeID")), "", "", at)
	if n.get("Former") == "true" {
		d.set("status", "former", "Former", "", at)
	}
	return a.r.keep(1, d)
}

func (a *advanced) sanction(n *node, at Locator) error {
	id := a.entries[n.get("ProfileID")]
	if id == "" {
		return a.r.refuse(whySanctionUnknown.Say(), n.raw(), at)
	}
	e := &party{r: a.r, main: a.r.draft("Organization", id, at), known: map[string]bool{}}
	var provisions []string
	for _, m := range n.all("SanctionsMeasure") {
		comment := m.value("Comment")
		if a.code("SanctionsType", m.get("SanctionsTypeID")) == "Program" {
			e.program(comment, comment, Locator{at.File, m.line, at.Record})
		} else {
			provisions = append(provisions, joinText(": ", a.code("SanctionsType", m.get("SanctionsTypeID")), comment))
		}
	}
	if len(e.sanctions) == 0 {
		return a.r.refuse(whyNoProgramme.Say(), n.raw(), at)
	}
	for _, s := range e.sanctions {
		for _, p := range provisions {
			s.add("provisions", p, at)
		}
		s.add("summary", a.code("List", n.get("ListID")), at)
		for _, ev := range n.all("EntryEvent") {
			s.set("listingDate", xmlDay(ev.first("Date")), xmlDay(ev.first("Date")), "", at)
			s.set("reason", a.code("LegalBasis", ev.get("LegalBasisID")), ev.get("LegalBasisID"), "", at)
		}
	}
	return a.r.keep(1, e.sanctions...)
}
