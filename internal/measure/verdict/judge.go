package verdict

import (
	"slices"
	"time"

	"veedor/internal/measure/obs"
	"veedor/internal/measure/refdata"
)

// layers in the order a connection goes through them.
var layers = [...]Layer{DNS, TCP, TLS, HTTP, QUIC, Throttling}

// maxFired bounds what a forged measurement can make us write down, per layer.
const maxFired = 256

// fired is a rule that fired, and on what.
type fired struct {
	rule *rule
	step *step
}

// decide returns the first rule of the step's layer whose condition holds; nil only for an unknown layer.
func decide(s *step) *rule {
	list := of[s.layer]
	for i := range list {
		if r := &list[i]; r.when(s) {
			return r
		}
	}
	return nil
}

// Judge appends the verdict rows of one measurement, given all its observations, to dst: the row
// for All first, then one for each layer with something to judge. rows must not be empty. controls
// may be nil: then nobody but the measurement's own helper is a control.
func Judge(dst []Row, rows []obs.Observation, facts *refdata.Facts, controls Controls) []Row {
	j := judgement{base: envelope(&rows[0], facts), first: &rows[0]}
	j.sc = newScene(rows, facts, controls)
	j.sc.arrange()
	for i := range j.sc.steps {
		s := &j.sc.steps[i]
		if r := decide(s); r != nil {
			j.fired = append(j.fired, fired{r, s})
		}
	}
	j.base.Controls = j.controls()
	at := len(dst)
	dst = append(dst, j.overall())
	if dst[at].Rule != "" && len(dst[at].Controls) == 0 {
		dst[at].Controls = j.base.Controls
	}
	for _, l := range layers {
		if row, ok := j.layer(l, &dst[at]); ok {
			dst = append(dst, row)
		}
	}
	open := controls != nil || j.open(&dst[at])
	for i := at; i < len(dst); i++ {
		dst[i].Open = open
	}
	inOONIsWords(&dst[at])
	return dst
}

// open says whether what others saw could change the verdict. A page over a verified connection, or
// like the control's, at an ordinary speed, stays what it is.
func (j *judgement) open(all *Row) bool {
	if all.Invalid != "" {
		return false
	}
	if all.State != OK || len(all.Interference) > 0 {
		return true
	}
	for i := range j.sc.steps {
		if j.sc.steps[i].slow() {
			return true
		}
	}
	return false
}

// controls lists what the steps were compared with.
func (j *judgement) controls() []string {
	var out []string
	if len(j.sc.control) > 0 {
		out = append(out, ByHelper)
	}
	others, before := false, j.sc.hereAsked
	for i := range j.sc.steps {
		s := &j.sc.steps[i]
		others = others || s.others != ctrlNone || s.vouched && s.said != "" || s.otherNet || s.elsewhere > 0
		before = before || s.before || s.here > 0
	}
	if others || j.sc.othersAsked {
		out = append(out, ByOthers)
	}
	if before {
		out = append(out, ByHistory)
	}
	return out
}

type judgement struct {
	base  Row
	first *obs.Observation
	sc    *scene
	fired []fired
}

// envelope fills what all rows of a measurement share.
func envelope(o *obs.Observation, facts *refdata.Facts) Row {
	return Row{
		MeasurementUID: o.MeasurementUID, EvidenceHash: o.EvidenceHash, StartTime: o.StartTime,
		ProbeCC: o.ProbeCC, ProbeASN: o.ProbeASN, ProbeASOrgName: o.ProbeASOrgName, ResolverASN: o.ResolverASN,
		TestName: o.TestName, TestVersion: o.TestVersion, SoftwareName: o.SoftwareName, SoftwareVersion: o.SoftwareVersion,
		Platform: o.Platform, ReportID: o.ReportID, ProbeID: o.ProbeID, Input: o.Input,
		Target: Target(o), Category: facts.Category(o.ProbeCC, o.Input), Invented: documentation(o.ProbeASN), Invalid: Invalid(o),
		RuleSet: RuleSet, Snapshot: o.Snapshot,
		ProbeBlocking: o.ProbeAnalysis, ProbeAccessible: o.ProbeAccessible,
	}
}

