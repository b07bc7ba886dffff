package capture

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/mail"
	"strings"
)

const mostHTMLParts = 20 // of one mail that are read

// mailText makes the text of a mail: who, to whom, when and about what, then the bodies, then the list of attachments.
func mailText(ctx context.Context, body []byte) (Text, error) {
	m, err := splitMessage(bytes.NewReader(body))
	if err != nil {
		return Text{}, fmt.Errorf("read mail: %w", err)
	}
	t := Text{Maker: "mail", Title: oneLine(m.field("Subject"), 500), Byline: oneLine(m.field("From"), 200), Language: languageTag(m.field("Content-Language"))}
	if at, err := mail.ParseDate(m.header.Get("Date")); err == nil && plausible(at) {
		t.Published = at.UTC()
	}
	for _, f := range m.faults {
		t.note("The mail is faulty: %s.", f.What)
	}
	if t.Main, err = t.bodies(ctx, m); err != nil {
		return Text{}, err
	}
	var b strings.Builder
	for _, name := range []string{"From", "To", "Cc", "Date", "Subject"} {
		if value := oneLine(m.field(name), 2000); value != "" {
			fmt.Fprintf(&b, "%s: %s\n", name, value)
		}
	}
	b.WriteString(t.Main)
	for _, a := range t.Attachments {
		fmt.Fprintf(&b, "\nAttachment: %s (%s, %d bytes, SHA-256 %s)", oneLine(a.Name, 200), a.Type, a.Size, a.SHA256)
	}
	t.Full = t.canonical(b.String())
	return t, nil
}

// bodies returns the bodies of a mail and lists its attachments. Most mails say everything twice, plainly and as a page: the plain
// text is taken unless it says much less.
func (t *Text) bodies(ctx context.Context, m *message) (string, error) {
	var plain, pages []string
	for _, p := range m.parts {
		switch {
		case !p.attached && p.mediaType == "text/plain":
			plain = append(plain, t.canonical(t.decode(p.body, p.contentType())))
		case !p.attached && p.mediaType == "text/html" && len(pages) < mostHTMLParts:
			page, err := htmlText(ctx, p.body, p.contentType(), "")
			if err != nil {
				return "", err
			}
			pages = append(pages, page.Full)
		default:
			sum := sha256.Sum256(p.body)
			t.Attachments = append(t.Attachments, Attachment{Name: p.name, Type: p.mediaType, Size: int64(len(p.body)), SHA256: hex.EncodeToString(sum[:])})
		}
	}
	a, b := strings.Join(plain, "\n"), strings.Join(pages, "\n")
	if len(a) >= len(b)/3 {
		return a, nil
	}
	return b, nil
}

// savedText makes the text of a page saved as MHTML: of the page itself, without what it embeds.
func savedText(ctx context.Context, body []byte, page string) (Text, error) {
	m, err := splitMessage(bytes.NewReader(body))
	if err != nil {
		return Text{}, fmt.Errorf("read saved page: %w", err)
	}
	main := mainPart(m)
	if main == nil || main.mediaType != "text/html" && main.mediaType != "application/xhtml+xml" {
		return Text{}, fmt.Errorf("read saved page: there is no page in it: %w", ErrNoText)
	}
	if page == "" {
		page = main.location
	}
	t, err := htmlText(ctx, main.body, main.contentType(), page)
	if err != nil {
		return Text{}, err
	}
	t.Maker = "mhtml"
	for _, f := range m.faults {
		t.note("The file is faulty: %s.", f.What)
	}
	return t, nil
}
