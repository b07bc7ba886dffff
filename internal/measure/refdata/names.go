package refdata

import (
	"strings"

	"golang.org/x/text/language"
	"golang.org/x/text/language/display"
)

// names is what countries and categories are called, in English, Spanish and Chinese.
type names struct {
	en, es, zh display.Namer
}

func newNames() *names {
	return &names{
		en: display.Regions(language.English),
		es: display.Regions(language.Spanish),
		zh: display.Regions(language.Chinese),
	}
}

// namesRevision counts changes to ownCountryName and categoryName.
const namesRevision = "2"

// namesInfo describes the source of the names as a snapshot.
func namesInfo() SnapshotInfo {
	return SnapshotInfo{
		Kind: Names, ID: "cldr-" + display.CLDRVersion + "-" + namesRevision,
		Publisher: "Unicode CLDR " + display.CLDRVersion + ", built in", Licence: "Unicode-3.0",
	}
}

// base is the language part of a tag: "es" of "es-VE".
func base(lang string) string {
	lang, _, _ = strings.Cut(strings.ReplaceAll(lang, "_", "-"), "-")
	return strings.ToLower(lang)
}

// country returns the name of a country, the two letters themselves where there is none.
func (n *names) country(cc, lang string) string {
	packed := packCC(cc)
	if packed == 0 {
		return cc
	}
	cc, lang = unpackCC(packed), base(lang)
	if name := ownCountryName(cc, lang); name != "" {
		return name
	}
	region, err := language.ParseRegion(cc)
	if err != nil {
		return cc
	}
	namer := n.en
	switch lang {
	case "es":
		namer = n.es
	case "zh":
		namer = n.zh
	}
	if name := namer.Name(region); name != "" {
		return name
	}
	return cc
}

// oneOf returns the text in a language: Spanish, Chinese, else English.
func oneOf(lang, en, es, zh string) string {
	switch lang {
	case "es":
		return es
	case "zh":
		return zh
	}
	return en
}

// ownCountryName names what CLDR does not: invented countries, ZZ (which OONI writes where the
// country is not known), and countries renamed since the version of CLDR that is built in.
func ownCountryName(cc, lang string) string {
	var en, es, zh string
	switch cc {
	case "XA":
		en, es, zh = "Aurelia", "Aurelia", "奥雷利亚"
	case "XB":
		en, es, zh = "Borduna", "Borduna", "博尔杜纳"
	case "XC":
		en, es, zh = "Calvara", "Calvara", "卡尔瓦拉"
	case "ZZ":
		en, es, zh = "Unknown country", "País desconocido", "未知国家"
	case "SZ":
		en, es, zh = "Eswatini", "Esuatini", "斯威士兰"
	case "MK":
		en, es, zh = "North Macedonia", "Macedonia del Norte", "北马其顿"
	}
	return oneOf(lang, en, es, zh)
}

// categoryName names a category of the test lists in English, Spanish or Chinese; "" for a code it does
// not know.
func categoryName(code, lang string) string {
	var en, es, zh string
	switch code {
	case "ALDR":
		en, es, zh = "Alcohol and drugs", "Alcohol y drogas", "酒精与毒品"
	case "ANON":
		en, es, zh = "Anonymity and circumvention", "Anonimato y elusión de bloqueos", "匿名与规避封锁"
	case "COMM":
		en, es, zh = "Commerce", "Comercio", "商业"
	case "COMT":
		en, es, zh = "Communication tools", "Herramientas de comunicación", "通信工具"
	case "CTRL":
		en, es, zh = "Control content", "Contenido de control", "对照内容"
	case "CULTR":
		en, es, zh = "Culture", "Cultura", "文化"
	case "DATE":
		en, es, zh = "Online dating", "Citas en línea", "网上交友"
	case "ECON":
		en, es, zh = "Economy", "Economía", "经济"
	case "ENV":
		en, es, zh = "Environment", "Medio ambiente", "环境"
	case "FILE":
		en, es, zh = "File sharing", "Intercambio de archivos", "文件共享"
	case "GAME":
		en, es, zh = "Games", "Juegos", "游戏"
	case "GMB":
		en, es, zh = "Gambling", "Apuestas", "博彩"
	case "GOVT":
		en, es, zh = "Government", "Gobierno", "政府"
	case "GRP":
		en, es, zh = "Social networks", "Redes sociales", "社交网络"
	case "HACK":
		en, es, zh = "Computer security and hacking", "Seguridad informática y hacking", "计算机安全与黑客技术"
	case "HATE":
		en, es, zh = "Hate speech", "Discurso de odio", "仇恨言论"
	case "HOST":
		en, es, zh = "Hosting and blogs", "Alojamiento y blogs", "托管与博客"
	case "HUMR":
		en, es, zh = "Human rights", "Derechos humanos", "人权"
	case "IGO":
		en, es, zh = "Intergovernmental organisations", "Organizaciones intergubernamentales", "政府间组织"
	case "LGBT":
		en, es, zh = "LGBT", "LGBT", "性少数群体"
	case "MILX":
		en, es, zh = "Armed and militant groups", "Grupos armados y militantes", "武装与激进组织"
	case "MISC":
		en, es, zh = "Other", "Otros", "其他"
	case "MMED":
		en, es, zh = "Media sharing", "Intercambio de fotos, audio y vídeo", "影音分享"
	case "NEWS":
		en, es, zh = "News media", "Medios de comunicación", "新闻媒体"
	case "POLR":
		en, es, zh = "Political criticism", "Crítica política", "政治批评"
	case "PORN":
		en, es, zh = "Pornography", "Pornografía", "色情"
	case "PROV":
		en, es, zh = "Revealing attire", "Vestimenta provocativa", "暴露衣着"
	case "PUBH":
		en, es, zh = "Public health", "Salud pública", "公共卫生"
	case "REL":
		en, es, zh = "Religion", "Religión", "宗教"
	case "SRCH":
		en, es, zh = "Search engines", "Buscadores", "搜索引擎"
	case "XED":
		en, es, zh = "Sex education", "Educación sexual", "性教育"
	}
	return oneOf(base(lang), en, es, zh)
}
