package verdict

import (
	"fmt"
	"strings"
	"time"
)

// Document returns the rules as Markdown: docs/format/rules.md.
func Document() string {
	var b strings.Builder
	fmt.Fprintf(&b, `# The rules

Rule set %s. Written by `+"`veedor rules`"+` from the rules themselves; do not edit.

A measurement is taken apart into steps: a lookup, a connection, a handshake, a round trip, the bytes of one. On each step the rules of its
layer are tried in this order, and the first that holds fires; so each may rely on those before it having failed. Every firing is kept.

*Outcome*: ok, down, blocked, or insufficient where nothing follows. *Evidence*: scored, discarded (seen, but it cannot be interpreted), none.
*Ratio*: how many times more often this is seen where there is a restriction than where there is none, with the interval that holds it nine
times in ten. Ratios are set by hand and taken to be right within a factor of three; where the rule fired in labelled measurements, they were
moved by what was counted there, each weighted by how sure it is. The counts stand beside them: fired / of measurements whose layer was
restricted, and fired / of those whose layer was left alone.

Labelled measurements:
`, RuleSet)
	for _, c := range Corpus() {
		fmt.Fprintf(&b, "\n- %s", c)
	}
	b.WriteString("\n")
	for _, l := range []Layer{DNS, TCP, TLS, QUIC, HTTP, Throttling, All} {
		title := string(l)
		if l == All {
			title = "the measurement as a whole"
		}
		fmt.Fprintf(&b, "\n## %s\n", title)
		for i := range of[l] {
			r := &of[l][i].Rule
			fmt.Fprintf(&b, "\n### `%s`\n\n%s\n\n%s\n\n%s · %s", r.ID, r.Says, r.Why, r.Outcome, r.Evidence)
			if r.Artefact {
				b.WriteString(" · a distinctive trace")
			}
			if r.Beside {
				b.WriteString(" · reported beside the state")
			}
			if r.Evidence == Scored {
				fmt.Fprintf(&b, " · ratio %.3g (%.2g to %.2g)", r.Likelihood, r.Low, r.High)
				if s := r.Seen; s.OfRestricted+s.OfFree > 0 {
					fmt.Fprintf(&b, ", set at %g, fired in %d/%d and %d/%d", r.Prior, s.Restricted, s.OfRestricted, s.Free, s.OfFree)
				} else {
					b.WriteString(", " + r.Basis)
				}
			}
			b.WriteString("\n")
		}
	}
	return b.String()
}

// Wording is how a label is worded in English.
func (l Label) Wording() string {
	switch l {
	case LabelBlocked:
		return "Blocked"
	case LabelConsistent:
		return "Consistent with blocking"
	case LabelUnclear:
		return "Not working, cause unclear"
	case LabelNoSign:
		return "Not working, no sign of blocking"
	case LabelReachable:
		return "Reachable"
	}
	return "Not enough data"
}

// Quote returns one plain English sentence about a measurement's verdict on the whole that may be
// quoted: never surer than its label.
func Quote(all *Row) string {
	r, _ := Lookup(all.Rule)
	against := "there was nothing to compare it with"
	if len(all.Controls) > 0 {
		against = "compared with " + strings.Join(comparedWith(all.Controls), " and ")
	}
	where := fmt.Sprintf("AS%d", all.ProbeASN)
	if all.ProbeASOrgName != "" {
		where = all.ProbeASOrgName + " (" + where + ")"
	}
	target := all.Target
	if all.Input != "" {
		target = all.Input
	}
	return fmt.Sprintf("On %s, at %s UTC, in %s, country %s, a measurement of %s found: %s (“%s”; %s).", all.StartTime.Format("2 January 2006"),
		all.StartTime.Format(time.TimeOnly), where, all.ProbeCC, target, strings.TrimSuffix(r.Says, "."), strings.ToLower(all.Label.Wording()), against)
}

func comparedWith(controls []string) []string {
	words := map[string]string{ByHelper: "the test helper's own attempt", ByOthers: "what others measured in other networks shortly before", ByHistory: "what others measured in this network before"}
	out := make([]string, len(controls))
	for i, c := range controls {
		out[i] = words[c]
	}
	return out
}

// Before returns the ids of the rules of a layer that are tried before the one called id, and so did
// not hold where it fired.
func Before(l Layer, id string) []string {
	if l == All {
		return nil // these are picked, not tried in turn
	}
	var out []string
	for i := range of[l] {
		if of[l][i].ID == id {
			return out
		}
		out = append(out, of[l][i].ID)
	}
	return nil
}
