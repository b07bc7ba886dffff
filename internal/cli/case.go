package cli

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"veedor/internal/weigh/cases"
	"veedor/internal/weigh/desk"
)

func caseCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "case",
		Short: "Cases as text: files that people read, review and merge, to the desk and back",
		Long:  "A case as text is a folder of YAML files (docs/format/case.md). It is loaded onto the desk, changed there or in the files, and saved again.",
	}
	c.PersistentFlags().String("by", "", "who writes (default $VEEDOR_BY, else $USER)")
	c.PersistentFlags().String("why", "", "why it is written")
	c.AddCommand(caseLoadCommand(), caseSaveCommand(), caseRealCommand())
	return c
}

func caseLoadCommand() *cobra.Command {
	var publish bool
	c := &cobra.Command{
		Use:   "load CASE",
		Short: "Take over what a case's files say",
		Long: `Take over what a case's files say and did not say when they were last loaded or saved. What was changed on the desk meanwhile stays; where
both changed the same, both are kept as a conflict (veedor desk conflicts). The same files again change nothing. Its claims are
weighed at once.`,
		Example: "  veedor case load borduna --publish",
		Args:    cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			k, err := readCase(args[0])
			if err != nil {
				return err
			}
			return with(c, func(h *house) error {
				return withDesk(c, func(d *desk.Desk) error {
					return errors.Join(caseLoad(c, h, d, k, publish), logAll(c.Context(), c, h))
				})
			})
		},
	}
	c.Flags().BoolVar(&publish, "publish", false, "show it to readers, if nothing is lacking")
	return c
}

func caseLoad(c *cobra.Command, h *house, d *desk.Desk, k *cases.Case, publish bool) error {
	who, why := deskWriter(c)
	if why == "" {
		why = "loaded from its text"
	}
	done, err := d.LoadCase(c.Context(), who, why, k)
	if err != nil {
		return err
	}
	conflicts := 0
	for _, w := range done {
		conflicts += len(w.Conflicts)
		printConflicts(c, w.Conflicts)
	}
	ids, err := d.List(c.Context(), who, desk.Query{Kind: desk.Claim, Where: map[string]string{"case": k.ID}})
	if err != nil {
		return err
	}
	var claims []string
	for i := range ids {
		claims = append(claims, ids[i].ID)
	}
	if len(claims) > 0 {
		if _, err := reweigh(c, h, d, claims...); err != nil {
			return err
		}
	}
	for _, id := range claims {
		r, err := d.Get(c.Context(), who, desk.Claim, id)
		if err != nil {
			return err
		}
		fmt.Fprintf(c.OutOrStdout(), "%s: %s\n", id, r.Str("status"))
	}
	fmt.Fprintf(c.OutOrStdout(), "case %s: %d records written, %d conflicts\n", k.ID, len(done), conflicts)
	if publish {
		return d.Publish(c.Context(), who, why, true, desk.Case, k.ID)
	}
	return nil
}

func caseSaveCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "save ID FOLDER",
		Short: "Write a case of the desk as files",
		Long: `Write a case of the desk as files, in one form, without what is private. A file that says the same already stays as it is, with its
comments; files of claims and items that are no longer in the case are removed.`,
		Example: "  veedor case save borduna cases/borduna",
		Args:    cobra.ExactArgs(2),
		RunE: func(c *cobra.Command, args []string) error {
			return withDesk(c, func(d *desk.Desk) error {
				who, _ := deskWriter(c)
				return d.SaveCase(c.Context(), who, args[0], func(k *cases.Case) error { return caseWrite(c, k, args[1]) })
			})
		},
	}
}

// caseWrite brings a folder to say what a case says.
func caseWrite(c *cobra.Command, k *cases.Case, dir string) error {
	files, err := k.Files()
	if err != nil {
		return err
	}
	there := map[string][]byte{} // what the folder says, in the one form
	old, err := cases.Read(os.DirFS(dir))
	if err == nil {
		if old.ID != k.ID {
			return fmt.Errorf("%s holds case %s, not %s", dir, old.ID, k.ID)
		}
		if there, err = old.Files(); err != nil {
			return err
		}
	} else if !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s cannot be read as it is; mend it or name another folder: %w", dir, err)
	}
	written, removed := 0, 0
	for name, b := range files {
		if bytes.Equal(there[name], b) {
			continue
		}
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := replaceFile(path, b); err != nil {
			return err
		}
		written++
	}
	for name := range there {
		if files[name] == nil && strings.HasSuffix(name, ".yaml") {
			if err := os.Remove(filepath.Join(dir, filepath.FromSlash(name))); err != nil {
				return err
			}
			removed++
		}
	}
	fmt.Fprintf(c.OutOrStdout(), "case %s: %d files written, %d removed, %d say the same already\n", k.ID, written, removed, len(files)-written)
	return nil
}

// replaceFile writes a file whole or not at all.
func replaceFile(path string, b []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".case-*")
	if err != nil {
		return err
	}
	_, err = f.Write(b)
	err = errors.Join(err, f.Chmod(0o644), f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return nil
}
