package capture

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"image"
	_ "image/gif"  // only the sizes of pictures are read
	_ "image/jpeg" //
	_ "image/png"  //
	"io"
	"mime"
	"net/mail"
	"regexp"
	"strings"
	"time"

	"veedor/internal/evidence/wacz"
)

// Limits on imports.
const (
	maxImport = 1 << 30  // bytes of a WARC or WACZ
	maxFile   = 64 << 20 // of any other file
	maxHashed = 64 << 30 // of a file that is refused for its length and yet known by its hash
	maxPixels = 200e6    // of a picture
)

// Import takes in what others recorded: WARC, WACZ, MHTML, mail, PDF, HTML or a picture. It becomes a capture of
// kind Import, which says that we did not see it exchanged, and holds the file byte for byte. The origin is stated
// as it is given; Name, Format, Hash and Size of it are filled in. What is wrong with a package is kept with the
// capture. What is hostile, or of no kind that is read, gives an error that wraps ErrRefused, and stands in the
// journal with its hash. The same file of the same origin imported again is returned as it is.
func (c *Captures) Import(ctx context.Context, name string, r io.Reader, o Origin) (*Capture, error) {
	o.Name = name
	x, err := c.importFile(ctx, r, &o)
	switch {
	case err == nil || errors.Is(err, ErrNotLogged):
		return x, err
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case errors.Is(err, ErrRefused):
		o.Name = shorten(plain(name), maxName)
		return nil, c.refuse(ctx, Refused, err, Refusal{URL: o.URL, Origin: &o})
	}
	return nil, fmt.Errorf("import %.200s: %w", plain(name), err)
}

// incoming is an import on its way to a capture.
type incoming struct {
	*bundle
	Statement
	file *spooled
	text Text
}

func (c *Captures) importFile(ctx context.Context, r io.Reader, o *Origin) (*Capture, error) {
	file, err := c.spool(ctx, r, maxImport, maxHashed)
	if err != nil {
		return nil, fmt.Errorf("read it: %w", err)
	}
	defer discard(file.f)
	o.Hash, o.Size = file.hash, file.size
	mediaType, err := admit(file, o)
	if err != nil {
		return nil, err
	}
	if x, err := c.imported(o); x != nil || err != nil {
		return x, err
	}
	b, err := c.bundle(c.about(o.Who, "An import: not recorded by us. It came as "+o.Name+", "+o.How))
	if err != nil {
		return nil, err
	}
	defer discard(b.f)
	now := c.opt.Now().UTC()
	in := &incoming{bundle: b, file: file}
	in.Started, in.Ended = now, now
	in.page = importURI(file.hash)
	in.Capture = Capture{Kind: Import, At: now, Software: c.opt.Software, Origin: o}
	if err := in.address(o.URL); err != nil {
		return nil, err
	}
	if err := in.take(ctx, o.Format, mediaType); err != nil {
		return nil, err
	}
	return in.finish(ctx)
}

// admit says what a file is, or refuses it.
func admit(file *spooled, o *Origin) (mediaType string, err error) {
	if why := badName(o.Name); why != "" {
		return "", refusal("its name %s", why)
	}
	for _, s := range []string{o.How, o.Who, o.Note} {
		if len(s) > maxNote || badCharacters(strings.ReplaceAll(s, "\n", " ")) != "" {
			return "", refusal("what is said of its origin is too long, or holds control characters")
		}
	}
	if o.How == "" {
		return "", refusal("it is not said how it came to us")
	}
	head := make([]byte, sniffed)
	n, err := file.f.ReadAt(head, 0)
	if err != nil && err != io.EOF {
		return "", err
	}
	if o.Format, mediaType, err = sniff(head[:n]); err != nil {
		return "", err
	}
	if promised := misnamed(o.Name, o.Format, mediaType); promised != "" {
		return "", refusal("its name says %s, its bytes are %s", promised, cmp.Or(mediaType, o.Format))
	}
	limit := int64(maxFile)
	if o.Format == formatWARC || o.Format == formatWACZ {
		limit = maxImport
	}
	if file.size > limit {
		return "", refusal("it has %d bytes; of this kind at most %d are taken", file.size, limit)
	}
	return mediaType, nil
}

// imported returns the capture made of the same file of the same origin before.
func (c *Captures) imported(o *Origin) (*Capture, error) {
	var out *Capture
	err := c.look(func(s *state) error {
		for _, x := range s.captures {
			if x.Kind == Import && x.Origin.Hash == o.Hash && x.Origin.How == o.How && x.Origin.Who == o.Who && x.Origin.URL == o.URL {
				copied := *x
				out = &copied
			}
		}
		return nil
	})
	return out, err
}

// address notes the address that the material, or who sent it, gives. What is none is no address of it.
func (in *incoming) address(url string) error {
	if url == "" || in.URL != "" {
		return nil
	}
	page, key, err := address(url)
	if err != nil && in.Origin.URL == url {
		return err
	}
	if err == nil {
		in.URL, in.Key = page, key
	}
	return nil
}

// name is the target of what has no address of its own.
func (in *incoming) name() string { return cmp.Or(in.URL, importURI(in.file.hash)) }

