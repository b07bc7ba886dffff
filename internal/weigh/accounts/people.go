package accounts

import (
	"context"
	"database/sql"
	"fmt"
	"time"
)

// Person is somebody with an account.
type Person struct {
	ID, Name string
	Role     Role
	Created  time.Time
	Disabled time.Time // since when; zero: not
	SignedIn time.Time // when a page was last asked for in a session that is still there; zero: none is
}

// People returns everybody with an account, by name.
func (a *Accounts) People(ctx context.Context) ([]Person, error) {
	rows, err := a.db.QueryContext(ctx, `SELECT id, name, role, created, disabled, coalesce((SELECT max(seen) FROM session s WHERE s.person = p.id), 0)
		FROM person p WHERE observatory = ? ORDER BY name`, a.Observatory)
	if err != nil {
		return nil, fmt.Errorf("list people: %w", err)
	}
	defer rows.Close()
	var out []Person
	for rows.Next() {
		var p Person
		var created, disabled, seen int64
		if err := rows.Scan(&p.ID, &p.Name, &p.Role, &created, &disabled, &seen); err != nil {
			return nil, fmt.Errorf("list people: %w", err)
		}
		p.Created, p.Disabled, p.SignedIn = unix(created), unix(disabled), unix(seen)
		out = append(out, p)
	}
	return out, rows.Err()
}

// Find returns the account of a name.
func (a *Accounts) Find(ctx context.Context, name string) (Person, error) {
	folded, err := FoldName(name)
	if err != nil {
		return Person{}, ErrNotFound
	}
	p, err := personWhere(ctx, a.db, `WHERE observatory = ? AND name = ?`, a.Observatory, folded)
	if err != nil {
		return Person{}, err
	}
	return Person{ID: p.id, Name: p.name, Role: p.role, Disabled: unix(p.disabled)}, nil
}

// SetRole gives a person another role and ends their sessions: they sign in again to it.
func (a *Accounts) SetRole(ctx context.Context, by, id string, role Role) error {
	if _, err := ParseRole(string(role)); err != nil {
		return err
	}
	var before Role
	err := a.within(ctx, func(tx *sql.Tx) error {
		p, err := personWhere(ctx, tx, `WHERE id = ? AND observatory = ?`, id, a.Observatory)
		if err != nil {
			return err
		}
		before = p.role
		if before == role {
			return nil
		}
		if _, err := tx.ExecContext(ctx, `UPDATE person SET role = ? WHERE id = ?`, role, id); err != nil {
			return err
		}
		if err := a.endOthers(ctx, tx, id, ""); err != nil {
			return err
		}
		return a.someAdministrator(ctx, tx)
	})
	if err != nil || before == role {
		return err
	}
	return a.record(Event{Kind: RoleChanged, Person: id, By: by, Detail: string(before) + " → " + string(role)})
}

// Disable keeps a person from signing in, and ends their sessions; or lets them again. What they wrote stays.
func (a *Accounts) Disable(ctx context.Context, by, id string, disable bool) error {
	var since int64
	kind := Enabled
	if disable {
		since, kind = a.Now().Unix(), Disabled
	}
	err := a.within(ctx, func(tx *sql.Tx) error {
		if _, err := personWhere(ctx, tx, `WHERE id = ? AND observatory = ?`, id, a.Observatory); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `UPDATE person SET disabled = ? WHERE id = ?`, since, id); err != nil {
			return err
		}
		if !disable {
			return nil
		}
		if err := a.endOthers(ctx, tx, id, ""); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM link WHERE person = ?`, id); err != nil {
			return err
		}
		return a.someAdministrator(ctx, tx)
	})
	if err != nil {
		return err
	}
	return a.record(Event{Kind: kind, Person: id, By: by})
}

// someAdministrator returns ErrLast where nobody is left who could change anything.
func (a *Accounts) someAdministrator(ctx context.Context, q queryer) error {
	var n int
	err := q.QueryRowContext(ctx, `SELECT count(*) FROM person WHERE observatory = ? AND role = ? AND disabled = 0`, a.Observatory, Administrator).Scan(&n)
	if err != nil {
		return fmt.Errorf("count administrators: %w", err)
	}
	if n == 0 {
		return ErrLast
	}
	return nil
}

// Names returns what people are called by their id, for journals.
func (a *Accounts) Names(ctx context.Context) (map[string]string, error) {
	list, err := a.People(ctx)
	out := make(map[string]string, len(list))
	for _, p := range list {
		out[p.ID] = p.Name
	}
	return out, err
}
