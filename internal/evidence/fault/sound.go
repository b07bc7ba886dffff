package fault

import (
	"archive/zip"
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"veedor/internal/evidence/dossier"
	"veedor/internal/evidence/wacz"
)

// Logs makes a published log of n leaves by the project's own writer, with the lines of a policy that trusts it.
type Logs func(ctx context.Context, n int) (fs.FS, []string, error)

// Sizes of the logs among sound packages: around the edges of tiles, and beyond what two levels hold.
func logSizes() []int { return []int{1, 2, 255, 256, 257, 511, 512, 700, 65_535, 65_536, 65_537} }

// Sound makes one sound package after another, of all kinds and shapes, as this project and as others write them. logs
// may be nil.
func (w *Workshop) Sound(ctx context.Context, i int, logs Logs) (*Package, error) {
	c := (*workshop)(w)
	var p *Package
	var err error
	switch i % 10 {
	case 0, 1, 2, 3:
		p, err = c.soundOther(i)
	case 4, 5, 6:
		p, err = c.soundOurs(ctx, i)
	case 7, 8:
		p, err = c.soundDossier(ctx, i)
	default:
		p, err = c.soundLog(ctx, i/10, logs)
	}
	if err != nil {
		return nil, fmt.Errorf("make sound package %d: %w", i, err)
	}
	p.Name = fmt.Sprintf("%s %d%s", p.Kind, i, p.Name)
	return p, nil
}

// shapeOf draws what a web archive is like.
func (w *workshop) shapeOf() shape {
	s := shape{
		pages: 1 + w.c.IntN(12), files: 1 + w.c.IntN(3), plain: w.c.IntN(3) == 0, compressed: w.c.IntN(2) == 0, extra: w.c.IntN(2) == 0,
		headers: w.c.IntN(6) == 0, derived: w.c.IntN(2) == 0,
	}
	if w.c.IntN(10) == 0 {
		s.pages = 40
	}
	if w.c.IntN(12) == 0 {
		s.big = 5 << 20
	}
	return s
}

// whoSigns draws a signer: nobody, a key, a key by a program that writes signatures as browsers do, or a domain.
func (w *workshop) whoSigns() *signer {
	switch w.c.IntN(5) {
	case 0:
		return nil
	case 1:
		return w.domain
	case 2:
		s := *w.key
		s.raw = true
		return &s
	}
	return w.key
}

// soundOther is a WACZ as another tool writes it.
func (w *workshop) soundOther(i int) (*Package, error) {
	p, err := w.c.site(w.shapeOf()).pack(w.whoSigns())
	if err != nil {
		return nil, err
	}
	out := &Package{Kind: KindWACZ}
	if p.signer != nil {
		out.Policy = w.policy()
	}
	switch w.c.IntN(4) {
	case 0:
		out.Name, out.Data = ", streamed", p.zip.streamed()
	case 1:
		out.Name, out.Data = ", with folders and times", p.zip.unix()
	default:
		out.Data = p.zip.bytes()
	}
	return out, nil
}

// streamed writes a ZIP as programs do that cannot go back: sizes and checksum stand behind each file.
func (z *zipFile) streamed() []byte {
	var b bytes.Buffer
	out := zip.NewWriter(&b)
	for _, e := range z.entries {
		h := &zip.FileHeader{Name: e.name, Method: zip.Store}
		if e.deflate {
			h.Method = zip.Deflate
		}
		f, err := out.CreateHeader(h)
		if err == nil {
			_, err = f.Write(e.data)
		}
		if err != nil {
			panic(err) // into memory, of names that are sound
		}
	}
	if err := out.Close(); err != nil {
		panic(err)
	}
	return b.Bytes()
}

// unix writes a ZIP as Info-ZIP does: folders are entries of their own, and times and owners are extra fields.
func (z *zipFile) unix() []byte {
	c := z.clone()
	c.entries = nil
	seen := map[string]bool{}
	for _, e := range z.clone().entries {
		if dir, _, ok := strings.Cut(e.name, "/"); ok && !seen[dir] {
			seen[dir] = true
			c.entries = append(c.entries, &entry{name: dir + "/", central: func(h *header) { h.attributes = 0o40755<<16 | 0x10 }})
		}
		e.local = func(h *header) {
			h.extra = []byte("UT\x09\x00\x03\x00\x00\x00\x66\x00\x00\x00\x66ux\x0b\x00\x01\x04\xe8\x03\x00\x00\x04\xe8\x03\x00\x00")
		}
		e.central = func(h *header) {
			h.extra = []byte("UT\x05\x00\x03\x00\x00\x00\x66ux\x0b\x00\x01\x04\xe8\x03\x00\x00\x04\xe8\x03\x00\x00")
		}
		c.entries = append(c.entries, e)
	}
	return c.bytes()
}

