package cli

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"veedor/internal/evidence/tlog"
)

func logCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "log",
		Short: "The transparency log: show it, prove what is in it, have it witnessed and stamped, export it",
		Long: `Every archived object, capture, line of a journal and dossier is a leaf of a log that outsiders can check: nothing in it can
be changed, removed, reordered or dated back without that being seen. docs/format/log.md describes its files, and
docs/operate/keys.md its keys, witnesses and time-stamp authorities.`,
		Example: "  veedor log show\n  veedor log prove 5f2c… -o capture.tlog-proof\n  veedor log export public/log",
	}
	c.AddCommand(logShowCommand(), logListCommand(), logProveCommand(), logConsistencyCommand(), logSyncCommand(), logWitnessCommand(), logStampCommand(),
		logExportCommand(), logCheckCommand(), logKeysCommand())
	return c
}

// logState is what show prints.
type logState struct {
	Origin    string         `json:"origin"`
	Size      uint64         `json:"size"`
	Root      string         `json:"root,omitempty"` // base64, as in checkpoints
	Keys      []string       `json:"keys"`
	Satisfied bool           `json:"satisfied"` // the policy, by the newest checkpoint
	Cosigned  []cosignedAt   `json:"cosignatures"`
	Stamps    []stampedAt    `json:"stamps"`
	Pending   []string       `json:"pending"` // who has not seen the newest checkpoint
	Failed    []tlog.Attempt `json:"failed"`  // the last attempt of each who failed
}

type cosignedAt struct {
	Witness string    `json:"witness"`
	Size    uint64    `json:"size"`
	At      time.Time `json:"at"`
}

type stampedAt struct {
	Authority string    `json:"authority"`
	Size      uint64    `json:"size"`
	At        time.Time `json:"at"`
}

func logShowCommand() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use: "show", Short: "Show the log's name, size, root and keys, who cosigned and stamped it, and who has yet to", Example: "  veedor log show --json", Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return withLog(c, func(l *tlog.Log) error {
				s, err := stateOf(l)
				if err != nil {
					return err
				}
				if asJSON {
					return json.NewEncoder(c.OutOrStdout()).Encode(s)
				}
				s.print(c.OutOrStdout())
				return nil
			})
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print as JSON")
	return c
}

// stateOf reads how a log stands. Of each witness and authority, only the newest word is told.
func stateOf(l *tlog.Log) (*logState, error) {
	conf, err := l.Config()
	if err != nil {
		return nil, err
	}
	s := &logState{Origin: conf.Origin}
	at, err := l.Checkpoint()
	if errors.Is(err, tlog.ErrEmpty) {
		return s, nil
	}
	if err != nil {
		return nil, err
	}
	s.Size, s.Root = at.Size, base64.StdEncoding.EncodeToString(at.Root[:])
	if s.Keys, err = l.Keys(); err != nil {
		return nil, err
	}
	if s.Satisfied, err = l.Satisfied(at); err != nil {
		return nil, err
	}
	seen := map[string]uint64{}
	sizes, err := l.Cosigned()
	if err != nil {
		return nil, err
	}
	for _, size := range sizes { // largest first
		cp, err := l.CheckpointAt(size)
		if err != nil {
			return nil, err
		}
		list, err := l.Cosignatures(cp)
		if err != nil {
			return nil, err
		}
		for _, g := range list {
			if _, older := seen["witness "+g.Witness]; !older {
				seen["witness "+g.Witness] = size
				s.Cosigned = append(s.Cosigned, cosignedAt{g.Witness, size, g.At})
			}
		}
	}
	stamps, err := l.Stamps()
	if err != nil {
		return nil, err
	}
	for _, st := range stamps {
		s.Stamps = append(s.Stamps, stampedAt{st.Authority, st.Size, st.At})
		seen["authority "+st.Authority] = st.Size
	}
	return s, s.missing(l, conf, seen)
}

// missing notes who has not seen the newest checkpoint, and who failed last time.
func (s *logState) missing(l *tlog.Log, conf tlog.Config, seen map[string]uint64) error {
	witnesses, err := l.Witnesses()
	if err != nil {
		return err
	}
	who := map[string]bool{}
	for _, w := range witnesses {
		who["witness "+w] = true
		if seen["witness "+w] < s.Size {
			s.Pending = append(s.Pending, "witness "+w)
		}
	}
	for _, a := range conf.Authorities {
		who["authority "+a.Name] = true
		if seen["authority "+a.Name] < s.Size {
			s.Pending = append(s.Pending, "authority "+a.Name)
		}
	}
	attempts, err := l.Attempts()
	if err != nil {
		return err
	}
	for i := len(attempts) - 1; i >= 0; i-- {
		name := map[string]string{"witness": "witness ", "stamp": "authority "}[attempts[i].What] + attempts[i].Name
		if !who[name] {
			continue // told already, or no longer asked
		}
		delete(who, name)
		if attempts[i].Why != "" {
			s.Failed = append(s.Failed, attempts[i])
		}
	}
	return nil
}

