// Package fault makes packages with exactly one thing wrong, and packages with nothing wrong, to measure a
// verifier by.
package fault
