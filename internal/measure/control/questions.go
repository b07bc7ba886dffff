package control

import (
	"cmp"

	"veedor/internal/measure/verdict"
)

// Questions notes what judging asks and answers nothing: which votes are worth reading.
type Questions struct {
	enough int
	keys   map[uint64]bool
}

var _ verdict.Controls = (*Questions)(nil)

// NewQuestions returns one that has noted nothing; k as for NewTable.
func NewQuestions(k int) *Questions {
	return &Questions{cmp.Or(k, DefaultEnough), map[uint64]bool{}}
}

// Look implements verdict.Controls.
func (q *Questions) Look(x verdict.Question) verdict.Account {
	q.keys[key(x.About, x.Host, x.IP, x.Port)] = true
	return verdict.Account{}
}

// Enough implements verdict.Controls.
func (q *Questions) Enough() int { return q.enough }

// Has says whether votes with that key were asked for.
func (q *Questions) Has(key uint64) bool { return q.keys[key] }

// None says that nothing was asked.
func (q *Questions) None() bool { return len(q.keys) == 0 }
