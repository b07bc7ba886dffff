// Package dossier builds and checks dossiers: a frozen, signed, self-checking publication in one file. It is
// handed its content and knows no wing. Its verifier is written from the specifications alone and shares no
// code with what writes.
package dossier
