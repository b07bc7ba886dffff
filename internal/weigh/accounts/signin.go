package accounts

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Attempt is one try to sign in with a password.
type Attempt struct {
	Name, Password string
	Code           string // of the second factor, or a recovery code
	Source         string // where from, as far as the server can tell people apart; "" if not at all. Never stored.
}

// FoldName returns a name as accounts are kept under it, or ErrName.
func FoldName(name string) (string, error) {
	if len(name) > 400 {
		return "", ErrName
	}
	name = strings.ToLower(norm.NFKC.String(strings.TrimSpace(name)))
	if n := utf8.RuneCountInString(name); n < 2 || n > 40 {
		return "", ErrName
	}
	for _, r := range name {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("._-", r) {
			return "", ErrName
		}
	}
	return name, nil
}

// person is a row of the table.
type person struct {
	id, name, password string
	totp, handle       []byte
	step               int64
	role               Role
	disabled           int64
}

const selectPerson = `SELECT id, name, password, totp, handle, step, role, disabled FROM person `

// queryer is a database, or a transaction on it.
type queryer interface {
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

func personWhere(ctx context.Context, q queryer, where string, args ...any) (*person, error) {
	var p person
	err := q.QueryRowContext(ctx, selectPerson+where, args...).Scan(&p.id, &p.name, &p.password, &p.totp, &p.handle, &p.step, &p.role, &p.disabled)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, ErrNotFound
	}
	if err != nil {
		return nil, fmt.Errorf("read account: %w", err)
	}
	return &p, nil
}

// SignIn starts a session for somebody who knows their password and has their second factor, and returns its token;
// ErrRefused whatever was wrong, TooMany where there were too many tries. Both take as long, and say the same, for
// names that nobody has. Somebody whose name others try does not wait when they use a recovery code or a passkey.
func (a *Accounts) SignIn(ctx context.Context, t Attempt) (string, error) {
	p := &person{} // nobody
	name, err := FoldName(t.Name)
	if err != nil {
		name = "?" // nobody has it: a brake for all such
	} else if found, err := personWhere(ctx, a.db, `WHERE observatory = ? AND name = ?`, a.Observatory, name); err == nil {
		p = found
	} else if !errors.Is(err, ErrNotFound) {
		return "", err
	}
	certain, err := a.hasRecovery(ctx, p.id, t.Code)
	if err != nil {
		return "", err
	}
	byName := slowed{"name", name, freeTries}
	var others []slowed
	if t.Source != "" {
		others = []slowed{{"source", t.Source, freeSource}}
	}
	if !certain {
		if err := a.brake.take(append(others, byName)...); err != nil {
			return "", err
		}
	}
	ok, err := a.hash.check(ctx, t.Password, p.password)
	if err != nil {
		return "", err
	}
	if step(p.totp, digits(t.Code), a.Now(), p.step) == 0 && !certain || !ok || p.disabled != 0 {
		return "", errors.Join(ErrRefused, a.refused(p.id))
	}
	var token string
	var recovery bool
	err = a.within(ctx, func(tx *sql.Tx) error {
		// Read again: meanwhile they may have been disabled, or their password changed.
		now, err := personWhere(ctx, tx, `WHERE id = ?`, p.id)
		if err != nil {
			return err
		}
		if now.disabled != 0 || now.password != p.password {
			return ErrRefused
		}
		if recovery, err = a.useFactor(ctx, tx, now, t.Code); errors.Is(err, ErrCode) {
			return ErrRefused
		} else if err != nil {
			return err
		}
		token, err = a.start(ctx, tx, p.id)
		return err
	})
	if errors.Is(err, ErrRefused) {
		return "", errors.Join(ErrRefused, a.refused(p.id))
	}
	if err != nil {
		return "", err
	}
	a.brake.succeeded(byName, others...)
	if recovery {
		if err := a.record(Event{Kind: CodeUsed, Person: p.id, By: p.id}); err != nil {
			return "", err
		}
	}
	return token, a.record(Event{Kind: SignedIn, Person: p.id, By: p.id, Detail: "password"})
}

// SignOut ends the session of a token.
func (a *Accounts) SignOut(ctx context.Context, v Viewer) error {
	if _, err := a.db.ExecContext(ctx, `DELETE FROM session WHERE id = ? AND person = ?`, v.Session, v.ID); err != nil {
		return fmt.Errorf("sign out: %w", err)
	}
	return a.record(Event{Kind: SignedOut, Person: v.ID, By: v.ID})
}

