package pairs

import (
	"fmt"
	"strings"
)

// place is a country in five languages.
type placeName struct {
	code  string
	names [tongues]string
}

var countries = []placeName{
	{"cn", [tongues]string{"China", "China", "Китая", "中国", "الصين"}}, {"ve", [tongues]string{"Venezuela", "Venezuela", "Венесуэлы", "委内瑞拉", "فنزويلا"}}, {"ru", [tongues]string{"Russia", "Rusia", "России", "俄罗斯", "روسيا"}},
	{"ir", [tongues]string{"Iran", "Irán", "Ирана", "伊朗", "إيران"}}, {"sy", [tongues]string{"Syria", "Siria", "Сирии", "叙利亚", "سوريا"}}, {"cu", [tongues]string{"Cuba", "Cuba", "Кубы", "古巴", "كوبا"}},
	{"br", [tongues]string{"Brazil", "Brasil", "Бразилии", "巴西", "البرازيل"}}, {"mx", [tongues]string{"Mexico", "México", "Мексики", "墨西哥", "المكسيك"}}, {"eg", [tongues]string{"Egypt", "Egipto", "Египта", "埃及", "مصر"}},
	{"iq", [tongues]string{"Iraq", "Irak", "Ирака", "伊拉克", "العراق"}}, {"kz", [tongues]string{"Kazakhstan", "Kazajistán", "Казахстана", "哈萨克斯坦", "كازاخستان"}}, {"vn", [tongues]string{"Vietnam", "Vietnam", "Вьетнама", "越南", "فيتنام"}},
	{"pe", [tongues]string{"Peru", "Perú", "Перу", "秘鲁", "بيرو"}}, {"ec", [tongues]string{"Ecuador", "Ecuador", "Эквадора", "厄瓜多尔", "الإكوادور"}}, {"bo", [tongues]string{"Bolivia", "Bolivia", "Боливии", "玻利维亚", "بوليفيا"}},
	{"in", [tongues]string{"India", "India", "Индии", "印度", "الهند"}}, {"pk", [tongues]string{"Pakistan", "Pakistán", "Пакистана", "巴基斯坦", "باكستان"}}, {"ao", [tongues]string{"Angola", "Angola", "Анголы", "安哥拉", "أنغولا"}},
	{"lk", [tongues]string{"Sri Lanka", "Sri Lanka", "Шри-Ланки", "斯里兰卡", "سريلانكا"}}, {"tr", [tongues]string{"Turkey", "Turquía", "Турции", "土耳其", "تركيا"}}, {"ly", [tongues]string{"Libya", "Libia", "Ливии", "利比亚", "ليبيا"}},
	{"sd", [tongues]string{"Sudan", "Sudán", "Судана", "苏丹", "السودان"}}, {"by", [tongues]string{"Belarus", "Bielorrusia", "Беларуси", "白俄罗斯", "بيلاروسيا"}}, {"lb", [tongues]string{"Lebanon", "Líbano", "Ливана", "黎巴嫩", "لبنان"}},
	{"ng", [tongues]string{"Nigeria", "Nigeria", "Нигерии", "尼日利亚", "نيجيريا"}}, {"et", [tongues]string{"Ethiopia", "Etiopía", "Эфиопии", "埃塞俄比亚", "إثيوبيا"}}, {"cl", [tongues]string{"Chile", "Chile", "Чили", "智利", "تشيلي"}},
	{"co", [tongues]string{"Colombia", "Colombia", "Колумбии", "哥伦比亚", "كولومبيا"}}, {"mm", [tongues]string{"Myanmar", "Myanmar", "Мьянмы", "缅甸", "ميانمار"}}, {"uz", [tongues]string{"Uzbekistan", "Uzbekistán", "Узбекистана", "乌兹别克斯坦", "أوزبكستان"}},
}

