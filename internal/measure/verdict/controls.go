package verdict

import (
	"cmp"
	"strconv"
	"time"

	"veedor/internal/measure/obs"
)

// Controls answers what other devices saw before a given time. What it is asked about one
// measurement never depends on that measurement, nor on anything later. Room control has the one
// that Veedor uses.
type Controls interface {
	Look(Question) Account
	// Enough is how many distinct probes or sessions must agree before they count.
	Enough() int
}

// Question asks how something went for others.
type Question struct {
	About    About
	Host, IP string
	Port     int32 // of an endpoint; the AS number for AboutNetwork and AboutSpeed

	// who asks, and when: their own votes and later ones do not count
	At       time.Time
	ASN      uint32
	CC       string
	Voter    string
	Software string
}

// About is what a question is about; which of Host, IP and Port it needs.
type About uint8

const (
	AboutName      About = iota // is Host looked up? (Host)
	AboutAddress                // is a valid handshake for Host completed at IP? (Host, IP)
	AboutNetwork                // the same, anywhere in a network (Host, Port = AS number)
	AboutEndpoint               // is a connection made? (IP, Port)
	AboutHandshake              // is the handshake naming Host completed, wherever? (Host)
	AboutQUIC                   // the same over QUIC (Host)
	AboutPage                   // does the page of Host arrive? (Host)
	AboutTest                   // does the test of this name and target succeed? (Host = "test target")
	AboutSpeed                  // how fast do bytes come? (Host "" for a whole network, else of that site)
)

// Account is how it went.
type Account struct {
	OK     Tally // elsewhere: in other networks
	Failed Tally // elsewhere: in other countries, since neighbours may share a filter
	Here   Tally // it worked in the asker's own network
	Broken Tally // it failed in the asker's own network
	// HereLately is how many of Here it worked for lately.
	HereLately int
	// Anywhere is how many distinct voters it worked for, wherever they were.
	Anywhere int
	// Recent is true when the latest of those elsewhere mostly succeeded.
	Recent bool
	// Defect is true when it fails for the asker's software in many networks, and for no other
	// software in any.
	Defect bool
	// Median of what was measured, kbit/s, by others elsewhere and here; 0 where too few did.
	SpeedElsewhere, SpeedHere float64
	Witness                   string // UID of the latest measurement elsewhere that succeeded
}

// Tally counts distinct voters, and the networks and countries they were in.
type Tally struct{ Voters, Networks, Countries int }

// Voter names who stands behind an observation: a probe where it has a credential, else a session
// (one report), else whoever measured in that network.
func Voter(o *obs.Observation) string {
	return cmp.Or(o.ProbeID, o.ReportID, "AS"+strconv.FormatUint(uint64(o.ProbeASN), 10))
}

// Software names what made an observation, for finding its defects.
func Software(o *obs.Observation) string {
	return o.SoftwareName + " " + o.SoftwareVersion + " " + o.Platform
}

// elsewhere says how a step went for others, and in words.
type elsewhere struct {
	outcome control
	before  bool // it worked in this network before
	hereToo bool // it fails for enough others in this network and works for none
	hereOK  bool // it works for enough others in this network, and fails for few if any
	vouched bool // enough succeeded, wherever
	defect  bool
	account Account
	text    string
}

// ask puts a question to what others saw; each only once.
func (sc *scene) ask(about About, host, ip string, port int32) elsewhere {
	if sc.controls == nil {
		return elsewhere{}
	}
	q := Question{About: about, Host: host, IP: ip, Port: port, At: sc.rows[0].StartTime, ASN: sc.rows[0].ProbeASN, CC: sc.rows[0].ProbeCC,
		Voter: Voter(&sc.rows[0]), Software: Software(&sc.rows[0])}
	if e, ok := sc.asked[q]; ok {
		return e
	}
	a := sc.controls.Look(q)
	e := weigh(a, sc.controls.Enough())
	if sc.asked == nil {
		sc.asked = map[Question]elsewhere{}
	}
	sc.asked[q] = e
	return e
}

// weigh turns counts into an outcome. Agreement is asked for, not a majority: where others differ
// among themselves they are no control. Fewer than k who contradict the rest are not heard, or one
// liar could undo what many saw.
func weigh(a Account, k int) elsewhere {
	e := elsewhere{account: a, defect: a.Defect, before: a.Here.Voters >= k}
	e.vouched = a.Anywhere >= k
	// The asker is one of those who failed.
	e.hereToo = a.Broken.Voters+1 >= k && a.HereLately < k
	e.hereOK = e.before && a.Broken.Voters+1 < k
	worked, failed := a.OK.Voters, a.Failed.Voters
	if worked < k {
		worked = 0
	}
	if failed < k {
		failed = 0
	}
	switch {
	case worked > 0 && worked >= 2*failed && a.Recent:
		e.outcome = ctrlOK
		e.text = factWorked.Say(count(a.OK.Voters), count(a.OK.Networks), a.Witness)
	case failed > 0 && a.Failed.Countries >= 2 && 9*worked <= failed:
		e.outcome = ctrlFailed
		e.text = factFailedToo.Say(count(a.Failed.Voters), count(a.Failed.Countries), count(a.OK.Voters))
	case a.OK.Voters+a.Failed.Voters > 0:
		e.text = factUndecided.Say(count(a.OK.Voters), count(a.Failed.Voters))
	}
	if e.before {
		if e.text != "" {
			e.text += "; "
		}
		e.text += factBefore.Say(count(a.Here.Voters))
	}
	return e
}

// compare adds to a step what others saw of it.
func (sc *scene) compare(s *step, about About, host, ip string, port int32) {
	if s.kind == obs.Success && s.layer != DNS {
		return // what worked needs no control
	}
	e := sc.ask(about, host, ip, port)
	s.others, s.before, s.hereToo, s.hereOK, s.defect, s.said = e.outcome, e.before, e.hereToo, e.hereOK, e.defect, e.text
	if page := sc.ask(AboutPage, s.host, "", 0); about != AboutPage && page.account.Here.Voters > 0 {
		// Addresses rotate; whether the page arrives here is the better memory.
		s.before, s.hereOK = s.before || page.before, s.hereOK || page.hereOK
		s.hereToo = s.hereToo && page.account.HereLately < sc.controls.Enough()
	}
}