// Target names what was tried: the host of a web page, else the service or tool the test is about.
func Target(o *obs.Observation) string {
	switch o.TestName {
	case "web_connectivity", "http_requests", "tcp_connect", "dns_consistency", "browser_web", "urlgetter", "echcheck", "sni_blocking",
		"dnscheck", "stunreachability", "openvpn":
		if h := obs.Host(o.Input); h != "" {
			return h
		}
	}
	return o.TestName
}

// documentation says whether an AS number is reserved for documentation (RFC 5398): no network has it.
func documentation(asn uint32) bool {
	return asn >= 64496 && asn <= 64511 || asn >= 65536 && asn <= 65551
}

// Invalid says why a measurement cannot be used at all; "" when it can.
func Invalid(o *obs.Observation) string {
	// Report ids begin with the time at which the collector, not the device, opened the report.
	if len(o.ReportID) >= 16 {
		if t, err := time.Parse("20060102T150405Z", o.ReportID[:16]); err == nil {
			if d := o.StartTime.Sub(t); d > 72*time.Hour || d < -72*time.Hour {
				return "clock"
			}
		}
	}
	if y := o.StartTime.Year(); y < 2012 || y > 2100 {
		return "clock"
	}
	if o.ProbeCC == "ZZ" || o.ProbeASN == 0 {
		return "place"
	}
	return ""
}

// overall combines the layers along the way a reader's browser takes.
func (j *judgement) overall() Row {
	row := j.base
	row.Layer, row.State, row.Evidence = All, Insufficient, None
	switch {
	case row.Invalid != "":
		return verdictOf(row, "invalid_"+row.Invalid)
	case defective(j.first) && j.anythingFailed():
		return verdictOf(row, "invalid_instrument")
	case j.first.TestName != "web_connectivity":
		return j.nettest(row)
	case len(j.fired) == 0:
		return verdictOf(row, "nothing_observed")
	}
	for i := range j.fired {
		if r := j.fired[i].rule; r.Evidence == Scored && row.Evidence == None {
			row.Evidence = Scored
		}
	}
	if f := j.best(func(f fired) bool { return f.rule.Layer == Throttling && f.rule.Outcome == Blocked && f.step.primary }); f != nil {
		row.State, row.Rule = Blocked, f.rule.ID
		j.restsOn(&row)
		return row
	}
	// A page that arrived settles it, whatever else happened beside it.
	if f := j.best(func(f fired) bool { return f.rule.Layer == HTTP && f.rule.Outcome == OK && f.step.primary }); f != nil {
		row.State, row.Rule = OK, f.rule.ID
		row.Interference = j.interference()
		row.Label = LabelReachable
		return row
	}
	if f := j.best(func(f fired) bool { return f.rule.Outcome == Blocked && f.step.primary }); f != nil {
		row.State, row.Rule = Blocked, f.rule.ID
		j.restsOn(&row)
		return row
	}
	if f := j.best(func(f fired) bool { return f.rule.Outcome == Down && f.step.primary }); f != nil {
		row.State, row.Rule, row.Label = Down, f.rule.ID, LabelNoSign
		j.restsOn(&row)
		row.Interference = j.interference()
		return row
	}
	row.Interference = j.interference()
	if f := j.best(func(f fired) bool {
		return f.rule.Evidence == Scored && f.rule.Outcome == Insufficient && f.step.primary
	}); f != nil {
		row.Rule, row.Label = f.rule.ID, LabelUnclear
		return row
	}
	if f := j.best(func(f fired) bool { return f.rule.Layer == HTTP && f.step.primary }); f != nil {
		row.Rule, row.Label, row.Evidence = f.rule.ID, LabelInsufficient, f.rule.Evidence
		return row
	}
	return verdictOf(row, "no_conclusion")
}

// restsOn fills the layers that carry the row's state, and the label of a blocked one.
func (j *judgement) restsOn(row *Row) {
	for _, f := range j.fired {
		if f.rule.Outcome != row.State || f.rule.Evidence != Scored {
			continue
		}
		if row.State == Down && !f.step.primary {
			continue
		}
		if !slices.Contains(row.Layers, string(f.rule.Layer)) {
			row.Layers = append(row.Layers, string(f.rule.Layer))
		}
		row.Artefact = row.Artefact || f.rule.Artefact
	}
	if row.State == Blocked {
		row.Label = blockedLabel(row.Artefact)
	}
}

