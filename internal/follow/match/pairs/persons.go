package pairs

import (
	"slices"
	"strings"
)

// slav is a person named in Cyrillic: given name, patronymic, family name.
type slav struct{ given, father, family, other, second string }

func newSlav(g *generator) bearer {
	given := strings.Split("Александр Сергей Дмитрий Андрей Алексей Михаил Николай Владимир Евгений Юрий Виктор Павел Игорь Олег Роман Константин Вячеслав Борис Геннадий Станислав Леонид Георгий Тимур Руслан Ярослав Эдуард Валерий Григорий Анатолий Фёдор Степан Василий Артём Максим Кирилл Денис Илья Глеб Захар Арсений", " ")
	roots := strings.Split("Ивол Барсук Ковал Громов Зимнич Ласточк Медвед Озер Пахом Рябин Сокол Тарас Ульян Филип Хохл Цветк Чернов Шестак Щербак Юрл Яровец Белозуб Вертун Горбат Дроздич Елагин Жемчуг Зарудн Калинич Лебедян Мохнач Новосёл Остров Полозк Ручей Степняк Тихомир Уваров Фоминич Харчен Чумак Шумил Бережн Волобу Грибан Дергач Ершак Журавск Каменч Лисич", " ")
	ends := strings.Split("ов ев ин енко ский ук ович", " ")
	mid := strings.Split(",ель,ар,ат,ун,ыш,ик,ач,ен,ор", ",")
	s := &slav{given: pick(g, given), family: pick(g, roots) + pick(g, mid) + pick(g, ends), other: pick(g, given), second: pick(g, roots) + pick(g, mid) + pick(g, ends)}
	s.father = pick(g, []string{"Иванович", "Петрович", "Андреевич", "Сергеевич", "Николаевич", "Юрьевич", "Львович", "Борисович", "Олегович", "Тимурович", "Захарович", "Романович", "Глебович"})
	return s
}

func (s *slav) schema() string  { return "Person" }
func (s *slav) country() string { return "ru" }
func (s *slav) cyrillic() string {
	return s.given + " " + s.father + " " + s.family
}
func (s *slav) name(g *generator) string {
	if g.chance(0.3) {
		return s.cyrillic()
	}
	return latin(g, s.cyrillic())
}
func (s *slav) alias(g *generator) string { return latin(g, s.family+" "+s.given) }

func (s *slav) variant(g *generator) (string, string) {
	switch g.r.IntN(7) {
	case 0:
		return s.cyrillic(), "script"
	case 1:
		return cased(g, latin(g, s.family+", "+s.given+" "+s.father)), "reordered"
	case 2:
		return cased(g, latin(g, s.given+" "+s.family)), "patronymic left out"
	case 3:
		return typo(g, latin(g, s.cyrillic())), "typo"
	case 4:
		return latin(g, s.family+" "+string([]rune(s.given)[:1])+". "+string([]rune(s.father)[:1])+"."), "initials"
	case 5:
		return s.family + " " + s.given + " " + s.father, "script, reordered"
	}
	return latin(g, s.cyrillic()), "transliteration"
}

func (s *slav) miss(g *generator) nearMiss {
	for s.other == s.given {
		s.other = newSlav(g).(*slav).given
	}
	o := *s
	switch g.r.IntN(3) {
	case 0:
		o.given = s.other
		return nearMiss{&o, latin(g, o.cyrillic()), "another given name"}
	case 1:
		o.family = s.second
		return nearMiss{&o, latin(g, o.cyrillic()), "another family name"}
	}
	o.given = s.other
	return nearMiss{&o, o.cyrillic(), "another given name, script"}
}

func (s *slav) borne([]string) []string {
	return []string{key("slav", s.given, s.father, s.family), key("slav", s.given, s.family), key("slav", first(s.given), first(s.father), s.family)}
}

func (s *slav) asked(_, how string) []string {
	switch how {
	case "patronymic left out":
		return []string{key("slav", s.given, s.family)}
	case "initials":
		return []string{key("slav", first(s.given), first(s.father), s.family)}
	}
	return []string{key("slav", s.given, s.father, s.family)}
}

// key is a name by its parts.
func key(parts ...string) string { return strings.Join(parts, "|") }

// first is a name's first letter.
func first(s string) string { return string([]rune(s)[:1]) }

// arab is a person named in Arabic: parts, each with its romanisations.
type arab struct{ parts, others []arabPart }

type arabPart struct {
	arabic string
	roman  []string
}

