package control_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"veedor/internal/measure/control"
	"veedor/internal/measure/obs"
	"veedor/internal/measure/verdict"
)

var noon = time.Date(2026, 5, 10, 12, 0, 0, 0, time.UTC)

// seen is one handshake for the name at the address, by a session in a network.
func seen(session, cc string, asn uint32, before time.Duration, failure string) []obs.Observation {
	ok := failure == ""
	return []obs.Observation{{MeasurementUID: fmt.Sprintf("%s %d %s", session, asn, before), StartTime: noon.Add(-before), ReportID: session, ProbeCC: cc, ProbeASN: asn,
		TestName: "web_connectivity", SoftwareName: "probe", SoftwareVersion: "1", Vantage: obs.Probe, Hostname: "news.example", IP: "192.0.2.1", Port: 443,
		TLSServerName: "news.example", TLSSuccess: &ok, TLSFailure: failure, TLSIsCertificateValid: &ok}}
}

func table(k int, all ...[]obs.Observation) *control.Table {
	t := control.NewTable(k)
	for _, rows := range all {
		t.Add(control.Votes(nil, rows)...)
	}
	t.Seal()
	return t
}

func look(t *control.Table, about verdict.About) verdict.Account {
	ip := ""
	if about == verdict.AboutAddress {
		ip = "192.0.2.1"
	}
	return t.Look(verdict.Question{About: about, Host: "news.example", IP: ip, At: noon, ASN: 64496, CC: "XA", Voter: "me", Software: "probe 1 "})
}

func TestLook(t *testing.T) {
	hour := time.Hour
	tests := []struct {
		name  string
		votes [][]obs.Observation
		about verdict.About
		want  verdict.Account
	}{
		{"nobody", nil, verdict.AboutHandshake, verdict.Account{}},
		{"three sessions elsewhere", [][]obs.Observation{seen("a", "XB", 64500, hour, ""), seen("b", "XB", 64501, hour/2, ""), seen("c", "XC", 64504, 2*hour, "")}, verdict.AboutHandshake,
			verdict.Account{OK: verdict.Tally{Voters: 3, Networks: 3, Countries: 2}, Anywhere: 3, Recent: true, Witness: "b 64501 30m0s"}},
		{"one session counts once, however often and from wherever it speaks", [][]obs.Observation{seen("a", "XB", 64500, hour, ""), seen("a", "XB", 64500, 2*hour, ""), seen("a", "XC", 64504, 3*hour, "")}, verdict.AboutHandshake,
			verdict.Account{OK: verdict.Tally{Voters: 1, Networks: 1, Countries: 1}, Anywhere: 1, Recent: true, Witness: "a 64500 1h0m0s"}},
		{"what comes later says nothing", [][]obs.Observation{seen("a", "XB", 64500, -hour, ""), seen("b", "XB", 64500, 0, "")}, verdict.AboutHandshake, verdict.Account{}},
		{"nor does what one said oneself", [][]obs.Observation{seen("me", "XB", 64500, hour, "")}, verdict.AboutHandshake, verdict.Account{}},
		{"what is long past says nothing of whether it works", [][]obs.Observation{seen("a", "XB", 64500, 72*hour, "")}, verdict.AboutHandshake, verdict.Account{}},
		{"but of where the site was found", [][]obs.Observation{seen("a", "XB", 64500, 72*hour, "")}, verdict.AboutAddress,
			verdict.Account{OK: verdict.Tally{Voters: 1, Networks: 1, Countries: 1}, Anywhere: 1, Recent: true, Witness: "a 64500 72h0m0s"}},
		{"until two weeks have gone", [][]obs.Observation{seen("a", "XB", 64500, 15*24*hour, "")}, verdict.AboutAddress, verdict.Account{}},
		{"a failure in the same country is no witness", [][]obs.Observation{seen("a", "XA", 64497, hour, "connection_reset"), seen("b", "XB", 64500, hour, "connection_reset")}, verdict.AboutHandshake,
			verdict.Account{Failed: verdict.Tally{Voters: 1, Networks: 1, Countries: 1}}},
		{"one's own network is history", [][]obs.Observation{seen("a", "XA", 64496, 72*hour, ""), seen("b", "XA", 64496, hour, "connection_reset")}, verdict.AboutHandshake,
			verdict.Account{Here: verdict.Tally{Voters: 1, Networks: 1, Countries: 1}, Broken: verdict.Tally{Voters: 1, Networks: 1, Countries: 1}}},
		{"the latest word elsewhere", [][]obs.Observation{seen("a", "XB", 64500, 9*hour, ""), seen("b", "XB", 64500, 8*hour, ""), seen("c", "XC", 64504, 2*hour, "connection_reset"), seen("d", "XB", 64500, hour, "connection_reset")}, verdict.AboutHandshake,
			verdict.Account{OK: verdict.Tally{Voters: 2, Networks: 1, Countries: 1}, Failed: verdict.Tally{Voters: 2, Networks: 2, Countries: 2}, Anywhere: 2, Recent: false, Witness: "b 64500 8h0m0s"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if d := cmp.Diff(tt.want, look(table(3, tt.votes...), tt.about)); d != "" {
				t.Errorf("-want +got:\n%s", d)
			}
		})
	}
}

