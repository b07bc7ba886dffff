// Package registry keeps statements: who says what of whom, since when, with the bytes it was read from. Values
// that contradict each other stand side by side; merging entities is a person's decision, and can be undone.
package registry
