package accounts

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// How long one-time links stand.
const (
	firstFor  = time.Hour
	inviteFor = 72 * time.Hour
)

// What a link is for.
const (
	purposeFirst  = "first"
	purposeInvite = "invite"
	purposeReset  = "reset"
)

// Link is a one-time link that somebody opened.
type Link struct {
	Role    Role
	Name    string // whose ways to sign in it sets anew; "" where it makes an account
	Expires time.Time
}

// Path is where the pages take a link's token.
const Path = "/desk/join/"

// First returns the token of a link for the first administrator, in place of those made before; "" where
// somebody has an account.
func (a *Accounts) First(ctx context.Context) (token string, expires time.Time, err error) {
	token, err = a.token()
	if err != nil {
		return "", time.Time{}, err
	}
	expires = a.Now().Add(firstFor)
	err = a.within(ctx, func(tx *sql.Tx) error {
		var n int
		if err := tx.QueryRowContext(ctx, `SELECT count(*) FROM person WHERE observatory = ?`, a.Observatory).Scan(&n); err != nil {
			return err
		}
		if n > 0 {
			token = ""
			return nil
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM link WHERE purpose = ?`, purposeFirst); err != nil {
			return err
		}
		return a.keepLink(ctx, tx, token, purposeFirst, Administrator, "", Terminal, expires)
	})
	if err != nil {
		return "", time.Time{}, fmt.Errorf("make the first link: %w", err)
	}
	return token, expires, nil
}

// Invite returns the token of a link by which somebody makes an account with a role.
func (a *Accounts) Invite(ctx context.Context, by string, role Role) (token string, expires time.Time, err error) {
	if _, err := ParseRole(string(role)); err != nil {
		return "", time.Time{}, err
	}
	if token, err = a.token(); err != nil {
		return "", time.Time{}, err
	}
	expires = a.Now().Add(inviteFor)
	err = a.within(ctx, func(tx *sql.Tx) error {
		return a.keepLink(ctx, tx, token, purposeInvite, role, "", by, expires)
	})
	if err != nil {
		return "", time.Time{}, fmt.Errorf("invite: %w", err)
	}
	return token, expires, a.record(Event{Kind: Invited, By: by, Detail: string(role)})
}

// ResetLink returns the token of a link by which a person who lost what they sign in with sets it anew. What they had
// works until the link is used.
func (a *Accounts) ResetLink(ctx context.Context, by, id string) (token string, expires time.Time, err error) {
	if token, err = a.token(); err != nil {
		return "", time.Time{}, err
	}
	expires = a.Now().Add(inviteFor)
	err = a.within(ctx, func(tx *sql.Tx) error {
		p, err := personWhere(ctx, tx, `WHERE id = ? AND observatory = ?`, id, a.Observatory)
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM link WHERE person = ?`, id); err != nil {
			return err
		}
		return a.keepLink(ctx, tx, token, purposeReset, p.role, id, by, expires)
	})
	if err != nil {
		return "", time.Time{}, fmt.Errorf("make link: %w", err)
	}
	return token, expires, a.record(Event{Kind: LinkMade, Person: id, By: by})
}

func (a *Accounts) keepLink(ctx context.Context, tx *sql.Tx, token, purpose string, role Role, person, by string, expires time.Time) error {
	if _, err := tx.ExecContext(ctx, `DELETE FROM link WHERE expires <= ?`, a.Now().Unix()); err != nil {
		return err
	}
	_, err := tx.ExecContext(ctx, `INSERT INTO link (hash, purpose, role, person, made_by, expires) VALUES (?, ?, ?, ?, ?, ?)`,
		digest(token), purpose, role, person, by, expires.Unix())
	return err
}

// row is a link as it is stored.
type linkRow struct {
	purpose, person, by string
	role                Role
	expires             int64
}

func (a *Accounts) link(ctx context.Context, q queryer, token string) (*linkRow, error) {
	if len(token) > 100 {
		return nil, ErrLink
	}
	var l linkRow
	err := q.QueryRowContext(ctx, `SELECT purpose, role, person, made_by, expires FROM link WHERE hash = ?`, digest(token)).Scan(&l.purpose, &l.role, &l.person, &l.by, &l.expires)
	if errors.Is(err, sql.ErrNoRows) || err == nil && l.expires <= a.Now().Unix() {
		return nil, ErrLink
	}
	if err != nil {
		return nil, fmt.Errorf("read link: %w", err)
	}
	return &l, nil
}

// OpenLink returns what a link is for, and the second factor that goes with it; ErrLink where it is no longer.
// It does not use it up: whatever previews links may open it.
func (a *Accounts) OpenLink(ctx context.Context, token string) (Link, Secret, error) {
	l, err := a.link(ctx, a.db, token)
	if err != nil {
		return Link{}, Secret{}, err
	}
	out := Link{Role: l.role, Expires: time.Unix(l.expires, 0)}
	name := "veedor"
	if l.person != "" {
		p, err := personWhere(ctx, a.db, `WHERE id = ?`, l.person)
		if err != nil {
			return Link{}, Secret{}, err
		}
		out.Name, name = p.name, p.name
	}
	s, err := show(name, a.linkSecret(token))
	return out, s, err
}

