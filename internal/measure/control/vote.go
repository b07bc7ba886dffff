// Package control gathers what many devices saw into answers to one question: how did the same go
// for others, shortly before? It is pure: no file, socket or clock. Nobody's word counts more than
// once, and nothing counts until enough distinct probes or sessions agree.
package control

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"slices"
	"strconv"
	"time"

	"veedor/internal/measure/obs"
	"veedor/internal/measure/verdict"
)

// Vote is one device's word on one thing: it worked, or it failed. It is one row of the votes table.
type Vote struct {
	Key      uint64  `parquet:"key"`      // of what it is about; see key
	Time     int64   `parquet:"time"`     // Unix seconds
	Voter    uint64  `parquet:"voter"`    // hash of verdict.Voter
	ASN      uint32  `parquet:"asn,dict"` // where
	CC       string  `parquet:"cc,dict"`
	OK       bool    `parquet:"ok"`
	Software string  `parquet:"software,dict"`
	Kbps     float32 `parquet:"kbps"`                 // 0 where nothing was timed
	UID      string  `parquet:"measurement_uid,dict"` // the measurement behind it
}

// key names what a vote is about, in 64 bits of SHA-256: nobody can make two things share a key by
// choosing names, short of 2^64 tries.
func key(about verdict.About, host, ip string, port int32) uint64 {
	var b [256]byte
	s := append(b[:0], byte(about))
	s = append(s, host...)
	s = append(s, 0)
	s = append(s, ip...)
	s = append(s, 0)
	s = strconv.AppendInt(s, int64(port), 10)
	sum := sha256.Sum256(s)
	return binary.LittleEndian.Uint64(sum[:])
}

func hashed(s string) uint64 {
	sum := sha256.Sum256([]byte(s))
	return binary.LittleEndian.Uint64(sum[:])
}

// maxVotes bounds what one measurement may say.
const maxVotes = 256

// Votes appends what a measurement, given by all its observations, says about the things it tried. A
// measurement whose clock or place cannot be right says nothing.
func Votes(dst []Vote, rows []obs.Observation) []Vote {
	first := &rows[0]
	if verdict.Invalid(first) != "" {
		return dst
	}
	v := ballot{dst: dst, from: len(dst), base: Vote{Time: first.StartTime.Unix(), Voter: hashed(verdict.Voter(first)), ASN: first.ProbeASN, CC: first.ProbeCC,
		Software: verdict.Software(first), UID: first.MeasurementUID}}
	page, asked := false, ""
	if first.Input != "" {
		asked = obs.Host(first.Input)
	}
	fastest := 0.0
	for i := range rows {
		o := &rows[i]
		if o.Vantage == obs.Control {
			if o.TLSSuccess != nil && *o.TLSSuccess && o.TLSServerName != "" {
				v.found(o.TLSServerName, o)
			}
			continue
		}
		v.row(o)
		page = page || o.HTTPFinal && o.HTTPSuccess != nil && *o.HTTPSuccess
		if o.HTTPSuccess != nil && *o.HTTPSuccess && o.TransferTime != nil && o.TransferBytes >= 8<<10 {
			kbps := float64(o.TransferBytes) * 8 / 1000 / max(*o.TransferTime, 0.001)
			fastest = max(fastest, kbps)
			v.speed(o.Hostname, kbps)
		}
		if o.SpeedKbps != nil {
			fastest = max(fastest, *o.SpeedKbps)
		}
	}
	if fastest > 0 {
		v.speed("", fastest)
	}
	if asked != "" && first.TestName == "web_connectivity" {
		v.say(verdict.AboutPage, asked, "", 0, page)
	}
	if worked, known := verdict.Worked(first, len(rows) > 1); known {
		v.say(verdict.AboutTest, first.TestName+" "+verdict.Target(first), "", 0, worked)
	}
	return v.dst
}

// ballot gathers one measurement's votes, each once; what worked once worked.
type ballot struct {
	dst  []Vote
	from int
	base Vote
}

func (b *ballot) say(about verdict.About, host, ip string, port int32, ok bool) {
	k := key(about, host, ip, port)
	for i := b.from; i < len(b.dst); i++ {
		if b.dst[i].Key == k {
			b.dst[i].OK = b.dst[i].OK || ok
			return
		}
	}
	if len(b.dst)-b.from >= maxVotes {
		return
	}
	v := b.base
	v.Key, v.OK = k, ok
	b.dst = append(b.dst, v)
}

func (b *ballot) speed(host string, kbps float64) {
	b.say(verdict.AboutSpeed, host, "", 0, true)
	k := key(verdict.AboutSpeed, host, "", 0)
	if i := slices.IndexFunc(b.dst[b.from:], func(v Vote) bool { return v.Key == k }); i >= 0 {
		v := &b.dst[b.from+i]
		v.Kbps = max(v.Kbps, float32(kbps))
	}
}

// found says that a name was found at an address, and in a network.
func (b *ballot) found(name string, o *obs.Observation) {
	if o.IP == "" {
		return
	}
	b.say(verdict.AboutAddress, name, o.IP, 0, true)
	if o.IPASN != 0 {
		b.say(verdict.AboutNetwork, name, "", int32(o.IPASN), true)
	}
}

// row says what one observation shows. The device's own trouble is nobody's.
func (b *ballot) row(o *obs.Observation) {
	if o.DNSSuccess != nil && obs.System(o.DNSEngine) && o.Hostname != "" {
		switch k := obs.Classify(o.DNSFailure); {
		case k == obs.Success && o.IP != "" && (o.IPIsBogon == nil || !*o.IPIsBogon):
			b.say(verdict.AboutName, o.Hostname, "", 0, true)
		case k != obs.Success && k != obs.Local && k != obs.Unreachable && o.DNSQueryType != "AAAA":
			b.say(verdict.AboutName, o.Hostname, "", 0, false)
		}
	}
	if o.TCPSuccess != nil && o.IP != "" {
		if k := obs.Classify(o.TCPFailure); k != obs.Local && k != obs.Unreachable {
			b.say(verdict.AboutEndpoint, "", o.IP, o.Port, *o.TCPSuccess)
		}
	}
	if o.TLSSuccess != nil && o.TLSServerName != "" && o.TLSECHConfig == "" && obs.Classify(o.TLSFailure) != obs.Local {
		valid := *o.TLSSuccess && o.TLSIsCertificateValid != nil && *o.TLSIsCertificateValid
		if valid || !*o.TLSSuccess {
			b.say(verdict.AboutHandshake, o.TLSServerName, "", 0, valid)
		}
		if valid {
			b.found(o.TLSServerName, o)
		}
	}
	if o.HTTPSuccess != nil && obs.Classify(o.HTTPFailure) != obs.Local && (o.TCPSuccess == nil || *o.TCPSuccess) && (o.TLSSuccess == nil || *o.TLSSuccess) {
		if name := cmp.Or(o.Hostname, o.IP); name != "" {
			b.say(verdict.AboutPage, name, "", 0, *o.HTTPSuccess)
		}
	}
	if o.QUICSuccess != nil && o.QUICServerName != "" && obs.Classify(o.QUICFailure) != obs.Local {
		b.say(verdict.AboutQUIC, o.QUICServerName, "", 0, *o.QUICSuccess)
	}
}

// Windows: how far back votes count.
const (
	Window   = 14 * 24 * time.Hour // for where a site was found, and for this network's history
	recently = 48 * time.Hour      // for whether something works
)
