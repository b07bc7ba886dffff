package web

import (
	"cmp"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"time"

	"veedor/internal/measure/incidents"
	"veedor/internal/measure/series"
	"veedor/internal/measure/verdict"
)

// incidentPage is what is known of one incident, and how that came to be known.
type incidentPage struct {
	base
	incidents.State
	Headline, When   string
	FromNo, FromHour time.Time // last evidence to the contrary, likeliest onset
	ToNo, ToHour     time.Time
	Lasting          bool
	SharePercent     int64
	How              []mechanism
	Targets          []string // at most maxShown
	MoreTargets      int64
	Days             []time.Time
	Networks, Names  []heatRow // by network, by target
	Entries          []said
}

// mechanism is how one network did it, in words.
type mechanism struct {
	ASN   uint32
	Rules []series.Mechanism
}

// said is one entry of the journal.
type said struct {
	At   time.Time
	What string
}

// heatRow is one network's or target's days.
type heatRow struct {
	ASN   uint32
	Name  string
	Cells []heat
}

// heatTable is rows under the same days.
type heatTable struct {
	Key  string
	Days []time.Time
	Rows []heatRow
}

// heat is one day: how many voters met it, of how many. Level is from 0 (nobody) to 4; -1 where too few
// were asked to say anything.
type heat struct {
	Blocked, Voters int64
	Level           int
}

const (
	maxShown = 30
	maxRows  = 10
	maxHeat  = 16 // days
)

func (s *site) incident(r *request) error {
	list, err := s.published("")
	if err != nil {
		return err
	}
	at := slices.IndexFunc(list, func(i incidents.State) bool { return i.ID == r.PathValue("id") })
	if at < 0 {
		return &problem{http.StatusNotFound, "error.incident", r.PathValue("id")}
	}
	i := list[at]
	head := s.headline(r.lang, &i.Incident)
	p := incidentPage{base: r.base(head), State: i, Headline: head, When: r.when(&i.Incident), Lasting: i.To == 0,
		FromNo: verdict.Hour(i.FromBefore), FromHour: verdict.Hour(i.From), ToNo: verdict.Hour(i.ToBefore), ToHour: verdict.Hour(i.To), SharePercent: int64(i.Share*100 + 0.5)}
	p.Targets = i.Incident.Targets[:min(len(i.Incident.Targets), maxShown)]
	p.MoreTargets = int64(len(i.Incident.Targets) - len(p.Targets))
	for _, m := range i.Mechanics {
		if n := len(p.How); n == 0 || p.How[n-1].ASN != m.ASN {
			p.How = append(p.How, mechanism{ASN: m.ASN})
		}
		if h := &p.How[len(p.How)-1]; len(h.Rules) < 3 {
			h.Rules = append(h.Rules, m)
		}
	}
	p.How = p.How[:min(len(p.How), maxRows)]
	for _, e := range i.History {
		p.Entries = append(p.Entries, said{e.At, e.What})
	}
	if documentation(i.Incident.Networks) {
		p.Invented = all
	}
	if err := p.heat(r); err != nil {
		return err
	}
	return r.render(http.StatusOK, "incident", p)
}

// heat counts the days around the incident, by network and by target.
func (p *incidentPage) heat(r *request) error {
	if p.Kind == series.Shutdown {
		return nil
	}
	from := p.FromHour.AddDate(0, 0, -3).Truncate(24 * time.Hour)
	to := from.AddDate(0, 0, maxHeat)
	for d := from; d.Before(to); d = d.AddDate(0, 0, 1) {
		p.Days = append(p.Days, d)
	}
	networks, names := map[uint32][]heat{}, map[string][]heat{}
	err := r.s.Store.Cells(r.Context(), series.Provisional().Scale, from, to, func(k verdict.Series, cells []verdict.Cell) error {
		if k.CC != p.CC || !slices.Contains(p.Incident.Networks, k.ASN) || !slices.Contains(p.Incident.Targets, k.Target) || !slices.Contains(p.Layers, string(k.Layer)) {
			return nil
		}
		if networks[k.ASN] == nil {
			networks[k.ASN] = make([]heat, maxHeat)
		}
		if names[k.Target] == nil {
			names[k.Target] = make([]heat, maxHeat)
		}
		for _, c := range cells {
			d := int(verdict.Hour(c.Hour).Sub(from) / (24 * time.Hour))
			for _, h := range []*heat{&networks[k.ASN][d], &names[k.Target][d]} {
				h.Blocked += int64(c.Blocked)
				h.Voters += int64(c.Voters)
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, asn := range slices.Sorted(maps.Keys(networks)) {
		p.Networks = append(p.Networks, heatRow{ASN: asn, Name: networkName(asn, ""), Cells: levels(networks[asn])})
	}
	for _, name := range slices.SortedFunc(maps.Keys(names), func(a, b string) int {
		return cmp.Or(cmp.Compare(total(names[b]), total(names[a])), cmp.Compare(a, b))
	}) {
		p.Names = append(p.Names, heatRow{Name: name, Cells: levels(names[name])})
	}
	p.Networks, p.Names = p.Networks[:min(len(p.Networks), maxRows)], p.Names[:min(len(p.Names), maxRows)]
	return nil
}

func total(list []heat) (n int64) {
	for _, h := range list {
		n += h.Blocked
	}
	return n
}

// levels sorts days into levels; fewer than three voters say nothing.
func levels(list []heat) []heat {
	for i := range list {
		h := &list[i]
		switch {
		case h.Voters < 3:
			h.Level = -1
		case h.Blocked == 0:
			h.Level = 0
		default:
			h.Level = 1 + int(min(h.Blocked*3/h.Voters, 3))
		}
	}
	return list
}

// Class is the cell's class in the style sheet.
func (h heat) Class() string {
	if h.Level < 0 {
		return "h0 few"
	}
	return fmt.Sprintf("h%d", h.Level)
}
