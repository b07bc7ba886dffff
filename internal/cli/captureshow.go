package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"veedor/internal/evidence/capture"
)

func captureShowCommand() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use: "show HASH", Short: "Show what is known of a capture: how it came about, certificates, quotes, who agrees", Args: cobra.ExactArgs(1),
		Example: "  veedor capture show 3fa9c1d2e4b5",
		RunE: func(c *cobra.Command, args []string) error {
			return withCaptures(c, func(all *capture.Captures) error {
				s, err := shownOf(all, args[0])
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
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return c
}

// shown is what capture show prints.
type shown struct {
	Statement *capture.Statement  `json:"statement"`
	Hash      string              `json:"hash"`
	Size      int64               `json:"size"`
	May       capture.Shown       `json:"may_be_shown"`
	Quotes    []capture.Quotation `json:"quotes,omitempty"`
	Agreement []capture.Agreement `json:"agreement,omitempty"`
	Others    int                 `json:"others"` // captures of the same page
}

func shownOf(all *capture.Captures, hash string) (*shown, error) {
	x, err := all.Get(hash)
	if err != nil {
		return nil, err
	}
	s := &shown{Hash: x.Hash, Size: x.Size}
	same, err := all.Same(x.Hash)
	if err != nil {
		return nil, err
	}
	s.Others = len(same) - 1
	var failed [4]error
	s.Statement, failed[0] = all.Statement(x.Hash)
	s.May, failed[1] = all.Shown(x.Hash)
	s.Quotes, failed[2] = all.Quotes(x.Hash)
	s.Agreement, failed[3] = all.Agreement(x.Hash)
	return s, errors.Join(failed[:]...)
}

func (s *shown) print(w io.Writer) {
	x := &s.Statement.Capture
	line := func(name, value string) {
		if value != "" {
			fmt.Fprintf(w, "%-10s %s\n", name, value)
		}
	}
	line("capture", fmt.Sprintf("%s, %d bytes, %s", s.Hash, s.Size, x.Kind))
	line("title", x.Title)
	line("address", x.URL)
	line("led to", x.Final)
	line("taken", x.At.UTC().Format(time.RFC3339))
	if x.Status != 0 {
		line("answered", fmt.Sprintf("%d %s", x.Status, x.Type))
	}
	line("operator", x.Operator)
	line("network", x.Network)
	line("language", x.Lang)
	if o := x.Origin; o != nil {
		line("origin", fmt.Sprintf("%s, %s; file %s, %s, %d bytes, sha256 %s; we did not see it exchanged", orDash(o.How), orDash(o.Who), o.Name, o.Format, o.Size, o.Hash))
	}
	line("partial", x.Partial)
	line("text", x.TextHash)
	for _, r := range x.Refusals {
		line("refused", r.URL+": "+r.Why)
	}
	for _, f := range x.Faults {
		line("fault", f.Class+": "+f.Where+": "+f.What)
	}
	for _, n := range s.Statement.Notes {
		line("note", n)
	}
	for _, t := range s.Statement.Certificates {
		if t.Valid {
			line("server", t.Host+" with a valid certificate, "+t.Version)
		} else {
			line("server", t.Host+" with a certificate that does not verify: "+t.Why)
		}
	}
	for _, q := range s.Quotes {
		printQuote(w, &q)
	}
	for _, a := range s.Agreement {
		if a.Agrees {
			line("agrees", a.Other.Hash[:12]+" "+orDash(a.Other.Operator)+" "+a.Other.Network)
		} else {
			line("differs", fmt.Sprintf("%s %s %s: %d characters more, %d less", a.Other.Hash[:12], orDash(a.Other.Operator), a.Other.Network, a.Added, a.Removed))
		}
	}
	line("others", fmt.Sprintf("%d captures of the same page", s.Others))
	if s.May.Package {
		line("public", "whole: "+s.May.Decision.By+": "+s.May.Decision.Why)
	} else {
		line("private", "the whole capture; its hash, quotes and what snippets allow are public")
	}
}

func printQuote(w io.Writer, q *capture.Quotation) {
	fmt.Fprintf(w, "quote %s %d-%d %q\n", q.ID, q.Selector.Start, q.Selector.End, q.Selector.Exact)
	if q.Translation != "" {
		fmt.Fprintf(w, "  %s by %s: %q\n", q.Into, orDash(q.Translator), q.Translation)
	}
	for _, h := range q.History {
		fmt.Fprintf(w, "  %s in %s", h.Outcome, h.Capture[:12])
		switch h.Outcome {
		case capture.Changed:
			fmt.Fprint(w, ": ")
			printEdits(w, h.Edits)
		case capture.Lost:
			fmt.Fprint(w, ": "+h.Reason)
		}
		fmt.Fprintln(w)
	}
}

// printEdits shows a difference as word processors do in plain text: [-taken out-]{+put in+}.
func printEdits(w io.Writer, edits []capture.Edit) {
	for _, e := range edits {
		switch e.Op {
		case "-":
			fmt.Fprintf(w, "[-%s-]", e.Text)
		case "+":
			fmt.Fprintf(w, "{+%s+}", e.Text)
		default:
			fmt.Fprint(w, e.Text)
		}
	}
}

func captureTextCommand() *cobra.Command {
	var main bool
	c := &cobra.Command{
		Use: "text HASH", Short: "Print the text of a capture", Args: cobra.ExactArgs(1), Example: "  veedor capture text --main 3fa9c1d2e4b5",
		RunE: func(c *cobra.Command, args []string) error {
			return withCaptures(c, func(all *capture.Captures) error {
				read := all.Text
				if main {
					read = all.Main
				}
				text, err := read(args[0])
				if err != nil {
					return err
				}
				_, err = fmt.Fprintln(c.OutOrStdout(), text)
				return err
			})
		},
	}
	c.Flags().BoolVar(&main, "main", false, "only the main text")
	return c
}

func captureDiffCommand() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use: "diff HASH HASH", Short: "Show the difference between the main texts of two captures", Args: cobra.ExactArgs(2), Example: "  veedor capture diff 3fa9c1d2e4b5 77aa01c9d0e1",
		RunE: func(c *cobra.Command, args []string) error {
			return withCaptures(c, func(all *capture.Captures) error {
				d, err := all.Difference(args[0], args[1])
				if err != nil {
					return err
				}
				if asJSON {
					return json.NewEncoder(c.OutOrStdout()).Encode(d)
				}
				w := c.OutOrStdout()
				if d.Equal {
					_, err := fmt.Fprintln(w, "the main texts are equal")
					return err
				}
				printEdits(w, d.Edits)
				fmt.Fprintf(w, "\n%d characters added, %d removed\n", d.Added, d.Removed)
				if d.Correction != "" {
					fmt.Fprintf(w, "the page says: %s\n", d.Correction)
				}
				return nil
			})
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return c
}
