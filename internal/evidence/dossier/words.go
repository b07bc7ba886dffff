package dossier

import (
	"fmt"
	"strings"
)

// words are the site's own words in one language.
type words struct {
	Dossier, Evidence, Captures, Record, Version, Check, How                                                          string
	Claims, Claim, Status, For, Against, LeftOut, LeftOutSays, About, Publisher, Created, Supersedes                  string
	WhoSays, Speaker, Role, Date, Source, Quote, Stance, Strength, Reason, Who, Relations                             string
	Quotes, Translator, Characters, Findings, Query, RuleSet, Snapshot, Measurements, Documents, Statements, Absences string
	LookedIn, None, CapturesSay, Screenshot, Taken, Origin, Operator, Network, Bytes, File, Withheld, Proof, Entry    string
	CheckHead, CheckSays, Proves, ProvesNot, Log, Entries, Token, Kind, Learnt, What, Why, Hash, Commitment, Nothing  string
	RuleSets, Incidents, Objects, Whole, Unknown, Settles, Facts, FactsSay, Other                                     string

	terms map[string]string // of the vocabulary of the manifest
}

// Of returns the word for a term of the manifest's vocabulary, or the term itself.
func (w *words) Of(term any) string {
	s := fmt.Sprint(term)
	if t := w.terms[s]; t != "" {
		return t
	}
	return s
}

// wordsFor returns the words for a language, and which they are in: Spanish, Chinese, else English.
func wordsFor(lang string) (*words, string) {
	switch base, _, _ := strings.Cut(strings.ToLower(lang), "-"); base {
	case "es":
		return spanish(), "es"
	case "zh":
		return chinese(), "zh-Hans"
	}
	return english(), "en"
}

func english() *words {
	return &words{
		Dossier: "Dossier", Evidence: "Evidence", Captures: "Captures", Record: "Record", Version: "Version",
		Check: "You need not believe this page: every file can be checked.", How: "How",
		Claims: "Claims", Claim: "Claim", Status: "How it stands", For: "For", Against: "Against", LeftOut: "What was left out", LeftOutSays: "Things left out, each with its reason:",
		About: "About", Publisher: "Publisher", Created: "Frozen", Supersedes: "replaces the file with SHA-256",
		WhoSays: "Who says so", Speaker: "Speaker", Role: "Role", Date: "Date", Source: "Source", Quote: "quote", Stance: "Stance", Strength: "Strength", Reason: "Reason", Who: "By", Relations: "Other claims",
		Quotes: "Quotes", Translator: "Translated by", Characters: "characters", Findings: "Measured findings", Query: "Query", RuleSet: "Rule set", Snapshot: "Reference data", Measurements: "Measurements behind it",
		Documents: "Documents", Statements: "Statements", Absences: "Looked for and not there", LookedIn: "Looked in:", None: "None.",
		CapturesSay: "A capture is a web page as it was sent, with its exchange. Its file opens in ReplayWeb.page. Its hash shows that it was not changed since, not that the page was genuine.",
		Screenshot:  "Screenshot", Taken: "Taken", Origin: "Origin", Operator: "Operator", Network: "Network", Bytes: "bytes", File: "File", Withheld: "Withheld:", Proof: "In the log", Entry: "Entry",
		CheckHead: "Check it yourself", CheckSays: "Without a network, with the program veedor and a policy that names whom you trust:",
		Proves:    "It proves that the bytes are those that were signed and logged, in which order they were logged, and that they existed no later than the time-stamps say.",
		ProvesNot: "It does not prove that a page was genuine, that a measurement was honest, or that a claim is true.",
		Log:       "Transparency log", Entries: "Entries", Token: "Time-stamp", Kind: "Kind", Learnt: "Logged", What: "What", Why: "Why", Hash: "Hash", Commitment: "commitment", Nothing: "Nothing.",
		RuleSets: "Rule sets", Incidents: "From the journal of incidents", Objects: "Raw objects", Whole: "Everything on one page, to print",
		Unknown: "What is not known", Settles: "What would settle it:", Facts: "What happened", FactsSay: "As each source has it. Where sources differ, both stand here.", Other: "another account",
	}
}

