package ooni

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/bytedance/sonic"
	"github.com/bytedance/sonic/decoder"
)

// Limits on one record.
const (
	MaxLine  = 64 << 20 // bytes
	maxDepth = 64       // nested objects and lists
)

// Reasons for which Decode refuses a record; they are meant for people.
var (
	ErrTooLong = fmt.Errorf("longer than %d MiB", MaxLine>>20)
	ErrTooDeep = fmt.Errorf("more than %d levels of nesting", maxDepth)
	ErrSummary = errors.New("a summary of a measurement, not the measurement: no test_keys")
	ErrNotOne  = errors.New("JSON, but not a measurement: no test_name")
)

// config is sonic's safe mode: what is skipped is checked too, so garbage never passes.
var config = sonic.Config{}.Froze()

// Decode reads one measurement. It keeps its own copy of line. Fields of a wrong type are left
// zero and named in Defects; only what is not a measurement at all is an error.
func Decode(line []byte) (*Measurement, error) {
	if len(line) > MaxLine {
		return nil, ErrTooLong
	}
	i := space(line, 0)
	if i >= len(line) || line[i] != '{' {
		return nil, notJSON(line[i:])
	}
	if tooDeep(line) {
		return nil, ErrTooDeep
	}
	text := string(line)
	if !utf8.ValidString(text) {
		text = strings.ToValidUTF8(text, "\uFFFD")
	}
	m := new(Measurement)
	if err := config.UnmarshalFromString(text, m); err != nil {
		if !isMismatch(err) {
			return nil, fmt.Errorf("not valid JSON: %s", oneLine(err))
		}
		m.Defects = append(m.Defects, oneLine(err))
	}
	if m.TestName == "" {
		return nil, ErrNotOne
	}
	if m.TestKeys == nil {
		if !strings.Contains(text, `"test_keys"`) {
			return nil, ErrSummary
		}
		m.Defects = append(m.Defects, "test_keys: null")
		return m, nil
	}
	m.settle()
	return m, nil
}

// settle merges the spellings that mean the same, and notes what was broken.
func (m *Measurement) settle() {
	k := m.TestKeys
	if len(k.TCPConnects) > 0 {
		k.TCPConnect, k.TCPConnects = append(k.TCPConnect, k.TCPConnects...), nil
	}
	for i := range k.Requests {
		r := &k.Requests[i]
		if len(r.Request.HeadersList) > 0 {
			r.Request.Headers, r.Request.HeadersList = r.Request.HeadersList, nil
		}
		if len(r.Response.HeadersList) > 0 {
			r.Response.Headers, r.Response.HeadersList = r.Response.HeadersList, nil
		}
		if r.Response.Body.broken {
			m.Defects = append(m.Defects, fmt.Sprintf("test_keys.requests[%d].response.body: neither text nor valid base64", i))
		}
	}
}

// isMismatch says that the JSON is sound and some field has another type than expected.
func isMismatch(err error) bool {
	var mismatch *decoder.MismatchTypeError
	return errors.As(err, &mismatch)
}

// notJSON words what a record begins with instead of a JSON object.
func notJSON(b []byte) error {
	if len(b) == 0 {
		return errors.New("empty")
	}
	start := strings.ToValidUTF8(string(b[:min(len(b), 40)]), "\uFFFD")
	start, _, _ = strings.Cut(start, "\n")
	return fmt.Errorf("not a JSON object: begins with %q", start)
}

// oneLine shortens a decoder's report, which may quote pages of input, to its first line.
func oneLine(err error) string {
	s, _, _ := strings.Cut(err.Error(), "\n")
	if len(s) > 200 {
		s = s[:200]
	}
	return strings.ToValidUTF8(strings.TrimSpace(s), "\uFFFD")
}

// tooDeep counts brackets without reading strings apart from the rest: an upper bound that honest
// records stay far below, checked exactly only when it is exceeded.
func tooDeep(line []byte) bool {
	depth := 0
	for i := 0; i < len(line); i++ {
		switch line[i] {
		case '"':
			i = skipString(line, i) - 1
		case '{', '[':
			if depth++; depth > maxDepth {
				return true
			}
		case '}', ']':
			depth--
		}
	}
	return false
}

// Start returns when the measurement began, in UTC: measurement_start_time, else test_start_time.
func (m *Measurement) Start() (time.Time, bool) {
	for _, s := range [...]string{m.MeasurementStartTime, m.TestStartTime} {
		if t, ok := parseTime(s); ok {
			return t, true
		}
	}
	return time.Time{}, false
}

func parseTime(s string) (time.Time, bool) {
	if len(s) < 9 || len(s) > 40 {
		return time.Time{}, false
	}
	for _, layout := range [...]string{"2006-01-02 15:04:05", time.RFC3339, "2006-01-02T15:04:05"} {
		if t, err := time.Parse(layout, s); err == nil {
			return t.UTC(), true
		}
	}
	if f, err := strconv.ParseFloat(s, 64); err == nil && f > 0 && f < 1e11 {
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
