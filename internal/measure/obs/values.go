package obs

import (
	"net/netip"
	"strconv"
	"strings"
	"time"

	"veedor/internal/measure/ooni"
)

func texts(list []ooni.Text) []string {
	out := make([]string, 0, len(list))
	for i := range list {
		if i == 16 {
			break
		}
		out = append(out, cut(strings.ToValidUTF8(string(list[i].Data[:min(len(list[i].Data), maxValue)]), "\uFFFD")))
	}
	return out
}

func head[T any](list []T) []T { return list[:min(len(list), MaxObservations)] }

// span returns the seconds between two moments; nil where either is unknown or they make no sense.
func span(from, to *float64) *float64 {
	if from == nil || to == nil || !(*to >= *from) || *to-*from > 86400 {
		return nil
	}
	d := *to - *from
	return &d
}

// sameStep says whether a handshake or request belongs to the connection in o.
func sameStep(o *Observation, transaction int64, ip string, port int64) bool {
	if transaction != 0 && o.TransactionID != 0 {
		return o.TransactionID == transaction
	}
	return ip != "" && sameIP(o.IP, ip) && int64(o.Port) == port
}

func sameIP(a, b string) bool {
	if a == b {
		return a != ""
	}
	if strings.IndexByte(a, ':') < 0 && strings.IndexByte(b, ':') < 0 {
		return false
	}
	x, err := netip.ParseAddr(a)
	if err != nil {
		return false
	}
	y, err := netip.ParseAddr(b)
	return err == nil && x.Unmap() == y.Unmap().WithZone("")
}

var yes, no = true, false

// flag returns a shared pointer: rows hold many booleans, and none is ever written through.
func flag(b bool) *bool {
	if b {
		return &yes
	}
	return &no
}

// failure returns the failure verbatim, cut; a present but empty one stays visible as such.
func failure(s *string) string {
	if s == nil {
		return ""
	}
	if *s == "" {
		return "unknown_failure: empty"
	}
	return cut(*s)
}

// cut bounds a string and copies it when it is cut, so that a row never holds on to a huge one.
func cut(s string) string {
	if len(s) <= maxValue {
		return s
	}
	return strings.ToValidUTF8(strings.Clone(s[:maxValue]), "") + "…"
}

func asn(n int64) uint32 {
	if n < 0 || n > 1<<32-1 {
		return 0
	}
	return uint32(n)
}

// startTime returns when the measurement began; the zero year where nobody knows.
func startTime(m *ooni.Measurement) time.Time {
	t, ok := m.Start()
	if !ok || t.Year() < 1 || t.Year() > 9999 {
		return time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC)
	}
	return t
}

// depth reads the tag "depth=N"; -1 where there is none.
func depth(tags []string) int32 {
	for _, t := range tags {
		if v, ok := strings.CutPrefix(t, "depth="); ok {
			if n, err := strconv.Atoi(v); err == nil && n >= 0 && n < 100 {
				return int32(n)
			}
		}
	}
	return -1
}

// fetchBody reads the tag "fetch_body=…"; nil where there is none.
func fetchBody(tags []string) *bool {
	for _, t := range tags {
		switch t {
		case "fetch_body=true":
			return flag(true)
		case "fetch_body=false":
			return flag(false)
		}
	}
	return nil
}

// splitAddress splits "ip:port"; both are zero when it is neither.
func splitAddress(s string) (ip string, port int64) {
	ap, err := netip.ParseAddrPort(s)
	if err != nil {
		return "", 0
	}
	return ap.Addr().Unmap().WithZone("").String(), int64(ap.Port())
}
