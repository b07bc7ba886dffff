package cli

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"veedor/internal/weigh/cases"
	"veedor/internal/weigh/desk"
)

func deskCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "desk",
		Short: "Items, claims and evidence: what people write, who wrote it, and how claims stand",
		Long: `The desk keeps items, claims, evidence, frames, scores, stories and cases. Every write is an event in a journal that is only ever
added to; what two people changed at once is kept twice and shown until somebody resolves it; how a claim stands follows from the
evidence and is never written. docs/format/desk.md lists the kinds of records and their fields.

Whoever runs these commands may do all that an administrator may. Writes are in the name that --by gives, or VEEDOR_BY.`,
	}
	c.PersistentFlags().String("by", "", "who writes (default $VEEDOR_BY, else $USER)")
	c.PersistentFlags().String("why", "", "why it is written")
	c.AddCommand(deskListCommand(), deskShowCommand(), deskAddCommand(), deskSetCommand(), deskEvidenceCommand(), deskRemoveCommand(), deskStatusCommand(), deskReweighCommand(),
		deskLogCommand(), deskConflictsCommand(), deskResolveCommand(), deskCheckCommand(), deskPublishCommand(), deskAlphaCommand(), deskExportCommand(), deskBackupCommand(), deskRebuildCommand(), deskCMOCommand())
	return c
}

// deskWriter returns who writes, and why.
func deskWriter(c *cobra.Command) (desk.Viewer, string) {
	by, _ := c.Flags().GetString("by")
	why, _ := c.Flags().GetString("why")
	return desk.Viewer{Name: cmp.Or(by, os.Getenv("VEEDOR_BY"), os.Getenv("USER"), "operator"), Role: desk.Administrator}, why
}

// deskKind checks the name of a kind.
func deskKind(name string) (desk.Kind, error) {
	if k := desk.Kind(name); slices.Contains(desk.Kinds(), k) {
		return k, nil
	}
	var all []string
	for _, k := range desk.Kinds() {
		all = append(all, string(k))
	}
	return "", fmt.Errorf("%q is no kind of record; there are: %s (%w)", name, strings.Join(all, ", "), errUsage)
}

// withKind runs f on the opened desk, with a kind that was named, who writes, and why.
func withKind(c *cobra.Command, name string, f func(d *desk.Desk, k desk.Kind, who desk.Viewer, why string) error) error {
	k, err := deskKind(name)
	if err != nil {
		return err
	}
	return withDesk(c, func(d *desk.Desk) error {
		who, why := deskWriter(c)
		return f(d, k, who, why)
	})
}

func deskListCommand() *cobra.Command {
	var asJSON, newest bool
	q := desk.Query{Limit: 100}
	c := &cobra.Command{
		Use:     "list KIND [FIELD=VALUE]…",
		Short:   "List records",
		Example: "  veedor desk list claim case=borduna status=contested\n  veedor desk list item --newest --json",
		Args:    cobra.MinimumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			var err error
			if q.Kind, err = deskKind(args[0]); err != nil {
				return err
			}
			q.Newest, q.Where = newest, map[string]string{}
			for _, a := range args[1:] {
				field, value, ok := strings.Cut(a, "=")
				if !ok {
					return fmt.Errorf("%q: write FIELD=VALUE (%w)", a, errUsage)
				}
				q.Where[field] = value
			}
			return withDesk(c, func(d *desk.Desk) error {
				who, _ := deskWriter(c)
				list, err := d.List(c.Context(), who, q)
				if err != nil {
					return err
				}
				w := tabwriter.NewWriter(c.OutOrStdout(), 0, 0, 2, ' ', 0)
				for i := range list {
					if asJSON {
						err = errors.Join(err, json.NewEncoder(c.OutOrStdout()).Encode(&list[i]))
						continue
					}
					fmt.Fprintf(w, "%s\t%d\t%s\t%s\n", list[i].ID, list[i].Rev, list[i].Str("status"), oneLine(deskName(&list[i])))
				}
				return errors.Join(err, w.Flush())
			})
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "one JSON object a line")
	c.Flags().BoolVar(&newest, "newest", false, "latest changed first")
	c.Flags().BoolVar(&q.Removed, "removed", false, "also those that were taken off the desk")
	c.Flags().IntVar(&q.Limit, "limit", q.Limit, "at most so many; 0: all")
	return c
}

// deskName is what a record is called in a list.
func deskName(r *desk.Record) string {
	for _, f := range []string{"title", "text", "name", "speaker", "type", "what", "reason"} {
		if s := cmp.Or(r.Str(f), r.Words(f).In("en", "es")); s != "" {
			return s
		}
	}
	return ""
}

func oneLine(s string) string {
	r := []rune(strings.Join(strings.Fields(s), " "))
	if len(r) > 100 {
		return string(r[:100]) + "…"
	}
	return string(r)
}

