package dossier

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"veedor/internal/evidence/wacz"
)

// maxSite bounds all pages together; they are held in memory.
const maxSite = 512 << 20

// Build writes a dossier to w: one file that is a WACZ 1.1.1, a static site and dossier/manifest.json. The same
// content gives the same bytes, but for what sign adds: it is handed sha256:<hex> of datapackage.json (wacz-auth).
// It may be nil: such a dossier says nothing of who made it.
//
// Build refuses a content that does not hang together, and bytes that have not the hash that is stated for them. It
// does not look into captures: whether quotes stand where they are said to is for Verify, which whoever builds should
// call on the result.
func Build(ctx context.Context, w io.Writer, c *Content, sign func(hash string) (*wacz.Signed, error)) error {
	b := &builder{members: map[string]wacz.Member{}}
	var err error
	if b.c, err = normalize(c); err != nil {
		return fmt.Errorf("build dossier: %w", err)
	}
	var wrong []string
	checkContent(b.c, func(_ Class, where, format string, args ...any) {
		wrong = append(wrong, where+": "+fmt.Sprintf(format, args...))
	})
	if len(wrong) > 0 {
		return fmt.Errorf("build dossier: %w: %s%s", errNotWhole, strings.Join(wrong[:min(len(wrong), 5)], "; "), more(len(wrong)-5))
	}
	for _, step := range []func(context.Context) error{b.site, b.parts, b.log, b.manifest} {
		if err := step(ctx); err != nil {
			return fmt.Errorf("build dossier: %w", err)
		}
	}
	if _, err := wacz.Pack(ctx, w, b.pack(sign)); err != nil {
		return fmt.Errorf("build dossier: %w", err)
	}
	return nil
}

func more(n int) string {
	if n <= 0 {
		return ""
	}
	return fmt.Sprintf("; and %d more", n)
}

// builder is the work on one dossier.
type builder struct {
	c       *Content
	files   []File
	members map[string]wacz.Member
	pages   []wacz.Page
}

// normalize returns a copy in which every list is there, the query is canonical, and hashes of what is in memory and
// the name of the log are filled in.
func normalize(in *Content) (*Content, error) {
	c := *in
	c.Claims, c.Evidence, c.Quotes, c.Documents, c.Statements = list(c.Claims), list(c.Evidence), list(c.Quotes), list(c.Documents), list(c.Statements)
	c.Findings, c.Absences, c.Captures, c.Objects, c.Incidents = list(c.Findings), list(c.Absences), list(c.Captures), list(c.Objects), list(c.Incidents)
	c.RuleSets, c.Redactions, c.Log.Proofs, c.Log.Tokens, c.Languages = list(c.RuleSets), list(c.Redactions), list(c.Log.Proofs), list(c.Log.Tokens), list(c.Languages)
	for i := range c.Claims {
		c.Claims[i].Utterances = list(c.Claims[i].Utterances)
	}
	for i := range c.Absences {
		c.Absences[i].Where = list(c.Absences[i].Where)
	}
	for i := range c.Findings {
		f := &c.Findings[i]
		f.Counts, f.Measurements = list(f.Counts), list(f.Measurements)
		q, err := canonical(f.Query)
		if err != nil {
			return nil, fmt.Errorf("query of finding %s: %w", f.ID, err)
		}
		f.Query = q
	}
	for i := range c.RuleSets {
		if err := fill(&c.RuleSets[i].SHA256, c.RuleSets[i].Text); err != nil {
			return nil, fmt.Errorf("rule set %s: %w", c.RuleSets[i].ID, err)
		}
	}
	for i := range c.Incidents {
		if err := fill(&c.Incidents[i].SHA256, c.Incidents[i].Line); err != nil {
			return nil, fmt.Errorf("incident %s: %w", c.Incidents[i].ID, err)
		}
	}
	if c.Log.Checkpoint != nil {
		k, err := parseCheckpoint(c.Log.Checkpoint)
		if err != nil {
			return nil, err
		}
		c.Log.Origin, c.Log.Size = k.origin, k.size
	}
	return &c, nil
}

// list returns a copy that is there, if empty.
func list[T any](in []T) []T { return append(make([]T, 0, len(in)), in...) }

// fill sets a hash that is not stated, and refuses one that is not that of the bytes.
func fill(stated *string, b []byte) error {
	sum := sha256.Sum256(b)
	h := hex.EncodeToString(sum[:])
	if *stated != "" && *stated != h {
		return fmt.Errorf("its hash is %s, and not %s as stated", h, *stated)
	}
	*stated = h
	return nil
}

// add takes in a file that lies in memory.
func (b *builder) add(path string, content []byte) {
	sum := sha256.Sum256(content)
	b.files = append(b.files, File{path, int64(len(content)), hex.EncodeToString(sum[:])})
	b.members[path] = wacz.Member{Path: path, Open: func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(content)), nil }}
}

