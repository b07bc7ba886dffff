package verdict

// Trait is one thing by which a network's way of restricting can be told from another's, on one target.
type Trait struct {
	ASN      uint32
	CC       string
	Target   string
	Category string
	Kind     TraitKind
	Value    string
	N        int64 // measurements that showed it
}

// TraitKind is a dimension of comparison.
type TraitKind string

const (
	TraitTested      TraitKind = "tested"      // the target was tried; value "blocked" where three measurements and a fifth of them found it so, else "free"
	TraitMechanism   TraitKind = "mechanism"   // the rule that found it
	TraitFailure     TraitKind = "failure"     // layer and failure string: "tls connection_reset"
	TraitAnswer      TraitKind = "answer"      // address given in place of the right one
	TraitFingerprint TraitKind = "fingerprint" // a known trace
)
