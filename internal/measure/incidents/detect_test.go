package incidents

import (
	"testing"
	"time"

	"veedor/internal/measure/series"
	"veedor/internal/measure/verdict"
)

// TestSilencesElsewhere: that measurements stayed away in a country says something only where others were measured on.
func TestSilencesElsewhere(t *testing.T) {
	begin := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	volume := func(cc string, from, to int) verdict.Volume { // silent in the hours from up to to
		v := verdict.Volume{CC: cc, First: verdict.HourOf(begin)}
		for i := range 24 * 60 {
			n := int32(24)
			if i >= from && i < to {
				n = 0
			}
			v.Count = append(v.Count, n)
		}
		return v
	}
	const at, till, end = 24 * 50, 24 * 52, 24 * 60
	for name, c := range map[string]struct {
		volumes []verdict.Volume
		want    int
	}{
		"one of three":            {[]verdict.Volume{volume("XA", at, till), volume("XB", 0, 0), volume("XC", 0, 0)}, 1},
		"one of two":              {[]verdict.Volume{volume("XA", at, till), volume("XB", 0, 0)}, 1},
		"nobody else is measured": {[]verdict.Volume{volume("XA", at, till)}, 0},
		"all stop at once":        {[]verdict.Volume{volume("XA", at, end), volume("XB", at, end), volume("XC", at, end)}, 0},
		"most stop at once":       {[]verdict.Volume{volume("XA", at, till), volume("XB", at, till), volume("XD", at, till), volume("XC", 0, 0)}, 0},
		"it lasts":                {[]verdict.Volume{volume("XA", at, end), volume("XB", 0, 0)}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			got := silences(series.Provisional(), c.volumes, begin, begin.AddDate(0, 0, 60))
			if len(got) != c.want {
				t.Errorf("%d silences, want %d: %+v", len(got), c.want, got)
			}
		})
	}
}
