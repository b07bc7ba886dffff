package capture

import (
	"context"
	"time"
)

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

// ReadText makes the text of a document by its content type (with charset, as a Content-Type header says it; sniffed
// when empty). page is its address.
func ReadText(ctx context.Context, body []byte, contentType, page string) (Text, error) {
	return Text{}, nil
}

// Canonical returns a text in the form in which quotes are anchored.
func Canonical(s string) string { return s }
