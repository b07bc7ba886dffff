package verdict

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"veedor/internal/measure/obs"
)

// nettest judges the tests that fetch no page with a helper's view beside it.
func (j *judgement) nettest(row Row) Row {
	switch row.TestName {
	case "whatsapp", "telegram", "signal", "facebook_messenger", "tor", "riseupvpn", "dnscheck", "urlgetter", "echcheck":
		return j.service(row)
	case "psiphon", "vanilla_tor", "torsf", "openvpn", "stunreachability", "browser_web":
		return j.tool(row)
	case "ndt", "dash":
		return j.speed(row)
	case "http_invalid_request_line", "http_header_field_manipulation":
		return j.middlebox(row)
	}
	return verdictOf(row, "test_not_judged")
}

// A part of a service is a group of endpoints that stand for one another: one that answers is enough
// (any_of). A service needs all its parts (all_of).
type partState struct {
	name         string
	tried, works int
	deepest      Layer
	blocked      *fired
	down         *fired
}

var (
	whatsappChat = regexp.MustCompile(`^e\d+\.whatsapp\.net$`)
	torTarget    = regexp.MustCompile(`^tor:([a-z0-9_]+):`)
)

// partOf names the part of a service that an endpoint belongs to.
func partOf(o *obs.Observation) string {
	switch o.TestName {
	case "whatsapp":
		if whatsappChat.MatchString(o.Hostname) {
			return "chat"
		}
	case "telegram":
		if o.Hostname == "" || o.Hostname == o.IP {
			return "data centres"
		}
	case "tor":
		if m := torTarget.FindStringSubmatch(o.TargetID); m != nil {
			if m[1] == "obfs4" {
				return "bridges"
			}
			if strings.HasPrefix(m[1], "or_port_dirauth") || m[1] == "dir_port" {
				return "directory authorities"
			}
			return "relays"
		}
	case "riseupvpn":
		if o.Hostname == "" || o.Hostname == o.IP {
			return "gateways"
		}
	case "dnscheck":
		return "resolver"
	case "echcheck":
		switch o.TLSECHConfig {
		case "":
		case "GREASE":
			return "hello with a dummy in it"
		default:
			return "encrypted hello"
		}
	}
	return o.Hostname
}

// enough returns the share of a part's endpoints that must answer; 0: one will do.
func enough(part string) float64 {
	if part == "directory authorities" { // clients need a majority's consensus
		return 0.5
	}
	return 0
}

// depthOf orders layers by how much an answer there says.
func depthOf(l Layer) int { return slices.Index([]Layer{DNS, TCP, TLS, QUIC, HTTP}, l) }

// service judges whether all parts of a service could be reached.
func (j *judgement) service(row Row) Row {
	parts := j.parts()
	if len(parts) == 0 {
		if row.TestName == "dnscheck" || row.TestName == "urlgetter" || row.TestName == "echcheck" {
			return j.tool(row)
		}
		return verdictOf(row, "nothing_observed")
	}
	row.Interference = j.interference()
	var blocked, down, unclear []string
	var ruleOf *fired
	for i := range parts {
		p := &parts[i]
		switch {
		case p.works > 0 && float64(p.works) >= enough(p.name)*float64(p.tried):
		case p.blocked != nil:
			blocked = append(blocked, p.name)
			if ruleOf == nil || weight(p.blocked.rule) > weight(ruleOf.rule) {
				ruleOf = p.blocked
			}
		case p.down != nil:
			down = append(down, p.name)
		default:
			unclear = append(unclear, p.name)
		}
	}
	said := func(row Row, broken []string) Row {
		row.Subjects, row.Facts = []string{row.Target}, []string{factParts.Say(count(len(broken)), count(len(parts)), strings.Join(broken, ", "))}
		return row
	}
	switch {
	case len(blocked) > 0:
		row.Interference = nil
		row = said(verdictOf(row, "service_part_blocked"), blocked)
		j.restsOn(&row)
		return row
	case len(unclear) > 0:
		return said(verdictOf(row, "service_part_failed"), unclear)
	case len(down) > 0:
		row = said(verdictOf(row, "service_part_down"), down)
		j.restsOn(&row)
		row.Label = LabelNoSign
		return row
	}
	return verdictOf(row, "service_reachable")
}

