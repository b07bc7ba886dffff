package cli

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"veedor/internal/evidence/capture"
	"veedor/internal/evidence/dossier"
	"veedor/internal/evidence/tlog"
	"veedor/internal/evidence/wacz"
	"veedor/internal/weigh/cases"
	"veedor/internal/weigh/desk"
	"veedor/internal/weigh/edition"
)

func dossierCommand() *cobra.Command {
	c := &cobra.Command{Use: "dossier", Short: "Freeze a case into one signed file that anybody can check offline"}
	c.AddCommand(dossierBuildCommand(), dossierListCommand(), dossierKeyCommand())
	return c
}

// building is what dossier build was asked for.
type building struct {
	out, key, lang, url, domain, certs, authority string
	desk                                          bool
	maxRaw                                        int64
}

func dossierBuildCommand() *cobra.Command {
	var b building
	c := &cobra.Command{
		Use:   "build CASE",
		Short: "Freeze a case into a dossier",
		Long: `Read a case as text (a folder, or the name of one below ./cases), ask measurements, captures and journals what they hold on each piece of
evidence, derive how each claim stands, and write everything into one signed file: claims, evidence, captures or their hashes, the
measurements behind each finding, the rules, and proofs from the log. It is a web archive (WACZ), opens as a web site from a folder, and is
checked with: veedor verify FILE.

The file is put on this observatory's shelf, DATA/dossiers, and its pages list it; -o writes it elsewhere and publishes nothing.
It is signed by DATA/keys/dossier.key, which is made when it is not there, or by another key (--key), or in the name of a domain
(--domain with --certificate, --key and --authority). docs/operate/keys.md says how to keep keys.`,
		Example: "  veedor dossier build borduna\n  veedor dossier build cases/borduna --lang es -o borduna.wacz\n  veedor dossier build --desk borduna",
		Args:    cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			k, err := b.read(c, args[0])
			if err != nil {
				return err
			}
			return with(c, func(h *house) error { return b.run(c, h, k) })
		},
	}
	c.Flags().BoolVar(&b.desk, "desk", false, "CASE is a case of the desk, of which what is published and shared is taken")
	c.Flags().StringVarP(&b.out, "output", "o", "", "write the file here, and do not publish it")
	c.Flags().StringVar(&b.key, "key", "", "private key that signs: ECDSA on P-256 or P-384, PEM (default DATA/keys/dossier.key)")
	c.Flags().StringVar(&b.lang, "lang", "", "language of the words (default the case's own)")
	c.Flags().StringVar(&b.url, "url", "", "address under which its pages stand in the web archive (default https://<id>.dossier.invalid/)")
	c.Flags().StringVar(&b.domain, "domain", "", "sign in the name of a domain")
	c.Flags().StringVar(&b.certs, "certificate", "", "with --domain: the domain's certificate and those above it, PEM")
	c.Flags().StringVar(&b.authority, "authority", "", "with --domain: name of a time-stamp authority in log.json")
	c.Flags().Int64Var(&b.maxRaw, "max-raw", edition.DefaultMaxRaw, "bytes of raw measurements to take in; of what is more, only hashes")
	return c
}

// read reads the case, from its text or from the desk.
func (b *building) read(c *cobra.Command, name string) (k *cases.Case, err error) {
	if !b.desk {
		return readCase(name)
	}
	err = withDesk(c, func(d *desk.Desk) error {
		k, err = d.CaseText(c.Context(), desk.Public(), name)
		if errors.Is(err, desk.ErrNotFound) {
			return fmt.Errorf("case %s is not on the desk, or not published there; see: veedor desk check, veedor desk publish: %w", name, err)
		}
		return err
	})
	return k, err
}

