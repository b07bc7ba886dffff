package cases

import (
	"bytes"
	"cmp"
	"fmt"
	"reflect"
	"strings"

	"gopkg.in/yaml.v3"
)

// Files returns a case as the files it is read from: name to contents, in one form only. Words in the case's language
// alone are written without it.
func (c *Case) Files() (map[string][]byte, error) {
	out := map[string][]byte{}
	add := func(file string, v any) error {
		b, err := c.encode(v)
		if err != nil {
			return fmt.Errorf("write %s: %w", file, err)
		}
		if _, twice := out[file]; twice {
			return fmt.Errorf("write %s: two are called so", file)
		}
		out[file] = b
		return nil
	}
	if err := add("case.yaml", c); err != nil {
		return nil, err
	}
	for _, k := range c.Claims {
		file := FileName(k.ID, k.File)
		if k.ID == file {
			k.ID = ""
		}
		if err := add("claims/"+file+".yaml", k); err != nil {
			return nil, err
		}
	}
	for _, k := range c.Items {
		file := FileName(k.ID, k.File)
		if k.ID == file {
			k.ID = ""
		}
		if err := add("items/"+file+".yaml", k); err != nil {
			return nil, err
		}
	}
	for _, l := range c.lists() {
		if reflect.ValueOf(l.into).Elem().Len() == 0 {
			continue
		}
		if err := add(l.file, l.into); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// FileName returns the name of the file of a claim or item, without its end.
func FileName(id, file string) string {
	return cmp.Or(file, strings.ReplaceAll(strings.TrimPrefix(id, "/"), ".", "-"))
}

func (c *Case) encode(v any) ([]byte, error) {
	var n yaml.Node
	if err := n.Encode(v); err != nil {
		return nil, err
	}
	shorten(&n, c.Language)
	var b bytes.Buffer
	e := yaml.NewEncoder(&b)
	e.SetIndent(2)
	if err := e.Encode(&n); err != nil {
		return nil, err
	}
	return b.Bytes(), e.Close()
}

// tagText marks words while they are on their way into a file.
const tagText = "!text"

// MarshalYAML marks words, so that shorten knows them.
func (t Text) MarshalYAML() (any, error) {
	var n yaml.Node
	if err := n.Encode(map[string]string(t)); err != nil {
		return nil, err
	}
	n.Tag = tagText
	return &n, nil
}

// shorten writes words that are in one language alone as a plain string, and takes the marks off.
func shorten(n *yaml.Node, lang string) {
	if n.Tag == tagText {
		n.Tag, n.Style = "", n.Style&^yaml.TaggedStyle
		if len(n.Content) == 2 && n.Content[0].Value == lang {
			*n = *n.Content[1]
		}
		return
	}
	for _, c := range n.Content {
		shorten(c, lang)
	}
}

// MarshalYAML writes a date without quotes.
func (d Date) MarshalYAML() (any, error) {
	return &yaml.Node{Kind: yaml.ScalarNode, Value: string(d)}, nil
}

// MarshalYAML writes words alone where there is no more to say.
func (u Unknown) MarshalYAML() (any, error) {
	if u.ID == "" && len(u.Settles) == 0 {
		return u.Text, nil
	}
	type plain Unknown
	return plain(u), nil
}
