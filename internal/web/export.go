package web

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strings"

	"veedor/internal/measure/store"
)

// export streams a whole table.
func (s *site) export(r *request) error {
	table, format, _ := strings.Cut(r.PathValue("file"), ".")
	kind := map[string]string{"csv": "text/csv; charset=utf-8", "parquet": "application/vnd.apache.parquet"}[format]
	if kind == "" || table != string(store.Observations) && table != string(store.Verdicts) {
		return r.missing()
	}
	tag := s.stateTag()
	if tag != "" && matches(r.Header.Get("If-None-Match"), tag) {
		r.w.Header().Set("ETag", `"`+tag+`"`)
		r.w.WriteHeader(http.StatusNotModified)
		return nil
	}
	r.leave() // a whole table takes long to read
	out := &download{tag: tag, ResponseWriter: r.w, kind: kind, name: table + "." + format}
	if r.Method == http.MethodHead {
		out.begin()
		return nil
	}
	st, err := s.Store.Stats(r.Context())
	if err != nil {
		return err
	}
	r.w.Header().Add("Link", `</export/licence.txt>; rel="license"`)
	if st.Measurements > 0 && !st.Invented {
		r.w.Header().Add("Link", `<`+measurementTerms+`>; rel="license"`)
	}
	if err := s.Store.Export(r.Context(), store.Table(table), store.Format(format), out); err != nil {
		if !out.begun {
			return err // can still be said
		}
		if r.Context().Err() == nil {
			s.Log.Error("export broke off", "file", out.name, "error", err)
		}
		panic(http.ErrAbortHandler) // half a table must not look like a whole one
	}
	return nil
}

// download is an answer to be saved as a file; it begins with the first bytes.
type download struct {
	http.ResponseWriter
	kind, name string
	tag        string // of what is in it; "" where that is not known
	begun      bool
}

// stateTag names the state of everything shown, for what is too large to be hashed before it is sent; "" where it just changed.
func (s *site) stateTag() string {
	if s.State == nil {
		return ""
	}
	name, settled := s.State()
	if !settled {
		return ""
	}
	sum := sha256.Sum256([]byte(name))
	return hex.EncodeToString(sum[:12])
}

func (d *download) begin() {
	if !d.begun {
		d.begun = true
		d.Header().Set("Content-Type", d.kind)
		d.Header().Set("Content-Disposition", `attachment; filename="`+d.name+`"`)
		d.Header().Set("Cache-Control", "no-cache")
		if d.tag != "" {
			d.Header().Set("ETag", `"`+d.tag+`"`)
		}
	}
}

// Write implements io.Writer.
func (d *download) Write(b []byte) (int, error) {
	d.begin()
	return d.ResponseWriter.Write(b)
}