func deskShowCommand() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:     "show KIND ID",
		Short:   "Show a record; of a claim also how it stands and all that bears on it",
		Example: "  veedor desk show claim borduna.restricted",
		Args:    cobra.ExactArgs(2),
		RunE: func(c *cobra.Command, args []string) error {
			return withKind(c, args[0], func(d *desk.Desk, k desk.Kind, who desk.Viewer, _ string) error {
				out := c.OutOrStdout()
				if k == desk.Claim {
					v, err := d.ClaimView(c.Context(), who, args[1])
					if err != nil {
						return err
					}
					if asJSON {
						return json.NewEncoder(out).Encode(v)
					}
					printClaim(out, v)
					return nil
				}
				r, err := d.Get(c.Context(), who, k, args[1])
				if err != nil {
					return err
				}
				if asJSON {
					return json.NewEncoder(out).Encode(r)
				}
				printRecord(out, r, "")
				return nil
			})
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "as JSON")
	return c
}

func printClaim(w io.Writer, v *desk.ClaimView) {
	printRecord(w, &v.Record, "")
	s := v.Standing
	fmt.Fprintf(w, "stands: %s since %s: %d for it, %d against it, %d independent sources for it; said by %d sources in %d texts\n", s.Status, s.Since.Format("2006-01-02"), s.For, s.Against, s.Roots, s.Said, s.Texts)
	for _, r := range s.Reasons {
		fmt.Fprintf(w, "  because: %s %d %s\n", r.Code, r.N, strings.Join(r.Evidence, " "))
	}
	for _, h := range v.History {
		fmt.Fprintf(w, "  %s: %s → %s (%s) %s\n", h.At.Format("2006-01-02 15:04:05"), cmp.Or(h.Standing.Before, "new"), h.Standing.Status, h.Standing.Cause, h.Why)
	}
	for _, list := range [][]desk.Record{v.Utterances, v.Evidence, v.Relations} {
		for i := range list {
			printRecord(w, &list[i], "  ")
		}
	}
}

func printRecord(w io.Writer, r *desk.Record, indent string) {
	fmt.Fprintf(w, "%s%s %s, revision %d, by %s on %s\n", indent, r.Kind, r.ID, r.Rev, r.UpdatedBy, r.Updated.Format("2006-01-02 15:04"))
	if r.Removed {
		fmt.Fprintf(w, "%s  taken off the desk\n", indent)
	}
	for _, name := range slices.Sorted(maps.Keys(r.Fields)) {
		if name == "standing" || name == "answer" {
			continue
		}
		mark := ""
		if slices.Contains(r.Private, name) {
			mark = " (private)"
		}
		switch v := r.Fields[name].(type) {
		case cases.Text:
			for _, lang := range slices.Sorted(maps.Keys(v)) {
				fmt.Fprintf(w, "%s  %s@%s%s: %s\n", indent, name, lang, mark, v[lang])
			}
		case []string:
			fmt.Fprintf(w, "%s  %s%s: %s\n", indent, name, mark, strings.Join(v, " · "))
		default:
			fmt.Fprintf(w, "%s  %s%s: %v\n", indent, name, mark, v)
		}
	}
}

// deskFields reads FIELD=VALUE as the fields of a kind: FIELD@LANG=VALUE for words, a list by naming its field several
// times, FIELD= to take a field away. had is the record as it was, whose words in other languages stay.
func deskFields(k desk.Kind, args []string, had *desk.Record) (map[string]any, error) {
	types := map[string]desk.Type{}
	for _, f := range desk.Fields(k) {
		types[f.Name] = f.Type
	}
	out := map[string]any{}
	for _, a := range args {
		name, value, ok := strings.Cut(a, "=")
		if !ok {
			return nil, fmt.Errorf("%q: write FIELD=VALUE (%w)", a, errUsage)
		}
		name, lang, _ := strings.Cut(name, "@")
		switch types[name] {
		case desk.Words:
			words, ok := out[name].(cases.Text)
			if !ok {
				words = cases.Text{}
				if had != nil {
					maps.Copy(words, had.Words(name))
				}
				out[name] = words
			}
			words[cmp.Or(lang, "en")] = value
		case desk.List, desk.Refs:
			list, _ := out[name].([]string)
			if value != "" {
				list = append(list, value)
			}
			out[name] = list
		case desk.Number:
			if value == "" {
				out[name] = nil
				continue
			}
			n, err := strconv.Atoi(value)
			if err != nil {
				return nil, fmt.Errorf("%s: %q is no number (%w)", name, value, errUsage)
			}
			out[name] = n
		case desk.Flag:
			out[name] = value == "true"
		default:
			out[name] = value
		}
	}
	return out, nil
}
