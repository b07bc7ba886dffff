// Package refdata knows facts about the world as of a day: which organisation and country an AS
// number belongs to, which AS and country an address belongs to, what test lists say a site is
// about, what block pages and forged DNS answers look like, and what countries are called.
//
// Each kind of fact comes from a publisher as a dated snapshot that never changes once written:
//
//	DATA/refdata/KIND/DATE-HASH8/   the files as published, and meta.json
//	DATA/refdata/sets.jsonl         which snapshots each id handed out by Facts.ID stands for
//	DATA/refdata/rejected/          downloads that were refused, each with its reason
//
// A measurement is judged with the facts of its own day, so that judging it again years later
// gives the same verdict. A small seed, written for this project and linked into the program,
// describes invented networks with documentation AS numbers, so that the sample needs no download.
package refdata

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"sort"
	"sync"
	"sync/atomic"
	"time"
)

// Kind is a kind of facts that is published, dated and kept together.
type Kind string

const (
	Networks         Kind = "networks"          // address → AS number, AS number → organisation
	Countries        Kind = "countries"         // address → country
	FingerprintsDNS  Kind = "fingerprints-dns"  // answers known to be forged
	FingerprintsHTTP Kind = "fingerprints-http" // block pages and redirects to them
	TestLists        Kind = "testlists"         // URL → category
	World            Kind = "world"             // country → shape; bears on no verdict
)

// Two more kinds appear in lists of snapshots; they are linked into the program.
const (
	Seed  Kind = "seed"  // the invented networks of the sample
	Names Kind = "names" // country names, from Unicode CLDR
)

// Kinds returns the kinds that are published, in the order they are listed and fetched.
func Kinds() []Kind {
	return []Kind{Networks, Countries, FingerprintsDNS, FingerprintsHTTP, TestLists, World}
}

// loadedPerKind bounds how many snapshots of one kind are in memory at a time. A table of the
// whole internet takes about 12 MB; an ingest rarely spans more than a few snapshots at once.
const loadedPerKind = 4

// DB is the reference data of one data folder. All methods may be called from many goroutines.
type DB struct {
	root  string // DATA/refdata, or "" for the seed alone
	now   func() time.Time
	seed  *seed
	names *names
	sets  *sets

	reload sync.Mutex
	state  atomic.Pointer[state]
	failed atomic.Pointer[error]
}

// state is what one look at the folder found. It is replaced whole by Reload.
type state struct {
	snapshots map[Kind][]*snapshot // by date, then by time of fetching
	days      []time.Time          // days on which any kind changes, ascending
	slots     []slot               // slots[i] holds from days[i-1] until days[i]
	homes     map[[2]string]*shelved[homes]
}

// slot is the facts of one stretch of time, put together when first asked for.
type slot struct {
	once  sync.Once
	facts *Facts
}

// Open reads the list of snapshots under dir, the data folder; the snapshots themselves are read
// when they are first needed. A folder without reference data is no error: the seed is used. With
// dir "" the seed is all there is and nothing is written.
func Open(dir string) (*DB, error) {
	db := &DB{now: time.Now}
	var err error
	if db.seed, err = loadSeed(); err != nil {
		return nil, fmt.Errorf("read built-in reference data: %w", err)
	}
	db.names = newNames()
	path := ""
	if dir != "" {
		db.root = filepath.Join(dir, "refdata")
		path = filepath.Join(db.root, "sets.jsonl")
	}
	if db.sets, err = openSets(path); err != nil {
		return nil, fmt.Errorf("open reference data: %w", err)
	}
	if err := db.Reload(); err != nil {
		return nil, err
	}
	return db, nil
}

// Reload looks at the folder again, so that snapshots added since, by this process or another,
// are used from now on. Facts handed out before stay as they are.
func (db *DB) Reload() error {
	db.reload.Lock()
	defer db.reload.Unlock()
	found, err := readSnapshots(db.root)
	if err != nil {
		return fmt.Errorf("open reference data: %w", err)
	}
	old := db.state.Load()
	next := &state{snapshots: found, homes: make(map[[2]string]*shelved[homes])}
	var days []time.Time
	for kind, list := range found {
		shelf := &shelf{limit: loadedPerKind, fail: db.fail}
		if old != nil && len(old.snapshots[kind]) > 0 {
			shelf = old.snapshots[kind][0].shelf
		}
		for i, s := range list {
			if old != nil {
				if j := slices.IndexFunc(old.snapshots[kind], func(o *snapshot) bool { return o.info.ID == s.info.ID }); j >= 0 {
					s = old.snapshots[kind][j] // keeps what is loaded
					list[i] = s
				}
			}
			if s.shelf == nil {
				s.shelve(shelf)
			}
			days = append(days, s.info.Date)
		}
	}
	slices.SortFunc(days, time.Time.Compare)
	next.days = slices.CompactFunc(days, time.Time.Equal)
	next.slots = make([]slot, len(next.days)+1)
	db.joinHomes(next, old)
	db.state.Store(next)
	return nil
}

