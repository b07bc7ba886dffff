package ooni

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Limits on one record.
const (
	MaxLine   = 64 << 20 // bytes
	maxDepth  = 64       // objects and lists inside one another, in all that is kept
	maxValues = 200_000  // values in lists and objects: each may take a hundred times the room it takes in JSON

	unmeasured = 256 << 10 // bytes of a record that can hold no more values than we have room for
)

// Reasons for which a record is refused whatever else it holds; they are worded for people.
var (
	ErrTooLong  = fmt.Errorf("longer than %d MiB", MaxLine>>20)
	ErrTooDeep  = fmt.Errorf("not a measurement: objects and lists are nested more than %d deep", maxDepth)
	ErrTooMany  = fmt.Errorf("not a measurement: more than %d values in one record", maxValues)
	ErrSummary  = errors.New("no test_keys: a summary, not a measurement")
	ErrNoName   = errors.New("not a measurement: no test_name")
	ErrNotEntry = errors.New("a report's header or footer, not a measurement")
)

// Decode reads one measurement, a JSON object. It copies line once, and the strings of the result
// point into that copy; line itself may be reused at once.
//
// A field of a wrong type is left zero and named in Defects, and everything else is decoded; a
// number written as a string, or a string as a number, is read and named too. NaN and Infinity,
// which are not JSON but which some probes wrote, are read as null. Of a key written twice the last
// one counts, member by member. Invalid UTF-8 becomes U+FFFD in strings, while Text keeps the bytes.
//
// An error says, in words for people, why line is no measurement: not JSON, cut off, no object,
// without test_name or test_keys, nested too deep, too many values, longer than MaxLine.
func Decode(line []byte) (*Measurement, error) { return DecodeShared(bytes.Clone(line)) }

// DecodeShared is Decode without the copy: the result points into line, which must not change while
// the measurement is in use.
func DecodeShared(line []byte) (*Measurement, error) {
	if len(line) > MaxLine {
		return nil, ErrTooLong
	}
	line = trim(line)
	if len(line) == 0 || line[0] != '{' {
		return nil, notJSON(line)
	}
	if len(line) > unmeasured {
		if err := measure(line); err != nil {
			return nil, err
		}
	}
	m := new(Measurement)
	defects, err := unmarshal(line, m)
	if err != nil {
		return nil, err
	}
	if m.TestName == "" || m.TestKeys == nil {
		if err := refuse(line, m); err != nil {
			return nil, err
		}
	}
	m.Defects = defects
	m.settle(line)
	return m, nil
}

// refuse says why an object without test_name or test_keys is no measurement; nil for one whose
// test_keys are there but hold nothing.
func refuse(line []byte, m *Measurement) error {
	hasKeys, recordType := false, ""
	each(line, func(k, v []byte) bool {
		switch keyText(k) {
		case "test_keys":
			hasKeys = true
		case "record_type":
			recordType = text(v)
		}
		return true
	})
	switch {
	case recordType == "header", recordType == "footer":
		return ErrNotEntry
	case m.TestName == "":
		return ErrNoName
	case !hasKeys:
		return ErrSummary
	}
	return nil
}

// settle merges the spellings that mean the same, decodes the nested blocks and notes what was broken.
func (m *Measurement) settle(line []byte) {
	k := m.TestKeys
	if k == nil {
		if len(m.Defects) == 0 {
			m.Defects = []string{"test_keys: null"}
		}
		return
	}
	if len(k.TCPConnects) > 0 {
		k.TCPConnect, k.TCPConnects = append(k.TCPConnect, k.TCPConnects...), nil
	}
	m.settleBlocks("test_keys", k.Requests, k.TLSHandshakes)
	m.settleTexts("test_keys.sent", k.Sent)
	m.settleTexts("test_keys.received", k.Received)
	if m.TestName == "sni_blocking" {
		m.settleControl(line)
	}
	m.nest()
}

