// Package formats writes what the desk holds in the forms that others read: ClaimReview, Web
// Annotation, CSL-JSON, BibTeX, STIX 2.1 with DISARM techniques, CSV. It is pure: views go in, bytes
// come out, and the same views give the same bytes. Each form holds less than the desk does; the
// address of the full page is always in it. docs/format/exports.md says what becomes of what.
package formats
