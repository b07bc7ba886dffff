package web

import "strings"

// Words of questions about blocking, in English, Spanish and Chinese, folded. They name nothing that could be looked
// for, so they are left out of the search where the rest of the words names something.
const (
	blockWords = ` block blocks blocked blocking censor censors censored censorship ban bans banned restrict restricts restricted restriction filter filters filtered filtering accessible inaccessible reachable unreachable
 available unavailable work works working down slow slowed throttled throttling slower access open opens outage off cut reach
 bloquea bloquean bloquear bloqueo bloqueos bloqueado bloqueada bloqueados bloqueadas bloqueando censura censuran censurar censurado censurada censurados censuradas restringe restringido restringida restringidos restringidas
 filtra filtran filtrado filtrada filtrados filtradas accesible inaccesible accesibles disponible disponibles funciona funcionan caido caida caidos caidas lento lenta lentos cortado cortada abre abren acceso acceder ralentizado ralentizada ralentiza entrar `
	functionWords = ` is are was were be been being on in at the a an of from by for to it its does do did has have had can could i we you they why since when where how what which who there now today currently still yet not or and
 site sites website websites app service services network networks provider isp internet via through using users people with about into any
 esta estan estaba es son fue ser estar en el la los las lo de del por para con a al un una unos unas se que si desde cuando como donde quien cual puede pueden hay ha han sigue ahora hoy aun todavia no o y e
 sitio sitios pagina paginas web red redes servicio servicios operador operadora proveedor aplicacion usuarios gente sobre `
)

// ofQuestion says whether a folded word is of a question: "block" for one about blocking, "function" for one that only
// holds the others together; "" for any other word.
func ofQuestion(word string) string {
	switch {
	case strings.Contains(word, " "):
	case strings.Contains(blockWords, " "+word+" "), strings.Contains(blockWords, " "+word+"\n"):
		return "block"
	case strings.Contains(functionWords, " "+word+" "), strings.Contains(functionWords, " "+word+"\n"):
		return "function"
	}
	return ""
}

// hanQuestion returns the Chinese words of a question about blocking, longer ones first.
func hanQuestion() []string {
	return []string{"被封锁", "被封鎖", "被屏蔽", "被封禁", "被审查", "無法訪問", "无法访问", "不能访问", "打不开", "能访问", "封锁", "封鎖", "屏蔽", "封禁", "审查", "審查", "访问", "訪問", "打开", "限速", "断网", "被封", "被墙", "能用", "可用"}
}

// hanFunction returns Chinese words that only hold others together, longer ones first.
func hanFunction() []string {
	return []string{"为什么", "什么时候", "是否", "现在", "今天", "网络", "網絡", "网站", "網站", "服务", "可以", "请问", "有没有", "是不是", "在", "被", "了", "吗", "嗎", "么", "的", "上", "里", "能", "会", "还", "吧", "呢", "和", "中", "是"}
}
