package ooni

import "strconv"

// Part is one group of shared blocks: the measurement's own, or one of those that some nettests
// nest by endpoint.
type Part struct {
	Name           string // "" for the measurement's own; else "tor:<target>", "dnscheck:<resolver>"
	Queries        []Query
	TCPConnect     []TCPConnect
	TLSHandshakes  []TLSHandshake
	QUICHandshakes []TLSHandshake
	Requests       []Request
	NetworkEvents  []NetworkEvent
}

// nest is the shape of a nested group.
type nest struct {
	Queries        []Query        `json:"queries"`
	TCPConnect     []TCPConnect   `json:"tcp_connect"`
	TLSHandshakes  []TLSHandshake `json:"tls_handshakes"`
	QUICHandshakes []TLSHandshake `json:"quic_handshakes"`
	Requests       []Request      `json:"requests"`
	NetworkEvents  []NetworkEvent `json:"network_events"`
}

// maxParts bounds what a forged measurement can nest.
const maxParts = 512

// Parts returns the groups of shared blocks, the measurement's own first, then the nested ones in
// the order published. Nested groups that do not decode are left out.
func (k *TestKeys) Parts() []Part {
	parts := []Part{{"", k.Queries, k.TCPConnect, k.TLSHandshakes, k.QUICHandshakes, k.Requests, k.NetworkEvents}}
	add := func(name string, b []byte) bool {
		if kind(b) == '{' {
			var n nest
			if err := config.UnmarshalFromString(string(b), &n); err == nil || isMismatch(err) {
				parts = append(parts, Part{name, n.Queries, n.TCPConnect, n.TLSHandshakes, n.QUICHandshakes, n.Requests, n.NetworkEvents})
			}
		}
		return len(parts) < maxParts
	}
	i := 0
	each(k.Targets, func(key, v []byte) bool {
		name := str2(key)
		if key == nil {
			name = strconv.Itoa(i)
		}
		i++
		return add("tor:"+name, v)
	})
	add("dnscheck:bootstrap", k.Bootstrap)
	each(k.Lookups, func(key, v []byte) bool { return add("dnscheck:"+str2(key), v) })
	return parts
}
