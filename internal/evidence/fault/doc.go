// Package fault makes packages with exactly one thing wrong, and packages with nothing wrong, to measure verifiers by.
//
// Sound packages are made from a seed (Workshop): web archives as this project and as others write them, dossiers,
// logs. A Fault takes a sound one apart, changes one thing, and makes everything else consistent again: lengths,
// digests, indexes, hashes, proofs, and where the liar is the publisher himself, signatures. It says which classes of
// faults are a right reason to reject what comes out. Judge asks everybody who must find it.
//
// The formats are written here a second time, from the specifications, and able to lie in every field: ZIP, WARC,
// CDXJ, JSON that holds a key twice, RFC 3161 tokens of any time, logs with all keys in the hands of a forger. Flip
// changes single bytes of files, and sees that the check that owns them finds each.
package fault
