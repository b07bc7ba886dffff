package lists

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"veedor/internal/follow/ftm"
)

// Opener opens a file from its start. Compressed files are the caller's to unpack.
type Opener func() (io.ReadCloser, error)

// The formats that Read knows.
const (
	OFACCSV          = "ofac-csv"          // sdn.csv, alt.csv, add.csv, sdn_comments.csv, with or without header; all but sdn may be missing
	OFACXML          = "ofac-xml"          // sdn_advanced.xml
	EUAnnex          = "eu-annex"          // the annex of one EU regulation as a table (celex, recordId …)
	EUCSV            = "eu-csv"            // the consolidated list of the EU, semicolons
	EUXML            = "eu-xml"            // the consolidated list of the EU
	UKCSV            = "uk-csv"            // the consolidated list of the UK (ConList.csv)
	UNXML            = "un-xml"            // the consolidated list of the UN Security Council
	OpenSanctionsCSV = "opensanctions-csv" // targets.simple.csv
	FTM              = "ftm"               // entities, one JSON object a line
	Statements       = "ftm-statements"    // statements as CSV, with those of one entity together
	ChinaCSV         = "china-counter"     // China's counter-sanctions, as OpenSanctions collects them
	OCDS             = "ocds"              // release and record packages, releases and records, JSON or JSON lines
	GLEIFCSV         = "gleif-csv"         // golden copy, level 1 and 2
	GLEIFXML         = "gleif-xml"         // golden copy, level 1 and 2
	AidData          = "aiddata"           // the geolocated projects, through our mapping
	AidDataTables    = "aiddata-tables"    // the Huawei and military tables, through our mapping
	AEI              = "aei"               // China Global Investment Tracker, through our mapping
	DoD1260H         = "dod-1260h"         // Chinese military companies, through our mapping
	Mapping          = "mapping"           // any table, through Options.Mapping
)

// ErrCut says that a file ended, or broke, before its end: what was read stands, but what is missing from it may not
// be taken for removed.
var ErrCut = errors.New("the file is cut short")

// Locator says where something was read.
type Locator struct {
	File   string `json:"file"`
	Line   int    `json:"line,omitempty"`   // from 1; 0 where lines mean nothing
	Record int    `json:"record,omitempty"` // row, element or object, from 1
}

// String returns "file:line", or "file#record" where there is no line.
func (l Locator) String() string {
	if l.Line > 0 {
		return fmt.Sprintf("%s:%d", l.File, l.Line)
	}
	return fmt.Sprintf("%s#%d", l.File, l.Record)
}

// Value is one value of an entity as its source wrote it.
type Value struct {
	Prop     string // of the entity's schema
	Value    string // cleaned; one of the entity's values of Prop
	Original string // as written
	Lang     string // ISO 639-3, if the source says so
	Origin   string // how the value was made, if a statement says so
	External bool   // a statement says that its dataset has not taken it over
	At       Locator
}

// Problem is a value that was not taken over.
type Problem struct {
	Prop     string
	Original string // as written; the beginning of it, if it is very long
	Reason   string
	At       Locator
}

// Refused is a row that gave nothing.
type Refused struct {
	Reason string
	Raw    []byte // its bytes, or the first 4 KiB of them
	At     Locator
}

// Item is one thing read: an entity, or a refused row.
type Item struct {
	Entity   *ftm.Entity // nil if Refused is set
	Values   []Value     // one for each value of the entity
	Problems []Problem   // values that are not in the entity, with the reason
	At       Locator     // where the entity begins
	Refused  *Refused
}

// Account says what became of what was read. Read = Kept + Rejected. Rows are those of tables; where a file has none,
// they are its entries (an XML element, a JSON object). One row may give several entities, and several rows one.
type Account struct {
	Read, Kept, Rejected int
	Entities             int            // as yielded; see Read on repeated ones
	Schemata             map[string]int // entities by schema
	Values               int
	Problems             int
	Recoded              int            // rows that were not UTF-8, and were read as Windows-1252
	Private              map[string]int // values of private life that were dropped, by property
	Reasons              map[string]int // refused rows by reason
	Dated                string         // the date the list gives itself, ISO 8601, or ""
}

// Options steers Read. The zero value is good.
type Options struct {
	Mapping  []byte                      // YAML in FollowTheMoney's mapping language, for the format Mapping
	Progress func(read int, bytes int64) // called now and then, with the rows and the bytes read so far
	Limits   Limits
}

// Limits bounds what one row may cost. A zero field means the default.
type Limits struct {
	Row   int // bytes of one row or entry; default 8 MiB
	Value int // bytes of one value; default 64 KiB
	Depth int // nesting of XML and JSON; default 48
	Held  int // bytes held to join the files of one list; default 512 MiB
}

// Read reads the files of one list or table in a format (see Detect) as dataset name, and hands over, in the order
// of the files, every entity and every refused row. An entity that several rows speak of may be yielded more than
// once, each time with what that row says: it is the union of them. An error of yield ends the reading and is
// returned, as is that of the context. With ErrCut a file broke off; the account covers what was read.
func Read(ctx context.Context, format, name string, files map[string]Opener, opt Options, yield func(Item) error) (Account, error) {
	r := newReader(ctx, name, files, opt, yield)
	decode := decoders()[format]
	if decode == nil {
		return r.account, fmt.Errorf("read %s: no format %q; there are %s", name, format, strings.Join(Formats(), ", "))
	}
	if len(files) == 0 {
		return r.account, fmt.Errorf("read %s: no file given", name)
	}
	if err := decode(r); err != nil {
		return r.account, fmt.Errorf("read %s as %s: %w", name, format, err)
	}
	return r.account, nil
}

// Formats returns the names of all formats, sorted.
func Formats() []string {
	var out []string
	for f := range decoders() {
		out = append(out, f)
	}
	slices.Sort(out)
	return out
}

// decoders lists them all.
func decoders() map[string]func(*reader) error {
	return map[string]func(*reader) error{
		OFACCSV: ofacCSV, EUAnnex: euAnnex, EUCSV: euCSV, EUXML: euXML, UKCSV: ukCSV, UNXML: unXML,
		OpenSanctionsCSV: openSanctionsCSV, ChinaCSV: chinaCSV,
		OFACXML: ofacXML, GLEIFCSV: gleifCSV, GLEIFXML: gleifXML, OCDS: ocds, FTM: ftmLines, Statements: statements,
		AidData: embedded("aiddata"), AidDataTables: embedded("aiddata-tables"), AEI: embedded("aei"), DoD1260H: embedded("dod-1260h"), Mapping: mapAny,
	}
}