// joinHomes prepares, for each pair of snapshots that is used together, the country of each AS.
func (db *DB) joinHomes(next, old *state) {
	shelf := &shelf{limit: loadedPerKind, fail: db.fail}
	for i := range next.slots {
		n, _ := next.pick(Networks, i)
		c, _ := next.pick(Countries, i)
		if n == nil || c == nil {
			continue
		}
		key := [2]string{n.info.ID, c.info.ID}
		if next.homes[key] != nil {
			continue
		}
		if old != nil && old.homes[key] != nil {
			next.homes[key] = old.homes[key]
			continue
		}
		next.homes[key] = newShelved(shelf, func() (*homes, error) {
			return homesOf(n.networks.get(), c.countries.get()), nil
		})
	}
}

// pick returns the snapshot of a kind that holds in slot i, and whether it is dated later than
// that (the earliest there is). It returns nil where there is no snapshot of the kind.
func (s *state) pick(kind Kind, i int) (chosen *snapshot, early bool) {
	list := s.snapshots[kind]
	if len(list) == 0 {
		return nil, false
	}
	if i > 0 {
		for j := len(list) - 1; j >= 0; j-- {
			if !list[j].info.Date.After(s.days[i-1]) {
				return list[j], false
			}
		}
	}
	// Before the first snapshot its earliest day is used, and of that day the one that was in
	// force on that day, so that the same answer is given for the day itself and before it.
	last := 0
	for last+1 < len(list) && list[last+1].info.Date.Equal(list[0].info.Date) {
		last++
	}
	return list[last], true
}

// AsOf returns the facts as of t: of each kind the latest snapshot dated on the day of t (UTC) or
// before it, else the earliest there is (Facts.Early says so), else the seed.
func (db *DB) AsOf(t time.Time) *Facts {
	st := db.state.Load()
	i := sort.Search(len(st.days), func(i int) bool { return st.days[i].After(t) })
	s := &st.slots[i]
	s.once.Do(func() { s.facts = db.assemble(st, i) })
	return s.facts
}

// assemble puts together the facts of slot i and records what their id stands for.
func (db *DB) assemble(st *state, i int) *Facts {
	f := &Facts{seed: db.seed, names: db.names}
	var used []SnapshotInfo
	take := func(kind Kind) *snapshot {
		s, early := st.pick(kind, i)
		if s == nil {
			return nil
		}
		if early {
			f.early = append(f.early, string(kind))
		}
		used = append(used, s.info)
		return s
	}
	var ids [2]string
	if s := take(Networks); s != nil {
		f.networks, ids[0] = s.networks, s.info.ID
	}
	if s := take(Countries); s != nil {
		f.countries, ids[1] = s.countries, s.info.ID
	}
	f.homes = st.homes[ids]
	if s := take(FingerprintsDNS); s != nil {
		f.dns = s.fingerprints
	}
	if s := take(FingerprintsHTTP); s != nil {
		f.http = s.fingerprints
	}
	if s := take(TestLists); s != nil {
		f.lists = s.lists
	}
	// No verdict rests on the shapes of countries, so they stand in no set.
	if s, _ := st.pick(World, i); s != nil {
		f.world, f.worldInfo = s.world, s.info
	}
	used = append(used, db.seed.info, namesInfo())
	f.id = setID(used)
	if err := db.sets.record(f.id, used); err != nil {
		db.fail(fmt.Errorf("record reference data set: %w", err))
	}
	return f
}

// fail keeps the first failure for Err.
func (db *DB) fail(err error) { db.failed.CompareAndSwap(nil, &err) }

// Err returns the first failure to read a snapshot or to record an id, or nil. Facts have no
// errors of their own: a snapshot that cannot be read knows nothing. Whoever keeps verdicts must
// ask here before it keeps them, since they would name a snapshot that was not really used.
func (db *DB) Err() error {
	if err := db.failed.Load(); err != nil {
		return *err
	}
	return nil
}

// List returns every snapshot, by kind and then newest first, and last what is linked into the
// program. InUse and Age are as of now.
func (db *DB) List() []SnapshotInfo {
	st, now := db.state.Load(), db.now()
	today := sort.Search(len(st.days), func(i int) bool { return st.days[i].After(now) })
	var list []SnapshotInfo
	for _, kind := range Kinds() {
		current, _ := st.pick(kind, today)
		for _, s := range slices.Backward(st.snapshots[kind]) {
			info := s.info
			info.InUse = s == current
			info.Age = now.Sub(info.Date)
			list = append(list, info)
		}
	}
	for _, info := range []SnapshotInfo{db.seed.info, namesInfo()} {
		info.InUse = true
		list = append(list, info)
	}
	return list
}

// Explain returns the snapshots that an id handed out by Facts.ID stands for, in the order of
// Kinds; Missing is set on those no longer on disk. It returns nil for an id it does not know.
func (db *DB) Explain(id string) []SnapshotInfo {
	members, err := db.sets.lookup(id)
	if err != nil {
		db.fail(fmt.Errorf("read reference data sets: %w", err))
	}
	if members == nil {
		return nil
	}
	known := db.List()
	list := make([]SnapshotInfo, 0, len(members))
	for _, m := range members {
		i := slices.IndexFunc(known, func(k SnapshotInfo) bool { return k.Kind == m.Kind && k.ID == m.ID })
		if i >= 0 {
			list = append(list, known[i])
			continue
		}
		m.Missing = true
		list = append(list, m)
	}
	return list
}

// errDamaged marks a snapshot whose files are not what its meta.json says.
var errDamaged = errors.New("damaged")
