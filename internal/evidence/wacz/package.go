package wacz

import (
	"io"
	"time"
)

// Page is one line of pages/pages.jsonl.
type Page struct {
	ID    string    `json:"id"`
	URL   string    `json:"url"`
	At    time.Time `json:"ts"`
	Title string    `json:"title,omitempty"`
	Text  string    `json:"text,omitempty"`
}

// Member is one file to be put into a package.
type Member struct {
	Path string                        // within the package; for WARC files, archive/<name>.warc.gz
	Open func() (io.ReadCloser, error) // gives the content, more than once
}

// Content is what Pack makes a package of. The same content gives the same bytes.
type Content struct {
	Title, Description, Software string
	Created                      time.Time // of the package; also the time of every entry
	MainURL                      string    // the page to show first
	MainAt                       time.Time
	Pages                        []Page         // at least one
	Extra                        []Page         // pages that were not asked for, as embedded ones
	WARCs                        []Member       // indexed by Pack
	Files                        []Member       // further resources
	Fields                       map[string]any // further keys of datapackage.json

	// Fault is told what is wrong with the WARC files; may be nil. Pack fails only when a record cannot be found.
	Fault func(Fault)

	// Sign signs sha256:<hex> of datapackage.json; nil leaves the package unsigned.
	Sign func(hash string) (*Signed, error)
}
