package fault

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// node is a JSON value that keeps the order of its members, and may hold one name twice.
type node struct {
	members []member // of an object
	items   []*node  // of an array
	kind    byte     // '{', '[' or 0 for all else
	raw     json.RawMessage
}

type member struct {
	name  string
	value *node
}

// readJSON reads one value.
func readJSON(b []byte) (*node, error) {
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	return readNode(d)
}

func readNode(d *json.Decoder) (*node, error) {
	t, err := d.Token()
	if err != nil {
		return nil, fmt.Errorf("read json: %w", err)
	}
	delim, ok := t.(json.Delim)
	if !ok {
		return leaf(t), nil
	}
	n := &node{kind: byte(delim)}
	for d.More() {
		var name string
		if delim == '{' {
			t, err := d.Token()
			if err != nil {
				return nil, fmt.Errorf("read json: %w", err)
			}
			name = t.(string)
		}
		v, err := readNode(d)
		if err != nil {
			return nil, err
		}
		if delim == '{' {
			n.members = append(n.members, member{name, v})
		} else {
			n.items = append(n.items, v)
		}
	}
	_, err = d.Token()
	return n, err
}

// leaf makes a node of anything that encoding/json knows.
func leaf(v any) *node {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		panic(err) // only values written out in this package come here
	}
	n, err := &node{raw: bytes.TrimSpace(b.Bytes())}, error(nil)
	if c := n.raw[0]; c == '{' || c == '[' {
		n, err = readJSON(n.raw)
	}
	if err != nil {
		panic(err)
	}
	return n
}

// bytes writes the value without white space.
func (n *node) bytes() []byte {
	switch n.kind {
	case '{':
		b := []byte{'{'}
		for i, m := range n.members {
			if i > 0 {
				b = append(b, ',')
			}
			b = append(append(b, leaf(m.name).raw...), ':')
			b = append(b, m.value.bytes()...)
		}
		return append(b, '}')
	case '[':
		b := []byte{'['}
		for i, v := range n.items {
			if i > 0 {
				b = append(b, ',')
			}
			b = append(b, v.bytes()...)
		}
		return append(b, ']')
	}
	return n.raw
}

// get walks down by names and indexes; nil when there is nothing.
func (n *node) get(path ...any) *node {
	for _, p := range path {
		if n == nil {
			return nil
		}
		switch p := p.(type) {
		case string:
			i := slices.IndexFunc(n.members, func(m member) bool { return m.name == p })
			if i < 0 {
				return nil
			}
			n = n.members[i].value
		case int:
			if p >= len(n.items) {
				return nil
			}
			n = n.items[p]
		}
	}
	return n
}

// text returns a string's value, or the raw text of another leaf.
func (n *node) text() string {
	var s string
	if n == nil || json.Unmarshal(n.raw, &s) != nil {
		if n == nil {
			return ""
		}
		return string(n.raw)
	}
	return s
}

// set gives a member a value, adding it at the end when it is new.
func (n *node) set(name string, v any) {
	x, ok := v.(*node)
	if !ok {
		x = leaf(v)
	}
	for i := range n.members {
		if n.members[i].name == name {
			n.members[i].value = x
			return
		}
	}
	n.members = append(n.members, member{name, x})
}

// drop removes a member.
func (n *node) drop(name string) {
	n.members = slices.DeleteFunc(n.members, func(m member) bool { return m.name == name })
}

// clone returns a copy that shares nothing.
func (n *node) clone() *node {
	c := *n
	c.members, c.items = nil, nil
	for _, m := range n.members {
		c.members = append(c.members, member{m.name, m.value.clone()})
	}
	for _, v := range n.items {
		c.items = append(c.items, v.clone())
	}
	return &c
}

// rewrite edits a JSON file within an entry, keeping its indentation.
func rewrite(b []byte, edit func(n *node) error) ([]byte, error) {
	n, err := readJSON(b)
	if err != nil {
		return nil, err
	}
	if err := edit(n); err != nil {
		return nil, err
	}
	out := n.bytes()
	if _, after, ok := strings.Cut(string(b), "{\n"); ok {
		indent := after[:len(after)-len(strings.TrimLeft(after, " \t"))]
		var pretty bytes.Buffer
		if err := json.Indent(&pretty, out, "", indent); err != nil {
			return nil, err
		}
		out = pretty.Bytes()
	}
	if bytes.HasSuffix(b, []byte("\n")) {
		out = append(out, '\n')
	}
	return out, nil
}

// errNoPlace says that a package has nothing to which a fault could be applied.
var errNoPlace = errors.New("the package has no place for this fault")
