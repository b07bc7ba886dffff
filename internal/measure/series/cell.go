// Package series turns verdicts into cells, cells into changes, and changes into incidents. It is pure
// and replayable: the same cells and thresholds give the same incidents, whether they are looked at
// live or a year later, and late data change only the hours they belong to.
package series

import "veedor/internal/measure/verdict"

// What detection works on is counted by stores, in verdict's terms.
type (
	Key       = verdict.Series
	Cell      = verdict.Cell
	RuleCount = verdict.RuleCount
	Volume    = verdict.Volume
)

// Share returns the share of voters that met a restriction, shrunken: one of one is no certainty.
func (t *Thresholds) Share(blocked, voters int32) float64 {
	return (float64(blocked) + t.PriorBlocked) / (float64(voters) + t.PriorBlocked + t.PriorFree)
}
