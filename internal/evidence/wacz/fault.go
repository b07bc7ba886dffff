package wacz

// Classes of faults. A class says which part of a package is not to be trusted.
const (
	ClassZIP       = "zip"       // the container: names, entries, overlaps, compression
	ClassPackage   = "package"   // datapackage.json, datapackage-digest.json, resources and their hashes
	ClassWARC      = "warc"      // the form of records
	ClassDigest    = "digest"    // a block or payload is not what its digest says
	ClassIndex     = "index"     // the CDXJ index and the records disagree
	ClassPages     = "pages"     // the lists of pages
	ClassSignature = "signature" // signedData of datapackage-digest.json
)

// Fault is one deviation from a specification, or one contradiction within a file, in plain words.
type Fault struct {
	Class string `json:"class"` // one of the constants above
	Where string `json:"where"` // path within the package, offset of the record, line of the index
	What  string `json:"what"`  // a sentence
}

// Report is the outcome of Check or CheckWARC. A file is sound when Faults is empty.
type Report struct {
	Faults []Fault `json:"faults"` // what specifications or plain consistency forbid, at most Limits.MaxFaults
	Notes  []Fault `json:"notes"`  // what is unusual, and allowed
	More   int     `json:"more"`   // further faults that were counted and not kept

	Records   int   `json:"records"`   // WARC records read
	Resources int   `json:"resources"` // entries of the package
	Pages     int   `json:"pages"`
	Lines     int   `json:"lines"` // of the index
	Bytes     int64 `json:"bytes"` // of blocks, uncompressed

	// Signer is who signed the package, nil when it is not signed or the signature does not hold. Whether
	// that signer is to be trusted is not decided here.
	Signer *Signer `json:"signer,omitempty"`
}

// Sound says whether nothing is wrong.
func (r Report) Sound() bool { return len(r.Faults) == 0 && r.More == 0 }

// Has says whether there is a fault of the class.
func (r Report) Has(class string) bool {
	for _, f := range r.Faults {
		if f.Class == class {
			return true
		}
	}
	return false
}
