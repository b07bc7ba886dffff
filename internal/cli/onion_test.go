package cli

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// An address from Tor's own documentation of names of version 3.
const onion = "pg6mmjiyjmcrsslvykfwnntlaru7p5svn6y2ymmju6nubxndf4pscryd.onion"

func TestOnionAddress(t *testing.T) {
	for text, want := range map[string]string{
		onion: "http://" + onion, "http://" + onion + "/": "http://" + onion, "https://www." + strings.ToUpper(onion): "https://www." + onion, "http://" + onion + ":8080": "http://" + onion + ":8080",
		"http://" + onion + "/path": "", "http://a" + onion[1:]: "", "example.org": "", "expyuzz4wqqyqhjn.onion": "", "ftp://" + onion: "", "http://x@" + onion: "", ".onion": "", "onion": "",
	} {
		got, err := onionAddress(text)
		if got != want || (err == nil) != (want != "") {
			t.Errorf("%s: %q, %v", text, got, err)
		}
	}
}

func TestToldOfOnion(t *testing.T) {
	site := toldOfOnion(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", r.URL.Query().Get("type"))
		w.WriteHeader(http.StatusOK)
	}), "http://"+onion)
	for _, c := range []struct{ host, path, want string }{
		{"veedor.example", "/country/XA?type=text/html", "http://" + onion + "/country/XA?type=text/html"},
		{"veedor.example:8080", "/?type=text/html", "http://" + onion + "/?type=text/html"},
		{"veedor.example", "/a.css?type=text/css", ""},
		{onion, "/?type=text/html", ""},
		{strings.ToUpper(onion) + ":80", "/?type=text/html", ""},
	} {
		r := httptest.NewRequest(http.MethodGet, c.path, nil)
		r.Host = c.host
		w := httptest.NewRecorder()
		site.ServeHTTP(w, r)
		if got := w.Header().Get("Onion-Location"); got != c.want {
			t.Errorf("%s%s: %q, want %q", c.host, c.path, got, c.want)
		}
	}
}
