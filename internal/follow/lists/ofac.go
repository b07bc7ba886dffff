package lists

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// ofacNull is how OFAC's tables write that there is nothing.
const ofacNull = "-0-"

const ofacAuthority = "Office of Foreign Assets Control"

// joined is what alt and add hold, by the number of the entry they belong to, until sdn asks for it.
type joined struct {
	rows map[string][]heldRow
	held int
	used map[string]bool
}

type heldRow struct {
	fields []string
	raw    []byte
	at     Locator
}

// ofacCSV joins the tables of the SDN list. Which file is which is told by the number of columns: 12 in sdn, 5 in alt,
// 6 in add, 2 in sdn_comments, where long remarks go on.
func ofacCSV(r *reader) error {
	var sdn []string
	held := map[int]*joined{}
	for _, width := range []int{2, 5, 6} {
		held[width] = &joined{rows: map[string][]heldRow{}, used: map[string]bool{}}
	}
	for _, file := range r.names() {
		width, err := r.width(file)
		if err != nil {
			return err
		}
		switch width {
		case 12:
			sdn = append(sdn, file)
		case 2, 5, 6:
			err = r.hold(file, width, held[width])
		default:
			return fmt.Errorf("%s has %d columns; sdn has 12, alt 5, add 6, sdn_comments 2", file, width)
		}
		if err != nil {
			return err
		}
	}
	if len(sdn) == 0 {
		return fmt.Errorf("no file has the 12 columns of sdn")
	}
	o := &ofacTables{r: r, comments: held[2], alt: held[5], add: held[6], names: map[string]string{}}
	for _, file := range sdn {
		if err := o.learn(file); err != nil {
			return err
		}
	}
	for _, file := range sdn {
		f, err := r.open(file)
		if err != nil {
			return err
		}
		err = r.rows(file, plain(f), ',', o.entry)
		f.Close()
		if err != nil {
			return err
		}
	}
	return o.orphans()
}

// width returns how many columns the first row of a file has.
func (r *reader) width(file string) (int, error) {
	f, err := r.open(file)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	t := newTable(plain(f), ',', r.opt.Limits.Row)
	for {
		w, err := t.next()
		if err == io.EOF {
			return 0, nil
		}
		if err != nil {
			return 0, fmt.Errorf("read %s: %w", file, err)
		}
		if w.reason == "" {
			return len(w.fields), nil
		}
	}
}

// hold reads alt or add into memory.
func (r *reader) hold(file string, width int, into *joined) error {
	f, err := r.open(file)
	if err != nil {
		return err
	}
	defer f.Close()
	return r.rows(file, plain(f), ',', func(w row, at Locator) error {
		switch {
		case ofacHeader(w):
			return nil
		case len(w.fields) != width:
			return r.refuse(whyColumns.Say(strconv.Itoa(len(w.fields)), strconv.Itoa(width)), w.raw, at)
		case !numeral(w.fields[0]):
			return r.refuse(whyNoNumber.Say(), w.raw, at)
		}
		if into.held += len(w.raw) + 128; into.held > r.opt.Limits.Held {
			return fmt.Errorf("%s: more than %d bytes to be held", file, r.opt.Limits.Held)
		}
		id := strings.TrimSpace(w.fields[0])
		for i, v := range w.fields {
			if width != 2 { // a comment goes on where the remark was cut, be it before a space
				w.fields[i] = ofacValue(v)
			}
		}
		into.rows[id] = append(into.rows[id], heldRow{w.fields, bytes.Clone(w.raw), at})
		return nil
	})
}

// ofacValue returns a field of OFAC's tables, "" where there is nothing.
func ofacValue(s string) string {
	if s = strings.TrimSpace(s); s == ofacNull {
		return ""
	}
	return s
}

// ofacHeader says whether a row names columns: OFAC's own files have none, copies of them do.
func ofacHeader(w row) bool {
	first := strings.ToLower(strings.TrimSpace(w.fields[0]))
	return w.record == 1 && (first == "id" || first == "ent_num")
}

func numeral(s string) bool {
	s = strings.TrimSpace(s)
	return s != "" && len(s) < 20 && strings.Trim(s, "0123456789") == ""
}

// ofacTables reads sdn, with what belongs to each entry at hand.
type ofacTables struct {
	r        *reader
	alt, add *joined
	comments *joined
	names    map[string]string // entry by its primary name; "" where several bear it
	held     int
}