// TestDefect: what fails for one software in many networks and for no other is the software's.
func TestDefect(t *testing.T) {
	var votes [][]obs.Observation
	for i := range 6 {
		cc, asn := []string{"XA", "XB", "XC"}[i%3], uint32(64497+i)
		votes = append(votes, seen(fmt.Sprint("bad", i), cc, asn, time.Hour, "ssl_unknown_authority"))
		good := seen(fmt.Sprint("good", i), cc, asn, time.Hour, "")
		good[0].SoftwareVersion = "2"
		votes = append(votes, good)
	}
	if !look(table(3, votes...), verdict.AboutHandshake).Defect {
		t.Error("a fault of one version was not noticed")
	}
	for i := range votes {
		if i%2 == 1 {
			votes[i] = seen(fmt.Sprint("good", i), "XB", 64500, time.Hour, "connection_reset")
			votes[i][0].SoftwareVersion = "2"
		}
	}
	if look(table(3, votes...), verdict.AboutHandshake).Defect {
		t.Error("what fails for every version was called a fault of one")
	}
}

// TestOrder: the same votes in any order and any number of copies give the same answers.
func TestOrder(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	var votes [][]obs.Observation
	for i := range 6000 {
		failure := ""
		if r.IntN(3) == 0 {
			failure = "connection_reset"
		}
		votes = append(votes, seen(fmt.Sprint(r.IntN(5900), i%7), []string{"XA", "XB", "XC"}[r.IntN(3)], uint32(64496+r.IntN(16)), time.Duration(r.IntN(60*3600))*time.Second, failure))
	}
	want := look(table(3, votes...), verdict.AboutHandshake)
	r.Shuffle(len(votes), func(i, j int) { votes[i], votes[j] = votes[j], votes[i] })
	if d := cmp.Diff(want, look(table(3, append(votes, votes[:500]...)...), verdict.AboutHandshake)); d != "" {
		t.Errorf("-before +after:\n%s", d)
	}
	if want.OK.Voters < 100 || want.Failed.Voters < 100 {
		t.Errorf("%+v", want)
	}
}

// TestVotesBounded: an absurd measurement says little.
func TestVotesBounded(t *testing.T) {
	ok := true
	var rows []obs.Observation
	for i := range 5000 {
		rows = append(rows, obs.Observation{StartTime: noon, ProbeCC: "XA", ProbeASN: 64496, Vantage: obs.Probe, Hostname: fmt.Sprintf("n%d.example", i), DNSSuccess: &ok, IP: "192.0.2.1", TCPSuccess: &ok, Port: int32(i)})
	}
	if n := len(control.Votes(nil, rows)); n == 0 || n > 256 {
		t.Errorf("%d votes", n)
	}
	if n := len(control.Votes(nil, []obs.Observation{{StartTime: time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC), ProbeCC: "XA", ProbeASN: 1, DNSSuccess: &ok, Hostname: "a"}})); n != 0 {
		t.Error("a measurement from the year 9999 has a vote")
	}
}
