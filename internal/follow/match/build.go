package match

import (
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"strings"
)

// magic begins a segment; the digit is the format's version.
const magic = "veedor match segment 1\n\x00"

// Builder collects entities for one segment of an index. It holds about 700 bytes an entity until it is written, so large sets are built in
// several segments: MaxSegment entities keep a builder under 400 MiB.
type Builder struct {
	records  []byte
	offsets  []uint32
	sizes    []byte
	postings [256][]posting
	vocab    map[string]struct{}
}

type posting struct {
	hash uint64
	ord  uint32
}

// MaxSegment is how many entities one segment takes.
const MaxSegment = 500_000

// ErrFull says that a segment takes no more; write it and begin another.
var ErrFull = errors.New("the segment is full")

// NewBuilder returns an empty builder.
func NewBuilder() *Builder { return &Builder{vocab: map[string]struct{}{}} }

// Len is how many entities were added.
func (b *Builder) Len() int { return len(b.offsets) }

// Add takes one entity. An entity without id is an error; of very many names, identifiers or addresses the first are kept.
func (b *Builder) Add(e Entity) error {
	if e.ID == "" {
		return errors.New("add entity to the index: it has no id")
	}
	if len(b.offsets) >= MaxSegment || len(b.records) > math.MaxUint32-1<<22 {
		return ErrFull
	}
	p := prepare(e)
	ord := uint32(len(b.offsets))
	b.offsets = append(b.offsets, uint32(len(b.records)))
	b.records = appendEntity(b.records, e)
	size := 255
	for i := range p.names {
		size = min(size, len(p.names[i].words))
	}
	b.sizes = append(b.sizes, byte(size))
	keys := append(p.keys(false), key{hash: hash(keyEntity, e.ID)})
	for _, k := range keys {
		b.postings[k.hash>>56] = append(b.postings[k.hash>>56], posting{k.hash, ord})
		if _, known := b.vocab[k.word]; len(k.word) >= leastFuzzy && !known {
			b.vocab[strings.Clone(k.word)] = struct{}{}
		}
	}
	return nil
}

func appendEntity(b []byte, e Entity) []byte {
	text := func(s string) {
		if len(s) > maxName*4 {
			s = strings.ToValidUTF8(s[:maxName*4], "")
		}
		b = binary.AppendUvarint(b, uint64(len(s)))
		b = append(b, s...)
	}
	texts := func(s []string, most int) {
		s = s[:min(len(s), most)]
		b = binary.AppendUvarint(b, uint64(len(s)))
		for _, x := range s {
			text(x)
		}
	}
	text(e.ID)
	text(e.Schema)
	texts(e.Names, maxNames)
	texts(e.Countries, maxNames)
	texts(e.Addresses, maxAddresses)
	ids := e.Identifiers[:min(len(e.Identifiers), maxNames)]
	b = binary.AppendUvarint(b, uint64(len(ids)))
	for _, id := range ids {
		text(id.Kind)
		text(id.Value)
	}
	years := e.Years[:min(len(e.Years), maxAddresses)]
	b = binary.AppendUvarint(b, uint64(len(years)))
	for _, y := range years {
		b = binary.AppendVarint(b, int64(y))
	}
	return b
}

// WriteTo writes the segment and leaves the builder empty. The same entities in the same order give the same bytes.
//
// Layout, little-endian: magic; nine uint64 (entities, keys, words, and the lengths of the sections after them); then the sections, each beginning
// at a multiple of eight: records, their offsets (uint32), sizes (byte), keys (uint64 hash, uint32 count, uint32 place in the lists, or the entity
// itself where the count is 1), lists (differences as uvarints), words, their offsets (uint32), trigrams (37³+1 uint32 places), lists of words.
func (b *Builder) WriteTo(w io.Writer) (int64, error) {
	keys, lists, err := b.index()
	if err != nil {
		return 0, err
	}
	words := slices.Sorted(maps.Keys(b.vocab))
	var blob []byte
	wordOffsets := make([]byte, 0, 4*len(words)+4)
	for _, x := range words {
		wordOffsets = binary.LittleEndian.AppendUint32(wordOffsets, uint32(len(blob)))
		blob = append(blob, x...)
	}
	wordOffsets = binary.LittleEndian.AppendUint32(wordOffsets, uint32(len(blob)))
	grams, gramLists := trigramIndex(words)
	offsets := make([]byte, 0, 4*len(b.offsets)+4)
	for _, o := range b.offsets {
		offsets = binary.LittleEndian.AppendUint32(offsets, o)
	}
	offsets = binary.LittleEndian.AppendUint32(offsets, uint32(len(b.records)))
	sections := [][]byte{b.records, offsets, b.sizes, keys, lists, blob, wordOffsets, grams, gramLists}
	head := []byte(magic)
	head = binary.LittleEndian.AppendUint64(head, uint64(len(b.offsets)))
	for _, s := range sections {
		head = binary.LittleEndian.AppendUint64(head, uint64(len(s)))
	}
	n := int64(0)
	for _, s := range append([][]byte{head}, sections...) {
		for _, part := range [][]byte{s, make([]byte, pad(len(s)))} {
			k, err := w.Write(part)
			n += int64(k)
			if err != nil {
				return n, fmt.Errorf("write match segment: %w", err)
			}
		}
	}
	*b = *NewBuilder()
	return n, nil
}

