package match

import (
	"math"
	"testing"
)

func score(t *testing.T, schema, q, c string) Result {
	t.Helper()
	return Score(Entity{Schema: schema, Names: []string{q}}, Entity{Schema: schema, Names: []string{c}})
}

func TestSame(t *testing.T) {
	for _, c := range []struct{ schema, q, c string }{
		{"Company", "Huawei Technologies Co., Ltd.", "华为技术有限公司"},
		{"Company", "Petróleos de Venezuela, S.A.", "PETROLEOS DE VENEZUELA SA"},
		{"Company", "Banco Central de Venezuela", "Central Bank of Venezuela"},
		{"Company", "Rosoboronexport OJSC", "ОАО «Рособоронэкспорт»"},
		{"Company", "China National Electronics Import & Export Corporation", "Corporación Nacional China de Importación y Exportación de Electrónicos"},
		{"Company", "China National Electronics Import & Export Corporation", "中国电子进出口总公司"},
		{"Person", "Mohammed Yousef al-Khalidi", "محمد يوسف الخالدي"},
		{"Person", "Wang Xiaoming", "王小明"},
		{"Person", "Xiaoming WANG", "王小明"},
		{"Person", "Сергей Иванович Козловенко", "KOZLOVENKO, Sergei Ivanovich"},
		{"Person", "Abdul Rahman Qasim", "Abdelrahman Kassem"},
		{"Person", "Néstor Luis Reverol Torres", "REVEROL TORRES, Nestor Luis"},
	} {
		if r := score(t, c.schema, c.q, c.c); r.Score < Threshold() {
			t.Errorf("%s and %s: %.2f, below %.2f: %+v", c.q, c.c, r.Score, Threshold(), r.Features)
		}
	}
}

func TestDifferent(t *testing.T) {
	for _, c := range []struct{ schema, q, c string }{
		{"Company", "Bank of China", "Bank of Venezuela"},
		{"Company", "Central Bank of Iran", "Central Bank of Iraq"},
		{"Company", "Sunrise Shipping Ltd", "Sunrise Insurance Ltd"},
		{"Company", "Sunrise Shipping Ltd", "Sunrise Shipping (Hong Kong) Ltd"},
		{"Company", "Plant No. 12 JSC", "Plant No. 21 JSC"},
		{"Company", "China National Electronics Import & Export Corporation", "China National Machinery Import & Export Corporation"},
		{"Company", "中国电子进出口总公司", "中国机械进出口总公司"},
		{"Company", "Ministry of Defence of Iran", "Ministry of Justice of Iran"},
		{"Person", "Carlos Alberto Rondón Tovar", "Carlos Alberto Rondón Tovar Jr."},
		{"Person", "Wang Xiaoming", "王小红"},
		{"Person", "Mohammed Yousef al-Khalidi", "Mohammed Tariq al-Jabouri"},
	} {
		if r := score(t, c.schema, c.q, c.c); r.Score >= Threshold() {
			t.Errorf("%s and %s: %.2f, not below %.2f: %+v", c.q, c.c, r.Score, Threshold(), r.Features)
		}
	}
}

func TestFacts(t *testing.T) {
	q := Entity{Schema: "Company", Names: []string{"Delta Krovin Trading"}, Identifiers: []Identifier{{"uscCode", "9111 0000-1000 0106X1"}}, Years: []int{1999}}
	c := Entity{Schema: "Company", Names: []string{"Krovin Delta"}}
	none := Score(q, c).Score
	c.Identifiers = []Identifier{{"uscCode", "9111000010000106X1"}}
	with := Score(q, c).Score
	c.Identifiers = []Identifier{{"uscCode", "91110000100001777X"}}
	against := Score(q, c).Score
	if !(against < none && none < with) {
		t.Errorf("identifier: contradiction %.3f, none %.3f, equality %.3f", against, none, with)
	}
	c.Identifiers, c.Years = nil, []int{2015}
	if s := Score(q, c).Score; s >= none {
		t.Errorf("another year: %.3f, none %.3f", s, none)
	}
	c.Years, c.Schema = nil, "Vessel"
	if s := Score(q, c).Score; s >= none {
		t.Errorf("another schema: %.3f, the same %.3f", s, none)
	}
}

func TestSharesAddUp(t *testing.T) {
	r := score(t, "Company", "Krovin Shipping Ltd", "Krovin Shipping (Hong Kong) Ltd")
	sum := Shipped().Intercept
	for _, f := range r.Features {
		sum += f.Share
	}
	if p := 1 / (1 + math.Exp(-sum)); math.Abs(p-r.Score) > 1e-9 {
		t.Errorf("the shares give %.6f, the score is %.6f", p, r.Score)
	}
}

func TestCalibrate(t *testing.T) {
	var judged []Judged
	for i := range 4000 { // a score of s that is right in the square of s
		s := (float64(i%1000) + 0.5) / 1000
		judged = append(judged, Judged{s, float64(i*7919%4000)/4000 < s*s})
	}
	c := Calibrate(1, judged)
	last := math.Inf(-1)
	for _, k := range c.Knots {
		if k[1] <= last {
			t.Errorf("the curve falls: %v", c.Knots)
		}
		last = k[1]
	}
	for _, s := range []float64{0.2, 0.4, 0.5, 0.6, 0.8} {
		if got := probability(c.at(logOdds(s))); math.Abs(got-s*s) > 0.06 {
			t.Errorf("%.2f reads as %.3f, want %.3f", s, got, s*s)
		}
	}
	m := Model{Curves: []Curve{{1, []Knot{{0, 2}}}, {100, []Knot{{0, 0}}}}}
	for n, want := range map[int]float64{1: 3, 10: 2, 100: 1, 1000: 0} {
		if got := m.curved(1, n); math.Abs(got-want) > 1e-9 {
			t.Errorf("among %d: %v, want %v", n, got, want)
		}
	}
	if got := (&Model{}).curved(1.5, 7); got != 1.5 {
		t.Errorf("without a curve 1.5 became %v", got)
	}
}

func TestOrderAndEmpty(t *testing.T) {
	for _, n := range []string{"", "   ", "!!!", "Ltd", "中", "ООО", "\xff\xfe", "of the"} {
		r := score(t, "", n, "Krovin Shipping Ltd")
		if r.Score >= Threshold() || math.IsNaN(r.Score) {
			t.Errorf("%q: %.2f", n, r.Score)
		}
	}
}

func TestFitFindsWeights(t *testing.T) {
	var samples []Sample
	for i := range 200 {
		c := companies()
		a, b := c[i%len(c)], c[(i+1+i/len(c))%len(c)]
		samples = append(samples, Sample{a, a, true}, Sample{a, b, a.ID == b.ID})
	}
	m, err := Fit(samples, 5)
	if err != nil {
		t.Fatal(err)
	}
	s := NewScorer(m)
	if same, other := s.Score(samples[0].Query, samples[0].Candidate).Score, s.Score(samples[1].Query, samples[1].Candidate).Score; same < 0.9 || other > 0.1 {
		t.Errorf("the same %.2f, another %.2f", same, other)
	}
	if _, err := Fit(samples[:10], 5); err == nil {
		t.Error("ten pairs were fitted")
	}
}
