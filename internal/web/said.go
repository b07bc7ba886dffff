package web

import (
	"strconv"
	"strings"

	"veedor/internal/evidence/capture"
	"veedor/internal/follow/lists"
	"veedor/internal/measure/verdict"
	"veedor/internal/phrase"
)

// The sentences that rules and imports leave behind, by how they are put together.
var (
	factSentences    = verdict.Facts()
	subjectSentences = verdict.Subjects()
	reasonSentences  = &phrase.Grammar{Heads: lists.Reasons()}
	refusalSentences = capture.Reasons()
	partSentences    = capture.Parts()
	faultSentences   = capture.FaultSentences()
)

const (
	maxStored = 16 << 10 // bytes of a stored sentence that is read; longer ones stay as they are
	maxBlank  = 100      // runes of what stands in a blank, on a page
)

// translated is a stored sentence as a page shows it: in the reader's language where it is one of ours, else as it was
// written, with the language it is in.
type translated struct {
	long
	Lang string
}

// tell says a stored English sentence in the reader's language. What stands in its blanks is cut to a length to be
// shown, cleaned of what would upset a page, and kept apart from the words around it.
func (r *request) tell(g *phrase.Grammar, text string, n int) translated {
	if r.lang == "en" {
		return translated{long: longText(text, n)}
	}
	if len(text) <= maxStored {
		if parts := g.Read(text); parts != nil {
			if short, ok := r.say(parts, min(maxBlank, n)); ok {
				out := translated{long: long{Short: short}}
				if whole, _ := r.say(parts, maxTitle); whole != short {
					out.Full = whole
				}
				return out
			}
		}
	}
	return translated{longText(text, n), "en"}
}

// say words parts in the reader's language, with so many runes of each value; false where a part has no text in it.
func (r *request) say(parts []phrase.Part, limit int) (string, bool) {
	w := r.words()
	var b strings.Builder
	for _, p := range parts {
		key := "said." + p.Form.ID
		if w[key] == "" {
			return "", false
		}
		if b.Len() > 0 {
			b.WriteString(r.between(b.String(), p.Before))
		}
		values := make([]any, len(p.Values))
		for i, kind := range p.Form.Blanks() {
			values[i] = r.filled(kind, p.Values[i], limit)
		}
		b.WriteString(w.get(key, values...))
	}
	return b.String(), true
}

// between returns what stands in the reader's language between what was said and what comes behind before.
func (r *request) between(said, before string) string {
	w := r.words()
	switch {
	case before == "; ":
		return w["join.semi"]
	case strings.HasSuffix(said, "："):
		return ""
	case strings.HasSuffix(said, ":"):
		return " "
	}
	return w["join.pause"]
}

// filled returns what stands in a blank as the reader's language writes it.
func (r *request) filled(kind, value string, limit int) string {
	w := r.words()
	switch kind {
	case "number":
		return numeral(r.lang, value)
	case "failure", "code":
		if value == "succeeded" {
			return w["said.succeeded"]
		}
		if key := meaning(value); key != "" && key != "failure.unknown" {
			return w.get("said.meaning", w[key], isolate(shorten(value, limit)))
		}
	case "reason": // a sentence within a sentence
		for _, g := range []*phrase.Grammar{reasonSentences, refusalSentences, faultSentences} {
			if parts := g.Read(value); parts != nil {
				if said, ok := r.say(parts, limit); ok {
					return said
				}
			}
		}
	case "parts":
		names := strings.Split(value, ", ")
		for i, name := range names {
			names[i] = isolate(shorten(name, limit))
			if text, ok := w["said.part."+name]; ok {
				names[i] = text
			}
		}
		return strings.Join(names, w["join.comma"])
	}
	return isolate(shorten(value, limit))
}

// numeral writes digits, and maybe a point among them, as the language does.
func numeral(lang, digits string) string {
	whole, part, found := strings.Cut(digits, ".")
	n, err := strconv.ParseInt(whole, 10, 64)
	if err != nil || len(part) > 18 {
		return shorten(digits, 40)
	}
	out := number(lang, n)
	if found {
		out += tongues[lang].point + part
	}
	return out
}
