package lists

import "fmt"

// course makes an event of every milestone and amendment of a tender or contract; of says of which.
func (m *ocdsMaker) course(of, id string, c ocdsCourse) {
	for i := range c.Milestones {
		s := &c.Milestones[i]
		name := firstText(s.Title, s.Code, cut(s.Description, 200))
		if name == "" {
			continue
		}
		d := m.event("milestone", of, firstText(plainID(s.ID), fmt.Sprint(i)), id)
		d.add("name", name, m.at)
		d.add("description", s.Description, m.at)
		m.day(d, "date", firstText(s.Met, s.Due))
		for _, note := range [][2]string{{"due", cutTime(s.Due)}, {"met", cutTime(s.Met)}, {"status", s.Status}} {
			if note[1] != "" {
				d.add("notes", note[0]+": "+note[1], m.at)
			}
		}
	}
	amendments := c.Amendments
	if c.Amendment != nil {
		amendments = append(amendments, *c.Amendment)
	}
	for i := range amendments {
		a := &amendments[i]
		if a.Date+a.Rationale+a.Description == "" {
			continue
		}
		d := m.event("amendment", of, firstText(plainID(a.ID), fmt.Sprint(i)), id)
		d.add("name", "Amendment: "+firstText(cut(a.Rationale, 200), cut(a.Description, 200), cutTime(a.Date)), m.at)
		d.add("summary", a.Rationale, m.at)
		d.add("description", a.Description, m.at)
		m.day(d, "date", a.Date)
	}
}

func (m *ocdsMaker) event(kind, of, number, id string) *draft {
	d := m.add("Event", m.r.hash(kind, m.rel.OCID, of, number))
	d.add("recordId", number, m.at)
	m.link(d, "involved", id)
	return d
}

// payment makes a payment of a transaction.
func (m *ocdsMaker) payment(own, contract string, t *ocdsTransaction) {
	d := m.add("Payment", m.r.hash("payment", m.rel.OCID, own, plainID(t.ID), t.Date))
	d.add("transactionNumber", plainID(t.ID), m.at)
	m.link(d, "contract", contract)
	m.link(d, "payer", m.paid(t.Payer, t.Provider, "PublicBody"))
	m.link(d, "beneficiary", m.paid(t.Payee, t.Receiver, "LegalEntity"))
	m.day(d, "date", t.Date)
	if t.Value != nil {
		m.money(d, t.Value)
	} else {
		m.money(d, t.Amount)
	}
	d.add("sourceUrl", firstText(t.URI, t.Source), m.at)
}

func (m *ocdsMaker) paid(o *ocdsRef, old *ocdsIdentified, schema string) string {
	if o == nil && old != nil {
		o = &ocdsRef{ID: old.ID, Name: old.LegalName}
	}
	return m.ref(o, schema)
}
