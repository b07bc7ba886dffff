package scenario

import (
	"encoding/json"
	"fmt"
	"iter"
	"math/rand/v2"
	"time"

	"veedor/internal/measure/verdict"
)

// MonthRestricted is what Month's networks do: they reset handshakes that name these sites, from a first to
// a last moment, one network a day after the other.
var MonthRestricted = struct {
	Sites    []string
	Networks []int
	From, To time.Time
	Step     time.Duration
}{[]string{"diario.example", "chat.example"}, []int{borduna.asn, cablenorte.asn}, time.Date(2026, 4, 11, 9, 0, 0, 0, time.UTC), time.Date(2026, 4, 21, 18, 0, 0, 0, time.UTC), 20 * time.Hour}

// Month yields the measurements of an invented month, in the order of time: a few devices on each of five
// networks try six sites some times a day. Two networks of one country restrict two sites for ten days.
// Mishaps happen everywhere. Always the same for a seed.
func Month(seed uint64) iter.Seq[[]byte] {
	sites := []string{"news.example", "diario.example", "chat.example", "radio.example", "wiki.example", "mapas.example"}
	return func(yield func([]byte) bool) {
		r := rand.New(rand.NewPCG(seed, 31))
		begin := time.Date(2026, 4, 1, 0, 0, 0, 0, time.UTC)
		n := 0
		for at := begin; at.Before(begin.AddDate(0, 0, 30)); at = at.Add(time.Duration(r.IntN(25*60)) * time.Second) {
			where := everyNetwork[r.IntN(len(everyNetwork))]
			site := sites[r.IntN(len(sites))]
			c := Case{State: verdict.OK, network: where, time: at.Format(time.DateTime), url: "https://" + site + "/"}
			switch {
			case restricted(where.asn, site, at) && r.Float64() < 0.95, r.Float64() < 0.01:
				c.change = func(m *measurement) { m.handshakeFails("connection_reset") }
			case r.Float64() < 0.005:
				c.change = func(m *measurement) { m.connectFails("generic_timeout_error") }
			}
			n++
			o := c.measure()
			o["report_id"] = fmt.Sprintf("%s_webconnectivity_%s_%d_n1_month%06d", at.Format("20060102T150405Z"), where.cc, where.asn, n)
			line, err := json.Marshal(o)
			if err != nil || !yield(line) {
				return
			}
		}
	}
}

func restricted(asn int, site string, at time.Time) bool {
	for i, n := range MonthRestricted.Networks {
		if n != asn || at.Before(MonthRestricted.From.Add(time.Duration(i)*MonthRestricted.Step)) || !at.Before(MonthRestricted.To) {
			continue
		}
		for _, s := range MonthRestricted.Sites {
			if s == site {
				return true
			}
		}
	}
	return false
}
