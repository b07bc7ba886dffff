package cli

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"veedor/internal/evidence/archive"
	"veedor/internal/evidence/tlog"
)

func logConsistencyCommand() *cobra.Command {
	c := &cobra.Command{
		Use: "consistency FROM [TO]", Short: "Prove that the log of TO leaves continues the log of FROM leaves (RFC 6962, 2.1.2)",
		Long: `Print the root of the smaller tree, the root of the larger one, and the hashes that prove that the one continues the other, each
in base64. TO is the newest checkpoint where it is left out.`,
		Example: "  veedor log consistency 1000", Args: cobra.RangeArgs(1, 2),
		RunE: func(c *cobra.Command, args []string) error {
			var sizes [2]uint64
			for i, a := range args {
				n, err := strconv.ParseUint(a, 10, 63)
				if err != nil {
					return fmt.Errorf("%q is no number of leaves (%w)", a, errUsage)
				}
				sizes[i] = n
			}
			return withLog(c, func(l *tlog.Log) error {
				newest, err := l.Checkpoint()
				if err != nil {
					return err
				}
				if len(args) == 1 {
					sizes[1] = newest.Size
				}
				hashes, err := l.Consistency(c.Context(), sizes[0], sizes[1])
				if err != nil {
					return err
				}
				for i, word := range []string{"from", "to"} {
					root, err := l.Root(c.Context(), sizes[i])
					if err != nil {
						return err
					}
					fmt.Fprintf(c.OutOrStdout(), "%s %d %s\n", word, sizes[i], base64.StdEncoding.EncodeToString(root[:]))
				}
				for _, h := range hashes {
					fmt.Fprintln(c.OutOrStdout(), base64.StdEncoding.EncodeToString(h[:]))
				}
				return nil
			})
		},
	}
	return c
}

func logSyncCommand() *cobra.Command {
	return &cobra.Command{
		Use: "sync", Short: "Append whatever in the data folder is not in the log yet (ingest, detect and capture do this)", Example: "  veedor log sync", Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			a, err := archive.Open(dataDir(c))
			if err != nil {
				return err
			}
			err = withLog(c, func(l *tlog.Log) error {
				n, err := syncLog(c.Context(), c, l, a)
				if err == nil {
					fmt.Fprintf(c.OutOrStdout(), "added %d leaves\n", n)
				}
				return err
			})
			return errors.Join(err, a.Close())
		},
	}
}

func logWitnessCommand() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use: "witness", Short: "Ask the witnesses of log.json to cosign the newest checkpoint (C2SP tlog-witness)", Example: "  veedor log witness", Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return withLog(c, func(l *tlog.Log) error { return ask(c, asJSON, "cosigned", "policy", l.Witness) })
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "one JSON object a line")
	return c
}

func logStampCommand() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use: "stamp", Short: "Ask the time-stamp authorities of log.json to stamp the newest checkpoint (RFC 3161)", Example: "  veedor log stamp", Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return withLog(c, func(l *tlog.Log) error { return ask(c, asJSON, "stamped", "authorities", l.Stamp) })
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "one JSON object a line")
	return c
}

// ask asks all witnesses or authorities and says what came of it; it fails where one did.
func ask(c *cobra.Command, asJSON bool, did, where string, f func(context.Context, bool) ([]tlog.Outcome, error)) error {
	list, err := f(c.Context(), false)
	if err != nil {
		return err
	}
	failed := 0
	for _, o := range list {
		if o.Why != "" {
			failed++
		}
		switch {
		case asJSON:
			if err := json.NewEncoder(c.OutOrStdout()).Encode(o); err != nil {
				return err
			}
		case o.Why != "":
			fmt.Fprintf(c.OutOrStdout(), "%s: %s\n", o.Name, o.Why)
		case o.Kept:
			fmt.Fprintf(c.OutOrStdout(), "%s: had %s %d leaves at %s\n", o.Name, did, o.Size, o.At.Format(time.RFC3339))
		default:
			fmt.Fprintf(c.OutOrStdout(), "%s: %s %d leaves at %s\n", o.Name, did, o.Size, o.At.Format(time.RFC3339))
		}
	}
	if len(list) == 0 && !asJSON {
		fmt.Fprintf(c.OutOrStdout(), "nobody to ask: name some in log.json, under %q (docs/operate/keys.md)\n", where)
	}
	if failed > 0 {
		return fmt.Errorf("%d of %d gave nothing; what they missed is covered when they are asked again", failed, len(list))
	}
	return nil
}

func logExportCommand() *cobra.Command {
	return &cobra.Command{
		Use: "export FOLDER", Short: "Copy what is public of the log: leaves, tiles, checkpoint, cosignatures, stamps, keys",
		Long: `Copy the public files of the log into a folder, as of the newest checkpoint. That folder can be served as it is (C2SP
tlog-tiles), and is what a hostile reader needs to check the log. Exporting there again adds what is new.`,
		Example: "  veedor log export public/log", Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return withLog(c, func(l *tlog.Log) error {
				at, err := l.Export(c.Context(), args[0])
				if err == nil {
					fmt.Fprintf(c.OutOrStdout(), "exported %d leaves of %s to %s\n", at.Size, at.Origin, args[0])
				}
				return err
			})
		},
	}
}

func logCheckCommand() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use: "check", Short: "Read the whole log and say what is damaged", Example: "  veedor log check", Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return withLog(c, func(l *tlog.Log) error {
				p := newProgress(c.ErrOrStderr(), "log check")
				var leaves uint64
				problems, err := l.Fsck(c.Context(), func(done, total uint64) { leaves = total; p.count(done, fmt.Sprintf("of %d leaves", total)) })
				p.end()
				if err != nil {
					return err
				}
				for _, f := range problems {
					if asJSON {
						err = errors.Join(err, json.NewEncoder(c.OutOrStdout()).Encode(f))
					} else {
						fmt.Fprintf(c.OutOrStdout(), "%s: %s\n", f.Where, f.What)
					}
				}
				if !asJSON {
					fmt.Fprintf(c.OutOrStdout(), "checked %d leaves: %d problems\n", leaves, len(problems))
				}
				if len(problems) > 0 {
					return fmt.Errorf("%w: %d problems, listed above", tlog.ErrBroken, len(problems))
				}
				return err
			})
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "one JSON object a line")
	return c
}

func logKeysCommand() *cobra.Command {
	var add, retire bool
	c := &cobra.Command{
		Use: "keys", Short: "List the log's public keys, or change what it signs with",
		Long: `List the public keys the log signs or signed with, the present one first. --add makes a new key: every checkpoint from then on
is signed by it and by the old one, so that those who know only one of them can follow. --retire then lets the newest key
alone sign. docs/operate/keys.md says when to do which.`,
		Example: "  veedor log keys\n  veedor log keys --add", Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if add && retire {
				return fmt.Errorf("first --add, and --retire when everybody knows the new key (%w)", errUsage)
			}
			return withLog(c, func(l *tlog.Log) error {
				var err error
				switch {
				case add:
					err = l.AddKey()
				case retire:
					_, err = l.RetireKeys()
				}
				if err == nil && (add || retire) {
					_, err = l.Append(c.Context(), nil) // the newest checkpoint, signed anew
				}
				if err != nil {
					return err
				}
				keys, err := l.Keys()
				for _, k := range keys {
					fmt.Fprintln(c.OutOrStdout(), k)
				}
				return err
			})
		},
	}
	c.Flags().BoolVar(&add, "add", false, "make a new key that signs beside the old one")
	c.Flags().BoolVar(&retire, "retire", false, "let only the newest key sign")
	return c
}
