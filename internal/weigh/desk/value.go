package desk

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"veedor/internal/weigh/cases"
)

// Limits on what a record holds.
const (
	maxLine   = 4000      // code points
	maxProse  = 1_000_000 // code points
	maxList   = 10_000
	maxFields = 300
	maxExtra  = 200 // bytes of a name
)

var (
	goodID   = regexp.MustCompile(`^[a-z0-9][a-z0-9.-]{0,159}$`)
	goodLang = regexp.MustCompile(`^[A-Za-z0-9+-]{1,20}$`) // a language, or a level of a rubric
)

// fieldOf returns what a kind says of a field; of others' columns, that they are private and come as they are.
func fieldOf(k Kind, name string) (Field, bool) {
	if strings.HasPrefix(name, Extra) && len(name) <= maxExtra && utf8.ValidString(name) {
		return Field{Name: name, Type: Prose, Private: true}, true
	}
	for _, f := range Fields(k) {
		if f.Name == name {
			return f, true
		}
	}
	return Field{}, false
}

// take checks a value for a field and returns it as that field's Go type. An empty one is nil: there is none.
func (f Field) take(value any) (any, error) {
	if raw, ok := value.(json.RawMessage); ok && f.Type != Data {
		return f.read(raw)
	}
	if f.Type == Prose && strings.HasPrefix(f.Name, Extra) {
		return f.takeExtra(value)
	}
	switch f.Type {
	case Line, Prose, URL, Day, Choice, Ref:
		if d, ok := value.(cases.Date); ok {
			value = string(d)
		}
		s, ok := value.(string)
		if !ok && value != nil {
			return nil, fmt.Errorf("%s: %T, want a string", f.Name, value)
		}
		return f.takeString(s)
	case Number:
		return f.takeNumber(value)
	case Flag:
		switch v := value.(type) {
		case nil:
			return nil, nil
		case bool:
			if !v {
				return nil, nil
			}
			return true, nil
		}
		return nil, fmt.Errorf("%s: %v, want true or false", f.Name, value)
	case List, Refs:
		return f.takeList(value)
	case Words:
		return f.takeWords(value)
	}
	return takeData(value)
}

// takeExtra keeps another's column byte for byte: a string, also an empty one, or a list.
func (f Field) takeExtra(value any) (any, error) {
	switch v := value.(type) {
	case nil:
		return nil, nil
	case string:
		if utf8.RuneCountInString(v) <= maxProse && utf8.ValidString(v) {
			return v, nil
		}
		return nil, fmt.Errorf("%s: more than %d characters, or no text", f.Name, maxProse)
	case []string, []any:
		return Field{Name: f.Name, Type: List}.takeList(v)
	}
	return nil, fmt.Errorf("%s: %T, want text or a list", f.Name, value)
}

func (f Field) takeString(s string) (any, error) {
	if s == "" {
		return nil, nil
	}
	most := f.Max
	if most == 0 && f.Type == Prose {
		most = maxProse
	} else if most == 0 {
		most = maxLine
	}
	switch n := utf8.RuneCountInString(s); {
	case !utf8.ValidString(s):
		return nil, fmt.Errorf("%s: no valid text", f.Name)
	case n > most:
		return nil, fmt.Errorf("%s: %d characters, at most %d", f.Name, n, most)
	case f.Type != Prose && strings.ContainsAny(s, "\n\r\x00"), strings.Contains(s, "\x00"):
		return nil, fmt.Errorf("%s: one line, without ends of lines", f.Name)
	case f.Type == Choice && !slices.Contains(f.Choices, s):
		return nil, fmt.Errorf("%s: %q; write one of: %s", f.Name, s, strings.Join(f.Choices, ", "))
	case f.Type == Ref && !goodID.MatchString(s):
		return nil, fmt.Errorf("%s: %q is no id", f.Name, s)
	}
	if f.Type == Day {
		if _, _, err := cases.Date(s).Time(); err != nil {
			return nil, fmt.Errorf("%s: %w", f.Name, err)
		}
	}
	return s, nil
}

