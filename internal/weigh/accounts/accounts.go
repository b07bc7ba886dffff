package accounts

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	_ "embed"
	"encoding/base32"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	_ "modernc.org/sqlite" // the driver

	"veedor/internal/evidence/journal"
)

//go:embed schema.sql
var schemaSQL string

// What callers tell apart.
var (
	ErrNotFound  = errors.New("there is no such account")
	ErrRefused   = errors.New("name, password or code is wrong")
	ErrNoSession = errors.New("nobody is signed in")
	ErrLink      = errors.New("this link was used, has expired, or never was")
	ErrReplayed  = errors.New("this was used before")
	ErrExpired   = errors.New("this took too long")
	ErrName      = errors.New("a name has 2 to 40 letters, digits, dots, dashes or underscores")
	ErrTaken     = errors.New("somebody has this name")
	ErrCode      = errors.New("the code is wrong or was used before")
	ErrLast      = errors.New("this is the last administrator")
	ErrLastKey   = errors.New("this is the last way to sign in")
	ErrPasskey   = errors.New("the passkey was not accepted")
	ErrNoParty   = errors.New("passkeys do not work at this address")
)

// Options of the accounts. The zero value is what a server wants.
type Options struct {
	Observatory string           // whose accounts these are; "" is a name too
	Origins     []string         // where passkeys work ("https://veedor.example"); empty: wherever the pages are asked for
	Now         func() time.Time // time.Now if nil
	Random      io.Reader        // crypto/rand if nil
	Cost        Cost             // of a password; DefaultCost if zero
}

// Accounts are the accounts of one data folder. They may be used from many goroutines, and many processes may have
// the same ones open.
type Accounts struct {
	Options
	db    *sql.DB
	key   []byte // what is derived for forms and ceremonies hangs on it
	brake *brake
	audit *journal.Journal[Event]
	hash  *hasher
	quiet quiet
}

// Open opens the accounts below a data folder, making them when they are not there.
func Open(ctx context.Context, data string, o Options) (*Accounts, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Random == nil {
		o.Random = rand.Reader
	}
	if o.Cost == (Cost{}) {
		o.Cost = DefaultCost()
	}
	dir, err := filepath.Abs(filepath.Join(data, "desk"))
	if err != nil {
		return nil, fmt.Errorf("open accounts: %w", err)
	}
	path := filepath.Join(dir, "accounts.sqlite")
	if err := private(dir, path); err != nil {
		return nil, fmt.Errorf("open accounts: %w", err)
	}
	db, err := sql.Open("sqlite", "file:"+path+"?_pragma=busy_timeout(20000)&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=foreign_keys(1)&_pragma=secure_delete(1)&_txlock=immediate")
	if err != nil {
		return nil, fmt.Errorf("open accounts: %w", err)
	}
	db.SetMaxOpenConns(4)
	a := &Accounts{Options: o, db: db, audit: journal.Open(filepath.Join(dir, "audit.jsonl"), func(e *Event) *journal.Link { return &e.Link })}
	if err := a.prepare(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("open accounts %s: %w", path, err), db.Close())
	}
	return a, nil
}

// private makes the folder and the files that nobody but the owner may read. SQLite gives its other files the
// permissions of the first.
func private(dir, path string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	if err := os.Chmod(dir, 0o700); err != nil {
		return err
	}
	for _, name := range []string{path, filepath.Join(dir, "audit.jsonl")} {
		f, err := os.OpenFile(name, os.O_CREATE|os.O_RDWR, 0o600)
		if err != nil {
			return err
		}
		if err := errors.Join(f.Chmod(0o600), f.Close()); err != nil {
			return err
		}
	}
	return nil
}

func (a *Accounts) prepare(ctx context.Context) error {
	if _, err := a.db.ExecContext(ctx, schemaSQL); err != nil {
		return err
	}
	fresh, err := a.random(32)
	if err != nil {
		return err
	}
	if _, err := a.db.ExecContext(ctx, `INSERT INTO setting (name, value) VALUES ('key', ?) ON CONFLICT DO NOTHING`, fresh); err != nil {
		return err
	}
	if err := a.db.QueryRowContext(ctx, `SELECT value FROM setting WHERE name = 'key'`).Scan(&a.key); err != nil {
		return err
	}
	if a.hash, err = newHasher(a.Cost, a.Random); err != nil {
		return err
	}
	a.brake, err = newBrake(a.Now, a.Random)
	return err
}

