package alerts

import (
	"bytes"
	"context"
	"fmt"
	"mime/quotedprintable"
	"net"
	"net/smtp"
	"strings"
	"time"
	"unicode"
)

// Mail is a receiver of a digest: one message with all that is new.
type Mail struct {
	SMTP string   `json:"smtp"` // host:port
	From string   `json:"from"`
	To   []string `json:"to"`
	Choice
}

// Bounds of one message.
const (
	mostInMail = 200  // notes; more go in further messages
	mostText   = 1000 // code points of the text of one
)

// digest writes one message with notes.
func digest(m *Mail, notes []*Note, site string, now time.Time) []byte {
	var b bytes.Buffer
	subject := fmt.Sprintf("Veedor: %d changes", len(notes))
	if len(notes) == 1 {
		subject = "Veedor: 1 change"
	}
	fmt.Fprintf(&b, "From: %s\r\nTo: %s\r\nSubject: %s\r\nDate: %s\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\nAuto-Submitted: auto-generated\r\n\r\n",
		m.From, strings.Join(m.To, ", "), subject, now.UTC().Format(time.RFC1123Z))
	q := quotedprintable.NewWriter(&b) // writing to a buffer does not fail
	for _, n := range notes {
		fmt.Fprintf(q, "%s: %s\r\n", n.Kind, line(n.Title, 300))
		for part := range strings.SplitSeq(strings.TrimSpace(n.Text), "\n") {
			if part = line(part, mostText); part != "" {
				fmt.Fprintf(q, "  %s\r\n", part)
			}
		}
		if n.Link != "" {
			fmt.Fprintf(q, "  %s\r\n", line(address(site, n.Link), 1000))
		}
		fmt.Fprintf(q, "  %s\r\n\r\n", n.At.UTC().Format("2006-01-02 15:04 UTC"))
	}
	_ = q.Close()
	return b.Bytes()
}

// line makes one line of a text that others wrote.
func line(s string, most int) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, s)
	return strings.TrimSpace(shorten(s, most))
}

// sendMail hands a message to a mail server, which has patience's time for it all.
func sendMail(ctx context.Context, addr, from string, to []string, msg []byte) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", addr)
	if err != nil {
		return err
	}
	defer conn.Close()
	deadline, _ := ctx.Deadline()
	if err := conn.SetDeadline(deadline); err != nil {
		return err
	}
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return err
	}
	c, err := smtp.NewClient(conn, host)
	if err != nil {
		return err
	}
	if err := c.Mail(from); err != nil {
		return err
	}
	for _, t := range to {
		if err := c.Rcpt(t); err != nil {
			return err
		}
	}
	w, err := c.Data()
	if err != nil {
		return err
	}
	if _, err := w.Write(msg); err != nil {
		return err
	}
	if err := w.Close(); err != nil {
		return err
	}
	_ = c.Quit() // the message was taken
	return nil
}
