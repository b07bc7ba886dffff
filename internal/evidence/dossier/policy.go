package dossier

// Policy is whom a reader trusts: keys that sign, roots of certificates, logs and witnesses. docs/format/dossier.md
// describes its file.
type Policy struct {
	Title    string   `json:"title,omitempty"`
	Log      []string `json:"log,omitempty"`       // lines of a C2SP tlog-policy
	Keys     []string `json:"keys,omitempty"`      // base64 of the SubjectPublicKeyInfo of keys that sign packages
	Domains  []string `json:"domains,omitempty"`   // whose certificates may sign packages
	Roots    []string `json:"roots,omitempty"`     // PEM; for the domains' certificates
	TSARoots []string `json:"tsa_roots,omitempty"` // PEM; for time-stamp authorities
	Require  []string `json:"require,omitempty"`   // of log, timestamp, signature: what must be there and trusted; default signature
}
