package ftm

import "io"

// WriteEntity writes an entity as one line of JSON.
func WriteEntity(w io.Writer, e *Entity) error { return nil }

// StatementWriter writes statements in one of FollowTheMoney's formats: "csv", "json" or "pack". Close ends it.
type StatementWriter struct{ w io.Writer }

// NewStatementWriter writes to w; "csv" and "pack" begin with a header.
func NewStatementWriter(w io.Writer, format string) (*StatementWriter, error) {
	return &StatementWriter{w}, nil
}

// Write writes one statement.
func (w *StatementWriter) Write(s *Statement) error { return nil }

// Close flushes what is buffered; it does not close the writer below.
func (w *StatementWriter) Close() error { return nil }
