package tlog

// OnStep has f told each step of an append by name.
func (l *Log) OnStep(f func(string)) { l.reached = f }
