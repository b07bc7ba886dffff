package match

import (
	"bytes"
	"fmt"
	"testing"
)

func indexOf(t testing.TB, es ...Entity) *Index {
	t.Helper()
	b := NewBuilder()
	for _, e := range es {
		if err := b.Add(e); err != nil {
			t.Fatal(err)
		}
	}
	var buf bytes.Buffer
	if _, err := b.WriteTo(&buf); err != nil {
		t.Fatal(err)
	}
	s, err := OpenSegment(buf.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	return NewIndex(s)
}

// companies are entities as lists name them, with others that are near and different.
func companies() []Entity {
	var out []Entity
	for i, names := range [][]string{
		{"CEIEC", "CHINA NATIONAL ELECTRONICS IMPORT AND EXPORT CORPORATION", "CHINA NATIONAL ELECTRONIC IMPORT-EXPORT COMPANY"},
		{"China National Precision Machinery Import & Export Corporation", "CPMIEC"},
		{"China National Petroleum Corporation", "CNPC"},
		{"China National Offshore Oil Corporation"},
		{"China Electronics Technology Group Corporation", "CETC"},
		{"China Electronics Corporation", "CEC"},
		{"ZTE Corporation", "Zhongxing Telecommunication Equipment Company Limited"},
		{"Huawei Technologies Co., Ltd."},
		{"China North Industries Group Corporation", "NORINCO"},
		{"Petróleos de Venezuela, S.A.", "PDVSA"},
		{"Compañía Anónima Nacional Teléfonos de Venezuela", "CANTV"},
		{"Rostec", "State Corporation for Assistance to Development, Production and Export of Advanced Technology Industrial Product Rostec"},
		{"Sberbank of Russia", "PJSC Sberbank"},
		{"Banco Central de Venezuela"}, {"Banco de Venezuela"}, {"Bank of China"}, {"Bank of Dandong"}, {"Central Bank of Iran"},
		{"Rosoboronexport"}, {"Zhejiang Dahua Technology Co., Ltd."}, {"Hangzhou Hikvision Digital Technology Co Ltd"},
		{"China National Machinery Import and Export Corporation"}, {"China National Technical Import and Export Corporation"},
		{"Al-Aqsa Foundation"}, {"Ministry of Defence of Iran"}, {"Islamic Republic of Iran Shipping Lines", "IRISL"},
	} {
		out = append(out, Entity{ID: fmt.Sprint(i), Schema: "Company", Names: names})
	}
	return out
}

func TestSearchCompanies(t *testing.T) {
	x := indexOf(t, companies()...)
	for _, c := range []struct{ query, want string }{
		{"CEIEC", "CEIEC"},
		{"C.E.I.E.C.", "CEIEC"},
		{"China National Electronics Import & Export Corp.", "CEIEC"},
		{"China Nat'l Electronics Imp. & Exp. Corporation (CEIEC)", "CEIEC"},
		{"中国电子进出口有限公司", "CEIEC"},
		{"中国电子进出口总公司", "CEIEC"},
		{"中國電子進出口總公司", "CEIEC"},
		{"Corporación Nacional China de Importación y Exportación de Electrónicos", "CEIEC"},
		{"Corporación Nacional de Importaciones y Exportaciones Electrónicas de China", "CEIEC"},
		{"Китайская национальная корпорация по импорту и экспорту электроники", "CEIEC"},
		{"الشركة الوطنية الصينية لاستيراد وتصدير الإلكترونيات", "CEIEC"},
		{"Zhongguo Dianzi Jinchukou Zonggongsi", "CEIEC"},
		{"中国石油天然气集团公司", "China National Petroleum Corporation"},
		{"Китайская национальная нефтяная корпорация", "China National Petroleum Corporation"},
		{"Corporación Nacional de Petróleo de China", "China National Petroleum Corporation"},
		{"中国电子科技集团公司", "China Electronics Technology Group Corporation"},
		{"Zhongxing Telecom Equipment Co", "ZTE Corporation"},
		{"ZTE Corp", "ZTE Corporation"},
		{"华为技术有限公司", "Huawei Technologies Co., Ltd."},
		{"Хуавэй", "Huawei Technologies Co., Ltd."},
		{"Huawei", "Huawei Technologies Co., Ltd."},
		{"Norinco Group", "China North Industries Group Corporation"},
		{"中国北方工业公司", "China North Industries Group Corporation"},
		{"PDVSA", "Petróleos de Venezuela, S.A."},
		{"Petroleum of Venezuela", "Petróleos de Venezuela, S.A."},
		{"Cia. Anonima Nacional Telefonos de Venezuela (CANTV)", "Compañía Anónima Nacional Teléfonos de Venezuela"},
		{"Ростех", "Rostec"},
		{"ПАО «Сбербанк России»", "Sberbank of Russia"},
		{"Сбербанк", "Sberbank of Russia"},
		{"Рособоронэкспорт", "Rosoboronexport"},
		{"浙江大华技术股份有限公司", "Zhejiang Dahua Technology Co., Ltd."},
		{"Central Bank of Venezuela", "Banco Central de Venezuela"},
		{"中国银行", "Bank of China"},
		{"البنك المركزي الإيراني", "Central Bank of Iran"},
		{"Dandong Bank", "Bank of Dandong"},
	} {
		hits := x.Search(Entity{Schema: "Company", Names: []string{c.query}}, 3, nil)
		if len(hits) == 0 || hits[0].Entity.Names[0] != c.want {
			got := "nothing"
			for _, h := range hits {
				got += fmt.Sprintf("\n\t%.2f %s (%s) %+.1v", h.Score, h.Entity.Names[0], h.Name, h.Features)
			}
			t.Errorf("%s: want %s, got %s", c.query, c.want, got)
		}
	}
}
