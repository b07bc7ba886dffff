package verdict

import (
	"strconv"

	"veedor/internal/phrase"
)

// The sentences that say what a rule looked at, as they are written into Row.Facts. A changed text is a changed
// export: write a new form beside the old one, so that what is stored can still be read.
var (
	// how a step begins
	factConnect   = phrase.New("fact.connect", "connect: {failure}")
	factHandshake = phrase.New("fact.handshake", "handshake for {host}: {failure}")
	factQUIC      = phrase.New("fact.quic", "QUIC handshake for {host}: {failure}")
	factAnswer    = phrase.New("fact.answer", "answer {addresses}")
	factFetched   = phrase.New("fact.fetched", "fetch of {url}: ")
	factFetch     = phrase.New("fact.fetch", "fetch of {url}: {failure}")
	factTransfer  = phrase.New("fact.transfer", "{host}: {number} bytes in {number} s, {number} kbit/s")

	// what a rule fired on, where it is more than a name or an address
	factLookup = phrase.New("fact.lookup", "{host} via {engine}")

	// whole tests
	factParts   = phrase.New("fact.parts", "{number} of {number} parts failed: {parts}")
	factSpeed   = phrase.New("fact.speed", "{number} kbit/s")
	factNoEcho  = phrase.New("fact.noecho", "{number} lines sent, none came back")
	factEcho    = phrase.New("fact.echo", "{number} lines sent and received alike")
	factChanged = phrase.New("fact.changed", "sent {quoted}, received {quoted}")
	factHeaders = phrase.New("fact.headers", "{object}") // http_header_field_manipulation's own comparison

	// a device's own words for a failure
	factFailed  = phrase.New("fact.failed", "{code}")
	factUnnamed = phrase.New("fact.unnamed", "unknown_failure: {text}")
	factOther   = phrase.New("fact.other", "{text}")

	// of a page
	factStatus      = phrase.New("fact.status", "status {number}")
	factBytes       = phrase.New("fact.bytes", "{number} bytes")
	factTitle       = phrase.New("fact.title", "title “{text}”")
	factFingerprint = phrase.New("fact.fingerprint", "fingerprint {word}")

	// of a transfer
	factStalled   = phrase.New("fact.stalled", "then nothing for {number} s")
	factRoundTrip = phrase.New("fact.roundtrip", "round trip {number} ms")
	factBeside    = phrase.New("fact.beside", "another site at the same time {number} kbit/s")
	factHere      = phrase.New("fact.here", "this network lately {number} kbit/s")
	factThere     = phrase.New("fact.there", "this site in other networks {number} kbit/s")

	// how it went for the control
	factNoControl     = phrase.New("fact.nocontrol", "no control")
	factControlOK     = phrase.New("fact.controlok", "control succeeded")
	factControlFailed = phrase.New("fact.controlfailed", "control failed too")
	factWholeNone     = phrase.New("fact.wholenone", "whole page: no control")
	factWholeOK       = phrase.New("fact.wholeok", "whole page: control succeeded")
	factWholeFailed   = phrase.New("fact.wholefailed", "whole page: control failed too")
	factControlAnswer = phrase.New("fact.controlanswer", "control {addresses}")

	// how it went for others
	factPlace       = phrase.New("fact.place", "{address}") // where it went so
	factPlaceAlone  = phrase.New("fact.placealone", "{address} ")
	factWorked      = phrase.New("fact.worked", "worked for {number} in {number} other networks, lately {word}")
	factFailedToo   = phrase.New("fact.failedtoo", "failed for {number} in {number} other countries, worked for {number}")
	factUndecided   = phrase.New("fact.undecided", "elsewhere it worked for {number} and failed for {number}: too few or not of one mind")
	factBefore      = phrase.New("fact.before", "worked here before for {number}")
	factFailedHere  = phrase.New("fact.failedhere", "here it failed for {number} others and worked for {number}")
	semicolon       = []string{"; "}
	comma           = []string{", "}
	space           = []string{" "}
	semicolonOrNone = []string{"; ", " "} // a space behind a place
)

// Facts returns how the sentences in Row.Facts are put together.
func Facts() *phrase.Grammar {
	one := func(before []string, forms ...*phrase.Form) phrase.Group {
		return phrase.Group{Before: before, Forms: forms}
	}
	return &phrase.Grammar{
		Heads: []*phrase.Form{factConnect, factHandshake, factQUIC, factAnswer, factFetched, factFetch, factTransfer, factParts, factSpeed,
			factNoEcho, factEcho, factChanged, factHeaders, factUnnamed, factFailed},
		Other: factOther,
		Groups: []phrase.Group{
			one(comma, factStalled), one(space, factStatus), one(comma, factBytes), one(comma, factTitle), one(semicolon, factFingerprint),
			one(semicolon, factRoundTrip), one(semicolon, factBeside), one(semicolon, factHere), one(semicolon, factThere),
			one(semicolon, factNoControl, factControlOK, factControlFailed, factWholeNone, factWholeOK, factWholeFailed, factControlAnswer),
			one(comma, factStatus), one(comma, factBytes), one(semicolon, factFingerprint),
			one(semicolon, factPlace, factPlaceAlone), one(semicolonOrNone, factWorked, factFailedToo, factUndecided), one(semicolonOrNone, factBefore),
			one(semicolon, factFailedHere),
		},
	}
}

// Subjects returns the sentences in Row.Subjects; what is none is a name or an address.
func Subjects() *phrase.Grammar { return &phrase.Grammar{Heads: []*phrase.Form{factLookup}} }

// said words how a step went for its control.
func (c control) said() string {
	return [...]*phrase.Form{factNoControl, factControlOK, factControlFailed}[c].Say()
}

// wholePage words how the whole fetch went for the control.
func (c control) wholePage() string {
	return [...]*phrase.Form{factWholeNone, factWholeOK, factWholeFailed}[c].Say()
}

func count(n int) string { return strconv.Itoa(n) }

// fixed writes a number with so many digits after the point.
func fixed(v float64, places int) string { return strconv.FormatFloat(v, 'f', places, 64) }
