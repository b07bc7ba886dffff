package capture

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"os"
	"strings"
	"time"

	"veedor/internal/evidence/recorder"
	"veedor/internal/evidence/wacz"
)

// Paths within our packages.
const (
	dataPath      = "archive/data.warc.gz"
	statementPath = "veedor/capture.json"
	originalPath  = "veedor/original" // the file as it came, of an import
)

// Format is what capture.json calls itself.
const Format = "veedor capture 1"

// Statement is veedor/capture.json: what a capture says of itself. docs/format/capture.md describes it.
type Statement struct {
	Format string `json:"format"`
	Capture
	Started      time.Time              `json:"started"`
	Ended        time.Time              `json:"ended"`
	Limits       *recorder.Limits       `json:"limits,omitempty"`
	Browser      string                 `json:"browser,omitempty"`
	AllowPrivate bool                   `json:"allow_private,omitempty"`
	Proxied      bool                   `json:"proxied,omitempty"` // through a proxy of the operator's
	TextBy       string                 `json:"text_by,omitempty"` // what made the text
	Byline       string                 `json:"byline,omitempty"`
	Published    *time.Time             `json:"published,omitempty"` // as the page says
	Modified     *time.Time             `json:"modified,omitempty"`
	Notes        []string               `json:"notes,omitempty"`
	Failures     []Refusal              `json:"failures,omitempty"`  // what gave no answer
	Truncated    []Refusal              `json:"truncated,omitempty"` // what is there in part
	MoreRefusals int                    `json:"more_refusals,omitempty"`
	Certificates []recorder.Certificate `json:"certificates,omitempty"`
	Attachments  []Attachment           `json:"attachments,omitempty"` // of a mail
	Records      []Place                `json:"records,omitempty"`     // where the derived ones lie, certificates and DNS answers
}

// Place is where a record lies in archive/data.warc.gz.
type Place struct {
	URI    string `json:"uri"`
	Offset int64  `json:"offset"`
	Length int64  `json:"length"`
}

// bundle is the WARC of a capture that is being made, in a temporary file. It is a recorder.Sink.
type bundle struct {
	c       *Captures
	f       *os.File
	w       *wacz.Writer
	answers map[string]int64 // where the last answer of each address lies
	places  []Place          // of records that are no exchange
	page    string           // target of the page's record, where the page has no address
}

func (c *Captures) bundle(about map[string]string) (*bundle, error) {
	f, err := c.temp(".warc.gz")
	if err != nil {
		return nil, err
	}
	b := &bundle{c: c, f: f, w: wacz.NewWriter(f, wacz.WriterOptions{}), answers: map[string]int64{}}
	var info strings.Builder
	for _, k := range []string{"software", "format", "conformsTo", "operator", "description"} {
		if v := strings.Join(strings.Fields(about[k]), " "); v != "" {
			fmt.Fprintf(&info, "%s: %s\r\n", k, v)
		}
	}
	if err := b.put(&wacz.Record{Type: wacz.TypeWarcinfo, ContentType: wacz.WARCFields, Date: c.opt.Now().UTC(), Block: strings.NewReader(info.String())}); err != nil {
		discard(f)
		return nil, err
	}
	return b, nil
}

// about is what a warcinfo record says.
func (c *Captures) about(operator, description string) map[string]string {
	return map[string]string{"software": c.opt.Software, "format": "WARC File Format 1.1", "conformsTo": "http://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/",
		"operator": operator, "description": description}
}

const maxPlaces = 5000

// Write writes a record that a recorder made.
func (b *bundle) Write(r *wacz.Record) (wacz.Written, error) {
	w, err := b.w.Write(r)
	switch {
	case err != nil:
	case r.Type == wacz.TypeResponse:
		b.answers[r.URI] = w.Offset
	case r.Type == wacz.TypeResource && len(b.places) < maxPlaces && !strings.HasPrefix(r.URI, "http"):
		b.places = append(b.places, Place{r.URI, w.Offset, w.Length})
	}
	return w, err
}

// put writes a record of ours.
func (b *bundle) put(r *wacz.Record) error {
	id, err := wacz.NewID(nil)
	if err != nil {
		return err
	}
	r.ID = id
	_, err = b.Write(r)
	return err
}

// derived writes something made from what was exchanged, unless it is empty, and notes it in the capture.
func (b *bundle) derived(x *Capture, part, mediaType string, body []byte, at time.Time) error {
	if len(body) == 0 {
		return nil
	}
	x.Parts = append(x.Parts, part)
	return b.put(&wacz.Record{Type: wacz.TypeResource, URI: partURI(part, x.URL), ContentType: mediaType, Date: at, Block: wacz.Bytes(body)})
}