// Close closes the accounts.
func (a *Accounts) Close() error { return errors.Join(a.flush(), a.db.Close()) }

// Backup writes a copy of the accounts as they are at one moment to a new file that only its owner may read.
func (a *Accounts) Backup(ctx context.Context, path string) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("back up accounts: %w", err)
	}
	if err := f.Close(); err != nil {
		return fmt.Errorf("back up accounts: %w", err)
	}
	if _, err := a.db.ExecContext(ctx, `VACUUM INTO ?`, path); err != nil {
		return errors.Join(fmt.Errorf("back up accounts: %w", err), os.Remove(path))
	}
	return nil
}

// within runs f in a transaction that no other writer is in.
func (a *Accounts) within(ctx context.Context, f func(*sql.Tx) error) error {
	tx, err := a.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	if err := f(tx); err != nil {
		return errors.Join(err, tx.Rollback())
	}
	return tx.Commit()
}

func (a *Accounts) random(n int) ([]byte, error) {
	b := make([]byte, n)
	if _, err := io.ReadFull(a.Random, b); err != nil {
		return nil, fmt.Errorf("draw random bytes: %w", err)
	}
	return b, nil
}

// token returns 256 random bits as text.
func (a *Accounts) token() (string, error) {
	b, err := a.random(32)
	return base64.RawURLEncoding.EncodeToString(b), err
}

// name returns a short random name with a prefix.
func (a *Accounts) name(prefix string) (string, error) {
	b, err := a.random(10)
	return prefix + strings.ToLower(base32.StdEncoding.EncodeToString(b)), err
}

// digest is how tokens and codes are stored: they have enough random bits for a plain hash.
func digest(token string) []byte {
	sum := sha256.Sum256([]byte(token))
	return sum[:]
}

// derive returns 32 bytes that only this server can, for a purpose and what they are bound to.
func (a *Accounts) derive(purpose string, bound ...string) []byte {
	m := hmac.New(sha256.New, a.key)
	for _, part := range append([]string{purpose}, bound...) {
		fmt.Fprintf(m, "%d:%s", len(part), part)
	}
	return m.Sum(nil)
}

// NewToken returns a token for a browser that nobody is signed in with: it binds forms to the browser.
func (a *Accounts) NewToken() (string, error) { return a.token() }

// FormToken returns what every form carries that is shown to the browser which holds a token.
func (a *Accounts) FormToken(token string) string {
	return base64.RawURLEncoding.EncodeToString(a.derive("form", token))
}

// CheckForm says whether a form was shown to the browser that holds the token.
func (a *Accounts) CheckForm(token, form string) bool {
	return token != "" && hmac.Equal([]byte(a.FormToken(token)), []byte(form))
}

// TwoPersons says whether who proposed a publication may not approve it.
func (a *Accounts) TwoPersons(ctx context.Context) (bool, error) {
	text, err := a.setting(ctx, "two-persons")
	return text == "on", err
}

// SetTwoPersons turns the rule of two persons on or off.
func (a *Accounts) SetTwoPersons(ctx context.Context, by string, on bool) error {
	text := map[bool]string{true: "on", false: "off"}[on]
	if err := a.set(ctx, "two-persons", text); err != nil {
		return err
	}
	return a.record(Event{Kind: RuleChanged, By: by, Detail: text})
}

// Address returns where the server was last told that it is ("https://veedor.example"), "" where it never was.
func (a *Accounts) Address(ctx context.Context) (string, error) { return a.setting(ctx, "address") }

// SetAddress keeps where the server is, for links that are made elsewhere.
func (a *Accounts) SetAddress(ctx context.Context, address string) error {
	return a.set(ctx, "address", address)
}

func (a *Accounts) setting(ctx context.Context, name string) (string, error) {
	var text string
	err := a.db.QueryRowContext(ctx, `SELECT CAST(value AS TEXT) FROM setting WHERE name = ?`, name).Scan(&text)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("read setting %s: %w", name, err)
	}
	return text, nil
}

func (a *Accounts) set(ctx context.Context, name, text string) error {
	_, err := a.db.ExecContext(ctx, `INSERT INTO setting (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value`, name, []byte(text))
	if err != nil {
		return fmt.Errorf("keep setting %s: %w", name, err)
	}
	return nil
}
