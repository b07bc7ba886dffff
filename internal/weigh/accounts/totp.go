package accounts

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"database/sql"
	"encoding/base32"
	"fmt"
	"image/color"
	"net/url"
	"strings"
	"time"

	"github.com/boombuler/barcode/qr"
	"github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"
)

// period is how long a code of a second factor stands (RFC 6238); one before and one after are taken too, for clocks
// that are not quite right.
const period = 30

// Secret is a second factor that is offered to somebody: they put it into an app and give back the code it shows.
type Secret struct {
	Text string // base32, in groups of four
	Link string // otpauth: for an app on the same device
	Side int    // of the QR code, in modules
	Path string // the dark modules, as an SVG path
}

// issuer is what the app shows beside the name.
const issuer = "Veedor"

func secretText(secret []byte) string {
	return base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(secret)
}

// show returns a secret as people and apps read it.
func show(name string, secret []byte) (Secret, error) {
	text := secretText(secret)
	s := Secret{Link: "otpauth://totp/" + url.PathEscape(issuer+":"+name) + "?" + url.Values{"secret": {text}, "issuer": {issuer}}.Encode()}
	for i := 0; i < len(text); i += 4 {
		s.Text += text[i:min(i+4, len(text))] + " "
	}
	s.Text = strings.TrimSpace(s.Text)
	code, err := qr.Encode(s.Link, qr.M, qr.Auto)
	if err != nil {
		return Secret{}, fmt.Errorf("draw QR code: %w", err)
	}
	var path bytes.Buffer
	b := code.Bounds()
	s.Side = b.Dx()
	for y := range b.Dy() {
		for x := 0; x < b.Dx(); x++ {
			from := x
			for x < b.Dx() && code.At(x, y) == color.Black {
				x++
			}
			if x > from {
				fmt.Fprintf(&path, "M%d %dh%dv1h-%dz", from, y, x-from, x-from)
			}
		}
	}
	s.Path = path.String()
	return s, nil
}

// step returns the step of time whose code this is, later than last; 0 if there is none. It computes the same
// for every code.
func step(secret []byte, code string, now time.Time, last int64) int64 {
	var found int64
	for at := now.Unix()/period - 1; at <= now.Unix()/period+1; at++ {
		want, err := hotp.GenerateCodeCustom(secretText(secret), uint64(at), hotp.ValidateOpts{Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1})
		if err == nil && subtle.ConstantTimeCompare([]byte(want), []byte(code)) == 1 && at > last && len(secret) > 0 {
			found = at
		}
	}
	return found
}

// digits returns a code as it is compared: people type spaces.
func digits(code string) string {
	if len(code) > 100 {
		return ""
	}
	return strings.Map(func(r rune) rune {
		if r == ' ' || r == '-' || r == '\u00a0' {
			return -1
		}
		return r
	}, strings.ToLower(code))
}

// Recovery codes: how many are made at once, and how many random bytes each has.
const (
	recoveryCodes = 10
	recoveryBytes = 10
)

// isRecovery says whether a code has the form of a recovery code.
func isRecovery(code string) bool { return len(code) == recoveryBytes*8/5 }

// makeCodes replaces somebody's recovery codes, and returns the new ones: they are shown once and kept as hashes.
func (a *Accounts) makeCodes(ctx context.Context, tx *sql.Tx, person string) ([]string, error) {
	if _, err := tx.ExecContext(ctx, `DELETE FROM code WHERE person = ?`, person); err != nil {
		return nil, fmt.Errorf("make recovery codes: %w", err)
	}
	var out []string
	for range recoveryCodes {
		b, err := a.random(recoveryBytes)
		if err != nil {
			return nil, err
		}
		text := strings.ToLower(secretText(b))
		if _, err := tx.ExecContext(ctx, `INSERT INTO code (person, hash) VALUES (?, ?)`, person, codeHash(person, text)); err != nil {
			return nil, fmt.Errorf("make recovery codes: %w", err)
		}
		out = append(out, text[:4]+"-"+text[4:8]+"-"+text[8:12]+"-"+text[12:])
	}
	return out, nil
}

func codeHash(person, code string) []byte {
	sum := sha256.Sum256([]byte(person + ":" + code))
	return sum[:]
}

// useFactor spends the code of a second factor within a transaction, ErrCode if it is not one of this person's, or was
// spent. It says whether it was a recovery code.
func (a *Accounts) useFactor(ctx context.Context, tx *sql.Tx, p *person, code string) (recovery bool, err error) {
	code = digits(code)
	var res sql.Result
	if isRecovery(code) {
		recovery = true
		res, err = tx.ExecContext(ctx, `DELETE FROM code WHERE person = ? AND hash = ?`, p.id, codeHash(p.id, code))
	} else {
		at := step(p.totp, code, a.Now(), p.step)
		if at == 0 {
			return false, ErrCode
		}
		res, err = tx.ExecContext(ctx, `UPDATE person SET step = ? WHERE id = ? AND step < ?`, at, p.id, at)
	}
	if err != nil {
		return false, fmt.Errorf("use code: %w", err)
	}
	n, err := res.RowsAffected()
	if err != nil {
		return false, fmt.Errorf("use code: %w", err)
	}
	if n != 1 {
		return false, ErrCode
	}
	return recovery, nil
}

// hasRecovery says whether a code is one of a person's recovery codes, without using it.
func (a *Accounts) hasRecovery(ctx context.Context, person, code string) (bool, error) {
	code = digits(code)
	if !isRecovery(code) {
		return false, nil
	}
	var n int
	err := a.db.QueryRowContext(ctx, `SELECT count(*) FROM code WHERE person = ? AND hash = ?`, person, codeHash(person, code)).Scan(&n)
	if err != nil {
		return false, fmt.Errorf("read recovery codes: %w", err)
	}
	return n > 0, nil
}
