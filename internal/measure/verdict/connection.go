package verdict

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"veedor/internal/measure/obs"
)

// addConnection makes the steps of what happened on one endpoint.
func (sc *scene) addConnection(o *obs.Observation, lookups int) {
	if o.TCPSuccess == nil && o.TLSSuccess == nil && o.QUICSuccess == nil && o.HTTPSuccess == nil {
		return
	}
	ctrl := sc.endpoint(o.IP, o.Port)
	base := step{host: o.Hostname, depth: o.Depth, ctrlPage: sc.ctrlPage, inputTLS: sc.https, part: partOf(o), partFailed: o.TargetFailure != "",
		vouched: slices.Contains(sc.ctrlAddrs, o.IP)}
	if ctrl != nil && ctrl.TLSSuccess != nil && *ctrl.TLSSuccess && ctrl.TLSServerName == o.Hostname {
		base.vouched = true
	}
	base.subject = o.IP
	if o.Port != 0 {
		base.subject = endpointName(o.IP, o.Port)
	}
	if base.subject == "" {
		base.subject = o.Hostname
	}
	onPath := true
	for i := range lookups {
		l := &sc.steps[i]
		if l.host != o.Hostname || !l.primary || o.IP == "" {
			continue
		}
		onPath = slices.Contains(l.answers, o.IP)
		if onPath {
			base.vouched = base.vouched || l.vouched
			base.poisoned = !base.vouched && tampered(l)
			break
		}
	}
	base.primary = onPath && (o.FetchBody == nil || *o.FetchBody)
	if o.TCPSuccess != nil {
		sc.addConnect(o, base, ctrl)
	}
	if o.TLSSuccess != nil {
		sc.addHandshake(o, base, ctrl)
	}
	if o.QUICSuccess != nil {
		sc.addQUIC(o, base)
	}
	if o.HTTPSuccess != nil {
		sc.addRoundTrip(o, base)
	}
}

// tampered says whether the rules call a lookup tampered with.
func tampered(l *step) bool {
	r := decide(l)
	return r != nil && r.Outcome == Blocked
}

func (sc *scene) addConnect(o *obs.Observation, s step, ctrl *obs.Observation) {
	s.layer, s.kind = TCP, obs.Classify(o.TCPFailure)
	if ctrl != nil {
		s.ctrl = outcome(ctrl.TCPSuccess)
	}
	sc.compare(&s, AboutEndpoint, "", o.IP, o.Port)
	s.brokenIPv6 = strings.IndexByte(o.IP, ':') >= 0 && !sc.works6 && s.kind != obs.Success
	s.note = said(factConnect.Say(ending(o.TCPFailure)), s)
	sc.steps = append(sc.steps, s)
}

func (sc *scene) addHandshake(o *obs.Observation, s step, ctrl *obs.Observation) {
	s.layer, s.kind = TLS, obs.Classify(o.TLSFailure)
	s.valid = o.TLSIsCertificateValid != nil && *o.TLSIsCertificateValid
	if ctrl != nil && ctrl.TLSSuccess != nil && ctrl.TLSServerName == o.TLSServerName {
		s.ctrl = outcome(ctrl.TLSSuccess)
	}
	s.fingerprint, s.product = sc.telling(o.ProbeCC, o.TLSFingerprints)
	s.ech = o.TLSECHConfig != ""
	if s.kind != obs.Success {
		s.noneWorked = true
		for i := range sc.rows {
			if r := &sc.rows[i]; r.TLSSuccess != nil && *r.TLSSuccess && r.TLSServerName == o.TLSServerName {
				s.noneWorked = false
				s.plainOK = s.plainOK || s.ech && r.TLSECHConfig == "" && r.IP == o.IP
			}
		}
		if s.noneWorked {
			sc.compare(&s, AboutHandshake, o.TLSServerName, "", 0)
		}
	}
	s.note = said(factHandshake.Say(o.TLSServerName, ending(o.TLSFailure)), s)
	sc.steps = append(sc.steps, s)
}

func (sc *scene) addQUIC(o *obs.Observation, s step) {
	s.layer, s.kind, s.primary = QUIC, obs.Classify(o.QUICFailure), false
	for i := range sc.control {
		if c := &sc.control[i]; c.QUICSuccess != nil && c.IP == o.IP && c.Port == o.Port {
			s.ctrl = outcome(c.QUICSuccess)
		}
	}
	sc.compare(&s, AboutQUIC, o.QUICServerName, "", 0)
	s.note = said(factQUIC.Say(o.QUICServerName, ending(o.QUICFailure)), s)
	sc.steps = append(sc.steps, s)
}

