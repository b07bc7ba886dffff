package series_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"veedor/internal/measure/series"
	"veedor/internal/measure/verdict"
)

const start = 490896 // an hour

var th = series.Provisional()

// line makes the cells of a series from a word a letter an hour: '.' nothing, a digit that many voters all
// fine, 'B' three voters blocked, 'b' one of five, 'd' down for the control too.
func line(word string) []verdict.Cell {
	var out []verdict.Cell
	for i, c := range word {
		cell := verdict.Cell{Hour: start + int64(i), RuleSet: "1", Witness: fmt.Sprint("m", i)}
		add := func(n, blocked int32) {
			cell.N, cell.Voters, cell.Blocked = n, n, blocked
			for j := range n {
				ratio := 0.05
				if j < blocked {
					ratio = 20
					cell.Met = append(cell.Met, uint64(i)*100+uint64(j))
				}
				full, partial := th.Vote(ratio)
				cell.Full += full
				cell.Partial += partial
			}
			if blocked > 0 {
				cell.Rules = []verdict.RuleCount{{Rule: "tls_failure_ctrl_ok", N: blocked}}
			}
		}
		switch {
		case c == '.':
			continue
		case c >= '0' && c <= '9':
			add(c-'0', 0)
		case c == 'B':
			add(3, 3)
		case c == 'b':
			add(5, 1)
		case c == 'd':
			cell.N, cell.Down = 3, 3
		}
		out = append(out, cell)
	}
	return out
}

func say(changes []series.Change) []string {
	var out []string
	for _, c := range changes {
		s := fmt.Sprintf("%s %d-%d", c.Kind, c.Before-start, c.At-start)
		if c.Partial {
			s += " partial"
		}
		if c.Open {
			s += " open"
		}
		out = append(out, s)
	}
	return out
}

func repeat(s string, n int) string {
	out := ""
	for range n {
		out += s
	}
	return out
}

func TestDetect(t *testing.T) {
	k := verdict.Series{CC: "XA", ASN: 64496, Target: "news.example", Layer: verdict.TLS}
	tests := []struct {
		name, word string
		want       []string
	}{
		{"nothing happens", repeat("3", 200), nil},
		{"nothing is measured", "", nil},
		{"a mishap", repeat("3", 20) + "B" + repeat("3", 20), nil},
		{"onset and end", repeat("3", 20) + repeat("B", 10) + repeat("3", 20), []string{"onset 19-20", "end 29-30"}},
		{"silence between is part of the interval", "3.......BBBB......3333", []string{"onset 0-8", "end 11-18"}},
		{"it was so before anybody measured", repeat("B", 10) + repeat("3", 20), []string{"onset -1-0 open", "end 9-10"}},
		{"some only", repeat("5", 20) + repeat("b", 60), []string{"onset 19-20 partial"}},
		{"down for the control too is no restriction", repeat("3", 20) + repeat("d", 50), nil},
		{"it lasts", repeat("3", 20) + repeat("B", 300), []string{"onset 19-20"}},
		{"twice", repeat("3", 9) + repeat("B", 9) + repeat("3", 9) + repeat("B", 9), []string{"onset 8-9", "end 17-18", "onset 26-27"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if d := cmp.Diff(tt.want, say(th.Detect(nil, k, line(tt.word), nil))); d != "" {
				t.Errorf("-want +got:\n%s", d)
			}
		})
	}
}

// TestOneVoice: one voter who says the same for days is one voter.
func TestOneVoice(t *testing.T) {
	cells := line(repeat("3", 20) + repeat("B", 30))
	for i := range cells {
		for j := range cells[i].Met {
			cells[i].Met[j] = uint64(j % 2) // the same two devices
		}
	}
	if got := th.Detect(nil, verdict.Series{}, cells, nil); len(got) > 0 {
		t.Errorf("two devices' word was taken for a restriction: %v", say(got))
	}
}

