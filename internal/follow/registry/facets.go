package registry

import (
	"context"
	"database/sql"
	_ "embed"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync"

	"veedor/internal/follow/ftm"
)

//go:embed facets.sql
var facetsSQL string

// Facets is by what agreements or deployments are counted and chosen.
type Facets string

// The two that are kept, by their schemata.
const (
	Agreements  Facets = "Agreement"
	Deployments Facets = "Deployment"
)

// What they are counted by. A value is as statements have it: a code, a year, the canonical id of an entity; a sector is
// folded to lower case.
const (
	BySector      = "sector"
	ByYear        = "year" // of any date a source gives as its start
	ByCountry     = "country"
	ByParty       = "party"       // of agreements: whoever is named as a party, in any part
	ByPublication = "publication" // of agreements
	ByKind        = "kind"        // of deployments, as are the rest
	BySupplier    = "supplier"
	ByOperator    = "operator"
	ByStatus      = "status"
	byAgreement   = "agreement"
)

// Pick chooses by facets: a value for each. One of a party, supplier or operator may be an id, or a part of a name.
type Pick map[string]string

// Count is how many have a value.
type Count struct {
	Value, Label string
	N            int
}

// derived is the tables of facets, in a file of their own that may be deleted.
type derived struct {
	mu sync.Mutex
	db *sql.DB
}

func (d *derived) close() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.db == nil {
		return nil
	}
	db := d.db
	d.db = nil
	return db.Close()
}

// Count counts what was chosen by the values of one facet, most first, up to most of them; others is how many values
// there are beyond. What several sources say differently counts under each of its values.
func (r *Registry) Count(ctx context.Context, of Facets, pick Pick, by string, most int) (counts []Count, others int, err error) {
	db, err := r.facets(ctx)
	if err != nil {
		return nil, 0, err
	}
	where, args := pick.where(of)
	rows, err := db.QueryContext(ctx, `SELECT f.value, max(f.label), count(*) AS n, count(*) OVER () FROM facet f JOIN thing t ON t.n = f.thing WHERE f.name = ?1 AND `+where+
		` GROUP BY f.value ORDER BY n DESC, f.value LIMIT ?2`, append([]any{by, most}, args...)...)
	if err != nil {
		return nil, 0, fmt.Errorf("count %ss by %s: %w", of, by, err)
	}
	defer rows.Close()
	all := 0
	for rows.Next() {
		var c Count
		if err := rows.Scan(&c.Value, &c.Label, &c.N, &all); err != nil {
			return nil, 0, fmt.Errorf("count %ss by %s: %w", of, by, err)
		}
		counts = append(counts, c)
	}
	return counts, all - len(counts), rows.Err()
}

// Choose returns the ids of what was chosen, latest first, what bears no date last, and how many there are in all.
func (r *Registry) Choose(ctx context.Context, of Facets, pick Pick, skip, most int) (ids []string, total int, err error) {
	db, err := r.facets(ctx)
	if err != nil {
		return nil, 0, err
	}
	where, args := pick.where(of)
	if err := db.QueryRowContext(ctx, `SELECT count(*) FROM thing t WHERE `+where, append([]any{nil, nil}, args...)...).Scan(&total); err != nil {
		return nil, 0, fmt.Errorf("choose %ss: %w", of, err)
	}
	rows, err := db.QueryContext(ctx, `SELECT t.id FROM thing t WHERE `+where+` ORDER BY t.day DESC, t.title, t.id LIMIT ?1 OFFSET ?2`, append([]any{most, skip}, args...)...)
	if err != nil {
		return nil, 0, fmt.Errorf("choose %ss: %w", of, err)
	}
	defer rows.Close()
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			return nil, 0, fmt.Errorf("choose %ss: %w", of, err)
		}
		ids = append(ids, id)
	}
	return ids, total, rows.Err()
}

// where is the condition for what is chosen. Its values are numbered from 3.
func (p Pick) where(of Facets) (string, []any) {
	text, args := []string{`t.what = ?3`}, []any{string(of)}
	for _, name := range []string{BySector, ByYear, ByCountry, ByParty, ByPublication, ByKind, BySupplier, ByOperator, ByStatus, byAgreement} {
		value, ok := p[name]
		if !ok || value == "" {
			continue
		}
		k := len(args) + 3
		same := fmt.Sprintf(`w.value = ?%d`, k+1)
		args = append(args, name, value)
		if name == ByParty || name == BySupplier || name == ByOperator {
			same = fmt.Sprintf(`(w.value = ?%d OR w.folded LIKE ?%d ESCAPE '\')`, k+1, k+2)
			args = append(args, "%"+strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(strings.ToLower(value))+"%")
		}
		text = append(text, fmt.Sprintf(`EXISTS (SELECT 1 FROM facet w WHERE w.thing = t.n AND w.name = ?%d AND %s)`, k, same))
	}
	return strings.Join(text, " AND "), args
}

