// Package outage reads series of connectivity that others publish, and finds in them when a place was cut
// off: beside our own volume of measurements, a second witness of shutdowns. It is pure.
package outage

import (
	"cmp"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
	_ "time/tzdata" // local times are converted wherever this runs
)

// Point is how connected a place was at a time, from 0 (cut off) to 100 (as usual).
type Point struct {
	CC    string // two letters
	Place string // region, "" for the country
	Time  time.Time
	Value float64
}

// Outage is a time in which a country was largely cut off.
type Outage struct {
	CC       string
	From, To time.Time // To is zero while it lasts
	Lowest   float64   // share of the usual, 0 to 100
	Places   int       // regions that were seen
}

// zones are the time zones of countries whose series come in local time, written as if it were UTC.
var zones = map[string]string{"IR": "Asia/Tehran", "VE": "America/Caracas", "MM": "Asia/Yangon", "UA": "Europe/Kyiv", "SY": "Asia/Damascus", "CU": "America/Havana"}

// alpha2 turns the three-letter codes that such series use into two letters.
var alpha2 = map[string]string{"IRN": "IR", "VEN": "VE", "MMR": "MM", "UKR": "UA", "RUS": "RU", "SYR": "SY", "CUB": "CU", "CHN": "CN", "KEN": "KE", "UGA": "UG", "ETH": "ET", "IND": "IN", "PAK": "PK", "BGD": "BD", "SDN": "SD", "TUR": "TR", "BLR": "BY", "NIC": "NI"}

// ReadMonash reads the tables of the Monash IP Observatory (iso, name_1, time_e, connectivity). Their time_e
// looks like Unix seconds and is local time; zone names the place's time zone, "" for the country's own.
func ReadMonash(in io.Reader, zone string) ([]Point, error) {
	r := csv.NewReader(in)
	head, err := r.Read()
	if err != nil {
		return nil, err
	}
	col := map[string]int{}
	for i, n := range head {
		col[strings.TrimPrefix(n, "\uFEFF")] = i
	}
	for _, n := range []string{"iso", "time_e", "connectivity"} {
		if _, ok := col[n]; !ok {
			return nil, fmt.Errorf("not a table of connectivity: its first row does not name %q", n)
		}
	}
	var out []Point
	for row := 2; ; row++ {
		f, err := r.Read()
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		if err != nil {
			return out, err
		}
		cc := cmp.Or(alpha2[f[col["iso"]]], f[col["iso"]])
		sec, err1 := strconv.ParseInt(f[col["time_e"]], 10, 64)
		v, err2 := strconv.ParseFloat(f[col["connectivity"]], 64)
		if len(cc) != 2 || err1 != nil || err2 != nil || v > 1000 {
			return out, fmt.Errorf("row %d: no country, time and value: %.80q", row, f)
		}
		if v < 0 {
			continue // their sign for no data
		}
		name := cmp.Or(zone, zones[cc])
		if name == "" {
			return out, fmt.Errorf("row %d: these times are local, and the time zone of %s is not known; name it", row, cc)
		}
		loc, err := time.LoadLocation(name)
		if err != nil {
			return out, fmt.Errorf("time zone %q: %w", name, err)
		}
		t := time.Unix(sec, 0).UTC()
		p := Point{CC: cc, Time: time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), 0, loc).UTC(), Value: v}
		for _, n := range []string{"name_2", "name_1"} {
			if i, ok := col[n]; ok && p.Place == "" {
				p.Place = f[i]
			}
		}
		out = append(out, p)
	}
}

// ReadIODA reads signals as IODA's API gives them: data[][] of {entityCode, from, step, values}, in UTC. The
// values are brought to 0 to 100 of their own median.
func ReadIODA(in io.Reader) ([]Point, error) {
	var doc struct {
		Data [][]struct {
			Code   string     `json:"entityCode"`
			Type   string     `json:"entityType"`
			From   int64      `json:"from"`
			Step   int64      `json:"step"`
			Values []*float64 `json:"values"`
		} `json:"data"`
	}
	if err := json.NewDecoder(io.LimitReader(in, 256<<20)).Decode(&doc); err != nil {
		return nil, fmt.Errorf("not a signal of IODA: %w", err)
	}
	var out []Point
	for _, list := range doc.Data {
		for _, s := range list {
			if len(s.Code) != 2 || s.Step <= 0 {
				continue
			}
			var one []Point
			for i, v := range s.Values {
				if v != nil {
					one = append(one, Point{CC: s.Code, Time: time.Unix(s.From+int64(i)*s.Step, 0).UTC(), Value: *v})
				}
			}
			out = append(out, ofMedian(one)...)
		}
	}
	if len(out) == 0 {
		return nil, errors.New("not a signal of IODA: no country's values in it")
	}
	return out, nil
}

