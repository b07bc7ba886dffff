package dossier

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// claims checks that every claim, its utterances and its evidence refer to what is there, and that its status can
// follow from the evidence.
func (k *contentCheck) claims() {
	sides := map[string]map[Stance]side{}
	for i := range k.c.Evidence {
		e, where := &k.c.Evidence[i], fmt.Sprintf("/evidence/%d", i)
		if !k.claimIDs[e.Claim] {
			k.loose(where+"/claim", "there is no claim %.80q", e.Claim)
		}
		refs, ok := map[Kind]map[string]bool{KindQuote: k.quoteIDs, KindDocument: k.documents, KindStatement: k.statements, KindFinding: k.findings, KindAbsence: k.absences}[e.Kind]
		if !ok {
			k.form(where+"/kind", "%.40q is no kind of evidence", e.Kind)
		} else if !refs[e.Ref] {
			k.loose(where+"/ref", "there is no %s %.80q", e.Kind, e.Ref)
		}
		if !slices.Contains([]Stance{Supports, Contradicts, Context, Insufficient}, e.Stance) {
			k.form(where+"/stance", "%.40q is no stance", e.Stance)
		}
		if sides[e.Claim] == nil {
			sides[e.Claim] = map[Stance]side{}
		}
		sides[e.Claim][e.Stance] = sides[e.Claim][e.Stance].with(e.Strength)
	}
	for i := range k.c.Claims {
		c, where := &k.c.Claims[i], fmt.Sprintf("/claims/%d", i)
		for j, u := range c.Utterances {
			if u.Quote != "" && !k.quoteIDs[u.Quote] {
				k.loose(fmt.Sprintf("%s/utterances/%d/quote", where, j), "there is no quote %.80q", u.Quote)
			}
		}
		for j, r := range c.Relations {
			if !slices.Contains([]string{"contradicts", "repeats", "corrects", "retracts"}, r.Kind) {
				k.form(fmt.Sprintf("%s/relations/%d/kind", where, j), "%.40q is no relation", r.Kind)
			}
			if !k.claimIDs[r.Claim] || r.Claim == c.ID {
				k.loose(fmt.Sprintf("%s/relations/%d/claim", where, j), "there is no other claim %.80q", r.Claim)
			}
		}
		k.status(where+"/status", c, sides[c.ID])
	}
}

// side is the evidence on one side of a claim: how many pieces, and the strength of the strongest, from 1 (weak) to 3.
type side struct{ n, best int }

func (s side) with(strength string) side {
	return side{s.n + 1, max(s.best, 2+map[string]int{"weak": -1, "strong": 1}[strength])}
}

// status checks a claim's status against the stances of its evidence. A side that has weak evidence alone may be left
// out where the other has none, or strong.
func (k *contentCheck) status(where string, c *Claim, n map[Stance]side) {
	a, b := n[Supports], n[Contradicts]
	pro, con := a.n > 0, b.n > 0
	leftOut := func(s, other side) bool { return s.best == 1 && (other.best == 0 || other.best == 3) }
	fits := false
	for _, x := range [][2]bool{{pro, con}, {pro && !leftOut(a, b), con && !leftOut(b, a)}} {
		pro, con := x[0], x[1]
		switch c.Status {
		case Supported, SingleSource:
			fits = fits || pro && !con
		case Contradicted:
			fits = fits || con && !pro
		case Contested:
			fits = fits || pro && con
		case Unverified:
			fits = fits || !pro && !con
		default:
			k.form(where, "%.40q is no status", c.Status)
			return
		}
	}
	if !fits {
		k.loose(where, "%s, with %d pieces of evidence that support and %d that contradict it", c.Status, a.n, b.n)
	}
}

// quotes checks the selectors of quotes.
func (k *contentCheck) quotes() {
	for i := range k.c.Quotes {
		q, where := &k.c.Quotes[i], fmt.Sprintf("/quotes/%d", i)
		if k.captures[q.Capture] == nil {
			k.loose(where+"/capture", "there is no capture %.80q", q.Capture)
		}
		k.hash(where+"/text_sha256", q.TextSHA256)
		if !strings.HasPrefix(q.Text, "urn:text:") {
			k.form(where+"/text", "%.80q is no urn:text:<url>", q.Text)
		}
		if q.Exact == "" || q.Start < 0 || q.End-q.Start != utf8.RuneCountInString(q.Exact) {
			k.form(where+"/exact", "%d characters from %d to %d", utf8.RuneCountInString(q.Exact), q.Start, q.End)
		}
	}
}