// facets returns the tables, made anew if anything was imported or decided since they were.
func (r *Registry) facets(ctx context.Context) (*sql.DB, error) {
	now, err := r.version(ctx)
	if err != nil {
		return nil, err
	}
	d := &r.derived
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.db == nil {
		// It can always be made anew, so nothing waits for the disk.
		db, err := sql.Open("sqlite", "file:"+filepath.Join(r.dir, "facets.sqlite")+"?_pragma=busy_timeout(20000)&_pragma=journal_mode(WAL)&_pragma=synchronous(OFF)&_txlock=immediate")
		if err != nil {
			return nil, fmt.Errorf("open facets: %w", err)
		}
		db.SetMaxOpenConns(4)
		if _, err := db.ExecContext(ctx, facetsSQL); err != nil {
			return nil, errors.Join(fmt.Errorf("open facets: %w", err), db.Close())
		}
		d.db = db
	}
	var made string
	if err := d.db.QueryRowContext(ctx, `SELECT version FROM made`).Scan(&made); err != nil && !errors.Is(err, sql.ErrNoRows) {
		return nil, fmt.Errorf("open facets: %w", err)
	}
	if made == now {
		return d.db, nil
	}
	if err := r.remake(ctx, d.db, now); err != nil {
		return nil, fmt.Errorf("make facets: %w", err)
	}
	return d.db, nil
}

// facetsForm counts changes to what the tables hold.
const facetsForm = 1

// version names what the registry says now: its states that are read to their end, their days, and its decisions.
func (r *Registry) version(ctx context.Context) (string, error) {
	var n, last, sum int64
	if err := r.db.QueryRowContext(ctx, `SELECT count(*), coalesce(max(id), 0), coalesce((SELECT lines FROM applied), 0) FROM state WHERE status <> ?`, Reading).Scan(&n, &last, &sum); err != nil {
		return "", fmt.Errorf("look what the registry holds: %w", err)
	}
	entries, err := r.decisions.kept.Entries()
	if err != nil {
		return "", fmt.Errorf("read decisions: %w", err)
	}
	return fmt.Sprintf("%d %d %d %d %d", facetsForm, n, last, sum, len(entries)), nil
}

// remake fills the tables in one transaction. Whoever reads meanwhile reads the old ones.
func (r *Registry) remake(ctx context.Context, db *sql.DB, version string) error {
	g, err := r.graph(ctx)
	if err != nil {
		return err
	}
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // nothing to undo once it is committed
	if _, err := tx.ExecContext(ctx, `DELETE FROM made; DELETE FROM facet; DELETE FROM thing`); err != nil {
		return err
	}
	thing, err := tx.PrepareContext(ctx, `INSERT INTO thing (what, id, title, day) VALUES (?, ?, ?, ?)`)
	if err != nil {
		return err
	}
	facet, err := tx.PrepareContext(ctx, `INSERT INTO facet (name, value, thing, label, folded) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`)
	if err != nil {
		return err
	}
	for _, of := range []Facets{Agreements, Deployments} {
		err := r.Entities(ctx, "", string(of), func(e *ftm.Entity) error {
			if len(g.nodes) > mostNodes {
				clear(g.nodes)
			}
			res, err := thing.ExecContext(ctx, string(of), e.ID, e.Label(r.model), day(e))
			if err != nil {
				return err
			}
			n, err := res.LastInsertId()
			if err != nil {
				return err
			}
			return g.facets(ctx, of, e, func(name, value, label string) error {
				_, err := facet.ExecContext(ctx, name, value, n, label, strings.ToLower(label))
				return err
			})
		})
		if err != nil {
			return err
		}
	}
	if _, err := tx.ExecContext(ctx, `INSERT INTO made (version) VALUES (?)`, version); err != nil {
		return err
	}
	return tx.Commit()
}

// mostNodes bounds how many names of entities are remembered while tables are made.
const mostNodes = 20_000

// starts are the properties that say when an agreement or a deployment began.
func starts() []string { return []string{"startDate", "date"} }

// day returns the earliest day that any source gives; "" if none does.
func day(e *ftm.Entity) string {
	out := ""
	for _, p := range starts() {
		for _, v := range e.Properties[p] {
			out = earliest(out, v)
		}
	}
	return out
}

// facets hands out the values of an entity that are counted.
func (g *graph) facets(ctx context.Context, of Facets, e *ftm.Entity, yield func(name, value, label string) error) error {
	type source struct{ name, prop string }
	plain := []source{{ByCountry, "country"}}
	entities := []source{{BySupplier, "supplier"}, {ByOperator, "operator"}, {byAgreement, "agreement"}}
	if of == Agreements {
		plain = append(plain, source{BySector, "sector"}, source{ByPublication, "publicationStatus"})
		entities = nil
		for _, p := range partyProps() {
			entities = append(entities, source{ByParty, p})
		}
	} else {
		plain = append(plain, source{ByKind, "kind"}, source{ByStatus, "status"})
	}
	for _, s := range plain {
		for _, v := range e.Properties[s.prop] {
			value := v
			if s.name == BySector {
				value = strings.ToLower(v)
			}
			if err := yield(s.name, value, v); err != nil {
				return err
			}
		}
	}
	for _, p := range starts() {
		for _, v := range e.Properties[p] {
			if len(v) >= 4 {
				if err := yield(ByYear, v[:4], v[:4]); err != nil {
					return err
				}
			}
		}
	}
	for _, s := range entities {
		for _, v := range e.Properties[s.prop] {
			n, err := g.node(ctx, v)
			if err != nil {
				return err
			}
			if err := yield(s.name, n.ID, n.Caption); err != nil {
				return err
			}
		}
	}
	return nil
}

// partyProps are the properties of an agreement that name who is bound by it or pays.
func partyProps() []string { return []string{"authority", "supplier", "parties", "financedBy"} }
