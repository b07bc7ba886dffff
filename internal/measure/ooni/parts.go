package ooni

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
)

// Part is one group of shared blocks: the measurement's own, or one of those that some nettests
// nest by endpoint.
type Part struct {
	// Name is "" for the measurement's own blocks; else where they come from: "tor:<protocol>:<target>",
	// "dnscheck:<resolver>", "dnscheck:bootstrap", "sni_blocking:control", "sni_blocking:target",
	// "ping:<number>", "tlsmiddlebox:control:<address>", "tlsmiddlebox:target:<address>". The
	// handshakes of tlsmiddlebox are sent with a low TTL and fail on purpose.
	Name           string
	Failure        *string // of a tor target as a whole: what its own protocol said
	Queries        []Query
	TCPConnect     []TCPConnect
	TLSHandshakes  []TLSHandshake
	QUICHandshakes []TLSHandshake
	Requests       []Request
	NetworkEvents  []NetworkEvent
}

// nest is the shape of a nested group. The pings of tcpping, tlsping and simplequicping hold one of
// each instead of lists.
type nest struct {
	Failure        *string        `json:"failure"`
	Queries        []Query        `json:"queries"`
	TCPConnect     []TCPConnect   `json:"tcp_connect"`
	TLSHandshakes  []TLSHandshake `json:"tls_handshakes"`
	QUICHandshakes []TLSHandshake `json:"quic_handshakes"`
	Requests       []Request      `json:"requests"`
	NetworkEvents  []NetworkEvent `json:"network_events"`
}

type ping struct {
	Query         *Query         `json:"query"`
	TCPConnect    *TCPConnect    `json:"tcp_connect"`
	TLSHandshake  *TLSHandshake  `json:"tls_handshake"`
	QUICHandshake *TLSHandshake  `json:"quic_handshake"`
	NetworkEvents []NetworkEvent `json:"network_events"`
}

// middleboxTrace is tlsmiddlebox's handshakes with one server name, one for each TTL.
type middleboxTrace struct {
	Iterations []struct {
		Handshake *TLSHandshake `json:"handshake"`
	} `json:"iterations"`
}

// maxParts bounds what a forged measurement can nest.
const maxParts = 512

// Parts returns the groups of shared blocks: the measurement's own first, then the nested ones in
// the order published.
func (k *TestKeys) Parts() []Part {
	own := Part{Queries: k.Queries, TCPConnect: k.TCPConnect, TLSHandshakes: k.TLSHandshakes, QUICHandshakes: k.QUICHandshakes,
		Requests: k.Requests, NetworkEvents: k.NetworkEvents}
	return append([]Part{own}, k.nested...)
}

// nest decodes the nested groups of the nettests that have any.
func (m *Measurement) nest() {
	k := m.TestKeys
	for i, v := range members(k.Targets) {
		var kind struct {
			Protocol string `json:"target_protocol"`
		}
		_, _ = unmarshal(v, &kind) // what is wrong with it is said by addNest
		m.addNest("tor:"+cmp.Or(kind.Protocol, "or_port")+":"+i, "test_keys.targets."+i, v)
	}
	m.addNest("dnscheck:bootstrap", "test_keys.bootstrap", k.Bootstrap)
	for i, v := range members(k.Lookups) {
		m.addNest("dnscheck:"+i, "test_keys.lookups."+i, v)
	}
	m.addNest("sni_blocking:target", "test_keys.target", k.Target)
	for i, v := range members(k.Pings) {
		m.addPing(i, v)
	}
	for i, v := range members(k.IterativeTrace) {
		m.addTraces(i, v)
	}
}

// members yields the members of an object by name, or the elements of a list by number.
func members(b []byte) func(func(string, []byte) bool) {
	return func(yield func(string, []byte) bool) {
		i := 0
		each(b, func(key, v []byte) bool {
			name := strconv.Itoa(i)
			if key != nil {
				name = keyText(key)
			}
			i++
			return i <= maxParts && yield(name, v)
		})
	}
}

func (m *Measurement) addNest(name, path string, b []byte) {
	var n nest
	if !m.decodeNested(path, b, &n) {
		return
	}
	if len(n.Queries)+len(n.TCPConnect)+len(n.TLSHandshakes)+len(n.QUICHandshakes)+len(n.Requests)+len(n.NetworkEvents) > 0 {
		m.settleBlocks(path, n.Requests, n.TLSHandshakes)
		m.addPart(Part{name, n.Failure, n.Queries, n.TCPConnect, n.TLSHandshakes, n.QUICHandshakes, n.Requests, n.NetworkEvents})
	}
}

func (m *Measurement) addPing(name string, b []byte) {
	var n ping
	if !m.decodeNested("test_keys.pings."+name, b, &n) {
		return
	}
	m.addPart(Part{Name: "ping:" + name, Queries: one(n.Query), TCPConnect: one(n.TCPConnect), TLSHandshakes: one(n.TLSHandshake),
		QUICHandshakes: one(n.QUICHandshake), NetworkEvents: n.NetworkEvents})
}

func (m *Measurement) addTraces(name string, b []byte) {
	var n struct {
		Address string          `json:"address"`
		Control *middleboxTrace `json:"control_trace"`
		Target  *middleboxTrace `json:"target_trace"`
	}
	if !m.decodeNested("test_keys.iterative_trace."+name, b, &n) {
		return
	}
	add := func(kind string, trace *middleboxTrace) {
		p := Part{Name: "tlsmiddlebox:" + kind + ":" + n.Address}
		if trace != nil {
			for i := range trace.Iterations {
				p.TLSHandshakes = append(p.TLSHandshakes, one(trace.Iterations[i].Handshake)...)
			}
			m.addPart(p)
		}
	}
	add("control", n.Control)
	add("target", n.Target)
}

func (m *Measurement) addPart(p Part) {
	if k := m.TestKeys; len(k.nested) < maxParts {
		k.nested = append(k.nested, p)
	}
}

// decodeNested decodes b into v when it is an object, and names what was wrong with it.
func (m *Measurement) decodeNested(path string, b []byte, v any) bool {
	switch kind(b) {
	case '{':
	case 0, 'n', '"': // sni_blocking and others use "target" for a name
		return false
	default:
		m.defect("%s: want object", path)
		return false
	}
	defects, err := unmarshal(b, v)
	if err != nil {
		m.defect("%s: %s", path, err)
		return false
	}
	for _, d := range defects {
		m.defect("%s.%s", path, d)
	}
	return true
}

func one[T any](p *T) []T {
	if p == nil {
		return nil
	}
	return []T{*p}
}

// settleControl reads test_keys.control of sni_blocking, which is no test helper's view but a group
// of blocks like the target's.
func (m *Measurement) settleControl(line []byte) {
	const path = "test_keys.control"
	m.TestKeys.Control = nil
	m.Defects = slices.DeleteFunc(m.Defects, func(d string) bool { return strings.HasPrefix(d, path) })
	m.addNest("sni_blocking:control", path, member(member(line, "test_keys"), "control"))
}

// member returns the last member of an object called name, nil for none.
func member(b []byte, name string) (found []byte) {
	each(b, func(k, v []byte) bool {
		if keyText(k) == name {
			found = v
		}
		return true
	})
	return found
}