// ReadIODATable reads the same signals as a table: entityCode, datasource (may be absent), time (Unix
// seconds, or RFC 3339) and value, in UTC; further columns are not read.
func ReadIODATable(in io.Reader) ([]Point, error) {
	r := csv.NewReader(io.LimitReader(in, 256<<20))
	r.FieldsPerRecord = -1
	head, err := r.Read()
	if err != nil {
		return nil, fmt.Errorf("not a table of IODA's signals: %w", err)
	}
	code, source, when, value := slices.Index(head, "entityCode"), slices.Index(head, "datasource"), slices.Index(head, "time"), slices.Index(head, "value")
	if code < 0 || when < 0 || value < 0 {
		return nil, errors.New("not a table of IODA's signals: it needs the columns entityCode, time and value")
	}
	signals := map[[2]string][]Point{}
	for line := 2; ; line++ {
		row, err := r.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("not a table of IODA's signals: %w", err)
		}
		if len(row) <= max(code, when, value) || len(row[code]) != 2 || row[value] == "" {
			continue // a region, or nothing was measured
		}
		at, err := time.Parse(time.RFC3339, row[when])
		if n, e := strconv.ParseInt(row[when], 10, 64); e == nil {
			at, err = time.Unix(n, 0), nil
		}
		v, e := strconv.ParseFloat(row[value], 64)
		if err != nil || e != nil {
			return nil, fmt.Errorf("line %d: its time must be Unix seconds or as 2019-07-22T20:41:00Z, its value a number", line)
		}
		k := [2]string{row[code]}
		if source >= 0 && source < len(row) {
			k[1] = row[source]
		}
		signals[k] = append(signals[k], Point{CC: row[code], Time: at.UTC(), Value: v})
	}
	var out []Point
	for _, k := range slices.SortedFunc(maps.Keys(signals), func(a, b [2]string) int { return cmp.Or(strings.Compare(a[0], b[0]), strings.Compare(a[1], b[1])) }) {
		out = append(out, ofMedian(signals[k])...)
	}
	if len(out) == 0 {
		return nil, errors.New("not a table of IODA's signals: no country's values in it")
	}
	return out, nil
}

// ofMedian brings a signal to 0 to 100 of its own median.
func ofMedian(list []Point) []Point {
	known := make([]float64, len(list))
	for i, p := range list {
		known[i] = p.Value
	}
	usual := median(known)
	if usual <= 0 {
		return nil
	}
	for i := range list {
		list[i].Value = min(100*list[i].Value/usual, 200)
	}
	return list
}

func median(list []float64) float64 {
	if len(list) == 0 {
		return 0
	}
	list = slices.Clone(list)
	slices.Sort(list)
	return list[len(list)/2]
}

// Bounds: a country is cut off where less than half of the usual is left, and back where four fifths are,
// each for two hours. What is usual is the median of the week before. Provisional.
const (
	cutOff = 0.5
	back   = 0.8
	lasts  = 2 // hours
	week   = 7 * 24
)

// Find finds outages of whole countries: the mean of a country's places, hour by hour.
func Find(points []Point) []Outage {
	type sum struct {
		v float64
		n int
	}
	by := map[string]map[int64]*sum{}
	places := map[string]map[string]bool{}
	for _, p := range points {
		if by[p.CC] == nil {
			by[p.CC], places[p.CC] = map[int64]*sum{}, map[string]bool{}
		}
		h := p.Time.Unix() / 3600
		if by[p.CC][h] == nil {
			by[p.CC][h] = &sum{}
		}
		by[p.CC][h].v += p.Value
		by[p.CC][h].n++
		places[p.CC][p.Place] = true
	}
	var out []Outage
	for cc, hours := range by {
		list := make([]int64, 0, len(hours))
		for h := range hours {
			list = append(list, h)
		}
		slices.Sort(list)
		var past []float64 // of the hours before, those that were no outage
		var now *Outage
		low, high := 0, 0
		for i, h := range list {
			v := hours[h].v / float64(hours[h].n)
			usual := median(past[max(0, len(past)-week):])
			if len(past) < 24 {
				past = append(past, v)
				continue
			}
			switch {
			case now == nil && v < cutOff*usual:
				if low++; low >= lasts {
					now = &Outage{CC: cc, From: time.Unix(list[i-lasts+1]*3600, 0).UTC(), Lowest: 100 * v / usual, Places: len(places[cc])}
					high = 0
				}
			case now == nil:
				low = 0
				past = append(past, v)
			case v >= back*usual:
				if high++; high >= lasts {
					now.To = time.Unix(list[i-lasts+1]*3600, 0).UTC()
					out = append(out, *now)
					now, low = nil, 0
				}
			default:
				high = 0
				now.Lowest = min(now.Lowest, 100*v/usual)
			}
		}
		if now != nil {
			out = append(out, *now)
		}
	}
	slices.SortFunc(out, func(a, b Outage) int { return cmp.Or(strings.Compare(a.CC, b.CC), a.From.Compare(b.From)) })
	return out
}
