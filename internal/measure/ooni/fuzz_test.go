package ooni

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"
)

// seeds are records of every shape that the tests know.
func seeds() []string {
	return []string{
		`{"test_name":"x","test_keys":null}`, `{"test_name":"x","record_type":"header"}`, ` {"test_name":"x","test_keys":{},"input":NaN} `,
		record(own4, fetched(`{"X-Client-IP":"203.0.113.9"}`, quoted("<p>Your IP address is <b>2001:db8:7::a1</b>"))),
		record(own6, fetched(`[["Forwarded",["for=\"[2001:db8:7::a1]\""]]]`, packed("tu ip 203.0.113.9"))),
		record("::ffff:"+own4, `"x":"\u003e203.0.113.9 9-113-0-203 ::ffff:cb00:7109 2001%3adb8%3A7::a1%20"`),
		wc(`"queries":[7,{"answers":"x","t":"1.5"}],"blocking":false,"control":{"tls_handshake":{"a":null},"http_request":{"status_code":"200"}}`),
		`{"test_name":"sni_blocking","test_keys":{"control":{"queries":[{}]},"target":{"tcp_connect":{}},"pings":[{"query":1}],"targets":[{"requests":[{}]}]}}`,
		"{\"test_name\":\"\xff\",\"annotations\":{\"\\ud800\":1},\"test_keys\":{\"sent\":[{\"data\":\"?\"}],\"received\":[\"\\u0000\"]}}",
		`{"test_name":"ndt","probe_ip":["203.0.113.9"],"test_keys":{"x":"client_ip: 203.0.113.9"}}`,
	}
}

func FuzzDecode(f *testing.F) {
	for _, s := range seeds() {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, line []byte) {
		before := bytes.Clone(line)
		m, err := Decode(line)
		if !bytes.Equal(line, before) {
			t.Fatal("Decode changed the caller's bytes")
		}
		if (m == nil) == (err == nil) {
			t.Fatal("neither or both of a measurement and an error")
		}
		if err != nil {
			if err.Error() == "" || strings.ContainsAny(err.Error(), "\n\x00") || !utf8.ValidString(err.Error()) {
				t.Fatalf("a reason unfit for people: %q", err)
			}
			return
		}
		for _, s := range append([]string{m.TestName, m.ProbeCC, m.ReportID}, m.Defects...) {
			if !utf8.ValidString(s) {
				t.Fatalf("invalid UTF-8 in %q", s)
			}
		}
		if len(m.Defects) > 2*maxDefects {
			t.Fatalf("%d defects", len(m.Defects))
		}
		if m.TestKeys != nil {
			m.TestKeys.Parts()
		}
		m.Start()
		var members map[string]json.RawMessage // whoever reads the archive must be able to read it too
		if len(m.Defects) == 0 && utf8.Valid(line) && !hasControl(line) {
			if err := json.Unmarshal(trim(line), &members); err != nil && !strings.Contains(err.Error(), "escape") {
				t.Fatalf("accepted without a defect, but encoding/json says: %v", err)
			}
		}
	})
}

// hasControl says whether there are raw control characters, which sonic lets pass in strings.
func hasControl(b []byte) bool {
	return bytes.ContainsFunc(b, func(r rune) bool { return r < ' ' })
}

func FuzzLines(f *testing.F) {
	for _, s := range append(seeds(), yamlReport, "[{},7,{}]", "{}{}\n{\n}\n", "---\ntest_name: x\n---\na: 1\n", gzipped("{}\n{}"), zstded("{}"), tarred("a", "{}", "b", "x"), "# page\n") {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, source []byte) {
		n := int64(0)
		err := Lines(bytes.NewReader(source), "source", func(l Line) error {
			if n++; l.Number != n {
				t.Fatalf("record %d has number %d", n, l.Number)
			}
			if l.Err == nil && (len(l.Data) == 0 || l.Data[0] != '{') {
				t.Fatalf("not an object, and no reason: %q", l.Data)
			}
			if l.Err != nil && len(l.Data) > keep {
				t.Fatalf("%d bytes of a broken record", len(l.Data))
			}
			_, _ = Decode(l.Data)
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if n == 0 && bytes.ContainsAny(source, "{") && source[0] == '{' {
			t.Fatal("a source with an object gave no record")
		}
	})
}

func FuzzScrub(f *testing.F) {
	for _, s := range seeds() {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, line []byte) {
		m, err := Decode(line)
		if err != nil {
			text := ScrubText(line)
			if again := ScrubText(text); len(again) > len(text)+4*len(scrubbed) {
				t.Fatalf("text grows: %q, %q", text, again)
			}
			return
		}
		own := deviceAddresses(line, m)
		clean, changed := Scrub(line, m)
		if !changed {
			if !bytes.Equal(clean, line) {
				t.Fatal("changed without saying so")
			}
			return
		}
		if m, err = Decode(clean); err != nil {
			t.Fatalf("no measurement any more: %v\n%s\n%s", err, line, clean)
		}
		if left, hit := own.scrub(clean); hit {
			t.Fatalf("something is left:\n%s\n%s\n%s", line, clean, left)
		}
		if again, changed := Scrub(clean, m); changed {
			t.Fatalf("not done the first time:\n%s\n%s\n%s", line, clean, again)
		}
	})
}
