package lake

import (
	"cmp"
	"context"
	"database/sql"
	"database/sql/driver"
	"embed"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/duckdb/duckdb-go/v2"

	"veedor/internal/measure/obs"
	"veedor/internal/measure/store"
	"veedor/internal/measure/verdict"
)

//go:embed sql
var queries embed.FS

// query returns the text of sql/name.sql with its blanks filled. What fills them comes from tables
// in this package, never from outside; values go in as parameters.
func query(name string, blanks ...string) string {
	b, err := queries.ReadFile("sql/" + name + ".sql")
	if err != nil {
		panic(err) // embedded: a misspelt name fails the first test
	}
	return strings.NewReplacer(blanks...).Replace(string(b))
}

// keys are the groups' expressions, and names those of the words beside them.
var keys = map[store.Group]string{
	store.ByCountry: "probe_cc", store.ByNetwork: "'AS' || probe_asn", store.ByTarget: "target", store.ByCategory: "coalesce(category, '')",
	store.ByTest: "test_name", store.ByDay: "strftime(measurement_start_time, '%Y-%m-%d')", store.ByLayer: "layer", store.ByRule: "coalesce(rule, '')",
}

func tallySQL(by store.Group, allLayers bool) (string, error) {
	key, ok := keys[by]
	if !ok {
		return "", fmt.Errorf("no group %q", by)
	}
	name, layers := "NULL", "true"
	if by == store.ByNetwork {
		name = "max_by(probe_as_org_name, measurement_uid)"
	}
	if allLayers {
		layers = "layer <> 'all'"
	}
	return query("tally", "{{key}}", key, "{{name}}", name, "{{layers}}", layers), nil
}

