package capture

import (
	"veedor/internal/evidence/recorder"
	"veedor/internal/evidence/wacz"
	"veedor/internal/phrase"
)

// What a capture has not, as it is stored.
var (
	partNoBrowser   = phrase.New("part.nobrowser", "taken without a browser: what the page loads is not in it")
	partCutOne      = phrase.New("part.cut.one", "1 answer is cut short")
	partCut         = phrase.New("part.cut", "{number} answers are cut short")
	partRefusedOne  = phrase.New("part.refused.one", "1 address was refused")
	partRefused     = phrase.New("part.refused", "{number} addresses were refused")
	partNoAnswerOne = phrase.New("part.noanswer.one", "1 address gave no answer")
	partNoAnswer    = phrase.New("part.noanswer", "{number} addresses gave no answer")
)

// Parts returns how the sentences in Capture.Partial are put together.
func Parts() *phrase.Grammar {
	cut, refused, unanswered := []*phrase.Form{partCutOne, partCut}, []*phrase.Form{partRefusedOne, partRefused}, []*phrase.Form{partNoAnswerOne, partNoAnswer}
	and := []string{"; "}
	return &phrase.Grammar{Heads: append(append(append([]*phrase.Form{partNoBrowser}, cut...), refused...), unanswered...),
		Groups: []phrase.Group{{Before: and, Forms: cut}, {Before: and, Forms: refused}, {Before: and, Forms: unanswered}}}
}

// Reasons returns the sentences in Refusal.Why; what is quoted in whole as Go does was too long or held signs that do
// not print.
func Reasons() *phrase.Grammar { return &phrase.Grammar{Heads: recorder.Reasons()} }

// FaultSentences returns the sentences in Fault.What.
func FaultSentences() *phrase.Grammar { return &phrase.Grammar{Heads: wacz.Sentences()} }
