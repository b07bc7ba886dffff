package ooni_test

import (
	"fmt"
	"strings"

	"veedor/internal/measure/ooni"
)

// A source is split into records; each is decoded, and what gives the measuring person away is removed
// before anything is kept.
func Example() {
	source := `{"test_name":"web_connectivity","measurement_start_time":"2024-06-01 10:00:00","probe_asn":"AS64500","probe_ip":"203.0.113.9","test_keys":{"blocking":"dns","client_resolver":"203.0.113.9"}}
{"test_name":"web_connectivity","test_k
`
	_ = ooni.Lines(strings.NewReader(source), "day.jsonl", func(l ooni.Line) error {
		if l.Err != nil {
			fmt.Println("rejected:", l.Err)
			return nil
		}
		m, err := ooni.Decode(l.Data)
		if err != nil {
			fmt.Println("rejected:", err)
			return nil
		}
		if clean, changed := ooni.Scrub(l.Data, m); changed {
			if m, err = ooni.Decode(clean); err != nil {
				return err
			}
		}
		start, _ := m.Start()
		fmt.Println(start.Year(), ooni.ParseASN(m.ProbeASN), m.TestKeys.Blocking, m.ProbeIP, m.TestKeys.ClientResolver)
		return nil
	})
	// Output:
	// 2024 64500 dns 127.0.0.1 [scrubbed]
	// rejected: cut off: the JSON object does not end
}
