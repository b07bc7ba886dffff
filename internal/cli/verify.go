package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"veedor/internal/evidence/dossier"
)

// verifyFlags are what verify is told.
type verifyFlags struct {
	policy, proof   string
	keys, domains   []string
	roots, tsaRoots []string
	seen            []string
	asJSON          bool
}

func verifyCommand() *cobra.Command {
	var f verifyFlags
	c := &cobra.Command{
		Use:   "verify FILE|FOLDER…",
		Short: "Check dossiers, web archives (WACZ, WARC) and exported logs, or that a log has a file, without a network",
		Long: `Check files that others give you, without a network and without believing them: a dossier, a WACZ or WARC of anybody's, or the folder
of an exported transparency log; with --proof also a raw measurement or a list, of which a log has the hash. What is found is said in plain words: what is proved, and what is not.

Whom you trust is for you to say, in a policy (docs/format/dossier.md): keys and domains that sign, logs and witnesses, roots of
time-stamp authorities. Without one only integrity is checked, and a dossier or log that is intact gives exit code 19: nothing says who made it.

Exit codes, of which the lowest that applies is given:
  0   sound, and by somebody the policy trusts (of a plain WACZ or WARC without a policy: sound)
  10  container: the file cannot be read, or two readers could see different things in it
  11  package: datapackage.json, the manifest, names or lists of files
  12  warc: records, index or list of pages
  13  hash: bytes that have not the hash that is stated
  14  consistency: quotes, references, pages that say something else than the data
  15  proof: checkpoints, proofs, entries or tiles of the log
  16  timestamp: time-stamps, and times that contradict each other
  17  signature: a signature that does not hold
  18  trust: sound, but not by anybody the policy trusts
  19  sound, and no policy was given: nothing says who made it`,
		Example: `  veedor verify --policy policy.json borduna.wacz
  veedor verify capture.warc.gz
  veedor verify --policy policy.json --proof 17.tlog-proof raw.json
  veedor verify --seen checkpoint-of-last-year log/`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error { return f.run(c, args) },
	}
	flags := c.Flags()
	flags.StringVar(&f.policy, "policy", "", "whom you trust: a policy in JSON, or a C2SP tlog-policy")
	flags.StringArrayVar(&f.keys, "key", nil, "trust this key to sign packages: a PEM file, base64, or the hex SHA-256 of the public key")
	flags.StringArrayVar(&f.domains, "domain", nil, "trust this domain to sign packages (with --roots)")
	flags.StringArrayVar(&f.roots, "roots", nil, "PEM file of roots that certificates of domains must lead to")
	flags.StringArrayVar(&f.tsaRoots, "tsa-roots", nil, "PEM file of roots that certificates of time-stamp authorities must lead to")
	flags.StringArrayVar(&f.seen, "seen", nil, "a checkpoint of the log that you have seen before (for a log's folder)")
	flags.StringVar(&f.proof, "proof", "", "a tlog-proof that the file itself is in a log")
	flags.BoolVar(&f.asJSON, "json", false, "print the reports as JSON, one a line")
	return c
}

// verifyError says that something did not hold; the reports say what.
type verifyError struct{ code int }

func (e *verifyError) Error() string {
	if e.code == dossier.ExitUnvouched {
		return "intact, and nothing says who made it: give a policy (--policy)"
	}
	for _, c := range dossier.Classes() {
		if c.ExitCode() == e.code {
			return fmt.Sprintf("not accepted: %s", c)
		}
	}
	return "not accepted"
}

func (f *verifyFlags) run(c *cobra.Command, args []string) error {
	policy, err := f.readPolicy()
	if err != nil {
		return fmt.Errorf("%w (%w)", err, errUsage)
	}
	o := dossier.Options{Now: time.Now}
	if f.proof != "" {
		if len(args) != 1 {
			return fmt.Errorf("--proof is of one file (%w)", errUsage)
		}
		if o.Proof, err = os.ReadFile(f.proof); err != nil {
			return err
		}
	}
	for _, name := range f.seen {
		b, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		o.Earlier = append(o.Earlier, b)
	}
	code := dossier.ExitOK
	for _, name := range args {
		p := newProgress(c.ErrOrStderr(), "checking "+filepath.Base(name))
		o.Name, o.Progress = name, func(done, of int64) { p.at(done, of, "") }
		r, err := verifyOne(c.Context(), name, policy, o)
		if err != nil {
			return fmt.Errorf("verify %s: %w", name, err)
		}
		if f.asJSON {
			err = json.NewEncoder(c.OutOrStdout()).Encode(r)
		} else {
			err = printReport(c.OutOrStdout(), &r)
		}
		if err != nil {
			return err
		}
		if r.Exit != dossier.ExitOK && (code == dossier.ExitOK || r.Exit < code) {
			code = r.Exit
		}
	}
	if code != dossier.ExitOK {
		return &verifyError{code}
	}
	return nil
}

