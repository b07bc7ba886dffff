package cli

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"veedor/internal/measure/store"
	"veedor/internal/measure/verdict"
)

func explainCommand() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:   "explain UID",
		Short: "Say how a measurement was judged: layer by layer, the rules, what they looked at, what followed",
		Long: `Say how a stored measurement was judged. For each layer: every rule that fired, on what, the facts it looked at and what it was
compared with, and the rules that were tried before it and did not hold. First comes one sentence that may be quoted.`,
		Example: "  veedor explain 20260503102000_XA_webconnectivity_53449f522f1ab741506e0dda509ab880",
		Args:    cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return with(c, func(h *house) error {
				m, err := h.lake.Measurement(c.Context(), args[0])
				if err != nil {
					return fmt.Errorf("explain %s: %w", args[0], err)
				}
				if asJSON {
					return json.NewEncoder(c.OutOrStdout()).Encode(explanation(m))
				}
				explain(c.OutOrStdout(), m)
				return nil
			})
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print the explanation as JSON")
	return c
}

// explained is an explanation for machines.
type explained struct {
	Quote   string         `json:"quote"`
	OONI    ooniWords      `json:"ooni"`
	Layers  []explainLayer `json:"layers"`
	RuleSet string         `json:"rule_set"`
	Facts   string         `json:"snapshot"`
	Open    bool           `json:"open"`
	Earlier []explainSaid  `json:"earlier,omitempty"` // what was said before, earliest first
}

type explainSaid struct {
	Until time.Time     `json:"until"`
	State verdict.State `json:"state"`
	Label verdict.Label `json:"label"`
	Rule  string        `json:"rule"`
}

type ooniWords struct {
	Anomaly   bool   `json:"anomaly"`
	Confirmed bool   `json:"confirmed"`
	Failure   bool   `json:"failure"`
	Blocking  string `json:"blocking"`
}

type explainLayer struct {
	Layer    verdict.Layer   `json:"layer"`
	State    verdict.State   `json:"state"`
	Label    verdict.Label   `json:"label"`
	Rule     string          `json:"rule"`
	Controls []string        `json:"controls"`
	Fired    []explainFiring `json:"fired"`
}

type explainFiring struct {
	Rule       string   `json:"rule"`
	Subject    string   `json:"subject"`
	Facts      string   `json:"facts"`
	Says       string   `json:"says"`
	Why        string   `json:"why"`
	Likelihood float64  `json:"likelihood"`
	Low        float64  `json:"low"`
	High       float64  `json:"high"`
	Before     []string `json:"did_not_hold"`
}

func explanation(m store.Measurement) explained {
	all := &m.Verdicts[0]
	out := explained{Quote: verdict.Quote(all), OONI: ooniWords{all.OONIAnomaly, all.OONIConfirmed, all.OONIFailure, all.OONIBlocking},
		RuleSet: all.RuleSet, Facts: all.Snapshot, Open: all.Open}
	for _, v := range m.Verdicts {
		l := explainLayer{v.Layer, v.State, v.Label, v.Rule, v.Controls, nil}
		for i, id := range v.Rules {
			r, _ := verdict.Lookup(id)
			l.Fired = append(l.Fired, explainFiring{id, v.Subjects[i], v.Facts[i], r.Says, r.Why, r.Likelihood, r.Low, r.High, verdict.Before(v.Layer, id)})
		}
		out.Layers = append(out.Layers, l)
	}
	for _, b := range m.Earlier {
		out.Earlier = append(out.Earlier, explainSaid{b.Until, b.State, b.Label, b.Rule})
	}
	return out
}

func explain(w io.Writer, m store.Measurement) {
	e := explanation(m)
	fmt.Fprintf(w, "%s\n", e.Quote)
	fmt.Fprintf(w, "In OONI's words: anomaly %t, confirmed %t, failure %t", e.OONI.Anomaly, e.OONI.Confirmed, e.OONI.Failure)
	if e.OONI.Blocking != "" {
		fmt.Fprintf(w, ", blocking %s", e.OONI.Blocking)
	}
	fmt.Fprintf(w, ".\nRule set %s, reference data %s.\n", e.RuleSet, e.Facts)
	if e.Open {
		fmt.Fprintln(w, "What others measured may change this verdict when more is known.")
	}
	for _, b := range e.Earlier {
		fmt.Fprintf(w, "Until %s it was: %s, by %s.\n", b.Until.Format(time.RFC3339), strings.ToLower(b.Label.Wording()), cmp.Or(b.Rule, "no rule"))
	}
	for _, l := range e.Layers {
		fmt.Fprintf(w, "\n%s: %s, by %s", l.Layer, strings.ToLower(l.Label.Wording()), l.Rule)
		if len(l.Controls) > 0 {
			fmt.Fprintf(w, "; compared with %s", strings.Join(l.Controls, ", "))
		}
		fmt.Fprintln(w)
		said := map[string]bool{}
		for _, f := range l.Fired {
			fmt.Fprintf(w, "  %s on %s\n", f.Rule, f.Subject)
			if f.Facts != "" {
				fmt.Fprintf(w, "      saw: %s\n", f.Facts)
			}
			if said[f.Rule] {
				continue
			}
			said[f.Rule] = true
			fmt.Fprintf(w, "      %s %s\n", f.Says, f.Why)
			if f.Likelihood != 1 {
				fmt.Fprintf(w, "      seen %.3g times as often where something is restricted (%.2g to %.2g)\n", f.Likelihood, f.Low, f.High)
			}
			if len(f.Before) > 0 {
				fmt.Fprintf(w, "      tried before it, and did not hold: %s\n", strings.Join(f.Before, ", "))
			}
		}
	}
}

func rulesCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "rules",
		Short:   "Print the rules as Markdown (docs/format/rules.md)",
		Example: "  veedor rules > rules.md",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			_, err := io.WriteString(c.OutOrStdout(), verdict.Document())
			return err
		},
	}
}
