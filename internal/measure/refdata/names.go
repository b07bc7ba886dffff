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
const namesRevision = "1"

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
	switch lang {
	case "es":
		return es
	case "zh":
		return zh
	}
	return en
}

// categoryName names a category of the test lists in English or Spanish; "" for a code it does
// not know.
func categoryName(code, lang string) string {
	var en, es string
	switch code {
	case "ALDR":
		en, es = "Alcohol and drugs", "Alcohol y drogas"
	case "ANON":
		en, es = "Anonymity and circumvention", "Anonimato y elusión de bloqueos"
	case "COMM":
		en, es = "Commerce", "Comercio"
	case "COMT":
		en, es = "Communication tools", "Herramientas de comunicación"
	case "CTRL":
		en, es = "Control content", "Contenido de control"
	case "CULTR":
		en, es = "Culture", "Cultura"
	case "DATE":
		en, es = "Online dating", "Citas en línea"
	case "ECON":
		en, es = "Economy", "Economía"
	case "ENV":
		en, es = "Environment", "Medio ambiente"
	case "FILE":
		en, es = "File sharing", "Intercambio de archivos"
	case "GAME":
		en, es = "Games", "Juegos"
	case "GMB":
		en, es = "Gambling", "Apuestas"
	case "GOVT":
		en, es = "Government", "Gobierno"
	case "GRP":
		en, es = "Social networks", "Redes sociales"
	case "HACK":
		en, es = "Computer security and hacking", "Seguridad informática y hacking"
	case "HATE":
		en, es = "Hate speech", "Discurso de odio"
	case "HOST":
		en, es = "Hosting and blogs", "Alojamiento y blogs"
	case "HUMR":
		en, es = "Human rights", "Derechos humanos"
	case "IGO":
		en, es = "Intergovernmental organisations", "Organizaciones intergubernamentales"
	case "LGBT":
		en, es = "LGBT", "LGBT"
	case "MILX":
		en, es = "Armed and militant groups", "Grupos armados y militantes"
	case "MISC":
		en, es = "Other", "Otros"
	case "MMED":
		en, es = "Media sharing", "Intercambio de fotos, audio y vídeo"
	case "NEWS":
		en, es = "News media", "Medios de comunicación"
	case "POLR":
		en, es = "Political criticism", "Crítica política"
	case "PORN":
		en, es = "Pornography", "Pornografía"
	case "PROV":
		en, es = "Revealing attire", "Vestimenta provocativa"
	case "PUBH":
		en, es = "Public health", "Salud pública"
	case "REL":
		en, es = "Religion", "Religión"
	case "SRCH":
		en, es = "Search engines", "Buscadores"
	case "XED":
		en, es = "Sex education", "Educación sexual"
	}
	if base(lang) == "es" {
		return es
	}
	return en
}
