// Package cli is the command line: flags, environment, wiring and exit codes. One file a command.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"veedor/internal/evidence/archive"
	"veedor/internal/evidence/tlog"
	"veedor/internal/measure/ingest"
	"veedor/internal/measure/refdata"
	"veedor/internal/measure/store/lake"
)

// Version is what this program calls itself; the Makefile sets it when it links.
var Version = "0.1.0-dev"

// Exit codes; docs/operate/cli.md explains them.
const (
	exitOK          = 0
	exitFailed      = 1
	exitUsage       = 2
	exitDamaged     = 3
	exitUnreadable  = 4
	exitInterrupted = 130
)

var (
	errUsage   = errors.New("wrong use")
	errDamaged = errors.New("the archive is damaged")
	errFewer   = errors.New("fewer than asked for")
)

// Main runs one command and returns the exit code.
func Main(args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	root := command()
	root.SetArgs(args)
	root.SetIn(stdin)
	root.SetOut(stdout)
	root.SetErr(stderr)
	return exitCode(root.ExecuteContext(ctx), stderr)
}

// exitCode says in one line what went wrong, and turns it into an exit code.
func exitCode(err error, stderr io.Writer) int {
	var source *ingest.SourceError
	var verify *verifyError
	code := exitFailed
	switch {
	case err == nil:
		return exitOK
	case errors.Is(err, context.Canceled):
		fmt.Fprintln(stderr, "veedor: stopped; run the same command again to go on")
		return exitInterrupted
	case errors.Is(err, errDamaged), errors.Is(err, tlog.ErrBroken):
		code = exitDamaged
	case errors.As(err, &source), errors.Is(err, errRefused), unreadable(err):
		code = exitUnreadable
	case errors.As(err, &verify):
		code = verify.code
	case errors.Is(err, errUsage), strings.HasPrefix(err.Error(), "unknown "), strings.Contains(err.Error(), "arg(s)"):
		code = exitUsage
	}
	for line := range strings.Lines(err.Error()) {
		fmt.Fprintln(stderr, "veedor: "+strings.TrimSpace(line))
	}
	return code
}

func command() *cobra.Command {
	root := &cobra.Command{
		Use:   "veedor",
		Short: "The open observatory of digital repression",
		Long: `Veedor is an observatory of digital repression: what is blocked and how, who supplied it, and whether the evidence bears out
what is said of it. The bytes behind every answer are kept, and outsiders can check them.

Everything lies in one data folder: --data DIR, or the environment's VEEDOR_DATA, or ./data.`,
		Example: `  veedor ingest --sample              # read the invented sample
  veedor ingest measurements.jsonl.gz
  veedor serve                        # then open http://127.0.0.1:8080`,
		SilenceUsage: true, SilenceErrors: true,
	}
	root.PersistentFlags().String("data", "", "the data folder (default $VEEDOR_DATA, else ./data)")
	root.SetFlagErrorFunc(func(c *cobra.Command, err error) error {
		return fmt.Errorf("%w; see: %s --help (%w)", err, c.CommandPath(), errUsage)
	})
	for _, g := range groups() {
		root.AddGroup(&cobra.Group{ID: g.id, Title: g.title})
		for _, c := range g.commands {
			c.GroupID = g.id
			root.AddCommand(c)
		}
	}
	root.AddCommand(versionCommand(), exitCodesTopic(), pdfTextCommand())
	return root
}

// group is commands that people look for together.
type group struct {
	id, title string
	commands  []*cobra.Command
}

func groups() []group {
	return []group{
		{"measure", "Measure: what is blocked, slowed or cut off", []*cobra.Command{ingestCommand(), syncCommand(), refdataCommand(), rebuildCommand(), settleCommand(), compactCommand(), detectCommand(), incidentsCommand(),
			signatureCommand(), outagesCommand(), explainCommand(), rulesCommand(), rejectedCommand(), exportCommand()}},
		{"follow", "Follow: who supplied, ordered and paid for it", []*cobra.Command{registryCommand()}},
		{"weigh", "Weigh: who says what, and whether the evidence bears it out", []*cobra.Command{caseCommand(), deskCommand(), intakeCommand(), searchCommand(), accountsCommand(), sealCommand(), unsealCommand()}},
		{"evidence", "Evidence: captures, the log, dossiers", []*cobra.Command{captureCommand(), dossierCommand(), logCommand(), verifyCommand(), fsckCommand()}},
		{"publish", "Publish: pages, copies, alerts", []*cobra.Command{serveCommand(), pageCommand(), publishCommand(), alertsCommand()}},
		{"check", "How good it is, how fast, how heavy", []*cobra.Command{truthCommand(), compareCommand(), fitCommand(), falseBenchCommand(), poisonBenchCommand(), detectBenchCommand(), matchBenchCommand(), matchFitCommand(), lineageBenchCommand(),
			quoteBenchCommand(), searchBenchCommand(), verifyBenchCommand(), logBenchCommand(), registryBenchCommand(), benchCommand(), siteBenchCommand(), weightCommand()}},
	}
}

// dataDir returns the data folder.
func dataDir(c *cobra.Command) string {
	if dir, err := c.Flags().GetString("data"); err == nil && dir != "" {
		return dir
	}
	if dir := os.Getenv("VEEDOR_DATA"); dir != "" {
		return dir
	}
	return "data"
}

// house is an opened data folder.
type house struct {
	archive *archive.Archive
	lake    *lake.Lake
	refdata *refdata.DB
}

func open(ctx context.Context, dir string) (*house, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	h := &house{}
	if h.archive, err = archive.Open(dir); err != nil {
		return nil, err
	}
	if h.lake, err = lake.Open(ctx, dir, lake.Options{}); err != nil {
		return nil, errors.Join(err, h.archive.Close())
	}
	if h.refdata, err = refdata.Open(dir); err != nil {
		return nil, errors.Join(err, h.close())
	}
	return h, nil
}

func (h *house) close() error { return errors.Join(h.archive.Close(), h.lake.Close()) }

func (h *house) config() ingest.Config {
	return ingest.Config{Archive: h.archive, Store: h.lake, Refdata: h.refdata}
}

// with runs f on the opened data folder.
func with(c *cobra.Command, f func(*house) error) error {
	h, err := open(c.Context(), dataDir(c))
	if err != nil {
		return err
	}
	return errors.Join(f(h), h.close())
}

func exitCodesTopic() *cobra.Command {
	return &cobra.Command{Use: "exit-codes", Short: "What the exit codes mean", Long: `0    done
1    failed
2    wrong use of a command
3    evidence is damaged, missing or extra (fsck)
4    some input could not be read; the rest was
10–19 what verify found; see: veedor verify --help
130  interrupted; run the same command again to go on`}
}
