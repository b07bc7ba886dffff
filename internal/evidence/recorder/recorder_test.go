package recorder

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"veedor/internal/evidence/wacz"
)

// kept is a record with its block.
type kept struct {
	wacz.Record
	block []byte
}

// memory is a sink that keeps everything.
type memory struct {
	mu      sync.Mutex
	records []kept
	warc    bytes.Buffer
	w       *wacz.Writer
}

func (m *memory) Write(r *wacz.Record) (wacz.Written, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.w == nil {
		m.w = wacz.NewWriter(&m.warc, wacz.WriterOptions{})
	}
	at, err := r.Block.(io.Seeker).Seek(0, io.SeekCurrent)
	if err != nil {
		return wacz.Written{}, err
	}
	b, err := io.ReadAll(r.Block)
	if err != nil {
		return wacz.Written{}, err
	}
	r.Block.(io.Seeker).Seek(at, io.SeekStart)
	m.records = append(m.records, kept{*r, b})
	return m.w.Write(r)
}

// of returns the records of a type and address.
func (m *memory) of(kind, uri string) []kept {
	var out []kept
	for _, r := range m.records {
		if r.Type == kind && (uri == "" || r.URI == uri) {
			out = append(out, r)
		}
	}
	return out
}

func serve(t *testing.T, h http.Handler) *httptest.Server {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s
}

func body(text, contentType string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", contentType)
		io.WriteString(w, text)
	}
}

func browserOptions(t *testing.T) Options {
	t.Helper()
	if _, err := FindBrowser(""); err != nil {
		t.Skip("no Chromium on PATH or in VEEDOR_CHROMIUM: pages cannot be recorded here")
	}
	return Options{AllowPrivate: true, Temp: t.TempDir(), Limits: Limits{Time: 40 * time.Second}}
}
