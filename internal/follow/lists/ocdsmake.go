package lists

import (
	"encoding/json"
	"slices"
	"strings"
)

// ocdsMaker makes entities of one release: parties, the call, a contract for every contract or award, and who was
// awarded it.
type ocdsMaker struct {
	r       *reader
	rel     *ocdsRelease
	at      Locator
	parties map[string]*draft
	out     []*draft
}

// plainID reads an id, which may be a text or a number.
func plainID(raw json.RawMessage) string {
	var s string
	if json.Unmarshal(raw, &s) == nil {
		return strings.TrimSpace(s)
	}
	if s = strings.TrimSpace(string(raw)); s == "null" || strings.HasPrefix(s, "{") || strings.HasPrefix(s, "[") {
		return ""
	}
	return s
}

func (m *ocdsMaker) make() []*draft {
	for i := range m.rel.Parties {
		m.party(&m.rel.Parties[i])
	}
	buyer := m.ref(m.rel.Buyer, "PublicBody")
	if t := m.rel.Tender; t != nil {
		m.call(t, buyer)
		if buyer == "" {
			buyer = m.ref(t.Entity, "PublicBody")
		}
	}
	for i := range m.rel.Awards {
		m.award(&m.rel.Awards[i], buyer)
	}
	for i := range m.rel.Contracts {
		m.contract(&m.rel.Contracts[i], buyer)
	}
	return m.out
}

// add starts an entity of the release. Later releases of the same process may say more of it.
func (m *ocdsMaker) add(schema, id string) *draft {
	d := m.r.draft(schema, id, m.at)
	d.repeats = true
	m.out = append(m.out, d)
	return d
}

// partyID names a party: by its identifier in a register, else by what the release calls it, which holds in this
// process only.
func (m *ocdsMaker) partyID(p *ocdsParty) string {
	if i := p.Identifier; i != nil && i.Scheme != "" && plainID(i.ID) != "" {
		return m.r.hash("identifier", i.Scheme, plainID(i.ID))
	}
	return m.r.hash("party", m.rel.OCID, plainID(p.ID), p.Name)
}

func (m *ocdsMaker) party(p *ocdsParty) {
	if p.Name == "" && (p.Identifier == nil || p.Identifier.LegalName == "") {
		return
	}
	schema := "Organization"
	if slices.Contains(p.Roles, "buyer") || slices.Contains(p.Roles, "procuringEntity") {
		schema = "PublicBody"
	} else if slices.Contains(p.Roles, "supplier") || slices.Contains(p.Roles, "tenderer") {
		schema = "LegalEntity" // suppliers may be persons
	}
	if i := p.Identifier; i != nil && i.Scheme == "VE-RIF" && strings.ContainsAny(plainID(i.ID)[:min(1, len(plainID(i.ID)))], "VvEe") {
		schema = "Person" // so Venezuela numbers citizens and foreigners
	}
	d := m.add(schema, m.partyID(p))
	d.add("name", p.Name, m.at)
	for _, i := range append([]ocdsIdentifier{}, p.Additional...) {
		m.identifier(d, i)
	}
	if p.Identifier != nil {
		m.identifier(d, *p.Identifier)
		if d.named() && p.Identifier.LegalName != p.Name {
			d.add("alias", p.Identifier.LegalName, m.at)
		} else {
			d.add("name", p.Identifier.LegalName, m.at)
		}
	}
	if a := p.Address; a != nil {
		if schema == "LegalEntity" {
			d.drop("address")
		} else {
			full := joinText(", ", a.StreetAddress, joinText(" ", a.PostalCode, a.Locality), a.Region, a.CountryName)
			d.set("address", full, full, "", m.at)
		}
		d.add("country", a.CountryName, m.at)
	}
	m.parties[plainID(p.ID)] = d
}

func (m *ocdsMaker) identifier(d *draft, i ocdsIdentifier) {
	id := plainID(i.ID)
	prop := "registrationNumber"
	switch {
	case strings.EqualFold(i.Scheme, "XI-LEI"):
		prop = "leiCode"
	case strings.HasSuffix(i.Scheme, "-RIF") || strings.HasSuffix(i.Scheme, "-RUC") || strings.HasSuffix(i.Scheme, "-NIT") || strings.HasSuffix(i.Scheme, "-RFC"):
		prop = "taxNumber"
	}
	d.set(prop, id, joinText(" ", i.Scheme, id), "", m.at)
}

