// Package match compares names, and what stands beside them, across scripts and languages.
//
// It is pure: an [Entity] goes in, a [Result] with explained features comes out, and an [Index] is built to bytes and read from bytes.
// docs/design/0008-matching-names.md says how the parts fit and what was measured.
package match

// Entity is what matching looks at. The same shape serves as query and as candidate; everything but Names may be empty.
type Entity struct {
	ID          string
	Schema      string // a FollowTheMoney schema name, such as Company or Person
	Names       []string
	Identifiers []Identifier
	Countries   []string // ISO 3166-1 alpha-2, any case
	Years       []int    // of incorporation or of birth
	Addresses   []string
}

// Identifier is a number that a register gave. Kind says which register: two identifiers are compared when their kinds are equal.
type Identifier struct {
	Kind  string // uscCode, registrationNumber, leiCode, imoNumber, innCode, ogrnCode, taxNumber, sdn …: FollowTheMoney's property name
	Value string
}

// Feature is one thing that spoke for or against two entities being one.
type Feature struct {
	Name  string
	Value float64 // what was found, 0 to 1
	Share float64 // what it added to the log-odds of the score; negative speaks against
}

// Result is the comparison of two entities.
type Result struct {
	Score    float64 // probability that both are the same, calibrated on the generated training set
	Query    string  // the name of the query that was compared
	Name     string  // the name of the candidate it was compared with
	Features []Feature
}

// Hit is one candidate that an [Index] found.
type Hit struct {
	Entity Entity
	Result
}