// readPolicy puts together the policy file and what flags add; nil when nothing was given.
func (f *verifyFlags) readPolicy() (*dossier.Policy, error) {
	if f.policy == "" && len(f.keys)+len(f.domains)+len(f.roots)+len(f.tsaRoots) == 0 {
		return nil, nil
	}
	p := &dossier.Policy{}
	if f.policy != "" {
		b, err := os.ReadFile(f.policy)
		if err != nil {
			return nil, err
		}
		if p, err = dossier.ParsePolicy(b); err != nil {
			return nil, fmt.Errorf("%s: %w", f.policy, err)
		}
	}
	for _, k := range f.keys {
		if b, err := os.ReadFile(k); err == nil {
			k = string(bytes.TrimSpace(b))
		}
		p.Keys = append(p.Keys, k)
	}
	p.Domains = append(p.Domains, f.domains...)
	for _, list := range []struct {
		files []string
		to    *[]string
	}{{f.roots, &p.Roots}, {f.tsaRoots, &p.TSARoots}} {
		for _, name := range list.files {
			b, err := os.ReadFile(name)
			if err != nil {
				return nil, err
			}
			*list.to = append(*list.to, string(b))
		}
	}
	return p, p.Check()
}

// verifyOne finds out what a file or folder is, and checks it as that.
func verifyOne(ctx context.Context, name string, policy *dossier.Policy, o dossier.Options) (dossier.Report, error) {
	info, err := os.Stat(name)
	if err != nil {
		return dossier.Report{}, err
	}
	if info.IsDir() {
		fsys := os.DirFS(name)
		if _, err := fs.Stat(fsys, "checkpoint"); errors.Is(err, fs.ErrNotExist) {
			if _, err := fs.Stat(fsys, "log/checkpoint"); err == nil {
				fsys = os.DirFS(filepath.Join(name, "log"))
			}
		}
		return dossier.CheckLog(ctx, fsys, policy, o), nil
	}
	file, err := os.Open(name)
	if err != nil {
		return dossier.Report{}, err
	}
	defer file.Close()
	head := make([]byte, 5)
	n, err := io.ReadFull(file, head)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.EOF) {
		return dossier.Report{}, err
	}
	if head = head[:n]; o.Proof == nil && (bytes.HasPrefix(head, []byte("WARC/")) || bytes.HasPrefix(head, []byte{0x1f, 0x8b})) {
		return dossier.VerifyWARC(ctx, io.NewSectionReader(file, 0, info.Size()), info.Size(), policy, o), nil
	}
	return dossier.Verify(ctx, file, info.Size(), policy, o), nil
}

// printReport says in plain words how a verification came out.
func printReport(w io.Writer, r *dossier.Report) error {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s: %s, %s\n", r.Name, r.Kind, r.Verdict())
	for _, c := range r.Checks {
		mark := map[dossier.State]string{dossier.StateOK: "ok    ", dossier.StateFailed: "WRONG ", dossier.StateAbsent: "-     "}[c.State]
		fmt.Fprintf(&b, "  %s %s\n", mark, c.Says)
		for _, f := range r.Faults {
			if f.Class == c.Class {
				fmt.Fprintf(&b, "           %s: %s\n", f.Where, f.What)
			}
		}
	}
	if r.More > 0 {
		fmt.Fprintf(&b, "         and %d more that are not listed\n", r.More)
	}
	for _, part := range []struct {
		head string
		says []string
	}{{"What is proved:", r.Proved}, {"What is not:", r.NotProved}} {
		if len(part.says) > 0 {
			fmt.Fprintf(&b, "  %s\n", part.head)
		}
		for _, s := range part.says {
			fmt.Fprintf(&b, "    - %s\n", s)
		}
	}
	_, err := w.Write(printable(b.Bytes()))
	return err
}

// printable replaces what could move a terminal's cursor; names and faults quote what hostile files hold.
func printable(b []byte) []byte {
	return bytes.Map(func(r rune) rune {
		if r < ' ' && r != '\n' || r >= 0x7f && r < 0xa0 || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 {
			return '�'
		}
		return r
	}, b)
}
