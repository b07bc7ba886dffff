package cli

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"veedor/internal/evidence/capture"
	"veedor/internal/evidence/recorder"
	"veedor/internal/evidence/tlog"
)

func captureCommand() *cobra.Command {
	var q capture.Request
	var document, asJSON, dry bool
	var inCase string
	c := &cobra.Command{
		Use:   "capture URL…",
		Short: "Capture pages and documents as evidence: the bytes exchanged, text, screenshot, certificates",
		Long: `Capture pages with a browser through a recording proxy, documents and media with a plain fetch, each as one WACZ under its hash.
Loopback, private and link-local addresses are refused, on every redirect and for everything a page loads.
Quotes from earlier captures of the same page are looked for at once. Whole captures are private until published.
With --missing CASE, instead of addresses, everything that the case cites and that is not captured yet is.`,
		Example: `  veedor capture https://example.org/article
  veedor capture --operator desk --network "AS8048 CANTV" https://example.org/article
  veedor capture --document https://example.org/decree.pdf
  veedor capture --missing venezuela-filtering --dry-run`,
		Args: func(c *cobra.Command, args []string) error {
			switch {
			case inCase != "" && len(args) > 0:
				return fmt.Errorf("capture: give addresses, or --missing with a case (%w)", errUsage)
			case inCase != "":
				return nil
			case dry:
				return fmt.Errorf("capture: --dry-run goes with --missing (%w)", errUsage)
			}
			return cobra.MinimumNArgs(1)(c, args)
		},
		RunE: func(c *cobra.Command, args []string) error {
			if document {
				q.Kind = capture.Document
			}
			q.Limits.Object = max(recorder.DefaultLimits().Object, q.Limits.Total)
			if !c.Flags().Changed("max-bytes") {
				q.Limits.Object = 0
			}
			return withCaptures(c, func(all *capture.Captures) error {
				if inCase != "" {
					return captureMissing(c, all, q, inCase, dry)
				}
				failed := 0
				for _, url := range args {
					q.URL = url
					if err := captureOne(c, all, q, asJSON); err != nil {
						if len(args) == 1 || !unreadable(err) {
							return err
						}
						failed++
						fmt.Fprintln(c.ErrOrStderr(), "veedor: "+err.Error())
					}
				}
				if failed > 0 {
					return fmt.Errorf("%d of %d addresses were not captured: %w", failed, len(args), capture.ErrRefused)
				}
				return nil
			})
		},
	}
	f := c.Flags()
	f.BoolVar(&document, "document", false, "fetch the address alone, without a browser")
	f.BoolVar(&asJSON, "json", false, "print the captures as JSON, one a line")
	f.StringVar(&inCase, "missing", "", "what this case cites and nobody captured yet: a case of the desk, or a folder")
	f.BoolVar(&dry, "dry-run", false, "with --missing: only list it")
	requestFlags(c, &q)
	c.AddCommand(captureImportCommand(), captureListCommand(), captureShowCommand(), captureTextCommand(), captureDiffCommand(), captureRefusedCommand(),
		captureQuoteCommand(), captureQuotesCommand(), captureRequoteCommand(), captureWatchCommand(), captureWatchesCommand(), captureCheckCommand(), captureAlertsCommand(),
		capturePublishCommand(), captureWithholdCommand(), captureAdoptCommand())
	return c
}

// requestFlags are those that say who captures, from where, and how.
func requestFlags(c *cobra.Command, q *capture.Request) {
	f := c.Flags()
	f.StringVar(&q.Operator, "operator", os.Getenv("VEEDOR_OPERATOR"), "who captures: a pseudonym or an organisation (default $VEEDOR_OPERATOR)")
	f.StringVar(&q.Network, "network", os.Getenv("VEEDOR_NETWORK"), `over which network, such as "AS8048 CANTV" or Tor (default $VEEDOR_NETWORK)`)
	f.StringVar(&q.Proxy, "proxy", "", "go through this proxy: socks5://HOST:PORT or http://HOST:PORT")
	f.BoolVar(&q.AllowPrivate, "allow-private", false, "loopback and private networks too: for tests and intranets")
	f.BoolVar(&q.NoScripts, "no-scripts", false, "the scripts of pages do not run")
	f.Int64Var(&q.Limits.Total, "max-bytes", recorder.DefaultLimits().Total, "most bytes received for one capture")
	f.DurationVar(&q.Limits.Time, "max-time", recorder.DefaultLimits().Time, "most time for one capture")
}