// readCase reads a case from a folder, or from one below ./cases.
func readCase(name string) (*cases.Case, error) {
	dir := name
	if _, err := os.Stat(filepath.Join(dir, "case.yaml")); errors.Is(err, fs.ErrNotExist) && !strings.ContainsAny(name, `/\`) {
		dir = filepath.Join("cases", name)
	}
	if _, err := os.Stat(filepath.Join(dir, "case.yaml")); err != nil {
		return nil, fmt.Errorf("case %s: there is no case.yaml; name a folder that has one (docs/format/case.md)", name)
	}
	return cases.Read(os.DirFS(dir))
}

func (b *building) run(c *cobra.Command, h *house, k *cases.Case) error {
	data := dataDir(c)
	key, err := signingKey(data, b.key)
	if err != nil {
		return err
	}
	log, err := tlog.Open(c.Context(), data, tlog.Options{})
	if err != nil {
		return err
	}
	defer log.Close()
	if err := logAll(c.Context(), c, h); err != nil {
		return err
	}
	captures, err := capture.Open(data, capture.Options{})
	if err != nil {
		return err
	}
	shelf, err := edition.OpenShelf(data)
	if err != nil {
		return err
	}
	if b.lang == "" {
		b.lang = k.Language
	}
	o := edition.Options{Lang: b.lang, URL: b.url, MaxRaw: b.maxRaw, Now: time.Now}
	if o.URL == "" {
		o.URL = "https://" + k.ID + ".dossier.invalid/"
	}
	if before, err := shelf.Last(k.ID, b.lang); err != nil {
		return err
	} else if before != nil {
		o.Version, o.Supersedes = before.Version+1, before.SHA256
	}
	if o.Policy, err = suggested(log, key); err != nil {
		return err
	}
	content, missing, err := edition.Freeze(c.Context(), k, edition.Sources{Measurements: measured{h}, Incidents: told{data}, Captures: captures, Log: proving{log}}, o)
	if err != nil {
		return fmt.Errorf("case %s: %w", k.ID, err)
	}
	if len(missing) > 0 {
		fmt.Fprintf(c.ErrOrStderr(), "veedor: %d things are not in the log, the first %s %s: nothing is proved of when they were known\n", len(missing), missing[0].Kind, missing[0].Hash)
	}
	sign, err := b.signer(c.Context(), log, key, content.Created)
	if err != nil {
		return err
	}
	write := func(w io.Writer) error { return dossier.Build(c.Context(), w, content, sign) }
	if b.out != "" {
		return writeFile(c, b.out, content, write)
	}
	e, err := shelf.Add(asEdition(content, b.lang, key), write)
	if err != nil {
		return err
	}
	if err := logAll(c.Context(), c, h); err != nil {
		return err
	}
	report(c, content)
	fmt.Fprintf(c.OutOrStdout(), "version %d, %s: %s\n", e.Version, size(e.Size), filepath.Join(data, "dossiers", e.SHA256+".wacz"))
	return nil
}

// writeFile writes a dossier that is not published.
func writeFile(c *cobra.Command, path string, content *dossier.Content, write func(io.Writer) error) error {
	f, err := os.Create(path)
	if err != nil {
		return fmt.Errorf("write dossier: %w", err)
	}
	if err := errors.Join(write(f), f.Close()); err != nil {
		return errors.Join(err, os.Remove(path))
	}
	report(c, content)
	fmt.Fprintln(c.OutOrStdout(), path)
	return nil
}

// report says what a dossier holds.
func report(c *cobra.Command, d *dossier.Content) {
	for _, k := range d.Claims {
		fmt.Fprintf(c.OutOrStdout(), "%s: %s (%s)\n", k.ID, k.Status, k.Derived)
	}
	fmt.Fprintf(c.OutOrStdout(), "%d claims, %d pieces of evidence, %d measurements and documents, %d captures, %d proofs, %d time stamps, %d things withheld\n",
		len(d.Claims), len(d.Evidence), len(d.Objects), len(d.Captures), len(d.Log.Proofs), len(d.Log.Tokens), len(d.Redactions))
}

func asEdition(d *dossier.Content, lang string, key *ecdsa.PrivateKey) edition.Edition {
	e := edition.Edition{At: d.Created, Case: d.ID, Title: d.Title, Question: d.Question, Publisher: d.Publisher.Name, Lang: lang, Version: d.Version, Supersedes: d.Supersedes,
		Claims: len(d.Claims), Evidence: len(d.Evidence), Captures: len(d.Captures), Objects: len(d.Objects), Withheld: len(d.Redactions), Key: fingerprint(key)}
	fmt.Sscanf(string(d.Log.Checkpoint), "%s\n%d\n", new(string), &e.LogSize) // origin, then size; stays 0 without a checkpoint
	return e
}

// signer returns what signs a package that was made at a time.
func (b *building) signer(ctx context.Context, log *tlog.Log, key *ecdsa.PrivateKey, created time.Time) (func(string) (*wacz.Signed, error), error) {
	software := "veedor " + Version
	if b.domain == "" {
		return func(hash string) (*wacz.Signed, error) { return wacz.SignKey(hash, key, created, software) }, nil
	}
	text, err := os.ReadFile(b.certs)
	if err != nil {
		return nil, fmt.Errorf("--certificate: %w (%w)", err, errUsage)
	}
	var chain []*x509.Certificate
	for block, rest := pem.Decode(text); block != nil; block, rest = pem.Decode(rest) {
		cert, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, fmt.Errorf("--certificate %s: %w", b.certs, err)
		}
		chain = append(chain, cert)
	}
	if len(chain) == 0 || chain[0].VerifyHostname(b.domain) != nil {
		return nil, fmt.Errorf("--certificate %s: the first certificate is not one for %s (%w)", b.certs, b.domain, errUsage)
	}
	stamp := func(text []byte) ([]byte, string, error) { return log.Token(ctx, b.authority, sha256.Sum256(text)) }
	return func(hash string) (*wacz.Signed, error) {
		return wacz.SignDomain(hash, key, chain, created, software, stamp)
	}, nil
}

// suggested is the policy that this observatory suggests: its own keys, and those it asks to bear witness.
func suggested(log *tlog.Log, key *ecdsa.PrivateKey) (*dossier.Policy, error) {
	p := &dossier.Policy{Format: dossier.PolicyFormat, Keys: []string{base64.StdEncoding.EncodeToString(publicKey(key))}}
	keys, err := log.Keys()
	if err != nil {
		return nil, err
	}
	for _, k := range keys {
		p.Log = append(p.Log, "log "+k)
	}
	conf, err := log.Config()
	if err != nil {
		return nil, err
	}
	if len(conf.Policy) == 0 {
		conf.Policy = []string{"quorum none"}
	}
	p.Log = append(p.Log, conf.Policy...)
	for _, a := range conf.Authorities {
		roots, err := log.Roots(a)
		if err != nil {
			return nil, err
		}
		if roots != "" {
			p.TSARoots = append(p.TSARoots, roots)
		}
	}
	return p, nil
}

// signingKey reads the key that signs dossiers, making this observatory's own when there is none yet.
func signingKey(data, path string) (*ecdsa.PrivateKey, error) {
	own := path == ""
	if own {
		path = filepath.Join(data, "keys", "dossier.key")
	}
	text, err := os.ReadFile(path)
	if own && errors.Is(err, fs.ErrNotExist) {
		return newSigningKey(path)
	}
	if err != nil {
		return nil, fmt.Errorf("key that signs dossiers: %w", err)
	}
	block, _ := pem.Decode(text)
	if block == nil {
		return nil, fmt.Errorf("key %s: no PEM", path)
	}
	if key, err := x509.ParseECPrivateKey(block.Bytes); err == nil {
		return key, nil
	}
	any, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("key %s: %w", path, err)
	}
	key, ok := any.(*ecdsa.PrivateKey)
	if !ok || !slices.Contains([]elliptic.Curve{elliptic.P256(), elliptic.P384()}, key.Curve) {
		return nil, fmt.Errorf("key %s: want ECDSA on P-256 or P-384", path)
	}
	return key, nil
}

func newSigningKey(path string) (*ecdsa.PrivateKey, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fmt.Errorf("make key: %w", err)
	}
	// O_EXCL: of two processes that come here at once, one makes the key and the other says so.
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, fmt.Errorf("make key: %w", err)
	}
	return key, errors.Join(pem.Encode(f, &pem.Block{Type: "PRIVATE KEY", Bytes: der}), f.Sync(), f.Close())
}

// publicKey returns a key's SubjectPublicKeyInfo.
func publicKey(key *ecdsa.PrivateKey) []byte {
	der, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		panic(err) // it is an ECDSA key
	}
	return der
}

func fingerprint(key *ecdsa.PrivateKey) string {
	sum := sha256.Sum256(publicKey(key))
	return hex.EncodeToString(sum[:])
}

func dossierListCommand() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:     "list",
		Short:   "List the dossiers that were published here",
		Example: "  veedor dossier list --json",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			shelf, err := edition.OpenShelf(dataDir(c))
			if err != nil {
				return err
			}
			all, err := shelf.List()
			if err != nil {
				return err
			}
			for _, e := range all {
				if asJSON {
					err = errors.Join(err, json.NewEncoder(c.OutOrStdout()).Encode(e))
				} else {
					fmt.Fprintf(c.OutOrStdout(), "%s %s %s version %d, %s: %s\n", e.At.Format(time.DateTime), e.Case, e.Lang, e.Version, size(e.Size), e.SHA256)
				}
			}
			return err
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "one JSON object a line")
	return c
}

func dossierKeyCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "policy",
		Short:   "Print the trust policy that this observatory suggests to those who check its dossiers",
		Long:    "Print, as a policy file for veedor verify --policy, the key that signs dossiers here, the log's key, its witnesses and the roots of its time-stamp authorities. Readers should get it from somewhere else than the dossier.",
		Example: "  veedor dossier policy > policy.json",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			key, err := signingKey(dataDir(c), "")
			if err != nil {
				return err
			}
			log, err := tlog.Open(c.Context(), dataDir(c), tlog.Options{})
			if err != nil {
				return err
			}
			defer log.Close()
			p, err := suggested(log, key)
			if err != nil {
				return err
			}
			e := json.NewEncoder(c.OutOrStdout())
			e.SetIndent("", "  ")
			return e.Encode(p)
		},
	}
}