// TestWeather: what befalls everything on a network is not a restriction of each target.
func TestWeather(t *testing.T) {
	run := func(bad int) int {
		sky := series.NewSky()
		lines := map[verdict.Series][]verdict.Cell{}
		for i := range 20 {
			word := repeat("3", 400) + repeat("3", 10)
			if i < bad {
				word = repeat("3", 400) + repeat("B", 10)
			}
			k := verdict.Series{CC: "XA", ASN: 64496, Target: fmt.Sprintf("s%d.example", i), Layer: verdict.TLS}
			lines[k] = line(word)
			sky.Add(k, lines[k])
		}
		sky.Seal()
		n := 0
		for k, cells := range lines {
			n += len(th.Detect(nil, k, cells, sky))
		}
		return n
	}
	if n := run(18); n != 0 {
		t.Errorf("18 of 20 targets fail at once, and %d are called restricted", n)
	}
	if n := run(3); n != 3 {
		t.Errorf("3 of 20 targets fail, and %d are called restricted", n)
	}
}

func TestIncidents(t *testing.T) {
	onset := func(cc string, asn uint32, target string, at int64) series.Change {
		return series.Change{Key: verdict.Series{CC: cc, ASN: asn, Target: target, Layer: verdict.TLS}, Kind: series.Onset, At: start + at, Before: start + at - 3, Flagged: start + at + 4,
			Voters: 10, Blocked: 9, Rules: []verdict.RuleCount{{Rule: "tls_failure_ctrl_ok", N: 9}}, Witness: fmt.Sprint(asn, target)}
	}
	over := func(c series.Change, at int64) series.Change {
		c.Kind, c.At, c.Before = series.End, start+at, start+at-1
		return c
	}
	var national []series.Change
	for n := range uint32(9) {
		for s := range 30 {
			national = append(national, onset("XA", 64496+n, fmt.Sprintf("site%d.example", s), int64(n)))
		}
	}
	var freed []series.Change
	for s := range 5000 {
		c := onset("XA", 64496, fmt.Sprintf("n%d.example", s), int64(s*3))
		freed = append(freed, c, over(c, 20000))
	}
	tests := []struct {
		name    string
		changes []series.Change
		want    []string
	}{
		{"a national restriction is one", national, []string{"restriction XA 9 networks 30 targets 0 ended"}},
		{"another country is another", []series.Change{onset("XA", 64496, "a.example", 0), onset("XB", 64500, "a.example", 1)}, []string{"restriction XA 1 networks 1 targets 0 ended", "restriction XB 1 networks 1 targets 0 ended"}},
		{"months later is another", []series.Change{onset("XA", 64496, "a.example", 0), onset("XA", 64496, "b.example", 2000)}, []string{"restriction XA 1 networks 1 targets 0 ended", "restriction XA 1 networks 1 targets 0 ended"}},
		{"from provider to provider is one", []series.Change{onset("XA", 64496, "a.example", 0), onset("XA", 64497, "a.example", 60), onset("XA", 64501, "www.a.example", 180)}, []string{"restriction XA 3 networks 2 targets 0 ended"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			slices.SortStableFunc(tt.changes, func(a, b series.Change) int { return a.Key.Compare(b.Key) })
			var got []string
			for _, i := range th.Incidents(tt.changes, nil, series.NewActivity()) {
				got = append(got, fmt.Sprintf("%s %s %d networks %d targets %d ended", i.Kind, i.CC, len(i.Networks), len(i.Targets), i.Ended))
			}
			if d := cmp.Diff(tt.want, got); d != "" {
				t.Errorf("-want +got:\n%s", d)
			}
		})
	}
	slices.SortStableFunc(freed, func(a, b series.Change) int { return a.Key.Compare(b.Key) })
	lifted := 0
	for _, i := range th.Incidents(freed, nil, series.NewActivity()) {
		if i.Kind == series.Lifting {
			lifted++
			if i.Series != 5000 || i.From != start+20000 {
				t.Errorf("%d series lifted at %d", i.Series, i.From-start)
			}
		}
	}
	if lifted != 1 {
		t.Errorf("5,000 names freed in a day are %d events", lifted)
	}
}

