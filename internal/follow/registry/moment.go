package registry

import "slices"

// moment is what is taken to hold: what certain states of a dataset say.
type moment struct {
	all    bool // whatever was ever said
	states []int
	roles  map[string][]int // other states, for what was read from files of a role that those do not have
	lacks  []string         // roles of which nothing can be said
	line   timeline
}

// ever is every state there is.
func ever() moment { return moment{all: true} }

// holds says whether a statement does.
func (m moment) holds(s *statement) bool {
	if m.all {
		return true
	}
	states := m.states
	if role := m.line.role(s.at); role != "" {
		if other, ok := m.roles[role]; ok {
			states = other
		}
	}
	return slices.ContainsFunc(states, s.seen.has)
}

// there says whether a record's entity is.
func (m moment) there(rec *record) bool {
	return slices.ContainsFunc(rec.statements, func(s statement) bool { return s.prop == propSchema && m.holds(&s) })
}

// role returns what part of its list the file holds that something was read from.
func (t timeline) role(at place) string {
	if s := t.byNumber(at.state); s != nil && at.file > 0 && at.file <= len(s.Files) {
		return s.Files[at.file-1].Role
	}
	return ""
}

func (s *State) has(role string) bool {
	return slices.ContainsFunc(s.Files, func(f File) bool { return f.Role == role })
}

// roles returns all roles that files of the dataset ever had.
func (t timeline) roles() []string {
	var out []string
	for i := range t {
		for _, f := range t[i].Files {
			if f.Role != "" && !slices.Contains(out, f.Role) {
				out = append(out, f.Role)
			}
		}
	}
	return out
}

// exactly returns the moment of one state. Of files that it lacks nothing is said.
func (t timeline) exactly(s *State) moment {
	m := moment{states: []int{s.n}, line: t}
	for _, role := range t.roles() {
		if !s.has(role) {
			m.lacks = append(m.lacks, role)
		}
	}
	return m
}

// current returns the moment when a state had come to us, 0 for the last one: the last whole state holds, and what was
// read in part since. For files that it lacks, the last state that had them does. A state that is being read counts if
// there is no other.
func (t timeline) current(upTo int64) moment {
	m := moment{states: t.last(upTo, ""), line: t}
	for _, role := range t.roles() {
		states := t.last(upTo, role)
		if slices.Equal(states, m.states) {
			continue
		}
		if m.roles == nil {
			m.roles = map[string][]int{}
		}
		m.roles[role] = states
	}
	return m
}

// last returns the states that hold, of those that have files of a role ("" for any).
func (t timeline) last(upTo int64, role string) []int {
	var out, reading []int
	for _, s := range slices.Backward(t) {
		switch {
		case upTo > 0 && s.ID > upTo, role != "" && !s.has(role):
			continue
		case s.Status == Reading:
			reading = append(reading, s.n)
			continue
		}
		out = append(out, s.n)
		if s.Status == Whole {
			break
		}
	}
	if len(out) == 0 {
		return reading
	}
	return out
}
