package lists

import (
	"bufio"
	"context"
	"crypto/sha1" // ids name, and prove nothing
	"encoding/hex"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"

	"veedor/internal/follow/ftm"
)

// reader is what all decoders work with: files in, items out, the account between.
type reader struct {
	ctx     context.Context
	name    string
	files   map[string]Opener
	opt     Options
	yield   func(Item) error
	model   *ftm.Model
	account Account
	bytes   int64
	ticks   int
	seen    map[[12]byte]bool
}

func newReader(ctx context.Context, name string, files map[string]Opener, opt Options, yield func(Item) error) *reader {
	l := &opt.Limits
	for field, usual := range map[*int]int{&l.Row: 8 << 20, &l.Value: 64 << 10, &l.Depth: 48, &l.Held: 512 << 20} {
		if *field == 0 {
			*field = usual
		}
	}
	return &reader{ctx: ctx, name: name, files: files, opt: opt, yield: yield, model: ftm.Default(), seen: map[[12]byte]bool{},
		account: Account{Schemata: map[string]int{}, Private: map[string]int{}, Reasons: map[string]int{}}}
}

// names returns the names of the files, sorted: the order in which they are read.
func (r *reader) names() []string { return slices.Sorted(maps.Keys(r.files)) }

// open opens a file, counting what is read from it.
func (r *reader) open(file string) (io.ReadCloser, error) {
	f, err := r.files[file]()
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", file, err)
	}
	return counted{f, r}, nil
}

type counted struct {
	io.ReadCloser
	r *reader
}

func (c counted) Read(p []byte) (int, error) {
	n, err := c.ReadCloser.Read(p)
	c.r.bytes += int64(n)
	return n, err
}

// each opens every file in turn.
func (r *reader) each(read func(file string, in io.Reader) error) error {
	for _, file := range r.names() {
		f, err := r.open(file)
		if err != nil {
			return err
		}
		err = read(file, f)
		f.Close()
		if err != nil {
			return err
		}
	}
	return nil
}

// rows reads a table to its end. Rows that could not be read are refused here; the others are for use to count.
func (r *reader) rows(file string, in *bufio.Reader, comma byte, use func(row, Locator) error) error {
	t := newTable(in, comma, r.opt.Limits.Row)
	for {
		w, err := t.next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return fmt.Errorf("%s, line %d: %w: %w", file, t.line, ErrCut, err)
		}
		at := Locator{file, w.line, w.record}
		if err := r.tick(); err != nil {
			return err
		}
		if w.recoded {
			r.account.Recoded++
		}
		if w.reason != "" {
			err = r.refuse(w.reason, w.raw, at)
		} else {
			err = use(w, at)
		}
		if err != nil {
			return err
		}
	}
}

// tick looks whether to stop, and tells how far it is.
func (r *reader) tick() error {
	if r.ticks++; r.opt.Progress != nil && r.ticks%2048 == 0 {
		r.opt.Progress(r.account.Read, r.bytes)
	}
	return r.ctx.Err()
}

// refuse counts a row as read and rejected.
func (r *reader) refuse(reason string, raw []byte, at Locator) error {
	r.account.Read++
	r.account.Rejected++
	r.account.Reasons[reason]++
	return r.yield(Item{At: at, Refused: &Refused{Reason: reason, Raw: shown(raw), At: at}})
}

// keep counts rows as read and kept, and yields what they gave.
func (r *reader) keep(rows int, drafts ...*draft) error {
	r.account.Read += rows
	r.account.Kept += rows
	for _, d := range drafts {
		if d == nil {
			continue
		}
		if err := r.emit(d); err != nil {
			return err
		}
	}
	return nil
}

func (r *reader) emit(d *draft) error {
	for prop, n := range r.model.DropPrivate(&d.e) {
		d.dropped[prop] += n
		d.values = slices.DeleteFunc(d.values, func(v Value) bool { return v.Prop == prop && !slices.Contains(d.e.Properties[prop], v.Value) })
	}
	if d.repeats && (len(d.values)+len(d.problems) == 0 || r.again(d)) {
		return nil
	}
	for prop, n := range d.dropped {
		r.account.Private[prop] += n
	}
	r.account.Entities++
	r.account.Schemata[d.e.Schema]++
	r.account.Values += len(d.values)
	r.account.Problems += len(d.problems)
	return r.yield(Item{Entity: &d.e, Values: d.values, Problems: d.problems, At: d.at})
}

// mostSeen bounds how many entities are remembered in order not to be yielded twice with the same words.
const mostSeen = 1 << 20

