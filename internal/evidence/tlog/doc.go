// Package tlog keeps the transparency log: every archived object, capture, journal event, incident state and
// dossier is a leaf, in the order in which it was learnt. Checkpoints are signed, cosigned by witnesses and
// stamped by time-stamp authorities.
package tlog
