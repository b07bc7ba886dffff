package cli

import (
	"bufio"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"runtime"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"veedor/internal/weigh/lineage"
)

func lineageBenchCommand() *cobra.Command {
	var items, show int
	var seed uint64
	var fit, every bool
	c := &cobra.Command{
		Use:   "lineage-bench [FILE]",
		Short: "Measure how well proposals say which texts derive from which",
		Long: `With --items, make that many texts (syndication with cuts and edits, corrections, other headlines, translations, copies under a
later date, other people's reports of the same event, texts on the same topic, lines that an outlet puts under everything) and
count proposals right and wrong, within a language and across.

With a FILE of JSON lines (id, event, role, lang, outlet, date, url, text), compare what is proposed with what the roles say: an item
whose role says that it derives (copy, translation, rewrite …) should have a source in its event, or one that it names outside; any
other should have none. Where a line has derives_from (an id, or a list of them), that is the truth instead.`,
		Example: "  veedor lineage-bench ../shared/data/claims/claim_lineage.jsonl\n  veedor lineage-bench --items 100000",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if fit {
				return lineageFit(c.Context(), c.OutOrStdout(), seed)
			}
			if items > 0 {
				if err := lineageMade(c.Context(), c.OutOrStdout(), c.ErrOrStderr(), items, seed, show); err != nil {
					return err
				}
			}
			if len(args) == 0 {
				return nil
			}
			return lineageFile(c.Context(), c.OutOrStdout(), args[0], every)
		},
	}
	c.Flags().IntVar(&items, "items", 0, "how many texts to make, 0 for none")
	c.Flags().IntVar(&show, "show", 0, "how many wrong proposals on made texts to print")
	c.Flags().Uint64Var(&seed, "seed", 1, "another seed makes other texts")
	c.Flags().BoolVar(&fit, "fit", false, "fit the model on made texts and print it, as data/model.json")
	c.Flags().BoolVar(&every, "evidence", false, "print the evidence of each proposal of the file")
	return c
}

// claimRow is a line of a file of claims.
type claimRow struct {
	lineage.Item
	Event   string          `json:"event"`
	Role    string          `json:"role"`
	Derives json.RawMessage `json:"derives_from"`
	parents []string
	told    bool // the row itself says what it derives from
}

const mostLine = 16 << 20 // bytes of a line of a file of claims

func readClaimRows(path string) ([]*claimRow, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read claims: %w", err)
	}
	defer f.Close()
	var rows []*claimRow
	seen := map[string]bool{}
	s := bufio.NewScanner(f)
	s.Buffer(nil, mostLine)
	for n := 1; s.Scan(); n++ {
		if len(strings.TrimSpace(s.Text())) == 0 {
			continue
		}
		r := &claimRow{}
		if err := json.Unmarshal(s.Bytes(), r); err != nil {
			return nil, fmt.Errorf("read claims %s: line %d: %w", path, n, err)
		}
		if r.ID == "" {
			r.ID = fmt.Sprintf("line%06d", n)
		}
		if seen[r.ID] {
			return nil, fmt.Errorf("read claims %s: line %d: id %s occurs twice", path, n, r.ID)
		}
		seen[r.ID] = true
		if len(r.Derives) > 0 {
			r.told = true
			var one string
			if json.Unmarshal(r.Derives, &one) == nil && one != "" {
				r.parents = []string{one}
			} else if string(r.Derives) != "null" {
				_ = json.Unmarshal(r.Derives, &r.parents) // anything else names no parent
			}
		}
		rows = append(rows, r)
	}
	if err := s.Err(); err != nil {
		return nil, fmt.Errorf("read claims %s: %w", path, err)
	}
	return rows, nil
}

// What a role says of where a text comes from.
type ancestry int

const (
	unsaid   ancestry = iota // the role says what a text claims or is, not where its words come from
	own                      // it is nobody's copy
	origin                   // it is where the event's other texts come from
	derives                  // it comes from another text
	anything                 // it is partly of one kind and partly of the other, or the role is not known: not counted
)

