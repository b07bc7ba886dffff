// Package match says whether two names, or two entities, are the same: across scripts, spellings and legal
// forms, with a score that reads as a probability and the share of each feature in it. It is pure.
package match