func blockedLabel(artefact bool) Label {
	if artefact {
		return LabelBlocked
	}
	return LabelConsistent
}

// interference lists the rules that saw something amiss beside the state.
func (j *judgement) interference() []string {
	var out []string
	for _, f := range j.fired {
		if (f.rule.Beside || f.rule.Outcome == Blocked) && !slices.Contains(out, f.rule.ID) {
			out = append(out, f.rule.ID)
		}
	}
	return out
}

// best returns the firing that says most, among those accepted: the likelihood ratio furthest from one.
func (j *judgement) best(accept func(fired) bool) *fired {
	var best *fired
	for i := range j.fired {
		f := &j.fired[i]
		if !accept(*f) {
			continue
		}
		if best == nil || weight(f.rule) > weight(best.rule) {
			best = f
		}
	}
	return best
}

func weight(r *rule) float64 {
	if r.Likelihood < 1 && r.Likelihood > 0 {
		return 1 / r.Likelihood
	}
	return r.Likelihood
}

// verdictOf completes a row with a rule about the measurement as a whole.
func verdictOf(row Row, id string) Row {
	r, ok := Lookup(id)
	if !ok {
		panic("verdict: no rule " + id) // a misspelt constant; every id is exercised by a test
	}
	row.Rule, row.State, row.Evidence = id, r.Outcome, r.Evidence
	switch {
	case r.Outcome == OK:
		row.Label = LabelReachable
	case r.Outcome == Down:
		row.Label = LabelNoSign
	case r.Outcome == Blocked:
		row.Label = blockedLabel(row.Artefact)
	case r.Evidence == Scored:
		row.Label = LabelUnclear
	default:
		row.Label = LabelInsufficient
	}
	row.Rules, row.Subjects, row.Facts = []string{id}, []string{row.Target}, []string{""}
	return row
}

// layer makes the row of one layer; false when nothing was seen there.
func (j *judgement) layer(l Layer, overall *Row) (Row, bool) {
	row := j.base
	row.Layer, row.State, row.Evidence = l, Insufficient, None
	n := 0
	for _, f := range j.fired {
		if f.rule.Layer != l {
			continue
		}
		if n++; n > maxFired {
			break
		}
		row.Rules = append(row.Rules, f.rule.ID)
		row.Subjects = append(row.Subjects, f.step.subject)
		row.Facts = append(row.Facts, f.step.note)
		if row.Evidence == None || f.rule.Evidence == Scored {
			row.Evidence = f.rule.Evidence
		}
	}
	if n == 0 {
		return row, false
	}
	in := func(state State, primary bool) func(fired) bool {
		return func(f fired) bool {
			return f.rule.Layer == l && f.rule.Outcome == state && f.rule.Evidence == Scored && (f.step.primary || !primary)
		}
	}
	onPath := j.best(func(f fired) bool { return f.rule.Layer == l && f.step.primary }) != nil
	ok, blocked := j.best(in(OK, onPath)), j.best(in(Blocked, false))
	down, unclear := j.best(in(Down, onPath)), j.best(in(Insufficient, onPath))
	switch {
	case row.Invalid != "":
		row.Rule, row.Label, row.Evidence = "invalid_"+row.Invalid, LabelInsufficient, Discarded
	case blocked != nil && (ok == nil || overall.State != OK):
		row.State, row.Rule, row.Artefact = Blocked, blocked.rule.ID, blocked.rule.Artefact
		row.Label = blockedLabel(row.Artefact)
	case down != nil && (ok == nil || overall.State != OK):
		row.State, row.Rule, row.Label = Down, down.rule.ID, LabelNoSign
	case ok != nil:
		row.State, row.Rule, row.Label = OK, ok.rule.ID, LabelReachable
	case unclear != nil:
		row.Rule, row.Label = unclear.rule.ID, LabelUnclear
	default:
		row.Rule, row.Label = row.Rules[0], LabelInsufficient
	}
	return row, true
}
