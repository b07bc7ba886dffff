package web

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"golang.org/x/text/language"

	"veedor/internal/measure/store"
	"veedor/internal/measure/verdict"
	"veedor/internal/weigh/cases"
	"veedor/internal/weigh/desk"
)

// coverage is how much is measured, and what is not known for want of it.
type coverage struct {
	Rows     []coverageRow
	Left     int64     // countries measured that the table leaves out
	From, To time.Time // the days looked at
	Days     int64

	Networks    int64 // ever measured, country by country
	Enough      int64 // of them, in the days looked at
	Measured    int64 // countries ever measured
	Unmeasured  int64 // countries and territories never measured
	Silent      int64 // countries measured before, and not in these days
	Total       int64 // measurements
	Undecided   int64 // of them, those that allow no judgement
	UndecidedOf string
	Claims      int64
	Unverified  int64
}

// coverageRow is how much is measured in one country.
type coverageRow struct {
	CC, Href         string
	Networks, Enough int64
	Recent           int64 // measurements in the days looked at
	Blocked, Total   int64 // of all days
	Last             time.Time
	Invented         bool
}

const (
	recentDays   = 14
	enoughDays   = 7  // of recentDays, on which a network must be measured
	enoughADay   = 3  // measurements that make such a day
	coverageRows = 10 // on the first page
)

// recent is how much was measured lately in a country.
type recent struct{ networks, enough, count int64 }

// lately counts by country what was measured in the days from one on.
func (s *site) lately(ctx context.Context, from time.Time) (map[string]recent, error) {
	return s.recent.get(s, from.Format(time.DateOnly), func() (map[string]recent, error) {
		volumes, err := s.Store.Volumes(ctx)
		return latelyOf(volumes, verdict.HourOf(from)), err
	})
}

// latelyOf counts in the recentDays days from an hour on.
func latelyOf(volumes []verdict.Volume, first int64) map[string]recent {
	by := map[string]recent{}
	for _, v := range volumes {
		if v.ASN == 0 { // the country as a whole
			continue
		}
		var perDay [recentDays]int64
		var sum int64
		for i, n := range v.Count {
			if d := (v.First + int64(i) - first) / 24; v.First+int64(i) >= first && d < recentDays {
				perDay[d] += int64(n)
				sum += int64(n)
			}
		}
		c := by[v.CC]
		c.count += sum
		if sum > 0 {
			c.networks++
		}
		days := 0
		for _, n := range perDay {
			if n >= enoughADay {
				days++
			}
		}
		if days >= enoughDays {
			c.enough++
		}
		by[v.CC] = c
	}
	return by
}

// coverage says how much is measured, given the counts by country.
func (r *request) coverage(stats *store.Stats, countries []store.Count) (*coverage, error) {
	last := stats.Last.UTC().Truncate(24 * time.Hour)
	out := &coverage{To: last, From: last.AddDate(0, 0, 1-recentDays), Days: recentDays}
	by, err := r.s.lately(r.Context(), out.From)
	if err != nil {
		return nil, err
	}
	for _, c := range countries {
		l := by[c.Key]
		row := coverageRow{CC: c.Key, Href: countryHref(r.lang, c.Key), Networks: c.Networks, Enough: l.enough, Recent: l.count, Blocked: c.Blocked, Total: c.Total, Last: c.Last, Invented: c.Invented}
		out.Rows = append(out.Rows, row)
		out.Networks += c.Networks
		out.Enough += l.enough
		out.Total += c.Total
		out.Undecided += c.Insufficient
		if isCountry(c.Key) {
			out.Measured++
		}
		if l.count == 0 {
			out.Silent++
		}
	}
	out.UndecidedOf = r.shareInWords(out.Undecided, out.Total)
	out.Unmeasured = int64(len(countryCodes())) - out.Measured
	slices.SortStableFunc(out.Rows, func(a, b coverageRow) int {
		return cmp.Or(cmp.Compare(b.Recent, a.Recent), cmp.Compare(b.Total, a.Total))
	})
	out.Left = int64(max(0, len(out.Rows)-coverageRows))
	out.Rows = firstOf(out.Rows, min(coverageRows, len(out.Rows)))
	return out, nil
}

// shareInWords writes how much of a whole something is, in per cent.
func (r *request) shareInWords(n, of int64) string {
	if of == 0 {
		return ""
	}
	return r.percent(float64(n) / float64(of))
}

// countryCodes are the countries and territories that the world is divided into, without invented ones.
func countryCodes() []string {
	var out []string
	for a := 'A'; a <= 'Z'; a++ {
		for b := 'A'; b <= 'Z'; b++ {
			if cc := string(a) + string(b); isCountry(cc) {
				out = append(out, cc)
			}
		}
	}
	return out
}

// isCountry says whether two letters are the code of a country or territory that exists.
func isCountry(cc string) bool {
	const others = " AC AN CP CQ CS DG EA EZ FQ IC PC SU TA UN YU ZZ " // parts, unions, and what is no more
	if strings.Contains(others, " "+cc+" ") {
		return false
	}
	region, err := language.ParseRegion(cc)
	return err == nil && region.String() == cc && region.IsCountry() && region.Canonicalize() == region
}

// claimCounts are how many claims stand how.
type claimCounts struct {
	by  map[string]int64
	all int64
}

// claimsStanding counts the claims that anybody may see, by how they stand.
func (s *site) claimsStanding(ctx context.Context) (map[string]int64, int64, error) {
	if s.Desk == nil {
		return nil, 0, nil
	}
	c, err := s.standings.get(s, "", func() (claimCounts, error) {
		list, err := s.Desk.List(ctx, desk.Public(), desk.Query{Kind: desk.Claim})
		c := claimCounts{map[string]int64{}, int64(len(list))}
		for i := range list {
			c.by[cmp.Or(list[i].Str("status"), cases.Unverified)]++
		}
		return c, err
	})
	return c.by, c.all, err
}
