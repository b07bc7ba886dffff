package mirror

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"strings"
	"time"
)

// ManifestFile is the name of the file that lists what a mirror holds.
const ManifestFile = "veedor-mirror.json"

const manifestFormat = "veedor-mirror/1"

// maxFiles is the most files that a manifest may list.
const maxFiles = 20_000_000

// Manifest says what a mirror holds. In its file it is one JSON object with one file a line.
type Manifest struct {
	Format   string    `json:"format"`
	Made     time.Time `json:"made"`     // when something last changed
	Base     string    `json:"base"`     // where it is served, as it was told; ""
	Complete bool      `json:"complete"` // false while it is being written: then what is listed may be old, new or absent
	State    string    `json:"state"`    // of what it was made from; "" unknown
	Files    []Entry   `json:"files"`
}

// Entry is one file of a mirror.
type Entry struct {
	File    string `json:"file"`    // with slashes
	Address string `json:"address"` // on the site
	Type    string `json:"type"`    // content type that a server should send
	Size    int64  `json:"size"`
	Hash    string `json:"sha256"` // in hex
}

// ReadManifest reads the manifest of the mirror in a folder; fs.ErrNotExist where there is none.
func ReadManifest(root *os.Root) (*Manifest, error) {
	f, err := root.Open(ManifestFile)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", ManifestFile, err)
	}
	defer func() { _ = f.Close() }() // only read
	m, err := decodeManifest(f)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", ManifestFile, err)
	}
	return m, nil
}

func decodeManifest(r io.Reader) (*Manifest, error) {
	m := &Manifest{}
	d := json.NewDecoder(bufio.NewReader(r))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return nil, errors.Join(errors.New("it is no object"), err)
	}
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return nil, err
		}
		var to any
		switch name {
		case "format":
			to = &m.Format
		case "made":
			to = &m.Made
		case "base":
			to = &m.Base
		case "complete":
			to = &m.Complete
		case "state":
			to = &m.State
		case "files":
			if err := m.decodeFiles(d); err != nil {
				return nil, err
			}
			continue
		default:
			to = new(json.RawMessage)
		}
		if err := d.Decode(to); err != nil {
			return nil, err
		}
	}
	if m.Format != manifestFormat {
		return nil, fmt.Errorf("its format is %.40q, not %s", m.Format, manifestFormat)
	}
	return m, nil
}

func (m *Manifest) decodeFiles(d *json.Decoder) error {
	if t, err := d.Token(); err != nil || t != json.Delim('[') {
		return errors.Join(errors.New("its files are no list"), err)
	}
	for d.More() {
		var e Entry
		if err := d.Decode(&e); err != nil {
			return err
		}
		if !fs.ValidPath(e.File) || e.File == "." || strings.ContainsAny(e.File, `\:`) || e.File == ManifestFile || strings.HasPrefix(e.File, workFolder) {
			return fmt.Errorf("%.80q is no name of a file in a mirror", e.File)
		}
		if len(m.Files) == maxFiles {
			return fmt.Errorf("it lists more than %d files", maxFiles)
		}
		m.Files = append(m.Files, e)
	}
	_, err := d.Token()
	return err
}

// encode writes the manifest, one file a line.
func (m *Manifest) encode(w io.Writer) error {
	b := bufio.NewWriter(w)
	head, err := json.Marshal(struct {
		Format   string    `json:"format"`
		Made     time.Time `json:"made"`
		Base     string    `json:"base"`
		Complete bool      `json:"complete"`
		State    string    `json:"state"`
	}{manifestFormat, m.Made.UTC(), m.Base, m.Complete, m.State})
	if err != nil {
		return err
	}
	b.Write(head[:len(head)-1])
	b.WriteString(`,"files":[`)
	for i, e := range m.Files {
		line, err := json.Marshal(e)
		if err != nil {
			return err
		}
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteByte('\n')
		b.Write(line)
	}
	b.WriteString("\n]}\n")
	return b.Flush()
}

// write puts the manifest in place, whole and synced.
func (m *Manifest) write(root *os.Root) error {
	temporary := path.Join(workFolder, "manifest")
	f, err := root.Create(temporary)
	if err != nil {
		return fmt.Errorf("write %s: %w", ManifestFile, err)
	}
	err = errors.Join(m.encode(f), f.Sync(), f.Close())
	if err == nil {
		err = root.Rename(temporary, ManifestFile)
	}
	if err != nil {
		return fmt.Errorf("write %s: %w", ManifestFile, err)
	}
	return nil
}