func (s *logState) print(out io.Writer) {
	if s.Size == 0 {
		fmt.Fprintln(out, "the log is empty: what veedor ingest and capture bring in is logged; veedor log sync logs what is there")
		return
	}
	fmt.Fprintf(out, "origin     %s\nsize       %d\nroot       %s\n", s.Origin, s.Size, s.Root)
	for _, k := range s.Keys {
		fmt.Fprintf(out, "key        %s\n", k)
	}
	for _, g := range s.Cosigned {
		fmt.Fprintf(out, "witness    %s saw %d leaves at %s\n", g.Witness, g.Size, g.At.Format(time.RFC3339))
	}
	first := max(0, len(s.Stamps)-10)
	if first > 0 {
		fmt.Fprintf(out, "stamped    %d times before these\n", first)
	}
	for _, st := range s.Stamps[first:] {
		fmt.Fprintf(out, "stamped    by %s, %d leaves at %s\n", st.Authority, st.Size, st.At.Format(time.RFC3339))
	}
	for _, f := range s.Failed {
		fmt.Fprintf(out, "failed     %s %s at %s: %s\n", f.What, f.Name, f.At.Format(time.RFC3339), f.Why)
	}
	for _, p := range s.Pending {
		fmt.Fprintf(out, "pending    %s has not seen the newest checkpoint\n", p)
	}
	if !s.Satisfied {
		fmt.Fprintln(out, "quorum     too few witnesses cosigned the newest checkpoint")
	}
}

func logListCommand() *cobra.Command {
	var asJSON bool
	var kind, hash string
	var from, limit uint64
	c := &cobra.Command{
		Use: "list", Short: "List the leaves", Example: "  veedor log list --kind capture --json\n  veedor log list --hash 5f2c…", Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return withLog(c, func(l *tlog.Log) error {
				out, n := c.OutOrStdout(), uint64(0)
				show := func(e tlog.Entry) error {
					n++
					if asJSON {
						return json.NewEncoder(out).Encode(leafJSON{e.Index, e.Kind, e.At, e.Hash.String()})
					}
					_, err := fmt.Fprintf(out, "%d\t%s\t%s\t%s\n", e.Index, e.At.Format(time.RFC3339), e.Kind, e.Hash)
					return err
				}
				if hash != "" {
					found, err := findLeaf(c, l, hash, kind)
					for _, e := range found {
						err = errors.Join(err, show(e))
					}
					return err
				}
				for e, err := range l.Leaves(c.Context(), from, 0) {
					switch {
					case errors.Is(err, tlog.ErrEmpty):
						return nil
					case err != nil:
						return err
					case kind != "" && string(e.Kind) != kind:
						continue
					}
					if err := show(e); err != nil || n == limit {
						return err
					}
				}
				return nil
			})
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "one JSON object a line")
	c.Flags().StringVar(&kind, "kind", "", "only object, capture, event, incident or dossier")
	c.Flags().StringVar(&hash, "hash", "", "only those of a hash")
	c.Flags().Uint64Var(&from, "from", 0, "begin at this index")
	c.Flags().Uint64Var(&limit, "limit", 0, "at most so many (0: all)")
	return c
}

type leafJSON struct {
	Index uint64    `json:"index"`
	Kind  tlog.Kind `json:"kind"`
	At    time.Time `json:"at"`
	Hash  string    `json:"hash"`
}

// findLeaf returns the leaves of a hash or, written in decimal, of an index.
func findLeaf(c *cobra.Command, l *tlog.Log, what, kind string) ([]tlog.Entry, error) {
	if i, err := strconv.ParseUint(what, 10, 63); err == nil && len(what) < 20 {
		e, err := l.Leaf(c.Context(), i)
		return []tlog.Entry{e}, err
	}
	h, err := tlog.ParseHash(what)
	if err != nil {
		return nil, fmt.Errorf("%w (%w)", err, errUsage)
	}
	found, err := l.Find(c.Context(), h)
	if err != nil || kind == "" {
		return found, err
	}
	for _, e := range found {
		if string(e.Kind) == kind {
			return []tlog.Entry{e}, nil
		}
	}
	return nil, fmt.Errorf("%s as %s: %w", what, kind, tlog.ErrNotFound)
}

func logProveCommand() *cobra.Command {
	var file, kind string
	var size uint64
	c := &cobra.Command{
		Use: "prove HASH|INDEX", Short: "Prove that something is in the log: a C2SP tlog-proof",
		Long: `Print a proof that a leaf is in the log (https://c2sp.org/tlog-proof): its index, the hashes that lead from it to the root, and
a signed checkpoint with the cosignatures it has. Its extra data is the leaf itself. It is checked before it is printed. The
checkpoint is the newest that enough witnesses cosigned, or --size names another that was cosigned or stamped.`,
		Example: "  veedor log prove 5f2c… -o capture.tlog-proof", Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return withLog(c, func(l *tlog.Log) error {
				found, err := findLeaf(c, l, args[0], kind)
				if err != nil {
					return err
				}
				var proof []byte
				if size > 0 {
					proof, err = l.ProofAt(c.Context(), found[0].Index, size)
				} else {
					proof, err = l.Proof(c.Context(), found[0].Index)
				}
				if err != nil {
					return err
				}
				if file == "" || file == "-" {
					_, err = c.OutOrStdout().Write(proof)
					return err
				}
				return os.WriteFile(file, proof, 0o644)
			})
		},
	}
	c.Flags().StringVarP(&file, "output", "o", "", "the file to write (default standard output)")
	c.Flags().StringVar(&kind, "kind", "", "the leaf of this kind, where a hash was logged as several")
	c.Flags().Uint64Var(&size, "size", 0, "at the checkpoint of so many leaves")
	return c
}
