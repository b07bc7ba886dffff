package capture

// state is what the journal says, folded.
type state struct{}

func newState() *state { return &state{} }