func newArab(g *generator) bearer {
	a := &arab{parts: []arabPart{pick(g, arabGiven), pick(g, arabGiven), pick(g, arabGiven), arabFamily(g)}, others: []arabPart{pick(g, arabGiven), arabFamily(g)}}
	if g.chance(0.5) {
		a.parts = append(a.parts[:1:1], a.parts[2:]...)
	}
	return a
}

// arabFamily is a name of origin: three or four root consonants in one of the usual patterns.
func arabFamily(g *generator) arabPart {
	c := [][2]string{{"ب", "b"}, {"ت", "t"}, {"ج", "j"}, {"د", "d"}, {"ر", "r"}, {"ز", "z"}, {"س", "s"}, {"ش", "sh"}, {"ف", "f"}, {"ك", "k"}, {"ل", "l"}, {"م", "m"}, {"ن", "n"}, {"خ", "kh"}, {"ق", "q"}, {"غ", "gh"}}
	x, y, z := pick(g, c), pick(g, c), pick(g, c)
	switch g.r.IntN(3) {
	case 0:
		return arabPart{"ال" + x[0] + "ا" + y[0] + z[0] + "ي", []string{"al-" + title(x[1]+"a"+y[1]+z[1]+"i"), "Al " + title(x[1]+"a"+y[1]+z[1]+"y"), "el-" + title(x[1]+"a"+y[1]+z[1]+"i")}}
	case 1:
		return arabPart{"ال" + x[0] + y[0] + "و" + z[0] + "ي", []string{"al-" + title(x[1]+"a"+y[1]+"u"+z[1]+"i"), "Al-" + title(x[1]+"a"+y[1]+"ou"+z[1]+"i"), title(x[1] + "a" + y[1] + "oo" + z[1] + "i")}}
	}
	return arabPart{"ال" + x[0] + y[0] + "ي" + z[0] + "ي", []string{"al-" + title(x[1]+"a"+y[1]+"i"+z[1]+"i"), "Al " + title(x[1]+"e"+y[1]+"ee"+z[1]+"i"), title(x[1] + "a" + y[1] + "i" + z[1] + "i")}}
}

var arabGiven = []arabPart{
	{"محمد", []string{"Muhammad", "Mohammed", "Mohamed", "Mohammad"}}, {"أحمد", []string{"Ahmad", "Ahmed"}}, {"حسين", []string{"Husayn", "Hussein", "Hussain", "Hossein"}},
	{"علي", []string{"Ali", "Aly"}}, {"يوسف", []string{"Yusuf", "Yousef", "Youssef", "Yousuf"}}, {"خالد", []string{"Khalid", "Khaled"}}, {"عمر", []string{"Umar", "Omar"}},
	{"إبراهيم", []string{"Ibrahim", "Ebrahim"}}, {"مصطفى", []string{"Mustafa", "Mostafa", "Moustafa"}}, {"سعيد", []string{"Said", "Saeed", "Saïd"}}, {"طارق", []string{"Tariq", "Tarek", "Tareq"}},
	{"فيصل", []string{"Faysal", "Faisal", "Feisal"}}, {"جمال", []string{"Jamal", "Gamal", "Djamal"}}, {"ناصر", []string{"Nasir", "Nasser", "Naser"}}, {"كريم", []string{"Karim", "Kareem"}},
	{"رشيد", []string{"Rashid", "Rasheed", "Rachid"}}, {"سليمان", []string{"Sulayman", "Suleiman", "Soliman"}}, {"حميد", []string{"Hamid", "Hameed"}}, {"مجيد", []string{"Majid", "Majeed"}},
	{"نبيل", []string{"Nabil", "Nabeel"}}, {"زياد", []string{"Ziyad", "Ziad"}}, {"هشام", []string{"Hisham", "Hicham", "Hesham"}}, {"بشار", []string{"Bashar", "Bachar"}},
	{"منصور", []string{"Mansur", "Mansour", "Mansoor"}}, {"فاروق", []string{"Faruq", "Farouk", "Farooq"}}, {"وليد", []string{"Walid", "Waleed"}}, {"عبد الله", []string{"Abdullah", "Abdallah", "Abd Allah"}},
	{"عبد الرحمن", []string{"Abd al-Rahman", "Abdul Rahman", "Abdurrahman", "Abdelrahman"}}, {"عبد العزيز", []string{"Abd al-Aziz", "Abdul Aziz", "Abdelaziz"}}, {"صلاح", []string{"Salah", "Saleh"}},
	{"ماجد", []string{"Majed", "Magid"}}, {"أيمن", []string{"Ayman", "Aiman"}}, {"عادل", []string{"Adil", "Adel"}}, {"سامي", []string{"Sami", "Samy"}}, {"فؤاد", []string{"Fuad", "Fouad"}},
	{"مروان", []string{"Marwan", "Merouane"}}, {"بلال", []string{"Bilal", "Belal"}}, {"قاسم", []string{"Qasim", "Kassem", "Qassem"}}, {"جعفر", []string{"Jafar", "Ja'far", "Jaafar"}}, {"صادق", []string{"Sadiq", "Sadeq", "Sadek"}},
}