// ancestryOf reads a role by its words: verbatim_copy, agency_rewrite, counter_claim.
func ancestryOf(role string) ancestry {
	words := strings.FieldsFunc(strings.ToLower(role), func(r rune) bool { return r == '_' || r == '-' || r == ' ' || r == '/' })
	has := func(list ...string) bool {
		return slices.ContainsFunc(words, func(w string) bool {
			return slices.ContainsFunc(list, func(p string) bool { return strings.HasPrefix(w, p) })
		})
	}
	switch {
	case has("mixed", "editorial", "opinion"):
		return anything
	case has("independ", "distract", "unrelated", "not", "background", "context", "sametopic"):
		return own
	case has("copy", "copied", "copies", "translat", "rewrit", "rewrot", "spun", "redat", "dated", "syndic", "paraphras", "repost", "republi", "reprint", "excerpt",
		"summar", "abridg", "trunc", "derive", "plagiar", "adapt", "retransl", "mirror", "cut", "trad", "repeat", "edited", "correct", "update"):
		return derives
	case has("root", "original", "official", "source", "primary", "press"):
		return origin
	case has("claim", "counter", "denial", "denie", "rival", "measure", "rebut", "debunk", "fact", "statement", "testimony", "report"):
		return own
	}
	return anything
}

func lineageFile(ctx context.Context, out io.Writer, path string, every bool) error {
	rows, err := readClaimRows(path)
	if err != nil {
		return err
	}
	items := make([]lineage.Item, len(rows))
	for i, r := range rows {
		items[i] = r.Item
	}
	proposals, err := lineage.Propose(ctx, items, runtime.GOMAXPROCS(0), nil)
	if err != nil {
		return err
	}
	j := judgeClaims(rows, proposals)
	j.print(out, every)
	return nil
}

// claimsJudge compares proposals with roles.
type claimsJudge struct {
	rows   []*claimRow
	by     map[string]*claimRow
	first  map[string]*lineage.Proposal // the proposal that an item is judged by
	told   map[string]string            // right, wrong, missed, or empty
	events []string

	right, wrong, missed int
	abroad               int // of the right ones, those whose source is not in the file
	roots, rooted        int
}

func judgeClaims(rows []*claimRow, proposals []lineage.Proposal) *claimsJudge {
	j := &claimsJudge{rows: rows, by: map[string]*claimRow{}, first: map[string]*lineage.Proposal{}, told: map[string]string{}}
	for _, r := range rows {
		j.by[r.ID] = r
		if !slices.Contains(j.events, r.Event) {
			j.events = append(j.events, r.Event)
		}
	}
	for i := range proposals { // the first inside, or else the first outside
		p := &proposals[i]
		if f := j.first[p.Item]; p.Kind.Derives() && (f == nil || f.Source == "" && p.Source != "") {
			j.first[p.Item] = p
		}
	}
	for _, r := range rows {
		j.judge(r)
	}
	for _, e := range j.events {
		j.roots++
		if j.rootFound(e) {
			j.rooted++
		}
	}
	return j
}

// judge counts one item.
func (j *claimsJudge) judge(r *claimRow) {
	p, a := j.first[r.ID], ancestryOf(r.Role)
	if r.told {
		a = own
		if len(r.parents) > 0 {
			a = derives
		}
	}
	good := false
	switch {
	case p == nil:
	case p.Source == "":
		if a == unsaid || a == own && !r.told && !strings.Contains(r.Role, "independ") {
			p = nil // its role says nothing about texts that are not in the file
		}
		good = a == derives && !slices.ContainsFunc(r.parents, func(id string) bool { return j.by[id] != nil })
	case r.told:
		good = slices.Contains(r.parents, p.Source) || slices.ContainsFunc(r.parents, func(id string) bool { return j.top(id) == j.top(p.Source) })
	default:
		good = j.by[p.Source].Event == r.Event
	}
	switch {
	case a == anything:
	case a == derives && p != nil && good:
		j.right++
		if p.Source == "" {
			j.abroad++
		}
		j.told[r.ID] = "right"
	case a == derives:
		j.missed++
		j.told[r.ID] = "missed"
		if p != nil {
			j.wrong++
			j.told[r.ID] = "wrong source"
		}
	case p != nil:
		j.wrong++
		j.told[r.ID] = "wrong: it derives from nothing here"
	}
}

