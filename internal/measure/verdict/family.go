package verdict

import (
	"strings"

	"golang.org/x/net/publicsuffix"
)

// Family returns what a target is part of: the service that it serves, else the name that was
// registered (example.co.uk for www.example.co.uk), else the target itself.
func Family(target string) string {
	base, err := publicsuffix.EffectiveTLDPlusOne(target)
	if err != nil {
		base = target
	}
	switch base {
	case "telegram.org", "t.me", "telegram.me", "telegra.ph":
		return "telegram"
	case "whatsapp.com", "whatsapp.net", "wa.me":
		return "whatsapp"
	case "signal.org", "whispersystems.org", "signal.art":
		return "signal"
	case "facebook.com", "fbcdn.net", "fbsbx.com", "messenger.com", "facebook.net", "fb.com", "facebook_messenger":
		return "facebook"
	case "twitter.com", "x.com", "t.co", "twimg.com":
		return "x"
	case "torproject.org", "tor", "vanilla_tor", "torsf":
		return "tor"
	case "psiphon", "psiphon.ca", "psiphon3.com":
		return "psiphon"
	}
	return strings.ToLower(base)
}