// engine returns DuckDB, in process and in memory; it is opened with the first question.
func (l *Lake) engine() (*sql.DB, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.duck != nil {
		return l.duck, nil
	}
	tmp := filepath.Join(l.dir, "tmp")
	if err := os.MkdirAll(tmp, 0o755); err != nil {
		return nil, err
	}
	settings := []string{
		"SET autoinstall_known_extensions = false", // it would fetch code from its maker
		"SET autoload_known_extensions = false",
		"SET parquet_metadata_cache = true",
		fmt.Sprintf("SET memory_limit = '%dMB'", l.opts.MemoryMB),
		fmt.Sprintf("SET threads = %d", l.opts.Threads),
		"SET temp_directory = " + quote(tmp),
		"SET TimeZone = 'UTC'",
	}
	c, err := duckdb.NewConnector("", func(e driver.ExecerContext) error {
		for _, s := range settings {
			if _, err := e.ExecContext(context.Background(), s, nil); err != nil {
				return fmt.Errorf("%s: %w", s, err)
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("open query engine: %w", err)
	}
	l.duck = sql.OpenDB(c)
	l.duck.SetMaxOpenConns(8)
	return l.duck, nil
}

// quote writes a path of ours as an SQL string.
func quote(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }

// look returns the engine with its views showing what is in the lake now.
func (l *Lake) look(ctx context.Context) (*sql.DB, *generation, error) {
	g, err := l.generation(ctx)
	if err != nil {
		return nil, nil, err
	}
	if err := g.fresh(ctx); err != nil {
		return nil, nil, err
	}
	live, err := g.live(ctx)
	if err != nil {
		return nil, nil, err
	}
	duck, err := l.engine()
	if err != nil {
		return nil, nil, err
	}
	names, verdicts := []string{"empty"}, []string{"empty"}
	for _, s := range live {
		names, verdicts = append(names, s.name), append(verdicts, s.verdicts)
	}
	version := g.dir + " " + strings.Join(names, " ") + " " + strings.Join(verdicts, " ")
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.view == version {
		return duck, g, nil
	}
	for _, t := range tables {
		files := names
		if t == "verdicts" {
			files = verdicts
		}
		if _, err := duck.ExecContext(ctx, "CREATE OR REPLACE VIEW "+t+" AS SELECT * FROM read_parquet("+fileList(g.dir, t, files)+")"); err != nil {
			return nil, nil, fmt.Errorf("list segments: %w", err)
		}
	}
	l.view = version
	return duck, g, nil
}

func fileList(dir, table string, names []string) string {
	files := make([]string, len(names))
	for i, n := range names {
		files[i] = quote(segmentPath(dir, table, n))
	}
	return "[" + strings.Join(files, ", ") + "]"
}

// arguments are a filter's parameters, in the order of the queries.
func arguments(f store.Filter, layer verdict.Layer) []any {
	moment := func(t time.Time) any {
		if t.IsZero() {
			return nil
		}
		return t.UTC()
	}
	return []any{f.CC, f.ASN, f.Target, f.Test, string(f.State), string(layer), moment(f.From), moment(f.To), f.Category}
}

// Tally implements store.Store.
func (l *Lake) Tally(ctx context.Context, f store.Filter, by store.Group) ([]store.Count, error) {
	x, err := l.heads(ctx)
	if err != nil {
		return nil, fmt.Errorf("tally: %w", err)
	}
	if x != nil {
		counts, ok := x.tally(f, by)
		x.mu.RUnlock()
		if ok {
			return counts, nil
		}
	}
	duck, _, err := l.look(ctx)
	if err != nil {
		return nil, fmt.Errorf("tally: %w", err)
	}
	layer, every := f.Layer, false
	if by == store.ByLayer && layer == "" {
		every = true
	} else if layer == "" {
		layer = verdict.All
	}
	text, err := tallySQL(by, every)
	if err != nil {
		return nil, fmt.Errorf("tally: %w", err)
	}
	rows, err := duck.QueryContext(ctx, text, arguments(f, layer)...)
	if err != nil {
		return nil, fmt.Errorf("tally: %w", err)
	}
	defer rows.Close()
	var out []store.Count
	for rows.Next() {
		var c store.Count
		if err := rows.Scan(&c.Key, &c.Name, &c.Total, &c.OK, &c.Down, &c.Blocked, &c.Insufficient, &c.Artefact,
			&c.Networks, &c.Targets, &c.First, &c.Last, &c.Witness, &c.Invented); err != nil {
			return nil, fmt.Errorf("tally: %w", err)
		}
		c.First, c.Last = c.First.UTC(), c.Last.UTC()
		out = append(out, c)
	}
	return out, rows.Err()
}

// Latest implements store.Store.
func (l *Lake) Latest(ctx context.Context, f store.Filter, limit, offset int) ([]verdict.Row, error) {
	x, err := l.heads(ctx)
	if err != nil {
		return nil, fmt.Errorf("list verdicts: %w", err)
	}
	if x != nil {
		rows, ok, err := x.latest(ctx, f, limit, offset)
		x.mu.RUnlock()
		if err != nil {
			return nil, fmt.Errorf("list verdicts: %w", err)
		}
		if ok {
			return rows, nil
		}
	}
	duck, _, err := l.look(ctx)
	if err != nil {
		return nil, fmt.Errorf("list verdicts: %w", err)
	}
	layer := f.Layer
	if layer == "" {
		layer = verdict.All
	}
	args := append(arguments(f, layer), limit, offset)
	out, err := scanAll[verdict.Row](ctx, duck, query("latest", "{{columns}}", columns[verdict.Row]()), args...)
	if err != nil {
		return nil, fmt.Errorf("list verdicts: %w", err)
	}
	return out, nil
}

// Measurement implements store.Store.
func (l *Lake) Measurement(ctx context.Context, uid string) (store.Measurement, error) {
	var m store.Measurement
	for range 3 { // a segment may be merged and removed between listing and reading
		g, err := l.generation(ctx)
		if err == nil {
			err = g.fresh(ctx)
		}
		if err != nil {
			return m, fmt.Errorf("read measurement: %w", err)
		}
		name, verdicts, err := g.segmentOf(ctx, uid)
		if err != nil {
			return m, err
		}
		if m, err = l.blockOf(ctx, g.dir, name, verdicts, uid); missing(err) {
			m, err = l.measurement(ctx, g.dir, name, verdicts, uid)
		}
		if err == nil {
			m.Earlier, err = l.earlier(ctx, g, uid, m.Verdicts[0])
			return m, err
		}
		if _, gone := os.Stat(segmentPath(g.dir, "verdicts", verdicts)); !errors.Is(gone, os.ErrNotExist) {
			return m, fmt.Errorf("read measurement: %w", err)
		}
	}
	return m, errors.New("read measurement: its segment keeps moving")
}

// blockOf reads a measurement from the files of rows.
func (l *Lake) blockOf(ctx context.Context, dir, name, verdicts, uid string) (m store.Measurement, err error) {
	if m.Verdicts, err = rowsOf(verdictCode(), dir, "verdicts", verdicts, uid, l.index.unpack); err != nil {
		return m, err
	}
	if m.Observations, err = rowsOf(observationCode(), dir, "observations", name, uid, l.index.unpack); err != nil {
		return m, err
	}
	if len(m.Verdicts) == 0 {
		return m, errRows
	}
	place := func(l verdict.Layer) int {
		at := slices.Index([]verdict.Layer{verdict.All, verdict.DNS, verdict.TCP, verdict.TLS, verdict.HTTP, verdict.QUIC}, l)
		return cmp.Or(at+1, 7) // as verdicts_of.sql has it
	}
	slices.SortStableFunc(m.Verdicts, func(a, b verdict.Row) int { return cmp.Compare(place(a.Layer), place(b.Layer)) })
	prints := fingerprints(m.Observations)
	for _, p := range prints {
		found, err := rowsOf(certificateCode(), dir, "certificates", name, p, l.index.unpack)
		if err != nil {
			return m, err
		}
		m.Certificates = append(m.Certificates, found...)
	}
	if len(m.Certificates) < len(prints) {
		m.Certificates, err = l.certificates(ctx, prints)
	}
	return m, err
}

// measurement has the engine read one.
func (l *Lake) measurement(ctx context.Context, dir, name, verdicts, uid string) (m store.Measurement, err error) {
	if m.Verdicts, err = l.verdictsOf(ctx, segmentPath(dir, "verdicts", verdicts), uid); err != nil {
		return m, err
	}
	if len(m.Verdicts) == 0 {
		return m, store.ErrNotFound
	}
	duck, err := l.engine()
	if err != nil {
		return m, err
	}
	m.Observations, err = scanAll[obs.Observation](ctx, duck, query("observations_of", "{{columns}}", columns[obs.Observation]()), segmentPath(dir, "observations", name), uid)
	if err != nil {
		return m, err
	}
	prints := fingerprints(m.Observations)
	if len(prints) == 0 {
		return m, nil
	}
	// They nearly always came with the measurement.
	m.Certificates, err = scanAll[obs.Certificate](ctx, duck, query("certificates_of", "{{columns}}", columns[obs.Certificate](), "{{from}}", "read_parquet("+quote(segmentPath(dir, "certificates", name))+")"), strings.Join(prints, ","))
	if err == nil && len(m.Certificates) < len(prints) {
		m.Certificates, err = l.certificates(ctx, prints)
	}
	return m, err
}

// verdictsOf has the engine read a measurement's verdicts from a file of them, the one on the whole first.
func (l *Lake) verdictsOf(ctx context.Context, path, uid string) ([]verdict.Row, error) {
	duck, err := l.engine()
	if err != nil {
		return nil, err
	}
	return scanAll[verdict.Row](ctx, duck, query("verdicts_of", "{{columns}}", columns[verdict.Row]()), path, uid)
}

// certificates has the engine look for certificates in all segments.
func (l *Lake) certificates(ctx context.Context, prints []string) ([]obs.Certificate, error) {
	duck, _, err := l.look(ctx)
	if err != nil {
		return nil, err
	}
	return scanAll[obs.Certificate](ctx, duck, query("certificates_of", "{{columns}}", columns[obs.Certificate](), "{{from}}", "certificates"), strings.Join(prints, ","))
}

// fingerprints returns those of the certificates that observations name, in order, each once.
func fingerprints(rows []obs.Observation) []string {
	var prints []string
	for i := range rows {
		if p := rows[i].TLSCertFingerprint; p != "" {
			prints = append(prints, p)
		}
	}
	slices.Sort(prints)
	return slices.Compact(prints)
}

// Stats implements store.Store.
func (l *Lake) Stats(ctx context.Context) (store.Stats, error) {
	g, err := l.generation(ctx)
	if err != nil {
		return store.Stats{}, fmt.Errorf("count: %w", err)
	}
	s := store.Stats{Generation: g.name}
	x, err := l.heads(ctx)
	if err == nil && x != nil {
		x.stats(&s)
		x.mu.RUnlock()
	} else if err == nil {
		err = l.countAll(ctx, &s)
	}
	if err != nil {
		return s, fmt.Errorf("count: %w", err)
	}
	live, err := g.live(ctx)
	if err != nil {
		return s, err
	}
	s.Segments = len(live)
	for _, seg := range live {
		s.Observations += seg.observations
	}
	_, s.Rejected, err = g.rejections(ctx, 0, 0)
	return s, err
}

// countAll has the engine count what is in all verdicts.
func (l *Lake) countAll(ctx context.Context, s *store.Stats) error {
	duck, _, err := l.look(ctx)
	if err != nil {
		return err
	}
	var first, last sql.NullTime
	if err := duck.QueryRowContext(ctx, query("stats")).Scan(&s.Measurements, &s.Countries, &s.Networks, &s.Targets, &s.Blocked, &first, &last, &s.Invented); err != nil {
		return err
	}
	if first.Valid {
		s.First, s.Last = first.Time.UTC(), last.Time.UTC()
	}
	return nil
}