// addFrom takes in a file that is read as often as needed, and must have the hash and size that are stated.
func (b *builder) addFrom(ctx context.Context, path, want string, size int64, open func() (io.ReadCloser, error)) error {
	if open == nil {
		return fmt.Errorf("read %s: its bytes are missing", path)
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	r, err := open()
	if err != nil {
		return fmt.Errorf("read %s: %w", path, err)
	}
	defer r.Close()
	h := sha256.New()
	n, err := io.Copy(h, r)
	if err != nil {
		return fmt.Errorf("read %s: %w", path, err)
	}
	sum := hex.EncodeToString(h.Sum(nil))
	if sum != want || size >= 0 && n != size {
		return fmt.Errorf("read %s: %d bytes with SHA-256 %s, and not %d with %s as stated", path, n, sum, size, want)
	}
	b.files = append(b.files, File{path, n, sum})
	b.members[path] = wacz.Member{Path: path, Open: open}
	return nil
}

// site renders the pages and puts them into a web archive.
func (b *builder) site(context.Context) error {
	s, err := newSite(b.c)
	if err != nil {
		return err
	}
	a, err := newSiteArchive(b.c)
	if err != nil {
		return err
	}
	total := 0
	for _, path := range sitePaths(b.c) {
		page, err := s.page(path)
		if err != nil {
			return err
		}
		if total += len(page); total > maxSite {
			return fmt.Errorf("render pages: more than %d bytes", maxSite)
		}
		b.add(path, page)
		if err := a.add(path, page); err != nil {
			return err
		}
	}
	b.pages = sitePages(b.c)
	b.add(warcPath, a.out.Bytes())
	return nil
}

// parts takes in captures, objects, incidents, rule sets and the policy.
func (b *builder) parts(ctx context.Context) error {
	for i := range b.c.Captures {
		k := &b.c.Captures[i]
		if !k.Withheld {
			if err := b.addFrom(ctx, k.path(), k.SHA256, k.Bytes, k.Open); err != nil {
				return err
			}
		}
		if k.Screenshot != "" && b.members[k.screen()].Path == "" {
			if err := b.addFrom(ctx, k.screen(), k.Screenshot, -1, k.OpenScreenshot); err != nil {
				return err
			}
		}
	}
	for i := range b.c.Objects {
		if o := &b.c.Objects[i]; !o.Withheld {
			if err := b.addFrom(ctx, o.path(), o.SHA256, o.Bytes, o.Open); err != nil {
				return err
			}
		}
	}
	for i := range b.c.Incidents {
		b.add(b.c.Incidents[i].path(), b.c.Incidents[i].Line)
	}
	for i := range b.c.RuleSets {
		b.add(b.c.RuleSets[i].path(), b.c.RuleSets[i].Text)
	}
	if b.c.Policy == nil {
		return nil
	}
	p := *b.c.Policy
	p.Format = PolicyFormat
	if _, err := p.compile(); err != nil {
		return fmt.Errorf("suggested policy: %w", err)
	}
	text, err := json.Marshal(&p)
	if err != nil {
		return err
	}
	if text, err = canonical(text); err != nil {
		return err
	}
	b.add(policyPath, text)
	return nil
}

// log takes in the checkpoint, the proofs and the tokens.
func (b *builder) log(context.Context) error {
	l := &b.c.Log
	if l.Checkpoint == nil {
		return nil
	}
	b.add(checkpointPath, l.Checkpoint)
	for i := range l.Proofs {
		b.add(l.Proofs[i].path(), l.Proofs[i].Data)
	}
	for i := range l.Tokens {
		b.add(l.Tokens[i].path(), l.Tokens[i].Data)
	}
	return nil
}

// manifest writes down everything that was taken in.
func (b *builder) manifest(context.Context) error {
	sortFiles(b.files)
	wanted := b.c.wanted(b.c.Policy != nil)
	if len(wanted) != len(b.files) {
		return errors.New("list files: two parts claim the same place")
	}
	text, err := (&Manifest{Format: manifestFormat, Site: siteVersion, Dossier: *b.c, Files: b.files}).encode()
	if err != nil {
		return err
	}
	if len(text) > maxManifest {
		return fmt.Errorf("write manifest: %d bytes, the limit is %d", len(text), maxManifest)
	}
	b.members[manifestPath] = wacz.Member{Path: manifestPath, Open: func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(text)), nil }}
	return nil
}

// pack returns what the packing of a WACZ is to be handed.
func (b *builder) pack(sign func(hash string) (*wacz.Signed, error)) wacz.Content {
	out := wacz.Content{
		Title: b.c.Title, Description: b.c.Question, Software: b.c.Software, Created: b.c.Created,
		MainURL: b.c.URL + "index.html", MainAt: b.c.Created, Pages: b.pages, Sign: sign,
	}
	for path, m := range b.members {
		if path == warcPath {
			out.WARCs = append(out.WARCs, m)
		} else {
			out.Files = append(out.Files, m)
		}
	}
	slices.SortFunc(out.Files, func(a, b wacz.Member) int { return strings.Compare(a.Path, b.Path) })
	return out
}