// sources checks what documents, statements and findings rest on.
func (k *contentCheck) sources() {
	rests := func(where, capture, object string) {
		if capture != "" && k.captures[capture] == nil {
			k.loose(where+"/capture", "there is no capture %.80q", capture)
		}
		if object != "" && k.objects[object] == nil {
			k.loose(where+"/object", "there is no object %.80q", object)
		}
	}
	for i := range k.c.Documents {
		d := &k.c.Documents[i]
		rests(fmt.Sprintf("/documents/%d", i), d.Capture, d.Object)
	}
	for i := range k.c.Statements {
		s := &k.c.Statements[i]
		rests(fmt.Sprintf("/statements/%d", i), s.Capture, s.Object)
	}
	for i := range k.c.Findings {
		f, where := &k.c.Findings[i], fmt.Sprintf("/findings/%d", i)
		if !k.rules[f.RuleSet] {
			k.loose(where+"/rule_set", "there is no rule set %.80q", f.RuleSet)
		}
		for j, m := range f.Measurements {
			if k.objects[m] == nil {
				k.loose(fmt.Sprintf("%s/measurements/%d", where, j), "the measurement %.80q is neither here nor declared withheld", m)
			}
		}
	}
}

// withheld checks that what is left out is named in the record of redactions, with a reason.
func (k *contentCheck) withheld() {
	declared := map[string]string{}
	for i := range k.c.Redactions {
		r, where := &k.c.Redactions[i], fmt.Sprintf("/redactions/%d", i)
		if r.What == "" || r.Why == "" || r.Who == "" {
			k.form(where, "without what, why or who")
		}
		if declared[r.What] != "" {
			k.form(where, "%.100q stands there twice", r.What)
		}
		declared[r.What] = r.Why
		for _, h := range []string{r.SHA256, r.Commit} {
			if h != "" {
				k.hash(where, h)
			}
		}
		kind, h, ok := strings.Cut(r.What, "/")
		switch {
		case ok && kind == "captures":
			if c := k.captures[h]; c == nil || !c.Withheld || r.SHA256 != h {
				k.loose(where, "%.100q is not a capture that is withheld under its hash", r.What)
			}
		case ok && kind == "objects":
			if o := k.objects[h]; o == nil || !o.Withheld || r.SHA256 != h {
				k.loose(where, "%.100q is not an object that is withheld under its hash", r.What)
			}
		}
	}
	for i := range k.c.Captures {
		if c := &k.c.Captures[i]; c.Withheld && declared["captures/"+c.SHA256] == "" {
			k.loose(fmt.Sprintf("/captures/%d", i), "withheld, and the record of redactions does not say why")
		}
		if s := k.c.Captures[i].Screenshot; s != "" {
			k.hash(fmt.Sprintf("/captures/%d/screenshot", i), s)
		}
	}
	for i := range k.c.Objects {
		if o := &k.c.Objects[i]; o.Withheld && declared["objects/"+o.SHA256] == "" {
			k.loose(fmt.Sprintf("/objects/%d", i), "withheld, and the record of redactions does not say why")
		}
	}
}

// log checks that proofs are of things that are here.
func (k *contentCheck) log() {
	l := &k.c.Log
	if l.Origin == "" && (l.Size != 0 || len(l.Proofs)+len(l.Tokens) > 0) {
		k.loose("/log", "proofs or tokens without a log")
	}
	incidents := map[string]bool{}
	for i := range k.c.Incidents {
		incidents[k.c.Incidents[i].SHA256] = true
	}
	seen := map[string]bool{}
	for i := range l.Proofs {
		p, where := &l.Proofs[i], fmt.Sprintf("/log/proofs/%d", i)
		if !validKind(p.Kind) || p.Index < 0 {
			k.form(where, "kind %.40q, index %d", p.Kind, p.Index)
		}
		if seen[p.path()] {
			k.form(where, "stands there twice")
		}
		seen[p.path()] = true
		if !k.hash(where+"/sha256", p.SHA256) {
			continue
		}
		here := p.Kind == "event" || p.Kind == "dossier" && p.SHA256 == k.c.Supersedes ||
			p.Kind == "capture" && k.captures[p.SHA256] != nil || p.Kind == "object" && k.objects[p.SHA256] != nil || p.Kind == "incident" && incidents[p.SHA256]
		if !here {
			k.loose(where, "a proof of the %s %s, which is not here", p.Kind, p.SHA256)
		}
	}
}
