package tlog

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"unicode"
)

// Config is what log.json holds.
type Config struct {
	// Origin names the log in every checkpoint: a URL without its scheme, or any other name no two logs share.
	// It can be chosen before the first leaf only.
	Origin string `json:"origin"`
	// Policy is a C2SP tlog-policy, one line an element: the witnesses to ask, and how many must have cosigned.
	Policy []string `json:"policy,omitempty"`
	// Authorities stamp checkpoints with the time.
	Authorities []Authority `json:"authorities,omitempty"`
	// Automatic says that commands which append ask witnesses and authorities at their end.
	Automatic bool `json:"automatic,omitempty"`
}

// Authority is a time-stamp authority (RFC 3161).
type Authority struct {
	Name   string `json:"name"`             // of our choosing; part of file names
	URL    string `json:"url"`              // where requests are posted
	Roots  string `json:"roots,omitempty"`  // a PEM file, seen from the data folder: certificates its own must lead to
	Policy string `json:"policy,omitempty"` // the OID of the policy to ask for
}

// authorityName is what an authority may be called.
var authorityName = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]{0,63}$`)

func configPath(data string) string { return filepath.Join(data, "log.json") }

// readConfig reads log.json; where there is none, the zero Config.
func readConfig(data string) (Config, error) {
	var c Config
	b, err := os.ReadFile(configPath(data))
	if errors.Is(err, fs.ErrNotExist) {
		return c, nil
	}
	if err != nil {
		return c, fmt.Errorf("read the log's configuration: %w", err)
	}
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(&c); err != nil {
		return c, fmt.Errorf("read the log's configuration %s: %w", configPath(data), err)
	}
	if err := c.check(); err != nil {
		return c, fmt.Errorf("read the log's configuration %s: %w", configPath(data), err)
	}
	return c, nil
}

func (c *Config) check() error {
	if c.Origin != "" && !validName(c.Origin) {
		return fmt.Errorf("origin %.80q: no white space and no plus sign may stand in it, and at most 255 bytes", c.Origin)
	}
	if _, err := parsePolicy(c.Policy); err != nil {
		return err
	}
	seen := map[string]bool{}
	for _, a := range c.Authorities {
		u, err := url.Parse(a.URL)
		switch {
		case !authorityName.MatchString(a.Name):
			return fmt.Errorf("authority %.80q: a name has lower-case letters, digits, dots, underscores and hyphens, at most 64", a.Name)
		case seen[a.Name]:
			return fmt.Errorf("authority %s: named twice", a.Name)
		case err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https":
			return fmt.Errorf("authority %s: %.80q is no http or https URL", a.Name, a.URL)
		}
		if _, err := parseOID(a.Policy); err != nil {
			return fmt.Errorf("authority %s: %w", a.Name, err)
		}
		seen[a.Name] = true
	}
	return nil
}

// validName says whether a name may stand in a signed note.
func validName(s string) bool {
	return s != "" && len(s) <= 255 && strings.ToValidUTF8(s, "") == s && !strings.ContainsRune(s, '+') && strings.IndexFunc(s, unicode.IsSpace) < 0
}

// withOrigin returns the configuration with an origin; where none was chosen, one that nobody else has, written
// to log.json.
func (l *Log) withOrigin(c Config) (Config, error) {
	if c.Origin != "" {
		return c, nil
	}
	c.Origin = "observatory-" + strings.ToLower(rand.Text()[:16]) + ".invalid/log"
	b, err := json.MarshalIndent(c, "", "  ")
	if err != nil {
		return c, err
	}
	if err := writeFile(configPath(l.data), append(b, '\n'), 0o644); err != nil {
		return c, fmt.Errorf("write the log's configuration: %w", err)
	}
	return c, nil
}

// writeFile puts a whole file in its place, synced, or leaves things as they were.
func writeFile(path string, b []byte, mode fs.FileMode) error {
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	f, err := os.CreateTemp(dir, "."+filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	_, err = f.Write(b)
	err = errors.Join(err, f.Chmod(mode), f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
