package recorder

import (
	"fmt"
	"strings"

	"veedor/internal/phrase"
)

// Why an address is not asked for, as it is stored. A changed text is another reason: write a new one beside the old, so
// that what is stored can still be read.
var (
	whyLongAddress    = phrase.New("refusal.longaddress", "the address has {number} bytes, more than {number}")
	whyNoAddress      = phrase.New("refusal.noaddress", "{text} is no address: {error}")
	whyNoScheme       = phrase.New("refusal.noscheme", "{text} has no scheme: write https://…")
	whyScheme         = phrase.New("refusal.scheme", "{word}: addresses are not captured, only http: and https:")
	whyUser           = phrase.New("refusal.user", "the address holds a user name or password")
	whyNoPort         = phrase.New("refusal.noport", "port {word} is none")
	whyNoHost         = phrase.New("refusal.nohost", "{text} is no host name")
	whyNoIPv4         = phrase.New("refusal.noipv4", "{text} is no IPv4 address")
	whyNowhere        = phrase.New("refusal.nowhere", "{word} leads where nothing is asked: {reason}")
	whyLongRequest    = phrase.New("refusal.longrequest", "the request has more than {number} bytes")
	whyManyBytes      = phrase.New("refusal.manybytes", "more than {number} bytes in all")
	whyRedirect       = phrase.New("refusal.redirect", "redirect from {word}: {reason}")
	whyPort           = phrase.New("refusal.port", "port {number} is not one of the web")
	whyThisMachine    = phrase.New("refusal.thismachine", "{word} is this machine")
	whyItself         = phrase.New("refusal.itself", "{word} is this recording itself")
	whyNavigates      = phrase.New("refusal.navigates", "the page navigates by itself once more, after it was taken")
	whyNavigatesOften = phrase.New("refusal.navigatesoften", "the page navigates by itself more than {number} times")
	whyNotFollowed    = phrase.New("refusal.notfollowed", "the browser does not follow the redirect from {word} to {text} ({error})")
	whyNotPlain       = phrase.New("refusal.notplain", "{text} is not recorded, only plain exchanges")
	whyTor            = phrase.New("refusal.tor", "{word} is reached through Tor only: name its SOCKS proxy")
	whyNoName         = phrase.New("refusal.noname", "{text} is no name of the DNS")
	whyManyRedirects  = phrase.New("refusal.manyredirects", "more than {number} redirects one after the other")
	whyManyRequests   = phrase.New("refusal.manyrequests", "more than {number} requests")
	whyCertificate    = phrase.New("refusal.certificate", "the certificate of {word} does not verify: {error}")
)

// whyKinds are for addresses that are not the public internet.
var whyKinds = []*phrase.Form{
	phrase.New("refusal.loopback", "{address} is "+loopback),
	phrase.New("refusal.private", "{address} is "+privateNet),
	phrase.New("refusal.shared", "{address} is "+sharedNet),
	phrase.New("refusal.linklocal", "{address} is "+linkLocal),
	phrase.New("refusal.metadata", "{address} is "+metadata),
	phrase.New("refusal.multicast", "{address} is "+multicast),
	phrase.New("refusal.unspecified", "{address} is "+unspec),
	phrase.New("refusal.documentation", "{address} is "+docs),
	phrase.New("refusal.reserved", "{address} is "+reserved),
}

// whyKind returns what is said of an address of a kind.
func whyKind(kind string) *phrase.Form {
	for _, f := range whyKinds {
		if strings.HasSuffix(f.Text(), " is "+kind) {
			return f
		}
	}
	panic("recorder: no kind of address is " + kind) // all kinds are in the list; a test asks for each
}

// Reasons returns all sentences that say why something was refused.
func Reasons() []*phrase.Form {
	return append([]*phrase.Form{
		whyLongAddress, whyNoAddress, whyNoScheme, whyScheme, whyUser, whyNoPort,
		whyNoHost, whyNoIPv4, whyNowhere, whyLongRequest, whyManyBytes, whyRedirect,
		whyPort, whyThisMachine, whyItself, whyNavigates, whyNavigatesOften, whyNotFollowed,
		whyNotPlain, whyTor, whyNoName, whyManyRedirects, whyManyRequests, whyCertificate,
	}, whyKinds...)
}

func decimal[N ~int | ~int64 | ~uint16](n N) string { return fmt.Sprint(n) }