// again says whether an entity was yielded before with these very values.
func (r *reader) again(d *draft) bool {
	h := sha1.New()
	io.WriteString(h, d.e.ID)
	for _, v := range d.values {
		io.WriteString(h, "\x00"+v.Prop+"\x00"+v.Value+"\x00"+v.Original)
	}
	for _, p := range d.problems {
		io.WriteString(h, "\x01"+p.Prop+"\x00"+p.Original)
	}
	var sum [12]byte
	copy(sum[:], h.Sum(nil))
	if r.seen[sum] {
		return true
	}
	if len(r.seen) < mostSeen {
		r.seen[sum] = true
	}
	return false
}

// hash returns an id made of the dataset and what names a thing in it. Equal names are one thing; alike ones are not.
func (r *reader) hash(kind string, parts ...string) string {
	sum := sha1.Sum([]byte(r.name + "\x00" + kind + "\x00" + strings.Join(parts, "\x00")))
	return slug(r.name) + "-" + hex.EncodeToString(sum[:10])
}

// slug makes a piece of an id of a word.
func slug(s string) string {
	var b strings.Builder
	for _, c := range strings.ToLower(s) {
		switch {
		case c >= 'a' && c <= 'z' || c >= '0' && c <= '9':
			b.WriteRune(c)
		case b.Len() > 0 && !strings.HasSuffix(b.String(), "-"):
			b.WriteByte('-')
		}
	}
	return strings.TrimSuffix(b.String(), "-")
}

// draft is an entity in the making.
type draft struct {
	r        *reader
	e        ftm.Entity
	schema   *ftm.Schema
	values   []Value
	problems []Problem
	dropped  map[string]int // private values
	at       Locator
	repeats  bool // many rows speak of it; the same words again are not yielded again
	external bool // some of its values are

	known map[[2]string]bool // property and value, once there are many
}

func (r *reader) draft(schema, id string, at Locator) *draft {
	return &draft{r: r, schema: r.model.Schema(schema), at: at, dropped: map[string]int{},
		e: ftm.Entity{ID: id, Schema: schema, Properties: map[string][]string{}, Datasets: []string{r.name}}}
}

// add puts a value as the source wrote it into a property. Empty ones are none.
func (d *draft) add(prop, original string, at Locator) bool {
	return d.set(prop, original, original, "", at)
}

// set puts a value into a property, with what the source wrote for it. It says whether the value was taken.
func (d *draft) set(prop, value, original, lang string, at Locator) bool {
	if value = strings.TrimSpace(value); value == "" {
		return false
	}
	if d.r.model.Private(d.schema.Name, prop) {
		d.dropped[prop]++
		return false
	}
	p := d.schema.Property(prop)
	if p == nil || p.Stub {
		d.problem(prop, original, whyNoProperty.Say(d.schema.Name), at)
		return false
	}
	if len(value) > d.r.opt.Limits.Value {
		d.problem(prop, original, whyLongValue.Say(strconv.Itoa(d.r.opt.Limits.Value)), at)
		return false
	}
	clean, reason := p.Clean(value)
	if reason == "" && clean == "" {
		reason = whyEmptyCleaned.Say()
	}
	if reason != "" {
		d.problem(prop, original, reason, at)
		return false
	}
	if !d.has(prop, clean) {
		d.e.Properties[prop] = append(d.e.Properties[prop], clean)
		d.values = append(d.values, Value{Prop: prop, Value: clean, Original: cut(original, d.r.opt.Limits.Value), Lang: lang, At: at})
	}
	return true
}

// manyValues is how many values a property may have before looking through all of them takes too long.
const manyValues = 64

// has says whether the entity has a value, and remembers that it will.
func (d *draft) has(prop, value string) bool {
	values := d.e.Properties[prop]
	if len(values) < manyValues {
		return slices.Contains(values, value)
	}
	if d.known == nil {
		d.known = map[[2]string]bool{}
	}
	if first := [2]string{prop, values[0]}; !d.known[first] { // none of this property is in it yet
		for _, v := range values {
			d.known[[2]string{prop, v}] = true
		}
	}
	k := [2]string{prop, value}
	known := d.known[k]
	d.known[k] = true
	return known
}

// problem keeps a value that was not taken over. What is private is dropped even then.
func (d *draft) problem(prop, original, reason string, at Locator) {
	if d.r.model.Private(d.schema.Name, prop) {
		d.dropped[prop]++
		return
	}
	d.problems = append(d.problems, Problem{prop, cut(original, 1024), reason, at})
}

// drop counts a value of private life that never gets near the entity.
func (d *draft) drop(prop string) { d.dropped[prop]++ }

// cut shortens a text to so many bytes, at a character.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return strings.ToValidUTF8(s[:n], "") + "…"
}

// many adds each part of a text that lists several values.
func (d *draft) many(prop, text, sep string, at Locator) {
	for part := range strings.SplitSeq(text, sep) {
		d.add(prop, part, at)
	}
}

// named says whether an entity has a name.
func (d *draft) named() bool { return len(d.e.Properties["name"]) > 0 }
