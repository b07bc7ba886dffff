package registry

import (
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
)

// propSchema is the property under which a record keeps which schema its entity had, and when. It stands for the
// entity itself as well: an entity that says nothing else is still there.
const propSchema = "schema"

// Place is where in a state something was read.
type Place struct {
	File   string // one of the state's files
	Line   int    // from 1; 0 where lines mean nothing
	Record int    // row, element or object, from 1
}

// place is a Place in short: the number of the state in its dataset, and of the file in the state, from 1.
type place struct{ state, file, line, record int }

// statement is one value as a dataset gave it, and the states in which it did.
type statement struct {
	prop, value    string
	original, lang string
	origin         string
	external       bool
	seen           set
	at             place // where it was read first
}

// record is what one dataset ever said of one entity.
type record struct {
	row        int64 // of the table; 0 if it is new
	dataset    int64
	id, schema string
	statements []statement
	known      map[said]int // where each stands, once there are many
}

// said is what makes a statement another one.
type said struct {
	prop, value, original, lang, origin string
	external                            bool
}

// many is how many statements a record may have before looking through all of them takes too long.
const many = 48

func (r *record) index(k said) (int, bool) {
	if len(r.statements) < many {
		i := slices.IndexFunc(r.statements, func(s statement) bool { return s.said() == k })
		return i, i >= 0
	}
	if r.known == nil {
		r.known = make(map[said]int, 2*len(r.statements))
		for i := range r.statements {
			r.known[r.statements[i].said()] = i
		}
	}
	i, ok := r.known[k]
	return i, ok
}

func (s *statement) said() said {
	return said{s.prop, s.value, s.original, s.lang, s.origin, s.external}
}

// add takes in a value read in a state. It says whether it was not known before. Whatever the order in which states are
// added, a record whose statements are sorted then is the same.
func (r *record) add(s statement, state int) bool {
	i, known := r.index(s.said())
	if known && r.statements[i].at.state <= state {
		r.statements[i].seen = r.statements[i].seen.with(state)
		return false
	}
	s.seen = set{{state, state}}
	if known {
		// It came later in a state before: its place is where that has it.
		s.seen = r.statements[i].seen.with(state)
		r.statements, r.known = slices.Delete(r.statements, i, i+1), nil
	}
	if r.known != nil {
		r.known[s.said()] = len(r.statements)
	}
	r.statements = append(r.statements, s)
	return !known
}

// sort puts the statements in the order of the states they were read in first.
func (r *record) sort() {
	before := func(a, b statement) int { return cmp.Compare(a.at.state, b.at.state) }
	if !slices.IsSortedFunc(r.statements, before) {
		slices.SortStableFunc(r.statements, before)
		r.known = nil
	}
}

// schemaIn returns which schema the last of the states that have the entity gives it.
func (r *record) schemaIn(reg *Registry, t timeline) string {
	out := ""
	for i := len(t) - 1; i >= 0 && out == ""; i-- {
		for k := range r.statements {
			if s := &r.statements[k]; s.prop == propSchema && s.seen.has(t[i].n) {
				out = reg.narrower(out, s.value)
			}
		}
	}
	return out
}

// set is a set of numbers of states, as runs in ascending order.
type set []run

type run struct{ from, to int }

func (s set) has(n int) bool {
	for _, r := range s {
		if n >= r.from && n <= r.to {
			return true
		}
	}
	return false
}

// with returns the set with a number more. It may change the set.
func (s set) with(n int) set {
	i := 0
	for i < len(s) && s[i].to+1 < n {
		i++
	}
	switch {
	case i == len(s) || n+1 < s[i].from:
		return slices.Insert(s, i, run{n, n})
	case n < s[i].from:
		s[i].from = n
	case n > s[i].to:
		s[i].to = n
		if i+1 < len(s) && s[i+1].from == n+1 {
			s[i].to = s[i+1].to
			s = slices.Delete(s, i+1, i+2)
		}
	}
	return s
}

// The form of a record's statements in the table: a version; the distinct sets of states, each with its runs as
// distances; the statements. All numbers are uvarints, texts are preceded by their length.
const recordVersion = 1

