package cli

import (
	"cmp"
	"crypto/sha3"
	"encoding/base32"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"strings"

	"github.com/spf13/cobra"
)

// onionFlag adds the flag for the site's address as an onion service.
func onionFlag(c *cobra.Command, to *string) {
	c.Flags().StringVar(to, "onion", "", "the same site as an onion service (http://….onion): pages tell Tor Browser of it (default $VEEDOR_ONION)")
}

// onionAsked returns the address of the onion service as "http://host", "" where there is none.
func onionAsked(flag string) (string, error) {
	text := cmp.Or(flag, os.Getenv("VEEDOR_ONION"))
	if text == "" {
		return "", nil
	}
	address, err := onionAddress(text)
	if err != nil {
		return "", fmt.Errorf("onion service %q: %w (%w)", text, err, errUsage)
	}
	return address, nil
}

// onionAddress reads the address of an onion service of version 3, with its checksum (Tor's rend-spec-v3, section 6).
func onionAddress(text string) (string, error) {
	if !strings.Contains(text, "://") {
		text = "http://" + text
	}
	u, err := url.Parse(strings.TrimSuffix(text, "/"))
	switch {
	case err != nil:
		return "", err
	case u.Scheme != "http" && u.Scheme != "https":
		return "", errors.New("it begins with neither http:// nor https://")
	case u.Path != "" || u.RawQuery != "" || u.Fragment != "" || u.User != nil:
		return "", errors.New("it is not the address of a whole service: no path belongs there")
	}
	labels := strings.Split(strings.ToLower(u.Hostname()), ".")
	if len(labels) < 2 || labels[len(labels)-1] != "onion" {
		return "", errors.New("its host does not end in .onion")
	}
	b, err := base32.StdEncoding.DecodeString(strings.ToUpper(labels[len(labels)-2]))
	if err != nil || len(b) != 35 || b[34] != 3 {
		return "", errors.New("it is no name of version 3: 56 letters and digits before .onion")
	}
	sum := sha3.Sum256(append(append([]byte(".onion checksum"), b[:32]...), 3))
	if sum[0] != b[32] || sum[1] != b[33] {
		return "", errors.New("its checksum is wrong: a letter was mistyped")
	}
	return u.Scheme + "://" + strings.ToLower(u.Host), nil
}

// toldOfOnion adds to pages that are asked for under another name where the onion service has them (Onion-Location).
func toldOfOnion(site http.Handler, address string) http.Handler {
	if address == "" {
		return site
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host := strings.ToLower((&url.URL{Host: r.Host}).Hostname())
		if !strings.HasSuffix(host, ".onion") {
			w = &onionWriter{ResponseWriter: w, location: address + r.URL.RequestURI()}
		}
		site.ServeHTTP(w, r)
	})
}

// onionWriter sets the header when it is known that the answer is a page.
type onionWriter struct {
	http.ResponseWriter
	location string
	begun    bool
}

// WriteHeader implements http.ResponseWriter.
func (o *onionWriter) WriteHeader(status int) {
	if !o.begun {
		o.begun = true
		if strings.HasPrefix(o.Header().Get("Content-Type"), "text/html") {
			o.Header().Set("Onion-Location", o.location)
		}
	}
	o.ResponseWriter.WriteHeader(status)
}

// Write implements io.Writer.
func (o *onionWriter) Write(b []byte) (int, error) {
	if !o.begun {
		o.WriteHeader(http.StatusOK)
	}
	return o.ResponseWriter.Write(b)
}

// Unwrap lets http.ResponseController reach the connection.
func (o *onionWriter) Unwrap() http.ResponseWriter { return o.ResponseWriter }
