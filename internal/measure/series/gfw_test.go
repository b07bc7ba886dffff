package series_test

import (
	"bufio"
	"os"
	"os/exec"
	"strings"
	"testing"

	"veedor/internal/measure/series"
	"veedor/internal/measure/verdict"
)

// TestGFW: 513 days of names tried once a day against a national filter. Days on which nearly no name is
// blocked are gaps in the measurement, not mercy; the day a rule went that had caught every name under one
// suffix is one event.
func TestGFW(t *testing.T) {
	const path = "../../../../shared/data/gfw/gfw-henan-day-by-day-check.txt.xz"
	if _, err := os.Stat(path); err != nil {
		t.Skip("test data gfw is not beside the checkout: skipped")
	}
	if _, err := exec.LookPath("xzcat"); err != nil {
		t.Skip("xzcat is not installed: skipped")
	}
	cmd := exec.Command("xzcat", path)
	in, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	blocked := make([]int, 513)
	var names, days []string
	s := bufio.NewScanner(in)
	for s.Scan() {
		f := strings.Fields(s.Text())
		if len(f) != 2 || len(f[1]) != len(blocked) {
			continue
		}
		for i := range blocked {
			if f[1][i] == '1' {
				blocked[i]++
			}
		}
		if strings.HasSuffix(f[0], ".com.au") {
			names, days = append(names, f[0]), append(days, f[1])
		}
	}
	if err := cmd.Wait(); err != nil || len(names) < 4000 {
		t.Fatal(len(names), err)
	}
	gap := func(day int) bool { return blocked[day] < 100 }
	full, partial := th.Vote(20)
	free, freePartial := th.Vote(0.05)
	var changes []series.Change
	falseEnds := 0
	for n, name := range names {
		k := verdict.Series{CC: "CN", ASN: 4134, Target: name, Layer: verdict.DNS}
		var cells []verdict.Cell
		for d, c := range days[n] {
			if gap(d) {
				continue
			}
			cell := verdict.Cell{Hour: start + int64(d)*24, N: 1, Voters: 1, Full: free, Partial: freePartial}
			if c == '1' {
				cell.Blocked, cell.Full, cell.Partial, cell.Met = 1, full, partial, []uint64{uint64(d)}
			}
			cells = append(cells, cell)
		}
		got := th.Detect(nil, k, cells, nil)
		for _, c := range got {
			// An end that rests on a gap alone: blocked on the next day that was measured.
			if day := int((c.At - start) / 24); c.Kind == series.End && days[n][day] == '1' {
				falseEnds++
			}
		}
		changes = append(changes, got...)
	}
	if falseEnds > 0 {
		t.Errorf("%d ends on days on which the name was blocked", falseEnds)
	}
	// Together they are one event that ends, or an event of its own where they began at different times.
	list := th.Incidents(changes, nil, series.NewActivity())
	most := 0
	for _, i := range list {
		perDay := map[int64]int{}
		for _, e := range i.Episodes {
			if e.End != nil {
				perDay[e.End.At/24]++
				most = max(most, perDay[e.End.At/24])
			}
		}
	}
	t.Logf("%d names, %d changes, %d incidents; %d names freed in one of them on one day", len(names), len(changes), len(list), most)
	if most < 4000 || len(list) > 60 {
		t.Errorf("%d of %d names were freed together; %d incidents", most, len(names), len(list))
	}
}
