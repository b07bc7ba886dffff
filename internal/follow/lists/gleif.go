package lists

import (
	"fmt"
	"io"
	"slices"
	"strings"
)

// gleifCSV reads the golden copies of GLEIF as tables: level 1 (who is who), level 2 (who owns whom) and the reasons
// given for naming no parent. Which file is which is told by its columns.
func gleifCSV(r *reader) error {
	return r.each(func(file string, in io.Reader) error {
		text := plain(in)
		head, _ := text.Peek(peeked / 2)
		need := []string{"LEI", "Entity.LegalName"}
		switch {
		case strings.Contains(string(head), "Relationship.StartNode"):
			need = []string{"Relationship.StartNode.NodeID", "Relationship.EndNode.NodeID", "Relationship.RelationshipType"}
		case strings.Contains(string(head), "Exception.Category"):
			need = []string{"LEI", "Exception.Category"}
		}
		return r.headed(file, text, comma(text), need, nil, func(f map[string]string, w row, at Locator) error {
			return r.gleif(f, w.raw, at)
		})
	})
}

// gleifXML reads the golden copies as XML. Elements are laid out as the columns of the tables are called.
func gleifXML(r *reader) error {
	return r.each(func(file string, in io.Reader) error {
		return r.elements(file, in, map[string]bool{"LEIRecord": true, "RelationshipRecord": true, "Exception": true, "ContentDate": true}, nil, func(n *node, at Locator) error {
			if n.name == "ContentDate" {
				r.dated(cutTime(n.text))
				return nil
			}
			f := map[string]string{}
			flatten(n, "", f)
			if n.name == "Exception" {
				f["Exception.Category"], f["Exception.Reason.1"] = n.value("ExceptionCategory"), n.value("ExceptionReason")
			}
			for i, p := range n.all("Relationship", "RelationshipPeriods", "RelationshipPeriod") {
				f[fmt.Sprintf("Relationship.Period.%d.periodType", i+1)] = p.value("PeriodType")
				f[fmt.Sprintf("Relationship.Period.%d.startDate", i+1)] = p.value("StartDate")
				f[fmt.Sprintf("Relationship.Period.%d.endDate", i+1)] = p.value("EndDate")
			}
			return r.gleif(f, n.raw(), at)
		})
	})
}

// flatten lays out an element as columns: names joined with points, elements of lists numbered.
func flatten(n *node, prefix string, into map[string]string) {
	count := map[string]int{}
	for _, k := range n.kids {
		name := prefix + k.name
		if numbered := []string{"OtherEntityName", "TransliteratedOtherEntityName", "AdditionalAddressLine", "SuccessorEntity"}; slices.Contains(numbered, k.name) {
			count[k.name]++
			name += fmt.Sprintf(".%d", count[k.name])
		}
		if k.text != "" {
			into[name] = k.text
		}
		if l := k.get("lang"); l != "" {
			into[name+".xmllang"] = l
		}
		if t := k.get("type"); t != "" {
			into[name+".type"] = t
		}
		flatten(k, name+".", into)
	}
}

