package match

import (
	"strings"
	"testing"
)

func show(f Form) string {
	var out []string
	for _, x := range f.tokens {
		s := x.text
		switch x.kind {
		case kindConcept:
			s = "<" + x.concept + ">"
		case kindLegal:
			s = "(" + x.text + ")"
		case kindStop:
			s = "-" + x.text
		case kindTitle:
			s = "~" + x.text
		case kindNumber:
			s = "#" + x.text
		case kindInitial:
			s = x.text + "."
		}
		out = append(out, s)
	}
	return strings.Join(out, " ")
}

func TestNormalize(t *testing.T) {
	for name, want := range map[string]string{
		"CHINA NATIONAL ELECTRONICS IMPORT & EXPORT CORPORATION":                  "<country:cn> <national> <electronics> <import> <export> <corporation>",
		"中国电子进出口有限公司":                                                             "<country:cn> <electronics> <import> <export> (youxiangongsi)",
		"中国电子进出口总公司":                                                              "<country:cn> <electronics> <import> <export> <corporation>",
		"Corporación Nacional China de Importación y Exportación de Electrónicos": "<corporation> <national> <country:cn> -de <import> -y <export> -de <electronics>",
		"Китайская национальная корпорация по импорту и экспорту электроники": "<country:cn> <national> <corporation> -po <import> -i <export> <electronics>",
		"الشركة الوطنية الصينية لاستيراد وتصدير الإلكترونيات":                 "<company> <national> <country:cn> <import> <export> <electronics>",
		"华为技术有限公司":                     "huawei <technology> (youxiangongsi)",
		"中兴通讯股份有限公司":                   "zhongxing <communication> (gufenyouxiangongsi)",
		"Petróleos de Venezuela, S.A.": "<oil> -de <country:ve> (sa)",
		"ООО «Стройгаз»":               "(ooo) stroygaz",
		"ПАО Сбербанк":                 "(pao) sberbank",
		"Grupo Delta, S.A. de C.V.":    "<group> delta (sa) (de) (cv)",
		"Li Wei Jr.":                   "li wei ~jr",
		"Hong Kong Wan Ltd":            "<country:hk> wan (ltd)",
		"Sunrise No. 3 GmbH & Co. KG":  "sunrise -no #3 (gmbh) (co) (kg)",
		"حسين محمد القذافي":            "hsyn mhmd qdhafy",
		"三星电子":                         "sanxing <electronics>",
		"왕건":                           "wanggeon",
		"Γεώργιος Παπαδόπουλος":        "georgios papadopoulos",
	} {
		if got := show(Normalize(name)); got != want {
			t.Errorf("%s:\n got %s\nwant %s", name, got, want)
		}
	}
}