func pad(n int) int { return -n & 7 }

// index sorts the postings into keys and lists, one 256th after the other so that little is held twice.
func (b *Builder) index() (keys, lists []byte, err error) {
	for top := range b.postings {
		ps := b.postings[top]
		slices.SortFunc(ps, func(x, y posting) int {
			if c := cmp.Compare(x.hash, y.hash); c != 0 {
				return c
			}
			return cmp.Compare(x.ord, y.ord)
		})
		for i := 0; i < len(ps); {
			j := i
			for j < len(ps) && ps[j].hash == ps[i].hash {
				j++
			}
			keys = binary.LittleEndian.AppendUint64(keys, ps[i].hash)
			keys = binary.LittleEndian.AppendUint32(keys, uint32(j-i))
			if j-i == 1 {
				keys = binary.LittleEndian.AppendUint32(keys, ps[i].ord)
			} else {
				if len(lists) > math.MaxUint32-1<<24 {
					return nil, nil, errors.New("write match segment: its lists exceed 4 GiB")
				}
				keys = binary.LittleEndian.AppendUint32(keys, uint32(len(lists)))
				last := uint32(0)
				for _, p := range ps[i:j] {
					lists = binary.AppendUvarint(lists, uint64(p.ord-last))
					last = p.ord
				}
			}
			i = j
		}
		b.postings[top] = nil
	}
	return keys, lists, nil
}

// leastFuzzy is the length of the shortest word that near spellings are looked for.
const leastFuzzy = 5

const gramCount = 37 * 37 * 37

// gramsOf yields the trigrams of a word, with its beginning and end.
func gramsOf(w string, yield func(int)) {
	a, b := 0, 0
	for i := range len(w) + 1 {
		c := 0
		if i < len(w) {
			c = letterCode(w[i])
		}
		if i > 0 {
			yield((a*37+b)*37 + c)
		}
		a, b = b, c
	}
}

func letterCode(c byte) int {
	switch {
	case c >= 'a' && c <= 'z':
		return int(c-'a') + 1
	case c >= '0' && c <= '9':
		return int(c-'0') + 27
	}
	return 0
}

func trigramIndex(words []string) (places, lists []byte) {
	counts := make([]uint32, gramCount+1)
	last := make([]int32, gramCount)
	for i := range last {
		last[i] = -1
	}
	each := func(visit func(gram int, word uint32)) {
		for i := range last {
			last[i] = -1
		}
		for i, w := range words {
			gramsOf(w, func(g int) {
				if last[g] != int32(i) {
					last[g] = int32(i)
					visit(g, uint32(i))
				}
			})
		}
	}
	each(func(g int, _ uint32) { counts[g+1]++ })
	for g := range gramCount {
		counts[g+1] += counts[g]
	}
	all := make([]uint32, counts[gramCount])
	next := slices.Clone(counts[:gramCount])
	each(func(g int, w uint32) { all[next[g]] = w; next[g]++ })
	for g := range gramCount {
		places = binary.LittleEndian.AppendUint32(places, uint32(len(lists)))
		before := uint32(0)
		for _, w := range all[counts[g]:counts[g+1]] {
			lists = binary.AppendUvarint(lists, uint64(w-before))
			before = w
		}
	}
	return binary.LittleEndian.AppendUint32(places, uint32(len(lists))), lists
}
