package alerts

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Webhook is an address that is posted each note as JSON. The header Veedor-Signature holds the time and the
// HMAC-SHA256, in hex, of time, a dot and the body: "t=1700000000,v1=…".
type Webhook struct {
	URL    string `json:"url"`
	Secret string `json:"secret"`
	Choice
}

// post delivers one note, trying again with growing pauses.
func (s *Sender) post(ctx context.Context, w *Webhook, n *Note, site string) error {
	out := *n
	out.Link = address(site, n.Link)
	body, err := json.Marshal(out)
	if err != nil {
		return err
	}
	for try := range triesAtOnce {
		if try > 0 {
			if err := s.Wait(ctx, time.Second<<(2*(try-1))); err != nil {
				return err
			}
		}
		if err = s.once(ctx, w, n, body); err == nil {
			return nil
		}
	}
	return err
}

// address returns where a page is: a path, if it is not known where the site is served.
func address(site, link string) string {
	if strings.HasPrefix(link, "/") {
		return site + link
	}
	return link
}

func (s *Sender) once(ctx context.Context, w *Webhook, n *Note, body []byte) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, w.URL, bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Veedor-Event", headerSafe(n.ID)) // the same when it is tried again
	req.Header.Set("Veedor-Kind", n.Kind)
	req.Header.Set("Veedor-Signature", Sign(w.Secret, s.Now(), body))
	resp, err := s.HTTP.Do(req)
	if err != nil {
		return err
	}
	_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, 64<<10))
	if err := resp.Body.Close(); err != nil {
		return err
	}
	if resp.StatusCode/100 != 2 {
		return fmt.Errorf("answered %s", resp.Status)
	}
	return nil
}

// headerSafe leaves out what may not stand in a header.
func headerSafe(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return -1
		}
		return r
	}, s)
}

// Sign returns the value of Veedor-Signature.
func Sign(secret string, at time.Time, body []byte) string {
	t := strconv.FormatInt(at.Unix(), 10)
	m := hmac.New(sha256.New, []byte(secret))
	m.Write([]byte(t + "."))
	m.Write(body)
	return "t=" + t + ",v1=" + hex.EncodeToString(m.Sum(nil))
}
