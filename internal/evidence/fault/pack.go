package fault

import (
	"encoding/json"
	"fmt"
	"path"
	"strconv"
	"strings"
	"time"
)

// pack is a WACZ taken apart, and who signs it.
type pack struct {
	zip    *zipFile
	signer *signer // nil: not signed
	late   func()  // a lie of the container, told when all is sealed; nil for none
}

// readPack takes a sound WACZ apart.
func readPack(b []byte, s *signer) (*pack, error) {
	z, err := readZIP(b)
	if err != nil {
		return nil, err
	}
	return &pack{zip: z, signer: s}, nil
}

// Names of files that every package has.
const (
	dataFile   = "datapackage.json"
	digestFile = "datapackage-digest.json"
	pagesFile  = "pages/pages.jsonl"
)

func (p *pack) clone() *pack {
	c := *p
	c.zip = p.zip.clone()
	return &c
}

// warcs returns the names of its WARC files.
func (p *pack) warcs() []string {
	var out []string
	for _, e := range p.zip.under("archive/") {
		out = append(out, e.name)
	}
	return out
}

// editJSON edits a JSON file of the package.
func (p *pack) editJSON(name string, edit func(n *node) error) error {
	e := p.zip.find(name)
	if e == nil {
		return errNoPlace
	}
	b, err := rewrite(e.data, edit)
	if err != nil {
		return fmt.Errorf("edit %s: %w", name, err)
	}
	e.data = b
	return nil
}

// editLines edits a file of JSON lines.
func (p *pack) editLines(name string, edit func(lines []*node) ([]*node, error)) error {
	e := p.zip.find(name)
	if e == nil {
		return errNoPlace
	}
	var lines []*node
	for l := range strings.Lines(string(e.data)) {
		n, err := readJSON([]byte(l))
		if err != nil {
			return err
		}
		lines = append(lines, n)
	}
	lines, err := edit(lines)
	if err != nil {
		return err
	}
	e.data = nil
	for _, n := range lines {
		e.data = append(append(e.data, n.bytes()...), '\n')
	}
	return nil
}

// indexFile returns the file that holds the lines of the index.
func (p *pack) indexFile() *entry {
	for _, e := range p.zip.under("indexes/") {
		if !strings.HasSuffix(e.name, ".idx") {
			return e
		}
	}
	return nil
}

// index returns the lines of the index.
func (p *pack) index() ([]*cdxLine, error) {
	e := p.indexFile()
	if e == nil {
		return nil, errNoPlace
	}
	b := e.data
	if strings.HasSuffix(e.name, ".gz") {
		var err error
		if b, err = gunzip(b); err != nil {
			return nil, err
		}
	}
	return readCDX(b)
}

// setIndex writes the lines as the index, compressed if it was.
func (p *pack) setIndex(lines []*cdxLine) {
	e := p.indexFile()
	if !strings.HasSuffix(e.name, ".gz") {
		e.data = cdxBytes(lines)
		return
	}
	cdx, idx := zipnum(lines, path.Base(e.name))
	e.data = cdx
	for _, i := range p.zip.under("indexes/") {
		if strings.HasSuffix(i.name, ".idx") {
			i.data = idx
		}
	}
}

// editIndex edits the lines of the index, without sorting them.
func (p *pack) editIndex(edit func(lines []*cdxLine) ([]*cdxLine, error)) error {
	lines, err := p.index()
	if err != nil {
		return err
	}
	if lines, err = edit(lines); err != nil {
		return err
	}
	p.setIndex(lines)
	return nil
}

// editWARC edits one WARC file and makes the index right again: a record that is still there keeps its line, with
// what changed; a new one gets a line, one that is gone loses its own.
func (p *pack) editWARC(name string, edit func(w *warcFile) error) error {
	e := p.zip.find(name)
	if e == nil {
		return errNoPlace
	}
	w, before, err := readWARC(e.data)
	if err != nil {
		return err
	}
	at := map[int]*record{}
	for i, r := range w.records {
		at[before[i].offset] = r
	}
	lines, err := p.index()
	if err != nil {
		return err
	}
	file := path.Base(name)
	var kept []*cdxLine
	of := map[*record]*cdxLine{}
	for _, l := range lines {
		if l.fields.get("filename").text() != file {
			kept = append(kept, l)
			continue
		}
		offset, err := strconv.Atoi(l.fields.get("offset").text())
		if err != nil {
			return fmt.Errorf("read index: %w", err)
		}
		of[at[offset]] = l
	}
	if err := edit(w); err != nil {
		return err
	}
	data, places := w.bytes()
	e.data = data
	for i, r := range w.records {
		old := of[r]
		if !indexed(r) && (r.kind() != "" || old == nil) {
			continue
		}
		fresh, err := line(r, file, places[i])
		if err != nil || r.raw != nil || r.uri() == "" { // its header cannot be read: the line stays as it was
			if old == nil {
				continue
			}
			fresh = &cdxLine{old.key, old.at, old.fields}
		}
		if old != nil {
			fresh = renew(old, fresh, data[places[i].offset:][:places[i].length], places[i])
		}
		kept = append(kept, fresh)
	}
	sortCDX(kept)
	p.setIndex(kept)
	return nil
}

