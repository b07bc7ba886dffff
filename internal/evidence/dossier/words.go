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

// wordsFor returns the words for a language: Spanish, else English.
func wordsFor(lang string) (*words, string) {
	if base, _, _ := strings.Cut(strings.ToLower(lang), "-"); base == "es" {
		return spanish(), "es"
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