func (sc *scene) addRoundTrip(o *obs.Observation, s step) {
	s.layer, s.kind = HTTP, obs.Classify(o.HTTPFailure)
	if s.kind == obs.Success && !o.HTTPFinal {
		return // a redirect that was followed
	}
	s.final = s.kind == obs.Success
	secure := strings.HasPrefix(o.HTTPRequestURL, "https://")
	s.lowerFailed = failed(o.TCPSuccess) || failed(o.TLSSuccess) || s.kind.Lookup() || s.kind.Certificate() || s.kind != obs.Success && o.TCPSuccess == nil && sc.lookupFailed(o.Hostname)
	s.overTLS = secure && !failed(o.TLSSuccess) && !o.TLSNoVerify
	s.begun = o.HTTPResponseStatusCode != 0
	s.challenge = challenge(o)
	s.fingerprint, s.product = sc.telling(o.ProbeCC, o.HTTPFingerprints)
	if sc.page != nil && s.ctrlPage == ctrlOK {
		s.ctrlRefused = sc.page.HTTPResponseStatusCode >= 400 || challenge(sc.page)
		s.pageMatches = s.final && like(o, sc.page)
		a, b := o.HTTPResponseBodyLength, sc.page.HTTPResponseBodyLength
		s.larger = a != nil && b != nil && *b > 0 && *a >= 4**b
		s.refused = o.HTTPResponseStatusCode >= 500 || o.HTTPResponseStatusCode >= 400 && o.HTTPResponseHeaderServer != "" && o.HTTPResponseHeaderServer == sc.page.HTTPResponseHeaderServer
	}
	sc.compare(&s, AboutPage, cmp.Or(o.Hostname, o.IP), "", 0)
	s.transfer = transferOf(o)
	if o.Depth > 0 {
		s.ctrl = s.ctrlPage
	}
	s.note = pageNote(o, sc.page, s)
	sc.steps = append(sc.steps, s)
}

// lookupFailed says that a browser had no address of a host to connect to.
func (sc *scene) lookupFailed(host string) bool {
	found := false
	for i := range sc.steps {
		s := &sc.steps[i]
		if s.layer == DNS && s.primary && s.host == host {
			if s.answered {
				return false
			}
			found = true
		}
	}
	return found
}

func failed(ok *bool) bool { return ok != nil && !*ok }

// ending words how an attempt ended.
func ending(failure string) string { return cmp.Or(failure, "succeeded") }

// said adds to what was seen of a step how it went for its control and for others.
func said(text string, s step) string {
	if s.kind == obs.Success {
		return text
	}
	if s.ctrl == ctrlNone && s.depth > 0 {
		text += "; " + s.ctrlPage.wholePage()
	} else {
		text += "; " + s.ctrl.said()
	}
	if s.said != "" {
		text += "; " + s.said
	}
	return text
}

func pageNote(o, page *obs.Observation, s step) string {
	var b strings.Builder
	if o.HTTPFailure != "" {
		b.WriteString(factFetch.Say(o.HTTPRequestURL, o.HTTPFailure))
	} else {
		b.WriteString(factFetched.Say(o.HTTPRequestURL))
	}
	if o.HTTPResponseStatusCode != 0 {
		b.WriteString(" " + factStatus.Say(count(int(o.HTTPResponseStatusCode))))
	}
	if o.HTTPResponseBodyLength != nil {
		b.WriteString(", " + factBytes.Say(strconv.FormatInt(*o.HTTPResponseBodyLength, 10)))
	}
	if o.HTTPResponseTitle != "" {
		b.WriteString(", " + factTitle.Say(o.HTTPResponseTitle))
	}
	if id := cmp.Or(s.fingerprint, s.product); id != "" {
		b.WriteString("; " + factFingerprint.Say(id))
	}
	b.WriteString("; " + s.ctrlPage.said())
	if page != nil && s.ctrlPage == ctrlOK {
		b.WriteString(", " + factStatus.Say(count(int(page.HTTPResponseStatusCode))))
		if page.HTTPResponseBodyLength != nil {
			b.WriteString(", " + factBytes.Say(strconv.FormatInt(*page.HTTPResponseBodyLength, 10)))
		}
	}
	if s.said != "" {
		b.WriteString("; " + s.said)
	}
	return b.String()
}

func endpointName(ip string, port int32) string {
	if strings.IndexByte(ip, ':') >= 0 {
		ip = "[" + ip + "]"
	}
	return ip + ":" + strconv.Itoa(int(port))
}