// unreadable says whether an error is about what was to be captured, and not about us.
func unreadable(err error) bool {
	return errors.Is(err, capture.ErrRefused) || errors.Is(err, recorder.ErrUnreachable) || errors.Is(err, recorder.ErrRefused)
}

func captureOne(c *cobra.Command, all *capture.Captures, q capture.Request, asJSON bool) error {
	p := newProgress(c.ErrOrStderr(), "capturing")
	q.Progress = func(r recorder.Progress) { p.at(r.Bytes, 0, fmt.Sprintf("%d exchanges", r.Exchanges)) }
	x, err := all.Take(c.Context(), q)
	p.end()
	if x != nil {
		if err := printCaptured(c.OutOrStdout(), x, asJSON); err != nil {
			return err
		}
	}
	return err
}

// printCaptured says what was captured; its last line is for machines, too.
func printCaptured(w io.Writer, x *capture.Capture, asJSON bool) error {
	if asJSON {
		return json.NewEncoder(w).Encode(x)
	}
	if x.Final != "" {
		fmt.Fprintf(w, "led to %s\n", x.Final)
	}
	if x.Partial != "" {
		fmt.Fprintf(w, "partial: %s\n", x.Partial)
	}
	for _, r := range x.Refusals {
		fmt.Fprintf(w, "refused %s: %s\n", r.URL, r.Why)
	}
	for _, f := range x.Faults {
		fmt.Fprintf(w, "fault %s: %s: %s\n", f.Class, f.Where, f.What)
	}
	_, err := fmt.Fprintf(w, "captured %s %d %s\n", x.Hash, x.Size, cmp.Or(x.Title, x.URL))
	return err
}

// withCaptures runs f on the captures of the data folder.
func withCaptures(c *cobra.Command, f func(*capture.Captures) error) error {
	dir, err := filepath.Abs(dataDir(c))
	if err != nil {
		return err
	}
	all, err := openCaptures(dir)
	if err != nil {
		return err
	}
	return f(all)
}

// openCaptures opens the captures of a data folder.
func openCaptures(dir string) (*capture.Captures, error) {
	return capture.Open(dir, capture.Options{Software: "veedor " + Version, Log: captureLog{dir}, PDFHelper: pdfHelper()})
}

// captureLog makes leaves of captures and of the lines of their journal.
type captureLog struct{ dir string }

// Append implements capture.Log.
func (l captureLog) Append(ctx context.Context, captures, events []string) error {
	var items []tlog.Item
	for i, h := range slices.Concat(captures, events) {
		hash, err := tlog.ParseHash(h)
		if err != nil {
			return err
		}
		kind := tlog.Capture
		if i >= len(captures) {
			kind = tlog.Event
		}
		items = append(items, tlog.Item{Kind: kind, Hash: hash})
	}
	log, err := tlog.Open(ctx, l.dir, tlog.Options{})
	if err != nil {
		return err
	}
	_, err = log.Append(ctx, items)
	if err == nil {
		err = attest(ctx, log, io.Discard) // veedor log show tells what came of it
	}
	return errors.Join(err, log.Close())
}

func captureImportCommand() *cobra.Command {
	var o capture.Origin
	var asJSON bool
	c := &cobra.Command{
		Use:   "import FILE…",
		Short: "Take in what others recorded: WARC, WACZ, MHTML, mail, PDF, HTML, pictures",
		Long: `Take in what others recorded as captures of the kind "imported": we did not see it exchanged. The file is kept byte for byte, with what
is said of its origin, and with the faults of a package. Nothing is taken out of it, positions in pictures neither: whole captures are private
until published. What is hostile is refused; its hash and the reason are kept. FILE - reads standard input, named by --name.`,
		Example: `  veedor capture import --how "sent by a reader" --who "reader 12" article.mhtml
  veedor capture import --how "downloaded from an archive" --url https://example.org/ snapshot.wacz`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if o.How == "" {
				return fmt.Errorf("import: say with --how how the file came to us (%w)", errUsage)
			}
			return withCaptures(c, func(all *capture.Captures) error {
				failed := 0
				for _, name := range args {
					if err := importOne(c, all, name, o, asJSON); err != nil {
						if len(args) == 1 || !unreadable(err) {
							return err
						}
						failed++
						fmt.Fprintln(c.ErrOrStderr(), "veedor: "+err.Error())
					}
				}
				if failed > 0 {
					return fmt.Errorf("%d of %d files were not taken in: %w", failed, len(args), capture.ErrRefused)
				}
				return nil
			})
		},
	}
	f := c.Flags()
	f.StringVar(&o.How, "how", "", "how the file came to us (needed)")
	f.StringVar(&o.Who, "who", os.Getenv("VEEDOR_OPERATOR"), "from whom: a pseudonym or an organisation (default $VEEDOR_OPERATOR)")
	f.StringVar(&o.Note, "note", "", "what else is to be known of it")
	f.StringVar(&o.URL, "url", "", "the address it is of, as who sent it says")
	f.StringVar(&o.Name, "name", "standard-input", "its name, when it comes from standard input")
	f.BoolVar(&asJSON, "json", false, "print the captures as JSON, one a line")
	return c
}

