package registry

// keySet is a set of keys of entities, which are hashes already. It takes some 16 bytes a key.
type keySet struct {
	table []int64 // 0 is a free place
	zero  bool
	n     int
}

// mostKeys bounds what a set takes: some 256 MiB.
const mostKeys = 1 << 24

func newKeySet() *keySet { return &keySet{table: make([]int64, 1<<12)} }

func (s *keySet) place(key int64) int {
	i := int(uint64(key)) & (len(s.table) - 1)
	for s.table[i] != 0 && s.table[i] != key {
		i = (i + 1) & (len(s.table) - 1)
	}
	return i
}

// had says whether a key was added; of a set that is full, that it may have been.
func (s *keySet) had(key int64) bool {
	return s.n >= mostKeys || key == 0 && s.zero || key != 0 && s.table[s.place(key)] == key
}

func (s *keySet) add(key int64) {
	switch {
	case s.n >= mostKeys:
		s.table = nil
		return
	case key == 0:
		s.zero = true
		return
	case 2*s.n >= len(s.table):
		old := s.table
		s.table = make([]int64, 2*len(old))
		for _, k := range old {
			if k != 0 {
				s.table[s.place(k)] = k
			}
		}
	}
	if i := s.place(key); s.table[i] == 0 {
		s.table[i] = key
		s.n++
	}
}
