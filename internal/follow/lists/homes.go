package lists

import (
	"bufio"
	"bytes"
	"errors"
	"hash/maphash"
	"io"
)

// homes is which addresses persons point to, and which others do. Where only persons do, an address is where they live.
// It holds hashes of ids.
type homes struct {
	seed            maphash.Seed
	persons, others map[uint64]bool
}

// homes looks through all files once before they are read: an address may stand before whoever lives there.
func (r *reader) homes(look func(file string, in io.Reader, point func(schema, address string)) error) (*homes, error) {
	h := &homes{maphash.MakeSeed(), map[uint64]bool{}, map[uint64]bool{}}
	bytes := r.bytes
	err := r.each(func(file string, in io.Reader) error {
		return look(file, stopped{r, in}, func(schema, address string) {
			to := h.others
			if s := r.model.Schema(schema); s != nil && s.Is("Person") {
				to = h.persons
			}
			to[maphash.String(h.seed, address)] = true
		})
	})
	r.bytes = bytes // what is read twice counts once
	return h, errors.Join(err, r.ctx.Err())
}

// only says whether an entity is an address to which only persons point.
func (h *homes) only(schema, id string) bool {
	if schema != "Address" || len(h.persons) == 0 {
		return false
	}
	k := maphash.String(h.seed, id)
	return h.persons[k] && !h.others[k]
}

// refuseHome counts an address as one of private life, of which nothing is kept.
func (r *reader) refuseHome(at Locator) error {
	r.account.Private["Address"]++
	return r.refuse(whyHome.Say(), nil, at)
}

// stopped ends reading when the context does.
type stopped struct {
	r  *reader
	in io.Reader
}

func (s stopped) Read(p []byte) (int, error) {
	if err := s.r.ctx.Err(); err != nil {
		return 0, err
	}
	return s.in.Read(p)
}

// only lets those lines through that speak of addresses: the others need not be taken apart.
func only(in io.Reader, longest int) io.Reader {
	return &addressLines{in: bufio.NewReaderSize(plain(in), 1<<18), longest: longest}
}

type addressLines struct {
	in      *bufio.Reader
	longest int
	line    []byte
	left    []byte // of the line that is handed out
}

func (a *addressLines) Read(p []byte) (int, error) {
	for len(a.left) == 0 {
		a.line = a.line[:0]
		for {
			part, err := a.in.ReadSlice('\n')
			if len(a.line) <= a.longest {
				a.line = append(a.line, part...)
			}
			if err == nil {
				break
			}
			if !errors.Is(err, bufio.ErrBufferFull) {
				if len(a.line) == 0 {
					return 0, err
				}
				break // the end, or it comes again
			}
		}
		if len(a.line) <= a.longest && bytes.Contains(a.line, []byte("addressEntity")) {
			a.left = a.line
		}
	}
	n := copy(p, a.left)
	a.left = a.left[n:]
	return n, nil
}
