package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"veedor/internal/follow/registry"
)

// shownLinks is how many links of an entity are printed.
const shownLinks = 50

func registryShowCommand() *cobra.Command {
	var history bool
	c := &cobra.Command{
		Use:   "show ID",
		Short: "Show an entity: every value with who says so and since when, what contradicts, its links",
		Example: `  veedor registry show ofac-30502
  veedor registry show ofac-30502 --history`,
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return withRegistry(c, func(r *registry.Registry) error {
				v, err := r.Entity(c.Context(), args[0])
				if err != nil {
					return err
				}
				links, err := r.Adjacent(c.Context(), args[0], shownLinks)
				if err != nil {
					return err
				}
				out := c.OutOrStdout()
				printView(out, v)
				printLinks(out, links)
				if history {
					printHistory(out, v)
				}
				return nil
			})
		},
	}
	c.Flags().BoolVar(&history, "history", false, "what each state of each dataset changed")
	return c
}

func printView(w io.Writer, v *registry.View) {
	fmt.Fprintf(w, "%s  %s  %s\n", v.Entity.Schema, v.ID, v.Entity.Caption)
	if v.Gone {
		fmt.Fprintln(w, "no dataset has it any more")
	}
	for _, m := range v.Members {
		standing := "holds"
		if !m.Current {
			standing = "gone"
		}
		fmt.Fprintf(w, "  %s in %s, %s to %s, %s\n", m.ID, m.Dataset, m.First.Date(), m.Last.Date(), standing)
	}
	for _, d := range v.Decisions {
		fmt.Fprintf(w, "  decided %s: %s and %s, by %s on %s: %s (leaf %.12s)\n", d.Verdict, d.A, d.B, d.By, d.At.Format("2006-01-02"), d.Why, d.Hash)
	}
	for _, p := range v.Properties {
		conflict := ""
		if p.Conflict {
			conflict = "  (sources contradict each other)"
		}
		fmt.Fprintf(w, "%s%s\n", p.Property.Name, conflict)
		for _, val := range p.Values {
			sign := " "
			if !val.Current {
				sign = "-"
			}
			fmt.Fprintf(w, " %s %s\n", sign, val.Value)
			for _, s := range val.Said {
				as := ""
				if s.Original != "" {
					as = fmt.Sprintf(" as %q", s.Original)
				}
				fmt.Fprintf(w, "     %s, %s to %s%s, %s:%d, sha256 %.12s, leaf %.12s\n", s.Dataset, s.First.Date(), s.Last.Date(), as, s.At.File, max(s.At.Line, s.At.Record), s.File.Hash, s.Entry)
			}
		}
	}
}

func printLinks(w io.Writer, a registry.Adjacent) {
	if len(a.Links) == 0 {
		return
	}
	fmt.Fprintln(w, "links")
	for _, l := range a.Links {
		printLink(w, l)
	}
	if a.More {
		fmt.Fprintf(w, "  and more: %d in all\n", a.Total)
	}
}

func printLink(w io.Writer, l registry.Link) {
	via := ""
	if l.Via.ID != "" {
		via = " (" + l.Via.ID + ")"
	}
	var says []string
	for _, s := range l.Said {
		if at := fmt.Sprintf("%s %s:%d", s.Dataset, s.At.File, max(s.At.Line, s.At.Record)); len(says) == 0 || says[len(says)-1] != at {
			says = append(says, at)
		}
	}
	fmt.Fprintf(w, "  %s —%s%s→ %s  [%s]\n", nodeName(l.From), l.Label, via, nodeName(l.To), strings.Join(says, "; "))
}

func nodeName(n registry.Node) string { return fmt.Sprintf("%s <%s>", n.Caption, n.ID) }

func printHistory(w io.Writer, v *registry.View) {
	fmt.Fprintln(w, "history")
	for _, e := range v.History {
		fmt.Fprintf(w, "  %s %s (learnt %s, leaf %.12s)\n", e.State.Date(), e.State.Dataset, e.State.Learnt.Format("2006-01-02"), e.State.Entry)
		for _, ch := range e.Changes {
			fmt.Fprintf(w, "    %s %s: %s\n", ch.What, ch.Prop, ch.Value)
		}
	}
}

func registryPathCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "path FROM TO",
		Short:   "The shortest way between two entities, every link with its source",
		Example: "  veedor registry path ofac-30502 aiddata-geo-0123456789abcdef0123",
		Args:    cobra.ExactArgs(2),
		RunE: func(c *cobra.Command, args []string) error {
			return withRegistry(c, func(r *registry.Registry) error {
				p, err := r.Path(c.Context(), args[0], args[1])
				if err != nil {
					return err
				}
				out := c.OutOrStdout()
				for _, l := range p.Links {
					printLink(out, l)
				}
				if len(p.Links) == 0 && p.From.ID != p.To.ID {
					fmt.Fprintf(out, "no way found from %s to %s\n", nodeName(p.From), nodeName(p.To))
				} else {
					fmt.Fprintf(out, "%s from %s to %s\n", many(len(p.Links), "link"), nodeName(p.From), nodeName(p.To))
				}
				if p.Bounded {
					fmt.Fprintln(out, "entities with very many links were not gone through: there may be another way")
				}
				return nil
			})
		},
	}
}

func registryDecisionsCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "decisions",
		Short:   "List every decision on what is the same and what is not, oldest first, one JSON object a line",
		Example: "  veedor registry decisions",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return withRegistry(c, func(r *registry.Registry) error {
				all, err := r.Decisions()
				if err != nil {
					return err
				}
				for _, d := range all {
					if err := json.NewEncoder(c.OutOrStdout()).Encode(d); err != nil {
						return err
					}
				}
				return nil
			})
		},
	}
}
