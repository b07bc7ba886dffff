package quote

import (
	"strings"
	"unicode"
)

// Notice is a word by which pages say that they were corrected or updated. It is a fact about the text: what was
// corrected, and whether rightly, it does not say.
type Notice struct {
	Word  string `json:"word"`  // as the list of such words has it
	Lang  string `json:"lang"`  // of the word
	Block string `json:"block"` // the block of the text it stands in
	Start int    `json:"start"` // code points of the text before the word
}

// noticeWords are the words of notices by language, in small letters. A star stands for any ending.
func noticeWords() map[string][]string {
	return map[string][]string{
		"en": {"correction*", "corrected", "clarification", "clarified", "editor's note", "editors' note", "earlier version", "previous version", "original version", "updated", "update:", "erratum", "errata", "retracted", "retraction",
			"has been amended", "was amended", "regret the error", "misstated", "incorrectly stated"},
		"es": {"corrección", "correcciones", "correccion", "corregido", "corregida", "corregimos", "fe de errata*", "fe de error*", "rectificación", "rectificacion", "rectificamos", "rectificado", "aclaración", "aclaratoria", "actualizado", "actualizada", "actualización", "actualizacion",
			"nota de la redacción", "nota del editor", "nota de edición", "versión anterior", "version anterior", "versión previa", "versión original"},
		"pt": {"correção", "correcção", "correções", "corrigido", "corrigida", "corrigimos", "errata", "erramos", "retificação", "retificamos", "atualizado", "atualizada", "atualização", "actualizado em", "esclarecimento", "nota da redação", "nota do editor",
			"versão anterior", "versão original", "versão prévia"},
		"fr": {"correction*", "rectificatif", "rectifié", "mis à jour", "mise à jour", "erratum", "note de la rédaction", "version précédente", "version antérieure"},
		"de": {"korrektur", "korrigiert", "berichtigung", "aktualisiert", "anmerkung der redaktion", "frühere version", "früheren version"},
		"zh": {"更正", "勘误", "勘誤", "订正", "訂正", "更新于", "更新於", "更新：", "更新:", "编者按", "編者按", "编辑注", "此前版本", "早前版本", "先前版本", "旧版本", "致歉", "撤回", "撤稿"},
		"ar": {"تصحيح", "تصويب", "تنويه", "توضيح", "استدراك", "تم التحديث", "تم تحديث", "آخر تحديث", "محدث", "نسخة سابقة", "النسخة السابقة", "ملاحظة المحرر", "نعتذر"},
		"ru": {"исправлен*", "исправление", "уточнение", "уточнён", "обновлен*", "обновлён*", "от редакции", "предыдущей версии", "ранней версии"},
	}
}

// notices returns the words of correction in a text, in their order, without blocks that skip says are not to be read.
func notices(text string, skip func(block string) bool) []Notice {
	var out []Notice
	at := 0
	for block := range strings.SplitSeq(text, "\n") {
		if !skip(block) {
			for _, n := range noticesIn(block) {
				n.Start += at
				out = append(out, n)
			}
		}
		at += len([]rune(block)) + 1
	}
	return out
}

// noticesIn returns the notices of one block, each word once.
func noticesIn(block string) []Notice {
	f := fold(block)
	for i, r := range f.runes {
		f.runes[i] = unicode.ToLower(r)
	}
	low := string(f.runes)
	var out []Notice
	for _, lang := range []string{"en", "es", "pt", "fr", "de", "zh", "ar", "ru"} {
		for _, word := range noticeWords()[lang] {
			if word = string(fold(word).runes); !strings.Contains(low, strings.TrimSuffix(word, "*")) {
				continue
			}
			if at := wordAt(f.runes, word); at >= 0 {
				start, _ := f.span(at, at+1)
				out = append(out, Notice{Word: strings.TrimSuffix(word, "*"), Lang: lang, Block: block, Start: start})
			}
		}
	}
	return earliest(out)
}

// earliest sorts notices of one block by their place; of those at the same place the first language stays.
func earliest(list []Notice) []Notice {
	var out []Notice
	for _, n := range list {
		i := len(out)
		for i > 0 && out[i-1].Start > n.Start {
			i--
		}
		if i > 0 && out[i-1].Start == n.Start {
			continue
		}
		out = append(out[:i], append([]Notice{n}, out[i:]...)...)
	}
	return out
}

// wordAt returns where a word stands as a whole word; -1 when it does not.
func wordAt(text []rune, word string) int {
	open := strings.HasSuffix(word, "*")
	w := []rune(strings.TrimSuffix(word, "*"))
	for _, at := range places(text, w) {
		// Arabic writes the article and prepositions together with the word.
		if (cut(text, at) && !unicode.Is(unicode.Arabic, w[0])) || !open && cut(text, at+len(w)) {
			continue
		}
		return at
	}
	return -1
}
