package accounts

import (
	"context"
	"crypto/subtle"
	_ "embed"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"
	"golang.org/x/text/unicode/norm"
)

// Length of a password, in characters at least and in bytes at most.
const (
	MinPassword = 12
	maxPassword = 1024
)

// Why a password is not taken.
var (
	ErrShort  = fmt.Errorf("a password has at least %d characters", MinPassword)
	ErrLong   = fmt.Errorf("a password has at most %d bytes", maxPassword)
	ErrCommon = errors.New("this password is easily guessed")
)

// Cost is what computing a password's argon2id hash takes.
type Cost struct {
	Memory, Time uint32 // KiB; passes
}

// DefaultCost is RFC 9106's second recommendation, with one lane: 64 MiB, three passes.
func DefaultCost() Cost { return Cost{Memory: 64 << 10, Time: 3} }

// atOnce is how many hashes are computed at the same time: their memory is what an attacker could exhaust.
const atOnce = 2

// hasher hashes passwords.
type hasher struct {
	cost   Cost
	random io.Reader
	turn   chan struct{}
	dummy  string // compared where there is no password, so that it takes as long
}

func newHasher(c Cost, random io.Reader) (*hasher, error) {
	h := &hasher{cost: c, random: random, turn: make(chan struct{}, atOnce)}
	secret := make([]byte, 16)
	if _, err := io.ReadFull(random, secret); err != nil {
		return nil, fmt.Errorf("draw random bytes: %w", err)
	}
	var err error
	h.dummy, err = h.make(context.Background(), base64.StdEncoding.EncodeToString(secret))
	return h, err
}

func (h *hasher) key(ctx context.Context, password string, salt []byte, c Cost) ([]byte, error) {
	select {
	case h.turn <- struct{}{}:
		defer func() { <-h.turn }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	return argon2.IDKey([]byte(norm.NFKC.String(password)), salt, c.Time, c.Memory, 1, 32), nil
}

// make returns the hash of a password in PHC form.
func (h *hasher) make(ctx context.Context, password string) (string, error) {
	salt := make([]byte, 16)
	if _, err := io.ReadFull(h.random, salt); err != nil {
		return "", fmt.Errorf("draw random bytes: %w", err)
	}
	key, err := h.key(ctx, password, salt, h.cost)
	if err != nil {
		return "", fmt.Errorf("hash password: %w", err)
	}
	e := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=1$%s$%s", argon2.Version, h.cost.Memory, h.cost.Time, e.EncodeToString(salt), e.EncodeToString(key)), nil
}

// check says whether a password has the hash. Where there is none it takes as long, and says no.
func (h *hasher) check(ctx context.Context, password, hash string) (bool, error) {
	known := hash != ""
	if !known {
		hash = h.dummy
	}
	if len(password) > maxPassword {
		password = password[:maxPassword]
		known = false
	}
	var c Cost
	var version int
	parts := strings.Split(hash, "$")
	if len(parts) != 6 || parts[1] != "argon2id" {
		return false, errors.New("read password hash: not argon2id in PHC form")
	}
	if _, err := fmt.Sscanf(parts[2]+" "+parts[3], "v=%d m=%d,t=%d,p=1", &version, &c.Memory, &c.Time); err != nil || version != argon2.Version || c.Memory > 1<<20 || c.Time == 0 || c.Time > 64 {
		return false, errors.New("read password hash: unknown parameters")
	}
	salt, err := base64.RawStdEncoding.DecodeString(parts[4])
	if err != nil {
		return false, fmt.Errorf("read password hash: %w", err)
	}
	want, err := base64.RawStdEncoding.DecodeString(parts[5])
	if err != nil || len(want) != 32 {
		return false, errors.New("read password hash: no key of 32 bytes")
	}
	got, err := h.key(ctx, password, salt, c)
	if err != nil {
		return false, fmt.Errorf("check password: %w", err)
	}
	return subtle.ConstantTimeCompare(got, want) == 1 && known, nil
}

//go:embed common.txt
var commonWords string

// CheckPassword says why a password is not taken for an account of that name: too short, or among the first that
// anybody would guess. There are no rules about kinds of characters.
func CheckPassword(name, password string) error {
	switch {
	case !utf8.ValidString(password):
		return ErrCommon
	case utf8.RuneCountInString(password) < MinPassword:
		return ErrShort
	case len(password) > maxPassword:
		return ErrLong
	}
	plain := strings.ToLower(norm.NFKD.String(password))
	if guessed(name, strings.Map(bare, plain)) || guessed(name, strings.Map(undressed, plain)) {
		return ErrCommon
	}
	return nil
}

// guessed says whether little is left of a password without digits and signs around it, the name, and the words
// that everybody takes.
func guessed(name, plain string) bool {
	if dull(plain) {
		return true
	}
	rest := plain
	for _, word := range append(strings.Fields(commonWords), strings.ToLower(name)) {
		rest = strings.ReplaceAll(rest, word, "")
	}
	rest = strings.TrimFunc(rest, func(r rune) bool { return !unicode.IsLetter(r) })
	return rest != plain && utf8.RuneCountInString(rest) < 4
}

// bare takes accents off.
func bare(r rune) rune {
	if unicode.Is(unicode.Mn, r) {
		return -1
	}
	return r
}

// undressed takes accents off and digits and signs for the letters that they look like.
func undressed(r rune) rune {
	if i := strings.IndexRune("4@301$57", r); i >= 0 {
		return rune("aaeoisst"[i])
	}
	return bare(r)
}

// dull says whether a text repeats itself or runs along the alphabet, the digits or a keyboard's row.
func dull(text string) bool {
	runes := []rune(text)
	distinct := slices.Clone(runes)
	slices.Sort(distinct)
	if len(slices.Compact(distinct)) < 5 {
		return true
	}
	for period := 1; period <= len(runes)/2 && period <= 6; period++ {
		repeats := true
		for i := period; i < len(runes) && repeats; i++ {
			repeats = runes[i] == runes[i-period]
		}
		if repeats {
			return true
		}
	}
	steps := 0
	for i := 1; i < len(runes); i++ {
		if d := runes[i] - runes[i-1]; d == 1 || d == -1 {
			steps++
		}
	}
	return steps >= len(runes)-3
}
