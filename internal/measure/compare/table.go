package compare

import (
	"crypto/sha256"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"time"

	"veedor/internal/measure/obs"
	"veedor/internal/measure/refdata"
)

// Measurement is one measurement as somebody else's table holds it.
type Measurement struct {
	Rows   []obs.Observation // at least one; the envelope alone where nothing was observed
	Theirs string            // what OONI says of it, in OONI's words
	Lacks  string            // why there is nothing to judge, "" when there is
}

// Count says what became of the rows: Read = Kept + all of Left.
type Count struct {
	Read, Kept int
	Left       map[string]int // by reason
}

// Table gathers measurements from tables that OONI publishes. All are held in memory, because rows of
// one measurement need not stand together: the published files hold most of them twice, and sorting by
// time has torn some apart.
type Table struct {
	Count Count

	db      *refdata.DB
	list    []*Measurement
	byUID   map[string]*Measurement
	seen    map[[sha256.Size]byte]bool
	strings map[string]string
}

// NewTable returns an empty table; db says which facts each measurement is annotated with.
func NewTable(db *refdata.DB) *Table {
	return &Table{Count: Count{Left: map[string]int{}}, db: db, byUID: map[string]*Measurement{}, seen: map[[sha256.Size]byte]bool{}, strings: map[string]string{}}
}

// errLeft is why a row cannot be used; the rest can.
type errLeft string

func (e errLeft) Error() string { return string(e) }

// Reasons for leaving a row out.
const (
	leftNotCSV errLeft = "the row is not as wide as the header, or its quotes do not match"
	leftTwice  errLeft = "the same row again"
	leftNoUID  errLeft = "no measurement_uid"
	leftNoTest errLeft = "no test_name"
	leftTime   errLeft = "its measurement_start_time cannot be read"
	leftMany   errLeft = "more rows than one measurement may have"
)

// read calls row for each row of a CSV that has the columns needed. A row is counted as left when row
// returns an errLeft.
func (t *Table) read(in io.Reader, kind string, need []string, row func(record) error) error {
	r := csv.NewReader(in)
	header, err := r.Read()
	if err != nil {
		return fmt.Errorf("read the header of a table of %s: %w", kind, err)
	}
	columns := make(map[string]int, len(header))
	for i, name := range header {
		columns[name] = i
	}
	for _, name := range need {
		if _, ok := columns[name]; !ok {
			return fmt.Errorf("no column %s: this is no table of %s as OONI publishes them", name, kind)
		}
	}
	for {
		fields, err := r.Read()
		var broken *csv.ParseError
		switch {
		case err == io.EOF:
			return nil
		case errors.As(err, &broken):
			err = leftNotCSV
		case err != nil:
			return fmt.Errorf("read row %d: %w", t.Count.Read+1, err)
		default:
			err = t.take(record{columns, fields, t.strings}, row)
		}
		t.Count.Read++
		var left errLeft
		switch {
		case err == nil:
			t.Count.Kept++
		case errors.As(err, &left):
			t.Count.Left[string(left)]++
		default:
			return err
		}
	}
}

func (t *Table) take(r record, row func(record) error) error {
	key := sha256.Sum256([]byte(strings.Join(r.fields, "\x00")))
	if t.seen[key] {
		return leftTwice
	}
	t.seen[key] = true
	return row(r)
}

// measurement returns the measurement called uid, a new one with an empty Rows when there is none yet.
func (t *Table) measurement(uid string) *Measurement {
	m := t.byUID[uid]
	if m == nil {
		m = &Measurement{}
		t.byUID[uid] = m
		t.list = append(t.list, m)
	}
	return m
}

// record is one row of a CSV.
type record struct {
	columns map[string]int
	fields  []string
	strings map[string]string // one copy of each text, since most come often
}

// get returns a column, "" where the table has none.
func (r record) get(column string) string {
	i, ok := r.columns[column]
	if !ok || i >= len(r.fields) || r.fields[i] == "" {
		return ""
	}
	s, ok := r.strings[r.fields[i]]
	if !ok {
		s = strings.Clone(r.fields[i])
		r.strings[s] = s
	}
	return s
}

// number reads a whole number; tables that went through pandas write 443 as 443.0.
func (r record) number(column string, most float64) (float64, error) {
	s := r.get(column)
	if s == "" {
		return 0, nil
	}
	n, err := strconv.ParseFloat(s, 64)
	if err != nil || n != math.Trunc(n) || n < 0 || n > most {
		return 0, errLeft(column + " is no whole number that it may be")
	}
	return n, nil
}

// flag reads a truth value; nil where the column is empty.
func (r record) flag(column string) *bool {
	switch r.get(column) {
	case "":
		return nil
	case "1", "1.0", "t", "true", "True":
		return yes()
	}
	return no()
}

func yes() *bool { b := true; return &b }
func no() *bool  { b := false; return &b }

// envelope reads what all rows of one measurement share.
func (t *Table) envelope(r record) (obs.Observation, error) {
	o := obs.Observation{
		MeasurementUID: r.get("measurement_uid"), Vantage: obs.Probe, Depth: -1,
		ReportID: r.get("report_id"), Input: r.get("input"), TestName: r.get("test_name"), TestVersion: r.get("test_version"),
		SoftwareName: r.get("software_name"), SoftwareVersion: r.get("software_version"), Platform: r.get("platform"),
		ProbeCC: r.get("probe_cc"), ProbeASOrgName: r.get("probe_as_org_name"), ProbeASCC: r.get("probe_as_cc"), NetworkType: r.get("network_type"),
		ResolverIP: r.get("resolver_ip"), ResolverCC: r.get("resolver_cc"), ResolverASOrgName: r.get("resolver_as_org_name"), ResolverASCC: r.get("resolver_as_cc"),
	}
	switch {
	case o.MeasurementUID == "":
		return o, leftNoUID
	case o.TestName == "":
		return o, leftNoTest
	}
	asn, err := r.number("probe_asn", math.MaxUint32)
	if err != nil {
		return o, err
	}
	resolver, err := r.number("resolver_asn", math.MaxUint32)
	if err != nil {
		return o, err
	}
	o.ProbeASN, o.ResolverASN = uint32(asn), uint32(resolver)
	start := r.get("measurement_start_time")
	at, err := time.Parse("2006-01-02 15:04:05-07:00", start)
	if err != nil {
		if at, err = time.Parse(time.DateTime, start); err != nil {
			return o, leftTime
		}
	}
	o.StartTime = at.UTC()
	return o, nil
}