func spanish() *words {
	return &words{
		Dossier: "Expediente", Evidence: "Pruebas", Captures: "Capturas", Record: "Registro", Version: "Versión",
		Check: "No hace falta creer esta página: cada archivo se puede comprobar.", How: "Cómo",
		Claims: "Afirmaciones", Claim: "Afirmación", Status: "Estado", For: "A favor", Against: "En contra", LeftOut: "Lo que se omitió", LeftOutSays: "Cosas omitidas, cada una con su motivo:",
		About: "Acerca de", Publisher: "Publica", Created: "Cerrado", Supersedes: "sustituye al archivo con SHA-256",
		WhoSays: "Quién lo dice", Speaker: "Quién", Role: "Papel", Date: "Fecha", Source: "Fuente", Quote: "cita", Stance: "Postura", Strength: "Fuerza", Reason: "Motivo", Who: "Por", Relations: "Otras afirmaciones",
		Quotes: "Citas", Translator: "Traducción de", Characters: "caracteres", Findings: "Hallazgos medidos", Query: "Consulta", RuleSet: "Reglas", Snapshot: "Datos de referencia", Measurements: "Mediciones en que se basa",
		Documents: "Documentos", Statements: "Declaraciones", Absences: "Buscado y no encontrado", LookedIn: "Se buscó en:", None: "Ninguna.",
		CapturesSay: "Una captura es una página tal como se envió, con su intercambio. Su archivo se abre en ReplayWeb.page. Su huella muestra que no cambió desde entonces, no que la página fuera auténtica.",
		Screenshot:  "Captura de pantalla", Taken: "Tomada", Origin: "Origen", Operator: "Operador", Network: "Red", Bytes: "bytes", File: "Archivo", Withheld: "Retenido:", Proof: "En el registro", Entry: "Entrada",
		CheckHead: "Compruébelo usted", CheckSays: "Sin red, con el programa veedor y una política que nombra en quién confía usted:",
		Proves:    "Prueba que los bytes son los que se firmaron y registraron, en qué orden se registraron, y que existían a más tardar cuando dicen los sellos de tiempo.",
		ProvesNot: "No prueba que una página fuera auténtica, que una medición fuera honrada ni que una afirmación sea cierta.",
		Log:       "Registro de transparencia", Entries: "Entradas", Token: "Sello de tiempo", Kind: "Clase", Learnt: "Registrado", What: "Qué", Why: "Por qué", Hash: "Huella", Commitment: "compromiso", Nothing: "Nada.",
		RuleSets: "Conjuntos de reglas", Incidents: "Del diario de incidentes", Objects: "Objetos sin elaborar", Whole: "Todo en una página, para imprimir",
		Unknown: "Lo que no se sabe", Settles: "Qué lo resolvería:", Facts: "Qué ocurrió", FactsSay: "Tal como lo tiene cada fuente. Donde las fuentes difieren, constan ambas.", Other: "otra versión",
		terms: map[string]string{
			"supported": "respaldada", "contradicted": "contradicha", "contested": "disputada", "single-source": "de una sola fuente", "unverified": "sin verificar",
			"supports": "respalda", "contradicts": "contradice", "context": "contexto", "insufficient": "insuficiente",
			"quote": "cita", "document": "documento", "statement": "declaración", "finding": "hallazgo", "absence": "ausencia",
			"repeats": "repite", "corrects": "corrige", "retracts": "retira",
			"official": "autoridad", "journalist": "periodista", "expert": "experto", "company": "empresa", "group": "grupo", "anonymous": "anónimo",
			"weak": "débil", "medium": "media", "strong": "fuerte",
			"agreement": "acuerdo", "deployment": "despliegue", "sanction": "sanción", "report": "informe", "figure": "cifra", "event": "suceso",
			"object": "objeto", "capture": "captura", "incident": "incidente", "dossier": "expediente",
		},
	}
}

func chinese() *words {
	return &words{
		Dossier: "卷宗", Evidence: "证据", Captures: "快照", Record: "记录", Version: "版本",
		Check: "您不必相信这一页：每个文件都可以核查。", How: "如何核查",
		Claims: "主张", Claim: "主张", Status: "状态", For: "支持", Against: "反对", LeftOut: "未收入的内容", LeftOutSays: "未收入的内容，每项均注明理由：",
		About: "关于", Publisher: "发布者", Created: "固定时间", Supersedes: "取代 SHA-256 如下的文件：",
		WhoSays: "谁这么说", Speaker: "说话者", Role: "身份", Date: "日期", Source: "来源", Quote: "引文", Stance: "立场", Strength: "强度", Reason: "理由", Who: "判断者：", Relations: "其他主张",
		Quotes: "引文", Translator: "译者：", Characters: "字符", Findings: "测得的发现", Query: "查询", RuleSet: "规则集", Snapshot: "参考数据", Measurements: "所依据的测量",
		Documents: "文件", Statements: "陈述", Absences: "查找过而未找到", LookedIn: "查找之处：", None: "无。",
		CapturesSay: "快照是按发送时原样保存的网页及其收发过程。其文件可在 ReplayWeb.page 中打开。哈希值表明此后未被改动，并不表明网页本身真实。",
		Screenshot:  "截图", Taken: "拍取时间", Origin: "来处", Operator: "操作者", Network: "网络", Bytes: "字节", File: "文件", Withheld: "未公开：", Proof: "在日志中", Entry: "条目",
		CheckHead: "亲自核查", CheckSays: "无需网络，使用程序 veedor 和一份写明您信任谁的策略：",
		Proves:    "它证明这些字节就是已签名并记入日志的字节，证明记入的先后次序，以及它们最迟在时间戳所示的时间已经存在。",
		ProvesNot: "它不证明某个网页真实、某次测量诚实，或某项主张属实。",
		Log:       "透明日志", Entries: "条目", Token: "时间戳", Kind: "种类", Learnt: "记入时间", What: "内容", Why: "理由", Hash: "哈希值", Commitment: "承诺值", Nothing: "无。",
		RuleSets: "规则集", Incidents: "摘自事件日志", Objects: "原始对象", Whole: "全部内容在一页，供打印",
		Unknown: "尚不知道的事", Settles: "什么能够查明：", Facts: "发生了什么", FactsSay: "按各来源所述。来源不一致之处，两种说法并列于此。", Other: "另一种说法",
		terms: map[string]string{
			"supported": "得到支持", "contradicted": "被反驳", "contested": "有争议", "single-source": "单一来源", "unverified": "未经核实",
			"supports": "支持", "contradicts": "反驳", "context": "背景", "insufficient": "不足以定论",
			"quote": "引文", "document": "文件", "statement": "陈述", "finding": "测得的发现", "absence": "查找未果的记录",
			"repeats": "重复", "corrects": "更正", "retracts": "撤回",
			"official": "官员", "journalist": "记者", "expert": "专家", "company": "公司", "group": "团体", "anonymous": "匿名",
			"weak": "弱", "medium": "中", "strong": "强",
			"agreement": "协议", "deployment": "部署", "sanction": "制裁", "report": "报告", "figure": "数字", "event": "事情",
			"object": "存档对象", "capture": "快照", "incident": "事件", "dossier": "卷宗",
		},
	}
}
