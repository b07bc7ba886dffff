package accounts

import (
	"context"
	"database/sql"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"
)

// Limits of passkeys.
const (
	maxPasskeys = 20 // of one person
	maxLabel    = 60 // characters
)

// Passkey is a passkey of somebody's.
type Passkey struct {
	ID            string // of the credential, base64url
	Label, Party  string // what they call it; the host it is for
	Created, Used time.Time
}

// owner is a person as the library wants them.
type owner struct {
	handle      []byte
	name        string
	credentials []webauthn.Credential
}

func (o *owner) WebAuthnID() []byte                         { return o.handle }
func (o *owner) WebAuthnName() string                       { return o.name }
func (o *owner) WebAuthnDisplayName() string                { return o.name }
func (o *owner) WebAuthnCredentials() []webauthn.Credential { return o.credentials }

// AskPasskey begins signing in, or confirming, with a passkey.
func (a *Accounts) AskPasskey(origin, token string) (Ceremony, error) {
	w, err := a.party(origin)
	if err != nil {
		return Ceremony{}, err
	}
	options, s, err := w.BeginDiscoverableLogin(webauthn.WithLoginOrigin(origin))
	if err != nil {
		return Ceremony{}, fmt.Errorf("ask for a passkey: %w", err)
	}
	return a.seal(token, "get", options.Response, s)
}

// asserted checks what a browser gave back, and returns whose passkey it is, and the passkey with its new counter.
func (a *Accounts) asserted(ctx context.Context, f *Finished) (*state, *person, *webauthn.Credential, error) {
	s, err := a.unseal(f, "get")
	if err != nil {
		return nil, nil, nil, err
	}
	w, err := a.party(f.Origin)
	if err != nil {
		return nil, nil, nil, err
	}
	answer, err := protocol.ParseCredentialRequestResponseBytes([]byte(f.Answer))
	if err != nil {
		return nil, nil, nil, ErrPasskey
	}
	var p *person
	var broken error // ours, not the browser's
	_, key, err := w.ValidatePasskeyLogin(func(id, handle []byte) (webauthn.User, error) {
		found, err := personWhere(ctx, a.db, `WHERE handle = ? AND observatory = ?`, handle, a.Observatory)
		if err != nil {
			return nil, err
		}
		p = found
		keys, err := a.credentials(ctx, a.db, p.id, w.Config.RPID)
		broken = err
		return &owner{p.handle, p.name, keys}, err
	}, s.Session, answer)
	switch {
	case broken != nil:
		return nil, nil, nil, broken
	case err != nil && p != nil:
		return nil, nil, nil, errors.Join(ErrPasskey, a.refused(p.id))
	case err != nil:
		return nil, nil, nil, ErrPasskey
	case p.disabled != 0:
		return nil, nil, nil, errors.Join(ErrRefused, a.refused(p.id))
	case key.Authenticator.CloneWarning:
		return nil, nil, nil, errors.Join(ErrPasskey, a.record(Event{Kind: PasskeyCopied, Person: p.id}))
	}
	return s, p, key, nil
}

// used keeps a passkey's counter; of two answers at once with the same one, one is refused.
func (a *Accounts) used(ctx context.Context, tx *sql.Tx, s *state, key *webauthn.Credential) error {
	if err := a.spend(ctx, tx, s); err != nil {
		return err
	}
	text, err := json.Marshal(key)
	if err != nil {
		return err
	}
	res, err := tx.ExecContext(ctx, `UPDATE passkey SET credential = ?, used = ? WHERE id = ? AND (coalesce(json_extract(credential, '$.authenticator.signCount'), 0) < ? OR ? = 0)`,
		string(text), a.Now().Unix(), key.ID, key.Authenticator.SignCount, key.Authenticator.SignCount)
	if err != nil {
		return err
	}
	if n, err := res.RowsAffected(); err != nil || n != 1 {
		return errors.Join(ErrPasskey, err)
	}
	return nil
}

