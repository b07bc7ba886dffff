package dossier

// Class is what a fault is about. The classes are ordered: a fault of a lower one makes what the higher ones say
// worthless, and decides the exit code.
type Class string

// The classes, from the bottom up.
const (
	ClassContainer   Class = "container"   // the ZIP, gzip or folder cannot be read, or is ambiguous
	ClassPackage     Class = "package"     // datapackage.json, dossier/manifest.json, names and lists of files
	ClassWARC        Class = "warc"        // WARC records, CDXJ index, pages
	ClassHash        Class = "hash"        // bytes do not have the hash that is stated
	ClassConsistency Class = "consistency" // quotes, references between parts, pages that say something else than the data
	ClassProof       Class = "proof"       // log proofs, checkpoints, tiles
	ClassTimestamp   Class = "timestamp"   // RFC 3161 tokens, and times that contradict each other
	ClassSignature   Class = "signature"   // a signature that does not hold
	ClassTrust       Class = "trust"       // all is sound, but it is not by somebody the policy trusts
)

// Exit codes of veedor verify that are no fault's.
const (
	ExitOK        = 0
	ExitUnvouched = 19 // intact, but no policy was given: nothing says who made it
)

// ExitCode returns the exit code of a class: 10 for container up to 18 for trust.
func (c Class) ExitCode() int {
	for i, k := range Classes() {
		if k == c {
			return 10 + i
		}
	}
	return 10
}

// Classes returns all classes from the bottom up.
func Classes() []Class {
	return []Class{ClassContainer, ClassPackage, ClassWARC, ClassHash, ClassConsistency, ClassProof, ClassTimestamp, ClassSignature, ClassTrust}
}

// Fault is one thing that is wrong.
type Fault struct {
	Class Class  `json:"class"`
	Where string `json:"where"` // file, record or field
	What  string `json:"what"`  // one line in plain words
}

// State is how a class of checks came out.
type State string

// The states of a class.
const (
	StateOK     State = "ok"
	StateFailed State = "failed"
	StateAbsent State = "absent" // there was nothing of this kind to check
)

// Check is how one class came out, in numbers and words.
type Check struct {
	Class   Class  `json:"class"`
	State   State  `json:"state"`
	Checked int    `json:"checked"` // how many things were looked at
	Failed  int    `json:"failed"`
	Says    string `json:"says"` // one line in plain words
}

// Report is what a verification found.
type Report struct {
	Name      string   `json:"name"`
	Kind      string   `json:"kind"` // dossier, wacz, warc, log, file
	Exit      int      `json:"exit"`
	Checks    []Check  `json:"checks"`
	Faults    []Fault  `json:"faults"`
	More      int      `json:"more_faults,omitempty"` // beyond those listed
	Proved    []string `json:"proved"`
	NotProved []string `json:"not_proved"`
}

// OK says whether nothing is wrong with the bytes; who made them is another question (Exit).
func (r *Report) OK() bool { return len(r.Faults) == 0 }

// Verdict says in a few words how it came out.
func (r *Report) Verdict() string {
	switch r.Exit {
	case ExitOK:
		switch r.Kind {
		case "file":
			return "the very bytes that a log has which the policy trusts"
		case "dossier", "log":
			return "sound, and by somebody the policy trusts"
		}
		return "sound"
	case ExitUnvouched:
		return "intact; nothing says who made it"
	case ClassTrust.ExitCode():
		return "intact, but not by anybody the policy trusts"
	}
	return "not to be relied on"
}