// ref returns the id of a party that is referred to; one that is not among the parties is known by its name.
func (m *ocdsMaker) ref(o *ocdsRef, schema string) string {
	if o == nil {
		return ""
	}
	if d := m.parties[plainID(o.ID)]; d != nil {
		return d.e.ID
	}
	if o.Name == "" {
		return ""
	}
	d := m.add(schema, m.r.hash("party", m.rel.OCID, plainID(o.ID), o.Name))
	d.add("name", o.Name, m.at)
	m.parties[plainID(o.ID)] = d
	return d.e.ID
}

func (m *ocdsMaker) link(d *draft, prop, id string) {
	if id != "" {
		d.set(prop, id, id, "", m.at)
	}
}

func (m *ocdsMaker) money(d *draft, a *ocdsAmount) {
	if a == nil || a.Amount == "" {
		return
	}
	d.add("amount", a.Amount.String(), m.at)
	d.add("currency", a.Currency, m.at)
}

// day adds the day of a time stamp, which may be no day of the calendar.
func (m *ocdsMaker) day(d *draft, prop, s string) {
	if s == "" {
		return
	}
	iso, reason := ParseDate(s, Unknown)
	if reason != "" {
		d.problem(prop, s, reason, m.at)
		return
	}
	d.set(prop, iso, s, "", m.at)
}

func (m *ocdsMaker) call(t *ocdsTender, buyer string) {
	if t.Title == "" && t.Description == "" {
		return
	}
	d := m.add("CallForTenders", m.r.hash("call", m.rel.OCID))
	d.add("title", t.Title, m.at)
	d.add("name", firstText(t.Title, m.rel.OCID), m.at)
	d.add("callId", m.rel.OCID, m.at)
	d.add("description", t.Description, m.at)
	d.add("procedure", t.Method, m.at)
	m.link(d, "authority", firstText(buyer, m.ref(t.Entity, "PublicBody")))
	if t.Period != nil {
		m.day(d, "startDate", t.Period.Start)
		m.day(d, "submissionDeadline", t.Period.End)
	}
	for i := range t.Tenderers {
		m.link(d, "tenderers", m.ref(&t.Tenderers[i], "LegalEntity"))
	}
	m.course("tender", d.e.ID, t.ocdsCourse)
}

func firstText(texts ...string) string {
	for _, t := range texts {
		if t != "" {
			return t
		}
	}
	return ""
}

// contractID names the contract of an award: the first contract signed for it bears its number.
func (m *ocdsMaker) contractID(award string) string { return m.r.hash("contract", m.rel.OCID, award) }

func (m *ocdsMaker) award(a *ocdsAward, buyer string) {
	award := plainID(a.ID)
	title := firstText(a.Title, m.title(), m.rel.OCID)
	c := m.add("Contract", m.contractID(award))
	c.add("title", title, m.at)
	c.add("name", title, m.at)
	c.add("description", a.Description, m.at)
	c.add("procedureNumber", m.rel.OCID, m.at)
	m.link(c, "authority", buyer)
	for i := range a.Suppliers {
		supplier := m.ref(&a.Suppliers[i], "LegalEntity")
		if supplier == "" {
			continue
		}
		w := m.add("ContractAward", m.r.hash("award", m.rel.OCID, award, supplier))
		m.link(w, "supplier", supplier)
		m.link(w, "contract", c.e.ID)
		w.add("status", a.Status, m.at)
		m.day(w, "date", a.Date)
		m.money(w, a.Value)
	}
}

func (m *ocdsMaker) title() string {
	if m.rel.Tender != nil {
		return m.rel.Tender.Title
	}
	return ""
}

func (m *ocdsMaker) contract(c *ocdsContract, buyer string) {
	award := plainID(c.AwardID)
	id := m.contractID(award)
	if award == "" {
		id = m.r.hash("contract", m.rel.OCID, "contract", plainID(c.ID))
	}
	d := m.add("Contract", id)
	title := firstText(c.Title, m.title(), m.rel.OCID)
	d.add("title", title, m.at)
	d.add("name", title, m.at)
	d.add("description", c.Description, m.at)
	d.add("noticeId", plainID(c.ID), m.at)
	d.add("procedureNumber", m.rel.OCID, m.at)
	if c.Status == "cancelled" {
		d.add("cancelled", c.Status, m.at)
	}
	m.link(d, "authority", buyer)
	m.day(d, "contractDate", c.Signed)
	m.money(d, c.Value)
	if p := c.Period; p != nil && p.Start+p.End != "" {
		d.add("notes", "period: "+firstText(cutTime(p.Start), "?")+" to "+firstText(cutTime(p.End), "?"), m.at)
	}
	own := plainID(c.ID)
	m.course("contract "+own, id, c.ocdsCourse)
	if i := c.Implementation; i != nil {
		m.course("implementation "+own, id, i.ocdsCourse)
		for k := range i.Transactions {
			m.payment(own, id, &i.Transactions[k])
		}
	}
}