func (a *Accounts) linkSecret(token string) []byte { return a.derive("join totp", token)[:20] }

// Joining is what somebody gives with a one-time link: a name, and either password and code or a passkey.
type Joining struct {
	Name, Password, Code string
	Passkey              *Finished // nil: by password
}

// JoinedAs is somebody who has used a one-time link.
type JoinedAs struct {
	Token    string   // of the session that began
	Recovery []string // recovery codes, shown once; none with a passkey
}

// Join uses a link up: it makes the account, or sets anew how its owner signs in, and starts a session.
func (a *Accounts) Join(ctx context.Context, token string, j Joining) (JoinedAs, error) {
	l, err := a.link(ctx, a.db, token)
	if err != nil {
		return JoinedAs{}, err
	}
	p := &person{role: l.role}
	if l.person != "" {
		if p, err = personWhere(ctx, a.db, `WHERE id = ?`, l.person); err != nil {
			return JoinedAs{}, err
		}
	} else if p.name, err = FoldName(j.Name); err != nil {
		return JoinedAs{}, err
	}
	p.handle = a.linkHandle(token)
	var key *newPasskey
	if j.Passkey != nil {
		if key, err = a.created(j.Passkey, p.handle, p.name); err != nil {
			return JoinedAs{}, err
		}
	} else {
		if err := CheckPassword(p.name, j.Password); err != nil {
			return JoinedAs{}, err
		}
		p.totp = a.linkSecret(token)
		if p.step = step(p.totp, digits(j.Code), a.Now(), 0); p.step == 0 {
			return JoinedAs{}, ErrCode
		}
		if p.password, err = a.hash.make(ctx, j.Password); err != nil {
			return JoinedAs{}, err
		}
	}
	return a.join(ctx, token, l, p, key)
}

// join does what Join found right, all of it or nothing.
func (a *Accounts) join(ctx context.Context, token string, l *linkRow, p *person, key *newPasskey) (out JoinedAs, err error) {
	if l.person == "" {
		if p.id, err = a.name("p-"); err != nil {
			return out, err
		}
	}
	err = a.within(ctx, func(tx *sql.Tx) error {
		// Whoever deletes it uses it: of two at once, one.
		res, err := tx.ExecContext(ctx, `DELETE FROM link WHERE hash = ?`, digest(token))
		if err != nil {
			return err
		}
		if n, err := res.RowsAffected(); err != nil || n != 1 {
			return errors.Join(ErrLink, err)
		}
		if err := a.settle(ctx, tx, l, p); err != nil {
			return err
		}
		if key != nil {
			err = a.keepPasskey(ctx, tx, p.id, key)
		} else {
			out.Recovery, err = a.makeCodes(ctx, tx, p.id)
		}
		if err != nil {
			return err
		}
		out.Token, err = a.start(ctx, tx, p.id)
		return err
	})
	if err != nil {
		return JoinedAs{}, err
	}
	if l.person != "" {
		return out, a.record(Event{Kind: WasReset, Person: p.id, By: l.by})
	}
	return out, a.record(Event{Kind: Joined, Person: p.id, By: l.by, Detail: string(p.role)})
}

// settle makes the account of a link, or takes from it all that it had to sign in with.
func (a *Accounts) settle(ctx context.Context, tx *sql.Tx, l *linkRow, p *person) error {
	if l.person == "" {
		var n int
		if err := tx.QueryRowContext(ctx, `SELECT count(*) FROM person WHERE observatory = ? AND name = ?`, a.Observatory, p.name).Scan(&n); err != nil {
			return err
		}
		if n > 0 {
			return ErrTaken
		}
		_, err := tx.ExecContext(ctx, `INSERT INTO person (id, observatory, name, role, created, password, totp, step, handle) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
			p.id, a.Observatory, p.name, p.role, a.Now().Unix(), p.password, notNil(p.totp), p.step, p.handle)
		return err
	}
	now, err := personWhere(ctx, tx, `WHERE id = ?`, p.id)
	if err != nil {
		return err
	}
	if now.disabled != 0 {
		return ErrLink
	}
	for _, clear := range []string{`DELETE FROM passkey WHERE person = ?`, `DELETE FROM code WHERE person = ?`, `DELETE FROM session WHERE person = ?`} {
		if _, err := tx.ExecContext(ctx, clear, p.id); err != nil {
			return err
		}
	}
	_, err = tx.ExecContext(ctx, `UPDATE person SET password = ?, totp = ?, step = ?, handle = ? WHERE id = ?`, p.password, notNil(p.totp), p.step, p.handle, p.id)
	return err
}

func notNil(b []byte) []byte {
	if b == nil {
		return []byte{}
	}
	return b
}