// renew brings a line up to date in the manner in which it was written.
func renew(old, fresh *cdxLine, raw []byte, at place) *cdxLine {
	n := old.fields.clone()
	if n.get("recordDigest") != nil {
		n.set("recordDigest", digest(raw))
	}
	key := old.key
	if n.get("url").text() != fresh.fields.get("url").text() {
		key = fresh.key
	}
	for _, name := range []string{"url", "mime", "status", "digest"} {
		if v := fresh.fields.get(name); v != nil && n.get(name) != nil && n.get(name).text() != v.text() {
			n.set(name, v)
		}
	}
	number := func(name string, v int) {
		if raw := n.get(name).raw; len(raw) > 0 && raw[0] == '"' {
			n.set(name, strconv.Itoa(v))
		} else {
			n.set(name, v)
		}
	}
	number("offset", at.offset)
	number("length", at.length)
	return &cdxLine{key, fresh.at, n}
}

// rehash makes what datapackage.json says of its resources right.
func (p *pack) rehash() error {
	return p.editJSON(dataFile, func(n *node) error {
		for _, r := range n.get("resources").items {
			e := p.zip.find(r.get("path").text())
			if e == nil {
				continue
			}
			if r.get("hash") != nil {
				r.set("hash", digest(e.data))
			}
			if r.get("bytes") != nil {
				r.set("bytes", len(e.data))
			}
		}
		return nil
	})
}

// digest writes datapackage-digest.json anew, signed if the package has a signer.
func (p *pack) redigest() error {
	data := p.zip.find(dataFile)
	if data == nil {
		return nil
	}
	n := &node{kind: '{'}
	n.set("path", dataFile)
	n.set("hash", digest(data.data))
	if p.signer != nil {
		s, err := p.signer.sign(digest(data.data))
		if err != nil {
			return err
		}
		b, err := json.Marshal(s)
		if err != nil {
			return err
		}
		signed, err := readJSON(b)
		if err != nil {
			return err
		}
		n.set("signedData", signed)
	}
	p.zip.put(digestFile, n.bytes())
	return nil
}

// seal makes every hash right, and signs. The package is then as old as its signature.
func (p *pack) seal() error {
	if p.zip.find(dataFile) == nil {
		return nil
	}
	if p.signer != nil {
		if err := p.editJSON(dataFile, func(n *node) error {
			n.set("created", p.signer.at.Format(time.RFC3339))
			return nil
		}); err != nil {
			return err
		}
	}
	if err := p.rehash(); err != nil {
		return err
	}
	return p.redigest()
}

// list adds files to the resources of datapackage.json, and takes away those that are gone.
func (p *pack) list() error {
	return p.editJSON(dataFile, func(n *node) error {
		resources, listed := n.get("resources"), map[string]bool{}
		var kept []*node
		for _, r := range resources.items {
			if name := r.get("path").text(); p.zip.find(name) != nil {
				kept = append(kept, r)
				listed[name] = true
			}
		}
		for _, e := range p.zip.entries {
			if e.name != dataFile && e.name != digestFile && !listed[e.name] {
				kept = append(kept, resource(e.name, e.data))
			}
		}
		resources.items = kept
		return nil
	})
}

func resource(name string, data []byte) *node {
	n := &node{kind: '{'}
	n.set("name", strings.ToLower(path.Base(name))) // as Frictionless wants it
	n.set("path", name)
	n.set("hash", digest(data))
	n.set("bytes", len(data))
	return n
}

// rename gives a WARC file another name, everywhere.
func (p *pack) rename(old, name string) error {
	p.zip.find(old).name = name
	if err := p.list(); err != nil {
		return err
	}
	return p.editIndex(func(lines []*cdxLine) ([]*cdxLine, error) {
		for _, l := range lines {
			if l.fields.get("filename").text() == path.Base(old) {
				l.fields.set("filename", path.Base(name))
			}
		}
		return lines, nil
	})
}
