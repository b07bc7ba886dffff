package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"

	"veedor/internal/evidence/capture"
	"veedor/internal/evidence/recorder"
	"veedor/internal/weigh/desk"
	"veedor/internal/weigh/intake"
)

func intakeCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "intake",
		Short: "Bring published things onto the desk: addresses, feeds, tables, forwarded mails",
		Long: `Each thing becomes an item of the desk once, however often it comes. Its page is captured as evidence, its language named, and what it
may derive from among the items is proposed; a person decides. Items are private until an editor publishes them.`,
	}
	var k intakeFlags
	f := c.PersistentFlags()
	f.String("by", "", "who takes it in (default $VEEDOR_BY, else $USER)")
	f.BoolVar(&k.bare, "no-capture", false, "make items without capturing their pages")
	f.StringVar(&k.inCase, "case", "", "the case that the items belong to")
	f.StringVar(&k.source, "source", "", "the desk's record of their medium")
	requestFlags(c, &k.request)
	c.AddCommand(intakeAddCommand(&k), intakeFeedsCommand(&k), intakeTableCommand(&k), intakeMailCommand(&k), intakeLineageCommand(&k))
	return c
}

type intakeFlags struct {
	bare           bool
	inCase, source string
	request        capture.Request
}

// deskCapturer captures for the intake.
type deskCapturer struct {
	all     *capture.Captures
	request capture.Request
}

// Capture implements intake.Capturer.
func (d deskCapturer) Capture(ctx context.Context, address string) (intake.Captured, error) {
	q := d.request
	q.URL = address
	x, err := d.all.Take(ctx, q)
	if err != nil && !errors.Is(err, capture.ErrNotLogged) {
		return intake.Captured{}, err
	}
	return captured(d.all, x), nil
}

func captured(all *capture.Captures, x *capture.Capture) intake.Captured {
	text, err := all.Main(x.Hash)
	if err != nil || text == "" {
		text, _ = all.Text(x.Hash) // a picture has none, and that is no error here
	}
	return intake.Captured{Hash: x.Hash, Title: x.Title, Text: text}
}

// took counts and says what became of things.
type took struct {
	out, log                         io.Writer
	read, fresh, known, refused, bad int
	proposals                        int
}

func (k *took) one(what string, got intake.Taken, err error) error {
	k.read++
	switch {
	case errors.Is(err, intake.ErrRefused), errors.Is(err, desk.ErrInvalid):
		k.refused++
		fmt.Fprintf(k.log, "veedor: %s: %v\n", what, err)
		return nil
	case err != nil:
		return err
	}
	if got.New {
		k.fresh++
	} else {
		k.known++
	}
	k.proposals += got.Proposals
	if got.NoCapture != nil {
		k.bad++
		fmt.Fprintf(k.log, "veedor: %s is on the desk without a capture: %v\n", what, got.NoCapture)
	}
	return nil
}

func (k *took) print() {
	fmt.Fprintf(k.out, "read %d = new %d + known %d + refused %d; without a capture %d; proposed %d derivations\n", k.read, k.fresh, k.known, k.refused, k.bad, k.proposals)
}

// withTaker runs f with everything open that taking in needs.
func withTaker(c *cobra.Command, flags *intakeFlags, f func(*intake.Taker, *capture.Captures, *took) error) error {
	return withDesk(c, func(d *desk.Desk) error {
		return withCaptures(c, func(all *capture.Captures) error {
			who, _ := deskWriter(c)
			t := &intake.Taker{Desk: d, Who: who}
			if !flags.bare {
				t.Capture = deskCapturer{all, flags.request}
			}
			k := &took{out: c.OutOrStdout(), log: c.ErrOrStderr()}
			if err := f(t, all, k); err != nil {
				return err
			}
			k.print()
			return nil
		})
	})
}

func (flags *intakeFlags) fill(f intake.Found, how string) intake.Found {
	f.How = how
	if f.Source == "" {
		f.Source = flags.source
	}
	f.Case = flags.inCase
	return f
}

func intakeAddCommand(flags *intakeFlags) *cobra.Command {
	return &cobra.Command{
		Use:     "add URL…",
		Short:   "Take in addresses",
		Example: "  veedor intake add https://example.org/article\n  veedor intake add --no-capture --case borduna https://example.org/article",
		Args:    cobra.MinimumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return withTaker(c, flags, func(t *intake.Taker, _ *capture.Captures, k *took) error {
				for _, url := range args {
					got, err := t.Take(c.Context(), flags.fill(intake.Found{URL: url}, "added by hand"))
					if err := k.one(url, got, err); err != nil {
						return err
					}
				}
				return nil
			})
		},
	}
}

func intakeFeedsCommand(flags *intakeFlags) *cobra.Command {
	return &cobra.Command{
		Use:   "feeds [URL…]",
		Short: "Look at the feeds of all sources that have one, or at those given",
		Long: `RSS, Atom and JSON Feed. Without an address, every source of the desk with a feed is asked: run it from cron. Entries that are on the
desk already change nothing.`,
		Example: "  veedor desk add source name='El Faro' feed=https://faro.example/rss\n  veedor intake feeds",
		RunE: func(c *cobra.Command, args []string) error {
			return withTaker(c, flags, func(t *intake.Taker, _ *capture.Captures, k *took) error {
				type feed struct{ url, source string }
				var feeds []feed
				for _, a := range args {
					feeds = append(feeds, feed{a, flags.source})
				}
				if len(args) == 0 {
					sources, err := t.Desk.List(c.Context(), t.Who, desk.Query{Kind: desk.Source})
					if err != nil {
						return err
					}
					for i := range sources {
						if u := sources[i].Str("feed"); u != "" {
							feeds = append(feeds, feed{u, sources[i].ID})
						}
					}
				}
				failed := 0
				for _, f := range feeds {
					if err := oneFeed(c.Context(), t, flags, f.url, f.source, k); err != nil {
						if c.Context().Err() != nil {
							return c.Context().Err()
						}
						failed++
						fmt.Fprintf(c.ErrOrStderr(), "veedor: %s: %v\n", f.url, err)
					}
				}
				if failed > 0 && failed == len(feeds) {
					k.print()
					return fmt.Errorf("none of %d feeds could be read: %w", failed, capture.ErrRefused)
				}
				return nil
			})
		},
	}
}

