package ftm

import (
	"io"
	"iter"
)

// PickName returns the name to call an entity by, out of several.
func PickName(names []string) string { return names[0] }

func readEntities(m *Model, r io.Reader, l Limits) iter.Seq2[Record[Entity], error] {
	return func(func(Record[Entity], error) bool) {}
}

func readStatements(m *Model, r io.Reader, format string, l Limits) iter.Seq2[Record[Statement], error] {
	return func(func(Record[Statement], error) bool) {}
}