// partURI is the target of the record that holds a derived part of a page.
func partURI(part, page string) string {
	switch part {
	case PartText, PartView, PartFullPage: // as others name them
		return "urn:" + part + ":" + page
	}
	return "urn:veedor:" + part + ":" + page
}

// Derived parts of a capture.
const (
	PartText     = "text"     // full text
	PartMain     = "main"     // main text
	PartView     = "view"     // the window, PNG
	PartFullPage = "fullPage" // the whole page, PNG
	PartPDF      = "pdf"      // as printed
	PartDOM      = "dom"      // HTML after scripts: a reconstruction
)

// answered is what a server answered, transfer coding and content encodings undone.
type answered struct {
	contentType string
	status      int // 0 when it is no HTTP
	body        []byte
	encoded     bool
	stored      int64 // bytes of the record
}

// errLong says that content is longer than was asked for.
var errLong = errors.New("longer than what is read")

// answer returns the last answer from an address. What has more than max bytes gives errLong beside the header.
func (b *bundle) answer(url string, max int64) (answered, error) {
	rec, err := b.record(url)
	if err != nil {
		return answered{}, err
	}
	return content(rec, max)
}

// record returns the last answer from an address.
func (b *bundle) record(url string) (*wacz.Record, error) {
	at, ok := b.answers[url]
	if !ok {
		return nil, fmt.Errorf("answer of %s: %w", url, ErrNotFound)
	}
	st, err := b.f.Stat()
	if err != nil {
		return nil, err
	}
	return wacz.NewReader(io.NewSectionReader(b.f, at, st.Size()-at), wacz.ReaderOptions{}).Next()
}

// contentHash returns the hash of the content of the last answer from an address; "" when it cannot be read.
func (b *bundle) contentHash(url string) string {
	rec, err := b.record(url)
	if err != nil {
		return ""
	}
	h, err := wacz.ParseHTTP(rec.Block)
	if err != nil {
		return ""
	}
	in, err := h.Content(maxBlock)
	if err != nil {
		return ""
	}
	sum := sha256.New()
	if _, err := io.Copy(sum, in); err != nil {
		return ""
	}
	return sumOf(sum)
}

// content reads a response or resource record.
func content(rec *wacz.Record, max int64) (answered, error) {
	a := answered{contentType: rec.ContentType, stored: rec.Length}
	in := rec.Block
	if rec.IsHTTP() {
		h, err := wacz.ParseHTTP(rec.Block)
		if err != nil {
			return a, err
		}
		a.contentType, a.status, a.encoded = h.Header.Get("Content-Type"), h.Status, h.Header.Has("Content-Encoding")
		if in, err = h.Content(max + 1); err != nil {
			return a, err
		}
	}
	var err error
	a.body, err = io.ReadAll(io.LimitReader(in, max+1))
	if int64(len(a.body)) > max || errors.Is(err, wacz.ErrTooLarge) {
		return a, errLong
	}
	return a, err
}

// bomb says whether content that was too long is a decompression bomb.
func (a *answered) bomb(err error, max int64) bool {
	return errors.Is(err, errLong) && a.encoded && a.stored < max/50
}

func mediaTypeOf(contentType string) string {
	t, _, _ := mime.ParseMediaType(contentType)
	return t
}

// pack makes the WACZ and returns the capture with its hash.
func (b *bundle) pack(ctx context.Context, s *Statement, text string, original *spooled) (*Capture, error) {
	s.Format, s.Records = Format, b.places
	about, err := json.MarshalIndent(s, "", " ")
	if err != nil {
		return nil, err
	}
	page := cmp.Or(s.URL, b.page)
	content := wacz.Content{
		Title: s.Title, Software: b.c.opt.Software, Created: s.Ended.UTC().Truncate(time.Second), MainURL: page, MainAt: s.At, Sign: b.c.opt.Sign,
		Pages: []wacz.Page{{ID: hashOf([]byte(page))[:16], URL: page, At: s.At, Title: s.Title, Text: text}},
		WARCs: []wacz.Member{{Path: dataPath, Open: reopen(b.f)}},
		Files: []wacz.Member{{Path: statementPath, Open: func() (io.ReadCloser, error) { return io.NopCloser(wacz.Bytes(about)), nil }}},
	}
	if original != nil {
		content.Files = append(content.Files, wacz.Member{Path: originalPath, Open: reopen(original.f)})
	}
	x := s.Capture
	x.Hash, x.Size, err = b.c.place(func(w io.Writer) error {
		_, err := wacz.Pack(ctx, w, content)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("pack capture: %w", err)
	}
	return &x, nil
}

// reopen reads a temporary file once more.
func reopen(f *os.File) func() (io.ReadCloser, error) {
	return func() (io.ReadCloser, error) { return os.Open(f.Name()) }
}

// importURI names a file that says no address of its own.
func importURI(hash string) string { return "urn:veedor:import:" + hash }