// gleif makes entities of one record of any of the three files.
func (r *reader) gleif(f map[string]string, raw []byte, at Locator) error {
	switch {
	case f["Relationship.StartNode.NodeID"] != "" || f["Relationship.EndNode.NodeID"] != "":
		return r.gleifRelation(f, raw, at)
	case f["Exception.Category"] != "":
		if f["LEI"] == "" {
			return r.refuse(whyNoLEI.Say(), raw, at)
		}
		d := r.draft("Company", "lei-"+f["LEI"], at)
		text := joinText(": ", "no parent named", f["Exception.Category"], f["Exception.Reason.1"])
		d.set("notes", text, text, "", at)
		return r.keep(1, d)
	}
	lei := f["LEI"]
	if lei == "" {
		return r.refuse(whyNoLEI.Say(), raw, at)
	}
	if f["Entity.LegalName"] == "" {
		return r.refuse(whyRecordNoName.Say(), raw, at)
	}
	category := f["Entity.EntityCategory"]
	schema := map[string]string{"SOLE_PROPRIETOR": "LegalEntity", "RESIDENT_GOVERNMENT_ENTITY": "PublicBody", "INTERNATIONAL_ORGANIZATION": "Organization"}[category]
	if schema == "" {
		schema = "Company"
	}
	d := r.draft(schema, "lei-"+lei, at)
	d.set("name", f["Entity.LegalName"], f["Entity.LegalName"], lang(f["Entity.LegalName.xmllang"]), at)
	for _, list := range []string{"Entity.OtherEntityNames.OtherEntityName.", "Entity.TransliteratedOtherEntityNames.TransliteratedOtherEntityName."} {
		for i := 1; i <= 50 && f[fmt.Sprint(list, i)] != ""; i++ {
			column := fmt.Sprint(list, i)
			prop := "alias"
			if f[column+".type"] == "PREVIOUS_LEGAL_NAME" {
				prop = "previousName"
			}
			d.set(prop, f[column], f[column], lang(f[column+".xmllang"]), at)
		}
	}
	d.add("leiCode", lei, at)
	d.set("jurisdiction", strings.SplitN(f["Entity.LegalJurisdiction"], "-", 2)[0], f["Entity.LegalJurisdiction"], "", at)
	d.add("registrationNumber", f["Entity.RegistrationAuthority.RegistrationAuthorityEntityID"], at)
	d.add("legalForm", firstOf(f, "Entity.LegalForm.OtherLegalForm", "Entity.LegalForm.EntityLegalFormCode"), at)
	d.add("classification", category, at)
	d.add("status", f["Entity.EntityStatus"], at)
	d.date("incorporationDate", f["Entity.EntityCreationDate"], Unknown, at)
	d.date("dissolutionDate", f["Entity.EntityExpirationDate"], Unknown, at)
	for _, kind := range []string{"Entity.LegalAddress.", "Entity.HeadquartersAddress."} {
		var lines []string
		for _, part := range []string{"FirstAddressLine", "AdditionalAddressLine.1", "AdditionalAddressLine.2", "AdditionalAddressLine.3", "PostalCode", "City", "Region", "Country"} {
			lines = append(lines, f[kind+part])
		}
		full := joinText(", ", lines...)
		if category == "SOLE_PROPRIETOR" && full != "" {
			d.drop("address") // where a person works alone is often where that person lives
			continue
		}
		d.set("address", full, full, "", at)
		d.add("country", f[kind+"Country"], at)
	}
	return r.keep(1, d)
}

func (r *reader) gleifRelation(f map[string]string, raw []byte, at Locator) error {
	from, to, kind := f["Relationship.StartNode.NodeID"], f["Relationship.EndNode.NodeID"], f["Relationship.RelationshipType"]
	if from == "" || to == "" || kind == "" {
		return r.refuse(whyRelation.Say(), raw, at)
	}
	schema, subject, object := "UnknownLink", "subject", "object"
	if strings.HasSuffix(kind, "_CONSOLIDATED_BY") {
		schema, subject, object = "Ownership", "asset", "owner"
	}
	d := r.draft(schema, r.hash("relation", from, to, kind), at)
	d.set(subject, "lei-"+from, from, "", at)
	d.set(object, "lei-"+to, to, "", at)
	d.add("role", kind, at)
	d.add("status", f["Relationship.RelationshipStatus"], at)
	for i := 1; i <= 9; i++ {
		column := fmt.Sprintf("Relationship.Period.%d.", i)
		if t := f[column+"periodType"]; t == "" || t == "RELATIONSHIP_PERIOD" {
			d.date("startDate", cutTime(f[column+"startDate"]), Unknown, at)
			d.date("endDate", cutTime(f[column+"endDate"]), Unknown, at)
		}
	}
	d.add("recordId", f["Registration.ValidationReference"], at)
	return r.keep(1, d)
}