func (a *arab) schema() string  { return "Person" }
func (a *arab) country() string { return "iq" }
func arabRoman(g *generator, parts []arabPart) string {
	var out []string
	for _, p := range parts {
		out = append(out, pick(g, p.roman))
	}
	return strings.Join(out, " ")
}
func arabArabic(parts []arabPart) string {
	var out []string
	for _, p := range parts {
		out = append(out, p.arabic)
	}
	return strings.Join(out, " ")
}
func (a *arab) name(g *generator) string {
	if g.chance(0.2) {
		return arabArabic(a.parts)
	}
	return arabRoman(g, a.parts)
}
func (a *arab) alias(g *generator) string { return arabRoman(g, a.parts) }
func (a *arab) variant(g *generator) (string, string) {
	n := len(a.parts)
	switch g.r.IntN(6) {
	case 0:
		return arabArabic(a.parts), "script"
	case 1:
		return cased(g, arabRoman(g, append([]arabPart{a.parts[n-1]}, a.parts[:n-1]...))), "reordered"
	case 2:
		return typo(g, arabRoman(g, a.parts)), "typo"
	case 3:
		if n > 3 {
			return arabRoman(g, append(a.parts[:2:2], a.parts[3])), "a middle name left out"
		}
	case 4:
		return pick(g, []string{"Dr. ", "Sheikh ", "Gen. ", "Haji "}) + arabRoman(g, a.parts), "title"
	}
	return cased(g, arabRoman(g, a.parts)), "transliteration"
}
func (a *arab) miss(g *generator) nearMiss {
	n := len(a.parts)
	for a.others[0].arabic == a.parts[0].arabic {
		a.others[0] = pick(g, arabGiven)
	}
	o := arab{parts: append([]arabPart{}, a.parts...)}
	how := "another given name"
	switch g.r.IntN(3) {
	case 0:
		o.parts[0] = a.others[0]
	case 1:
		o.parts[n-1], how = a.others[1], "another family name"
		if a.others[1].arabic == a.parts[n-1].arabic {
			o.parts[0] = a.others[0]
		}
	default:
		o.parts[0] = a.others[0]
		return nearMiss{&o, arabArabic(o.parts), "another given name, script"}
	}
	return nearMiss{&o, arabRoman(g, o.parts), how}
}

func (a *arab) borne([]string) []string {
	keys := []string{"arab " + arabArabic(a.parts)}
	if len(a.parts) > 3 {
		keys = append(keys, "arab short "+arabArabic(append(a.parts[:2:2], a.parts[3])))
	}
	return keys
}

func (a *arab) asked(_, how string) []string {
	if how == "a middle name left out" {
		short := arabArabic(append(a.parts[:2:2], a.parts[3]))
		return []string{"arab " + short, "arab short " + short}
	}
	return []string{"arab " + arabArabic(a.parts)}
}

// hanPerson is a person with a Chinese name.
type hanPerson struct{ family, one, two, other [2]string }

func newHan(g *generator) bearer {
	h := &hanPerson{family: pick(g, hanFamily), one: pick(g, hanGiven), two: pick(g, hanGiven), other: pick(g, hanGiven)}
	for h.other[1] == h.two[1] || h.other[1] == h.one[1] {
		h.other = pick(g, hanGiven)
	}
	return h
}

// table reads "王wang 李li": Han and its pinyin.
func table(s string) [][2]string {
	var out [][2]string
	for f := range strings.FieldsSeq(s) {
		r := []rune(f)
		n := 0
		for n < len(r) && r[n] >= 0x3000 {
			n++
		}
		out = append(out, [2]string{string(r[:n]), string(r[n:])})
	}
	return out
}

