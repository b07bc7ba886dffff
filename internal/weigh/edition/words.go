package edition

import (
	"fmt"

	"veedor/internal/weigh/cases"
)

// words are those an edition adds to a case's own, in the languages of the pages.
var words = map[string]map[string]string{
	"en": {
		"invented": "Everything in this dossier is invented. It shows how Veedor works; it says nothing of the world.",
		"after":    "after ",
		"rules":    "Rules by which measurements are judged",
		"registry": "Registry of this observatory: who says so stands there with every value",
		"journal":  "Journal of incidents of this observatory",
		"private":  "A whole capture is private unless somebody decided to publish it; its hash, quotes and screenshot are here.",
		"size":     "The measurements behind this finding are more than one file should hold; their hashes are here.",
		"status":   "%d for it from %d independent sources, %d against it, %d that do not settle it; said by %d independent sources",
		"found":    "%s on %s%s: %d measurements, of which %d met a restriction, %d worked, %d failed for the control too and %d say too little. If the claim is true one would expect: %s.",
		"blocked":  "restricted", "reachable": "reachable",
		"window": " from %s to %s",
	},
	"es": {
		"invented": "Todo en este expediente es inventado. Muestra cómo funciona Veedor; no dice nada del mundo.",
		"after":    "según ",
		"rules":    "Reglas con que se juzgan las mediciones",
		"registry": "Registro de este observatorio: allí consta con cada valor quién lo dice",
		"journal":  "Diario de incidentes de este observatorio",
		"private":  "Una captura entera es privada mientras nadie decida publicarla; aquí están su hash, sus citas y su imagen.",
		"size":     "Las mediciones tras este hallazgo son más de las que debe llevar un archivo; aquí están sus hashes.",
		"status":   "%d a favor de %d fuentes independientes, %d en contra, %d que no lo resuelven; lo dicen %d fuentes independientes",
		"found":    "%s en %s%s: %d mediciones, de las cuales %d toparon con una restricción, %d funcionaron, %d fallaron también para el control y %d dicen demasiado poco. Si la afirmación es cierta cabe esperar: %s.",
		"blocked":  "restringido", "reachable": "accesible",
		"window": " de %s a %s",
	},
	"zh": {
		"invented": "本卷宗的一切内容均属虚构。它展示 Veedor 如何运作，与现实世界无关。",
		"after":    "源自 ",
		"rules":    "判定测量所用的规则",
		"registry": "本观察站的登记库：每个数值是谁所说，均载于其中",
		"journal":  "本观察站的事件日志",
		"private":  "完整的快照不公开，除非有人决定发布；此处载有其哈希值、引文和截图。",
		"size":     "这一发现所依据的测量多于一个文件所宜容纳；此处载有其哈希值。",
		"status":   "%d 项支持，来自 %d 个独立来源；%d 项反对；%d 项不足以定论；由 %d 个独立来源说出",
		"found":    "%s，范围：%s%s：测量 %d 次，其中 %d 次遇到限制，%d 次正常，%d 次对照同样失败，%d 次不足以说明问题。若主张属实，预期为：%s。",
		"blocked":  "被限制", "reachable": "可访问",
		"window": "，%s 至 %s",
	},
}

func (f *freezer) word(key string) string {
	if w, ok := words[f.o.Lang]; ok {
		return w[key]
	}
	return words["en"][key]
}

// derived says how a status follows.
func (f *freezer) derived(all []cases.Weighed, said int) string {
	roots := map[string]bool{}
	var supports, against, open int
	for _, e := range all {
		switch e.Stance {
		case cases.Supports:
			supports++
			roots[e.Root] = true
		case cases.Contradicts:
			against++
		case cases.Insufficient:
			open++
		}
	}
	return fmt.Sprintf(f.word("status"), supports, len(roots), against, open, said)
}

// found says what the measurements answered.
func (f *freezer) found(q *cases.Finding, a cases.Answer) string {
	where := q.Country
	if q.Network != 0 {
		where = fmt.Sprintf("AS%d", q.Network)
	}
	var window string
	if q.From != "" || q.To != "" {
		window = fmt.Sprintf(f.word("window"), or(q.From, "…"), or(q.To, "…"))
	}
	return fmt.Sprintf(f.word("found"), q.Target, where, window, a.Total, a.Blocked, a.OK, a.Down, a.Insufficient, f.word(q.Expects))
}

func or(d cases.Date, s string) string {
	if d == "" {
		return s
	}
	return string(d)
}
