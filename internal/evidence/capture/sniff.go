package capture

import (
	"bytes"
	"net/http"
	"path"
	"regexp"
	"strings"
)

// Formats of files that can be imported.
const (
	formatWARC  = "warc"
	formatWACZ  = "wacz"
	formatMHTML = "mhtml"
	formatMail  = "mail"
	formatPDF   = "pdf"
	formatHTML  = "html"
	formatImage = "image"
)

const sniffed = 64 << 10 // bytes looked at to tell a format

// headerLine is how a message begins.
var headerLine = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9-]{1,60}:[ \t\r\n]`)

// sniff tells the format of a file from its first bytes and, for an image, its media type.
func sniff(head []byte) (format, mediaType string, err error) {
	text := bytes.TrimLeft(bytes.TrimPrefix(head, []byte("\xEF\xBB\xBF")), " \t\r\n")
	lower := bytes.ToLower(text[:min(len(text), 4<<10)])
	switch t := http.DetectContentType(head); {
	case len(head) == 0:
		return "", "", refusal("it is empty")
	case bytes.HasPrefix(head, []byte("WARC/")), bytes.HasPrefix(head, []byte("\x1f\x8b")):
		return formatWARC, "application/warc", nil
	case bytes.HasPrefix(head, []byte("PK\x03\x04")), bytes.HasPrefix(head, []byte("PK\x05\x06")):
		return formatWACZ, "application/wacz", nil
	case bytes.Contains(head[:min(len(head), 1024)], []byte("%PDF-")):
		return formatPDF, "application/pdf", nil
	case t == "image/png", t == "image/jpeg", t == "image/gif", t == "image/webp":
		return formatImage, t, nil
	case len(head) > 12 && string(head[4:8]) == "ftyp" && bytes.Contains([]byte("heic heix mif1 avif"), head[8:12]):
		return formatImage, "image/" + map[bool]string{true: "avif", false: "heic"}[string(head[8:12]) == "avif"], nil
	case bytes.HasPrefix(lower, []byte("<svg")), bytes.HasPrefix(lower, []byte("<?xml")) && bytes.Contains(lower, []byte("<svg")):
		return "", "", refusal("SVG is a program as much as a picture; import a PNG or PDF of it")
	case t == "text/html; charset=utf-8", bytes.HasPrefix(lower, []byte("<!doctype html")), bytes.HasPrefix(lower, []byte("<html")), bytes.HasPrefix(lower, []byte("<?xml")) && bytes.Contains(lower, []byte("<html")):
		return formatHTML, "text/html", nil
	case bytes.HasPrefix(text, []byte("From ")), headerLine.Match(text):
		return sniffMessage(lower)
	}
	return "", "", refusal("it is none of WARC, WACZ, MHTML, mail, PDF, HTML, PNG, JPEG, GIF, WebP, HEIC or AVIF by its first bytes")
}

// sniffMessage tells a saved page from a mail.
func sniffMessage(lower []byte) (string, string, error) {
	head, _, _ := bytes.Cut(lower, []byte("\n\n"))
	if h, _, found := bytes.Cut(lower, []byte("\r\n\r\n")); found && len(h) < len(head) {
		head = h
	}
	has := func(s string) bool { return bytes.Contains(append([]byte("\n"), head...), []byte("\n"+s)) }
	switch {
	case has("snapshot-content-location:"), bytes.Contains(head, []byte("multipart/related")) && !has("received:") && !has("message-id:") && !has("to:"):
		return formatMHTML, "multipart/related", nil
	case has("from:") || has("received:") || has("message-id:"):
		return formatMail, "message/rfc822", nil
	}
	return "", "", refusal("it begins like a message and has neither the header of a mail nor that of a saved page")
}

// misnamed says what a file's name promises when its bytes are something else; "" when they fit.
func misnamed(name, format, mediaType string) string {
	promised := map[string]string{
		".warc": formatWARC, ".gz": formatWARC, ".wacz": formatWACZ, ".mhtml": formatMHTML, ".mht": formatMHTML, ".eml": formatMail, ".pdf": formatPDF,
		".html": formatHTML, ".htm": formatHTML, ".xhtml": formatHTML,
		".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".gif": "image/gif", ".webp": "image/webp", ".heic": "image/heic", ".avif": "image/avif",
	}[strings.ToLower(path.Ext(name))]
	if promised == "" || promised == format || promised == mediaType || promised == formatMail && format == formatMHTML || promised == formatMHTML && format == formatMail {
		return ""
	}
	return promised
}
