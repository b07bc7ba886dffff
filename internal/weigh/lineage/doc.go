// Package lineage finds which texts derive from which: copies, translations, rewrites, re-dated copies, citations; and counts the roots behind a claim.
package lineage