func oneFeed(ctx context.Context, t *intake.Taker, flags *intakeFlags, url, source string, k *took) error {
	q := flags.request
	b, err := intake.FetchFeed(ctx, url, recorder.Options{AllowPrivate: q.AllowPrivate, Proxy: q.Proxy})
	if err != nil {
		return err
	}
	found, without, err := intake.ReadFeed(b)
	if err != nil {
		return err
	}
	k.read += without
	k.refused += without
	for _, f := range found {
		f.Source = source
		got, err := t.Take(ctx, flags.fill(f, "from the feed "+url))
		if err := k.one(f.URL, got, err); err != nil {
			return err
		}
	}
	return nil
}

func intakeTableCommand(flags *intakeFlags) *cobra.Command {
	return &cobra.Command{
		Use:     "table FILE.csv",
		Short:   "Take in the rows of a table with a column url, and any of title, text, summary, language, author, type, date",
		Example: "  veedor intake table links.csv",
		Args:    cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			in, err := os.Open(args[0])
			if err != nil {
				return err
			}
			defer in.Close()
			return withTaker(c, flags, func(t *intake.Taker, _ *capture.Captures, k *took) error {
				said := time.Now()
				return intake.ReadTable(in, func(r intake.Row) error {
					what := fmt.Sprintf("%s line %d", args[0], r.Line)
					if r.Err != nil {
						return k.one(what, intake.Taken{}, r.Err)
					}
					if time.Since(said) > 2*time.Second {
						said = time.Now()
						fmt.Fprintf(c.ErrOrStderr(), "line %d\n", r.Line)
					}
					got, err := t.Take(c.Context(), flags.fill(r.Found, "from a table"))
					return k.one(what, got, err)
				})
			})
		},
	}
}

func intakeMailCommand(flags *intakeFlags) *cobra.Command {
	return &cobra.Command{
		Use:   "mail FILE…",
		Short: "Take in what forwarded mails bring: the addresses in them, and the files that came along",
		Long: `Each file that came along is imported as a capture and becomes an item, and so does each address in the text. The mail itself is not kept,
nor who sent it: whoever passes something on must not be found in what was made of it. A - reads one mail from standard input, so that a
mail server can hand it over. Delete the file when it is taken in.`,
		Example: "  veedor intake mail forwarded.eml\n  fetchmail --mda 'veedor intake mail -'",
		Args:    cobra.MinimumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return withTaker(c, flags, func(t *intake.Taker, all *capture.Captures, k *took) error {
				for _, name := range args {
					if err := oneMail(c, t, all, flags, name, k); err != nil {
						return fmt.Errorf("%s: %w", name, err)
					}
				}
				return nil
			})
		},
	}
}

func oneMail(c *cobra.Command, t *intake.Taker, all *capture.Captures, flags *intakeFlags, name string, k *took) error {
	in := c.InOrStdin()
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return err
		}
		defer f.Close()
		in = f
	}
	m, err := intake.ReadMail(in)
	if err != nil {
		return k.one("the mail", intake.Taken{}, err)
	}
	for _, left := range m.Left {
		fmt.Fprintln(c.ErrOrStderr(), "veedor: left out: "+left)
	}
	for _, f := range m.Files {
		x, err := all.Import(c.Context(), f.Name, bytes.NewReader(f.Data), capture.Origin{How: "forwarded by mail"})
		if err != nil && !errors.Is(err, capture.ErrNotLogged) {
			if c.Context().Err() != nil {
				return c.Context().Err()
			}
			k.read++
			k.refused++
			fmt.Fprintf(c.ErrOrStderr(), "veedor: %s: %v\n", f.Name, err)
			continue
		}
		got := captured(all, x)
		found := intake.Found{Title: got.Title, Text: got.Text, Type: "other", Captures: []string{got.Hash}}
		if found.Title == "" {
			found.Title = f.Name
		}
		taken, err := t.Take(c.Context(), flags.fill(found, "forwarded by mail"))
		if err := k.one(f.Name, taken, err); err != nil {
			return err
		}
	}
	for _, link := range m.Links {
		got, err := t.Take(c.Context(), flags.fill(intake.Found{URL: link}, "forwarded by mail"))
		if err := k.one(link, got, err); err != nil {
			return err
		}
	}
	return nil
}

func intakeLineageCommand(flags *intakeFlags) *cobra.Command {
	return &cobra.Command{
		Use:     "lineage",
		Short:   "Compare all items, and propose which derives from which",
		Example: "  veedor intake lineage",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return withTaker(c, flags, func(t *intake.Taker, _ *capture.Captures, k *took) error {
				p := newCount(c.ErrOrStderr(), "compared", "items")
				n, err := t.ProposeAll(c.Context(), func(done, all int) { p.at(int64(done), int64(all), "") })
				k.proposals = n
				return err
			})
		},
	}
}