// parts gathers what was tried into the service's parts.
func (j *judgement) parts() []partState {
	var out []partState
	at := func(name string) *partState {
		for i := range out {
			if out[i].name == name {
				return &out[i]
			}
		}
		out = append(out, partState{name: name})
		return &out[len(out)-1]
	}
	for i := range j.fired {
		f := &j.fired[i]
		s := f.step
		if s.layer == Throttling || s.layer == DNS && s.answered && f.rule.Outcome != Blocked || sentinel(s.host) {
			continue
		}
		name := s.part
		if s.layer == DNS {
			name = s.lookupPart
		}
		p := at(name)
		switch {
		case f.rule.Evidence == Discarded && s.brokenIPv6: // the other family decides
			continue
		case f.rule.Outcome == Blocked:
			if p.blocked == nil || weight(f.rule) > weight(p.blocked.rule) {
				p.blocked = f
			}
		case f.rule.Outcome == Down:
			p.down = f
		}
		if d := depthOf(s.layer); p.tried == 0 || d > depthOf(p.deepest) {
			p.deepest, p.tried, p.works = s.layer, 0, 0
		} else if d < depthOf(p.deepest) {
			continue
		}
		p.tried++
		if s.kind == obs.Success && f.rule.Outcome != Blocked && !s.partFailed {
			p.works++
		}
	}
	return slices.DeleteFunc(out, func(p partState) bool { return p.tried == 0 && p.blocked == nil && p.down == nil })
}

// tool judges tests that report only whether a tool connected: by whether it does for others, here
// and elsewhere. One failure never accuses: the same must have failed for enough others here.
func (j *judgement) tool(row Row) Row {
	worked, known := j.toolWorked()
	if !known {
		return verdictOf(row, "nothing_observed")
	}
	if worked {
		return verdictOf(row, "tool_connected")
	}
	e := j.sc.ask(AboutTest, row.TestName+" "+row.Target, "", 0)
	j.sc.othersAsked, j.sc.hereAsked = e.outcome != ctrlNone, e.before
	row.Controls = j.controls()
	said := func(id string) Row {
		row := verdictOf(row, id)
		row.Facts[0] = j.first.ProbeFailure
		if e.text != "" {
			row.Facts[0] += "; " + e.text + "; " + factFailedHere.Say(count(e.account.Broken.Voters), count(e.account.Here.Voters))
		}
		return row
	}
	a := e.account
	switch {
	case e.outcome == ctrlOK && e.hereToo && (a.Failed.Voters < j.sc.controls.Enough() || a.OK.Voters >= 9*a.Failed.Voters):
		return said("tool_fails_only_here")
	case e.outcome == ctrlOK:
		return said("tool_failed_others_ok")
	case e.outcome == ctrlFailed:
		return said("tool_failed_others_too")
	}
	return said("tool_failed")
}

// toolWorked says how the test ended, as far as it reports that.
func (j *judgement) toolWorked() (worked, known bool) { return Worked(j.first, len(j.fired) > 0) }

// Worked says whether a test that reports only its own success did; known is false where it does not
// tell. seen says whether the measurement holds anything beside that report.
func Worked(o *obs.Observation, seen bool) (worked, known bool) {
	switch {
	case o.ProbeSuccess != nil:
		return *o.ProbeSuccess, true
	case o.ProbeFailure != "":
		return false, true
	case o.TestName == "psiphon" || o.TestName == "stunreachability" || o.TestName == "dnscheck" || o.TestName == "urlgetter":
		return seen, seen // they report a failure or nothing
	}
	return false, false
}

func (j *judgement) speed(row Row) Row {
	switch {
	case j.first.ProbeFailure != "":
		row = verdictOf(row, "speed_failed")
		row.Facts[0] = j.first.ProbeFailure
		return row
	case j.first.SpeedKbps != nil:
		row = verdictOf(row, "speed_measured")
		row.Facts[0] = factSpeed.Say(fixed(*j.first.SpeedKbps, 0))
		return row
	}
	return verdictOf(row, "nothing_observed")
}

