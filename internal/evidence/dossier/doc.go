// Package dossier builds and checks dossiers: a frozen, signed, self-checking publication in one file. It is
// handed its content and knows no wing. docs/format/dossier.md is its format.
//
// What checks logs and time-stamps (note, checkpoint, cosign, merkle, tiles, proof, logpolicy, token, log, logwalk)
// is written from the specifications alone and shares no code with what writes logs.
package dossier
