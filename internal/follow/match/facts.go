package match

import (
	"slices"
	"strings"
)

// factFeatures compares what stands beside the names.
func factFeatures(v *vector, q, c *prepared) {
	for _, x := range q.ids {
		for _, y := range c.ids {
			switch {
			case x.value == y.value && (x.kind == y.kind || len(x.value) >= 8 && (loose(x.kind) || loose(y.kind))):
				v[fID] = 1
			case x.kind == y.kind && unique(x.kind):
				v[fIDConflict] = 1
			}
		}
	}
	if v[fID] == 1 {
		v[fIDConflict] = min(v[fIDConflict], 0.5)
	}
	both(&v[fCountry], &v[fCountryConflict], q.countries, c.countries)
	if len(q.years) > 0 && len(c.years) > 0 {
		gap := 1000
		for _, x := range q.years {
			for _, y := range c.years {
				gap = min(gap, max(x-y, y-x))
			}
		}
		switch {
		case gap == 0:
			v[fYear] = 1
		case gap == 1:
			v[fYear] = 0.5
		default:
			v[fYearConflict] = min(1, 0.5+float64(gap)/10)
		}
	}
	for _, x := range q.addresses {
		for _, y := range c.addresses {
			v[fAddress] = max(v[fAddress], overlap(x, y))
		}
	}
	if !compatible(q.schema, c.schema) {
		v[fSchema] = 1
	}
}

func both(equal, conflict *float64, q, c []string) {
	if len(q) == 0 || len(c) == 0 {
		return
	}
	for _, x := range q {
		if slices.Contains(c, x) {
			*equal = 1
			return
		}
	}
	*conflict = 1
}

// cleanID is an identifier without case, spaces and punctuation.
func cleanID(id Identifier) (Identifier, bool) {
	v := strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z':
			return r - 32
		case r >= 'A' && r <= 'Z' || r >= '0' && r <= '9':
			return r
		}
		return -1
	}, id.Value)
	v = strings.TrimPrefix(v, "IMO")
	if len(v) < 4 || len(v) > 64 || strings.Trim(v, "0") == "" {
		return Identifier{}, false
	}
	return Identifier{Kind: id.Kind, Value: v}, true
}

// unique says whether a bearer has one number of this kind, so that two different ones contradict each other.
func unique(kind string) bool {
	switch kind {
	case "leiCode", "imoNumber", "innCode", "ogrnCode", "uscCode", "cikCode", "permId", "dunsCode", "bikCode":
		return true
	}
	return false
}

// loose kinds say little of the register: their values are compared with those of every kind.
func loose(kind string) bool {
	switch kind {
	case "", "idNumber", "registrationNumber", "taxNumber", "number", "uscCode", "innCode", "ogrnCode", "vatCode":
		return true
	}
	return false
}

// compatible says whether one entity can be of both schemata: equal, or one above the other as far as matching needs to know.
func compatible(a, b string) bool {
	if a == b || a == "" || b == "" {
		return true
	}
	ga, gb := family(a), family(b)
	return ga == gb || ga == "any" || gb == "any" || ga == "legal" && gb != "thing" || gb == "legal" && ga != "thing"
}

func family(schema string) string {
	switch schema {
	case "Person":
		return "person"
	case "Company", "Organization", "PublicBody":
		return "organization"
	case "LegalEntity":
		return "legal"
	case "Vessel", "Airplane", "Vehicle", "RealEstate", "Security", "CryptoWallet":
		return schema
	case "Thing", "Asset":
		return "any"
	}
	return "thing"
}

// overlap is the share of an address's words and numbers that another has, of those that tell places apart.
func overlap(a, b Form) float64 {
	count, met := 0, 0
	for _, i := range a.words {
		x := &a.tokens[i]
		count++
		for _, j := range b.words {
			if s, _ := similar(x, &b.tokens[j]); s >= 0.85 {
				met++
				break
			}
		}
	}
	if count < 2 || len(b.words) < 2 {
		return 0
	}
	return float64(met) / float64(max(count, min(len(b.words), 2*count)))
}
