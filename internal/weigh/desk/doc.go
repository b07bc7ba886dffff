// Package desk keeps what people write: items, claims, evidence, frames, scores, stories; every write an event in an append-only journal, every claim's status derived.
package desk
