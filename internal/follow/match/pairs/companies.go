package pairs

import (
	"fmt"
	"slices"
	"strings"
)

// tongue numbers the languages of the vocabulary.
const (
	en = iota
	es
	ru
	zh
	ar
	tongues
)

// sector is a line of business in five languages.
type sector [tongues]string

var sectors = []sector{
	{"Trading", "Comercial", "Торговая", "贸易", "للتجارة"}, {"Shipping", "Naviera", "Судоходная", "航运", "للملاحة"}, {"Construction", "Construcciones", "Строительная", "建筑", "للمقاولات"},
	{"Electronics", "Electrónica", "Электроника", "电子", "للإلكترونيات"}, {"Telecommunications", "Telecomunicaciones", "Телекоммуникации", "电信", "للاتصالات"}, {"Oil", "Petrolera", "Нефтяная", "石油", "للنفط"},
	{"Mining", "Minera", "Горная", "矿业", "للتعدين"}, {"Technology", "Tecnología", "Технологии", "科技", "للتكنولوجيا"}, {"Import and Export", "Importación y Exportación", "Импорт-Экспорт", "进出口", "للاستيراد والتصدير"},
	{"Investment", "Inversiones", "Инвестиции", "投资", "للاستثمار"}, {"Insurance", "Seguros", "Страховая", "保险", "للتأمين"}, {"Logistics", "Logística", "Логистика", "物流", "للخدمات اللوجستية"},
	{"Chemical", "Química", "Химическая", "化工", "للكيماويات"}, {"Steel", "Siderúrgica", "Сталь", "钢铁", "للحديد"}, {"Pharmaceutical", "Farmacéutica", "Фармацевтика", "制药", "للأدوية"},
	{"Engineering", "Ingeniería", "Инжиниринг", "工程", "للهندسة"}, {"Energy", "Energía", "Энергетика", "能源", "للطاقة"}, {"Foods", "Alimentos", "Продовольственная", "食品", "للمواد الغذائية"},
	{"Transport", "Transporte", "Транспортная", "运输", "للنقل"}, {"Aviation", "Aviación", "Авиация", "航空", "للطيران"}, {"Agricultural", "Agropecuaria", "Аграрная", "农业", "الزراعية"},
	{"Security", "Seguridad", "Безопасность", "安全", "للأمن"}, {"Machinery", "Maquinaria", "Машиностроение", "机械", "للآلات"}, {"Software", "Software", "Программное обеспечение", "软件", "للبرمجيات"},
	{"Real Estate", "Inmobiliaria", "Недвижимость", "房地产", "العقارية"}, {"Consulting", "Consultores", "Консалтинг", "咨询", "للاستشارات"}, {"Textile", "Textil", "Текстильная", "纺织", "للنسيج"},
	{"Tourism", "Turismo", "Туризм", "旅游", "للسياحة"}, {"Media", "Medios", "Медиа", "传媒", "للإعلام"}, {"Marine Services", "Servicios Marítimos", "Морской сервис", "海运服务", "للخدمات البحرية"},
}

var legalForms = [tongues][]string{
	{"Ltd", "Limited", "LLC", "L.L.C.", "Inc.", "Corporation", "Corp", "Co., Ltd.", "Company Limited", "PLC", "Pte Ltd", "FZE", "GmbH"},
	{"S.A.", "C.A.", "S.A. de C.V.", "S.R.L.", "Ltda.", "SA", "S. de R.L.", "Cía. Ltda.", "Sociedad Anónima", "Compañía Anónima"},
	{"ООО", "АО", "ЗАО", "ПАО", "ОАО", "Общество с ограниченной ответственностью"},
	{"有限公司", "股份有限公司", "集团有限公司", "有限责任公司"},
	{"شركة"},
}

// same is a legal form and other ways to write it.
var same = [][]string{
	{"Ltd", "Limited", "Ltd.", "LTD"}, {"LLC", "L.L.C.", "Limited Liability Company"}, {"Corporation", "Corp", "Corp."}, {"Co., Ltd.", "Company Limited", "Co Ltd", "Co. Limited"},
	{"S.A.", "SA", "Sociedad Anónima", "S. A."}, {"C.A.", "CA", "Compañía Anónima"}, {"Ltda.", "Limitada", "LTDA"}, {"ООО", "Общество с ограниченной ответственностью"},
	{"Inc.", "Incorporated", "Inc"}, {"S.R.L.", "SRL"}, {"Cía. Ltda.", "Compañía Limitada"}, {"GmbH", "Gesellschaft mit beschränkter Haftung"},
}

