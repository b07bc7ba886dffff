// Package journal keeps an append-only file of JSON lines, each naming the SHA-256 of the one before, so that a
// line that was changed, taken out or put in is seen.
package journal
