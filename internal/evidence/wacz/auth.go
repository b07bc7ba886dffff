package wacz

import "time"

// Signed is the signedData of datapackage-digest.json (wacz-auth 0.1.0): either PublicKey is set (an anonymous
// key), or Domain with DomainCert, TimeSignature and TimestampCert (the identity of a domain name).
type Signed struct {
	Hash          string    `json:"hash"`      // sha256:<hex> of datapackage.json
	Signature     string    `json:"signature"` // base64 of an ASN.1 ECDSA signature over the text of Hash
	PublicKey     string    `json:"publicKey,omitempty"`
	Domain        string    `json:"domain,omitempty"`
	DomainCert    string    `json:"domainCert,omitempty"`    // PEM, the domain's certificate first
	TimeSignature string    `json:"timeSignature,omitempty"` // base64 of an RFC 3161 response over the text of Signature
	TimestampCert string    `json:"timestampCert,omitempty"` // PEM, the authority's certificate first
	Created       time.Time `json:"created"`
	Software      string    `json:"software"`
	Version       string    `json:"version,omitempty"` // "0.1.0"
}

// Signer is who made a signature that holds.
type Signer struct {
	Key    string    `json:"key,omitempty"`    // hex SHA-256 of the public key (SubjectPublicKeyInfo)
	Domain string    `json:"domain,omitempty"` // "" for an anonymous key
	At     time.Time `json:"at"`               // by the time-stamp authority, or as the signer claims
	Rooted bool      `json:"rooted"`           // the certificates lead to roots that the caller gave
}