var hanFamily = table("王wang 李li 张zhang 刘liu 陈chen 杨yang 赵zhao 黄huang 周zhou 吴wu 徐xu 孙sun 胡hu 朱zhu 高gao 林lin 何he 郭guo 马ma 罗luo 梁liang 宋song 郑zheng 谢xie 韩han 唐tang 冯feng 于yu 董dong 萧xiao 程cheng 曹cao 袁yuan 邓deng 许xu 傅fu 沈shen 彭peng 吕lv 苏su 卢lu 蒋jiang 蔡cai 贾jia 丁ding 魏wei 薛xue 叶ye 阎yan 余yu 潘pan 杜du 戴dai 夏xia 钟zhong 汪wang 田tian 任ren 姜jiang 范fan 方fang 石shi 姚yao 谭tan 廖liao 邹zou 熊xiong 金jin 陆lu 郝hao 孔kong 白bai 崔cui 康kang 毛mao 邱qiu 秦qin 江jiang 史shi 顾gu 侯hou 邵shao 孟meng 龙long 万wan 段duan 钱qian 汤tang 尹yin 黎li 易yi 常chang 武wu 乔qiao 贺he 赖lai 龚gong 文wen")
var hanGiven = table("伟wei 芳fang 娜na 敏min 静jing 强qiang 磊lei 军jun 洋yang 勇yong 艳yan 杰jie 涛tao 明ming 超chao 兰lan 霞xia 平ping 刚gang 桂gui 英ying 华hua 玉yu 萍ping 红hong 鹏peng 辉hui 鑫xin 波bo 宇yu 浩hao 凯kai 健jian 俊jun 帆fan 雪xue 梅mei 丽li 建jian 国guo 志zhi 文wen 海hai 东dong 春chun 晓xiao 小xiao 永yong 庆qing 德de 光guang 生sheng 成cheng 龙long 云yun 天tian 新xin 兴xing 福fu 林lin 根gen 良liang 峰feng 松song 柏bai 泽ze 诚cheng 启qi 睿rui 博bo 思si 远yuan 宏hong 立li 世shi 学xue 振zhen 家jia 昌chang 胜sheng 金jin 利li 元yuan 向xiang 正zheng 广guang 富fu 子zi 瑞rui 嘉jia 荣rong 康kang 祥xiang 发fa 全quan 寿shou 忠zhong 孝xiao 义yi 贵gui 达da 开kai 进jin 雄xiong 毅yi 坚jian 铁tie 钢gang 山shan 川chuan 江jiang 河he 湖hu 波bo 洪hong 源yuan 清qing 洁jie 冰bing 雨yu 雷lei 震zhen")

func (h *hanPerson) schema() string  { return "Person" }
func (h *hanPerson) country() string { return "cn" }
func (h *hanPerson) han() string     { return h.family[0] + h.one[0] + h.two[0] }
func (h *hanPerson) pinyin() string {
	return title(h.family[1]) + " " + title(h.one[1]+h.two[1])
}
func (h *hanPerson) name(g *generator) string {
	if g.chance(0.35) {
		return h.han()
	}
	return h.pinyin()
}
func (h *hanPerson) alias(*generator) string { return h.han() }
func (h *hanPerson) variant(g *generator) (string, string) {
	switch g.r.IntN(5) {
	case 0:
		return h.han(), "script"
	case 1:
		return title(h.one[1]+h.two[1]) + " " + strings.ToUpper(h.family[1]), "reordered"
	case 2:
		return strings.ToUpper(h.family[1]) + ", " + title(h.one[1]) + " " + title(h.two[1]), "parted"
	case 3:
		return title(h.family[1]) + " " + title(h.one[1]) + "-" + h.two[1], "hyphen"
	}
	return cased(g, h.pinyin()), "pinyin"
}
func (h *hanPerson) miss(g *generator) nearMiss {
	o := *h
	switch g.r.IntN(3) {
	case 0:
		o.two = h.other
		return nearMiss{&o, o.pinyin(), "another given name"}
	case 1:
		o.one = h.other
		return nearMiss{&o, o.han(), "another given name, script"}
	}
	for o.family[1] == h.family[1] {
		o.family = pick(g, hanFamily)
	}
	return nearMiss{&o, o.pinyin(), "another family name"}
}

func (h *hanPerson) borne(names []string) []string {
	pinyin := key("han", h.family[1], h.one[1]+h.two[1])
	if slices.ContainsFunc(names, isHan) {
		return []string{pinyin, h.han()}
	}
	return []string{pinyin, pinyin + " alone"}
}

func (h *hanPerson) asked(name, _ string) []string {
	pinyin := key("han", h.family[1], h.one[1]+h.two[1])
	if isHan(name) {
		return []string{h.han(), pinyin + " alone"}
	}
	return []string{pinyin}
}

