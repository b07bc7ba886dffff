package verdict

// Rule is one rule of the judge, as data.
type Rule struct {
	ID       string // stable for ever: "tls_failure_ctrl_ok"
	Layer    Layer
	Outcome  State // what it says when it fires
	Evidence Evidence
	Artefact bool // its firing is a distinctive trace of a filter
	Beside   bool // reports interference beside the state, without deciding it
	// Likelihood is how many times more often this is seen where there is a restriction than where
	// there is none; Low and High enclose it with a probability of nine in ten.
	Likelihood, Low, High float64
	Prior                 float64 // the ratio set by hand
	Seen                  Seen    // what it was fitted on
	Basis                 string  // where Likelihood comes from
	Says                  string  // one plain sentence a journalist may quote
	Why                   string  // why this follows, and what else could explain it
}
