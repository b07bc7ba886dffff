package cli

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"veedor/internal/weigh/accounts"
)

func accountsCommand() *cobra.Command {
	c := &cobra.Command{
		Use:     "accounts",
		Short:   "Who may work at the desk",
		Long:    "Who may work at the desk. Whoever can run these commands needs no account. docs/operate/accounts.md says how to begin.",
		Example: "  veedor accounts invite --role editor\n  veedor accounts list\n  veedor accounts reset ana",
		Args:    cobra.NoArgs,
		RunE:    func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(accountsInvite(), accountsList(), accountsRole(), accountsDisable(true), accountsDisable(false), accountsReset(), accountsTwoPersons(), accountsAudit(), accountsBackup())
	return c
}

// withAccounts runs f on the data folder's accounts.
func withAccounts(c *cobra.Command, o accounts.Options, f func(*accounts.Accounts) error) error {
	a, err := accounts.Open(c.Context(), dataDir(c), o)
	if err != nil {
		return err
	}
	return errors.Join(f(a), a.Close())
}

// named runs f on the account of a name.
func named(c *cobra.Command, name string, f func(*accounts.Accounts, accounts.Person) error) error {
	return withAccounts(c, accounts.Options{}, func(a *accounts.Accounts) error {
		p, err := a.Find(c.Context(), name)
		if errors.Is(err, accounts.ErrNotFound) {
			return fmt.Errorf("find %q: %w; see: veedor accounts list", name, err)
		}
		if err != nil {
			return err
		}
		return f(a, p)
	})
}

// printOneTime prints a one-time link.
func printOneTime(c *cobra.Command, a *accounts.Accounts, what, token string, expires time.Time) error {
	address, err := a.Address(c.Context())
	if err != nil {
		return err
	}
	if address == "" {
		address = "http://localhost:8080"
	}
	_, err = fmt.Fprintf(c.OutOrStdout(), "%s; once, until %s:\n  %s%s%s\n", what, expires.UTC().Format("2006-01-02 15:04 MST"), address, accounts.Path, token)
	return err
}

func accountsInvite() *cobra.Command {
	var role string
	c := &cobra.Command{
		Use:     "invite",
		Short:   "Print a one-time link by which somebody makes an account",
		Example: "  veedor accounts invite --role researcher",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			r, err := accounts.ParseRole(role)
			if err != nil {
				return fmt.Errorf("%w (%w)", err, errUsage)
			}
			return withAccounts(c, accounts.Options{}, func(a *accounts.Accounts) error {
				token, expires, err := a.Invite(c.Context(), accounts.Terminal, r)
				if err != nil {
					return err
				}
				return printOneTime(c, a, "Link for an account with the role "+string(r), token, expires)
			})
		},
	}
	c.Flags().StringVar(&role, "role", string(accounts.Reader), "reader, researcher, editor or administrator")
	return c
}

func accountsList() *cobra.Command {
	return &cobra.Command{
		Use:     "list",
		Short:   "List everybody with an account",
		Example: "  veedor accounts list",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return withAccounts(c, accounts.Options{}, func(a *accounts.Accounts) error {
				people, err := a.People(c.Context())
				if err != nil {
					return err
				}
				w := tabwriter.NewWriter(c.OutOrStdout(), 0, 8, 2, ' ', 0)
				for _, p := range people {
					state := "active"
					if !p.Disabled.IsZero() {
						state = "disabled since " + p.Disabled.UTC().Format(time.DateOnly)
					}
					fmt.Fprintf(w, "%s\t%s\tsince %s\t%s\n", p.Name, p.Role, p.Created.UTC().Format(time.DateOnly), state)
				}
				return w.Flush()
			})
		},
	}
}

func accountsRole() *cobra.Command {
	return &cobra.Command{
		Use:     "role NAME ROLE",
		Short:   "Give somebody another role, and end their sessions",
		Example: "  veedor accounts role ana editor",
		Args:    cobra.ExactArgs(2),
		RunE: func(c *cobra.Command, args []string) error {
			r, err := accounts.ParseRole(args[1])
			if err != nil {
				return fmt.Errorf("%w (%w)", err, errUsage)
			}
			return named(c, args[0], func(a *accounts.Accounts, p accounts.Person) error {
				if err := a.SetRole(c.Context(), accounts.Terminal, p.ID, r); err != nil {
					return err
				}
				_, err := fmt.Fprintf(c.OutOrStdout(), "%s: %s\n", p.Name, r)
				return err
			})
		},
	}
}

func accountsDisable(disable bool) *cobra.Command {
	use, short, done := "enable NAME", "Let somebody sign in again", "enabled"
	if disable {
		use, short, done = "disable NAME", "Keep somebody from signing in, and end their sessions; what they wrote stays", "disabled"
	}
	return &cobra.Command{
		Use: use, Short: short, Args: cobra.ExactArgs(1), Example: "  veedor accounts " + use[:len(use)-len("NAME")] + "ana",
		RunE: func(c *cobra.Command, args []string) error {
			return named(c, args[0], func(a *accounts.Accounts, p accounts.Person) error {
				if err := a.Disable(c.Context(), accounts.Terminal, p.ID, disable); err != nil {
					return err
				}
				_, err := fmt.Fprintf(c.OutOrStdout(), "%s: %s\n", p.Name, done)
				return err
			})
		},
	}
}

