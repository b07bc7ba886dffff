package accounts

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"filippo.io/age"
	"filippo.io/age/armor"
)

// Limits of what is sealed.
const (
	MaxSealed     = 1 << 20 // bytes in the clear
	maxRecipients = 100
)

// Why something is not sealed or opened.
var (
	ErrNobody  = errors.New("nobody is named who could read it")
	ErrNotOurs = errors.New("none of these keys opens it")
)

// Recipient is somebody who can read what is sealed to them. The server knows the public half of their key only.
type Recipient struct {
	Name string
	Key  string // age1…
}

// Recipients returns those in the data folder's desk/recipients.txt; none where there is no such file.
func Recipients(data string) ([]Recipient, error) {
	f, err := os.Open(filepath.Join(data, "desk", "recipients.txt"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read recipients: %w", err)
	}
	defer f.Close()
	return ParseRecipients(f)
}

// ParseRecipients reads one recipient a line: an age public key, white space, a name. Empty lines and those that
// begin with # are passed over.
func ParseRecipients(r io.Reader) ([]Recipient, error) {
	var out []Recipient
	lines := bufio.NewScanner(io.LimitReader(r, 1<<20))
	for n := 1; lines.Scan(); n++ {
		line := strings.TrimSpace(lines.Text())
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		key := strings.Fields(line)[0]
		name := strings.TrimSpace(line[len(key):])
		if strings.HasPrefix(strings.ToUpper(key), "AGE-SECRET-KEY-") {
			return nil, fmt.Errorf("read recipients: line %d has a secret key: take it out, make another, and put only the public one here", n)
		}
		if _, err := recipient(key); err != nil {
			return nil, fmt.Errorf("read recipients: line %d: %w", n, err)
		}
		if name == "" {
			return nil, fmt.Errorf("read recipients: line %d names nobody: write the name after the key", n)
		}
		if len(out) == maxRecipients {
			return nil, fmt.Errorf("read recipients: more than %d", maxRecipients)
		}
		out = append(out, Recipient{name, key})
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("read recipients: %w", err)
	}
	return out, nil
}

func recipient(key string) (age.Recipient, error) {
	list, err := age.ParseRecipients(strings.NewReader(key))
	if err != nil || len(list) != 1 {
		return nil, errors.New("not an age public key")
	}
	return list[0], nil
}

// Seal encrypts a text to recipients, as age's armored text. Nobody else can read it, the server neither.
func Seal(plaintext []byte, to []Recipient) (string, error) {
	if len(to) == 0 {
		return "", fmt.Errorf("seal: %w", ErrNobody)
	}
	if len(plaintext) > MaxSealed {
		return "", fmt.Errorf("seal: %d bytes, the limit is %d", len(plaintext), MaxSealed)
	}
	var keys []age.Recipient
	for _, r := range to {
		k, err := recipient(r.Key)
		if err != nil {
			return "", fmt.Errorf("seal to %s: %w", r.Name, err)
		}
		keys = append(keys, k)
	}
	var out strings.Builder
	a := armor.NewWriter(&out)
	w, err := age.Encrypt(a, keys...)
	if err != nil {
		return "", fmt.Errorf("seal: %w", err)
	}
	if _, err := w.Write(plaintext); err != nil {
		return "", fmt.Errorf("seal: %w", err)
	}
	if err := errors.Join(w.Close(), a.Close()); err != nil {
		return "", fmt.Errorf("seal: %w", err)
	}
	return out.String(), nil
}

// Unseal decrypts a sealed text with secret keys, one a line, as age-keygen writes them. It is for a reader's own
// machine: the server has none.
func Unseal(text string, identities io.Reader) ([]byte, error) {
	keys, err := age.ParseIdentities(identities)
	if err != nil {
		return nil, fmt.Errorf("read secret keys: %w", err)
	}
	if len(text) > 2*MaxSealed {
		return nil, fmt.Errorf("unseal: %d bytes, the limit is %d", len(text), 2*MaxSealed)
	}
	r, err := age.Decrypt(armor.NewReader(strings.NewReader(strings.TrimSpace(text)+"\n")), keys...)
	var none *age.NoIdentityMatchError
	if errors.As(err, &none) {
		return nil, fmt.Errorf("unseal: %w", ErrNotOurs)
	}
	if err != nil {
		return nil, fmt.Errorf("unseal: %w", err)
	}
	var out bytes.Buffer
	if _, err := io.Copy(&out, io.LimitReader(r, MaxSealed+1)); err != nil {
		return nil, fmt.Errorf("unseal: %w", err)
	}
	if out.Len() > MaxSealed {
		return nil, fmt.Errorf("unseal: more than %d bytes", MaxSealed)
	}
	return out.Bytes(), nil
}