// TestLate: what arrives late changes the incidents it bears on, and no others.
func TestLate(t *testing.T) {
	detect := func(extra bool) []series.Incident {
		var changes []series.Change
		activity := series.NewActivity()
		for _, cc := range []string{"XA", "XB"} {
			for i := range 4 {
				k := verdict.Series{CC: cc, ASN: 64496, Target: fmt.Sprintf("s%d.example", i), Layer: verdict.TLS}
				word := repeat("3", 60) + repeat("3", 60)
				if i == 0 {
					word = repeat("3", 60) + repeat("B", 24) + repeat("3", 36)
				}
				if extra && cc == "XB" && i == 1 { // a day of it comes late
					word = repeat("3", 58) + repeat("B", 26) + repeat("3", 36)
				}
				cells := line(word)
				activity.Add(k, cells)
				changes = th.Detect(changes, k, cells, nil)
			}
		}
		return th.Incidents(changes, nil, activity)
	}
	before, after := detect(false), detect(true)
	if len(before) != 2 || len(after) != 2 {
		t.Fatalf("%d incidents, then %d", len(before), len(after))
	}
	if d := cmp.Diff(before[0], after[0]); before[0].CC != "XA" || d != "" {
		t.Errorf("what came late in XB changed XA:\n%s", d)
	}
	if len(after[1].Targets) != 2 || after[1].From != before[1].From-2 {
		t.Errorf("with what came late: %v from %d, before from %d", after[1].Targets, after[1].From, before[1].From)
	}
}

func TestSilences(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	v := verdict.Volume{CC: "XA", ASN: 64496, First: start}
	for i := range 24 * 70 {
		n := 20 + r.IntN(12) + 8*(i/6%4)
		if i >= 24*50 && i < 24*50+30 {
			n = r.IntN(2)
		}
		v.Count = append(v.Count, int32(n))
	}
	got := th.Silences(v)
	if len(got) != 1 || got[0].From != start+24*50 || got[0].To < start+24*50+29 || got[0].To > start+24*50+31 || got[0].Expected < 300 {
		t.Errorf("%+v", got)
	}
	for i := range v.Count {
		v.Count[i] = int32(20 + r.IntN(12) + 8*(i/6%4))
	}
	if got := th.Silences(v); len(got) > 0 {
		t.Errorf("no silence, and found %+v", got)
	}
}

// TestReplay: detection up to an hour does not depend on what came after it.
func TestReplay(t *testing.T) {
	k := verdict.Series{CC: "XA"}
	cells := line(repeat("3", 50) + repeat("B", 40) + repeat("3", 40) + repeat("b", 80) + repeat("3", 90))
	whole := th.Detect(nil, k, cells, nil)
	for n := range cells {
		part := th.Detect(nil, k, cells[:n], nil)
		for i := range part {
			if d := cmp.Diff(whole[i], part[i]); d != "" {
				t.Fatalf("after %d cells:\n%s", n, d)
			}
		}
	}
	if len(whole) < 3 {
		t.Errorf("%v", say(whole))
	}
}

func TestWentOn(t *testing.T) {
	v := verdict.Volume{CC: "XB", First: start}
	for range 24 * 50 {
		v.Count = append(v.Count, 20)
	}
	at := start + int64(len(v.Count))
	for name, c := range map[string]struct {
		more        int32 // measurements in each of the hours asked about; -1: the volume ends before
		went, known bool
	}{"as usual": {20, true, true}, "half": {10, true, true}, "hardly any": {2, false, true}, "ended": {-1, false, true}} {
		w := v
		w.Count = slices.Clone(v.Count)
		for range 48 {
			if c.more >= 0 {
				w.Count = append(w.Count, c.more)
			}
		}
		if went, known := th.WentOn(w, at, at+48); went != c.went || known != c.known {
			t.Errorf("%s: %v %v", name, went, known)
		}
	}
	if _, known := th.WentOn(verdict.Volume{CC: "XC", First: start, Count: []int32{9, 9}}, at, at+48); known {
		t.Error("two hours of one country say what is usual")
	}
}
