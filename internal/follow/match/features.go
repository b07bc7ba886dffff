package match

// feature numbers one of the things that a score is made of.
type feature int

const (
	fName feature = iota
	fCover
	fWord
	fExact
	fConflict
	fConceptConflict
	fConceptExtra
	fWordExtra
	fNumberConflict
	fNumberExtra
	fPlaceConflict
	fPlaceExtra
	fGeneration
	fSpelling
	fEvidence
	fSingle
	fAcronym
	fLoose
	fConsonants
	fInitials
	fLegal
	fID
	fIDConflict
	fCountry
	fCountryConflict
	fYear
	fYearConflict
	fAddress
	fSchema
	features
)

// names of the features, in their order, as a reader sees them.
func (f feature) String() string {
	return [features]string{"name", "name_cover", "name_distinct", "name_equal", "name_conflict", "common_word_conflict", "common_word_extra", "word_extra",
		"number_conflict", "number_extra", "place_conflict", "place_extra", "generation_conflict", "spelling_differs", "name_evidence", "single_word",
		"acronym", "acronym_unordered", "consonants_only", "initials", "legal_form_differs", "identifier", "identifier_conflict", "country", "country_conflict",
		"year", "year_conflict", "address", "schema_conflict"}[f]
}

type vector [features]float64

// longWord is the length from which one word alone says about as much as a name of several.
const longWord = 8

// nameFeatures compares two names. rarity scales the weight of a word by how seldom it occurs; nil takes every word for equally rare.
func nameFeatures(q, c *Form, rarity func(string) float64) vector {
	var v vector
	a := align(q, c)
	sq, sc := a.side(q, a.usedQ, a.simQ, rarity), a.side(c, a.usedC, a.simC, rarity)
	if sq.all == 0 || sc.all == 0 {
		return v
	}
	v[fName] = (sq.met + sc.met) / (sq.all + sc.all)
	v[fCover] = min(sq.met/sq.all, sc.met/sc.all)
	if sq.words > 0 || sc.words > 0 {
		v[fWord] = (sq.wordsMet + sc.wordsMet) / (sq.words + sc.words)
	} else {
		v[fWord] = v[fName]
	}
	if v[fCover] > 0.999 {
		v[fExact] = 1
	}
	v[fConflict] = min(1, min(sq.wordsLeft, sc.wordsLeft))
	v[fWordExtra] = min(1, max(sq.wordsLeft, sc.wordsLeft)/2)
	if sq.organsLeft > 0 && sc.organsLeft > 0 {
		v[fConceptConflict] = 1
	} else if sq.organsLeft+sc.organsLeft > 0 {
		v[fConceptExtra] = min(1, float64(sq.organsLeft+sc.organsLeft)/2)
	}
	if v[fConceptConflict] == 0 && (sq.bodiesLeft || sc.bodiesLeft) { // a ministry and a corporation of one field
		v[fConceptConflict] = 0.5
	}
	// A concept on one side and a word on the other contradict each other as well.
	if v[fConceptConflict] == 0 && (sq.organsLeft > 0 && sc.wordsLeft > 0.5 || sc.organsLeft > 0 && sq.wordsLeft > 0.5) {
		v[fConceptConflict] = 0.5
	}
	if sq.numbersLeft && sc.numbersLeft {
		v[fNumberConflict] = 1
	} else if sq.numbersLeft || sc.numbersLeft {
		v[fNumberExtra] = 1
	}
	if sq.placesLeft && sc.placesLeft {
		v[fPlaceConflict] = 1
	} else if sq.placesLeft || sc.placesLeft {
		v[fPlaceExtra] = 1
	}
	v[fGeneration] = generations(q, c)
	met := (sq.met + sc.met) / 2
	if full := (sq.metFull + sc.metFull) / 2; full > 0 {
		v[fSpelling] = min(1, 3*(full-met)/full)
	}
	v[fEvidence] = min(1, met/3)
	if len(q.words) == 1 && len(c.words) == 1 {
		if x, y := &q.tokens[q.words[0]], &c.tokens[c.words[0]]; x.script == han || y.script == han || min(len(x.text), len(y.text)) < longWord {
			v[fSingle] = 1 // an acronym or a homophone may be anybody's, a long word is hardly two bearers'
		}
	}
	if a.acronym {
		v[fAcronym] = 1
	}
	if a.loose {
		v[fLoose] = 1
	}
	v[fConsonants] = min(1, float64(a.skeletons)/3)
	v[fInitials] = min(1, float64(a.initial)/2)
	if q.legal != "" && c.legal != "" && q.legal != c.legal {
		v[fLegal] = 1
	}
	return v
}

func generations(q, c *Form) float64 {
	switch {
	case q.generation == c.generation:
		return 0
	}
	return 1
}

// side is what of one name met and what was left over.
type side struct {
	all, met, metFull          float64
	words, wordsMet, wordsLeft float64
	organsLeft                 int
	bodiesLeft                 bool
	numbersLeft, placesLeft    bool
}

func (a *alignment) side(f *Form, used []bool, sim []float64, rarity func(string) float64) side {
	var s side
	for _, k := range f.words {
		x := &f.tokens[k]
		w := x.weight
		if rarity != nil && x.kind == kindWord && x.script != arabic {
			w *= rarity(x.fold)
		}
		s.all += w
		s.met += w * sim[k]
		distinct := x.kind == kindWord || x.kind == kindInitial
		if distinct {
			s.words += w
			s.wordsMet += w * sim[k]
		}
		if used[k] {
			s.metFull += w
			if distinct && sim[k] < 0.75 {
				s.wordsLeft += w * (1 - sim[k])
			}
			continue
		}
		switch {
		case distinct:
			s.wordsLeft += w
		case x.kind == kindNumber:
			s.numbersLeft = true
		case x.class == country:
			s.placesLeft = true
		case x.class != filler:
			s.organsLeft++
			s.bodiesLeft = s.bodiesLeft || x.class == organ
		}
	}
	return s
}
