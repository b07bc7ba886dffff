// Package store is the contract every store of measurements obeys: the lake on one machine, a
// cluster beyond it. storetest holds the suite that each must pass, and a plain reference store.
package store

import (
	"context"
	"errors"
	"io"
	"time"

	"veedor/internal/measure/obs"
	"veedor/internal/measure/verdict"
)

// ErrNotFound says that nothing is stored under the name asked for.
var ErrNotFound = errors.New("not found")

// Batch is what one commit adds. It is stored whole or not at all. A measurement is its
// observations and verdict rows together; one whose UID is stored already is left as it is, so
// appending a batch twice changes nothing. The store may keep references to the slices only until Append returns.
type Batch struct {
	Observations []obs.Observation
	Certificates []obs.Certificate // may repeat ones stored before
	Verdicts     []verdict.Row     // exactly one row with layer All per measurement
	Rejected     []Rejected        // identified by Hash
}

// Rejected is one line that could not be read as a measurement.
type Rejected struct {
	Hash   string // hex SHA-256 of the archived bytes
	Source string // name of the file it came from, without its folder
	Line   int64  // from 1
	Reason string // for people
}

// Filter narrows a question. Zero fields ask for everything.
type Filter struct {
	CC       string // two letters
	ASN      uint32
	Target   string // domain or service
	Category string // code of the test lists
	Test     string
	State    verdict.State
	Layer    verdict.Layer // "" asks about the All rows
	From     time.Time     // inclusive, by measurement start
	To       time.Time     // exclusive
}

// Group is what Tally counts by.
type Group string

const (
	ByCountry  Group = "country"  // key "VE"
	ByNetwork  Group = "network"  // key "AS8048"
	ByTarget   Group = "target"   // key "signal.org"
	ByCategory Group = "category" // key "NEWS", "" where none is known
	ByTest     Group = "test"     // key "web_connectivity"
	ByDay      Group = "day"      // key "2026-11-23"
	ByLayer    Group = "layer"    // key "dns"; counts every layer but All
	ByRule     Group = "rule"     // key the winning rule
)

// Count is one row of a tally: measurements by state.
type Count struct {
	Key          string
	Name         string // organisation for a network, else ""
	Total        int64
	OK           int64
	Down         int64
	Blocked      int64
	Insufficient int64
	Artefact     int64 // of Blocked: with a distinctive artefact
	Networks     int64 // distinct networks that measured
	Targets      int64 // distinct targets
	First, Last  time.Time
	Witness      string // UID of the latest blocked measurement, else of the latest one
	Invented     bool   // every measurement counted is sample data
}

// Measurement is everything stored of one.
type Measurement struct {
	Verdicts     []verdict.Row     // All first, then by layer dns, tcp, tls, http, quic
	Observations []obs.Observation // by ObservationIdx
	Certificates []obs.Certificate // those its observations name, by fingerprint
	Earlier      []Earlier         // what was said of it before it was judged again, earliest first; it depends on when that was
}

// Earlier is a verdict on the whole that another one took the place of.
type Earlier struct {
	verdict.Row
	Until time.Time // when that was, UTC, to the second
}

// Differs says whether a verdict says something else than the one that took its place: only then is it one to tell of.
func (e *Earlier) Differs(next *verdict.Row) bool {
	return e.State != next.State || e.Label != next.Label || e.Rule != next.Rule
}

// Stats is what a store holds.
type Stats struct {
	Measurements, Observations, Rejected int64
	Countries, Networks, Targets         int64
	Blocked                              int64
	First, Last                          time.Time // by measurement start
	Generation                           string    // names the rebuild these answers come from
	Segments                             int       // files behind the answers
	Invented                             bool      // all of it is sample data
}

// Table and Format name what Export writes.
type (
	Table  string
	Format string
)

const (
	Observations Table = "observations"
	Verdicts     Table = "verdicts"

	CSV     Format = "csv"
	Parquet Format = "parquet"
)

// Appender is the part of a store that an ingest or a rebuild fills.
type Appender interface {
	// Append adds a batch, durably: when it returns nil, a crash loses nothing of it.
	Append(context.Context, Batch) error
	// Known says, for each UID, whether its measurement is stored.
	Known(ctx context.Context, uids []string) ([]bool, error)
}

// Settling says how Settle judges.
type Settling struct {
	// Judge appends the verdict rows of one measurement to dst, given what others saw. It must not
	// ask controls anything that depends on what controls answered.
	Judge  func(dst []verdict.Row, m Measurement, controls verdict.Controls) []verdict.Row
	Enough int  // how many distinct probes or sessions must agree; control.DefaultEnough when 0
	All    bool // judge every measurement again, not only those that what others saw could change
	// Progress is called now and then with how many of the measurements to judge are done; may be nil.
	Progress func(done, total int64)
}

// Settled says what Settle did.
type Settled struct {
	Judged  int64 // measurements judged again
	Changed int64 // of them: those whose verdict on the whole became another
}

// Store keeps observations and verdicts and answers questions about them. All methods may be
// called at once from many goroutines, and while other processes append to the same store.
type Store interface {
	Appender

	// Settle judges measurements again in the light of what others measured before them, as far as
	// anything stored since the last time could matter to them. What it leaves depends only on what
	// is stored, not on when it was. Verdicts that are replaced are kept.
	Settle(context.Context, Settling) (Settled, error)
	// Cells calls f with the hourly cells of one series after another (by key), of the hours that
	// begin in [from, to), of a country or ("") of all. Days are counted anew only where verdicts changed.
	Cells(ctx context.Context, e verdict.Scale, cc string, from, to time.Time, f func(verdict.Series, []verdict.Cell) error) error
	// Example returns the UID of a measurement that a series has in an hour, the same for the same rows;
	// "" where there is none.
	Example(ctx context.Context, k verdict.Series, hour time.Time) (string, error)
	// Traits returns by what the networks restrict, in measurements that started in [from, to), ordered by
	// network, target, kind and value.
	Traits(ctx context.Context, asns []uint32, from, to time.Time) ([]verdict.Trait, error)
	// Volumes returns how much was measured hour by hour, on every network and (ASN 0) in every country.
	Volumes(context.Context) ([]verdict.Volume, error)
	Stats(context.Context) (Stats, error)
	// Tally counts measurements in groups, most blocked first, then most measured, then by key.
	Tally(ctx context.Context, f Filter, by Group) ([]Count, error)
	// Latest returns verdict rows newest first (then by UID), offset rows skipped, at most limit.
	Latest(ctx context.Context, f Filter, limit, offset int) ([]verdict.Row, error)
	// Measurement returns all that is stored of one, or ErrNotFound.
	Measurement(ctx context.Context, uid string) (Measurement, error)
	// Rejections lists rejected lines by source, line and hash, with how many there are in all.
	Rejections(ctx context.Context, limit, offset int) ([]Rejected, int64, error)
	// Export writes a whole table in a fixed order (start, UID, index or layer): the same
	// measurements give the same bytes, however and whenever they were stored.
	Export(ctx context.Context, t Table, f Format, w io.Writer) error

	Close() error
}
