package accounts

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// How long a session lasts.
const (
	Idle     = time.Hour        // without a request
	Longest  = 12 * time.Hour   // at all
	FreshFor = 15 * time.Minute // after proving who they are, for what needs that
)

// Session is one browser in which somebody is signed in. Nothing is kept of the browser or where it is.
type Session struct {
	ID            string
	Created, Seen time.Time
	Here          bool // it is the one asking
}

// Fresh says whether somebody proved who they are a short time ago.
func (a *Accounts) Fresh(v Viewer) bool { return a.Now().Sub(v.Confirmed) < FreshFor }

// start begins a session and returns its token.
func (a *Accounts) start(ctx context.Context, tx *sql.Tx, person string) (string, error) {
	token, err := a.token()
	if err != nil {
		return "", err
	}
	id, err := a.name("s-")
	if err != nil {
		return "", err
	}
	now := a.Now().Unix()
	if _, err := tx.ExecContext(ctx, `DELETE FROM session WHERE created <= ? OR seen <= ?`, now-int64(Longest.Seconds()), now-int64(Idle.Seconds())); err != nil {
		return "", fmt.Errorf("forget old sessions: %w", err)
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO session (hash, id, person, created, seen, confirmed) VALUES (?, ?, ?, ?, ?, ?)`, digest(token), id, person, now, now, now)
	if err != nil {
		return "", fmt.Errorf("start session: %w", err)
	}
	return token, nil
}

// Session returns who holds a token, and notes that they were seen; ErrNoSession where nobody does, any more.
func (a *Accounts) Session(ctx context.Context, token string) (Viewer, error) {
	if token == "" || len(token) > 100 {
		return Viewer{}, ErrNoSession
	}
	var v Viewer
	var created, seen, confirmed, disabled int64
	err := a.db.QueryRowContext(ctx, `SELECT p.id, p.name, p.role, p.observatory, p.disabled, s.id, s.created, s.seen, s.confirmed
		FROM session s JOIN person p ON p.id = s.person WHERE s.hash = ?`, digest(token)).
		Scan(&v.ID, &v.Name, &v.Role, &v.Observatory, &disabled, &v.Session, &created, &seen, &confirmed)
	now := a.Now()
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return Viewer{}, ErrNoSession
	case err != nil:
		return Viewer{}, fmt.Errorf("read session: %w", err)
	case disabled != 0, now.Sub(time.Unix(created, 0)) >= Longest, now.Sub(time.Unix(seen, 0)) >= Idle:
		return Viewer{}, ErrNoSession
	}
	v.Confirmed = time.Unix(confirmed, 0)
	if now.Unix()-seen >= 60 { // not a write for every page
		if _, err := a.db.ExecContext(ctx, `UPDATE session SET seen = ? WHERE hash = ?`, now.Unix(), digest(token)); err != nil {
			return Viewer{}, fmt.Errorf("note session: %w", err)
		}
	}
	return v, nil
}

// renew gives a session another token, since what it may do, or how its owner signs in, has changed. confirmed says
// that they just proved who they are.
func (a *Accounts) renew(ctx context.Context, tx *sql.Tx, v Viewer, confirmed bool) (string, error) {
	token, err := a.token()
	if err != nil {
		return "", err
	}
	at := v.Confirmed.Unix()
	if confirmed {
		at = a.Now().Unix()
	}
	res, err := tx.ExecContext(ctx, `UPDATE session SET hash = ?, confirmed = ? WHERE id = ? AND person = ?`, digest(token), at, v.Session, v.ID)
	if err != nil {
		return "", fmt.Errorf("renew session: %w", err)
	}
	if n, err := res.RowsAffected(); err != nil || n == 0 {
		return "", errors.Join(ErrNoSession, err)
	}
	return token, nil
}

// Sessions returns where somebody is signed in, the latest first.
func (a *Accounts) Sessions(ctx context.Context, v Viewer) ([]Session, error) {
	now := a.Now().Unix()
	rows, err := a.db.QueryContext(ctx, `SELECT id, created, seen FROM session WHERE person = ? AND created > ? AND seen > ? ORDER BY seen DESC, id LIMIT 200`,
		v.ID, now-int64(Longest.Seconds()), now-int64(Idle.Seconds()))
	if err != nil {
		return nil, fmt.Errorf("list sessions: %w", err)
	}
	defer rows.Close()
	var out []Session
	for rows.Next() {
		var s Session
		var created, seen int64
		if err := rows.Scan(&s.ID, &created, &seen); err != nil {
			return nil, fmt.Errorf("list sessions: %w", err)
		}
		s.Created, s.Seen, s.Here = time.Unix(created, 0), time.Unix(seen, 0), s.ID == v.Session
		out = append(out, s)
	}
	return out, rows.Err()
}

// End ends one session of somebody's own, by its public name.
func (a *Accounts) End(ctx context.Context, v Viewer, id string) error {
	res, err := a.db.ExecContext(ctx, `DELETE FROM session WHERE id = ? AND person = ?`, id, v.ID)
	if err != nil {
		return fmt.Errorf("end session: %w", err)
	}
	if n, err := res.RowsAffected(); err != nil || n == 0 {
		return err // it ended by itself
	}
	return a.record(Event{Kind: SessionEnded, Person: v.ID, By: v.ID})
}

// endOthers ends the sessions of somebody but one; all of them where that is "".
func (a *Accounts) endOthers(ctx context.Context, tx *sql.Tx, person, but string) error {
	if _, err := tx.ExecContext(ctx, `DELETE FROM session WHERE person = ? AND id <> ?`, person, but); err != nil {
		return fmt.Errorf("end sessions: %w", err)
	}
	return nil
}

// EndOthers ends all of somebody's own sessions but the one asking.
func (a *Accounts) EndOthers(ctx context.Context, v Viewer) error {
	if err := a.within(ctx, func(tx *sql.Tx) error { return a.endOthers(ctx, tx, v.ID, v.Session) }); err != nil {
		return err
	}
	return a.record(Event{Kind: SessionEnded, Person: v.ID, By: v.ID, Detail: "others"})
}

// Leave keeps a note for the next page that somebody sees in this session.
func (a *Accounts) Leave(ctx context.Context, v Viewer, note string) error {
	if _, err := a.db.ExecContext(ctx, `UPDATE session SET note = ? WHERE id = ?`, note, v.Session); err != nil {
		return fmt.Errorf("leave note: %w", err)
	}
	return nil
}

// Note returns what was left for this session, once.
func (a *Accounts) Note(ctx context.Context, v Viewer) (string, error) {
	var note string
	err := a.db.QueryRowContext(ctx, `SELECT note FROM session WHERE id = ?`, v.Session).Scan(&note)
	if errors.Is(err, sql.ErrNoRows) || err == nil && note == "" {
		return "", nil
	}
	if err == nil {
		_, err = a.db.ExecContext(ctx, `UPDATE session SET note = '' WHERE id = ?`, v.Session)
	}
	if err != nil {
		return "", fmt.Errorf("read note: %w", err)
	}
	return note, nil
}