// learn notes which entry bears which name, to which others are said to be linked.
func (o *ofacTables) learn(file string) error {
	f, err := o.r.open(file)
	if err != nil {
		return err
	}
	defer f.Close()
	t := newTable(plain(f), ',', o.r.opt.Limits.Row)
	for {
		w, err := t.next()
		if err == io.EOF {
			return o.r.ctx.Err()
		}
		if err != nil {
			return fmt.Errorf("%s, line %d: %w: %w", file, t.line, ErrCut, err)
		}
		if len(w.fields) != 12 || !numeral(w.fields[0]) {
			continue
		}
		id, name := strings.TrimSpace(w.fields[0]), ofacValue(w.fields[1])
		if o.held += len(name) + len(id) + 64; o.held > o.r.opt.Limits.Held {
			return fmt.Errorf("%s: more than %d bytes of names to be held", file, o.r.opt.Limits.Held)
		}
		if other, ok := o.names[name]; ok && other != id {
			id = ""
		}
		o.names[name] = id
	}
}

// entry makes entities of one row of sdn and of what alt and add say of it.
func (o *ofacTables) entry(w row, at Locator) error {
	r := o.r
	switch {
	case ofacHeader(w):
		return nil
	case len(w.fields) != 12:
		return r.refuse(whyColumns.Say(strconv.Itoa(len(w.fields)), "12"), w.raw, at)
	case !numeral(w.fields[0]):
		return r.refuse(whyNoNumber.Say(), w.raw, at)
	}
	number, remarks := strings.TrimSpace(w.fields[0]), w.fields[11]
	for i, v := range w.fields {
		w.fields[i] = ofacValue(v)
	}
	e := o.r.ofacParty(number, w.fields[2], at)
	if e == nil {
		return r.refuse(whyOFACType.Say(), w.raw, at)
	}
	d := e.main
	d.add("name", w.fields[1], at)
	if !d.named() {
		return r.refuse(whyNoName.Say(), w.raw, at)
	}
	if d.schema.Is("Person") {
		d.add("position", w.fields[4], at)
	}
	o.craft(e, w.fields, at)
	for _, program := range strings.Split(w.fields[3], "] [") {
		e.program(strings.Trim(program, "[] "), w.fields[3], at)
	}
	rows := 1
	if !o.comments.used[number] {
		for _, h := range o.comments.rows[number] {
			remarks += h.fields[1]
			rows++
		}
		o.comments.used[number] = true
	}
	e.remarks(ofacValue(remarks), at, o.resolve)
	rows += o.join(e, number)
	return r.keep(rows, e.all()...)
}

// craft adds what only vessels and aircraft have.
func (o *ofacTables) craft(e *party, f []string, at Locator) {
	d := e.main
	if !d.schema.Is("Vessel") {
		for i, prop := range []string{"callSign", "type", "deadweightTonnage", "grossRegisteredTonnage", "flag", "owner"} {
			if f[5+i] != "" {
				d.problem(prop, f[5+i], whyNoVessel.Say(), at)
			}
		}
		return
	}
	d.add("callSign", f[5], at)
	d.add("type", f[6], at)
	d.set("deadweightTonnage", strings.ReplaceAll(f[7], ",", ""), f[7], "", at)
	d.set("grossRegisteredTonnage", strings.ReplaceAll(f[8], ",", ""), f[8], "", at)
	d.add("flag", f[9], at)
	if f[10] != "" {
		d.set("owner", e.other(f[10], "Organization", at, o.resolve), f[10], "", at)
	}
}

// join takes in the rows of alt and add that belong to an entry, and returns how many there were.
func (o *ofacTables) join(e *party, number string) int {
	d, n := e.main, 0
	if !o.alt.used[number] {
		for _, h := range o.alt.rows[number] {
			switch h.fields[2] {
			case "fka":
				d.add("previousName", h.fields[3], h.at)
			default:
				d.add("alias", h.fields[3], h.at)
			}
			n++
		}
		o.alt.used[number] = true
	}
	if !o.add.used[number] {
		for _, h := range o.add.rows[number] {
			var parts []string
			for _, p := range append(h.fields[2:5:5], h.fields[5]) {
				if p != "" {
					parts = append(parts, p)
				}
			}
			full := strings.Join(parts, ", ")
			if full != h.fields[4] { // a country alone is no address
				d.set("address", full, full, "", h.at)
			}
			if !d.schema.Is("Person") {
				d.add("country", h.fields[4], h.at)
			}
			n++
		}
		o.add.used[number] = true
	}
	return n
}

// resolve returns the id of the entry of that very name, if there is exactly one.
func (o *ofacTables) resolve(name string) string {
	for _, n := range []string{name, strings.TrimSuffix(name, "."), name + "."} {
		if id := o.names[n]; id != "" {
			return "ofac-" + id
		}
	}
	return ""
}

// orphans refuses the rows of alt and add to which no entry of sdn belongs.
func (o *ofacTables) orphans() error {
	for _, j := range []*joined{o.comments, o.alt, o.add} {
		for _, id := range slices.Sorted(maps.Keys(j.rows)) {
			if j.used[id] {
				continue
			}
			for _, h := range j.rows[id] {
				if err := o.r.refuse(whyNoSDN.Say(), h.raw, h.at); err != nil {
					return err
				}
			}
		}
	}
	return nil
}
