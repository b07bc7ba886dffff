package cmo

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"veedor/internal/weigh/cases"
	"veedor/internal/weigh/desk"
)

// names finds records by what other tables call them.
type names map[desk.Kind]map[string]string

func (n names) put(k desk.Kind, name, id string) {
	if n[k] == nil {
		n[k] = map[string]string{}
	}
	if n[k][name] == "" {
		n[k][name] = id
	}
}

// fields of a kind by their name, asked for once.
func fieldsOf(k desk.Kind) map[string]desk.Field {
	out := map[string]desk.Field{}
	for _, f := range desk.Fields(k) {
		out[f.Name] = f
	}
	return out
}

// parse reads a cell as a field's value. What the field does not take is not guessed at: it stays in the
// cell as it came, and the second result says why.
func parse(f desk.Field, text string, known names, month bool) (any, string) {
	trimmed := strings.TrimSpace(text)
	if trimmed == "" {
		return nil, ""
	}
	most := f.Max
	if most == 0 {
		most = map[bool]int{true: 1_000_000, false: 4000}[f.Type == desk.Prose || f.Type == desk.Words]
	}
	if utf8.RuneCountInString(text) > most {
		return nil, fmt.Sprintf("longer than %d characters", most)
	}
	if strings.ContainsRune(text, 0) {
		return nil, "holds a null character"
	}
	switch f.Type {
	case desk.Prose:
		return text, ""
	case desk.Words:
		return cases.Text{"en": text}, ""
	case desk.Day:
		if d := day(trimmed, month); d != "" {
			return d, ""
		}
		return nil, "no date that is known here"
	case desk.List:
		return list(trimmed), ""
	case desk.Ref:
		if id := known[f.To][trimmed]; id != "" {
			return id, ""
		}
		return nil, fmt.Sprintf("no %s of this name", f.To)
	case desk.Refs:
		var ids, lost []string
		for _, name := range list(trimmed) {
			if id := known[f.To][name]; id != "" {
				ids = append(ids, id)
			} else {
				lost = append(lost, name)
			}
		}
		var problem string
		if len(lost) > 0 {
			problem = fmt.Sprintf("no %s of this name: %.100s", f.To, strings.Join(lost, ", "))
		}
		if len(ids) == 0 {
			return nil, problem
		}
		return ids, problem
	case desk.Choice:
		if slices.Contains(f.Choices, trimmed) {
			return trimmed, ""
		}
		if low := strings.ToLower(trimmed); slices.Contains(f.Choices, low) {
			return low, ""
		}
		return nil, "none of: " + strings.Join(f.Choices, ", ")
	case desk.Line, desk.URL:
		if strings.ContainsAny(text, "\n\r") {
			return nil, "more than one line"
		}
		return trimmed, ""
	}
	return nil, "not read"
}

// render writes a field's value as a cell.
func render(f desk.Field, value any, nameOf func(desk.Kind, string) string) string {
	switch v := value.(type) {
	case string:
		if f.Type == desk.Ref {
			return nameOf(f.To, v)
		}
		return v
	case cases.Text:
		return v.In("en", "es")
	case []string:
		parts := slices.Clone(v)
		for i, p := range parts {
			if f.Type == desk.Refs {
				p = nameOf(f.To, p)
			}
			if strings.ContainsAny(p, `,"`) {
				p = `"` + strings.ReplaceAll(p, `"`, `""`) + `"`
			}
			parts[i] = p
		}
		return strings.Join(parts, ",")
	case int:
		return strconv.Itoa(v)
	case bool:
		return "checked"
	}
	return ""
}

// list cuts a cell of several values; one with a comma of its own stands in quotes.
func list(text string) []string {
	cells, err := split(text)
	if err != nil {
		return []string{text}
	}
	var out []string
	for _, c := range cells {
		if s := strings.TrimSpace(c.text); s != "" && !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	return out
}

// day reads a date as Airtable writes them. Of 3/4/2021 the first is the month unless the column shows
// that it cannot be.
func day(s string, month bool) string {
	s, _, _ = strings.Cut(s, "T")
	first, _, _ := strings.Cut(s, " ")
	numbers := "1/2/2006"
	if !month {
		numbers = "2/1/2006"
	}
	for _, l := range []struct{ layout, out, in string }{
		{"2006-01-02", "2006-01-02", first}, {"2006-01", "2006-01", first}, {"2006", "2006", first}, {numbers, "2006-01-02", first}, {"2.1.2006", "2006-01-02", first},
		{"January 2, 2006", "2006-01-02", s}, {"Jan 2, 2006", "2006-01-02", s}, {"2 January 2006", "2006-01-02", s}, {"January 2006", "2006-01", s},
	} {
		if t, err := time.Parse(l.layout, l.in); err == nil {
			return t.Format(l.out)
		}
	}
	return ""
}

// monthFirst says whether the dates of a column can have the month first.
func monthFirst(cells []string) bool {
	for _, c := range cells {
		first, _, _ := strings.Cut(c, "/")
		if n, err := strconv.Atoi(strings.TrimSpace(first)); err == nil && n > 12 && strings.Count(c, "/") == 2 {
			return false
		}
	}
	return true
}

// score reads an impact: the number at the beginning, from -3 to 3.
func score(text string) (int, bool) {
	s := strings.TrimSpace(strings.NewReplacer("−", "-", "–", "-", "+", "").Replace(text))
	if i := strings.IndexFunc(s, func(r rune) bool { return r != '-' && (r < '0' || r > '9') }); i >= 0 {
		s = s[:i]
	}
	n, err := strconv.Atoi(s)
	return n, err == nil && n >= -3 && n <= 3
}

// idOf names the record of a row for good: the same row of a later export is the same record.
func idOf(t table, key string, occurrence int) string {
	sum := sha256.Sum256([]byte(key))
	var b strings.Builder
	for _, r := range norm.NFKD.String(strings.ToLower(key)) {
		switch {
		case r >= 'a' && r <= 'z' || r >= '0' && r <= '9':
			b.WriteRune(r)
		case b.Len() > 0 && !strings.HasSuffix(b.String(), "-") && !(r >= 0x300 && r <= 0x36f):
			b.WriteByte('-')
		}
		if b.Len() >= 40 {
			break
		}
	}
	id := "cmo-" + string(t.kind) + "-" + strings.Trim(b.String(), "-") + "-" + hex.EncodeToString(sum[:4])
	if occurrence > 1 {
		id += "-" + strconv.Itoa(occurrence)
	}
	return strings.ReplaceAll(id, "--", "-")
}
