// Package wacz reads, writes and checks web archives: WARC 1.1 records, CDXJ indexes with SURT keys, WACZ 1.1.1
// packages and their signatures (wacz-auth 0.1.0).
//
// Every reader is made for bytes that somebody hostile chose: it streams, its memory is bounded, and what
// deviates from the specifications is reported as a Fault, not guessed away. Readers that import are lenient
// with the same parser that the validators, Check and CheckWARC, are strict with. docs/format/wacz.md lists
// what is written and every check.
package wacz
