package dossier

import (
	"time"
)

// skew is by how much clocks may disagree before times are held to contradict each other.
const skew = 10 * time.Minute

// stamped is a checkpoint that somebody outside the log saw at a time.
type stamped struct {
	size int64
	at   int64  // Unix seconds
	by   string // who says so
}

// checkLeafTime checks one leaf of a log against the times at which checkpoints were seen outside. A leaf cannot be
// older than a checkpoint that did not yet contain it, and not younger than one that does.
func checkLeafTime(r *result, where string, index, at int64, seen []stamped) {
	for _, s := range seen {
		switch {
		case index < s.size && at > s.at+int64(skew/time.Second):
			r.fault(ClassTimestamp, where, "the leaf claims %s, and %s had seen it in a checkpoint at %s", utc(at), s.by, utc(s.at))
		case index >= s.size && at < s.at-int64(skew/time.Second):
			r.fault(ClassTimestamp, where, "back-dated: the leaf claims %s, and the checkpoint that %s saw at %s did not contain it", utc(at), s.by, utc(s.at))
		}
	}
}

func utc(unix int64) string { return time.Unix(unix, 0).UTC().Format(time.RFC3339) }
