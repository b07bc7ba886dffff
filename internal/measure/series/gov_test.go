package series_test

import (
	"compress/gzip"
	"encoding/csv"
	"os"
	"testing"
	"time"

	"veedor/internal/measure/series"
	"veedor/internal/measure/verdict"
)

// TestListGrew: on 2 February 2026 the list of Venezuelan government sites that somebody checked grew from
// 433 names to 2,530, most of the new ones dead. The instrument changed, not the world.
func TestListGrew(t *testing.T) {
	f, err := os.Open("../../../../shared/data/venezuela/gobve_status_timeseries.csv.gz")
	if err != nil {
		t.Skip("test data venezuela is not beside the checkout: skipped")
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(z).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	full, partial := th.Vote(10)
	free, freePartial := th.Vote(0.05)
	cells := map[string][]verdict.Cell{}
	for _, r := range rows[1:] {
		at, err := time.Parse(time.RFC3339, r[0])
		if err != nil {
			continue
		}
		c := verdict.Cell{Hour: verdict.HourOf(at), N: 1, Voters: 1, Full: free, Partial: freePartial}
		if r[2] != "online" { // as if each failure were worth something: the hardest case
			c.Blocked, c.Full, c.Partial, c.Met = 1, full, partial, []uint64{uint64(at.Unix())}
		}
		if n := len(cells[r[1]]); n > 0 && cells[r[1]][n-1].Hour == c.Hour {
			continue
		}
		cells[r[1]] = append(cells[r[1]], c)
	}
	activity := series.NewActivity()
	var changes []series.Change
	for name, list := range cells {
		k := verdict.Series{CC: "VE", ASN: 64500, Target: name, Layer: verdict.HTTP}
		activity.Add(k, list)
		changes = th.Detect(changes, k, list, nil)
	}
	jump := verdict.HourOf(time.Date(2026, 2, 2, 0, 0, 0, 0, time.UTC))
	found := false
	for _, i := range th.Incidents(changes, nil, activity) {
		if i.Kind != series.Restriction || i.From < jump-24 || i.From > jump+72 || i.Series < 500 {
			continue
		}
		found = true
		if i.Withdrawn != series.CauseInstrument {
			t.Errorf("%d series from %s: withdrawn %q", i.Series, verdict.Hour(i.From), i.Withdrawn)
		}
	}
	if !found {
		t.Error("the jump was not noticed at all")
	}
}