// take makes records of the file.
func (in *incoming) take(ctx context.Context, format, mediaType string) error {
	switch format {
	case formatWARC:
		return in.warc(ctx)
	case formatWACZ:
		return in.wacz(ctx)
	case formatMHTML, formatMail:
		return in.message(ctx, format)
	}
	body, err := io.ReadAll(in.file.f)
	if err != nil {
		return err
	}
	switch format {
	case formatImage:
		if err := boundPicture(body); err != nil {
			return err
		}
	case formatHTML:
		if err := in.address(savedFrom(body)); err != nil {
			return err
		}
	}
	in.Type = mediaType
	if err := in.put(&wacz.Record{Type: wacz.TypeResource, URI: in.name(), ContentType: mediaType, Date: in.At, Block: wacz.Bytes(body)}); err != nil {
		return err
	}
	if format == formatImage {
		return nil
	}
	if format == formatHTML {
		mediaType = "" // sniffed: the charset stands in the page
	}
	return in.read(ctx, body, mediaType)
}

// boundPicture refuses a picture that would fill whoever opens it.
func boundPicture(body []byte) error {
	if c, _, err := image.DecodeConfig(bytes.NewReader(body)); err == nil && float64(c.Width)*float64(c.Height) > maxPixels {
		return refusal("it is a picture of %d × %d pixels; at most %d million are taken", c.Width, c.Height, int(maxPixels/1e6))
	}
	return nil
}

// markOfTheWeb is how browsers note the address of a page they save.
var markOfTheWeb = regexp.MustCompile(`<!-- saved from url=\(\d{4}\)(\S+) -->`)

func savedFrom(body []byte) string {
	if m := markOfTheWeb.FindSubmatch(body[:min(len(body), sniffed)]); m != nil {
		return string(m[1])
	}
	return ""
}

// read makes the text of a document.
func (in *incoming) read(ctx context.Context, body []byte, mediaType string) error {
	var err error
	if in.text, err = ReadText(ctx, body, mediaType, in.URL, in.c.opt.PDFHelper...); err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		in.Notes = append(in.Notes, "no text: "+plain(err.Error()))
	}
	return nil
}

// message makes records of the parts of a mail or a saved page.
func (in *incoming) message(ctx context.Context, format string) error {
	m, err := splitMessage(in.file.f)
	if err != nil {
		return err
	}
	in.Faults = append(in.Faults, m.faults...)
	in.Title = shorten(plain(m.field("Subject")), 500)
	in.Type = "message/rfc822"
	if at, err := mail.ParseDate(m.header.Get("Date")); err == nil && at.Year() > 1970 && at.Before(in.At.Add(24*time.Hour)) {
		in.At = at.UTC()
	}
	main := mainPart(m)
	if main == nil {
		return refusal("there is nothing in it")
	}
	if format == formatMHTML {
		for _, url := range []string{m.header.Get("Snapshot-Content-Location"), m.header.Get("Content-Location"), main.location} {
			if err := in.address(url); err != nil {
				return err
			}
		}
	}
	taken := map[string]bool{}
	for i := range m.parts {
		p := &m.parts[i]
		uri, _, err := address(p.location)
		switch {
		case format == formatMHTML && p == main:
			uri = in.name()
		case err != nil, taken[uri], format == formatMail, uri == in.URL:
			uri = fmt.Sprintf("%s/%d", importURI(in.file.hash), i+1)
		}
		taken[uri] = true
		if err := in.put(&wacz.Record{Type: wacz.TypeResource, URI: uri, ContentType: p.contentType(), Date: in.At, Block: wacz.Bytes(p.body)}); err != nil {
			return err
		}
	}
	if format == formatMHTML {
		in.Type = main.mediaType
		return in.read(ctx, main.body, main.contentType())
	}
	whole := make([]byte, in.file.size)
	if _, err := in.file.f.ReadAt(whole, 0); err != nil && err != io.EOF {
		return err
	}
	if err := in.put(&wacz.Record{Type: wacz.TypeResource, URI: in.name(), ContentType: "message/rfc822", Date: in.At, Block: wacz.Bytes(whole)}); err != nil {
		return err
	}
	return in.read(ctx, whole, "message/rfc822")
}

// mainPart returns the page in a saved page.
func mainPart(m *message) *part {
	wanted := m.header.Get("Snapshot-Content-Location")
	var first *part
	for i := range m.parts {
		p := &m.parts[i]
		if p.mediaType != "text/html" && p.mediaType != "application/xhtml+xml" {
			continue
		}
		if p.location == wanted {
			return p
		}
		if first == nil {
			first = p
		}
	}
	if first == nil && len(m.parts) > 0 {
		return &m.parts[0]
	}
	return first
}

func (p *part) contentType() string {
	var params map[string]string
	if p.charset != "" {
		params = map[string]string{"charset": p.charset}
	}
	return cmp.Or(mime.FormatMediaType(p.mediaType, params), "application/octet-stream")
}

// finish writes the texts, packs, and journals.
func (in *incoming) finish(ctx context.Context) (*Capture, error) {
	in.describe(&in.text)
	if in.Title == "" {
		in.Title = in.Origin.Name
	}
	page := in.URL
	in.URL = in.name() // texts are filed under what the records are
	for _, p := range []struct{ part, text string }{{PartText, in.text.Full}, {PartMain, in.text.Main}} {
		if err := in.derived(&in.Capture, p.part, "text/plain; charset=utf-8", []byte(p.text), in.Ended); err != nil {
			return nil, fmt.Errorf("write %s: %w", p.part, err)
		}
	}
	in.URL = page
	original := in.file
	switch in.Origin.Format {
	case formatPDF, formatHTML, formatImage, formatMail:
		original = nil // the record holds it, byte for byte
	}
	x, err := in.pack(ctx, &in.Statement, in.text.Full, original)
	if err != nil {
		return nil, err
	}
	x.Faults = x.Faults[:min(len(x.Faults), maxListed)]
	_, err = in.c.append(ctx, func(*state) ([]Entry, error) { return []Entry{{What: Imported, Capture: x.copy()}}, nil })
	return x, err
}
