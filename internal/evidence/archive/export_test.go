package archive

// OnStep has f told each step of a commit by name: written, staged, listed, counted, placed, indexed.
func (a *Archive) OnStep(f func(step string)) { a.reached = f }

// SmallPacks has batches close their pack after so many bytes of index.
func (a *Archive) SmallPacks(index int) { a.maxIndex = index }

// MaxFrame is the limit on what expanding a forged frame may cost.
const MaxFrame = maxFrame