// company has an invented brand, a sector or two, a legal form, perhaps a place or a number.
type company struct {
	brand, another   string // Latin
	han, anotherHan  string
	tongue           int
	sector, otherSec int
	form             string
	place, number    string
}

func newCompany(g *generator) bearer {
	c := &company{tongue: []int{en, en, en, es, es, ru, zh, ar}[g.r.IntN(8)]}
	c.brand, c.han = brand(g, c.tongue)
	c.another, c.anotherHan = brand(g, c.tongue)
	for near(c.brand, c.another) {
		c.another, c.anotherHan = brand(g, c.tongue)
	}
	c.sector, c.otherSec = g.r.IntN(len(sectors)), g.r.IntN(len(sectors))
	for c.otherSec == c.sector {
		c.otherSec = g.r.IntN(len(sectors))
	}
	c.form = pick(g, legalForms[c.tongue])
	if g.chance(0.12) {
		c.number = fmt.Sprint(1 + g.r.IntN(30))
	}
	return c
}

// brand invents a word; for Chinese companies two Han characters and their pinyin.
func brand(g *generator, tongue int) (string, string) {
	if tongue == zh {
		a, b, c := pick(g, hanGiven), pick(g, hanGiven), pick(g, hanGiven)
		if g.chance(0.4) {
			return title(a[1] + b[1]), a[0] + b[0]
		}
		return title(a[1] + b[1] + c[1]), a[0] + b[0] + c[0]
	}
	on, mid := strings.Split("b d f g k l m n p r s t v z br dr gr kr tr st", " "), strings.Split("a e i o u", " ")
	end := strings.Split("n r s l m t k", " ")
	var b strings.Builder
	for range 2 + g.r.IntN(2) {
		b.WriteString(pick(g, on) + pick(g, mid))
	}
	if g.chance(0.7) {
		b.WriteString(pick(g, end))
	}
	s := title(b.String())
	if g.chance(0.25) { // two words
		t, _ := brand(g, ar+1)
		s += " " + t
	}
	return s, ""
}

// near says whether two brands could be taken for spellings of one; a negative pair must not be one that nobody could tell.
func near(a, b string) bool {
	a, b = strings.ToLower(a), strings.ToLower(b)
	same := 0
	for i := range min(len(a), len(b)) {
		if a[i] == b[i] {
			same++
		}
	}
	return same*2 > min(len(a), len(b))
}

func (c *company) schema() string  { return "Company" }
func (c *company) country() string { return [tongues]string{"ae", "ve", "ru", "cn", "ae"}[c.tongue] }

// say writes the name in a language.
func (c *company) say(tongue int, form string) string {
	s, brand, han, place := sectors[c.sector][tongue], c.brand, c.han, c.place
	if c.number != "" {
		brand += " " + c.number
		if han != "" {
			han += c.number
		}
	}
	var out string
	switch tongue {
	case en:
		if place != "" {
			brand += " (" + place + ")"
		}
		out = strings.TrimSpace(brand + " " + s + " " + form)
	case es:
		out = s + " " + brand
		if place != "" {
			out += " de " + place
		}
		if form != "" {
			out += ", " + form
		}
	case ru:
		out = form + " «" + s + " " + title(intoCyrillic(brand)) + "»"
		if form == "" {
			out = title(intoCyrillic(brand)) + " " + s
		}
	case zh:
		out = han + s + form
	case ar:
		out = "شركة " + intoArabic(brand) + " " + s
	}
	return out
}

func (c *company) name(g *generator) string {
	if (c.tongue == ar || c.tongue == ru || c.tongue == zh) && g.chance(0.5) {
		return c.say(en, pick(g, legalForms[en]))
	}
	return c.say(c.tongue, c.form)
}

func (c *company) alias(g *generator) string {
	if c.tongue == zh {
		return c.say(zh, c.form)
	}
	return c.say(en, "")
}

