package ftm

import (
	"io"
	"iter"
)

// Limits bounds what a reader takes in. A zero field means the default.
type Limits struct {
	Line   int // longest line or row, in bytes; default 16 MiB
	Values int // most values of one entity; default 100,000
	Depth  int // deepest nesting of JSON; default 8
}

// Record is one line or row: read, or refused with a reason. Nothing of a source goes missing: a reader yields a
// Record for every line that is not blank.
type Record[T any] struct {
	Value  T
	Line   int    // from 1
	Offset int64  // of its first byte
	Size   int    // in bytes, without the line break
	Raw    []byte // the bytes, or the first of them if the line is too long; valid until the next Record
	Reason string // why it was refused; "" if it was read
}

// ReadEntities reads entities, one JSON object a line, as FollowTheMoney and OpenSanctions write them. Values are
// taken as they are: whoever does not trust the source cleans them. The error is one of the stream, and ends it.
func ReadEntities(m *Model, r io.Reader, l Limits) iter.Seq2[Record[Entity], error] {
	return readEntities(m, r, l)
}

// ReadStatements reads statements in a format: "csv", "json" or "pack". The error is one of the stream, and ends it.
func ReadStatements(m *Model, r io.Reader, format string, l Limits) iter.Seq2[Record[Statement], error] {
	return readStatements(m, r, format, l)
}