// soundOurs is a WACZ as this project writes it.
func (w *workshop) soundOurs(ctx context.Context, i int) (*Package, error) {
	s := w.c.site(w.shapeOf())
	c := wacz.Content{Title: "Generated: " + s.host, Software: "generator of valid packages", Created: w.now, MainURL: s.pages[0].url, MainAt: s.pages[0].at}
	for i, f := range s.warcs {
		data, _ := f.bytes()
		c.WARCs = append(c.WARCs, wacz.Member{Path: "archive/" + s.names[i], Open: opener(data)})
	}
	for _, p := range s.pages {
		c.Pages = append(c.Pages, wacz.Page{ID: p.id, URL: p.url, At: p.at, Title: p.title, Text: p.text})
	}
	for _, p := range s.extras {
		c.Extra = append(c.Extra, wacz.Page{ID: p.id, URL: p.url, At: p.at, Title: p.title})
	}
	c.Files = []wacz.Member{{Path: "veedor/capture.json", Open: opener([]byte(`{"kind":"page"}`))}}
	out := &Package{Kind: KindWACZ, Name: ", packed by us"}
	if who := w.whoSigns(); who != nil {
		c.Sign, out.Policy = who.sign, w.policy()
	}
	var b bytes.Buffer
	_, err := wacz.Pack(ctx, &b, c)
	out.Data = b.Bytes()
	return out, err
}

func (w *workshop) soundDossier(ctx context.Context, i int) (*Package, error) {
	o := outline{captures: w.c.IntN(4), claims: 1 + w.c.IntN(5), withheld: w.c.IntN(2) == 0, log: w.c.IntN(3) > 0, policy: w.c.IntN(2) == 0, language: w.c.of("en", "es", "es-VE", "ru"), version: 1 + w.c.IntN(3)}
	o.withheld = o.withheld && o.captures > 0
	m, err := w.content(o)
	if err != nil {
		return nil, err
	}
	who := w.whoSigns()
	b, err := m.press(ctx, who)
	out := &Package{Kind: KindDossier, Data: b}
	if who != nil {
		out.Policy = w.reader(m)
	}
	return out, err
}

// soundLog is a published log: every other one by this project's own writer.
func (w *workshop) soundLog(ctx context.Context, i int, logs Logs) (*Package, error) {
	sizes := logSizes()
	n := sizes[i/2%len(sizes)]
	out := &Package{Kind: KindLog, Name: fmt.Sprintf(", %d leaves", n), Policy: w.policy()}
	out.Policy.Keys, out.Policy.Domains, out.Policy.Roots = nil, nil, nil
	var err error
	if i%2 == 1 && logs != nil {
		out.Name += ", by our own writer"
		out.Policy.TSARoots = nil // nobody stamps it
		out.Log, out.Policy.Log, err = logs(ctx, n)
		return out, err
	}
	l, err := w.newLedger(n, w.now.Add(-48*time.Hour))
	if err != nil {
		return nil, err
	}
	out.Policy.Log = l.policy()
	if n > 2 {
		early, err := l.checkpoint(n/2, l.time(n/2-1))
		if err != nil {
			return nil, err
		}
		out.Earlier = [][]byte{early}
	}
	files, err := l.publish(w.now)
	if err != nil {
		return nil, err
	}
	out.Log, err = files.fs()
	return out, err
}

// Alarm says what somebody finds wrong with a sound package, "" for nothing.
func (p *Package) Alarm(ctx context.Context, w *Workshop) string {
	if p.Kind != KindLog {
		if class, says := p.check(ctx); class != "" {
			return "wacz.Check: " + class + ": " + says
		}
	}
	r := p.verify(ctx, w.now)
	if len(r.Faults) > 0 {
		return fmt.Sprintf("verify: %s: %s: %s", r.Faults[0].Class, r.Faults[0].Where, r.Faults[0].What)
	}
	if r.Exit != dossier.ExitOK && (p.Policy != nil || r.Exit != dossier.ExitUnvouched) {
		return fmt.Sprintf("verify: exit code %d", r.Exit)
	}
	return ""
}

// Heavy is a dossier of n captures, to measure time by.
func (w *Workshop) Heavy(ctx context.Context, n int) (*Package, error) {
	c := (*workshop)(w)
	m, err := c.content(outline{captures: n, claims: 10, log: true, language: "es"})
	if err != nil {
		return nil, err
	}
	b, err := m.press(ctx, c.key)
	return &Package{Name: fmt.Sprintf("%d captures", n), Kind: KindDossier, Data: b, Policy: c.reader(m)}, err
}

// Verify runs the offline verifier.
func (p *Package) Verify(ctx context.Context, w *Workshop) dossier.Report {
	return p.verify(ctx, w.now)
}

// WriteLog writes the published folder of a log of n leaves, cosigned and stamped, and returns a policy that trusts it
// and checkpoints of it that were seen before.
func (w *Workshop) WriteLog(dir string, n int) (*dossier.Policy, [][]byte, error) {
	c := (*workshop)(w)
	l, err := c.newLedger(n, c.now.Add(-48*time.Hour))
	if err != nil {
		return nil, nil, err
	}
	files, err := l.publish(c.now)
	if err != nil {
		return nil, nil, err
	}
	for name, data := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return nil, nil, err
		}
		if err := os.WriteFile(path, data, 0o644); err != nil {
			return nil, nil, err
		}
	}
	early, err := l.checkpoint(n/2, l.time(n/2-1))
	p := c.policy()
	p.Keys, p.Domains, p.Roots, p.Log = nil, nil, nil, l.policy()
	return p, [][]byte{early}, err
}

// Full returns a small dossier with something of everything that one can have.
func (w *Workshop) Full(ctx context.Context) (*Package, error) {
	c := (*workshop)(w)
	m, err := c.content(outline{captures: 2, claims: 1, withheld: true, log: true, policy: true, language: "es", version: 2})
	if err != nil {
		return nil, err
	}
	b, err := m.press(ctx, c.key)
	return &Package{Kind: KindDossier, Data: b, Policy: c.reader(m)}, err
}
