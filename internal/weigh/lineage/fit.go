package lineage

import (
	"encoding/json"
	"math"
)

// Sample is a pair that was compared, for fitting the model: what was measured, and whether the two are of one descent.
type Sample struct {
	Source   string
	class    class
	features [features]float64
	Derives  bool
}

// Samples compares an item that the index holds with its candidates that may be its source.
func (x *Index) Samples(id string) []Sample {
	n, ok := x.at[id]
	if !ok {
		return nil
	}
	m, d := x.matcher(), x.docs[n]
	up, _ := m.weigh(d)
	var out []Sample
	for _, f := range up {
		out = append(out, Sample{Source: f.pair.b.item.ID, class: f.pair.class, features: f.pair.features()})
	}
	return out
}

// falling says for each feature which sign its weight may have: 1 not below zero, -1 not above, 0 either. Without this a feature that is rare among
// generated texts could turn against common sense on real ones.
func falling() [features]int {
	var s [features]int
	for _, i := range []int{ftCover, ftLongest, ftInSource, ftInItem, ftOrder, ftStrong, ftBoth, ftNear, ftAligned, ftSize} {
		s[i] = 1
	}
	for _, i := range []int{ftNovel, ftMissing, ftDenial, ftGap} {
		s[i] = -1
	}
	return s
}

// Fit fits a logistic model to each class of pairs by gradient descent with a penalty on large weights, and returns it as data/model.json.
// Negatives that are certain, those with a probability under one in ten thousand, hardly move it.
func Fit(samples []Sample) ([]byte, error) {
	var model [classes][features]float64
	for c := range model {
		model[c] = fitClass(samples, class(c))
	}
	return json.Marshal(model)
}

const (
	cited   = 1 // weight of naming the other's outlet: set, since made texts name nobody
	rounds  = 1200
	pace    = 0.5
	penalty = 1e-4
)

func fitClass(samples []Sample, c class) [features]float64 {
	var w, speed [features]float64
	sign := falling()
	n := 0.0
	for i := range samples {
		if samples[i].class == c {
			n++
		}
	}
	if n == 0 {
		return known().model[c]
	}
	for range rounds {
		var g [features]float64
		for i := range samples {
			s := &samples[i]
			if s.class != c {
				continue
			}
			z := 0.0
			for k, v := range s.features {
				z += w[k] * v
			}
			e := sigmoid(z) - truth(s.Derives)
			for k, v := range s.features {
				g[k] += e * v
			}
		}
		for k := range w {
			speed[k] = 0.9*speed[k] - pace*(g[k]/n+penalty*w[k])
			w[k] += speed[k]
			if float64(sign[k])*w[k] < 0 {
				w[k], speed[k] = 0, 0
			}
		}
	}
	w[ftCited] = cited
	for k := range w {
		w[k] = math.Round(w[k]*1000) / 1000
	}
	return w
}