// SignInPasskey starts a session for whoever used their passkey, and returns its token.
func (a *Accounts) SignInPasskey(ctx context.Context, f *Finished) (string, error) {
	s, p, key, err := a.asserted(ctx, f)
	if err != nil {
		return "", err
	}
	var token string
	err = a.within(ctx, func(tx *sql.Tx) error {
		if err := a.used(ctx, tx, s, key); err != nil {
			return err
		}
		if now, err := personWhere(ctx, tx, `WHERE id = ?`, p.id); err != nil || now.disabled != 0 {
			return errors.Join(ErrRefused, err)
		}
		token, err = a.start(ctx, tx, p.id)
		return err
	})
	if err != nil {
		return "", fmt.Errorf("sign in: %w", err)
	}
	return token, a.record(Event{Kind: SignedIn, Person: p.id, By: p.id, Detail: "passkey"})
}

// ConfirmPasskey is Confirm with a passkey.
func (a *Accounts) ConfirmPasskey(ctx context.Context, v Viewer, f *Finished) (token string, err error) {
	s, p, key, err := a.asserted(ctx, f)
	if err != nil {
		return "", err
	}
	if p.id != v.ID {
		return "", ErrPasskey
	}
	err = a.within(ctx, func(tx *sql.Tx) error {
		if err := a.used(ctx, tx, s, key); err != nil {
			return err
		}
		token, err = a.renew(ctx, tx, v, true)
		return err
	})
	return token, err
}

// OfferPasskey begins to make another passkey for somebody who is signed in.
func (a *Accounts) OfferPasskey(ctx context.Context, v Viewer, origin, token string) (Ceremony, error) {
	p, err := personWhere(ctx, a.db, `WHERE id = ?`, v.ID)
	if err != nil {
		return Ceremony{}, err
	}
	return a.offer(ctx, origin, token, p)
}

// OfferJoinPasskey begins to make the first passkey of whoever opened a link. The name is set by the page.
func (a *Accounts) OfferJoinPasskey(ctx context.Context, link, origin, token string) (Ceremony, error) {
	l, err := a.link(ctx, a.db, link)
	if err != nil {
		return Ceremony{}, err
	}
	p := &person{name: issuer}
	if l.person != "" {
		if p, err = personWhere(ctx, a.db, `WHERE id = ?`, l.person); err != nil {
			return Ceremony{}, err
		}
	}
	p.id, p.handle = "", a.linkHandle(link)
	return a.offer(ctx, origin, token, p)
}

func (a *Accounts) linkHandle(link string) []byte { return a.derive("handle", link) }

func (a *Accounts) offer(ctx context.Context, origin, token string, p *person) (Ceremony, error) {
	w, err := a.party(origin)
	if err != nil {
		return Ceremony{}, err
	}
	keys, err := a.credentials(ctx, a.db, p.id, w.Config.RPID)
	if err != nil {
		return Ceremony{}, err
	}
	var known []protocol.CredentialDescriptor
	for _, k := range keys {
		known = append(known, k.Descriptor())
	}
	options, s, err := w.BeginRegistration(&owner{p.handle, p.name, keys}, webauthn.WithRegistrationOrigin(origin), webauthn.WithExclusions(known))
	if err != nil {
		return Ceremony{}, fmt.Errorf("offer a passkey: %w", err)
	}
	return a.seal(token, "create", options.Response, s)
}

// newPasskey is one that a browser made, checked.
type newPasskey struct {
	state      *state
	credential *webauthn.Credential
	party      string
	label      string
}

// created checks a passkey that a browser made for a user handle.
func (a *Accounts) created(f *Finished, handle []byte, name string) (*newPasskey, error) {
	s, err := a.unseal(f, "create")
	if err != nil {
		return nil, err
	}
	w, err := a.party(f.Origin)
	if err != nil {
		return nil, err
	}
	answer, err := protocol.ParseCredentialCreationResponseBytes([]byte(f.Answer))
	if err != nil {
		return nil, ErrPasskey
	}
	key, err := w.CreateCredential(&owner{handle: handle, name: name}, s.Session, answer)
	if err != nil {
		return nil, ErrPasskey
	}
	// Attestations are not asked for; what some authenticators send all the same tells which make they are.
	key.Attestation, key.Authenticator.AAGUID = webauthn.CredentialAttestation{}, nil
	label := []rune(strings.TrimSpace(f.Label))
	return &newPasskey{s, key, w.Config.RPID, string(label[:min(len(label), maxLabel)])}, nil
}

