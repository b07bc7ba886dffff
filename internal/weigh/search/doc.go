// Package search finds what is on the desk and among captures, in English, Spanish, Portuguese,
// Chinese and whatever else is written in words. The index is Bleve's; it is derived from what it is
// handed and may be deleted. What is handed in twice, as readers may see it and as the desk does, is
// found by each only in its own form.
//
// # Queries
//
// Words must all occur, in any order and with or without their accents: "filtro web". In quotes, as
// they stand: "filtro web nacional". Chinese needs no spaces. -word must not occur, censur* begins so,
// field:value narrows by a facet, kind:, lang:, case:, and so on; from:2019 and until:2020-06 by date.
package search
