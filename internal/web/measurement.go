package web

import (
	"errors"
	"net/http"
	"net/url"
	"strconv"

	"veedor/internal/evidence/tlog"
	"veedor/internal/measure/obs"
	"veedor/internal/measure/store"
	"veedor/internal/measure/verdict"
)

// measurementPage is the chain behind one verdict: bytes, observations, rules, what follows.
type measurementPage struct {
	base
	All     verdict.Row
	Size    int64 // of the archived bytes; -1: the archive does not give them out
	RawHref string
	Logged  bool     // there is a log
	Leaf    *leafRow // nil where it does not have the bytes
	Steps   []stepTable
	Certs   []obs.Certificate
	Layers  []layerRules
	Earlier []store.Earlier // what was said before
}

// layerRules is what the rules said of one layer.
type layerRules struct {
	verdict.Row
	Fired []firedRule
}

// firedRule is one rule, with all it fired on.
type firedRule struct {
	verdict.Rule
	Winner bool
	On     []firing
	Left   int64 // more than are shown
	// Before are the rules of the layer that were tried first and did not hold.
	Before []string
}

// BeforeN returns how many they are.
func (f firedRule) BeforeN() int64 { return int64(len(f.Before)) }

// firing is what a rule fired on, and what it looked at.
type firing struct{ Subject, Fact translated }

const (
	maxFirings = 8  // of one rule, on a page
	maxCerts   = 12 // on a page
)

func (s *site) measurement(r *request) error {
	m, err := s.load(r)
	if err != nil {
		return err
	}
	first := m.Verdicts[0]
	p := measurementPage{All: first, RawHref: "/measurement/" + first.MeasurementUID + "/raw"}
	p.base = r.base(r.words().get("m.title", isolate(shorten(targetName(r.words(), first.Target), 60)), day(r.words(), first.StartTime)))
	p.Earlier = m.Earlier
	p.Certs = m.Certificates[:min(len(m.Certificates), maxCerts)]
	p.Steps = steps(m.Observations, p.Certs)
	if first.Invented {
		p.Invented = all
	}
	raw, err := s.Evidence.Raw(first.EvidenceHash)
	p.Size = int64(len(raw))
	if err != nil {
		// The page is worth most when it says that its evidence is gone.
		s.Log.Error("evidence cannot be read", "hash", first.EvidenceHash, "error", err)
		p.Size = -1
	}
	p.Logged = s.Transparency != nil
	p.Leaf = r.leafOf(tlog.Object, first.EvidenceHash)
	for _, v := range m.Verdicts {
		if rules := r.fired(v); v.Layer != verdict.All || len(rules) > 0 {
			p.Layers = append(p.Layers, layerRules{v, rules})
		}
	}
	w := r.words()
	q := quotable{Name: "measurement-" + first.MeasurementUID, Sentence: s.quote(r.lang, first), Page: prefix(r.lang) + "/measurement/" + url.PathEscape(first.MeasurementUID), At: first.StartTime, Dataset: true,
		Version: w.get("cite.rules", first.RuleSet), Note: w.get("cite.bytes", first.EvidenceHash), Stays: "cite.stays.measurement"}
	if p.Leaf != nil && !p.Leaf.Broken {
		q.At, q.Note = p.Leaf.At, q.Note+" "+w.get("cite.leaf", strconv.FormatUint(p.Leaf.Index, 10))
	}
	p.Cite, p.Would = r.citing(q, ""), r.verdictWould(&p)
	return r.render(http.StatusOK, "measurement", p)
}

// load fetches the measurement whose page was asked for.
func (s *site) load(r *request) (store.Measurement, error) {
	uid := r.PathValue("uid")
	m, err := s.Store.Measurement(r.Context(), uid)
	if errors.Is(err, store.ErrNotFound) {
		return m, &problem{http.StatusNotFound, "error.measurement", uid}
	}
	return m, err
}

// fired gathers the rules that fired in a layer, in the order in which they first did.
func (r *request) fired(v verdict.Row) []firedRule {
	var out []firedRule
	at := map[string]int{}
	for i, id := range v.Rules {
		j, ok := at[id]
		if !ok {
			rule, known := r.s.rules[id]
			if !known {
				rule = verdict.Rule{ID: id}
			}
			j = len(out)
			at[id] = j
			out = append(out, firedRule{Rule: rule, Winner: id == v.Rule, Before: r.s.before(v.Layer, id)})
		}
		switch {
		case i >= len(v.Subjects) || i >= len(v.Facts):
		case len(out[j].On) == maxFirings:
			out[j].Left++
		default:
			out[j].On = append(out[j].On, firing{r.firedOn(v.Subjects[i]), r.tell(factSentences, v.Facts[i], 240)})
		}
	}
	return out
}

// firedOn words what a rule fired on: mostly a name or an address, which are of no language.
func (r *request) firedOn(subject string) translated {
	if name, ok := r.words()["service."+subject]; ok {
		return translated{long: long{Short: name}}
	}
	out := r.tell(subjectSentences, subject, 100)
	out.Lang = ""
	return out
}

// before returns the rules of a layer that are tried before the one called id.
func (s *site) before(l verdict.Layer, id string) []string {
	if l == verdict.All {
		return nil // these are picked, not tried in turn
	}
	var out []string
	for _, r := range s.AllRules {
		if r.ID == id {
			return out
		}
		if r.Layer == l {
			out = append(out, r.ID)
		}
	}
	return nil
}

// raw sends a measurement's archived bytes.
func (s *site) raw(r *request) error {
	m, err := s.load(r)
	if err != nil {
		return err
	}
	first := m.Verdicts[0]
	b, err := s.Evidence.Raw(first.EvidenceHash)
	if err != nil {
		return errors.Join(&problem{http.StatusInternalServerError, "error.evidence", first.EvidenceHash}, err)
	}
	r.w.Header().Set("Content-Disposition", `attachment; filename="`+first.EvidenceHash+`.json"`)
	return r.send(http.StatusOK, "application/json", "public, max-age=86400", b)
}
