package accounts

import (
	"context"
	"crypto/hmac"
	"database/sql"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"
)

// Limits of a ceremony.
const (
	ceremonyFor = 10 * time.Minute
	maxAnswer   = 64 << 10 // bytes of what a browser gives back
)

// Ceremony is what a browser is given to make or use a passkey. Nothing is kept for it: State is sealed, bound to the
// browser's token, and taken once.
type Ceremony struct {
	Options string // JSON for navigator.credentials
	State   string
}

// Finished is what a browser gives back.
type Finished struct {
	Origin string // of the page
	Token  string // of the browser's session, or the one it had before
	State  string
	Answer string // JSON of the credential
	Label  string // what to call a new passkey
}

// state is a ceremony under way, as it is sealed.
type state struct {
	Kind    string               `json:"kind"` // get, create
	Expires int64                `json:"expires"`
	Session webauthn.SessionData `json:"session"`
}

// party returns what passkeys of an origin are checked by, ErrNoParty where there can be none: addresses without
// encryption other than onion services and this machine, bare IP addresses, and origins that are not configured.
func (a *Accounts) party(origin string) (*webauthn.WebAuthn, error) {
	u, err := url.Parse(origin)
	if err != nil || u.Host == "" {
		return nil, ErrNoParty
	}
	host := u.Hostname()
	safe := u.Scheme == "https" || u.Scheme == "http" && (host == "localhost" || strings.HasSuffix(host, ".onion"))
	if !safe || net.ParseIP(host) != nil || len(a.Origins) > 0 && !slices.Contains(a.Origins, origin) {
		return nil, ErrNoParty
	}
	w, err := webauthn.New(&webauthn.Config{
		RPID: host, RPDisplayName: issuer, RPOrigins: []string{origin}, AttestationPreference: protocol.PreferNoAttestation,
		AuthenticatorSelection: protocol.AuthenticatorSelection{ResidentKey: protocol.ResidentKeyRequirementRequired, UserVerification: protocol.VerificationRequired},
		// What password managers report unasked changes nothing here.
		ExtensionsUnsolicitedOutputPolicy: protocol.UnsolicitedOutputPolicyIgnore,
	})
	if err != nil {
		return nil, errors.Join(ErrNoParty, err)
	}
	return w, nil
}

// seal binds a ceremony to a browser.
func (a *Accounts) seal(token, kind string, options any, s *webauthn.SessionData) (Ceremony, error) {
	o, err := json.Marshal(options)
	if err != nil {
		return Ceremony{}, fmt.Errorf("begin ceremony: %w", err)
	}
	body, err := json.Marshal(state{kind, a.Now().Add(ceremonyFor).Unix(), *s})
	if err != nil {
		return Ceremony{}, fmt.Errorf("begin ceremony: %w", err)
	}
	e := base64.RawURLEncoding
	text := e.EncodeToString(body)
	return Ceremony{Options: string(o), State: text + "." + e.EncodeToString(a.derive("ceremony", token, text))}, nil
}

// unseal returns the ceremony that a browser finishes: ErrPasskey where it was another's, ErrExpired.
func (a *Accounts) unseal(f *Finished, kind string) (*state, error) {
	text, sum, _ := strings.Cut(f.State, ".")
	if len(f.State) > maxAnswer || len(f.Answer) > maxAnswer {
		return nil, ErrPasskey
	}
	got, err := base64.RawURLEncoding.DecodeString(sum)
	if err != nil || f.Token == "" || !hmac.Equal(got, a.derive("ceremony", f.Token, text)) {
		return nil, ErrPasskey
	}
	body, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		return nil, ErrPasskey
	}
	var s state
	if err := json.Unmarshal(body, &s); err != nil || s.Kind != kind {
		return nil, ErrPasskey
	}
	if s.Expires <= a.Now().Unix() {
		return nil, ErrExpired
	}
	s.Session.Expires = time.Time{} // ours counts, by our clock
	return &s, nil
}

// spend makes sure that a ceremony is finished once.
func (a *Accounts) spend(ctx context.Context, tx *sql.Tx, s *state) error {
	if _, err := tx.ExecContext(ctx, `DELETE FROM spent WHERE expires <= ?`, a.Now().Unix()); err != nil {
		return err
	}
	res, err := tx.ExecContext(ctx, `INSERT INTO spent (challenge, expires) VALUES (?, ?) ON CONFLICT DO NOTHING`, s.Session.Challenge, s.Expires)
	if err != nil {
		return err
	}
	if n, err := res.RowsAffected(); err != nil || n != 1 {
		return errors.Join(ErrReplayed, err)
	}
	return nil
}
