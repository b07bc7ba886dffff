package series

// Sky holds how much was met on every network, and of every target in every country, over time. It
// implements Weather. Fill it with Add, then Seal it.
type Sky struct {
	networks map[place]*strip
	targets  map[string]*strip
	homes    map[home]*strip
}

type home struct{ target, cc string }

// strip counts in steps of some hours; sealed, it holds running totals.
type strip struct {
	step            int64 // hours
	first           int64 // step of the first entry
	blocked, voters []int32
}

// Networks are many fewer than targets in countries, and their trouble is shorter.
const (
	networkStep = 1
	targetStep  = 6
)

var _ Weather = (*Sky)(nil)

// NewSky returns one in which nothing was met.
func NewSky() *Sky {
	return &Sky{map[place]*strip{}, map[string]*strip{}, map[home]*strip{}}
}

func at[K comparable](m map[K]*strip, k K, step int64) *strip {
	s := m[k]
	if s == nil {
		s = &strip{step: step}
		m[k] = s
	}
	return s
}

// Add notes the cells of a series.
func (s *Sky) Add(k Key, cells []Cell) {
	if len(cells) == 0 {
		return
	}
	n, t, h := at(s.networks, place{k.CC, k.ASN}, networkStep), at(s.targets, k.Target, targetStep), at(s.homes, home{k.Target, k.CC}, targetStep)
	for i := range cells {
		c := &cells[i]
		n.add(c)
		t.add(c)
		h.add(c)
	}
}

func (s *strip) add(c *Cell) {
	at := c.Hour / s.step
	if len(s.voters) == 0 {
		s.first = at
	}
	for at < s.first { // rare: series begin at different times
		grow := s.first - at
		s.blocked, s.voters = append(make([]int32, grow), s.blocked...), append(make([]int32, grow), s.voters...)
		s.first = at
	}
	for int64(len(s.voters)) <= at-s.first {
		s.blocked, s.voters = append(s.blocked, 0), append(s.voters, 0)
	}
	s.blocked[at-s.first] += c.Blocked + c.Down
	s.voters[at-s.first] += c.Voters
}

// Seal makes running totals of the counts.
func (s *Sky) Seal() {
	for _, x := range s.networks {
		x.seal()
	}
	for _, x := range s.targets {
		x.seal()
	}
	for _, x := range s.homes {
		x.seal()
	}
}

func (s *strip) seal() {
	for i := 1; i < len(s.voters); i++ {
		s.blocked[i] += s.blocked[i-1]
		s.voters[i] += s.voters[i-1]
	}
}

// sum returns what was met in the steps that hold the hours from to to.
func (s *strip) sum(from, to int64) (blocked, voters float64) {
	if s == nil || len(s.voters) == 0 {
		return 0, 0
	}
	i, j := from/s.step-s.first-1, min(to/s.step-s.first, int64(len(s.voters))-1)
	if j < 0 {
		return 0, 0
	}
	blocked, voters = float64(s.blocked[j]), float64(s.voters[j])
	if i >= 0 {
		i = min(i, int64(len(s.voters))-1)
		blocked, voters = blocked-float64(s.blocked[i]), voters-float64(s.voters[i])
	}
	return blocked, voters
}

// excess returns how much more than usual was met around an hour, as a difference of shares: of what
// a has without what b has and without the cell itself.
func excess(a, b *strip, c *Cell, around int64, prior float64) float64 {
	share := func(from, to int64, own *Cell) (float64, float64) {
		blocked, voters := a.sum(from, to)
		x, y := b.sum(from, to)
		blocked, voters = blocked-x, voters-y
		if own != nil && b == nil {
			blocked, voters = blocked-float64(own.Blocked+own.Down), voters-float64(own.Voters)
		}
		return (blocked + 5*prior) / (voters + 5), voters
	}
	now, n := share(c.Hour-around, c.Hour+around, c)
	if n < 5 {
		return 0
	}
	before, _ := share(c.Hour-14*24, c.Hour-24, nil)
	return now - before
}

// Bad implements Weather.
func (s *Sky) Bad(t *Thresholds, k Key, c *Cell) bool {
	return excess(s.networks[place{k.CC, k.ASN}], nil, c, t.Weather, t.Mishap) > t.BadWeather ||
		excess(s.targets[k.Target], s.homes[home{k.Target, k.CC}], c, t.Weather, t.Mishap) > t.BadWeather
}
