// Package lineage finds which texts derive from which: copies, translations, rewrites, re-dated copies, citations; and counts
// the roots behind a claim.
//
// It proposes; a person decides. An Index holds items and says for any item what it may derive from (Index.Propose); Propose does
// so for many at once. Each Proposal has its evidence with offsets into both texts. Trace and Count work on what was confirmed.
// The method is set out in docs/design/0009-lineage.md.
package lineage