// settleBlocks prefers headers_list, and names the bodies and certificates that could not be read.
func (m *Measurement) settleBlocks(path string, requests []Request, handshakes []TLSHandshake) {
	for i := range requests {
		r := &requests[i]
		if len(r.Request.HeadersList) > 0 {
			r.Request.Headers = r.Request.HeadersList
		}
		if len(r.Response.HeadersList) > 0 {
			r.Response.Headers = r.Response.HeadersList
		}
		r.Request.HeadersList, r.Response.HeadersList = nil, nil
		if r.Request.Body.broken {
			m.defect("%s.requests[%d].request.body: neither text nor valid base64", path, i)
		}
		if r.Response.Body.broken {
			m.defect("%s.requests[%d].response.body: neither text nor valid base64", path, i)
		}
	}
	for i := range handshakes {
		m.settleTexts(path+".tls_handshakes.peer_certificates", handshakes[i].PeerCertificates)
	}
}

func (m *Measurement) settleTexts(path string, texts []Text) {
	for i := range texts {
		if texts[i].broken {
			m.defect("%s[%d]: neither text nor valid base64", path, i)
		}
	}
}

// maxDefects bounds what one forged record can make us say about it.
const maxDefects = 32

func (m *Measurement) defect(format string, args ...any) {
	if len(m.Defects) < maxDefects {
		m.Defects = append(m.Defects, fmt.Sprintf(format, args...))
	}
}

// notJSON words what a record begins with instead of a JSON object.
func notJSON(b []byte) error {
	if len(b) == 0 {
		return errors.New("empty")
	}
	return fmt.Errorf("not a JSON object: begins with %q", beginning(b))
}

// beginning returns the first words of b, fit for a message.
func beginning(b []byte) string {
	start, _, _ := bytes.Cut(trim(b[:min(len(b), 40)]), []byte("\n"))
	return strings.ToValidUTF8(string(bytes.TrimSpace(start)), "\uFFFD")
}

// measure refuses what is nested too deep or holds too many values, before anything is allocated for it.
func measure(line []byte) error {
	depth, values := 0, 0
	for i := 0; i < len(line); i++ {
		switch line[i] {
		case '"':
			i = skipString(line, i) - 1
		case ',':
			values++
		case '{', '[':
			if depth++; depth > maxDepth {
				return ErrTooDeep
			}
			values++
		case '}', ']':
			depth--
		}
	}
	if values > maxValues {
		return ErrTooMany
	}
	return nil
}

// Start returns when the measurement began, in UTC: measurement_start_time, else test_start_time.
// False means that neither is a time.
func (m *Measurement) Start() (time.Time, bool) {
	for _, s := range [...]string{m.MeasurementStartTime, m.TestStartTime} {
		if t, ok := parseTime(s); ok {
			return t, true
		}
	}
	return time.Time{}, false
}

// parseTime reads "2006-01-02 15:04:05" (UTC, as all of OONI's times), the same with T, a zone or a
// fraction, and seconds since 1970.
func parseTime(s string) (time.Time, bool) {
	s = strings.TrimSpace(s)
	if len(s) < 9 || len(s) > 40 {
		return time.Time{}, false
	}
	for _, layout := range [...]string{time.DateTime, "2006-01-02 15:04:05Z07:00", time.RFC3339, "2006-01-02T15:04:05"} {
		if t, err := time.Parse(layout, s); err == nil {
			return t.UTC(), true
		}
	}
	if f, err := strconv.ParseFloat(s, 64); err == nil && f >= 1e8 && f < 1e11 {
		return time.UnixMicro(int64(f * 1e6)).UTC(), true
	}
	return time.Time{}, false
}

// ParseASN reads "AS8048"; 0 for anything else.
func ParseASN(s string) uint32 {
	digits, ok := strings.CutPrefix(s, "AS")
	if !ok {
		return 0
	}
	n, err := strconv.ParseUint(digits, 10, 32)
	if err != nil {
		return 0
	}
	return uint32(n)
}