// Confirm takes somebody's code as the proof that it is still them, and returns the session's new token. Wrong codes
// are slowed like wrong passwords.
func (a *Accounts) Confirm(ctx context.Context, v Viewer, code string) (string, error) {
	by := slowed{"confirm", v.ID, freeTries}
	if err := a.brake.take(by); err != nil {
		return "", err
	}
	var token string
	err := a.within(ctx, func(tx *sql.Tx) error {
		p, err := personWhere(ctx, tx, `WHERE id = ?`, v.ID)
		if err != nil {
			return err
		}
		if _, err := a.useFactor(ctx, tx, p, code); err != nil {
			return err
		}
		token, err = a.renew(ctx, tx, v, true)
		return err
	})
	if errors.Is(err, ErrCode) {
		return "", errors.Join(ErrCode, a.refused(v.ID))
	}
	if err != nil {
		return "", err
	}
	a.brake.succeeded(by)
	return token, nil
}

// SetPassword changes somebody's own password, ends their other sessions, and returns the new token of this one.
func (a *Accounts) SetPassword(ctx context.Context, v Viewer, password string) (string, error) {
	if err := CheckPassword(v.Name, password); err != nil {
		return "", err
	}
	hash, err := a.hash.make(ctx, password)
	if err != nil {
		return "", err
	}
	token, err := a.change(ctx, v, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE person SET password = ? WHERE id = ?`, hash, v.ID)
		return err
	})
	if err != nil {
		return "", fmt.Errorf("set password: %w", err)
	}
	return token, a.record(Event{Kind: PasswordChanged, Person: v.ID, By: v.ID})
}

// change changes how somebody signs in: their other sessions end, this one gets another token.
func (a *Accounts) change(ctx context.Context, v Viewer, f func(*sql.Tx) error) (token string, err error) {
	err = a.within(ctx, func(tx *sql.Tx) error {
		if err := f(tx); err != nil {
			return err
		}
		if err := a.endOthers(ctx, tx, v.ID, v.Session); err != nil {
			return err
		}
		token, err = a.renew(ctx, tx, v, false)
		return err
	})
	return token, err
}

// ProposeFactor returns the second factor that somebody may take next.
func (a *Accounts) ProposeFactor(ctx context.Context, v Viewer) (Secret, error) {
	p, err := personWhere(ctx, a.db, `WHERE id = ?`, v.ID)
	if err != nil {
		return Secret{}, err
	}
	return show(p.name, a.nextSecret(v, p))
}

// nextSecret is another one in each session, and after each change.
func (a *Accounts) nextSecret(v Viewer, p *person) []byte {
	return a.derive("totp", v.ID, v.Session, string(p.totp))[:20]
}

// SetFactor takes the second factor that was proposed, given a code of it, and makes recovery codes.
func (a *Accounts) SetFactor(ctx context.Context, v Viewer, code string) (token string, codes []string, err error) {
	token, err = a.change(ctx, v, func(tx *sql.Tx) error {
		p, err := personWhere(ctx, tx, `WHERE id = ?`, v.ID)
		if err != nil {
			return err
		}
		secret := a.nextSecret(v, p)
		at := step(secret, digits(code), a.Now(), 0)
		if at == 0 {
			return ErrCode
		}
		if _, err := tx.ExecContext(ctx, `UPDATE person SET totp = ?, step = ? WHERE id = ?`, secret, at, v.ID); err != nil {
			return err
		}
		codes, err = a.makeCodes(ctx, tx, v.ID)
		return err
	})
	if err != nil {
		return "", nil, fmt.Errorf("set second factor: %w", err)
	}
	return token, codes, a.record(Event{Kind: FactorChanged, Person: v.ID, By: v.ID})
}

// MakeCodes replaces somebody's own recovery codes.
func (a *Accounts) MakeCodes(ctx context.Context, v Viewer) (codes []string, err error) {
	err = a.within(ctx, func(tx *sql.Tx) error {
		codes, err = a.makeCodes(ctx, tx, v.ID)
		return err
	})
	if err != nil {
		return nil, err
	}
	return codes, a.record(Event{Kind: CodesMade, Person: v.ID, By: v.ID})
}

// Ways is how somebody may sign in.
type Ways struct {
	Password, Factor bool
	Codes            int // recovery codes left
	Passkeys         []Passkey
}

// Ways returns how somebody may sign in.
func (a *Accounts) Ways(ctx context.Context, v Viewer) (w Ways, err error) {
	p, err := personWhere(ctx, a.db, `WHERE id = ?`, v.ID)
	if err != nil {
		return Ways{}, err
	}
	w.Password, w.Factor = p.password != "", len(p.totp) > 0
	if err := a.db.QueryRowContext(ctx, `SELECT count(*) FROM code WHERE person = ?`, v.ID).Scan(&w.Codes); err != nil {
		return Ways{}, fmt.Errorf("count recovery codes: %w", err)
	}
	w.Passkeys, err = a.passkeys(ctx, a.db, v.ID)
	return w, err
}

// unix returns the time of a column, the zero Time for 0.
func unix(at int64) time.Time {
	if at == 0 {
		return time.Time{}
	}
	return time.Unix(at, 0)
}
