package capture

import (
	"context"
	"errors"
	"fmt"
	"mime"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/html/charset"
	"golang.org/x/text/unicode/norm"
)

// Limits of text extraction.
const (
	maxTextSource = 32 << 20 // bytes of a document that are read
	maxTextMade   = 16 << 20 // bytes of text that are kept
)

// ErrNoText says that a document is of a kind that has no text.
var ErrNoText = errors.New("no text in a document of this type")

// Text is what a person reads in a document.
type Text struct {
	Full      string    // everything visible, canonical: see Canonical
	Main      string    // the main text, canonical; "" when none could be told from the rest
	Title     string    // of the document
	Byline    string    // who wrote it, as the document says
	Language  string    // BCP 47, as the document says; "" when it does not
	Published time.Time // as the document says; zero when it does not
	Modified  time.Time // likewise
	Maker     string    // what made the text: "html", "html tokens", "pdftotext 22.12.0", "pdf", "mail", "mhtml", "plain"
	Notes     []string  // what was cut short or could not be read, one plain sentence each

	Attachments []Attachment // of mails
}

// Attachment is a file in a mail.
type Attachment struct {
	Name   string `json:"name,omitempty"`
	Type   string `json:"type"`
	Size   int64  `json:"size"` // bytes, decoded
	SHA256 string `json:"sha256"`
}

func (t *Text) note(format string, args ...any) {
	t.Notes = append(t.Notes, fmt.Sprintf(format, args...))
}

// ReadText makes the text of a document by its content type, charset included, as a Content-Type header says it; an empty one is sniffed.
// page is its address. helper is the command of this program that reads a PDF in a process of its own (ReadPDF),
// with its arguments; without it PDFs need poppler's pdftotext. ErrNoText for images and the like.
//
// The same bytes give the same text, but for documents that are so large or so strange that a time limit ends the reading: Notes says so.
func ReadText(ctx context.Context, body []byte, contentType, page string, helper ...string) (Text, error) {
	mediaType, params, err := mime.ParseMediaType(contentType)
	if err != nil && !errors.Is(err, mime.ErrInvalidMediaParameter) {
		mediaType = ""
	}
	if mediaType == "" || mediaType == "application/octet-stream" {
		format, sniffed, err := sniff(body[:min(len(body), sniffedText)])
		switch {
		case err == nil && format == formatMail:
			mediaType = "message/rfc822"
		case err == nil:
			mediaType = sniffed
		case printable(body):
			mediaType = "text/plain"
		}
	}
	switch {
	case mediaType == "text/html", mediaType == "application/xhtml+xml":
		return htmlText(ctx, body, contentType, page)
	case mediaType == "application/pdf":
		return pdfText(ctx, body, helper)
	case mediaType == "message/rfc822":
		return mailText(ctx, body)
	case mediaType == "multipart/related", mediaType == "application/x-mimearchive":
		return savedText(ctx, body, page)
	case strings.HasPrefix(mediaType, "text/"), strings.HasSuffix(mediaType, "json"), strings.HasSuffix(mediaType, "xml"):
		t := Text{Maker: "plain"}
		t.Full = t.canonical(t.decode(body, contentType))
		t.Main = t.Full
		return t, nil
	}
	return Text{}, fmt.Errorf("read text of %.100s %.80q: %w", mediaType, params["name"], ErrNoText)
}

const sniffedText = 64 << 10

// printable says whether bytes look like a text.
func printable(body []byte) bool {
	head := body[:min(len(body), sniffedText)]
	for len(head) > 0 {
		r, n := utf8.DecodeRune(head)
		if r == utf8.RuneError && n == 1 && len(head) >= utf8.UTFMax || unicode.IsControl(r) && !unicode.IsSpace(r) {
			return false
		}
		head = head[n:]
	}
	return len(body) > 0
}

// decode makes UTF-8 of a document, by its byte order mark, content type or meta element, else by what its bytes look like.
func (t *Text) decode(body []byte, contentType string) string {
	if len(body) > maxTextSource {
		body = body[:maxTextSource]
		t.note("Only the first %d MiB were read.", maxTextSource>>20)
	}
	enc, name, certain := charset.DetermineEncoding(body, contentType)
	if name == "utf-8" || !certain && utf8.Valid(body) {
		return strings.ToValidUTF8(strings.TrimPrefix(string(body), "\uFEFF"), "\uFFFD")
	}
	out, err := enc.NewDecoder().Bytes(body)
	if err != nil {
		t.note("It is not the %s it says it is.", name)
	}
	return strings.ToValidUTF8(strings.TrimPrefix(string(out), "\uFEFF"), "\uFFFD")
}

func (t *Text) canonical(s string) string {
	if len(s) > maxTextMade {
		s = strings.ToValidUTF8(s[:maxTextMade], "")
		t.note("Only the first %d MiB of text were kept.", maxTextMade>>20)
	}
	return Canonical(s)
}

// Canonical returns a text in the form in which quotes are anchored: UTF-8 in NFC, one block a line, white space within a block made one space
// (one tab where there was a tab, which stands between the cells of tables), without empty lines, control characters, soft hyphens
// and what else has no width and no meaning. It is its own canonical form.
func Canonical(s string) string {
	var b textBuilder
	for _, r := range s {
		switch {
		case r == '\n' || r == '\r' || r == '\f' || r == '\v' || r == 0x85 || r == 0x2028 || r == 0x2029:
			b.gap('\n')
		case r == '\t':
			b.gap('\t')
		default:
			b.rune(r)
		}
	}
	return b.finish()
}

// textBuilder writes canonical text.
type textBuilder struct {
	b       strings.Builder
	pending byte // what stands before the next character: 0, ' ', '\t' or '\n'
}

// gap asks for space between what was written and what follows. A line feed is more than a tab, and that more than a space.
func (t *textBuilder) gap(c byte) {
	if t.pending == '\n' || t.pending == '\t' && c == ' ' {
		return
	}
	t.pending = c
}

func (t *textBuilder) rune(r rune) {
	switch {
	case r == ' ' || r >= 0x80 && unicode.IsSpace(r):
		t.gap(' ')
		return
	case r < ' ', r >= 0x7F && r < 0xA0, r == 0xAD, r == 0x200B, r == 0x2060, r == 0xFEFF:
		return
	}
	if t.pending != 0 && t.b.Len() > 0 {
		t.b.WriteByte(t.pending)
	}
	t.pending = 0
	t.b.WriteRune(r)
}

// words writes text of which all white space is space.
func (t *textBuilder) words(s string) {
	for _, r := range s {
		if r >= '\t' && r <= '\r' {
			r = ' '
		}
		t.rune(r)
	}
}

func (t *textBuilder) finish() string { return norm.NFC.String(t.b.String()) }
