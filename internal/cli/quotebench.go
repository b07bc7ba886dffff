package cli

import (
	"fmt"
	"io"
	"time"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"veedor/internal/evidence/fault"
	"veedor/internal/evidence/quote"
)

func quoteBenchCommand() *cobra.Command {
	var count, show int
	var seed uint64
	c := &cobra.Command{
		Use:   "quote-bench",
		Short: "Measure how quotations are found again in generated re-captures",
		Long: `Make articles in five languages, quote from them, edit them in some thirty ways (hostile ones among them: a negation put in,
a number changed, the sentence taken out while one like it stays, a correction that cites the old words), and look for the
quotations. Wrong is an anchor at another place, or one that calls edited words the same or the same words edited.
Exit code 1 when one is wrong, or when fewer than 95 % of those still there are found.`,
		Example: "  veedor quote-bench\n  veedor quote-bench --count 5000 --seed 7",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return quoteBench(c.OutOrStdout(), seed, count, show)
		},
	}
	c.Flags().IntVar(&count, "count", 1000, "how many re-captures")
	c.Flags().IntVar(&show, "show", 3, "how many wrong anchors to print")
	c.Flags().Uint64Var(&seed, "seed", 1, "another seed makes other articles")
	return c
}

// outcomes counts what became of quotations.
type outcomes struct {
	total, there, found, edited, changed, gone, lost, wrong int
}

func (o *outcomes) add(p outcomes) {
	o.total += p.total
	o.there += p.there
	o.found += p.found
	o.edited += p.edited
	o.changed += p.changed
	o.gone += p.gone
	o.lost += p.lost
	o.wrong += p.wrong
}

// judgeAnchor compares what was found with what was done.
func judgeAnchor(r *fault.Recapture, got *quote.Result) outcomes {
	o := outcomes{total: 1}
	here := got.State != quote.Lost && overlaps(got.Start, got.End, r.From, r.To)
	switch r.Truth {
	case fault.Verbatim, fault.Moved:
		o.there = 1
		switch {
		case got.State == quote.Lost:
		case got.State == quote.Found && got.Start == r.From && got.End == r.To:
			o.found = 1
		default:
			o.wrong = 1
		}
	case fault.Edited:
		o.edited = 1
		switch {
		case got.State == quote.Lost:
		case got.State == quote.Changed && here:
			o.changed = 1
		default:
			o.wrong = 1
		}
	case fault.Replaced:
		if got.State == quote.Found || got.State == quote.Changed && !(r.From <= got.Start && got.End <= r.To) && !here {
			o.wrong = 1
		}
	case fault.Gone:
		o.gone = 1
		if got.State == quote.Lost {
			o.lost = 1
		} else {
			o.wrong = 1
		}
	}
	return o
}

// overlaps says whether two spans have more than half of either in common.
func overlaps(a, b, c, d int) bool {
	common := min(b, d) - max(a, c)
	return 2*common > max(b-a, d-c)
}

func quoteBench(out io.Writer, seed uint64, count, show int) error {
	kinds := map[string]*outcomes{}
	var all outcomes
	var spent time.Duration
	longest, letters := time.Duration(0), 0
	for n := range count {
		r := fault.NewRecapture(seed, n)
		s, err := quote.At(r.Old, r.Start, r.End)
		if err != nil {
			return fmt.Errorf("quote generated article %d: %w", n, err)
		}
		begin := time.Now()
		got := quote.Anchor(r.New, s)
		took := time.Since(begin)
		spent, longest, letters = spent+took, max(longest, took), letters+utf8.RuneCountInString(r.New)
		o := judgeAnchor(&r, &got)
		if kinds[r.Kind] == nil {
			kinds[r.Kind] = &outcomes{}
		}
		kinds[r.Kind].add(o)
		all.add(o)
		if o.wrong > 0 && show > 0 {
			show--
			fmt.Fprintf(out, "wrong: number %d (%s, %s): quoted %q; %s\n  says %s %q %s\n  is   %s %q\n", n, r.Kind, r.Lang, s.Exact, s.Prefix, got.State, got.Text, got.Reason, r.Truth, string([]rune(r.New)[r.From:r.To]))
		}
	}
	fmt.Fprintf(out, "%-22s %6s %12s %12s %12s %6s\n", "what was done", "pages", "found", "changed", "lost", "wrong")
	for _, kind := range fault.RecaptureKinds() {
		if o := kinds[kind]; o != nil {
			fmt.Fprintf(out, "%-22s %6d %12s %12s %12s %6d\n", kind, o.total, share(o.found, o.there), share(o.changed, o.edited), share(o.lost, o.gone), o.wrong)
		}
	}
	fmt.Fprintf(out, "%d articles of %d characters on average; %.2f ms an anchor, the longest %.1f ms\n", count, letters/max(1, count), spent.Seconds()*1000/float64(max(1, count)), longest.Seconds()*1000)
	found, changed := percent(all.found, all.there), percent(all.changed, all.edited)
	fmt.Fprintf(out, "found %.1f %% of %d still there, %d wrong anchors, changed recognised %.1f %%\n", found, all.there, all.wrong, changed)
	if all.wrong > 0 || found < 95 {
		return fmt.Errorf("quotations were anchored wrongly %d times, and %.1f %% of those still there were found: %w", all.wrong, found, errFewer)
	}
	return nil
}

func share(part, whole int) string {
	if whole == 0 {
		return "-"
	}
	return fmt.Sprintf("%d of %d", part, whole)
}

func percent(part, whole int) float64 { return 100 * float64(part) / float64(max(1, whole)) }