// iberian is a person with two given and two family names.
type iberian struct{ one, two, father, mother, other, second string }

func newIberian(g *generator) bearer {
	given := strings.Split("José Luis María Carlos Andrés Héctor Ramón Jesús Óscar Tomás Néstor Iván Raúl Adán Simón Elías Ángel Julio Marcos Pedro Diego Rafael Alberto Ernesto Gustavo Leopoldo Wilmer Yosmar Edgar Freddy Nelson Tarek Hernán Fabián Germán Rubén Moisés Abraham Ismael Joaquín Cecilia Delcy Socorro Yelitza Xiomara Beatriz Rosario Inés Lucía Noemí", " ")
	family := strings.Split("Bermúdez Castañeda Figuera Guanipa Herrán Istúriz Jaramillo Lobatón Machuca Narváez Ordóñez Palencia Quiñones Rondón Sandrea Tovar Urdaneta Valbuena Yánez Zambrano Arocha Bracho Colmenares Durán Escalona Farías Godoy Henríquez Iribarren Landaeta Marcano Núñez Olivares Peñaloza Quevedo Rangel Suárez Tineo Uzcátegui Villasmil Amundaray Barrientos Carrizales Deyán Espinoza Fuenmayor Guédez Hurtado Izaguirre Leañez Monagas Nieves Ocanto Pirela Querales Rincón Salcedo Troconis Urbaneja Vivas Zerpa Araque Bolívar Cedeño", " ")
	p := &iberian{one: pick(g, given), two: pick(g, given), father: pick(g, family), mother: pick(g, family), other: pick(g, given), second: pick(g, family)}
	for p.two == p.one {
		p.two = pick(g, given)
	}
	for p.other == p.one || p.other == p.two {
		p.other = pick(g, given)
	}
	for p.second == p.father || p.second == p.mother {
		p.second = pick(g, family)
	}
	return p
}

func (p *iberian) schema() string  { return "Person" }
func (p *iberian) country() string { return "ve" }
func (p *iberian) name(*generator) string {
	return p.one + " " + p.two + " " + p.father + " " + p.mother
}
func (p *iberian) alias(g *generator) string { return p.one + " " + p.father }
func (p *iberian) variant(g *generator) (string, string) {
	full := p.name(g)
	switch g.r.IntN(6) {
	case 0:
		return cased(g, plain(p.father+" "+p.mother+", "+p.one+" "+p.two)), "reordered"
	case 1:
		return p.one + " " + string([]rune(p.two)[:1]) + ". " + p.father + " " + p.mother, "initials"
	case 2:
		return typo(g, plain(full)), "typo"
	case 3:
		return p.one + " " + p.father + " " + p.mother, "second given name left out"
	case 4:
		return p.one + " " + p.two + " " + p.father, "second family name left out"
	}
	return cased(g, plain(full)), "accents"
}
func (p *iberian) miss(g *generator) nearMiss {
	o := *p
	switch g.r.IntN(3) {
	case 0:
		o.one, o.two = p.other, ""
		return nearMiss{&o, p.other + " " + p.father + " " + p.mother, "another given name"}
	case 1:
		return nearMiss{&o, p.one + " " + p.two + " " + p.father + " " + p.mother + pick(g, []string{" Jr.", " hijo", " Junior", " III"}), "generation"}
	}
	o.father = p.second
	return nearMiss{&o, o.name(g), "another family name"}
}

func (p *iberian) borne([]string) []string {
	return []string{key("iberian", p.one, p.two, p.father, p.mother), key("iberian", p.one, "", p.father, p.mother),
		key("iberian", p.one, p.two, p.father, ""), key("iberian", p.one, first(p.two), p.father, p.mother)}
}

func (p *iberian) asked(_, how string) []string {
	switch how {
	case "initials":
		return []string{key("iberian", p.one, first(p.two), p.father, p.mother)}
	case "second given name left out":
		return []string{key("iberian", p.one, "", p.father, p.mother)}
	case "second family name left out":
		return []string{key("iberian", p.one, p.two, p.father, "")}
	case "generation":
		return nil
	}
	return []string{key("iberian", p.one, p.two, p.father, p.mother)}
}

func plain(s string) string {
	return strings.NewReplacer("á", "a", "é", "e", "í", "i", "ó", "o", "ú", "u", "ñ", "n", "Á", "A", "Ó", "O").Replace(s)
}