func (c *company) variant(g *generator) (string, string) {
	base := c.say(c.tongue, c.form)
	english := c.say(en, pick(g, legalForms[en][:8]))
	switch g.r.IntN(9) {
	case 0:
		if c.tongue != en {
			return english, "translation"
		}
		return c.say(es, pick(g, legalForms[es])), "translation"
	case 1:
		return c.say(c.tongue, ""), "legal form left out"
	case 2:
		return otherForm(g, base), "legal form"
	case 3:
		return typo(g, english), "typo"
	case 4:
		return shorten(english), "abbreviation"
	case 5:
		if c.tongue == ru || c.tongue == ar || c.tongue == zh {
			return base, "script"
		}
		return c.say(ru, pick(g, legalForms[ru])), "script"
	case 6:
		words := strings.Fields(c.say(en, ""))
		g.r.Shuffle(len(words), func(i, j int) { words[i], words[j] = words[j], words[i] })
		return cased(g, strings.Join(words, " ")), "reordered"
	case 7:
		if i := strings.IndexByte(c.brand, ' '); i > 0 {
			return strings.Replace(english, c.brand, c.brand[:i]+strings.ToLower(c.brand[i+1:]), 1), "joined"
		}
		return cased(g, strings.ReplaceAll(english, " ", "  ")), "case"
	}
	return cased(g, base), "case"
}

func (c *company) miss(g *generator) nearMiss {
	form := pick(g, legalForms[en][:8])
	o := *c
	o.place = ""
	switch g.r.IntN(6) {
	case 0:
		o.brand, o.han = c.another, c.anotherHan
		return nearMiss{&o, o.say(en, form), "another brand"}
	case 1:
		o.sector = c.otherSec
		return nearMiss{&o, o.say(c.tongue, c.form), "another sector"}
	case 2:
		o.number = fmt.Sprint(40 + g.r.IntN(50))
		if c.number == "" { // of two without and with a number nothing sure can be said: both get one
			o.brand, o.han = c.another, c.anotherHan
			return nearMiss{&o, o.say(en, form), "another brand, number"}
		}
		return nearMiss{&o, o.say(en, form), "another number"}
	case 3:
		o.place = pick(g, []string{"Hong Kong", "Singapore", "Malaysia", "Brazil", "Cyprus", "Kenya"})
		return nearMiss{&o, o.say(en, form), "subsidiary elsewhere"}
	case 4:
		o.brand, o.han = c.another, c.anotherHan
		return nearMiss{&o, o.say(c.tongue, c.form), "another brand"}
	}
	o.sector = c.otherSec
	return nearMiss{&o, o.say(en, form), "another sector"}
}

// key is a company of a kind of name: its brand in letters, in Han or by what Arabic writes of it.
func (c *company) key(kind, brand string) string {
	return fmt.Sprintf("%s|%s|%d|%s|%s", kind, strings.ToLower(strings.ReplaceAll(brand, " ", "")), c.sector, c.number, c.place)
}

func (c *company) borne(names []string) []string {
	latin, arabic := c.key("company", c.brand), c.key("company in Arabic", intoArabic(c.brand))
	keys := []string{latin, arabic}
	if c.han != "" && slices.ContainsFunc(names, isHan) {
		keys = append(keys, c.key("company in Han", c.han))
	} else if c.han != "" {
		keys = append(keys, latin+" alone")
	}
	if !slices.ContainsFunc(names, func(n string) bool { return !isArabic(n) }) {
		keys = append(keys, arabic+" alone")
	}
	return keys
}

func (c *company) asked(name, _ string) []string {
	switch latin, arabic := c.key("company", c.brand), c.key("company in Arabic", intoArabic(c.brand)); {
	case isHan(name):
		return []string{c.key("company in Han", c.han), latin + " alone"}
	case isArabic(name):
		return []string{arabic + " alone", arabic}
	default:
		return []string{latin, arabic + " alone"}
	}
}

// otherForm writes the legal form of a name in another way.
func otherForm(g *generator, name string) string {
	for _, ways := range same {
		for _, w := range ways {
			if strings.HasSuffix(name, " "+w) {
				return strings.TrimSuffix(name, w) + pick(g, ways)
			}
			if strings.HasPrefix(name, w+" ") {
				return pick(g, ways) + strings.TrimPrefix(name, w)
			}
		}
	}
	return name
}

func shorten(s string) string {
	return strings.NewReplacer("Import and Export", "Imp. & Exp.", "Engineering", "Engg", "Technology", "Tech", "Telecommunications", "Telecom", "Construction", "Constr.", "Transport", "Trans.",
		"Chemical", "Chem.", "Pharmaceutical", "Pharma", "Investment", "Inv.", "Machinery", "Mach.", "Agricultural", "Agric.", "Electronics", "Elec.", "Corporation", "Corp.", "Limited", "Ltd").Replace(s)
}
