package cli

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// newspaper serves an article that is edited after it was asked for twice, and taken down after four times.
func newspaper() http.Handler {
	const article = `<!DOCTYPE html><html lang="es"><head><title>El decreto</title></head><body><article><h1>El decreto</h1>
<p>El decreto fue firmado el viernes por la noche, según tres personas que estuvieron presentes en la reunión del consejo y pidieron no ser nombradas.</p>
<p>El texto completo, de cuarenta páginas, no ha sido publicado en la gaceta, aunque la ley lo exige dentro de los cinco días siguientes a la firma.</p>
</article></body></html>`
	var asked atomic.Int32
	mux := http.NewServeMux()
	mux.HandleFunc("/decreto", func(w http.ResponseWriter, r *http.Request) {
		n := asked.Add(1)
		if n > 4 {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		text := article
		if n > 2 {
			text = strings.Replace(text, "no ha sido publicado", "ya ha sido publicado", 1)
		}
		fmt.Fprint(w, text)
	})
	mux.HandleFunc("/vueltas", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/vueltas", http.StatusFound) })
	return mux
}

func TestCaptureScript(t *testing.T) {
	testscript.Run(t, testscript.Params{Dir: "testdata/capture", Setup: func(e *testscript.Env) error {
		s := httptest.NewServer(newspaper())
		e.Defer(s.Close)
		e.Setenv("SITE", s.URL)
		return nil
	}})
}