// middlebox judges the tests that compare what was sent with what arrived.
func (j *judgement) middlebox(row Row) Row {
	for i := range j.sc.rows {
		o := &j.sc.rows[i]
		switch {
		case o.HTTPSuccess != nil && !*o.HTTPSuccess: // nothing came back that could have been altered
			row = verdictOf(row, "middlebox_failed")
			row.Facts[0] = o.HTTPFailure
			return row
		case o.HIRLSuccess != nil && !slices.ContainsFunc(o.HIRLReceived, func(r string) bool { return r != "" }):
			row = verdictOf(row, "middlebox_failed")
			row.Facts[0] = factNoEcho.Say(count(len(o.HIRLSent)))
			return row
		case o.HIRLSuccess != nil:
			return middleboxRow(row, o.HIRLFailure, echoed(o.HIRLSent, o.HIRLReceived), hirlFacts(o))
		case o.HFMSuccess != nil:
			altered, ok := headersAltered(o.HFMDiff)
			if !ok && o.HFMFailure == "" {
				return verdictOf(row, "nothing_observed")
			}
			return middleboxRow(row, o.HFMFailure, !altered, o.HFMDiff)
		}
	}
	return verdictOf(row, "nothing_observed")
}

func middleboxRow(row Row, failure string, same bool, facts string) Row {
	id := "middlebox_none"
	switch {
	case failure != "" && same:
		id, facts = "middlebox_failed", failure
	case !same:
		id = "middlebox_altered"
		row.Interference = []string{id}
	}
	row = verdictOf(row, id)
	row.Facts[0] = facts
	return row
}

// echoed says whether what came back is what was sent. What never came back is a failure of the
// helper's, not an alteration.
func echoed(sent, received []string) bool {
	for i, r := range received {
		if i < len(sent) && r != "" && r != sent[i] {
			return false
		}
	}
	return true
}

// quoted writes the beginning of a line so that every byte of it shows.
func quoted(line string) string { return fmt.Sprintf("%.80q", line) }

func hirlFacts(o *obs.Observation) string {
	for i, r := range o.HIRLReceived {
		if i < len(o.HIRLSent) && r != "" && r != o.HIRLSent[i] {
			return factChanged.Say(quoted(o.HIRLSent[i]), quoted(r))
		}
	}
	return factEcho.Say(count(len(o.HIRLReceived)))
}

// headersAltered reads the test's own comparison of headers; ok is false where there is none.
func headersAltered(diff string) (altered, ok bool) {
	var t struct {
		Name           bool     `json:"header_field_name"`
		Number         bool     `json:"header_field_number"`
		Value          bool     `json:"header_field_value"`
		Capitalization bool     `json:"header_name_capitalization"`
		RequestLine    bool     `json:"request_line_capitalization"`
		Total          bool     `json:"total"`
		Diff           []string `json:"header_name_diff"`
	}
	if json.Unmarshal([]byte(diff), &t) != nil {
		return false, false
	}
	return t.Name || t.Number || t.Value || t.Capitalization || t.RequestLine || t.Total || len(t.Diff) > 0, true
}

// defective says that a version of the software is known to fail at a test since a date, whatever
// the network: Signal replaced the authorities that old versions trust.
func defective(o *obs.Observation) bool {
	if o.TestName != "signal" {
		return false
	}
	day := func(y int, m time.Month, d int) bool {
		return !o.StartTime.Before(time.Date(y, m, d, 0, 0, 0, 0, time.UTC))
	}
	v := version(o.TestVersion)
	return slices.Compare(v, []int{0, 2, 4}) == 0 ||
		slices.Compare(v, []int{0, 2, 3}) <= 0 && day(2023, time.November, 7) ||
		slices.Compare(v, []int{0, 2, 2}) < 0 && day(2022, time.October, 19) ||
		o.EngineName == "ooniprobe-engine" && slices.Compare(version(o.EngineVersion), []int{3, 17, 2}) < 0 && day(2023, time.May, 2)
}

// version splits "3.17.2-alpha" into its numbers.
func version(s string) []int {
	var out []int
	s, _, _ = strings.Cut(s, "-")
	for _, p := range strings.Split(s, ".") {
		n, err := strconv.Atoi(p)
		if err != nil {
			break
		}
		out = append(out, n)
	}
	return out
}

// anythingFailed says whether a handshake was refused for its certificate: what a defect of that kind looks like.
func (j *judgement) anythingFailed() bool {
	for i := range j.sc.rows {
		if o := &j.sc.rows[i]; obs.Classify(o.TLSFailure).Certificate() || obs.Classify(o.HTTPFailure).Certificate() {
			return true
		}
	}
	return false
}