const (
	hasOriginal = 1 << iota
	hasLang
	hasOrigin
	isExternal
)

var errRecord = errors.New("the record is damaged")

// encode writes statements; number gives the number of a property's name.
func encode(statements []statement, number func(string) (int64, error)) ([]byte, error) {
	var sets []set
	in := make([]int, len(statements))
	for i, s := range statements {
		k := slices.IndexFunc(sets, func(o set) bool { return slices.Equal(o, s.seen) })
		if k < 0 {
			k = len(sets)
			sets = append(sets, s.seen)
		}
		in[i] = k
	}
	b := binary.AppendUvarint([]byte{recordVersion}, uint64(len(sets)))
	for _, s := range sets {
		b = binary.AppendUvarint(b, uint64(len(s)))
		last := 0
		for _, r := range s {
			b = binary.AppendUvarint(b, uint64(r.from-last))
			b = binary.AppendUvarint(b, uint64(r.to-r.from))
			last = r.to
		}
	}
	text := func(s string) { b = append(binary.AppendUvarint(b, uint64(len(s))), s...) }
	b = binary.AppendUvarint(b, uint64(len(statements)))
	for i := range statements {
		s := &statements[i]
		n, err := number(s.prop)
		if err != nil {
			return nil, err
		}
		flags := uint64(0)
		if s.original != "" {
			flags |= hasOriginal
		}
		if s.lang != "" {
			flags |= hasLang
		}
		if s.origin != "" {
			flags |= hasOrigin
		}
		if s.external {
			flags |= isExternal
		}
		for _, v := range []uint64{uint64(in[i]), uint64(n), flags, uint64(s.at.state), uint64(s.at.file), uint64(s.at.line), uint64(s.at.record)} {
			b = binary.AppendUvarint(b, v)
		}
		text(s.value)
		if s.original != "" {
			text(s.original)
		}
		if s.lang != "" {
			text(s.lang)
		}
		if s.origin != "" {
			text(s.origin)
		}
	}
	return b, nil
}

// decode reads what encode wrote; name gives the name of a property's number.
func decode(b []byte, name func(int64) (string, error)) ([]statement, error) {
	d := decoder{b: b}
	if v := d.number(); v != recordVersion {
		return nil, fmt.Errorf("%w: it is of version %d", errRecord, v)
	}
	sets := make([]set, d.count(3))
	for i := range sets {
		sets[i] = make(set, d.count(2))
		last := 0
		for k := range sets[i] {
			from := last + d.number()
			last = from + d.number()
			sets[i][k] = run{from, last}
		}
	}
	out := make([]statement, 0, d.count(8))
	for range cap(out) {
		in, prop, flags := d.number(), d.number(), d.number()
		s := statement{at: place{d.number(), d.number(), d.number(), d.number()}}
		s.value = d.text()
		if flags&hasOriginal != 0 {
			s.original = d.text()
		}
		if flags&hasLang != 0 {
			s.lang = d.text()
		}
		if flags&hasOrigin != 0 {
			s.origin = d.text()
		}
		s.external = flags&isExternal != 0
		if d.bad || in >= len(sets) {
			return nil, errRecord
		}
		s.seen = slices.Clone(sets[in])
		var err error
		if s.prop, err = name(int64(prop)); err != nil {
			return nil, err
		}
		out = append(out, s)
	}
	if d.bad || len(d.b) > 0 {
		return nil, errRecord
	}
	return out, nil
}

type decoder struct {
	b   []byte
	bad bool
}

const maxNumber = 1 << 40

func (d *decoder) number() int {
	v, k := binary.Uvarint(d.b)
	if k <= 0 || v > maxNumber {
		d.bad, d.b = true, nil
		return 0
	}
	d.b = d.b[k:]
	return int(v)
}

// count reads how many things follow, of which each takes at least so many bytes.
func (d *decoder) count(least int) int {
	n := d.number()
	if n > len(d.b)/least {
		d.bad, d.b = true, nil
		return 0
	}
	return n
}

func (d *decoder) text() string {
	n := d.count(1)
	s := string(d.b[:n])
	d.b = d.b[n:]
	return s
}