// keepPasskey stores a new passkey.
func (a *Accounts) keepPasskey(ctx context.Context, tx *sql.Tx, person string, k *newPasskey) error {
	if err := a.spend(ctx, tx, k.state); err != nil {
		return err
	}
	text, err := json.Marshal(k.credential)
	if err != nil {
		return err
	}
	res, err := tx.ExecContext(ctx, `INSERT INTO passkey (id, person, party, label, credential, created) SELECT ?, ?, ?, ?, ?, ?
		WHERE (SELECT count(*) FROM passkey WHERE person = ?) < ? ON CONFLICT DO NOTHING`,
		k.credential.ID, person, k.party, k.label, string(text), a.Now().Unix(), person, maxPasskeys)
	if err != nil {
		return err
	}
	if n, err := res.RowsAffected(); err != nil || n != 1 {
		return errors.Join(ErrPasskey, err)
	}
	return nil
}

// AddPasskey keeps another passkey of somebody's, and returns the session's new token. Their other sessions end.
func (a *Accounts) AddPasskey(ctx context.Context, v Viewer, f *Finished) (string, error) {
	p, err := personWhere(ctx, a.db, `WHERE id = ?`, v.ID)
	if err != nil {
		return "", err
	}
	key, err := a.created(f, p.handle, p.name)
	if err != nil {
		return "", err
	}
	token, err := a.change(ctx, v, func(tx *sql.Tx) error { return a.keepPasskey(ctx, tx, v.ID, key) })
	if err != nil {
		return "", fmt.Errorf("add passkey: %w", err)
	}
	return token, a.record(Event{Kind: PasskeyAdded, Person: v.ID, By: v.ID})
}

// RemovePasskey takes away a passkey of somebody's own, and returns the session's new token; ErrLastKey where they
// could not sign in without it.
func (a *Accounts) RemovePasskey(ctx context.Context, v Viewer, id string) (string, error) {
	raw, err := base64.RawURLEncoding.DecodeString(id)
	if err != nil {
		return "", ErrPasskey
	}
	token, err := a.change(ctx, v, func(tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, `DELETE FROM passkey WHERE id = ? AND person = ?`, raw, v.ID)
		if err != nil {
			return err
		}
		if n, err := res.RowsAffected(); err != nil || n != 1 {
			return errors.Join(ErrPasskey, err)
		}
		p, err := personWhere(ctx, tx, `WHERE id = ?`, v.ID)
		if err != nil {
			return err
		}
		left, err := a.passkeys(ctx, tx, v.ID)
		if err == nil && len(left) == 0 && (p.password == "" || len(p.totp) == 0) {
			return ErrLastKey
		}
		return err
	})
	if err != nil {
		return "", fmt.Errorf("remove passkey: %w", err)
	}
	return token, a.record(Event{Kind: PasskeyRemoved, Person: v.ID, By: v.ID})
}

// passkeys lists those of a person, the oldest first.
func (a *Accounts) passkeys(ctx context.Context, q queryer, person string) ([]Passkey, error) {
	rows, err := q.QueryContext(ctx, `SELECT id, label, party, created, used FROM passkey WHERE person = ? ORDER BY created, id`, person)
	if err != nil {
		return nil, fmt.Errorf("list passkeys: %w", err)
	}
	defer rows.Close()
	var out []Passkey
	for rows.Next() {
		var k Passkey
		var id []byte
		var created, used int64
		if err := rows.Scan(&id, &k.Label, &k.Party, &created, &used); err != nil {
			return nil, fmt.Errorf("list passkeys: %w", err)
		}
		k.ID, k.Created, k.Used = base64.RawURLEncoding.EncodeToString(id), unix(created), unix(used)
		out = append(out, k)
	}
	return out, rows.Err()
}

// credentials returns the passkeys of a person for a host.
func (a *Accounts) credentials(ctx context.Context, q queryer, person, party string) ([]webauthn.Credential, error) {
	rows, err := q.QueryContext(ctx, `SELECT credential FROM passkey WHERE person = ? AND party = ?`, person, party)
	if err != nil {
		return nil, fmt.Errorf("read passkeys: %w", err)
	}
	defer rows.Close()
	var out []webauthn.Credential
	for rows.Next() {
		var text string
		var c webauthn.Credential
		if err := rows.Scan(&text); err != nil {
			return nil, fmt.Errorf("read passkeys: %w", err)
		}
		if err := json.Unmarshal([]byte(text), &c); err != nil {
			return nil, fmt.Errorf("read passkey: %w", err)
		}
		out = append(out, c)
	}
	return out, rows.Err()
}
