package cli

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"runtime/debug"
	"strings"
	"sync/atomic"
	"time"

	"github.com/spf13/cobra"

	"veedor/internal/evidence/tlog"
	"veedor/internal/mirror"
	"veedor/internal/web"
)

// publishFlags are what publish is told.
type publishFlags struct {
	to, check      string
	base, of       string
	onion          string
	withoutExports bool
	anew           bool
}

func publishCommand() *cobra.Command {
	var f publishFlags
	c := &cobra.Command{
		Use:   "publish --to FOLDER",
		Short: "Write the whole public site as files that need no server, or check such files",
		Long: `Write the whole public site as files: for other web servers, IPFS, onion services and disks that are passed from hand to hand.
Links are relative, so that the copy opens from anywhere, also without a server; feeds, raw measurements, dossiers, captures and
the transparency log are in it. Run again, it writes only what changed and removes what is gone; stopped, it goes on.
Files in the folder that it did not write are left alone. docs/operate/mirror.md has more.`,
		Example: `  veedor publish --to mirror
  veedor publish --to mirror --base https://mirror.example/veedor/ --of https://veedor.example/
  veedor publish --check mirror`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			switch {
			case (f.to == "") == (f.check == ""):
				return fmt.Errorf("name a folder to write, with --to, or one to check, with --check (%w)", errUsage)
			case f.check != "":
				return publishCheck(c, f.check)
			}
			return f.publish(c)
		},
	}
	flags := c.Flags()
	flags.StringVar(&f.to, "to", "", "the folder to write: empty, new, or written by this command before")
	flags.StringVar(&f.check, "check", "", "check the files in this folder: bytes, links, fragments; nothing is written")
	flags.StringVar(&f.base, "base", "", "where the copy will be served: feeds and canonical links name it (links between pages stay relative)")
	flags.StringVar(&f.of, "of", "", "address of the site that this is a copy of, for readers")
	flags.BoolVar(&f.withoutExports, "without-exports", false, "leave out the whole tables (CSV and Parquet), which may be large")
	flags.BoolVar(&f.anew, "anew", false, "make all pages again, even if nothing seems to have changed")
	contactFlag(c)
	onionFlag(c, &f.onion)
	return c
}

// site reads the address of a site; with a slash at the end.
func siteAddress(text string) (string, error) {
	if text == "" {
		return "", nil
	}
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.RawQuery != "" || u.Fragment != "" || u.User != nil {
		return "", fmt.Errorf("%q is no address of a site, such as https://mirror.example/veedor/ (%w)", text, errUsage)
	}
	return strings.TrimSuffix(u.String(), "/") + "/", nil
}

func (f *publishFlags) publish(c *cobra.Command) error {
	base, err := siteAddress(f.base)
	if err != nil {
		return err
	}
	of, err := siteAddress(f.of)
	if err != nil {
		return err
	}
	onion, err := onionAsked(f.onion)
	if err != nil {
		return err
	}
	if onion != "" {
		onion += "/"
	}
	inside, err := liesIn(f.to, dataDir(c))
	if err != nil {
		return err
	}
	if inside {
		return fmt.Errorf("%s lies in the data folder: choose a folder elsewhere (%w)", f.to, errUsage)
	}
	return with(c, func(h *house) error {
		var made time.Time
		copied := &web.Copy{Of: of, Made: func() time.Time { return made }, Exports: !f.withoutExports}
		faults := &faultCount{Handler: slog.NewTextHandler(c.ErrOrStderr(), nil), n: new(atomic.Int64)}
		site, done := livePages(c, h, showing{copy: copied, log: faults})
		defer done()
		if n := faults.n.Load(); n > 0 {
			return fmt.Errorf("publish to %s: parts of the data folder cannot be opened, as said above; nothing was written", f.to)
		}
		options := fmt.Sprintf("%s %q %q %q %q %t %s", programState(), base, of, onion, contact(c), f.withoutExports, h.refdata.AsOf(time.Now()).ID())
		state, err := dataState(c.Context(), dataDir(c), options) // as it is when everything is open
		if err != nil {
			return err
		}
		begun, p := time.Now(), newProgress(c.ErrOrStderr(), "publish")
		rep, err := mirror.Publish(c.Context(), f.to, mirror.Options{
			Site: site, From: []string{"/"}, Copied: copied.Copied, Verbatim: verbatim, Extra: publicLog(c),
			Last: web.CopyPages(), Made: func(at time.Time) { made = at }, Note: web.CopyNote,
			Base: base, Onion: onion, State: state, Anew: f.anew, Now: time.Now, Faults: func() int { return int(faults.n.Load()) }, Progress: func(at mirror.Progress) {
				if at.Of > 0 {
					p.count(uint64(at.Placed), fmt.Sprintf("of %d files looked at", at.Of))
				} else {
					p.count(uint64(at.Asked), fmt.Sprintf("pages made, %d more known of", at.Queue))
				}
			},
		})
		p.end()
		if err != nil {
			return err
		}
		if err := f.report(c, rep, time.Since(begun)); err != nil {
			return err
		}
		if n := faults.n.Load(); n > 0 {
			return fmt.Errorf("publish to %s: %d times something could not be shown, as said above; run veedor publish again when that is mended", f.to, n)
		}
		return nil
	})
}

