package formats

import (
	"encoding/csv"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// CSV writes claims as a table, one a row.
func CSV(s Site, claims []Claim, w io.Writer) error {
	out := csv.NewWriter(w)
	rows := [][]string{{"id", "claim", "status", "since", "utterances", "independent_sources", "supports", "contradicts", "first_said_by", "first_said_on", "publisher", "page"}}
	for i := range claims {
		v := claims[i].View
		first, on := "", ""
		for j := range v.Utterances {
			if d := v.Utterances[j].Str("date"); first == "" || d != "" && (on == "" || d < on) {
				first, on = v.Utterances[j].Str("speaker"), d
			}
		}
		var since string
		if !v.Standing.Since.IsZero() {
			since = stamp(v.Standing.Since)
		}
		rows = append(rows, []string{v.ID, s.words(v.Words("text")), v.Standing.Status, since, strconv.Itoa(len(v.Utterances)), strconv.Itoa(v.Standing.Said),
			strconv.Itoa(stances(&claims[i], "supports")), strconv.Itoa(stances(&claims[i], "contradicts")), first, on, claims[i].Publisher, s.claimPage(v.ID)})
	}
	for _, r := range rows {
		for i := range r {
			r[i] = inert(r[i])
		}
		if err := out.Write(r); err != nil {
			return fmt.Errorf("write claims: %w", err)
		}
	}
	out.Flush()
	return out.Error()
}

func stances(c *Claim, stance string) int {
	n := 0
	for i := range c.View.Evidence {
		if c.View.Evidence[i].Str("stance") == stance {
			n++
		}
	}
	return n
}

// inert keeps a spreadsheet from running a cell as a formula.
func inert(s string) string {
	if s != "" && strings.ContainsRune("=+-@\t\r", rune(s[0])) {
		return "'" + s
	}
	return s
}