func (f Field) takeNumber(value any) (any, error) {
	var n int
	switch v := value.(type) {
	case nil:
		return nil, nil
	case int:
		n = v
	case uint32:
		n = int(v)
	case float64:
		if v != math.Trunc(v) || math.Abs(v) > 1<<53 {
			return nil, fmt.Errorf("%s: %v is no whole number", f.Name, v)
		}
		n = int(v)
	default:
		return nil, fmt.Errorf("%s: %T, want a number", f.Name, value)
	}
	if f.Max > 0 && (n > f.Max || n < -f.Max) {
		return nil, fmt.Errorf("%s: %d is not between %d and %d", f.Name, n, -f.Max, f.Max)
	}
	return n, nil
}

func (f Field) takeList(value any) (any, error) {
	var list []string
	switch v := value.(type) {
	case nil:
		return nil, nil
	case string:
		list = []string{v}
	case []string:
		list = v
	case []any:
		for _, x := range v {
			s, ok := x.(string)
			if !ok {
				return nil, fmt.Errorf("%s: a list of %T, want strings", f.Name, x)
			}
			list = append(list, s)
		}
	default:
		return nil, fmt.Errorf("%s: %T, want a list", f.Name, value)
	}
	var out []string
	seen := map[string]bool{}
	for _, s := range list {
		one := Field{Name: f.Name, Type: Prose, Max: maxLine}
		if f.Type == Refs {
			one.Type = Ref
		}
		if _, err := one.takeString(s); err != nil {
			return nil, err
		}
		if s != "" && !seen[s] {
			seen[s] = true
			out = append(out, s)
		}
	}
	if len(out) > maxList {
		return nil, fmt.Errorf("%s: %d entries, at most %d", f.Name, len(out), maxList)
	}
	if len(out) == 0 {
		return nil, nil
	}
	return out, nil
}

func (f Field) takeWords(value any) (any, error) {
	words := cases.Text{}
	set := func(lang, s string) error {
		if !goodLang.MatchString(lang) {
			return fmt.Errorf("%s: %q is no language", f.Name, lang)
		}
		v, err := Field{Name: f.Name + " (" + lang + ")", Type: Prose}.takeString(s)
		if v != nil {
			words[lang] = s
		}
		return err
	}
	switch v := value.(type) {
	case nil:
	case cases.Text:
		for lang, s := range v {
			if err := set(lang, s); err != nil {
				return nil, err
			}
		}
	case map[string]string:
		return f.takeWords(cases.Text(v))
	case map[string]any:
		for lang, x := range v {
			s, ok := x.(string)
			if !ok {
				return nil, fmt.Errorf("%s: %T, want words by language", f.Name, x)
			}
			if err := set(lang, s); err != nil {
				return nil, err
			}
		}
	default:
		return nil, fmt.Errorf("%s: %T, want words by language", f.Name, value)
	}
	if len(words) == 0 {
		return nil, nil
	}
	return words, nil
}

func takeData(value any) (any, error) {
	if value == nil {
		return nil, nil
	}
	b, err := json.Marshal(value)
	return json.RawMessage(b), err
}

// read decodes a value as it stands in the journal.
func (f Field) read(raw json.RawMessage) (any, error) {
	if len(raw) == 0 || string(raw) == "null" {
		return nil, nil
	}
	if f.Type == Data {
		return raw, nil
	}
	var v any
	if err := json.Unmarshal(raw, &v); err != nil {
		return nil, fmt.Errorf("%s: %w", f.Name, err)
	}
	return f.take(v)
}

// write encodes a value for the journal: the same value always gives the same bytes.
func write(value any) json.RawMessage {
	return json.RawMessage(jsonOf(value)) // values are strings, numbers, lists and maps of strings, or JSON
}

func same(a, b json.RawMessage) bool {
	empty := func(r json.RawMessage) bool { return len(r) == 0 || string(r) == "null" }
	return empty(a) && empty(b) || bytes.Equal(a, b)
}

// merge applies to a list what somebody changed of the one it was before.
func merge(before, theirs, ours []string) []string {
	out := []string{}
	for _, s := range ours {
		if !slices.Contains(before, s) || slices.Contains(theirs, s) {
			out = append(out, s)
		}
	}
	for _, s := range theirs {
		if !slices.Contains(before, s) && !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	return out
}
