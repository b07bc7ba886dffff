package cases

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

// Limits on a case.
const (
	maxFile  = 1 << 20
	maxFiles = 1000 // of claims, of items
)

// A name is local to its case; with a slash before it, it is the desk's own of something that is in no case, or in another.
var (
	name    = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,79}$`)
	local   = regexp.MustCompile(`^(/[a-z0-9][a-z0-9.-]{0,159}|[a-z0-9][a-z0-9-]{0,79})$`)
	wide    = regexp.MustCompile(`^[a-z0-9][a-z0-9.-]{0,159}$`) // of sources, entities, locations
	network = regexp.MustCompile(`^AS[1-9][0-9]{0,9}$`)
)

func errDate(d Date) error {
	return fmt.Errorf("%q is no date; write 2020-11-30, 2020-11, 2020 or 2020-11-30T08:00:00Z", string(d))
}

// list is a file that holds all of one kind.
type list struct {
	file string
	into any // pointer to a slice
}

// lists returns the files beside case.yaml that hold all of one kind.
func (c *Case) lists() []list {
	return []list{{"actors.yaml", &c.Actors}, {"facts.yaml", &c.Facts}, {"frames.yaml", &c.Frames}, {"themes.yaml", &c.Themes}, {"sources.yaml", &c.Sources},
		{"entities.yaml", &c.Entities}, {"locations.yaml", &c.Locations}, {"relations.yaml", &c.Relations}, {"lineage.yaml", &c.Lineage}}
}

// Read reads the case in a folder. All that is wrong is said at once, a line each: file, line, what.
func Read(dir fs.FS) (*Case, error) {
	c := &Case{}
	if err := load(dir, "case.yaml", c); err != nil {
		return nil, err
	}
	var wrong []error
	c.Claims = filesIn[Claim](dir, "claims", &wrong)
	c.Items = filesIn[Item](dir, "items", &wrong)
	for i := range c.Claims {
		id, file := &c.Claims[i].ID, &c.Claims[i].File
		*id, *file = named(*id, *file)
	}
	for i := range c.Items {
		id, file := &c.Items[i].ID, &c.Items[i].File
		*id, *file = named(*id, *file)
	}
	if len(c.Claims) == 0 && len(wrong) == 0 {
		wrong = append(wrong, errors.New("no claims: write claims/NAME.yaml"))
	}
	for _, l := range c.lists() {
		if _, err := fs.Stat(dir, l.file); errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err := load(dir, l.file, l.into); err != nil {
			wrong = append(wrong, err)
		}
	}
	if c.Language == "" {
		c.Language = "en"
	}
	texts(reflect.ValueOf(c).Elem(), func(t Text) {
		if s, ok := t[""]; ok {
			delete(t, "")
			t[c.Language] = s
		}
	})
	return c, errors.Join(append(wrong, c.Check())...)
}

// named gives what has no id its file's name, and keeps the name where they differ.
func named(id, file string) (string, string) {
	switch id {
	case "":
		return file, ""
	case file:
		return id, ""
	}
	return id, file
}

// filesIn reads every file of a folder, in the order of their names.
func filesIn[T any](dir fs.FS, name string, wrong *[]error) []T {
	files, err := fs.Glob(dir, name+"/*.yaml")
	if err != nil {
		*wrong = append(*wrong, err)
		return nil
	}
	if len(files) > maxFiles {
		*wrong = append(*wrong, fmt.Errorf("%s: %d files, at most %d are read", name, len(files), maxFiles))
		return nil
	}
	slices.Sort(files)
	var out []T
	for _, f := range files {
		var one T
		if err := load(dir, f, &one); err != nil {
			*wrong = append(*wrong, err)
			continue
		}
		reflect.ValueOf(&one).Elem().FieldByName("File").SetString(strings.TrimSuffix(path.Base(f), ".yaml"))
		out = append(out, one)
	}
	return out
}

// texts calls f with all words of a value.
func texts(v reflect.Value, f func(Text)) {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			texts(v.Elem(), f)
		}
	case reflect.Slice:
		for i := range v.Len() {
			texts(v.Index(i), f)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			texts(v.Field(i), f)
		}
	case reflect.Map:
		if t, ok := v.Interface().(Text); ok && t != nil {
			f(t)
		}
	}
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

// UnmarshalYAML takes words alone, or what is not known with what would settle it.
func (u *Unknown) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind == yaml.MappingNode {
		for i := 0; i < len(n.Content); i += 2 {
			if n.Content[i].Value == "text" {
				type plain Unknown
				return strict(n, (*plain)(u))
			}
		}
	}
	return n.Decode(&u.Text)
}

// strict decodes a part of a file, of which unknown keys are errors too.
func strict(n *yaml.Node, into any) error {
	b, err := yaml.Marshal(n)
	if err != nil {
		return err
	}
	d := yaml.NewDecoder(bytes.NewReader(b))
	d.KnownFields(true)
	return d.Decode(into)
}