// faultCount counts errors that pages log: in a copy, what is left out of a page for an error must not go unnoticed.
type faultCount struct {
	slog.Handler
	n *atomic.Int64
}

// Handle implements slog.Handler.
func (f *faultCount) Handle(ctx context.Context, r slog.Record) error {
	if r.Level >= slog.LevelError {
		f.n.Add(1)
	}
	return f.Handler.Handle(ctx, r)
}

// report says what was done. A page that failed is an error, when everything else is written.
func (f *publishFlags) report(c *cobra.Command, rep *mirror.Report, took time.Duration) error {
	failed := 0
	for _, d := range rep.Dead {
		fmt.Fprintf(c.ErrOrStderr(), "veedor: %s, which %s links to, answered %d: the copy has only the words of the link\n", d.Address, d.On, d.Status)
		if d.Status >= 500 {
			failed++
		}
	}
	if rep.Resumed > 0 {
		fmt.Fprintf(c.OutOrStdout(), "went on after a run that was stopped: %d pages were made already\n", rep.Resumed)
	}
	what := fmt.Sprintf("%d new or changed, %d removed", rep.Written, rep.Removed)
	if rep.Unchanged {
		what = "nothing has changed since it was written"
	}
	fmt.Fprintf(c.OutOrStdout(), "%s: %d files (%d pages), %s; %s; %.1f s\n", f.to, rep.Files, rep.Pages, size(rep.Bytes), what, took.Seconds())
	if failed > 0 {
		return fmt.Errorf("%d pages failed and are not in the copy; run veedor publish again", failed)
	}
	return nil
}

// verbatim says which files must be named exactly as their address: others' programs look for them (C2SP tlog-tiles).
func verbatim(address string) bool {
	return address == "/log/checkpoint" || strings.HasPrefix(address, "/log/tile/")
}

// publicLog puts what is public of the transparency log into the copy, so that it can be verified there.
func publicLog(c *cobra.Command) func(ctx context.Context, dir string) error {
	return func(ctx context.Context, dir string) error {
		return withLog(c, func(l *tlog.Log) error {
			_, err := l.Export(ctx, filepath.Join(dir, "log"))
			if errors.Is(err, tlog.ErrEmpty) {
				return os.RemoveAll(filepath.Join(dir, "log"))
			}
			return err
		})
	}
}

// programState tells versions of this program apart, also those that are being worked on.
func programState() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return Version
	}
	exe, err := os.Executable()
	if err != nil {
		return Version + info.Main.Sum
	}
	st, err := os.Stat(exe)
	if err != nil {
		return Version + info.Main.Sum
	}
	return fmt.Sprintf("%s %d %d", Version, st.Size(), st.ModTime().UnixNano())
}

// liesIn says whether a folder lies in another, or is it.
func liesIn(dir, in string) (bool, error) {
	a, err := filepath.Abs(dir)
	if err != nil {
		return false, err
	}
	b, err := filepath.Abs(in)
	if err != nil {
		return false, err
	}
	rel, err := filepath.Rel(b, a)
	return err == nil && filepath.IsLocal(rel), nil
}

// dataState tells the states of a data folder apart, by names, sizes and times of the files that pages are made of.
func dataState(ctx context.Context, data, with string) (string, error) {
	h := sha256.New()
	fmt.Fprintln(h, with)
	err := filepath.WalkDir(data, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(data, name)
		if err != nil {
			return err
		}
		rel = filepath.ToSlash(rel)
		if d.IsDir() {
			switch rel {
			case "index", "archive/tmp", "sync", "alerts", "keys": // no page is made of them, or they derive from others
				return fs.SkipDir
			}
			if strings.HasPrefix(rel, "lake/") && d.Name() == "heads" { // made of segments when pages first ask
				return fs.SkipDir
			}
			return ctx.Err()
		}
		base := path.Base(rel)
		if base == "lock" || strings.HasSuffix(base, ".lock") || strings.HasSuffix(base, "-shm") || strings.HasPrefix(rel, "desk/accounts.sqlite") || strings.HasPrefix(rel, "registry/facets.sqlite") || rel == "desk/audit.jsonl" {
			return nil
		}
		info, err := d.Info()
		if errors.Is(err, fs.ErrNotExist) || err == nil && info.Size() == 0 {
			return nil
		}
		if err == nil {
			fmt.Fprintf(h, "%q %d %d\n", rel, info.Size(), info.ModTime().UnixNano())
		}
		return err
	})
	if err != nil {
		return "", fmt.Errorf("look at %s: %w", data, err)
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// publishCheck checks a mirror.
func publishCheck(c *cobra.Command, dir string) error {
	got, err := mirror.Check(c.Context(), dir)
	if err != nil {
		return err
	}
	for _, p := range got.Problems {
		fmt.Fprintf(c.OutOrStdout(), "%s: %s\n", p.File, p.What)
	}
	n := len(got.Problems) + got.More
	fmt.Fprintf(c.OutOrStdout(), "checked %d files (%d pages), %d links: %d problems\n", got.Files, got.Pages, got.Links, n)
	if got.Others > 0 {
		fmt.Fprintf(c.OutOrStdout(), "%d files there are not part of the copy\n", got.Others)
	}
	if n > 0 {
		return fmt.Errorf("%s: %d problems, listed above", dir, n)
	}
	return nil
}
