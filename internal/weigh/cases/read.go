package cases

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

// Limits on a case.
const (
	maxFile   = 1 << 20
	maxClaims = 1000
)

var name = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,79}$`)

func errDate(d Date) error {
	return fmt.Errorf("%q is no date; write 2020-11-30, 2020-11, 2020 or 2020-11-30T08:00:00Z", string(d))
}

// Read reads the case in a folder: case.yaml and claims/*.yaml. All that is wrong is said at once, a line each:
// file, line, what.
func Read(dir fs.FS) (*Case, error) {
	c := &Case{}
	if err := load(dir, "case.yaml", c); err != nil {
		return nil, err
	}
	files, err := fs.Glob(dir, "claims/*.yaml")
	if err != nil {
		return nil, err
	}
	if len(files) > maxClaims {
		return nil, fmt.Errorf("claims: %d files, at most %d are read", len(files), maxClaims)
	}
	slices.Sort(files)
	var wrong []error
	if len(files) == 0 {
		wrong = append(wrong, errors.New("no claims: write claims/NAME.yaml"))
	}
	for _, f := range files {
		var claim Claim
		if err := load(dir, f, &claim); err != nil {
			wrong = append(wrong, err)
			continue
		}
		if claim.ID == "" {
			claim.ID = strings.TrimSuffix(path.Base(f), ".yaml")
		}
		c.Claims = append(c.Claims, claim)
		for _, why := range claim.check() {
			wrong = append(wrong, fmt.Errorf("%s: %w", f, why))
		}
	}
	c.plain()
	for _, why := range c.check() {
		wrong = append(wrong, fmt.Errorf("case.yaml: %w", why))
	}
	return c, errors.Join(wrong...)
}

func load(dir fs.FS, file string, into any) error {
	f, err := dir.Open(file)
	if err != nil {
		return fmt.Errorf("read case: %w", err)
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	if len(b) > maxFile {
		return fmt.Errorf("%s: more than %d bytes", file, maxFile)
	}
	d := yaml.NewDecoder(bytes.NewReader(b))
	d.KnownFields(true)
	if err := d.Decode(into); err != nil {
		return fmt.Errorf("%s: %s", file, plainly(err))
	}
	if err := d.Decode(new(yaml.Node)); !errors.Is(err, io.EOF) {
		return fmt.Errorf("%s: a second document; write one a file", file)
	}
	return nil
}

var ofGo = regexp.MustCompile(` in type cases\.\w+`)

// plainly words an error of the YAML reader for somebody who writes cases.
func plainly(err error) string {
	text := strings.TrimPrefix(strings.TrimPrefix(err.Error(), "yaml: "), "unmarshal errors:")
	return strings.Join(strings.Fields(ofGo.ReplaceAllString(text, "")), " ")
}

// UnmarshalYAML takes a plain string, or words by language.
func (t *Text) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind == yaml.ScalarNode {
		*t = Text{"": n.Value}
		return nil
	}
	return n.Decode((*map[string]string)(t))
}

// plain gives words without a language the case's own.
func (c *Case) plain() {
	if c.Language == "" {
		c.Language = "en"
	}
	set := func(t Text) {
		if s, ok := t[""]; ok {
			delete(t, "")
			t[c.Language] = s
		}
	}
	set(c.Title)
	set(c.Question)
	for _, t := range c.Unknown {
		set(t)
	}
	for i := range c.Withheld {
		set(c.Withheld[i].Why)
	}
	for i := range c.Claims {
		set(c.Claims[i].Text)
		for _, e := range c.Claims[i].Evidence {
			set(e.Reason)
			if e.Statement != nil {
				set(e.Statement.Text)
			}
			if e.Absence != nil {
				set(e.Absence.What)
			}
		}
	}
}

func (c *Case) check() []error {
	var out []error
	if !name.MatchString(c.ID) {
		out = append(out, fmt.Errorf("id %q: lower-case letters, digits and hyphens", c.ID))
	}
	if c.Title.In(c.Language) == "" {
		out = append(out, fmt.Errorf("title: none in %q, the case's language", c.Language))
	}
	seen := map[string]bool{}
	for _, k := range c.Claims {
		if seen[k.ID] {
			out = append(out, fmt.Errorf("claim %q stands twice", k.ID))
		}
		seen[k.ID] = true
	}
	return out
}

func (k *Claim) check() []error {
	var out []error
	if !name.MatchString(k.ID) {
		out = append(out, fmt.Errorf("id %q: lower-case letters, digits and hyphens", k.ID))
	}
	if len(k.Text) == 0 {
		out = append(out, errors.New("text: a claim says something"))
	}
	for i, u := range k.Utterances {
		if u.Speaker == "" {
			out = append(out, fmt.Errorf("utterance %d: no speaker", i+1))
		}
		if u.Role != "" && !slices.Contains([]string{"official", "journalist", "expert", "company", "group", "anonymous"}, u.Role) {
			out = append(out, fmt.Errorf("utterance %d: role %q: official, journalist, expert, company, group or anonymous", i+1, u.Role))
		}
		out = append(out, dates(fmt.Sprintf("utterance %d", i+1), u.Date)...)
	}
	for i := range k.Evidence {
		for _, why := range k.Evidence[i].check() {
			out = append(out, fmt.Errorf("evidence %d: %w", i+1, why))
		}
	}
	return out
}

func (e *Evidence) check() []error {
	var out []error
	kinds := 0
	for _, set := range []bool{e.Finding != nil, e.Incident != "", e.Measurement != "", e.Quote != "", e.Capture != "", e.Statement != nil, e.Absence != nil} {
		if set {
			kinds++
		}
	}
	if kinds != 1 {
		out = append(out, fmt.Errorf("%d kinds; write one of finding, incident, measurement, quote, capture, statement, absence", kinds))
	}
	switch {
	case e.Finding != nil && e.Stance != "":
		out = append(out, errors.New("stance of a finding: leave it out, it follows from the measurements"))
	case e.Finding == nil && !slices.Contains([]string{Supports, Contradicts, Context, Insufficient}, e.Stance):
		out = append(out, fmt.Errorf("stance %q: supports, contradicts, context or insufficient", e.Stance))
	}
	if e.Strength != "" && !slices.Contains([]string{"weak", "medium", "strong"}, e.Strength) {
		out = append(out, fmt.Errorf("strength %q: weak, medium or strong", e.Strength))
	}
	if e.Stance != "" && e.Stance != Context && len(e.Reason) == 0 {
		out = append(out, errors.New("reason: say why it bears on the claim"))
	}
	all := []Date{e.At}
	if f := e.Finding; f != nil {
		all = append(all, f.From, f.To)
		if f.Expects != "blocked" && f.Expects != "reachable" {
			out = append(out, fmt.Errorf("finding expects %q: blocked or reachable", f.Expects))
		}
		if f.Country == "" && f.Network == 0 || f.Target == "" {
			out = append(out, errors.New("finding: a target, and a country or network, are needed"))
		}
		if f.AtLeast < 0 {
			out = append(out, errors.New("finding: at_least is a number of measurements"))
		}
	}
	if s := e.Statement; s != nil {
		all = append(all, s.Date)
		if s.Source == "" {
			out = append(out, errors.New("statement: no source"))
		}
	}
	if a := e.Absence; a != nil {
		all = append(all, a.At)
		if len(a.What) == 0 || a.Where == "" || a.At == "" {
			out = append(out, errors.New("absence: what was looked for, where and when"))
		}
	}
	return append(out, dates("", all...)...)
}

func dates(where string, all ...Date) []error {
	var out []error
	for _, d := range all {
		if d == "" {
			continue
		}
		if _, _, err := d.Time(); err != nil {
			if where != "" {
				err = fmt.Errorf("%s: %w", where, err)
			}
			out = append(out, err)
		}
	}
	return out
}
