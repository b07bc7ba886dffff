package match

import "testing"

func TestEastFold(t *testing.T) {
	for _, c := range [][2]string{{"choe", "choi"}, {"puil", "buil"}, {"chiang", "jiang"}, {"hsiaoping", "xiaoping"}, {"tsetung", "zedong"}, {"chol", "cheol"},
		{"chien", "jian"}, {"chang", "zhang"}, {"tsai", "cai"}, {"teng", "deng"}, {"hsieh", "xie"}, {"li", "ri"}, {"mun", "moon"}} {
		if a, b := eastFold(c[0]), eastFold(c[1]); a != b {
			t.Errorf("%s is %s, %s is %s", c[0], a, c[1], b)
		}
	}
	for _, c := range [][2]string{{"chang", "wang"}, {"li", "lu"}, {"kim", "kum"}, {"pak", "mak"}} {
		if a := eastFold(c[0]); a == eastFold(c[1]) {
			t.Errorf("%s and %s are both %s", c[0], c[1], a)
		}
	}
}

func TestEasternNames(t *testing.T) {
	for _, c := range [][2]string{{"CHOI, Bu-il", "CHOE, Pu Il"}, {"Mao Tse-tung", "毛泽东"}, {"Chiang Chieh-shih", "Jiang Jieshi"}, {"CHEUNG, Ka Wai", "Zhang Ka Wai"},
		{"Kim Myong-chol", "KIM, Myeong Cheol"}, {"PARK, Han-sol", "PAK, Han Sol"}} {
		x := indexOf(t, Entity{ID: "1", Schema: "Person", Names: []string{c[1]}}, Entity{ID: "2", Schema: "Person", Names: []string{"Wang Xiaohong"}})
		hits := x.Search(Entity{Schema: "Person", Names: []string{c[0]}}, 1, nil)
		if len(hits) == 0 || hits[0].Entity.ID != "1" || hits[0].Score < 0.3 {
			t.Errorf("%s is not %s: %+v", c[0], c[1], hits)
		}
	}
}