func importOne(c *cobra.Command, all *capture.Captures, path string, o capture.Origin, asJSON bool) error {
	in, name := c.InOrStdin(), o.Name
	if path != "-" {
		f, err := os.Open(path)
		if err != nil {
			return fmt.Errorf("import: %w", err)
		}
		defer f.Close()
		in, name = f, filepath.Base(path)
	}
	p := newProgress(c.ErrOrStderr(), "importing")
	x, err := all.Import(c.Context(), name, &watched{r: in, told: func(n int64) { p.at(n, 0, name) }}, o)
	p.end()
	if x != nil {
		if err := printCaptured(c.OutOrStdout(), x, asJSON); err != nil {
			return err
		}
	}
	return err
}

// watched tells how much was read.
type watched struct {
	r    io.Reader
	n    int64
	told func(int64)
}

func (w *watched) Read(p []byte) (int, error) {
	n, err := w.r.Read(p)
	w.n += int64(n)
	w.told(w.n)
	return n, err
}

func captureListCommand() *cobra.Command {
	var f capture.Filter
	var asJSON bool
	c := &cobra.Command{
		Use: "list", Short: "List captures, latest first", Args: cobra.NoArgs, Example: "  veedor capture list --url https://example.org/article",
		RunE: func(c *cobra.Command, _ []string) error {
			return withCaptures(c, func(all *capture.Captures) error {
				list, err := all.List(f)
				if err != nil {
					return err
				}
				for i := range list {
					x := &list[i]
					if asJSON {
						if err := json.NewEncoder(c.OutOrStdout()).Encode(x); err != nil {
							return err
						}
						continue
					}
					fmt.Fprintf(c.OutOrStdout(), "%s %s %s %s %s\n", x.Hash[:12], x.At.UTC().Format(time.DateTime), x.Kind, orDash(x.URL), x.Title)
				}
				if !asJSON {
					fmt.Fprintf(c.OutOrStdout(), "%d captures\n", len(list))
				}
				return nil
			})
		},
	}
	c.Flags().StringVar(&f.URL, "url", "", "only captures of this page")
	c.Flags().StringVar(&f.Kind, "kind", "", "only page, document, media or imported")
	c.Flags().IntVar(&f.Max, "limit", 0, "at most so many")
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON, one capture a line")
	return c
}

func orDash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}

func captureRefusedCommand() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use: "refused", Short: "List what was not captured, and why, latest first", Args: cobra.NoArgs, Example: "  veedor capture refused",
		RunE: func(c *cobra.Command, _ []string) error {
			return withCaptures(c, func(all *capture.Captures) error {
				list, err := all.Refusals()
				if err != nil {
					return err
				}
				for _, e := range list {
					if asJSON {
						if err := json.NewEncoder(c.OutOrStdout()).Encode(e); err != nil {
							return err
						}
						continue
					}
					what := e.Refusal.URL
					if o := e.Refusal.Origin; o != nil {
						what = strings.TrimSpace(o.Name + " " + o.Hash)
					}
					fmt.Fprintf(c.OutOrStdout(), "%s %s %s: %s\n", e.At.Format(time.DateTime), e.What, what, e.Refusal.Why)
				}
				if !asJSON {
					fmt.Fprintf(c.OutOrStdout(), "%d refused or without an answer\n", len(list))
				}
				return nil
			})
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON, one entry a line")
	return c
}