// kinds of public bodies; Chinese puts the country first and the others last, which say sees to.
var offices = [][tongues]string{
	{"Central Bank", "Banco Central", "Центральный банк", "中央银行", "البنك المركزي"}, {"Ministry of Defence", "Ministerio de Defensa", "Министерство обороны", "国防部", "وزارة الدفاع"},
	{"Ministry of the Interior", "Ministerio del Interior", "Министерство внутренних дел", "内政部", "وزارة الداخلية"}, {"Ministry of Petroleum", "Ministerio de Petróleo", "Министерство нефти", "石油部", "وزارة النفط"},
	{"National Oil Company", "Empresa Nacional de Petróleo", "Национальная нефтяная компания", "国家石油公司", "الشركة الوطنية للنفط"}, {"Development Bank", "Banco de Desarrollo", "Банк развития", "开发银行", "بنك التنمية"},
	{"National Telecommunications Corporation", "Corporación Nacional de Telecomunicaciones", "Национальная телекоммуникационная корпорация", "国家电信公司", "المؤسسة الوطنية للاتصالات"},
	{"Civil Aviation Authority", "Autoridad de Aviación Civil", "Управление гражданской авиации", "民航局", "هيئة الطيران المدني"}, {"National Police", "Policía Nacional", "Национальная полиция", "国家警察", "الشرطة الوطنية"},
	{"Atomic Energy Agency", "Agencia de Energía Atómica", "Агентство по атомной энергии", "原子能机构", "وكالة الطاقة الذرية"}, {"Electricity Corporation", "Corporación Eléctrica", "Электроэнергетическая корпорация", "电力公司", "مؤسسة الكهرباء"},
	{"Insurance Company", "Compañía de Seguros", "Страховая компания", "保险公司", "شركة التأمين"}, {"Academy of Sciences", "Academia de Ciencias", "Академия наук", "科学院", "أكاديمية العلوم"},
	{"Steel Corporation", "Corporación Siderúrgica", "Стальная корпорация", "钢铁公司", "مؤسسة الصلب"}, {"Ministry of Justice", "Ministerio de Justicia", "Министерство юстиции", "司法部", "وزارة العدل"},
	{"Ministry of Communications", "Ministerio de Comunicaciones", "Министерство связи", "通信部", "وزارة الاتصالات"}, {"Shipping Company", "Empresa Naviera", "Судоходная компания", "航运公司", "شركة الملاحة"},
	{"Investment Fund", "Fondo de Inversión", "Инвестиционный фонд", "投资基金", "صندوق الاستثمار"}, {"National Import and Export Corporation", "Corporación Nacional de Importación y Exportación", "Национальная импортно-экспортная корпорация", "国家进出口公司", "المؤسسة الوطنية للاستيراد والتصدير"},
	{"Data Processing Centre", "Centro de Procesamiento de Datos", "Центр обработки данных", "数据处理中心", "مركز معالجة البيانات"},
}

// office is a public body: a kind and a country. Few of them can be told apart by kind and country alone, so most carry a town or a name as well.
type office struct {
	kind, place, other int
	town, another      string
}

func newOffice(g *generator) bearer {
	o := &office{kind: g.r.IntN(len(offices)), place: g.r.IntN(len(countries)), other: g.r.IntN(len(countries))}
	for o.other == o.place {
		o.other = g.r.IntN(len(countries))
	}
	o.town, _ = brand(g, en)
	o.another, _ = brand(g, en)
	for near(o.town, o.another) {
		o.another, _ = brand(g, en)
	}
	return o
}

func (o *office) schema() string  { return "PublicBody" }
func (o *office) country() string { return countries[o.place].code }

func (o *office) say(tongue, kind, place int, town string) string {
	k, p := offices[kind][tongue], countries[place].names[tongue]
	switch tongue {
	case en:
		return k + " of " + p + ", " + town + " Branch"
	case es:
		return k + " de " + p + ", sucursal " + town
	case ru:
		return k + " " + p + ", филиал " + title(intoCyrillic(town))
	case zh:
		return p + k + " " + town + " 分公司"
	}
	return k + " في " + p + " فرع " + intoArabic(town)
}

func (o *office) name(*generator) string    { return o.say(en, o.kind, o.place, o.town) }
func (o *office) alias(g *generator) string { return o.say(es, o.kind, o.place, o.town) }

func (o *office) variant(g *generator) (string, string) {
	switch t := g.r.IntN(tongues + 2); t {
	case en:
		return cased(g, o.name(g)), "case"
	case tongues:
		return typo(g, o.name(g)), "typo"
	case tongues + 1:
		return o.town + " Branch, " + countries[o.place].names[en] + " " + offices[o.kind][en], "reordered"
	default:
		return o.say(t, o.kind, o.place, o.town), "translation"
	}
}

func (o *office) miss(g *generator) nearMiss {
	n := *o
	switch g.r.IntN(3) {
	case 0:
		n.place = o.other
		return nearMiss{&n, n.say(en, n.kind, n.place, n.town), "another country"}
	case 1:
		n.kind = (o.kind + 1 + g.r.IntN(len(offices)-1)) % len(offices)
		return nearMiss{&n, n.say(g.r.IntN(2), n.kind, n.place, n.town), "another body"}
	}
	n.town = o.another
	return nearMiss{&n, n.say(g.r.IntN(2), n.kind, n.place, n.town), "another town"}
}

func (o *office) key(town string) string {
	return fmt.Sprintf("office|%d|%d|%s", o.kind, o.place, strings.ToLower(strings.ReplaceAll(town, " ", "")))
}

func (o *office) borne([]string) []string { return []string{o.key(o.town), o.key(intoArabic(o.town))} }

func (o *office) asked(name, _ string) []string {
	if isArabic(name) {
		return []string{o.key(intoArabic(o.town))}
	}
	return []string{o.key(o.town)}
}
