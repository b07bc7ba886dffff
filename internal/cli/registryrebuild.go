package cli

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"veedor/internal/evidence/archive"
	"veedor/internal/evidence/tlog"
	"veedor/internal/follow/registry"
)

func registryRebuildCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "rebuild",
		Short: "Make the registry's tables and search index anew from the archive and the journals",
		Long: `Read every state again from the archive, in the order and with the days that registry/states.jsonl says, into new tables, and put
them in the place of the old ones. Exports are the same afterwards. Where this veedor reads something otherwise than the one
before, that is said, and written to the journal. End veedor serve before. What was interrupted is run again the same way.`,
		Example: "  veedor registry rebuild",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return withArchive(c, func(a *archive.Archive) error {
				if err := rebuildRegistry(c, a); err != nil {
					return err
				}
				return withLog(c, func(l *tlog.Log) error {
					_, err := syncLog(c.Context(), c, l, a)
					return err
				})
			})
		},
	}
}

func rebuildRegistry(c *cobra.Command, a *archive.Archive) error {
	p := newProgress(c.ErrOrStderr(), "registry rebuild")
	defer p.end()
	out, n := c.OutOrStdout(), 0
	open := func(s registry.State) (registry.Source, error) {
		return stateSource(a, s.Format, s.Dataset, s.Files)
	}
	report := func(done registry.Rebuilt) {
		n++
		s := done.State
		switch {
		case done.Err != nil:
			p.end()
			fmt.Fprintf(out, "%s: state %d of %s stays unfinished: %v\n", s.Dataset, s.ID, s.Date(), done.Err)
		case done.Was != nil:
			p.end()
			fmt.Fprintf(out, "%s: state %d of %s is read otherwise now: kept %d of %d, %d values; before, kept %d of %d, %d values\n",
				s.Dataset, s.ID, s.Date(), s.Account.Kept, s.Account.Read, s.Account.Values, done.Was.Kept, done.Was.Read, done.Was.Values)
		}
	}
	err := registry.Rebuild(c.Context(), dataDir(c), open, time.Now, report, func(s registry.State, items int) {
		p.count(uint64(items), fmt.Sprintf("items of state %d of %s", s.ID, s.Dataset))
	})
	if err == nil {
		p.end()
		fmt.Fprintf(out, "rebuilt %d states\n", n)
	}
	return err
}

func registryRedateCommand() *cobra.Command {
	var by, why string
	c := &cobra.Command{
		Use:   "redate STATE DAY",
		Short: "Correct the day a state stands for; the day it had stays in the journal",
		Long: `Correct the day a state of a dataset stands for, where it was imported with a wrong --date. What holds now, what changed when, and
first and last seen follow from the days of states. The old day stays in registry/states.jsonl.`,
		Example: `  veedor registry redate 4 2021-07-07 --by ana --why "the date of the file name, not of the download"`,
		Args:    cobra.ExactArgs(2),
		RunE: func(c *cobra.Command, args []string) error {
			id, err := stateNumber(args[0])
			if err != nil {
				return err
			}
			if _, err := time.Parse(time.DateOnly, args[1]); err != nil {
				return fmt.Errorf("%q: want YYYY-MM-DD (%w)", args[1], errUsage)
			}
			return writeRegistry(c, func(r *registry.Registry) error {
				s, err := r.Redate(c.Context(), id, args[1], by, why, time.Now())
				if err == nil {
					fmt.Fprintf(c.OutOrStdout(), "%s: state %d of %s\n", s.Dataset, s.ID, s.Date())
				}
				return err
			})
		},
	}
	c.Flags().StringVar(&by, "by", "", "who says so: a name or a pseudonym (needed)")
	c.Flags().StringVar(&why, "why", "", "the reason")
	return c
}

// fileThere says what is wrong with a file that a state was read from. That its objects are what they say is checked with
// the archive.
func fileThere(a *archive.Archive, f registry.File) error {
	var objects []archive.Hash
	for _, o := range f.Objects() {
		h, err := archive.ParseHash(o)
		if err != nil {
			return err
		}
		objects = append(objects, h)
	}
	there, err := a.Has(objects)
	if err != nil {
		return err
	}
	for i, ok := range there {
		if !ok {
			return fmt.Errorf("the archive does not have %s", objects[i])
		}
	}
	if len(objects) == 1 {
		return nil
	}
	sum := sha256.New()
	if _, err := io.Copy(sum, &archived{a: a, parts: f.Objects()}); err != nil {
		return err
	}
	if hex.EncodeToString(sum.Sum(nil)) != f.Hash {
		return fmt.Errorf("its parts do not make the file")
	}
	return nil
}
