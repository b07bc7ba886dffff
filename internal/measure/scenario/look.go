package scenario

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
)

// look is what a measurement has of the program that made it and of the page it fetched; nothing of
// where, when and of what it was made.
type look struct {
	notes                     object // annotations
	software, softwareVersion string
	version                   string // of the test
	keys                      object // test keys that say nothing about the network
	asks                      [][2]string
	page                      page
}

func (l *look) newer() bool  { return l.version >= "0.5" }
func (l *look) recent() bool { return l.version >= "0.4.3" }

// looksOf reads the looks of the given measurements of web pages, or ours where there are none.
func looksOf(shapes [][]byte) []*look {
	var out []*look
	for _, s := range shapes {
		if l := lookOf(s); l != nil {
			out = append(out, l)
		}
	}
	if len(out) > 0 {
		return out
	}
	asks := [][2]string{{"Accept", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}, {"Accept-Language", "en-US,en;q=0.9"}, {"User-Agent", "Mozilla/5.0 (invented)"}}
	notes := func(engine, platform, network string) object {
		return object{"engine_name": "ooniprobe-engine", "engine_version": engine, "platform": platform, "network_type": network}
	}
	for _, l := range []look{
		{notes: notes("3.18.1", "android", "mobile"), software: "ooniprobe-android-unattended", softwareVersion: "3.8.4", version: "0.4.3"},
		{notes: notes("3.22.0", "linux", "wifi"), software: "ooniprobe-cli-unattended", softwareVersion: "3.22.0", version: "0.4.3"},
		{notes: notes("3.24.0", "ios", "wifi"), software: "ooniprobe-ios", softwareVersion: "5.1.0", version: "0.4.3"},
		{notes: notes("3.26.0", "android", "wifi"), software: "ooniprobe-android", softwareVersion: "5.2.0", version: "0.5.28"},
	} {
		l.asks, l.keys = asks, object{}
		out = append(out, &l)
	}
	return out
}

var titles = regexp.MustCompile(`(?is)<title[^>]*>(.*?)</title>`)

// lookOf returns the look of a measurement, nil when it is none of a web page.
func lookOf(line []byte) *look {
	var m struct {
		Annotations     map[string]any `json:"annotations"`
		SoftwareName    string         `json:"software_name"`
		SoftwareVersion string         `json:"software_version"`
		TestName        string         `json:"test_name"`
		TestVersion     string         `json:"test_version"`
		TestKeys        map[string]any `json:"test_keys"`
	}
	if json.Unmarshal(line, &m) != nil || m.TestName != "web_connectivity" || m.TestKeys == nil || m.TestVersion < "0.4" {
		return nil
	}
	l := &look{notes: object{}, software: m.SoftwareName, softwareVersion: m.SoftwareVersion, version: m.TestVersion, keys: object{}}
	for k, v := range m.Annotations {
		if s, ok := v.(string); ok {
			l.notes[k] = withoutAddresses(s)
		}
	}
	for k, v := range m.TestKeys {
		if n, ok := v.(float64); ok && strings.HasSuffix(k, "_runtime") {
			l.keys[k] = int64(n)
		}
	}
	requests, _ := m.TestKeys["requests"].([]any)
	for i, r := range requests {
		request, _ := field(r, "request").(map[string]any)
		response, _ := field(r, "response").(map[string]any)
		if i == 0 {
			for _, h := range pairs(request["headers_list"]) {
				if !strings.EqualFold(h[0], "Host") && !strings.EqualFold(h[0], "Referer") {
					l.asks = append(l.asks, h)
				}
			}
		}
		body, _ := response["body"].(string)
		if response["code"] != 200.0 || body == "" || l.page.body != "" {
			continue
		}
		// A name of the real site in its page would stand beside an invented one.
		if host := hostOf(request["url"]); host != "" {
			body = strings.ReplaceAll(body, host, placeholder)
		}
		l.page = page{status: 200, body: withoutAddresses(body), title: titleOf(body)}
		for _, h := range pairs(response["headers_list"]) {
			if !strings.EqualFold(h[0], "Set-Cookie") && !strings.Contains(h[1], "://") {
				l.page.headers = append(l.page.headers, h)
			}
		}
	}
	return l
}

// placeholder stands in a look's page where a visit puts its host.
const placeholder = "{host}"

func field(o any, name string) any {
	m, _ := o.(map[string]any)
	return m[name]
}

// pairs reads a list of header fields; those that are no text are left out.
func pairs(v any) [][2]string {
	var out [][2]string
	list, _ := v.([]any)
	for _, item := range list {
		if pair, ok := item.([]any); ok && len(pair) == 2 {
			name, a := pair[0].(string)
			value, b := pair[1].(string)
			if a && b {
				out = append(out, [2]string{name, withoutAddresses(value)})
			}
		}
	}
	return out
}

func hostOf(v any) string {
	s, _ := v.(string)
	_, rest, _ := strings.Cut(s, "://")
	host, _, _ := strings.Cut(rest, "/")
	host, _, _ = strings.Cut(host, ":")
	return host
}

func titleOf(body string) string {
	if m := titles.FindStringSubmatch(body); m != nil {
		return strings.TrimSpace(m[1])
	}
	return ""
}

var anAddress = regexp.MustCompile(`\b\d{1,3}(?:\.\d{1,3}){3}\b`)

// withoutAddresses puts addresses that belong to nobody where others stood.
func withoutAddresses(s string) string {
	return anAddress.ReplaceAllStringFunc(s, func(a string) string {
		n := 0
		for _, c := range a {
			n = (n*31 + int(c)) % 254
		}
		return fmt.Sprintf("192.0.2.%d", 1+n)
	})
}
