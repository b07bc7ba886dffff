package intake

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"net/textproto"
	"path"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/net/html/charset"
)

// Limits on a mail.
const (
	maxMail  = 128 << 20 // bytes
	maxDepth = 6
	maxFiles = 50
	maxLinks = 50
)

// Mail is what a forwarded mail brought. Its sender, receivers and headers are not kept: who passes
// something on must not be found in what was made of it.
type Mail struct {
	Text  string   // of its body
	Links []string // addresses in the body, each once, as Address writes them
	Files []Attached
	Left  []string // parts that were left out, and why
}

// Attached is a file that came along; a mail that was attached to a mail is one, headers and all.
type Attached struct {
	Name, Type string
	Data       []byte
}

var link = regexp.MustCompile(`https?://[^\s<>"'“”«»（）]+`)

// ReadMail reads a mail as it came over the wire (RFC 5322).
func ReadMail(r io.Reader) (*Mail, error) {
	b, err := io.ReadAll(io.LimitReader(r, maxMail+1))
	if err != nil {
		return nil, fmt.Errorf("read mail: %w", err)
	}
	if len(b) > maxMail {
		return nil, refused("a mail of more than %d MiB", maxMail>>20)
	}
	m, err := mail.ReadMessage(bytes.NewReader(b))
	if err != nil {
		return nil, refused("no mail: %v", err)
	}
	out := &Mail{}
	out.part(textproto.MIMEHeader(m.Header), m.Body, 0)
	for _, found := range link.FindAllString(out.Text, -1) {
		address, err := Address(strings.TrimRight(found, ".,;:!?)]}、。，"))
		if err == nil && !slices.Contains(out.Links, address) && len(out.Links) < maxLinks {
			out.Links = append(out.Links, address)
		}
	}
	return out, nil
}

func (m *Mail) leave(format string, args ...any) {
	m.Left = append(m.Left, fmt.Sprintf(format, args...))
}

func (m *Mail) part(h textproto.MIMEHeader, body io.Reader, depth int) {
	kind, param, err := mime.ParseMediaType(h.Get("Content-Type"))
	if err != nil {
		kind, param = "text/plain", nil
	}
	if strings.HasPrefix(kind, "multipart/") {
		if depth >= maxDepth || param["boundary"] == "" {
			m.leave("a part nested more than %d deep, or without a boundary", maxDepth)
			return
		}
		parts := multipart.NewReader(body, param["boundary"])
		for {
			p, err := parts.NextRawPart()
			if err == io.EOF {
				return
			}
			if err != nil {
				m.leave("the rest of a part: %v", err)
				return
			}
			m.part(p.Header, p, depth+1)
		}
	}
	data, err := io.ReadAll(decode(h.Get("Content-Transfer-Encoding"), body))
	if err != nil {
		m.leave("%s: %v", kind, err)
		return
	}
	disposition, named, _ := mime.ParseMediaType(h.Get("Content-Disposition"))
	name := plain(path.Base(strings.ReplaceAll(cmpName(named["filename"], param["name"]), `\`, "/")), 200, false)
	switch {
	case disposition != "attachment" && name == "." && strings.HasPrefix(kind, "text/"):
		m.body(kind, param["charset"], data)
	case len(m.Files) >= maxFiles:
		m.leave("%s: more than %d files", name, maxFiles)
	default:
		if name == "." {
			name = "attached"
		}
		m.Files = append(m.Files, Attached{name, kind, data})
	}
}

// body adds to the text; of what came as text and as HTML the addresses are found once.
func (m *Mail) body(kind, set string, data []byte) {
	if set != "" {
		if r, err := charset.NewReaderLabel(set, bytes.NewReader(data)); err == nil {
			if decoded, err := io.ReadAll(r); err == nil {
				data = decoded
			}
		}
	}
	s := string(data)
	if kind == "text/html" {
		s = hrefs(s) + text(s)
	}
	m.Text += plain(s, 1_000_000, true) + "\n"
}

var href = regexp.MustCompile(`(?i)href\s*=\s*["']?(https?://[^\s"'<>]+)`)

func hrefs(s string) string {
	var b strings.Builder
	for _, f := range href.FindAllStringSubmatch(s, maxLinks) {
		b.WriteString(strings.ReplaceAll(f[1], "&amp;", "&") + "\n")
	}
	return b.String()
}

func cmpName(names ...string) string {
	d := new(mime.WordDecoder)
	for _, n := range names {
		if n != "" {
			if s, err := d.DecodeHeader(n); err == nil {
				return s
			}
			return n
		}
	}
	return "."
}

func decode(encoding string, r io.Reader) io.Reader {
	switch strings.ToLower(strings.TrimSpace(encoding)) {
	case "base64":
		return base64.NewDecoder(base64.StdEncoding, &wrapped{r: r})
	case "quoted-printable":
		return quotedprintable.NewReader(r)
	}
	return r
}

// wrapped leaves out what is no base64: ends of lines, spaces.
type wrapped struct{ r io.Reader }

func (w *wrapped) Read(p []byte) (int, error) {
	for {
		n, err := w.r.Read(p)
		kept := slices.DeleteFunc(p[:n], func(c byte) bool { return c == ' ' || c == '\t' || c == '\r' || c == '\n' })
		if len(kept) > 0 || err != nil {
			return len(kept), err
		}
	}
}
