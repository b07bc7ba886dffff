package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"veedor/internal/evidence/capture"
	"veedor/internal/evidence/quote"
)

func captureQuoteCommand() *cobra.Command {
	var w capture.Words
	var selector string
	var asJSON bool
	c := &cobra.Command{
		Use:   "quote HASH [WORDS]",
		Short: "Quote words from a capture; they are looked for in every later capture of the page",
		Long: `Quote words from a capture's text, anchored by W3C selectors. Words that stand there several times need --occurrence.
Instead of words, --selector takes a TextQuoteSelector, a TextPositionSelector beside it, as JSON.`,
		Example: `  veedor capture quote 3fa9c1d2e4b5 "the decree was signed on Friday"
  veedor capture quote --translation "se firmó el viernes" --into es --translator "M." 3fa9c1d2e4b5 "was signed on Friday"`,
		Args: cobra.RangeArgs(1, 2),
		RunE: func(c *cobra.Command, args []string) error {
			switch {
			case selector != "" && len(args) == 1:
				w.Selector = new(capture.Selector)
				if err := json.Unmarshal([]byte(selector), w.Selector); err != nil {
					return fmt.Errorf("%w (%w)", err, errUsage)
				}
			case selector == "" && len(args) == 2:
				w.Exact = args[1]
			default:
				return fmt.Errorf("quote: give the words, or --selector (%w)", errUsage)
			}
			return withCaptures(c, func(all *capture.Captures) error {
				q, err := all.Quote(c.Context(), args[0], w)
				var several *quote.AmbiguousError
				if errors.As(err, &several) {
					for i, o := range several.Occurrences {
						fmt.Fprintf(c.ErrOrStderr(), "--occurrence %d: …%s[%s]%s…\n", i+1, o.Before, o.Text, o.After)
					}
				}
				if q == nil || q.ID == "" {
					return err
				}
				if asJSON {
					return errors.Join(err, json.NewEncoder(c.OutOrStdout()).Encode(q))
				}
				printQuote(c.OutOrStdout(), q)
				return err
			})
		},
	}
	f := c.Flags()
	f.IntVar(&w.Occurrence, "occurrence", 0, "which one, counted from 1, where the words stand several times")
	f.StringVar(&selector, "selector", "", "W3C selectors as JSON, instead of words")
	f.StringVar(&w.By, "by", os.Getenv("VEEDOR_OPERATOR"), "who quotes (default $VEEDOR_OPERATOR)")
	f.StringVar(&w.Lang, "lang", "", "language of the words (default that of the page)")
	f.StringVar(&w.Note, "note", "", "why they are quoted")
	f.StringVar(&w.Translation, "translation", "", "the words in another language")
	f.StringVar(&w.Into, "into", "", "language of the translation")
	f.StringVar(&w.Translator, "translator", "", "who translated, or what")
	f.BoolVar(&asJSON, "json", false, "print JSON")
	return c
}

func captureQuotesCommand() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use: "quotes HASH", Short: "List the quotes of a capture, and what became of them", Args: cobra.ExactArgs(1), Example: "  veedor capture quotes 3fa9c1d2e4b5",
		RunE: func(c *cobra.Command, args []string) error {
			return withCaptures(c, func(all *capture.Captures) error {
				list, err := all.Quotes(args[0])
				for i := range list {
					if asJSON {
						err = errors.Join(err, json.NewEncoder(c.OutOrStdout()).Encode(&list[i]))
					} else {
						printQuote(c.OutOrStdout(), &list[i])
					}
				}
				if err == nil && !asJSON {
					fmt.Fprintf(c.OutOrStdout(), "%d quotes\n", len(list))
				}
				return err
			})
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON, one quote a line")
	return c
}

func captureRequoteCommand() *cobra.Command {
	return &cobra.Command{
		Use: "requote HASH", Short: "Look in a capture for the quotes from other captures of the page", Args: cobra.ExactArgs(1), Example: "  veedor capture requote 77aa01c9d0e1",
		Long: `Look in a capture for the quotes from other captures of the same page. Captures taken here are looked through as they are taken; this is for
imports, whose address is only what somebody says.`,
		RunE: func(c *cobra.Command, args []string) error {
			return withCaptures(c, func(all *capture.Captures) error {
				list, err := all.Requote(c.Context(), args[0])
				for _, r := range list {
					fmt.Fprintf(c.OutOrStdout(), "quote %s %s\n", r.Quote, r.Outcome)
				}
				if err == nil {
					fmt.Fprintf(c.OutOrStdout(), "%d quotes looked for\n", len(list))
					err = weighAgain(c)
				}
				return err
			})
		},
	}
}

func capturePublishCommand() *cobra.Command {
	return decide("publish HASH", "Let the whole of a capture be shown to anybody", "an official document", true)
}

func captureWithholdCommand() *cobra.Command {
	return decide("withhold HASH", "Let only hash, quotes and snippets of a capture be shown, as is the rule", "it shows bystanders", false)
}

func decide(use, short, reason string, public bool) *cobra.Command {
	var by, why string
	c := &cobra.Command{
		Use: use, Short: short, Args: cobra.ExactArgs(1),
		Long:    short + ". Whole captures can hurt people who appear in them, and copy what others wrote: think of both. The decision is kept, with who made it and why.",
		Example: `  veedor capture ` + use[:len(use)-len(" HASH")] + ` --by "M." --why "` + reason + `" 3fa9c1d2e4b5`,
		RunE: func(c *cobra.Command, args []string) error {
			return withCaptures(c, func(all *capture.Captures) error {
				return all.Public(c.Context(), args[0], public, by, why)
			})
		},
	}
	c.Flags().StringVar(&by, "by", os.Getenv("VEEDOR_OPERATOR"), "who decides (default $VEEDOR_OPERATOR)")
	c.Flags().StringVar(&why, "why", "", "why")
	return c
}

func captureAdoptCommand() *cobra.Command {
	return &cobra.Command{
		Use: "adopt HASH", Short: "Take over a capture that fsck found without a line in the journal", Args: cobra.ExactArgs(1), Example: "  veedor capture adopt 3fa9c1d2e4b5",
		RunE: func(c *cobra.Command, args []string) error {
			return withCaptures(c, func(all *capture.Captures) error {
				x, err := all.Adopt(c.Context(), args[0])
				if x != nil {
					fmt.Fprintf(c.OutOrStdout(), "adopted %s %d %s\n", x.Hash, x.Size, x.Title)
				}
				return err
			})
		},
	}
}