func accountsReset() *cobra.Command {
	return &cobra.Command{
		Use:     "reset NAME",
		Short:   "Print a one-time link by which somebody sets anew how they sign in",
		Example: "  veedor accounts reset ana",
		Long:    "Print a one-time link by which somebody sets anew how they sign in. What they had works until the link is used; if it was stolen, disable them first, and enable them when they have the link.",
		Args:    cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return named(c, args[0], func(a *accounts.Accounts, p accounts.Person) error {
				token, expires, err := a.ResetLink(c.Context(), accounts.Terminal, p.ID)
				if err != nil {
					return err
				}
				return printOneTime(c, a, "Link for "+p.Name+" to set anew how they sign in", token, expires)
			})
		},
	}
}

func accountsTwoPersons() *cobra.Command {
	return &cobra.Command{
		Use:       "two-persons on|off",
		Short:     "Say whether a publication needs a second person to approve it",
		Example:   "  veedor accounts two-persons on",
		Args:      cobra.MatchAll(cobra.ExactArgs(1), cobra.OnlyValidArgs),
		ValidArgs: []string{"on", "off"},
		RunE: func(c *cobra.Command, args []string) error {
			return withAccounts(c, accounts.Options{}, func(a *accounts.Accounts) error {
				if err := a.SetTwoPersons(c.Context(), accounts.Terminal, args[0] == "on"); err != nil {
					return err
				}
				_, err := fmt.Fprintf(c.OutOrStdout(), "two persons: %s\n", args[0])
				return err
			})
		},
	}
}

func accountsAudit() *cobra.Command {
	var limit int
	c := &cobra.Command{
		Use:     "audit",
		Short:   "Print what was allowed and refused, the newest first",
		Example: "  veedor accounts audit --limit 20",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return withAccounts(c, accounts.Options{}, func(a *accounts.Accounts) error {
				events, _, err := a.Audit(0, limit)
				if err != nil {
					return err
				}
				names, err := a.Names(c.Context())
				if err != nil {
					return err
				}
				return printAudit(c.OutOrStdout(), events, names)
			})
		},
	}
	c.Flags().IntVar(&limit, "limit", 100, "print at most so many")
	return c
}

func printAudit(out io.Writer, events []accounts.Event, names map[string]string) error {
	called := func(id string) string {
		if n := names[id]; n != "" {
			return n
		}
		return id
	}
	w := tabwriter.NewWriter(out, 0, 8, 2, ' ', 0)
	for _, e := range events {
		kind := e.Kind
		if e.Count > 0 {
			kind = fmt.Sprintf("%s (%d more)", kind, e.Count)
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", e.At.UTC().Format(time.RFC3339), kind, called(e.Person), called(e.By), e.Detail)
	}
	return w.Flush()
}

func accountsBackup() *cobra.Command {
	return &cobra.Command{
		Use:     "backup FILE",
		Short:   "Write a copy of the accounts to a new file, while the server runs",
		Example: "  veedor accounts backup /media/backup/accounts.sqlite",
		Args:    cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return withAccounts(c, accounts.Options{}, func(a *accounts.Accounts) error { return a.Backup(c.Context(), args[0]) })
		},
	}
}

// deskFlags are the flags of a server with a desk.
func deskFlags(c *cobra.Command) {
	c.Flags().Bool("desk", false, "serve the desk too: sign-in, and the pages that people with accounts work on")
	c.Flags().StringArray("origin", nil, "where the pages are reached, as https://HOST or http://NAME.onion; may be given more than once")
}

// deskAccounts returns the accounts of a server with a desk; nil where it has none.
func deskAccounts(c *cobra.Command) (*accounts.Accounts, error) {
	if with, err := c.Flags().GetBool("desk"); err != nil || !with {
		return nil, nil // a command that has no such flag has no desk
	}
	origins, err := c.Flags().GetStringArray("origin")
	if err != nil {
		return nil, err
	}
	for i, o := range origins {
		origins[i] = strings.TrimSuffix(o, "/")
		if err := checkOrigin(origins[i]); err != nil {
			return nil, err
		}
	}
	return accounts.Open(c.Context(), dataDir(c), accounts.Options{Origins: origins})
}

func checkOrigin(origin string) error {
	u, err := url.Parse(origin)
	if err != nil || u.Host == "" || u.Path != "" || u.RawQuery != "" || u.User != nil || u.Scheme != "https" && (u.Scheme != "http" || !strings.HasSuffix(u.Hostname(), ".onion") && u.Hostname() != "localhost") {
		return fmt.Errorf("read --origin %q: write https://HOST, http://NAME.onion or http://localhost:PORT (%w)", origin, errUsage)
	}
	return nil
}

// welcome keeps where the server is, and prints a link for the first administrator while nobody has an account.
func welcome(c *cobra.Command, listening net.Addr) error {
	a, err := deskAccounts(c)
	if err != nil || a == nil {
		return err
	}
	defer a.Close()
	address := "http://" + listening.String()
	if t, ok := listening.(*net.TCPAddr); ok && t.IP.IsLoopback() {
		address = fmt.Sprintf("http://localhost:%d", t.Port) // passkeys need a name
	}
	if len(a.Origins) > 0 {
		address = a.Origins[0]
	}
	if err := a.SetAddress(c.Context(), address); err != nil {
		return err
	}
	token, expires, err := a.First(c.Context())
	if err != nil || token == "" {
		return err
	}
	return printOneTime(c, a, "Nobody has an account yet. Link for the first administrator", token, expires)
}