// top follows first sources inside the file.
func (j *claimsJudge) top(id string) string {
	for range j.rows {
		p := j.first[id]
		if p == nil || p.Source == "" {
			return id
		}
		id = p.Source
	}
	return id
}

// rootFound says whether the event's origin is found. With a root, an original or an official text in it, that is the item most texts
// of the event are traced to. Otherwise, where some derive, each of them is traced to something that does not; where none derives, none is traced to another.
func (j *claimsJudge) rootFound(event string) bool {
	var origins, copies []string
	traced := map[string]int{}
	for _, r := range j.rows {
		if r.Event != event {
			continue
		}
		switch ancestryOf(r.Role) {
		case origin:
			origins = append(origins, r.ID)
		case derives:
			copies = append(copies, r.ID)
		}
		if t := j.top(r.ID); t != r.ID {
			traced[t]++
		}
	}
	if len(origins) > 0 && len(copies) == 0 {
		return len(traced) == 0
	}
	if len(origins) > 0 {
		best, most := "", 0
		for id, n := range traced {
			if n > most || n == most && id < best {
				best, most = id, n
			}
		}
		return slices.Contains(origins, best)
	}
	if len(copies) == 0 {
		return len(traced) == 0
	}
	return !slices.ContainsFunc(copies, func(id string) bool { return j.first[id] == nil })
}

func (j *claimsJudge) print(out io.Writer, every bool) {
	for _, e := range j.events {
		found := "root found"
		if !j.rootFound(e) {
			found = "root not found"
		}
		fmt.Fprintf(out, "%s: %s\n", cmp.Or(e, "(no event)"), found)
		for _, r := range j.rows {
			if r.Event != e {
				continue
			}
			says := "derives from nothing here"
			if p := j.first[r.ID]; p != nil {
				says = fmt.Sprintf("%s of %s, confidence %.2f", p.Kind, cmp.Or(p.Source, "«"+p.Outside+"» (not in the file)"), p.Confidence)
				if len(p.Direction) > 0 {
					says += ", by " + strings.Join(p.Direction, ", ")
				}
			}
			fmt.Fprintf(out, "  %s %s %s %s: %s", r.ID, r.Lang, cmp.Or(r.Date, "undated"), r.Role, says)
			if t := j.told[r.ID]; t != "" {
				fmt.Fprintf(out, " [%s]", t)
			}
			fmt.Fprintln(out)
			if p := j.first[r.ID]; p != nil && every {
				for _, ev := range p.Evidence {
					fmt.Fprintf(out, "      %s %q %q %v %v %.2f\n", ev.Kind, ev.Text, ev.Other, ev.Item, ev.Source, ev.Value)
				}
			}
		}
	}
	p, r := portion(j.right, j.right+j.wrong), portion(j.right, j.right+j.missed)
	fmt.Fprintf(out, "derives from: %d right (%d of them from a source that the item names and that is not in the file), %d wrong, %d missed; precision %.3f, recall %.3f\n", j.right, j.abroad, j.wrong, j.missed, p, r)
	fmt.Fprintf(out, "F1 %.3f, roots %d of %d\n", portion(2*j.right, 2*j.right+j.wrong+j.missed), j.rooted, j.roots)
}

func portion(a, b int) float64 {
	if b == 0 {
		return 0
	}
	return float64(a) / float64(b)
}
